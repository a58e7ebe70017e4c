/* sumo_view.c - see sumo_view.h. */
#include "daemon/sumo_view.h"

#include <string.h>

#define STANDING_MPS 0.1 /* SUMO's own word for halting */
#define FASTEST_MPS 50.0 /* so far beyond the stop line must one be seen that has just passed it */
#define ID_MOST 1024
#define INSIDE_MOST 4 /* lanes on one way over a node */

struct place { /* a node with a signal */
	uint32_t node;
	double radius_m; /* of a circle that holds all the stretches of lanes that are looked at from here */
};

struct vehicle {
	struct traci_text id; /* owned */
	uint32_t lane;        /* NET_NONE: it is on none that we know */
	double pos_m, speed_mps, length_m;
	double standing_since_s; /* INFINITY: it moves, or has just come */
	uint32_t times;          /* it is seen: 1, but for faults */
	uint64_t seen;           /* the picture it was last in */
};

struct spot { /* a vehicle in view */
	uint32_t lane;
	struct seen_vehicle seen;
};

struct picture {
	double t_s;
	GArray *spots;        /* by lane and then by distance */
	uint32_t *passed_veh; /* of each lane, since the picture before */
};

struct sumo_view {
	const struct network *net;
	double view_m;
	struct feeders *feeders; /* geometry only */
	GArray *places;
	GHashTable *vehicles; /* struct vehicle, its own key */
	GQueue pictures;      /* struct picture, the newest last; the first is the one to tell */
	struct picture *next; /* under way */
	struct sumo_faults faults;
	bool *dead; /* each lane */
	uint64_t n_pictures;
	double t_s;
};

static guint hash_id(gconstpointer key)
{
	const struct traci_text *id = key;
	guint32 h = 2166136261u; /* Fowler, Noll, Vo: FNV-1a, 32 bits */

	for (uint32_t i = 0; i < id->length; i++)
		h = (h ^ (guint8) id->at[i]) * 16777619u;
	return h;
}

static gboolean same_id(gconstpointer a, gconstpointer b)
{
	const struct traci_text *x = a, *y = b;

	return x->length == y->length && memcmp(x->at, y->at, x->length) == 0;
}

static void free_vehicle(gpointer user)
{
	struct vehicle *v = user;

	g_free((char *) v->id.at);
	g_free(v);
}

static struct picture *picture_new(const struct network *net)
{
	struct picture *p = g_new0(struct picture, 1);

	p->spots = g_array_new(false, false, sizeof(struct spot));
	p->passed_veh = g_new0(uint32_t, net->n_lanes + 1);
	return p;
}

static void picture_free(gpointer user)
{
	struct picture *p = user;

	if (p == NULL)
		return;
	g_array_unref(p->spots);
	g_free(p->passed_veh);
	g_free(p);
}

static bool is_watched(const struct sumo_view *v, uint32_t lane)
{
	uint32_t n;

	feeders_fed(v->feeders, lane, &n);
	return (n > 0 || feeders_inside(v->feeders, lane)) && feeders_beyond_m(v->feeders, lane) < v->view_m;
}

/* The node at whose signal the lane ends. */
static uint32_t node_of(const struct network *net, uint32_t lane)
{
	const struct net_lane *l = &net->lanes[lane];

	for (uint32_t i = 0; i < l->n_links; i++)
		if (net->links[l->first_link + i].signal != NET_NONE)
			return net->links[l->first_link + i].node;
	return NET_NONE;
}

static struct place *place_at(struct sumo_view *v, uint32_t node)
{
	for (guint i = 0; i < v->places->len; i++)
		if (g_array_index(v->places, struct place, i).node == node)
			return &g_array_index(v->places, struct place, i);
	struct place p = {.node = node};
	g_array_append_val(v->places, p);
	return &g_array_index(v->places, struct place, v->places->len - 1);
}

static void widen(struct place *p, const struct network *net, struct net_point to)
{
	const struct net_point at = net->nodes[p->node].at;

	p->radius_m = fmax(p->radius_m, hypot(to.x_m - at.x_m, to.y_m - at.y_m));
}

