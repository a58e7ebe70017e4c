/* pilot_test.c - the pilot in simulated time: every way to fall back, and back again. */
#include <string.h>

#include "core/netfile.h"
#include "daemon/pilot.h"
#include "daemon/piloted.h"

struct scene {
	struct network *net;
	struct pilot *pilot;
	double t_s;
	uint32_t begun, over; /* alerts */
	char last[64];	      /* kind/where of the last that began */
	char sentence[256];   /* and what it said */
};

static void on_alert(void *user, const char *kind, const char *where, bool active, const char *sentence)
{
	struct scene *s = user;

	g_assert_cmpuint(strlen(sentence), >, 10);
	if (!active) {
		s->over++;
		return;
	}
	s->begun++;
	g_strlcpy(s->sentence, sentence, sizeof s->sentence);
	g_snprintf(s->last, sizeof s->last, "%s/%s", kind, where);
}

static struct pilot *make(struct scene *s, bool lockstep, const char *method, GError **error)
{
	struct pilot_options o = pilot_options_default();

	o.lockstep = lockstep;
	o.method = method;
	o.taper_s = 20;
	o.on_alert = on_alert;
	o.user = s;
	return pilot_new(s->net, &o, error);
}

static void begin(struct scene *s, const char *folder, bool lockstep)
{
	g_autofree char *name = g_strconcat(folder, ".net.xml", NULL);
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "configs", folder, name, NULL);
	g_autoptr(GError) error = NULL;

	*s = (struct scene){.t_s = 1000};
	s->net = netfile_read(path, NULL, &error);
	g_assert_no_error(error);
	s->pilot = make(s, lockstep, "adaptive", &error);
	g_assert_no_error(error);
}

static void end(struct scene *s)
{
	pilot_free(s->pilot);
	network_free(s->net);
}

/* Every lane of junction j is seen now, with one vehicle that waits. */
static void see(struct scene *s, uint32_t j)
{
	const struct junction *junction = pilot_junction(s->pilot, j);

	for (uint32_t i = 0; i < junction->n_lanes; i++) {
		struct seen_vehicle waits = {2, 0, 4.5};
		struct estimate e;
		estimate_init(&e, junction->lanes[i]);
		e.t_s = s->t_s;
		e.view_m = 100;
		e.vehicles = &waits;
		e.n_vehicles = 1;
		estimate_from_vehicles(&e, 10);
		pilot_see(s->pilot, &e, s->t_s);
	}
}

static struct pilot_look look(const struct scene *s, uint32_t j)
{
	struct pilot_look l;

	pilot_look(s->pilot, j, &l);
	return l;
}

static bool green(char c)
{
	return c == 'G' || c == 'g';
}

static void check_safe(const struct junction *j, const char *show)
{
	g_assert_cmpuint(strlen(show), ==, j->n_links);
	for (uint32_t i = 0; i < j->n_links; i++)
		for (uint32_t k = 0; k < i; k++)
			g_assert_false(j->conflict[i * j->n_links + k] && show[i] != 'r' && show[k] != 'r' && (green(show[i]) || green(show[k])));
}

/* A second of a world in which all but the junctions in `blind` (bits) are seen. */
static void second(struct scene *s, uint32_t blind)
{
	s->t_s += 1;
	for (uint32_t j = 0; j < pilot_n(s->pilot); j++)
		if ((blind >> j & 1) == 0)
			see(s, j);
	pilot_tick(s->pilot, s->t_s);
	for (uint32_t j = 0; j < pilot_n(s->pilot); j++)
		if (look(s, j).show != NULL)
			check_safe(pilot_junction(s->pilot, j), look(s, j).show);
}

