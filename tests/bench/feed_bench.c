/* feed_bench.c - what a camera says each second of painted lanes against what is there: kinds of vehicles as a confusion table, and for each quantity how
 * often the truth lies within 1.64 of its standard deviations (0.90 if they are right).
 *
 *     feed_bench [classes|coverage|people] [--seconds=N] [--weather=NAME] [--net=FILE] [--seed=N] [--trace]
 *
 * classes: a signal, 15 % lorries, 15 % two-wheelers; each vehicle past the line is looked for among those told within 1.5 s of it.
 * people: somebody walks over the lanes at 20, 40 and 60 m in thin traffic, and nobody does; when that is told.
 * coverage: a signal with 30 s of green in 75, and steady green; flow, speed, queue, jam, occupancy, kinds.
 */
#include <stdio.h>
#include <string.h>

#include "tests/vision/painted.h"
#include "vision/measure.h"
#include "vision/watch.h"

#define NEAR_S 1.5
#define PASSES 4096
#define WALK_MPS 1.3
#define WALK_FROM_S 30.0

static const struct weather_case {
	const char *name;
	bool night;
	double rain_frac, shake_px, noise;
} weathers[] = {{"day", false, 0, 0, 2}, {"night", true, 0, 0, 4}, {"rain", false, 0.8, 0, 3}, {"shake", false, 0, 1.5, 2}};

enum quantity { FLOW, SPEED, QUEUE_VEH, QUEUE_M, JAM, OCCUPANCY, TWO_WHEELERS, CARS, HEAVIES, QUANTITIES };
static const char *const names[QUANTITIES] = {"flow", "speed", "queue veh", "queue m", "jam", "occupancy", "two-wheelers", "cars", "heavy"};

struct told_of { /* seconds in which it was told; of these, those in which it or the truth is not 0 */
	double n, in, busy, busy_in, sd, off;
};

struct pass {
	uint32_t lane;
	double t_s;
	uint32_t what;
	bool matched;
};

struct bench {
	struct told_of all[QUANTITIES];
	struct pass is[PASSES], told[PASSES];
	uint32_t n_is, n_told;
	double covered_s[PAINTED_LANES];
	double before_m[PAINTED_LANES][PAINTED_CARS];
	uint32_t before_id[PAINTED_LANES][PAINTED_CARS], n_before[PAINTED_LANES];
	uint32_t passed[PAINTED_LANES][CLASSES];
	uint32_t persons; /* lane seconds in which somebody on foot was told */
	double person_s;  /* when first */
};

static double run_s = 300;
static bool trace;

static uint32_t class_of(double length_m)
{
	return length_m < CLASS_CAR_M ? CLASS_TWO_WHEELER : length_m < CLASS_HEAVY_M ? CLASS_CAR : CLASS_HEAVY;
}

/* Who passed the line in this step, and who stands on it. */
static void watch_line(struct bench *b, const struct painted *s, uint32_t lane, double dt_s)
{
	bool covered = false;
	for (uint32_t k = 0; k < s->n[lane]; k++) {
		const struct painted_car *car = &s->cars[lane][k];
		covered = covered || (car->dist_m <= 0 && car->dist_m + car->length_m >= 0);
		for (uint32_t i = 0; i < b->n_before[lane]; i++)
			if (b->before_id[lane][i] == car->id && b->before_m[lane][i] > 0 && car->dist_m <= 0 && b->n_is < PASSES) {
				b->is[b->n_is++] = (struct pass){.lane = lane, .t_s = s->t_s, .what = class_of(car->length_m)};
				b->passed[lane][class_of(car->length_m)]++;
			}
	}
	b->covered_s[lane] += covered ? dt_s : 0;
	b->n_before[lane] = s->n[lane];
	for (uint32_t k = 0; k < s->n[lane]; k++) {
		b->before_id[lane][k] = s->cars[lane][k].id;
		b->before_m[lane][k] = s->cars[lane][k].dist_m;
	}
}

static void add(struct bench *b, enum quantity q, double seen, double sd, double is)
{
	struct told_of *c = &b->all[q];
	if (isnan(seen) || isnan(is) || isnan(sd))
		return;
	bool in = fabs(seen - is) <= 1.64 * sd, busy = fabs(seen) + fabs(is) > 1e-6;
	c->n++;
	c->in += in;
	c->busy += busy;
	c->busy_in += busy && in;
	c->sd += busy ? sd : 0;
	c->off += fabs(seen - is);
}