/* Until the circle holds the lane, from where the view begins to its end. */
static void look_at(struct sumo_view *v, uint32_t lane)
{
	const struct net_lane *l = &v->net->lanes[lane];
	uint32_t n;
	const uint32_t *fed = feeders_fed(v->feeders, lane, &n);
	if (n == 0)
		return; /* inside a junction: the circle is around it */
	struct place *p = place_at(v, node_of(v->net, fed[0]));
	double from_m = fmax(l->length_m - (v->view_m - feeders_beyond_m(v->feeders, lane)), 0);

	widen(p, v->net, network_point(l, from_m, NULL));
	if (from_m <= 0)
		for (uint32_t i = 0; i < l->n_shape; i++)
			widen(p, v->net, l->shape[i]);
	for (double at_m = l->length_m; at_m > from_m; at_m -= 10) /* bends */
		widen(p, v->net, network_point(l, at_m, NULL));
}

struct sumo_view *sumo_view_new(const struct network *net, double view_m, const struct sumo_faults *faults)
{
	struct sumo_view *v = g_new0(struct sumo_view, 1);

	v->net = net;
	v->view_m = view_m;
	v->feeders = feeders_new(net, view_m);
	v->places = g_array_new(false, false, sizeof(struct place));
	v->vehicles = g_hash_table_new_full(hash_id, same_id, NULL, free_vehicle);
	v->next = picture_new(net);
	v->faults = *faults;
	v->dead = sumo_faults_dead(faults, net, v->feeders);
	g_queue_init(&v->pictures);
	for (uint32_t l = 0; l < net->n_lanes; l++)
		if (is_watched(v, l))
			look_at(v, l);
	return v;
}

void sumo_view_free(struct sumo_view *v)
{
	if (v == NULL)
		return;
	feeders_free(v->feeders);
	g_array_unref(v->places);
	g_hash_table_unref(v->vehicles);
	g_queue_clear_full(&v->pictures, picture_free);
	picture_free(v->next);
	g_free(v->dead);
	g_free(v);
}

void sumo_view_subscribe(const struct sumo_view *v, struct traci_out *message, double step_s)
{
	static const uint8_t variables[] = {TRACI_VEHICLE_LANE, TRACI_VEHICLE_LANE_POS, TRACI_VEHICLE_SPEED, TRACI_VEHICLE_LENGTH};

	for (guint i = 0; i < v->places->len; i++) {
		const struct place *p = &g_array_index(v->places, struct place, i);
		traci_out_watch_around(message, TRACI_WATCH_JUNCTION_AROUND, v->net->nodes[p->node].id, TRACI_VEHICLES,
			p->radius_m + FASTEST_MPS * step_s, variables, sizeof variables);
	}
}

void sumo_view_begin(struct sumo_view *v)
{
	v->n_pictures++;
	g_array_set_size(v->next->spots, 0);
	memset(v->next->passed_veh, 0, v->net->n_lanes * sizeof v->next->passed_veh[0]);
}

static struct vehicle *vehicle_of(struct sumo_view *v, struct traci_text id)
{
	struct vehicle *vehicle = g_hash_table_lookup(v->vehicles, &id);

	if (vehicle != NULL)
		return vehicle;
	vehicle = g_new0(struct vehicle, 1);
	vehicle->id = (struct traci_text){g_strndup(id.at, id.length), id.length};
	vehicle->lane = NET_NONE;
	vehicle->standing_since_s = INFINITY;
	vehicle->times = sumo_faults_times(&v->faults, hash_id(&id));
	g_hash_table_add(v->vehicles, vehicle);
	return vehicle;
}

/* SUMO says no lane while a vehicle is being moved elsewhere; it may also be on one that our network leaves out. */
static uint32_t lane_of(const struct sumo_view *v, uint32_t last, struct traci_text id)
{
	char name[ID_MOST];

	if (last != NET_NONE && traci_text_is(id, v->net->lanes[last].id))
		return last;
	if (id.length >= sizeof name)
		return NET_NONE;
	memcpy(name, id.at, id.length);
	name[id.length] = 0;
	return network_lane(v->net, name);
}

