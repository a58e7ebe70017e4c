/* departs.c - reads what <vehicle>, <trip> and <flow> have in common: who, by which way, and how it enters; see routes_inside.h. */
#include <math.h>
#include <string.h>

#include "sim/routes_inside.h"

#define USED "id type route depart begin end number period vehsPerHour perHour probability departLane departSpeed departPos " \
	"arrivalLane arrivalPos arrivalSpeed insertionChecks reroute from* to* via*"
/* What people see, what was measured when the file was written, and the lateral play that there is none of. */
#define SILENT "color guiShape imgFile line personNumber containerNumber arrival departDelay routeLength departPosLat arrivalPosLat " \
	"personCapacity containerCapacity parkingBadges"

struct draft *draft_new(bool is_flow, int line)
{
	struct draft *d = g_new0(struct draft, 1);
	d->is_flow = is_flow;
	d->line = line;
	d->route = d->from = d->to = NET_NONE;
	d->via = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	return d;
}

void draft_free(struct draft *d)
{
	if (!d)
		return;
	g_free(d->id);
	g_free(d->type);
	g_array_unref(d->via);
	g_free(d);
}

struct word {
	const char *text;
	double value;
};

/* One of SUMO's words, by a table that ends with a NULL text. */
static bool read_word(const char *text, const struct word *words, double *value)
{
	for (; words->text; words++)
		if (strcmp(text, words->text) == 0) {
			*value = words->value;
			return true;
		}
	return false;
}

static bool read_lane(const struct netattr *a, struct departure *how, GError **error)
{
	static const struct word words[] = {{"first", DEPART_FIRST}, {"best", DEPART_BEST}, {"best_prob", DEPART_BEST}, {"free", DEPART_FREE},
		{"allowed", DEPART_FREE}, {"random", DEPART_RANDOM}, {NULL, 0}};
	const char *text = netattr_get(a, "departLane");
	double word = DEPART_FIRST;
	uint32_t index = 0;
	if (text && g_ascii_isdigit(*text)) {
		if (!netattr_count(a, "departLane", 63, true, &index, error))
			return false;
		word = index;
	} else if (text && !read_word(text, words, &word)) {
		return netattr_fail(a, error, "departLane is '%.40s', must be a lane's index, first, best, free, allowed or random", text);
	}
	how->lane = (int32_t) word;
	return true;
}

static bool read_speed(const struct netattr *a, struct departure *how, GError **error)
{
	static const struct word words[] = {{"max", DEPART_MAX}, {"desired", DEPART_DESIRED}, {"speedLimit", DEPART_LIMIT},
		{"random", DEPART_SPEED_RANDOM}, {"last", DEPART_SPEED_LAST}, {"avg", DEPART_SPEED_AVG}, {NULL, 0}};
	const char *text = netattr_get(a, "departSpeed");
	if (!text || !g_ascii_isalpha(*text) || !g_ascii_strcasecmp(text, "nan") || !g_ascii_strcasecmp(text, "inf"))
		return netattr_number(a, "departSpeed", &(struct netrange){0, 150, false, " m/s"}, false, &how->speed_mps, error);
	return read_word(text, words, &how->speed_mps) ||
		netattr_fail(a, error, "departSpeed is '%.40s', must be m/s, max, desired, speedLimit, random, last or avg", text);
}

static bool read_pos(struct reader *r, const struct netattr *a, struct draft *d, GError **error)
{
	static const struct word words[] = {{"base", DEPART_BASE}, {"last", DEPART_LAST}, {"free", DEPART_BASE}, {"stop", DEPART_BASE},
		{"random", DEPART_POS_RANDOM}, {"random_free", DEPART_POS_RANDOM}, {NULL, 0}};
	const char *text = netattr_get(a, "departPos");
	if (!text || !g_ascii_isalpha(*text) || !g_ascii_strcasecmp(text, "nan") || !g_ascii_strcasecmp(text, "inf")) {
		d->pos_given = text != NULL;
		return netattr_number(a, "departPos", &(struct netrange){-1e6, 1e6, false, " m"}, false, &d->how.pos_m, error);
	}
	if (!read_word(text, words, &d->how.pos_m))
		return netattr_fail(a, error, "departPos is '%.40s', must be m, base, last, free, random, random_free or stop", text);
	if (!strcmp(text, "free") || !strcmp(text, "stop"))
		routes_note(r, a, "departPos", "departPos: free and stop are taken as base");
	return true;
}

