/* slim.c - people on foot and two-wheelers. See slim.h. */
#include "vision/slim.h"

#include <string.h>

#define LEAST_AREA 14         /* samples */
#define WIDTH_MOST 5.2        /* samples of a row on the average: a metre and what noise adds */
#define SHORTEST_M 1.2        /* upright: thrown back by so much at least, */
#define TALLEST_M 2.1         /* and at most, */
#define LONGEST_M 2.6         /* and as long on the ground */
#define FOOT_CELLS 5          /* its lower end says where it stands across the lane */
#define MIDDLE_LEAST 2.2      /* samples from the strip's side */
#define SEED_M 1.0
#define CLEAR_CELLS 3         /* from a known vehicle */
#define FOUND_MAX 64
#define PATCHES_MAX 96
#define PART_AREA 2           /* samples: one alone is noise */
#define HIDDEN_M 0.8          /* of its height may be as grey as the road: a jacket between legs and head */
#define ASKEW 1.6             /* samples from one part's middle to the next one's */
#define GATE_M 1.2
#define YOUNG_GATE_M 2.2
#define YOUNG 4               /* sightings */
#define LOST_S 0.7
#define WALKS_LOST_S 2.0      /* between two strips nobody sees it */
#define WALKS_MPS 3.2         /* nobody on foot is faster for long */
#define RIDES_M 4.0
#define MARK_S 0.8
#define STROLL_MPS 0.5        /* on the average, until it is believed */
#define KNOWN_S 10.0          /* after so long the road is known */
#define PERSON_SIGHTINGS 12
#define PERSON_S 2.5
#define PERSON_M 1.2          /* it has moved by so much: no stain */
#define PERSON_RECENT_S 1.0
#define LINE_M 3.0            /* so near to the stop line people cross */
#define ASIDE_M 1.0           /* of a crossing's own width */

struct found {
	double dist_m, side_m;
	struct net_point at;
	uint32_t lane;
	double first, end; /* cells */
	bool edge;  /* it may belong to a body outside the strip: nobody begins there */
	bool taken;
};

struct patch_of { /* connected samples */
	uint32_t first, end, area;
	uint32_t foot_sum, foot_n, sum;
	bool edge; /* its foot may go on outside the strip */
};

static void flood(uint16_t *bits, uint32_t n, uint32_t cell, uint32_t sample, struct patch_of *p)
{
	struct at {
		uint16_t cell, sample;
	} stack[STRIP_MAX * STRIP_LATERAL];
	uint32_t top = 0;
	*p = (struct patch_of){.first = cell, .end = cell + 1};
	stack[top++] = (struct at){(uint16_t) cell, (uint16_t) sample};
	bits[cell] &= (uint16_t) ~(1u << sample);
	while (top > 0) {
		struct at a = stack[--top];
		p->area++;
		p->sum += a.sample;
		p->first = MIN(p->first, a.cell);
		p->end = MAX(p->end, a.cell + 1u);
		if (a.cell < cell + FOOT_CELLS) {
			p->edge = p->edge || a.sample == 0 || a.sample == STRIP_LATERAL - 1;
			p->foot_sum += a.sample;
			p->foot_n++;
		}
		for (uint32_t i = a.cell > 0 ? a.cell - 1u : 0; i <= a.cell + 1u && i < n; i++)
			for (uint32_t k = a.sample > 0 ? a.sample - 1u : 0; k <= a.sample + 1u && k < STRIP_LATERAL; k++)
				if (bits[i] >> k & 1) {
					bits[i] &= (uint16_t) ~(1u << k);
					stack[top++] = (struct at){(uint16_t) i, (uint16_t) k};
				}
	}
}

/* Upright and narrow. */
static bool is_slim(const struct strip *s, const struct patch_of *p)
{
	double cells = p->end - p->first, dist_m = strip_dist(s, p->first);
	double most = strip_roof(s, TALLEST_M) + strip_cell(s, dist_m + LONGEST_M) - p->first;
	return p->area >= LEAST_AREA && cells >= strip_roof(s, SHORTEST_M) && cells <= most && p->area <= WIDTH_MOST * cells && p->first > 1 && p->end + 1 < s->n;
}

