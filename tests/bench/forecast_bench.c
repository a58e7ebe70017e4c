/* forecast_bench.c - arrivals of the next one and three minutes as the optimizer expects them, against what then came.
 *
 *     forecast_bench [--seeds 3] [--view 150] [--method adaptive] [--network N --routes R]
 *
 * Without a network: the four SUMO scenarios of ../shared, or the district of configs/ where they are not there. Our world drives, under
 * our own control. What came is taken from the world itself, not from what the optimizer counted: a vehicle arrives at the stop line
 * `distance / limit` seconds after it came into view, on the lane over which it then left. Yardsticks: persistence (as many as in the
 * last period of the same length, counted by the world too), the mean flow as learned, and a floor: the error of somebody who knows the true mean
 * of the ten minutes around, where vehicles come independently of each other (Poisson). Errors of all lanes and times are added up
 * before they are divided (MASE, Hyndman and Koehler 2006); means of each lane's own quotient stand beside.
 *
 * Two oracles say how much can be known at all. Both are told beforehand, without error, at which second each vehicle that they know of will be
 * at the stop line and on which lane: *sight* knows all who are in view of a signal, *whole* all who have entered the network. (*street* is sight that knows the approach only; for the lane
 * it has the true shares of the ten minutes around.) Of those they do not
 * know they have the true mean of the minutes around (the judged one included), and say its Poisson median: no forecaster has as much.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/netfile.h"
#include "optimizer/arrivals.h"
#include "trial.h"

#define EVERY_S 5
#define WARM_S 600
#define FLOOR_S 300 /* to each side */
#define HORIZONS ARRIVALS_HORIZONS
#define STEP_S 5
#define STEPS 12 /* of the arrival curve */

enum oracle { SIGHT, WHOLE, N_ORACLES };
static const char *const oracle_names[N_ORACLES] = {"sight", "whole"};
static const int32_t around_s[] = {120, 300}; /* to each side: what an oracle takes its true mean from */
#define N_AROUND 2

struct said { /* one forecast */
	uint32_t slot, h;
	int32_t t_s;
	struct arrivals_expected x;
	float until_veh[STEPS]; /* expected arrivals until then; first horizon only */
};

struct car {
	double arrive_s; /* NaN: not in view */
	uint32_t slot;   /* it is on now, or was last; NET_NONE before its first */
	uint32_t lane;   /* it was on last, on the way there */
	double in_s;     /* it entered the network */
	double seen_s;   /* it came into view; as arrive_s */
};

struct run {
	const struct network *net;
	struct trial *trial;
	struct layout *layout;
	GArray *cars, *said;
	float *came; /* by slot and second */
	float *fresh[N_ORACLES]; /* by slot, step and second t: who comes until t + (step + 1) * STEP_S and whom the oracle did not know at t */
	int32_t begin_s, seconds;
	double view_m;
};

struct sums {
	double n, error, persistence, flow, floor, held, wide_veh, came;
	double curve_persistence;        /* area between the curves of arrivals, veh on average */
	double bins, bins_persistence;   /* per STEP_S */
	double until[STEPS], until_sight[STEPS]; /* errors of the curve by step, ours and those of who knows sight, veh */
	double quotients, lanes; /* of each lane */
	double oracle[N_ORACLES][N_AROUND], oracle_curve[N_ORACLES][N_AROUND], chance[N_ORACLES]; /* errors; the last as if Poisson */
	double street, street_curve;
};

static void add_sums(struct sums *to, const struct sums *s)
{
	to->n += s->n, to->error += s->error, to->persistence += s->persistence, to->flow += s->flow, to->floor += s->floor;
	to->held += s->held, to->wide_veh += s->wide_veh, to->came += s->came;
	to->curve_persistence += s->curve_persistence, to->bins += s->bins, to->bins_persistence += s->bins_persistence;
	to->quotients += s->quotients, to->lanes += s->lanes;
	to->street += s->street, to->street_curve += s->street_curve;
	for (int i = 0; i < STEPS; i++)
		to->until[i] += s->until[i], to->until_sight[i] += s->until_sight[i];
	for (int k = 0; k < N_ORACLES; k++) {
		to->chance[k] += s->chance[k];
		for (int i = 0; i < N_AROUND; i++)
			to->oracle[k][i] += s->oracle[k][i], to->oracle_curve[k][i] += s->oracle_curve[k][i];
	}
}

