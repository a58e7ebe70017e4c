/* rsmp_status.c - what an RSMP site shows, and its alarms; see rsmp_inside.h. */
#include <string.h>

#include "daemon/rsmp_inside.h"

static double now(const struct rsmp_session *s)
{
	return s->setup.now_s(s->setup.user);
}

static const struct {
	const char *names[9];
	const char *rate_s;
	bool on_change;
} subscriptions[RSMP_SUBSCRIPTIONS] = {
	{{"S0001", "signalgroupstatus", "S0001", "cyclecounter", "S0001", "basecyclecounter", "S0001", "stage"}, "1", false},
	{{"S0014", "status"}, "5", true},
	{{"S0020", "controlmode", "S0020", "intersection"}, "5", true},
	{{"S0011", "status", "S0011", "intersection"}, "5", true},
	{{"S0007", "status", "S0007", "intersection"}, "5", true},
};

void rsmp_subscribe(struct rsmp_session *s, uint32_t which)
{
	struct rsmp_where where = rsmp_where(s);
	g_autofree char *id = rsmp_next_id(s, true, (uint8_t) (which + 1));

	rsmp_send(s, rsmp_write_subscribe(id, &where, subscriptions[which].names, subscriptions[which].rate_s, subscriptions[which].on_change, s->texts));
}

void rsmp_subscribe_all(struct rsmp_session *s)
{
	static const char *const plans[] = {"S0022", "status", NULL};
	struct rsmp_where where = rsmp_where(s);
	g_autofree char *id = rsmp_next_id(s, true, 0);

	rsmp_send(s, rsmp_write_status_request(id, &where, plans));
	for (uint32_t i = 0; i < RSMP_SUBSCRIPTIONS; i++)
		rsmp_subscribe(s, i);
}

/* Sites of old schemas want sOc as a text and say so. */
bool rsmp_subscribe_refused(struct rsmp_session *s, uint32_t which, const char *reason)
{
	if (strstr(reason, "sOc") != NULL && !s->texts) {
		s->texts = true;
		for (uint32_t i = 0; i < RSMP_SUBSCRIPTIONS; i++)
			rsmp_subscribe(s, i);
		return true;
	}
	if (strstr(reason, "sOc") != NULL)
		return true; /* the others of the same batch */
	if (which > 1)
		return true; /* it does not have that one */
	rsmp_fault(s, RSMP_FAULT_STATUS, true, "the site does not tell %s: %s", subscriptions[which].names[0], reason);
	return false;
}

static bool number(const char *text, uint32_t most, uint32_t *value)
{
	uint64_t v;

	if (text == NULL || !g_ascii_string_to_unsigned(text, 10, 0, most, &v, NULL))
		return false;
	*value = (uint32_t) v;
	return true;
}

/* Lists of one value an intersection, "True,False": ours is the first. */
static bool first_is(const char *text, const char *what)
{
	size_t n = strlen(what);

	return text != NULL && g_ascii_strncasecmp(text, what, n) == 0 && (text[n] == '\0' || text[n] == ',');
}

static bool take_groups(struct rsmp_session *s, const char *text)
{
	static const char letters[] = "0123456789NOABCDEFGPabcdefgh";

	if (text == NULL || strlen(text) > CABINET_MAX_PHASES || text[strspn(text, letters)] != '\0')
		return false;
	g_strlcpy(s->groups, text, sizeof s->groups);
	return true;
}

static bool take_plans(struct rsmp_session *s, const char *text)
{
	g_auto(GStrv) list = g_strsplit(text != NULL ? text : "", ",", 256);
	uint64_t plans[4] = {0};

	for (char **p = list; *p != NULL; p++) {
		uint32_t plan;
		if (!number(g_strstrip(*p), 255, &plan) || plan == 0)
			return false;
		plans[plan / 64] |= (uint64_t) 1 << plan % 64;
	}
	memcpy(s->plans, plans, sizeof plans);
	s->plans_told = true;
	return true;
}

/* False: it is of a kind that we know, and cannot be. */
static bool take_value(struct rsmp_session *s, const struct rsmp_value *v)
{
	if (!v->recent) /* old, undefined or unknown: no news of now */
		return true;
	if (strcmp(v->code, "S0001") == 0) {
		if (strcmp(v->name, "signalgroupstatus") == 0) {
			s->seen_s = now(s);
			return take_groups(s, v->text);
		}
		if (strcmp(v->name, "cyclecounter") == 0)
			return s->cycle_told = number(v->text, 999, &s->cycle_counter);
		return strcmp(v->name, "stage") != 0 || number(v->text, 999, &s->stage);
	}
	if (strcmp(v->code, "S0014") == 0 && strcmp(v->name, "status") == 0)
		return number(v->text, 255, &s->plan);
	if (strcmp(v->code, "S0022") == 0)
		return take_plans(s, v->text);
	if (strcmp(v->code, "S0011") == 0 && strcmp(v->name, "status") == 0)
		s->flash = first_is(v->text, "True");
	else if (strcmp(v->code, "S0007") == 0 && strcmp(v->name, "status") == 0)
		s->dark = first_is(v->text, "False");
	else if (strcmp(v->code, "S0020") == 0 && strcmp(v->name, "controlmode") == 0)
		g_strlcpy(s->control, v->text != NULL ? v->text : "", sizeof s->control);
	return true;
}

