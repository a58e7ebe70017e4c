/* lanes_bench.c - what vision says of painted lanes against what drives there: the speed of each vehicle, queue, flow, kinds, by day, night,
 * rain and on a swaying mast.
 *
 *     lanes_bench [speed|queue|incident|walker] [--seconds=N] [--runs=N] [--net=FILE] [--png=FOLDER] [--weather=NAME] [--mps=N] [--lorries=SHARE] [--seed=N]
 *         [--trace [--wrong]]
 *
 * speed: steady green, drivers who like 5 to 25 m/s, vehicles matched by place (4 m), those that truly drive 3 to 25 m/s.
 * incident: in `runs` streets one breaks down and stands, in as many somebody drives the wrong way; when that is told (60 s each are enough).
 * walker: in `runs` streets somebody walks over both lanes from the 25th second on, 15 to 60 m before the line, in as many nobody does; when it is told. 45 s each are enough.
 * queue: a signal with three minutes of red in five, some lorries; each second's queue_veh against the truth.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/vision/painted.h"
#include "vision/cv.h"
#include "vision/measure.h"
#include "vision/watch.h"

static const struct weather_case {
	const char *name;
	bool night;
	double rain_frac, shake_px, noise;
} weathers[] = {
	{"day", false, 0, 0, 2}, {"night", true, 0, 0, 4}, {"rain", false, 0.8, 0, 3}, {"shake", false, 0, 1.5, 2}, {"night+rain", true, 0.6, 0, 4},
	{"rain+shake", false, 0.6, 1.5, 3},
};

struct sums {
	double n, off, bias, square, in_1sd, in_2sd; /* speed of each */
	double truly, matched, said;                 /* vehicles in seconds */
	double seconds, within, queue_off, queue_bias, queue_in_2sd;
	double flow_seen, flow_true;
	uint32_t alarms[INCIDENTS]; /* lane seconds of each incident */
	double first_s[INCIDENTS];
};

static const char *net_file = "configs/junction/junction.net.xml", *png_folder, *only;
static double run_s = 120, only_mps, lorries = 0.04;
static uint64_t first_seed; /* 0: as ever */
static uint32_t runs = 8;    /* of each incident, seeds in a row */
static bool trace, wrong_only;

static void compare_vehicles(struct sums *sum, const struct estimate *seen, const struct estimate *is)
{
	double far_m = seen->view_m - 2;
	for (uint32_t i = 0; i < is->n_vehicles; i++) {
		const struct seen_vehicle *t = &is->vehicles[i], *best = NULL;
		if (t->dist_to_stop_m > far_m || t->dist_to_stop_m < 1)
			continue;
		for (uint32_t k = 0; k < seen->n_vehicles; k++)
			if (!best || fabs(seen->vehicles[k].dist_to_stop_m - t->dist_to_stop_m) < fabs(best->dist_to_stop_m - t->dist_to_stop_m))
				best = &seen->vehicles[k];
		sum->truly++;
		if (!best || fabs(best->dist_to_stop_m - t->dist_to_stop_m) > 4)
			continue;
		sum->matched++;
		if (t->speed_mps < 3 || t->speed_mps > 25)
			continue;
		double off = best->speed_mps - t->speed_mps;
		sum->n++;
		sum->off += fabs(off);
		sum->bias += off;
		sum->square += off * off;
	}
	for (uint32_t k = 0; k < seen->n_vehicles; k++)
		sum->said += seen->vehicles[k].dist_to_stop_m <= far_m && seen->vehicles[k].dist_to_stop_m >= 1;
}

static void compare(struct sums *sum, const struct estimate *seen, const struct estimate *is, double passed)
{
	double off = seen->queue_veh - is->queue_veh;
	compare_vehicles(sum, seen, is);
	sum->seconds++;
	sum->within += fabs(off) <= 1;
	sum->queue_off += fabs(off);
	sum->queue_bias += off;
	sum->queue_in_2sd += fabs(off) <= 2 * seen->queue_veh_sd + 0.5;
	sum->flow_seen += seen->flow_veh;
	sum->flow_true += passed;
}

static void save(const struct watch *w, const char *name, double t_s)
{
	owned(cv_canvas) canvas = watch_draw(w);
	g_autofree uint8_t *png = NULL;
	uint64_t n = 0;
	g_autofree char *path = g_strdup_printf("%s/%s-%04.0f.png", png_folder, name, t_s * 10);
	if (canvas && cv_canvas_png(canvas, &png, &n))
		g_file_set_contents(path, (const char *) png, (gssize) n, NULL);
}

