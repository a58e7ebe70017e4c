/* gbt_orders.c - commands to a GB/T 20999 controller: one after the other, each with its reply; see gbt_unit_inside.h. */
#include <string.h>

#include "daemon/gbt_unit_inside.h"

#define FRESH_S 5.0	 /* a status so old says whether a row runs */
#define LOST_S 5.0	 /* after a command the mode may take so long to follow */
#define LATE_CYCLES 3.0	 /* a selected row must run within so many cycles, */
#define LATE_S 60.0	 /* and never within less */
#define PLAN_ITEMS 7
#define DAY_S 86400.0
#define SETTLED_S 1.5	 /* what it says sooner after a change may be of before */
#define TAKE_OVER_S 3.0	 /* a stage that ends sooner by itself is not taken over: it might be gone when the call arrives */
#define NOW_S 0.9	 /* a status so old says what shows now: calls go out right behind one */
#define ON_THE_WAY_S 120.0 /* a called stage may be waited for so long */

static double now(const struct gbt_unit *u)
{
	return u->setup.now_s(u->setup.user);
}

static void order_free(struct gbt_order *o)
{
	if (o == NULL)
		return;
	g_free(o->misfit);
	g_free(o->is);
	g_free(o);
}

static bool replies(enum controller_told told)
{
	return told == CONTROLLER_TOLD_WRITE || told == CONTROLLER_TOLD_SELECT;
}

/* The order under way is over; `why` NULL = it was done. */
static void finish(struct gbt_unit *u, struct gbt_order *o, const char *why)
{
	struct controller_reply reply = {.signal = u->setup.signal, .told = o->told, .row = o->row, .ok = why == NULL, .is = o->is, .why = why,
		.answer_s = isnan(o->begun_s) ? UNKNOWN : now(u) - o->begun_s};

	if (replies(o->told))
		u->setup.events->reply(u->setup.events_user, &reply);
	else if (why != NULL)
		u->setup.events->refused(u->setup.events_user, why);
	order_free(o);
}

static void finish_now(struct gbt_unit *u, const char *why)
{
	if (u->order != NULL)
		finish(u, g_steal_pointer(&u->order), why);
}

void gbt_orders_fail(struct gbt_unit *u, const char *why)
{
	g_autofree char *copy = g_strdup(why);

	if (u->order != NULL && u->order->told == CONTROLLER_TOLD_WRITE)
		u->cycle_s[u->order->row] = UNKNOWN;
	finish_now(u, copy);
	while (!g_queue_is_empty(&u->orders))
		finish(u, g_queue_pop_head(&u->orders), copy);
}

static void put(struct gbt_unit *u, struct gbt_order *o)
{
	o->begun_s = UNKNOWN;
	g_queue_push_tail(&u->orders, o);
	u->setup.wake(u->setup.user);
}

static bool whole(double value, double low, double high)
{
	return value >= low && value <= high && value == floor(value);
}

/* What cannot be at all, whatever the controller has. */
static char *misfit(const struct controller_pattern *p)
{
	double sum_s = 0;

	if (p->row < 1 || p->row > 255)
		return g_strdup_printf("plan %u: plans have numbers from 1 to 255", p->row);
	if (p->n_splits < 1 || p->n_splits > GBT_CHAIN)
		return g_strdup_printf("plan %u has %u stages, it can have 1 to %d", p->row, p->n_splits, GBT_CHAIN);
	if (!whole(p->cycle_s, 1, UINT16_MAX) || !whole(p->offset_s, 0, p->cycle_s - 1))
		return g_strdup_printf("plan %u has a cycle of %g s and an offset of %g s, it must be whole seconds, the offset below the cycle", p->row,
			p->cycle_s, p->offset_s);
	for (uint32_t i = 0; i < p->n_splits; i++) {
		if (!whole(p->splits[i].split_s, 1, UINT16_MAX) || p->splits[i].number < 1 || p->splits[i].number > GBT_STAGES)
			return g_strdup_printf("plan %u: stage %u cannot have %g s", p->row, p->splits[i].number, p->splits[i].split_s);
		sum_s += p->splits[i].split_s;
	}
	if (sum_s != p->cycle_s)
		return g_strdup_printf("plan %u: its stages make %g s, its cycle is %g s", p->row, sum_s, p->cycle_s);
	return p->n_bands > 0 ? g_strdup_printf("plan %u: there are no bands here", p->row) : NULL;
}

