/* steer_drivers.c - steering with the gbt20999 and the rsmp driver, end to end in simulated time: from the plan that is wanted to what the model cabinet
 * shows. What may never happen is counted by the cabinet; without us it returns to its own plan within its time.
 *
 * steer_drivers [HOURS [SEED]]: of random plans, faults and switches with each, and of the optimizer's plans for a day's traffic.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bands.h"
#include "daemon/steer.h"
#include "optimizer/optimizer.h"
#include "optimizer/replan.h"
#include "tests/core/small_plan.h"
#include "tests/daemon/gbt_rig.h"
#include "tests/daemon/gbt_scene.h"
#include "tests/daemon/rsmp_rig.h"
#include "tests/daemon/steer_ears.h"

#define STORED 3
#define BAND 1

/* ---- steering between a wish and a rig ---- */

struct drive {
	struct steer_ears ears;
	struct steer_options options;
	const struct cabinet_map *map;
	const struct plan *own;
	uint32_t can;
	void *rig;
	void (*write)(void *rig, const struct controller_pattern *pattern);
	void (*select)(void *rig, uint32_t row);
	void (*release)(void *rig);
	uint32_t writes, selects, releases, alerts;
};

static void on_alert(void *user, const char *kind, bool active, const char *sentence)
{
	struct drive *d = user;

	g_test_message("%.0f s: %s %s: %s", *d->ears.now_s, kind, active ? "begins" : "over", sentence);
	d->alerts += active;
}

static void drive_begin(struct drive *d, struct ears *told)
{
	d->options.every_s = 60;
	d->options.answer_s = 30;
	d->options.retry_s = 60;
	told->also = &steer_ears_events;
	told->also_user = &d->ears;
	d->ears.now_s = told->now_s;
	d->ears.steer = steer_new(d->map, 0, d->can, d->own, &d->options, on_alert, d);
}

static void drive_tick(struct drive *d, const struct plan *wish)
{
	struct steer_act act = steer_tick(d->ears.steer, wish, *d->ears.now_s);

	switch (act.what) {
	case STEER_WRITE:
		d->writes++;
		d->write(d->rig, act.pattern);
		break;
	case STEER_SELECT:
		d->selects++;
		d->select(d->rig, act.row);
		break;
	case STEER_RELEASE:
		d->releases++;
		d->release(d->rig);
		break;
	case STEER_NOTHING:
		break;
	}
}

static enum steer_state state_of(const struct drive *d)
{
	struct steer_look look;

	steer_look(d->ears.steer, &look);
	return look.state;
}

static struct plan *any_plan(const struct plan *own, GRand *rand, uint32_t least_s, uint32_t most_s)
{
	struct plan *wish = plan_copy(own);

	wish->cycle_s = 0;
	for (uint32_t r = 0; r < wish->n_rows; r++)
		wish->cycle_s += wish->rows[r].split_s = g_rand_int_range(rand, (gint32) least_s, (gint32) most_s);
	wish->offset_s = g_rand_int_range(rand, 0, (gint32) wish->cycle_s);
	return wish;
}

/* ---- GB/T 20999: the junction of configs/junction with eight phases ---- */

struct gbt_scene {
	struct cabinet_scene s;
	struct gbt_rig *r;
	struct drive d;
};

static struct gbt_scene *gbt_now; /* for `n_links` of the setup */

static void gbt_links(struct gbt_unit_setup *setup)
{
	setup->n_links = gbt_now->s.junction->n_links;
}

/* ---- plans as the daemon has them: the optimizer's, for lanes that fill and empty ---- */

#define LANES_MOST 32
#define STANDING_MOST 25
#define REPLAN_S 300

struct planner {
	struct optimizer *optimizer;
	const struct junction *junction;
	struct guard *guard; /* all red: nobody asks what shows */
	struct plan *wish;
	struct replan_options options;
	uint32_t standing[LANES_MOST];
	uint32_t made;
	double t_s;
};

static void planner_begin(struct planner *p, const struct junction *j, const struct plan *own)
{
	g_autoptr(GError) error = NULL;

	*p = (struct planner){.junction = j, .guard = guard_new(j, 0), .wish = plan_copy(own), .options = replan_options_default()};
	g_assert_cmpuint(j->n_lanes, <=, LANES_MOST);
	p->optimizer = optimizer_alloc(j->net, &j, &own, 1, method_find("adaptive"), NULL, &error);
	g_assert_no_error(error);
	optimizer_runs(p->optimizer, 0, own);
}

