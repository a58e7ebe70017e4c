/* rsmp_site.c - see rsmp_site.h. */
#include "tests/daemon/rsmp_site.h"

#include <math.h>
#include <string.h>

#define LATE_S 10.0
#define NEVER -1e9
#define WAIT_MOST_S 10.0

struct site_sent {
	double due_s;
	char *text;
};

static void sent_free(gpointer data)
{
	struct site_sent *m = data;

	g_free(m->text);
	g_free(m);
}

static void run_own(struct rsmp_site *s)
{
	s->ours = false;
	s->plan = s->own_plan;
	s->commanded = 0;
}

static void power_on(struct rsmp_site *s)
{
	run_own(s);
	for (int p = 1; p <= SITE_PLANS; p++)
		for (int b = 0; b < 3; b++)
			s->plans[p].bands[b] = 0;
	s->stage = 0;
	s->stage_s = 0;
	s->bands_timeout_min = 0;
	for (int g = 0; g < SITE_GROUPS; g++) {
		s->groups[g] = g < 2 ? GROUP_GREEN : GROUP_RED;
		s->group_s[g] = s->now_s;
		s->ended_s[g] = NEVER;
		s->amber_for_s[g] = s->amber_s;
	}
}

struct rsmp_site *rsmp_site_new(void)
{
	struct rsmp_site *s = g_new0(struct rsmp_site, 1);

	g_strlcpy(s->id, "RN+SI0001", sizeof s->id);
	g_strlcpy(s->code, "2222", sizeof s->code);
	g_strlcpy(s->versions[0], "3.1.5", sizeof s->versions[0]);
	g_strlcpy(s->versions[1], "3.2", sizeof s->versions[1]);
	s->backup_s = 120;
	s->own_plan = 1;
	s->utc_s = 1750000000;
	s->min_green_s = 6;
	s->amber_s = 4;
	s->red_s = 2;
	for (int p = 1; p <= SITE_PLANS; p++) {
		s->plans[p].cycle_s = 60;
		s->plans[p].stage_s[0] = s->plans[p].stage_s[1] = 20 + p;
	}
	g_queue_init(&s->out);
	power_on(s);
	return s;
}

void rsmp_site_free(struct rsmp_site *s)
{
	if (s == NULL)
		return;
	g_queue_clear_full(&s->out, sent_free);
	g_free(s);
}

/* ---- the street ---- */

static void turn(struct rsmp_site *s, int g, int to)
{
	double for_s = s->now_s - s->group_s[g];

	if (s->groups[g] == GROUP_GREEN && for_s < s->min_green_s)
		s->counts.short_greens++;
	if (s->groups[g] == GROUP_GREEN)
		s->ended_s[g] = s->now_s;
	if (s->groups[g] == GROUP_AMBER)
		s->amber_for_s[g] = for_s;
	s->groups[g] = to;
	s->group_s[g] = s->now_s;
	if (to != GROUP_GREEN)
		return;
	s->counts.greens++;
	for (int k = 0; k < SITE_GROUPS; k++)
		if (k / 2 != g / 2) {
			s->counts.conflicts += s->groups[k] != GROUP_RED;
			s->counts.short_clearances += s->now_s - s->ended_s[k] < s->amber_s + s->red_s || s->amber_for_s[k] < s->amber_s;
		}
}

/* How long the stage has: its own, its band, and the rest of the cycle in the second one. */
static double stage_s(const struct rsmp_site *s, uint32_t plan, int stage)
{
	double first_s = s->plans[plan].stage_s[0] + s->plans[plan].bands[1];

	return stage == 0 ? first_s : s->plans[plan].cycle_s - first_s;
}

/* Would all its times fit? */
static bool fits(const struct rsmp_site *s, uint32_t plan)
{
	double way_s = s->amber_s + s->red_s;

	return stage_s(s, plan, 0) >= s->min_green_s + way_s && stage_s(s, plan, 1) >= s->min_green_s + way_s + s->plans[plan].bands[2] &&
		s->plans[plan].offset_s < s->plans[plan].cycle_s;
}

/* Under us its counter b is UTC; into step by waiting in the second stage, so much a cycle. */
static double wait_s(const struct rsmp_site *s)
{
	double t_s = s->plans[s->plan].cycle_s, c_s = fmod((double) s->utc_s + s->now_s + stage_s(s, s->plan, 1) + s->plans[s->plan].offset_s, t_s);

	return s->ours && c_s > 0 ? fmin(t_s - c_s, WAIT_MOST_S) : 0;
}

