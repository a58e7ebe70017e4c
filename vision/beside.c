/* beside.c - see beside.h. */
#include "vision/beside.h"

#include <math.h>

#define MARGIN_M 3.0 /* a shadow falls a little before or behind it */
#define PACE_MPS 2.0 /* apart at most; and who is slower may stand at a red beside it, as anybody does */

static bool is_heavy(const struct track *t)
{
	double share[CLASSES];
	return track_class(t, share) == CLASS_HEAVY;
}

static bool is_at_its_side(const struct track *t, const struct traffic *other)
{
	for (uint32_t k = 0; k < other->n; k++) {
		const struct track *u = &other->tracks[k];
		bool along = t->dist_m > u->dist_m - MARGIN_M && t->dist_m < u->dist_m + u->length_m + MARGIN_M;
		if (along && u->speed_mps > PACE_MPS && fabs(t->speed_mps - u->speed_mps) < PACE_MPS && is_heavy(u))
			return true;
	}
	return false;
}

void beside_look(struct traffic *traffics, uint32_t n_lanes, double dt_s)
{
	for (uint32_t k = 0; k < n_lanes; k++)
		for (uint32_t i = 0; i < traffics[k].n; i++) {
			struct track *t = &traffics[k].tracks[i];
			bool at_side = false;
			for (uint32_t other = 0; other < n_lanes && !at_side; other++)
				at_side = other != k && is_at_its_side(t, &traffics[other]);
			t->beside_s += at_side ? dt_s : 0;
		}
}
