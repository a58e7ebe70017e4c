/* gbt_unit_test.c - the host side of GB/T 20999 against a cabinet of our own in simulated time: what works, and each fault. */
#include <math.h>
#include <string.h>

#include "daemon/gbt_timing.h"
#include "tests/core/small_plan.h"
#include "tests/daemon/gbt_recorded.h"
#include "tests/daemon/gbt_rig.h"

static const uint16_t small_stages[] = {1, 2, 3};

static struct gbt_rig *small_rig(void (*change)(struct gbt_unit_setup *setup))
{
	struct gbt_rig *r = gbt_rig_new(gbt_cabinet_small(), change, NULL);

	gbt_rig_seconds(r, 3);
	g_assert_cmpuint(r->told.ups, ==, 1);
	g_assert_cmpuint(r->told.timings, ==, 1);
	g_assert_cmpuint(r->told.statuses, >=, 2);
	return r;
}

static bool write_small(struct gbt_rig *r, uint32_t row, double first_s)
{
	return gbt_rig_write(r, row, first_s + 45, 0, 3, small_stages, (const double[]){first_s, 20, 25});
}

static void run_small(struct gbt_rig *r, uint32_t row)
{
	g_assert_true(write_small(r, row, 25));
	g_assert_true(gbt_rig_select(r, row));
	gbt_rig_second(r);
	g_assert_cmpuint(r->told.status.coordination.called, ==, row); /* before it runs */
	g_assert_true(r->told.status.coordination.in_transition || r->told.status.coordination.row == row);
	gbt_rig_seconds(r, 100);
	g_assert_cmpuint(r->told.status.coordination.called, ==, row);
	g_assert_false(r->told.status.coordination.in_transition);
	g_assert_cmpuint(r->cabinet->plan, ==, row);
	g_assert_cmpuint(r->told.status.coordination.row, ==, row);
	g_assert_cmpint(r->told.status.mode, ==, CONTROLLER_CENTRAL);
}

static void test_timing(void)
{
	owned(gbt_rig) r = small_rig(NULL);

	g_assert_cmpstr(r->told.model, ==, "MODEL-0001");
	g_assert_cmpuint(r->told.n_stages, ==, 3);
	g_assert_cmpuint(r->told.n_phases, ==, 3);
	g_assert_cmpfloat(r->told.backup_s, ==, 60);
	g_assert_cmpuint(r->told.phases[0].number, ==, 1);
	g_assert_cmpfloat(r->told.phases[0].min_green_s, ==, 10); /* 7 s, and 3 s of flashing behind it */
	g_assert_cmpfloat(r->told.phases[0].amber_s, ==, 3);
	g_assert_cmpfloat(r->told.phases[0].red_s, ==, 2); /* its intergreen of 5 s has 3 s of amber */
	g_assert_cmphex(r->told.phases[0].conflicts, ==, 2);
	g_assert_cmphex(r->told.phases[1].conflicts, ==, 5);
	g_assert_true(isnan(r->told.phases[0].walk_s));
	g_assert_cmpint(r->told.status.mode, ==, CONTROLLER_LOCAL);
}

/* Lamps that were measured, as letters of the signal's links. */
static void test_letters(void)
{
	struct fixture f;
	uint32_t links[] = {0, 1, 2};
	struct cabinet_links on[3];
	uint32_t seen[4] = {0};

	set_up(&f, NULL);
	for (uint32_t i = 0; i < 3; i++)
		on[i] = (struct cabinet_links){.number = i + 1, .links = &links[i], .n_links = 1};
	owned(cabinet_map) map = cabinet_map_new(f.j, on, 3, NULL, 0, NULL);
	g_assert_nonnull(map);
	for (int lamps = 0; lamps < 2; lamps++) {
		owned(gbt_rig) r = gbt_rig_new(gbt_cabinet_small(), NULL, map);
		r->cabinet->misdeeds = lamps ? 0 : GBT_NO_LAMPS;
		gbt_rig_seconds(r, 6);
		for (int i = 0; i < 200; i++) {
			gbt_rig_second(r);
			const char *s = r->told.state;
			g_assert_cmpuint(strlen(s), ==, 3);
			seen[0] += strcmp(s, "GrG") == 0;
			seen[1] += strcmp(s, "Grr") == 0;
			seen[2] += strcmp(s, "rGr") == 0;
			seen[3] += strchr(s, 'y') != NULL;
			g_assert_false(strchr("Gy", s[0]) && strchr("Gy", s[1]));
		}
	}
	for (int i = 0; i < 4; i++)
		g_assert_cmpuint(seen[i], >, 10);
	tear_down(&f, NULL);
}