static void planner_end(struct planner *p)
{
	optimizer_free(p->optimizer);
	guard_free(p->guard);
	plan_free(p->wish);
}

/* One lane's second: vehicles come in a tide of their own over the day and leave as its greens in the plan allow. They are so many that what they need
 * is more than the cabinet's least cycle, in which there is one way only to share it. */
static void planner_lane(struct planner *p, uint32_t i, GRand *rand)
{
	uint32_t lane = p->junction->lanes[i], *standing = &p->standing[i];
	double tide = 0.5 + 0.5 * sin(2 * G_PI * (p->t_s / 10800 + (double) i / p->junction->n_lanes)), green_s = 0;
	struct estimate e;

	for (uint32_t r = 0; r < p->wish->n_rows; r++)
		if (junction_serves(p->junction, p->wish->rows[r].stage, lane))
			green_s += p->wish->rows[r].split_s;
	*standing += *standing < STANDING_MOST && g_rand_double(rand) < 0.02 + 0.13 * tide;
	bool leaves = *standing > 0 && g_rand_double(rand) < 0.5 * green_s / p->wish->cycle_s;
	*standing -= leaves;
	estimate_init(&e, lane);
	e.t_s = p->t_s;
	e.window_s = 1;
	e.view_m = 200;
	e.flow_veh = leaves;
	e.n_vehicles = *standing;
	e.vehicles = g_new0(struct seen_vehicle, STANDING_MOST + 1);
	for (uint32_t k = 0; k < e.n_vehicles; k++)
		e.vehicles[k] = (struct seen_vehicle){2 + 7.5 * k, 0, 4.5};
	optimizer_see(p->optimizer, &e);
	estimate_finish(&e);
}

static void planner_second(struct planner *p, GRand *rand)
{
	p->t_s += 1;
	for (uint32_t i = 0; i < p->junction->n_lanes; i++)
		planner_lane(p, i, rand);
	optimizer_shows(p->optimizer, 0, p->guard, p->t_s);
	optimizer_iterate(p->optimizer, p->t_s);
	if (fmod(p->t_s, REPLAN_S) != 0)
		return;
	double cycle_s = optimizer_cycle_s(p->optimizer, 0, p->wish, &p->options);
	struct plan *next = optimizer_replan(p->optimizer, 0, p->wish, cycle_s, &p->options);
	if (next == NULL)
		return;
	g_assert_true(plan_check(next, p->junction, NULL));
	plan_free(p->wish);
	p->wish = next;
	p->made++;
	optimizer_runs(p->optimizer, 0, next);
}

/* As daemon/steered.c has it: no cycle that the cabinet's own minimums do not fit into. */
static void planner_heeds(struct planner *p, const struct steer *steer, const struct cabinet_map *map)
{
	struct steer_look look;

	steer_look(steer, &look);
	if (look.timing != NULL)
		p->options.cycle_min_s = fmax(replan_options_default().cycle_min_s, pattern_least_cycle_s(p->wish, map, look.timing));
}

static void gbt_put(void *rig, const struct controller_pattern *pattern)
{
	gbt_unit_write(((struct gbt_rig *) rig)->unit, pattern);
}

static void gbt_pick(void *rig, uint32_t row)
{
	gbt_unit_select(((struct gbt_rig *) rig)->unit, row);
}

static void gbt_let(void *rig)
{
	gbt_unit_release(((struct gbt_rig *) rig)->unit);
}

static void gbt_begin(struct gbt_scene *g)
{
	*g = (struct gbt_scene){0};
	gbt_now = g;
	cabinet_scene_begin(&g->s);
	g->r = gbt_rig_new(gbt_scene_cabinet(&g->s), gbt_links, g->s.map);
	g->d = (struct drive){.map = g->s.map, .own = g->s.plan, .can = CONTROLLER_PATTERNS | CONTROLLER_TIMING, .rig = g->r, .write = gbt_put, .select = gbt_pick,
		.release = gbt_let, .options = {.rows = {20, 21}}};
	drive_begin(&g->d, &g->r->told);
}

