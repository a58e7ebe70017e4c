/* gbt_week_property.c - a week of a GB/T 20999 cabinet in simulated time under random plans, calls, hand-backs and faults: what the
 * cabinet itself saw. Zero conflicts, short greens, short clearances, writes of safety values, writes into a plan that runs.
 */
#include <string.h>

#include "tests/daemon/gbt_rig.h"

#define WEEK_S (7 * 24 * 3600)

static uint32_t greens_of(GRand *rand)
{
	return (uint32_t) g_rand_int_range(rand, 2, 60); /* many of them too short: to be refused */
}

static void random_write(struct gbt_rig *r, GRand *rand)
{
	struct controller_split splits[8];
	uint32_t n = (uint32_t) g_rand_int_range(rand, 1, 7);
	double cycle_s = 0;

	for (uint32_t i = 0; i < n; i++) {
		splits[i] = (struct controller_split){.number = (uint16_t) g_rand_int_range(rand, 1, 8), .split_s = 7 + greens_of(rand),
			.coordinated = g_rand_boolean(rand)};
		cycle_s += splits[i].split_s;
	}
	gbt_unit_write(r->unit, &(struct controller_pattern){.row = (uint32_t) g_rand_int_range(rand, 18, 24), .cycle_s = cycle_s,
		.offset_s = g_rand_int_range(rand, 0, (gint32) cycle_s), .splits = splits, .n_splits = n});
}

/* One that fits, so that plans do run. */
static void good_write(struct gbt_rig *r, GRand *rand)
{
	struct controller_split splits[6];
	uint32_t n = (uint32_t) g_rand_int_range(rand, 2, 7), first = (uint32_t) g_rand_int_range(rand, 0, 6);
	double cycle_s = 0;

	for (uint32_t i = 0; i < n; i++) {
		splits[i] = (struct controller_split){.number = (uint16_t) (1 + (first + i) % 6), .split_s = g_rand_int_range(rand, 24, 60)};
		cycle_s += splits[i].split_s;
	}
	gbt_unit_write(r->unit, &(struct controller_pattern){.row = (uint32_t) g_rand_int_range(rand, 20, 22), .cycle_s = cycle_s, .splits = splits,
		.n_splits = n});
}

static void command(struct gbt_rig *r, GRand *rand)
{
	switch (g_rand_int_range(rand, 0, 8)) {
	case 0:
		random_write(r, rand);
		break;
	case 1:
	case 2:
		good_write(r, rand);
		break;
	case 3:
	case 4:
		gbt_unit_select(r->unit, (uint32_t) g_rand_int_range(rand, 0, 34) > 10 ? (uint32_t) g_rand_int_range(rand, 20, 22) : 18);
		break;
	case 5:
		gbt_unit_release(r->unit);
		break;
	default:
		gbt_unit_call(r->unit, (uint16_t) g_rand_int_range(rand, 1, 8));
	}
}

static void test_week(void)
{
	guint32 seed = g_test_rand_int() & 0x7fffffff;
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
	owned(gbt_rig) r = gbt_rig_new(gbt_cabinet_cross(), NULL, NULL);
	uint32_t calm_s = 0;

	g_test_message("seed %u", seed);
	uint32_t seconds = g_test_slow() ? WEEK_S : WEEK_S / 7; /* all of it with -m slow */

	for (uint32_t s = 0; s < seconds; s++) {
		if (s % 600 == 0)
			gbt_rig_misbehave(r, rand);
		if (calm_s == 0 && g_rand_int_range(rand, 0, 30) == 0)
			command(r, rand);
		if (calm_s > 0)
			calm_s--;
		else if (g_rand_int_range(rand, 0, 3000) == 0)
			calm_s = (uint32_t) g_rand_int_range(rand, 0, 1800); /* a plan runs for a while */
		gbt_rig_second(r);
	}
	const struct gbt_model_counts *c = &r->cabinet->counts;
	g_test_message("greens %" G_GUINT64_FORMAT ", plans selected %" G_GUINT64_FORMAT ", stages called %" G_GUINT64_FORMAT ", handed back %" G_GUINT64_FORMAT
				   ", returned by itself %" G_GUINT64_FORMAT ", replies %u, taken %u, ups %u, conflicts %" G_GUINT64_FORMAT ", short greens %" G_GUINT64_FORMAT
				   ", short clearances %" G_GUINT64_FORMAT,
		c->greens, c->selected, c->called, c->released, c->returned, r->told.replies, r->told.oks, r->told.ups, c->conflicts, c->short_greens, c->short_clearances);
	g_assert_cmpuint(c->greens, >, seconds / 60);
	g_assert_cmpuint(c->selected, >, seconds / 1200);
	g_assert_cmpuint(c->called, >, seconds / 1200);
	g_assert_cmpuint(c->returned, >, 0);
	g_assert_cmpuint(r->told.replies, >, r->told.oks + seconds / 1200);
	gbt_rig_safe(r);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/gbt_week/cabinet_counts", test_week);
	return g_test_run();
}
