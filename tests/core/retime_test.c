/* retime_test.c - programs with another cycle: greens in proportion, minima and what lies between kept. */
#include <math.h>
#include <string.h>

#include "core/netfile.h"
#include "core/plan.h"
#include "core/retime.h"
#include "small_net.h"

struct fixture {
	struct network *net;
	struct junction *j;
	struct net_program *day; /* 12 green, 5 clearing, 3, 1, 20 green, 3, 1: a cycle of 45 s, offset 7 s */
};

static void set_up(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	f->net = netfile_parse(small_net, strlen(small_net), "small", NULL, NULL);
	f->day = &f->net->signals[0].programs[0];
	struct junction_limits limits = junction_limits_of(f->day);
	f->j = junction_new(f->net, 0, &limits, NULL);
}

static void tear_down(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	junction_free(f->j);
	network_free(f->net);
}

static void test_longer(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	g_autoptr(GError) error = NULL;
	g_assert_true(retime_cycle(f->day, f->j, 93, &error)); /* 13 s lie between: 80 s of green, 12 : 20 */
	g_assert_cmpfloat(f->day->phases[0].duration_s, ==, 30);
	g_assert_cmpfloat(f->day->phases[1].duration_s, ==, 5);
	g_assert_cmpfloat(f->day->phases[2].duration_s, ==, 3);
	g_assert_cmpfloat(f->day->phases[4].duration_s, ==, 50);
	g_assert_cmpfloat(retime_cycle_s(f->day), ==, 93);
	g_assert_cmpfloat(f->day->offset_s, ==, round(7 * 93.0 / 45));
	owned(plan) plan = plan_from_program(f->j, f->day, &error);
	g_assert_no_error(error);
	g_assert_cmpfloat(plan->cycle_s, ==, 93);
}

static void test_shorter(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	g_autoptr(GError) error = NULL;
	g_assert_true(retime_cycle(f->day, f->j, 25, &error)); /* 12 s of green: 4.5 would be the first one's share, it keeps 5 */
	g_assert_cmpfloat(f->day->phases[0].duration_s, ==, 5);
	g_assert_cmpfloat(f->day->phases[4].duration_s, ==, 7);
	g_assert_false(retime_cycle(f->day, f->j, 22, &error));
	g_assert_cmpstr(error->message, ==, "program day of C needs a cycle of 23 s at least for its minimum greens and what lies between, 22 s are too short");
	g_assert_cmpfloat(retime_cycle_s(f->day), ==, 25); /* unchanged */
}

static void test_any_cycle(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	for (double cycle_s = 200; cycle_s >= 23; cycle_s--) {
		g_assert_true(retime_cycle(f->day, f->j, cycle_s, NULL));
		g_assert_cmpfloat(retime_cycle_s(f->day), ==, cycle_s);
		g_assert_cmpfloat(fmin(f->day->phases[0].duration_s, f->day->phases[4].duration_s), >=, 5);
		for (uint32_t p = 0; p < f->day->n_phases; p++)
			g_assert_cmpfloat(f->day->phases[p].duration_s, ==, round(f->day->phases[p].duration_s));
	}
}

static void test_actuated(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	g_autoptr(GError) error = NULL;
	g_free(f->day->type);
	f->day->type = g_strdup("actuated");
	g_assert_false(retime_cycle(f->day, f->j, 60, &error));
	g_assert_cmpstr(error->message, ==, "program day of C is actuated: it has no cycle");
}

static void test_choose(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	struct net_signal *signal = &f->net->signals[0];
	g_assert_cmpstr(signal->programs[0].id, ==, "day"); /* the last read is in force */
	g_assert_true(net_signal_choose(signal, "night"));
	g_assert_cmpstr(signal->programs[0].id, ==, "night");
	g_assert_cmpstr(signal->programs[1].id, ==, "day");
	g_assert_false(net_signal_choose(signal, "noon"));
	g_assert_cmpstr(signal->programs[0].id, ==, "night");
}

/* A program with greens that no default would allow runs as it is. */
static void test_limits_of(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	f->day->phases[0].duration_s = 3;
	f->day->phases[4].duration_s = 150;
	struct junction_limits l = junction_limits_of(f->day);
	g_assert_cmpfloat(l.min_green_s, ==, 3);
	g_assert_cmpfloat(l.walk_s, ==, 4); /* never less */
	g_assert_cmpfloat(l.max_green_s, >=, 150);
	g_assert_cmpfloat(l.max_red_s, >=, 150);
	f->day->phases[4].duration_s = 20;
	f->day->phases[0].duration_s = 12;
	l = junction_limits_of(f->day);
	g_assert_cmpfloat(l.min_green_s, ==, 5);
	g_assert_cmpfloat(l.max_green_s, ==, 60);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	const struct {
		const char *name;
		void (*run)(struct fixture *, gconstpointer);
	} tests[] = {{"/retime/longer", test_longer}, {"/retime/shorter", test_shorter}, {"/retime/any-cycle", test_any_cycle}, {"/retime/actuated", test_actuated},
		{"/retime/choose", test_choose}, {"/retime/limits-of", test_limits_of}};
	for (size_t k = 0; k < G_N_ELEMENTS(tests); k++)
		g_test_add(tests[k].name, struct fixture, NULL, set_up, tests[k].run, tear_down);
	return g_test_run();
}
