/* sim_bridge.c - greenwave-sim bridge: our world as the owner of the clock, somebody's brain at the other end of contract 2.
 *
 * Sees what cameras would see, tells it, shows what it is answered, as fast as the machine goes. It trusts the answer no
 * further than the world does: a state that does not fit ends the run.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/netfile.h"
#include "daemon/bus.h"
#include "daemon/feeders.h"
#include "daemon/sim_case.h"
#include "daemon/sim_commands.h"
#include "daemon/wire.h"
#include "sim/world.h"

#define ANSWER_S 30.0
#define MAX_ON_LANE 500

struct run {
	char *endpoint, *network, *routes;
	double begin_s, end_s, step_s, view_m;
	gint64 seed;
	struct bus *bus;
	struct bus_socket *socket;
	struct network *net;
	struct routes *demand;
	struct world *world;
	struct feeders *feeders;
	uint64_t *passed; /* of each lane, at the last step */
};

static int fail(const char *why)
{
	fprintf(stderr, "greenwave-sim bridge: %s\n", why);
	return 1;
}

/* One request and its reply, which must be of the kind that fits. */
static struct wire_call *ask(struct run *r, const struct wire_call *call, enum wire_kind want, GError **error)
{
	g_autofree char *request = wire_call_write(WIRE_BRIDGE, call, r->net);
	g_autofree char *text = bus_ask(r->socket, request, ANSWER_S, error);
	if (text == NULL)
		return NULL;
	owned(wire_call) reply = wire_call_read(WIRE_BRIDGE, text, strlen(text), r->net, error);
	if (reply == NULL)
		return NULL;
	if (reply->kind == want)
		return give(reply);
	g_set_error(error, WIRE_ERROR, WIRE_ERROR_GARBAGE, "%s was answered with %s: %s", wire_kind_name(call->kind), wire_kind_name(reply->kind),
		reply->text != NULL ? reply->text : "");
	return NULL;
}

/* Vehicles on a lane within the view, nearest first, with their way to the stop line along the road. */
static void add_lane(struct run *r, struct wire_call *step, uint32_t lane)
{
	static const uint32_t max = MAX_ON_LANE;
	g_autofree struct vehicle_view *on = g_new(struct vehicle_view, max);
	g_autofree struct seen_vehicle *seen = g_new(struct seen_vehicle, max);
	uint32_t n = MIN(world_on_lane(r->world, lane, on, max), max), n_seen = 0;
	double beyond_m = feeders_beyond_m(r->feeders, lane);
	uint64_t passed = world_passed(r->world, lane);

	if (beyond_m >= r->view_m)
		return;
	for (uint32_t i = 0; i < n; i++) {
		double dist_m = fmax(r->net->lanes[lane].length_m - on[i].pos_m, 0) + beyond_m;
		if (dist_m > r->view_m)
			continue;
		seen[n_seen++] = (struct seen_vehicle){dist_m, fmax(on[i].speed_mps, 0), r->demand->types[on[i].type].length_m};
	}
	wire_call_lane(step, lane, (double) (passed - r->passed[lane]), seen, n_seen);
	r->passed[lane] = passed;
}

static bool step_once(struct run *r, GError **error)
{
	owned(wire_call) step = wire_call_new(WIRE_CALL_STEP);

	step->t_s = world_time_s(r->world);
	for (uint32_t l = 0; l < r->net->n_lanes; l++) {
		uint32_t n;
		feeders_fed(r->feeders, l, &n);
		if (n > 0)
			add_lane(r, step, l);
	}
	for (uint32_t s = 0; s < r->net->n_signals; s++)
		wire_call_light(step, s, world_shows(r->world, s));
	owned(wire_call) act = ask(r, step, WIRE_CALL_ACT, error);
	if (act == NULL)
		return false;
	for (uint32_t i = 0; i < act->n_lights; i++)
		if (!world_show(r->world, act->lights[i].signal, act->lights[i].state, error))
			return false;
	world_step(r->world);
	return true;
}

static bool run(struct run *r, GError **error)
{
	owned(wire_call) hello = wire_call_new(WIRE_CALL_HELLO);

	hello->step_s = r->step_s;
	owned(wire_call) welcome = ask(r, hello, WIRE_CALL_WELCOME, error);
	if (welcome == NULL)
		return false;
	while (world_time_s(r->world) < r->end_s - 1e-9)
		if (!step_once(r, error))
			return false;
	owned(wire_call) bye = wire_call_new(WIRE_CALL_BYE);
	owned(wire_call) byes = ask(r, bye, WIRE_CALL_BYE, error);
	return byes != NULL;
}

