/* control_bench.c - methods side by side in our world, with eyes as good or as bad as asked for.
 *
 *     control_bench --network N --routes R [--seeds 5] [--methods fixed,adaptive] [--age 1 --lag 1 --miss 0.2 --noise 2 ...]
 *
 * "patterns" among the methods: cabinets that take a pattern each minute (--pattern) and run it by themselves.
 *
 * One line per seed and method: SUMO's time loss + depart delay per vehicle. Lights change `lag` seconds after they were decided and
 * pictures are `age` seconds old, as with real cabinets and cameras.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/netfile.h"
#include "daemon/eyes.h"
#include "trial.h"


static int pattern_s = 60;

static void watch(const struct trial *r)
{
	struct world_counts c = world_counts(r->world);
	printf("t %.0f inside %lu waiting %lu:", world_time_s(r->world), c.inside, c.waiting);
	for (uint32_t e = 0; e < r->net->n_edges; e++) {
		uint32_t queued = 0;
		g_autoptr(GString) lanes = g_string_new("");
		for (uint32_t l = 0; l < r->net->edges[e].n_lanes; l++) {
			struct vehicle_view on[EYES_MOST];
			uint32_t n = MIN(world_on_lane(r->world, r->net->edges[e].first_lane + l, on, EYES_MOST), EYES_MOST);
			uint32_t slow = 0;
			for (uint32_t i = 0; i < n; i++)
				slow += on[i].speed_mps < QUEUE_SPEED_MPS;
			g_string_append_printf(lanes, "%s%u", l ? "+" : "", slow);
			queued += slow;
		}
		if (queued > 9)
			printf(" %s %s", r->net->edges[e].id, lanes->str);
	}
	printf("\n");
}

/* Where they stand: vehicle-hours below the speed of a queue by edge, the worst first; * marks a dead camera. */
struct standing {
	uint32_t edge;
	double veh_s;
};

static int by_standing(const void *a, const void *b)
{
	const struct standing *x = a, *y = b;
	return (x->veh_s < y->veh_s) - (x->veh_s > y->veh_s);
}

static void count_standing(const struct trial *r, struct standing *at)
{
	for (uint32_t e = 0; e < r->net->n_edges; e++)
		for (uint32_t l = 0; l < r->net->edges[e].n_lanes; l++) {
			struct vehicle_view on[EYES_MOST];
			uint32_t n = MIN(world_on_lane(r->world, r->net->edges[e].first_lane + l, on, EYES_MOST), EYES_MOST);
			at[e].edge = e;
			for (uint32_t i = 0; i < n; i++)
				at[e].veh_s += on[i].speed_mps < QUEUE_SPEED_MPS;
		}
}

static void print_standing(const struct trial *r, struct standing *at)
{
	qsort(at, r->net->n_edges, sizeof *at, by_standing);
	for (uint32_t k = 0; k < MIN(r->net->n_edges, 15) && at[k].veh_s > 0.0; k++)
		printf("%6.2f veh h stood on %s%s\n", at[k].veh_s / 3600.0, r->net->edges[at[k].edge].id, r->dead[at[k].edge] ? " *" : "");
}

static bool bench(const struct network *net, const char *routes_path, const struct eyes *eyes, const struct optimizer_options *with, uint64_t seed,
	const char *method, double begin_s, double end_s, int verbose, double *delay_s, GError **error)
{
	owned(routes) routes = routes_read(routes_path, net, seed, NULL, error);
	bool patterns = strcmp(method, "patterns") == 0;
	owned(trial) r = routes ? trial_new(net, routes, eyes, patterns ? "adaptive" : method, with, seed, begin_s, error) : NULL;
	if (!r)
		return false;
	g_autofree struct standing *stood = g_new0(struct standing, net->n_edges + 1);
	if (patterns)
		trial_patterned(r, pattern_s);
	while (world_time_s(r->world) < end_s) {
		trial_step(r, verbose > 1);
		if (verbose)
			count_standing(r, stood);
		if (verbose && fmod(world_time_s(r->world), 300.0) < 0.5)
			watch(r);
	}
	struct score s = world_score(r->world);
	*delay_s = s.delay_s;
	printf("%-9s seed %lu delay %.2f stops %.2f queue %.1f arrived %lu of %lu, %.3f ms a junction and second\n", method, seed, s.delay_s, s.stops,
		s.queue_veh_mean, s.arrived, s.vehicles, 1e3 * r->cpu_s / (end_s - begin_s) / fmax(r->n, 1));
	if (verbose)
		print_standing(r, stood);
	fflush(stdout);
	return true;
}