static void step_lights(struct rsmp_site *s)
{
	double way_s = s->amber_s + s->red_s;

	s->stage_s++;
	double left_s = stage_s(s, s->plan, s->stage) + (s->stage == 1 ? s->extra_s : 0) - s->stage_s;
	for (int g = 2 * s->stage; g < 2 * s->stage + 2; g++)
		if (s->groups[g] == GROUP_GREEN && left_s <= way_s && s->now_s - s->group_s[g] >= s->min_green_s)
			turn(s, g, GROUP_AMBER);
		else if (s->groups[g] == GROUP_AMBER && s->now_s - s->group_s[g] >= s->amber_s)
			turn(s, g, GROUP_RED);
	bool red = s->groups[2 * s->stage] == GROUP_RED && s->now_s - s->ended_s[2 * s->stage] >= way_s;
	if (!red)
		return;
	if (s->stage == 1)
		s->plan = s->ours && s->commanded != 0 ? s->commanded : s->own_plan;
	s->stage = 1 - s->stage;
	s->stage_s = 0;
	s->extra_s = s->stage == 1 ? wait_s(s) : 0;
	turn(s, 2 * s->stage, GROUP_GREEN);
	turn(s, 2 * s->stage + 1, GROUP_GREEN);
}

/* ---- what it says ---- */

static void say(struct rsmp_site *s, json_t *m)
{
	struct site_sent *sent = g_new0(struct site_sent, 1);
	char *text = json_dumps(m, JSON_COMPACT);

	json_decref(m);
	sent->text = g_strdup(text);
	free(text);
	sent->due_s = s->now_s + (s->misdeeds & SITE_LATE ? LATE_S : 0);
	g_queue_push_tail(&s->out, sent);
}

static json_t *message(struct rsmp_site *s, const char *type)
{
	g_autofree char *id = g_strdup_printf("00000000-0000-4000-8000-%012" G_GINT64_MODIFIER "x", ++s->serial);

	return json_pack("{s:s, s:s, s:s}", "mType", "rSMsg", "type", type, "mId", id);
}

static json_t *of_main(struct rsmp_site *s, const char *type)
{
	json_t *m = message(s, type);

	json_object_set_new(m, "cId", json_string("TC"));
	json_object_set_new(m, "ntsOId", json_string("KK+AG9998=001TC000"));
	json_object_set_new(m, "xNId", json_string(""));
	return m;
}

static char *time_now(const struct rsmp_site *s)
{
	g_autoptr(GDateTime) t = g_date_time_new_from_unix_utc(s->utc_s + (int64_t) (s->now_s + s->clock_off_s));

	return g_date_time_format(t, "%Y-%m-%dT%H:%M:%S.000Z");
}

static void say_watchdog(struct rsmp_site *s)
{
	g_autofree char *time = time_now(s);
	json_t *m = message(s, "Watchdog");

	json_object_set_new(m, "wTs", json_string(time));
	say(s, m);
}

static void say_aggregated(struct rsmp_site *s)
{
	json_t *m = of_main(s, "AggregatedStatus");

	json_object_set_new(m, "aSTS", json_string("2026-11-22T03:44:52.283Z"));
	json_object_set_new(m, "fP", json_null());
	json_object_set_new(m, "fS", json_null());
	json_object_set_new(m, "se", json_pack("[b,b,b,b,b,b,b,b]", s->local, 0, 0, 0, 0, 1, 0, 0));
	say(s, m);
}

void rsmp_site_connect(struct rsmp_site *s)
{
	json_t *m = message(s, "Version"), *versions = json_array();

	s->connected = true;
	s->closed = s->greeted = s->subscribed = false;
	s->connected_s = s->now_s;
	for (int i = 0; i < 3 && *s->versions[i] != '\0'; i++)
		json_array_append_new(versions, json_pack("{s:s}", "vers", s->versions[i]));
	json_object_set_new(m, "RSMP", versions);
	json_object_set_new(m, "siteId", json_pack("[{s:s}]", "sId", s->id));
	json_object_set_new(m, "SXL", json_string("1.1"));
	say(s, m);
}