static void compare(struct bench *b, const struct painted *s, const struct estimate *e, uint32_t lane)
{
	struct estimate is;
	double flow = 0;
	painted_truth(s, lane, e->view_m, MEASURE_GAP_M, &is);
	for (uint32_t k = 0; k < CLASSES; k++) {
		flow += b->passed[lane][k];
		add(b, TWO_WHEELERS + k, e->class_veh[k], e->class_veh_sd[k], b->passed[lane][k]);
		for (uint32_t i = 0; e->class_veh[k] > i && b->n_told < PASSES; i++)
			b->told[b->n_told++] = (struct pass){.lane = lane, .t_s = s->t_s, .what = k};
	}
	add(b, FLOW, e->flow_veh, e->flow_veh_sd, flow);
	add(b, SPEED, e->speed_mps, e->speed_mps_sd, is.speed_mps);
	add(b, QUEUE_VEH, e->queue_veh, e->queue_veh_sd, is.queue_veh);
	add(b, QUEUE_M, e->queue_m, e->queue_m_sd, is.queue_m);
	add(b, JAM, e->jam_frac, e->jam_frac_sd, is.jam_frac);
	add(b, OCCUPANCY, e->occupancy_frac, e->occupancy_frac_sd, fmin(1, b->covered_s[lane] / e->window_s));
	if (trace)
		printf("%.0f lane %u flow %.0f of %.0f (%.2f), speed %.1f of %.1f (%.2f), queue %.0f of %.0f (%.2f), %.1f of %.1f m (%.2f), jam %.2f of %.2f (%.2f), "
			"occupancy %.2f of %.2f (%.2f)\n", s->t_s, lane, e->flow_veh, flow, e->flow_veh_sd, e->speed_mps, is.speed_mps, e->speed_mps_sd, e->queue_veh,
			is.queue_veh, e->queue_veh_sd, e->queue_m, is.queue_m, e->queue_m_sd, e->jam_frac, is.jam_frac, e->jam_frac_sd, e->occupancy_frac,
			b->covered_s[lane] / e->window_s, e->occupancy_frac_sd);
	memset(b->passed[lane], 0, sizeof b->passed[lane]);
	b->covered_s[lane] = 0;
	estimate_finish(&is);
}

static void run(struct bench *b, struct painted *s, const struct weather_case *c)
{
	g_autoptr(GError) error = NULL;
	if (!painted_weather(s, c->night, c->rain_frac, c->shake_px, c->noise, &error))
		g_error("%s", error->message);
	owned(view) v = painted_view(s, &error);
	owned(watch) w = v ? watch_new(v, s->mount.width_px, s->mount.height_px, 1, &error) : NULL;
	if (!w)
		g_error("%s", error->message);
	b->person_s = NAN;
	for (uint32_t frame = 1; frame <= run_s * 10; frame++) {
		painted_step(s, 0.1);
		for (uint32_t k = 0; k < PAINTED_LANES; k++)
			watch_line(b, s, k, 0.1);
		if (!watch_look(w, s->y, s->t_s))
			continue;
		uint32_t n;
		const struct estimate *e = watch_estimates(w, &n);
		for (uint32_t k = 0; k < n; k++)
			compare(b, s, &e[k], k);
		for (uint32_t k = 0; k < n; k++) {
			b->persons += e[k].incident == INCIDENT_PERSON;
			b->person_s = e[k].incident == INCIDENT_PERSON && isnan(b->person_s) ? s->t_s : b->person_s;
		}
	}
}

static struct painted *street(double two_wheelers, double lorries, bool red, uint64_t seed, const char *net)
{
	g_autoptr(GError) error = NULL;
	struct painted *s = painted_new(net, 450, lorries, 0, seed, &error);
	if (!s)
		g_error("%s", error->message);
	s->two_wheeler_frac = two_wheelers;
	if (!red)
		s->green_s = s->cycle_s;
	return s;
}

/* The nearest in time first. */
static void match(struct bench *b, uint32_t table[CLASSES + 1][CLASSES + 1])
{
	for (;;) {
		struct pass *is = NULL, *told = NULL;
		double best = NEAR_S;
		for (uint32_t i = 0; i < b->n_is; i++)
			for (uint32_t k = 0; !b->is[i].matched && k < b->n_told; k++) {
				double off = fabs(b->told[k].t_s - 0.5 - b->is[i].t_s);
				if (!b->told[k].matched && b->told[k].lane == b->is[i].lane && off < best) {
					best = off;
					is = &b->is[i];
					told = &b->told[k];
				}
			}
		if (!is)
			break;
		is->matched = told->matched = true;
		table[is->what][told->what]++;
	}
	for (uint32_t i = 0; i < b->n_is; i++)
		table[b->is[i].what][CLASSES] += !b->is[i].matched;
	for (uint32_t k = 0; k < b->n_told; k++)
		table[CLASSES][b->told[k].what] += !b->told[k].matched;
}

