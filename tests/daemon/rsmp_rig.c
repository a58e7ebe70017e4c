/* rsmp_rig.c - see rsmp_rig.h. */
#include "tests/daemon/rsmp_rig.h"

#include <math.h>
#include <string.h>

#include "core/units.h"

#define AGAIN_S 10.0 /* sites try again after so long */

static void no_secret(const char *text)
{
	g_assert_null(strstr(text, "2222"));
}

static void on_send(void *user, const char *text, size_t size)
{
	struct rsmp_rig *r = user;

	if (r->line && !r->unplugged)
		rsmp_site_hear(r->site, text, size);
}

static void on_drop(void *user, double pause_s)
{
	struct rsmp_rig *r = user;

	r->line = false;
	rsmp_site_lost(r->site);
	r->again_s = r->now_s + fmax(AGAIN_S, pause_s);
}

static void on_wake(void *user)
{
	struct rsmp_rig *r = user;

	r->wake = true;
}

static double now_s(void *user)
{
	struct rsmp_rig *r = user;

	return r->now_s;
}

static int64_t utc_us(void *user)
{
	struct rsmp_rig *r = user;

	return r->site->utc_s * US_PER_S + s_to_us(r->now_s);
}

static void on_up(void *user, const struct controller_identity *identity)
{
	struct rsmp_rig *r = user;

	r->ups++;
	g_strlcpy(r->standard, identity->standard, sizeof r->standard);
}

static void on_down(void *user, const char *why)
{
	struct rsmp_rig *r = user;

	r->downs++;
	no_secret(why);
	g_strlcpy(r->why, why, sizeof r->why);
}

static void on_status(void *user, const struct controller_status *status, uint32_t n)
{
	struct rsmp_rig *r = user;

	g_assert_cmpuint(n, ==, 1);
	r->statuses++;
	r->status_s = r->now_s;
	r->status = *status;
	r->alarms |= status->alarms;
	g_strlcpy(r->state, status->state, sizeof r->state);
	g_strlcpy(r->away, status->why != NULL ? status->why : "", sizeof r->away);
	r->status.state = r->status.why = NULL;
}

static void on_refused(void *user, const char *why)
{
	struct rsmp_rig *r = user;

	r->refusals++;
	no_secret(why);
	g_strlcpy(r->refused, why, sizeof r->refused);
}

static void on_timing(void *user, const struct controller_timing *timing)
{
	struct rsmp_rig *r = user;

	r->timings++;
	g_assert_cmpuint(timing->n_phases, ==, 0);
	g_assert_cmpfloat(timing->backup_s, ==, r->site->backup_s);
}

static void on_reply(void *user, const struct controller_reply *reply)
{
	struct rsmp_rig *r = user;

	r->replies++;
	r->oks += reply->ok;
	r->reply = *reply;
	g_assert_true(reply->ok == (reply->why == NULL));
	no_secret(reply->ok ? "" : reply->why);
	no_secret(reply->is != NULL ? reply->is : "");
	g_strlcpy(r->reply_why, reply->ok ? "" : reply->why, sizeof r->reply_why);
	r->reply.was = r->reply.is = r->reply.why = NULL;
}

static void on_alert(void *user, const char *kind, bool active, const char *sentence)
{
	static const char *const kinds[RSMP_RIG_KINDS] = {"controller-stranger", "controller-garbage", "controller-clock", "controller-credentials",
		"controller-half-written", "controller-status"};
	struct rsmp_rig *r = user;
	uint32_t i = 0;

	while (i < RSMP_RIG_KINDS && strcmp(kinds[i], kind) != 0)
		i++;
	g_assert_cmpuint(i, <, RSMP_RIG_KINDS);
	g_assert_true(r->alert[i] != active);
	no_secret(sentence);
	r->alert[i] = active;
	r->alerts[i] += active;
	if (active)
		g_strlcpy(r->sentence, sentence, sizeof r->sentence);
}

static const struct controller_events events = {.up = on_up, .down = on_down, .status = on_status, .refused = on_refused, .timing = on_timing,
	.reply = on_reply, .alert = on_alert};

