/* zones.c - who is in whose way inside a node; see parts.h.
 *
 * Inside a node nobody looks at priorities any more: an order without circles (who cannot stop any more, who drives, who entered
 * first) says who waits before the stretch where two paths meet.
 */
#include "sim/parts.h"

#define AIR_M 0.5     /* stops this much before a zone */
#define DRIVES_MPS 1.5 /* who is slower may only be closing up to where it will stand: it does not take the way from who drives */
#define CLAIM_S 5.0   /* who has stood inside for longer, blocked on its way, does not hold up those outside any more (SUMO's) */

/* Vehicles on a foe's path: those whose front is on it, then a tail that still is. */
struct insider {
	uint32_t v;
	double front_m, rear_m; /* along the path; a front beyond it is past path_m */
	uint8_t section;        /* that its front is in; 2 = beyond */
};

struct insiders {
	const struct world *w;
	const struct road_link *link;
	int via;
	uint32_t at;
	bool tail_done;
};

static struct insiders look_inside(const struct world *w, uint32_t link)
{
	const struct road_link *rl = &w->roads->links[link];
	return (struct insiders){w, rl, 0, rl->via[0] != NET_NONE ? w->lanes[rl->via[0]].head : NOBODY, false};
}

static bool next_insider(struct insiders *all, struct insider *out)
{
	const struct world *w = all->w;
	const struct road_link *rl = all->link;
	while (all->via < 2 && rl->via[all->via] != NET_NONE) {
		uint32_t lane = rl->via[all->via], v = all->at;
		double base = w->roads->lanes[lane].base_m;
		if (v != NOBODY) {
			all->at = w->cars[v].behind;
			*out = (struct insider){v, base + w->cars[v].pos_m, base + rear_m(w, v), (uint8_t) all->via};
			return true;
		}
		bool last = all->via == 1 || rl->via[1] == NET_NONE;
		uint32_t over = w->lanes[lane].over;
		if (last && !all->tail_done && over != NOBODY) {
			all->tail_done = true;
			double rear = base + w->lanes[lane].over_rear_m;
			*out = (struct insider){over, rear + type_of(w, over)->length_m, rear, 2};
			return true;
		}
		all->via++;
		all->at = !last ? w->lanes[rl->via[1]].head : NOBODY;
		if (last)
			break;
	}
	return false;
}

struct racer {
	bool committed, drives;
	double entered_s;
	uint32_t id;
};

static struct racer racer_of(const struct world *w, uint32_t v, double to_zone_m, bool inside)
{
	double brake = gear_brake_m(&w->gears[w->cars[v].type], w->cars[v].speed_mps, w->h_s);
	return (struct racer){
		.committed = to_zone_m < brake,
		.drives = w->cars[v].speed_mps >= DRIVES_MPS,
		.entered_s = inside ? w->cars[v].entered_s : INFINITY,
		.id = w->cars[v].id,
	};
}

static bool goes_first(const struct racer *a, const struct racer *b)
{
	if (a->committed != b->committed)
		return a->committed;
	if (a->drives != b->drives)
		return a->drives;
	if (a->entered_s != b->entered_s)
		return a->entered_s < b->entered_s;
	return a->id < b->id;
}

/* One of us before the zone where its path crosses or joins the foe's; along_m: its front on its own path. */
struct meeting {
	const struct world *w;
	uint32_t v, link;
	const struct vtype *type;
	const struct conflict *c;
	double along_m, path_m;
};

/* As fast as behind the foe, were it gap_m ahead on the same way. */
static double follow_mps(const struct meeting *m, const struct insider *foe, double gap_m)
{
	const struct car *me = &m->w->cars[m->v], *its = &m->w->cars[foe->v];
	return krauss_follow_speed(m->type, gap_m, me->speed_mps, its->speed_mps, m->w->gears[its->type].decel_mps2, false, m->w->h_s);
}

static void lower(struct leeway *leeway, double v_mps, double room_m, bool in_way)
{
	leeway->waits |= v_mps < HALT_MPS;
	leeway->v_mps = lesser(leeway->v_mps, v_mps);
	leeway->room_m = lesser(leeway->room_m, greater(0, room_m));
	leeway->in_way |= in_way;
}

/* It stands on the node, and not for anybody who crosses its way: the one ahead of it does not move, so it will not come now. Or it has
 * stood there for so long that those outside may pass before it. */
static bool has_no_claim(const struct meeting *m, const struct insider *foe)
{
	const struct car *c = &m->w->cars[foe->v];
	if (foe->front_m <= 0 || !car_stands(c))
		return false;
	return c->held == HELD_NOT || (m->along_m < 0 && ((uint32_t) m->w->step_no - c->halt_step) * m->w->h_s > CLAIM_S);
}

