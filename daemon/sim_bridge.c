/* sim_bridge.c - greenwave-sim bridge: our world as the owner of the clock, somebody's brain at the other end of contract 2.
 *
 * Sees what cameras would see, tells it, shows what it is answered, as fast as the machine goes. It trusts the answer no
 * further than the world does: a state that does not fit ends the run. What came of it is told as `run` tells it.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/bus.h"
#include "daemon/eyes.h"
#include "daemon/sim_commands.h"
#include "daemon/sim_wish.h"
#include "daemon/wire.h"

#define ANSWER_S 30.0
#define VIEW_M 150.0 /* contract 2's, where nothing else is said */

struct run {
	const struct sim_case *with;
	const char *endpoint;
	struct bus *bus;
	struct bus_socket *socket;
	const struct network *net;
	const struct routes *demand;
	struct world *world;
	struct feeders *feeders;
	uint64_t *passed; /* of each lane, at the last step */
	double scoring_s; /* scores begin then; INFINITY: they have */
};

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

static void add_lane(struct run *r, struct wire_call *step, uint32_t lane)
{
	struct seen_vehicle seen[EYES_MOST];
	uint64_t passed = world_passed(r->world, lane);

	if (feeders_beyond_m(r->feeders, lane) >= r->with->view_m)
		return;
	uint32_t n = eyes_look(r->world, r->feeders, lane, r->with->view_m, seen);
	wire_call_lane(step, lane, (double) (passed - r->passed[lane]), seen, n);
	r->passed[lane] = passed;
}

/* Its emergency vehicles, for a corridor each. */
static void add_emergency(struct run *r, struct wire_call *step)
{
	struct vehicle_view v;
	for (uint32_t k = 0; k < world_n_vehicles(r->world); k++) {
		world_vehicle(r->world, k, &v);
		if (!(r->demand->types[v.type].vclass & NET_EMERGENCY))
			continue;
		const struct departure *d = &r->demand->departures[v.id];
		const struct route *route = &r->demand->routes[d->route];
		struct wire_corridor *c = wire_call_corridor(step, WIRE_CORRIDOR_AT, d->id);
		c->edges = g_new0(char *, route->n_edges + 1);
		for (uint32_t i = 0; i < route->n_edges; i++)
			c->edges[i] = g_strdup(r->net->edges[route->edges[i]].id);
		g_strlcpy(c->lane, r->net->lanes[v.lane].id, sizeof c->lane);
		c->pos_m = fmax(v.pos_m, 0);
		c->speed_mps = fmax(v.speed_mps, 0);
	}
}

static bool on_step(void *user, GError **error)
{
	struct run *r = user;
	owned(wire_call) step = wire_call_new(WIRE_CALL_STEP);

	if (world_time_s(r->world) >= r->scoring_s) {
		world_score_reset(r->world);
		r->scoring_s = INFINITY;
	}
	step->t_s = world_time_s(r->world);
	for (uint32_t l = 0; l < r->net->n_lanes; l++) {
		uint32_t n;
		feeders_fed(r->feeders, l, &n);
		if (n > 0 || feeders_inside(r->feeders, l))
			add_lane(r, step, l);
	}
	for (uint32_t s = 0; s < r->net->n_signals; s++)
		wire_call_light(step, s, world_shows(r->world, s));
	if (r->with->emergency)
		add_emergency(r, step);
	owned(wire_call) act = ask(r, step, WIRE_CALL_ACT, error);
	if (act == NULL)
		return false;
	for (uint32_t i = 0; i < act->n_lights; i++)
		if (!world_show(r->world, act->lights[i].signal, act->lights[i].state, error))
			return false;
	world_step(r->world);
	return true;
}

static bool greet(struct run *r, GError **error)
{
	owned(wire_call) hello = wire_call_new(WIRE_CALL_HELLO);

	hello->step_s = r->with->step_s;
	owned(wire_call) welcome = ask(r, hello, WIRE_CALL_WELCOME, error);
	return welcome != NULL;
}

static bool part(struct run *r, GError **error)
{
	owned(wire_call) bye = wire_call_new(WIRE_CALL_BYE);
	owned(wire_call) byes = ask(r, bye, WIRE_CALL_BYE, error);
	return byes != NULL;
}

