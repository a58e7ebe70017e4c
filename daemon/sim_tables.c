/* sim_tables.c - tables of runs; see sim_tables.h. */
#include "daemon/sim_tables.h"

#include <math.h>
#include <string.h>

#include "core/units.h"
#include "daemon/outfile.h"

static const struct gauge *measure_of(const struct sim_runs *r, uint32_t k)
{
	return r->results[k].measure;
}

typedef double (*value_of)(const struct gauge *m, uint32_t index);

/* Over the runs in which it is known. */
static struct figure_mean over(const struct sim_runs *r, value_of value, uint32_t index)
{
	g_autofree double *values = g_new(double, r->n);
	uint32_t n = 0;
	for (uint32_t k = 0; k < r->n; k++) {
		double v = value(measure_of(r, k), index);
		if (isfinite(v))
			values[n++] = v;
	}
	return figures_mean(values, n);
}

static void put(json_t *row, const char *key, struct figure_mean m)
{
	g_autofree char *half = g_strdup_printf("%s_half_width", key);
	if (isfinite(m.mean))
		json_object_set_new(row, key, json_real(m.mean));
	if (isfinite(m.half))
		json_object_set_new(row, half, json_real(m.half));
}

static double vehicles(const struct gauge *m, uint32_t i)
{
	return m->movements[i].vehicles;
}

static double outside_s(const struct gauge *m, uint32_t i)
{
	return m->movements[i].vehicles > 0 ? m->movements[i].outside_s / m->movements[i].vehicles : UNKNOWN;
}

static double queue_mean(const struct gauge *m, uint32_t a)
{
	return gauge_counts_mean(&m->approaches[a].queue_veh, m->steps);
}

static double queue_p95(const struct gauge *m, uint32_t a)
{
	return gauge_counts_percentile(&m->approaches[a].queue_veh, m->steps, 0.95);
}

static double queue_max(const struct gauge *m, uint32_t a)
{
	return m->approaches[a].queue_veh.max;
}

static double back_p95(const struct gauge *m, uint32_t a)
{
	return gauge_counts_percentile(&m->approaches[a].back_m, m->steps, 0.95);
}

static double back_max(const struct gauge *m, uint32_t a)
{
	return m->approaches[a].back_m.max;
}

static const char *node_id(const struct places *p, uint32_t approach)
{
	return p->net->nodes[p->approaches[approach].node].id;
}

static const char *signal_id(const struct places *p, uint32_t signal)
{
	return signal == NET_NONE ? NULL : p->net->signals[signal].id;
}

static json_t *movements(const struct sim_runs *r)
{
	const struct places *p = measure_of(r, 0)->places;
	json_t *list = json_array();
	for (uint32_t i = 0; i < p->n_movements; i++) {
		const struct movement_place *m = &p->movements[i];
		struct figure_mean delay = over(r, gauge_delay_s, i);
		char los[2] = {gauge_los_of(p, i, delay.mean), 0};
		json_t *row = json_pack("{s:s, s:s*, s:s, s:s, s:s, s:s}", "junction", node_id(p, m->approach), "signal", signal_id(p, m->signal),
			"from", p->net->edges[m->from_edge].id, "to", p->net->edges[m->to_edge].id, "approach", p->approaches[m->approach].compass,
			"turn", m->turn);
		put(row, "vehicles", over(r, vehicles, i));
		put(row, "delay_s", delay);
		put(row, "outside_s", over(r, outside_s, i));
		put(row, "stops", over(r, gauge_stops, i));
		if (*los != '-')
			json_object_set_new(row, "los", json_string(los));
		json_array_append_new(list, row);
	}
	return list;
}

static json_t *approaches(const struct sim_runs *r)
{
	const struct places *p = measure_of(r, 0)->places;
	json_t *list = json_array();
	for (uint32_t a = 0; a < p->n_approaches; a++) {
		json_t *row = json_pack("{s:s, s:s*, s:s, s:s, s:f}", "junction", node_id(p, a), "signal", signal_id(p, p->approaches[a].signal),
			"edge", p->net->edges[p->approaches[a].edge].id, "approach", p->approaches[a].compass, "storage_m", p->approaches[a].storage_m);
		put(row, "queue_veh_mean", over(r, queue_mean, a));
		put(row, "queue_veh_p95", over(r, queue_p95, a));
		put(row, "queue_veh_max", over(r, queue_max, a));
		put(row, "queue_back_m_p95", over(r, back_p95, a));
		put(row, "queue_back_m_max", over(r, back_max, a));
		json_array_append_new(list, row);
	}
	return list;
}

