/* sumo_world.c - see sumo_world.h. */
#include "daemon/sumo_world.h"

#include <string.h>

#include "daemon/sumo_emergency.h"

#define ID_MOST 1024

struct lamp {         /* a signal of the network */
	bool here;        /* SUMO has it */
	uint32_t n_links; /* as SUMO counts them; 0: not told yet */
	char *shows;      /* as SUMO says */
	char *told;       /* the last we sent; NULL: nothing yet */
	char *wish;       /* what it must show from the next step on; NULL: let it be */
};

struct sumo_world {
	struct traci *connection;
	const struct network *net;
	struct sumo_view *view;
	struct sumo_emergency *emergency;
	struct traci_out *message;
	struct lamp *lamps;
	bool shared; /* with other clients */
	char *version;
	double t_s, step_s;
	uint64_t departed, arrived, expected;
};

/* An id as our own functions want it; false when it is too long for any. */
static bool copy_id(struct traci_text id, char name[ID_MOST])
{
	if (id.length >= ID_MOST)
		return false;
	memcpy(name, id.at, id.length);
	name[id.length] = 0;
	return true;
}

static uint32_t signal_of(const struct sumo_world *w, struct traci_text id)
{
	char name[ID_MOST];

	return copy_id(id, name) ? network_signal(w->net, name) : NET_NONE;
}

static bool is_state(struct traci_text text, uint32_t n_links)
{
	for (uint32_t i = 0; i < text.length; i++)
		if (text.at[i] == 0 || strchr(WIRE_LETTERS, text.at[i]) == NULL)
			return false;
	return text.length == n_links;
}

static bool mismatch(GError **error, const char *signal, const char *format, ...) G_GNUC_PRINTF(3, 4);
static bool mismatch(GError **error, const char *signal, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *what = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(error, TRACI_ERROR, TRACI_ERROR_GARBAGE, "signal %s: %s; is it the network that SUMO runs?", signal, what);
	return false;
}

static void on_ids(struct sumo_world *w, struct traci_value ids)
{
	struct traci_value id;

	while (traci_next(&ids, &id)) {
		uint32_t signal = signal_of(w, id.text);
		if (signal != NET_NONE) /* others are not ours: level crossings, signals of a newer network */
			w->lamps[signal].here = true;
	}
}

static bool has_link(const struct network *net, uint32_t signal, uint32_t link, struct traci_text from, struct traci_text to)
{
	char name[ID_MOST];
	uint32_t lane = copy_id(from, name) ? network_lane(net, name) : NET_NONE;

	for (uint32_t i = 0; lane != NET_NONE && i < net->lanes[lane].n_links; i++) {
		const struct net_link *l = &net->links[net->lanes[lane].first_link + i];
		if (l->signal == signal && l->signal_link == link && traci_text_is(to, net->lanes[l->to_lane].id))
			return true;
	}
	return false;
}

/* Each link that SUMO has at this letter must be one of ours. */
static bool compare_link(struct sumo_world *w, uint32_t signal, uint32_t link, struct traci_value lanes, GError **error)
{
	struct traci_value from, to;

	if (!traci_next(&lanes, &from) || !traci_next(&lanes, &to))
		return mismatch(error, w->net->signals[signal].id, "SUMO's link %u has no lanes", link);
	if (has_link(w->net, signal, link, from.text, to.text))
		return true;
	g_autofree char *a = traci_printable(from.text), *b = traci_printable(to.text);
	return mismatch(error, w->net->signals[signal].id, "SUMO's link %u goes from %s to %s, the network's does not", link, a, b);
}