static float *fresh_at(const struct run *r, enum oracle k, uint32_t slot, int step)
{
	return r->fresh[k] + ((gsize) slot * STEPS + (gsize) step) * (gsize) r->seconds;
}

/* One who arrives at second `at` was not known before `known_s`. */
static void was_fresh(struct run *r, enum oracle k, uint32_t slot, int32_t at, double known_s)
{
	for (int step = 0; step < STEPS; step++) {
		float *fresh_veh = fresh_at(r, k, slot, step);
		for (int32_t t = MAX(0, at - (step + 1) * STEP_S); t < MIN(at, r->seconds) && t < known_s; t++)
			fresh_veh[t] += 1.0f;
	}
}

static void arrived(struct run *r, struct car *car)
{
	int32_t at = (int32_t) ceil(car->arrive_s) - r->begin_s;
	if (car->slot != NET_NONE && at >= 0 && at < r->seconds) {
		r->came[(gsize) car->slot * r->seconds + at] += 1.0f;
		was_fresh(r, SIGHT, car->slot, at, car->seen_s - r->begin_s);
		was_fresh(r, WHOLE, car->slot, at, car->in_s - r->begin_s);
	}
	*car = (struct car){UNKNOWN, NET_NONE, NET_NONE, car->in_s, UNKNOWN};
}

/* Lanes of a few metres are jumped over within a step: the one that lies between where it was and where it is. */
static uint32_t jumped(const struct run *r, uint32_t from, uint32_t to)
{
	uint32_t n = 0, n_still = 0;
	const uint32_t *fed = feeders_fed(r->trial->feeders, from, &n), *still = feeders_fed(r->trial->feeders, to, &n_still);
	for (uint32_t k = 0; k < n; k++) {
		const struct net_lane *lane = &r->net->lanes[fed[k]];
		bool before = false;
		for (uint32_t i = 0; i < n_still; i++)
			before = before || still[i] == fed[k];
		for (uint32_t i = lane->first_link; i < lane->first_link + lane->n_links && !before; i++)
			if (r->net->links[i].to_lane == to || r->net->links[i].via == to)
				return r->layout->slot_of_lane[fed[k]];
	}
	return NET_NONE;
}

static void follow(struct run *r, const struct vehicle_view *v)
{
	uint32_t n = 0, slot = r->layout->slot_of_lane[v->lane];
	const uint32_t *fed = feeders_fed(r->trial->feeders, v->lane, &n);
	double dist_m = feeders_to_stop_m(r->trial->feeders, v->lane, v->pos_m);
	if (v->id >= r->cars->len) {
		guint old = r->cars->len;
		g_array_set_size(r->cars, v->id + 1);
		for (guint k = old; k <= v->id; k++)
			g_array_index(r->cars, struct car, k) = (struct car){UNKNOWN, NET_NONE, NET_NONE, world_time_s(r->trial->world), UNKNOWN};
	}
	struct car *car = &g_array_index(r->cars, struct car, v->id);
	if (isfinite(car->arrive_s) && car->slot == NET_NONE && v->lane != car->lane)
		car->slot = jumped(r, car->lane, v->lane);
	if (isfinite(car->arrive_s) && car->slot != NET_NONE && slot != car->slot &&
		(slot == NET_NONE || r->layout->slots[slot].group != r->layout->slots[car->slot].group))
		arrived(r, car);
	if (n == 0 || dist_m > r->view_m)
		return;
	if (isnan(car->arrive_s)) {
		car->seen_s = world_time_s(r->trial->world);
		car->arrive_s = car->seen_s + dist_m / r->net->lanes[fed[0]].speed_mps;
	}
	if (slot != NET_NONE)
		car->slot = slot;
	car->lane = v->lane;
}

