/* box.c - is there room beyond the node, or would one have to stand on it; see parts.h.
 *
 * As SUMO's drivers count (checkRewindLinkLanes): the room up to the last one that stands, less those that are on their way there and
 * those ahead of us before the line. As long as nobody stands out there, the road is not full.
 */
#include "sim/parts.h"

#define LOOK_LENGTHS 5 /* as many own lengths of road beyond the node are looked at */
#define HOPS_MAX 4

static double space_m(const struct world *w, uint32_t v)
{
	const struct gear *g = &w->gears[w->cars[v].type];
	return g->length_m + g->min_gap_m;
}

/* Taken on an internal lane by those whose front is on it, but v. */
static double taken_m(const struct world *w, uint32_t lane, uint32_t v, bool *full)
{
	double sum = 0;
	for (uint32_t u = w->lanes[lane].head; u != NOBODY; u = w->cars[u].behind) {
		sum += u == v ? 0 : space_m(w, u);
		*full |= u != v && w->cars[u].held == HELD_BOX;
	}
	return sum;
}

/* Room on a lane until the last one that stands. */
static double room_m(const struct world *w, uint32_t lane, bool *full)
{
	double taken = 0;
	for (uint32_t u = w->lanes[lane].tail; u != NOBODY; u = w->cars[u].ahead) {
		const struct gear *g = &w->gears[w->cars[u].type];
		if (w->cars[u].speed_mps < HALT_MPS) {
			*full = true;
			return rear_m(w, u) + w->cars[u].speed_mps * g->tau_s - taken;
		}
		taken += g->length_m + g->min_gap_m;
	}
	return w->roads->lanes[lane].length_m - taken;
}

/* Over `link` and up to the end of the lane it leads to. */
static double room_beyond_m(const struct world *w, uint32_t v, const struct road_link *rl, bool *full)
{
	double room = 0;
	for (int i = 0; i < 2 && rl->via[i] != NET_NONE; i++) {
		if (rl->crossed)
			room -= taken_m(w, rl->via[i], v, full);
		else
			room += room_m(w, rl->via[i], full);
		if (*full && !rl->crossed)
			return room;
	}
	const struct lane_now *now = &w->lanes[rl->to_lane];
	uint32_t last = now->tail != NOBODY ? now->tail : now->over;
	if (last == NOBODY || last == v)
		return room + w->roads->lanes[rl->to_lane].length_m;
	room += room_m(w, rl->to_lane, full);
	*full |= w->cars[last].held != HELD_NOT;
	return room;
}

static double ahead_of_me_m(const struct world *w, uint32_t v)
{
	double sum = 0;
	for (uint32_t u = w->cars[v].ahead; u != NOBODY; u = w->cars[u].ahead)
		sum += space_m(w, u);
	return sum;
}

bool yield_box_full(const struct world *w, uint32_t v, uint32_t link, uint32_t at)
{
	double need = space_m(w, v), room = 0, looked = 0;
	bool full = false;
	for (int hops = 0; hops < HOPS_MAX && !full; hops++) {
		const struct road_link *rl = &w->roads->links[link];
		const struct road_lane *lane = &w->roads->lanes[rl->to_lane];
		room += room_beyond_m(w, v, rl, &full);
		looked += lane->length_m;
		at += rl->from_lanes;
		link = w->roads->at[at + lane->index].link;
		if (looked > LOOK_LENGTHS * w->gears[w->cars[v].type].length_m || link == NET_NONE)
			break;
		char letter = w->link_letter[link];
		if (!(letter >= 'A' && letter <= 'Z') || letter == 'Y')
			break;
	}
	return full && room - (w->roads->lanes[w->cars[v].lane].link == NET_NONE ? ahead_of_me_m(w, v) : 0) < need;
}