static double cycle(const struct gauge *m, uint32_t s)
{
	return timing_cycle_s(&m->signals[s]);
}

static json_t *stages(const struct sim_runs *r, uint32_t signal)
{
	const struct timing *first = &measure_of(r, 0)->signals[signal];
	json_t *list = json_array();
	for (uint32_t k = 0; k < first->n_stages; k++) {
		g_autofree double *green = g_new(double, r->n), *share = g_new(double, r->n), *times = g_new(double, r->n);
		double least = INFINITY, most = 0;
		uint32_t n = 0;
		for (uint32_t i = 0; i < r->n; i++) {
			const struct timing *t = &measure_of(r, i)->signals[signal];
			const struct timing_stage *s = &t->stages[k];
			share[i] = t->watched_s > 0 ? s->shown_s / t->watched_s : 0;
			times[i] = s->n_starts;
			if (!s->n)
				continue;
			green[n++] = timing_green_s(s);
			least = fmin(least, s->min_s);
			most = fmax(most, s->max_s);
		}
		json_t *row = json_pack("{s:s, s:s, s:f}", "name", first->stages[k].name, "state", first->stages[k].state, "programmed_s",
			first->stages[k].programmed_s);
		put(row, "times", figures_mean(times, r->n));
		put(row, "green_s", figures_mean(green, n));
		put(row, "green_min_s", (struct figure_mean){least, UNKNOWN});
		if (n)
			put(row, "green_max_s", (struct figure_mean){most, UNKNOWN});
		put(row, "green_frac", figures_mean(share, r->n));
		json_array_append_new(list, row);
	}
	return list;
}

static json_t *signals(const struct sim_runs *r)
{
	const struct network *net = measure_of(r, 0)->net;
	json_t *list = json_array();
	for (uint32_t s = 0; s < net->n_signals; s++) {
		const struct timing *t = &measure_of(r, 0)->signals[s];
		json_t *row = json_pack("{s:s, s:f, s:f}", "signal", net->signals[s].id, "programmed_cycle_s", t->programmed_cycle_s,
			"programmed_offset_s", t->programmed_offset_s);
		put(row, "cycle_s", over(r, cycle, s));
		struct figure_mean delay = over(r, gauge_signal_delay_s, s);
		put(row, "vehicles", over(r, gauge_signal_vehicles, s));
		put(row, "delay_s", delay);
		if (isfinite(delay.mean))
			json_object_set_new(row, "los", json_sprintf("%c", los_letter(delay.mean, true)));
		json_object_set_new(row, "stages", stages(r, s));
		json_array_append_new(list, row);
	}
	return list;
}

static double walk_mean(const struct gauge *m, uint32_t c)
{
	return walk_wait(&m->crossings[c]).mean_s;
}

static double walk_p95(const struct gauge *m, uint32_t c)
{
	return walk_wait(&m->crossings[c]).p95_s;
}

static double walk_red(const struct gauge *m, uint32_t c)
{
	return walk_wait(&m->crossings[c]).red_max_s;
}

static json_t *crossings(const struct sim_runs *r)
{
	const struct places *p = measure_of(r, 0)->places;
	json_t *list = json_array();
	for (uint32_t c = 0; c < p->n_crossings; c++) {
		json_t *row = json_pack("{s:s, s:i, s:s}", "signal", p->net->signals[p->crossings[c].signal].id, "link", (int) p->crossings[c].link,
			"edge", p->net->edges[p->crossings[c].edge].id);
		put(row, "wait_s", over(r, walk_mean, c));
		put(row, "wait_p95_s", over(r, walk_p95, c));
		put(row, "red_max_s", over(r, walk_red, c));
		json_array_append_new(list, row);
	}
	return list;
}

