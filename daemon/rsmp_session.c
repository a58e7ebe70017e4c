/* rsmp_session.c - the life of a connection with an RSMP site: greeting, acks, watchdogs, faults; see rsmp_session.h. */
#include <string.h>

#include "daemon/rsmp_inside.h"

#define CALM_S 60.0
#define ALIVE_S 10.0	 /* after a poll we count as alive for so long */
#define REFUSE_S 60.0	 /* a site of no version that we know is not spoken with for so long */
#define GREETING_S 60.0	 /* the whole of it may take so long */
#define CLOCK_OFF_S 5.0	 /* between it and ours */

static double now(const struct rsmp_session *s)
{
	return s->setup.now_s(s->setup.user);
}

/* Words of the site that people will read: our code is never in them, even if the site says it. */
static char *cleaned(const struct rsmp_session *s, const char *text)
{
	g_auto(GStrv) parts = s->code != NULL && *s->code != '\0' ? g_strsplit(text, s->code, -1) : g_strsplit(text, "\n", -1);

	return g_strjoinv("***", parts);
}

void rsmp_fault(struct rsmp_session *s, enum rsmp_fault fault, bool active, const char *format, ...)
{
	static const char *const kinds[] = {"controller-stranger", "controller-garbage", "controller-clock", "controller-credentials", "controller-half-written",
		"controller-status"};
	va_list list;

	if (active)
		s->fault_s[fault] = now(s);
	if (s->faults[fault] == active)
		return;
	s->faults[fault] = active;
	va_start(list, format);
	g_autofree char *text = g_strdup_vprintf(format, list);
	va_end(list);
	g_autofree char *clean = cleaned(s, text);
	s->setup.events->alert(s->setup.events_user, kinds[fault], active, clean);
}

static void awaited_free(gpointer data)
{
	struct rsmp_awaited *a = data;

	g_free(a->id);
	g_free(a);
}

static void go_down(struct rsmp_session *s, const char *why)
{
	s->life = RSMP_NO_LINE;
	s->force = false;
	s->seen_s = UNKNOWN;
	g_queue_clear_full(&s->awaited, awaited_free);
	if (!s->told_down)
		s->setup.events->down(s->setup.events_user, why);
	s->told_down = true;
	s->told_up = false;
	rsmp_orders_fail(s, why); /* behind it: what was lost with the line was not refused */
	g_clear_pointer(&s->bands_of, rsmp_order_free);
}

void rsmp_lose(struct rsmp_session *s, double pause_s, const char *why)
{
	go_down(s, why);
	s->setup.drop(s->setup.user, pause_s);
}

void rsmp_session_closed(struct rsmp_session *s, const char *why)
{
	go_down(s, why);
}

void rsmp_send(struct rsmp_session *s, char *text)
{
	s->health.sent++;
	s->setup.send(s->setup.user, text, strlen(text));
	g_free(text);
}

char *rsmp_next_id(struct rsmp_session *s, bool await, uint8_t subscription)
{
	char *id = g_uuid_string_random();

	if (await) {
		struct rsmp_awaited *a = g_new0(struct rsmp_awaited, 1);
		*a = (struct rsmp_awaited){g_strdup(id), now(s), subscription};
		g_queue_push_tail(&s->awaited, a);
	}
	return id;
}

struct rsmp_where rsmp_where(const struct rsmp_session *s)
{
	return (struct rsmp_where){s->nts != NULL ? s->nts : "", s->xnid != NULL ? s->xnid : "", s->component};
}

/* The highest that both know. */
static const char *agree(const struct rsmp_message *version)
{
	static const char *const ours[] = {"3.2.2", "3.2.1", "3.2", "3.1.5", "3.1.4", "3.1.3", "3.1.2"};

	for (size_t i = 0; i < G_N_ELEMENTS(ours); i++)
		for (guint k = 0; k < version->versions->len; k++)
			if (strcmp(ours[i], version->versions->pdata[k]) == 0)
				return ours[i];
	return NULL;
}