static void gbt_end(struct gbt_scene *g)
{
	gbt_rig_safe(g->r);
	steer_free(g->d.ears.steer);
	gbt_rig_free(g->r);
	cabinet_scene_end(&g->s);
}

static void gbt_run(struct gbt_scene *g, const struct plan *wish, uint32_t seconds)
{
	while (seconds-- > 0) {
		gbt_rig_second(g->r);
		drive_tick(&g->d, wish);
	}
}

/* How long each stage lasts there, from its right of way to the next one's. */
static void gbt_measure(struct gbt_scene *g, const struct plan *wish, double *stage_s)
{
	uint32_t stage = 0;
	double since_s = NAN;

	for (int i = 0; i < 600; i++) {
		gbt_run(g, wish, 1);
		if (g->r->cabinet->stage == stage)
			continue;
		if (stage != 0)
			stage_s[stage - 1] = *g->d.ears.now_s - since_s; /* the first one is not whole, and measured again */
		stage = g->r->cabinet->stage;
		since_s = *g->d.ears.now_s;
	}
}

static void gbt_shows(struct gbt_scene *g, const struct plan *wish)
{
	struct steer_look look;
	double stage_s[MODEL_STAGES] = {0};

	gbt_run(g, wish, 900);
	steer_look(g->d.ears.steer, &look);
	g_assert_cmpint(look.state, ==, STEER_RUNNING);
	g_assert_cmpuint(g->r->cabinet->plan, ==, look.row);
	g_assert_cmpfloat(look.pattern->p.cycle_s, ==, wish->cycle_s);
	gbt_measure(g, wish, stage_s);
	for (uint32_t i = 0; i < look.pattern->p.n_splits; i++) {
		const struct controller_split *split = &look.pattern->splits[i];
		g_test_message("stage %u: wanted %.0f s, written %.0f s, lasts %.0f s", split->number, gbt_scene_lasts_s(wish, g->s.junction, i), split->split_s, stage_s[split->number - 1]);
		g_assert_cmpfloat(fabs(gbt_scene_lasts_s(wish, g->s.junction, i) - split->split_s), <=, 1);
		g_assert_cmpfloat(stage_s[split->number - 1], ==, split->split_s);
	}
}

static void test_gbt(void)
{
	struct gbt_scene g;
	g_autoptr(GRand) rand = g_rand_new_with_seed(4);

	gbt_begin(&g);
	for (int i = 0; i < 4; i++) {
		owned(plan) wish = any_plan(g.s.plan, rand, 26, 50);
		gbt_shows(&g, wish);
	}
	g_assert_cmpuint(g.d.selects, ==, 4);
	gbt_run(&g, NULL, 5); /* handed back */
	g_assert_cmphex(g.r->cabinet->mode, ==, 0x21);
	owned(plan) wish = any_plan(g.s.plan, rand, 26, 50);
	gbt_shows(&g, wish);
	g.r->dead = true; /* kill -9 */
	gbt_rig_seconds(g.r, (uint32_t) g.r->cabinet->backup_s + 2);
	g_assert_cmpuint(g.r->cabinet->counts.returned, ==, 1);
	g_assert_cmphex(g.r->cabinet->mode, ==, 0x21);
	gbt_rig_seconds(g.r, 200);
	g_assert_cmpuint(g.r->cabinet->plan, ==, g.r->cabinet->own_plan);
	g_assert_cmpuint(g.d.alerts, ==, 0);
	gbt_end(&g);
}

static double hours = 6;
static uint32_t seed = 3;

static void test_gbt_hours(void)
{
	struct gbt_scene g;
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
	uint32_t ours_s = 0, n = (uint32_t) (3600 * hours);

	gbt_begin(&g);
	owned(plan) wish = any_plan(g.s.plan, rand, 20, 50);
	for (uint32_t t = 0; t < n; t++) {
		if (t % 180 == 0) {
			plan_free(wish);
			wish = any_plan(g.s.plan, rand, 6, 60); /* some cannot be had */
		}
		if (t % 600 == 599)
			gbt_rig_misbehave(g.r, rand);
		gbt_run(&g, g_rand_int_range(rand, 0, 2000) == 0 ? NULL : wish, 1);
		ours_s += g.r->cabinet->plan >= 20;
	}
	g_test_message("%.0f h: %u writes, %u selects, %u releases, %u alerts, %u ups, returned %lu, %.0f %% of the time on our rows", hours, g.d.writes, g.d.selects,
		g.d.releases, g.d.alerts, g.r->told.ups, g.r->cabinet->counts.returned, 100.0 * ours_s / n);
	g_assert_cmpuint(g.d.selects, >, (uint32_t) (2 * hours));
	g_assert_cmpuint(ours_s, >, n / 4);
	gbt_end(&g);
}