static void test_plan(void)
{
	owned(gbt_rig) r = small_rig(NULL);
	const struct gbt_model_plan *p = &r->cabinet->plans[20];

	run_small(r, 20);
	g_assert_cmpuint(p->cycle_s, ==, 70);
	int64_t midnight_s = r->cabinet->utc_s - r->cabinet->utc_s % 86400;
	g_assert_cmpint((midnight_s + p->offset_s) % 70, ==, 0); /* 0 from 1970 is so much from its midnight */
	g_assert_cmpuint(p->stages[15], ==, 1); /* the first stage is the last byte */
	g_assert_cmpuint(p->stages[14], ==, 2);
	g_assert_cmpuint(p->stages[13], ==, 3);
	g_assert_cmpuint(p->stages[12], ==, 0);
	g_assert_cmpuint(p->times_s[15], ==, 25);
	g_assert_cmpuint(p->appearances[13], ==, 0x10);
	g_assert_cmphex(r->cabinet->mode, ==, 0x14);
	gbt_unit_release(r->unit);
	g_assert_false(gbt_unit_idle(r->unit));
	gbt_rig_seconds(r, 2);
	g_assert_true(gbt_unit_idle(r->unit));
	g_assert_cmphex(r->cabinet->mode, ==, 0x21);
	g_assert_cmpint(r->told.status.mode, ==, CONTROLLER_LOCAL);
	g_assert_cmpuint(r->told.status.coordination.called, ==, 0);
	gbt_rig_safe(r);
}

/* A status that was asked for before the selection and comes behind it still tells of its own plan: that is no loss. */
static void test_crossed(void)
{
	owned(gbt_rig) r = small_rig(NULL);

	g_assert_true(write_small(r, 20, 25));
	gbt_rig_seconds(r, 10);
	gbt_unit_poll(r->unit);
	gbt_unit_select(r->unit, 20);
	gbt_unit_flush(r->unit);
	gbt_rig_seconds(r, 200);
	g_assert_true(r->told.reply.ok);
	g_assert_cmpuint(r->cabinet->plan, ==, 20);
	g_assert_cmpuint(r->told.status.coordination.called, ==, 20);
	g_assert_cmpuint(r->told.refusals, ==, 0);
	g_assert_false(write_small(r, 20, 30));
	gbt_rig_safe(r);
}

/* Never the one that runs; two spare ones in turn. */
static void test_alternate(void)
{
	owned(gbt_rig) r = small_rig(NULL);

	for (uint32_t i = 0; i < 6; i++) {
		run_small(r, 20 + i % 2);
		g_assert_false(write_small(r, 20 + i % 2, 30));
		g_assert_nonnull(strstr(r->told.reply_why, "runs, or is selected"));
	}
	g_assert_false(gbt_rig_write(r, 1, 70, 0, 3, small_stages, (const double[]){25, 20, 24})); /* the sum is wrong */
	g_assert_false(gbt_rig_write(r, 40, 70, 0, 3, small_stages, (const double[]){25, 20, 25})); /* no such plan */
	g_assert_false(gbt_rig_write(r, 22, 70, 70, 3, small_stages, (const double[]){25, 20, 25})); /* offset */
	g_assert_false(gbt_rig_write(r, 22, 70, 0, 3, (const uint16_t[]){1, 2, 4}, (const double[]){25, 20, 25})); /* no such stage */
	g_assert_false(gbt_rig_write(r, 22, 45, 0, 2, (const uint16_t[]){1, 3}, (const double[]){30, 15})); /* short green */
	g_assert_nonnull(strstr(r->told.reply_why, "minimum"));
	g_assert_false(gbt_rig_write(r, 22, 70.5, 0, 3, small_stages, (const double[]){25.5, 20, 25}));
	g_assert_false(gbt_rig_select(r, 33));
	gbt_rig_safe(r);
}