static void listen(struct run *r, int32_t t_s)
{
	const struct optimizer *o = r->trial->optimizer;
	for (uint32_t k = 0; k < r->layout->n_slots; k++)
		for (uint32_t h = 0; h < HORIZONS; h++) {
			struct said s = {.slot = k, .h = h, .t_s = t_s};
			for (int i = 0; h == 0 && i < STEPS; i++) {
				struct arrivals_expected x = {0};
				optimizer_expect(o, r->layout->slots[k].lane, (i + 1) * STEP_S, &x);
				s.until_veh[i] = (float) x.mean_veh;
			}
			if (t_s + (int32_t) arrivals_horizons_s[h] < r->seconds &&
				optimizer_expect(o, r->layout->slots[k].lane, arrivals_horizons_s[h], &s.x))
				g_array_append_val(r->said, s);
		}
}

static double came_between(const struct run *r, uint32_t slot, int32_t from_s, int32_t to_s)
{
	double veh = 0.0;
	for (int32_t t = MAX(from_s + 1, 0); t <= MIN(to_s, r->seconds - 1); t++)
		veh += (double) r->came[(gsize) slot * r->seconds + t];
	return veh;
}

static uint32_t poisson_median(double mean_veh)
{
	double p = exp(-mean_veh), below = p;
	uint32_t median = 0;
	while (below < 0.5 && median < 1000) {
		median++;
		p *= mean_veh / median;
		below += p;
	}
	return median;
}

/* The least mean absolute error that is possible for a Poisson count. */
static double poisson_floor(double mean_veh)
{
	double p = exp(-mean_veh), error = 0.0;
	uint32_t median = poisson_median(mean_veh);
	for (uint32_t k = 0; k < 1000 && (k < mean_veh + 5.0 || p > 1e-9); k++, p *= mean_veh / k)
		error += p * fabs((double) k - median);
	return error;
}

/* What an oracle gets wrong: those who are new to it, against their median in the minutes around. */
static void judge_oracles(const struct run *r, const struct said *s, struct sums *to)
{
	for (int k = 0; k < N_ORACLES; k++)
		for (int step = 0; step < STEPS; step++) {
			const float *fresh_veh = fresh_at(r, (enum oracle) k, s->slot, step);
			for (int i = 0; i < N_AROUND; i++) {
				int32_t from = MAX(0, s->t_s - around_s[i]), until = MIN(r->seconds - (step + 1) * STEP_S, s->t_s + around_s[i] + 1);
				double mean_veh = 0.0;
				for (int32_t t = from; t < until; t++)
					mean_veh += (double) fresh_veh[t] / (until - from);
				double error = fabs((double) fresh_veh[s->t_s] - poisson_median(mean_veh));
				to->oracle_curve[k][i] += error / STEPS;
				to->until_sight[step] += k == SIGHT && i + 1 == N_AROUND ? error : 0.0;
				if (step + 1 < STEPS)
					continue;
				to->oracle[k][i] += error;
				to->chance[k] += i + 1 < N_AROUND ? 0.0 : poisson_floor(mean_veh);
			}
		}
}

/* Who knows the approach of everybody in view, and the shares of its lanes. */
static void judge_street(const struct run *r, const struct said *s, struct sums *to)
{
	const struct site_group *g = &r->layout->groups[r->layout->slots[s->slot].group];
	double around[2] = {0}; /* of the lane, of the approach */
	for (uint32_t i = 0; i < g->n_slots; i++) {
		double veh = came_between(r, g->slots[i], s->t_s - FLOOR_S, s->t_s + FLOOR_S);
		around[0] += g->slots[i] == s->slot ? veh : 0.0;
		around[1] += veh;
	}
	for (int step = 0; step < STEPS; step++) {
		int32_t span = (step + 1) * STEP_S, from = MAX(0, s->t_s - FLOOR_S), until = MIN(r->seconds - span, s->t_s + FLOOR_S + 1);
		double known_veh = 0.0, mean_veh = 0.0;
		for (uint32_t i = 0; i < g->n_slots; i++)
			known_veh += came_between(r, g->slots[i], s->t_s, s->t_s + span) - (double) fresh_at(r, SIGHT, g->slots[i], step)[s->t_s];
		for (int32_t t = from; t < until; t++)
			mean_veh += (double) fresh_at(r, SIGHT, s->slot, step)[t] / (until - from);
		double said_veh = round(known_veh * around[0] / fmax(around[1], 1.0) + mean_veh);
		double error = fabs(came_between(r, s->slot, s->t_s, s->t_s + span) - said_veh);
		to->street_curve += error / STEPS;
		to->street += step + 1 == STEPS ? error : 0.0;
	}
}

