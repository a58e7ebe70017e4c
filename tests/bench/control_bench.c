/* control_bench.c - methods side by side in our world, with eyes as good or as bad as asked for.
 *
 *     control_bench --network N --routes R [--seeds 5] [--methods fixed,adaptive] [--age 1 --lag 1 --miss 0.2 --noise 2 ...]
 *
 * One line per seed and method: SUMO's time loss + depart delay per vehicle. Lights change `lag` seconds after they were decided and
 * pictures are `age` seconds old, as with real cabinets and cameras.
 */
#include <gsl/gsl_randist.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/netfile.h"
#include "daemon/feeders.h"
#include "optimizer/optimizer.h"
#include "sim/world.h"

#define MAX_LATE 16
#define MAX_ON_LANE 500

struct eyes {
	double view_m, miss_frac, noise_m, queue_error_veh;
	int age_s, lag_s;
	gboolean queues_only; /* cameras that give queues and counts, no single vehicles */
};

struct run {
	const struct network *net;
	const struct eyes *eyes;
	struct world *world;
	struct junction **junctions;
	struct plan **plans;
	struct guard **guards;
	struct optimizer *optimizer;
	struct feeders *feeders;
	gsl_rng *rng;
	uint64_t *passed;
	GPtrArray *late[MAX_LATE]; /* pictures under way: struct estimate * */
	char **shows[MAX_LATE];    /* lights under way, by junction */
	uint32_t n;
	double cpu_s;
};

static void free_estimate(gpointer e)
{
	estimate_finish(e);
	g_free(e);
}

static void on_estimate(void *user, const struct estimate *e)
{
	struct run *r = user;
	struct estimate *kept = g_new(struct estimate, 1);
	estimate_copy(kept, e);
	if (r->eyes->queues_only) {
		estimate_from_vehicles(kept, 10.0);
		g_clear_pointer(&kept->vehicles, g_free);
		kept->n_vehicles = 0;
		kept->queue_veh = fmax(0.0, kept->queue_veh + gsl_ran_gaussian(r->rng, r->eyes->queue_error_veh));
		kept->queue_veh_sd = fmax(0.5, r->eyes->queue_error_veh);
	}
	g_ptr_array_add(r->late[0], kept);
}

static int by_distance(const void *a, const void *b)
{
	const struct seen_vehicle *x = a, *y = b;
	return x->dist_to_stop_m < y->dist_to_stop_m ? -1 : x->dist_to_stop_m > y->dist_to_stop_m;
}

static void look_at(struct run *r, uint32_t lane)
{
	struct vehicle_view on[MAX_ON_LANE];
	struct seen_vehicle seen[MAX_ON_LANE];
	uint32_t n = MIN(world_on_lane(r->world, lane, on, MAX_ON_LANE), MAX_ON_LANE), n_seen = 0;
	double gone_veh = 0.0;
	uint64_t passed = world_passed(r->world, lane);
	for (uint32_t i = 0; i < n; i++) {
		double dist_m = feeders_to_stop_m(r->feeders, lane, on[i].pos_m);
		if (dist_m > r->eyes->view_m || gsl_rng_uniform(r->rng) < r->eyes->miss_frac)
			continue;
		dist_m = fmax(0.0, dist_m + gsl_ran_gaussian(r->rng, r->eyes->noise_m));
		seen[n_seen++] = (struct seen_vehicle){dist_m, fmax(on[i].speed_mps, 0.0), 4.6};
	}
	for (; r->passed[lane] < passed; r->passed[lane]++)
		gone_veh += gsl_rng_uniform(r->rng) >= r->eyes->miss_frac;
	qsort(seen, n_seen, sizeof *seen, by_distance);
	feeders_see(r->feeders, lane, seen, n_seen, gone_veh);
}

static void look(struct run *r)
{
	uint32_t n;
	GPtrArray *old = r->late[r->eyes->age_s];
	for (int k = r->eyes->age_s; k > 0; k--)
		r->late[k] = r->late[k - 1];
	r->late[0] = r->eyes->age_s ? g_ptr_array_new_with_free_func(free_estimate) : old;
	feeders_begin(r->feeders, world_time_s(r->world));
	for (uint32_t l = 0; l < r->net->n_lanes; l++) {
		feeders_fed(r->feeders, l, &n);
		if (n > 0 && feeders_beyond_m(r->feeders, l) < r->eyes->view_m)
			look_at(r, l);
	}
	feeders_end(r->feeders, r->eyes->view_m, on_estimate, r);
	GPtrArray *now = r->eyes->age_s ? old : r->late[0];
	for (guint i = 0; now && i < now->len; i++)
		optimizer_see(r->optimizer, now->pdata[i]);
	if (r->eyes->age_s && now)
		g_ptr_array_unref(now);
	else if (!r->eyes->age_s)
		g_ptr_array_set_size(r->late[0], 0);
}