/* Short lanes inside a node that it drove over between two pictures. */
static void count_between(struct sumo_view *v, uint32_t before, uint32_t lane, uint32_t times)
{
	const struct network *net = v->net;

	for (uint32_t i = net->lanes[before].first_link; i < net->lanes[before].first_link + net->lanes[before].n_links; i++) {
		uint32_t on[INSIDE_MOST], n = 0, at = net->links[i].via;
		while (at != NET_NONE && at != lane && n < INSIDE_MOST) {
			const struct net_link *next = &net->links[net->lanes[at].first_link];
			on[n++] = at;
			at = net->lanes[at].n_links == 0 ? NET_NONE : next->via != NET_NONE ? next->via : next->to_lane;
		}
		if (at != lane || at == NET_NONE)
			continue;
		for (uint32_t k = 0; k < n; k++)
			v->next->passed_veh[on[k]] += times;
		return;
	}
}

static void move_to(struct sumo_view *v, struct vehicle *vehicle, uint32_t lane)
{
	const struct net_lane *lanes = v->net->lanes;
	uint32_t before = vehicle->lane;

	if (before != NET_NONE && lane != NET_NONE && lanes[before].edge != lanes[lane].edge) {
		v->next->passed_veh[before] += vehicle->times;
		count_between(v, before, lane, vehicle->times);
	}
	vehicle->lane = lane;
}

static bool absurd(struct traci_text id, const char *what, double value, GError **error)
{
	g_autofree char *name = traci_printable(id);

	g_set_error(error, TRACI_ERROR, TRACI_ERROR_GARBAGE, "SUMO says that vehicle \"%s\" has %s of %g", name, what, value);
	return false;
}

bool sumo_view_see(struct sumo_view *v, struct traci_text id, const struct traci_value *values, uint32_t n, GError **error)
{
	struct vehicle *vehicle = vehicle_of(v, id);
	double pos_m = UNKNOWN, speed_mps = UNKNOWN, length_m = UNKNOWN;
	struct traci_text lane = {"", 0};

	if (vehicle->seen == v->n_pictures)
		return true; /* from another node already */
	for (uint32_t i = 0; i < n; i++) {
		if (values[i].variable == TRACI_VEHICLE_LANE)
			lane = values[i].text;
		else if (values[i].variable == TRACI_VEHICLE_LANE_POS)
			pos_m = values[i].number;
		else if (values[i].variable == TRACI_VEHICLE_SPEED)
			speed_mps = values[i].number;
		else if (values[i].variable == TRACI_VEHICLE_LENGTH)
			length_m = values[i].number;
	}
	vehicle->seen = v->n_pictures;
	move_to(v, vehicle, lane_of(v, vehicle->lane, lane));
	if (vehicle->lane == NET_NONE)
		return true; /* not on a road: its other values mean nothing */
	if (!isfinite(pos_m))
		return absurd(id, "a place", pos_m, error);
	if (!(speed_mps > -80 && speed_mps <= 80))
		return absurd(id, "a speed", speed_mps, error);
	if (!(length_m > 0 && length_m <= 1000))
		return absurd(id, "a length", length_m, error);
	vehicle->pos_m = pos_m;
	vehicle->speed_mps = fmax(speed_mps, 0);
	vehicle->length_m = length_m;
	return true;
}

static int by_place(const void *a, const void *b)
{
	const struct spot *x = a, *y = b;

	if (x->lane != y->lane)
		return x->lane < y->lane ? -1 : 1;
	if (x->seen.dist_to_stop_m != y->seen.dist_to_stop_m)
		return x->seen.dist_to_stop_m < y->seen.dist_to_stop_m ? -1 : 1;
	return (x->seen.speed_mps > y->seen.speed_mps) - (x->seen.speed_mps < y->seen.speed_mps); /* the hash table's order must not show */
}

