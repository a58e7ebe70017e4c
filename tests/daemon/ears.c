/* ears.c - see ears.h. */
#include "tests/daemon/ears.h"

#include <string.h>

static void no_secret(const struct ears *e, const char *text)
{
	g_assert_true(text == NULL || e->secret == NULL || strstr(text, e->secret) == NULL);
}

static void on_up(void *user, const struct controller_identity *identity)
{
	struct ears *e = user;

	e->ups++;
	e->can = identity->can;
	g_strlcpy(e->model, identity->model, sizeof e->model);
	g_strlcpy(e->standard, identity->standard, sizeof e->standard);
	if (e->also != NULL && e->also->up != NULL)
		e->also->up(e->also_user, identity);
}

static void on_down(void *user, const char *why)
{
	struct ears *e = user;

	e->downs++;
	no_secret(e, why);
	g_strlcpy(e->why, why, sizeof e->why);
	if (e->also != NULL && e->also->down != NULL)
		e->also->down(e->also_user, why);
}

static void on_status(void *user, const struct controller_status *status, uint32_t n)
{
	struct ears *e = user;

	g_assert_cmpuint(n, ==, 1);
	g_assert_cmpint(status->mode == CONTROLLER_AWAY, ==, status->why != NULL);
	e->statuses++;
	e->status_s = *e->now_s;
	e->status = *status;
	e->alarms |= status->alarms;
	g_strlcpy(e->state, status->state, sizeof e->state);
	g_strlcpy(e->away, status->why != NULL ? status->why : "", sizeof e->away);
	e->status.state = e->status.why = NULL;
	if (e->also != NULL && e->also->status != NULL)
		e->also->status(e->also_user, status, n);
}

static void on_refused(void *user, const char *why)
{
	struct ears *e = user;

	e->refusals++;
	no_secret(e, why);
	g_strlcpy(e->refused, why, sizeof e->refused);
	if (e->also != NULL && e->also->refused != NULL)
		e->also->refused(e->also_user, why);
}

static void on_timing(void *user, const struct controller_timing *timing)
{
	struct ears *e = user;

	g_assert_cmpuint(timing->n_phases, <=, G_N_ELEMENTS(e->phases));
	e->timings++;
	e->n_stages = timing->n_stages;
	e->n_phases = timing->n_phases;
	e->backup_s = timing->backup_s;
	if (timing->n_phases > 0)
		memcpy(e->phases, timing->phases, timing->n_phases * sizeof e->phases[0]);
	if (e->also != NULL && e->also->timing != NULL)
		e->also->timing(e->also_user, timing);
}

static void on_reply(void *user, const struct controller_reply *reply)
{
	struct ears *e = user;

	g_assert_true(reply->ok == (reply->why == NULL));
	no_secret(e, reply->why);
	no_secret(e, reply->is);
	e->replies++;
	e->oks += reply->ok;
	e->reply = *reply;
	g_strlcpy(e->reply_why, reply->ok ? "" : reply->why, sizeof e->reply_why);
	e->reply.was = e->reply.is = e->reply.why = NULL;
	if (e->also != NULL && e->also->reply != NULL)
		e->also->reply(e->also_user, reply);
}

static void on_alert(void *user, const char *kind, bool active, const char *sentence)
{
	static const char *const kinds[EARS_KINDS] = {"controller-stranger", "controller-garbage", "controller-clock", "controller-edited", "controller-status",
		"controller-credentials", "controller-half-written"};
	struct ears *e = user;
	uint32_t i = 0;

	while (i < EARS_KINDS && strcmp(kinds[i], kind) != 0)
		i++;
	g_assert_cmpuint(i, <, EARS_KINDS);
	g_assert_true(e->alert[i] != active);
	g_assert_true(sentence != NULL && *sentence != '\0');
	no_secret(e, sentence);
	e->alert[i] = active;
	e->alerts[i] += active;
	if (active)
		g_strlcpy(e->sentence, sentence, sizeof e->sentence);
}

static void on_stranger(void *user, const char *who, bool active, const char *sentence)
{
	struct ears *e = user;

	g_assert_true(active || e->strangers > 0);
	no_secret(e, sentence);
	e->strangers += active ? 1 : UINT32_MAX;
	g_strlcpy(e->stranger, who, sizeof e->stranger);
	g_strlcpy(e->stranger_sentence, sentence, sizeof e->stranger_sentence);
}

const struct controller_events ears_events = {.up = on_up, .down = on_down, .status = on_status, .refused = on_refused, .timing = on_timing,
	.reply = on_reply, .alert = on_alert, .stranger = on_stranger};
