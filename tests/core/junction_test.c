/* junction_test.c - what becomes of a signal: stages, conflicts and safe times, and which signals are refused. */
#include <math.h>
#include <string.h>

#include "core/junction.h"
#include "core/netfile.h"
#include "small_net.h"

static struct network *read_with(const char *find, const char *put)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) parts = g_strsplit(small_net, find, -1);
	g_assert_nonnull(parts[1]);
	g_autofree char *text = g_strjoinv(put, parts);
	struct network *net = netfile_parse(text, strlen(text), "small", NULL, &error);
	g_assert_no_error(error);
	return net;
}

static struct junction *make(const struct network *net, const struct junction_limits *limits)
{
	g_autoptr(GError) error = NULL;
	struct junction *j = junction_new(net, 0, limits, &error);
	g_assert_no_error(error);
	return j;
}

static void refused(const struct network *net, const struct junction_limits *limits, const char *say)
{
	g_autoptr(GError) error = NULL;
	g_assert_null(junction_new(net, 0, limits, &error));
	if (!strstr(error->message, say))
		g_error("'%s' should say '%s'", error->message, say);
}

static void test_stages(void)
{
	owned(network) net = read_with("day", "day");
	owned(junction) j = make(net, NULL);
	g_assert_cmpuint(j->n_stages, ==, 2); /* "Grr" is the pedestrians' clearance on the way to B */
	g_assert_cmpstr(j->stages[0].state, ==, "GrG");
	g_assert_cmpstr(j->stages[1].state, ==, "rGr");
	g_assert_cmpstr(j->stages[1].name, ==, "B");
	g_assert_cmpfloat(j->stages[1].native_s, ==, 20);
	g_assert_true(j->links[2].pedestrian && !j->links[0].pedestrian);
	g_assert_cmpuint(j->n_lanes, ==, 2);
	g_assert_true(junction_serves(j, 0, network_lane(net, "nin_0")) && !junction_serves(j, 0, network_lane(net, "in_0")));
	g_assert_cmpuint(junction_stage_of(j, "GrG"), ==, 0);
	g_assert_cmpuint(junction_stage_of(j, "grg"), ==, 0);
	g_assert_cmpuint(junction_stage_of(j, "Grr"), ==, STAGE_NONE);
	g_assert_cmpuint(junction_stage_of(j, "GrGr"), ==, STAGE_NONE);
	g_assert_true(junction_hinders(j, 0, 1) && junction_hinders(j, 1, 2) && !junction_hinders(j, 0, 2));
}

static void test_conflicts(void)
{
	owned(network) net = read_with("day", "day");
	owned(junction) j = make(net, NULL);
	static const bool expected[9] = {0, 1, 0, 1, 0, 1, 0, 1, 0};
	g_assert_cmpmem(j->conflict, 9, expected, 9);
	g_assert_cmpmem(j->foes, 9, expected, 9);
	g_assert_cmpuint(j->n_trusted, ==, 0);
	/* The vehicles that turn over the crossing may, where they give way to it. */
	owned(network) permissive = read_with("duration=\"20\" state=\"rGr\"", "duration=\"20\" state=\"rgG\"");
	owned(junction) k = make(permissive, NULL);
	g_assert_true(k->foes[1 * 3 + 2] && !k->conflict[1 * 3 + 2] && k->conflict[1 * 3 + 0]);
	g_assert_true(k->yields[1 * 3 + 2] && !k->yields[2 * 3 + 1]);
	g_assert_cmpuint(k->n_trusted, ==, 0);
	/* Both 'G': taken as it is because the matrix has one of them yield. */
	owned(network) trusting = read_with("duration=\"20\" state=\"rGr\"", "duration=\"20\" state=\"rGG\"");
	owned(junction) t = make(trusting, NULL);
	g_assert_cmpuint(t->n_trusted, ==, 1);
}