/* One lane's second in full: each vehicle that is there, each that is said, each track. */
static void tell(const struct watch *w, const struct painted *s, uint32_t k, const struct estimate *e, const struct estimate *is)
{
	const struct traffic *tr = watch_traffic(w, k);
	printf("%.1f lane %u queue %.0f of %.0f, m %.1f of %.1f, n %u of %u, passed %" G_GUINT64_FORMAT " of %u, sd %.2f q %.2f\n  is  ", s->t_s, k, e->queue_veh, is->queue_veh, e->queue_m,
		is->queue_m, e->n_vehicles, is->n_vehicles, tr->passed, s->passed[k], e->queue_veh_sd, e->quality_frac);
	for (uint32_t i = 0; i < is->n_vehicles; i++)
		printf(" %.0f:%.0f@%.0f", is->vehicles[i].dist_to_stop_m, is->vehicles[i].length_m, is->vehicles[i].speed_mps);
	if (e->incident != INCIDENT_NONE)
		printf("\n  alarm %d at %.0f m", (int) e->incident, e->incident_m);
	printf("\n  said");
	for (uint32_t i = 0; i < e->n_vehicles; i++)
		printf(" %.0f:%.0f@%.0f", e->vehicles[i].dist_to_stop_m, e->vehicles[i].length_m, e->vehicles[i].speed_mps);
	printf("\n  have");
	for (uint32_t i = 0; i < tr->n; i++)
		printf(" %.0f:%.0f@%.0f%s%s%s", tr->tracks[i].dist_m, tr->tracks[i].length_m, tr->tracks[i].speed_mps, tr->tracks[i].presumed ? "p" : "",
			tr->tracks[i].seed ? "s" : "", tr->tracks[i].high ? "h" : "");
	printf("\n  road ");
	const uint8_t *cover = backdrop_cover(tr->backdrop);
	for (uint32_t i = 0; i < tr->strip->n; i++)
		printf("%s%c", floor(strip_dist(tr->strip, i) / 10) > floor(strip_dist(tr->strip, i - 1.0) / 10) ? "|" : "", ".~-#?"[cover[i]]);
	printf("\n");
}

static void run(struct painted *s, const struct weather_case *c, struct sums *sum)
{
	g_autoptr(GError) error = NULL;
	if (!painted_weather(s, c->night, c->rain_frac, c->shake_px, c->noise, &error))
		g_error("%s", error->message);
	owned(view) v = painted_view(s, &error);
	owned(watch) w = v ? watch_new(v, s->mount.width_px, s->mount.height_px, 1, &error) : NULL;
	if (!w)
		g_error("%s", error->message);
	uint32_t before[PAINTED_LANES] = {s->passed[0], s->passed[1]};
	for (uint32_t frame = 1; frame <= run_s * 10; frame++) {
		painted_step(s, 0.1);
		bool told = watch_look(w, s->y, s->t_s);
		if (told) {
			uint32_t lanes;
			const struct estimate *e = watch_estimates(w, &lanes);
			for (uint32_t k = 0; k < lanes; k++) {
				sum->alarms[e[k].incident]++;
				if (isnan(sum->first_s[e[k].incident]) && e[k].incident != INCIDENT_NONE)
					sum->first_s[e[k].incident] = s->t_s;
			}
		}
		if (png_folder && !wrong_only && frame % 100 == 50)
			save(w, c->name, s->t_s);
		if (!told)
			continue;
		uint32_t n;
		const struct estimate *e = watch_estimates(w, &n);
		for (uint32_t k = 0; k < n; k++) {
			struct estimate is;
			painted_truth(s, k, e[k].view_m, MEASURE_GAP_M, &is);
			bool wrong = fabs(e[k].queue_veh - is.queue_veh) > 1;
			if (trace && (wrong || !wrong_only))
				tell(w, s, k, &e[k], &is);
			if (png_folder && wrong_only && wrong)
				save(w, c->name, s->t_s);
			if (frame > 50)
				compare(sum, &e[k], &is, s->passed[k] - before[k]);
			before[k] = s->passed[k];
			estimate_finish(&is);
		}
	}
}

static struct painted *street(double flow_vph, double lorry_frac, uint64_t seed)
{
	g_autoptr(GError) error = NULL;
	struct painted *s = painted_new(net_file, flow_vph, lorry_frac, 0, seed, &error);
	if (!s)
		g_error("%s", error->message);
	return s;
}