/* `b` NULL: of a itself. */
static json_t *means(const struct figures *a, const struct figures *b, uint32_t n)
{
	json_t *row = json_object(), *halves = json_object();
	for (int k = 0; k < N_FIGURES; k++) {
		struct figure_mean m = b ? figures_difference(a, b, n, k) : figures_mean_of(a, n, k);
		if (isfinite(m.mean))
			json_object_set_new(row, figure_names[k].key, json_real(m.mean));
		if (isfinite(m.half))
			json_object_set_new(halves, figure_names[k].key, json_real(m.half));
	}
	if (n > 1)
		json_object_set(row, "half_width", halves);
	json_decref(halves);
	return row;
}

json_t *sim_tables_figures(const struct figures *figures, uint32_t n)
{
	return means(figures, NULL, n);
}

json_t *sim_tables_differences(const struct figures *a, const struct figures *b, uint32_t n)
{
	return means(a, b, n);
}

bool sim_tables_save_json(const json_t *root, const char *path, GError **error)
{
	g_autofree char *text = json_dumps(root, JSON_INDENT(2));
	GString *lines = g_string_new(text);
	g_string_append_c(lines, '\n');
	bool good = true;
	if (path)
		good = outfile_save(path, lines, error);
	else
		fputs(lines->str, stdout);
	g_string_free(lines, TRUE);
	return good;
}

/* A count of all runs together says little: their mean, whole where it is. */
static void put_count(json_t *root, const char *key, double sum, uint32_t n)
{
	double mean = sum / n;
	json_object_set_new(root, key, fmod(mean, 1) > 0 ? json_real(mean) : json_integer((json_int_t) mean));
}

static void put_counts(json_t *root, const struct sim_runs *r)
{
	double sums[8] = {0}, end_s = 0;
	static const char *const keys[] = {"vehicles", "entered", "arrived", "inside", "waiting", "red_passed", "overlaps", "vehicle_steps"};
	for (uint32_t k = 0; k < r->n; k++) {
		const struct world_counts *c = &r->results[k].counts;
		const double values[] = {(double) r->results[k].score.vehicles, (double) c->departed, (double) c->arrived, (double) c->inside,
			(double) c->waiting, (double) c->red_passed, (double) c->overlaps, (double) c->vehicle_steps};
		for (uint32_t i = 0; i < G_N_ELEMENTS(keys); i++)
			sums[i] += values[i];
		end_s = fmax(end_s, r->results[k].end_s);
	}
	json_object_set_new(root, "begin_s", json_real(r->results[0].begin_s));
	json_object_set_new(root, "end_s", json_real(end_s));
	for (uint32_t i = 0; i < G_N_ELEMENTS(keys); i++)
		put_count(root, keys[i], sums[i], r->n);
}

static struct figures *figures_of_runs(const struct sim_runs *r)
{
	struct figures *all = g_new(struct figures, r->n);
	for (uint32_t k = 0; k < r->n; k++)
		all[k] = r->results[k].figures;
	return all;
}

json_t *sim_tables_json(const struct sim_runs *r)
{
	json_t *root = json_pack("{s:s, s:I, s:[]}", "method", r->method, "seed", (json_int_t) r->seeds[0], "seeds");
	g_autofree struct figures *all = figures_of_runs(r);
	for (uint32_t k = 0; k < r->n; k++)
		json_array_append_new(json_object_get(root, "seeds"), json_integer((json_int_t) r->seeds[k]));
	put_counts(root, r);
	json_object_update_new(root, sim_tables_figures(all, r->n));
	if (measure_of(r, 0)) {
		json_object_set_new(root, "movements", movements(r));
		json_object_set_new(root, "approaches", approaches(r));
		json_object_set_new(root, "signals", signals(r));
		json_object_set_new(root, "crossings", crossings(r));
	}
	return root;
}

/* RFC 4180. */
static void csv_text(GString *out, const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, "\"", -1);
	g_autofree char *doubled = g_strjoinv("\"\"", parts);
	g_string_append_printf(out, strpbrk(text, ",\"\n\r") ? "\"%s\"," : "%s,", doubled);
}