static void test_times(void)
{
	owned(network) net = read_with("day", "day");
	owned(junction) j = make(net, NULL);
	g_assert_cmpfloat(j->links[0].amber_s, ==, 3);
	g_assert_cmpfloat(j->links[2].amber_s, ==, 0);
	g_assert_cmpfloat(junction_intergreen(j, 0, 1), ==, 4); /* 3 s amber, 1 s all-red */
	g_assert_cmpfloat(junction_intergreen(j, 2, 1), ==, 9); /* the program's own 5 + 3 + 1 s; 9.6 m at 1.2 m/s are 8 s */
	g_assert_cmpfloat(junction_intergreen(j, 1, 2), ==, 4);
	g_assert_cmpfloat(junction_intergreen(j, 0, 2), ==, 0);
	g_assert_cmpfloat(junction_change_s(j, 0, 1), ==, 9);
	g_assert_cmpfloat(junction_change_s(j, 1, 0), ==, 4);
	g_assert_cmpfloat(junction_change_s(j, 1, 1), ==, 0);
	/* The operator may ask for more, never for less. */
	struct junction_limits l = junction_limits_default();
	l.amber_s = 4, l.all_red_s = 0.5, l.ped_speed_mps = 0.8;
	owned(junction) slow = make(net, &l);
	g_assert_cmpfloat(junction_intergreen(slow, 0, 1), ==, 4.5); /* the program gives 4 s in all, 4 + 0.5 are more */
	g_assert_cmpfloat_with_epsilon(junction_intergreen(slow, 2, 1), 12, 1e-9);
}

static void test_limits(void)
{
	owned(network) net = read_with("day", "day");
	struct junction_limits l = junction_limits_default();
	l.min_green_s = 0;
	refused(net, &l, "minimum green is 0 s, must be 1..60 s");
	l = junction_limits_default(), l.max_green_s = 4;
	refused(net, &l, "maximum green is 4 s, must be 5..600 s");
	l = junction_limits_default(), l.amber_s = 2;
	refused(net, &l, "amber is 2 s, must be 3..6 s");
	l = junction_limits_default(), l.max_red_s = NAN;
	refused(net, &l, "maximum red is nan s");
	l = junction_limits_default(), l.ped_speed_mps = 0;
	refused(net, &l, "walking speed is 0 m/s, must be 0.5..1.5 m/s");
}

static void test_refused(void)
{
	owned(network) crash = read_with("duration=\"20\" state=\"rGr\"", "duration=\"20\" state=\"GGr\"");
	/* Link 0 gives way to 1 in the matrix: trusted. Without that: refused. */
	owned(junction) trusted = make(crash, NULL);
	g_assert_cmpuint(trusted->n_trusted, ==, 1);
	owned(network) worse = read_with("response=\"010\" foes=\"010\" cont=\"0\"", "response=\"000\" foes=\"010\" cont=\"0\"");
	worse->signals[0].programs[0].phases[4].state[0] = 'G';
	refused(worse, NULL, "phase 4 'GGr' of its program day shows green to links 0 and 1, which cross and of which neither gives way");
	owned(network) dark = read_with("day", "day");
	for (int p = 0; p < 7; p++)
		memset(dark->signals[0].programs[0].phases[p].state, 'O', 3);
	refused(dark, NULL, "has no green phase");
	owned(network) hasty = read_with("duration=\"3\"", "duration=\"1.5\"");
	refused(hasty, NULL, "has 1.5 s of amber in program day, must be 2..10 s");
}

static void test_no_amber(void)
{
	owned(network) net = read_with("day", "day");
	struct net_program *program = &net->signals[0].programs[0];
	memcpy(program->phases[2].state, "rrr", 3);
	memcpy(program->phases[5].state, "rrr", 3);
	refused(net, NULL, "has no amber and no limit gives one");
	struct junction_limits l = junction_limits_default();
	l.amber_s = 3;
	owned(junction) j = make(net, &l);
	g_assert_cmpfloat(j->links[1].amber_s, ==, 3);
	/* A turn on red is never shown, so nobody may live of it alone. */
	owned(network) turn = read_with("day", "day");
	for (int p = 0; p < 7; p++)
		turn->signals[0].programs[0].phases[p].state[1] = 's';
	refused(turn, NULL, "link 1 has a turn on red");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/junction/stages", test_stages);
	g_test_add_func("/junction/conflicts", test_conflicts);
	g_test_add_func("/junction/times", test_times);
	g_test_add_func("/junction/limits", test_limits);
	g_test_add_func("/junction/refused", test_refused);
	g_test_add_func("/junction/no-amber", test_no_amber);
	return g_test_run();
}