static bool by_vehicle(const struct traffic *tr, const struct patch_of *p)
{
	for (uint32_t k = 0; k < tr->n; k++) /* what has stood there from the first picture on may be a stain */
		if (!(tr->tracks[k].seed && tr->tracks[k].born_dist_m - tr->tracks[k].dist_m < SEED_M) && p->end + CLEAR_CELLS > track_front_cell(&tr->tracks[k], tr->strip) && p->first < track_end_cell(&tr->tracks[k], tr->strip) + CLEAR_CELLS)
			return true;
	return false;
}

/* It touches the strip's side: a body in the next lane may lean in there. */
static bool leans_in(const struct traffic *traffics, uint32_t n_lanes, uint32_t lane, const struct patch_of *p)
{
	double middle = (double) p->sum / p->area, from_m = strip_dist(traffics[lane].strip, p->first), to_m = strip_dist(traffics[lane].strip, p->end);
	if (!p->edge)
		return false;
	for (uint32_t k = 0; k < n_lanes; k++)
		for (uint32_t i = 0; k != lane && i < traffics[k].n; i++) {
			const struct track *t = &traffics[k].tracks[i];
			if (to_m > t->dist_m - ASIDE_M && from_m < strip_dist(traffics[k].strip, track_end_cell(t, traffics[k].strip)))
				return true;
		}
	return middle < MIDDLE_LEAST || middle > STRIP_LATERAL - 1 - MIDDLE_LEAST;
}

/* The first sample of the lower one, all of both. */
static void join_parts(struct patch_of *low, const struct patch_of *high)
{
	low->end = MAX(low->end, high->end);
	low->area += high->area;
	low->sum += high->sum;
}

/* Legs and head of one whose jacket is as grey as the road. Lower ones come first. */
static uint32_t join_people(const struct strip *s, struct patch_of *p, uint32_t n)
{
	uint32_t hidden = (uint32_t) strip_roof(s, HIDDEN_M), tallest = (uint32_t) strip_roof(s, TALLEST_M);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = i + 1; k < n;) {
			bool near = p[k].first + 1 >= p[i].end && p[k].first <= p[i].end + hidden && p[k].end <= p[i].first + tallest;
			if (!near || fabs((double) p[k].sum / p[k].area - (double) p[i].sum / p[i].area) > ASKEW) {
				k++;
				continue;
			}
			join_parts(&p[i], &p[k]);
			memmove(&p[k], &p[k + 1], (--n - k) * sizeof *p);
		}
	return n;
}

static uint32_t patches(const struct traffic *tr, struct patch_of *all)
{
	const struct strip *s = tr->strip;
	uint16_t bits[STRIP_MAX];
	uint32_t n = 0;
	memcpy(bits, backdrop_bodies(tr->backdrop), s->n * sizeof *bits);
	for (uint32_t i = 0; i < s->n; i++)
		for (uint32_t k = 0; bits[i] && k < STRIP_LATERAL && n < PATCHES_MAX; k++) {
			if (!(bits[i] >> k & 1))
				continue;
			flood(bits, s->n, i, k, &all[n]);
			n += all[n].area >= PART_AREA;
		}
	return n;
}

static uint32_t find(const struct traffic *traffics, uint32_t n_lanes, uint32_t lane, struct found *found, uint32_t n)
{
	const struct traffic *tr = &traffics[lane];
	const struct strip *s = tr->strip;
	struct patch_of all[PATCHES_MAX];
	uint32_t n_all = patches(tr, all);
	if (!backdrop_pushed(tr->backdrop)) /* edges beside their places would be parts of people */
		n_all = join_people(s, all, n_all);
	for (uint32_t i = 0; i < n_all && n < FOUND_MAX; i++) {
		const struct patch_of *p = &all[i];
		if (!is_slim(s, p) || by_vehicle(tr, p))
			continue;
		double share = ((double) p->foot_sum / p->foot_n + 0.5) / STRIP_LATERAL - 0.5, dist_m = strip_dist(s, p->first);
		double side_m = share * STRIP_LATERAL_SHARE * s->lane->width_m;
		found[n++] = (struct found){dist_m, side_m, view_lane_point(s->lane, dist_m, side_m), lane, p->first, p->end, leans_in(traffics, n_lanes, lane, p), false};
	}
	return n;
}

