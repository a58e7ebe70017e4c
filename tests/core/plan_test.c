/* plan_test.c - fixed plans out of programs, their check, and the stage to ask for at any time. */
#include <math.h>
#include <string.h>

#include "tests/core/small_plan.h"

static void test_program(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	g_assert_cmpuint(f->plan->n_rows, ==, 2);
	g_assert_cmpfloat(f->plan->cycle_s, ==, 45);
	/* A's row begins with B's end of green: 4 s of amber and red before phase 0, which is at 7 s. */
	g_assert_cmpfloat(f->plan->offset_s, ==, 3);
	g_assert_cmpfloat(f->plan->rows[0].split_s, ==, 16);
	g_assert_cmpfloat(f->plan->rows[1].split_s, ==, 29);
	g_assert_true(plan_check(f->plan, f->j, NULL));
	g_autofree char *line = plan_print(f->plan, f->j);
	g_assert_cmpstr(line, ==, "day of C: cycle 45 s, offset 3 s: A 16 s, B 29 s");
}

static void test_turned(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	/* The same program, told from the middle of its green on: one row less than phases, the same plan. */
	struct net_program *p = &f->net->signals[0].programs[0];
	struct net_phase phases[8];
	memcpy(phases, p->phases + 4, 3 * sizeof *phases);
	memcpy(phases + 3, p->phases, 4 * sizeof *phases);
	phases[7] = phases[0];
	phases[0].duration_s = 15;
	phases[7].duration_s = 5;
	struct net_program turned = *p;
	turned.phases = phases;
	turned.n_phases = 8;
	turned.offset_s = 7 + 21 + 5; /* phase 4's green had begun at 7 + 21 s */
	owned(plan) plan = plan_from_program(f->j, &turned, NULL);
	g_assert_cmpuint(plan->n_rows, ==, 2);
	for (double t_s = 0; t_s < 45; t_s += 0.5)
		g_assert_cmpuint(plan_stage(plan, t_s, NULL), ==, plan_stage(f->plan, t_s, NULL));
}

static void test_stranger(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	g_autoptr(GError) error = NULL;
	struct net_phase phases[2] = {{.duration_s = 10, .state = (char *) "GrG"}, {.duration_s = 10, .state = (char *) "rrG"}};
	struct net_program other = {.id = (char *) "odd", .phases = phases, .n_phases = 2};
	phases[1].state = (char *) "Ggr";
	g_assert_null(plan_from_program(f->j, &other, &error));
	g_assert_nonnull(strstr(error->message, "phase 1 'Ggr' is no stage of the junction"));
	g_clear_error(&error);
	other.phases[0].state = other.phases[1].state = (char *) "rrr";
	g_assert_null(plan_from_program(f->j, &other, &error));
	g_assert_nonnull(strstr(error->message, "has no green phase"));
}

static void test_stage(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	static const struct {
		double t_s;
		uint32_t stage;
		double left_s;
	} expected[] = {{3, 0, 16}, {18.5, 0, 0.5}, {19, 1, 29}, {47.5, 1, 0.5}, {48, 0, 16}, {2.5, 1, 0.5}, {-42, 0, 16}, {45e6 + 3, 0, 16}};
	for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
		double left_s;
		g_assert_cmpuint(plan_stage(f->plan, expected[i].t_s, &left_s), ==, expected[i].stage);
		g_assert_cmpfloat_with_epsilon(left_s, expected[i].left_s, 1e-6);
	}
}

static void bad(const struct fixture *f, const struct plan *p, const char *say)
{
	g_autoptr(GError) error = NULL;
	g_assert_false(plan_check(p, f->j, &error));
	if (!strstr(error->message, say))
		g_error("'%s' should say '%s'", error->message, say);
}

static void test_check(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	struct plan_row rows[3] = {{0, 16}, {1, 29}, {0, 5}};
	struct plan p = {.id = (char *) "3", .cycle_s = 45, .offset_s = 0, .rows = rows, .n_rows = 2};
	g_assert_true(plan_check(&p, f->j, NULL));
	rows[0].split_s = 8, p.cycle_s = 37;
	bad(f, &p, "plan 3 of C: stage A has 4 s of green, link 0 needs 5 s");
	rows[0].split_s = 4, p.cycle_s = 33;
	bad(f, &p, "stage A has a split of 4 s, the way into it alone takes 4 s");
	rows[0].split_s = 16, rows[1].split_s = 110, p.cycle_s = 126;
	bad(f, &p, "while others wait for 101 s, at most 60 s are allowed"); /* link 1: 110 s less 9 s of way */
	rows[1].split_s = 29;
	bad(f, &p, "its splits make 45 s, the cycle has 126 s");
	p.cycle_s = 45, p.offset_s = 45;
	bad(f, &p, "its offset is 45 s");
	p.offset_s = 0, rows[1].stage = 2;
	bad(f, &p, "row 1 asks for stage 2, there are 2");
	rows[1].stage = 0;
	bad(f, &p, "link 1 is never green");
	rows[1] = (struct plan_row){1, NAN};
	bad(f, &p, "must be above 0 s");
	p.n_rows = 0;
	bad(f, &p, "has no stage");
}

static void test_max_red(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	struct junction_limits l = junction_limits_default();
	l.max_red_s = 30;
	owned(junction) strict = junction_new(f->net, 0, &l, NULL);
	g_autoptr(GError) error = NULL;
	g_assert_false(plan_check(f->plan, strict, &error)); /* link 0 is red for B's 29 s and 4 s of way */
	g_assert_nonnull(strstr(error->message, "is red for 33 s, at most 30 s are allowed"));
}

static void test_equal(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	owned(plan) copy = plan_copy(f->plan);
	g_assert_true(plan_equal(copy, f->plan));
	copy->offset_s = f->plan->offset_s + 0.002;
	g_assert_false(plan_equal(copy, f->plan));
	copy->offset_s = 0;
	f->plan->offset_s = 44.9999;
	g_assert_true(plan_equal(copy, f->plan));
	copy->rows[1].stage = 0;
	g_assert_false(plan_equal(copy, f->plan));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/plan/program", struct fixture, NULL, set_up, test_program, tear_down);
	g_test_add("/plan/turned", struct fixture, NULL, set_up, test_turned, tear_down);
	g_test_add("/plan/stranger", struct fixture, NULL, set_up, test_stranger, tear_down);
	g_test_add("/plan/stage", struct fixture, NULL, set_up, test_stage, tear_down);
	g_test_add("/plan/check", struct fixture, NULL, set_up, test_check, tear_down);
	g_test_add("/plan/max-red", struct fixture, NULL, set_up, test_max_red, tear_down);
	g_test_add("/plan/equal", struct fixture, NULL, set_up, test_equal, tear_down);
	return g_test_run();
}