static bool read_ends(struct reader *r, const struct netattr *a, struct draft *d, GError **error)
{
	static const char *const zones[] = {"fromTaz", "toTaz", "fromJunction", "toJunction", "fromXY", "toXY", "fromLonLat", "toLonLat",
		"viaJunctions", "viaXY", "viaLonLat"};
	g_autoptr(GArray) ends = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	for (size_t k = 0; k < G_N_ELEMENTS(zones); k++)
		if (netattr_get(a, zones[k]) && !netattr_get(a, "route")) {
			routes_note(r, a, "zones", "trips from or to zones, junctions or coordinates are left out");
			d->left_out = true;
			return true;
		}
	if (!netattr_get(a, "from"))
		return true;
	/* Without an end it drives to the end of its first edge, as in SUMO. */
	if (!ways_read_edges(r, a, "from", ends, error) || !ways_read_edges(r, a, netattr_get(a, "to") ? "to" : "from", ends, error) ||
		!ways_read_edges(r, a, "via", d->via, error))
		return false;
	if (ends->len != 2)
		return netattr_fail(a, error, "from and to must each name one edge");
	d->from = g_array_index(ends, uint32_t, 0);
	d->to = g_array_index(ends, uint32_t, 1);
	return true;
}

static bool read_route(struct reader *r, const struct netattr *a, struct draft *d, GError **error)
{
	const char *route = netattr_get(a, "route");
	if (!route)
		return true;
	d->route = GPOINTER_TO_UINT(g_hash_table_lookup(r->routes, route)) - 1;
	d->route_mix = g_hash_table_lookup(r->route_mixes, route);
	return d->route != NET_NONE || d->route_mix || netattr_fail(a, error, "has route '%.80s', which is not there yet", route);
}

static bool read_depart(struct reader *r, const struct netattr *a, struct draft *d, GError **error)
{
	const char *depart = netattr_get(a, "depart");
	if (depart && (!strcmp(depart, "triggered") || !strcmp(depart, "containerTriggered") || !strcmp(depart, "split"))) {
		routes_note(r, a, "depart", "depart: vehicles that wait for something other than a time are left out");
		d->left_out = true;
		return true;
	}
	return netattr_time(a, "depart", true, &d->how.depart_s, error);
}

/* How it arrives is not ours to choose: it leaves the world at the end of its last edge. */
static void note_arrival(struct reader *r, const struct netattr *a)
{
	const char *lane = netattr_get(a, "arrivalLane"), *pos = netattr_get(a, "arrivalPos"), *speed = netattr_get(a, "arrivalSpeed");
	const char *checks = netattr_get(a, "insertionChecks"), *reroute = netattr_get(a, "reroute");
	if (pos && strcmp(pos, "max") != 0)
		routes_note(r, a, "arrivalPos", "arrivalPos: vehicles arrive at the end of their last edge");
	if (lane && strcmp(lane, "current") != 0)
		routes_note(r, a, "arrivalLane", "arrivalLane: vehicles arrive on any lane");
	if (speed && strcmp(speed, "current") != 0)
		routes_note(r, a, "arrivalSpeed", "arrivalSpeed: vehicles arrive at any speed");
	if (checks && strcmp(checks, "all") != 0)
		routes_note(r, a, "insertionChecks", "insertionChecks: all are made, nobody enters into another one's way");
	if (reroute && (!strcmp(reroute, "true") || !strcmp(reroute, "1")))
		routes_note(r, a, "reroute", "reroute: vehicles keep to the way that they began with");
}

bool departs_read(struct reader *r, const struct netattr *a, struct draft *d, GError **error)
{
	const char *id, *type = netattr_get(a, "type");
	d->how = (struct departure){.speed_mps = 0, .pos_m = DEPART_BASE};
	if (!netattr_text(a, "id", &id, error))
		return false;
	if (!g_hash_table_add(r->ids, g_strdup(id)))
		return netattr_fail(a, error, "is there twice");
	d->id = g_strdup(id);
	d->type = g_strdup(type ? type : DEFAULT_TYPE);
	if (!types_known(r, d->type))
		return netattr_fail(a, error, "has type '%.80s', which is not there yet", d->type);
	if (!read_lane(a, &d->how, error) || !read_speed(a, &d->how, error) || !read_pos(r, a, d, error) || !read_route(r, a, d, error) ||
		!read_ends(r, a, d, error))
		return false;
	note_arrival(r, a);
	routes_note_others(r, a, USED, SILENT);
	return d->is_flow ? flows_read(r, a, d, error) : read_depart(r, a, d, error);
}

bool departs_place(struct reader *r, const struct netattr *a, const struct draft *d, struct departure *v, GError **error)
{
	const struct net_edge *edge = &r->net->edges[g_array_index(r->route_list, struct route, v->route).edges[0]];
	uint32_t index = v->lane >= 0 && (uint32_t) v->lane < edge->n_lanes ? (uint32_t) v->lane : 0;
	double length_m = r->net->lanes[edge->first_lane + index].length_m;
	if (!d->pos_given)
		return true;
	if (v->pos_m < 0) /* counted from the end of the lane */
		v->pos_m += length_m;
	if (v->pos_m < 0)
		return netattr_fail(a, error, "%.80s has departPos %g m, edge %.80s is %g m long", d->id, d->how.pos_m, edge->id, length_m);
	if (v->pos_m > length_m) {
		routes_note(r, a, "departPos far", "departPos: beyond the end of the lane is its end");
		v->pos_m = length_m;
	}
	return true;
}
