/* steer_test.c - steering a cabinet through a random week in simulated time: a model cabinet with rows, transitions, a backup timer and faults
 * says whether anything was done to it that must not be. */
#include <math.h>
#include <string.h>

#include "daemon/steer.h"
#include "tests/core/random_junction.h"
#include "tests/daemon/cabinet_scene.h"

#define ROWS 48

/* ---- the model: what a cabinet does with what it is told, and what it must never be told ---- */

struct model {
	struct cabinet_scene scene;
	struct steer *steer;
	struct dice dice;
	double now_s;
	struct pattern *rows[ROWS + 1];
	uint32_t called, runs; /* called: systemPatternControl; runs: coordPatternStatus; 0 = its own */
	double in_step_s, heard_s;
	bool up, away, latched_restart, backup;
	struct { bool any; struct controller_reply reply; double at_s; } answer;
	double refuse_frac, lose_frac;
	bool deaf; /* takes a selection and never follows */
	bool drops; /* forgets us, and says so once */
	/* faults of the one who commands */
	uint32_t wrote_running, wrote_bad, selected_empty, commanded_away;
	uint32_t writes, selects, releases, alerts, over;
	char last_alert[32];
	bool former; /* it follows what was called in a former life, and does not say what */
};

static void on_alert(void *user, const char *kind, bool active, const char *sentence)
{
	struct model *m = user;

	g_assert_cmpuint(strlen(sentence), >, 10);
	if (!active)
		m->over++;
	else if (m->alerts == m->over || strcmp(kind, m->last_alert) != 0) /* not another sentence only */
		m->alerts++;
	if (!active)
		return;
	g_strlcpy(m->last_alert, kind, sizeof m->last_alert);
}

static void answer(struct model *m, enum controller_told told, uint32_t row, bool ok, const char *why)
{
	if (dice_chance(&m->dice, m->lose_frac))
		return;
	m->answer.any = true;
	m->answer.at_s = m->now_s + dice_below(&m->dice, 4);
	m->answer.reply = (struct controller_reply){.told = told, .row = row, .ok = ok, .why = why};
}

static void on_write(struct model *m, const struct controller_pattern *p)
{

	m->writes++;
	m->heard_s = m->now_s;
	m->wrote_running += p->row == m->runs || p->row == m->called;
	m->wrote_bad += !pattern_check(p, &m->scene.timing, NULL, NULL);
	bool refuses = dice_chance(&m->dice, m->refuse_frac);
	if (!refuses) {
		pattern_free(m->rows[p->row]);
		m->rows[p->row] = pattern_keep(p);
	}
	answer(m, CONTROLLER_TOLD_WRITE, p->row, !refuses, refuses ? "genErr" : NULL);
}

static void on_select(struct model *m, uint32_t row)
{
	m->selects++;
	m->heard_s = m->now_s;
	m->selected_empty += m->rows[row] == NULL;
	bool refuses = dice_chance(&m->dice, m->refuse_frac);
	if (!refuses) {
		m->called = row;
		m->in_step_s = m->now_s + dice_below(&m->dice, 150);
	}
	answer(m, CONTROLLER_TOLD_SELECT, row, !refuses, refuses ? "genErr" : NULL);
}

static void obey(struct model *m, struct steer_act act)
{
	m->commanded_away += m->away && act.what != STEER_NOTHING && act.what != STEER_RELEASE;
	switch (act.what) {
	case STEER_WRITE:
		on_write(m, act.pattern);
		break;
	case STEER_SELECT:
		on_select(m, act.row);
		break;
	case STEER_RELEASE:
		m->releases++;
		m->called = m->runs = 0;
		m->former = false;
		break;
	case STEER_NOTHING:
		break;
	}
}

static void tell_status(struct model *m)
{
	struct controller_status status = {.signal = 0, .state = "", .mode = m->away ? CONTROLLER_AWAY : m->called != 0 ? CONTROLLER_CENTRAL : CONTROLLER_LOCAL,
		.why = "flash", .coordination = {.row = m->runs, .called = m->former ? 0 : m->called, .led = m->former, .cycle_s = 0, .in_cycle_s = NAN, .in_transition = m->now_s < m->in_step_s}};

	status.alarms = (m->latched_restart ? (uint32_t) CONTROLLER_RESTARTED : 0) | (m->backup ? (uint32_t) CONTROLLER_BACKUP_MODE : 0);
	m->latched_restart = false;
	steer_status(m->steer, &status, m->now_s);
}