/* The contract counts cycles from 1970 (UTC), the controller from its midnight. */
static double from_midnight(const struct gbt_unit *u, double offset_s, double cycle_s)
{
	if (isnan(u->setup.zone_s))
		return offset_s;
	double local_s = floor(us_to_s(u->setup.utc_us(u->setup.user)) + u->setup.zone_s);
	double midnight_s = local_s - fmod(local_s, DAY_S) - u->setup.zone_s;
	double from_s = fmod(offset_s - midnight_s, cycle_s);

	return from_s < 0 ? from_s + cycle_s : from_s;
}

static char *print(const struct gbt_order *o)
{
	g_autoptr(GString) s = g_string_new(NULL);

	g_string_append_printf(s, "cycle %g s, offset %g s, stages", o->cycle_s, o->offset_s);
	for (uint32_t i = 0; i < o->n; i++)
		g_string_append_printf(s, " %u:%u", o->stages[i], o->times_s[i]);
	return g_strdup(s->str);
}

void gbt_unit_write(struct gbt_unit *u, const struct controller_pattern *p)
{
	struct gbt_order *o = g_new0(struct gbt_order, 1);
	uint32_t lead = 0;

	o->told = CONTROLLER_TOLD_WRITE;
	o->row = p->row;
	o->misfit = misfit(p);
	if (o->misfit == NULL) {
		o->cycle_s = p->cycle_s;
		o->offset_s = from_midnight(u, p->offset_s, p->cycle_s);
		o->n = p->n_splits;
		for (uint32_t i = 0; i < o->n; i++)
			if (p->splits[i].coordinated)
				lead = i;
		for (uint32_t i = 0; i < o->n; i++) { /* the coordinated stage goes first: whatever the unit takes the offset for, it is that one's */
			o->stages[i] = (uint8_t) p->splits[(lead + i) % o->n].number;
			o->times_s[i] = (uint16_t) p->splits[(lead + i) % o->n].split_s;
		}
		o->is = print(o);
	}
	put(u, o);
}

void gbt_unit_select(struct gbt_unit *u, uint32_t row)
{
	struct gbt_order *o = g_new0(struct gbt_order, 1);

	o->told = CONTROLLER_TOLD_SELECT;
	o->row = row;
	o->is = g_strdup_printf("plan %u", row);
	put(u, o);
}

static void forget_calls(struct gbt_unit *u)
{
	for (GList *l = u->orders.head, *next; l != NULL; l = next) {
		struct gbt_order *o = l->data;
		next = l->next;
		if (o->told != CONTROLLER_TOLD_CALL)
			continue;
		order_free(o);
		g_queue_delete_link(&u->orders, l);
	}
}

void gbt_unit_call(struct gbt_unit *u, uint16_t stage)
{
	struct gbt_order *o;

	forget_calls(u); /* not sent yet */
	if (u->life != GBT_UP || (u->force == GBT_FORCE_STAGE && u->called == stage && u->order == NULL))
		return;
	o = g_new0(struct gbt_order, 1);
	o->told = CONTROLLER_TOLD_CALL;
	o->stage = stage;
	o->is = g_strdup_printf("stage %u", stage);
	put(u, o);
}

