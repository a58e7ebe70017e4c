/* rsmp_session_test.c - the supervisor against a site of our own in simulated time: what works, each fault, and a random week. */
#include <math.h>
#include <string.h>

#include "core/units.h"
#include "tests/daemon/rsmp_rig.h"

#define WEEK_S (7 * 24 * 3600)

static struct rsmp_rig *rig(void (*change)(struct rsmp_session_setup *setup))
{
	struct rsmp_rig *r = rsmp_rig_new(rsmp_site_new(), change, NULL);

	rsmp_rig_seconds(r, 4);
	g_assert_cmpuint(r->told.ups, ==, 1);
	g_assert_cmpuint(r->told.timings, ==, 1);
	g_assert_cmpuint(r->told.statuses, >=, 2);
	return r;
}

static void run(struct rsmp_rig *r, uint32_t row)
{
	g_assert_true(rsmp_rig_write(r, row, 66, 5, 1, 4));
	g_assert_cmpint(r->site->plans[row].cycle_s, ==, 66);
	g_assert_cmpint(r->site->plans[row].offset_s, ==, 66 - 5); /* its counter runs ahead by that */
	g_assert_cmpint(r->site->plans[row].bands[1], ==, 4);
	g_assert_true(rsmp_rig_select(r, row));
	rsmp_rig_second(r);
	g_assert_cmpuint(r->told.status.coordination.called, ==, row); /* before it runs */
	rsmp_rig_seconds(r, 150);
	g_assert_cmpuint(r->told.status.coordination.called, ==, row);
	g_assert_false(r->told.status.coordination.in_transition);
	g_assert_cmpuint(r->site->plan, ==, row);
	g_assert_cmpint(r->told.status.mode, ==, CONTROLLER_CENTRAL);
	g_assert_cmpuint(r->told.status.coordination.row, ==, row);
}

/* The first stage's green begins when UTC is the offset past a multiple of the cycle. */
static void test_offset(void)
{
	owned(rsmp_rig) r = rsmp_rig_new(rsmp_site_new(), NULL, NULL);

	rsmp_rig_seconds(r, 10);
	for (double offset_s = 5; offset_s < 70; offset_s += 60) {
		g_assert_true(rsmp_rig_write(r, 3, 66, offset_s, 0, 0));
		g_assert_true(rsmp_rig_select(r, 3));
		rsmp_rig_seconds(r, 900);
		while (r->site->groups[0] == GROUP_GREEN)
			rsmp_rig_second(r);
		while (r->site->groups[0] != GROUP_GREEN)
			rsmp_rig_second(r);
		g_assert_cmpfloat(fmod((double) r->site->utc_s + r->now_s, 66), ==, offset_s);
	}
	rsmp_rig_safe(r);
}

static void back_to_normal(struct rsmp_rig *r, uint32_t row)
{
	r->site->misdeeds = 0;
	rsmp_rig_seconds(r, 200);
	g_assert_cmpfloat(r->now_s - r->told.status_s, <=, 1);
	run(r, row);
	rsmp_rig_safe(r);
}

static void test_greeting(void)
{
	owned(rsmp_rig) r = rig(NULL);

	g_assert_cmpstr(r->told.standard, ==, "RSMP 3.2, SXL TLC 1.1");
	g_assert_cmpint(r->told.status.mode, ==, CONTROLLER_LOCAL);
	g_assert_cmphex(r->told.status.greens, ==, 3);
	rsmp_rig_seconds(r, 1000);
	g_assert_cmpuint(r->told.ups, ==, 1);
	g_assert_cmpuint(r->told.downs, ==, 0);
	g_assert_cmpuint(r->site->counts.commands, ==, 0); /* nothing by itself */
}

