/* rsmp_orders.c - commands to an RSMP site: one after the other, each with its reply, what is in force renewed; see rsmp_inside.h. */
#include <string.h>

#include "daemon/rsmp_inside.h"

#define FRESH_S 5.0
#define ANSWER_S 30.0 /* for a command's response, behind its ack */
#define LATE_S 720.0  /* three of the longest cycles that the site can have, with some grace */

static double now(const struct rsmp_session *s)
{
	return s->setup.now_s(s->setup.user);
}

void rsmp_order_free(gpointer order)
{
	struct rsmp_order *o = order;

	if (o == NULL)
		return;
	g_free(o->misfit);
	g_free(o->is);
	g_free(o->was);
	g_free(o->why);
	g_free(o->id);
	g_free(o->code);
	g_free(o->priority.id);
	g_free(o->priority.group);
	g_free(o);
}

struct rsmp_order *rsmp_order_new(enum controller_told told, uint32_t row)
{
	struct rsmp_order *o = g_new0(struct rsmp_order, 1);

	o->told = told;
	o->row = row;
	o->cycle_s = o->offset_s = -1;
	o->begun_s = UNKNOWN;
	for (size_t i = 0; i < G_N_ELEMENTS(o->bands); i++)
		o->bands[i] = -1;
	return o;
}

/* `why` NULL = it was done. Takes the order. */
static void finish(struct rsmp_session *s, struct rsmp_order *o, const char *why)
{
	struct controller_reply reply = {.signal = s->setup.signal, .told = o->told, .row = o->row, .ok = why == NULL, .was = o->was, .is = o->is, .why = why,
		.answer_s = isnan(o->begun_s) ? UNKNOWN : now(s) - o->begun_s};

	if (o->told != CONTROLLER_TOLD_RELEASE && !o->renewal)
		s->setup.events->reply(s->setup.events_user, &reply);
	else if (why != NULL)
		s->setup.events->refused(s->setup.events_user, why);
	rsmp_order_free(o);
}

void rsmp_orders_fail(struct rsmp_session *s, const char *why)
{
	g_autofree char *copy = g_strdup(why);

	if (s->order != NULL && s->order->told == CONTROLLER_TOLD_WRITE && s->order->touched != 0)
		s->spoiled[s->order->row] = true;
	if (s->order != NULL)
		finish(s, g_steal_pointer(&s->order), copy);
	while (!g_queue_is_empty(&s->orders))
		finish(s, g_queue_pop_head(&s->orders), copy);
}

void rsmp_orders_put(struct rsmp_session *s, struct rsmp_order *o)
{
	g_queue_push_tail(&s->orders, o);
	s->setup.wake(s->setup.user);
}

static char *why_not(const struct rsmp_session *s, const struct rsmp_order *o)
{
	const char *away = rsmp_away(s);

	if (s->setup.probe)
		return g_strdup("it is only looked at: nothing is written");
	if (o->told == CONTROLLER_TOLD_RELEASE)
		return NULL;
	if (rsmp_code_pause_s(s) > 0)
		return g_strdup_printf("the site does not take our security code, %u time(s) now: it is not tried for another %.0f s", s->code_refusals, rsmp_code_pause_s(s));
	if (isnan(s->seen_s) || now(s) - s->seen_s > FRESH_S || s->faults[RSMP_FAULT_STATUS])
		return g_strdup("what it shows is not known: it is left alone");
	if (away != NULL)
		return g_strdup_printf("it is left alone: %s", away);
	if (o->misfit != NULL)
		return g_strdup(o->misfit);
	if (o->told == CONTROLLER_TOLD_PRIORITY)
		return NULL;
	if (s->faults[RSMP_FAULT_CLOCK])
		return g_strdup("its clock is wrong: no coordinated plan is given to it");
	if (s->plans_told && (o->row < 1 || o->row > 255 || (s->plans[o->row / 64] >> o->row % 64 & 1) == 0))
		return g_strdup_printf("the site has no plan %u", o->row);
	return o->told == CONTROLLER_TOLD_SELECT && s->spoiled[o->row] ? g_strdup_printf("plan %u is half written: it is not selected", o->row) : NULL;
}

/* A write is in force: its bands are renewed from now on. */
static void keep_bands(struct rsmp_session *s, struct rsmp_order *o)
{
	if (o->renewal || !o->any_band)
		return;
	rsmp_order_free(s->bands_of);
	s->bands_of = rsmp_order_new(CONTROLLER_TOLD_WRITE, o->row);
	memcpy(s->bands_of->bands, o->bands, sizeof o->bands);
	s->bands_of->any_band = s->bands_of->renewal = true;
	s->bands_s = now(s);
}