/* Compound: the number of signal links, then for each the number of its connections and as many lists [in, out, via]. */
static bool on_links(struct sumo_world *w, uint32_t signal, struct traci_value all, GError **error)
{
	struct traci_value entry;
	struct lamp *lamp = &w->lamps[signal];

	if (all.type != TRACI_COMPOUND || !traci_next(&all, &entry) || entry.type != TRACI_INT || !(entry.number >= 0))
		return mismatch(error, w->net->signals[signal].id, "its links as SUMO tells them cannot be read");
	lamp->n_links = (uint32_t) entry.number;
	for (uint32_t link = 0; link < lamp->n_links; link++) {
		if (!traci_next(&all, &entry) || entry.type != TRACI_INT || !(entry.number >= 0))
			return mismatch(error, w->net->signals[signal].id, "its links as SUMO tells them cannot be read");
		for (uint32_t k = (uint32_t) entry.number; k > 0; k--)
			if (!traci_next(&all, &entry) || entry.type != TRACI_TEXTS)
				return mismatch(error, w->net->signals[signal].id, "its links as SUMO tells them cannot be read");
			else if (!compare_link(w, signal, link, entry, error))
				return false;
	}
	return true;
}

static bool on_signal(struct sumo_world *w, struct traci_text id, const struct traci_value *value, GError **error)
{
	uint32_t signal = signal_of(w, id);

	if (value->variable == TRACI_IDS) {
		on_ids(w, *value);
		return true;
	}
	if (signal == NET_NONE)
		return true;
	struct lamp *lamp = &w->lamps[signal];
	if (value->variable == TRACI_SIGNAL_LINKS)
		return on_links(w, signal, *value, error);
	if (value->variable != TRACI_SIGNAL_STATE)
		return true;
	if (!is_state(value->text, w->net->signals[signal].n_links)) {
		g_autofree char *state = traci_printable(value->text);
		return mismatch(
			error, w->net->signals[signal].id, "SUMO shows \"%s\", the network has %u links", state, w->net->signals[signal].n_links);
	}
	g_free(lamp->shows);
	lamp->shows = g_strndup(value->text.at, value->text.length);
	return true;
}

static bool on_simulation(struct sumo_world *w, const struct traci_value *values, uint32_t n, GError **error)
{
	for (uint32_t i = 0; i < n; i++) {
		double number = values[i].number;
		if (values[i].variable == TRACI_ENTERED) {
			sumo_emergency_entered(w->emergency, values[i]);
			continue;
		}
		if (!(number >= 0 && number <= 1e10)) {
			g_set_error(error, TRACI_ERROR, TRACI_ERROR_GARBAGE, "SUMO's variable 0x%02x is %g, must be from 0 to 1e10", values[i].variable,
				number);
			return false;
		}
		switch (values[i].variable) {
		case TRACI_TIME:
			w->t_s = number;
			break;
		case TRACI_STEP_LENGTH:
			w->step_s = number;
			break;
		case TRACI_DEPARTED:
			w->departed += (uint64_t) number;
			break;
		case TRACI_ARRIVED:
			w->arrived += (uint64_t) number;
			break;
		case TRACI_EXPECTED:
			w->expected = (uint64_t) number;
			break;
		}
	}
	return true;
}

static bool on_object(void *user, uint8_t result, struct traci_text around, struct traci_text object, const struct traci_value *values,
	uint32_t n, GError **error)
{
	struct sumo_world *w = user;

	(void) around;
	switch (result) {
	case TRACI_GET_SIGNAL + TRACI_RESULT:
	case TRACI_WATCH_SIGNAL + TRACI_RESULT:
		for (uint32_t i = 0; i < n; i++)
			if (!on_signal(w, object, &values[i], error))
				return false;
		return true;
	case TRACI_GET_SIMULATION + TRACI_RESULT:
	case TRACI_WATCH_SIMULATION + TRACI_RESULT:
		return on_simulation(w, values, n, error);
	case TRACI_GET_VEHICLE + TRACI_RESULT:
	case TRACI_WATCH_VEHICLE + TRACI_RESULT:
		sumo_emergency_hear(w->emergency, object, values, n);
		return true;
	case TRACI_WATCH_JUNCTION_AROUND + TRACI_RESULT:
		return sumo_view_see(w->view, object, values, n, error);
	default:
		return true;
	}
}

