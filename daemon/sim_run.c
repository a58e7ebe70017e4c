/* sim_run.c - greenwave-sim run: one world under its own programs or a method, once or with several seeds, and what came of it. */
#include <signal.h>
#include <stdio.h>

#include "daemon/outfile.h"
#include "daemon/seedlist.h"
#include "daemon/sim_commands.h"
#include "daemon/sim_page.h"
#include "daemon/sim_pool.h"
#include "daemon/sim_tables.h"

struct wish { /* what is wanted of the runs, owned */
	char *additional, *method, *seeds;
	char *tripinfo, *summary, *csv, *html, *path;
	gboolean unfinished, measures;
};

static volatile sig_atomic_t stopped;

static void on_stop(int signal)
{
	(void) signal;
	stopped = 1;
}

/* Ctrl-C ends the run with its files unwritten, not half-written. */
static void listen_for_stop(void)
{
	struct sigaction action = {.sa_handler = on_stop, .sa_flags = SA_RESETHAND};
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static void wish_finish(struct wish *w)
{
	char **const owned_texts[] = {&w->additional, &w->method, &w->seeds, &w->tripinfo, &w->summary, &w->csv, &w->html, &w->path};
	for (size_t k = 0; k < G_N_ELEMENTS(owned_texts); k++)
		g_free(*owned_texts[k]);
}

/* What is wrong with the wishes, or NULL. */
static const char *wrong_with(const struct wish *w, uint32_t n_seeds)
{
	if (n_seeds > 1 && (w->tripinfo || w->summary))
		return "--tripinfo and --summary are of one run: --seed N instead of --seeds";
	if (w->unfinished && !w->tripinfo)
		return "--unfinished says what is in the --tripinfo, which is not asked for";
	if (w->path && !w->html)
		return "--path is that of the page's time-space diagram: it needs --html FILE";
	return NULL;
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

static bool may_write(const struct sim_case *c, const struct wish *wish, GError **error)
{
	return outfile_may(wish->csv, error) && outfile_may(wish->html, error) && outfile_may(c->json_path, error);
}

static bool tell(const struct sim_case *c, const struct wish *wish, const struct sim_runs *runs, GError **error)
{
	if (wish->csv && !write_csv(wish->csv, runs, error))
		return false;
	if (wish->html && !sim_page_of_runs(c, runs, wish->html, error))
		return false;
	if (c->json && !write_json(c, runs, error))
		return false;
	if (c->json && !c->json_path)
		return true;
	if (runs->n == 1)
		sim_case_table(runs->method, &runs->results[0]);
	if (runs->n > 1 || wish->measures) {
		GString *text = sim_tables_text(runs);
		printf("%s%s", runs->n == 1 ? "\n" : "", text->str);
		g_string_free(text, TRUE);
	}
	return true;
}

static int run(const struct sim_case *c, const struct wish *wish, const uint64_t *seeds, uint32_t n, GError **error)
{
	g_autofree struct sim_job *jobs = g_new0(struct sim_job, n);
	g_autofree struct sim_result *results = g_new0(struct sim_result, n);
	struct sim_runs runs = {.method = wish->method, .results = results, .seeds = seeds, .n = n};
	owned(network) net = may_write(c, wish, error) ? sim_case_network(c, wish->additional, error) : NULL;
	if (!net)
		return 1;
	for (uint32_t k = 0; k < n; k++)
		jobs[k] = (struct sim_job){.with = c, .net = net, .method = wish->method, .seed = seeds[k], .record = c->record && k == 0};
	bool good = n == 1 ? sim_case_run(c, net, wish->method, seeds[0], &jobs[0].result, error)
			   : sim_pool_run(jobs, n, (uint32_t) c->threads, error);
	if (!good)
		return 1;
	for (uint32_t k = 0; k < n; k++)
		results[k] = jobs[k].result;
	good = tell(c, wish, &runs, error) && outfile_printed(error);
	for (uint32_t k = 0; k < n; k++)
		sim_result_finish(&results[k]);
	return good ? 0 : 1;
}

static int begin(struct sim_case *c, const struct wish *wish, GError **error)
{
	uint32_t n = 1;
	g_autofree uint64_t *seeds = seedlist_parse(wish->seeds, (uint64_t) c->seed, &n, error);
	const char *wrong = seeds ? wrong_with(wish, n) : NULL;
	if (wrong)
		fprintf(stderr, "greenwave-sim run: %s\n", wrong);
	if (!seeds || wrong)
		return 2;
	c->record = wish->html != NULL;
	c->measure = wish->measures || wish->csv || wish->html || c->json || n > 1;
	c->path = wish->path;
	c->tripinfo = wish->tripinfo;
	c->summary = wish->summary;
	c->unfinished = wish->unfinished;
	g_autofree char *additional = g_strjoin(c->additional && wish->additional ? "," : "", c->additional ? c->additional : "",
		wish->additional ? wish->additional : "", NULL);
	c->detectors = *additional ? additional : NULL;
	c->stop = &stopped;
	listen_for_stop();
	int code = run(c, wish, seeds, n, error);
	c->detectors = NULL;
	return stopped ? 130 : code;
}

int sim_run(int argc, char **argv)
{
	struct sim_case c;
	struct wish wish = {.method = g_strdup("fixed")};
	const GOptionEntry more[] = {
		{"additional", 'a', 0, G_OPTION_ARG_FILENAME, &wish.additional, "signal programs (.add.xml) that take the place of the network's", "FILE"},
		{"method", 'm', 0, G_OPTION_ARG_STRING, &wish.method, "fixed (the programs) or a method of the optimizer (default fixed)", "NAME"},
		{"seeds", 0, 0, G_OPTION_ARG_STRING, &wish.seeds, "several: 1-10, 3,5,9, or so many from --seed on; means with 95 % intervals", "LIST"},
		{"measures", 0, 0, G_OPTION_ARG_NONE, &wish.measures, "print queues, fuel, pedestrians and each movement's level of service too", NULL},
		{"tripinfo", 0, 0, G_OPTION_ARG_FILENAME, &wish.tripinfo, "SUMO's tripinfo, one line a finished trip (may be .gz)", "FILE.xml"},
		{"unfinished", 0, 0, G_OPTION_ARG_NONE, &wish.unfinished, "and those still on the road at the end (SUMO's write-unfinished)", NULL},
		{"summary", 0, 0, G_OPTION_ARG_FILENAME, &wish.summary, "SUMO's summary, one line a step (may be .gz)", "FILE.xml"},
		{"csv", 0, 0, G_OPTION_ARG_FILENAME, &wish.csv, "one row a movement: vehicles, control delay, stops, queue, level of service", "FILE.csv"},
		{"html", 0, 0, G_OPTION_ARG_FILENAME, &wish.html, "a page with tables and drawings", "FILE.html"},
		{"path", 0, 0, G_OPTION_ARG_STRING, &wish.path, "of its time-space diagram: edges, or just both ends (default: the busiest)", "EDGE,EDGE..."},
		G_OPTION_ENTRY_NULL,
	};
	int code = 1;
	sim_case_init(&c);
	g_autoptr(GError) error = NULL;
	if (sim_case_options(&c, more, "Drives a network's traffic and prints the score.", argc, argv, &code))
		code = begin(&c, &wish, &error);
	if (error)
		fprintf(stderr, "greenwave-sim run: %s\n", error->message);
	sim_case_finish(&c);
	wish_finish(&wish);
	return code;
}