static void watchdog(struct rsmp_session *s)
{
	g_autofree char *id = rsmp_next_id(s, true, 0);

	s->beat_s = now(s);
	rsmp_send(s, rsmp_write_watchdog(id, s->setup.utc_us(s->setup.user)));
}

void rsmp_session_open(struct rsmp_session *s, const struct rsmp_message *version)
{
	const char *common = agree(version);

	if (s->life != RSMP_NO_LINE)
		go_down(s, "the site connected anew");
	s->life = RSMP_GREETING;
	s->open_s = s->heard_s = now(s);
	s->watchdog_heard = s->plans_told = s->cycle_told = false;
	s->code_bad &= s->code_refusals >= RSMP_CODE_ANEW; /* one that hangs up on a wrong code is not asked at each of its connections */
	s->plan = 0;
	s->flash = s->dark = s->local = s->fault = false;
	s->standing = 0;
	*s->control = *s->groups = '\0';
	rsmp_fault(s, RSMP_FAULT_STRANGER, false, "the right site is connected");
	if (common == NULL) {
		rsmp_send(s, rsmp_write_not_ack(version->id, "no RSMP version in common"));
		rsmp_lose(s, REFUSE_S, "the site speaks no version of RSMP from 3.1.2 to 3.2.2");
		return;
	}
	g_free(s->version);
	g_free(s->sxl);
	s->version = g_strdup(common);
	s->sxl = g_strdup(version->sxl);
	s->texts = strcmp(common, "3.1.5") < 0; /* sOc became true and false with 3.1.5 */
	g_autofree char *id = rsmp_next_id(s, true, 0);
	rsmp_send(s, rsmp_write_ack(version->id));
	rsmp_send(s, rsmp_write_version(id, common, s->site, s->sxl));
}

void rsmp_session_stranger(struct rsmp_session *s, const char *site)
{
	rsmp_fault(s, RSMP_FAULT_STRANGER, true, "site \"%s\" connected, \"%s\" is expected", site, s->site);
}

void rsmp_session_unexpected(struct rsmp_session *s, const char *who, bool active, const char *sentence)
{
	s->setup.events->stranger(s->setup.events_user, who, active, sentence);
}

static void tell_timing(struct rsmp_session *s)
{
	struct controller_timing timing = {.signal = s->setup.signal, .cycle_min_s = 1, .cycle_max_s = 255, .backup_s = s->setup.backup_s, .rows = 255};

	s->setup.events->timing(s->setup.events_user, &timing);
}

static void greeted(struct rsmp_session *s, const struct rsmp_message *m)
{
	g_autofree char *sxl = cleaned(s, s->sxl);
	g_autofree char *standard = g_strdup_printf("RSMP %s, SXL TLC %s", s->version, sxl);

	g_free(s->component);
	g_free(s->nts);
	g_free(s->xnid);
	s->component = g_strdup(s->component_set != NULL ? s->component_set : m->component != NULL ? m->component : "");
	s->nts = g_strdup(m->nts);
	s->xnid = g_strdup(m->xnid);
	s->life = RSMP_UP;
	s->told_down = false;
	s->told_up = true;
	s->setup.events->up(s->setup.events_user, &(struct controller_identity){.make = "RSMP site", .model = s->site, .version = sxl, .standard = standard,
		.can = CONTROLLER_SELECTS | CONTROLLER_BANDS | CONTROLLER_REPORTS | CONTROLLER_STREET | CONTROLLER_BACKUP |
			(s->setup.bands_only ? 0 : CONTROLLER_CYCLES | CONTROLLER_OFFSETS) | (s->group != NULL ? CONTROLLER_PRIORITY : 0)});
	tell_timing(s);
	rsmp_subscribe_all(s);
}