static const struct world *on_open(void *user, const struct network *net, const struct routes *routes, const struct world_options *o, GError **error)
{
	struct run *r = user;

	r->net = net;
	r->demand = routes;
	r->world = world_new(net, routes, o, error);
	if (r->world == NULL)
		return NULL;
	r->scoring_s = r->with->warmup_s > 0 ? o->begin_s + r->with->warmup_s : INFINITY;
	r->feeders = feeders_new(net, r->with->view_m);
	r->passed = g_new0(uint64_t, net->n_lanes);
	return greet(r, error) ? r->world : NULL;
}

static void on_close(void *user)
{
	struct run *r = user;

	feeders_free(r->feeders);
	world_free(r->world);
	g_free(r->passed);
}

/* The whole session, and what came of it. */
static bool run(struct run *r, const struct sim_wish *wish, const struct network *net, GError **error)
{
	const struct sim_driver by = {r, on_open, on_step, on_close};
	const uint64_t seed = (uint64_t) r->with->seed;
	struct sim_result result;

	r->bus = bus_new();
	r->socket = bus_open(r->bus, &(struct bus_options){.kind = BUS_REQ, .endpoint = r->endpoint, .max_bytes = 64 << 20}, error);
	bool good = r->socket != NULL && sim_case_drive(r->with, net, seed, &by, &result, error);
	if (good) {
		const struct sim_runs runs = {.method = "bridge", .results = &result, .seeds = &seed, .n = 1};
		good = part(r, error) && sim_wish_tell(wish, r->with, &runs, error);
		if (result.counts.red_passed || result.counts.overlaps) {
			fprintf(stderr, "greenwave-sim bridge: the world's self-check failed: a red light was passed or vehicles overlapped\n");
			good = false;
		}
		sim_result_finish(&result);
	}
	bus_socket_free(r->socket);
	bus_free(r->bus);
	return good;
}

static int begin(struct sim_case *c, const char *endpoint, const struct sim_wish *wish, GError **error)
{
	const char *wrong = endpoint == NULL ? "needs --bridge ENDPOINT" : !(c->view_m > 0) ? "--view must be above 0 m" : sim_wish_wrong(wish, 1);

	if (wrong) {
		fprintf(stderr, "greenwave-sim bridge: %s\n", wrong);
		return 2;
	}
	sim_wish_begin(wish, c, 1);
	owned(network) net = sim_wish_may_write(wish, c, error) ? sim_case_network(c, NULL, error) : NULL;
	if (net && net->n_signals == 0)
		g_set_error(error, WIRE_ERROR, WIRE_ERROR_GARBAGE, "%s has no signals", c->network);
	struct run r = {.with = c, .endpoint = endpoint};
	bool good = net && net->n_signals && run(&r, wish, net, error);
	return sim_wish_stopped() ? 130 : good ? 0 : 1;
}

/* "bridge ENDPOINT ..." is "bridge --bridge ENDPOINT ...". Owned by the caller, its words are not. */
static char **with_endpoint(int *argc, char **argv)
{
	bool plain = *argc > 1 && argv[1][0] != '-' && strstr(argv[1], "://");
	char **words = g_new0(char *, *argc + 2);
	int n = 0;
	for (int k = 0; k < *argc; k++) {
		if (plain && k == 1)
			words[n++] = (char *) "--bridge";
		words[n++] = argv[k];
	}
	*argc = n;
	return words;
}

int sim_bridge(int argc, char **argv)
{
	struct sim_case c;
	struct sim_wish wish = {0};
	g_autofree char *endpoint = NULL;
	g_autofree char **words = with_endpoint(&argc, argv);
	GOptionEntry more[1 + SIM_WISH_ENTRIES] = {
		{"bridge", 0, 0, G_OPTION_ARG_STRING, &endpoint, "where the brain answers (also as the first plain argument)", "ENDPOINT"},
	};
	int code = 1;
	sim_wish_entries(&wish, more + 1);
	sim_case_init(&c);
	c.view_m = VIEW_M;
	words[0] = (char *) "bridge"; /* greenwave-sim --bridge comes here as well */
	g_autoptr(GError) error = NULL;
	if (sim_case_options(&c, more, "Lets a brain time the signals of our world, in lockstep (docs/bridge.md).", argc, words, &code))
		code = begin(&c, endpoint, &wish, &error);
	if (error)
		fprintf(stderr, "greenwave-sim bridge: %s\n", error->message);
	sim_case_finish(&c);
	sim_wish_finish(&wish);
	return code;
}