static void test_stale_taper_fixed_recover(void)
{
	struct scene s;
	double frac = 0;

	begin(&s, "junction", true);
	second(&s, 0);
	g_assert_cmpint(look(&s, 0).mode, ==, PILOT_FIXED); /* one picture may be a fluke */
	second(&s, 0);
	g_assert_cmpint(look(&s, 0).mode, ==, PILOT_ADAPTIVE);
	for (int i = 0; i < 20; i++)
		second(&s, 0);
	for (int i = 1; i <= 5; i++) { /* fresh for five seconds more */
		second(&s, 1);
		g_assert_cmpint(look(&s, 0).mode, ==, PILOT_ADAPTIVE);
	}
	g_assert_cmpuint(s.begun, ==, 0);
	for (int i = 6; i <= 25; i++) {
		second(&s, 1);
		g_assert_cmpint(look(&s, 0).mode, ==, PILOT_TAPER);
		g_assert_cmpfloat(look(&s, 0).fixed_frac, >, frac);
		frac = look(&s, 0).fixed_frac;
	}
	g_assert_cmpfloat(frac, ==, 1);
	g_assert_cmpuint(look(&s, 0).asked, ==, plan_stage(look(&s, 0).plan, s.t_s, NULL)); /* no room left beside the plan */
	g_assert_cmpuint(s.begun, ==, 1);
	g_assert_cmpstr(s.last, ==, "estimate-stale/C");
	for (int i = 0; i < 200; i++) { /* in step with its plan */
		second(&s, 1);
		g_assert_cmpint(look(&s, 0).mode, ==, PILOT_FIXED);
		g_assert_cmpuint(look(&s, 0).asked, ==, plan_stage(look(&s, 0).plan, s.t_s, NULL));
	}
	second(&s, 0);
	g_assert_cmpint(look(&s, 0).mode, ==, PILOT_FIXED);
	g_assert_cmpuint(s.over, ==, 0);
	second(&s, 0);
	g_assert_cmpint(look(&s, 0).mode, ==, PILOT_ADAPTIVE);
	g_assert_cmpuint(s.over, ==, 1);
	end(&s);
}

/* With the own plan, the junction shows what SUMO's own program shows, once it is in step. */
static void test_fixed_is_the_program(void)
{
	struct scene s;

	begin(&s, "junction", true);
	const struct net_program *program = &s.net->signals[0].programs[0];
	double cycle_s = 0;
	uint32_t same = 0, n = 0;
	for (uint32_t i = 0; i < program->n_phases; i++)
		cycle_s += program->phases[i].duration_s;
	for (int i = 0; i < 400; i++) {
		second(&s, 1);
		if (i < 200)
			continue;
		double left_s = fmod(s.t_s - program->offset_s, cycle_s);
		uint32_t phase = 0;
		for (; left_s >= program->phases[phase].duration_s; phase++)
			left_s -= program->phases[phase].duration_s;
		same += strcmp(look(&s, 0).show, program->phases[phase].state) == 0;
		n++;
	}
	/* Where pedestrians' red clearance is walked by the guard it may differ from the program's letters for a second or two. */
	g_assert_cmpuint(same, >=, n * 3 / 4);
	end(&s);
}

static void test_alone(void)
{
	struct scene s;

	begin(&s, "district", true);
	g_assert_cmpuint(pilot_n(s.pilot), ==, 4);
	for (int i = 0; i < 10; i++)
		second(&s, 0);
	for (int i = 0; i < 40; i++)
		second(&s, 1 << 1);
	for (uint32_t j = 0; j < 4; j++)
		g_assert_cmpint(look(&s, j).mode, ==, j == 1 ? PILOT_FIXED : PILOT_ADAPTIVE);
	g_assert_cmpstr(s.last, ==, "estimate-stale/J2");
	end(&s);
}

/* A lane that a camera is configured for but that was never seen keeps the junction on its plan. */
static void test_expected(void)
{
	struct scene s;
	struct estimate e;

	begin(&s, "junction", true);
	const struct junction *j = pilot_junction(s.pilot, 0);
	pilot_expect(s.pilot, j->lanes[0], NULL);
	for (int i = 0; i < 10; i++) {
		s.t_s += 1;
		for (uint32_t k = 1; k < j->n_lanes; k++) {
			estimate_init(&e, j->lanes[k]);
			e.t_s = s.t_s;
			e.queue_veh = 0;
			pilot_see(s.pilot, &e, s.t_s);
		}
		pilot_tick(s.pilot, s.t_s);
		g_assert_cmpint(look(&s, 0).mode, ==, PILOT_FIXED);
	}
	g_assert_true(strstr(look(&s, 0).why, s.net->lanes[j->lanes[0]].id) != NULL);
	end(&s);
}