static void test_calls(void)
{
	owned(gbt_rig) r = small_rig(NULL);

	for (int i = 0; i < 200; i++) {
		gbt_unit_call(r->unit, (uint16_t) (1 + i / 7 % 3)); /* impatient: every 7 s another one */
		gbt_rig_second(r);
	}
	g_assert_cmpuint(r->cabinet->counts.called, >, 5);
	g_assert_cmpint(r->told.status.mode, ==, CONTROLLER_CENTRAL);
	for (int i = 0; i < 60; i++) {
		gbt_unit_call(r->unit, 2);
		gbt_rig_second(r);
	}
	g_assert_cmpuint(r->cabinet->stage, ==, 2);
	g_assert_cmpuint(r->told.status.stage, ==, 2);
	gbt_unit_call(r->unit, 7); /* none of its */
	gbt_rig_seconds(r, 3);
	g_assert_nonnull(strstr(r->told.refused, "no stage 7"));
	gbt_unit_release(r->unit);
	gbt_rig_seconds(r, 100);
	g_assert_cmphex(r->cabinet->mode, ==, 0x21);
	gbt_rig_safe(r);
}

static void over_udp(struct gbt_unit_setup *setup)
{
	setup->escape = false;
}

/* Units that take one item a frame, that count their answers for themselves, on a datagram line. */
static void test_kinds(void)
{
	static const uint32_t misdeeds[] = {0, GBT_SINGLE, GBT_OWN_SEQUENCE, GBT_SINGLE | GBT_OWN_SEQUENCE | GBT_NO_LAMPS};

	for (guint i = 0; i < 2 * G_N_ELEMENTS(misdeeds); i++) {
		owned(gbt_rig) r = gbt_rig_new(gbt_cabinet_small(), i % 2 ? over_udp : NULL, NULL);
		r->cabinet->misdeeds = misdeeds[i / 2];
		gbt_rig_seconds(r, 60);
		g_assert_cmpuint(r->told.timings, ==, 1);
		run_small(r, 20);
		gbt_rig_safe(r);
	}
}

/* ---- faults ---- */

static void back_to_normal(struct gbt_rig *r, uint32_t row)
{
	r->cabinet->misdeeds = 0;
	gbt_rig_seconds(r, 90);
	g_assert_cmpfloat(r->now_s - r->told.status_s, <=, 1);
	run_small(r, row);
	gbt_rig_safe(r);
}

static void test_no_answer(void)
{
	owned(gbt_rig) r = small_rig(NULL);

	run_small(r, 20);
	r->cabinet->misdeeds = GBT_MUTE;
	gbt_rig_seconds(r, 10);
	g_assert_cmpuint(r->told.downs, ==, 1);
	g_assert_nonnull(strstr(r->told.why, "does not answer"));
	gbt_rig_seconds(r, 300);
	g_assert_cmpuint(r->told.downs, ==, 1); /* told once */
	uint32_t before = r->told.replies;
	gbt_unit_select(r->unit, 20);
	gbt_rig_seconds(r, 2);
	g_assert_cmpuint(r->told.replies, ==, before + 1); /* each command has its reply */
	g_assert_false(r->told.reply.ok);
	back_to_normal(r, 21);
	g_assert_cmpuint(r->told.ups, ==, 2);
}

static void test_late_answer(void)
{
	owned(gbt_rig) r = small_rig(NULL);

	run_small(r, 20);
	r->cabinet->misdeeds = GBT_LATE;
	gbt_rig_seconds(r, 10);
	double told_s = r->told.status_s;
	gbt_rig_seconds(r, 600); /* through several new connections */
	g_assert_cmpfloat(r->told.status_s, ==, told_s); /* what showed 5 s ago is never told for what shows */
	back_to_normal(r, 21);
}

