/* event_log.c - the file: see event_log.h. What is derived for one signal is in event_signal.c. */
#include "daemon/event_log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct event_log {
	char *path, *how; /* path: with its %Y %m %d */
	char *open_path;
	FILE *file;
	int64_t day;	  /* of the file that is open */
	uint64_t events, lost;
	uint64_t unsure; /* not flushed yet */
};

static char *path_at(const char *path, int64_t t_us)
{
	g_autoptr(GDateTime) t = g_date_time_new_from_unix_utc(t_us / 1000000);
	char *full = strchr(path, '%') != NULL && t != NULL ? g_date_time_format(t, path) : NULL;

	return full != NULL ? full : g_strdup(path);
}

static bool open_file(struct event_log *l, int64_t t_us, GError **error)
{
	g_autofree char *path = path_at(l->path, t_us);

	l->day = t_us / (86400LL * 1000000);
	if (l->file != NULL && strcmp(path, l->open_path) == 0)
		return true;
	event_log_flush(l);
	if (l->file != NULL)
		fclose(l->file);
	g_free(l->open_path);
	l->open_path = g_steal_pointer(&path);
	l->file = fopen(l->open_path, "ae");
	if (l->file == NULL) {
		l->day = INT64_MIN; /* tried again with the next event */
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: cannot be written: %s", l->open_path, g_strerror(errno));
		return false;
	}
	if (ftell(l->file) == 0)
		fprintf(l->file, "# Greenwave: Indiana Traffic Signal Hi Resolution Data Logger Enumerations (2020); times in UTC; %s\n"
			"TimeStamp,DeviceId,EventId,Parameter\n", l->how);
	return true;
}

struct event_log *event_log_new(const char *path, const char *how, int64_t t_us, GError **error)
{
	owned(event_log) l = g_new0(struct event_log, 1);

	l->path = g_strdup(path);
	l->how = g_strdelimit(g_strdup(how), ",\n", ';'); /* a line without commas is what readers that guess the header pass over */
	return open_file(l, t_us, error) ? give(l) : NULL;
}

void event_log_free(struct event_log *l)
{
	if (l == NULL)
		return;
	if (l->file != NULL)
		fclose(l->file);
	g_free(l->open_path);
	g_free(l->path);
	g_free(l->how);
	g_free(l);
}

/* Names with commas or quotes are possible in a network; nobody reads them unquoted. */
static void put_device(FILE *to, const char *device)
{
	if (device[strcspn(device, ",\"\n")] == '\0') {
		fputs(device, to);
		return;
	}
	fputc('"', to);
	for (; *device != '\0'; device++) {
		if (*device == '"')
			fputc('"', to);
		fputc(*device, to);
	}
	fputc('"', to);
}

void event_log_add(struct event_log *l, int64_t t_us, const char *device, uint32_t event, uint32_t parameter)
{
	int64_t tenths = (t_us + 50000) / 100000;
	g_autoptr(GDateTime) t = g_date_time_new_from_unix_utc(tenths / 10);

	if (t_us / (86400LL * 1000000) != l->day)
		open_file(l, t_us, NULL); /* what cannot be written is counted */
	if (l->file == NULL || t == NULL) {
		l->lost++;
		return;
	}
	fprintf(l->file, "%04d-%02d-%02d %02d:%02d:%02d.%d,", g_date_time_get_year(t), g_date_time_get_month(t), g_date_time_get_day_of_month(t),
		g_date_time_get_hour(t), g_date_time_get_minute(t), g_date_time_get_second(t), (int) (tenths % 10));
	put_device(l->file, device);
	fprintf(l->file, ",%u,%u\n", event, MIN(parameter, 255));
	l->events++;
	l->unsure++;
}

void event_log_flush(struct event_log *l)
{
	if (l->file == NULL)
		return;
	fflush(l->file);
	if (ferror(l->file)) /* a full disk */
		l->lost += l->unsure;
	clearerr(l->file);
	l->unsure = 0;
}

uint64_t event_log_events(const struct event_log *l)
{
	return l->events;
}

uint64_t event_log_lost(const struct event_log *l)
{
	return l->lost;
}