static void test_gbt_optimizer(void)
{
	struct gbt_scene g;
	struct planner p;
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
	uint32_t ours_s = 0, n = (uint32_t) (3600 * hours);

	gbt_begin(&g);
	planner_begin(&p, g.s.junction, g.s.plan);
	for (uint32_t t = 0; t < n; t++) {
		planner_heeds(&p, g.d.ears.steer, g.s.map);
		planner_second(&p, rand);
		if (t % 1800 == 1799)
			gbt_rig_misbehave(g.r, rand);
		gbt_run(&g, p.wish, 1);
		ours_s += g.r->cabinet->plan >= 20;
	}
	g_test_message("%.0f h: %u plans, %u writes, %u selects, %u releases, %u alerts, %.0f %% of the time on our rows", hours, p.made, g.d.writes, g.d.selects,
		g.d.releases, g.d.alerts, 100.0 * ours_s / n);
	g_assert_cmpuint(p.made, >, (uint32_t) (2 * hours));
	g_assert_cmpuint(g.d.selects, >, (uint32_t) (2 * hours));
	g_assert_cmpuint(ours_s, >, n / 2);
	planner_end(&p);
	gbt_end(&g);
}

/* ---- RSMP: the small junction's two stages, of groups 1 and 2, and 3 ---- */

struct rsmp_scene {
	struct fixture f;
	struct cabinet_map *map;
	struct rsmp_rig *r;
	struct drive d;
};

static void rsmp_put(void *rig, const struct controller_pattern *pattern)
{
	rsmp_session_write(((struct rsmp_rig *) rig)->session, pattern);
}

static void rsmp_pick(void *rig, uint32_t row)
{
	rsmp_session_select(((struct rsmp_rig *) rig)->session, row);
}

static void rsmp_let(void *rig)
{
	rsmp_session_release(((struct rsmp_rig *) rig)->session);
}

static void only_bands(struct rsmp_session_setup *setup)
{
	setup->bands_only = true;
}

static void rsmp_begin(struct rsmp_scene *x, bool bands_only, bool banded)
{
	uint32_t links[] = {0, 2, 1}, groups[] = {1, 2};
	struct cabinet_links on[3], band = {.number = BAND, .links = groups, .n_links = 2};
	struct rsmp_site *site = rsmp_site_new();
	g_autoptr(GError) error = NULL;

	*x = (struct rsmp_scene){0};
	set_up(&x->f, NULL);
	for (uint32_t i = 0; i < 3; i++)
		on[i] = (struct cabinet_links){.number = i + 1, .links = &links[i], .n_links = 1};
	x->map = cabinet_map_new(x->f.j, on, 3, NULL, 0, &error);
	g_assert_no_error(error);
	site->plans[STORED].cycle_s = (int) x->f.plan->cycle_s;
	for (uint32_t r = 0; r < 2; r++)
		site->plans[STORED].stage_s[r] = (int) gbt_scene_lasts_s(x->f.plan, x->f.j, r);
	x->r = rsmp_rig_new(site, bands_only ? only_bands : NULL, x->map);
	x->d = (struct drive){.map = x->map, .own = x->f.plan, .rig = x->r, .write = rsmp_put, .select = rsmp_pick, .release = rsmp_let,
		.options = {.stored = STORED, .banded = banded}};
	g_assert_true(bands_read(x->map, &band, 1, x->d.options.bands, &error));
	drive_begin(&x->d, &x->r->told);
}

static void rsmp_end(struct rsmp_scene *x)
{
	rsmp_rig_safe(x->r);
	steer_free(x->d.ears.steer);
	rsmp_rig_free(x->r);
	cabinet_map_free(x->map);
	tear_down(&x->f, NULL);
}

static void rsmp_run(struct rsmp_scene *x, const struct plan *wish, uint32_t seconds)
{
	while (seconds-- > 0) {
		rsmp_rig_second(x->r);
		drive_tick(&x->d, wish);
	}
}