static void test_plan(void)
{
	owned(rsmp_rig) r = rig(NULL);

	run(r, 3);
	g_assert_cmpint(r->site->bands_timeout_min, ==, 2);
	rsmp_rig_seconds(r, 600); /* the bands are renewed all the time */
	g_assert_cmpint(r->site->plans[3].bands[1], ==, 4);
	g_assert_cmpuint(r->site->counts.returned, ==, 0);
	rsmp_session_release(r->session);
	g_assert_false(rsmp_session_idle(r->session));
	rsmp_rig_seconds(r, 2);
	g_assert_true(rsmp_session_idle(r->session));
	g_assert_false(r->site->ours);
	g_assert_cmpuint(r->told.status.coordination.called, ==, 0);
	rsmp_rig_seconds(r, 400);
	g_assert_cmpint(r->site->plans[3].bands[1], ==, 0); /* not renewed any more */
	g_assert_cmpint(r->told.status.mode, ==, CONTROLLER_LOCAL);
	rsmp_rig_safe(r);
}

static void test_misfits(void)
{
	owned(rsmp_rig) r = rig(NULL);
	struct controller_split split = {.number = 1, .split_s = 20};
	uint32_t before = r->told.replies;

	g_assert_false(rsmp_rig_write(r, 3, 256, NAN, 0, 0));
	g_assert_false(rsmp_rig_write(r, 3, 60.5, NAN, 0, 0));
	g_assert_false(rsmp_rig_write(r, 3, 60, 60, 0, 0));
	g_assert_false(rsmp_rig_write(r, 3, NAN, NAN, 1, -1));
	g_assert_false(rsmp_rig_write(r, 3, NAN, NAN, 100, 1));
	g_assert_false(rsmp_rig_write(r, 9, 60, 0, 0, 0));
	g_assert_nonnull(strstr(r->told.reply_why, "no plan 9"));
	g_assert_false(rsmp_rig_select(r, 9));
	rsmp_session_write(r->session, &(struct controller_pattern){.row = 3, .cycle_s = 60, .offset_s = 0, .splits = &split, .n_splits = 1});
	rsmp_rig_seconds(r, 2);
	g_assert_nonnull(strstr(r->told.reply_why, "stages or splits"));
	g_assert_cmpuint(r->told.replies, ==, before + 8);
	g_assert_cmpuint(r->site->counts.commands, ==, 0);
	g_assert_true(rsmp_rig_write(r, 3, NAN, 7, 0, 0)); /* the offset alone */
	g_assert_cmpint(r->site->plans[3].cycle_s, ==, 60);
}

static void test_priority(void)
{
	owned(rsmp_rig) r = rig(NULL);
	struct controller_priority p = {.id = "bus-12", .asks = CONTROLLER_ASK_NEW, .vehicle = CONTROLLER_CLASS_BUS, .level = 7, .in_s = 31, .phases = 4};

	rsmp_session_priority(r->session, &p);
	rsmp_rig_seconds(r, 2);
	g_assert_true(r->told.reply.ok && r->told.reply.told == CONTROLLER_TOLD_PRIORITY);
	g_assert_nonnull(strstr(r->site->last_text, "KK+AG9998=001SG003"));
	p.asks = CONTROLLER_ASK_CANCEL;
	rsmp_session_priority(r->session, &p);
	rsmp_rig_seconds(r, 2);
	g_assert_true(r->told.reply.ok);
	g_assert_null(strstr(r->site->last_text, "signalGroupId")); /* only when a request is new */
	g_assert_cmpuint(r->site->counts.priorities, ==, 2);
	p.level = 15;
	rsmp_session_priority(r->session, &p);
	rsmp_rig_seconds(r, 2);
	g_assert_false(r->told.reply.ok);
}