static void csv_mean(GString *out, struct figure_mean m, int digits)
{
	if (isfinite(m.mean))
		g_string_append_printf(out, "%.*f", digits, m.mean);
	g_string_append_c(out, ',');
	if (isfinite(m.half))
		g_string_append_printf(out, "%.*f", digits, m.half);
	g_string_append_c(out, ',');
}

GString *sim_tables_csv(const struct sim_runs *r)
{
	const struct places *p = measure_of(r, 0)->places;
	GString *out = g_string_new(
		"junction,signal,approach,turn,from_edge,to_edge,vehicles,vehicles_half_width,delay_s,delay_s_half_width,outside_s,"
		"outside_s_half_width,stops,stops_half_width,queue_veh_p95,queue_veh_p95_half_width,queue_back_m_p95,queue_back_m_p95_half_width,"
		"queue_back_m_max,queue_back_m_max_half_width,storage_m,los\n");
	for (uint32_t i = 0; i < p->n_movements; i++) {
		const struct movement_place *m = &p->movements[i];
		struct figure_mean delay = over(r, gauge_delay_s, i);
		csv_text(out, node_id(p, m->approach));
		csv_text(out, m->signal == NET_NONE ? "" : signal_id(p, m->signal));
		csv_text(out, p->approaches[m->approach].compass);
		csv_text(out, m->turn);
		csv_text(out, p->net->edges[m->from_edge].id);
		csv_text(out, p->net->edges[m->to_edge].id);
		csv_mean(out, over(r, vehicles, i), 1);
		csv_mean(out, delay, 2);
		csv_mean(out, over(r, outside_s, i), 2);
		csv_mean(out, over(r, gauge_stops, i), 3);
		csv_mean(out, over(r, queue_p95, m->approach), 1);
		csv_mean(out, over(r, back_p95, m->approach), 1);
		csv_mean(out, over(r, back_max, m->approach), 1);
		char los = gauge_los_of(p, i, delay.mean);
		g_string_append_printf(out, "%.1f,%.1s\n", p->approaches[m->approach].storage_m, los == '-' ? "" : &los);
	}
	return out;
}

static void text_movements(GString *out, const struct sim_runs *r)
{
	const struct places *p = measure_of(r, 0)->places;
	g_string_append_printf(out, "\n%-16s %-12s %-10s %8s %16s %8s %4s %18s\n", "junction", "from the", "turn", "vehicles",
		"control delay s", "stops", "LOS", "queue 95 %/room m");
	for (uint32_t i = 0; i < p->n_movements; i++) {
		const struct movement_place *m = &p->movements[i];
		struct figure_mean delay = over(r, gauge_delay_s, i);
		if (isnan(delay.mean))
			continue;
		g_autofree char *half =
			isfinite(delay.half) ? g_strdup_printf("%.1f +- %.1f", delay.mean, delay.half) : g_strdup_printf("%.1f", delay.mean);
		g_string_append_printf(out, "%-16s %-12s %-10s %8.0f %16s %8.2f %4c %8.0f / %-7.0f\n", node_id(p, m->approach),
			p->approaches[m->approach].compass, m->turn, over(r, vehicles, i).mean, half, over(r, gauge_stops, i).mean,
			gauge_los_of(p, i, delay.mean), over(r, back_p95, m->approach).mean, p->approaches[m->approach].storage_m);
	}
}

GString *sim_tables_text(const struct sim_runs *r)
{
	GString *out = g_string_new(NULL);
	g_autofree struct figures *all = figures_of_runs(r);
	g_string_append_printf(
		out, "method %s, %u seed%s\n\n", r->method, r->n, r->n > 1 ? "s; +- is the half width of the 95 % interval (Student's t)" : "");
	for (int k = 0; k < N_FIGURES; k++) {
		struct figure_mean m = figures_mean_of(all, r->n, k);
		if (isnan(m.mean))
			continue;
		const struct figure_name *f = &figure_names[k];
		g_string_append_printf(out, "%-44s %10.*f", f->name, f->digits, m.mean);
		if (isfinite(m.half))
			g_string_append_printf(out, " +- %.*f", f->digits + (f->digits == 0), m.half);
		g_string_append_printf(out, " %s\n", f->unit);
	}
	if (measure_of(r, 0))
		text_movements(out, r);
	return out;
}
