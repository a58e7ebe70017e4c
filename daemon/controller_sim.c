/* controller_sim.c - the cabinets of `greenwave-sim play`: JSON over ZeroMQ, one request and one reply.
 *
 * At most one request is under way; what is to be shown meanwhile replaces what was to be shown before. No answer for a
 * second is a time-out: two in a row and the connection is down, then hello is tried again with back-off, for ever.
 * The other side's words are untrusted: what does not fit is counted and answered for as a refusal.
 */
#include <string.h>

#include "daemon/controllers.h"
#include "daemon/wire.h"

#define ANSWER_S 1.0
#define CONNECT_S 0.05
#define TIMEOUTS_DOWN 2
#define BACKOFF_FIRST_S 0.5
#define BACKOFF_LAST_S 8.0

struct cabinet {
	uint32_t signal;
	char *state;  /* to be shown; NULL: nothing to send */
	bool release; /* to be handed back */
};

struct controller {
	const struct network *net;
	const struct controller_events *events;
	void *user;
	struct bus_socket *socket;
	struct cabinet *cabinets;
	uint32_t n;
	bool up, under_way, status_wanted;
	bool told_down;
	enum wire_kind asked; /* what is under way */
	int64_t asked_us;     /* monotonic */
	int64_t unsent_us;    /* since when hello cannot even be sent; 0: it can */
	uint32_t timeouts;    /* in a row */
	double backoff_s;
	guint timer;	      /* answer time-out, or the pause before the next hello; 0 none */
	struct controller_health health;
};

static void ask_next(struct controller *c);
static gboolean on_timer(gpointer user);

static void set_timer(struct controller *c, double in_s)
{
	if (c->timer != 0)
		g_source_remove(c->timer);
	c->timer = in_s > 0 ? g_timeout_add((guint) (in_s * 1000), on_timer, c) : 0;
}

static void ask(struct controller *c, const struct wire_call *call)
{
	g_autofree char *body = wire_call_write(WIRE_CABINET, call, c->net);
	g_autoptr(GError) error = NULL;

	c->under_way = true;
	c->asked = call->kind;
	c->asked_us = g_get_monotonic_time();
	c->health.sent++;
	if (bus_send(c->socket, body, &error)) {
		set_timer(c, ANSWER_S);
		return;
	}
	/* Not connected yet, which takes a moment: hello is tried again soon. Else not sent is as not answered. */
	if (c->unsent_us == 0)
		c->unsent_us = c->asked_us;
	c->under_way = call->kind != WIRE_CALL_HELLO || us_to_s(c->asked_us - c->unsent_us) > ANSWER_S;
	set_timer(c, c->under_way ? ANSWER_S : CONNECT_S);
}

static void ask_hello(struct controller *c)
{
	owned(wire_call) call = wire_call_new(WIRE_CALL_HELLO);

	ask(c, call);
}

static void forget(struct controller *c)
{
	for (uint32_t i = 0; i < c->n; i++) {
		g_clear_pointer(&c->cabinets[i].state, g_free);
		c->cabinets[i].release = false;
	}
	c->status_wanted = false;
}

/* No use in asking on: say so and try hello later. */
static void go_down(struct controller *c, const char *why)
{
	forget(c);
	c->up = c->health.up = c->under_way = false;
	c->unsent_us = 0;
	set_timer(c, c->backoff_s);
	c->backoff_s = fmin(2 * c->backoff_s, BACKOFF_LAST_S);
	if (!c->told_down)
		c->events->down(c->user, why);
	c->told_down = true;
}

static gboolean on_timer(gpointer user)
{
	struct controller *c = user;

	c->timer = 0;
	if (!c->under_way) { /* the pause is over */
		ask_hello(c);
		return G_SOURCE_REMOVE;
	}
	c->under_way = false;
	c->health.timeouts++;
	c->timeouts++;
	if (c->up && c->timeouts < TIMEOUTS_DOWN)
		c->status_wanted = true, ask_next(c);
	else
		go_down(c, "the cabinets do not answer");
	return G_SOURCE_REMOVE;
}