void gbt_unit_release(struct gbt_unit *u)
{
	struct gbt_order *o = g_new0(struct gbt_order, 1);

	if (u->life < GBT_READING || (u->order != NULL && u->order->told == CONTROLLER_TOLD_RELEASE)) {
		g_free(o); /* nobody there to hand back to, or on its way */
		return;
	}
	o->told = CONTROLLER_TOLD_RELEASE;
	o->begun_s = UNKNOWN;
	g_queue_push_head(&u->orders, o);
	u->setup.wake(u->setup.user);
}

bool gbt_unit_idle(const struct gbt_unit *u)
{
	const struct gbt_order *next = g_queue_peek_head((GQueue *) &u->orders);

	return u->life == GBT_NO_LINE || (u->order == NULL && (next == NULL || next->told != CONTROLLER_TOLD_RELEASE));
}

static struct gbt_key plan_key(uint32_t item, uint32_t row)
{
	return GBT_PLAN_KEY((uint8_t) (GBT_PLAN_JUNCTION + item), (uint8_t) row);
}

/* The seven items of a plan, first to last. */
static void set_plan(const struct gbt_unit *u, const struct gbt_order *o, struct gbt_exchange *e)
{
	uint8_t stages[GBT_CHAIN] = {0}, times[2 * GBT_CHAIN] = {0}, appearances[GBT_CHAIN] = {0};

	for (uint32_t i = 0; i < o->n; i++) {
		stages[GBT_CHAIN - 1 - i] = o->stages[i];
		times[2 * (GBT_CHAIN - 1 - i)] = (uint8_t) (o->times_s[i] >> 8);
		times[2 * (GBT_CHAIN - 1 - i) + 1] = (uint8_t) o->times_s[i];
		appearances[GBT_CHAIN - 1 - i] = GBT_FIXED;
	}
	gbt_exchange_number(e, plan_key(0, o->row), u->setup.junction, 1);
	gbt_exchange_number(e, plan_key(1, o->row), (uint32_t) o->cycle_s, 4);
	gbt_exchange_number(e, plan_key(2, o->row), 1, 1);
	gbt_exchange_number(e, plan_key(3, o->row), (uint32_t) o->offset_s, 2);
	gbt_exchange_set(e, plan_key(4, o->row), stages, sizeof stages);
	gbt_exchange_set(e, plan_key(5, o->row), times, sizeof times);
	gbt_exchange_set(e, plan_key(6, o->row), appearances, sizeof appearances);
}

/* Why it cannot be commanded now; NULL = it can. Owned by the caller. */
static char *barred(const struct gbt_unit *u, const struct gbt_order *o)
{
	const char *away = gbt_mode_away(u->mode);

	if (u->setup.probe)
		return g_strdup("it is only looked at: nothing is written");
	if (isnan(u->seen_s) || now(u) - u->seen_s > FRESH_S)
		return g_strdup("what it shows is not known: it is left alone");
	if (away != NULL && !(u->mode == GBT_CENTRE_MANUAL && u->force == GBT_FORCE_STAGE))
		return g_strdup_printf("it is left alone: %s", away);
	if (u->faults[GBT_FAULT_STATUS])
		return g_strdup("its status cannot be: it is left alone");
	if (u->faults[GBT_FAULT_CLOCK] && o->told != CONTROLLER_TOLD_CALL)
		return g_strdup("its clock is wrong: no coordinated plan is given to it");
	return NULL;
}

static char *write_barred(const struct gbt_unit *u, const struct gbt_order *o)
{
	g_autoptr(GError) error = NULL;

	if (o->misfit != NULL)
		return g_strdup(o->misfit);
	if (o->row > u->timing.n_plans)
		return g_strdup_printf("plan %u: the controller has plans 1 to %u", o->row, u->timing.n_plans);
	if (gbt_unit_led(u))
		return g_strdup("it follows a centre and does not say which plan was called: it has to be handed back first");
	if (o->row == u->plan || o->row == u->row || o->row == u->row_before || u->may_run[o->row])
		return g_strdup_printf("plan %u runs, or is selected: it is not written to", o->row);
	if (!gbt_timing_check(&u->timing, o->stages, o->times_s, o->n, &error))
		return g_strdup_printf("plan %u: %s", o->row, error->message);
	return NULL;
}

