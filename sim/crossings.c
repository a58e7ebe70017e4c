/* crossings.c - where the paths over a node touch; see roads.h.
 *
 * Who is a foe of whom is the network file's word (request matrix). Where they meet is measured here: a path's zone is
 * the stretch on which its centre line comes nearer to the foe's than two vehicles' half widths and a margin.
 */
#include "sim/krauss.h"
#include "sim/pages.h"
#include "sim/roads.h"

#include <math.h>
#include <string.h>

#define TOUCH_M 1.9  /* centre lines nearer than this: in each other's way (vehicles of 1.8 m and 0.1 m of air) */
#define NEAR_M 4.5   /* foes that never come nearer than this do not touch at all */
#define SAMPLE_M 0.5
#define BLOCK 8u      /* samples */
#define CLIP_M 4.0   /* a zone that begins this little before the waiting place begins at it: the place is meant to be free */

struct line {
	struct net_point *at; /* a point each SAMPLE_M along the path */
	uint32_t n;
	double step_m;       /* along the path */
	double between_m;    /* two samples are never further apart */
};

static struct line sample_path(const struct roads *r, uint32_t link)
{
	const struct road_link *rl = &r->links[link];
	struct line line = {.n = (uint32_t) ceil(rl->path_m / SAMPLE_M) + 1};
	line.at = g_new(struct net_point, line.n);
	line.step_m = line.n > 1 ? rl->path_m / (line.n - 1) : 0;
	for (uint32_t k = 0; k < line.n; k++) {
		double s = k * line.step_m;
		bool second = rl->via[1] != NET_NONE && s > rl->wait_m;
		const struct net_lane *lane = &r->net->lanes[rl->via[second]];
		line.at[k] = network_point(lane, second ? s - rl->wait_m : s, NULL);
		if (k)
			line.between_m = fmax(line.between_m, hypot(line.at[k].x_m - line.at[k - 1].x_m, line.at[k].y_m - line.at[k - 1].y_m));
	}
	return line;
}

/* Samples that may be left out, since a distance changes by no more than the way between two of them: the next ones are still further away than
 * `near_m`. */
static uint32_t leap(double distance_m, double near_m, double between_m)
{
	return distance_m > near_m + between_m ? (uint32_t) fmin((distance_m - near_m) / between_m, 1e6) : 1;
}

static double square_m2(const struct line *line, uint32_t k, struct net_point p)
{
	double dx = line->at[k].x_m - p.x_m, dy = line->at[k].y_m - p.y_m;
	return dx * dx + dy * dy;
}

/* First one sample of each block, then the blocks that may hold a nearer one. */
static double distance_m(const struct line *line, struct net_point p)
{
	double best = INFINITY;
	for (uint32_t k = BLOCK / 2; k < line->n + BLOCK / 2; k += BLOCK)
		best = lesser(best, square_m2(line, MIN(k, line->n - 1), p));
	double reach = sqrt(best) + BLOCK * line->between_m, out = reach * reach;
	for (uint32_t first = 0; first < line->n; first += BLOCK) {
		uint32_t end = MIN(first + BLOCK, line->n);
		if (square_m2(line, MIN(first + BLOCK / 2, line->n - 1), p) > out)
			continue;
		for (uint32_t k = first; k < end; k++)
			best = lesser(best, square_m2(line, k, p));
	}
	return sqrt(best);
}

/* The stretch of `a` within `touch_m` of `b`; where there is none, the point of least distance. Returns that distance. */
static double find_zone(const struct line *a, const struct line *b, double touch_m, float *enter_m, float *leave_m)
{
	double least = INFINITY, at = 0, first = INFINITY, last = -INFINITY;
	for (uint32_t k = 0, step; k < a->n; k += step) {
		double s = k * a->step_m, d = distance_m(b, a->at[k]);
		if (d < least) {
			least = d;
			at = s;
		}
		if (d < touch_m) {
			first = fmin(first, s);
			last = fmax(last, s);
		}
		step = leap(d, fmax(least, touch_m), a->between_m);
	}
	if (first > last)
		first = last = at;
	*enter_m = (float) fmax(0, first - a->step_m / 2);
	*leave_m = (float) fmin((a->n - 1) * a->step_m, last + a->step_m / 2);
	return least;
}

static uint8_t place_in_section(const struct road_link *rl, float *enter_m, float leave_m)
{
	if (rl->via[1] == NET_NONE)
		return 0;
	if (*enter_m > rl->wait_m - CLIP_M && leave_m > rl->wait_m)
		*enter_m = fmaxf(*enter_m, rl->wait_m);
	return *enter_m >= rl->wait_m;
}

static void append(struct roads *r, GArray *list, uint32_t i, struct conflict c)
{
	c.foe_bit = r->links[c.foe].bit;
	r->links[i].foes |= UINT64_C(1) << c.foe_bit;
	r->links[i].yields |= c.yields;
	r->links[i].unruled = r->net->nodes[r->net->links[i].node].n_requests == 0;
	r->links[i].crossed |= c.kind == CONFLICT_CROSS || c.kind == CONFLICT_MERGE;
	g_array_append_val(list, c);
}

/* A turn with a place to wait inside gives way there to whom the file's internal junction names: links from lanes that come in on it, over
 * internal lanes that it lists. */
struct waiting {
	const struct net_node **at; /* per link: its internal junction, or NULL */
};

