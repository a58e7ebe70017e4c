/* corridor_bench.c - what an emergency corridor brings its vehicle and costs everyone else.
 *
 *     corridor_bench --network N --routes R [--seeds 10] [--methods fixed,adaptive] [--signals 21] [--via EDGE,EDGE...]
 *
 * In each seed the demand departs jittered, drivers differ, and one ambulance starts at --at on a way over --signals stop lines at least: that
 * over --via, or one drawn by the seed. The same world runs without and with the corridor. Delay at signals is the ambulance's travel time
 * from when it is on the road until it is out of the last signal's junction, less that of a run in which it is alone and every light is green.
 * The whole delay also has what it waits to enter and what holds it up behind the last signal. Everyone else's delay is SUMO's (time loss and waiting to enter), from the
 * ambulance's start until --after seconds later. What is left of the delay is told by cause (corridor_loss.h), with --where by signal too.
 * With --with-only only the ambulance's run with the corridor is made, until it has arrived.
 */
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/netfile.h"
#include "core/units.h"
#include "daemon/lockstep.h"
#include "tests/bench/corridor_loss.h"

#define JITTER_S 60.0

struct wish {
	char *network, *routes, *methods, *via;
	int seeds, first_seed, signals;
	double at_s, after_s, view_m;
	gboolean verbose, where, with_only;
};

struct outcome {
	double trip_s;   /* of the ambulance; NAN: it did not arrive */
	double signals_s; /* lost at signals */
	double wait_s;   /* of it, until there was room to enter */
	double others_s; /* delay per other vehicle */
	double found_s;  /* until its corridor was worked out */
	double tick_s;   /* the longest tick of the pilot with it */
};

static void *fail(const char *what, const GError *error)
{
	fprintf(stderr, "corridor_bench: %s%s%s\n", what, error ? ": " : "", error ? error->message : "");
	exit(1);
}

/* ---- the ambulance's way ---- */

static struct corridor_way *named_way(const struct network *net, const char *via)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) names = g_strsplit(via, ",", -1);
	g_autofree uint32_t *edges = g_new(uint32_t, g_strv_length(names) + 1);
	for (uint32_t k = 0; names[k]; k++)
		if ((edges[k] = network_edge(net, names[k])) == NET_NONE)
			fail("there is no such edge", NULL);
	struct corridor_way *way = corridor_way_new(net, edges, g_strv_length(names), NET_EMERGENCY, &error);
	return way ? way : fail("--via", error);
}

/* Through so many edges drawn at random that there are enough signals on it. */
static struct corridor_way *drawn_way(const struct network *net, gsl_rng *rng, uint32_t n_signals)
{
	for (uint32_t tries = 0; tries < 20000; tries++) {
		uint32_t edges[12], n = 2 + tries / 2000;
		for (uint32_t k = 0; k < n; k++)
			edges[k] = (uint32_t) gsl_rng_uniform_int(rng, net->n_edges);
		struct corridor_way *way = corridor_way_new(net, edges, n, NET_EMERGENCY, NULL);
		if (way && way->n_stops >= n_signals)
			return way;
		corridor_way_free(way);
	}
	return fail("no way has so many signals", NULL);
}

static char *ambulance_text(const struct corridor_way *way, double at_s)
{
	GString *text = g_string_new("<routes><vType id=\"ambulance\" vClass=\"emergency\" speedDev=\"0\" sigma=\"0\"/>");
	g_string_append_printf(text, "<vehicle id=\"ambulance\" type=\"ambulance\" depart=\"%g\" departLane=\"best\"><route edges=\"", at_s);
	for (uint32_t k = 0; k < way->n_edges; k++)
		g_string_append_printf(text, "%s%s", k ? " " : "", way->net->edges[way->edges[k]].id);
	g_string_append(text, "\"/></vehicle></routes>");
	return g_string_free(text, FALSE);
}

static int by_time(const void *a, const void *b)
{
	const struct departure *x = a, *y = b;
	return x->depart_s < y->depart_s ? -1 : x->depart_s > y->depart_s;
}

static void vary(struct routes *routes, gsl_rng *rng)
{
	for (uint32_t k = 0; k < routes->n_types; k++)
		if (!(routes->types[k].vclass & NET_EMERGENCY)) { /* SUMO's default car */
			routes->types[k].sigma = 0.5;
			routes->types[k].speed_dev = 0.1;
			routes->types[k].speed_factor_min = 0.2;
			routes->types[k].speed_factor_max = 2;
		}
	for (uint32_t k = 0; k < routes->n_departures; k++)
		if (!(routes->types[routes->departures[k].type].vclass & NET_EMERGENCY))
			routes->departures[k].depart_s = floor(fmax(0, routes->departures[k].depart_s + gsl_ran_flat(rng, -JITTER_S, JITTER_S)));
	qsort(routes->departures, routes->n_departures, sizeof *routes->departures, by_time);
}