static void decide(struct run *r, bool verbose)
{
	double now_s = world_time_s(r->world), left_s;
	struct timespec a, b;
	for (uint32_t k = 0; k < r->n; k++)
		optimizer_shows(r->optimizer, k, r->guards[k], now_s);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	optimizer_iterate(r->optimizer, now_s);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	r->cpu_s += (double) (b.tv_sec - a.tv_sec) + 1e-9 * (double) (b.tv_nsec - a.tv_nsec);
	char **last = r->shows[r->eyes->lag_s];
	for (int k = r->eyes->lag_s; k > 0; k--)
		r->shows[k] = r->shows[k - 1];
	r->shows[0] = last;
	for (uint32_t k = 0; k < r->n; k++) {
		struct decision d;
		struct guard_verdict verdict;
		optimizer_plan(r->optimizer, k, &d);
		uint32_t stage = optimizer_test(r->optimizer, k) ? d.stage : plan_stage(r->plans[k], now_s, &left_s);
		g_free(r->shows[0][k]);
		r->shows[0][k] = g_strdup(guard_next(r->guards[k], stage, now_s, &verdict));
		if (verbose)
			printf("%.0f %s %s %s; %.0f own %.0f next %.0f; %s\n", now_s, r->junctions[k]->id, r->shows[0][k], d.why, d.delay_chosen_s,
				d.delay_own_s, d.delay_next_s, guard_rule_name(verdict.rule));
		if (r->shows[r->eyes->lag_s][k])
			world_show(r->world, r->junctions[k]->signal, r->shows[r->eyes->lag_s][k], NULL);
	}
}

