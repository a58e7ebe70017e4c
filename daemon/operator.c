/* operator.c - see operator.h. */
#include "daemon/operator_inside.h"

#include <string.h>

const char *operator_stage(const struct junction *j, uint32_t stage)
{
	return stage < j->n_stages ? j->stages[stage].name : "-";
}

char *operator_done(const char *text)
{
	owned(wire_call) call = wire_call_new(WIRE_CALL_DONE);

	call->text = g_strdup(text);
	return wire_call_write(WIRE_OPERATOR, call, NULL);
}

static char *status(const struct brain *b, const struct herald *herald, double now_s)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (uint32_t j = 0; j < pilot_n(b->pilot); j++) {
		const struct junction *junction = pilot_junction(b->pilot, j);
		struct pilot_look look;
		pilot_look(b->pilot, j, &look);
		double queue_veh = brain_queue_veh(b, j, now_s);
		g_string_append_printf(text, "%s: %s, stage %s%s, shows %s", junction->id, pilot_mode_name(look.mode),
			operator_stage(junction, look.stage), look.settled ? "" : " (on the way)", look.street != NULL ? look.street : "?");
		if (!isnan(queue_veh))
			g_string_append_printf(text, ", %.0f queued", queue_veh);
		g_string_append_printf(text, ", %s\n", cabinets_driver(b->cabinets, network_signal(b->net, junction->id)));
	}
	herald_active_text(herald, text);
	return operator_done(text->str);
}

static uint32_t stage_of(const struct junction *j, const char *name)
{
	for (uint32_t s = 0; s < j->n_stages; s++)
		if (g_ascii_strcasecmp(j->stages[s].name, name) == 0)
			return s;
	return STAGE_NONE;
}

static char *hold(struct brain *b, uint32_t j, const struct wire_call *call, double now_s)
{
	const struct junction *junction = pilot_junction(b->pilot, j);
	uint32_t stage = stage_of(junction, call->stage);
	g_autoptr(GError) error = NULL;

	if (stage == STAGE_NONE) {
		g_autofree char *text = g_strdup_printf("%s has no stage \"%s\", it has %s to %s", junction->id, call->stage, junction->stages[0].name,
			junction->stages[junction->n_stages - 1].name);
		return wire_refusal(text);
	}
	if (!pilot_hold(b->pilot, j, stage, call->for_s, now_s, &error))
		return wire_refusal(error->message);
	g_autofree char *is = g_strdup_printf("stage %s for %.0f s", junction->stages[stage].name, call->for_s);
	cabinets_note(b->cabinets, junction->signal, "hold", is);
	g_autofree char *text = g_strdup_printf("%s holds stage %s for %.0f s", junction->id, junction->stages[stage].name, call->for_s);
	return operator_done(text);
}

char *operator_answer(struct brain *b, const struct herald *herald, const char *request, size_t length, double now_s)
{
	g_autoptr(GError) error = NULL;
	owned(wire_call) call = wire_call_read(WIRE_OPERATOR, request, length, NULL, &error);

	if (call == NULL)
		return wire_refusal(error->message);
	if (call->kind == WIRE_CALL_STATUS)
		return status(b, herald, now_s);
	if (call->kind == WIRE_CALL_CORRIDOR)
		return operator_corridor(b, &call->corridors[0], now_s);
	uint32_t signal = network_signal(b->net, call->signal);
	uint32_t j = signal != NET_NONE ? pilot_find(b->pilot, signal) : NET_NONE;
	if (j == NET_NONE) {
		g_autofree char *text = g_strdup_printf(signal == NET_NONE ? "there is no signal \"%s\"" : "signal \"%s\" is not guarded", call->signal);
		return wire_refusal(text);
	}
	switch (call->kind) {
	case WIRE_CALL_HOLD:
		return hold(b, j, call, now_s);
	case WIRE_CALL_RELEASE:
		pilot_unhold(b->pilot, j);
		cabinets_note(b->cabinets, signal, "hold", "over");
		return operator_done("released");
	case WIRE_CALL_WHY:
		return operator_why(b, j, now_s);
	default:
		return wire_refusal("the operator may ask for status, why, hold, release and corridor");
	}
}