static void connect_model(struct model *m)
{
	m->up = true;
	steer_up(m->steer, CONTROLLER_PATTERNS | CONTROLLER_TIMING | CONTROLLER_BACKUP, m->now_s);
	steer_timing(m->steer, &m->scene.timing);
}

/* One second. Keeping alive is the driver's: it does so while it is polled and connected. */
static void second(struct model *m, const struct plan *wish)
{
	m->now_s += 1;
	if (m->called != 0 && m->up)
		m->heard_s = m->now_s;
	m->backup = false;
	if (m->called != 0 && (m->now_s - m->heard_s > m->scene.timing.backup_s || m->drops)) {
		m->drops = false;
		m->called = m->runs = 0;
		m->backup = true;
	}
	if (m->called != 0 && m->now_s >= m->in_step_s - 20 && !m->deaf)
		m->runs = m->called;
	if (!m->up)
		return;
	if (m->answer.any && m->now_s >= m->answer.at_s) {
		m->answer.any = false;
		steer_reply(m->steer, &m->answer.reply, m->now_s);
	}
	tell_status(m);
	obey(m, steer_tick(m->steer, wish, m->now_s));
}

static void begin(struct model *m, double every_s)
{
	struct steer_options o = steer_options_default();

	*m = (struct model){.dice = {7}, .now_s = 1000};
	cabinet_scene_begin(&m->scene);
	o.rows[0] = 47;
	o.rows[1] = 48;
	o.every_s = every_s;
	m->steer = steer_new(m->scene.map, 0, CONTROLLER_PATTERNS, m->scene.plan, &o, on_alert, m);
	connect_model(m);
}

static void end(struct model *m)
{
	steer_free(m->steer);
	for (uint32_t r = 0; r <= ROWS; r++)
		pattern_free(m->rows[r]);
	cabinet_scene_end(&m->scene);
}

static enum steer_state state_of(const struct model *m)
{
	struct steer_look look;

	steer_look(m->steer, &look);
	return look.state;
}

static void run(struct model *m, const struct plan *wish, uint32_t for_s)
{
	for (uint32_t i = 0; i < for_s; i++)
		second(m, wish);
}

static void no_harm(const struct model *m)
{
	g_assert_cmpuint(m->wrote_running, ==, 0);
	g_assert_cmpuint(m->wrote_bad, ==, 0);
	g_assert_cmpuint(m->selected_empty, ==, 0);
	g_assert_cmpuint(m->commanded_away, ==, 0);
}

static struct plan *plan_of(const struct cabinet_scene *s, double split_s)
{
	struct plan *plan = plan_copy(s->plan);

	plan->cycle_s = 0;
	for (uint32_t r = 0; r < plan->n_rows; r++)
		plan->cycle_s += plan->rows[r].split_s = split_s + r;
	plan->offset_s = 3;
	return plan;
}

/* ---- each thing once ---- */

static void test_takes_turns(void)
{
	struct model m;
	struct steer_look look;

	begin(&m, 300);
	owned(plan) a = plan_of(&m.scene, 20);
	owned(plan) b = plan_of(&m.scene, 22);
	run(&m, a, 200);
	g_assert_cmpint(state_of(&m), ==, STEER_RUNNING);
	g_assert_cmpuint(m.runs, ==, 47);
	g_assert_cmpfloat(m.rows[47]->p.cycle_s, ==, a->cycle_s);
	run(&m, a, 2000); /* the same is not sent again */
	g_assert_cmpuint(m.writes, ==, 1);
	run(&m, b, 400);
	g_assert_cmpuint(m.runs, ==, 48);
	run(&m, a, 100); /* too early */
	g_assert_cmpuint(m.runs, ==, 48);
	run(&m, a, 400);
	g_assert_cmpuint(m.runs, ==, 47);
	run(&m, NULL, 1);
	g_assert_cmpuint(m.releases, ==, 1);
	g_assert_cmpuint(m.called, ==, 0);
	run(&m, NULL, 1000);
	g_assert_cmpuint(m.releases, ==, 1);
	steer_look(m.steer, &look);
	g_assert_cmpuint(look.writes, ==, 3);
	g_assert_cmpuint(m.alerts, ==, 0);
	no_harm(&m);
	end(&m);
}

/* Whatever row was called in a former life may begin at any second: none is written before it is back on its own plan. */
static void test_former_life(void)
{
	struct model m;

	begin(&m, 60);
	owned(plan) a = plan_of(&m.scene, 20);
	m.former = true;
	m.called = 48;
	run(&m, a, 5);
	g_assert_cmpuint(m.releases, ==, 1);
	run(&m, a, 400);
	g_assert_cmpint(state_of(&m), ==, STEER_RUNNING);
	g_assert_cmpuint(m.releases, ==, 1);
	g_assert_cmpuint(m.alerts, ==, 0);
	no_harm(&m);
	end(&m);
}