static struct routes *demand(const struct wish *w, const struct network *net, const struct corridor_way *way, uint64_t seed, bool alone)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = ambulance_text(way, w->at_s), *path = g_strdup_printf("%s/corridor_bench-%d.rou.xml", g_get_tmp_dir(), (int) getpid());
	g_autofree char *files = g_strconcat(w->routes, ",", path, NULL);
	if (!g_file_set_contents(path, text, -1, &error))
		fail("the ambulance", error);
	struct routes *routes = routes_read(alone ? path : files, net, seed, NULL, &error);
	remove(path);
	if (!routes)
		fail("routes", error);
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus);
	gsl_rng_set(rng, seed);
	vary(routes, rng);
	gsl_rng_free(rng);
	return routes;
}

static uint32_t ambulance_of(const struct routes *routes)
{
	for (uint32_t k = 0; k < routes->n_departures; k++)
		if (!strcmp(routes->departures[k].id, "ambulance"))
			return k;
	return fail("the ambulance is not in the demand", NULL) != NULL;
}

/* ---- runs ---- */

/* Of this thread: others may use the machine. */
static double cpu_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

/* The trip of departure `id`, finished or not. */
static bool trip_of(const struct world *w, uint32_t id, struct trip_record *trip)
{
	uint32_t n;
	const struct trip_record *trips = world_trips(w, &n);
	for (uint32_t k = n; k-- > 0;)
		if (trips[k].id == id) {
			*trip = trips[k];
			return true;
		}
	for (uint32_t k = 0; k < world_n_vehicles(w); k++) {
		*trip = world_trip(w, k);
		if (trip->id == id)
			return true;
	}
	return false;
}

/* The vehicle of departure `id`, if it is on the road. */
static bool vehicle_of(const struct world *w, uint32_t id, struct vehicle_view *v)
{
	for (uint32_t k = 0; k < world_n_vehicles(w); k++) {
		world_vehicle(w, k, v);
		if (v->id == id)
			return true;
	}
	return false;
}

static double alone_s(const struct wish *w, const struct network *net, const struct corridor_way *way, uint64_t seed, struct loss *loss)
{
	g_autoptr(GError) error = NULL;
	owned(routes) routes = demand(w, net, way, seed, true);
	struct world_options o = world_options_default();
	struct trip_record trip = {.arrival_s = NAN};
	o.begin_s = w->at_s - 1;
	o.seed = seed;
	owned(world) world = world_new(net, routes, &o, &error);
	if (!world)
		fail("world", error);
	for (uint32_t s = 0; s < net->n_signals; s++) {
		g_autofree char *green = g_strnfill(net->signals[s].n_links, 'G');
		world_show(world, s, green, NULL);
	}
	while (world_time_s(world) < w->at_s + 10000 && !isfinite(trip.arrival_s)) {
		struct vehicle_view v;
		world_step(world);
		trip_of(world, 0, &trip);
		if (vehicle_of(world, 0, &v))
			loss_alone(loss, &v);
	}
	return trip.duration_s;
}

/* The same as the lockstep does when the ambulance enters, from its two ends only, and thrown away again. */
static double find_s(struct lockstep *l, const struct corridor_way *way, double now_s)
{
	struct pilot *p = (struct pilot *) lockstep_pilot(l);
	uint32_t ends[2] = {way->edges[0], way->edges[way->n_edges - 1]};
	uint32_t lane = way->net->edges[ends[0]].first_lane;
	const struct corridors_place place = {.lane = lane, .pos_m = 0, .speed_mps = 0};
	double begin_s = cpu_s();
	if (!corridors_begin(pilot_corridors(p), "probe", ends, 2, 9, now_s, NULL))
		return 0;
	corridors_seen(pilot_corridors(p), "probe", &place, now_s, NULL);
	pilot_plan_corridors(p, now_s);
	double found_s = cpu_s() - begin_s;
	corridors_end(pilot_corridors(p), "probe", "probed", NULL);
	return found_s;
}

