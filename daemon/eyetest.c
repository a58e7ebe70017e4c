/* eyetest.c - how far the cameras are off. */
#include <math.h>
#include <stdlib.h>

#include "core/units.h"
#include "daemon/eyetest.h"

#define HISTORY 512    /* truths of a lane that are kept: over eight minutes at one a second */
#define PENDING 16     /* estimates of a lane that wait for their truth */
#define NEAR_US 600000 /* a truth farther away than this is none of that time */

struct seen {
	int64_t t_us;
	double window_s, flow_veh, queue_veh, speed_mps;
};

struct lane_test {
	struct truth_lane truth[HISTORY]; /* a ring */
	uint64_t n_truth;
	struct seen pending[PENDING];
	uint32_t n_pending;
	int64_t flow_until_us;            /* end of the last window that was compared; 0 = none yet */
	double seen_veh, true_veh;
};

struct eyetest {
	uint32_t n_lanes;
	struct lane_test **lanes; /* NULL until something comes */
	double n_queue, queue_sum, n_speed, speed_sum, n;
};

struct eyetest *eyetest_new(const struct network *net)
{
	struct eyetest *e = g_new0(struct eyetest, 1);
	e->n_lanes = net->n_lanes;
	e->lanes = g_new0(struct lane_test *, net->n_lanes);
	return e;
}

void eyetest_free(struct eyetest *e)
{
	if (!e)
		return;
	for (uint32_t i = 0; i < e->n_lanes; i++)
		g_free(e->lanes[i]);
	g_free(e->lanes);
	g_free(e);
}

static struct lane_test *lane_of(struct eyetest *e, uint32_t lane)
{
	if (!e->lanes[lane])
		e->lanes[lane] = g_new0(struct lane_test, 1);
	return e->lanes[lane];
}

/* The truth nearest to t_us, or NULL when there is none near. */
static const struct truth_lane *truth_at(const struct lane_test *l, int64_t t_us)
{
	const struct truth_lane *best = NULL;
	for (uint64_t k = 0; k < MIN(l->n_truth, HISTORY); k++) {
		const struct truth_lane *t = &l->truth[k];
		if (llabs(t->t_us - t_us) <= NEAR_US && (!best || llabs(t->t_us - t_us) < llabs(best->t_us - t_us)))
			best = t;
	}
	return best;
}

static void compare_flow(struct lane_test *l, const struct seen *s, const struct truth_lane *now)
{
	int64_t from_us = s->t_us - s_to_us(s->window_s);
	const struct truth_lane *then = isfinite(s->flow_veh) && s->window_s > 0 ? truth_at(l, from_us) : NULL;
	if (!then || from_us < l->flow_until_us - NEAR_US / 2)
		return;
	l->seen_veh += s->flow_veh;
	l->true_veh += now->passed_veh - then->passed_veh;
	l->flow_until_us = s->t_us;
}

static void compare(struct eyetest *e, struct lane_test *l, const struct seen *s)
{
	const struct truth_lane *truth = truth_at(l, s->t_us);
	if (!truth)
		return;
	e->n++;
	if (isfinite(s->queue_veh) && isfinite(truth->queue_veh)) {
		e->n_queue++;
		e->queue_sum += fabs(s->queue_veh - truth->queue_veh);
	}
	if (isfinite(s->speed_mps) && isfinite(truth->speed_mps)) {
		e->n_speed++;
		e->speed_sum += fabs(s->speed_mps - truth->speed_mps);
	}
	compare_flow(l, s, truth);
}

/* An estimate can be compared when a truth after it is there: none nearer comes any more. */
static void settle(struct eyetest *e, struct lane_test *l)
{
	uint32_t kept = 0;
	int64_t newest_us = l->n_truth ? l->truth[(l->n_truth - 1) % HISTORY].t_us : INT64_MIN;
	for (uint32_t k = 0; k < l->n_pending; k++) {
		if (l->pending[k].t_us <= newest_us)
			compare(e, l, &l->pending[k]);
		else
			l->pending[kept++] = l->pending[k];
	}
	l->n_pending = kept;
}

void eyetest_truth(struct eyetest *e, uint32_t lane, const struct truth_lane *truth)
{
	struct lane_test *l = lane_of(e, lane);
	l->truth[l->n_truth++ % HISTORY] = *truth;
	settle(e, l);
}

void eyetest_seen(struct eyetest *e, const struct estimate *estimate)
{
	struct lane_test *l = lane_of(e, estimate->lane);
	if (l->n_pending == PENDING)
		return; /* the truth has fallen silent */
	l->pending[l->n_pending++] =
		(struct seen){s_to_us(estimate->t_s), estimate->window_s, estimate->flow_veh, estimate->queue_veh, estimate->speed_mps};
	settle(e, l);
}

struct report_vision eyetest_result(const struct eyetest *e)
{
	struct report_vision v = {
		.lane_seconds = e->n,
		.queue_veh = e->n_queue > 0 ? e->queue_sum / e->n_queue : UNKNOWN,
		.speed_mps = e->n_speed > 0 ? e->speed_sum / e->n_speed : UNKNOWN,
	};
	double off_veh = 0;
	for (uint32_t i = 0; i < e->n_lanes; i++) {
		const struct lane_test *l = e->lanes[i];
		v.seen_veh += l ? l->seen_veh : 0;
		v.true_veh += l ? l->true_veh : 0;
		off_veh += l ? fabs(l->seen_veh - l->true_veh) : 0;
	}
	v.flow_frac = v.true_veh > 0 ? v.seen_veh / v.true_veh - 1 : UNKNOWN;
	v.flow_lane_frac = v.true_veh > 0 ? off_veh / v.true_veh : UNKNOWN;
	return v;
}
