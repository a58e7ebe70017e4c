/* vision_evaluate_jam.c - how jammed clips are, against what people called them. See vision_evaluate_jam.h.
 *
 * The clips of one group are one camera's: how large vehicles are in its picture is learned from all of them, without a look at a label, as a
 * camera that runs would have learned it; then each clip is judged by itself.
 */
#include "daemon/vision_evaluate_jam.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/jsonat.h"
#include "vision/jam.h"
#include "vision/stream.h"

struct labelled {
	char *path;
	enum jam_level is;
};

struct playing {
	struct jam *jam;
	GMainLoop *loop;
	uint64_t frames;
	char *why;
};

struct tally {
	uint32_t as[JAM_JAMMED + 1][JAM_JAMMED + 1]; /* is, told */
	uint32_t n, right;
};

static void labelled_clear(void *item)
{
	g_free(((struct labelled *) item)->path);
}

static bool level_of(const char *label, enum jam_level *level)
{
	static const struct {
		const char *word;
		enum jam_level level;
	} words[] = {{"light", JAM_FREE}, {"medium", JAM_QUEUED}, {"heavy", JAM_JAMMED}};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (strcmp(label, words[i].word) == 0) {
			*level = words[i].level;
			return true;
		}
	return jam_level_from_name(label, level);
}

/* The clip itself, or the one that the folder has: under its whole name, or its last part. */
static char *path_of(const char *clip, const char *file)
{
	g_autofree char *base = g_path_get_basename(file), *wanted = g_path_get_basename(clip);
	if (!g_file_test(clip, G_FILE_TEST_IS_DIR))
		return strcmp(base, wanted) == 0 ? g_strdup(clip) : NULL;
	g_autofree char *whole = g_build_filename(clip, file, NULL), *last = g_build_filename(clip, base, NULL);
	return g_strdup(g_file_test(whole, G_FILE_TEST_EXISTS) ? whole : g_file_test(last, G_FILE_TEST_EXISTS) ? last : NULL);
}

static GArray *clips_of(const struct evaluate_options *options, const json_t *labels, GError **error)
{
	g_autoptr(GArray) clips = g_array_new(FALSE, FALSE, sizeof(struct labelled));
	g_array_set_clear_func(clips, labelled_clear);
	size_t i;
	json_t *one;
	json_array_foreach((json_t *) labels, i, one) {
		const char *file = json_string_value(json_object_get(one, "file")), *label = json_string_value(json_object_get(one, "label"));
		struct labelled clip = {.path = file ? path_of(options->clip, file) : NULL};
		if (!file || !label || !level_of(label, &clip.is)) {
			g_free(clip.path);
			g_set_error(error, JSONAT_ERROR, JSONAT_ERROR_VALUE, "%s: labels[%zu] must have a file and a label: light, medium, heavy, free, slow, "
				"queued or jammed", options->truth, i);
			return NULL;
		}
		if (clip.path)
			g_array_append_val(clips, clip);
	}
	return g_steal_pointer(&clips);
}

static void on_frame(void *user, const struct stream_frame *f)
{
	struct playing *p = user;
	p->frames++;
	jam_look(p->jam, f->grey, f->width_px, f->height_px, f->stride, f->t_s);
}

static void on_end(void *user, bool broke, const char *why)
{
	struct playing *p = user;
	if (broke)
		p->why = g_strdup(why);
	g_main_loop_quit(p->loop);
}

static bool play(const char *path, struct jam_size *size, struct jam_state *state, GError **error)
{
	owned(jam) jam = jam_new(size);
	struct playing p = {.jam = jam, .loop = g_main_loop_new(NULL, FALSE)};
	const struct stream_options options = {.uri = path};
	struct stream *stream = stream_new(&options, on_frame, on_end, &p, error);
	if (stream) {
		g_main_loop_run(p.loop);
		stream_free(stream);
	}
	g_main_loop_unref(p.loop);
	g_autofree char *why = p.why;
	if (stream && (why || p.frames == 0))
		g_set_error(error, JSONAT_ERROR, JSONAT_ERROR_READ, "%s: %s", path, why ? why : "no picture came out of it");
	*state = jam_state(jam);
	return stream && !why && p.frames > 0;
}

static const char *name_of(enum jam_level level)
{
	const char *name = jam_level_name(level);
	return name ? name : "unknown";
}

static void note(const struct evaluate_options *options, const struct labelled *clip, const struct jam_state *s, struct tally *t)
{
	g_autofree char *base = g_path_get_basename(clip->path);
	t->n++;
	t->right += s->level == clip->is;
	t->as[clip->is][s->level]++;
	if (!options->json)
		printf("%-16s %-8s %-8s %5.2f vehicle lengths/s, %3.0f %% of the road busy%s\n", base, name_of(clip->is), name_of(s->level), s->lengths_per_s,
			100 * s->busy_frac, s->level == clip->is ? "" : "  wrong");
}

static void print_tally(const struct evaluate_options *options, const char *group, const struct tally *t)
{
	if (options->json) {
		json_auto_t *o = json_pack("{s:s, s:i, s:i, s:f}", "jam", group, "clips", (int) t->n, "right", (int) t->right, "right_frac",
			(double) t->right / t->n);
		json_dumpf(o, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(4));
		putchar('\n');
		return;
	}
	printf("\n%-10s told free  slow queued jammed unknown\n", group);
	for (int is = JAM_FREE; is <= JAM_JAMMED; is++)
		printf("is %-8s %8u %5u %6u %6u %7u\n", name_of((enum jam_level) is), t->as[is][JAM_FREE], t->as[is][JAM_SLOW], t->as[is][JAM_QUEUED],
			t->as[is][JAM_JAMMED], t->as[is][JAM_UNKNOWN]);
	printf("jam level right in %u of %u clips: %.1f %%\n\n", t->right, t->n, 100.0 * t->right / t->n);
}

static bool judge_group(const struct evaluate_options *options, const char *group, const GArray *clips, GError **error)
{
	struct tally tally = {0};
	g_autofree struct jam_size *size = g_new0(struct jam_size, 1);
	for (uint32_t pass = clips->len > 1 ? 0 : 1; pass < 2; pass++)
		for (uint32_t i = 0; i < clips->len; i++) {
			const struct labelled *clip = &g_array_index(clips, struct labelled, i);
			struct jam_state state;
			if (!play(clip->path, size, &state, error))
				return false;
			if (pass == 1)
				note(options, clip, &state, &tally);
		}
	print_tally(options, group, &tally);
	return true;
}

bool vision_evaluate_jam(const struct evaluate_options *options, uint32_t *judged, GError **error)
{
	json_auto_t *truth = jsonat_load(options->truth, error);
	const char *group;
	json_t *value;
	*judged = 0;
	if (!truth)
		return false;
	json_object_foreach(truth, group, value) {
		const json_t *labels = json_object_get(value, "labels");
		g_autoptr(GArray) clips = json_is_array(labels) ? clips_of(options, labels, error) : NULL;
		if (json_is_array(labels) && !clips)
			return false;
		if (!clips || clips->len == 0)
			continue;
		if (!judge_group(options, group, clips, error))
			return false;
		*judged += clips->len;
	}
	return true;
}