static void test_garbage(void)
{
	static const uint32_t misdeeds[] = {GBT_DAMAGED, GBT_NOISE};

	for (guint i = 0; i < G_N_ELEMENTS(misdeeds); i++) {
		struct controller_health health;
		owned(gbt_rig) r = small_rig(NULL);
		run_small(r, 20);
		r->cabinet->misdeeds = misdeeds[i];
		gbt_rig_seconds(r, 100);
		g_assert_true(r->told.alert[EARS_GARBAGE]);
		gbt_unit_health(r->unit, &health);
		g_assert_cmpuint(health.garbage, >, 2);
		back_to_normal(r, 21);
		gbt_rig_seconds(r, 60);
		g_assert_false(r->told.alert[EARS_GARBAGE]);
	}
}

/* Numbers of a wrong length, modes that there are not: no status, no command, an alert. */
static void test_wrong_values(void)
{
	static const uint32_t misdeeds[] = {GBT_WRONG_TYPE, GBT_OUT_OF_RANGE};

	for (guint i = 0; i < G_N_ELEMENTS(misdeeds); i++) {
		owned(gbt_rig) r = small_rig(NULL);
		run_small(r, 20);
		r->cabinet->misdeeds = misdeeds[i];
		gbt_rig_seconds(r, 30);
		g_assert_true(r->told.alert[EARS_STATUS]);
		g_assert_cmpfloat(r->now_s - r->told.status_s, >=, 29);
		uint64_t sets = r->cabinet->counts.sets;
		g_assert_false(write_small(r, 21, 30));
		g_assert_cmpuint(r->cabinet->counts.sets, ==, sets);
		back_to_normal(r, 21);
		g_assert_false(r->told.alert[EARS_STATUS]);
	}
}

static void test_refused_write(void)
{
	owned(gbt_rig) r = small_rig(NULL);

	r->cabinet->misdeeds = GBT_REFUSE_PLANS; /* from the time chain on: half of it is written */
	g_assert_false(write_small(r, 20, 25));
	g_assert_nonnull(strstr(r->told.reply_why, "9.2.7"));
	g_assert_nonnull(strstr(r->told.reply_why, "bad value"));
	r->cabinet->misdeeds = 0;
	g_assert_false(gbt_rig_select(r, 20));
	g_assert_nonnull(strstr(r->told.reply_why, "half written"));
	g_assert_cmpuint(r->cabinet->counts.selected, ==, 0);
	r->cabinet->misdeeds = GBT_REFUSE_CONTROL;
	g_assert_true(write_small(r, 20, 25));
	g_assert_false(gbt_rig_select(r, 20));
	g_assert_nonnull(strstr(r->told.reply_why, "control failed"));
	back_to_normal(r, 20);
}

static void test_half_written(void)
{
	owned(gbt_rig) r = small_rig(NULL);

	r->cabinet->misdeeds = GBT_FORGETFUL;
	g_assert_false(write_small(r, 20, 25));
	g_assert_nonnull(strstr(r->told.reply_why, "read back"));
	g_assert_false(gbt_rig_select(r, 20));
	/* The line breaks in the middle of a write: the row stays spoiled until it was written whole. */
	r->cabinet->misdeeds = GBT_MUTE;
	g_assert_false(write_small(r, 21, 25));
	r->cabinet->misdeeds = 0;
	gbt_rig_seconds(r, 20);
	g_assert_cmpuint(r->told.ups, ==, 2);
	g_assert_false(gbt_rig_select(r, 21));
	g_assert_cmpuint(r->cabinet->counts.selected, ==, 0);
	back_to_normal(r, 21);
}

static void test_clock(void)
{
	owned(gbt_rig) r = small_rig(NULL);

	run_small(r, 20);
	g_assert_false(r->told.alert[EARS_CLOCK]);
	r->cabinet->clock_off_s = 63;
	gbt_rig_seconds(r, 40);
	g_assert_true(r->told.alert[EARS_CLOCK]);
	g_assert_nonnull(strstr(r->told.sentence, "s ahead of ours"));
	g_assert_true(r->told.status.alarms & CONTROLLER_CLOCK);
	g_assert_false(write_small(r, 21, 30));
	g_assert_nonnull(strstr(r->told.reply_why, "clock"));
	r->cabinet->clock_off_s = -0.4;
	gbt_rig_seconds(r, 40);
	g_assert_false(r->told.alert[EARS_CLOCK]);
	back_to_normal(r, 21);
}

