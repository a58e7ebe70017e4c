/* counts_bench.c - vehicles past lines on real clips, and on the same clips made worse: mirrored, darker, noisy, smaller, fewer pictures.
 *
 *     counts_bench FOLDER TRUTH.json [FIRST]     (0: from the clips as they are, 5: only every second frame)
 *
 * What was found only because a clip looks just so, is lost here. Beside ours stands the usual counter (MOG2, blobs, centroids: peer_cv.h) on the same
 * clips. Says 77 (skipped) when the folder or the labels are not there.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/clip_truth.h"
#include "daemon/event_score.h"
#include "tests/bench/peer_cv.h"
#include "vision/stream.h"

#define EVENTS_MAX 4096

enum worse { AS_IT_IS, MIRRORED, DARKER, NOISY, SMALLER, HALF_RATE, N_WORSE };
static const char *const names[N_WORSE] = {"as it is", "mirrored", "darker (0.7)", "noisy (sd 6)", "smaller (0.8)", "every 2nd frame"};

struct show {
	const struct truth_clip *clip;
	enum worse worse;
	struct crossing *crossing;
	GMainLoop *loop;
	uint32_t frame, seed;
	uint8_t *grey;
	struct {
		uint32_t line;
		double t_s;
	} told[EVENTS_MAX];
	uint32_t n;
	double first_s, last_s;
};

static double noise(uint32_t *seed)
{
	double sum = 0;
	for (int i = 0; i < 3; i++) {
		*seed = *seed * 1664525u + 1013904223u;
		sum += (*seed >> 8) / 16777216.0 - 0.5;
	}
	return 2 * sum;
}

static uint8_t made_worse(struct show *s, const struct stream_frame *f, uint32_t x, uint32_t y)
{
	double scale = s->worse == SMALLER ? 1 / 0.8 : 1;
	uint32_t fx = (uint32_t) (x * scale), fy = (uint32_t) (y * scale);
	if (s->worse == MIRRORED)
		fx = f->width_px - 1 - fx;
	double v = f->grey[(size_t) fy * f->stride + fx];
	v = s->worse == DARKER ? 0.7 * v : s->worse == NOISY ? v + 6 * noise(&s->seed) : v;
	return (uint8_t) CLAMP(v, 0, 255);
}

static void on_frame(void *user, const struct stream_frame *f)
{
	struct show *s = user;
	double scale = s->worse == SMALLER ? 0.8 : 1;
	uint32_t w = (uint32_t) (f->width_px * scale), h = (uint32_t) (f->height_px * scale);
	s->last_s = f->t_s;
	if (s->frame == 0)
		s->first_s = f->t_s;
	if (s->frame++ % 2 && s->worse == HALF_RATE)
		return;
	s->grey = g_realloc(s->grey, (size_t) w * h);
	for (uint32_t y = 0; y < h; y++)
		for (uint32_t x = 0; x < w; x++)
			s->grey[(size_t) y * w + x] = made_worse(s, f, x, y);
	crossing_look(s->crossing, s->grey, w, h, w, f->t_s);
}

static void on_event(void *user, const struct crossing_event *e)
{
	struct show *s = user;
	if (s->n == EVENTS_MAX)
		return;
	s->told[s->n].line = e->line;
	s->told[s->n++].t_s = e->t_s;
}

static void on_end(void *user, bool broke, const char *why)
{
	struct show *s = user;
	if (broke)
		fprintf(stderr, "%s: %s\n", s->clip->file, why);
	g_main_loop_quit(s->loop);
}

static int by_time(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;
	return (x > y) - (x < y);
}

static void judge(const struct show *s, struct event_score *sum)
{
	for (uint32_t k = 0; k < s->clip->n_lines; k++) {
		const struct truth_line *l = &s->clip->lines[k];
		double happened[EVENTS_MAX], told[EVENTS_MAX];
		bool found[EVENTS_MAX], right[EVENTS_MAX];
		uint32_t n = 0, n_true = MIN(l->n_events, EVENTS_MAX);
		for (uint32_t i = 0; i < n_true; i++)
			happened[i] = s->first_s + l->events_frame[i] * (s->last_s - s->first_s) / MAX(1, s->frame - 1);
		for (uint32_t i = 0; i < s->n; i++)
			if (s->told[i].line == k)
				told[n++] = s->told[i].t_s;
		qsort(told, n, sizeof *told, by_time);
		struct event_score score;
		event_score_match(happened, n_true, told, n, 1, found, right, &score);
		sum->n_true += score.n_true;
		sum->n_told += score.n_told;
		sum->matched += score.matched;
	}
}

static bool play(const char *folder, const struct truth_clip *clip, enum worse worse, struct event_score *sum)
{
	struct crossing_line lines[CROSSING_LINES_MAX];
	const struct crossing_options options = {.analyse_fps = 10};
	g_autofree char *path = g_build_filename(folder, clip->file, NULL);
	g_autofree struct show *s = g_new0(struct show, 1);
	g_autoptr(GError) error = NULL;
	for (uint32_t k = 0; k < clip->n_lines; k++) {
		struct crossing_line l = clip->lines[k].line;
		double scale = worse == SMALLER ? 0.8 : 1, edge = clip->width_px - 1;
		bool m = worse == MIRRORED;
		lines[k] = (struct crossing_line){scale * (m ? edge - l.x0 : l.x0), scale * l.y0, scale * (m ? edge - l.x1 : l.x1), scale * l.y1,
			m ? -l.way_x : l.way_x, l.way_y};
	}
	*s = (struct show){.clip = clip, .worse = worse, .loop = g_main_loop_new(NULL, FALSE), .seed = 1};
	s->crossing = crossing_new(lines, clip->n_lines, &options, on_event, s);
	struct stream *stream = stream_new(&(struct stream_options){.uri = path}, on_frame, on_end, s, &error);
	if (stream == NULL)
		fprintf(stderr, "%s\n", error->message);
	else {
		g_main_loop_run(s->loop);
		stream_free(stream);
		crossing_end(s->crossing);
		judge(s, sum);
	}
	crossing_free(s->crossing);
	g_main_loop_unref(s->loop);
	g_free(s->grey);
	return stream != NULL;
}

static void on_peer_event(void *user, uint32_t line, double t_s)
{
	on_event(user, &(struct crossing_event){.line = line, .t_s = t_s});
}

static bool play_peer(const char *folder, const struct truth_clip *clip, enum worse worse, struct event_score *sum)
{
	struct crossing_line lines[CROSSING_LINES_MAX];
	const struct peer_worse as = {.mirrored = worse == MIRRORED, .gain = worse == DARKER ? 0.7 : 1, .noise_sd = worse == NOISY ? 6 : 0,
		.scale = worse == SMALLER ? 0.8 : 1, .every = worse == HALF_RATE ? 2 : 1};
	g_autofree char *path = g_build_filename(folder, clip->file, NULL);
	g_autofree struct show *s = g_new0(struct show, 1);
	for (uint32_t k = 0; k < clip->n_lines; k++)
		lines[k] = clip->lines[k].line;
	*s = (struct show){.clip = clip, .frame = 2, .last_s = 1 / clip->fps}; /* the time from one frame to the next */
	if (!peer_count(path, lines, clip->n_lines, clip->fps, &as, on_peer_event, s)) {
		fprintf(stderr, "counts_bench: OpenCV cannot play %s\n", path);
		return false;
	}
	judge(s, sum);
	return true;
}

