/* yield.c - gap acceptance; see parts.h. Full boxes are in box.c, who is in whose way inside a node in zones.c.
 *
 * Before a line (stop line or the waiting place inside) a driver who must give way looks at times, as SUMO's drivers do (its MSLink):
 * he goes when every foe has left before he arrives, or arrives at least GAP_S after he has left; where both go on into the same lane,
 * nobody may have to brake hard for the other. Impatience makes him count on foes to brake for him. At an all-way stop who stood first
 * goes first; where right goes before left, chance decides among those that wait for one another.
 */
#include "sim/parts.h"

#define GAP_S 1.0        /* SUMO's jmTimegapMinor */
#define IMPATIENT_S 180  /* SUMO's time-to-impatience: after so long he counts on any foe to brake */
#define PATIENCE_S 3.0   /* among those that stand and wait for one another: first come, first served after that */
#define HORIZON_S 60.0   /* a foe further away is no foe */
#define STARTS_MPS 0.001 /* who is not even going to be as fast in this step does not come */

/* How one passes a line and the lane behind it; times from now. */
struct passing {
	double arrive_s, arrive_mps, leave_s, leave_mps;
};

struct asker {
	uint32_t v;
	const struct gear *gear;
	struct passing way;
	double impatience; /* 0..1 */
	double waits_since_s; /* NaN = it does not stand at the line */
	char letter;
	bool cleared;      /* inside, and the light behind it is red: foes that stand will let it go */
};

/* A line: of a link, or the waiting place on it. */
struct line {
	uint32_t link;
	uint8_t section;
};

static struct passing pass(const struct world *w, uint32_t v, const struct line *l, double dist_m, double v_mps, double arrive_mps,
	double leave_max_mps)
{
	const struct gear *g = &w->gears[w->cars[v].type];
	const struct road_link *rl = &w->roads->links[l->link];
	uint32_t via = rl->via[l->section];
	double over_m = via != NET_NONE ? w->roads->lanes[via].length_m : 0;
	struct passing p = {.arrive_mps = arrive_mps};
	p.arrive_s = krauss_arrival_s(dist_m, v_mps, arrive_mps, g->accel_mps2, g->decel_mps2);
	p.leave_mps = lesser(lane_speed_mps(w, v, via != NET_NONE ? via : rl->to_lane), krauss_speed_after(over_m, arrive_mps, g->accel_mps2));
	p.leave_mps = lesser(p.leave_mps, leave_max_mps);
	p.leave_s = p.arrive_s + (over_m + g->length_m) / greater(0.5 * (p.arrive_mps + p.leave_mps), 0.001);
	return p;
}

/* The speed that it is going to have, as far as its lane goes. */
static double soon_mps(const struct world *w, uint32_t v)
{
	const struct car *c = &w->cars[v];
	const struct gear *g = &w->gears[c->type];
	double x = lesser(lesser(c->speed_mps + g->accel_mps, g->max_mps), greater(c->max_mps, c->speed_mps - g->decel_mps)), rear;
	uint32_t leader = c->ahead != NOBODY ? c->ahead : w->lanes[c->lane].over == v ? NOBODY : w->lanes[c->lane].over;
	if (leader == NOBODY)
		return x;
	rear = c->ahead != NOBODY ? rear_m(w, leader) : w->lanes[c->lane].over_rear_m;
	return lesser(x, krauss_follow_speed(type_of(w, v), rear - c->pos_m - g->min_gap_m, c->speed_mps, w->cars[leader].speed_mps,
		w->gears[w->cars[leader].type].decel_mps2, false, w->h_s));
}

/* The lane that ends at the line. */
static uint32_t lane_before(const struct world *w, const struct line *l)
{
	return l->section ? w->roads->links[l->link].via[0] : w->net->links[l->link].from_lane;
}

