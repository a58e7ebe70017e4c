/* steer_ntcip.c - steering, the NTCIP driver and the model cabinet together through random hours: plans every few minutes, switches in
 * the cabinet, a line that loses and delays, technicians, daemons that are killed. The cabinet's own stop watch must count nothing.
 *
 * steer_ntcip HOURS [SEED]
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/daemon/ntcip_scene.h"
#include "tests/daemon/steer_ears.h"

struct trial {
	struct ntcip_scene s;
	struct steer_ears ears;
	GRand *rand;
	struct plan *wish;
	enum asc_state state;
	uint64_t on_ours_s, alerts, kills, switches;
	double state_until_s, faults_until_s, switched_s;
	uint64_t in_flight; /* commands that were under way when the switch was thrown */
	uint64_t writes, selects, releases;
};

static void on_alert(void *user, const char *kind, bool active, const char *sentence)
{
	struct trial *t = user;

	(void) kind;
	g_assert_cmpuint(strlen(sentence), >, 10);
	t->alerts += active;
}

static struct steer *new_steer(struct trial *t)
{
	struct steer_options o = steer_options_default();

	o.rows[0] = 40;
	o.rows[1] = 41;
	o.every_s = 60;
	return steer_new(t->s.cabinet.map, 0, CONTROLLER_PATTERNS | CONTROLLER_TIMING, t->s.cabinet.plan, &o, on_alert, t);
}

static uint32_t roll(struct trial *t, uint32_t n)
{
	return (uint32_t) g_rand_int_range(t->rand, 0, (gint32) n);
}

static bool chance(struct trial *t, double per_hour)
{
	return g_rand_double(t->rand) < per_hour / 3600.0;
}

/* Any greens at all: what the cabinet cannot run must not come to it. */
static void new_wish(struct trial *t)
{
	plan_free(t->wish);
	t->wish = plan_copy(t->s.cabinet.plan);
	t->wish->cycle_s = 0;
	for (uint32_t r = 0; r < t->wish->n_rows; r++)
		t->wish->cycle_s += t->wish->rows[r].split_s = 8 + roll(t, 40);
	t->wish->offset_s = roll(t, (uint32_t) t->wish->cycle_s);
}

static void kill_daemon(struct trial *t)
{
	t->kills++;
	ntcip_scene_restart(&t->s, NULL);
	steer_free(t->ears.steer);
	t->ears.steer = new_steer(t);
}

static void disturb(struct trial *t)
{
	struct ntcip_faults *f = &t->s.faults;

	if (t->s.now_s > t->state_until_s) {
		asc_model_state(t->s.model, ASC_NORMAL);
		t->state_until_s = INFINITY;
	}
	if (t->s.now_s > t->faults_until_s) {
		*f = (struct ntcip_faults){0};
		t->faults_until_s = INFINITY;
	}
	if (t->state == ASC_POWER_OFF && isfinite(t->state_until_s)) /* nobody is at home */
		f->deaf = true, t->faults_until_s = t->state_until_s;
	if (isinf(t->state_until_s) && chance(t, 1)) {
		t->state = (enum asc_state) (ASC_FLASH + roll(t, 5));
		asc_model_state(t->s.model, t->state);
		t->state_until_s = t->s.now_s + 20 + roll(t, 200);
		t->switches++;
		t->switched_s = t->s.now_s;
	}
	if (isinf(t->faults_until_s) && chance(t, 3)) {
		*f = (struct ntcip_faults){.lose_ppm = roll(t, 2) * roll(t, 300000), .silent = roll(t, 4) == 0, .deaf = roll(t, 4) == 0,
			.refuse_sets = roll(t, 4) == 0};
		t->faults_until_s = t->s.now_s + 5 + roll(t, 120);
	}
	if (chance(t, 0.5))
		kill_daemon(t);
	if (chance(t, 0.3))
		asc_model_edit(t->s.model);
}

static void obey(struct trial *t, struct steer_act act)
{
	switch (act.what) {
	case STEER_WRITE:
		t->writes++;
		ntcip_unit_write(t->s.unit, act.pattern);
		break;
	case STEER_SELECT:
		t->selects++;
		ntcip_unit_select(t->s.unit, act.row);
		break;
	case STEER_RELEASE:
		t->releases++;
		ntcip_unit_release(t->s.unit);
		break;
	case STEER_NOTHING:
		break;
	}
}

/* A command that was under way when somebody threw a switch cannot be called back; any later one is a fault. */
static void look_at_switches(struct trial *t)
{
	uint64_t n = asc_model_count(t->s.model, ASC_COMMANDED_AWAY);

	if (n != t->in_flight)
		g_assert_cmpfloat(t->s.now_s - t->switched_s, <=, 1);
	t->in_flight = n;
}

static void judge(const struct trial *t, double hours)
{
	uint64_t faults = 0;

	g_test_message("%.0f hours: %lu writes, %lu selects, %lu releases, %lu alerts, %lu switches, %lu daemons killed, %.0f %% of the time on our rows", hours,
		t->writes, t->selects, t->releases, t->alerts, t->switches, t->kills, 100 * t->on_ours_s / (3600 * hours));
	for (int v = 0; v < ASC_N_VIOLATIONS; v++) {
		uint64_t n = asc_model_count(t->s.model, (enum asc_violation) v);
		faults += v != ASC_COMMANDED_AWAY ? n : 0;
		if (n > 0)
			g_test_message("%s: %lu", asc_violation_name((enum asc_violation) v), n);
	}
	g_assert_cmpuint(faults, ==, 0);
	g_assert_cmpuint(t->selects, >, (uint64_t) (2 * hours));
	g_assert_cmpuint(t->on_ours_s, >, (uint64_t) (0.3 * 3600 * hours));
}

static double hours = 6;
static uint32_t seed = 3;

static void test_hours(void)
{
	struct trial t = {.state_until_s = INFINITY, .faults_until_s = INFINITY};
	const struct asc_make make = {.seed = seed, .backup_s = 40, .split_number_rw = true, .correction = 3, .vehicles_ph = 300};

	t.rand = g_rand_new_with_seed(seed);
	ntcip_scene_begin(&t.s, &make, NULL);
	t.s.also = &steer_ears_events;
	t.s.also_user = &t.ears;
	t.ears.now_s = &t.s.now_s;
	t.ears.steer = new_steer(&t);
	new_wish(&t);
	for (uint64_t i = 0; i < (uint64_t) (3600 * hours); i++) {
		if (chance(&t, 20))
			new_wish(&t);
		disturb(&t);
		ntcip_scene_run(&t.s, 1);
		obey(&t, steer_tick(t.ears.steer, chance(&t, 2) ? NULL : t.wish, t.s.now_s));
		look_at_switches(&t);
		uint32_t runs = asc_model_pattern(t.s.model);
		t.on_ours_s += runs == 40 || runs == 41;
	}
	judge(&t, hours);
	steer_free(t.ears.steer);
	plan_free(t.wish);
	g_rand_free(t.rand);
	ntcip_scene_end(&t.s);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (argc > 1)
		hours = strtod(argv[1], NULL);
	if (argc > 2)
		seed = (uint32_t) strtoul(argv[2], NULL, 10);
	g_test_add_func("/steer/ntcip", test_hours);
	return g_test_run();
}