static void test_old_site(void)
{
	owned(rsmp_rig) r = rsmp_rig_new(rsmp_site_new(), NULL, NULL);

	r->site->misdeeds = SITE_TEXTS;
	rsmp_rig_seconds(r, 10);
	g_assert_cmpuint(r->told.ups, ==, 1);
	run(r, 3);

	owned(rsmp_rig) older = rsmp_rig_new(rsmp_site_new(), NULL, NULL);
	older->site->misdeeds = SITE_TEXTS;
	*older->site->versions[1] = '\0';
	g_strlcpy(older->site->versions[0], "3.1.3", 8);
	rsmp_rig_seconds(older, 10);
	g_assert_cmpstr(older->told.standard, ==, "RSMP 3.1.3, SXL TLC 1.1");
	run(older, 3);

	owned(rsmp_rig) strange = rsmp_rig_new(rsmp_site_new(), NULL, NULL);
	*strange->site->versions[1] = '\0';
	g_strlcpy(strange->site->versions[0], "4.0", 8);
	rsmp_rig_seconds(strange, 300);
	g_assert_cmpuint(strange->told.ups, ==, 0);
	g_assert_cmpuint(strange->told.downs, ==, 1);
	g_assert_nonnull(strstr(strange->told.why, "no version"));
}

/* ---- faults ---- */

static void test_no_answer(void)
{
	owned(rsmp_rig) r = rig(NULL);

	run(r, 3);
	r->site->misdeeds = SITE_MUTE;
	uint32_t before = r->told.replies;
	rsmp_session_select(r->session, 4);
	rsmp_rig_seconds(r, 40);
	g_assert_cmpuint(r->told.downs, ==, 1);
	g_assert_nonnull(strstr(r->told.why, "acknowledge"));
	g_assert_cmpuint(r->told.replies, ==, before + 1);
	g_assert_false(r->told.reply.ok);
	rsmp_rig_seconds(r, 100);
	g_assert_cmpuint(r->told.downs, ==, 1);
	back_to_normal(r, 4);
	g_assert_cmpuint(r->told.ups, ==, 2);

	r->site->misdeeds = SITE_NO_ANSWER; /* acks, and nothing behind them */
	g_assert_false(rsmp_rig_select(r, 3));
	g_assert_nonnull(strstr(r->told.reply_why, "did not answer"));
	back_to_normal(r, 3);
}

static void test_late_answer(void)
{
	owned(rsmp_rig) r = rig(NULL);

	run(r, 3);
	r->site->misdeeds = SITE_LATE;
	rsmp_rig_seconds(r, 2 * SITE_WATCHDOG_S + 10);
	g_assert_true(r->told.alert[EARS_CLOCK]); /* all its times are ten seconds old, whatever the cause */
	g_assert_false(rsmp_rig_select(r, 4));
	back_to_normal(r, 5);
}

static void test_garbage(void)
{
	owned(rsmp_rig) r = rig(NULL);
	struct controller_health health;

	run(r, 3);
	r->site->misdeeds = SITE_GARBAGE;
	rsmp_rig_seconds(r, 30);
	g_assert_true(r->told.alert[EARS_GARBAGE]);
	rsmp_session_health(r->session, &health);
	g_assert_cmpuint(health.garbage, >=, 9);
	back_to_normal(r, 4);
	g_assert_false(r->told.alert[EARS_GARBAGE]);
}

static void test_wrong_values(void)
{
	static const uint32_t misdeeds[] = {SITE_WRONG_TYPE, SITE_OUT_OF_RANGE};

	for (guint i = 0; i < G_N_ELEMENTS(misdeeds); i++) {
		owned(rsmp_rig) r = rig(NULL);
		run(r, 3);
		r->site->misdeeds = misdeeds[i];
		rsmp_rig_seconds(r, 30);
		g_assert_true(r->told.alert[EARS_STATUS]);
		g_assert_cmpfloat(r->now_s - r->told.status_s, >=, 29);
		uint64_t commands = r->site->counts.plans + r->site->counts.changes;
		g_assert_false(rsmp_rig_write(r, 4, 66, 0, 0, 0));
		g_assert_false(rsmp_rig_select(r, 4));
		g_assert_cmpuint(r->site->counts.plans + r->site->counts.changes, ==, commands);
		back_to_normal(r, 4);
		g_assert_false(r->told.alert[EARS_STATUS]);
	}
}

