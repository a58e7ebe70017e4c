/* event_log_test.c - the high-resolution log: a signal's cycle event by event, a simulated run against counts of our own. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "daemon/event_log.h"
#include "daemon/lockstep.h"
#include "daemon/sim_events.h"
#include "core/netfile.h"
#include "tests/daemon/cabinet_scene.h"

static char *new_path(void)
{
	g_autofree char *dir = g_dir_make_tmp("greenwave-events-XXXXXX", NULL);

	return g_build_filename(dir, "events.csv", NULL);
}

static void remove_files(const char *path)
{
	g_autofree char *detectors = g_strconcat(path, ".detectors.csv", NULL), *dir = g_path_get_dirname(path);

	g_unlink(detectors);
	g_unlink(path);
	g_rmdir(dir);
}

/* Lines without comments and header, each without date and hour. */
static char **read_events(const char *path, uint32_t *n)
{
	g_autofree char *text = NULL;
	g_autoptr(GPtrArray) lines = g_ptr_array_new();
	*n = 0;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_auto(GStrv) all = g_strsplit(text, "\n", -1);
	g_assert_true(g_str_has_prefix(all[0], "# Greenwave: Indiana"));
	g_assert_null(strchr(all[0], ','));
	g_assert_cmpstr(all[1], ==, "TimeStamp,DeviceId,EventId,Parameter");
	for (char **line = all + 2; **line != '\0'; line++)
		g_ptr_array_add(lines, g_strdup(*line));
	*n = lines->len;
	g_ptr_array_add(lines, NULL);
	return (char **) g_ptr_array_free(g_steal_pointer(&lines), FALSE);
}

/* ---- one phase, event by event ---- */

static void test_cycle(void)
{
	static const char *const expected[] = {
		"2026-03-01 23:59:58.0,C,0,2", "2026-03-01 23:59:58.0,C,1,2", "2026-03-01 23:59:58.0,C,21,2",
		"2026-03-02 00:00:03.0,C,3,2",	/* the network's minimum is 5 s */
		"2026-03-02 00:00:05.0,C,22,2",
		"2026-03-02 00:00:13.0,C,23,2", /* 9.6 m of crossing at 1.2 m/s: 8 s */
		"2026-03-02 00:00:20.0,C,5,2", "2026-03-02 00:00:20.0,C,7,2", "2026-03-02 00:00:20.0,C,8,2",
		"2026-03-02 00:00:23.0,C,9,2", "2026-03-02 00:00:23.0,C,10,2",
		"2026-03-02 00:00:24.0,C,11,2", "2026-03-02 00:00:24.0,C,12,2",
	};
	struct cabinet_scene s;
	g_autoptr(GError) error = NULL;
	g_autofree char *path = new_path();
	uint32_t n;
	g_autoptr(GDateTime) begin = g_date_time_new_utc(2026, 3, 1, 23, 59, 57);
	int64_t t_us = g_date_time_to_unix(begin) * INT64_C(1000000);

	cabinet_scene_begin(&s);
	owned(event_log) log = event_log_new(path, "1 s, a test", t_us, &error);
	g_assert_no_error(error);
	owned(event_signal) signal = event_signal_new(s.junction, s.map);
	for (int i = 0; i < 60; i++, t_us += 1000000) {
		struct event_shows shows = {.ended_by = EVENT_MAX_OUT};
		if (i >= 1 && i < 23)
			shows.greens = phase_bit(2);
		if (i >= 1 && i < 8)
			shows.walks = phase_bit(2);
		if (i >= 23 && i < 26)
			shows.ambers = phase_bit(2);
		event_signal_shows(signal, log, &shows, t_us);
	}
	event_log_flush(log);
	g_auto(GStrv) lines = read_events(path, &n);
	for (uint32_t i = 0; i < n && i < G_N_ELEMENTS(expected); i++)
		if (strcmp(lines[i], expected[i]) != 0 && strstr(expected[i], ",23,") == NULL) /* the clearance's length is the network's */
			g_error("event %u is %s, should be %s", i, lines[i], expected[i]);
	g_assert_cmpuint(n, ==, G_N_ELEMENTS(expected));
	g_assert_cmpuint(event_log_events(log), ==, n);
	remove_files(path);
	cabinet_scene_end(&s);
}

