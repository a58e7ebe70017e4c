/* parts.h - the inside of a world, shared by the files that step it: vehicles.c keeps the order on the lanes, approach.c
 * and yield.c say who may cross, drive.c how fast, change.c who changes lanes, enter.c who comes in, tally.c counts.
 *
 * `slot` is a vehicle's place in world.cars: 0 .. n-1, dense; a vehicle's slot changes when another one leaves.
 */
#pragma once

#include "sim/krauss.h"
#include "sim/noise.h"
#include "sim/roads.h"
#include "sim/world.h"

#define NOBODY UINT32_MAX
#define HALT_MPS 0.1 /* SUMO's limit for "waiting" */

/* Why a vehicle did not pass the stop line before it in the last step. */
enum held { HELD_NOT, HELD_RED, HELD_AMBER, HELD_BOX, HELD_YIELD, HELD_LANE /* the wrong lane ends */ };

struct car {
	double pos_m, speed_mps;
	double prev_pos_m, prev_speed_mps;
	double next_mps;        /* decided for this step */
	double room_m;          /* this far it may go at most in this step, whatever was decided */
	uint32_t id;            /* departure index */
	uint32_t lane;
	uint32_t edge_k;        /* its last street edge: index in its route */
	uint32_t link;          /* on an internal lane: the link it crosses; else NET_NONE */
	uint32_t ahead, behind; /* slots on the same lane, NOBODY at the ends */
	uint32_t prev_lane;     /* at the step's beginning */
	uint32_t trail;         /* the lane it came from, for its tail; NET_NONE */
	uint32_t trail2, trail3; /* and those before that */
	uint32_t yield_to;      /* helps this departure to change lanes before it; NOBODY */
	uint32_t steps;         /* made so far: index into its dawdling */
	uint32_t stops;
	uint8_t held;           /* enum held */
	uint8_t stuck;          /* could not change to a lane it needs, this step */
	double factor;          /* its speed factor */
	double entered_s;       /* when it passed the stop line or waiting place behind it */
	double held_since_s;    /* standing before a stop line since; NaN = not */
	double wish;            /* to change for speed: > 0 left, < 0 right */
	double changed_s;       /* last lane change */
	double depart_s;        /* when it entered */
	double driven_m;
	double loss_s;
	double waited_s;
};

struct lane_now {
	uint32_t head;          /* most downstream slot */
	uint32_t tail;          /* most upstream slot */
	uint32_t count;
	uint32_t over;          /* slot whose front is further on but whose tail is on this lane, the rearmost; NOBODY */
	double over_rear_m;     /* and where its tail ends */
	uint64_t passed;
};

struct approach { /* a vehicle that comes to a link */
	uint32_t slot, next; /* next approach to the same link, or NOBODY */
	float dist_m;        /* to the stop line (or waiting place) */
	float arrive_s, leave_s; /* from now: front at the line, rear past the node */
	float speed_mps;
	bool passes;         /* not stopped by a red light, amber or a full exit */
};

/* Sums of the score window. */
struct tally {
	double since_s, loss_s, wait_s, depart_delay_s, queue_sum, queue_max, speed_sum;
	uint64_t vehicles, arrived, stops, steps, vehicle_steps;
};

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
	struct lane_now *lanes;
	uint32_t *link_approach; /* per link: first of its approaches this step */
	uint32_t *wait_approach; /* the same for the waiting place inside the node */
	struct approach *approaches;
	uint32_t n_approaches, approaches_capacity;
	uint32_t *dirty_lanes, n_dirty; /* lanes whose `over` is set */
	uint32_t *slot_of;       /* per departure: its slot while on the road, else NOBODY */

	char **shown;            /* per signal: the state string */
	char *link_letter;       /* per link: what it shows now, or the network's letter without a signal */
	double *signal_loss_s;   /* per signal */

	/* who waits to enter: a queue per edge, linked through departures */
	uint32_t next_departure; /* the first whose time has not come */
	uint32_t *edge_first, *edge_last; /* departure indices */
	uint32_t *waits_behind;  /* per departure: the next one in its edge's queue */
	uint32_t *waiting_edges, n_waiting_edges; /* edges with a queue, in the order they got one */

	struct world_counts counts;
	struct tally tally;
	GArray *trips;           /* struct trip_record */
};

static inline const struct vtype *type_of(const struct world *w, uint32_t v)
{
	return &w->routes->types[w->routes->departures[w->cars[v].id].type];
}

static inline const struct guide *guide_of(const struct world *w, uint32_t v)
{
	return &w->roads->guides[w->roads->guide_of[w->cars[v].id]];
}

/* What the route says about the street lane that the vehicle is on. */
static inline const struct guide_lane *guide_at(const struct world *w, uint32_t v, uint32_t lane)
{
	const struct guide *g = guide_of(w, v);
	return &g->at[g->first[w->cars[v].edge_k] + w->net->lanes[lane].index];
}

static inline double lane_speed_mps(const struct world *w, uint32_t v, uint32_t lane)
{
	return fmin(w->net->lanes[lane].speed_mps * w->cars[v].factor, type_of(w, v)->max_speed_mps);
}

static inline double rear_m(const struct world *w, uint32_t v)
{
	return w->cars[v].pos_m - type_of(w, v)->length_m;
}

/* vehicles.c: places and order */
uint32_t vehicles_add(struct world *w, uint32_t departure, uint32_t lane, double pos_m, double speed_mps);
void vehicles_remove(struct world *w, uint32_t v);
void vehicles_place(struct world *w, uint32_t v, uint32_t lane); /* into a lane's order, by its pos_m */
void vehicles_take(struct world *w, uint32_t v);                 /* out of it */
void vehicles_find_tails(struct world *w);                       /* lane_over of all lanes */
/* Who is next on `lane` for one at `pos_m`: the vehicle itself or a tail on it. NOBODY; else *rear_at is its rear there. */
uint32_t vehicles_leader(const struct world *w, uint32_t lane, double pos_m, uint32_t self, double *rear_at_m);

/* approach.c: who comes to which link */
void approach_all(struct world *w);
/* yield.c: may it cross? */
bool yield_must(const struct world *w, uint32_t v, uint32_t link, uint8_t section, double dist_m, double speed_mps);
bool yield_box_full(const struct world *w, uint32_t v, uint32_t link);
/* What others inside the node leave to one of us. */
struct leeway {
	double v_mps;  /* so fast at most, by the rules of following and stopping */
	double room_m; /* and so far in this step, whatever happens */
	bool in_way;   /* somebody stands where it must go */
};
/* For one whose front is `along_m` on the path of `link` (negative: still before it). Only ever lowers. `through`: it is not
 * going to stop at the waiting place; else zones behind that place are decided there. */
void yield_zones(const struct world *w, uint32_t v, uint32_t link, double along_m, bool through, struct leeway *leeway);
/* drive.c */
void drive_plan(struct world *w, uint32_t v);
void drive_move(struct world *w);
/* change.c */
void change_lanes(struct world *w);
/* enter.c */
void enter_due(struct world *w);
/* tally.c */
void tally_step(struct world *w);
void tally_arrival(struct world *w, uint32_t v);
