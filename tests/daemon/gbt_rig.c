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

static struct gbt_unit_setup setup_of(struct gbt_rig *r, const struct gbt_cabinet *cabinet, const struct cabinet_map *map)
{
	return (struct gbt_unit_setup){.host = 5, .junction = 1, .escape = true, .answer_s = 2, .backup_s = cabinet->backup_s, .zone_s = 0, .mode = 0x14,
		.map = map, .n_links = 3, .events = &ears_events, .events_user = &r->told, .user = r, .send = on_send, .drop = on_drop, .wake = on_wake, .now_s = now_s,
		.utc_us = utc_us};
}

struct gbt_rig *gbt_rig_new(struct gbt_cabinet *cabinet, void (*change)(struct gbt_unit_setup *setup), const struct cabinet_map *map)
{
	struct gbt_rig *r = g_new0(struct gbt_rig, 1);
	struct gbt_unit_setup setup = setup_of(r, cabinet, map);

	if (change != NULL)
		change(&setup);
	r->cabinet = cabinet;
	r->told.now_s = &r->now_s;
	cabinet->escape = setup.escape;
	r->unit = gbt_unit_new(&setup);
	return r;
}

void gbt_rig_anew(struct gbt_rig *r, const struct cabinet_map *map)
{
	struct gbt_unit_setup setup = setup_of(r, r->cabinet, map);

	gbt_unit_free(r->unit);
	r->unit = gbt_unit_new(&setup);
	r->line = r->wake = false;
	r->reopen_s = r->now_s + 1;
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
	for (int i = 0; r->told.replies == before && i < 60; i++)
		gbt_rig_second(r);
	g_assert_cmpuint(r->told.replies, ==, before + 1);
	return r->told.reply.ok;
}

bool gbt_rig_write(struct gbt_rig *r, uint32_t row, double cycle_s, double offset_s, uint32_t n, const uint16_t *stages, const double *times_s)
{
	struct controller_split splits[16];
	uint32_t before = r->told.replies;

	for (uint32_t i = 0; i < n; i++)
		splits[i] = (struct controller_split){.number = stages[i], .split_s = times_s[i], .coordinated = i == 0};
	gbt_unit_write(r->unit, &(struct controller_pattern){.row = row, .cycle_s = cycle_s, .offset_s = offset_s, .splits = splits, .n_splits = n});
	bool ok = replied(r, before);
	g_assert_cmpint(r->told.reply.told, ==, CONTROLLER_TOLD_WRITE);
	g_assert_cmpuint(r->told.reply.row, ==, row);
	return ok;
}

bool gbt_rig_select(struct gbt_rig *r, uint32_t row)
{
	uint32_t before = r->told.replies;

	gbt_unit_select(r->unit, row);
	bool ok = replied(r, before);
	g_assert_cmpint(r->told.reply.told, ==, CONTROLLER_TOLD_SELECT);
	return ok;
}

void gbt_rig_misbehave(struct gbt_rig *r, GRand *rand)
{
	r->cabinet->misdeeds = g_rand_int_range(rand, 0, 4) == 0 ? 1u << g_rand_int_range(rand, 0, 15) : 0;
	if (g_rand_int_range(rand, 0, 20) == 0)
		gbt_cabinet_restart(r->cabinet);
	r->hung = g_rand_int_range(rand, 0, 20) == 0;
	r->unplugged = g_rand_int_range(rand, 0, 20) == 0;
	r->cabinet->clock_off_s = g_rand_int_range(rand, 0, 20) == 0 ? g_rand_int_range(rand, -1000, 1000) : 0;
	if (r->cabinet->mode < 0x30 && g_rand_int_range(rand, 0, 20) == 0)
		r->cabinet->mode = 0x25;
	else if (r->cabinet->mode == 0x25) {
		r->cabinet->mode = 0x21; /* the technician leaves */
		r->cabinet->called_plan = r->cabinet->called_stage = 0;
	}
}

void gbt_rig_safe(const struct gbt_rig *r)
{
	const struct gbt_model_counts *c = &r->cabinet->counts;

	g_assert_true(r->told.ups == 0 || strcmp(r->told.standard, "GB/T 20999-2017") == 0);
	if (c->conflicts + c->short_greens + c->short_clearances > 0)
		g_test_message("%s", r->cabinet->last);
	g_assert_cmpuint(c->conflicts, ==, 0);
	g_assert_cmpuint(c->short_greens, ==, 0);
	g_assert_cmpuint(c->short_clearances, ==, 0);
	g_assert_cmpuint(c->safety_writes, ==, 0);
	g_assert_cmpuint(c->running_writes, ==, 0);
}
