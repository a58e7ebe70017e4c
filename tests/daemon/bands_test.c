/* bands_test.c - a plan as dynamic bands of a stored one: what each band gets, what is left, what cannot be. */
#include <math.h>
#include <string.h>

#include "daemon/bands.h"
#include "tests/core/random_junction.h"
#include "tests/daemon/cabinet_scene.h"

#define EVERYTHING (CONTROLLER_BANDS | CONTROLLER_CYCLES | CONTROLLER_OFFSETS)

/* Every stage of the scene's plan but the first has a band. */
static void all_but_first(const struct cabinet_scene *s, uint8_t *of_stage)
{
	memset(of_stage, 0, CABINET_MAX_STAGES);
	for (uint32_t r = 1; r < s->plan->n_rows; r++)
		of_stage[s->plan->rows[r].stage] = (uint8_t) (10 + r);
}

static double extension_of(const struct pattern *p, uint32_t number)
{
	for (uint32_t i = 0; i < p->p.n_bands; i++)
		if (p->bands[i].number == number)
			return p->bands[i].extension_s;
	return NAN;
}

static void test_lengthens(void)
{
	struct cabinet_scene s;
	uint8_t of_stage[CABINET_MAX_STAGES];
	g_autoptr(GError) error = NULL;

	cabinet_scene_begin(&s);
	all_but_first(&s, of_stage);
	owned(plan) wish = plan_copy(s.plan);
	wish->cycle_s += 12;
	wish->rows[0].split_s += 3;
	wish->rows[1].split_s += 9;
	owned(pattern) p = bands_from_plan(wish, s.plan, s.junction, of_stage, EVERYTHING, &error);
	g_assert_no_error(error);
	g_assert_cmpfloat(p->p.cycle_s, ==, s.plan->cycle_s + 12);
	g_assert_cmpuint(p->p.n_bands, ==, s.plan->n_rows - 1);
	g_assert_cmpfloat(extension_of(p, 11), ==, 9);
	for (uint32_t r = 2; r < s.plan->n_rows; r++)
		g_assert_cmpfloat(extension_of(p, 10 + r), ==, 0);
	/* bands only lengthen: a shorter one is as it is, and the rest has less */
	wish->rows[1].split_s -= 9 + 5;
	wish->rows[0].split_s += 9 + 5;
	owned(pattern) q = bands_from_plan(wish, s.plan, s.junction, of_stage, EVERYTHING, &error);
	g_assert_no_error(error);
	g_assert_cmpfloat(extension_of(q, 11), ==, 0);
	g_assert_false(pattern_equal(p, q));
	owned(pattern) copy = pattern_copy(p);
	g_assert_true(pattern_equal(p, copy));
	/* its cycle is its own where only bands are changed */
	owned(pattern) only = bands_from_plan(wish, s.plan, s.junction, of_stage, CONTROLLER_BANDS, &error);
	g_assert_no_error(error);
	g_assert_cmpfloat(only->p.cycle_s, ==, s.plan->cycle_s);
	cabinet_scene_end(&s);
}

static void test_refuses(void)
{
	struct cabinet_scene s;
	uint8_t of_stage[CABINET_MAX_STAGES] = {0};
	g_autoptr(GError) error = NULL;

	cabinet_scene_begin(&s);
	owned(plan) wish = plan_copy(s.plan);
	g_assert_null(bands_from_plan(wish, s.plan, s.junction, of_stage, EVERYTHING, &error)); /* nobody, or two, take the rest */
	g_assert_nonnull(strstr(error->message, "must be one"));
	g_clear_error(&error);
	all_but_first(&s, of_stage);
	wish->rows[0].stage = s.plan->rows[1].stage;
	wish->rows[1].stage = s.plan->rows[0].stage;
	g_assert_null(bands_from_plan(wish, s.plan, s.junction, of_stage, EVERYTHING, &error));
	g_assert_nonnull(strstr(error->message, "order"));
	g_clear_error(&error);
	owned(plan) brief = plan_copy(s.plan);
	double scale = 20 / brief->cycle_s;
	brief->cycle_s = 20;
	for (uint32_t r = 0; r < brief->n_rows; r++)
		brief->rows[r].split_s *= scale;
	g_assert_null(bands_from_plan(brief, s.plan, s.junction, of_stage, EVERYTHING, &error));
	g_assert_nonnull(strstr(error->message, "20 s"));
	cabinet_scene_end(&s);
}