struct rsmp_rig *rsmp_rig_new(struct rsmp_site *site, void (*change)(struct rsmp_session_setup *setup), const struct cabinet_map *map)
{
	struct rsmp_rig *r = g_new0(struct rsmp_rig, 1);
	struct rsmp_session_setup setup = {.site = "RN+SI0001", .code = "2222", .group = "KK+AG9998=001SG%", .ack_s = 30, .watchdog_s = 60,
		.backup_s = site->backup_s, .bands_min = 2, .read_back = true, .map = map, .events = &events, .events_user = r, .user = r, .send = on_send,
		.drop = on_drop, .wake = on_wake, .now_s = now_s, .utc_us = utc_us};

	if (change != NULL)
		change(&setup);
	r->site = site;
	r->session = rsmp_session_new(&setup);
	return r;
}

void rsmp_rig_free(struct rsmp_rig *r)
{
	if (r == NULL)
		return;
	rsmp_session_free(r->session);
	rsmp_site_free(r->site);
	g_free(r);
}

/* As rsmp_port does: the first message says who it is. */
static void deliver(struct rsmp_rig *r, const char *text)
{
	if (r->line) {
		rsmp_session_take(r->session, text, strlen(text));
		return;
	}
	owned(rsmp_message) m = rsmp_message_read(text, strlen(text), NULL);
	if (m == NULL || m->type != RSMP_VERSION)
		return;
	if (strcmp(m->site, "RN+SI0001") != 0) {
		rsmp_session_stranger(r->session, m->site);
		rsmp_site_lost(r->site);
		r->again_s = r->now_s + AGAIN_S;
		return;
	}
	r->line = true;
	rsmp_session_open(r->session, m);
}

static void converse(struct rsmp_rig *r)
{
	for (char *text; (text = rsmp_site_say(r->site)) != NULL; g_free(text))
		if (!r->dead && !r->unplugged && r->site->connected)
			deliver(r, text);
}

void rsmp_rig_second(struct rsmp_rig *r)
{
	r->now_s++;
	rsmp_site_step(r->site, r->now_s);
	if (r->dead)
		return;
	if (r->site->closed) { /* it restarted */
		r->site->closed = false;
		if (r->line)
			rsmp_session_closed(r->session, "the site closed the connection");
		r->line = false;
		r->again_s = r->now_s + AGAIN_S;
	}
	if (!r->line && !r->site->connected && r->now_s >= r->again_s)
		rsmp_site_connect(r->site);
	converse(r);
	rsmp_session_tick(r->session);
	if (!r->hung)
		rsmp_session_poll(r->session);
	converse(r);
	for (int i = 0; r->wake && i < 10; i++) {
		r->wake = false;
		rsmp_session_flush(r->session);
		converse(r);
	}
}

void rsmp_rig_seconds(struct rsmp_rig *r, uint32_t n)
{
	while (n-- > 0)
		rsmp_rig_second(r);
}

static bool replied(struct rsmp_rig *r, uint32_t before)
{
	for (int i = 0; r->replies == before && i < 200; i++)
		rsmp_rig_second(r);
	g_assert_cmpuint(r->replies, ==, before + 1);
	return r->reply.ok;
}

bool rsmp_rig_write(struct rsmp_rig *r, uint32_t row, double cycle_s, double offset_s, uint16_t band, double extension_s)
{
	struct controller_band bands[] = {{band, extension_s}};
	uint32_t before = r->replies;

	rsmp_session_write(r->session, &(struct controller_pattern){.row = row, .cycle_s = cycle_s, .offset_s = offset_s, .bands = bands, .n_bands = band != 0});
	bool ok = replied(r, before);
	g_assert_cmpint(r->reply.told, ==, CONTROLLER_TOLD_WRITE);
	return ok;
}

bool rsmp_rig_select(struct rsmp_rig *r, uint32_t row)
{
	uint32_t before = r->replies;

	rsmp_session_select(r->session, row);
	bool ok = replied(r, before);
	g_assert_cmpint(r->reply.told, ==, CONTROLLER_TOLD_SELECT);
	return ok;
}

void rsmp_rig_safe(const struct rsmp_rig *r)
{
	g_assert_cmpuint(r->site->counts.conflicts, ==, 0);
	g_assert_cmpuint(r->site->counts.short_greens, ==, 0);
	g_assert_cmpuint(r->site->counts.short_clearances, ==, 0);
}