static char *call_barred(const struct gbt_unit *u, const struct gbt_order *o)
{
	if (o->stage < 1 || o->stage > u->timing.n_stages || u->timing.stage_phases[o->stage - 1] == 0)
		return g_strdup_printf("the controller has no stage %u", o->stage);
	if (u->stage != 0 && u->stage != o->stage && u->timing.ways_told[o->stage - 1] &&
		u->timing.ways_to[o->stage - 1][u->stage - 1] == GBT_WAY_FORBIDDEN)
		return g_strdup_printf("the controller does not let stage %u follow stage %u", o->stage, u->stage);
	return NULL;
}

static char *select_barred(const struct gbt_unit *u, const struct gbt_order *o)
{
	if (o->row < 1 || o->row > u->timing.n_plans)
		return g_strdup_printf("plan %u: the controller has plans 1 to %u", o->row, u->timing.n_plans);
	return isnan(u->cycle_s[o->row]) ? g_strdup_printf("plan %u is half written: it is not selected", o->row) : NULL;
}

static char *why_not(const struct gbt_unit *u, const struct gbt_order *o)
{
	char *why = o->told == CONTROLLER_TOLD_RELEASE ? NULL : barred(u, o);

	if (why != NULL)
		return why;
	switch (o->told) {
	case CONTROLLER_TOLD_WRITE:
		return write_barred(u, o);
	case CONTROLLER_TOLD_SELECT:
		return select_barred(u, o);
	case CONTROLLER_TOLD_CALL:
		return call_barred(u, o);
	default:
		return u->setup.probe ? g_strdup("it is only looked at") : NULL;
	}
}

static void begin(struct gbt_unit *u)
{
	struct gbt_order *o = u->order;
	struct gbt_exchange e = {.type = GBT_SET};
	uint8_t j = u->setup.junction;

	o->begun_s = now(u);
	switch (o->told) {
	case CONTROLLER_TOLD_WRITE:
		u->cycle_s[o->row] = UNKNOWN; /* half written from now on */
		e.purpose = GBT_FOR_WRITE;
		set_plan(u, o, &e);
		break;
	case CONTROLLER_TOLD_SELECT:
		e.purpose = GBT_FOR_SELECT;
		if (u->row != o->row) { /* from now on either may run, whether an answer comes or not */
			u->may_run[u->row] = u->row != 0 && u->row != u->plan;
			u->row_before = u->row;
		}
		u->row = o->row;
		gbt_exchange_number(&e, GBT_CALL_PLAN(j), o->row, 1);
		gbt_exchange_number(&e, GBT_CALL_MODE(j), u->setup.mode, 1);
		break;
	case CONTROLLER_TOLD_CALL:
		e.purpose = GBT_FOR_CALL;
		o->first = u->force != GBT_FORCE_STAGE && u->stage != 0 ? u->stage : o->stage; /* taken over with what shows */
		gbt_exchange_number(&e, GBT_CALL_STAGE(j), o->first, 1);
		gbt_exchange_number(&e, GBT_CALL_MODE(j), GBT_CENTRE_OPTIMISED, 1);
		break;
	default:
		u->force = GBT_FORCE_NONE;
		e.purpose = GBT_FOR_RELEASE;
		gbt_exchange_number(&e, GBT_CALL_MODE(j), GBT_LOCAL, 1);
	}
	gbt_talk_ask(u->talk, &e, true, now(u));
}

