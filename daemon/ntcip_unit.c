/* ntcip_unit.c - see ntcip_unit.h: the life of a unit. */
#include <math.h>
#include <string.h>

#include "daemon/ntcip_inside.h"

#define FRESH_S 0.9 /* what it said is not older when it is commanded */

void ntcip_alert(struct ntcip_unit *u, bool *active, bool now, const char *kind, const char *sentence)
{
	if (*active == now)
		return;
	*active = now;
	u->s.events->alert(u->s.user, kind, now, sentence);
}

void ntcip_down(struct ntcip_unit *u, const char *why)
{
	bool was_up = u->told_up;

	u->job = NTCIP_NO_JOB;
	u->life = NTCIP_DOWN;
	u->told_up = u->health.up = false;
	u->backoff_s = was_up ? 1 : fmin(u->backoff_s * 2, NTCIP_BACKOFF_MOST_S);
	u->retry_s = u->now_s + u->backoff_s;
	u->heard_s = NAN;
	u->poll_due = u->look_due = false;
	u->s.events->down(u->s.user, why);
	ntcip_forget(u, why); /* behind it: what was lost with the connection was not refused */
}

/* Nobody answered: three times in a row and the connection is gone. */
static bool unanswered(struct ntcip_unit *u, enum ntcip_error error)
{
	const char *why = u->credentials ? "it does not let us in" : "it does not answer: nobody there, or the community is not its own";

	if (error == NTCIP_STRAYS) {
		why = "what comes from there is no answer: no SNMP, cut off, or too late";
		ntcip_alert(u, &u->garbage, true, "controller-garbage", why);
	}
	u->silent++;
	if (u->life == NTCIP_UP && u->silent < NTCIP_TIMEOUTS_DOWN)
		return false;
	ntcip_down(u, why);
	return true;
}

bool ntcip_failed(struct ntcip_unit *u, enum ntcip_error error)
{
	u->now_s = u->s.clock_s(u->s.time);
	if (error == NTCIP_NO_ANSWER || error == NTCIP_STRAYS)
		return unanswered(u, error);
	u->silent = 0;
	u->health.answered_us = (int64_t) (u->s.wall_s(u->s.time) * 1e6);
	ntcip_alert(u, &u->credentials, error == NTCIP_REFUSED_USER || error == NTCIP_NO_ACCESS, "controller-credentials",
		error == NTCIP_OK ? "it lets us in again" : "it refuses our user, keys or community");
	if (error == NTCIP_GARBAGE)
		ntcip_alert(u, &u->garbage, true, "controller-garbage",
			"its answer does not fit the question: other objects, wrong types, or values out of range");
	if (error == NTCIP_REFUSED_USER || (u->life != NTCIP_UP && error != NTCIP_OK)) {
		g_autofree char *why = g_strdup_printf("it cannot be read: %s", ntcip_error_name(error));
		ntcip_down(u, why);
		return true;
	}
	return false;
}

void ntcip_next(struct ntcip_unit *u)
{
	u->job = NTCIP_NO_JOB;
	if (u->life != NTCIP_UP || ntcip_talk_busy(u->talk))
		return;
	if (u->command_due && u->letting_go && !u->s.probe)
		ntcip_command(u);
	else if (u->poll_due)
		ntcip_ask_status(u); /* first see, then command */
	else if (u->command_due && !u->s.probe && u->now_s - u->heard_s < FRESH_S)
		ntcip_command(u);
	else if (u->look_due)
		ntcip_look(u);
	else if (ntcip_write_due(u))
		ntcip_write_step(u);
}

struct ntcip_unit *ntcip_unit_new(const struct ntcip_unit_setup *setup)
{
	struct ntcip_unit *u = g_new0(struct ntcip_unit, 1);

	u->s = *setup;
	u->s.expect = g_strdup(setup->expect);
	u->talk = ntcip_talk_new(setup->link, setup->vars_most, u);
	u->requests = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	u->backoff_s = 0.5;
	u->retry_s = -INFINITY;
	u->heard_s = u->normal_s = u->commanded_s = u->row_s = NAN;
	u->health.answer_s = NAN;
	return u;
}

void ntcip_unit_free(struct ntcip_unit *u)
{
	if (u == NULL)
		return;
	ntcip_talk_free(u->talk);
	ntcip_facts_clear(&u->facts);
	g_hash_table_unref(u->requests);
	g_free(u->s.expect);
	g_free(u->first_descr);
	g_free(u->letters);
	g_free(u->write.was);
	g_free(u->write.why);
	g_free(u);
}

/* What is in force is said again before a third of the backup time is over; what is not asked for is not kept. */
static void keep_alive(struct ntcip_unit *u)
{
	if (u->letting_go && !u->command_due && u->job != NTCIP_JOB_COMMAND && u->now_s >= u->let_go_s)
		u->command_due = true;
	if (u->job != NTCIP_JOB_COMMAND && (u->now.row != 0 || u->now.preempts != 0) && !u->s.probe && (!u->away || u->now.preempts != 0) &&
		u->now_s - u->commanded_s >= u->facts.backup_s / 3.0 - 1.0)
		u->command_due = true;
}

void ntcip_unit_poll(struct ntcip_unit *u)
{
	u->now_s = u->s.clock_s(u->s.time);
	if (u->life == NTCIP_DOWN && u->now_s >= u->retry_s && !ntcip_talk_busy(u->talk)) {
		u->life = NTCIP_ASKING_WHO;
		ntcip_ask_who(u);
	}
	if (u->life != NTCIP_UP)
		return;
	u->poll_due = true;
	if (u->now_s - u->looked_s >= NTCIP_LOOK_AGAIN_S)
		u->look_due = true;
	keep_alive(u);
	if (!ntcip_talk_busy(u->talk))
		ntcip_next(u);
}

bool ntcip_unit_idle(const struct ntcip_unit *u)
{
	return u->life != NTCIP_UP ||
		(!u->command_due && !u->letting_go && u->job != NTCIP_JOB_COMMAND && !u->write.wanted && !u->write_next.wanted);
}

void ntcip_unit_health(const struct ntcip_unit *u, struct controller_health *health)
{
	const struct ntcip_talk_counts *c = ntcip_talk_counts(u->talk);

	*health = u->health;
	health->sent = c->sent;
	health->answered = c->answered;
	health->timeouts = c->timeouts;
	health->refused = c->refused;
	health->garbage = c->garbage;
	health->answer_s = c->answer_s;
}