static void on_step(const struct wish *w, struct lockstep *l, const struct corridor_way *way)
{
	const struct corridors *cs = pilot_corridors(lockstep_pilot(l));
	if (!w->verbose || corridors_n(cs) == 0)
		return;
	const struct corridor *c = corridors_get(cs, 0);
	printf("%.0f %s at %.0f m, %.1f m/s, next %u of %u:", world_time_s(lockstep_world(l)), corridor_state_name(c->state), c->at_m, c->speed_mps, c->next,
		way->n_stops);
	for (uint32_t k = c->first; k < way->n_stops && c->points[k].wanted; k++) {
		struct pilot_look look;
		pilot_look(lockstep_pilot(l), pilot_find(lockstep_pilot(l), c->points[k].signal), &look);
		printf(" [%s in %.0f clear %.0f from %.0f to %.0f delay %.0f wants %u asks %u how %d %s %s]",
			pilot_junction(lockstep_pilot(l), pilot_find(lockstep_pilot(l), c->points[k].signal))->id, c->points[k].arrive_s - c->seen_s,
			c->points[k].clear_s, c->points[k].need.from_s - c->seen_s, c->points[k].need.until_s - c->seen_s, c->points[k].delay_s,
			c->points[k].need.stage, look.asked, (int) look.corridor_how, pilot_mode_name(look.mode), world_shows(lockstep_world(l), c->points[k].signal));
	}
	printf("\n");
}

static struct outcome run(const struct wish *w, const struct network *net, const struct corridor_way *way, const char *method, uint64_t seed,
	struct loss *loss, bool open)
{
	g_autoptr(GError) error = NULL;
	owned(routes) routes = demand(w, net, way, seed, false);
	struct lockstep_options o = lockstep_options_default();
	struct outcome out = {.trip_s = NAN};
	uint32_t id = ambulance_of(routes);
	o.method = method;
	o.view_m = w->view_m;
	o.emergency = open;
	o.world.seed = seed;
	o.world.begin_s = floor(routes->departures[0].depart_s);
	owned(lockstep) l = lockstep_new(net, routes, &o, &error);
	if (!l)
		fail("run", error);
	struct world *world = lockstep_world(l);
	struct trip_record trip = {.arrival_s = NAN};
	while (world_time_s(world) < w->at_s)
		lockstep_step(l);
	world_score_reset(world);
	if (open)
		out.found_s = find_s(l, way, world_time_s(world));
	while (world_time_s(world) < w->at_s + w->after_s) {
		double begin_s = cpu_s();
		lockstep_step(l);
		out.tick_s = fmax(out.tick_s, cpu_s() - begin_s);
		on_step(w, l, way);
		struct vehicle_view v;
		if (vehicle_of(world, id, &v))
			loss_see(loss, world, &v);
		else if (w->with_only && trip_of(world, id, &trip) && isfinite(trip.arrival_s))
			break;
	}
	struct score score = world_score(world);
	if (trip_of(world, id, &trip) && isfinite(trip.arrival_s))
		out.trip_s = trip.duration_s + trip.depart_delay_s;
	out.wait_s = trip.depart_delay_s;
	out.signals_s = loss_at_signals_s(loss);
	double all_s = score.delay_s * (double) score.vehicles;
	out.others_s = (all_s - trip.time_loss_s - trip.depart_delay_s) / (double) (score.vehicles - 1);
	return out;
}

static void print_loss(const struct wish *w, const struct loss *l, double wait_s)
{
	printf("          lost: before it could enter %.1f", wait_s);
	for (enum loss_cause c = 0; c < LOSS_N_CAUSES; c++)
		printf(" %s %.1f", loss_cause_name(c), loss_s(l, UINT32_MAX, c));
	printf("\n");
	for (uint32_t k = 0; w->where && k <= l->way->n_stops; k++) {
		double all_s = 0;
		for (enum loss_cause c = 0; c < LOSS_N_CAUSES; c++)
			all_s += loss_s(l, k, c);
		if (all_s < 0.5)
			continue;
		printf("            %-12s", k < l->way->n_stops ? l->way->net->signals[l->way->stops[k].signal].id : "(behind)");
		for (enum loss_cause c = 0; c < LOSS_N_CAUSES; c++)
			if (fabs(loss_s(l, k, c)) >= 0.05)
				printf(" %s %.1f", loss_cause_name(c), loss_s(l, k, c));
		printf("\n");
	}
}

struct sums {
	double without_s, with_s, whole_without_s, whole_with_s, others_without_s, others_with_s, found_s, tick_s, signals;
	uint32_t n, late;
};