void slims_init(struct slims *s)
{
	*s = (struct slims){.begun_s = NAN, .now_s = NAN};
}

static void note_speed(struct slim_body *b, double now_s)
{
	b->most_m = fmax(b->most_m, hypot(b->x_m - b->first_x_m, b->y_m - b->first_y_m));
	if (now_s - b->mark_s < MARK_S)
		return;
	b->most_mps = fmax(b->most_mps, hypot(b->x_m - b->mark_x_m, b->y_m - b->mark_y_m) / (now_s - b->mark_s));
	b->mark_x_m = b->x_m;
	b->mark_y_m = b->y_m;
	b->mark_s = now_s;
}

static void see(struct slim_body *b, struct found *f, double now_s, double dt_s)
{
	/* Where it is cut by the strip's side nobody knows where it stands. */
	double dx = f->at.x_m - b->x_m, dy = f->at.y_m - b->y_m, alpha = f->edge ? 0.1 : 0.5, beta = f->edge ? 0 : b->sightings < YOUNG ? 0.5 : 0.15;
	b->x_m += alpha * dx;
	b->y_m += alpha * dy;
	b->vx_mps += beta * dx / fmax(dt_s, 0.02);
	b->vy_mps += beta * dy / fmax(dt_s, 0.02);
	b->dist_m = f->dist_m;
	b->side_m = f->side_m;
	b->lane = f->lane;
	b->unseen_s = 0;
	b->sightings++;
	note_speed(b, now_s);
	b->first = f->first;
	b->end = f->end;
	f->taken = true;
}

/* The nearest pair first. */
static void match(struct slims *s, struct found *found, uint32_t n, double dt_s, bool *seen)
{
	for (;;) {
		double best = 1;
		uint32_t who = 0, what = 0;
		for (uint32_t i = 0; i < s->n; i++)
			for (uint32_t k = 0; !seen[i] && k < n; k++) {
				const struct slim_body *b = &s->all[i];
				double gate_m = (b->sightings < YOUNG ? YOUNG_GATE_M : GATE_M) + 0.5 * b->unseen_s;
				double off = hypot(found[k].at.x_m - b->x_m, found[k].at.y_m - b->y_m) / gate_m;
				if (!found[k].taken && off < best) {
					best = off;
					who = i;
					what = k;
				}
			}
		if (best >= 1)
			return;
		seen[who] = true;
		see(&s->all[who], &found[what], s->now_s, dt_s);
	}
}

static void begin(struct slims *s, const struct found *found, uint32_t n)
{
	for (uint32_t k = 0; k < n && s->n < SLIM_MAX; k++)
		if (!found[k].taken && !found[k].edge)
			s->all[s->n++] = (struct slim_body){.x_m = found[k].at.x_m, .y_m = found[k].at.y_m, .dist_m = found[k].dist_m, .side_m = found[k].side_m,
				.lane = found[k].lane, .first_x_m = found[k].at.x_m, .first_y_m = found[k].at.y_m, .first_dist_m = found[k].dist_m, .born_s = s->now_s, .sightings = 1,
				.mark_x_m = found[k].at.x_m, .mark_y_m = found[k].at.y_m, .mark_s = s->now_s};
}

/* It rode up to the line, and over it. */
static void count(struct slim_body *b, struct traffic *tr)
{
	bool rode = b->most_mps >= SLIM_RIDES_MPS && b->first_dist_m - b->dist_m >= RIDES_M;
	if (b->counted || !rode || b->dist_m > 0)
		return;
	b->counted = true;
	tr->passed++;
	tr->passed_class[CLASS_TWO_WHEELER]++;
}