static void test_refused(void)
{
	owned(rsmp_rig) r = rig(NULL);

	r->site->misdeeds = SITE_REFUSE_PLAN;
	g_assert_false(rsmp_rig_select(r, 3));
	g_assert_nonnull(strstr(r->told.reply_why, "not now"));
	r->site->misdeeds = 0;
	g_assert_false(rsmp_rig_write(r, 3, 20, 0, 0, 0)); /* would cut fixed times */
	g_assert_nonnull(strstr(r->told.reply_why, "fixed times"));
	g_assert_cmpint(r->site->plans[3].cycle_s, ==, 60);
	back_to_normal(r, 3);
}

/* The cycle and the bands are taken, the offset is not: taken back. */
static void test_half_written(void)
{
	owned(rsmp_rig) r = rig(NULL);

	r->site->misdeeds = SITE_REFUSE_OFFSET;
	g_assert_false(rsmp_rig_write(r, 3, 70, 9, 1, 5));
	g_assert_nonnull(strstr(r->told.reply_why, "no offsets today"));
	g_assert_cmpint(r->site->plans[3].cycle_s, ==, 60);
	g_assert_cmpint(r->site->plans[3].bands[1], ==, 0);
	g_assert_false(r->told.alert[EARS_HALF]); /* all is as it was */
	back_to_normal(r, 3);
	r->site->misdeeds = SITE_FORGETFUL;
	g_assert_false(rsmp_rig_write(r, 4, 70, 20, 0, 0));
	g_assert_nonnull(strstr(r->told.reply_why, "read back"));
	g_assert_cmpint(r->site->plans[4].offset_s, ==, 0);
	r->site->misdeeds = SITE_OTHER_ECHO;
	g_assert_false(rsmp_rig_write(r, 5, 70, 9, 0, 0));
	g_assert_nonnull(strstr(r->told.reply_why, "other values"));
	g_assert_true(r->told.alert[EARS_HALF]); /* who knows what it did, setting back as well */
	g_assert_false(rsmp_rig_select(r, 5));
	g_assert_nonnull(strstr(r->told.reply_why, "half written"));
	back_to_normal(r, 5);
	g_assert_false(r->told.alert[EARS_HALF]);
}

/* One that was long on its way, or lay unread while we were busy, looks like one of a clock that is behind; the next one tells. */
static void test_late_watchdog(void)
{
	owned(rsmp_rig) r = rig(NULL);

	run(r, 3);
	r->site->clock_off_s = -40;
	rsmp_rig_seconds(r, SITE_WATCHDOG_S);
	r->site->clock_off_s = 0;
	rsmp_rig_seconds(r, 2 * SITE_WATCHDOG_S);
	g_assert_cmpuint(r->told.alerts[EARS_CLOCK], ==, 0);
	r->site->clock_off_s = 40; /* but none comes before it was sent */
	rsmp_rig_seconds(r, SITE_WATCHDOG_S);
	g_assert_true(r->told.alert[EARS_CLOCK]);
}

static void test_clock(void)
{
	owned(rsmp_rig) r = rig(NULL);

	run(r, 3);
	r->site->clock_off_s = -40;
	rsmp_rig_seconds(r, 2 * SITE_WATCHDOG_S);
	g_assert_true(r->told.alert[EARS_CLOCK]);
	g_assert_nonnull(strstr(r->told.sentence, "behind"));
	g_assert_true(r->told.status.alarms & CONTROLLER_CLOCK);
	g_assert_false(rsmp_rig_write(r, 4, 66, 0, 0, 0));
	r->site->clock_off_s = 0;
	rsmp_rig_seconds(r, 70);
	g_assert_false(r->told.alert[EARS_CLOCK]);
	back_to_normal(r, 4);
}