static void test_restart(void)
{
	owned(gbt_rig) r = small_rig(NULL);

	run_small(r, 20);
	gbt_cabinet_restart(r->cabinet);
	r->told.alarms = 0;
	gbt_rig_seconds(r, 10);
	g_assert_cmpint(r->told.status.mode, ==, CONTROLLER_LOCAL);
	g_assert_true(r->told.alarms & CONTROLLER_BACKUP_MODE);
	g_assert_nonnull(strstr(r->told.refused, "went back to its own plan"));
	g_assert_cmphex(r->cabinet->mode, ==, 0x21); /* nothing commands it by itself */
	back_to_normal(r, 20);
}

/* What it follows nobody knows: nothing is written before it is handed back, and then all is well. */
static void hand_back_first(struct gbt_rig *r, uint32_t row)
{
	g_assert_true(r->told.status.coordination.led);
	g_assert_false(write_small(r, row, 25));
	g_assert_nonnull(strstr(r->told.reply_why, "handed back first"));
	gbt_unit_release(r->unit);
	gbt_rig_seconds(r, 4);
	g_assert_false(r->told.status.coordination.led);
	back_to_normal(r, row);
}

/* A daemon that begins anew does not know which plan it called the last time, and the controller does not tell: nothing is written before it is handed
 * back. */
static void test_former_life(void)
{
	owned(gbt_rig) r = small_rig(NULL);

	run_small(r, 20);
	g_assert_true(write_small(r, 21, 25));
	g_assert_true(gbt_rig_select(r, 21)); /* and it may begin at any second */
	gbt_rig_anew(r, NULL);
	gbt_rig_seconds(r, 4);
	g_assert_cmpint(r->told.status.mode, ==, CONTROLLER_LOCAL);
	g_assert_false(write_small(r, 20, 25));
	hand_back_first(r, 21);
}

static void expect_other(struct gbt_unit_setup *setup)
{
	setup->device = "MODEL-0002";
}

static void test_stranger(void)
{
	owned(gbt_rig) r = gbt_rig_new(gbt_cabinet_small(), expect_other, NULL);

	gbt_rig_seconds(r, 200);
	g_assert_cmpuint(r->told.ups, ==, 0);
	g_assert_cmpuint(r->told.downs, ==, 1);
	g_assert_true(r->told.alert[EARS_STRANGER]);
	g_assert_nonnull(strstr(r->told.sentence, "MODEL-0001"));
	g_assert_cmpuint(r->cabinet->counts.sets, ==, 0);
	g_strlcpy(r->cabinet->device, "MODEL-0002", sizeof r->cabinet->device); /* the right one is connected */
	gbt_rig_seconds(r, 60);
	g_assert_cmpuint(r->told.ups, ==, 1);
	g_assert_false(r->told.alert[EARS_STRANGER]);
	run_small(r, 20);

	owned(gbt_rig) other = gbt_rig_new(gbt_cabinet_small(), NULL, NULL);
	other->cabinet->misdeeds = GBT_OTHER_NUMBER;
	gbt_rig_seconds(other, 100);
	g_assert_cmpuint(other->told.ups, ==, 0);
	g_assert_true(other->told.alert[EARS_STRANGER]);
	other->cabinet->misdeeds = 0;
	gbt_rig_seconds(other, 100);
	g_assert_cmpuint(other->told.ups, ==, 1);
	g_assert_false(other->told.alert[EARS_STRANGER]);
}