int main(int argc, char **argv)
{
	g_autofree char *network = NULL, *routes = NULL, *methods = NULL;
	int seeds = 5, first = 1, verbose = 0;
	struct eyes eyes = {.view_m = 100.0};
	double begin_s = 0.0, end_s = 3600.0;
	struct optimizer_options with = optimizer_options_default();
	const GOptionEntry entries[] = {
		{"network", 'n', 0, G_OPTION_ARG_FILENAME, &network, "SUMO network", "FILE"},
		{"routes", 'r', 0, G_OPTION_ARG_FILENAME, &routes, "SUMO demand", "FILE"},
		{"methods", 'm', 0, G_OPTION_ARG_STRING, &methods, "the first is what others are compared with", "A,B"},
		{"seeds", 0, 0, G_OPTION_ARG_INT, &seeds, "how many", "N"},
		{"seed", 's', 0, G_OPTION_ARG_INT, &first, "the first", "N"},
		{"begin", 'b', 0, G_OPTION_ARG_DOUBLE, &begin_s, "of the run, s", "S"},
		{"end", 'e', 0, G_OPTION_ARG_DOUBLE, &end_s, "of the run, s", "S"},
		{"view", 0, 0, G_OPTION_ARG_DOUBLE, &eyes.view_m, "how far up the road, m", "M"},
		{"dead", 0, 0, G_OPTION_ARG_DOUBLE, &eyes.dead_frac, "share of the cameras (approaches) that see nothing", "FRAC"},
		{"detectors", 0, 0, G_OPTION_ARG_NONE, &eyes.detectors, "where the camera is dead a detector counts over the stop line", NULL},
		{"count-noise", 0, 0, G_OPTION_ARG_DOUBLE, &eyes.count_frac, "a camera counts up to so much too little or too much", "FRAC"},
		{"miss", 0, 0, G_OPTION_ARG_DOUBLE, &eyes.miss_frac, "share of vehicles not seen", "FRAC"},
		{"noise", 0, 0, G_OPTION_ARG_DOUBLE, &eyes.noise_m, "of positions, standard deviation, m", "M"},
		{"queue-error", 0, 0, G_OPTION_ARG_DOUBLE, &eyes.queue_error_veh, "of queues, standard deviation, with --queues-only", "VEH"},
		{"queues-only", 0, 0, G_OPTION_ARG_NONE, &eyes.queues_only, "queues and counts, no single vehicles", NULL},
		{"age", 0, 0, G_OPTION_ARG_INT, &eyes.age_s, "of pictures, s", "S"},
		{"lag", 0, 0, G_OPTION_ARG_INT, &eyes.lag_s, "of lights, s", "S"},
		{"horizon", 0, 0, G_OPTION_ARG_DOUBLE, &with.horizon_s, "s", "S"},
		{"stop", 0, 0, G_OPTION_ARG_DOUBLE, &with.stop_penalty_s, "what a stop is worth, s", "S"},
		{"fuel", 0, 0, G_OPTION_ARG_DOUBLE, &with.weights.fuel_frac, "weight of fuel, 0 to 1", "FRAC"},
		{"pedestrians", 0, 0, G_OPTION_ARG_DOUBLE, &with.weights.pedestrians_ph, "that are taken to come to each crossing, 1/h", "N"},
		{"pattern", 0, 0, G_OPTION_ARG_INT, &pattern_s, "patterns come so often, s", "S"},
		{"verbose", 'v', 0, G_OPTION_ARG_INT, &verbose, "1: queues and where they stood, 2: decisions", "N"},
		G_OPTION_ENTRY_NULL,
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || !network || !routes || eyes.age_s < 0 || eyes.age_s >= TRIAL_MAX_LATE ||
		eyes.lag_s < 0 || pattern_s < 1 || eyes.lag_s >= TRIAL_MAX_LATE) {
		fprintf(stderr, "control_bench: %s\n", error ? error->message : "needs --network and --routes; --age and --lag are 0 to 15 s");
		return 2;
	}
	owned(network) net = netfile_read(network, NULL, &error);
	g_auto(GStrv) names = g_strsplit(methods ? methods : "fixed,adaptive", ",", -1);
	double sums[16] = {0};
	for (int k = 0; net && k < seeds; k++)
		for (int m = 0; names[m] && m < 16; m++) {
			double delay_s = 0.0;
			if (!bench(net, routes, &eyes, &with, (uint64_t) (first + k), names[m], begin_s, end_s, verbose, &delay_s, &error))
				break;
			sums[m] += delay_s / seeds;
		}
	if (error) {
		fprintf(stderr, "control_bench: %s\n", error->message);
		return 1;
	}
	for (int m = 0; names[m] && m < 16; m++)
		printf("%-9s mean %.2f s/veh, %+.1f %%\n", names[m], sums[m], 100.0 * (sums[m] / sums[0] - 1.0));
	return 0;
}
