/* screen_test.c - the demo's status page at 80x24, at awkward sizes, and with nothing known; the table of the end. */
#include <math.h>
#include <string.h>

#include "core/units.h"
#include "daemon/screen.h"

static struct screen_junction junctions[40];
static struct screen_camera cameras[16];

static struct screen a_screen(void)
{
	static const char *const ways[] = {"north", "east", "south", "west"};
	static const char *const alerts[] = {"J1-west: no picture for 5 s"};
	struct screen s = {.seed = 7, .t_s = 134, .total_s = 300, .junctions = junctions, .cameras = cameras, .n_junctions = 4, .n_cameras = 16,
		.delay_s = 23.1, .fixed_delay_s = 33, .lag_p50_s = 0.31, .lag_p99_s = 0.44, .vision = {16, 900, 103, 100, 0.03, 0.05, 0.8, 1.2},
		.alerts = alerts, .n_alerts = 1, .n_programs = 2};
	memset(junctions, 0, sizeof junctions);
	for (uint32_t i = 0; i < G_N_ELEMENTS(junctions); i++) {
		junctions[i] = (struct screen_junction){.heard = true, .mode = i == 1 ? WIRE_TAPER : WIRE_ADAPTIVE, .for_s = 12 + i,
			.queue_seen_veh = 5 + i,
			.queue_true_veh = 6 + i, .delay_s = 21 + i, .fixed_delay_s = 30 + i};
		g_snprintf(junctions[i].id, WIRE_ID, "J%u", i + 1);
		g_strlcpy(junctions[i].stage, i == 2 ? "" : "A", sizeof junctions[i].stage);
	}
	for (uint32_t i = 0; i < 16; i++) {
		cameras[i] = (struct screen_camera){.heard = true, .state = i == 3 ? CAMERA_LOST : CAMERA_OK, .fps = 9.97, .lag_s = 0.214};
		g_snprintf(cameras[i].id, WIRE_ID, "J%u-%s", i / 4 + 1, ways[i % 4]);
	}
	g_strlcpy(s.programs[0].name, "greenwave-sim", sizeof s.programs[0].name);
	s.programs[0].cpu_frac = 0.412;
	g_strlcpy(s.programs[1].name, "vision-0", sizeof s.programs[1].name);
	s.programs[1].cpu_frac = UNKNOWN;
	return s;
}

static void test_golden(void)
{
	struct screen s = a_screen();
	GString *page = g_string_new(NULL);
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "tests", "daemon", "screen_80x24.txt", NULL), *expected = NULL;
	screen_page(page, &s, 80, 24, false);
	g_string_append_c(page, '\n');
	if (g_getenv("GREENWAVE_GOLDEN")) /* writes what it should be; look at it before you commit it */
		g_file_set_contents(path, page->str, (gssize) page->len, NULL);
	g_assert_true(g_file_get_contents(path, &expected, NULL, NULL));
	g_assert_cmpstr(page->str, ==, expected);
	g_string_free(page, TRUE);
}

static void check_size(const struct screen *s, uint32_t columns, uint32_t rows)
{
	GString *page = g_string_new(NULL);
	screen_page(page, s, columns, rows, false);
	g_auto(GStrv) lines = g_strsplit(page->str, "\n", -1);
	g_assert_cmpuint(g_strv_length(lines), ==, MAX(rows, 10));
	for (char **line = lines; *line; line++)
		g_assert_cmpint(g_utf8_strlen(*line, -1), <=, MAX(columns, 40));
	g_string_free(page, TRUE);
}

static void test_sizes(void)
{
	struct screen s = a_screen();
	for (uint32_t columns = 1; columns < 300; columns += 23)
		for (uint32_t rows = 1; rows < 80; rows += 7)
			check_size(&s, columns, rows);
	s.n_junctions = 40; /* more than fit: the cameras and the numbers stay in sight */
	GString *page = g_string_new(NULL);
	screen_page(page, &s, 80, 24, true);
	g_assert_nonnull(strstr(page->str, "and 3"));
	g_assert_nonnull(strstr(page->str, "picture to command"));
	g_assert_nonnull(strstr(page->str, "no picture for 5 s"));
	g_string_free(page, TRUE);
}

static void test_unknown(void)
{
	struct screen s = {.doing = "starting the cameras", .delay_s = UNKNOWN, .fixed_delay_s = UNKNOWN, .lag_p50_s = UNKNOWN,
		.lag_p99_s = UNKNOWN,
		.vision = {.flow_frac = UNKNOWN, .queue_veh = UNKNOWN, .speed_mps = UNKNOWN}, .junctions = junctions, .n_junctions = 1};
	junctions[0] = (struct screen_junction){.queue_seen_veh = UNKNOWN, .queue_true_veh = UNKNOWN, .delay_s = UNKNOWN,
		.fixed_delay_s = UNKNOWN};
	GString *page = g_string_new(NULL), *line = g_string_new(NULL);
	screen_page(page, &s, 80, 24, false);
	g_assert_null(strstr(page->str, "nan"));
	g_assert_nonnull(strstr(page->str, "starting the cameras"));
	s.doing = NULL;
	screen_line(line, &s);
	g_assert_null(strstr(line->str, "nan"));
	g_string_free(page, TRUE);
	g_string_free(line, TRUE);
}

static void test_line_and_table(void)
{
	struct screen s = a_screen();
	GString *text = g_string_new(NULL);
	screen_line(text, &s);
	g_assert_cmpstr(text->str, ==, "2:14 of 5:00  delay 23.1 s/veh, fixed plan 33.0 (-30 %)  queue 26 seen, 30 true  3/4 junctions "
		"adaptive  15/16 cameras ok  "
		"99 % of commands within 0.44 s  1 alerts");
	g_string_truncate(text, 0);
	struct report_run run = {7, {.delay_s = 40, .stops = 1.5}, {.delay_s = 30, .stops = 1.2}};
	screen_table(text, &run, 1, &s.vision);
	g_assert_nonnull(strstr(text->str, "mean delay, s/veh                           40.0            30.0         -25.0 %\n"));
	g_assert_nonnull(strstr(text->str, "flow 3.0 % (lane by lane 5.0 %), queue 0.80 veh, speed 1.20 m/s"));
	g_string_free(text, TRUE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/screen/golden", test_golden);
	g_test_add_func("/screen/sizes", test_sizes);
	g_test_add_func("/screen/unknown", test_unknown);
	g_test_add_func("/screen/line", test_line_and_table);
	return g_test_run();
}
