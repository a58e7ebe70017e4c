/* pattern_property.c - random patterns against a naive cabinet that runs them second by second: pattern_check says yes to those that it runs
 * without a fault, and to no others; whatever pattern_from_plan makes of a random plan is one of them. */
#include <math.h>
#include <string.h>

#include "daemon/pattern.h"
#include "tests/core/random_junction.h"
#include "tests/daemon/cabinet_scene.h"

/* ---- the naive cabinet: a table of tenths of seconds, one row a ring ---- */

#define TENTHS 4000

struct table {
	uint8_t runs[2][TENTHS];   /* the phase that has the ring */
	double length_s[2];
};

static const struct controller_split *split_of(const struct controller_pattern *p, uint32_t number)
{
	for (uint32_t i = 0; i < p->n_splits; i++)
		if (p->splits[i].number == number)
			return &p->splits[i];
	return NULL;
}

static bool fill_rings(const struct controller_pattern *p, const struct controller_timing *t, struct table *table)
{
	for (uint32_t r = 0; r < 2; r++) {
		uint32_t at = 0;
		for (uint32_t k = 0; t->rings[r][k] != 0; k++) {
			const struct controller_split *s = split_of(p, t->rings[r][k]);
			if (s == NULL || at + s->split_s * 10 > TENTHS)
				return false;
			for (uint32_t i = 0; i < s->split_s * 10; i++)
				table->runs[r][at++] = t->rings[r][k];
		}
		table->length_s[r] = at / 10.0;
	}
	return true;
}

static bool runs_well(const struct controller_pattern *p, const struct controller_timing *t)
{
	static struct table table;

	if (!fill_rings(p, t, &table) || table.length_s[0] != p->cycle_s || table.length_s[1] != p->cycle_s)
		return false;
	for (uint32_t i = 0; i < (uint32_t) (p->cycle_s * 10); i++) {
		uint32_t a = table.runs[0][i], b = table.runs[1][i];
		if ((t->phases[a - 1].with & phase_bit(b)) == 0) /* across the barrier */
			return false;
	}
	for (uint32_t n = 1; n <= 8; n++) {
		const struct controller_phase *phase = &t->phases[n - 1];
		double has_s = 0, needs_s = fmax(phase->min_green_s, phase->walk_s > 0 ? phase->walk_s + phase->ped_clear_s : 0) + phase->amber_s + phase->red_s;
		for (uint32_t i = 0; i < (uint32_t) (p->cycle_s * 10); i++)
			has_s += (table.runs[0][i] == n || table.runs[1][i] == n) / 10.0;
		if (has_s < needs_s - 0.01)
			return false;
	}
	return p->offset_s >= 0 && p->offset_s < p->cycle_s && p->cycle_s >= t->cycle_min_s && p->cycle_s <= t->cycle_max_s;
}

/* ---- random ones ---- */

static void random_timing(struct cabinet_scene *s, struct dice *d)
{
	for (uint32_t i = 0; i < 8; i++) {
		struct controller_phase *p = &s->phases[i];
		p->min_green_s = 4 + dice_below(d, 8);
		p->amber_s = 3 + dice_below(d, 20) / 10.0;
		p->red_s = dice_below(d, 30) / 10.0;
		p->walk_s = i % 2 == 1 && dice_chance(d, 0.7) ? 4 + dice_below(d, 5) : 0;
		p->ped_clear_s = 5 + dice_below(d, 8);
	}
}

static struct plan *random_plan(const struct cabinet_scene *s, struct dice *d)
{
	struct plan *plan = plan_copy(s->plan);

	plan->cycle_s = 0;
	for (uint32_t r = 0; r < plan->n_rows; r++) {
		plan->rows[r].split_s = 6 + dice_below(d, 50);
		plan->cycle_s += plan->rows[r].split_s;
	}
	plan->offset_s = dice_below(d, (uint32_t) plan->cycle_s);
	return plan;
}

/* One thing of it is made wrong, or perhaps not. */
static void spoil(struct pattern *p, struct dice *d)
{
	uint32_t at = dice_below(d, p->p.n_splits), other = dice_below(d, p->p.n_splits);

	switch (dice_below(d, 6)) {
	case 0:
		p->splits[at].split_s += 1;
		break;
	case 1:
		p->splits[at].split_s -= 1;
		p->splits[other].split_s += 1;
		break;
	case 2: /* over a barrier, in one ring */
		p->splits[0].split_s += 2;
		p->splits[2].split_s -= 2;
		break;
	case 3: /* the barrier moves in both rings */
		for (uint32_t i = 0; i < 8; i += 4) {
			p->splits[i + 1].split_s -= 3;
			p->splits[i + 2].split_s += 3;
		}
		break;
	case 4:
		p->p.offset_s += 40;
		break;
	default:
		p->splits[at].number = p->splits[other].number;
	}
}