static void check_clock(struct rsmp_session *s, const struct rsmp_message *m)
{
	const char *text = json_string_value(json_object_get(m->root, "wTs"));
	g_autoptr(GDateTime) time = text != NULL ? g_date_time_new_from_iso8601(text, NULL) : NULL;

	if (time == NULL) {
		rsmp_fault(s, RSMP_FAULT_CLOCK, true, "its watchdog tells no time");
		return;
	}
	double off_s = (double) g_date_time_to_unix(time) + g_date_time_get_microsecond(time) * 1e-6 - us_to_s(s->setup.utc_us(s->setup.user));
	if (!(off_s < -CLOCK_OFF_S))
		s->behind_s = UNKNOWN;
	else if (isnan(s->behind_s))
		s->behind_s = now(s);
	if (off_s < -CLOCK_OFF_S && now(s) - s->behind_s < CLOCK_OFF_S)
		return; /* it may have been on its way, or have lain here: the next one tells, if it does not come with it */
	if (fabs(off_s) > CLOCK_OFF_S)
		rsmp_fault(s, RSMP_FAULT_CLOCK, true, "its clock is %.0f s %s ours: offsets would mean nothing", fabs(off_s), off_s > 0 ? "ahead of" : "behind");
	else
		rsmp_fault(s, RSMP_FAULT_CLOCK, false, "its clock is right");
}

static struct rsmp_awaited *take_awaited(struct rsmp_session *s, const char *id)
{
	for (GList *l = s->awaited.head; l != NULL; l = l->next) {
		struct rsmp_awaited *a = l->data;
		if (strcmp(a->id, id) != 0)
			continue;
		g_queue_delete_link(&s->awaited, l);
		return a;
	}
	return NULL;
}

static void acked(struct rsmp_session *s, const struct rsmp_message *m)
{
	struct rsmp_awaited *a = take_awaited(s, m->id);

	if (a == NULL) {
		s->health.garbage++;
		return;
	}
	s->health.answered++;
	s->health.answer_s = now(s) - a->sent_s;
	if (m->type == RSMP_NOT_ACK) {
		g_autofree char *reason = cleaned(s, m->reason);
		s->health.refused++;
		if (a->subscription != 0)
			rsmp_subscribe_refused(s, a->subscription - 1u, reason);
		else if (s->life == RSMP_GREETING)
			rsmp_lose(s, REFUSE_S, "the site does not take our greeting");
		else if (!rsmp_orders_not_acked(s, m->id, reason))
			s->setup.events->refused(s->setup.events_user, reason);
	}
	awaited_free(a);
}

static void take(struct rsmp_session *s, const struct rsmp_message *m)
{
	switch (m->type) {
	case RSMP_WATCHDOG:
		check_clock(s, m);
		if (!s->watchdog_heard && s->life == RSMP_GREETING)
			watchdog(s);
		s->watchdog_heard = true;
		break;
	case RSMP_AGGREGATED_STATUS:
		rsmp_aggregated_take(s, m);
		if (s->life == RSMP_GREETING && s->watchdog_heard)
			greeted(s, m);
		break;
	case RSMP_ALARM:
		rsmp_alarm_take(s, m);
		break;
	case RSMP_STATUS_UPDATE:
		rsmp_status_take(s, m);
		break;
	case RSMP_STATUS_RESPONSE:
		rsmp_status_take(s, m);
		rsmp_orders_status(s, m);
		break;
	case RSMP_COMMAND_RESPONSE:
		rsmp_orders_command(s, m);
		break;
	default:
		break;
	}
}

void rsmp_session_take(struct rsmp_session *s, const char *text, size_t size)
{
	g_autoptr(GError) error = NULL;

	if (s->life == RSMP_NO_LINE)
		return;
	if (now(s) - s->ticked_s > ALIVE_S)
		return; /* nobody polls: acks would make us look alive */
	owned(rsmp_message) m = rsmp_message_read(text, size, &error);
	if (m == NULL) {
		s->health.garbage++;
		rsmp_fault(s, RSMP_FAULT_GARBAGE, true, "%s", error->message);
		return;
	}
	s->heard_s = now(s);
	if (m->type == RSMP_ACK || m->type == RSMP_NOT_ACK) {
		acked(s, m);
	} else if (m->type == RSMP_OTHER || m->type == RSMP_VERSION) {
		rsmp_send(s, rsmp_write_not_ack(m->id, "not for a supervisor, or not now"));
	} else {
		rsmp_send(s, rsmp_write_ack(m->id));
		take(s, m);
	}
	if (s->life == RSMP_UP)
		rsmp_orders_next(s);
}

