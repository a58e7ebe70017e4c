/* eyes.c - see eyes.h. */
#include "daemon/eyes.h"

#include <math.h>

uint32_t eyes_look(const struct world *w, const struct feeders *feeders, uint32_t lane, double view_m, struct seen_vehicle seen[EYES_MOST])
{
	struct vehicle_view on[EYES_MOST];
	uint32_t n = 0, n_seen = 0;
	feeders_fed(feeders, lane, &n);
	if ((n == 0 && !feeders_inside(feeders, lane)) || feeders_beyond_m(feeders, lane) >= view_m)
		return 0;
	n = MIN(world_on_lane(w, lane, on, EYES_MOST), EYES_MOST);
	for (uint32_t i = 0; i < n; i++) {
		double dist_m = feeders_to_stop_m(feeders, lane, on[i].pos_m);
		if (dist_m <= view_m)
			seen[n_seen++] = (struct seen_vehicle){dist_m, fmax(on[i].speed_mps, 0), world_routes(w)->types[on[i].type].length_m};
	}
	return n_seen;
}
