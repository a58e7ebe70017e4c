/* vision_evaluate.c - recordings against what people saw on them. See vision_evaluate.h.
 *
 * Each clip goes through the same decoder and the same counter as a camera would, picture after picture in order; nothing is set for one clip
 * but its lines. An event is right when one of the truth's is within a second of it on the same line, one to one.
 */
#include "daemon/vision_evaluate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/clip_truth.h"
#include "daemon/event_score.h"
#include "daemon/jsonat.h"
#include "daemon/vision_evaluate_jam.h"
#include "vision/cv.h"
#include "vision/stream.h"

#define WITHIN_S 1.0

struct told {
	uint32_t line;
	double frame;
};

struct showing { /* one clip, being looked at */
	const struct truth_clip *clip;
	const struct evaluate_options *options;
	const char *path;
	struct crossing *crossing;
	struct detector *detector; /* NULL: by movement; not owned */
	GMainLoop *loop;
	GArray *times; /* of each frame, s */
	GArray *told;  /* struct told */
	double spent_s;
	bool broke;
	char *why;     /* NULL: all went well */
};

static double frame_at(const GArray *times, double t_s)
{
	uint32_t low = 0, high = times->len;
	while (low + 1 < high) {
		uint32_t mid = (low + high) / 2;
		if (g_array_index(times, double, mid) <= t_s)
			low = mid;
		else
			high = mid;
	}
	if (low + 1 >= times->len)
		return low;
	double a = g_array_index(times, double, low), b = g_array_index(times, double, low + 1);
	return low + (b > a ? CLAMP((t_s - a) / (b - a), 0, 1) : 0);
}

static void on_event(void *user, const struct crossing_event *event)
{
	struct showing *s = user;
	struct told told = {event->line, frame_at(s->times, event->t_s)};
	g_array_append_val(s->told, told);
}

static void trace(const struct showing *s, const struct stream_frame *f)
{
	owned(cv_canvas) canvas = cv_canvas_new(f->grey, f->width_px, f->height_px, f->stride, 1);
	g_autofree uint8_t *png = NULL;
	uint64_t n = 0;
	if (canvas == NULL)
		return;
	crossing_draw(s->crossing, canvas);
	g_autofree char *name = g_strdup_printf("%s/%s-%05u.png", s->options->trace, s->clip->id, s->times->len - 1);
	if (cv_canvas_png(canvas, &png, &n))
		g_file_set_contents(name, (const char *) png, (gssize) n, NULL);
}

/* Of this thread. */
static double cpu_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static void on_frame(void *user, const struct stream_frame *f)
{
	struct showing *s = user;
	if (f->width_px != s->clip->width_px || f->height_px != s->clip->height_px) {
		if (s->why == NULL)
			s->why = g_strdup_printf("pictures of %u x %u px, the truth speaks of %u x %u px", f->width_px, f->height_px, s->clip->width_px,
				s->clip->height_px);
		return;
	}
	double t_s = f->t_s;
	if (s->times->len > 0)
		t_s = fmax(t_s, g_array_index(s->times, double, s->times->len - 1));
	g_array_append_val(s->times, t_s);
	double from_s = cpu_s();
	crossing_look(s->crossing, f->grey, f->width_px, f->height_px, f->stride, t_s);
	s->spent_s += cpu_s() - from_s;
	if (s->why == NULL && crossing_broken(s->crossing) != NULL)
		s->why = g_strdup(crossing_broken(s->crossing));
	if (s->options->trace != NULL)
		trace(s, f);
}

static void on_end(void *user, bool broke, const char *why)
{
	struct showing *s = user;
	s->broke = broke;
	if (broke && s->why == NULL)
		s->why = g_strdup(why);
	g_main_loop_quit(s->loop);
}