static struct waiting find_waiting(const struct roads *r)
{
	const struct network *net = r->net;
	struct waiting w = {g_new0(const struct net_node *, net->n_links + 1)};
	for (uint32_t n = 0; n < net->n_nodes; n++) {
		const struct net_node *node = &net->nodes[n];
		uint32_t link = node->n_inner && node->n_incoming ? r->lanes[node->incoming[0]].link : NET_NONE;
		if (link != NET_NONE && r->links[link].via[1] != NET_NONE)
			w.at[link] = node;
	}
	return w;
}

static bool is_among(uint32_t x, const uint32_t *list, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++)
		if (list[k] == x)
			return true;
	return false;
}

static bool waits_for(const struct roads *r, const struct net_node *place, uint32_t k)
{
	return is_among(r->net->links[k].from_lane, place->incoming + 1, place->n_incoming - 1) &&
		is_among(r->links[k].via[0], place->inner, place->n_inner);
}

static void add_conflict(struct roads *r, GArray *list, const struct waiting *waiting, uint32_t i, uint32_t k, const struct line *a,
	const struct line *b)
{
	const struct net_link *li = &r->net->links[i], *lk = &r->net->links[k];
	const struct net_node *node = &r->net->nodes[li->node];
	bool same_from = li->from_lane == lk->from_lane, same_to = li->to_lane == lk->to_lane, unruled = node->n_requests == 0;
	bool named = waiting->at[i] && waits_for(r, waiting->at[i], k);
	if (!same_from && !same_to && !unruled && !named && !network_foes(node, li->request, lk->request))
		return; /* where the file rules nothing, those that meet sort it out inside */
	struct conflict c = {
		.foe = k,
		.kind = same_from ? CONFLICT_PART : same_to ? CONFLICT_MERGE : CONFLICT_CROSS,
		.yields = !same_from && (unruled ? same_to : waiting->at[i] ? named : network_yields(node, li->request, lk->request)),
		.foe_yields = !same_from && (unruled ? same_to : network_yields(node, lk->request, li->request)),
	};
	if (a->n < 2 || b->n < 2) {
		if (same_from || !network_foes(node, li->request, lk->request))
			return;
		c.kind = CONFLICT_DISTANT;
		append(r, list, i, c);
		return;
	}
	double touch = same_from ? TOUCH_M - 0.2 : TOUCH_M;
	double near = find_zone(a, b, touch, &c.enter_m, &c.leave_m);
	find_zone(b, a, touch, &c.foe_enter_m, &c.foe_leave_m);
	if (c.kind == CONFLICT_CROSS && near > (unruled ? touch : NEAR_M)) {
		if (unruled)
			return;
		c.kind = CONFLICT_DISTANT;
	}
	c.section = place_in_section(&r->links[i], &c.enter_m, c.leave_m);
	c.foe_section = place_in_section(&r->links[k], &c.foe_enter_m, c.foe_leave_m);
	append(r, list, i, c);
}

void crossings_make(struct roads *r)
{
	const struct network *net = r->net;
	g_autoptr(GArray) list = g_array_new(FALSE, TRUE, sizeof(struct conflict));
	struct line *lines = g_new0(struct line, net->n_links + 1);
	struct waiting waiting = find_waiting(r);
	g_autofree uint32_t *first = g_new0(uint32_t, net->n_nodes + 2);
	g_autofree uint32_t *of_node = g_new0(uint32_t, net->n_links + 1);
	/* Links from streets sorted by node: count, then place. */
	for (uint32_t k = 0; k < net->n_links; k++)
		if (net->edges[net->lanes[net->links[k].from_lane].edge].function == NET_NORMAL)
			first[net->links[k].node + 1]++;
	for (uint32_t n = 0; n < net->n_nodes; n++)
		first[n + 1] += first[n];
	g_autofree uint32_t *fill = g_memdup2(first, (net->n_nodes + 1) * sizeof(uint32_t));
	for (uint32_t k = 0; k < net->n_links; k++) {
		if (net->edges[net->lanes[net->links[k].from_lane].edge].function != NET_NORMAL)
			continue;
		of_node[fill[net->links[k].node]++] = k;
		if (r->links[k].via[0] != NET_NONE)
			lines[k] = sample_path(r, k);
	}
	for (uint32_t n = 0; n < net->n_nodes; n++)
		for (uint32_t a = first[n]; a < first[n + 1]; a++) {
			r->links[of_node[a]].node = n;
			r->links[of_node[a]].bit = (uint8_t) ((a - first[n]) % 64);
		}
	for (uint32_t n = 0; n < net->n_nodes; n++)
		for (uint32_t a = first[n]; a < first[n + 1]; a++) {
			uint32_t i = of_node[a];
			r->links[i].first_conflict = list->len;
			for (uint32_t b = first[n]; b < first[n + 1]; b++)
				if (of_node[b] != i)
					add_conflict(r, list, &waiting, i, of_node[b], &lines[i], &lines[of_node[b]]);
			r->links[i].n_conflicts = list->len - r->links[i].first_conflict;
		}
	for (uint32_t k = 0; k < net->n_links; k++)
		g_free(lines[k].at);
	g_free(lines);
	g_free(waiting.at);
	r->n_conflicts = list->len;
	r->conflicts = pages_alloc(list->len, sizeof(struct conflict));
	if (list->len)
		memcpy(r->conflicts, list->data, list->len * sizeof(struct conflict));
}
