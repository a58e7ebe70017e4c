/* cabinets_handover.c - another configuration takes over: what goes on as it runs, what is let go, what is handed back. */
#include <string.h>

#include "daemon/cabinets_inside.h"
#include "daemon/pattern.h"
#include "daemon/takeover.h"

/* Does the other configuration reach the same cabinet for any of these signals? */
static bool goes_on(const struct connection *k, const struct config *next)
{
	for (uint32_t i = 0; i < k->n; i++) {
		const struct config_controller *entry = config_controller_of(next, k->all->net->signals[k->signals[i]].id);
		if (entry != NULL && strcmp(entry->driver, k->driver->name) == 0 && g_strcmp0(entry->address, k->entry->address) == 0)
			return true;
	}
	return false;
}

/* The connection of the next configuration that may take this one over as it runs; NULL there is none. */
static struct connection *heir_of(const struct connection *k, const struct cabinets *next)
{
	uint32_t signal = k->n == 1 ? k->signals[0] : NET_NONE;
	struct connection *heir = signal < next->net->n_signals ? next->reach[signal].by : NULL;
	struct pilot_look was, is;
	struct steer_look look;

	if (heir == NULL || heir->n != 1 || heir->steered == NULL || k->controller == NULL || k->steered == NULL || k->down || k->refusing || k->alerts > 0 ||
		!steered_leads(k->steered) || k->all->pattern_s != next->pattern_s || !takeover_entry(k->config, heir->config) ||
		!takeover_junction(k->entry->maps[0]->junction, heir->entry->maps[0]->junction))
		return NULL;
	pilot_look(k->all->pilot, pilot_find(k->all->pilot, signal), &was);
	pilot_look(next->pilot, pilot_find(next->pilot, signal), &is);
	steered_look(k->steered, &look);
	bool fits = (k->driver->can & CONTROLLER_PATTERNS) == 0 || pattern_check(&look.pattern->p, look.timing, heir->entry->maps[0], NULL);
	return fits && plan_equal(was.plan, is.plan) ? heir : NULL;
}

void cabinets_part(struct cabinets *c, struct cabinets *next)
{
	c->released = c->parted = true;
	for (guint i = 0; i < c->connections->len; i++) {
		struct connection *k = c->connections->pdata[i];
		k->from = NULL;
		k->heir = heir_of(k, next);
		if (k->heir != NULL)
			k->heir->from = k;
		else if (k->n > 0 && goes_on(k, next->config))
			cabinets_close_connection(k);
		else
			cabinets_release_connection(k, "the configuration does not drive it any more");
	}
}

/* The two change places, so that what the driver knows of goes on as it is: the connection, the entry and its map, which is of another junction now. */
static void carry(struct cabinets *c, guint at, struct connection *k)
{
	struct connection *made = c->connections->pdata[at];
	struct cabinets *before = k->all;
	guint was_at = 0;

	g_ptr_array_find(before->connections, k, &was_at);
	before->connections->pdata[was_at] = made;
	c->connections->pdata[at] = k;
	before->reach[k->signals[0]].by = made;
	c->reach[k->signals[0]] = (struct reach){.by = k, .stage = STAGE_NONE, .since_us = before->reach[k->signals[0]].since_us};
	made->all = before;
	made->from = k->heir = NULL;
	k->all = c;
	k->config = made->config;
	struct cabinet_entry *older = k->spare;
	k->spare = made->entry;
	made->entry = NULL;
	made->spare = older;
	k->entry->address = k->spare->address;
	k->entry->junctions[0] = k->entry->maps[0]->junction = k->spare->junctions[0];
	struct steered_setup setup = cabinets_steered_setup(k);
	steered_carry(k->steered, &setup, c->clock_s(c->user));
}

void cabinets_carry(struct cabinets *c)
{
	for (guint i = 0; i < c->connections->len; i++) {
		struct connection *k = c->connections->pdata[i];
		if (k->from != NULL)
			carry(c, i, k->from);
	}
}