static void watch(const struct run *r)
{
	struct world_counts c = world_counts(r->world);
	printf("t %.0f inside %lu waiting %lu:", world_time_s(r->world), c.inside, c.waiting);
	for (uint32_t e = 0; e < r->net->n_edges; e++) {
		uint32_t queued = 0;
		g_autoptr(GString) lanes = g_string_new("");
		for (uint32_t l = 0; l < r->net->edges[e].n_lanes; l++) {
			struct vehicle_view on[MAX_ON_LANE];
			uint32_t n = MIN(world_on_lane(r->world, r->net->edges[e].first_lane + l, on, MAX_ON_LANE), MAX_ON_LANE);
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

static bool set_up(struct run *r, const struct routes *routes, uint64_t seed, const char *method, const struct optimizer_options *with, GError **error)
{
	r->n = r->net->n_signals;
	r->junctions = g_new0(struct junction *, r->n);
	r->plans = g_new0(struct plan *, r->n);
	r->guards = g_new0(struct guard *, r->n);
	r->world = world_new(r->net, routes, &(struct world_options){.step_s = 1, .seed = seed, .threads = 1}, error);
	if (!r->world)
		return false;
	for (uint32_t k = 0; k < r->n; k++) {
		r->junctions[k] = junction_new(r->net, k, NULL, error);
		r->plans[k] = r->junctions[k] ? plan_from_program(r->junctions[k], &r->net->signals[k].programs[0], error) : NULL;
		if (!r->plans[k])
			return false;
		r->guards[k] = guard_new(r->junctions[k], 0.0);
	}
	const struct method *m = method_find(method);
	if (!m) {
		g_set_error(error, optimizer_error_quark(), 0, "there is no method '%s'", method);
		return false;
	}
	r->optimizer = optimizer_alloc(r->net, (const struct junction *const *) r->junctions, (const struct plan *const *) r->plans, r->n, m, with, error);
	r->feeders = feeders_new(r->net, r->eyes->view_m);
	r->rng = gsl_rng_alloc(gsl_rng_taus2);
	gsl_rng_set(r->rng, seed * 7919 + 1);
	r->passed = g_new0(uint64_t, r->net->n_lanes);
	for (int k = 0; k < MAX_LATE; k++) {
		r->late[k] = k == 0 ? g_ptr_array_new_with_free_func(free_estimate) : NULL;
		r->shows[k] = g_new0(char *, r->n);
	}
	return r->optimizer != NULL;
}

static bool bench(const struct network *net, const char *routes_path, const struct eyes *eyes, const struct optimizer_options *with, uint64_t seed,
	const char *method, double end_s, int verbose, double *delay_s, GError **error)
{
	struct run r = {.net = net, .eyes = eyes};
	owned(routes) routes = routes_read(routes_path, net, seed, NULL, error);
	if (!routes || !set_up(&r, routes, seed, method, with, error))
		return false; /* a bench ends here: what it holds is freed by its end */
	while (world_time_s(r.world) < end_s) {
		look(&r);
		decide(&r, verbose > 1);
		world_step(r.world);
		if (verbose && fmod(world_time_s(r.world), 300.0) < 0.5)
			watch(&r);
	}
	struct score s = world_score(r.world);
	*delay_s = s.delay_s;
	printf("%-9s seed %lu delay %.2f stops %.2f queue %.1f arrived %lu of %lu, %.3f ms a junction and second\n", method, seed, s.delay_s, s.stops,
		s.queue_veh_mean, s.arrived, s.vehicles, 1e3 * r.cpu_s / end_s / fmax(r.n, 1));
	fflush(stdout);
	return true;
}

int main(int argc, char **argv)
{
	char *network = NULL, *routes = NULL, *methods = "fixed,adaptive";
	int seeds = 5, first = 1, verbose = 0;
	struct eyes eyes = {.view_m = 100.0};
	double end_s = 3600.0;
	struct optimizer_options with = optimizer_options_default();
	const GOptionEntry entries[] = {
		{"network", 'n', 0, G_OPTION_ARG_FILENAME, &network, "SUMO network", "FILE"},
		{"routes", 'r', 0, G_OPTION_ARG_FILENAME, &routes, "SUMO demand", "FILE"},
		{"methods", 'm', 0, G_OPTION_ARG_STRING, &methods, "the first is what others are compared with", "A,B"},
		{"seeds", 0, 0, G_OPTION_ARG_INT, &seeds, "how many", "N"},
		{"seed", 's', 0, G_OPTION_ARG_INT, &first, "the first", "N"},
		{"end", 'e', 0, G_OPTION_ARG_DOUBLE, &end_s, "of the run, s", "S"},
		{"view", 0, 0, G_OPTION_ARG_DOUBLE, &eyes.view_m, "how far up the road, m", "M"},
		{"miss", 0, 0, G_OPTION_ARG_DOUBLE, &eyes.miss_frac, "share of vehicles not seen", "FRAC"},
		{"noise", 0, 0, G_OPTION_ARG_DOUBLE, &eyes.noise_m, "of positions, standard deviation, m", "M"},
		{"queue-error", 0, 0, G_OPTION_ARG_DOUBLE, &eyes.queue_error_veh, "of queues, standard deviation, with --queues-only", "VEH"},
		{"queues-only", 0, 0, G_OPTION_ARG_NONE, &eyes.queues_only, "queues and counts, no single vehicles", NULL},
		{"age", 0, 0, G_OPTION_ARG_INT, &eyes.age_s, "of pictures, s", "S"},
		{"lag", 0, 0, G_OPTION_ARG_INT, &eyes.lag_s, "of lights, s", "S"},
		{"horizon", 0, 0, G_OPTION_ARG_DOUBLE, &with.horizon_s, "s", "S"},
		{"stop", 0, 0, G_OPTION_ARG_DOUBLE, &with.stop_penalty_s, "what a stop is worth, s", "S"},
		{"verbose", 'v', 0, G_OPTION_ARG_INT, &verbose, "1: queues, 2: decisions", "N"},
		G_OPTION_ENTRY_NULL,
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || !network || !routes || eyes.age_s < 0 || eyes.age_s >= MAX_LATE ||
		eyes.lag_s < 0 || eyes.lag_s >= MAX_LATE) {
		fprintf(stderr, "control_bench: %s\n", error ? error->message : "needs --network and --routes; --age and --lag are 0 to 15 s");
		return 2;
	}
	owned(network) net = netfile_read(network, NULL, &error);
	g_auto(GStrv) names = g_strsplit(methods, ",", -1);
	double sums[16] = {0};
	for (int k = 0; net && k < seeds; k++)
		for (int m = 0; names[m] && m < 16; m++) {
			double delay_s = 0.0;
			if (!bench(net, routes, &eyes, &with, (uint64_t) (first + k), names[m], end_s, verbose, &delay_s, &error))
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
