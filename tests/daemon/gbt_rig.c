/* gbt_rig.c - see gbt_rig.h. */
#include "tests/daemon/gbt_rig.h"

#include <math.h>
#include <string.h>

#include "core/units.h"

#define REOPEN_S 2.0

static void on_send(void *user, const uint8_t *bytes, size_t size)
{
	struct gbt_rig *r = user;

	g_assert_true(r->line);
	if (!r->unplugged)
		gbt_cabinet_hear(r->cabinet, bytes, size);
}

static void on_drop(void *user, double pause_s)
{
	struct gbt_rig *r = user;

	r->line = false;
	r->reopen_s = r->now_s + (pause_s > 0 ? pause_s : REOPEN_S);
}

static void on_wake(void *user)
{
	struct gbt_rig *r = user;

	r->wake = true;
}

static double now_s(void *user)
{
	struct gbt_rig *r = user;

	return r->now_s;
}

static int64_t utc_us(void *user)
{
	struct gbt_rig *r = user;

	return (r->cabinet->utc_s * US_PER_S) + s_to_us(r->now_s);
}

static void on_up(void *user, const struct controller_identity *identity)
{
	struct gbt_rig *r = user;

	r->ups++;
	g_strlcpy(r->device, identity->model, sizeof r->device);
	g_assert_cmpstr(identity->standard, ==, "GB/T 20999-2017");
}

static void on_down(void *user, const char *why)
{
	struct gbt_rig *r = user;

	r->downs++;
	g_strlcpy(r->why, why, sizeof r->why);
}

static void on_status(void *user, const struct controller_status *status, uint32_t n)
{
	struct gbt_rig *r = user;

	g_assert_cmpuint(n, ==, 1);
	r->statuses++;
	r->status_s = r->now_s;
	r->status = *status;
	r->alarms |= status->alarms;
	g_strlcpy(r->state, status->state, sizeof r->state);
	g_strlcpy(r->away, status->why != NULL ? status->why : "", sizeof r->away);
	r->status.state = r->status.why = NULL;
	g_assert_cmpint(status->mode == CONTROLLER_AWAY, ==, status->why != NULL);
}

static void on_refused(void *user, const char *why)
{
	struct gbt_rig *r = user;

	r->refusals++;
	g_strlcpy(r->refused, why, sizeof r->refused);
}

static void on_timing(void *user, const struct controller_timing *timing)
{
	struct gbt_rig *r = user;

	r->timings++;
	r->n_stages = timing->n_stages;
	r->n_phases = timing->n_phases;
	r->backup_s = timing->backup_s;
	g_assert_cmpuint(timing->n_phases, <=, G_N_ELEMENTS(r->phases));
	memcpy(r->phases, timing->phases, timing->n_phases * sizeof r->phases[0]);
}

static void on_reply(void *user, const struct controller_reply *reply)
{
	struct gbt_rig *r = user;

	r->replies++;
	r->oks += reply->ok;
	r->reply = *reply;
	g_assert_true(reply->ok == (reply->why == NULL));
	g_strlcpy(r->reply_why, reply->ok ? "" : reply->why, sizeof r->reply_why);
	r->reply.was = r->reply.is = r->reply.why = NULL;
}

static void on_alert(void *user, const char *kind, bool active, const char *sentence)
{
	static const char *const kinds[RIG_KINDS] = {"controller-stranger", "controller-garbage", "controller-clock", "controller-edited", "controller-status"};
	struct gbt_rig *r = user;
	uint32_t i = 0;

	while (i < RIG_KINDS && strcmp(kinds[i], kind) != 0)
		i++;
	g_assert_cmpuint(i, <, RIG_KINDS);
	g_assert_true(r->alert[i] != active);
	g_assert_true(sentence != NULL && *sentence != '\0');
	r->alert[i] = active;
	r->alerts[i] += active;
	if (active)
		g_strlcpy(r->sentence, sentence, sizeof r->sentence);
}

static const struct controller_events events = {.up = on_up, .down = on_down, .status = on_status, .refused = on_refused, .timing = on_timing,
	.reply = on_reply, .alert = on_alert};