/* Those it is seen as: a second one stands behind the first. */
static void add_spots(struct sumo_view *v, const struct vehicle *vehicle)
{
	struct spot spot = {vehicle->lane, {UNKNOWN, vehicle->speed_mps, vehicle->length_m}};

	if (vehicle->lane == NET_NONE || v->dead[vehicle->lane] || !is_watched(v, vehicle->lane))
		return;
	spot.seen.dist_to_stop_m = feeders_to_stop_m(v->feeders, vehicle->lane, vehicle->pos_m);
	for (uint32_t k = 0; k < vehicle->times && spot.seen.dist_to_stop_m <= v->view_m; k++) {
		g_array_append_val(v->next->spots, spot);
		spot.seen.dist_to_stop_m += vehicle->length_m;
	}
}

/* The first picture is the one that has just arrived: the newest that is old enough. */
static void keep_picture(struct sumo_view *v)
{
	g_queue_push_tail(&v->pictures, v->next);
	v->next = NULL;
	while (v->pictures.length > 1) {
		const struct picture *second = v->pictures.head->next->data;
		if (second->t_s > v->t_s - v->faults.late_s + 1e-6)
			break;
		picture_free(v->next);
		v->next = g_queue_pop_head(&v->pictures);
	}
	if (v->next == NULL)
		v->next = picture_new(v->net);
}

/* Whose trip ended in view, further up than the last lane: it does not come to the signal. */
static void count_gone(struct sumo_view *v, const struct vehicle *vehicle)
{
	double to_stop_m = vehicle->lane == NET_NONE ? UNKNOWN : feeders_to_stop_m(v->feeders, vehicle->lane, vehicle->pos_m);

	if (to_stop_m <= v->view_m && feeders_beyond_m(v->feeders, vehicle->lane) > 0)
		v->next->passed_veh[vehicle->lane] += vehicle->times;
}

void sumo_view_end(struct sumo_view *v, double t_s)
{
	GHashTableIter at;
	struct vehicle *vehicle;

	v->t_s = v->next->t_s = t_s;
	g_hash_table_iter_init(&at, v->vehicles);
	while (g_hash_table_iter_next(&at, (gpointer *) &vehicle, NULL)) {
		if (vehicle->seen != v->n_pictures) {
			count_gone(v, vehicle);
			g_hash_table_iter_remove(&at);
			continue;
		}
		if (vehicle->lane == NET_NONE || vehicle->speed_mps >= STANDING_MPS)
			vehicle->standing_since_s = INFINITY;
		else
			vehicle->standing_since_s = fmin(vehicle->standing_since_s, t_s);
		add_spots(v, vehicle);
	}
	g_array_sort(v->next->spots, by_place);
	keep_picture(v);
}

void sumo_view_tell(const struct sumo_view *v, struct wire_call *step)
{
	const struct picture *p = g_queue_peek_head((GQueue *) &v->pictures);
	guint k = 0;

	if (p == NULL || p->t_s > v->t_s - v->faults.late_s + 1e-6)
		return;
	g_autofree struct seen_vehicle *seen = g_new(struct seen_vehicle, p->spots->len + 1);
	const struct spot *spots = (const struct spot *) (void *) p->spots->data;
	step->taken_s = v->faults.late_s > 0 ? p->t_s : UNKNOWN;
	for (uint32_t lane = 0; lane < v->net->n_lanes; lane++) {
		uint32_t n = 0;
		if (v->dead[lane] || !is_watched(v, lane))
			continue;
		while (k < p->spots->len && spots[k].lane == lane)
			seen[n++] = spots[k++].seen;
		wire_call_lane(step, lane, p->passed_veh[lane], seen, n);
	}
}

uint32_t sumo_view_standing(const struct sumo_view *v, double for_s)
{
	GHashTableIter at;
	struct vehicle *vehicle;
	uint32_t n = 0;

	g_hash_table_iter_init(&at, v->vehicles);
	while (g_hash_table_iter_next(&at, (gpointer *) &vehicle, NULL))
		n += v->t_s - vehicle->standing_since_s >= for_s;
	return n;
}