/* How a foe, dist_m before its line, is going to pass it. False: it will not. */
static bool foe_passes(const struct world *w, uint32_t u, const struct line *l, double dist_m, struct passing *p, double *v_mps)
{
	const struct gear *g = &w->gears[w->cars[u].type];
	*v_mps = soon_mps(w, u);
	if (*v_mps <= STARTS_MPS && !l->section)
		return false;
	/* Who comes from further away gathers speed on the last lane only, as far as SUMO's drivers reckon. */
	double last_m = lesser(dist_m, w->roads->lanes[lane_before(w, l)].length_m);
	double x = lesser(krauss_speed_after(last_m, *v_mps, g->accel_mps2), lane_speed_mps(w, u, lane_before(w, l)));
	bool minor = !l->section && letter_is_minor(w->link_letter[l->link]);
	bool looks = minor && dist_m > SIGHT_M && dist_m > gear_brake_m(g, w->cars[u].speed_mps, w->h_s);
	if (looks) {
		double there = krauss_stop_speed(SIGHT_M, g->decel_mps2, 0, w->h_s);
		x = lesser(x, krauss_speed_after(SIGHT_M, there, g->accel_mps2));
	}
	*p = pass(w, u, l, dist_m, *v_mps, x, INFINITY);
	return true;
}

/* When the foe would arrive if it braked as hard as my impatience expects, and how fast. */
static double braking_arrival_s(const struct world *w, const struct asker *me, const struct passing *its, double dist_m, double decel_mps2,
	double *its_mps)
{
	if (floor(me->way.arrive_s / w->h_s) == floor(its->arrive_s / w->h_s))
		return its->arrive_s;
	double m = decel_mps2 * me->impatience, dt = its->arrive_s - me->way.arrive_s, d = dt * m;
	double v = dist_m / its->arrive_s, left = dist_m - v * (me->way.arrive_s - w->h_s);
	if (v * v / (2 * m) <= left) {
		*its_mps = 0;
		return its->arrive_s + 30;
	}
	double root = sqrt(greater(0, (v - d) * (v - d) - d * d));
	*its_mps = root;
	return its->arrive_s + (v - d - root) / m;
}

/* Would the one behind have to brake harder than the one ahead of it? */
static bool is_unsafe(double ahead_mps, double behind_mps, double b_ahead, double b_behind)
{
	return ahead_mps * ahead_mps / b_ahead <= behind_mps * behind_mps / b_behind;
}

/* For others, not for a light. */
static double waits_since_s(const struct car *c)
{
	bool others = c->held == HELD_YIELD || c->held == HELD_BOX || c->held == HELD_NODE;
	return others && car_halts(c) ? c->held_since_s : NAN;
}

/* Both stand and give way to one another's streams: who has waited longer goes. */
static bool waited_longer(const struct world *w, const struct asker *me, const struct car *foe)
{
	double its = waits_since_s(foe), mine = me->waits_since_s;
	if (isnan(its) || isnan(mine) || w->t_s - mine < PATIENCE_S)
		return false;
	return mine < its || (mine == its && w->cars[me->v].id < foe->id);
}

/* All-way stop: who stood first, then who is there first. */
static bool stood_first(const struct world *w, const struct asker *me, const struct car *foe, const struct passing *its)
{
	double since = waits_since_s(foe), mine = me->waits_since_s;
	if (isnan(mine) || isnan(since) || mine != since)
		return !isnan(mine) && (isnan(since) || mine < since);
	return me->way.arrive_s < its->arrive_s || (me->way.arrive_s == its->arrive_s && w->cars[me->v].id < foe->id);
}

/* Right before left: among those that stand and wait for one another chance decides, anew in each step. */
static bool is_lucky(const struct world *w, uint32_t v, uint32_t u)
{
	uint64_t mine = noise_stream(w->options.seed, w->cars[v].id, NOISE_LUCK), its = noise_stream(w->options.seed, w->cars[u].id, NOISE_LUCK);
	return noise_unit(mine, w->step_no) > noise_unit(its, w->step_no);
}

static bool is_ignored(const struct world *w, const struct asker *me, uint32_t u)
{
	const struct car *foe = &w->cars[u];
	if (waited_longer(w, me, foe) || (me->cleared && foe->speed_mps < HALT_MPS))
		return true;
	return me->letter == '=' && foe->held == HELD_YIELD && foe->speed_mps < HALT_MPS && is_lucky(w, me->v, u);
}

