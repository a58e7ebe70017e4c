/* bridge.c - see bridge.h. */
#include "daemon/bridge.h"

#include <string.h>

#include "daemon/feeders.h"
#include "daemon/pilot.h"
#include "daemon/pilot_config.h"
#include "daemon/wire.h"

#define REACH_MIN_M 300.0 /* a stranger's view may be wider than ours: further lanes are accepted, they only feed less far */
#define LISTEN_S 0.25

struct bridge {
	const struct network *net;
	const struct config *config;
	struct junction_limits *limits; /* of each signal */
	struct feeders *feeders;
	GHashTable *emergency; /* ids of vehicles that had a corridor in this session */
	struct pilot *pilot; /* of this session; NULL: no hello yet */
	double now_s; /* of the step under way */
	struct bridge_counts counts;
};

static void on_alert(void *user, const char *kind, const char *where, bool active, const char *sentence)
{
	struct bridge *b = user;

	if (active && strcmp(kind, "corridor") == 0) /* nothing is wrong */
		g_message("alert/%s/%s: %s", kind, where, sentence);
	else if (active)
		g_warning("alert/%s/%s: %s", kind, where, sentence);
	else
		g_message("alert/%s/%s is over: %s", kind, where, sentence);
	(void) b;
}

/* A brain without memories; `step_s` is how often it will be asked. */
static struct pilot *new_pilot(struct bridge *b, double step_s, GError **error)
{
	struct pilot_options o = pilot_config_options(b->config);

	o.lockstep = true;
	o.optimizer.step_s = fmax(o.optimizer.step_s, step_s);
	o.limits = b->limits;
	o.on_alert = on_alert;
	o.user = b;
	return pilot_new(b->net, &o, error);
}

/* Where no file sets limits, methods that run a signal's own program run it as it is. */
static struct junction_limits limits_of(const struct config *config, const struct net_signal *signal)
{
	if (config->path == NULL && pilot_runs_programs(config->control.method))
		return junction_limits_of(&signal->programs[0]);
	return config_limits_of(config, signal->id);
}

struct bridge *bridge_new(const struct network *net, const struct config *config, GError **error)
{
	owned(bridge) b = g_new0(struct bridge, 1);

	b->net = net;
	b->emergency = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	b->config = config;
	b->limits = g_new0(struct junction_limits, net->n_signals + 1);
	for (uint32_t s = 0; s < net->n_signals; s++)
		b->limits[s] = limits_of(config, &net->signals[s]);
	owned(pilot) trial = new_pilot(b, 1, error);
	if (trial == NULL)
		return NULL;
	for (uint32_t s = 0; s < net->n_signals; s++)
		if (pilot_unguarded(trial, s) != NULL)
			on_alert(b, "signal-unguarded", net->signals[s].id, true, pilot_unguarded(trial, s));
	b->feeders = feeders_new(net, fmax(2 * config->view_m, REACH_MIN_M));
	return give(b);
}

void bridge_free(struct bridge *b)
{
	if (b == NULL)
		return;
	pilot_free(b->pilot);
	g_clear_pointer(&b->emergency, g_hash_table_unref);
	feeders_free(b->feeders);
	g_free(b->limits);
	g_free(b);
}

struct bridge_counts bridge_counts(const struct bridge *b)
{
	return b->counts;
}

static char *refuse(struct bridge *b, const char *why)
{
	b->counts.refused++;
	g_message("bridge: refused a request: %s", why);
	return wire_refusal(why);
}

/* How a session went, for the log. */
static void tell_session(const struct bridge *b)
{
	struct pilot_counts c = pilot_counts(b->pilot);

	g_message("bridge: session over: %" G_GUINT64_FORMAT " ticks, %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " junction ticks by the optimizer, %"
		G_GUINT64_FORMAT " decisions refused, %" G_GUINT64_FORMAT " states adopted that were not asked for", c.ticks, c.adaptive,
		c.ticks * pilot_n(b->pilot), c.refused, c.disagreed);
}

