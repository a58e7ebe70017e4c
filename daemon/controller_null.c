/* controller_null.c - the dry run: takes every command as a perfect cabinet would, and no light changes anywhere.
 *
 * It begins all red, follows at once and reports what it was told to show: with it a daemon does everything but the street.
 * Released signals stay as they are and say that they are local.
 */
#include <string.h>

#include "daemon/controllers.h"

struct dry {
	char *state;
	int64_t since_us;
	bool central;
};

struct controller {
	const struct network *net;
	const struct controller_events *events;
	void *user;
	uint32_t *signals;
	uint32_t n;
	struct dry *dry; /* beside signals */
	guint report;	 /* the source that reports soon; 0 none */
	bool up;
	struct controller_health health;
};

static gboolean on_report(gpointer user)
{
	struct controller *c = user;
	g_autofree struct controller_status *status = g_new0(struct controller_status, c->n + 1);

	c->report = 0;
	if (!c->up) {
		c->up = c->health.up = true;
		c->events->up(c->user, &(struct controller_identity){.make = "greenwave", .model = "dry run", .version = GREENWAVE_VERSION,
			.standard = "", .can = controller_null.can});
	}
	for (uint32_t i = 0; i < c->n; i++)
		status[i] = (struct controller_status){.signal = c->signals[i], .state = c->dry[i].state, .since_us = c->dry[i].since_us,
			.mode = c->dry[i].central ? CONTROLLER_CENTRAL : CONTROLLER_LOCAL};
	c->health.answered++;
	c->health.answered_us = g_get_real_time();
	c->health.answer_s = 0;
	c->events->status(c->user, status, c->n);
	return G_SOURCE_REMOVE;
}

static void report_soon(struct controller *c)
{
	if (c->report == 0)
		c->report = g_idle_add_full(G_PRIORITY_DEFAULT, on_report, c, NULL);
}

static struct controller *null_open(const struct controller_setup *setup, GError **error)
{
	struct controller *c = g_new0(struct controller, 1);

	(void) error;
	c->net = setup->net;
	c->events = setup->events;
	c->user = setup->user;
	c->signals = g_memdup2(setup->signals, setup->n_signals * sizeof setup->signals[0]);
	c->n = setup->n_signals;
	c->dry = g_new0(struct dry, c->n + 1);
	for (uint32_t i = 0; i < c->n; i++) {
		c->dry[i].state = g_strnfill(c->net->signals[c->signals[i]].n_links, 'r');
		c->dry[i].since_us = g_get_real_time();
	}
	report_soon(c);
	return c;
}

static void null_close(struct controller *c)
{
	if (c == NULL)
		return;
	if (c->report != 0)
		g_source_remove(c->report);
	for (uint32_t i = 0; i < c->n; i++)
		g_free(c->dry[i].state);
	g_free(c->dry);
	g_free(c->signals);
	g_free(c);
}

static struct dry *dry_of(struct controller *c, uint32_t signal)
{
	for (uint32_t i = 0; i < c->n; i++)
		if (c->signals[i] == signal)
			return &c->dry[i];
	return NULL;
}

static void null_show(struct controller *c, const struct controller_command *commands, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct dry *d = dry_of(c, commands[i].signal);
		if (d == NULL)
			continue;
		d->central = true;
		if (strcmp(d->state, commands[i].state) == 0)
			continue;
		g_free(d->state);
		d->state = g_strdup(commands[i].state);
		d->since_us = g_get_real_time();
	}
	c->health.sent++;
	report_soon(c);
}

static void null_release(struct controller *c, const uint32_t *signals, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct dry *d = dry_of(c, signals[i]);
		if (d != NULL)
			d->central = false;
	}
	c->health.sent++;
	report_soon(c);
}

static bool null_idle(const struct controller *c)
{
	return c->report == 0;
}

static void null_health(const struct controller *c, struct controller_health *health)
{
	*health = c->health;
}

const struct controller_driver controller_null = {
	.name = "null",
	.what = "dry run: everything but the street",
	.can = CONTROLLER_SHOWS | CONTROLLER_REPORTS,
	.open = null_open,
	.close = null_close,
	.show = null_show,
	.release = null_release,
	.poll = report_soon,
	.idle = null_idle,
	.health = null_health,
};