/* Junction 0's lanes but those on `n_dark` of its edges are seen. */
static void second_without(struct scene *s, const uint32_t *dark, uint32_t n_dark)
{
	const struct junction *j = pilot_junction(s->pilot, 0);

	s->t_s += 1;
	for (uint32_t i = 0; i < j->n_lanes; i++) {
		struct estimate e;
		bool seen = true;
		for (uint32_t k = 0; k < n_dark; k++)
			seen = seen && s->net->lanes[j->lanes[i]].edge != dark[k];
		estimate_init(&e, j->lanes[i]);
		e.t_s = s->t_s;
		e.queue_veh = 2;
		if (seen)
			pilot_see(s->pilot, &e, s->t_s);
	}
	pilot_tick(s->pilot, s->t_s);
	check_safe(j, look(s, 0).show);
}

/* One dead camera of four, then two: it goes on without them, and serves them still. Three: its own plan. */
static void test_dead_camera(void)
{
	struct scene s;
	uint32_t edges[8], n = 0;

	begin(&s, "junction", true);
	const struct junction *j = pilot_junction(s.pilot, 0);
	for (uint32_t i = 0; i < j->n_lanes; i++) {
		uint32_t edge = s.net->lanes[j->lanes[i]].edge;
		g_autofree char *camera = g_strdup_printf("cam-%s", s.net->edges[edge].id);
		pilot_expect(s.pilot, j->lanes[i], camera);
		if (n == 0 || edges[n - 1] != edge)
			edges[n++] = edge;
	}
	g_assert_cmpuint(n, ==, 4);
	for (int i = 0; i < 20; i++)
		second_without(&s, edges, 0);
	g_assert_cmpint(look(&s, 0).mode, ==, PILOT_ADAPTIVE);
	for (uint32_t dark = 1; dark <= 2; dark++) {
		uint32_t served = 0;
		for (int i = 0; i < 300; i++) {
			second_without(&s, edges, dark);
			g_assert_cmpint(look(&s, 0).mode, ==, PILOT_ADAPTIVE);
			served += look(&s, 0).settled && junction_serves(j, look(&s, 0).stage, j->lanes[0]);
		}
		g_assert_cmpuint(served, >=, 30); /* s of the dead camera's lane */
		g_assert_cmpuint(s.begun, ==, dark);
		g_assert_cmpuint(s.over, ==, dark - 1);
		g_assert_cmpstr(s.last, ==, "lane-inferred/C");
		g_assert_nonnull(strstr(s.sentence, s.net->edges[edges[dark - 1]].id));
	}
	for (int i = 0; i < 60; i++)
		second_without(&s, edges, 3);
	g_assert_cmpint(look(&s, 0).mode, ==, PILOT_FIXED);
	g_assert_cmpstr(s.last, ==, "estimate-stale/C");
	for (int i = 0; i < 3; i++)
		second_without(&s, edges, 0);
	g_assert_cmpint(look(&s, 0).mode, ==, PILOT_ADAPTIVE);
	g_assert_cmpuint(s.over, ==, s.begun);
	end(&s);
}

/* Who only counts sees nobody. */
static void test_only_counts(void)
{
	struct scene s;

	begin(&s, "junction", true);
	const struct junction *j = pilot_junction(s.pilot, 0);
	for (uint32_t i = 0; i < j->n_lanes; i++)
		pilot_expect(s.pilot, j->lanes[i], NULL);
	for (int k = 0; k < 60; k++) {
		s.t_s += 1;
		for (uint32_t i = 0; i < j->n_lanes; i++) {
			struct estimate e;
			estimate_init(&e, j->lanes[i]);
			e.t_s = s.t_s;
			e.window_s = 1;
			e.flow_veh = k % 20 == 0;
			pilot_see(s.pilot, &e, s.t_s);
		}
		pilot_tick(s.pilot, s.t_s);
		check_safe(j, look(&s, 0).show);
		g_assert_cmpint(look(&s, 0).mode, ==, PILOT_FIXED);
	}
	g_assert_cmpuint(pilot_counts(s.pilot).estimates_old, ==, 0);
	end(&s);
}