static void test_deaf(void)
{
	struct model m;

	begin(&m, 60);
	owned(plan) a = plan_of(&m.scene, 20);
	m.deaf = true;
	run(&m, a, 400); /* three cycles of some 86 s */
	g_assert_cmpstr(m.last_alert, ==, "controller-disagrees");
	g_assert_cmpuint(m.releases, >=, 1);
	m.deaf = false;
	run(&m, a, 2000);
	g_assert_cmpint(state_of(&m), ==, STEER_RUNNING);
	g_assert_cmpuint(m.alerts, ==, m.over);
	no_harm(&m);
	end(&m);
}

/* It is restarted while it still gets into step: it says so once, and is asked again, not waited for. */
static void test_drops(void)
{
	struct model m;

	begin(&m, 600);
	owned(plan) a = plan_of(&m.scene, 20);
	for (int i = 0; i < 100 && m.selects == 0; i++)
		run(&m, a, 1);
	m.in_step_s = m.now_s + 150;
	run(&m, a, 6);
	g_assert_cmpint(state_of(&m), ==, STEER_CHANGING);
	m.drops = true;
	run(&m, a, 2);
	g_assert_cmpstr(m.last_alert, ==, "controller-lost");
	run(&m, a, 70);
	g_assert_cmpuint(m.selects, ==, 2);
	run(&m, a, 300);
	g_assert_cmpint(state_of(&m), ==, STEER_RUNNING);
	g_assert_cmpuint(m.alerts, ==, m.over);
	no_harm(&m);
	end(&m);
}

/* What the cabinet would not take is never sent: its minimums do not fit into this cycle. */
static void test_refuses(void)
{
	struct model m;

	begin(&m, 60);
	owned(plan) a = plan_of(&m.scene, 9);
	run(&m, a, 500);
	g_assert_cmpuint(m.writes, ==, 0);
	g_assert_cmpstr(m.last_alert, ==, "guard-refused");
	end(&m);
}

static void test_unbacked(void)
{
	struct model m;

	begin(&m, 60);
	m.scene.timing.backup_s = 0;
	steer_timing(m.steer, &m.scene.timing);
	owned(plan) a = plan_of(&m.scene, 20);
	run(&m, a, 500);
	g_assert_cmpuint(m.writes, ==, 0);
	g_assert_cmpstr(m.last_alert, ==, "controller-unsafe");
	m.scene.timing.backup_s = 60;
	steer_timing(m.steer, &m.scene.timing);
	run(&m, a, 500);
	g_assert_cmpint(state_of(&m), ==, STEER_RUNNING);
	g_assert_cmpuint(m.alerts, ==, m.over);
	end(&m);
}

static void test_away(void)
{
	struct model m;

	begin(&m, 60);
	owned(plan) a = plan_of(&m.scene, 20);
	run(&m, a, 300);
	uint32_t writes = m.writes;
	m.away = true;
	m.called = m.runs = 0;
	run(&m, a, 300);
	m.away = false;
	run(&m, a, 60); /* less than a cycle of normal reports */
	g_assert_cmpuint(m.writes, ==, writes);
	run(&m, a, 300);
	g_assert_cmpint(state_of(&m), ==, STEER_RUNNING);
	no_harm(&m);
	end(&m);
}

/* The line is cut: the cabinet comes back to itself; when the line is there again it is asked again, in the row that does not run. */
static void test_cut(void)
{
	struct model m;

	begin(&m, 60);
	owned(plan) a = plan_of(&m.scene, 20);
	run(&m, a, 300);
	m.up = false;
	steer_down(m.steer);
	run(&m, a, 31);
	g_assert_cmpuint(m.called, ==, 0);
	run(&m, a, 100);
	connect_model(&m);
	run(&m, a, 300);
	g_assert_cmpint(state_of(&m), ==, STEER_RUNNING);
	m.up = false; /* so short that it still runs our row: that one is not written */
	steer_down(m.steer);
	run(&m, a, 5);
	uint32_t ran = m.runs;
	connect_model(&m);
	run(&m, a, 300);
	g_assert_cmpuint(m.runs, !=, ran);
	g_assert_cmpint(state_of(&m), ==, STEER_RUNNING);
	no_harm(&m);
	end(&m);
}

