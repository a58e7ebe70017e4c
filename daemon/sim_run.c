/* sim_run.c - greenwave-sim run: one world under its own programs or a method, and its score. */
#include <jansson.h>
#include <stdio.h>

#include "daemon/sim_case.h"
#include "daemon/sim_commands.h"

static void print_json(const char *method, int64_t seed, const struct sim_result *r)
{
	const struct score *s = &r->score;
	json_auto_t *root = json_pack("{s:s, s:I, s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:I}",
		"method", method, "seed", (json_int_t) seed, "begin_s", r->begin_s, "end_s", r->end_s, "vehicles", (json_int_t) s->vehicles,
		"entered", (json_int_t) r->counts.departed, "arrived", (json_int_t) r->counts.arrived, "inside", (json_int_t) r->counts.inside,
		"waiting", (json_int_t) r->counts.waiting, "delay_s", s->delay_s, "time_loss_s", s->time_loss_s, "depart_delay_s", s->depart_delay_s,
		"waiting_s", s->waiting_s, "stops", s->stops, "queue_veh_mean", s->queue_veh_mean, "queue_veh_max", s->queue_veh_max,
		"throughput_vph", s->throughput_vph, "speed_mps", s->speed_mps, "trip_s", r->trip_s, "trip_loss_s", r->trip_loss_s,
		"trip_waiting_s", r->trip_waiting_s, "red_passed", (json_int_t) r->counts.red_passed, "overlaps", (json_int_t) r->counts.overlaps,
		"vehicle_steps", (json_int_t) r->counts.vehicle_steps);
	g_autofree char *text = json_dumps(root, JSON_INDENT(2));
	puts(text);
}

int sim_run(int argc, char **argv)
{
	struct sim_case c;
	g_autofree char *additional = NULL, *method = g_strdup("fixed");
	const GOptionEntry more[] = {
		{"additional", 'a', 0, G_OPTION_ARG_FILENAME, &additional, "signal programs (.add.xml) that take the place of the network's", "FILE"},
		{"method", 'm', 0, G_OPTION_ARG_STRING, &method, "fixed (the programs) or a method of the optimizer (default fixed)", "NAME"},
		G_OPTION_ENTRY_NULL,
	};
	int code = 1;
	sim_case_init(&c);
	g_autoptr(GError) error = NULL;
	if (sim_case_options(&c, more, "Drives a network's traffic and prints the score.", argc, argv, &code)) {
		struct sim_result result;
		owned(network) net = sim_case_network(&c, additional, &error);
		code = 1;
		if (net && sim_case_run(&c, net, method, (uint64_t) c.seed, &result, &error)) {
			code = 0;
			if (c.json)
				print_json(method, c.seed, &result);
			else
				sim_case_table(method, &result);
		}
	}
	if (error)
		fprintf(stderr, "greenwave-sim run: %s\n", error->message);
	sim_case_finish(&c);
	return code;
}