/* Would it be through before the foe gets there, if both went on as fast as they can? */
static bool is_through_before(const struct meeting *m, const struct insider *foe)
{
	const struct car *me = &m->w->cars[m->v], *its = &m->w->cars[foe->v];
	double mine_m = m->c->leave_m + m->type->length_m - m->along_m, its_m = m->c->foe_enter_m - foe->front_m;
	double accel = m->type->accel_mps2, its_accel = m->w->gears[its->type].accel_mps2;
	double mine_s = (krauss_speed_after(mine_m, me->speed_mps, accel) - me->speed_mps) / accel;
	return mine_s < (krauss_speed_after(greater(0, its_m), its->speed_mps, its_accel) - its->speed_mps) / its_accel;
}

/* At its waiting place with the light red behind it, one that has not passed that place yet comes after those whose green it is now. */
static bool is_late(const struct meeting *m, const struct insider *foe)
{
	const struct world *w = m->w;
	return w->link_letter[m->link] == 'r' && m->c->section == 1 && m->c->foe_section == 0 && m->along_m < w->roads->links[m->link].wait_m &&
		w->cars[foe->v].speed_mps >= HALT_MPS && !is_through_before(m, foe);
}

static bool foe_goes_first(const struct meeting *m, const struct insider *foe)
{
	if (has_no_claim(m, foe))
		return false;
	struct racer me = racer_of(m->w, m->v, m->c->enter_m - m->along_m, m->along_m > 0 && !is_late(m, foe));
	struct racer other = racer_of(m->w, foe->v, m->c->foe_enter_m - foe->front_m, foe->front_m > 0);
	return goes_first(&other, &me);
}

/* One that stands on the node on its way to where it meets me, who am still outside: driving in as well is how nodes lock up. */
static bool stuck_inside(const struct meeting *m, const struct insider *foe)
{
	return m->along_m < 0 && foe->front_m > 0 && car_stands(&m->w->cars[foe->v]) && !has_no_claim(m, foe);
}

static void cross(const struct meeting *m, const struct insider *foe, struct leeway *leeway)
{
	if (m->along_m > m->c->enter_m || foe->rear_m >= m->c->foe_leave_m)
		return;
	bool there = foe->front_m > m->c->foe_enter_m;
	if (!there && stuck_inside(m, foe))
		leeway->in_way = true;
	if (!there && !foe_goes_first(m, foe))
		return;
	double to_zone = m->c->enter_m - m->along_m, now = m->w->cars[m->v].speed_mps, its = m->w->cars[foe->v].speed_mps;
	double before = to_zone - m->type->min_gap_m, left = m->c->foe_leave_m - foe->rear_m;
	/* As fast as is needed to be there when the foe has gone, but able to stop; or as behind it, had it the same way. */
	double gone_s = left / greater(its, HALT_MPS), there_mps = greater(now, 2 * before / gone_s - now);
	double stop = krauss_halt_speed(m->type, before, m->w->h_s), x = lesser(stop, now + m->w->h_s * (there_mps - now) / gone_s);
	if (m->along_m > 0 && car_stands(&m->w->cars[foe->v]))
		x = stop; /* up to where they meet: who stays further back for one that stands may be what that one stands for */
	if (before >= left)
		x = greater(x, follow_mps(m, foe, before - left));
	lower(leeway, x, there ? to_zone : INFINITY, there && its < 1);
	leeway->stand_m = lesser(leeway->stand_m, m->along_m + before);
}

static void merge(const struct meeting *m, const struct insider *foe, struct leeway *leeway)
{
	if (foe->section == 2)
		return; /* on the exit lane already: a leader like any other */
	double mine = m->path_m - m->along_m, its = m->w->roads->links[m->c->foe].path_m - foe->front_m;
	leeway->in_way |= stuck_inside(m, foe);
	bool i_am_in = m->along_m > m->c->enter_m, it_is_in = foe->front_m > m->c->foe_enter_m;
	bool it_first = i_am_in != it_is_in ? it_is_in
		: i_am_in ? its < mine || (its == mine && m->w->cars[foe->v].id < m->w->cars[m->v].id) : foe_goes_first(m, foe);
	if (!it_first)
		return;
	double clear = mine - (its + type_of(m->w, foe->v)->length_m), gap = clear - m->type->min_gap_m, to_zone = m->c->enter_m - m->along_m;
	double room = !it_is_in ? INFINITY : i_am_in ? clear : greater(clear, to_zone);
	double x = gap < 0 && !i_am_in ? krauss_halt_speed(m->type, m->along_m < 0 ? -m->along_m : to_zone - AIR_M, m->w->h_s)
		: follow_mps(m, foe, gap);
	lower(leeway, x, room, it_is_in && m->w->cars[foe->v].speed_mps < 1);
}