static void end_session(struct bridge *b)
{
	if (b->pilot != NULL)
		tell_session(b);
	pilot_free(b->pilot);
	b->pilot = NULL;
}

bool bridge_begin(struct bridge *b, double step_s, GError **error)
{
	end_session(b);
	b->pilot = new_pilot(b, step_s, error);
	if (b->pilot == NULL)
		return false;
	feeders_free(b->feeders);
	b->feeders = feeders_new(b->net, fmax(2 * b->config->view_m, REACH_MIN_M));
	g_hash_table_remove_all(b->emergency);
	b->counts.sessions++;
	return true;
}

static char *on_hello(struct bridge *b, const struct wire_call *call)
{
	g_autoptr(GError) error = NULL;

	if (!bridge_begin(b, call->step_s, &error))
		return refuse(b, error->message);
	owned(wire_call) welcome = wire_call_new(WIRE_CALL_WELCOME);
	for (uint32_t s = 0; s < b->net->n_signals; s++)
		wire_call_light(welcome, s, NULL);
	return wire_call_write(WIRE_BRIDGE, welcome, b->net);
}

/* What a signal that nobody guards shows by itself: SUMO's first program at t_s. */
static const char *own_state(const struct net_signal *signal, double t_s)
{
	const struct net_program *p = &signal->programs[0];
	double cycle_s = 0, in_cycle_s;

	for (uint32_t i = 0; i < p->n_phases; i++)
		cycle_s += p->phases[i].duration_s;
	in_cycle_s = cycle_s > 0 ? fmod(t_s - p->offset_s, cycle_s) : 0;
	if (in_cycle_s < 0)
		in_cycle_s += cycle_s;
	for (uint32_t i = 0; i + 1 < p->n_phases; i++) {
		if (in_cycle_s < p->phases[i].duration_s)
			return p->phases[i].state;
		in_cycle_s -= p->phases[i].duration_s;
	}
	return p->phases[p->n_phases - 1].state;
}

static void on_estimate(void *user, const struct estimate *e)
{
	struct bridge *b = user;

	pilot_see(b->pilot, e, b->now_s);
}

static void take_in(struct bridge *b, const struct wire_call *call)
{
	for (uint32_t i = 0; i < call->n_lights; i++) {
		const struct wire_light *l = &call->lights[i];
		uint32_t j = pilot_find(b->pilot, l->signal);
		if (j != NET_NONE && l->state != NULL)
			pilot_reported(b->pilot, j, l->state, STREET_CENTRAL, call->t_s);
	}
	b->now_s = call->t_s;
	feeders_begin(b->feeders, isnan(call->taken_s) ? call->t_s : call->taken_s);
	for (uint32_t i = 0; i < call->n_lanes; i++) {
		const struct wire_lane *l = &call->lanes[i];
		feeders_see(b->feeders, l->lane, l->vehicles, l->n_vehicles, l->passed_veh);
	}
	feeders_end(b->feeders, b->config->view_m, on_estimate, b);
}

/* The emergency vehicles that the world names: those that it names no longer are gone. */
static void follow_emergency(struct bridge *b, const struct wire_call *call)
{
	struct corridors *cs = pilot_corridors(b->pilot);
	for (uint32_t k = corridors_n(cs); k-- > 0;) {
		bool named = false;
		g_autofree char *id = g_strdup(corridors_get(cs, k)->id);
		for (uint32_t i = 0; i < call->n_corridors; i++)
			named = named || strcmp(call->corridors[i].id, id) == 0;
		if (!named)
			corridors_end(cs, id, "the world names it no longer", NULL);
	}
	for (uint32_t i = 0; i < call->n_corridors; i++) {
		const struct wire_corridor *c = &call->corridors[i];
		struct corridors_place place = {.lane = network_lane(b->net, c->lane), .pos_m = c->pos_m, .speed_mps = c->speed_mps};
		g_autofree uint32_t *edges = g_new(uint32_t, g_strv_length(c->edges) + 1);
		uint32_t n = 0;
		for (char **edge = c->edges; *edge != NULL; edge++)
			if ((edges[n] = network_edge(b->net, *edge)) != NET_NONE)
				n++;
		bool known = g_hash_table_contains(b->emergency, c->id);
		if (!known) /* once: it ends when the last signal is behind it */
			corridors_begin(cs, c->id, edges, n, c->priority, call->t_s, NULL);
		g_hash_table_add(b->emergency, g_strdup(c->id));
		if (place.lane != NET_NONE)
			corridors_seen(cs, c->id, &place, call->t_s - c->age_s, NULL);
	}
}

