/* evaluate_test.c - judging: what matches what, what a truth file must hold, and the real clips where they are at hand.
 *
 * Environment: G_TEST_SRCDIR the source tree. The clips are looked for in ../shared beside it; without them that case is skipped.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "daemon/clip_truth.h"
#include "daemon/event_score.h"

static const char *program;

static void test_match(void)
{
	const double happened[] = {1, 2, 10}, told[] = {1.9, 2.9, 20};
	bool found[3], right[3];
	struct event_score score;
	event_score_match(happened, 3, told, 3, 1, found, right, &score);
	g_assert_cmpuint(score.matched, ==, 2); /* one to one: 1.9 goes to 1, so that 2.9 can have 2 */
	g_assert_true(found[0] && found[1] && !found[2]);
	g_assert_true(right[0] && right[1] && !right[2]);
	g_assert_cmpfloat(fabs(event_score_recall(&score) - 2 / 3.0), <, 1e-9);
	event_score_match(happened, 3, told, 0, 1, found, right, &score);
	g_assert_true(isnan(event_score_precision(&score)));
	const double twice[] = {1, 1.1};
	event_score_match(happened, 1, twice, 2, 1, found, right, &score);
	g_assert_cmpuint(score.matched, ==, 1);
	g_assert_false(right[1]);
}

static void test_ways(void)
{
	static const struct {
		const char *words;
		double x, y;
	} cases[] = {{"towards camera (down)", 0, 1}, {"away from camera", 0, -1}, {"both directions", 0, 0}, {"left to right", 1, 0},
		{"right to left", -1, 0}, {"Up (away)", 0, -1}};
	double x, y;
	for (uint32_t k = 0; k < G_N_ELEMENTS(cases); k++) {
		g_assert_true(clip_truth_way(cases[k].words, &x, &y));
		g_assert_cmpfloat(x, ==, cases[k].x);
		g_assert_cmpfloat(y, ==, cases[k].y);
	}
	g_assert_false(clip_truth_way("sideways", &x, &y));
}

/* A truth file with one thing wrong is refused by a sentence that names file and thing. */
static void check_refused(const char *line, const char *sentence)
{
	g_autofree char *path = NULL, *text = g_strdup_printf("{\"clips\":[{\"file\":\"a.mp4\",\"width\":320,\"height\":240,\"fps\":25,\"lines\":[%s]}]}", line);
	g_autoptr(GError) error = NULL;
	int fd = g_file_open_tmp("truth-XXXXXX.json", &path, NULL);
	g_assert_cmpint(fd, >=, 0);
	g_close(fd, NULL);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	owned(clip_truth) truth = clip_truth_read(path, &error);
	g_remove(path);
	g_assert_null(truth);
	g_assert_nonnull(strstr(error->message, path));
	if (strstr(error->message, sentence) == NULL)
		g_error("said: %s", error->message);
}

static void test_refused(void)
{
	check_refused("{\"id\":\"a\",\"p0\":[1,2],\"p1\":[1,\"3\"],\"direction\":\"up\",\"events_frame\":[]}", "p1");
	check_refused("{\"id\":\"a\",\"p0\":[1,2],\"p1\":[1,2],\"direction\":\"up\",\"events_frame\":[]}", "px long");
	check_refused("{\"id\":\"a\",\"p0\":[1,2],\"p1\":[9,2],\"direction\":\"sideways\",\"events_frame\":[]}", "sideways");
	check_refused("{\"id\":\"a\",\"p0\":[1,2],\"p1\":[9,2],\"direction\":\"up\",\"events_frame\":[-3]}", "events_frame");
	check_refused("{\"id\":\"a\",\"p0\":[1,2],\"p1\":[9,2],\"direction\":\"up\"}", "events_frame");
}

static json_t *judged(const char *clip, const char *truth)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *out = NULL;
	int status = 0;
	const char *argv[] = {program, "--evaluate", clip, "--truth", truth, "--json", NULL};
	g_assert_true(g_spawn_sync(NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL, &status, &error));
	g_assert_no_error(error);
	g_assert_true(g_spawn_check_wait_status(status, NULL));
	json_t *o = json_loads(out, 0, NULL);
	g_assert_nonnull(o);
	return o;
}

/* The figures that the project wants, on the clips that people counted. */
static void test_clips(void)
{
	g_autofree char *folder = g_build_filename(g_getenv("G_TEST_SRCDIR"), "..", "shared", "data", "video", NULL);
	g_autofree char *truth = g_build_filename(folder, "truth.json", NULL);
	if (!g_file_test(truth, G_FILE_TEST_IS_REGULAR)) {
		g_test_skip("no real clips in ../shared/data/video");
		return;
	}
	static const char *const clips[] = {"cdnet_highway.avi", "two_way_hwy.mp4", "intel_car.mp4", "resid.mp4", "ot_gt_a.mp4", "ot_gt_b.mp4"};
	double count = 0, told = 0, matched = 0;
	for (uint32_t k = 0; k < G_N_ELEMENTS(clips); k++) {
		g_autofree char *clip = g_build_filename(folder, clips[k], NULL);
		json_auto_t *o = judged(clip, truth);
		count += (double) json_integer_value(json_object_get(o, "count"));
		told += (double) json_integer_value(json_object_get(o, "told"));
		matched += (double) json_integer_value(json_object_get(o, "matched"));
	}
	double recall = matched / count, precision = matched / told, off = told - count;
	g_test_message("recall %.3f, precision %.3f, count %+.0f of %.0f", recall, precision, off, count);
	g_assert_cmpfloat(count, >=, 53);
	g_assert_cmpfloat(recall, >=, 0.97);
	g_assert_cmpfloat(precision, >=, 0.97);
	g_assert_cmpfloat(fabs(off), <=, 0.03 * count);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	program = argv[1];
	g_test_add_func("/evaluate/match", test_match);
	g_test_add_func("/evaluate/ways", test_ways);
	g_test_add_func("/evaluate/refused", test_refused);
	g_test_add_func("/evaluate/clips", test_clips);
	return g_test_run();
}
