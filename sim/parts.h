/* parts.h - the inside of a world, shared by the files that step it: vehicles.c keeps the order on the lanes; approach.c, yield.c,
 * box.c and zones.c say who may cross, drive.c and pace.c how fast, change.c who changes lanes, enter.c who comes in; tally.c counts,
 * crew.c divides a step among threads.
 *
 * `slot` is a vehicle's place in world.cars: 0 .. n-1, dense. Now and then vehicles are sorted into the order in which they stand on the
 * lanes (vehicles_sort), since a step goes lane by lane and reads memory in one direction then. Slots change there and when a vehicle
 * leaves, both between moving and changing lanes: what is remembered by slot is remembered from then until the next move only.
 *
 * A step has phases; each reads what the one before has left and writes its own vehicles only, so the order of vehicles and the number
 * of threads do not matter: approach (who comes to which link), plan (how fast), move; then, one after another, crossing to the next lane;
 * then tails, lane changes (edge by edge, from what the other edges were before) and entering.
 */
#pragma once

#include "sim/noise.h"
#include "sim/pace.h"
#include "sim/roads.h"
#include "sim/world.h"

#define NOBODY UINT32_MAX
#define HALT_MPS 0.1 /* SUMO's limit for "waiting" */
#define SIGHT_M 4.5  /* a foe is seen from this far before the line (SUMO's default visibility) */

/* Why a vehicle did not pass the stop line before it in the last step. */
enum held { HELD_NOT, HELD_RED, HELD_AMBER, HELD_BOX, HELD_YIELD, HELD_LANE /* the wrong lane ends */,
	HELD_NODE /* those on the node */ };

enum car_flag {
	CAR_STUCK = 1 << 0,     /* could not change to a lane it needs, in this step */
	CAR_HELPS = 1 << 1,     /* `yield_to` is set */
	CAR_WISHES = 1 << 2,    /* `wish` is above 0: to go to the left */
	CAR_LIMITED = 1 << 3,   /* by the one ahead, in the last step */
	CAR_WENT_LEFT = 1 << 4, /* changed lanes in this step */
	CAR_WENT_RIGHT = 1 << 5,
	CAR_MUST_LEFT = 1 << 6, /* where its route wants it to change lanes */
	CAR_MUST_RIGHT = 1 << 7,
};

/* Two cache lines: what every step looks at, then what only few vehicles need. */
struct car {
	double pos_m;           /* front bumper from the lane's beginning */
	double speed_mps;
	uint32_t id;            /* departure index */
	uint32_t lane;
	uint32_t link;          /* on a street: the link on which its route goes on from this lane; on an internal lane: that which
	                           it crosses; NET_NONE */
	uint32_t ahead, behind; /* slots on the same lane, NOBODY at the ends */
	float prev_mps;         /* speed before the last step */
	float max_mps;          /* what it wants on this lane */
	float free_m[2];        /* up to here it may change lanes to the right, to the left without need */
	float look_mps;         /* as fast as it was lately: so far ahead it looks for its lane */
	float loss_s;           /* time lost so far */
	uint16_t type;          /* into routes.types */
	uint8_t held;           /* enum held */
	uint8_t flags;          /* enum car_flag */

	uint32_t at;            /* what its route says about its last street edge: roads.at[at + lane index] */
	uint32_t trail[3];      /* lanes it came from, the latest first, for its tail; NET_NONE */
	uint32_t yield_to;      /* helps this slot to change lanes before it */
	uint32_t entered_step;  /* its first step */
	uint32_t halt_step, stops;
	uint32_t waited_steps;  /* in halts that are over */
	float factor;           /* its speed factor */
	float entered_s;        /* when it passed the stop line or waiting place behind it */
	float held_since_s;     /* standing before a stop line since, while car_at_line */
	float wish;             /* to change for speed: > 0 left, < 0 right */
	float right_wish;       /* to keep right: below 0 */
	float driven_m;         /* up to the beginning of its lane */
};