static void test_random(void)
{
	struct cabinet_scene s;
	struct dice d = {0x6e746369};
	uint32_t made = 0, fit = 0, good = 0, bad = 0;

	cabinet_scene_begin(&s);
	for (uint32_t round = 0; round < 20000; round++) {
		random_timing(&s, &d);
		g_autoptr(GError) error = NULL, why = NULL;
		owned(plan) plan = random_plan(&s, &d);
		owned(pattern) p = pattern_from_plan(plan, s.map, &s.timing, 0, &error);
		made++;
		if (p == NULL) { /* only where the minimums do not fit */
			g_assert_nonnull(strstr(error->message, "do not fit into a cycle of"));
			continue;
		}
		fit++;
		bool in_range = p->p.cycle_s <= 255;
		if (pattern_check(&p->p, &s.timing, s.map, &why) != in_range || runs_well(&p->p, &s.timing) != in_range)
			g_error("round %u: %s", round, why != NULL ? why->message : "the naive cabinet does not run it");
		spoil(p, &d);
		g_clear_error(&why);
		bool runs = runs_well(&p->p, &s.timing);
		*(runs ? &good : &bad) += 1;
		if (pattern_check(&p->p, &s.timing, s.map, &why) != runs) {
			g_autofree char *print = pattern_print(&p->p);
			g_error("round %u: %s: the naive cabinet %s it, the check says %s", round, print, runs ? "runs" : "does not run",
				why != NULL ? why->message : "yes");
		}
	}
	g_test_message("%u plans, %u fit, spoiled %u still run and %u do not", made, fit, good, bad);
	g_assert_cmpuint(fit, >, made / 4);
	g_assert_cmpuint(good, >, 500);
	g_assert_cmpuint(bad, >, 2000);
	cabinet_scene_end(&s);
}

/* A plan that fits as it is, is not changed: each phase's split is what its rows have. */
static void test_own_plan(void)
{
	struct cabinet_scene s;
	g_autoptr(GError) error = NULL;

	cabinet_scene_begin(&s);
	for (uint32_t i = 0; i < 8; i++)
		s.phases[i].walk_s = 0, s.phases[i].amber_s = 3, s.phases[i].red_s = 1;
	owned(pattern) p = pattern_from_plan(s.plan, s.map, &s.timing, 0, &error);
	g_assert_no_error(error);
	g_autofree char *print = pattern_print(&p->p);
	g_test_message("%s", print);
	g_assert_cmpfloat(p->p.cycle_s, ==, s.plan->cycle_s);
	for (uint32_t ring = 0; ring < 2; ring++) {
		/* The native greens and ways to the next: 18+5+3+1, 6+3+1 and 12+5+3+1, 6+3+1; the left turns' phases come first in the rings. */
		const double expected[4] = {10, 27, 10, 21};
		for (uint32_t k = 0; k < 4; k++)
			g_assert_cmpfloat(fabs(p->splits[4 * ring + k].split_s - expected[k]), <=, 1);
	}
	g_assert_true(p->splits[1].coordinated && p->splits[5].coordinated);
	g_assert_true(pattern_check(&p->p, &s.timing, s.map, &error));
	g_assert_no_error(error);
	cabinet_scene_end(&s);
}

static void refused(const struct controller_pattern *p, const struct cabinet_scene *s, const char *part)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(pattern_check(p, &s->timing, s->map, &error));
	if (strstr(error->message, part) == NULL)
		g_error("\"%s\" does not say \"%s\"", error->message, part);
}

static void taken(const struct controller_pattern *p, const struct cabinet_scene *s)
{
	g_autoptr(GError) error = NULL;

	pattern_check(p, &s->timing, s->map, &error);
	g_assert_no_error(error);
}