static bool play(struct showing *s, GError **error)
{
	struct crossing_line lines[CROSSING_LINES_MAX];
	const struct crossing_options options = {.analyse_fps = s->options->analyse_fps, .detector = s->detector};
	for (uint32_t k = 0; k < s->clip->n_lines; k++)
		lines[k] = s->clip->lines[k].line;
	s->crossing = crossing_new(lines, s->clip->n_lines, &options, on_event, s);
	const struct stream_options stream_options = {.uri = s->path};
	struct stream *stream = stream_new(&stream_options, on_frame, on_end, s, error);
	if (stream == NULL)
		return false;
	g_main_loop_run(s->loop);
	stream_free(stream);
	crossing_end(s->crossing);
	if (s->why == NULL && s->times->len == 0)
		s->why = g_strdup("no picture came out of it");
	if (s->why != NULL)
		g_set_error(error, JSONAT_ERROR, JSONAT_ERROR_READ, "%s: %s", s->path, s->why);
	return s->why == NULL;
}

/* ---- judging ---- */

struct report {
	const struct evaluate_options *options;
	struct detector *detector;
	json_t *lines; /* an array, for --json */
	struct event_score sum;
	uint32_t counted, count_off; /* by people; sum of the lines' absolute errors */
	double spent_s, played_s;
};

static int by_frame(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;
	return (x > y) - (x < y);
}

static void add_frames(GString *text, json_t *list, const char *name, const double *frames, const bool *good, uint32_t n)
{
	bool first = true;
	for (uint32_t i = 0; i < n; i++) {
		if (good[i])
			continue;
		g_string_append_printf(text, "%s%s%.0f", first ? name : ",", first ? " " : "", frames[i]);
		json_array_append_new(list, json_integer(lround(frames[i])));
		first = false;
	}
	g_string_append(text, first ? "" : "  ");
}

static void judge_line(struct report *r, const struct showing *s, uint32_t line)
{
	const struct truth_line *l = &s->clip->lines[line];
	double fps = s->clip->fps;
	g_autofree double *happened = g_new0(double, l->n_events + 1), *told = g_new0(double, s->told->len + 1);
	g_autofree bool *found = g_new0(bool, l->n_events + 1), *right = g_new0(bool, s->told->len + 1);
	uint32_t n = 0;
	for (uint32_t i = 0; i < l->n_events; i++)
		happened[i] = l->events_frame[i];
	for (uint32_t i = 0; i < s->told->len; i++)
		if (g_array_index(s->told, struct told, i).line == line)
			told[n++] = g_array_index(s->told, struct told, i).frame;
	qsort(told, n, sizeof *told, by_frame);
	struct event_score score;
	event_score_match(happened, l->n_events, told, n, WITHIN_S * fps, found, right, &score);
	score.count_off = (int32_t) n - (int32_t) l->count;
	json_t *missed = json_array(), *wrong = json_array();
	g_autoptr(GString) notes = g_string_new(NULL);
	add_frames(notes, missed, "missed", happened, found, l->n_events);
	add_frames(notes, wrong, "false", told, right, n);
	if (!r->options->json)
		printf("%-16s %-10s %5u %5u %5u %7.3f %9.3f %+6d %s\n", s->clip->id, l->id, l->count, n, score.matched, event_score_recall(&score),
			event_score_precision(&score), score.count_off, notes->str);
	json_array_append_new(r->lines, json_pack("{ss ss si si si so so}", "clip", s->clip->id, "line", l->id, "count", l->count, "told", n, "matched",
		score.matched, "missed_frames", missed, "false_frames", wrong));
	r->sum.n_true += score.n_true;
	r->sum.n_told += score.n_told;
	r->sum.matched += score.matched;
	r->counted += l->count;
	r->count_off += (uint32_t) abs(score.count_off);
}

static bool evaluate_clip(struct report *r, const struct truth_clip *clip, const char *path, GError **error)
{
	struct showing s = {.clip = clip, .options = r->options, .path = path, .detector = r->detector, .loop = g_main_loop_new(NULL, FALSE),
		.times = g_array_new(FALSE, FALSE, sizeof(double)), .told = g_array_new(FALSE, FALSE, sizeof(struct told))};
	bool good = play(&s, error);
	for (uint32_t k = 0; good && k < clip->n_lines; k++)
		judge_line(r, &s, k);
	r->spent_s += s.spent_s;
	if (s.times->len > 0)
		r->played_s += g_array_index(s.times, double, s.times->len - 1) - g_array_index(s.times, double, 0);
	crossing_free(s.crossing);
	g_main_loop_unref(s.loop);
	g_array_unref(s.times);
	g_array_unref(s.told);
	g_free(s.why);
	return good;
}