/* It goes somewhere, for long enough, and never as fast as nobody walks. What trembles on the spot is a stain or a part of something. */
static bool walks(const struct slims *s, const struct slim_body *b)
{
	double age_s = s->now_s - b->born_s, gone_m = hypot(b->x_m - b->first_x_m, b->y_m - b->first_y_m);
	bool known = b->born_s - s->begun_s > KNOWN_S && b->sightings >= PERSON_SIGHTINGS && age_s >= PERSON_S;
	return b->most_mps < WALKS_MPS && (b->walks || (known && gone_m >= fmax(PERSON_M, STROLL_MPS * age_s)));
}

static void move_on(struct slims *s, struct traffic *traffics, const bool *seen, double dt_s)
{
	for (uint32_t i = s->n; i-- > 0;) {
		struct slim_body *b = &s->all[i];
		bool slow = b->sightings > 2 * YOUNG && b->most_mps < WALKS_MPS;
		b->walks = walks(s, b);
		if (!seen[i]) {
			b->unseen_s += dt_s;
			b->dist_m += -hypot(b->vx_mps, b->vy_mps) * dt_s * (slow ? 0 : 1);
		}
		count(b, &traffics[b->lane]);
		if (b->unseen_s <= (slow ? WALKS_LOST_S : LOST_S))
			continue;
		s->n--;
		memmove(b, b + 1, (s->n - i) * sizeof *b);
	}
}

/* What came and stands is not learned as road. */
static void hold(const struct slims *s, struct traffic *traffics, uint32_t n_lanes)
{
	for (uint32_t k = 0; k < n_lanes; k++)
		traffics[k].n_slim = 0;
	for (uint32_t i = 0; i < s->n; i++) {
		const struct slim_body *b = &s->all[i];
		struct traffic *tr = &traffics[b->lane];
		if (b->sightings < YOUNG || b->most_m < PERSON_M || tr->n_slim == TRAFFIC_SLIM)
			continue;
		tr->slim[tr->n_slim].first = b->first - 2;
		tr->slim[tr->n_slim++].end = b->end + 2;
	}
}

static void follow(struct slims *s, struct found *found, uint32_t n, struct traffic *traffics, double t_s)
{
	bool seen[SLIM_MAX] = {false};
	double dt_s = isnan(s->now_s) ? 0.1 : CLAMP(t_s - s->now_s, 0.01, 1);
	s->now_s = t_s;
	if (isnan(s->begun_s))
		s->begun_s = t_s;
	for (uint32_t i = 0; i < s->n; i++) {
		s->all[i].x_m += s->all[i].vx_mps * dt_s;
		s->all[i].y_m += s->all[i].vy_mps * dt_s;
	}
	match(s, found, n, dt_s, seen);
	move_on(s, traffics, seen, dt_s);
	begin(s, found, n);
}

void slims_step(struct slims *s, struct traffic *traffics, uint32_t n_lanes, double t_s)
{
	struct found found[FOUND_MAX];
	uint32_t n = 0;
	for (uint32_t k = 0; k < n_lanes; k++)
		n = find(traffics, n_lanes, k, found, n);
	follow(s, found, n, traffics, t_s);
	hold(s, traffics, n_lanes);
}

void slims_spots(struct slims *s, const struct spot *spots, uint32_t n, struct traffic *traffics, double t_s)
{
	struct found found[FOUND_MAX];
	uint32_t n_found = 0;
	for (uint32_t i = 0; i < n && n_found < FOUND_MAX; i++)
		if (spots[i].kind == VEHICLE_PERSON && spots[i].lane != NET_NONE)
			found[n_found++] = (struct found){spots[i].dist_m, 0, spots[i].ground, spots[i].lane, 0, 0, false, false};
	follow(s, found, n_found, traffics, t_s);
}

double slims_person_m(const struct slims *s, const struct view *v, uint32_t lane)
{
	for (uint32_t i = 0; i < s->n; i++) {
		const struct slim_body *b = &s->all[i];
		bool here = b->lane == lane && b->walks && b->unseen_s < PERSON_RECENT_S && b->dist_m > LINE_M;
		if (here && !view_on_crossing(v, (struct net_point){b->x_m, b->y_m}, ASIDE_M))
			return b->dist_m;
	}
	return NAN;
}