static bool open_world(struct run *r, GError **error)
{
	struct world_options options = {.step_s = r->step_s, .begin_s = r->begin_s, .seed = (uint64_t) r->seed};

	r->net = netfile_read(r->network, NULL, error);
	if (r->net == NULL)
		return false;
	if (r->net->n_signals == 0) {
		g_set_error(error, WIRE_ERROR, WIRE_ERROR_GARBAGE, "%s has no signals", r->network);
		return false;
	}
	r->demand = routes_read(r->routes, r->net, (uint64_t) r->seed, NULL, error);
	if (r->demand == NULL)
		return false;
	r->world = world_new(r->net, r->demand, &options, error);
	if (r->world == NULL)
		return false;
	r->feeders = feeders_new(r->net, r->view_m);
	r->passed = g_new0(uint64_t, r->net->n_lanes);
	r->bus = bus_new();
	r->socket = bus_open(r->bus, &(struct bus_options){.kind = BUS_REQ, .endpoint = r->endpoint, .max_bytes = 64 << 20}, error);
	return r->socket != NULL;
}

static void close_world(struct run *r)
{
	bus_socket_free(r->socket);
	bus_free(r->bus);
	feeders_free(r->feeders);
	world_free(r->world);
	routes_free(r->demand);
	network_free(r->net);
	g_free(r->passed);
	g_free(r->endpoint);
	g_free(r->network);
	g_free(r->routes);
}

static void print_score(const struct run *r, clock_t begun)
{
	struct sim_result result = sim_case_result(r->world, r->begin_s);

	result.cpu_s = (double) (clock() - begun) / CLOCKS_PER_SEC;
	sim_case_table("bridge", &result);
}

static bool options_check(const struct run *r, char *why, size_t size)
{
	if (r->endpoint == NULL || r->network == NULL || r->routes == NULL)
		g_snprintf(why, size, "give --bridge ENDPOINT, --network FILE.net.xml and --routes FILE.rou.xml");
	else if (!(r->end_s > r->begin_s))
		g_snprintf(why, size, "the end is %g s, must be after the begin, %g s", r->end_s, r->begin_s);
	else if (!(r->view_m > 0))
		g_snprintf(why, size, "the view is %g m, must be above 0 m", r->view_m);
	else
		return true;
	return false;
}

int sim_bridge(int argc, char **argv)
{
	struct run r = {.begin_s = 0, .end_s = 3600, .step_s = 1, .view_m = 150, .seed = 42};
	const GOptionEntry entries[] = {
		{"bridge", 'b', 0, G_OPTION_ARG_STRING, &r.endpoint, "where the brain answers (also as a plain argument)", "ENDPOINT"},
		{"network", 'n', 0, G_OPTION_ARG_FILENAME, &r.network, "SUMO network", "FILE.net.xml"},
		{"routes", 'r', 0, G_OPTION_ARG_FILENAME, &r.routes, "SUMO routes", "FILE.rou.xml"},
		{"begin", 0, 0, G_OPTION_ARG_DOUBLE, &r.begin_s, "first departures, default 0", "S"},
		{"end", 0, 0, G_OPTION_ARG_DOUBLE, &r.end_s, "stops there, default 3600", "S"},
		{"step", 0, 0, G_OPTION_ARG_DOUBLE, &r.step_s, "of the world and of the bridge, default 1", "S"},
		{"seed", 0, 0, G_OPTION_ARG_INT64, &r.seed, "default 42", "N"},
		{"view", 0, 0, G_OPTION_ARG_DOUBLE, &r.view_m, "how far up the road cameras would see, default 150", "M"},
		{0},
	};
	g_autoptr(GOptionContext) context = g_option_context_new("[ENDPOINT]");
	g_autoptr(GError) error = NULL;
	char why[160];

	g_option_context_set_summary(context, "Lets a brain time the signals of our world, in lockstep (docs/bridge.md).");
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error))
		return fail(error->message);
	if (argc == 2 && r.endpoint == NULL)
		r.endpoint = g_strdup(argv[1]);
	int code = 1;
	clock_t begun = clock();
	if (!options_check(&r, why, sizeof why))
		fail(why);
	else if (!open_world(&r, &error) || !run(&r, &error))
		fail(error->message);
	else
		code = (print_score(&r, begun), 0);
	close_world(&r);
	return code;
}