static void test_restart(void)
{
	owned(rsmp_rig) r = rig(NULL);

	run(r, 3);
	rsmp_site_restart(r->site);
	rsmp_rig_seconds(r, 30);
	g_assert_cmpuint(r->told.downs, ==, 1);
	g_assert_cmpuint(r->told.ups, ==, 2);
	g_assert_cmpint(r->told.status.mode, ==, CONTROLLER_LOCAL);
	g_assert_false(r->site->ours); /* nothing commands it by itself */
	back_to_normal(r, 3);
	r->site->plan = 1; /* another hand chose its plan */
	rsmp_rig_seconds(r, 3);
	g_assert_nonnull(strstr(r->told.refused, "by itself"));
	g_assert_true(r->told.alarms & CONTROLLER_BACKUP_MODE);
}

static void test_stranger(void)
{
	owned(rsmp_rig) r = rsmp_rig_new(rsmp_site_new(), NULL, NULL);

	g_strlcpy(r->site->id, "RN+SI0002", sizeof r->site->id);
	rsmp_rig_seconds(r, 60);
	g_assert_cmpuint(r->told.ups, ==, 0);
	g_assert_true(r->told.alert[EARS_STRANGER]);
	g_assert_nonnull(strstr(r->told.sentence, "RN+SI0002"));
	g_strlcpy(r->site->id, "RN+SI0001", sizeof r->site->id);
	rsmp_rig_seconds(r, 30);
	g_assert_cmpuint(r->told.ups, ==, 1);
	g_assert_false(r->told.alert[EARS_STRANGER]);
	run(r, 3);
}

static void test_wrong_code(void)
{
	owned(rsmp_rig) r = rig(NULL);

	g_strlcpy(r->site->code, "9999", sizeof r->site->code);
	r->site->misdeeds = SITE_TELLTALE; /* the rig looks whether the code is told to anybody */
	g_assert_false(rsmp_rig_select(r, 3));
	g_assert_true(r->told.alert[EARS_CODE]);
	g_assert_false(rsmp_rig_select(r, 3));
	g_assert_false(rsmp_rig_write(r, 3, 66, 0, 0, 0));
	g_assert_cmpuint(r->site->counts.wrong_codes, ==, 1); /* not tried again soon: sites may lock out */
	g_assert_cmpint(r->told.status.mode, ==, CONTROLLER_LOCAL);
	g_strlcpy(r->site->code, "2222", sizeof r->site->code);
	rsmp_site_restart(r->site); /* it is told the right one */
	rsmp_rig_seconds(r, 30);
	g_assert_cmpuint(r->told.ups, ==, 2);
	run(r, 3);
	g_assert_false(r->told.alert[EARS_CODE]);
}

/* Longer each time, but always again: somebody may have set it right, and sites may lock out who guesses. */
static void test_code_again(void)
{
	owned(rsmp_rig) r = rig(NULL);
	double tried_s[8], last_s = 0;
	uint32_t n = 0;

	g_strlcpy(r->site->code, "9999", sizeof r->site->code);
	while (n < G_N_ELEMENTS(tried_s)) {
		uint64_t before = r->site->counts.wrong_codes;
		g_assert_false(rsmp_rig_select(r, 3));
		if (r->site->counts.wrong_codes > before)
			tried_s[n++] = r->now_s;
		else
			g_assert_nonnull(strstr(r->told.reply_why, "it is not tried for another"));
		rsmp_rig_seconds(r, 10);
	}
	for (uint32_t i = 1; i < n; i++) {
		double pause_s = tried_s[i] - tried_s[i - 1];
		g_assert_cmpfloat(pause_s, >=, fmin(120 << (i - 1), 900));
		g_assert_cmpfloat(pause_s, >=, last_s - 15); /* the rig tries every 10 s and some */
		g_assert_cmpfloat(pause_s, <=, 930);
		last_s = pause_s;
	}
	g_assert_cmpuint(r->told.alerts[EARS_CODE], ==, 1);
	g_assert_nonnull(strstr(r->told.sentence, "each 15 minutes"));

	uint64_t before = r->site->counts.wrong_codes; /* one that hangs up instead is not asked each time that it comes back */
	for (int i = 0; i < 5; i++) {
		rsmp_site_restart(r->site);
		rsmp_rig_seconds(r, 30);
		g_assert_false(rsmp_rig_select(r, 3));
	}
	g_assert_cmpuint(r->site->counts.wrong_codes - before, <=, 1);
	g_strlcpy(r->site->code, "2222", sizeof r->site->code);
	rsmp_rig_seconds(r, 900);
	run(r, 3);
	g_assert_false(r->told.alert[EARS_CODE]);
}