/* A world may leave lanes out, empty ones for example: the junction is as fresh as what it does get. */
static void test_left_out(void)
{
	struct scene s;
	struct estimate e;

	begin(&s, "junction", true);
	const struct junction *j = pilot_junction(s.pilot, 0);
	second(&s, 0);
	second(&s, 0);
	for (uint32_t i = 0; i < 60; i++) {
		s.t_s += 1;
		estimate_init(&e, j->lanes[i / 3 % j->n_lanes]);
		e.t_s = s.t_s;
		e.queue_veh = 0;
		pilot_see(s.pilot, &e, s.t_s);
		pilot_tick(s.pilot, s.t_s);
		check_safe(j, look(&s, 0).show);
		if (i % 3 > 0)
			g_assert_cmpint(look(&s, 0).mode, ==, PILOT_ADAPTIVE);
	}
	for (int i = 0; i < 10; i++)
		second(&s, 1);
	g_assert_cmpint(look(&s, 0).mode, ==, PILOT_TAPER);
	end(&s);
}

/* Late, blind and future pictures are counted and change nothing. */
static void test_bad_pictures(void)
{
	struct scene s;
	struct estimate e;

	begin(&s, "junction", true);
	for (int i = 0; i < 30; i++) {
		s.t_s += 1;
		estimate_init(&e, pilot_junction(s.pilot, 0)->lanes[0]);
		e.t_s = i % 3 == 0 ? s.t_s - 7 : i % 3 == 1 ? s.t_s + 100 : s.t_s;
		e.quality_frac = i % 3 == 2 ? 0.1 : 1;
		pilot_see(s.pilot, &e, s.t_s);
		pilot_tick(s.pilot, s.t_s);
		g_assert_cmpint(look(&s, 0).mode, ==, PILOT_FIXED);
	}
	g_assert_cmpuint(pilot_counts(s.pilot).estimates_old, ==, 20);
	g_assert_cmpuint(pilot_counts(s.pilot).estimates_blind, ==, 10);
	end(&s);
}

static void test_refused_decision(void)
{
	struct scene s;
	struct pilot_options o = pilot_options_default();
	g_autoptr(GError) error = NULL;

	begin(&s, "junction", true);
	o.lockstep = true;
	o.on_alert = on_alert;
	o.user = &s;
	owned(piloted) q = piloted_new(s.net, 0, &o, &error);
	g_assert_no_error(error);
	struct freshness_state fresh = {.n_watched = 1, .decides = q->junction->lanes[0], .age_s = 0, .run = 5};
	struct decision good = {.stage = 1}, wrong = {.stage = 77}, backwards = {.stage = 0, .n = 1};
	backwards.ahead[0].start_s = 9;
	backwards.ahead[0].end_s = 3;
	for (double t = 0; t < 90; t++) {
		const struct decision *d = t < 30 ? &good : t < 60 ? &wrong : &backwards;
		piloted_advise(q, d, true);
		piloted_tick(q, &fresh, t);
		g_assert_cmpint(q->mode, ==, t < 30 ? PILOT_ADAPTIVE : PILOT_FIXED);
		g_assert_cmpuint(q->asked, ==, t < 30 ? 1 : plan_stage(q->plan, t, NULL));
	}
	g_assert_cmpuint(q->refused, ==, 60);
	g_assert_cmpuint(s.begun, ==, 1); /* said once */
	g_assert_cmpstr(s.last, ==, "guard-refused/C");
	piloted_advise(q, &good, true);
	g_assert_cmpuint(s.over, ==, 1);
	end(&s);
}

static void test_refused_plan(void)
{
	struct scene s;
	g_autoptr(GError) error = NULL;

	begin(&s, "junction", true);
	second(&s, 0);
	owned(plan) plan = plan_copy(look(&s, 0).plan);
	plan->cycle_s -= plan->rows[0].split_s - 1;
	plan->rows[0].split_s = 1;
	g_assert_false(pilot_plan(s.pilot, 0, plan, &error));
	g_assert_nonnull(error);
	g_assert_false(plan_equal(look(&s, 0).plan, plan));
	g_assert_cmpuint(look(&s, 0).refused, ==, 1);
	g_clear_error(&error);
	owned(plan) better = plan_copy(look(&s, 0).plan);
	better->offset_s = fmod(better->offset_s + 5, better->cycle_s);
	g_assert_true(pilot_plan(s.pilot, 0, better, &error));
	g_assert_true(plan_equal(look(&s, 0).plan, better));
	second(&s, 0);
	end(&s);
}