struct wire_call *bridge_act(struct bridge *b, const struct wire_call *call)
{
	take_in(b, call);
	follow_emergency(b, call);
	pilot_tick(b->pilot, call->t_s);
	b->counts.steps++;
	owned(wire_call) act = wire_call_new(WIRE_CALL_ACT);
	act->t_s = call->t_s;
	for (uint32_t s = 0; s < b->net->n_signals; s++) {
		uint32_t j = pilot_find(b->pilot, s);
		struct pilot_look look;
		if (j == NET_NONE) {
			wire_call_light(act, s, own_state(&b->net->signals[s], call->t_s));
			continue;
		}
		pilot_look(b->pilot, j, &look);
		wire_call_light(act, s, look.show);
	}
	return give(act);
}

const struct pilot *bridge_pilot(const struct bridge *b)
{
	return b->pilot;
}

static char *on_step(struct bridge *b, const struct wire_call *call)
{
	if (b->pilot == NULL)
		return refuse(b, "step came before hello: begin with {\"type\":\"hello\",\"v\":1,\"step_s\":1.0}");
	owned(wire_call) act = bridge_act(b, call);
	return wire_call_write(WIRE_BRIDGE, act, b->net);
}

char *bridge_answer(struct bridge *b, const char *request, size_t length)
{
	g_autoptr(GError) error = NULL;
	owned(wire_call) call = wire_call_read(WIRE_BRIDGE, request, length, b->net, &error);

	if (call == NULL)
		return refuse(b, error->message);
	switch (call->kind) {
	case WIRE_CALL_HELLO:
		return on_hello(b, call);
	case WIRE_CALL_STEP:
		return on_step(b, call);
	case WIRE_CALL_BYE: {
		owned(wire_call) bye = wire_call_new(WIRE_CALL_BYE);
		end_session(b);
		return wire_call_write(WIRE_BRIDGE, bye, b->net);
	}
	default: {
		g_autofree char *why = g_strdup_printf("the bridge does not take \"%s\", only hello, step and bye", wire_kind_name(call->kind));
		return refuse(b, why);
	}
	}
}

bool bridge_run(struct bridge *b, const char *endpoint, const volatile sig_atomic_t *stop, GError **error)
{
	owned(bus) bus = bus_new();
	owned(bus_socket) socket = bus_open(bus, &(struct bus_options){.kind = BUS_REP, .bind = true, .endpoint = endpoint,
		.max_bytes = 64 << 20 /* a city's vehicles in one request */}, error);

	if (socket == NULL)
		return false;
	g_message("bridge: listening on %s, %u signals", bus_endpoint(socket), b->net->n_signals);
	while (!*stop) {
		g_autofree char *topic = NULL, *request = NULL;
		size_t length = 0;
		if (!bus_wait(socket, LISTEN_S, &topic, &request, &length))
			continue;
		g_autofree char *reply = bridge_answer(b, request, length);
		bus_answer(socket, reply);
	}
	g_message("bridge: %" G_GUINT64_FORMAT " sessions, %" G_GUINT64_FORMAT " steps, %" G_GUINT64_FORMAT " requests refused", b->counts.sessions,
		b->counts.steps, b->counts.refused);
	return true;
}
