/* sim_film.c - greenwave-sim film: one camera's picture as an H.264 file, and the truth beside it, faster than real time.
 *
 * The world runs under its own fixed plans. Frame k (from 0) was taken (k + 1) / 10 s after the film began; the truth of second
 * s is about its last frame, 10 s - 1. Truth as JSON: camera, size, fps, lanes, points (pixel and ground), and `seconds`: t_s (of the
 * film), frame, for each lane queue_veh, queue_m, speed_mps, passed_veh (since the film began), vehicles [dist_to_stop_m, speed_mps,
 * length_m]; `cars` in the picture [id, front x_px, y_px, x_m, y_m, speed_mps, length_m]; `plates`: ids of vehicles whose front plate
 * was at least 10 px wide and not hidden in any frame of that second.
 */
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <stdio.h>
#include <string.h>

#include "daemon/sim_cameras.h"
#include "daemon/sim_case.h"
#include "daemon/sim_commands.h"

#define PLATE_PX 10.0
#define MANY 2048

struct film {
	const struct network *net;
	const struct sim_camera *camera;
	struct lockstep *lockstep; /* not owned */
	struct eye *eye;
	GstElement *pipeline;
	GstAppSrc *in;
	json_t *seconds;
	uint64_t frames;
	uint64_t *passed; /* at the beginning, a lane each */
	struct eye_car *cars;
};

static bool open_file(struct film *f, const char *path, GError **error)
{
	const struct eye_mount *m = &f->camera->mount;
	g_autofree char *text = g_strdup_printf("appsrc name=in format=time block=true max-bytes=4000000 "
		"caps=video/x-raw,format=I420,width=%u,height=%u,"
		"framerate=%d/1 ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=20 bitrate=1500 threads=1 ! h264parse ! mp4mux ! "
		"filesink name=out",
		m->width_px, m->height_px, SIM_CAMERA_FPS);
	f->pipeline = gst_parse_launch(text, error);
	if (!f->pipeline)
		return false;
	f->in = GST_APP_SRC(gst_bin_get_by_name(GST_BIN(f->pipeline), "in"));
	g_autoptr(GstElement) out = gst_bin_get_by_name(GST_BIN(f->pipeline), "out");
	g_object_set(out, "location", path, NULL);
	gst_element_set_state(f->pipeline, GST_STATE_PLAYING);
	return true;
}