static void judge(const struct run *r, const struct said *s, struct sums *to)
{
	int32_t span = (int32_t) arrivals_horizons_s[s->h];
	double came_veh = came_between(r, s->slot, s->t_s, s->t_s + span);
	double around = came_between(r, s->slot, s->t_s - FLOOR_S, s->t_s + FLOOR_S) /
		(MIN(s->t_s + FLOOR_S, r->seconds - 1) - MAX(s->t_s - FLOOR_S, -1));
	const struct site_slot *at = &r->layout->slots[s->slot];
	to->n += 1.0;
	to->came += came_veh;
	to->error += fabs(came_veh - s->x.median_veh);
	to->flow += fabs(came_veh - s->x.flow_veh);
	to->persistence += fabs(came_veh - came_between(r, s->slot, s->t_s - span, s->t_s));
	to->floor += poisson_floor(around * fmax(0.0, span - r->view_m / at->speed_mps));
	to->held += came_veh > s->x.low_veh - 0.5 && came_veh < s->x.high_veh + 0.5;
	to->wide_veh += s->x.high_veh - s->x.low_veh;
	if (s->h == 0) {
		judge_oracles(r, s, to);
		judge_street(r, s, to);
	}
	for (int i = 0; s->h == 0 && i < STEPS; i++) {
		int32_t until = s->t_s + (i + 1) * STEP_S;
		double last = i ? (double) s->until_veh[i - 1] : 0.0, one = came_between(r, s->slot, until - STEP_S, until);
		to->until[i] += fabs(came_between(r, s->slot, s->t_s, until) - (double) s->until_veh[i]);
		to->curve_persistence += fabs(came_between(r, s->slot, s->t_s, until) - came_between(r, s->slot, s->t_s - span, until - span)) / STEPS;
		to->bins += fabs(one - ((double) s->until_veh[i] - last));
		to->bins_persistence += fabs(one - came_between(r, s->slot, until - STEP_S - span, until - span));
	}
}

/* By slot and horizon. */
static struct sums *judge_all(const struct run *r)
{
	struct sums *all = g_new0(struct sums, (gsize) r->layout->n_slots * HORIZONS);
	for (guint i = 0; i < r->said->len; i++) {
		const struct said *s = &g_array_index(r->said, struct said, i);
		judge(r, s, &all[s->slot * HORIZONS + s->h]);
	}
	for (uint32_t k = 0; k < r->layout->n_slots * HORIZONS; k++)
		if (all[k].persistence > 0.0) {
			all[k].quotients = all[k].error / all[k].persistence;
			all[k].lanes = 1.0;
		}
	return all;
}

static double curve(const struct sums *s)
{
	double sum = 0.0;
	for (int i = 0; i < STEPS; i++)
		sum += s->until[i] / STEPS;
	return sum;
}

