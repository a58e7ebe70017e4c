/* ring.h - the stages of a junction in the order of its own plan, over and over, and where in it the lights are.
 *
 * For methods that keep that order and decide only when a green ends. It follows what the guard shows: a stage that somebody
 * else asked for (the operator, the guard itself) is found again in the order. Does not know traffic.
 */
#pragma once

#include "core/guard.h"
#include "optimizer/optimizer.h"
#include "optimizer/site.h"

struct ring_row {
	uint32_t stage;
	const struct net_phase *phase; /* of the signal's own program, NULL where the plan is not made of it */
};

struct ring {
	struct ring_row *rows; /* owned */
	uint32_t n_rows;
	uint32_t row;     /* whose stage shows or is walked to */
	double since_s;   /* all of that stage shows since then; UNKNOWN on the way */
	double looked_s;  /* UNKNOWN before the first look */
};

void ring_init(struct ring *r, const struct site *site);
void ring_finish(struct ring *r);

/* What shows at now_s; once before each decision. */
void ring_look(struct ring *r, const struct site *site, const struct guard *guard, double now_s);

/* How long all of the row's stage has been green; UNKNOWN on the way to it. */
double ring_green_s(const struct ring *r, double now_s);

static inline uint32_t ring_next(const struct ring *r)
{
	return (r->row + 1) % r->n_rows;
}

/* The present stage until left_s from now, then the next one for next_s. */
void ring_tell(const struct ring *r, const struct site *site, uint32_t wish_row, double left_s, double next_s, struct decision *d);