void rsmp_site_lost(struct rsmp_site *s)
{
	s->connected = s->greeted = s->subscribed = false;
	g_queue_clear_full(&s->out, sent_free);
}

void rsmp_site_restart(struct rsmp_site *s)
{
	rsmp_site_lost(s);
	s->closed = true;
	power_on(s);
}

static char *value_of(const struct rsmp_site *s, const char *code, const char *name)
{
	static const char letters[] = {'B', '1', 'N'};
	g_autoptr(GString) text = g_string_new(NULL);

	if (strcmp(code, "S0001") == 0 && strcmp(name, "signalgroupstatus") == 0) {
		for (int g = 0; g < SITE_GROUPS; g++)
			g_string_append_c(text, s->misdeeds & SITE_OUT_OF_RANGE ? '!' : letters[s->groups[g]]);
	} else if (strcmp(code, "S0001") == 0) {
		g_string_append_printf(text, "%d", strcmp(name, "stage") == 0 ? s->stage + 1 : (int) s->stage_s);
	} else if (strcmp(code, "S0014") == 0) {
		g_string_append_printf(text, "%u", s->misdeeds & SITE_OUT_OF_RANGE ? 999 : s->plan);
	} else if (strcmp(code, "S0011") == 0 && strcmp(name, "status") == 0) {
		g_string_append(text, s->flash ? "True" : "False");
	} else if (strcmp(code, "S0007") == 0 && strcmp(name, "status") == 0) {
		g_string_append(text, s->dark ? "False" : "True");
	} else if (strcmp(code, "S0020") == 0 && strcmp(name, "controlmode") == 0) {
		g_string_append(text, "control");
	} else if (strcmp(name, "intersection") == 0) {
		g_string_append(text, "0");
	}
	for (int p = 1; p <= SITE_PLANS; p++) {
		const char *comma = p > 1 ? "," : "";
		if (strcmp(code, "S0022") == 0)
			g_string_append_printf(text, "%s%d", comma, p);
		else if (strcmp(code, "S0024") == 0)
			g_string_append_printf(text, "%s%d-%d", comma, p, s->plans[p].offset_s);
		else if (strcmp(code, "S0028") == 0)
			g_string_append_printf(text, "%s%02d-%02d", comma, p, s->plans[p].cycle_s);
		else if (strcmp(code, "S0023") == 0)
			g_string_append_printf(text, "%s%d-1-%d,%d-2-%d", comma, p, s->plans[p].bands[1], p, s->plans[p].bands[2]);
	}
	return g_strdup(text->str);
}

static void add_value(struct rsmp_site *s, json_t *list, const char *code, const char *name)
{
	g_autofree char *text = value_of(s, code, name);
	json_t *v = json_pack("{s:s, s:s, s:s}", "sCI", code, "n", name, "q", "recent");

	json_object_set_new(v, "s", s->misdeeds & SITE_WRONG_TYPE ? json_integer(7) : json_string(text));
	json_array_append_new(list, v);
}

static void say_values(struct rsmp_site *s, const char *type, const char *const *names)
{
	g_autofree char *time = time_now(s);
	json_t *m = of_main(s, type), *list = json_array();

	for (; names[0] != NULL; names += 2)
		add_value(s, list, names[0], names[1]);
	json_object_set_new(m, "sTs", json_string(time));
	json_object_set_new(m, "sS", list);
	say(s, m);
}

void rsmp_site_step(struct rsmp_site *s, double now_s)
{
	static const char *const each_second[] = {"S0001", "signalgroupstatus", "S0001", "cyclecounter", "S0001", "basecyclecounter", "S0001", "stage", NULL};
	static const char *const changed[] = {"S0014", "status", "S0011", "status", "S0007", "status", NULL};

	s->now_s = now_s;
	if (s->ours && now_s - s->heard_s > s->backup_s) {
		run_own(s);
		s->counts.returned++;
	}
	for (int p = 1; s->bands_timeout_min > 0 && now_s - s->bands_s > 60 * s->bands_timeout_min && p <= SITE_PLANS; p++)
		s->plans[p].bands[1] = s->plans[p].bands[2] = 0;
	if (!s->flash && !s->dark)
		step_lights(s);
	if (!s->greeted || s->misdeeds & SITE_MUTE)
		return;
	if ((int64_t) now_s % SITE_WATCHDOG_S == 0)
		say_watchdog(s);
	if (s->misdeeds & SITE_GARBAGE && (int64_t) now_s % 3 == 0) {
		struct site_sent *sent = g_new0(struct site_sent, 1);
		*sent = (struct site_sent){now_s, g_strdup("{\"mType\":\"rSMsg\", \xff")};
		g_queue_push_tail(&s->out, sent);
	}
	if (!s->subscribed)
		return;
	say_values(s, "StatusUpdate", each_second);
	if (s->on_change && (s->told_plan != s->plan || s->told_flash != s->flash || s->told_dark != s->dark || s->misdeeds & SITE_OUT_OF_RANGE))
		say_values(s, "StatusUpdate", changed);
	s->told_plan = s->plan;
	s->told_flash = s->flash;
	s->told_dark = s->dark;
}