static void print(const char *what, uint32_t h, const struct sums *s)
{
	printf("%-22s %3.0f s  MASE %.3f (mean of lanes %.3f, mean flow %.3f, floor %.3f)  error %.2f of %.2f veh  interval holds %.1f %%, %.1f veh wide\n", what,
		arrivals_horizons_s[h], s->error / s->persistence, s->quotients / s->lanes, s->flow / s->persistence, s->floor / s->persistence,
		s->error / s->n, s->came / s->n, 100.0 * s->held / s->n, s->wide_veh / s->n);
	if (h == 0)
		printf("%-22s        curve %.3f, bins of 5 s %.3f\n", "", curve(s) / s->curve_persistence, s->bins / s->bins_persistence);
	for (int k = 0; h == 0 && k < N_ORACLES; k++)
		printf("%-22s        who knows %s: total %.3f, curve %.3f (mean of +- %d s: %.3f, %.3f); if Poisson %.3f\n", "", oracle_names[k],
			s->oracle[k][1] / s->persistence, s->oracle_curve[k][1] / s->curve_persistence, around_s[0], s->oracle[k][0] / s->persistence,
			s->oracle_curve[k][0] / s->curve_persistence, s->chance[k] / s->persistence);
	if (h == 0)
		printf("%-22s        who knows street: total %.3f, curve %.3f\n", "", s->street / s->persistence, s->street_curve / s->curve_persistence);
	fflush(stdout);
}

/* Where the curve goes wrong. */
static void print_steps(const struct sums *s)
{
	printf("%-22s        error of the curve after", "");
	for (int i = 0; i < STEPS; i++)
		printf(" %d s: %.2f (%.2f)", (i + 1) * STEP_S, s->until[i] / s->n, s->until_sight[i] / s->n);
	printf(" veh (who knows sight)\n");
	fflush(stdout);
}

static void finish(struct run *r)
{
	g_array_unref(r->cars);
	g_array_unref(r->said);
	g_free(r->came);
	for (int k = 0; k < N_ORACLES; k++)
		g_free(r->fresh[k]);
	layout_free(r->layout);
}

static void drive(struct run *r)
{
	const struct world *w = r->trial->world;
	for (int32_t t = 0; t < r->seconds; t++) {
		trial_step(r->trial, false); /* looks and decides at begin_s + t, then drives */
		if (t >= WARM_S && t % EVERY_S == 0)
			listen(r, t);
		for (uint32_t k = 0; k < world_n_vehicles(w); k++) {
			struct vehicle_view v;
			world_vehicle(w, k, &v);
			follow(r, &v);
		}
	}
	for (guint k = 0; k < r->cars->len; k++)
		if (isfinite(g_array_index(r->cars, struct car, k).arrive_s))
			arrived(r, &g_array_index(r->cars, struct car, k));
}

static bool bench(const struct network *net, const char *routes_path, const char *method, double view_m, double begin_s, double end_s, uint64_t seed, const char *name,
	struct sums *total, GError **error)
{
	struct eyes eyes = {.view_m = view_m};
	owned(routes) routes = routes_read(routes_path, net, seed, NULL, error);
	owned(trial) trial = routes ? trial_new(net, routes, &eyes, method, NULL, seed, begin_s, error) : NULL;
	if (!trial)
		return false;
	struct run r = {.net = net, .trial = trial, .view_m = view_m, .begin_s = (int32_t) begin_s, .seconds = (int32_t) (end_s - begin_s)};
	r.layout = layout_new(net, (const struct junction *const *) trial->junctions, NULL, trial->n);
	r.cars = g_array_new(FALSE, TRUE, sizeof(struct car));
	r.said = g_array_new(FALSE, FALSE, sizeof(struct said));
	r.came = g_new0(float, (gsize) r.layout->n_slots * r.seconds);
	for (int k = 0; k < N_ORACLES; k++)
		r.fresh[k] = g_new0(float, (gsize) r.layout->n_slots * STEPS * r.seconds);
	drive(&r);
	g_autofree struct sums *all = judge_all(&r);
	struct sums of[HORIZONS] = {0}, kind[2] = {0};
	for (uint32_t k = 0; k < r.layout->n_slots; k++) {
		for (uint32_t h = 0; h < HORIZONS; h++)
			add_sums(&of[h], &all[k * HORIZONS + h]);
		add_sums(&kind[r.layout->groups[r.layout->slots[k].group].n_streams > 0], &all[k * HORIZONS]);
	}
	printf("%s seed %lu, delay %.2f s\n", name, seed, world_score(trial->world).delay_s);
	for (uint32_t h = 0; h < HORIZONS; h++) {
		print("  all lanes", h, &of[h]);
		add_sums(&total[h], &of[h]);
	}
	if (kind[0].n > 0.0 && kind[1].n > 0.0) {
		print("  from outside", 0, &kind[0]);
		print("  from other signals", 0, &kind[1]);
	}
	finish(&r);
	return true;
}