static void speeds(const struct weather_case *c)
{
	static const double wishes[] = {5, 9, 14, 20, 26};
	struct sums all = {0};
	for (uint32_t i = 0; i < G_N_ELEMENTS(wishes); i++) {
		struct sums one = {.first_s = {NAN, NAN, NAN, NAN}};
		if (only_mps > 0 && only_mps != wishes[i])
			continue;
		owned(painted) s = street(i == 0 ? 500 : 700, 0.12, (first_seed ? first_seed : 11) + i);
		s->wish_mps = wishes[i];
		s->green_s = s->cycle_s; /* always */
		run(s, c, &one);
		printf("%-11s %3.0f m/s  %5.0f speeds: off %.2f m/s, bias %+.2f, sd %.2f; found %.3f, of those said %.3f; passed %.0f of %.0f; alarms %u %u\n", c->name,
			wishes[i], one.n, one.off / one.n, one.bias / one.n, sqrt(one.square / one.n), one.matched / one.truly,
			fmin(1, one.matched / one.said), one.flow_seen, one.flow_true, one.alarms[1], one.alarms[2]);
		fflush(stdout);
		all.n += one.n;
		all.off += one.off;
		all.bias += one.bias;
		all.matched += one.matched;
		all.truly += one.truly;
		all.said += one.said;
	}
	printf("%-11s   all    %5.0f speeds: off %.2f m/s (0.6), bias %+.2f (0.2); found %.3f, true %.3f\n", c->name, all.n, all.off / all.n,
		all.bias / all.n, all.matched / all.truly, fmin(1, all.matched / all.said));
}

static void queues(const struct weather_case *c)
{
	struct sums sum = {.first_s = {NAN, NAN, NAN, NAN}};
	owned(painted) s = street(450, lorries, first_seed ? first_seed : 21);
	s->cycle_s = 300;
	s->green_s = 120;
	run(s, c, &sum);
	printf("%-11s queue: within one vehicle in %.3f of %.0f lane seconds (0.9), off %.2f, bias %+.2f, in 2 sd %.3f; found %.3f, true %.3f; passed %.0f of %.0f; alarms %u %u\n",
		c->name, sum.within / sum.seconds, sum.seconds, sum.queue_off / sum.seconds, sum.queue_bias / sum.seconds,
		sum.queue_in_2sd / sum.seconds, sum.matched / sum.truly, fmin(1, sum.matched / sum.said), sum.flow_seen, sum.flow_true, sum.alarms[1], sum.alarms[2]);
	fflush(stdout);
}

/* Until when it does not stand, or has not passed the line; 0: never by then. */
static double begins_s(struct painted *s)
{
	for (uint32_t frame = 1; frame <= run_s * 10; frame++) {
		painted_step(s, 0.1);
		for (uint32_t k = 0; k < s->n[0]; k++)
			if (s->cars[0][k].id == s->broken_id && s->cars[0][k].speed_mps < 0.1 && s->broken_id)
				return s->t_s;
		if (s->wrong_mps > 0 && s->wrong_m >= 0)
			return s->t_s;
	}
	return 0;
}

static struct painted *incident_street(uint32_t i, bool down)
{
	uint64_t seed = (first_seed ? first_seed : 31) + i;
	struct painted *s = street(down ? 300 : 150, down ? 0.1 : 0, seed);
	s->green_s = s->cycle_s;
	s->breaks_down_m = down ? 35 + 10.0 * (i % 4) : 0;
	if (down)
		return s;
	s->wrong_mps = 6 + 3.0 * (i % 4);
	s->wrong_m = -20 * s->wrong_mps; /* at the line after 20 s */
	if (i % 2) /* nobody comes towards it */
		s->due_s[0] = INFINITY;
	return s;
}

/* Somebody breaks down at 35 to 65 m, somebody drives the wrong way at 6 to 15 m/s: told, and how soon after he stands or has passed the line. */
static void incidents_of(const struct weather_case *c, bool down)
{
	enum incident what = down ? INCIDENT_STANDING : INCIDENT_WRONG_WAY;
	uint32_t told = 0, wrongly = 0;
	double sum_s = 0, worst_s = 0;
	g_autoptr(GString) each = g_string_new(NULL);
	for (uint32_t i = 0; i < runs; i++) {
		struct sums seen = {.first_s = {NAN, NAN, NAN, NAN}};
		owned(painted) truth = incident_street(i, down);
		owned(painted) s = incident_street(i, down);
		double from_s = begins_s(truth), after_s;
		run(s, c, &seen);
		after_s = seen.first_s[what] - from_s;
		wrongly += seen.alarms[down ? INCIDENT_WRONG_WAY : INCIDENT_STANDING] + seen.alarms[INCIDENT_PERSON] + (after_s < 0);
		g_string_append_printf(each, " %.0f", after_s);
		if (isnan(after_s))
			continue;
		told++;
		sum_s += after_s;
		worst_s = fmax(worst_s, after_s);
	}
	printf("%-11s %s: told %u of %u, after%s s (mean %.1f, worst %.0f); lane seconds of another alarm, or too early: %u\n", c->name,
		down ? "breakdown" : "wrong way", told, runs, each->str, sum_s / told, worst_s, wrongly);
	fflush(stdout);
}

