/* sim_wish.c - outputs of runs; see sim_wish.h. */
#include "daemon/sim_wish.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "daemon/outfile.h"
#include "daemon/sim_page.h"

static volatile sig_atomic_t stopped;

static void on_stop(int signal)
{
	(void) signal;
	stopped = 1;
}

bool sim_wish_stopped(void)
{
	return stopped;
}

void sim_wish_entries(struct sim_wish *w, GOptionEntry entries[SIM_WISH_ENTRIES])
{
	const GOptionEntry all[SIM_WISH_ENTRIES] = {
		{"measures", 0, 0, G_OPTION_ARG_NONE, &w->measures, "print queues, fuel, pedestrians and each movement's level of service too", NULL},
		{"tripinfo", 0, 0, G_OPTION_ARG_FILENAME, &w->tripinfo, "SUMO's tripinfo, one line a finished trip (may be .gz)", "FILE.xml"},
		{"unfinished", 0, 0, G_OPTION_ARG_NONE, &w->unfinished, "and those still on the road at the end (SUMO's write-unfinished)", NULL},
		{"summary", 0, 0, G_OPTION_ARG_FILENAME, &w->summary, "SUMO's summary, one line a step (may be .gz)", "FILE.xml"},
		{"events", 0, 0, G_OPTION_ARG_FILENAME, &w->events, "the signals' high-resolution event log (Indiana enumerations), and FILE.csv.detectors.csv", "FILE.csv"},
		{"csv", 0, 0, G_OPTION_ARG_FILENAME, &w->csv, "one row a movement: vehicles, control delay, stops, queue, level of service", "FILE.csv"},
		{"html", 0, 0, G_OPTION_ARG_FILENAME, &w->html, "a page with tables and drawings", "FILE.html"},
		{"path", 0, 0, G_OPTION_ARG_STRING, &w->path, "of its time-space diagram: edges, or just both ends (default: the busiest)", "EDGE,EDGE..."},
		G_OPTION_ENTRY_NULL,
	};
	memcpy(entries, all, sizeof all);
}

void sim_wish_finish(struct sim_wish *w)
{
	char **const owned_texts[] = {&w->tripinfo, &w->summary, &w->events, &w->csv, &w->html, &w->path};
	for (size_t k = 0; k < G_N_ELEMENTS(owned_texts); k++)
		g_free(*owned_texts[k]);
}

const char *sim_wish_wrong(const struct sim_wish *w, uint32_t n_runs)
{
	if (n_runs > 1 && (w->tripinfo || w->summary || w->events))
		return "--tripinfo, --summary and --events are of one run: --seed N instead of --seeds";
	if (w->unfinished && !w->tripinfo)
		return "--unfinished says what is in the --tripinfo, which is not asked for";
	if (w->path && !w->html)
		return "--path is that of the page's time-space diagram: it needs --html FILE";
	return NULL;
}

void sim_wish_begin(const struct sim_wish *w, struct sim_case *c, uint32_t n_runs)
{
	struct sigaction action = {.sa_handler = on_stop, .sa_flags = SA_RESETHAND};
	c->record = w->html != NULL;
	c->measure = w->measures || w->csv || w->html || c->json || n_runs > 1;
	c->path = w->path;
	c->tripinfo = w->tripinfo;
	c->summary = w->summary;
	c->events = w->events;
	c->unfinished = w->unfinished;
	c->stop = &stopped;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool sim_wish_may_write(const struct sim_wish *w, const struct sim_case *c, GError **error)
{
	return outfile_may(w->csv, error) && outfile_may(w->html, error) && outfile_may(c->json_path, error);
}

static bool write_json(const struct sim_case *c, const struct sim_runs *runs, GError **error)
{
	json_auto_t *root = sim_tables_json(runs);
	return sim_tables_save_json(root, c->json_path, error);
}

static bool write_csv(const char *path, const struct sim_runs *runs, GError **error)
{
	GString *text = sim_tables_csv(runs);
	bool good = outfile_save(path, text, error);
	g_string_free(text, TRUE);
	return good;
}

bool sim_wish_tell(const struct sim_wish *w, const struct sim_case *c, const struct sim_runs *runs, GError **error)
{
	if (w->csv && !write_csv(w->csv, runs, error))
		return false;
	if (w->html && !sim_page_of_runs(c, runs, w->html, error))
		return false;
	if (c->json && !write_json(c, runs, error))
		return false;
	if (c->json && !c->json_path)
		return true;
	if (runs->n == 1)
		sim_case_table(runs->method, &runs->results[0]);
	if (runs->n > 1 || w->measures) {
		GString *text = sim_tables_text(runs);
		printf("%s%s", runs->n == 1 ? "\n" : "", text->str);
		g_string_free(text, TRUE);
	}
	return outfile_printed(error);
}
