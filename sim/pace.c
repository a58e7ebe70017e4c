/* pace.c - see pace.h. */
#include "sim/pace.h"

/* Two loops, each of one width of numbers; answers to questions are numbers too (0 or 1), so that nothing branches. */
static inline __attribute__((always_inline)) void pace(struct pace *restrict p, const struct gear *restrict gear, double h)
{
	const struct gear g = *gear;
	double per_h = 1 / h, hard_mps = g.decel_mps + KRAUSS_SAFE_EPS_M * h;
	for (uint32_t k = 0; k < PACE_MAX; k++)
		p->chance_frac[k] = pace_chance(p->chance[k]);
	for (uint32_t k = 0; k < PACE_MAX; k++) {
		double now = p->now_mps[k], ahead = p->rear_ahead_m[k], gap = ahead - g.min_gap_m;
		double fastest = lesser(now + g.accel_mps, g.max_mps), slower = now - g.decel_mps;
		double wish = lesser(fastest, greater(p->max_mps[k], slower));
		double room = greater(0, gap + gear_brake_m(&g, p->leader_mps[k], h) - KRAUSS_SAFE_EPS_M);
		double n = (double) (int) (sqrt(g.stop_pp + g.stop_k * room) - g.stop_p);
		double rest = room - n * (g.decel_mps * g.tau_s + g.half_decel_mps * h * (n - 1));
		double safe = n * g.decel_mps + rest / (n * h + g.tau_s);
		double x = lesser(safe, wish);
		double next = greater(lesser(x, greater(0, slower)), x - g.dawdle_s * lesser(x, g.accel_mps2) * p->chance_frac[k]);
		next = lesser(next, ahead * per_h - 1e-9);
		next = lesser(x, next) >= CREEP_MPS ? next : 0;
		double look = fastest * h + gear_stop_m(&g, fastest, h) + g.min_gap_m;
		double sees = p->seen_m[k] <= look ? 1.0 : 0.0, goes = x >= CREEP_MPS ? 1.0 : 0.0, more = sees * goes;
		more += gap < 0 ? 1.0 : 0.0;
		p->more[k] = more + (now - x > hard_mps ? 1.0 : 0.0);
		p->limited[k] = safe < p->max_mps[k] ? 1 : 0;
		p->next_mps[k] = next;
	}
}

void pace_plain(struct pace *p, const struct gear *g, double h_s)
{
	pace(p, g, h_s);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void pace_avx2(struct pace *p, const struct gear *g, double h_s)
{
	pace(p, g, h_s);
}
#endif

pace_function *pace_choose(void)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		return pace_avx2;
#endif
	return pace_plain;
}