/* A cabinet that takes no rows: cycle and offset of a stored plan, which may run while they change. */
static void test_stored_plan(void)
{
	struct cabinet_scene s;
	struct model m = {0};
	struct steer_options o = steer_options_default();
	struct controller_status status = {.state = "", .mode = CONTROLLER_CENTRAL, .coordination = {.row = 3}};

	cabinet_scene_begin(&s);
	o.stored = 3;
	o.every_s = 60;
	owned(steer) steer = steer_new(s.map, 0, CONTROLLER_CYCLES | CONTROLLER_SELECTS, s.plan, &o, on_alert, &m);
	owned(plan) a = plan_of(&s, 20);
	owned(plan) b = plan_of(&s, 25);
	uint32_t writes = 0, selects = 0;
	steer_up(steer, CONTROLLER_CYCLES | CONTROLLER_SELECTS, 0);
	for (double now_s = 1; now_s < 1000; now_s++) {
		steer_status(steer, &status, now_s);
		struct steer_act act = steer_tick(steer, now_s < 500 ? a : b, now_s);
		if (act.what == STEER_WRITE) {
			writes++;
			g_assert_cmpuint(act.row, ==, 3);
			g_assert_cmpfloat(act.pattern->cycle_s, ==, now_s < 500 ? a->cycle_s : b->cycle_s);
			g_assert_true(isnan(act.pattern->offset_s)); /* it cannot */
			g_assert_cmpuint(act.pattern->n_splits + act.pattern->n_bands, ==, 0);
			steer_reply(steer, &(struct controller_reply){.told = CONTROLLER_TOLD_WRITE, .row = 3, .ok = true}, now_s);
		} else if (act.what == STEER_SELECT) {
			selects++;
			steer_reply(steer, &(struct controller_reply){.told = CONTROLLER_TOLD_SELECT, .row = 3, .ok = true}, now_s);
		}
		g_assert_cmpint(act.what, !=, STEER_RELEASE);
	}
	g_assert_cmpuint(writes, ==, 2); /* the same is not sent again */
	g_assert_cmpuint(selects, ==, 2);
	cabinet_scene_end(&s);
}

/* ---- a week of everything ---- */

static void disturb(struct model *m, uint64_t i)
{
	if (i % 3600 == 0) {
		m->refuse_frac = dice_chance(&m->dice, 0.2) ? 0.5 : 0;
		m->lose_frac = dice_chance(&m->dice, 0.2) ? 0.5 : 0;
		m->deaf = dice_chance(&m->dice, 0.1);
	}
	if (dice_chance(&m->dice, m->away ? 1.0 / 200 : 1.0 / 5000)) {
		m->away = !m->away;
		m->called = m->away ? 0 : m->called;
		m->runs = m->called;
	}
	if (dice_chance(&m->dice, 1.0 / 7000)) { /* power */
		m->called = m->runs = 0;
		m->latched_restart = true;
		for (uint32_t r = 0; r <= ROWS; r++)
			g_clear_pointer(&m->rows[r], pattern_free);
	}
	if (dice_chance(&m->dice, m->up ? 1.0 / 3000 : 1.0 / 100)) {
		if (m->up) {
			m->up = m->answer.any = false;
			steer_down(m->steer);
		} else {
			connect_model(m);
		}
	}
}

static void test_week(void)
{
	struct model m;
	uint64_t running = 0, n = 7 * 86400;

	begin(&m, 60);
	owned(plan) wish = plan_of(&m.scene, 20);
	for (uint64_t i = 0; i < n; i++) {
		if (i % 90 == 0) {
			plan_free(wish);
			wish = plan_of(&m.scene, 14 + dice_below(&m.dice, 30));
		}
		disturb(&m, i);
		second(&m, dice_chance(&m.dice, 1.0 / 2000) ? NULL : wish);
		running += m.runs != 0;
	}
	g_test_message("%u writes, %u selects, %u releases, %u alerts, %.0f %% of the week on our rows", m.writes, m.selects, m.releases, m.alerts,
		100.0 * running / n);
	g_assert_cmpuint(m.selects, >, 1000);
	g_assert_cmpuint(running, >, n / 3);
	no_harm(&m);
	end(&m);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/steer/takes-turns", test_takes_turns);
	g_test_add_func("/steer/former-life", test_former_life);
	g_test_add_func("/steer/deaf", test_deaf);
	g_test_add_func("/steer/drops", test_drops);
	g_test_add_func("/steer/refuses", test_refuses);
	g_test_add_func("/steer/unbacked", test_unbacked);
	g_test_add_func("/steer/away", test_away);
	g_test_add_func("/steer/cut", test_cut);
	g_test_add_func("/steer/stored-plan", test_stored_plan);
	g_test_add_func("/steer/week", test_week);
	return g_test_run();
}