struct rsmp_session *rsmp_session_new(const struct rsmp_session_setup *setup)
{
	struct rsmp_session *s = g_new0(struct rsmp_session, 1);

	s->setup = *setup;
	s->made_s = now(s);
	s->site = g_strdup(setup->site);
	s->code = g_strdup(setup->code);
	s->component_set = g_strdup(setup->component);
	s->group = g_strdup(setup->group);
	s->seen_s = s->ticked_s = s->renewed_s = s->bands_s = s->behind_s = UNKNOWN;
	s->health.answer_s = UNKNOWN;
	g_queue_init(&s->awaited);
	g_queue_init(&s->orders);
	return s;
}

void rsmp_session_free(struct rsmp_session *s)
{
	if (s == NULL)
		return;
	g_queue_clear_full(&s->awaited, awaited_free);
	g_queue_clear_full(&s->orders, rsmp_order_free);
	rsmp_order_free(s->order);
	rsmp_order_free(s->bands_of);
	if (s->code != NULL)
		memset(s->code, 0, strlen(s->code));
	g_free(s->site);
	g_free(s->code);
	g_free(s->component_set);
	g_free(s->group);
	g_free(s->version);
	g_free(s->sxl);
	g_free(s->component);
	g_free(s->nts);
	g_free(s->xnid);
	g_free(s);
}

static bool overdue(struct rsmp_session *s)
{
	const struct rsmp_awaited *oldest = g_queue_peek_head(&s->awaited);

	if (oldest != NULL && now(s) - oldest->sent_s > s->setup.ack_s) {
		s->health.timeouts++;
		g_autofree char *why = g_strdup_printf("the site does not acknowledge what it is sent within %g s", s->setup.ack_s);
		rsmp_lose(s, 0, why);
	} else if (now(s) - s->heard_s > 2 * s->setup.watchdog_s) {
		s->health.timeouts++;
		rsmp_lose(s, 0, "nothing was heard of the site, not even its watchdog");
	} else if (s->life == RSMP_GREETING && now(s) - s->open_s > GREETING_S) {
		rsmp_lose(s, 0, "the site does not finish its greeting");
	} else {
		return false;
	}
	return true;
}

void rsmp_session_tick(struct rsmp_session *s)
{
	if (s->life != RSMP_NO_LINE && overdue(s))
		return;
	if (s->life == RSMP_NO_LINE && !s->told_down && now(s) - s->made_s > s->setup.watchdog_s)
		go_down(s, "the site has not connected yet: is our address its supervisor's?");
	if (s->faults[RSMP_FAULT_GARBAGE] && now(s) - s->fault_s[RSMP_FAULT_GARBAGE] > CALM_S)
		rsmp_fault(s, RSMP_FAULT_GARBAGE, false, "it did not come again for %g s", CALM_S);
	if (s->life == RSMP_UP)
		rsmp_orders_tick(s);
	rsmp_session_flush(s);
}

void rsmp_session_flush(struct rsmp_session *s)
{
	if (s->life == RSMP_NO_LINE)
		rsmp_orders_fail(s, "the site is not connected");
	else if (s->life == RSMP_UP)
		rsmp_orders_next(s);
}

void rsmp_session_poll(struct rsmp_session *s)
{
	s->ticked_s = now(s);
	if (s->life != RSMP_UP)
		return;
	if (now(s) - s->beat_s >= fmin(s->setup.watchdog_s, s->setup.backup_s / 3))
		watchdog(s);
	if (!s->setup.probe)
		rsmp_orders_keep(s);
}

void rsmp_session_health(const struct rsmp_session *s, struct controller_health *health)
{
	*health = s->health;
	health->up = s->told_up;
	health->answered_us = isnan(s->seen_s) ? 0 : s->setup.utc_us(s->setup.user) - s_to_us(now(s) - s->seen_s);
}