/* Is foe u, dist_m before its line, in the way? */
static bool foe_blocks(const struct world *w, const struct asker *me, uint32_t u, const struct line *l, double dist_m, bool merge)
{
	const struct gear *g = &w->gears[w->cars[u].type];
	struct passing its;
	double v_mps;
	if (u == me->v || is_ignored(w, me, u) || !foe_passes(w, u, l, dist_m, &its, &v_mps))
		return false;
	if (me->letter == 'w' && stood_first(w, me, &w->cars[u], &its))
		return false;
	double arrive = its.arrive_s, mps = lesser(its.arrive_mps, krauss_braked_mps(type_of(w, u), dist_m, v_mps, w->h_s));
	if (me->impatience > 0 && me->way.arrive_s < its.arrive_s)
		arrive += me->impatience * (braking_arrival_s(w, me, &its, dist_m, g->decel_mps2, &mps) - arrive);
	if (its.leave_s < me->way.arrive_s)
		return merge && (me->way.arrive_s - its.leave_s < GAP_S ||
			is_unsafe(its.leave_mps, me->way.arrive_mps, g->decel_mps2, me->gear->decel_mps2));
	if (arrive > me->way.leave_s + GAP_S)
		return merge && is_unsafe(me->way.leave_mps, mps, me->gear->decel_mps2, g->decel_mps2);
	return true;
}

/* Those on the lane before the foe's line, however far away they are. */
static bool lane_blocks(const struct world *w, const struct asker *me, const struct line *l, bool merge)
{
	uint32_t from = w->net->links[l->link].from_lane;
	double end = w->roads->lanes[from].length_m;
	for (uint32_t u = w->lanes[from].head; u != NOBODY; u = w->cars[u].behind) {
		const struct car *foe = &w->cars[u];
		double dist = end - foe->pos_m;
		if (dist > HORIZON_S * foe->max_mps)
			return false;
		if (foe->link != l->link)
			continue;
		if (!approach_passes(w, foe, l->link, dist)) {
			if (foe->held == HELD_BOX)
				return false; /* nor do those behind it come */
			continue;
		}
		if (!foe_blocks(w, me, u, l, dist, merge))
			continue;
		/* Unless there is no room for it beyond the node, nor for those behind it. */
		bool waits = w->roads->links[l->link].crossed && gear_can_brake(&w->gears[foe->type], foe->speed_mps, dist, w->h_s);
		return !waits || !yield_box_full(w, u, l->link, foe->at);
	}
	return false;
}

static bool foe_comes(const struct world *w, const struct asker *me, const struct conflict *c)
{
	struct line l = {c->foe, c->foe_section && c->kind != CONFLICT_DISTANT};
	bool merge = c->kind == CONFLICT_MERGE;
	char letter = w->link_letter[c->foe];
	uint32_t from = w->net->links[c->foe].from_lane;
	if (!l.section && letter != 'r' && letter != 'u' && lane_blocks(w, me, &l, merge))
		return true;
	for (const struct approach *foe = w->comers[c->foe * 2 + l.section]; foe; foe = foe->next)
		if ((l.section || w->cars[foe->slot].lane != from) && foe_blocks(w, me, foe->slot, &l, foe->dist_m, merge))
			return true;
	return false;
}

bool yield_must(const struct world *w, uint32_t v, uint32_t link, uint8_t section, double dist_m, double v_mps, double leave_max_mps)
{
	const struct road_link *rl = &w->roads->links[link];
	const struct car *c = &w->cars[v];
	struct line l = {link, section};
	if (!rl->yields || (!section && rl->via[1] != NET_NONE))
		return false; /* with a waiting place inside it looks out there */
	struct asker me = {.v = v, .gear = &w->gears[c->type], .letter = section ? 0 : rl->unruled ? 'w' : w->link_letter[link], .waits_since_s = waits_since_s(c)};
	double arrive = lesser(krauss_speed_after(dist_m, v_mps, me.gear->accel_mps2), lane_speed_mps(w, v, lane_before(w, &l)));
	me.way = pass(w, v, &l, dist_m, v_mps, arrive, leave_max_mps);
	me.impatience = car_at_line(c) ? lesser(1, (w->t_s - c->held_since_s) / IMPATIENT_S) : 0;
	me.cleared = section && w->link_letter[link] == 'r';
	for (uint32_t k = 0; k < rl->n_conflicts; k++) {
		const struct conflict *conflict = &w->roads->conflicts[rl->first_conflict + k];
		bool here = section || conflict->section == 0 || conflict->kind == CONFLICT_DISTANT;
		if (conflict->yields && here && foe_comes(w, &me, conflict))
			return true;
	}
	return false;
}