/* A second of a street that does what it is told, unless `instead` is what it shows. */
static bool street_second(struct scene *s, const char *instead, enum pilot_street street)
{
	second(s, 0);
	struct pilot_look l = look(s, 0);
	g_autofree char *state = g_strdup(instead != NULL ? instead : l.show != NULL ? l.show : l.street);

	return state != NULL && pilot_reported(s->pilot, 0, state, street, s->t_s + 0.01);
}

static void test_silent(void)
{
	struct scene s;

	begin(&s, "junction", false);
	second(&s, 0);
	g_assert_cmpint(look(&s, 0).mode, ==, PILOT_RELEASED); /* it has not spoken yet */
	g_assert_null(look(&s, 0).show);
	g_assert_true(street_second(&s, "rrrgGgrrrgGgrrrr", STREET_LOCAL)); /* and is taken over from what shows */
	g_assert_cmpstr(look(&s, 0).show, ==, "rrrgGgrrrgGgrrrr");
	for (int i = 0; i < 30; i++)
		g_assert_false(street_second(&s, NULL, STREET_CENTRAL));
	g_assert_cmpint(look(&s, 0).mode, ==, PILOT_ADAPTIVE);
	g_assert_cmpuint(s.begun, ==, 0);
	for (int i = 0; i < 4; i++)
		second(&s, 0); /* not a word */
	g_assert_cmpint(look(&s, 0).mode, ==, PILOT_RELEASED);
	g_assert_null(look(&s, 0).show);
	g_assert_cmpstr(s.last, ==, "controller-silent/C");
	for (int i = 0; i < 100; i++)
		second(&s, 0);
	g_assert_cmpuint(s.begun, ==, 1);
	g_assert_true(pilot_reported(s.pilot, 0, "rrrrryrrrrryrrrr", STREET_LOCAL, s.t_s + 0.5)); /* mid-amber */
	g_assert_cmpstr(look(&s, 0).show, ==, "rrrrryrrrrryrrrr");
	g_assert_cmpuint(s.over, ==, 1);
	second(&s, 0);
	g_assert_cmpint(look(&s, 0).mode, ==, PILOT_ADAPTIVE);
	end(&s);
}

/* One that shows something else is let go, tried again later, and each time later. */
static void test_disagrees(void)
{
	struct scene s;
	double let_go_s[3] = {0}, taken_s[3] = {0};
	uint32_t n = 0;

	begin(&s, "junction", false);
	g_assert_true(street_second(&s, "rrrrrrrrrrrrrrrr", STREET_LOCAL));
	for (int i = 0; i < 400 && n < 3; i++) { /* it stays all red, whatever it is told */
		bool before = look(&s, 0).show != NULL;
		bool taken = street_second(&s, "rrrrrrrrrrrrrrrr", STREET_LOCAL);
		if (before && look(&s, 0).show == NULL)
			let_go_s[n] = s.t_s;
		if (taken)
			taken_s[n++] = s.t_s;
	}
	g_assert_cmpuint(n, ==, 3);
	g_assert_cmpfloat(taken_s[0] - let_go_s[0], >=, 29);
	g_assert_cmpfloat(taken_s[1] - let_go_s[1], >=, 59);
	g_assert_cmpfloat(taken_s[2] - let_go_s[2], >=, 119);
	g_assert_cmpuint(look(&s, 0).let_go, ==, 3);
	g_assert_cmpuint(look(&s, 0).disagreed, >, 6);
	end(&s);
}

/* A lag of a second or two in its reports is no disagreement. */
static void test_lag(void)
{
	struct scene s;
	g_autofree char *late = g_strdup("rrrrrrrrrrrrrrrr");

	begin(&s, "junction", false);
	street_second(&s, late, STREET_LOCAL);
	for (int i = 0; i < 300; i++) {
		street_second(&s, late, STREET_CENTRAL);
		g_assert_nonnull(look(&s, 0).show);
		g_free(late);
		late = g_strdup(look(&s, 0).show);
	}
	g_assert_cmpuint(s.begun, ==, 0);
	end(&s);
}

