/* demo_seeds.c - the live loop over several seeds, beside perfect knowledge. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/netfile.h"
#include "core/units.h"
#include "daemon/demo_seeds.h"
#include "daemon/lockstep.h"
#include "daemon/screen.h"
#include "daemon/sim_report.h"

#define SEEDS_MOST 100

bool demo_knowing(const struct demo_options *o, const struct demo_result *live, struct score *score, GError **error)
{
	g_autofree char *yaml = g_build_filename(o->configs, "greenwave.yaml", NULL), *demand = demo_routes(o->configs, error);
	owned(config) config = demand ? config_read(yaml, error) : NULL;
	owned(network) net = config ? netfile_read(config->network, NULL, error) : NULL;
	owned(routes) routes = net ? routes_read(demand, net, o->seed, NULL, error) : NULL;
	if (!routes)
		return false;
	struct lockstep_options lo = lockstep_options_default();
	g_autofree struct junction_limits *limits = g_new0(struct junction_limits, net->n_signals + 1);
	for (uint32_t s = 0; s < net->n_signals; s++)
		limits[s] = config_limits_of(config, net->signals[s].id);
	lo.method = config->control.method;
	lo.view_m = config->n_cameras ? config->cameras[0].range_m : config->view_m;
	lo.world = (struct world_options){.step_s = 1, .begin_s = o->begin_s, .seed = o->seed};
	lo.limits = limits;
	lo.warmup_s = o->warmup_s;
	lo.late_s = isfinite(live->adaptive_from_s) ? fmax(0, live->adaptive_from_s - live->count_from_s) : 0;
	owned(lockstep) l = lockstep_new(net, routes, &lo, error);
	while (l && world_time_s(lockstep_world(l)) < live->count_to_s)
		lockstep_step(l);
	if (l)
		*score = world_score(lockstep_world(l));
	return l != NULL;
}

static void row(GString *out, const char *name, const double v[8])
{
	g_string_append_printf(out, "%-8s%10.1f%10.1f%9.1f %%%12.1f%9.1f %%%9.1f %%%9.2f%9.2f\n", name, v[0], v[1], v[2], v[3], v[4], v[5],
		v[6], v[7]);
}

static void values_of(const struct demo_seed *s, double v[8])
{
	double fixed = s->live.run.fixed.delay_s, live = s->live.run.adaptive.delay_s, knowing = s->knowing.vehicles ? s->knowing.delay_s
		: UNKNOWN;
	const double all[8] = {fixed, live, 100 * (live / fixed - 1), knowing, 100 * (live / knowing - 1), 100 * s->live.vision.flow_frac,
		s->live.vision.queue_veh, s->live.vision.speed_mps};
	memcpy(v, all, sizeof all);
}

void demo_seeds_table(GString *out, const struct demo_seed *seeds, uint32_t n)
{
	double v[8], mean[8], half[8];
	g_autofree double *column = g_new(double, n + 1);
	g_string_append_printf(out, "%-8s%10s%10s%11s%12s%11s%11s%9s%9s\n", "", "delay,", "delay,", "cameras", "delay, true", "cameras",
		"vision:", "queue", "speed");
	g_string_append_printf(out, "%-8s%10s%10s%11s%12s%11s%11s%9s%9s\n", "seed", "fixed s", "cameras s", "to fixed", "state s", "to true",
		"flow", "veh", "m/s");
	for (uint32_t i = 0; i < n; i++) {
		g_autofree char *name = g_strdup_printf("%" G_GUINT64_FORMAT "%s", seeds[i].live.run.seed, seeds[i].bad ? " !" : "");
		values_of(&seeds[i], v);
		row(out, name, v);
	}
	for (uint32_t k = 0; k < 8; k++) {
		for (uint32_t i = 0; i < n; i++) {
			values_of(&seeds[i], v);
			column[i] = v[k];
		}
		report_mean(column, n, &mean[k], &half[k]);
	}
	row(out, "mean", mean);
	if (n > 1)
		row(out, "+-95 %", half);
}

GArray *demo_seeds_parse(const char *text, GError **error)
{
	g_autoptr(GArray) seeds = g_array_new(FALSE, FALSE, sizeof(uint64_t));
	g_auto(GStrv) parts = g_strsplit(text, ",", -1);
	for (char **part = parts; *part; part++) {
		guint64 from = 0, to;
		g_auto(GStrv) ends = g_strsplit(*part, "-", 2);
		bool good = ends[0] && g_ascii_string_to_unsigned(ends[0], 10, 0, G_MAXINT64, &from, NULL);
		to = from;
		good = good && (!ends[1] || g_ascii_string_to_unsigned(ends[1], 10, from, G_MAXINT64, &to, NULL));
		if (!good || to - from >= SEEDS_MOST || seeds->len + (to - from) >= SEEDS_MOST) {
			g_set_error(error, DEMO_ERROR, DEMO_ERROR_FILE, "--seeds is \"%s\", must be numbers from 0 such as 1,2,3 or 1-5, at most %d",
				text, SEEDS_MOST);
			return NULL;
		}
		for (uint64_t seed = from; seed <= to; seed++)
			g_array_append_val(seeds, seed);
	}
	return g_steal_pointer(&seeds);
}

/* The page of all seeds: the table with intervals; drawings are in each seed's own page. */
static bool write_page(const struct demo_options *o, const struct demo_seed *seeds, uint32_t n, GError **error)
{
	g_autofree struct report_run *runs = g_new0(struct report_run, n + 1);
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
	g_autofree struct report_fact *facts = g_new0(struct report_fact, n + 1);
	struct report_vision vision = {0};
	for (uint32_t i = 0; i < n; i++) {
		const struct report_vision *v = &seeds[i].live.vision;
		runs[i] = seeds[i].live.run;
		g_ptr_array_add(texts, g_strdup_printf("seed %" G_GUINT64_FORMAT ", delay from cameras and from the true state", runs[i].seed));
		g_ptr_array_add(texts, g_strdup_printf("%.1f and %.1f s/veh", runs[i].adaptive.delay_s, seeds[i].knowing.delay_s));
		facts[i] = (struct report_fact){texts->pdata[2 * i], texts->pdata[2 * i + 1]};
		vision.cameras = MAX(vision.cameras, v->cameras);
		vision.lane_seconds += v->lane_seconds;
		vision.seen_veh += v->seen_veh;
		vision.true_veh += v->true_veh;
		vision.flow_lane_frac += v->flow_lane_frac / n;
		vision.queue_veh += v->queue_veh / n;
		vision.speed_mps += v->speed_mps / n;
	}
	vision.flow_frac = vision.seen_veh / vision.true_veh - 1;
	struct report page = {.title = "What the cameras gained, seed by seed", .says = "Each seed ran live, in real time, with cameras in the "
		"loop.",
		.fixed_name = "fixed plan", .adaptive_name = "adaptive, from cameras", .runs = runs, .n_runs = n, .vision = &vision, .facts = facts,
			.n_facts = n};
	return sim_report_save(&page, o->out, NULL, error);
}