static void test_refused(void)
{
	struct cabinet_scene s;

	cabinet_scene_begin(&s);
	owned(plan) plan = plan_copy(s.plan);
	plan->cycle_s = 0;
	for (uint32_t r = 0; r < plan->n_rows; r++)
		plan->cycle_s += plan->rows[r].split_s = 30;
	owned(pattern) p = pattern_from_plan(plan, s.map, &s.timing, phase_bit(2) | phase_bit(6), NULL);
	g_assert_nonnull(p);
	taken(&p->p, &s);
	p->p.row = 49;
	refused(&p->p, &s, "rows 1 to 48");
	p->p.row = 7;
	p->p.offset_s = p->p.cycle_s;
	refused(&p->p, &s, "the offset is 120 s, must be whole seconds from 0 and below the cycle of 120 s");
	p->p.offset_s = 0.5;
	refused(&p->p, &s, "the offset is 0.5 s");
	p->p.offset_s = 0;
	p->p.cycle_s = NAN;
	refused(&p->p, &s, "the cycle is nan s");
	p->p.cycle_s = 121;
	refused(&p->p, &s, "the rings take 120 s, the cycle has 121 s");
	p->p.cycle_s = 120;
	const double was_s[2] = {p->splits[0].split_s, p->splits[1].split_s};
	p->splits[0].split_s = 9;
	p->splits[1].split_s += was_s[0] - 9;
	refused(&p->p, &s, "phase 1 has a split of 9 s, needs 10 s (green 5 s, amber and red 5 s)");
	p->splits[0].split_s = was_s[0];
	refused(&p->p, &s, "the rings are not at the barrier together");
	p->splits[1].split_s = was_s[1];
	taken(&p->p, &s);
	p->splits[0].coordinated = true;
	refused(&p->p, &s, "phases 1 and 2, which conflict, are both coordinated");
	p->splits[0].coordinated = p->splits[1].coordinated = p->splits[5].coordinated = false;
	refused(&p->p, &s, "no phase is coordinated");
	s.phases[6].enabled = false;
	refused(&p->p, &s, "phase 7 is not there, or not enabled");
	cabinet_scene_end(&s);
}

/* ---- a cabinet with stages ---- */

static void test_stages(void)
{
	struct cabinet_scene s;
	g_autoptr(GError) error = NULL;
	const struct controller_stage stages[] = {{1, phase_bit(2) | phase_bit(6), 0}, {2, phase_bit(1) | phase_bit(5), 0}, {3, phase_bit(4) | phase_bit(8), 0},
		{4, phase_bit(3) | phase_bit(7), 0}};
	struct controller_stage own[4];

	cabinet_scene_begin(&s);
	memcpy(own, stages, sizeof own);
	s.timing.n_rings = 0;
	s.timing.stages = own;
	s.timing.n_stages = 4;
	for (uint32_t i = 0; i < 8; i++)
		s.phases[i].with = 0, s.phases[i].ring = 0;
	owned(plan) plan = plan_copy(s.plan);
	plan->cycle_s = 0;
	for (uint32_t r = 0; r < plan->n_rows; r++)
		plan->cycle_s += plan->rows[r].split_s = 25;
	owned(pattern) p = pattern_from_plan(plan, s.map, &s.timing, 0, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(p->p.n_splits, ==, 4);
	g_assert_cmpuint(p->splits[2].number, ==, 3);
	g_assert_true(pattern_check(&p->p, &s.timing, s.map, &error));
	g_assert_no_error(error);
	double rest_s = p->splits[1].split_s - 9;
	p->splits[1].split_s = 9;
	p->splits[0].split_s += rest_s;
	refused(&p->p, &s, "stage 2 has 9 s, needs 10 s with the way to stage 3");
	p->splits[1].split_s += 1;
	refused(&p->p, &s, "the stages take 101 s, the cycle has 100 s");
	p->splits[0].split_s -= 1;
	own[1].next = 1; /* only to stage 1 */
	refused(&p->p, &s, "the cabinet does not go from stage 2 to stage 3");
	own[1].next = 0;
	own[2].phases |= phase_bit(2);
	refused(&p->p, &s, "stage 3 has phases 2 and 4, which conflict");
	g_assert_null(pattern_from_plan(plan, s.map, &s.timing, 0, &error));
	g_assert_nonnull(strstr(error->message, "the cabinet has no stage with the phases of stage C"));
	cabinet_scene_end(&s);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pattern/random", test_random);
	g_test_add_func("/pattern/own-plan", test_own_plan);
	g_test_add_func("/pattern/refused", test_refused);
	g_test_add_func("/pattern/stages", test_stages);
	return g_test_run();
}
