/* clip_truth.c - reads what people saw on clips. See clip_truth.h. */
#include "daemon/clip_truth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/jsonat.h"

#define CLIPS_MAX 10000
#define EVENTS_MAX 100000
#define FRAMES_MAX 100000000

static const struct jsonrange PLACE = {-20000, 20000, false, " px"};
static const struct jsonrange RATE = {0.5, 1000, false, " frames a second"};

bool clip_truth_way(const char *words, double *way_x, double *way_y)
{
	static const struct {
		const char *word;
		double x, y;
	} ways[] = {
		{"both", 0, 0}, {"either", 0, 0}, {"any", 0, 0}, {"all", 0, 0},
		{"towards", 0, 1}, {"toward", 0, 1}, {"approaching", 0, 1}, {"oncoming", 0, 1}, {"down", 0, 1}, {"downwards", 0, 1}, {"downward", 0, 1},
		{"away", 0, -1}, {"receding", 0, -1}, {"up", 0, -1}, {"upwards", 0, -1}, {"upward", 0, -1},
		{"rightwards", 1, 0}, {"rightward", 1, 0}, {"leftwards", -1, 0}, {"leftward", -1, 0}, {"right", 1, 0}, {"left", -1, 0},
	};
	g_autofree char *lower = g_ascii_strdown(words, -1);
	g_auto(GStrv) parts = g_strsplit_set(lower, " \t()-_,;/.:>", -1);
	/* "left to right" goes right: what comes after "to" is where it goes. */
	char **from = parts;
	for (char **p = parts; *p; p++)
		if ((strcmp(*p, "to") == 0 || strcmp(*p, "into") == 0) && p[1])
			from = p + 1;
	for (char **start = from; start; start = start == parts ? NULL : parts)
		for (uint32_t k = 0; k < G_N_ELEMENTS(ways); k++)
			if (g_strv_contains((const char *const *) start, ways[k].word)) {
				*way_x = ways[k].x;
				*way_y = ways[k].y;
				return true;
			}
	return false;
}

static int by_frame(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;
	return (x > y) - (x < y);
}

static bool read_point(const struct jsonat *line, const char *name, double *x, double *y, GError **error)
{
	struct jsonat list;
	if (!jsonat_list(line, name, 2, &list, error))
		return false;
	double *to[2] = {x, y};
	for (size_t i = 0; i < 2; i++) {
		const json_t *v = json_array_get(list.value, i);
		*to[i] = v && json_is_number(v) ? json_number_value(v) : NAN;
		if (!(*to[i] >= PLACE.low && *to[i] <= PLACE.high))
			return jsonat_fail(&list, error, "must be two numbers [x, y], each %g to %g px", PLACE.low, PLACE.high);
	}
	return true;
}

static bool read_events(const struct jsonat *at, struct truth_line *l, GError **error)
{
	struct jsonat list;
	if (!jsonat_list(at, "events_frame", EVENTS_MAX, &list, error))
		return false;
	l->n_events = (uint32_t) json_array_size(list.value);
	l->events_frame = g_new0(uint32_t, l->n_events + 1);
	for (uint32_t i = 0; i < l->n_events; i++) {
		struct jsonat item = jsonat_item(&list, i);
		if (!jsonat_as_count(&item, FRAMES_MAX, &l->events_frame[i], error))
			return false;
	}
	qsort(l->events_frame, l->n_events, sizeof *l->events_frame, by_frame);
	return true;
}

static bool read_line(const struct jsonat *at, struct truth_line *l, GError **error)
{
	const char *id, *direction;
	struct crossing_line *c = &l->line;
	if (!jsonat_is_map(at, error) || !jsonat_text(at, "id", &id, error) || !read_point(at, "p0", &c->x0, &c->y0, error) ||
		!read_point(at, "p1", &c->x1, &c->y1, error) || !jsonat_text(at, "direction", &direction, error) || !read_events(at, l, error))
		return false;
	l->id = g_strdup(id);
	l->direction = g_strdup(direction);
	if (hypot(c->x1 - c->x0, c->y1 - c->y0) < 2)
		return jsonat_fail(at, error, "is %.1f px long, at least 2 px are needed", hypot(c->x1 - c->x0, c->y1 - c->y0));
	if (!clip_truth_way(direction, &c->way_x, &c->way_y))
		return jsonat_fail(at, error, "has the direction '%.60s', must name one: towards camera, away from camera, down, up, left, right, both", direction);
	l->count = l->n_events;
	return !jsonat_has(at, "count") || jsonat_count(at, "count", EVENTS_MAX, &l->count, error);
}

static bool read_clip(const struct jsonat *at, struct truth_clip *clip, GError **error)
{
	const char *id, *file;
	struct jsonat lines;
	if (!jsonat_is_map(at, error) || !jsonat_text(at, "file", &file, error))
		return false;
	clip->file = g_strdup(file);
	id = file;
	if (jsonat_has(at, "id") && !jsonat_text(at, "id", &id, error))
		return false;
	clip->id = g_strdup(id);
	if (!jsonat_count(at, "width", 20000, &clip->width_px, error) || !jsonat_count(at, "height", 20000, &clip->height_px, error) ||
		!jsonat_number(at, "fps", &RATE, &clip->fps, error) || !jsonat_list(at, "lines", CROSSING_LINES_MAX, &lines, error))
		return false;
	clip->n_lines = (uint32_t) json_array_size(lines.value);
	clip->lines = g_new0(struct truth_line, clip->n_lines + 1);
	for (uint32_t k = 0; k < clip->n_lines; k++) {
		struct jsonat line = jsonat_item(&lines, k);
		if (!read_line(&line, &clip->lines[k], error))
			return false;
	}
	return true;
}

struct clip_truth *clip_truth_read(const char *path, GError **error)
{
	owned(clip_truth) t = g_new0(struct clip_truth, 1);
	struct jsonat clips;
	t->path = g_strdup(path);
	t->json = jsonat_load(path, error);
	if (t->json == NULL)
		return NULL;
	struct jsonat top = jsonat_top(path, t->json);
	if (!jsonat_is_map(&top, error) || !jsonat_list(&top, "clips", CLIPS_MAX, &clips, error))
		return NULL;
	t->n_clips = (uint32_t) json_array_size(clips.value);
	t->clips = g_new0(struct truth_clip, t->n_clips + 1);
	for (uint32_t k = 0; k < t->n_clips; k++) {
		struct jsonat clip = jsonat_item(&clips, k);
		if (!read_clip(&clip, &t->clips[k], error))
			return NULL;
	}
	return give(t);
}

void clip_truth_free(struct clip_truth *t)
{
	if (t == NULL)
		return;
	for (uint32_t k = 0; t->clips != NULL && k < t->n_clips; k++) {
		struct truth_clip *clip = &t->clips[k];
		for (uint32_t i = 0; clip->lines != NULL && i < clip->n_lines; i++) {
			g_free(clip->lines[i].id);
			g_free(clip->lines[i].direction);
			g_free(clip->lines[i].events_frame);
		}
		g_free(clip->lines);
		g_free(clip->id);
		g_free(clip->file);
	}
	g_free(t->clips);
	g_free(t->path);
	json_decref(t->json);
	g_free(t);
}