/* Flash, manual, all red: reported, and left alone. */
static void test_away(void)
{
	static const struct {
		uint8_t mode;
		const char *why;
		uint32_t alarm;
	} away[] = {{0x31, "flash", CONTROLLER_FLASHES}, {0x25, "manual", CONTROLLER_MANUAL}, {0x15, "manual", CONTROLLER_MANUAL},
		{0x30, "special control", CONTROLLER_PREEMPTED}, {0x32, "all red", CONTROLLER_STOPPED}, {0x33, "off", CONTROLLER_STOPPED}};

	for (guint i = 0; i < G_N_ELEMENTS(away); i++) {
		owned(gbt_rig) r = small_rig(NULL);
		r->cabinet->mode = away[i].mode;
		gbt_rig_seconds(r, 3);
		g_assert_cmpint(r->told.status.mode, ==, CONTROLLER_AWAY);
		g_assert_cmpstr(r->told.away, ==, away[i].why);
		g_assert_true(r->told.status.alarms & away[i].alarm);
		g_assert_false(write_small(r, 20, 25));
		g_assert_false(gbt_rig_select(r, 1));
		g_assert_nonnull(strstr(r->told.reply_why, away[i].why));
		g_assert_cmpuint(r->cabinet->counts.sets, ==, 0);
		r->cabinet->mode = 0x21;
		back_to_normal(r, 20);
	}
}

/* It takes the selection and goes on with its own plan. */
static void test_stuck(void)
{
	owned(gbt_rig) r = small_rig(NULL);

	g_assert_true(write_small(r, 20, 25));
	r->cabinet->misdeeds = GBT_STUCK;
	g_assert_true(gbt_rig_select(r, 20));
	gbt_rig_seconds(r, 10);
	g_assert_nonnull(strstr(r->told.refused, "went back"));
	r->cabinet->misdeeds = 0;
	r->cabinet->plans[20].there = false; /* its centre mode runs, the plan does not */
	r->cabinet->called_plan = 0;
	r->cabinet->plans[21] = r->cabinet->plans[1];
	g_assert_true(gbt_rig_select(r, 21));
	r->cabinet->called_plan = 0;
	gbt_rig_seconds(r, 80);
	g_assert_nonnull(strstr(r->told.refused, "it runs plan 1"));
	g_assert_true(r->told.alarms & CONTROLLER_COORDINATION);
	back_to_normal(r, 22);
}

/* It takes its hand-back and goes on: led by nobody knows what, until it takes the next one. */
static void test_clings(void)
{
	owned(gbt_rig) r = small_rig(NULL);

	run_small(r, 20);
	g_assert_true(write_small(r, 21, 25));
	r->cabinet->misdeeds = GBT_STUCK;
	g_assert_true(gbt_rig_select(r, 21));
	gbt_unit_release(r->unit);
	gbt_rig_seconds(r, 15);
	g_assert_cmphex(r->cabinet->mode, !=, 0x21);
	r->cabinet->misdeeds = 0;
	hand_back_first(r, 21);
}

static void test_edited(void)
{
	owned(gbt_rig) r = small_rig(NULL);

	gbt_rig_seconds(r, 700);
	g_assert_cmpuint(r->told.timings, ==, 1);
	r->cabinet->min_green_s[1] = 12; /* a technician was there */
	gbt_rig_seconds(r, 700);
	g_assert_cmpuint(r->told.timings, ==, 2);
	g_assert_cmpfloat(r->told.phases[1].min_green_s, ==, 15);
	g_assert_cmpuint(r->told.alerts[EARS_EDITED], ==, 1);
	g_assert_false(gbt_rig_write(r, 20, 67, 0, 3, small_stages, (const double[]){25, 22, 20})); /* was long enough before */
	back_to_normal(r, 20);
}

/* Killed, hung, or the line cut: back to its own plan within its time. */
static void test_silence(void)
{
	for (int how = 0; how < 3; how++) {
		owned(gbt_rig) r = small_rig(NULL);
		run_small(r, 20);
		gbt_rig_seconds(r, 200);
		g_assert_cmphex(r->cabinet->mode, ==, 0x14); /* alive: it stays */
		r->dead = how == 0;
		r->hung = how == 1;
		r->unplugged = how == 2;
		gbt_rig_seconds(r, 70);
		g_assert_cmphex(r->cabinet->mode, ==, 0x21);
		g_assert_cmpuint(r->cabinet->counts.returned, ==, 1);
		gbt_rig_seconds(r, 200);
		gbt_rig_safe(r);
		r->dead = r->hung = r->unplugged = false;
		if (how > 0)
			back_to_normal(r, 21);
	}
}