static void one_seed(const struct wish *w, const struct network *net, const char *method, uint64_t seed, struct sums *sums)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus);
	gsl_rng_set(rng, seed);
	owned(corridor_way) way = w->via ? named_way(net, w->via) : drawn_way(net, rng, (uint32_t) w->signals);
	gsl_rng_free(rng);
	struct loss loss;
	loss_init(&loss, way);
	double free_s = alone_s(w, net, way, seed, &loss);
	struct outcome without = {0};
	loss_again(&loss);
	if (!w->with_only)
		without = run(w, net, way, method, seed, &loss, false);
	loss_again(&loss);
	struct outcome with = run(w, net, way, method, seed, &loss, true);
	if (isnan(without.trip_s) || isnan(with.trip_s)) {
		printf("  seed %2d: the ambulance did not arrive within %g s (without %.0f s, with %.0f s)\n", (int) seed, w->after_s, without.trip_s, with.trip_s);
		sums->late++;
		loss_finish(&loss);
		return;
	}
	printf("  seed %2d: %2u signals, alone %4.0f s; delay at signals %6.1f -> %5.1f s, whole %5.0f -> %4.0f s; everyone else %6.2f -> %6.2f s; found in %.2f ms, step %.1f ms (%.1f without)\n",
		(int) seed, way->n_stops, free_s, without.signals_s, with.signals_s, without.trip_s - free_s, with.trip_s - free_s, without.others_s, with.others_s, 1e3 * with.found_s,
		1e3 * with.tick_s, 1e3 * without.tick_s);
	print_loss(w, &loss, with.wait_s);
	loss_finish(&loss);
	fflush(stdout);
	sums->n++;
	sums->signals += way->n_stops;
	sums->without_s += without.signals_s;
	sums->with_s += with.signals_s;
	sums->whole_without_s += without.trip_s - free_s;
	sums->whole_with_s += with.trip_s - free_s;
	sums->others_without_s += without.others_s;
	sums->others_with_s += with.others_s;
	sums->found_s = fmax(sums->found_s, with.found_s);
	sums->tick_s = fmax(sums->tick_s, with.tick_s);
}

int main(int argc, char **argv)
{
	struct wish w = {.seeds = 10, .first_seed = 1, .signals = 21, .at_s = 900, .after_s = 900, .view_m = 150};
	const GOptionEntry entries[] = {
		{"network", 'n', 0, G_OPTION_ARG_FILENAME, &w.network, "SUMO network", "FILE"},
		{"routes", 'r', 0, G_OPTION_ARG_FILENAME, &w.routes, "SUMO demand", "FILE"},
		{"methods", 0, 0, G_OPTION_ARG_STRING, &w.methods, "(default fixed,adaptive)", "NAME,NAME"},
		{"via", 0, 0, G_OPTION_ARG_STRING, &w.via, "edges of the ambulance's way (default: drawn by the seed)", "EDGE,EDGE..."},
		{"signals", 0, 0, G_OPTION_ARG_INT, &w.signals, "on a drawn way at least (default 21)", "N"},
		{"seeds", 0, 0, G_OPTION_ARG_INT, &w.seeds, "how many (default 10)", "N"},
		{"first-seed", 0, 0, G_OPTION_ARG_INT, &w.first_seed, "(default 1)", "N"},
		{"at", 0, 0, G_OPTION_ARG_DOUBLE, &w.at_s, "the ambulance starts then (default 900)", "S"},
		{"after", 0, 0, G_OPTION_ARG_DOUBLE, &w.after_s, "and delays are counted for so long (default 900)", "S"},
		{"view", 0, 0, G_OPTION_ARG_DOUBLE, &w.view_m, "(default 150)", "M"},
		{"where", 0, 0, G_OPTION_ARG_NONE, &w.where, "what it lost at which signal", NULL},
		{"with-only", 0, 0, G_OPTION_ARG_NONE, &w.with_only, "do not run without the corridor", NULL},
		{"verbose", 'v', 0, G_OPTION_ARG_NONE, &w.verbose, "each step of the corridor", NULL},
		G_OPTION_ENTRY_NULL,
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || !w.network || !w.routes)
		fail("needs --network and --routes", error);
	owned(network) net = netfile_read(w.network, NULL, &error);
	if (!net)
		fail("network", error);
	g_auto(GStrv) methods = g_strsplit(w.methods ? w.methods : "fixed,adaptive", ",", -1);
	for (char **method = methods; *method; method++) {
		struct sums s = {0};
		printf("%s\n", *method);
		for (int seed = w.first_seed; seed < w.first_seed + w.seeds; seed++)
			one_seed(&w, net, *method, (uint64_t) seed, &s);
		printf("%s: %u seeds (%u did not arrive), %.0f signals: delay at signals %.1f -> %.1f s (%+.0f %%), whole %.1f -> %.1f s (%+.0f %%); everyone else %.2f -> %.2f s (%+.1f %%); "
			"found in at most %.2f ms\n", *method, s.n, s.late, s.signals / s.n, s.without_s / s.n, s.with_s / s.n, 100 * (s.with_s / s.without_s - 1),
			s.whole_without_s / s.n, s.whole_with_s / s.n, 100 * (s.whole_with_s / s.whole_without_s - 1),
			s.others_without_s / s.n, s.others_with_s / s.n, 100 * (s.others_with_s / s.others_without_s - 1), 1e3 * s.found_s);
	}
	g_free(w.network);
	g_free(w.routes);
	g_free(w.methods);
	g_free(w.via);
	return 0;
}
