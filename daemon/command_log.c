/* command_log.c - see command_log.h. */
#include "daemon/command_log.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct command_log {
	FILE *file; /* NULL: the program's log */
	uint64_t lost;
};

struct command_log *command_log_new(const char *path, GError **error)
{
	struct command_log *l = g_new0(struct command_log, 1);

	if (path == NULL)
		return l;
	l->file = fopen(path, "ae");
	if (l->file == NULL) {
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: cannot be written: %s", path, g_strerror(errno));
		g_free(l);
		return NULL;
	}
	if (ftell(l->file) == 0)
		fputs("time_utc,device,who,what,was,is,reply,answer_s\n", l->file);
	fflush(l->file);
	return l;
}

void command_log_free(struct command_log *l)
{
	if (l == NULL)
		return;
	if (l->file != NULL)
		fclose(l->file);
	g_free(l);
}

bool command_log_is_file(const struct command_log *l)
{
	return l->file != NULL;
}

/* A field of RFC 4180: in quotes where it has to be. */
static void put(FILE *to, const char *text)
{
	text = text != NULL ? text : "";
	if (text[strcspn(text, ",\"\r\n")] == '\0') {
		fprintf(to, "%s,", text);
		return;
	}
	fputc('"', to);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			fputc('"', to);
		fputc(*text == '\n' || *text == '\r' ? ' ' : *text, to);
	}
	fputs("\",", to);
}

void command_log_add(struct command_log *l, const struct command_line *line)
{
	if (l->file == NULL) {
		g_message("%s: %s by the %s: %s%s%s%s%s", line->device, line->what, line->who, line->was != NULL ? line->was : "",
			line->was != NULL ? " -> " : "", line->is != NULL ? line->is : "", line->is != NULL ? ": " : "", line->reply);
		return;
	}
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autofree char *time = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S");
	fprintf(l->file, "%s.%03dZ,", time, g_date_time_get_microsecond(now) / 1000);
	const char *fields[] = {line->device, line->who, line->what, line->was, line->is, line->reply};
	for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
		put(l->file, fields[i]);
	if (!isnan(line->answer_s))
		fprintf(l->file, "%.3f", line->answer_s);
	fputc('\n', l->file);
	fflush(l->file); /* what was commanded is known even if we die the next moment */
	l->lost += ferror(l->file) != 0; /* a full disk */
	clearerr(l->file);
}

uint64_t command_log_lost(const struct command_log *l)
{
	return l->lost;
}
