/* cabinets_ears.c - what is done with what a cabinet reports: to the pilot, the feed, the logs, the one who steers it. */
#include "daemon/cabinets_inside.h"

#define AGES_S 60.0 /* ages of statuses are told over this long */

/* Its last status has become so old now. */
static void count_age(struct connection *k, bool up)
{
	struct cabinets *c = k->all;
	int64_t now_us = g_get_monotonic_time();

	if (now_us - c->ages_us > (int64_t) (AGES_S * 1e6)) {
		c->ages_before = c->ages;
		c->ages = (struct lag){0};
		c->ages_us = now_us;
	}
	if (k->heard_us != 0)
		lag_add(&c->ages, us_to_s(now_us - k->heard_us));
	k->heard_us = up ? now_us : 0;
}

static void tell_alert(struct connection *k, const char *kind, const char *where, bool active, const char *sentence)
{
	if (k->all->parted)
		g_message("%s, which is left: %s: %s", where, kind, sentence);
	else
		herald_alert(k->all->herald, kind, where, active, sentence);
}

static void on_up(void *user, const struct controller_identity *who)
{
	struct connection *k = user;

	g_message("controller %s: connected to %s %s %s", k->where, who->make, who->model, who->version);
	if (k->steered != NULL)
		steered_up(k->steered, who->can, k->all->clock_s(k->all->user));
	if (k->down)
		tell_alert(k, "controller-down", k->where, false, "it answers again");
	k->down = false;
}

static void on_down(void *user, const char *why)
{
	struct connection *k = user;

	count_age(k, false);
	if (k->steered != NULL)
		steered_down(k->steered);
	if (!k->down)
		tell_alert(k, "controller-down", k->where, true, why);
	k->down = true;
}

static void on_refused(void *user, const char *why)
{
	struct connection *k = user;

	if (k->steered != NULL && k->down) /* what was lost with the connection: "controller-down" says it */
		return;
	if (k->steered != NULL && !k->all->parted) {
		steered_refused(k->steered, why, k->all->clock_s(k->all->user));
		return;
	}
	if (!k->refusing)
		tell_alert(k, "controller-refused", k->where, true, why);
	k->refusing = true;
}

static enum pilot_street street_of(enum controller_mode mode)
{
	switch (mode) {
	case CONTROLLER_CENTRAL:
		return STREET_CENTRAL;
	case CONTROLLER_LOCAL:
		return STREET_LOCAL;
	case CONTROLLER_AWAY:
		break;
	}
	return STREET_AWAY;
}

/* A junction that was taken over must go on with what shows at once: its own plan would move on meanwhile. */
static void on_status(void *user, const struct controller_status *status, uint32_t n)
{
	struct connection *k = user;
	struct cabinets *c = k->all;
	g_autoptr(GArray) taken = g_array_new(false, false, sizeof(struct controller_command));

	if (c->released)
		return;
	count_age(k, true);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t j = pilot_find(c->pilot, status[i].signal);
		struct pilot_look look;
		c->reach[status[i].signal].since_us = status[i].since_us;
		if (c->events != NULL)
			events_status(c->events, &status[i], k->steered, c->clock_s(c->user));
		if (j != NET_NONE && k->steered == NULL)
			pilot_away(c->pilot, j, status[i].why);
		if (k->steered != NULL)
			steered_status(k->steered, &status[i], c->clock_s(c->user));
		if (k->steered != NULL || j == NET_NONE || !pilot_reported(c->pilot, j, status[i].state, street_of(status[i].mode), c->clock_s(c->user)))
			continue;
		pilot_look(c->pilot, j, &look);
		struct controller_command command = {.signal = status[i].signal, .state = look.show};
		g_array_append_val(taken, command);
		c->reach[status[i].signal].commanded = true;
	}
	if (k->refusing)
		tell_alert(k, "controller-refused", k->where, false, "it takes commands again");
	k->refusing = false;
	if (taken->len > 0)
		k->driver->show(k->controller, (const struct controller_command *) (void *) taken->data, taken->len);
}

static void on_timing(void *user, const struct controller_timing *timing)
{
	struct connection *k = user;

	if (k->steered != NULL)
		steered_timing(k->steered, timing, k->all->clock_s(k->all->user));
}

static void on_reply(void *user, const struct controller_reply *reply)
{
	struct connection *k = user;

	if (k->all->parted)
		return;
	if (k->steered != NULL)
		steered_reply(k->steered, reply, k->all->clock_s(k->all->user));
	else if (!reply->ok)
		on_refused(user, reply->why);
}

static void on_alert(void *user, const char *kind, bool active, const char *sentence)
{
	struct connection *k = user;

	k->alerts = active ? k->alerts + 1 : k->alerts - (k->alerts > 0);
	tell_alert(k, kind, k->where, active, sentence);
}

static void on_stranger(void *user, const char *who, bool active, const char *sentence)
{
	struct connection *k = user;

	tell_alert(k, "controller-stranger", who, active, sentence);
}

const struct controller_events cabinets_ears = {.up = on_up, .down = on_down, .status = on_status, .refused = on_refused, .timing = on_timing,
	.reply = on_reply, .alert = on_alert, .stranger = on_stranger};