/* ---- what it hears ---- */

static const char *argument(const json_t *list, const char *name)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *a = json_array_get(list, i);
		const char *n = json_string_value(json_object_get(a, "n"));
		if (n != NULL && strcmp(n, name) == 0)
			return json_string_value(json_object_get(a, "v"));
	}
	return NULL;
}

static int whole(const json_t *list, const char *name)
{
	const char *text = argument(list, name);

	return text != NULL ? atoi(text) : -1;
}

/* A change of a stored plan that does not fit is refused. */
static const char *change(struct rsmp_site *s, const char *code, const json_t *list)
{
	int plan = whole(list, "plan"), value = whole(list, "status");

	if (plan < 1 || plan > SITE_PLANS)
		return "no such plan";
	int cycle_s = s->plans[plan].cycle_s, offset_s = s->plans[plan].offset_s, band1 = s->plans[plan].bands[1], band2 = s->plans[plan].bands[2];
	s->counts.changes++;
	if (strcmp(code, "M0018") == 0 && (s->misdeeds & SITE_FORGETFUL) == 0) {
		s->plans[plan].cycle_s = value;
	} else if (strcmp(code, "M0015") == 0) {
		s->plans[plan].offset_s = value;
	} else if (strcmp(code, "M0014") == 0) {
		g_auto(GStrv) bands = g_strsplit(argument(list, "status"), ",", -1);
		s->bands_s = s->now_s;
		for (char **b = bands; *b != NULL; b++) {
			int band, extension;
			if (sscanf(*b, "%2d-%2d", &band, &extension) != 2 || band < 1 || band > 2)
				return "no such band";
			s->plans[plan].bands[band] = extension;
		}
	}
	if (fits(s, (uint32_t) plan) || (strcmp(code, "M0015") == 0 && value < cycle_s))
		return NULL;
	s->plans[plan].cycle_s = cycle_s;
	s->plans[plan].offset_s = offset_s;
	s->plans[plan].bands[1] = band1;
	s->plans[plan].bands[2] = band2;
	return "would cut fixed times";
}

/* NULL, or why not. */
static const char *obey(struct rsmp_site *s, const char *code, const json_t *list)
{
	const char *given = argument(list, "securityCode");

	s->counts.commands++;
	if (strcmp(code, "M0022") == 0) {
		s->counts.priorities++;
		return given == NULL ? NULL : "schema errors: /arg";
	}
	if (given == NULL || strcmp(given, s->code) != 0) {
		s->counts.wrong_codes++;
		return s->misdeeds & SITE_TELLTALE ? "Wrong security code 2222 for level 2" : "Wrong security code for level 2";
	}
	if (strcmp(code, "M0002") == 0) {
		int plan = whole(list, "timeplan");
		const char *status = argument(list, "status");
		if (s->misdeeds & SITE_REFUSE_PLAN)
			return "not now";
		if (plan < 1 || plan > SITE_PLANS || status == NULL)
			return "no such plan";
		s->ours = strcmp(status, "True") == 0;
		s->commanded = s->ours ? (uint32_t) plan : 0;
		s->counts.plans++;
		return NULL;
	}
	if (strcmp(code, "M0023") == 0) {
		s->bands_timeout_min = whole(list, "status");
		return s->bands_timeout_min >= 0 ? NULL : "no time";
	}
	if (strcmp(code, "M0015") == 0 && s->misdeeds & SITE_REFUSE_OFFSET)
		return "no offsets today";
	return change(s, code, list);
}