/* It does not take its hand-back: the command pipe, then silence until it goes by itself. */
static void test_no_hand_back(void)
{
	owned(gbt_rig) r = small_rig(NULL);

	run_small(r, 20);
	r->cabinet->misdeeds = GBT_REFUSE_BACK;
	gbt_unit_release(r->unit);
	gbt_rig_seconds(r, 5);
	g_assert_true(gbt_unit_idle(r->unit));
	g_assert_nonnull(strstr(r->told.why, "hand-back"));
	gbt_rig_seconds(r, 75);
	g_assert_cmphex(r->cabinet->mode, ==, 0x21);
	back_to_normal(r, 21);
}

static void only_look(struct gbt_unit_setup *setup)
{
	setup->probe = true;
}

static void test_probe(void)
{
	owned(gbt_rig) r = small_rig(only_look);

	g_assert_false(write_small(r, 20, 25));
	g_assert_false(gbt_rig_select(r, 1));
	gbt_unit_call(r->unit, 2);
	gbt_unit_release(r->unit);
	gbt_rig_seconds(r, 100);
	g_assert_cmpuint(r->cabinet->counts.sets, ==, 0);
}

/* The frames of a real unit: what it is and how it is timed. */
static void on_odd(void *user, enum gbt_odd kind, const char *what)
{
	(void) user;
	g_error("%d %s", kind, what);
}

struct replay {
	struct gbt_recorded *recorded;
	GQueue answers;
	uint32_t identified;
};

static void replay_send(void *user, const uint8_t *bytes, size_t size)
{
	struct replay *p = user;
	GBytes *answer = gbt_recorded_answer(p->recorded, bytes, size);

	if (answer != NULL)
		g_queue_push_tail(&p->answers, answer);
}

static void replay_done(void *user, const struct gbt_exchange *e, enum gbt_outcome outcome)
{
	struct replay *p = user;
	uint32_t value;

	g_assert_cmpint(outcome, ==, e->purpose);
	p->identified++;
	if (outcome != GBT_TAKEN || e->type == GBT_SET)
		return;
	g_assert_cmpmem(e->values[0].data, e->values[0].length, "\xe4\xb8\x9c\xe5\x9c\x9f\xe6\xad\xa3\xe5\x88\x9b", 12);
	g_assert_true(gbt_exchange_value(e, 1, &value));
	g_assert_cmpuint(value, ==, 120); /* 9.2.3: the cycle, s */
	g_assert_true(gbt_exchange_value(e, 2, &value));
	g_assert_cmpuint(value, ==, 10); /* 4.2.27: the minimum green, s */
}

static void test_replay(void)
{
	owned(gbt_recorded) recorded = gbt_recorded_new();
	struct replay p = {.recorded = recorded};
	struct gbt_exchange good = {.type = GBT_QUERY, .purpose = GBT_TAKEN}, bad = {.type = GBT_QUERY, .purpose = GBT_REFUSED},
						set = {.type = GBT_SET, .purpose = GBT_TAKEN};

	if (recorded == NULL) {
		g_test_skip("no ../shared/data/gbt20999/frames.tsv beside the checkout");
		return;
	}
	owned(gbt_talk) talk = gbt_talk_new(&(struct gbt_talk_setup){.host = 5, .answer_s = 1, .tries = 2, .user = &p, .send = replay_send, .done = replay_done,
		.odd = on_odd});
	gbt_exchange_query(&good, 1, 1, 0, 0);
	gbt_exchange_query(&good, 9, 2, 3, 1);
	gbt_exchange_query(&good, 4, 2, 27, 1);
	gbt_exchange_query(&bad, 17, 2, 1, 1); /* the unit answered "no such item" */
	gbt_exchange_number(&set, (struct gbt_key){17, 1, 4, 1}, 0x14, 1);
	gbt_talk_ask(talk, &good, false, 0);
	gbt_talk_ask(talk, &bad, false, 0);
	gbt_talk_ask(talk, &set, false, 0);
	for (GBytes *answer; (answer = g_queue_pop_head(&p.answers)) != NULL; g_bytes_unref(answer)) {
		gsize n;
		const uint8_t *bytes = g_bytes_get_data(answer, &n);
		gbt_talk_take(talk, bytes, n, 0.1);
	}
	g_assert_cmpuint(p.identified, ==, 3);
}