static void rsmp_measure(struct rsmp_scene *x, const struct plan *wish, double *stage_s, double *began_s)
{
	int stage = x->r->site->stage;
	double since_s = NAN;

	for (int i = 0; i < 600; i++) {
		rsmp_run(x, wish, 1);
		if (x->r->site->stage == stage)
			continue;
		stage_s[stage] = *x->d.ears.now_s - since_s;
		stage = x->r->site->stage;
		since_s = *x->d.ears.now_s;
		if (stage == 0)
			*began_s = since_s;
	}
}

static void rsmp_shows(struct rsmp_scene *x, const struct plan *wish, double cycle_s, double first_s, double offset_s)
{
	double stage_s[2], began_s = NAN;

	rsmp_run(x, wish, 1500);
	g_assert_cmpint(state_of(&x->d), ==, STEER_RUNNING);
	g_assert_cmpuint(x->r->site->plan, ==, STORED);
	rsmp_measure(x, wish, stage_s, &began_s);
	g_test_message("wanted %.0f s and %.0f s from %.0f s, lasts %.0f s and %.0f s from %.0f s", first_s, cycle_s - first_s, offset_s, stage_s[0], stage_s[1],
		fmod((double) x->r->site->utc_s + began_s, cycle_s));
	g_assert_cmpfloat(stage_s[0], ==, first_s);
	g_assert_cmpfloat(stage_s[1], ==, cycle_s - first_s);
	if (!isnan(offset_s))
		g_assert_cmpfloat(fmod((double) x->r->site->utc_s + began_s, cycle_s), ==, offset_s);
}

static void lose_central(struct rsmp_scene *x)
{
	x->r->dead = true; /* kill -9 */
	rsmp_rig_seconds(x->r, (uint32_t) x->r->site->backup_s + 2);
	g_assert_cmpuint(x->r->site->counts.returned, ==, 1);
	g_assert_false(x->r->site->ours);
	rsmp_rig_seconds(x->r, 200);
	g_assert_cmpuint(x->r->site->plan, ==, x->r->site->own_plan);
	g_assert_cmpint(x->r->site->plans[STORED].bands[BAND], ==, 0); /* not renewed any more */
}

/* Cycle, offset and bands: both stages as wanted, and when they are wanted. */
static void test_rsmp(void)
{
	struct rsmp_scene x;
	g_autoptr(GRand) rand = g_rand_new_with_seed(4);

	rsmp_begin(&x, false, true);
	for (int i = 0; i < 6; i++) {
		owned(plan) wish = any_plan(x.f.plan, rand, 25, 50);
		double first_s = gbt_scene_lasts_s(wish, x.f.j, 0);
		rsmp_shows(&x, wish, wish->cycle_s, first_s, pattern_offset_s(wish, x.f.j));
	}
	g_assert_cmpuint(x.d.alerts, ==, 0);
	rsmp_run(&x, NULL, 5); /* handed back */
	g_assert_false(x.r->site->ours);
	owned(plan) wish = any_plan(x.f.plan, rand, 25, 50);
	rsmp_shows(&x, wish, wish->cycle_s, gbt_scene_lasts_s(wish, x.f.j, 0), NAN);
	lose_central(&x);
	rsmp_end(&x);
}

/* Its cycle and offset are not ours: the first stage is what the wish has of its cycle, if that is longer than it is. */
static void test_rsmp_bands_only(void)
{
	struct rsmp_scene x;

	rsmp_begin(&x, true, true);
	double own_s = x.f.plan->cycle_s, first_s = gbt_scene_lasts_s(x.f.plan, x.f.j, 0);
	owned(plan) wish = plan_copy(x.f.plan);
	wish->rows[0].split_s += 3;
	wish->rows[1].split_s -= 3;
	rsmp_shows(&x, wish, own_s, first_s + (plan_check(wish, x.f.j, NULL) ? 3 : 0), NAN);
	g_assert_cmpint(x.r->site->plans[STORED].offset_s, ==, 0);
	for (uint32_t r = 0; r < wish->n_rows; r++)
		wish->rows[r].split_s *= 2;
	wish->cycle_s *= 2; /* twice as long in all: no other wish for its cycle */
	rsmp_shows(&x, wish, own_s, first_s + 3, NAN);
	lose_central(&x);
	rsmp_end(&x);
}

