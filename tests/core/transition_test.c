/* transition_test.c - from plan to plan: no stage is cut below its least, nothing jumps, and in the end the new plan is in step. */
#include <math.h>
#include <string.h>

#include "core/netfile.h"
#include "core/transition.h"
#include "small_net.h"
#include "street.h"

struct fixture {
	struct network *net;
	struct junction *j;
};

static void set_up(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	f->net = netfile_parse(small_net, strlen(small_net), "small", NULL, NULL);
	f->j = junction_new(f->net, 0, NULL, NULL);
}

static void tear_down(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	junction_free(f->j);
	network_free(f->net);
}

static struct plan plan_of(struct plan_row *rows, double a_s, double b_s, double offset_s)
{
	rows[0] = (struct plan_row){0, a_s};
	rows[1] = (struct plan_row){1, b_s};
	return (struct plan){(char *) "p", a_s + b_s, fmod(offset_s, a_s + b_s), rows, 2};
}

/* Somebody at the kerb with a stop watch, and the new plan's own lights to compare with. */
static void watch(const struct fixture *f, const struct transition *t, const struct plan *from, const struct plan *to)
{
	double now_s = t->begin_s - 3 * from->cycle_s;
	owned(guard) g = guard_new(f->j, now_s);
	owned(street) s = street_new(f->j, now_s);
	struct net_program program;
	g_assert_true(plan_to_program(to, f->j, &program, NULL));
	for (; now_s < t->end_s + 2 * to->cycle_s; now_s++) {
		char why[256] = "";
		const char *shows = guard_next(g, transition_stage(t, from, to, now_s), now_s, NULL);
		if (street_see(s, shows, now_s, why) != GUARD_OK)
			g_error("at %g s: %s", now_s, why);
		if (now_s >= t->end_s)
			g_assert_cmpstr(shows, ==, program.phases[program_phase_at(&program, now_s)].state);
	}
	net_program_finish(&program);
}

static void test_all(struct fixture *f, gconstpointer data)
{
	enum transition_way way = (enum transition_way) GPOINTER_TO_INT(data);
	uint32_t n = 0;
	for (int k = 0; k < 300; k++) {
		struct plan_row old_rows[2], new_rows[2];
		struct plan from = plan_of(old_rows, g_test_rand_int_range(16, 40), g_test_rand_int_range(16, 40), g_test_rand_int_range(0, 90));
		struct plan to = plan_of(new_rows, g_test_rand_int_range(16, 40), g_test_rand_int_range(16, 40), g_test_rand_int_range(0, 90));
		struct transition t;
		double at_s = g_test_rand_int_range(1000, 2000);
		if (!plan_shows(&from, f->j) || !plan_shows(&to, f->j))
			continue;
		g_autoptr(GError) error = NULL;
		if (!transition_make(&from, &to, f->j, at_s, way, 0.2, 0.2, &t, &error)) {
			g_assert_cmpint(way, ==, TRANSITION_DWELL); /* which may hold longer than a red may last */
			continue;
		}
		n++;
		g_assert_cmpfloat(t.begin_s, >=, at_s);
		g_assert_cmpfloat(t.begin_s, <, at_s + from.cycle_s);
		double sum_s = 0;
		for (uint32_t r = 0; r < t.n_rows; r++)
			sum_s += t.rows[r].split_s;
		g_assert_cmpfloat_with_epsilon(sum_s, t.end_s - t.begin_s, 1e-6);
		g_assert_cmpfloat_with_epsilon(fabs(remainder(t.end_s - to.offset_s, to.cycle_s)), 0, 1e-6);
		if (way == TRANSITION_ADD_ONLY)
			for (uint32_t r = 1; r < t.n_rows; r++)
				g_assert_cmpfloat(t.rows[r].split_s, >=, to.rows[t.rows[r].stage].split_s);
		watch(f, &t, &from, &to);
		transition_finish(&t);
	}
	g_assert_cmpuint(n, >, 150);
}

static void test_same(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	struct plan_row rows[2];
	struct plan p = plan_of(rows, 25, 30, 7);
	struct transition t;
	g_assert_true(transition_make(&p, &p, f->j, 1000, TRANSITION_SHORTWAY, 0.2, 0.2, &t, NULL));
	for (uint32_t r = 0; r < t.n_rows; r++) /* nothing to correct */
		g_assert_cmpfloat(t.rows[r].split_s, ==, rows[t.rows[r].stage].split_s);
	transition_finish(&t);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/transition/dwell", struct fixture, GINT_TO_POINTER(TRANSITION_DWELL), set_up, test_all, tear_down);
	g_test_add("/transition/shortway", struct fixture, GINT_TO_POINTER(TRANSITION_SHORTWAY), set_up, test_all, tear_down);
	g_test_add("/transition/add_only", struct fixture, GINT_TO_POINTER(TRANSITION_ADD_ONLY), set_up, test_all, tear_down);
	g_test_add("/transition/same", struct fixture, NULL, set_up, test_same, tear_down);
	return g_test_run();
}