static bool scenario(const char *network, const char *routes, const char *method, double view_m, double begin_s, double end_s, int seeds, int first, const char *name)
{
	g_autoptr(GError) error = NULL;
	struct sums total[HORIZONS] = {0};
	owned(network) net = netfile_read(network, NULL, &error);
	for (int k = 0; net && k < seeds; k++)
		if (!bench(net, routes, method, view_m, begin_s, end_s, (uint64_t) (first + k), name, total, &error))
			break;
	if (error) {
		fprintf(stderr, "forecast_bench: %s\n", error->message);
		return false;
	}
	for (uint32_t h = 0; h < HORIZONS; h++)
		print(name, h, &total[h]);
	print_steps(&total[0]);
	return true;
}

static bool scenarios(const char *method, double view_m, int seeds, int first)
{
	static const struct {
		const char *name;
		double begin_s, end_s;
	} of[] = {{"cologne1", 25200, 28800}, {"cologne3", 25200, 28800}, {"ingolstadt1", 57600, 61200}, {"ingolstadt7", 57600, 61200}};
	bool fine = true;
	for (size_t k = 0; k < G_N_ELEMENTS(of); k++) {
		g_autofree char *net = g_strdup_printf("../shared/data/sumo/%s/%s.net.xml", of[k].name, of[k].name);
		g_autofree char *routes = g_strdup_printf("../shared/data/sumo/%s/%s.rou.xml", of[k].name, of[k].name);
		if (!g_file_test(net, G_FILE_TEST_EXISTS)) {
			printf("../shared is not here: the district instead\n");
			return scenario("configs/district/district.net.xml", "configs/district/district.rou.xml", method, view_m, 0, 3600, seeds, first, "district");
		}
		fine = scenario(net, routes, method, view_m, of[k].begin_s, of[k].end_s, seeds, first, of[k].name) && fine;
	}
	return fine;
}

int main(int argc, char **argv)
{
	g_autofree char *network = NULL, *routes = NULL, *wanted = NULL;
	int seeds = 3, first = 1;
	double view_m = 150.0, begin_s = 0.0, end_s = 3600.0;
	const GOptionEntry entries[] = {
		{"network", 'n', 0, G_OPTION_ARG_FILENAME, &network, "SUMO network", "FILE"},
		{"routes", 'r', 0, G_OPTION_ARG_FILENAME, &routes, "SUMO demand", "FILE"},
		{"method", 'm', 0, G_OPTION_ARG_STRING, &wanted, "that decides meanwhile", "NAME"},
		{"seeds", 0, 0, G_OPTION_ARG_INT, &seeds, "how many", "N"},
		{"seed", 's', 0, G_OPTION_ARG_INT, &first, "the first", "N"},
		{"begin", 'b', 0, G_OPTION_ARG_DOUBLE, &begin_s, "of the run, s", "S"},
		{"end", 'e', 0, G_OPTION_ARG_DOUBLE, &end_s, "of the run, s", "S"},
		{"view", 0, 0, G_OPTION_ARG_DOUBLE, &view_m, "how far up the road, m", "M"},
		G_OPTION_ENTRY_NULL,
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || !network != !routes || !(end_s > begin_s + WARM_S)) {
		fprintf(stderr, "forecast_bench: %s\n", error ? error->message : "--network and --routes go together; a run takes more than 600 s");
		return 2;
	}
	const char *method = wanted ? wanted : "adaptive";
	if (network)
		return !scenario(network, routes, method, view_m, begin_s, end_s, seeds, first, "network");
	return !scenarios(method, view_m, seeds, first);
}
