/* sim_page.c - pages of runs; see sim_page.h. */
#include "daemon/sim_page.h"

#include <string.h>

#include "daemon/sim_report.h"

struct parts { /* of a side, an array each with one element a run */
	struct figures *figures;
	const struct gauge **measures; /* NULL: some run has none */
};

static struct parts parts_of(const struct sim_runs *runs)
{
	struct parts p = {g_new(struct figures, runs->n), g_new(const struct gauge *, runs->n)};
	bool all = true;
	for (uint32_t k = 0; k < runs->n; k++) {
		p.figures[k] = runs->results[k].figures;
		p.measures[k] = runs->results[k].measure;
		all = all && p.measures[k];
	}
	if (!all)
		g_clear_pointer(&p.measures, g_free);
	return p;
}

static void parts_finish(struct parts *p)
{
	g_free(p->figures);
	g_free(p->measures);
}

/* "town" of "/somewhere/town.net.xml.gz". */
static char *name_of_network(const struct sim_case *c)
{
	char *name = g_path_get_basename(c->network), *end = strstr(name, ".net.xml");
	if (end && end > name)
		*end = '\0';
	return name;
}

static bool save(const struct sim_case *c, struct report *page, const char *path, GError **error)
{
	g_autofree char *network = g_path_get_basename(c->network), *demand = g_path_get_basename(c->routes);
	g_autofree char *drawn = g_strdup_printf("of seed %" G_GUINT64_FORMAT, page->runs[0].seed);
	g_autofree char *step = g_strdup_printf("%g s", c->step_s), *warmup = g_strdup_printf("%g s", c->warmup_s);
	g_autofree char *view = g_strdup_printf("%.0f m before each stop line", c->view_m);
	const struct report_fact facts[] = {
		{"network", network}, {"demand", demand}, {"step", step}, {"warm-up", warmup}, {"what a method sees", view}, {"drawings", drawn}};
	page->facts = facts;
	page->n_facts = G_N_ELEMENTS(facts);
	return sim_report_save(page, path, NULL, error);
}

bool sim_page_of_runs(const struct sim_case *c, const struct sim_runs *runs, const char *path, GError **error)
{
	g_autofree struct report_run *all = g_new0(struct report_run, runs->n);
	g_autofree char *network = name_of_network(c);
	struct parts parts = parts_of(runs);
	for (uint32_t k = 0; k < runs->n; k++)
		all[k] = (struct report_run){.seed = runs->seeds[k], .fixed = runs->results[k].score};
	struct report page = {
		.title = network,
		.says = "Its traffic under one way of running the lights, vehicle by vehicle, in the simulator.",
		.fixed_name = runs->method,
		.runs = all,
		.n_runs = runs->n,
		.fixed = runs->results[0].record,
		.fixed_figures = parts.figures,
		.fixed_measures = parts.measures,
	};
	bool good = save(c, &page, path, error);
	parts_finish(&parts);
	return good;
}

bool sim_page_of_two(const struct sim_case *c, const struct sim_runs *first, const char *first_name, const struct sim_runs *second,
	const char *second_name, const char *path, GError **error)
{
	g_autofree struct report_run *all = g_new0(struct report_run, first->n);
	g_autofree char *network = name_of_network(c), *title = g_strdup_printf("%s: %s against %s", network, second_name, first_name);
	struct parts parts[] = {parts_of(first), parts_of(second)};
	for (uint32_t k = 0; k < first->n; k++)
		all[k] = (struct report_run){first->seeds[k], first->results[k].score, second->results[k].score};
	struct report page = {
		.title = title,
		.says = "The same traffic twice, vehicle by vehicle, in the simulator.",
		.fixed_name = first_name,
		.adaptive_name = second_name,
		.runs = all,
		.n_runs = first->n,
		.fixed = first->results[0].record,
		.adaptive = second->results[0].record,
		.fixed_figures = parts[0].figures,
		.adaptive_figures = parts[1].figures,
		.fixed_measures = parts[0].measures,
		.adaptive_measures = parts[1].measures,
	};
	bool good = save(c, &page, path, error);
	parts_finish(&parts[0]);
	parts_finish(&parts[1]);
	return good;
}
