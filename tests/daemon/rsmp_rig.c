/* rsmp_rig.c - see rsmp_rig.h. */
#include "tests/daemon/rsmp_rig.h"

#include <math.h>
#include <string.h>

#include "core/units.h"

#define AGAIN_S 10.0 /* sites try again after so long */
#define GREETED_S 30.0 /* and give up a connection on which nobody greets them */

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

struct rsmp_rig *rsmp_rig_new(struct rsmp_site *site, void (*change)(struct rsmp_session_setup *setup), const struct cabinet_map *map)
{
	struct rsmp_rig *r = g_new0(struct rsmp_rig, 1);
	struct rsmp_session_setup setup = {.site = "RN+SI0001", .code = "2222", .group = "KK+AG9998=001SG%", .ack_s = 30, .watchdog_s = 60,
		.backup_s = site->backup_s, .bands_min = 2, .read_back = true, .map = map, .events = &ears_events, .events_user = &r->told, .user = r, .send = on_send,
		.drop = on_drop, .wake = on_wake, .now_s = now_s, .utc_us = utc_us};

	if (change != NULL)
		change(&setup);
	r->site = site;
	r->told.now_s = &r->now_s;
	r->told.secret = "2222";
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
	if (!r->line && r->site->connected && r->now_s - fmax(r->site->connected_s, r->site->heard_s) > GREETED_S) { /* its greeting got lost */
		rsmp_site_lost(r->site);
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
	for (int i = 0; r->told.replies == before && i < 200; i++)
		rsmp_rig_second(r);
	g_assert_cmpuint(r->told.replies, ==, before + 1);
	return r->told.reply.ok;
}

bool rsmp_rig_write(struct rsmp_rig *r, uint32_t row, double cycle_s, double offset_s, uint16_t band, double extension_s)
{
	struct controller_band bands[] = {{band, extension_s}};
	uint32_t before = r->told.replies;

	rsmp_session_write(r->session, &(struct controller_pattern){.row = row, .cycle_s = cycle_s, .offset_s = offset_s, .bands = bands, .n_bands = band != 0});
	bool ok = replied(r, before);
	g_assert_cmpint(r->told.reply.told, ==, CONTROLLER_TOLD_WRITE);
	return ok;
}

bool rsmp_rig_select(struct rsmp_rig *r, uint32_t row)
{
	uint32_t before = r->told.replies;

	rsmp_session_select(r->session, row);
	bool ok = replied(r, before);
	g_assert_cmpint(r->told.reply.told, ==, CONTROLLER_TOLD_SELECT);
	return ok;
}

void rsmp_rig_misbehave(struct rsmp_rig *r, GRand *rand)
{
	r->site->misdeeds = g_rand_int_range(rand, 0, 4) == 0 ? 1u << g_rand_int_range(rand, 0, 11) : 0;
	if (g_rand_int_range(rand, 0, 20) == 0)
		rsmp_site_restart(r->site);
	r->hung = g_rand_int_range(rand, 0, 20) == 0;
	r->unplugged = g_rand_int_range(rand, 0, 20) == 0;
	r->site->flash = g_rand_int_range(rand, 0, 30) == 0;
	r->site->clock_off_s = g_rand_int_range(rand, 0, 20) == 0 ? 100 : 0;
	g_strlcpy(r->site->code, g_rand_int_range(rand, 0, 20) == 0 ? "1" : "2222", sizeof r->site->code);
}

void rsmp_rig_safe(const struct rsmp_rig *r)
{
	g_assert_cmpuint(r->told.n_phases, ==, 0); /* sites tell none */
	g_assert_true(r->told.timings == 0 || r->told.backup_s == r->site->backup_s);
	g_assert_cmpuint(r->site->counts.conflicts, ==, 0);
	g_assert_cmpuint(r->site->counts.short_greens, ==, 0);
	g_assert_cmpuint(r->site->counts.short_clearances, ==, 0);
}