/* A call that would cut a green short waits: not every controller keeps its minimums against its host. */
static bool premature(const struct gbt_unit *u, const struct gbt_order *o)
{
	if (o->told != CONTROLLER_TOLD_CALL || o->stage > u->timing.n_stages || o->stage < 1)
		return false;
	if (!(now(u) - u->seen_s <= NOW_S))
		return true;
	if (u->force != GBT_FORCE_STAGE)
		return isnan(u->way_s) || u->left_s < TAKE_OVER_S || u->seen_s < u->changed_s + SETTLED_S;
	if (u->called != u->stage && now(u) - u->forced_s < ON_THE_WAY_S)
		return true;
	if (o->stage == u->stage)
		return false;
	phase_set ends = u->timing.stage_phases[u->stage - 1] & ~u->timing.stage_phases[o->stage - 1];
	for (uint32_t p = 1; p <= GBT_PHASES; p++) {
		double least_s = ends & phase_bit(p) ? gbt_phase_min_green_s(&u->timing.phases[p - 1]) : UNKNOWN;
		if (least_s > 0 && !(now(u) - u->way_s >= least_s))
			return true;
	}
	return false;
}

void gbt_orders_next(struct gbt_unit *u)
{
	while (u->order == NULL && !g_queue_is_empty(&u->orders)) {
		const struct gbt_order *head = g_queue_peek_head(&u->orders);
		if (isnan(u->seen_s) && head->told != CONTROLLER_TOLD_RELEASE && !u->setup.probe)
			return; /* the first status is on its way */
		if (premature(u, head))
			return;
		struct gbt_order *o = g_queue_pop_head(&u->orders);
		g_autofree char *why = why_not(u, o);
		u->order = o;
		if (why != NULL)
			finish_now(u, why);
		else
			begin(u);
	}
}

static void read_back(struct gbt_unit *u)
{
	struct gbt_exchange e = {.type = GBT_QUERY, .purpose = GBT_FOR_READ_BACK};

	for (uint32_t i = 0; i < PLAN_ITEMS; i++) {
		struct gbt_key k = plan_key(i, u->order->row);
		gbt_exchange_query(&e, k.class, k.object, k.attribute, k.element);
	}
	gbt_talk_ask(u->talk, &e, true, now(u));
}

static void compare(struct gbt_unit *u, const struct gbt_exchange *e)
{
	struct gbt_exchange wanted = {0};

	set_plan(u, u->order, &wanted);
	for (uint32_t i = 0; i < PLAN_ITEMS; i++) {
		const struct gbt_value *v = &e->values[i], *w = &wanted.values[i];
		if (v->answered && v->refusal == 0 && v->length == w->length && memcmp(v->data, w->data, w->length) == 0)
			continue;
		g_autofree char *why = g_strdup_printf("plan %u does not read back as it was written (9.2.%u): it is not used", u->order->row, v->key.attribute);
		finish_now(u, why);
		return;
	}
	u->cycle_s[u->order->row] = u->order->cycle_s;
	finish_now(u, NULL);
}

static char *refusal(const struct gbt_unit *u, const struct gbt_exchange *e)
{
	for (uint32_t i = 0; i < e->n; i++)
		if (e->values[i].refusal != 0)
			return g_strdup_printf("the controller refused %s (%u.%u.%u): %s (0x%02X)", u->order->is != NULL ? u->order->is : "to be handed back",
				e->values[i].key.class, e->values[i].key.object, e->values[i].key.attribute, gbt_refusal_text(e->values[i].refusal), e->values[i].refusal);
	return g_strdup("the controller refused");
}

/* It does not take its hand-back. The command pipe is the other way; if that is refused too, only our silence is left. */
static void insist(struct gbt_unit *u, const struct gbt_exchange *e)
{
	static const uint8_t cancel[16] = {0};
	struct gbt_exchange pipe = {.type = GBT_SET, .purpose = GBT_FOR_CANCEL};

	if (e->purpose == GBT_FOR_RELEASE) {
		gbt_exchange_set(&pipe, (struct gbt_key){18, 1, 0, 0}, cancel, sizeof cancel);
		gbt_talk_ask(u->talk, &pipe, true, now(u));
		return;
	}
	g_autofree char *why = refusal(u, e);
	finish_now(u, why);
	gbt_unit_lose(u, 1.5 * u->setup.backup_s, "the controller does not take its hand-back: not a word until it goes back by itself");
}

