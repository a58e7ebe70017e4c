/* random_junction.c - makes junctions by dice; see random_junction.h. */
#include "random_junction.h"

#include <math.h>
#include <string.h>

uint64_t dice_next(struct dice *d)
{
	uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint32_t dice_below(struct dice *d, uint32_t n)
{
	return (uint32_t) (dice_next(d) >> 32) % n;
}

double dice_between(struct dice *d, double low, double high)
{
	return low + (double) (dice_next(d) >> 11) * 0x1p-53 * (high - low);
}

bool dice_chance(struct dice *d, double share)
{
	return dice_between(d, 0, 1) < share;
}

static void random_links(struct junction *j, struct dice *d)
{
	uint32_t n = j->n_links;
	double density = dice_between(d, 0.2, 0.9), max_red_s = dice_between(d, 20, 120);
	for (uint32_t i = 0; i < n; i++) {
		struct signal_link *link = &j->links[i];
		link->pedestrian = i && dice_chance(d, 0.25);
		link->min_green_s = dice_between(d, 1, 10);
		link->max_green_s = dice_between(d, 12, 40);
		link->max_red_s = max_red_s;
		link->amber_s = link->pedestrian ? 0 : floor(dice_between(d, 2, 6));
		link->clear_s = link->pedestrian ? dice_between(d, 3, 12) : dice_chance(d, 0.3) ? 0 : dice_between(d, 0, 3);
		for (uint32_t k = 0; k < i; k++) {
			bool foes = !(link->pedestrian && j->links[k].pedestrian) && dice_chance(d, density);
			j->foes[i * n + k] = j->foes[k * n + i] = j->conflict[i * n + k] = j->conflict[k * n + i] = foes;
		}
	}
	for (uint32_t at = 0; at < n * n; at++)
		if (j->foes[at]) /* some pairs need less than the longest */
			j->clear_after_s[at] = j->links[at / n].clear_s * (dice_chance(d, 0.5) ? 1 : dice_between(d, 0, 1));
}

/* May link i join the stage? Among foes it must give way ('g'), and only one of the two does. */
static bool may_join(const struct junction *j, const char *state, uint32_t i, char letter, struct dice *d)
{
	for (uint32_t k = 0; k < j->n_links; k++) {
		if (k == i || !shows_green(state[k]) || !j->foes[i * j->n_links + k])
			continue;
		bool one_yields = letter != state[k] || letter == 'g';
		if (!one_yields || j->links[i].pedestrian || j->links[k].pedestrian || !dice_chance(d, 0.4))
			return false;
	}
	return true;
}

static void random_stage(struct junction *j, struct dice *d, uint32_t first)
{
	uint32_t n = j->n_links;
	struct stage *stage = &j->stages[j->n_stages++];
	stage->state = g_strnfill(n, 'r');
	stage->native_s = 20;
	g_snprintf(stage->name, sizeof stage->name, "%c", 'A' + (char) (j->n_stages - 1));
	stage->state[first] = j->links[first].pedestrian || dice_chance(d, 0.7) ? 'G' : 'g';
	for (uint32_t tries = 0; tries < n; tries++) {
		uint32_t i = dice_below(d, n);
		char letter = j->links[i].pedestrian || dice_chance(d, 0.6) ? 'G' : 'g';
		if (!shows_green(stage->state[i]) && may_join(j, stage->state, i, letter, d))
			stage->state[i] = letter;
	}
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < n; k++)
			if (i != k && j->foes[i * n + k] && shows_green(stage->state[i]) && shows_green(stage->state[k])) {
				j->conflict[i * n + k] = false;
				j->yields[i * n + k] |= stage->state[i] == 'g';
			}
}

struct junction *random_junction(struct dice *d)
{
	struct junction *j = g_new0(struct junction, 1);
	uint32_t n = j->n_links = 2 + dice_below(d, 11);
	j->id = g_strdup("dice");
	j->links = g_new0(struct signal_link, n);
	j->foes = g_new0(bool, n * n);
	j->conflict = g_new0(bool, n * n);
	j->yields = g_new0(bool, n * n);
	j->clear_after_s = g_new0(double, n * n);
	j->stages = g_new0(struct stage, n + 3);
	random_links(j, d);
	for (uint32_t i = 0; i < n; i++) {
		bool served = dice_chance(d, 0.05); /* a few links have no stage at all */
		for (uint32_t s = 0; s < j->n_stages; s++)
			served |= shows_green(j->stages[s].state[i]);
		if (!served || (i == n - 1 && j->n_stages == 0))
			random_stage(j, d, i);
	}
	for (uint32_t more = dice_below(d, 3); more; more--)
		random_stage(j, d, dice_below(d, n));
	return j;
}