static void print_sum(const struct report *r)
{
	double recall = event_score_recall(&r->sum), precision = event_score_precision(&r->sum);
	double off = r->counted ? (double) r->count_off / r->counted : NAN;
	int32_t total_off = (int32_t) r->sum.n_told - (int32_t) r->counted;
	if (!r->options->json) {
		printf("%-27s %5u %5u %5u %7.3f %9.3f %+6d (%.1f %% line by line)\n", "all", r->counted, r->sum.n_told, r->sum.matched, recall, precision,
			total_off, 100 * off);
		printf("%.1f ms of the processor for looking, for each second of the recordings\n", 1000 * r->spent_s / fmax(r->played_s, 1e-3));
		return;
	}
	json_auto_t *o = json_pack("{sO si si si si}", "lines", r->lines, "count", r->counted, "told", r->sum.n_told, "matched", r->sum.matched,
		"count_off", total_off);
	json_object_set_new(o, "recall_frac", isfinite(recall) ? json_real(recall) : json_null());
	json_object_set_new(o, "precision_frac", isfinite(precision) ? json_real(precision) : json_null());
	json_dumpf(o, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(4));
	putchar('\n');
}

static bool evaluate_all(struct report *r, const struct clip_truth *truth, GError **error)
{
	bool folder = g_file_test(r->options->clip, G_FILE_TEST_IS_DIR), any = false;
	g_autofree char *wanted = g_path_get_basename(r->options->clip);
	for (uint32_t k = 0; k < truth->n_clips; k++) {
		const struct truth_clip *clip = &truth->clips[k];
		g_autofree char *name = g_path_get_basename(clip->file);
		g_autofree char *path = folder ? g_build_filename(r->options->clip, clip->file, NULL) : g_strdup(r->options->clip);
		if (!folder && strcmp(name, wanted) != 0)
			continue;
		any = true;
		if (!evaluate_clip(r, clip, path, error))
			return false;
	}
	if (!any)
		g_set_error(error, JSONAT_ERROR, JSONAT_ERROR_VALUE, "%s: no clip has the file name \"%s\"", truth->path, wanted);
	return any;
}

/* Is a clip meant whose crossings were counted? */
static bool has_lines(const struct evaluate_options *options, const struct clip_truth *truth)
{
	g_autofree char *wanted = g_path_get_basename(options->clip);
	for (uint32_t k = 0; k < truth->n_clips; k++) {
		g_autofree char *path = g_build_filename(options->clip, truth->clips[k].file, NULL), *name = g_path_get_basename(truth->clips[k].file);
		if (g_file_test(path, G_FILE_TEST_EXISTS) || strcmp(name, wanted) == 0)
			return true;
	}
	return false;
}

bool vision_evaluate(const struct evaluate_options *options, GError **error)
{
	owned(clip_truth) truth = clip_truth_read(options->truth, error);
	owned(detector) detector = NULL;
	uint32_t judged = 0;
	if (truth != NULL && options->detector.model != NULL && (detector = detector_new(NULL, &options->detector, error)) == NULL)
		return false;
	if (truth == NULL || !vision_evaluate_jam(options, &judged, error))
		return false;
	if (judged > 0 && !has_lines(options, truth))
		return true;
	struct report r = {.options = options, .detector = detector, .lines = json_array()};
	if (!options->json)
		printf("%-16s %-10s %5s %5s %5s %7s %9s %6s\n", "clip", "line", "true", "told", "match", "recall", "precision", "off");
	bool good = evaluate_all(&r, truth, error);
	if (good)
		print_sum(&r);
	json_decref(r.lines);
	return good;
}