static void test_away(void)
{
	struct scene s;
	int normal = 0;

	begin(&s, "junction", false);
	street_second(&s, "rrrrrrrrrrrrrrrr", STREET_LOCAL);
	for (int i = 0; i < 10; i++)
		street_second(&s, NULL, STREET_CENTRAL);
	street_second(&s, "oooooooooooooooo", STREET_AWAY);
	g_assert_null(look(&s, 0).show);
	g_assert_cmpstr(s.last, ==, "controller-away/C");
	for (int i = 0; i < 30; i++)
		g_assert_false(street_second(&s, "oooooooooooooooo", STREET_AWAY));
	for (; normal < 200 && !street_second(&s, "rrrrrrrrrrrrrrrr", STREET_LOCAL); normal++)
		;
	g_assert_cmpfloat(normal, >=, look(&s, 0).plan->cycle_s - 1); /* one cycle of normal state first */
	g_assert_cmpint(normal, <, 200);
	end(&s);
}

/* A cabinet that takes only patterns: what is told of it is what it runs, whatever the queues are like, and nothing is asked of it meanwhile. */
static void test_patterned(void)
{
	struct scene scene, *s = &scene;

	begin(s, "district", false);
	owned(plan) given = plan_copy(look(s, 0).plan);
	given->offset_s = fmod(given->offset_s + 17, given->cycle_s);
	pilot_runs(s->pilot, 0, NULL);
	for (int k = 0; k < 200; k++) {
		const struct plan *runs = k < 100 ? look(s, 0).plan : given;
		if (k == 100)
			pilot_runs(s->pilot, 0, given);
		for (uint32_t j = 0; j < pilot_n(s->pilot); j++) { /* as its cabinet has it: green, but between two stages */
			const struct junction *junction = pilot_junction(s->pilot, j);
			pilot_reported(s->pilot, j, junction->stages[0].state, j == 0 ? STREET_PATTERN : STREET_HELD, s->t_s + 0.5);
		}
		second(s, 0);
		if (k < 5)
			continue;
		struct pilot_look l = look(s, 0), held = look(s, 1);
		g_assert_true(l.patterned && l.steered && l.mode == PILOT_ADAPTIVE);
		g_assert_cmpuint(l.asked, ==, plan_stage(runs, s->t_s, NULL));
		g_assert_cmpuint(l.target, ==, STAGE_NONE);
		g_assert_null(l.show);
		g_assert_nonnull(strstr(l.why, "its cabinet runs a plan"));
		g_assert_true(!held.patterned && held.target != STAGE_NONE);
		g_assert_null(strstr(held.why, "its cabinet"));
	}
	g_autoptr(GError) error = NULL;
	owned(plan) same = plan_copy(look(s, 1).plan);
	g_assert_true(pilot_plan(s->pilot, 1, same, &error)); /* the optimizer begins anew, and still knows */
	second(s, 0);
	g_assert_nonnull(strstr(look(s, 0).why, "its cabinet runs a plan"));
	end(s);
}

static void test_hold(void)
{
	struct scene s;
	g_autoptr(GError) error = NULL;

	begin(&s, "junction", true);
	for (int i = 0; i < 5; i++)
		second(&s, 0);
	g_assert_false(pilot_hold(s.pilot, 0, 99, 30, s.t_s, &error));
	g_assert_error(error, PILOT_ERROR, PILOT_ERROR_REFUSED);
	g_clear_error(&error);
	g_assert_false(pilot_hold(s.pilot, 0, 1, -3, s.t_s, NULL));
	g_assert_true(pilot_hold(s.pilot, 0, 2, 40, s.t_s, &error));
	for (int i = 1; i < 40; i++) {
		second(&s, 0);
		g_assert_cmpint(look(&s, 0).mode, ==, PILOT_HOLD);
		g_assert_cmpuint(look(&s, 0).asked, ==, 2);
	}
	g_assert_cmpuint(look(&s, 0).stage, ==, 2);
	g_assert_true(look(&s, 0).settled);
	second(&s, 0);
	g_assert_cmpint(look(&s, 0).mode, ==, PILOT_ADAPTIVE); /* over */
	g_assert_true(pilot_hold(s.pilot, 0, 1, 1000, s.t_s, NULL));
	second(&s, 0);
	pilot_unhold(s.pilot, 0);
	second(&s, 0);
	g_assert_cmpint(look(&s, 0).mode, ==, PILOT_ADAPTIVE);
	end(&s);
}

