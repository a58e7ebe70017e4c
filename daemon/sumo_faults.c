/* sumo_faults.c - see sumo_faults.h. */
#include "daemon/sumo_faults.h"

#include <math.h>
#include <string.h>

#include "daemon/traci_in.h"

bool sumo_faults_check(const struct sumo_faults *f, GError **error)
{
	const char *wrong = NULL;

	if (!(f->dead_frac >= 0 && f->dead_frac <= 1))
		wrong = "--dead must be from 0 to 1";
	else if (!(f->noise_frac >= 0 && f->noise_frac <= 1))
		wrong = "--noise must be from 0 to 1";
	else if (!(f->late_s >= 0 && f->late_s <= 60))
		wrong = "--late must be from 0 to 60 s";
	if (wrong)
		g_set_error_literal(error, TRACI_ERROR, TRACI_ERROR_REFUSED, wrong);
	return wrong == NULL;
}

/* The same number for the same words and seed; Vigna's splitmix64 mixes it. */
static uint64_t chance(uint64_t seed, uint64_t what)
{
	uint64_t x = seed * 0x9e3779b97f4a7c15u + what;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

struct approach { /* an edge that leads to a signal */
	uint64_t luck;
	uint32_t edge;
};

static int by_luck(const void *a, const void *b)
{
	const struct approach *x = a, *y = b;

	return (x->luck > y->luck) - (x->luck < y->luck);
}

/* Does the lane itself end at a signal? */
static bool is_last(const struct feeders *feeders, uint32_t lane)
{
	uint32_t n;
	const uint32_t *fed = feeders_fed(feeders, lane, &n);

	return n == 1 && fed[0] == lane;
}

/* Each edge's fate. */
static bool *dead_edges(const struct sumo_faults *f, const struct network *net, const struct feeders *feeders)
{
	g_autoptr(GArray) approaches = g_array_new(false, false, sizeof(struct approach));
	bool *dead = g_new0(bool, net->n_edges + 1);

	for (uint32_t e = 0; e < net->n_edges; e++)
		for (uint32_t k = 0; k < net->edges[e].n_lanes; k++)
			if (is_last(feeders, net->edges[e].first_lane + k)) {
				const struct approach a = {chance(f->seed, e), e};
				g_array_append_val(approaches, a);
				break;
			}
	g_array_sort(approaches, by_luck);
	for (guint i = 0; i < lround(f->dead_frac * approaches->len); i++)
		dead[g_array_index(approaches, struct approach, i).edge] = true;
	return dead;
}

bool *sumo_faults_dead(const struct sumo_faults *f, const struct network *net, const struct feeders *feeders)
{
	g_autofree bool *edges = dead_edges(f, net, feeders);
	bool *dead = g_new0(bool, net->n_lanes + 1);

	g_autofree uint32_t *behind = network_insides(net);
	for (uint32_t l = 0; l < net->n_lanes; l++) {
		uint32_t n;
		const uint32_t *fed = feeders_fed(feeders, l, &n);
		if (n == 0 && behind[l] != NET_NONE) { /* the same camera sees on */
			dead[l] = edges[net->lanes[net->links[behind[l]].from_lane].edge];
			continue;
		}
		dead[l] = n > 0;
		for (uint32_t i = 0; i < n; i++)
			dead[l] = dead[l] && edges[net->lanes[fed[i]].edge];
	}
	return dead;
}

uint32_t sumo_faults_times(const struct sumo_faults *f, uint32_t vehicle)
{
	double luck = ldexp((double) chance(f->seed, vehicle), -64);

	if (luck >= f->noise_frac)
		return 1;
	return luck < f->noise_frac / 2 ? 0 : 2;
}