static bool run_seed(const struct demo_options *all, uint64_t seed, struct demo_seed *s)
{
	g_autofree char *folder = g_path_get_dirname(all->out);
	g_autofree char *out = g_strdup_printf("%s/seed-%" G_GUINT64_FORMAT "/report.html", folder, seed);
	struct demo_options o = *all;
	g_autoptr(GError) error = NULL;
	o.out = out;
	o.seed = seed;
	printf("seed %" G_GUINT64_FORMAT "\n", seed);
	bool good = demo_run(&o, &s->live, &error);
	s->live.run.seed = seed;
	if (!good)
		fprintf(stderr, "greenwave-demo: seed %" G_GUINT64_FORMAT ": %s\n", seed, error->message);
	g_clear_error(&error);
	if (s->live.count_to_s > 0 && !demo_knowing(&o, &s->live, &s->knowing, &error)) {
		fprintf(stderr, "greenwave-demo: seed %" G_GUINT64_FORMAT ": %s\n", seed, error->message);
		good = false;
	}
	s->bad = !good;
	g_clear_pointer(&s->live.programs, g_free);
	return good;
}

int demo_seeds_run(const struct demo_options *o, const GArray *seeds)
{
	g_autofree struct demo_seed *results = g_new0(struct demo_seed, seeds->len + 1);
	uint32_t n = 0, bad = 0;
	bool interrupted = false;
	for (guint i = 0; i < seeds->len && !interrupted; i++) {
		bool good = run_seed(o, g_array_index(seeds, uint64_t, i), &results[n]);
		interrupted = results[n].live.interrupted;
		bad += !good;
		n += results[n].knowing.vehicles > 0 && !interrupted;
	}
	if (n == 0)
		return interrupted ? 130 : 1;
	GString *table = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	demo_seeds_table(table, results, n);
	printf("\n%s%s", table->str, bad ? "! = not every part really ran, see above\n" : "");
	g_string_free(table, TRUE);
	if (!write_page(o, results, n, &error)) {
		fprintf(stderr, "greenwave-demo: %s\n", error->message);
		return 1;
	}
	printf("report: %s\n", o->out);
	return bad ? 1 : interrupted ? 130 : 0;
}