static struct wire_call *next_call(struct controller *c)
{
	owned(wire_call) release = wire_call_new(WIRE_CALL_RELEASE);
	owned(wire_call) show = wire_call_new(WIRE_CALL_SHOW);

	for (uint32_t i = 0; i < c->n; i++)
		if (c->cabinets[i].release)
			wire_call_light(release, c->cabinets[i].signal, NULL);
	if (release->n_lights > 0) {
		for (uint32_t i = 0; i < c->n; i++)
			c->cabinets[i].release = false;
		return give(release);
	}
	for (uint32_t i = 0; i < c->n; i++)
		if (c->cabinets[i].state != NULL) {
			wire_call_light(show, c->cabinets[i].signal, c->cabinets[i].state);
			g_clear_pointer(&c->cabinets[i].state, g_free);
		}
	if (show->n_lights > 0)
		return give(show);
	return c->status_wanted ? wire_call_new(WIRE_CALL_STATUS) : NULL;
}

static void ask_next(struct controller *c)
{
	if (c->under_way || !c->up)
		return;
	owned(wire_call) call = next_call(c);
	if (call == NULL)
		return;
	c->status_wanted = false; /* each reply is one */
	ask(c, call);
}

static enum controller_mode mode_of(const char *mode)
{
	if (strcmp(mode, "central") == 0)
		return CONTROLLER_CENTRAL;
	return strcmp(mode, "local") == 0 ? CONTROLLER_LOCAL : CONTROLLER_AWAY;
}

static const struct wire_light *light_of(const struct wire_call *reply, uint32_t signal)
{
	for (uint32_t i = 0; i < reply->n_lights; i++)
		if (reply->lights[i].signal == signal && reply->lights[i].state != NULL)
			return &reply->lights[i];
	return NULL;
}

static void tell_status(struct controller *c, const struct wire_call *reply)
{
	g_autofree struct controller_status *status = g_new0(struct controller_status, c->n + 1);
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->n; i++) {
		const struct wire_light *l = light_of(reply, c->cabinets[i].signal);
		if (l != NULL)
			status[n++] = (struct controller_status){.signal = l->signal, .state = l->state, .since_us = l->since_us, .mode = mode_of(l->mode)};
	}
	c->events->status(c->user, status, n);
}

static void on_welcome(struct controller *c, const struct wire_call *reply)
{
	for (uint32_t i = 0; i < c->n; i++)
		if (light_of(reply, c->cabinets[i].signal) == NULL) {
			g_autofree char *why = g_strdup_printf("%s has no cabinet for signal %s", reply->make, c->net->signals[c->cabinets[i].signal].id);
			c->health.refused++;
			c->events->refused(c->user, why);
		}
	c->up = c->health.up = true;
	c->told_down = false;
	c->unsent_us = 0;
	c->backoff_s = BACKOFF_FIRST_S;
	c->events->up(c->user, &(struct controller_identity){.make = reply->make, .model = "simulated cabinets", .version = "", .standard = "",
		.can = controller_sim.can});
	tell_status(c, reply);
}

static char *on_reply(void *user, const char *topic, const char *body, size_t length)
{
	struct controller *c = user;
	g_autoptr(GError) error = NULL;
	owned(wire_call) reply = wire_call_read(WIRE_CABINET, body, length, c->net, &error);

	(void) topic;
	if (!c->under_way)
		return NULL; /* came after its time-out */
	c->under_way = false;
	c->timeouts = 0;
	set_timer(c, 0);
	c->health.answered++;
	c->health.answered_us = g_get_real_time();
	c->health.answer_s = us_to_s(g_get_monotonic_time() - c->asked_us);
	if (reply == NULL) {
		c->health.garbage++;
		c->events->refused(c->user, error->message);
	} else if (reply->kind == WIRE_CALL_ERROR) {
		c->health.refused++;
		c->events->refused(c->user, reply->text != NULL ? reply->text : "no reason was given");
		c->status_wanted = true; /* an error says nothing of the cabinets that did follow */
	} else if (c->asked == WIRE_CALL_HELLO && reply->kind == WIRE_CALL_WELCOME) {
		on_welcome(c, reply);
	} else if (c->asked != WIRE_CALL_HELLO && reply->kind == WIRE_CALL_STATUS) {
		tell_status(c, reply);
	}
	if (c->up)
		ask_next(c);
	else if (!c->under_way)
		go_down(c, "the cabinets did not say welcome");
	return NULL;
}