/* What a vehicle is going to do. */
struct intent {
	double next_mps;
	uint8_t held;           /* enum held */
	uint8_t flags;          /* CAR_LIMITED or 0 */
	uint32_t sorted_to;     /* vehicles_sort: where it belongs */
};

struct lane_now {
	uint32_t head;          /* most downstream slot */
	uint32_t tail;          /* most upstream slot */
	uint32_t count;
	uint32_t queued;        /* below QUEUE_SPEED_MPS */
	uint32_t over;          /* slot whose front is further on but whose tail is on this lane, the rearmost; NOBODY */
	double over_rear_m;     /* and where its tail ends */
	double loss_s, speed_sum; /* of all vehicles and steps since the last score reset */
	uint64_t passed;
} __attribute__((aligned(LINE_BYTES)));
_Static_assert(sizeof(struct car) == 2 * LINE_BYTES && sizeof(struct lane_now) == LINE_BYTES, "see struct car");

struct approach { /* a vehicle that comes to a link and is going to pass */
	struct approach *next; /* to the same link */
	uint32_t place;      /* link * 2 + section: 0 = stop line, 1 = waiting place inside the node */
	uint32_t slot;
	float dist_m;        /* to the stop line (or waiting place) */
	float speed_mps;
	uint16_t type;
};

/* Which links (road_link.bit) of a node have anybody on their paths, a tail counts, and which have comers: mostly few, so that mostly
 * nobody needs to be looked for. */
struct node_now {
	uint64_t inside, coming;
};

/* Sums of the score window, besides those of the lanes. */
struct tally {
	double since_s, depart_delay_s, queue_sum, queue_max;
	uint64_t vehicles, arrived, stops, steps, vehicle_steps, wait_steps;
};

/* One thread's share of a step. */
struct share {
	struct world *w;
	uint32_t first_word, end_word; /* of world.busy */
	GArray *approaches;  /* struct approach */
	GArray *crossing;    /* uint32_t: slots beyond the end of their lane, in lane order */
	uint32_t first_slot; /* vehicles_sort: where its first vehicle belongs */
	GArray *tails;       /* uint32_t: slots whose tail is not yet on their lane */
	struct pace *paces;  /* one for each type */
	uint32_t beside[2];  /* changing lanes: the last one found ahead on the lane to the right, to the left; NOBODY: look from its end */
	uint64_t stops, wait_steps, emergency_brakings, overlaps, queue, queue_max; /* of this step */
} __attribute__((aligned(2 * LINE_BYTES))); /* no two threads write to one line, nor to a pair that is fetched together */

struct world {
	struct roads *roads;
	const struct network *net;
	const struct routes *routes;
	struct world_options options;
	uint64_t step_no;
	double h_s; /* options.step_s */
	double t_s; /* time of the next step */

	uint32_t n, capacity;
	struct car *cars;        /* n of them, dense */
	struct car *spare;       /* as large: sorted into, by several threads */
	struct lane_now *lanes;
	uint64_t *busy;          /* bit roads.lanes[l].place: somebody is on lane l */

	/* made and used within a step */
	struct intent *intents;  /* per slot */
	struct node_now *nodes;
	struct approach **comers; /* per link and section (struct approach.place) */
	uint32_t *dirty_lanes, n_dirty; /* lanes whose `over` is set */
	struct gear *gears;      /* per vehicle type */
	double half_wish, most_wish; /* what is left after a step of a wish that is wrong, that is as good as nothing */
	double look_kept;        /* of a car's look_mps after a step */
	pace_function *pace;
	uint64_t dawdling;       /* stream of all drivers, see NOISE_WHO */
	uint32_t chances;        /* and what it is in this step */
	GArray *gone;            /* uint32_t: slots that have arrived */
	struct crew *crew;       /* NULL with one thread */
	struct share *shares;    /* options.threads of them */

	char *shown;             /* the states of all signals, each with its 0; signal s from shown_at[s] on */
	uint32_t *shown_at;
	uint32_t *signal_links, *links_at; /* links by signal: those of s from links_at[s] on */
	char *link_letter;       /* per link: what it shows now, or the network's letter without a signal */

