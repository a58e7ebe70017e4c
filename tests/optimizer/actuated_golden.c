/* actuated_golden.c - an actuated program on the fidelity approach delays people as SUMO's own actuated control does.
 *
 * SUMO 1.15.0, network tests/sim/nets/lane_lights.net.xml, programs and flows below, one hour, seeds 1 to 10, steps of 1 s: mean of timeLoss +
 * departDelay over tripinfo with unfinished trips, and the half width of its 95 % interval. */
#include <math.h>
#include <string.h>

#include "core/netfile.h"
#include "daemon/lockstep.h"

#define SEEDS 8
#define END_S 3600.0
#define NEAR_FRAC 0.06

static const char *net_file;

static const struct {
	double in_vph, nin_vph; /* mean flows, random departures */
	double sumo_s, sumo_half_s;
} cases[] = {{300, 300, 10.95, 0.33}, {600, 300, 14.21, 0.30}, {700, 600, 19.80, 1.01}};

/* The network's own program, made actuated: 5 to 50 s of green. */
static struct network *actuated_net(void)
{
	g_autoptr(GError) error = NULL;
	struct network *net = netfile_read(net_file, NULL, &error);
	g_assert_no_error(error);
	struct net_program *program = &net->signals[0].programs[0];
	g_free(program->type);
	program->type = g_strdup("actuated");
	for (uint32_t k = 0; k < program->n_phases; k++)
		if (!strchr(program->phases[k].state, 'y')) {
			program->phases[k].min_s = 5;
			program->phases[k].max_s = 50;
		}
	return net;
}

static double delay_s(const struct network *net, double in_vph, double nin_vph, uint64_t seed)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = g_strdup_printf("<routes><flow id=\"a\" from=\"in\" to=\"out\" begin=\"0\" end=\"3600\" probability=\"%.6f\" departSpeed=\"max\"/>"
		"<flow id=\"b\" from=\"nin\" to=\"sout\" begin=\"0\" end=\"3600\" probability=\"%.6f\" departSpeed=\"max\"/></routes>", in_vph / 3600, nin_vph / 3600);
	owned(routes) routes = routes_parse(text, strlen(text), "flows", net, seed, NULL, &error);
	g_assert_no_error(error);
	struct lockstep_options options = lockstep_options_default(); /* fixed: the program as it is */
	options.world.seed = seed;
	owned(lockstep) run = lockstep_new(net, routes, &options, &error);
	g_assert_no_error(error);
	while (world_time_s(lockstep_world(run)) < END_S)
		lockstep_step(run);
	return world_score(lockstep_world(run)).delay_s;
}

static void test_as_sumo(void)
{
	owned(network) net = actuated_net();
	for (size_t k = 0; k < G_N_ELEMENTS(cases); k++) {
		double ours_s = 0;
		for (uint64_t seed = 1; seed <= SEEDS; seed++)
			ours_s += delay_s(net, cases[k].in_vph, cases[k].nin_vph, seed) / SEEDS;
		g_test_message("%g and %g veh/h: SUMO %.2f +- %.2f, ours %.2f s/veh", cases[k].in_vph, cases[k].nin_vph, cases[k].sumo_s, cases[k].sumo_half_s,
			ours_s);
		g_assert_cmpfloat(fabs(ours_s - cases[k].sumo_s), <, NEAR_FRAC * cases[k].sumo_s);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (argc != 2)
		g_error("usage: actuated_golden NETWORK");
	net_file = argv[1];
	g_test_add_func("/actuated/as-sumo", test_as_sumo);
	return g_test_run();
}