/* Nobody said what its bands do: cycle and offset alone. */
static void test_rsmp_bare(void)
{
	struct rsmp_scene x;

	rsmp_begin(&x, false, false);
	double first_s = gbt_scene_lasts_s(x.f.plan, x.f.j, 0);
	owned(plan) wish = plan_copy(x.f.plan);
	wish->rows[1].split_s += 10;
	wish->cycle_s += 10;
	wish->offset_s = 7;
	rsmp_shows(&x, wish, wish->cycle_s, first_s, pattern_offset_s(wish, x.f.j));
	rsmp_end(&x);
}

static void test_rsmp_hours(void)
{
	struct rsmp_scene x;
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
	uint32_t ours_s = 0, n = (uint32_t) (3600 * hours);

	rsmp_begin(&x, false, true);
	owned(plan) wish = any_plan(x.f.plan, rand, 20, 50);
	for (uint32_t t = 0; t < n; t++) {
		if (t % 180 == 0) {
			plan_free(wish);
			wish = any_plan(x.f.plan, rand, 6, 70); /* some cannot be had */
		}
		if (t % 900 == 899)
			rsmp_rig_misbehave(x.r, rand), g_strlcpy(x.r->site->code, "2222", sizeof x.r->site->code); /* a wrong one is not tried again */
		rsmp_run(&x, g_rand_int_range(rand, 0, 2000) == 0 ? NULL : wish, 1);
		ours_s += x.r->site->plan == STORED;
	}
	g_test_message("%.0f h: %u writes, %u selects, %u releases, %u alerts, %u ups, %lu commands refused, returned %lu, %.0f %% of the time on our plan", hours,
		x.d.writes, x.d.selects, x.d.releases, x.d.alerts, x.r->told.ups, x.r->site->counts.refused, x.r->site->counts.returned, 100.0 * ours_s / n);
	g_assert_cmpuint(x.d.selects, >, (uint32_t) (2 * hours));
	g_assert_cmpuint(ours_s, >, n / 4);
	rsmp_end(&x);
}

static void test_rsmp_optimizer(void)
{
	struct rsmp_scene x;
	struct planner p;
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
	uint32_t ours_s = 0, n = (uint32_t) (3600 * hours);

	rsmp_begin(&x, false, true);
	planner_begin(&p, x.f.j, x.f.plan);
	p.options.cycle_min_s = x.f.plan->cycle_s; /* bands only lengthen */
	for (uint32_t t = 0; t < n; t++) {
		planner_second(&p, rand);
		if (t % 1800 == 1799)
			rsmp_rig_misbehave(x.r, rand), g_strlcpy(x.r->site->code, "2222", sizeof x.r->site->code);
		rsmp_run(&x, p.wish, 1);
		ours_s += x.r->site->plan == STORED;
	}
	g_test_message("%.0f h: %u plans, %u writes, %u selects, %u releases, %u alerts, %.0f %% of the time on our plan", hours, p.made, x.d.writes, x.d.selects,
		x.d.releases, x.d.alerts, 100.0 * ours_s / n);
	g_assert_cmpuint(p.made, >, (uint32_t) (2 * hours));
	g_assert_cmpuint(x.d.selects, >, (uint32_t) hours);
	g_assert_cmpuint(ours_s, >, n / 2);
	planner_end(&p);
	rsmp_end(&x);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (argc > 1)
		hours = strtod(argv[1], NULL);
	if (argc > 2)
		seed = (uint32_t) strtoul(argv[2], NULL, 10);
	g_test_add_func("/steer/gbt20999", test_gbt);
	g_test_add_func("/steer/gbt20999-hours", test_gbt_hours);
	g_test_add_func("/steer/gbt20999-optimizer", test_gbt_optimizer);
	g_test_add_func("/steer/rsmp", test_rsmp);
	g_test_add_func("/steer/rsmp-bands-only", test_rsmp_bands_only);
	g_test_add_func("/steer/rsmp-bare", test_rsmp_bare);
	g_test_add_func("/steer/rsmp-hours", test_rsmp_hours);
	g_test_add_func("/steer/rsmp-optimizer", test_rsmp_optimizer);
	return g_test_run();
}