static void say_ack(struct rsmp_site *s, const char *of, const char *why)
{
	json_t *m = json_pack("{s:s, s:s, s:s}", "mType", "rSMsg", "type", why == NULL ? "MessageAck" : "MessageNotAck", "oMId", of);

	if (why != NULL) {
		json_object_set_new(m, "rea", json_string(why));
		s->counts.refused++;
	}
	say(s, m);
}

static void hear_command(struct rsmp_site *s, const json_t *m, const char *id)
{
	const json_t *list = json_object_get(m, "arg");
	const char *code = json_string_value(json_object_get(json_array_get(list, 0), "cCI"));
	const char *why = code != NULL ? obey(s, code, list) : "no command";

	say_ack(s, id, why);
	if (why != NULL || s->misdeeds & SITE_NO_ANSWER)
		return;
	json_t *answer = of_main(s, "CommandResponse"), *values = json_array();
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *a = json_array_get(list, i);
		json_array_append_new(values, json_pack("{s:s, s:O, s:s, s:s}", "cCI", code, "n", json_object_get(a, "n"), "v",
			s->misdeeds & SITE_OTHER_ECHO ? "9" : json_string_value(json_object_get(a, "v")), "age", "recent"));
	}
	json_object_set_new(answer, "rvs", values);
	say(s, answer);
}

static void hear_subscribe(struct rsmp_site *s, const json_t *m, const char *id)
{
	const json_t *first = json_array_get(json_object_get(m, "sS"), 0);
	const char *code = json_string_value(json_object_get(first, "sCI"));
	bool text = json_is_string(json_object_get(first, "sOc"));

	if (text != ((s->misdeeds & SITE_TEXTS) != 0)) {
		say_ack(s, id, "schema errors: /sS/0/sOc, string");
		return;
	}
	if (code == NULL || strcmp(code, "S0020") == 0) { /* one that it does not have */
		say_ack(s, id, "unknown status");
		return;
	}
	say_ack(s, id, NULL);
	s->subscribed |= strcmp(code, "S0001") == 0;
	s->on_change |= strcmp(code, "S0014") == 0;
	s->told_plan = 0;
}

static void hear_request(struct rsmp_site *s, const json_t *m, const char *id)
{
	const json_t *list = json_object_get(m, "sS");
	const char *names[33] = {NULL};

	say_ack(s, id, NULL);
	for (size_t i = 0; i < json_array_size(list) && i < 16; i++) {
		names[2 * i] = json_string_value(json_object_get(json_array_get(list, i), "sCI"));
		names[2 * i + 1] = json_string_value(json_object_get(json_array_get(list, i), "n"));
	}
	say_values(s, "StatusResponse", names);
}

void rsmp_site_hear(struct rsmp_site *s, const char *text, size_t size)
{
	g_assert_cmpint(text[size - 1], ==, 0x0c);
	json_t *m = json_loadb(text, size - 1, JSON_REJECT_DUPLICATES, NULL);
	g_assert_nonnull(m);
	const char *type = json_string_value(json_object_get(m, "type")), *id = json_string_value(json_object_get(m, "mId"));

	s->heard_s = s->now_s;
	if (s->misdeeds & SITE_MUTE || !s->connected) {
		json_decref(m);
		return;
	}
	if (strcmp(type, "CommandRequest") == 0) {
		g_strlcpy(s->last_text, text, sizeof s->last_text);
		hear_command(s, m, id);
	} else if (strcmp(type, "StatusSubscribe") == 0) {
		hear_subscribe(s, m, id);
	} else if (strcmp(type, "StatusRequest") == 0) {
		hear_request(s, m, id);
	} else if (strcmp(type, "Version") == 0) {
		say_ack(s, id, NULL);
		say_watchdog(s);
	} else if (strcmp(type, "Watchdog") == 0) {
		say_ack(s, id, NULL);
		if (!s->greeted)
			say_aggregated(s);
		s->greeted = true;
	}
	json_decref(m);
}

char *rsmp_site_say(struct rsmp_site *s)
{
	struct site_sent *sent = g_queue_peek_head(&s->out);

	if (sent == NULL || sent->due_s > s->now_s)
		return NULL;
	g_queue_pop_head(&s->out);
	char *text = sent->text;
	g_free(sent);
	return text;
}