static void incidents(const struct weather_case *c)
{
	incidents_of(c, true);
	incidents_of(c, false);
}

#define WALK_FROM_S 25.0
#define WALK_MPS 1.3
#define WALK_EDGE_M 4.8 /* from the middle of lane 0 to where he steps on the road: over lane 1 first */

/* Ordinary traffic, at red and green where nobody walks; nobody brakes for whom he sees. */
static struct painted *walked_street(uint32_t i, bool walked)
{
	uint64_t seed = (first_seed ? first_seed : 201) + i;
	struct painted *s = street(200, 0.1, walked ? seed : seed + 1000);
	s->two_wheeler_frac = 0.1;
	if (!walked)
		return s;
	s->green_s = s->cycle_s;
	s->walk_m = 15 + 15.0 * (i % 4);
	s->walk_mps = WALK_MPS;
	s->walk_clothes = (uint32_t) seed;
	s->walk_side_m = WALK_MPS * WALK_FROM_S + WALK_EDGE_M;
	return s;
}

/* Told before he has crossed both lanes or soon after; what is told before he steps on them, or where nobody walks, is false. */
static void walkers(const struct weather_case *c)
{
	uint32_t told = 0, early = 0, wrongly = 0;
	double sum_s = 0, worst_s = 0;
	g_autoptr(GString) each = g_string_new(NULL);
	for (uint32_t i = 0; i < runs; i++) {
		struct sums seen = {.first_s = {NAN, NAN, NAN, NAN}}, none = {.first_s = {NAN, NAN, NAN, NAN}};
		owned(painted) s = walked_street(i, true);
		owned(painted) empty = walked_street(i, false);
		double m = s->walk_m;
		run(s, c, &seen);
		run(empty, c, &none);
		double after_s = seen.first_s[INCIDENT_PERSON] - WALK_FROM_S;
		wrongly += none.alarms[INCIDENT_PERSON];
		early += after_s < 0;
		g_string_append_printf(each, " %.0f:%.0f", m, after_s);
		if (isnan(after_s) || after_s < 0)
			continue;
		told++;
		sum_s += after_s;
		worst_s = fmax(worst_s, after_s);
	}
	printf("%-11s walker: told %u of %u, m:s%s (mean %.1f s, worst %.0f); too early: %u; lane seconds of alarm in as many streets without: %u\n", c->name, told, runs, each->str,
		told ? sum_s / told : NAN, worst_s, early, wrongly);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	bool speed = true, queue = true, incident = true, walker = true;
	for (int i = 1; i < argc; i++) {
		const char *a = argv[i];
		bool one = strcmp(a, "queue") == 0 || strcmp(a, "speed") == 0 || strcmp(a, "incident") == 0 || strcmp(a, "walker") == 0;
		speed = one ? strcmp(a, "speed") == 0 : speed;
		queue = one ? strcmp(a, "queue") == 0 : queue;
		incident = one ? strcmp(a, "incident") == 0 : incident;
		walker = one ? strcmp(a, "walker") == 0 : walker;
		run_s = g_str_has_prefix(a, "--seconds=") ? g_ascii_strtod(a + 10, NULL) : run_s;
		net_file = g_str_has_prefix(a, "--net=") ? a + 6 : net_file;
		png_folder = g_str_has_prefix(a, "--png=") ? a + 6 : png_folder;
		only = g_str_has_prefix(a, "--weather=") ? a + 10 : only;
		lorries = g_str_has_prefix(a, "--lorries=") ? g_ascii_strtod(a + 10, NULL) : lorries;
		only_mps = g_str_has_prefix(a, "--mps=") ? g_ascii_strtod(a + 6, NULL) : only_mps;
		runs = g_str_has_prefix(a, "--runs=") ? (uint32_t) g_ascii_strtoull(a + 7, NULL, 10) : runs;
		first_seed = g_str_has_prefix(a, "--seed=") ? g_ascii_strtoull(a + 7, NULL, 10) : first_seed;
		wrong_only = wrong_only || strcmp(a, "--wrong") == 0;
		trace = trace || strcmp(a, "--trace") == 0;
	}
	for (uint32_t i = 0; i < G_N_ELEMENTS(weathers); i++) {
		if (only && strcmp(only, weathers[i].name) != 0)
			continue;
		if (speed)
			speeds(&weathers[i]);
		if (queue)
			queues(&weathers[i]);
		if (incident)
			incidents(&weathers[i]);
		if (walker)
			walkers(&weathers[i]);
	}
	return 0;
}
