/* queue.h - the lanes' model within the search: point queues that discharge while they have green.
 *
 * The state is small and is copied for every branch. Times are whole seconds from now. */
#pragma once

#include "optimizer/search.h"

struct queue_lane {
	float left_veh;  /* cumulative departures from now */
	float green_s;   /* of discharge under way, < 0 = red */
	float open_frac; /* that the first vehicle may go */
	float wait_veh;  /* past the stop line, who give way inside the junction */
};

struct queue_scratch; /* departures per second of the stretch in hand */
struct queue_scratch *queue_scratch_new(uint32_t max_lanes);
void queue_scratch_free(struct queue_scratch *x);

/* The state at second 0. */
void queue_begin(const struct search *s, struct queue_lane *q);

/* `stage` shows from t0 to t1. Answers vehicle-seconds and stop penalties of all lanes; delay_s (or NULL) is added the first alone. */
float queue_green(const struct search *s, struct queue_scratch *x, struct queue_lane *q, uint32_t stage, uint32_t t0, uint32_t t1,
	float *left_veh, float *delay_s);

/* From stage `from` (UINT32_MAX: what shows now) to `to`, which begins at t1. A green that ends goes on until its own amber and all-red
 * must begin, as the guard has it, so vehicles still run while pedestrians clear; and the first second of amber is used. */
float queue_change(const struct search *s, struct queue_scratch *x, struct queue_lane *q, uint32_t from, uint32_t to, uint32_t t0,
	uint32_t t1, float *left_veh, float *delay_s);

/* What those who are left at t will still have to wait, at least, with `stage` showing. */
float queue_rest(const struct search *s, struct queue_scratch *x, const struct queue_lane *q, uint32_t stage, uint32_t t);