static void test_away(void)
{
	owned(rsmp_rig) r = rig(NULL);

	run(r, 3);
	r->site->flash = true;
	rsmp_rig_seconds(r, 3);
	g_assert_cmpint(r->told.status.mode, ==, CONTROLLER_AWAY);
	g_assert_cmpstr(r->told.away, ==, "yellow flash");
	g_assert_true(r->told.status.alarms & CONTROLLER_FLASHES);
	uint64_t commands = r->site->counts.commands;
	g_assert_false(rsmp_rig_select(r, 4));
	g_assert_false(rsmp_rig_write(r, 4, 66, 0, 0, 0));
	rsmp_rig_seconds(r, 300);
	g_assert_cmpuint(r->site->counts.commands, ==, commands); /* nor is anything kept alive */
	r->site->flash = false;
	back_to_normal(r, 4);
	r->site->dark = true;
	rsmp_rig_seconds(r, 3);
	g_assert_cmpstr(r->told.away, ==, "dark");
	r->site->dark = false;
	back_to_normal(r, 5);
}

static void test_silence(void)
{
	for (int how = 0; how < 3; how++) {
		owned(rsmp_rig) r = rig(NULL);
		run(r, 3);
		rsmp_rig_seconds(r, 400);
		g_assert_cmpuint(r->site->plan, ==, 3);
		r->dead = how == 0;
		r->hung = how == 1;
		r->unplugged = how == 2;
		rsmp_rig_seconds(r, 200);
		g_assert_cmpuint(r->site->counts.returned, ==, 1);
		g_assert_false(r->site->ours);
		rsmp_rig_safe(r);
	}
}

static void test_no_hand_back(void)
{
	owned(rsmp_rig) r = rig(NULL);

	run(r, 3);
	r->site->misdeeds = SITE_REFUSE_PLAN;
	rsmp_session_release(r->session);
	rsmp_rig_seconds(r, 3);
	g_assert_true(rsmp_session_idle(r->session));
	g_assert_nonnull(strstr(r->told.why, "hand-back"));
	rsmp_rig_seconds(r, 150);
	g_assert_false(r->site->ours);
	back_to_normal(r, 4);
}

static void only_look(struct rsmp_session_setup *setup)
{
	setup->probe = true;
}

static void test_probe(void)
{
	owned(rsmp_rig) r = rig(only_look);

	g_assert_false(rsmp_rig_select(r, 3));
	g_assert_false(rsmp_rig_write(r, 3, 66, 0, 0, 0));
	rsmp_session_release(r->session);
	rsmp_rig_seconds(r, 300);
	g_assert_cmpuint(r->site->counts.commands, ==, 0);
}

/* ---- a week ---- */