static bool on_version(void *user, int32_t api, struct traci_text name, GError **error)
{
	struct sumo_world *w = user;

	g_free(w->version);
	w->version = traci_printable(name);
	if (api >= TRACI_API_LEAST)
		return true;
	g_set_error(
		error, TRACI_ERROR, TRACI_ERROR_REFUSED, "%s speaks version %d of TraCI, must be %d or later", w->version, api, TRACI_API_LEAST);
	return false;
}

bool sumo_world_take(struct sumo_world *w, const uint8_t *bytes, size_t length, const struct traci_out *asked, GError **error)
{
	const struct traci_hearer hearer = {w, on_object, on_version};

	sumo_view_begin(w->view);
	sumo_emergency_begin(w->emergency);
	if (!traci_in_read(bytes, length, asked, &hearer, error))
		return false;
	sumo_view_end(w->view, w->t_s);
	return true;
}

/* Sends what the message holds and takes in the reply. */
static bool ask(struct sumo_world *w, GError **error)
{
	const struct traci_hearer hearer = {w, on_object, on_version};
	bool good = traci_ask(w->connection, w->message, &hearer, error);

	traci_out_clear(w->message);
	return good;
}

static bool greet(struct sumo_world *w, int32_t order, GError **error)
{
	traci_out_version(w->message);
	if (!ask(w, error))
		return false;
	traci_out_order(w->message, order);
	if (!ask(w, error))
		return false;
	traci_out_get(w->message, TRACI_GET_SIGNAL, TRACI_IDS, "");
	traci_out_get(w->message, TRACI_GET_SIMULATION, TRACI_TIME, "");
	traci_out_get(w->message, TRACI_GET_SIMULATION, TRACI_STEP_LENGTH, "");
	if (!ask(w, error))
		return false;
	if (w->step_s > 0 && w->step_s <= 10)
		return true;
	g_set_error(error, TRACI_ERROR, TRACI_ERROR_REFUSED, "SUMO's step is %g s, must be above 0 and at most 10 s", w->step_s);
	return false;
}

static bool compare(struct sumo_world *w, GError **error)
{
	for (uint32_t s = 0; s < w->net->n_signals; s++) {
		if (!w->lamps[s].here)
			return mismatch(error, w->net->signals[s].id, "SUMO does not have it");
		traci_out_get(w->message, TRACI_GET_SIGNAL, TRACI_SIGNAL_LINKS, w->net->signals[s].id);
	}
	if (!ask(w, error))
		return false;
	for (uint32_t s = 0; s < w->net->n_signals; s++)
		if (w->lamps[s].n_links > w->net->signals[s].n_links)
			return mismatch(error, w->net->signals[s].id, "SUMO controls %u links there, the network %u", w->lamps[s].n_links,
				w->net->signals[s].n_links);
	return true;
}

/* The replies hold the first picture. */
static bool subscribe(struct sumo_world *w, GError **error)
{
	static const uint8_t simulation[] = {TRACI_TIME, TRACI_DEPARTED, TRACI_ENTERED, TRACI_ARRIVED, TRACI_EXPECTED},
						 signal[] = {TRACI_SIGNAL_STATE};

	traci_out_watch(w->message, TRACI_WATCH_SIMULATION, "", simulation, sizeof simulation);
	for (uint32_t s = 0; s < w->net->n_signals; s++)
		traci_out_watch(w->message, TRACI_WATCH_SIGNAL, w->net->signals[s].id, signal, sizeof signal);
	sumo_view_subscribe(w->view, w->message, w->step_s);
	sumo_view_begin(w->view);
	if (!ask(w, error))
		return false;
	sumo_view_end(w->view, w->t_s);
	return true;
}

struct sumo_world *sumo_world_new(const struct network *net, double view_m, const struct sumo_faults *faults)
{
	struct sumo_world *w = g_new0(struct sumo_world, 1);