static void put(const struct event_score *sum)
{
	printf(" | %4u %5u %6.3f %9.3f", sum->n_told, sum->matched, event_score_recall(sum), event_score_precision(sum));
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	if (argc < 3 || argc > 4)
		return 2;
	if (!g_file_test(argv[1], G_FILE_TEST_IS_DIR) || !g_file_test(argv[2], G_FILE_TEST_IS_REGULAR)) {
		printf("skipped: %s or %s is not there\n", argv[1], argv[2]);
		return 77;
	}
	owned(clip_truth) truth = clip_truth_read(argv[2], &error);
	if (truth == NULL) {
		fprintf(stderr, "counts_bench: %s\n", error->message);
		return 1;
	}
	printf("%-16s %5s | %-27s | MOG2, blobs, centroids\n%-16s %5s", "", "", "ours", "clips", "true");
	for (uint32_t k = 0; k < 2; k++)
		printf(" | told match recall precision");
	printf("\n");
	for (int worse = argc == 4 ? abs(atoi(argv[3])) : 0; worse < N_WORSE; worse++) {
		struct event_score sum = {0}, peer = {0};
		for (uint32_t k = 0; k < truth->n_clips; k++)
			if (!play(argv[1], &truth->clips[k], (enum worse) worse, &sum) || !play_peer(argv[1], &truth->clips[k], (enum worse) worse, &peer))
				return 1;
		printf("%-16s %5u", names[worse], sum.n_true);
		put(&sum);
		put(&peer);
		printf("\n");
		fflush(stdout);
	}
	return 0;
}