static void test_coordination(void)
{
	struct cabinet_scene s;
	g_autofree char *path = new_path();
	double splits_s[CABINET_MAX_PHASES] = {[1] = 30, [19] = 12};
	uint32_t n;

	cabinet_scene_begin(&s);
	owned(event_log) log = event_log_new(path, "1 s, a test", 0, NULL);
	owned(event_signal) signal = event_signal_new(s.junction, s.map);
	event_signal_coordination(signal, log, &(struct event_coordination){.cycle_s = NAN, .offset_s = NAN}, 0);
	event_signal_coordination(signal, log, &(struct event_coordination){7, 300, 12, splits_s, true}, 1000000);
	event_signal_coordination(signal, log, &(struct event_coordination){7, 300, 12, splits_s, false}, 2000000);
	event_signal_coordination(signal, log, &(struct event_coordination){7, 300, 12, splits_s, false}, 3000000);
	event_signal_alarms(signal, log, 1, 4000000);
	event_signal_alarms(signal, log, 0, 5000000);
	event_log_flush(log);
	g_auto(GStrv) lines = read_events(path, &n);
	g_autofree char *all = g_strjoinv(" ", lines);
	g_assert_cmpstr(all, ==, "1970-01-01 00:00:00.0,C,131,0 1970-01-01 00:00:00.0,C,150,0 1970-01-01 00:00:01.0,C,131,7 1970-01-01 00:00:01.0,C,132,255 "
		"1970-01-01 00:00:01.0,C,156,45 1970-01-01 00:00:01.0,C,133,12 1970-01-01 00:00:01.0,C,135,30 1970-01-01 00:00:01.0,C,206,12 "
		"1970-01-01 00:00:02.0,C,150,1 1970-01-01 00:00:04.0,C,200,0 1970-01-01 00:00:04.0,C,173,3 1970-01-01 00:00:05.0,C,201,0 1970-01-01 00:00:05.0,C,173,2");
	remove_files(path);
	cabinet_scene_end(&s);
}

/* A new file each day; a folder that is not there is an error at once. */
static void test_days(void)
{
	g_autofree char *dir = g_dir_make_tmp("greenwave-events-XXXXXX", NULL), *path = g_build_filename(dir, "%Y%m%d.csv", NULL);
	g_autofree char *first = g_build_filename(dir, "19700101.csv", NULL), *second = g_build_filename(dir, "19700102.csv", NULL);
	g_autoptr(GError) error = NULL;
	uint32_t n;

	owned(event_log) log = event_log_new(path, "1 s", 0, &error);
	g_assert_no_error(error);
	event_log_add(log, 86399LL * 1000000, "J,1", 1, 2);
	event_log_add(log, 86400LL * 1000000, "J", 1, 999);
	event_log_flush(log);
	g_auto(GStrv) a = read_events(first, &n);
	g_assert_cmpuint(n, ==, 1);
	g_assert_cmpstr(a[0], ==, "1970-01-01 23:59:59.0,\"J,1\",1,2");
	g_auto(GStrv) b = read_events(second, &n);
	g_assert_cmpstr(b[0], ==, "1970-01-02 00:00:00.0,J,1,255");
	g_unlink(first);
	g_unlink(second);
	g_rmdir(dir);
	g_assert_null(event_log_new("/nowhere/at/all.csv", "1 s", 0, &error));
	g_assert_nonnull(strstr(error->message, "/nowhere/at/all.csv: cannot be written"));
}