/* The recorded conflicts and intergreens of phase 1 name the same phases: the order of their bytes is read right. */
static void test_recorded_timing(void)
{
	owned(gbt_recorded) recorded = gbt_recorded_new();
	struct gbt_timing t = {0};
	struct gbt_exchange e = {.type = GBT_QUERY};

	if (recorded == NULL) {
		g_test_skip("no ../shared/data/gbt20999/frames.tsv beside the checkout");
		return;
	}
	for (guint i = 0; i < recorded->pairs->len; i++) {
		const struct gbt_pair *p = recorded->pairs->pdata[i];
		struct gbt_frame f;
		gsize n;
		const uint8_t *bytes = g_bytes_get_data(p->reply, &n);
		g_assert_true(gbt_frame_read(bytes, n, &f, NULL));
		const struct gbt_item *item = &f.items[0];
		bool phase = item->key.class == 4 && item->key.object == 2 && item->key.element == 1 && item->key.attribute >= 2 && item->key.attribute <= 28 &&
			(item->key.attribute <= 8 || item->key.attribute >= 27);
		if (!phase && !(item->key.class == 7 && item->key.attribute == 2))
			continue;
		e.n = 0;
		gbt_exchange_set(&e, item->key, item->data, item->length);
		e.values[0].answered = true;
		g_assert_true(gbt_timing_take(&t, &e, NULL));
	}
	const struct gbt_phase *p = &t.phases[0];
	g_assert_cmphex(p->conflicts, ==, 0xf2f0);
	for (uint32_t k = 0; k < GBT_PHASES; k++)
		g_assert_cmpint(p->conflicts >> k & 1, ==, p->intergreen_s[k] == 3);
	g_assert_cmpfloat(gbt_phase_min_green_s(p), ==, 13); /* 10 s, and 3 s of flashing */
	g_assert_cmpfloat(gbt_phase_amber_s(p), ==, 3);
	g_assert_cmphex(p->lamps, ==, 1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/gbt_unit/timing", test_timing);
	g_test_add_func("/gbt_unit/letters", test_letters);
	g_test_add_func("/gbt_unit/plan", test_plan);
	g_test_add_func("/gbt_unit/alternate", test_alternate);
	g_test_add_func("/gbt_unit/crossed", test_crossed);
	g_test_add_func("/gbt_unit/calls", test_calls);
	g_test_add_func("/gbt_unit/kinds", test_kinds);
	g_test_add_func("/gbt_unit/no_answer", test_no_answer);
	g_test_add_func("/gbt_unit/late_answer", test_late_answer);
	g_test_add_func("/gbt_unit/garbage", test_garbage);
	g_test_add_func("/gbt_unit/wrong_values", test_wrong_values);
	g_test_add_func("/gbt_unit/refused_write", test_refused_write);
	g_test_add_func("/gbt_unit/half_written", test_half_written);
	g_test_add_func("/gbt_unit/clock", test_clock);
	g_test_add_func("/gbt_unit/restart", test_restart);
	g_test_add_func("/gbt_unit/former_life", test_former_life);
	g_test_add_func("/gbt_unit/stranger", test_stranger);
	g_test_add_func("/gbt_unit/away", test_away);
	g_test_add_func("/gbt_unit/stuck", test_stuck);
	g_test_add_func("/gbt_unit/clings", test_clings);
	g_test_add_func("/gbt_unit/edited", test_edited);
	g_test_add_func("/gbt_unit/silence", test_silence);
	g_test_add_func("/gbt_unit/no_hand_back", test_no_hand_back);
	g_test_add_func("/gbt_unit/probe", test_probe);
	g_test_add_func("/gbt_unit/replay", test_replay);
	g_test_add_func("/gbt_unit/recorded_timing", test_recorded_timing);
	return g_test_run();
}