static void test_clock_jumps(void)
{
	struct scene s;

	begin(&s, "junction", true);
	for (int i = 0; i < 20; i++)
		second(&s, 0);
	s.t_s += 5000;
	second(&s, 0);
	for (int i = 0; i < 3; i++)
		second(&s, 0);
	g_assert_cmpint(look(&s, 0).mode, ==, PILOT_ADAPTIVE);
	s.t_s -= 6000;
	for (int i = 0; i < 4; i++)
		second(&s, 0);
	g_assert_cmpint(look(&s, 0).mode, ==, PILOT_ADAPTIVE);
	g_assert_cmpuint(pilot_counts(s.pilot).jumps, ==, 2);
	end(&s);
}

/* Whatever SUMO may be showing when a session begins is left safely. */
static void test_any_begin(void)
{
	static const char letters[] = "GgyrYsuoOR";
	GRand *rand = g_rand_new_with_seed(7);

	for (int round = 0; round < 20; round++) {
		struct scene s;
		begin(&s, "junction", true);
		uint32_t n = pilot_junction(s.pilot, 0)->n_links;
		g_autofree char *state = g_strnfill(n, 'r');
		for (uint32_t i = 0; i < n; i++)
			state[i] = letters[g_rand_int_range(rand, 0, (gint32) strlen(letters))];
		g_test_message("seed 7, round %d: %s", round, state);
		pilot_reported(s.pilot, 0, state, STREET_CENTRAL, s.t_s + 1);
		for (int i = 0; i < 40; i++)
			second(&s, 0);
		end(&s);
	}
	g_rand_free(rand);
}

static void test_wrong_state(void)
{
	struct scene s;

	begin(&s, "junction", false);
	g_assert_false(pilot_reported(s.pilot, 0, "GG", STREET_CENTRAL, s.t_s));
	g_assert_cmpstr(s.last, ==, "controller-refused/C");
	g_assert_false(pilot_reported(s.pilot, 0, "rrrrrrrrrrrrrrrX", STREET_CENTRAL, s.t_s));
	second(&s, 0);
	g_assert_null(look(&s, 0).show);
	g_assert_true(street_second(&s, "rrrrrrrrrrrrrrrr", STREET_LOCAL));
	end(&s);
}

static void test_bad_options(void)
{
	struct scene s;
	struct network empty = {0};
	struct pilot_options o = pilot_options_default();
	g_autoptr(GError) error = NULL;

	g_assert_null(pilot_new(&empty, &o, &error));
	g_assert_error(error, PILOT_ERROR, PILOT_ERROR_NETWORK);
	g_clear_error(&error);
	begin(&s, "junction", true);
	g_assert_null(make(&s, true, "magic", &error));
	g_assert_error(error, PILOT_ERROR, PILOT_ERROR_OPTION);
	end(&s);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pilot/dead-camera", test_dead_camera);
	g_test_add_func("/pilot/only-counts", test_only_counts);
	g_test_add_func("/pilot/stale-taper-fixed-recover", test_stale_taper_fixed_recover);
	g_test_add_func("/pilot/fixed-is-the-program", test_fixed_is_the_program);
	g_test_add_func("/pilot/alone", test_alone);
	g_test_add_func("/pilot/expected", test_expected);
	g_test_add_func("/pilot/left-out", test_left_out);
	g_test_add_func("/pilot/bad-pictures", test_bad_pictures);
	g_test_add_func("/pilot/refused-decision", test_refused_decision);
	g_test_add_func("/pilot/refused-plan", test_refused_plan);
	g_test_add_func("/pilot/silent", test_silent);
	g_test_add_func("/pilot/disagrees", test_disagrees);
	g_test_add_func("/pilot/lag", test_lag);
	g_test_add_func("/pilot/away", test_away);
	g_test_add_func("/pilot/patterned", test_patterned);
	g_test_add_func("/pilot/hold", test_hold);
	g_test_add_func("/pilot/clock-jumps", test_clock_jumps);
	g_test_add_func("/pilot/any-begin", test_any_begin);
	g_test_add_func("/pilot/wrong-state", test_wrong_state);
	g_test_add_func("/pilot/bad-options", test_bad_options);
	return g_test_run();
}