static bool sim_address(const char *address, GError **error)
{
	if (!bus_endpoint_check(address, error))
		return false;
	if (bus_endpoint_local(address))
		return true;
	g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_ADDRESS, "%s is not on this machine", address);
	return false;
}

static struct controller *sim_open(const struct controller_setup *setup, GError **error)
{
	g_autofree struct controller *c = g_new0(struct controller, 1);

	c->net = setup->net;
	c->events = setup->events;
	c->user = setup->user;
	c->backoff_s = BACKOFF_FIRST_S;
	c->health.answer_s = UNKNOWN;
	c->socket = bus_open(setup->bus, &(struct bus_options){.kind = BUS_REQ, .endpoint = setup->address}, error);
	if (c->socket == NULL)
		return NULL;
	c->n = setup->n_signals;
	c->cabinets = g_new0(struct cabinet, c->n + 1);
	for (uint32_t i = 0; i < c->n; i++)
		c->cabinets[i].signal = setup->signals[i];
	bus_watch(c->socket, on_reply, c);
	ask_hello(c);
	return g_steal_pointer(&c);
}

static void sim_close(struct controller *c)
{
	if (c == NULL)
		return;
	set_timer(c, 0);
	forget(c);
	bus_socket_free(c->socket);
	g_free(c->cabinets);
	g_free(c);
}

static struct cabinet *cabinet_of(struct controller *c, uint32_t signal)
{
	for (uint32_t i = 0; i < c->n; i++)
		if (c->cabinets[i].signal == signal)
			return &c->cabinets[i];
	return NULL;
}

static void sim_show(struct controller *c, const struct controller_command *commands, uint32_t n)
{
	if (!c->up)
		return;
	for (uint32_t i = 0; i < n; i++) {
		struct cabinet *k = cabinet_of(c, commands[i].signal);
		if (k == NULL)
			continue;
		g_free(k->state);
		k->state = g_strdup(commands[i].state);
		k->release = false;
	}
	ask_next(c);
}

static void sim_release(struct controller *c, const uint32_t *signals, uint32_t n)
{
	if (!c->up)
		return;
	for (uint32_t i = 0; i < n; i++) {
		struct cabinet *k = cabinet_of(c, signals[i]);
		if (k == NULL)
			continue;
		g_clear_pointer(&k->state, g_free);
		k->release = true;
	}
	ask_next(c);
}

static void sim_poll(struct controller *c)
{
	if (!c->up || c->under_way)
		return;
	c->status_wanted = true;
	ask_next(c);
}

static bool sim_idle(const struct controller *c)
{
	if (!c->up)
		return true; /* nobody there to hand back to: it times out by itself */
	for (uint32_t i = 0; i < c->n; i++)
		if (c->cabinets[i].release)
			return false;
	return !c->under_way;
}

static void sim_health(const struct controller *c, struct controller_health *health)
{
	*health = c->health;
}

const struct controller_driver controller_sim = {
	.name = "sim",
	.what = "the simulated cabinets of greenwave-sim play",
	.can = CONTROLLER_SHOWS | CONTROLLER_REPORTS | CONTROLLER_STREET,
	.needs_address = true,
	.address_check = sim_address,
	.open = sim_open,
	.close = sim_close,
	.show = sim_show,
	.release = sim_release,
	.poll = sim_poll,
	.idle = sim_idle,
	.health = sim_health,
};
