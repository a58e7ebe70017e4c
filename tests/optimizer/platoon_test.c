/* platoon_test.c - the platoon model against the formulas that it is made of, on one approach and on profiles. */
#include <math.h>
#include <string.h>

#include "core/netfile.h"
#include "optimizer/platoon.h"
#include "tests/core/small_net.h"

struct fixture {
	struct network *net;
	struct junction *j;
	struct plan *plan;
	struct layout *layout;
	struct turns *turns;
	struct network_plan *plans;
};

static void set_up(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	f->net = netfile_parse(small_net, strlen(small_net), "small", NULL, NULL);
	f->j = junction_new(f->net, 0, NULL, NULL);
	f->plan = plan_from_program(f->j, &f->net->signals[0].programs[0], NULL);
	f->layout = layout_new(f->net, (const struct junction *const *) &f->j, (const struct plan *const *) &f->plan, 1);
	f->turns = turns_new(f->layout);
	f->plans = network_plan_new((const struct junction *const *) &f->j, (const struct plan *const *) &f->plan, 1, 45, NULL);
}

static void tear_down(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	network_plan_free(f->plans);
	turns_free(f->turns);
	layout_free(f->layout);
	plan_free(f->plan);
	junction_free(f->j);
	network_free(f->net);
}

static void drive(struct fixture *f, const char *from, const char *to, double vph)
{
	const uint32_t edges[] = {network_edge(f->net, from), network_edge(f->net, to)};
	turns_add_route(f->turns, edges, 2, vph);
}

/* Highway Capacity Manual (6th ed.) eq. 19-20: d1 = 0.5 C (1 - g/C)^2 / (1 - min(1, X) g/C). */
static void test_uniform(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	static const double flows_vph[] = {100, 300, 500, 650};
	struct platoon_options o = platoon_options_default();
	o.start_loss_s = o.amber_used_s = 0;
	for (size_t k = 0; k < G_N_ELEMENTS(flows_vph); k++) {
		f->turns->n_legs = 0;
		for (uint32_t t = 0; t < f->turns->n_turns; t++)
			f->turns->turns[t].flow_vph = 0;
		drive(f, "in", "out", flows_vph[k]);
		owned(platoon) p = platoon_new(f->turns, &o, NULL);
		struct platoon_cost cost = platoon_cost(p, f->plans);
		const struct plan *plan = f->plans->plans[0];
		double green_s = plan->rows[1].split_s - plan_way_s(plan, f->j, 1), part = green_s / 45;
		double x = flows_vph[k] * o.headway_s / 3600 / part, d1_s = 0.5 * 45 * (1 - part) * (1 - part) / (1 - x * part);
		double ours_s = cost.uniform_s / (flows_vph[k] / 3600);
		g_assert_cmpfloat(x, <, 0.95);
		g_assert_cmpfloat_with_epsilon(cost.worst_x, x, 1e-6);
		g_assert_cmpfloat(fabs(ours_s - d1_s), <, 0.04 * d1_s + 0.1); /* seconds are its grain */
		/* eq. 19-26 with k = 0.5, I = 1, T = 1 h */
		double c_vph = 3600 / o.headway_s * part, d2_s = 900 * (x - 1 + sqrt((x - 1) * (x - 1) + 4 * x / c_vph));
		g_assert_cmpfloat_with_epsilon(cost.random_s / (flows_vph[k] / 3600), d2_s, 1e-6 + 1e-6 * d2_s);
	}
}

static void test_more_is_worse(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	struct platoon_options o = platoon_options_default();
	double last = 0;
	drive(f, "in", "out", 300);
	drive(f, "nin", "sout", 200);
	for (o.demand = 0.5; o.demand < 4; o.demand += 0.25) { /* far into oversaturation */
		owned(platoon) p = platoon_new(f->turns, &o, NULL);
		double now = platoon_cost(p, f->plans).total;
		g_assert_true(isfinite(now));
		g_assert_cmpfloat(now, >, last);
		last = now;
	}
}

static double sum_of(const double *x, uint32_t n)
{
	double sum = 0;
	for (uint32_t t = 0; t < n; t++)
		sum += x[t];
	return sum;
}

static void test_dispersion(void)
{
	struct platoon_options o = platoon_options_default();
	for (uint32_t n = 30; n <= 120; n += 45)
		for (double travel_s = 0; travel_s < 200; travel_s += 17) {
			double x[120] = {0}, y[120], most = 0;
			for (uint32_t t = 5; t < 15; t++)
				x[t] = 0.5;
			platoon_disperse(x, y, n, travel_s, &o);
			g_assert_cmpfloat_with_epsilon(sum_of(y, n), sum_of(x, n), 1e-9);
			for (uint32_t t = 0; t < n; t++) {
				g_assert_cmpfloat(y[t], >=, 0);
				most = fmax(most, y[t]);
			}
			g_assert_cmpfloat(most, <=, 0.5 + 1e-12);
			if (travel_s == 0)
				g_assert_cmpmem(x, n * sizeof *x, y, n * sizeof *y);
			else
				g_assert_cmpfloat(most, <, 0.5);
		}
	/* Robertson's F = 1 / (1 + 0.35 * 0.8 * 20): the first second of a platoon of one. */
	double x[200] = {1}, y[200];
	platoon_disperse(x, y, 200, 20, &o);
	g_assert_cmpfloat_with_epsilon(y[16], 1 / (1 + 0.35 * 0.8 * 20), 1e-6);
}

static void test_gaps(void)
{
	struct platoon_options o = platoon_options_default();
	g_assert_cmpfloat_with_epsilon(platoon_gaps_vps(0, &o), 0.4, 1e-9);
	g_assert_cmpfloat_with_epsilon(platoon_gaps_vps(0.2, &o), 0.2 * exp(-0.9) / (1 - exp(-0.5)), 1e-12);
	for (double q = 0; q < 1; q += 0.05)
		g_assert_cmpfloat(platoon_gaps_vps(q + 0.05, &o), <, platoon_gaps_vps(q, &o));
}

static void test_refused(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	struct platoon_options o = platoon_options_default();
	g_autoptr(GError) error = NULL;
	o.headway_s = 0.5;
	g_assert_null(platoon_new(f->turns, &o, &error));
	g_assert_cmpstr(error->message, ==, "the platoon model's headway is 0.5, must be in 1..4");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/platoon/uniform", struct fixture, NULL, set_up, test_uniform, tear_down);
	g_test_add("/platoon/more_is_worse", struct fixture, NULL, set_up, test_more_is_worse, tear_down);
	g_test_add_func("/platoon/dispersion", test_dispersion);
	g_test_add_func("/platoon/gaps", test_gaps);
	g_test_add("/platoon/refused", struct fixture, NULL, set_up, test_refused, tear_down);
	return g_test_run();
}