static void force(struct gbt_unit *u, enum gbt_force what)
{
	u->force = what;
	if (what == GBT_FORCE_ROW)
		u->row_before = 0;
	u->called = u->order->first;
	u->forced_s = u->changed_s = now(u);
	u->late_told = u->given_back = false;
	if (what == GBT_FORCE_STAGE && u->order->first != u->order->stage)
		g_queue_push_head(&u->orders, g_steal_pointer(&u->order)); /* now from there */
	else
		finish_now(u, NULL);
}

void gbt_orders_take(struct gbt_unit *u, const struct gbt_exchange *e, enum gbt_outcome outcome)
{
	bool back = e->purpose == GBT_FOR_RELEASE || e->purpose == GBT_FOR_CANCEL;

	if (u->order == NULL)
		return;
	if (outcome == GBT_REFUSED && back) {
		insist(u, e);
	} else if (outcome == GBT_REFUSED && e->purpose != GBT_FOR_READ_BACK) {
		if (e->purpose == GBT_FOR_SELECT && e->values[0].refusal != 0 && u->row_before != 0)
			u->row = u->row_before; /* not even the plan was taken */
		g_autofree char *why = refusal(u, e);
		finish_now(u, why);
	} else if (e->purpose == GBT_FOR_WRITE) {
		read_back(u);
	} else if (e->purpose == GBT_FOR_READ_BACK) {
		compare(u, e);
	} else if (e->purpose == GBT_FOR_SELECT) {
		force(u, GBT_FORCE_ROW);
	} else if (e->purpose == GBT_FOR_CALL) {
		force(u, GBT_FORCE_STAGE);
	} else {
		u->changed_s = now(u); /* handed back */
		u->given_back = true;
		finish_now(u, NULL);
	}
	if (u->life != GBT_NO_LINE)
		gbt_orders_next(u);
}

void gbt_orders_watch(struct gbt_unit *u)
{
	double for_s = now(u) - u->forced_s;
	bool lost = (u->mode < GBT_CENTRE || u->mode > GBT_CENTRE_MANUAL) && for_s > LOST_S;

	if (u->order != NULL)
		return; /* this was said before, or while, it is told something else: what was forced last says nothing about it */
	bool stayed = u->given_back && !lost && now(u) - u->changed_s > LOST_S; /* it took the word and goes on: led, by what was selected or what ran */

	if (lost || stayed)
		u->row = u->row_before = 0;
	if (lost || (u->plan == u->row && for_s > LATE_CYCLES * u->cycle_s[u->row])) /* false for an unknown cycle */
		memset(u->may_run, 0, sizeof u->may_run);
	if (u->force == GBT_FORCE_NONE)
		return;
	if (lost) {
		g_autofree char *why = g_strdup_printf("it went back to its own plan (mode 0x%02X)", u->mode);
		u->force = GBT_FORCE_NONE;
		u->alarms |= CONTROLLER_BACKUP_MODE;
		u->setup.events->refused(u->setup.events_user, why);
		return;
	}
	double cycle_s = u->cycle_s[u->row] > 0 ? u->cycle_s[u->row] : 0;
	if (u->force == GBT_FORCE_ROW && u->plan != u->row && for_s > fmax(LATE_S, LATE_CYCLES * cycle_s)) {
		u->alarms |= CONTROLLER_COORDINATION;
		if (!u->late_told) {
			g_autofree char *why = g_strdup_printf("it runs plan %u %.0f s after plan %u was selected", u->plan, for_s, u->row);
			u->setup.events->refused(u->setup.events_user, why);
		}
		u->late_told = true;
	}
}