struct gbt_rig *gbt_rig_new(struct gbt_cabinet *cabinet, void (*change)(struct gbt_unit_setup *setup), const struct cabinet_map *map)
{
	struct gbt_rig *r = g_new0(struct gbt_rig, 1);
	struct gbt_unit_setup setup = {.host = 5, .junction = 1, .escape = true, .answer_s = 2, .backup_s = cabinet->backup_s, .zone_s = 0, .mode = 0x14,
		.map = map, .n_links = 3, .events = &events, .events_user = r, .user = r, .send = on_send, .drop = on_drop, .wake = on_wake, .now_s = now_s,
		.utc_us = utc_us};

	if (change != NULL)
		change(&setup);
	r->cabinet = cabinet;
	cabinet->escape = setup.escape;
	r->unit = gbt_unit_new(&setup);
	return r;
}

void gbt_rig_free(struct gbt_rig *r)
{
	if (r == NULL)
		return;
	gbt_unit_free(r->unit);
	gbt_cabinet_free(r->cabinet);
	g_free(r);
}

static void converse(struct gbt_rig *r)
{
	for (GByteArray *bytes; (bytes = gbt_cabinet_say(r->cabinet)) != NULL; g_byte_array_unref(bytes)) {
		if (r->line && !r->dead && !r->unplugged)
			gbt_unit_take(r->unit, bytes->data, bytes->len);
	}
}

void gbt_rig_second(struct gbt_rig *r)
{
	r->now_s++;
	gbt_cabinet_step(r->cabinet, r->now_s);
	if (r->dead)
		return;
	if (!r->line && r->now_s >= r->reopen_s) {
		r->line = true;
		gbt_unit_line(r->unit, true, NULL);
	}
	converse(r);
	gbt_unit_tick(r->unit);
	if (!r->hung)
		gbt_unit_poll(r->unit);
	converse(r);
	for (int i = 0; r->wake && i < 10; i++) {
		r->wake = false;
		gbt_unit_flush(r->unit);
		converse(r);
	}
}

void gbt_rig_seconds(struct gbt_rig *r, uint32_t n)
{
	while (n-- > 0)
		gbt_rig_second(r);
}

bool gbt_rig_until(struct gbt_rig *r, const bool *what, uint32_t most_s)
{
	while (!*what && most_s-- > 0)
		gbt_rig_second(r);
	return *what;
}

static bool replied(struct gbt_rig *r, uint32_t before)
{
	for (int i = 0; r->replies == before && i < 60; i++)
		gbt_rig_second(r);
	g_assert_cmpuint(r->replies, ==, before + 1);
	return r->reply.ok;
}

bool gbt_rig_write(struct gbt_rig *r, uint32_t row, double cycle_s, double offset_s, uint32_t n, const uint16_t *stages, const double *times_s)
{
	struct controller_split splits[16];
	uint32_t before = r->replies;

	for (uint32_t i = 0; i < n; i++)
		splits[i] = (struct controller_split){.number = stages[i], .split_s = times_s[i], .coordinated = i == 0};
	gbt_unit_write(r->unit, &(struct controller_pattern){.row = row, .cycle_s = cycle_s, .offset_s = offset_s, .splits = splits, .n_splits = n});
	bool ok = replied(r, before);
	g_assert_cmpint(r->reply.told, ==, CONTROLLER_TOLD_WRITE);
	g_assert_cmpuint(r->reply.row, ==, row);
	return ok;
}

bool gbt_rig_select(struct gbt_rig *r, uint32_t row)
{
	uint32_t before = r->replies;

	gbt_unit_select(r->unit, row);
	bool ok = replied(r, before);
	g_assert_cmpint(r->reply.told, ==, CONTROLLER_TOLD_SELECT);
	return ok;
}

void gbt_rig_safe(const struct gbt_rig *r)
{
	const struct gbt_model_counts *c = &r->cabinet->counts;

	if (c->conflicts + c->short_greens + c->short_clearances > 0)
		g_test_message("%s", r->cabinet->last);
	g_assert_cmpuint(c->conflicts, ==, 0);
	g_assert_cmpuint(c->short_greens, ==, 0);
	g_assert_cmpuint(c->short_clearances, ==, 0);
	g_assert_cmpuint(c->safety_writes, ==, 0);
	g_assert_cmpuint(c->running_writes, ==, 0);
}