	/* who waits to enter: on each edge from edge_next on, as long as their time has come */
	uint32_t next_departure; /* the first whose time has not come */
	uint32_t *edge_next;     /* departure indices; NOBODY: nobody waits */
	uint32_t *waiting_edges, n_waiting_edges; /* edges with a queue, in the order they got one */

	struct world_counts counts;
	struct tally tally;
	GArray *trips;           /* struct trip_record */
	uint32_t resets;         /* of the score */
};

static inline const struct vtype *type_of(const struct world *w, uint32_t v)
{
	return &w->routes->types[w->cars[v].type];
}

/* What the route says about a lane of the street that the vehicle is on. */
static inline const struct guide_lane *guide_at(const struct world *w, uint32_t v, uint32_t lane)
{
	return &w->roads->at[w->cars[v].at + w->roads->lanes[lane].index];
}

static inline double lane_speed_mps(const struct world *w, uint32_t v, uint32_t lane)
{
	return lesser(w->roads->lanes[lane].speed_mps * w->cars[v].factor, w->gears[w->cars[v].type].max_mps);
}

static inline double rear_m(const struct world *w, uint32_t v)
{
	return w->cars[v].pos_m - w->gears[w->cars[v].type].length_m;
}

/* Did it stand both before and after the last step? */
static inline bool car_stands(const struct car *c)
{
	return c->speed_mps < HALT_MPS && c->prev_mps < HALT_MPS;
}

static inline bool car_halts(const struct car *c)
{
	return c->speed_mps <= HALT_MPS;
}

static inline bool car_queues(const struct car *c)
{
	return c->speed_mps < QUEUE_SPEED_MPS;
}

/* Held before a line, and standing. */
static inline bool car_at_line(const struct car *c)
{
	return c->held != HELD_NOT && car_halts(c);
}

/* The side to which it must change: 1 = left, -1 = right; 0 = it need not. */
static inline int car_must_side(const struct car *c)
{
	return c->flags & CAR_MUST_LEFT ? 1 : c->flags & CAR_MUST_RIGHT ? -1 : 0;
}

/* Time below HALT_MPS so far. */
static inline double car_waited_s(const struct world *w, const struct car *c)
{
	return (c->waited_steps + (car_halts(c) ? (uint32_t) w->step_no - c->halt_step : 0)) * w->h_s;
}

/* vehicles.c: places and order */
uint32_t vehicles_add(struct world *w, uint32_t departure, uint32_t lane, double pos_m, double speed_mps, double factor);
void vehicles_reserve(struct world *w, uint32_t n); /* room for so many */
void vehicles_remove(struct world *w, uint32_t v);
void vehicles_place(struct world *w, uint32_t v, uint32_t lane); /* into a lane's order, by its pos_m */
void vehicles_take(struct world *w, uint32_t v);                 /* out of it */
void vehicles_settle(struct world *w, uint32_t v);               /* what it wants on its lane, after that has changed */
void vehicles_look_for_tails(struct share *s);
void vehicles_note_tails(struct world *w);                       /* those found: `over` of all lanes */
void vehicles_sort(struct world *w);
/* Who is next on `lane` for one at `pos_m`: the vehicle itself or a tail on it. NOBODY; else *rear_at is its rear there. */
uint32_t vehicles_leader(const struct world *w, uint32_t lane, double pos_m, uint32_t self, double *rear_at_m);

/* A place on a route, as in struct car. */
struct way {
	uint32_t lane, link, at;
};

/* On to the next lane. There must be one: an internal lane, or one with a link. */
static inline void way_on(const struct roads *r, struct way *way)
{
	const struct road_lane *lane = &r->lanes[way->lane];
	way->lane = lane->link != NET_NONE ? lane->next : r->links[way->link].first_lane;
	lane = &r->lanes[way->lane];
	if (lane->link != NET_NONE)
		return;
	way->at += r->links[way->link].from_lanes;
	way->link = r->at[way->at + lane->index].link;
}

