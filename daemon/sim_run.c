/* sim_run.c - greenwave-sim run: one world under its own programs or a method, once or with several seeds, and what came of it. */
#include <stdio.h>

#include "daemon/seedlist.h"
#include "daemon/sim_commands.h"
#include "daemon/sim_pool.h"
#include "daemon/sim_wish.h"

struct order { /* owned */
	char *additional, *method, *seeds;
	struct sim_wish wish;
};

static int run(const struct sim_case *c, const struct order *order, const uint64_t *seeds, uint32_t n, GError **error)
{
	g_autofree struct sim_job *jobs = g_new0(struct sim_job, n);
	g_autofree struct sim_result *results = g_new0(struct sim_result, n);
	struct sim_runs runs = {.method = order->method, .results = results, .seeds = seeds, .n = n};
	owned(network) net = sim_wish_may_write(&order->wish, c, error) ? sim_case_network(c, order->additional, error) : NULL;
	if (!net)
		return 1;
	for (uint32_t k = 0; k < n; k++)
		jobs[k] = (struct sim_job){.with = c, .net = net, .method = order->method, .seed = seeds[k], .record = c->record && k == 0};
	bool good = n == 1 ? sim_case_run(c, net, order->method, seeds[0], &jobs[0].result, error)
			   : sim_pool_run(jobs, n, (uint32_t) c->threads, error);
	if (!good)
		return 1;
	for (uint32_t k = 0; k < n; k++)
		results[k] = jobs[k].result;
	good = sim_wish_tell(&order->wish, c, &runs, error);
	for (uint32_t k = 0; k < n; k++)
		sim_result_finish(&results[k]);
	return good ? 0 : 1;
}

static int begin(struct sim_case *c, const struct order *order, GError **error)
{
	uint32_t n = 1;
	g_autofree uint64_t *seeds = seedlist_parse(order->seeds, (uint64_t) c->seed, &n, error);
	const char *wrong = seeds ? sim_wish_wrong(&order->wish, n) : NULL;
	if (wrong)
		fprintf(stderr, "greenwave-sim run: %s\n", wrong);
	if (!seeds || wrong)
		return 2;
	sim_wish_begin(&order->wish, c, n);
	g_autofree char *additional = g_strjoin(c->additional && order->additional ? "," : "", c->additional ? c->additional : "",
		order->additional ? order->additional : "", NULL);
	c->detectors = *additional ? additional : NULL;
	int code = run(c, order, seeds, n, error);
	c->detectors = NULL;
	return sim_wish_stopped() ? 130 : code;
}

int sim_run(int argc, char **argv)
{
	struct sim_case c;
	struct order order = {.method = g_strdup("fixed")};
	GOptionEntry more[3 + SIM_WISH_ENTRIES] = {
		{"additional", 'a', 0, G_OPTION_ARG_FILENAME, &order.additional, "signal programs (.add.xml) that take the place of the network's", "FILE"},
		{"method", 'm', 0, G_OPTION_ARG_STRING, &order.method, "fixed (the programs) or a method of the optimizer (default fixed)", "NAME"},
		{"seeds", 0, 0, G_OPTION_ARG_STRING, &order.seeds, "several: 1-10, 3,5,9, or so many from --seed on; means with 95 % intervals", "LIST"},
	};
	int code = 1;
	sim_wish_entries(&order.wish, more + 3);
	sim_case_init(&c);
	g_autoptr(GError) error = NULL;
	if (sim_case_options(&c, more, "Drives a network's traffic and prints the score.", argc, argv, &code))
		code = begin(&c, &order, &error);
	if (error)
		fprintf(stderr, "greenwave-sim run: %s\n", error->message);
	sim_case_finish(&c);
	g_free(order.additional);
	g_free(order.method);
	g_free(order.seeds);
	sim_wish_finish(&order.wish);
	return code;
}