static void part(const struct meeting *m, const struct insider *foe, struct leeway *leeway)
{
	bool beside = foe->front_m == m->along_m && m->w->cars[m->v].id < m->w->cars[foe->v].id;
	if (foe->rear_m >= m->c->foe_leave_m || foe->front_m < m->along_m || beside || m->along_m > m->c->leave_m)
		return;
	double gap = foe->rear_m - m->along_m - m->type->min_gap_m;
	double x = follow_mps(m, foe, gap);
	leeway->v_mps = lesser(leeway->v_mps, x); /* a leader like any other */
}

static void meet(const struct meeting *m, const struct insider *foe, struct leeway *leeway)
{
	switch (m->c->kind) {
	case CONFLICT_CROSS:
		cross(m, foe, leeway);
		break;
	case CONFLICT_MERGE:
		merge(m, foe, leeway);
		break;
	case CONFLICT_PART:
		part(m, foe, leeway);
		break;
	case CONFLICT_DISTANT:
		break;
	}
}

/* Foes still outside that cannot stop before the zone any more, although one of us is inside already. */
static void meet_rushing(const struct meeting *m, struct leeway *leeway)
{
	const struct world *w = m->w;
	for (const struct approach *a = w->comers[m->c->foe * 2]; a; a = a->next) {
		const struct gear *g = &w->gears[w->cars[a->slot].type];
		if (a->slot == m->v || a->dist_m + m->c->foe_enter_m >= gear_brake_m(g, a->speed_mps, w->h_s))
			continue;
		struct insider foe = {a->slot, -a->dist_m, -a->dist_m - g->length_m, 0};
		meet(m, &foe, leeway);
	}
}

/* Who is going to have to stand on the node does not stand in the way of others that are on it: so they would block one another in a
 * circle. It waits before the first zone that it could not leave. */
static void keep_clear(const struct meeting *m, uint64_t used, struct leeway *leeway)
{
	const struct roads *r = m->w->roads;
	const struct road_link *rl = &r->links[m->link];
	for (uint32_t k = 0; k < rl->n_conflicts; k++) {
		const struct conflict *c = &r->conflicts[rl->first_conflict + k];
		bool on_it = c->enter_m < leeway->stand_m && leeway->stand_m - m->type->length_m < c->leave_m;
		if (c->kind != CONFLICT_CROSS || !(used >> c->foe_bit & 1) || !on_it || m->along_m > c->enter_m)
			continue;
		struct insiders all = look_inside(m->w, c->foe);
		struct insider foe;
		while (next_insider(&all, &foe))
			if (foe.v != m->v && foe.front_m <= c->foe_enter_m && !has_no_claim(m, &foe))
				lower(leeway, krauss_halt_speed(m->type, c->enter_m - m->along_m - AIR_M, m->w->h_s), INFINITY, false);
	}
}

void yield_zones(const struct world *w, uint32_t v, uint32_t link, double along_m, bool through, struct leeway *leeway)
{
	const struct road_link *rl = &w->roads->links[link];
	const struct vtype *t = type_of(w, v);
	const struct node_now *node = &w->nodes[rl->node];
	struct meeting m = {w, v, link, t, NULL, along_m, rl->path_m};
	uint64_t used = rl->foes & (along_m >= 0 ? node->inside | node->coming : node->inside);
	for (uint32_t k = 0; used && k < rl->n_conflicts; k++) {
		const struct conflict *c = &w->roads->conflicts[rl->first_conflict + k];
		if (!(used >> c->foe_bit & 1) || c->kind == CONFLICT_DISTANT || along_m - t->length_m > c->leave_m)
			continue;
		if (!through && c->section == 1 && c->yields && along_m < rl->wait_m)
			continue;
		m.c = c;
		struct insiders all = look_inside(w, c->foe);
		struct insider foe;
		while (next_insider(&all, &foe))
			if (foe.v != v && foe.section >= c->foe_section) /* before its waiting place it looks out for us */
				meet(&m, &foe, leeway);
		if (along_m >= 0 && c->kind != CONFLICT_PART)
			meet_rushing(&m, leeway);
	}
	if (along_m >= 0 && leeway->stand_m < INFINITY)
		keep_clear(&m, used, leeway);
}
