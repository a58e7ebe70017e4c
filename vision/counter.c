/* counter.c - a camera that nobody has calibrated, live. See counter.h. */
#include "vision/counter.h"

#define MISS_SHARE 0.04 /* of vehicles: recall and precision of 0.98 on real clips */
#define WHEN_SD_S 0.35  /* of when an event is told after the centre passed the line */

struct counter {
	const struct view *view;
	uint32_t width_px, height_px;
	struct crossing *crossing;
	uint64_t *told, *measured; /* a lane: events so far, and at the end of its last window */
	double *rate_vps;          /* a lane: lately */
	bool *begun;
	double first_s;
};

static void on_event(void *user, const struct crossing_event *event)
{
	struct counter *c = user;
	c->told[event->line]++;
}

struct counter *counter_new(const struct view *view, uint32_t width_px, uint32_t height_px, struct detector *detector, double fps)
{
	struct counter *c = g_new0(struct counter, 1);
	struct crossing_line lines[CROSSING_LINES_MAX];
	const struct crossing_options options = {.analyse_fps = fps, .detector = detector};
	double sx = (double) width_px / view->width_px, sy = (double) height_px / view->height_px;
	*c = (struct counter){.view = view, .width_px = width_px, .height_px = height_px, .first_s = NAN};
	for (uint32_t k = 0; k < MIN(view->n_lanes, CROSSING_LINES_MAX); k++) {
		const struct view_line *l = &view->lines[k];
		lines[k] = (struct crossing_line){.x0 = l->x0_px * sx, .y0 = l->y0_px * sy, .x1 = l->x1_px * sx, .y1 = l->y1_px * sy};
	}
	c->crossing = crossing_new(lines, MIN(view->n_lanes, CROSSING_LINES_MAX), &options, on_event, c);
	c->told = g_new0(uint64_t, view->n_lanes);
	c->measured = g_new0(uint64_t, view->n_lanes);
	c->rate_vps = g_new0(double, view->n_lanes);
	c->begun = g_new0(bool, view->n_lanes);
	return c;
}

void counter_free(struct counter *c)
{
	if (!c)
		return;
	crossing_free(c->crossing);
	g_free(c->told);
	g_free(c->measured);
	g_free(c->rate_vps);
	g_free(c->begun);
	g_free(c);
}

void counter_look(struct counter *c, const uint8_t *grey, double t_s)
{
	if (isnan(c->first_s))
		c->first_s = t_s;
	crossing_look(c->crossing, grey, c->width_px, c->height_px, c->width_px, t_s);
}

bool counter_ready(const struct counter *c)
{
	return crossing_settled(c->crossing);
}

void counter_measure(struct counter *c, uint32_t k, double at_s, double window_s, struct estimate *e)
{
	estimate_init(e, c->view->lanes[k].lane);
	e->t_s = at_s;
	e->window_s = c->begun[k] ? window_s : fmax(window_s, at_s - c->first_s);
	e->flow_veh = (double) (c->told[k] - c->measured[k]);
	c->rate_vps[k] += fmin(1, e->window_s / 60) * (e->flow_veh / e->window_s - c->rate_vps[k]);
	/* A vehicle at either end of the window may have been told on the other side of it. */
	double late_veh = fmin(e->flow_veh + c->rate_vps[k] * WHEN_SD_S, c->rate_vps[k] * 2 * WHEN_SD_S + e->flow_veh * WHEN_SD_S / e->window_s);
	e->flow_veh_sd = sqrt(MISS_SHARE * (e->flow_veh + c->rate_vps[k] * e->window_s) + late_veh);
	c->measured[k] = c->told[k];
	c->begun[k] = true;
}

const char *counter_broken(const struct counter *c)
{
	return crossing_broken(c->crossing);
}

void counter_draw(const struct counter *c, struct cv_canvas *canvas)
{
	crossing_draw(c->crossing, canvas);
}
