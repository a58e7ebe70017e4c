/* pace_test.c - the quick sums of gear.h and pace.h against Krauss' own in krauss.h, for random types, speeds and gaps. */
#include "sim/krauss.h"
#include "sim/pace.h"

#include <string.h>

#include "sim/vtype.h"

static const double steps_s[] = {1, 0.5, 0.25};
#define TYPES 40
#define DRIVERS 50

static struct vtype random_type(GRand *r)
{
	double decel = g_rand_double_range(r, 2, 8);
	return (struct vtype){
		.model = FOLLOW_KRAUSS,
		.length_m = g_rand_double_range(r, 2, 18),
		.min_gap_m = g_rand_double_range(r, 0.5, 4),
		.max_speed_mps = g_rand_double_range(r, 5, 55),
		.accel_mps2 = g_rand_double_range(r, 0.5, 4),
		.decel_mps2 = decel,
		.emergency_decel_mps2 = decel + 2,
		.tau_s = g_rand_double_range(r, 1, 2),
		.sigma = g_rand_double(r),
	};
}

static void same(double a, double b)
{
	g_assert_cmpfloat_with_epsilon(a, b, 1e-9 * (1 + ABS(b)));
}

/* At a speed that is a whole number of braking steps, rounding decides how many there are; both answers are the same distance. */
static void test_gear(void)
{
	g_autoptr(GRand) r = g_rand_new_with_seed(1);
	for (int k = 0; k < TYPES * 3; k++) {
		struct vtype t = random_type(r);
		double h = steps_s[k % 3];
		struct gear g = gear_of(&t, h);
		for (int n = 0; n < DRIVERS; n++) {
			double v = g_rand_double_range(r, 0, 40), gap = g_rand_double_range(r, -1, 200);
			same(gear_brake_m(&g, v, h), krauss_brake_gap_m(v, t.decel_mps2, 0, h));
			same(gear_stop_m(&g, v, h), krauss_brake_gap_m(v, t.decel_mps2, t.tau_s, h));
			same(gear_stop_speed(&g, gap, h), krauss_stop_speed(gap, t.decel_mps2, t.tau_s, h));
		}
	}
}

static struct pace random_drivers(GRand *r, const struct vtype *t)
{
	struct pace p = {.n = PACE_MAX};
	for (uint32_t k = 0; k < PACE_MAX; k++) {
		p.max_mps[k] = g_rand_double_range(r, 3, MIN(t->max_speed_mps, 30));
		p.now_mps[k] = k % 8 ? g_rand_double_range(r, 0, p.max_mps[k]) : 0;
		p.leader_mps[k] = k % 3 ? g_rand_double_range(r, 0, 30) : 0;
		p.rear_ahead_m[k] = k % 5 ? g_rand_double_range(r, 0, 120) : PACE_FAR_M;
		p.seen_m[k] = g_rand_double_range(r, 0, 500);
		p.chance[k] = g_rand_int(r);
	}
	return p;
}

/* Those with nothing but a leader to look at, who need not brake harder than they like to, drive as krauss.h says. */
static void check_followers(const struct pace *p, const struct vtype *t, double h, uint32_t *checked)
{
	for (uint32_t k = 0; k < PACE_MAX; k++) {
		if (p->more[k] != 0)
			continue;
		double now = p->now_mps[k], slower = now - t->decel_mps2 * h, gap = p->rear_ahead_m[k] - t->min_gap_m;
		double wish = lesser(lesser(now + t->accel_mps2 * h, t->max_speed_mps), greater(p->max_mps[k], slower));
		double safe = krauss_follow_speed(t, gap, now, p->leader_mps[k], t->decel_mps2, false, h), x = lesser(safe, wish);
		double next = krauss_dawdle(t, x, pace_chance(p->chance[k]), h);
		next = lesser(greater(next, lesser(x, greater(0, slower))), p->rear_ahead_m[k] / h);
		if (x < 2 * CREEP_MPS || next < 2 * CREEP_MPS)
			continue; /* as good as standing */
		g_assert_cmpfloat_with_epsilon(p->next_mps[k], next, 1e-6);
		++*checked;
	}
}

static void test_pace(void)
{
	g_autoptr(GRand) r = g_rand_new_with_seed(2);
	pace_function *fastest = pace_choose();
	uint32_t checked = 0;
	for (int k = 0; k < TYPES * 3; k++) {
		struct vtype t = random_type(r);
		double h = steps_s[k % 3];
		struct gear g = gear_of(&t, h);
		for (int n = 0; n < DRIVERS; n++) {
			struct pace plain = random_drivers(r, &t), fast = plain;
			pace_plain(&plain, &g, h);
			fastest(&fast, &g, h);
			g_assert_cmpmem(plain.next_mps, sizeof plain.next_mps, fast.next_mps, sizeof fast.next_mps);
			g_assert_cmpmem(plain.more, sizeof plain.more, fast.more, sizeof fast.more);
			g_assert_cmpmem(plain.limited, sizeof plain.limited, fast.limited, sizeof fast.limited);
			check_followers(&plain, &t, h, &checked);
		}
	}
	g_test_message("%u followers", checked);
	g_assert_cmpuint(checked, >, TYPES * 3 * DRIVERS * PACE_MAX / 5);
}

/* Each number of a step's stream is as likely as another, and neighbours have nothing to do with each other. */
static void test_chance(void)
{
	double sum = 0, square = 0, product = 0, last = 0.5;
	const uint32_t n = 100000;
	for (uint32_t k = 0; k < n; k++) {
		double x = pace_chance(12345 + k * 0x9e3779b1u) - 0.5;
		g_assert_true(x >= -0.5 && x < 0.5);
		sum += x;
		square += x * x;
		product += x * last;
		last = x;
	}
	g_assert_cmpfloat_with_epsilon(sum / n, 0, 0.004);
	g_assert_cmpfloat_with_epsilon(square / n, 1.0 / 12, 0.001);
	g_assert_cmpfloat_with_epsilon(product / n, 0, 0.001);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/gear", test_gear);
	g_test_add_func("/pace", test_pace);
	g_test_add_func("/chance", test_chance);
	return g_test_run();
}
