/* rsmp_answers.c - what an RSMP site answers to orders: is it what was sent? See rsmp_inside.h. */
#include <string.h>

#include "daemon/rsmp_inside.h"

/* ---- our security code ---- */

double rsmp_code_pause_s(const struct rsmp_session *s)
{
	if (!s->code_bad)
		return 0;
	double pause_s = fmin(RSMP_CODE_AGAIN_S * (double) (1u << MIN(s->code_refusals - 1, 10)), RSMP_CODE_MOST_S);

	return s->code_s + pause_s - s->setup.now_s(s->setup.user);
}

static void code_refused(struct rsmp_session *s)
{
	s->code_bad = true;
	s->code_s = s->setup.now_s(s->setup.user);
	s->code_refusals++;
	rsmp_fault(s, RSMP_FAULT_CODE, true,
		"the site does not take our security code of level 2 (option code): it is tried again after %g minutes, then less often, but each %g minutes at least",
		RSMP_CODE_AGAIN_S / 60, RSMP_CODE_MOST_S / 60);
}

static void code_taken(struct rsmp_session *s)
{
	s->code_bad = false;
	s->code_refusals = 0;
	rsmp_fault(s, RSMP_FAULT_CODE, false, "the site takes our security code");
}

/* ---- what comes ---- */

bool rsmp_orders_not_acked(struct rsmp_session *s, const char *id, const char *reason)
{
	if (s->order == NULL || s->order->id == NULL || strcmp(s->order->id, id) != 0)
		return false;
	g_autofree char *lower = g_ascii_strdown(reason, -1);
	if (s->order->why == NULL)
		s->order->touched &= ~rsmp_step_bit(s->order->step); /* refused: not done */
	if (strstr(lower, "security code") != NULL)
		code_refused(s);
	g_autofree char *why = g_strdup_printf("the site refused %s: %s", s->order->is != NULL ? s->order->is : "to be handed back", reason);
	rsmp_order_fail(s, why);
	return true;
}

/* All that was sent must come back as it was. */
static bool echoes(const struct rsmp_order *o, const struct rsmp_message *m)
{
	bool any = false;

	for (uint32_t i = 0; i < m->n_values; i++) {
		const struct rsmp_value *v = &m->values[i];
		if (strcmp(v->code, o->code) != 0)
			return false;
		for (uint32_t k = 0; k < o->n_sent; k++)
			if (strcmp(v->name, o->sent[k].name) == 0) {
				if (!v->recent || v->text == NULL || strcmp(v->text, o->sent[k].text) != 0)
					return false;
				any = true;
			}
	}
	return any;
}

void rsmp_orders_command(struct rsmp_session *s, const struct rsmp_message *m)
{
	struct rsmp_order *o = s->order;

	if (o == NULL || o->id == NULL || o->step == RSMP_READ_BEFORE || o->step == RSMP_READ_AFTER || m->n_values == 0 ||
		strcmp(m->values[0].code, o->code) != 0) {
		s->health.garbage++; /* late, or to nobody */
		return;
	}
	if (echoes(o, m)) {
		if (s->order->told != CONTROLLER_TOLD_PRIORITY) /* those go without it */
			code_taken(s);
		rsmp_order_step(s);
		return;
	}
	g_autofree char *why = g_strdup_printf("the site answered %s with other values than those sent (%s)", o->is != NULL ? o->is : "its hand-back", o->code);
	rsmp_order_fail(s, why);
}

/* "p-v,p-v": that of the row; -1 = it is not in it. */
static int plan_value(const struct rsmp_value *v, uint32_t row)
{
	g_auto(GStrv) list = v != NULL && v->text != NULL && v->recent ? g_strsplit(v->text, ",", 256) : NULL;

	for (char **p = list; p != NULL && *p != NULL; p++) {
		unsigned plan, value;
		char rest;
		if (sscanf(*p, "%3u-%3u%c", &plan, &value, &rest) == 2 && plan == row && value <= 255)
			return (int) value;
	}
	return -1;
}

static void read_values(const struct rsmp_message *m, uint32_t row, struct rsmp_plan_values *values)
{
	const struct rsmp_value *v = rsmp_message_value(m, "S0023", "status");
	g_auto(GStrv) list = v != NULL && v->text != NULL && v->recent ? g_strsplit(v->text, ",", 1000) : NULL;

	values->cycle_s = plan_value(rsmp_message_value(m, "S0028", "status"), row);
	values->offset_s = plan_value(rsmp_message_value(m, "S0024", "status"), row);
	for (uint32_t i = 0; i <= RSMP_BAND_MOST; i++)
		values->bands[i] = -1;
	for (char **p = list; p != NULL && *p != NULL; p++) {
		unsigned plan, band, extension;
		char rest;
		if (sscanf(*p, "%3u-%2u-%2u%c", &plan, &band, &extension, &rest) == 3 && plan == row && band >= 1)
			values->bands[band] = (int) extension;
	}
}

static const char *differs(const struct rsmp_order *o, const struct rsmp_plan_values *now_are)
{
	if (o->cycle_s >= 0 && now_are->cycle_s != o->cycle_s)
		return "cycle (S0028)";
	if (o->offset_s >= 0 && now_are->offset_s != rsmp_site_offset_s(o))
		return "offset (S0024)";
	for (uint32_t i = 1; i <= RSMP_BAND_MOST; i++)
		if (o->bands[i] >= 0 && MAX(now_are->bands[i], 0) != o->bands[i])
			return "bands (S0023)";
	return NULL;
}

void rsmp_orders_status(struct rsmp_session *s, const struct rsmp_message *m)
{
	struct rsmp_order *o = s->order;
	struct rsmp_plan_values values;

	if (o == NULL || o->id == NULL || (o->step != RSMP_READ_BEFORE && o->step != RSMP_READ_AFTER) || rsmp_message_value(m, "S0024", "status") == NULL)
		return;
	read_values(m, o->row, &values);
	if (o->step == RSMP_READ_BEFORE) {
		bool told = values.cycle_s > 0 && values.offset_s >= 0 && values.offset_s < values.cycle_s;
		o->before = values;
		o->was = told ? g_strdup_printf("cycle %d s, offset %d s", values.cycle_s, rsmp_turned(values.offset_s, values.cycle_s)) : NULL;
		if (o->offset_s >= 0 && o->cycle_s < 0 && values.cycle_s < 1)
			rsmp_order_fail(s, "the site does not tell the plan's cycle (S0028): an offset means nothing without it");
		else if (o->offset_s >= 0 && o->cycle_s < 0 && o->offset_s >= values.cycle_s)
			rsmp_order_fail(s, "the offset is not below the plan's cycle (S0028)");
		else
			rsmp_way_look(o), rsmp_order_step(s);
		return;
	}
	const char *other = differs(o, &values);
	if (other == NULL) {
		rsmp_order_step(s);
		return;
	}
	g_autofree char *why = g_strdup_printf("plan %u does not read back as it was written: its %s", o->row, other);
	rsmp_order_fail(s, why);
}