void rsmp_status_take(struct rsmp_session *s, const struct rsmp_message *m)
{
	double seen_s = s->seen_s;
	bool good = true;

	if (m->component != NULL && s->component != NULL && strcmp(m->component, s->component) != 0)
		return; /* of a detector, or another signal */
	for (uint32_t i = 0; i < m->n_values; i++)
		good &= take_value(s, &m->values[i]);
	if (!good) {
		s->health.garbage++;
		s->seen_s = seen_s; /* not counted on: its status gets old */
		rsmp_fault(s, RSMP_FAULT_STATUS, true, "a value in its status is none that there can be");
		return;
	}
	if (rsmp_message_value(m, "S0001", "signalgroupstatus") == NULL)
		return;
	if (s->seen_s > seen_s || isnan(seen_s))
		rsmp_fault(s, RSMP_FAULT_STATUS, false, "its status can be read again");
	rsmp_orders_watch(s);
	rsmp_status_tell(s);
}

void rsmp_aggregated_take(struct rsmp_session *s, const struct rsmp_message *m)
{
	s->local = m->bits[0];
	s->fault = m->bits[2];
}

static uint32_t alarm_of(const char *code)
{
	static const struct {
		const char *prefix;
		uint32_t alarm;
	} kinds[] = {{"A0002", CONTROLLER_LAMP}, {"A020", CONTROLLER_LAMP}, {"A030", CONTROLLER_DETECTOR}, {"A0005", CONTROLLER_COORDINATION}, {"A0006", CONTROLLER_CONFLICT}};

	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (g_str_has_prefix(code, kinds[i].prefix))
			return kinds[i].alarm;
	return CONTROLLER_OTHER_ALARM;
}

void rsmp_alarm_take(struct rsmp_session *s, const struct rsmp_message *m)
{
	uint32_t alarm = alarm_of(m->alarm);
	bool active = m->alarm_state == NULL || g_ascii_strcasecmp(m->alarm_state, "active") == 0;

	if (m->special != NULL && g_ascii_strcasecmp(m->special, "Issue") != 0)
		return; /* acknowledged, suspended */
	if (active)
		s->alarms |= alarm;
	if (alarm == CONTROLLER_CONFLICT)
		s->standing = active ? s->standing | alarm : s->standing & ~alarm;
}

const char *rsmp_away(const struct rsmp_session *s)
{
	if (s->flash)
		return "yellow flash";
	if (s->dark)
		return "dark";
	if (s->local)
		return "local mode";
	if (s->standing & CONTROLLER_CONFLICT)
		return "safety error";
	if (s->fault)
		return "a fault of high priority";
	return *s->control != '\0' && !first_is(s->control, "control") ? "not in normal control" : NULL;
}

static void lights_of(const struct rsmp_session *s, struct cabinet_lights *lights)
{
	for (uint32_t i = 0; s->groups[i] != '\0'; i++) {
		if (s->groups[i] >= '1' && s->groups[i] <= '9')
			lights->greens |= phase_bit(i + 1);
		else if (s->groups[i] == 'N' || s->groups[i] == 'O')
			lights->ambers |= phase_bit(i + 1);
	}
}

static struct controller_coordination coordination_of(const struct rsmp_session *s)
{
	uint32_t called = s->force ? s->row : 0;

	return (struct controller_coordination){.row = s->plan, .called = called, .in_cycle_s = s->cycle_told ? s->cycle_counter : UNKNOWN,
		.in_transition = called != 0 && s->plan != 0 && called != s->plan};
}

void rsmp_status_tell(struct rsmp_session *s)
{
	struct cabinet_lights lights = {.no_walks = true};
	const char *away = rsmp_away(s);

	lights_of(s, &lights);
	g_autofree char *letters = s->setup.map != NULL ? cabinet_map_letters(s->setup.map, &lights) : g_strdup("");
	struct controller_status status = {.signal = s->setup.signal, .state = letters, .why = away, .alarms = s->alarms | s->standing,
		.mode = away != NULL ? CONTROLLER_AWAY : s->force && s->plan == s->row ? CONTROLLER_CENTRAL : CONTROLLER_LOCAL,
		.coordination = coordination_of(s), .greens = lights.greens, .ambers = lights.ambers,
		.stage = (uint16_t) s->stage};
	if (s->flash)
		status.alarms |= CONTROLLER_FLASHES;
	if (s->local)
		status.alarms |= CONTROLLER_MANUAL;
	if (s->dark || s->fault)
		status.alarms |= CONTROLLER_STOPPED;
	if (s->faults[RSMP_FAULT_CLOCK])
		status.alarms |= CONTROLLER_CLOCK;
	s->alarms = 0;
	s->setup.events->status(s->setup.events_user, &status, 1);
}
