/* world.h - the microscopic world: vehicles on lanes, stepped. No I/O, no clock, no global state.
 *
 * Same network, routes, options and calls: same world, byte for byte. The network and the routes are shared, not owned.
 * It does not decide what lights show: somebody calls world_show between steps; until then every signal is all red.
 */
#pragma once

#include "core/estimate.h"
#include "sim/routes.h"

struct world_options {
	double step_s;   /* (0, 1]; 1.0 = SUMO's default and ours */
	double begin_s;  /* departures before it are left out */
	uint64_t seed;
	uint32_t threads; /* 0 or 1: the caller's alone; to WORLD_THREADS_MAX. Any number gives the same world. A network without internal
	                     lanes is always stepped by one */
};
#define WORLD_THREADS_MAX 64

struct world;

struct world_options world_options_default(void); /* 1.0, 0, 42, 1 */
struct world *world_new(const struct network *net, const struct routes *routes, const struct world_options *options, GError **error);
struct world *world_copy(const struct world *w); /* goes on on its own, the same future */
void world_free(struct world *w);
OWNED(world)

/* Cheap copies, for look-ahead: a state remembers where everything was; a world with the same network and routes goes on from it. `reuse`
 * (may be NULL) is a state of this world that is overwritten: it needs no new memory then. Trips that were finished before are only
 * kept if the score was not reset in between. */
struct world_state;
struct world_state *world_save(const struct world *w, struct world_state *reuse);
void world_restore(struct world *w, const struct world_state *state);
void world_state_free(struct world_state *state);
OWNED(world_state)

/* What signal `signal` shows from now on: one letter per link. False with a sentence on a wrong length or letter. */
bool world_show(struct world *w, uint32_t signal, const char *state, GError **error);
const char *world_shows(const struct world *w, uint32_t signal);

void world_step(struct world *w);
double world_time_s(const struct world *w);
double world_step_s(const struct world *w);
const struct network *world_network(const struct world *w); /* as given to world_new */
const struct routes *world_routes(const struct world *w);   /* vehicle_view.type and .id index into it */

/* One vehicle as it is after the last step. Between this step and the next it moves on from `dist - speed * step` to where it
 * is (explicit Euler), so a renderer draws it at pos - speed * (1 - frac) * step, and nothing lags behind. */
struct vehicle_view {
	uint32_t id;         /* departure index: unique in the run */
	uint32_t lane;       /* also internal lanes */
	double pos_m;        /* front bumper from the lane's beginning */
	double speed_mps;
	double accel_mps2;   /* of the last step */
	uint32_t type;       /* into routes.types */
	uint32_t prev_lane;  /* the lane at the step's beginning (differs after crossing or changing), and its front there */
	double prev_pos_m;
	double desired_mps;  /* as fast as it would drive here if nothing were in its way */
};

uint32_t world_n_vehicles(const struct world *w); /* on the road now */
void world_vehicle(const struct world *w, uint32_t k, struct vehicle_view *v); /* k in [0, n) */

/* Vehicles on a lane, most downstream first: fills at most `max`, returns how many there are. */
uint32_t world_on_lane(const struct world *w, uint32_t lane, struct vehicle_view *out, uint32_t max);

/* What a perfect camera sees of signalised lane `lane` within `view_m` of its stop line (contract 2's words: a vehicle is listed once,
 * under the lane it is on; for a lane that leads only to `lane` distances run on along the road): vehicles, queue, speed, jam.
 * `e` must be inited; flow is world_passed's business. */
void world_see(const struct world *w, uint32_t lane, double view_m, struct estimate *e);
uint64_t world_passed(const struct world *w, uint32_t lane); /* vehicles that left it over its end since the beginning */

struct world_counts {
	uint64_t departed, arrived, inside, waiting; /* waiting: depart time is over but no room to enter */
	uint64_t vehicle_steps;
	uint64_t red_passed, overlaps; /* self-check of the physics: must stay 0 */
	uint64_t emergency_brakings;
};
struct world_counts world_counts(const struct world *w);

/* The one definition of delay: SUMO's. Over all vehicles whose depart time has come, since the last world_score_reset. Time
 * loss = sum of (1 - v / v_desired) dt; depart delay = time spent waiting to enter; both are charged for unfinished vehicles too. */
struct score {
	double window_s;
	uint64_t vehicles;        /* that were on the road or waiting at some time in the window */
	uint64_t arrived;         /* finished in the window */
	double time_loss_s;       /* mean per vehicle, s/veh */
	double depart_delay_s;    /* mean per vehicle */
	double delay_s;           /* the two together */
	double waiting_s;         /* mean time below 0.1 m/s (SUMO's waitingTime) */
	double stops;             /* mean times that a vehicle fell below 0.1 m/s */
	double queue_veh_mean, queue_veh_max; /* over signalised lanes and seconds: queued vehicles in all, and the largest of one lane */
	double throughput_vph;    /* arrived per hour */
	double speed_mps;         /* space mean */
};
void world_score_reset(struct world *w);
struct score world_score(const struct world *w);
/* Sum of delay per signalised junction (signal index) in the window: vehicle-seconds lost on the lanes that lead to it. */
double world_signal_delay_s(const struct world *w, uint32_t signal);
/* Finished trips since the last reset, for outputs: SUMO's tripinfo quantities. Owned by the world, valid until the next step. */
struct trip_record {
	uint32_t id;
	double depart_s, arrival_s, duration_s, depart_delay_s, time_loss_s, waiting_s, route_length_m;
	uint32_t stops;
	uint32_t arrival_lane;
	double arrival_speed_mps, speed_factor;
};
const struct trip_record *world_trips(const struct world *w, uint32_t *n);
/* The trip so far of vehicle k in [0, n): arrival_s is NaN, arrival_lane NET_NONE. */
struct trip_record world_trip(const struct world *w, uint32_t k);