static void test_read(void)
{
	struct cabinet_scene s;
	uint8_t of_stage[CABINET_MAX_STAGES];
	uint32_t phases[CABINET_MAX_PHASES], none[] = {63};
	struct cabinet_links bands[] = {{.number = 4, .links = phases}, {.number = 5, .links = none, .n_links = 1}};
	g_autoptr(GError) error = NULL;

	cabinet_scene_begin(&s);
	for (uint32_t number = 1; number <= CABINET_MAX_PHASES; number++)
		if ((s.map->stage_phases[1] & phase_bit(number)) != 0)
			phases[bands[0].n_links++] = number;
	g_assert_true(bands_read(s.map, bands, 1, of_stage, &error));
	g_assert_cmpuint(of_stage[0], ==, 0);
	g_assert_cmpuint(of_stage[1], ==, 4);
	g_assert_false(bands_read(s.map, bands, 2, of_stage, &error));
	g_assert_nonnull(strstr(error->message, "band 5"));
	g_clear_error(&error);
	bands[1] = bands[0];
	bands[1].number = 6;
	g_assert_false(bands_read(s.map, bands, 2, of_stage, &error));
	g_assert_nonnull(strstr(error->message, "bands 4 and 6"));
	cabinet_scene_end(&s);
}

/* Whatever is wished: what the cabinet then runs is a plan that its junction may have, and no band is out of range. */
static void test_any(void)
{
	struct cabinet_scene s;
	struct dice dice = {5};
	uint8_t of_stage[CABINET_MAX_STAGES];
	uint32_t taken = 0;

	cabinet_scene_begin(&s);
	all_but_first(&s, of_stage);
	for (int i = 0; i < 5000; i++) {
		owned(plan) wish = plan_copy(s.plan);
		wish->cycle_s = 0;
		for (uint32_t r = 0; r < wish->n_rows; r++)
			wish->cycle_s += wish->rows[r].split_s = 3 + dice_below(&dice, 70);
		wish->offset_s = dice_below(&dice, (uint32_t) wish->cycle_s);
		owned(pattern) p = bands_from_plan(wish, s.plan, s.junction, of_stage, dice_chance(&dice, 0.8) ? EVERYTHING : CONTROLLER_BANDS, NULL);
		if (p == NULL)
			continue;
		owned(plan) is = plan_copy(s.plan);
		double sum_s = 0;
		for (uint32_t r = 1; r < is->n_rows; r++) {
			double extension_s = extension_of(p, 10 + r);
			g_assert_true(extension_s >= 0 && extension_s <= BANDS_MOST && extension_s == floor(extension_s));
			sum_s += is->rows[r].split_s += extension_s;
		}
		is->cycle_s = p->p.cycle_s;
		is->rows[0].split_s = p->p.cycle_s - sum_s;
		is->offset_s = 0;
		g_assert_true(plan_check(is, s.junction, NULL));
		g_assert_true(p->p.offset_s >= 0 && p->p.offset_s < p->p.cycle_s);
		taken++;
	}
	g_test_message("%u of 5000 wishes can be had", taken);
	g_assert_cmpuint(taken, >, 500);
	cabinet_scene_end(&s);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/bands/lengthens", test_lengthens);
	g_test_add_func("/bands/refuses", test_refuses);
	g_test_add_func("/bands/read", test_read);
	g_test_add_func("/bands/any", test_any);
	return g_test_run();
}