	w->net = net;
	w->view = sumo_view_new(net, view_m, faults);
	w->emergency = sumo_emergency_new();
	w->message = traci_out_new();
	w->lamps = g_new0(struct lamp, net->n_signals + 1);
	return w;
}

bool sumo_world_meet(struct sumo_world *w, struct traci *connection, int32_t order, bool shared, GError **error)
{
	w->connection = connection;
	w->shared = shared;
	return greet(w, order, error) && compare(w, error) && subscribe(w, error);
}

void sumo_world_free(struct sumo_world *w)
{
	if (w == NULL)
		return;
	for (uint32_t s = 0; s < w->net->n_signals; s++) {
		g_free(w->lamps[s].shows);
		g_free(w->lamps[s].told);
		g_free(w->lamps[s].wish);
	}
	traci_free(w->connection);
	sumo_view_free(w->view);
	sumo_emergency_free(w->emergency);
	traci_out_free(w->message);
	g_free(w->lamps);
	g_free(w->version);
	g_free(w);
}

void sumo_world_tell(const struct sumo_world *w, struct wire_call *step)
{
	step->t_s = w->t_s;
	sumo_view_tell(w->view, step);
	sumo_emergency_tell(w->emergency, step);
	for (uint32_t s = 0; s < w->net->n_signals; s++)
		if (w->lamps[s].shows)
			wire_call_light(step, s, w->lamps[s].shows);
}

bool sumo_world_show(struct sumo_world *w, uint32_t signal, const char *state, GError **error)
{
	const struct net_signal *s = &w->net->signals[signal];

	if (!is_state((struct traci_text){state, (uint32_t) strlen(state)}, s->n_links)) {
		g_set_error(error, TRACI_ERROR, TRACI_ERROR_REFUSED, "signal %s cannot show \"%s\", must be %u of the letters " WIRE_LETTERS, s->id,
			state, s->n_links);
		return false;
	}
	g_free(w->lamps[signal].wish);
	w->lamps[signal].wish = g_strdup(state);
	return true;
}

/* A state that was set stays; only what differs is sent. */
static void write_lamps(struct sumo_world *w)
{
	for (uint32_t s = 0; s < w->net->n_signals; s++) {
		struct lamp *l = &w->lamps[s];
		if (l->wish == NULL)
			continue;
		if (l->told == NULL || strcmp(l->wish, l->told) != 0 || g_strcmp0(l->wish, l->shows) != 0)
			traci_out_set_text(w->message, TRACI_SET_SIGNAL, TRACI_SIGNAL_STATE, w->net->signals[s].id, l->wish);
		g_free(l->told);
		l->told = give(l->wish);
	}
}

bool sumo_world_step(struct sumo_world *w, GError **error)
{
	const double before_s = w->t_s;

	write_lamps(w);
	sumo_emergency_begin(w->emergency);
	sumo_emergency_ask(w->emergency, w->message);
	if (w->shared && w->message->asked->len > 0 && !ask(w, error))
		return false;
	traci_out_step(w->message);
	sumo_view_begin(w->view);
	if (!ask(w, error))
		return false;
	if (!(w->t_s > before_s)) {
		g_set_error(
			error, TRACI_ERROR, TRACI_ERROR_GARBAGE, "SUMO's time is %.3f s after a step and was %.3f s before it", w->t_s, before_s);
		return false;
	}
	sumo_view_end(w->view, w->t_s);
	return true;
}

void sumo_world_close(struct sumo_world *w)
{
	traci_out_clear(w->message);
	traci_out_close(w->message);
	ask(w, NULL);
}

struct sumo_world_look sumo_world_look(const struct sumo_world *w)
{
	return (struct sumo_world_look){.t_s = w->t_s,
		.step_s = w->step_s,
		.departed = w->departed,
		.arrived = w->arrived,
		.expected = w->expected,
		.standing = sumo_view_standing(w->view, SUMO_LONG_S),
		.traffic = traci_counts(w->connection)};
}

const char *sumo_world_version(const struct sumo_world *w)
{
	return w->version;
}