/* Must one who sees this letter look for foes? */
static inline bool letter_is_minor(char letter)
{
	return !(letter >= 'A' && letter <= 'Z') && letter != 'y';
}

/* crew.c: `work` on each share, by all threads at once; back when all are done */
struct crew *crew_new(uint32_t threads);
void crew_free(struct crew *crew);
void crew_work(struct world *w, void (*work)(struct share *share));
#define FETCH_AHEAD 12 /* vehicles */

/* Most of those behind v are in the slots after it (vehicles_sort): they are fetched before they are asked for. */
static inline void fetch_behind(const struct world *w, uint32_t v)
{
	__builtin_prefetch((const char *) w->cars + (size_t) (v + FETCH_AHEAD) * sizeof(struct car));
}

/* Calls `each` for all lanes of the share with vehicles on them, in the order of roads.order. What comes next is fetched meanwhile. */
static inline void share_lanes(struct share *s, void (*each)(struct share *s, uint32_t lane))
{
	const struct world *w = s->w;
	for (uint32_t word = s->first_word; word < s->end_word; word++) {
		uint32_t lanes[64], n = 0;
		for (uint64_t bits = w->busy[word]; bits; bits &= bits - 1)
			lanes[n++] = w->roads->order[word * 64 + (uint32_t) __builtin_ctzll(bits)];
		for (uint32_t k = 0; k < n; k++) {
			__builtin_prefetch(&w->lanes[lanes[k]]);
			__builtin_prefetch(&w->roads->lanes[lanes[k]]);
		}
		for (uint32_t k = 0; k < n; k++) {
			if (k + 2 < n)
				__builtin_prefetch(&w->cars[w->lanes[lanes[k + 2]].head]);
			each(s, lanes[k]);
		}
	}
}
void share_split(struct world *w); /* anew, so that each has as many vehicles */

/* approach.c: who comes to which link */
void approach_forget(struct world *w); /* those of the step before */
void approach_find(struct share *s); /* its own vehicles' */
void approach_list(struct world *w); /* all shares', by link */
bool approach_passes(const struct world *w, const struct car *c, uint32_t link, double dist_m); /* no light or full exit stops it */
/* yield.c: may it cross? */
/* For one that is dist_m before the line and going to be v_mps fast; leave_max_mps: so fast at most it will be on the node. */
bool yield_must(const struct world *w, uint32_t v, uint32_t link, uint8_t section, double dist_m, double v_mps, double leave_max_mps);
/* box.c: would it have to stand on the node because the road behind it is full? `at`: what its route says about its edge. */
bool yield_box_full(const struct world *w, uint32_t v, uint32_t link, uint32_t at);
/* zones.c: what others inside the node leave to one of us. */
struct leeway {
	double v_mps;  /* so fast at most, by the rules of following and stopping */
	double room_m; /* and so far in this step, whatever happens */
	double stand_m; /* there on its path it may have to stand, for one that crosses its way; INFINITY */
	bool in_way;   /* somebody stands where it must go */
	bool waits;    /* for somebody who crosses its way */
};
/* For one whose front is `along_m` on the path of `link` (negative: still before it). Only ever lowers. `through`: it is not
 * going to stop at the waiting place; else zones behind that place are decided there. */
void yield_zones(const struct world *w, uint32_t v, uint32_t link, double along_m, bool through, struct leeway *leeway);
/* drive.c */
void drive_plan(struct share *s);
void drive_move(struct share *s);
void drive_cross(struct world *w); /* those that are beyond the end of their lane */
/* change.c */
void change_lanes(struct share *s);
/* enter.c */
void enter_due(struct world *w);
uint32_t enter_next(const struct world *w, uint32_t departure); /* who waits behind it on its edge, or NOBODY */
/* tally.c */
void tally_step(struct world *w);
void tally_arrival(struct world *w, uint32_t v);
