/* plan_program_test.c - plans as the programs that controllers run: what the guard shows, and the plan again. */
#include <string.h>

#include "core/plan_program.h"
#include "tests/core/small_plan.h"

static void test_there_and_back(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	for (double a_s = 20; a_s <= 60; a_s += 1)
		for (double b_s = 12; b_s <= 40; b_s += 7) {
			f->plan->rows[0].split_s = a_s;
			f->plan->rows[1].split_s = b_s;
			f->plan->cycle_s = a_s + b_s;
			f->plan->offset_s = 5;
			struct net_program program;
			g_autoptr(GError) error = NULL;
			if (!plan_to_program(f->plan, f->j, &program, &error)) { /* only what the check itself refuses */
				g_assert_false(plan_check(f->plan, f->j, NULL));
				continue;
			}
			owned(plan) again = plan_from_program(f->j, &program, NULL);
			g_assert_true(plan_equal(f->plan, again));
			double sum_s = 0;
			for (uint32_t k = 0; k < program.n_phases; k++)
				sum_s += program.phases[k].duration_s;
			g_assert_cmpfloat(sum_s, ==, a_s + b_s);
			net_program_finish(&program);
		}
}

/* The program that the plan was made of, second by second. */
static void test_same_lights(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	struct net_program program;
	const struct net_program *own = &f->net->signals[0].programs[0];
	g_assert_true(plan_to_program(f->plan, f->j, &program, NULL));
	for (double t_s = 0; t_s < 2 * f->plan->cycle_s; t_s++) {
		const char *shows = program.phases[program_phase_at(&program, t_s)].state, *native = own->phases[program_phase_at(own, t_s)].state;
		g_assert_cmpint(shows[0], ==, native[0]); /* vehicles; pedestrians may be given more than the program has */
		g_assert_cmpint(shows[1], ==, native[1]);
	}
	net_program_finish(&program);
}

static void test_refused(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	struct net_program program;
	g_autoptr(GError) error = NULL;
	f->plan->rows[0].split_s += 0.5;
	f->plan->cycle_s += 0.5;
	g_assert_false(plan_to_program(f->plan, f->j, &program, &error));
	g_assert_nonnull(strstr(error->message, "whole seconds"));
	g_assert_cmpuint(program.n_phases, ==, 0);
	g_clear_error(&error);
	f->plan->rows[0].split_s = 5;
	f->plan->cycle_s = f->plan->rows[0].split_s + f->plan->rows[1].split_s;
	g_assert_false(plan_to_program(f->plan, f->j, &program, &error)); /* no green is left after the way there */
	g_assert_nonnull(error);
	g_assert_false(plan_shows(f->plan, f->j));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/plan_program/there_and_back", struct fixture, NULL, set_up, test_there_and_back, tear_down);
	g_test_add("/plan_program/same_lights", struct fixture, NULL, set_up, test_same_lights, tear_down);
	g_test_add("/plan_program/refused", struct fixture, NULL, set_up, test_refused, tear_down);
	return g_test_run();
}