static void done(struct rsmp_session *s)
{
	struct rsmp_order *o = g_steal_pointer(&s->order);
	g_autofree char *why = g_steal_pointer(&o->why);

	if (o->told == CONTROLLER_TOLD_WRITE && why != NULL && o->touched != 0 && !o->not_back && s->setup.read_back)
		s->spoiled[o->row] = o->was_spoiled; /* as it was before */
	if (o->told == CONTROLLER_TOLD_WRITE && why == NULL) {
		s->spoiled[o->row] = false;
		keep_bands(s, o);
		rsmp_fault(s, RSMP_FAULT_HALF, false, "its plans are whole");
	} else if (o->told == CONTROLLER_TOLD_SELECT && why == NULL) {
		if (!o->renewal) {
			s->forced_s = now(s);
			s->reached = false;
		}
		s->force = true;
		s->row = o->row;
		s->renewed_s = now(s);
	}
	finish(s, o, why);
}

static void go_on(struct rsmp_session *s)
{
	struct rsmp_order *o = s->order;

	g_clear_pointer(&o->id, g_free);
	for (o->step = *o->way; o->step != RSMP_DONE && !rsmp_step_wanted(s, o); o->step = *o->way)
		o->way++;
	if (o->step == RSMP_DONE)
		done(s);
	else
		rsmp_step_send(s);
}

void rsmp_order_step(struct rsmp_session *s)
{
	s->order->way++;
	go_on(s);
}

void rsmp_orders_next(struct rsmp_session *s)
{
	while (s->order == NULL && !g_queue_is_empty(&s->orders)) {
		const struct rsmp_order *head = g_queue_peek_head(&s->orders);
		if (isnan(s->seen_s) && head->told != CONTROLLER_TOLD_RELEASE && now(s) - s->open_s < FRESH_S)
			return; /* the first status is on its way */
		s->order = g_queue_pop_head(&s->orders);
		g_autofree char *why = why_not(s, s->order);
		if (why != NULL) {
			finish(s, g_steal_pointer(&s->order), why);
			continue;
		}
		s->order->begun_s = now(s);
		s->order->way = rsmp_way_of(s->order);
		go_on(s);
	}
}

/* What is under way went wrong: a write is taken back as far as it had come, and its row is not trusted until it was written whole. */
void rsmp_order_fail(struct rsmp_session *s, const char *why)
{
	struct rsmp_order *o = s->order;

	if (o->told == CONTROLLER_TOLD_RELEASE) {
		finish(s, g_steal_pointer(&s->order), why);
		rsmp_lose(s, 1.5 * s->setup.backup_s, "the site does not take its hand-back: not a word until it goes back by itself");
		return;
	}
	if (o->told != CONTROLLER_TOLD_WRITE || o->touched == 0) {
		g_free(o->why);
		o->why = g_strdup(why);
		done(s);
		return;
	}
	if (o->why != NULL) { /* even that failed; what else was changed is still set back */
		o->not_back = true;
		rsmp_fault(s, RSMP_FAULT_HALF, true, "plan %u is half changed and could not be set back", o->row);
		if (s->code_bad)
			done(s);
		else
			rsmp_order_step(s);
		return;
	}
	o->was_spoiled = s->spoiled[o->row];
	s->spoiled[o->row] = true;
	o->why = g_strdup(why);
	o->way = rsmp_way_back(o);
	go_on(s);
}

void rsmp_orders_tick(struct rsmp_session *s)
{
	if (s->order == NULL || s->order->id == NULL || now(s) - s->order->sent_s <= ANSWER_S)
		return;
	s->health.timeouts++;
	rsmp_order_fail(s, "the site acknowledged a command and did not answer it");
}

void rsmp_orders_keep(struct rsmp_session *s)
{
	struct rsmp_order *o;

	if (s->order != NULL || !g_queue_is_empty(&s->orders) || rsmp_away(s) != NULL || s->code_bad)
		return;
	if (s->force && now(s) - s->renewed_s >= s->setup.backup_s / 3) {
		o = rsmp_order_new(CONTROLLER_TOLD_SELECT, s->row);
		o->renewal = true;
		s->renewed_s = now(s);
		rsmp_orders_put(s, o);
	} else if (s->force && s->bands_of != NULL && s->setup.bands_min > 0 && now(s) - s->bands_s >= s->setup.bands_min * 20.0) {
		o = rsmp_order_new(CONTROLLER_TOLD_WRITE, s->bands_of->row);
		memcpy(o->bands, s->bands_of->bands, sizeof o->bands);
		o->any_band = o->renewal = true;
		s->bands_s = now(s);
		rsmp_orders_put(s, o);
	}
}

/* It says that it runs another plan than the one selected. */
void rsmp_orders_watch(struct rsmp_session *s)
{
	double for_s = now(s) - s->forced_s;

	s->reached |= s->force && s->plan == s->row;
	if (!s->force || s->plan == 0 || s->plan == s->row || (!s->reached && for_s < LATE_S))
		return;
	g_autofree char *why = s->reached ? g_strdup_printf("it went from plan %u to plan %u by itself", s->row, s->plan)
					  : g_strdup_printf("it runs plan %u %.0f s after plan %u was selected", s->plan, for_s, s->row);
	s->force = false;
	s->alarms |= s->reached ? CONTROLLER_BACKUP_MODE : CONTROLLER_COORDINATION;
	s->setup.events->refused(s->setup.events_user, why);
}