static void command(struct rsmp_rig *r, GRand *rand)
{
	struct controller_band bands[2];
	struct controller_pattern p = {.row = (uint32_t) g_rand_int_range(rand, 1, 10), .bands = bands, .n_bands = (uint32_t) g_rand_int_range(rand, 0, 3)};

	switch (g_rand_int_range(rand, 0, 4)) {
	case 0:
	case 1:
		p.cycle_s = g_rand_boolean(rand) ? g_rand_int_range(rand, 10, 200) : NAN;
		p.offset_s = g_rand_boolean(rand) ? g_rand_int_range(rand, 0, 100) : NAN;
		for (uint32_t i = 0; i < 2; i++)
			bands[i] = (struct controller_band){(uint16_t) (i + 1), g_rand_int_range(rand, 0, 30)};
		rsmp_session_write(r->session, &p);
		break;
	case 2:
		rsmp_session_select(r->session, p.row);
		break;
	default:
		rsmp_session_release(r->session);
	}
}

static void test_week(void)
{
	guint32 seed = g_test_rand_int() & 0x7fffffff;
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
	owned(rsmp_rig) r = rsmp_rig_new(rsmp_site_new(), NULL, NULL);
	uint32_t seconds = g_test_slow() ? WEEK_S : WEEK_S / 7; /* all of it with -m slow */

	g_test_message("seed %u", seed);
	for (uint32_t t = 0; t < seconds; t++) {
		if (t % 900 == 0)
			rsmp_rig_misbehave(r, rand);
		if (g_rand_int_range(rand, 0, 60) == 0)
			command(r, rand);
		rsmp_rig_second(r);
	}
	g_test_message("greens %" G_GUINT64_FORMAT ", commands %" G_GUINT64_FORMAT ", refused %" G_GUINT64_FORMAT ", plans %" G_GUINT64_FORMAT
				   ", changes %" G_GUINT64_FORMAT ", returned by itself %" G_GUINT64_FORMAT ", ups %u, replies %u, taken %u, conflicts %" G_GUINT64_FORMAT
				   ", short greens %" G_GUINT64_FORMAT ", short clearances %" G_GUINT64_FORMAT,
		r->site->counts.greens, r->site->counts.commands, r->site->counts.refused, r->site->counts.plans, r->site->counts.changes, r->site->counts.returned,
		r->told.ups, r->told.replies, r->told.oks, r->site->counts.conflicts, r->site->counts.short_greens, r->site->counts.short_clearances);
	g_assert_cmpuint(r->site->counts.greens, >, seconds / 100);
	g_assert_cmpuint(r->site->counts.plans, >, seconds / 1000);
	g_assert_cmpuint(r->told.oks, >, 20);
	rsmp_rig_safe(r);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rsmp_session/greeting", test_greeting);
	g_test_add_func("/rsmp_session/plan", test_plan);
	g_test_add_func("/rsmp_session/offset", test_offset);
	g_test_add_func("/rsmp_session/misfits", test_misfits);
	g_test_add_func("/rsmp_session/priority", test_priority);
	g_test_add_func("/rsmp_session/old_site", test_old_site);
	g_test_add_func("/rsmp_session/no_answer", test_no_answer);
	g_test_add_func("/rsmp_session/late_answer", test_late_answer);
	g_test_add_func("/rsmp_session/garbage", test_garbage);
	g_test_add_func("/rsmp_session/wrong_values", test_wrong_values);
	g_test_add_func("/rsmp_session/refused", test_refused);
	g_test_add_func("/rsmp_session/half_written", test_half_written);
	g_test_add_func("/rsmp_session/late_watchdog", test_late_watchdog);
	g_test_add_func("/rsmp_session/clock", test_clock);
	g_test_add_func("/rsmp_session/restart", test_restart);
	g_test_add_func("/rsmp_session/stranger", test_stranger);
	g_test_add_func("/rsmp_session/wrong_code", test_wrong_code);
	g_test_add_func("/rsmp_session/code_again", test_code_again);
	g_test_add_func("/rsmp_session/away", test_away);
	g_test_add_func("/rsmp_session/silence", test_silence);
	g_test_add_func("/rsmp_session/no_hand_back", test_no_hand_back);
	g_test_add_func("/rsmp_session/probe", test_probe);
	g_test_add_func("/rsmp_session/week", test_week);
	return g_test_run();
}
