/* film_check.c - vision's estimates of a filmed approach against the truth. See film_check.h. */
#include "tests/vision/film_check.h"

#include <stdio.h>
#include <string.h>

#include "core/netfile.h"

#define MAX_PAIRS 16

struct watching {
	struct film_check *f;
	GMainLoop *loop;
	struct camera *camera;
	const char *snapshot;
};

static double number(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

static struct view *view_of(struct film_check *f, GError **error)
{
	json_t *lanes = json_object_get(f->truth, "lanes"), *points = json_object_get(f->truth, "points"), *size = json_object_get(f->truth, "size");
	const char *ids[FILM_LANES + 1] = {NULL};
	struct view_pair pairs[MAX_PAIRS] = {0};
	uint32_t n = (uint32_t) MIN(json_array_size(points), MAX_PAIRS);
	f->n_lanes = (uint32_t) MIN(json_array_size(lanes), FILM_LANES);
	for (uint32_t k = 0; k < f->n_lanes; k++) {
		ids[k] = json_string_value(json_array_get(lanes, k));
		f->lanes[k].id = g_strdup(ids[k]);
	}
	for (uint32_t k = 0; k < n; k++) {
		double v[4];
		for (uint32_t i = 0; i < 4; i++)
			v[i] = json_number_value(json_array_get(json_array_get(points, k), i));
		pairs[k] = (struct view_pair){v[0], v[1], {v[2], v[3]}};
	}
	return view_new("film", f->net, ids, pairs, n, (uint32_t) json_integer_value(json_array_get(size, 0)),
		(uint32_t) json_integer_value(json_array_get(size, 1)), number(f->truth, "range_m"), error);
}

static const json_t *truth_at(const struct film_check *f, double t_s)
{
	size_t i;
	json_t *second;
	json_array_foreach(json_object_get(f->truth, "seconds"), i, second)
		if (fabs(number(second, "t_s") - t_s) < 0.01)
			return second;
	return NULL;
}

static void compare(struct film_check *f, const struct estimate *e, const json_t *now, const json_t *before)
{
	struct film_lane *lane = NULL;
	for (uint32_t k = 0; k < f->n_lanes; k++)
		if (strcmp(f->lanes[k].id, f->net->lanes[e->lane].id) == 0)
			lane = &f->lanes[k];
	g_assert_nonnull(lane);
	const json_t *is = json_object_get(json_object_get(now, "lanes"), lane->id), *was = json_object_get(json_object_get(before, "lanes"), lane->id);
	double passed = number(is, "passed_veh") - number(was, "passed_veh"), n = (double) json_array_size(json_object_get(is, "vehicles"));
	lane->seconds++;
	lane->flow_seen += e->flow_veh;
	lane->flow_true += passed;
	lane->queue_off += fabs(e->queue_veh - number(is, "queue_veh"));
	lane->bias += e->queue_veh - number(is, "queue_veh");
	lane->queue_m_off += fabs(e->queue_m - number(is, "queue_m"));
	lane->vehicles_off += fabs(e->n_vehicles - n);
	lane->plates += e->plates;
	if (json_object_get(is, "speed_mps") && !isnan(e->speed_mps)) {
		lane->speed_off += fabs(e->speed_mps - number(is, "speed_mps"));
		lane->speed_seconds++;
	}
	if (f->print)
		printf("%5.1f %-10s queue %4.1f/%4.1f  m %5.1f/%5.1f speed %4.1f/%4.1f n %2u/%2.0f passed %3.0f/%3.0f plates %.0f q %.2f\n", e->t_s, lane->id,
			e->queue_veh, number(is, "queue_veh"), e->queue_m, number(is, "queue_m"), e->speed_mps, number(is, "speed_mps"), e->n_vehicles, n,
			lane->flow_seen, lane->flow_true, lane->plates, e->quality_frac);
}

static void on_estimates(void *user, const struct estimate *estimates, uint32_t n)
{
	struct watching *w = user;
	const json_t *now = truth_at(w->f, estimates[0].t_s), *before = truth_at(w->f, estimates[0].t_s - 1);
	for (uint32_t k = 0; k < n; k++) {
		g_autoptr(GError) error = NULL;
		g_assert_true(estimate_check(&estimates[k], &error));
		if (now && before && estimates[k].t_s >= w->f->from_s)
			compare(w->f, &estimates[k], now, before);
	}
}

static void on_state(void *user, const struct camera_health *health)
{
	struct watching *w = user;
	g_strlcpy(w->f->why, health->state == CAMERA_OK || health->state == CAMERA_ENDED ? "" : health->why, sizeof w->f->why);
	if (health->state == CAMERA_ENDED || health->state == CAMERA_LOST)
		g_main_loop_quit(w->loop);
}

bool film_check_run(struct film_check *f, const char *net_file, const char *film, const char *truth, const char *snapshot, GError **error)
{
	json_error_t bad;
	f->net = netfile_read(net_file, NULL, error);
	f->truth = json_load_file(truth, 0, &bad);
	if (!f->net || !f->truth || !(f->view = view_of(f, error)))
		return false;
	struct watching w = {.f = f, .loop = g_main_loop_new(NULL, FALSE), .snapshot = snapshot};
	struct camera_options options = {.uri = film, .analyse_fps = 10, .period_s = 1};
	w.camera = camera_new(f->view, &options, on_estimates, on_state, &w, error);
	if (w.camera) {
		g_main_loop_run(w.loop);
		while (g_main_context_iteration(NULL, FALSE))
			;
		if (snapshot)
			camera_snapshot(w.camera, snapshot, error);
	}
	camera_free(w.camera);
	g_main_loop_unref(w.loop);
	return w.camera != NULL;
}

void film_check_finish(struct film_check *f)
{
	for (uint32_t k = 0; k < f->n_lanes; k++)
		g_free(f->lanes[k].id);
	view_free(f->view);
	network_free(f->net);
	json_decref(f->truth);
	*f = (struct film_check){0};
}