static void classes(const struct weather_case *c, uint64_t seed, const char *net)
{
	g_autofree struct bench *b = g_new0(struct bench, 1);
	uint32_t table[CLASSES + 1][CLASSES + 1] = {{0}}, right = 0, all = 0;
	owned(painted) s = street(0.15, 0.15, true, seed, net);
	run(b, s, c);
	match(b, table);
	printf("%-6s is \\ told     two-wheeler  car  heavy  none\n", c->name);
	for (uint32_t i = 0; i <= CLASSES; i++) {
		printf("       %-12s %10u %5u %6u %5u\n", i < CLASSES ? vehicle_class_name(i) : "none", table[i][0], table[i][1], table[i][2], table[i][3]);
		for (uint32_t k = 0; k < CLASSES && i < CLASSES; k++) {
			right += i == k ? table[i][k] : 0;
			all += table[i][k];
		}
	}
	printf("       right: %u of %u matched (%.3f)\n", right, all, all ? (double) right / all : 0);
	fflush(stdout);
}

/* On the lanes from about WALK_FROM_S on. */
static void people(const struct weather_case *c, uint64_t seed, const char *net)
{
	static const double at_m[] = {0, 20, 40, 60};
	for (uint32_t k = 0; k < G_N_ELEMENTS(at_m); k++) {
		g_autofree struct bench *b = g_new0(struct bench, 1);
		owned(painted) s = street(0.1, 0.1, false, seed + k, net);
		double all_s = run_s;
		s->flow_vph = 200;
		s->walk_m = at_m[k];
		s->walk_mps = at_m[k] > 0 ? WALK_MPS : 0;
		s->walk_side_m = WALK_FROM_S * WALK_MPS + 1.6;
		run_s = at_m[k] > 0 ? WALK_FROM_S + 15 : run_s;
		run(b, s, c);
		run_s = all_s;
		if (at_m[k] > 0)
			printf("%-6s somebody walks over the lanes at %2.0f m: told %.0f s after the first step onto them (20)\n", c->name, at_m[k], b->person_s - WALK_FROM_S);
		else
			printf("%-6s nobody walks in %.0f s: told in %u lane seconds (0)\n", c->name, run_s, b->persons);
		fflush(stdout);
	}
}

static void coverage(const struct weather_case *c, uint64_t seed, const char *net)
{
	g_autofree struct bench *b = g_new0(struct bench, 1);
	owned(painted) stops = street(0.05, 0.1, true, seed, net);
	owned(painted) flows = street(0.05, 0.1, false, seed + 1, net);
	run(b, stops, c);
	memset(b->n_before, 0, sizeof b->n_before);
	memset(b->passed, 0, sizeof b->passed);
	memset(b->covered_s, 0, sizeof b->covered_s);
	run(b, flows, c);
	for (uint32_t q = 0; q < QUANTITIES; q++) {
		const struct told_of *k = &b->all[q];
		printf("%-6s %-12s within 1.64 sd: %.3f of %5.0f s; not 0: %.3f of %5.0f s, mean sd %.2f, mean error %.3f\n", c->name, names[q], k->in / k->n, k->n,
			k->busy_in / k->busy, k->busy, k->sd / k->busy, k->off / k->n);
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	bool kinds = true, covers = true, walks = true;
	const char *only = NULL, *net = "configs/junction/junction.net.xml";
	uint64_t seed = 41;
	for (int i = 1; i < argc; i++) {
		const char *a = argv[i];
		bool one = strcmp(a, "classes") == 0 || strcmp(a, "coverage") == 0 || strcmp(a, "people") == 0;
		walks = one ? strcmp(a, "people") == 0 : walks;
		kinds = one ? strcmp(a, "classes") == 0 : kinds;
		covers = one ? strcmp(a, "coverage") == 0 : covers;
		run_s = g_str_has_prefix(a, "--seconds=") ? g_ascii_strtod(a + 10, NULL) : run_s;
		only = g_str_has_prefix(a, "--weather=") ? a + 10 : only;
		net = g_str_has_prefix(a, "--net=") ? a + 6 : net;
		seed = g_str_has_prefix(a, "--seed=") ? g_ascii_strtoull(a + 7, NULL, 10) : seed;
		trace = trace || strcmp(a, "--trace") == 0;
	}
	for (uint32_t i = 0; i < G_N_ELEMENTS(weathers); i++) {
		if (only && strcmp(only, weathers[i].name) != 0)
			continue;
		if (kinds)
			classes(&weathers[i], seed, net);
		if (walks)
			people(&weathers[i], seed, net);
		if (covers)
			coverage(&weathers[i], seed, net);
	}
	return 0;
}
