/* search.h - finds the best stages and times for one junction within the horizon, the guard's limits inside the search.
 *
 * A dynamic programme over (time, present stage) that keeps the few best ways to be there (a beam), after the schedule-driven
 * control of Xie, Smith, Lu and Barlow (2012). Lanes are point queues with start-up loss and saturation headway; a lane whose moves
 * do not all have green is blocked in expectation by its first vehicle that may not go.
 *
 * Knows numbers only: arrivals, capacities, times. The workspace is allocated once for the largest junction.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SEARCH_WIDTH 2   /* ways kept per time and stage */
#define SEARCH_GRID_WIDTH 4 /* the same where stages begin on a grid of time only: fewer times, so more ways */
#define SEARCH_MAX_S 128
#define SEARCH_START_S 12 /* after so many seconds of green a queue runs at saturation */
#define SEARCH_FOES 4
#define SEARCH_PATH 48
#define SEARCH_BUSES 2

struct search_lane {
	float arrived_veh[SEARCH_MAX_S + 1]; /* cumulative at the stop line, until k s from now */
	float room_veh[SEARCH_MAX_S + 1];    /* cumulative departures that find room behind the junction */
	float price_s[SEARCH_MAX_S];         /* of leaving in the k-th second, where it goes on; 0 = none */
	float stands_veh;                    /* of arrived_veh[0]: their stop is paid already */
	float start_veh[SEARCH_START_S];     /* capacity of the k-th second of green behind a standing queue */
	float sat_vps;                       /* afterwards */
	float end_s;                         /* from the end of its green to the beginning of another's */
	float lit_s;                         /* green for so long, < 0 = not green now */
	float open_frac;                     /* that its first vehicle may go now, 0..1; UNKNOWN = by the shares */
	float holds_veh;                     /* a longer queue blocks the way to the lanes beside it; INFINITY = none there */
	float wait_veh;                      /* who give way and wait inside the junction now */
	float inside_veh;                    /* of arrived_veh: already on the lane itself, so nobody beside is in their way */
	uint32_t beside[SEARCH_FOES];        /* lanes whose overflow keeps others from entering this one */
	uint32_t n_beside;
	bool roomy;                          /* room_veh never binds */
	uint32_t n_buses;
	struct {
		float at_veh; /* it has left when so many have */
		float from_s; /* at the stop line, were nobody before it */
		float worth;  /* a second of its wait, besides that of one vehicle */
	} buses[SEARCH_BUSES];
};

struct search_serve { /* of one lane by one stage */
	float trust_frac;            /* of the flow that the rest promises, what comes of it */
	float wait_veh;              /* of those who give way, so many may wait inside the junction, out of the others' way */
	float free_frac, yield_frac; /* shares of its vehicles with right of way, that give way; the rest sees red */
	uint32_t n_foes;
	uint32_t foe[SEARCH_FOES];   /* lanes given way to */
	float foe_frac[SEARCH_FOES]; /* share of their vehicles that count */
};

struct search_stage {
	float min_s, max_s;
	uint64_t links; /* bit i: link i (< 64) is green in it */
};

struct search_deadline {
	uint64_t link; /* one bit */
	float due_s;   /* must be green by then */
};

struct search_crossing { /* people on foot who come evenly and wait for their first green */
	uint64_t link;  /* one bit */
	float red_s;    /* it has been red for so long */
	float come_ps;  /* persons a second, each worth a vehicle */
};

struct search_segment {
	uint32_t stage;
	double start_s, end_s; /* of the green, from now */
};

struct search_answer {
	bool found;
	uint32_t stage; /* to ask for now */
	double cost_s, next_cost_s; /* vehicle-seconds with stops; next: best that begins otherwise, NAN = none */
	double delay_s;             /* vehicle-seconds alone, of the chosen */
	uint32_t n;
	struct search_segment path[SEARCH_PATH];
};

struct search {
	uint32_t n_lanes, n_stages, n_bins;
	struct search_lane *lanes;
	struct search_serve *serve; /* [stage * n_lanes + lane] */
	struct search_stage *stages;
	float *change_s;            /* [from * n_stages + to] */
	struct search_deadline *deadlines;
	uint32_t n_deadlines;
	struct search_crossing *crossings; /* room as for deadlines */
	uint32_t n_crossings;
	uint32_t stage;    /* shows, or is walked to; NET_NONE-like UINT32_MAX = nothing yet */
	float settle_s;    /* until all of it shows */
	float age_s;       /* it shows for so long */
	float hold_s;      /* it may not be left before */
	float *first_s;    /* by stage: until it would show if asked for now */
	float stop_penalty_s;
	float grid_s;      /* stages last whole multiples of this, changing included; 0 = no grid */
	const bool *may_follow; /* [from * n_stages + to]: the order of stages, NULL = any */
	float end_wait_s;  /* a vehicle left at a red at the end of the horizon is charged that much */
	struct search_work *work;
};

/* Room for the largest junction: no allocation happens later. With a grid (s, 0 = none) a stage is left only at whole multiples of it from
 * now, when the change to the next one begins. */
struct search *search_new(uint32_t max_lanes, uint32_t max_stages, uint32_t max_links, uint32_t horizon_s, uint32_t grid_s);
void search_free(struct search *s); /* NULL is fine */

/* For the junction now described in the fields. Deterministic. */
void search_solve(struct search *s, struct search_answer *a);

/* What a given path costs; `left_veh` (n_lanes * n_bins, or NULL) gets the departures per lane and second. The path begins with what
 * shows. Answers vehicle-seconds with stops, and without in *delay_s. */
double search_play(struct search *s, const struct search_segment *path, uint32_t n, float *left_veh, double *delay_s);