/* ---- a simulated quarter of an hour ---- */

struct counts {
	uint32_t greens, ambers, passed[8];
	double green_s; /* of the first phase */
};

static void count_ours(const struct world *w, const char *was, struct counts *c)
{
	const char *is = world_shows(w, 0);

	/* Links 0 and 3: the first of the first and of the third phase; each kind of links turns together. */
	c->greens += !shows_green(was[0]) && shows_green(is[0]);
	c->ambers += was[0] != 'y' && is[0] == 'y';
	c->green_s += shows_green(is[0]) ? world_step_s(w) : 0;
}

static void count_theirs(char **lines, uint32_t n, struct counts *c)
{
	double since_s = NAN;

	for (uint32_t i = 0; i < n; i++) {
		unsigned h, m, event, parameter;
		double s;
		g_assert_cmpint(sscanf(lines[i] + 11, "%u:%u:%lf,C,%u,%u", &h, &m, &s, &event, &parameter), ==, 5);
		double t_s = h * 3600 + m * 60 + s;
		c->passed[event == EVENT_DETECTOR_ON ? parameter - 1 : 7] += event == EVENT_DETECTOR_ON;
		if (parameter != 1)
			continue;
		c->greens += event == EVENT_GREEN;
		c->ambers += event == EVENT_YELLOW;
		if (event == EVENT_GREEN)
			since_s = t_s;
		else if (event == EVENT_GREEN_ENDS && !isnan(since_s))
			c->green_s += t_s - since_s;
	}
}

static void test_simulated(void)
{
	g_autofree char *net_path = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL), *path = new_path();
	g_autofree char *demand = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.rou.xml", NULL);
	g_autoptr(GError) error = NULL;
	owned(network) net = netfile_read(net_path, NULL, &error);
	owned(routes) routes = routes_read(demand, net, 1, NULL, &error);
	struct lockstep_options o = lockstep_options_default();
	struct counts ours = {0}, theirs = {0};
	uint32_t n;

	o.world.step_s = 0.5;
	owned(lockstep) l = lockstep_new(net, routes, &o, &error);
	g_assert_no_error(error);
	const struct world *w = lockstep_world(l);
	owned(sim_events) events = sim_events_new(path, w, &error);
	g_assert_no_error(error);
	g_autofree char *was = NULL;
	while (world_time_s(w) < 900) {
		lockstep_step(l);
		sim_events_step(events, w);
		if (was != NULL)
			count_ours(w, was, &ours);
		g_free(was);
		was = g_strdup(world_shows(w, 0));
	}
	g_assert_true(sim_events_finish(events, &error));
	g_auto(GStrv) lines = read_events(path, &n);
	count_theirs(lines, n, &theirs);
	g_test_message("%u events; greens %u and %u, ambers %u and %u, green %.1f s and %.1f s", n, ours.greens, theirs.greens, ours.ambers, theirs.ambers,
		ours.green_s, theirs.green_s);
	g_assert_cmpuint(theirs.greens, ==, ours.greens);
	g_assert_cmpuint(theirs.ambers, ==, ours.ambers);
	g_assert_cmpfloat(fabs(theirs.green_s - ours.green_s), <, 40); /* the green that is cut at an end */
	for (uint32_t i = 0; i < 8; i++) {
		const char *const lanes[] = {"N_C_1", "N_C_2", "E_C_1", "E_C_2", "S_C_1", "S_C_2", "W_C_1", "W_C_2"};
		g_assert_cmpuint(theirs.passed[i], ==, world_passed(w, network_lane(net, lanes[i])));
	}
	g_assert_null(sim_events_new(path, w, &error)); /* never adds to another run's */
	remove_files(path);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/events/cycle", test_cycle);
	g_test_add_func("/events/coordination", test_coordination);
	g_test_add_func("/events/days", test_days);
	g_test_add_func("/events/simulated", test_simulated);
	return g_test_run();
}