/* Ends the file; false with the pipeline's own words if it broke. */
static bool close_file(struct film *f, GError **error)
{
	bool good = true;
	gst_app_src_end_of_stream(f->in);
	g_autoptr(GstBus) bus = gst_element_get_bus(f->pipeline);
	g_autoptr(GstMessage) message = gst_bus_timed_pop_filtered(bus, 60 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
	if (!message || GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
		good = false;
		if (message)
			gst_message_parse_error(message, error, NULL);
		else
			g_set_error(error, GST_STREAM_ERROR, GST_STREAM_ERROR_MUX, "the film was not written within 60 s");
	}
	gst_element_set_state(f->pipeline, GST_STATE_NULL);
	return good;
}

static bool shoot(struct film *f, double frac)
{
	size_t px = (size_t) f->camera->mount.width_px * f->camera->mount.height_px;
	GstBuffer *buffer = gst_buffer_new_allocate(NULL, px + px / 2, NULL);
	GstMapInfo map;
	gst_buffer_map(buffer, &map, GST_MAP_WRITE);
	eye_look(f->eye, lockstep_world(f->lockstep), frac, map.data, map.data + px, map.data + px + px / 4);
	gst_buffer_unmap(buffer, &map);
	GST_BUFFER_PTS(buffer) = gst_util_uint64_scale(f->frames++, GST_SECOND, SIM_CAMERA_FPS);
	GST_BUFFER_DURATION(buffer) = GST_SECOND / SIM_CAMERA_FPS;
	return gst_app_src_push_buffer(f->in, buffer) == GST_FLOW_OK;
}

static json_t *cars_now(struct film *f)
{
	const struct world *w = lockstep_world(f->lockstep);
	uint32_t n = MIN(eye_cars(w, 1.0, f->cars, MANY), MANY);
	json_t *cars = json_array();
	for (uint32_t k = 0; k < n; k++) {
		struct vehicle_view v;
		double x, y;
		world_vehicle(w, k, &v);
		if (!eye_project(&f->camera->mount, f->cars[k].front, 0.0, &x, &y) || x < 0 || y < 0 || x > f->camera->mount.width_px ||
			y > f->camera->mount.height_px)
			continue;
		json_array_append_new(cars, json_pack("[i,f,f,f,f,f,f]", (int) v.id, x, y, f->cars[k].front.x_m, f->cars[k].front.y_m, v.speed_mps,
			f->cars[k].length_m));
	}
	return cars;
}

static void note_plates(const struct film *f, GHashTable *seen)
{
	uint32_t ids[256], n = eye_plates(f->eye, PLATE_PX, ids, G_N_ELEMENTS(ids));
	for (uint32_t i = 0; i < MIN(n, G_N_ELEMENTS(ids)); i++)
		g_hash_table_add(seen, GUINT_TO_POINTER(ids[i]));
}

static gint by_value(gconstpointer a, gconstpointer b)
{
	return GPOINTER_TO_UINT(a) < GPOINTER_TO_UINT(b) ? -1 : 1;
}

static void note_second(struct film *f, double t_s, GHashTable *seen)
{
	json_t *lanes = json_object(), *plates = json_array();
	for (uint32_t i = 0; i < f->camera->n_lanes; i++) {
		uint32_t lane = f->camera->lanes[i];
		json_object_set_new(lanes, f->net->lanes[lane].id,
			sim_camera_lane_truth(lockstep_world(f->lockstep), lane, f->camera->view_m, f->passed[i]));
	}
	GList *ids = g_list_sort(g_hash_table_get_keys(seen), by_value);
	for (GList *at = ids; at; at = at->next)
		json_array_append_new(plates, json_integer(GPOINTER_TO_UINT(at->data)));
	g_list_free(ids);
	json_array_append_new(f->seconds, json_pack("{s:f, s:I, s:o, s:o, s:o}", "t_s", t_s, "frame", (json_int_t) f->frames - 1, "lanes",
		lanes, "cars",
		cars_now(f), "plates", plates));
}

static bool run_film(struct film *f, uint32_t seconds, GError **error)
{
	for (uint32_t i = 0; i < f->camera->n_lanes; i++)
		f->passed[i] = world_passed(lockstep_world(f->lockstep), f->camera->lanes[i]);
	for (uint32_t s = 1; s <= seconds; s++) {
		g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
		lockstep_step(f->lockstep);
		for (uint32_t k = 1; k <= SIM_CAMERA_FPS; k++) {
			if (!shoot(f, (double) k / SIM_CAMERA_FPS))
				return close_file(f, error);
			note_plates(f, seen);
		}
		note_second(f, s, seen);
	}
	return close_file(f, error);
}

static json_t *truth_of(const struct film *f)
{
	double points[SIM_CAMERA_POINTS][4];
	json_t *lanes = json_array(), *pairs = json_array();
	sim_camera_points(f->camera, f->net, points);
	for (uint32_t i = 0; i < SIM_CAMERA_POINTS; i++)
		json_array_append_new(pairs, json_pack("[f,f,f,f]", points[i][0], points[i][1], points[i][2], points[i][3]));
	for (uint32_t i = 0; i < f->camera->n_lanes; i++)
		json_array_append_new(lanes, json_string(f->net->lanes[f->camera->lanes[i]].id));
	return json_pack("{s:s, s:[i,i], s:i, s:f, s:o, s:o, s:O}", "camera", f->camera->id, "size", f->camera->mount.width_px,
		f->camera->mount.height_px, "fps",
		SIM_CAMERA_FPS, "range_m", f->camera->view_m, "lanes", lanes, "points", pairs, "seconds", f->seconds);
}

#define WARMUP_S 300.0 /* unless told otherwise: let traffic build up before */

struct wish { /* the command line */
	char *camera, *out, *truth;
	gint64 seconds;
	double noise, rain_frac, shake_px;
	gboolean night;
};

static bool film(const struct sim_case *c, const struct wish *wish, GError **error)
{
	owned(network) net = sim_case_network(c, NULL, error);
	g_autoptr(GPtrArray) cameras = net ? sim_cameras_new(net, c->view_m, wish->camera, error) : NULL;
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	owned(routes) routes = cameras ? routes_read(c->routes, net, (uint64_t) c->seed, notes, error) : NULL;
	sim_case_say(notes);
	if (!routes)
		return false;
	struct lockstep_options o = lockstep_options_default();
	o.world = (struct world_options){.step_s = 1.0, .begin_s = isnan(c->begin_s) ? 0.0 : c->begin_s, .seed = (uint64_t) c->seed};
	owned(lockstep) lockstep = lockstep_new(net, routes, &o, error);
	struct sim_camera *camera = cameras->pdata[0];
	camera->mount.noise = wish->noise;
	camera->mount.night = wish->night;
	camera->mount.rain_frac = wish->rain_frac;
	camera->mount.shake_px = wish->shake_px;
	owned(eye) eye = lockstep ? eye_new(net, &camera->mount, camera->seed, error) : NULL;
	struct film f = {.net = net, .camera = camera, .lockstep = lockstep, .eye = eye};
	if (!eye || !open_file(&f, wish->out, error))
		return false;
	for (double t = 0.0; t < c->warmup_s; t += 1.0)
		lockstep_step(lockstep);
	f.seconds = json_array();
	f.passed = g_new0(uint64_t, camera->n_lanes);
	f.cars = g_new(struct eye_car, MANY);
	bool good = run_film(&f, (uint32_t) wish->seconds, error);
	json_auto_t *truth = truth_of(&f);
	g_autofree char *text = json_dumps(truth, JSON_COMPACT | JSON_REAL_PRECISION(8));
	good = good && (!wish->truth || g_file_set_contents(wish->truth, text, -1, error));
	json_decref(f.seconds);
	g_free(f.passed);
	g_free(f.cars);
	gst_object_unref(f.in);
	gst_object_unref(f.pipeline);
	return good;
}

int sim_film(int argc, char **argv)
{
	struct sim_case c;
	struct wish w = {.seconds = 300, .noise = 2.0};
	const GOptionEntry more[] = {
		{"camera", 'c', 0, G_OPTION_ARG_STRING, &w.camera, "which one, as `greenwave-sim cameras` names them", "ID"},
		{"out", 'o', 0, G_OPTION_ARG_FILENAME, &w.out, "the film (.mp4)", "FILE"},
		{"truth", 0, 0, G_OPTION_ARG_FILENAME, &w.truth, "what really happened, each second (.json)", "FILE"},
		{"seconds", 0, 0, G_OPTION_ARG_INT64, &w.seconds, "length, s, 1 to 36000 (default 300)", "N"},
		{"noise", 0, 0, G_OPTION_ARG_DOUBLE, &w.noise, "of the sensor, grey levels, 0 to 20 (default 2)", "SD"},
		{"night", 0, 0, G_OPTION_ARG_NONE, &w.night, "street lamps and headlights only", NULL},
		{"rain", 0, 0, G_OPTION_ARG_DOUBLE, &w.rain_frac, "0 dry to 1 heavy (default 0)", "SHARE"},
		{"shake", 0, 0, G_OPTION_ARG_DOUBLE, &w.shake_px, "how far the camera sways, px, 0 to 10 (default 0)", "SD"},
		G_OPTION_ENTRY_NULL,
	};
	int code = 2;
	g_autoptr(GError) error = NULL;
	sim_case_init(&c);
	c.warmup_s = WARMUP_S;
	if (sim_case_options(&c, more, "Films one camera's approach under the fixed plans, after 300 s of warm-up unless told otherwise.", argc, argv, &code)) {
		const char *wrong = !w.camera || strchr(w.camera, ',') ? "needs --camera ID, one" : !w.out ? "needs --out FILE"
			: w.seconds < 1 || w.seconds > 36000 ? "--seconds must be 1 to 36000" : NULL;
		gst_init(NULL, NULL);
		code = wrong ? 2 : film(&c, &w, &error) ? 0 : 1;
		if (code)
			fprintf(stderr, "greenwave-sim film: %s\n", wrong ? wrong : error ? error->message : "the film was not written");
	}
	g_free(w.camera);
	g_free(w.out);
	g_free(w.truth);
	sim_case_finish(&c);
	return code;
}
