/* profile_file.c - see profile_file.h.
 *
 *     greenwave-profile 1
 *     <lane> TAB <veh/s>:<days> ... 96 of them, a quarter hour of the UTC day each
 *     sha256 <of all before this line>
 */
#include "daemon/profile_file.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "daemon/outfile.h"
#include "optimizer/profile.h"

#define HEAD "greenwave-profile "
#define VERSION 1
#define SUM "sha256 "
#define MOST_BYTES (64u << 20) /* some 40,000 lanes */
#define MICRO 1e6 /* numbers are written in millionths: whole, whatever the locale */

G_DEFINE_QUARK(greenwave-profile-file-error, profile_file_error)

struct lesson {
	uint32_t lane;
	struct profile_days days;
};

static bool damaged(const char *path, uint32_t line, const char *why, GError **error)
{
	g_set_error(error, PROFILE_FILE_ERROR, PROFILE_FILE_ERROR_DAMAGED, "%s:%u: %s", path, line, why);
	return false;
}

/* One number of "veh/s:days"; moves on behind it. */
static bool read_quarter(const char **at, float *vps, uint8_t *days)
{
	char *end = NULL;
	if (!g_ascii_isdigit(**at))
		return false;
	guint64 micro = g_ascii_strtoull(*at, &end, 10);
	if (*end != ':' || !g_ascii_isdigit(end[1]) || (double) micro > PROFILE_MOST_VPS * MICRO)
		return false;
	guint64 n = g_ascii_strtoull(end + 1, &end, 10);
	if (n > 255)
		return false;
	*vps = (float) ((double) micro / MICRO);
	*days = (uint8_t) n;
	*at = end;
	return true;
}

static bool read_lane(const char *path, uint32_t number, char *line, const struct network *net, GArray *lessons, struct profile_file_counts *counts,
	GError **error)
{
	struct lesson lesson = {0};
	char *tab = strchr(line, '\t');
	if (tab == NULL)
		return damaged(path, number, "a lane's line has no tab after its name", error);
	*tab = '\0';
	const char *at = tab + 1;
	for (uint32_t q = 0; q < PROFILE_QUARTERS; q++) {
		if (!read_quarter(&at, &lesson.days.vps[q], &lesson.days.days[q]) || *at != (q + 1 < PROFILE_QUARTERS ? ' ' : '\0'))
			return damaged(path, number, "a lane has 96 quarter hours, each of 0 to 2000000 millionths of a veh/s and 0 to 255 days", error);
		at++;
	}
	lesson.lane = network_lane(net, line);
	if (lesson.lane != NET_NONE)
		g_array_append_val(lessons, lesson);
	else
		counts->unknown++;
	return true;
}

static bool check_version(const char *path, const char *text, GError **error)
{
	char *end = NULL;
	if (!g_str_has_prefix(text, HEAD))
		return damaged(path, 1, "it does not begin with \"" HEAD "1\"", error);
	guint64 version = g_ascii_strtoull(text + strlen(HEAD), &end, 10);
	if (*end != '\n')
		return damaged(path, 1, "it does not begin with \"" HEAD "1\"", error);
	if (version != VERSION) {
		g_set_error(error, PROFILE_FILE_ERROR, PROFILE_FILE_ERROR_VERSION, "%s: is of version %" G_GUINT64_FORMAT ", only %d can be read", path, version, VERSION);
		return false;
	}
	return true;
}

/* The checksum's line, which it cuts off. */
static bool check_sum(const char *path, char *text, gsize length, GError **error)
{
	if (memchr(text, '\0', length) != NULL || length == 0 || text[length - 1] != '\n')
		return damaged(path, 1, "it is cut off or damaged", error);
	text[length - 1] = '\0';
	char *last = strrchr(text, '\n');
	if (last == NULL || !g_str_has_prefix(last + 1, SUM))
		return damaged(path, 1, "it is cut off: there is no checksum at its end", error);
	g_autofree char *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *) text, (gsize) (last + 1 - text));
	if (strcmp(sum, last + 1 + strlen(SUM)) != 0)
		return damaged(path, 1, "it is damaged: its checksum is another one", error);
	last[1] = '\0';
	return true;
}

bool profile_file_parse(char *text, gsize length, const char *path, const struct network *net, struct pilot *pilot, struct profile_file_counts *counts,
	GError **error)
{
	g_autoptr(GArray) lessons = g_array_new(FALSE, FALSE, sizeof(struct lesson));
	uint32_t number = 1;
	*counts = (struct profile_file_counts){0};
	if (!check_sum(path, text, length, error) || !check_version(path, text, error))
		return false;
	for (char *line = strchr(text, '\n') + 1, *end; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		*end = '\0';
		if (!read_lane(path, ++number, line, net, lessons, counts, error))
			return false;
	}
	for (guint i = 0; i < lessons->len; i++) {
		const struct lesson *l = &g_array_index(lessons, struct lesson, i);
		bool taught = pilot_teach(pilot, l->lane, &l->days);
		counts->lanes += taught;
		counts->unknown += !taught;
	}
	return true;
}

bool profile_file_read(const char *path, const struct network *net, struct pilot *pilot, struct profile_file_counts *counts, GError **error)
{
	GStatBuf is;
	g_autofree char *text = NULL;
	gsize length = 0;
	if (g_stat(path, &is) == 0 && is.st_size > MOST_BYTES)
		return damaged(path, 1, "it is larger than 64 MiB", error);
	return g_file_get_contents(path, &text, &length, error) && profile_file_parse(text, length, path, net, pilot, counts, error);
}

/* A city has a million of these, and they are written within a tick: printf takes four times as long. */
static void append_quarter(GString *text, char before, uint32_t micro, uint32_t n)
{
	char digits[24], *at = digits + sizeof digits;
	do
		*--at = (char) ('0' + n % 10);
	while ((n /= 10) > 0);
	*--at = ':';
	do
		*--at = (char) ('0' + micro % 10);
	while ((micro /= 10) > 0);
	*--at = before;
	g_string_append_len(text, at, digits + sizeof digits - at);
}

bool profile_file_save(const char *path, const struct network *net, const struct pilot *pilot, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	struct profile_days days;
	g_string_append_printf(text, HEAD "%d\n", VERSION);
	for (uint32_t lane = 0; pilot_optimizer(pilot) != NULL && lane < net->n_lanes; lane++) {
		if (!optimizer_learned(pilot_optimizer(pilot), lane, &days) || strpbrk(net->lanes[lane].id, "\t\n") != NULL)
			continue;
		g_string_append(text, net->lanes[lane].id);
		for (uint32_t q = 0; q < PROFILE_QUARTERS; q++)
			append_quarter(text, q == 0 ? '\t' : ' ', (uint32_t) lround((double) days.vps[q] * MICRO), days.days[q]);
		g_string_append_c(text, '\n');
	}
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text->str, (gssize) text->len);
	g_string_append_printf(text, SUM "%s\n", sum);
	return outfile_save(path, text, error);
}

void profile_file_set_aside(const char *path)
{
	g_autofree char *aside = g_strconcat(path, ".refused", NULL);
	g_rename(path, aside);
}
