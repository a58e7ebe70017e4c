/* sim_cameras.c - the cameras that the simulator puts up by itself, and `greenwave-sim cameras`, which writes them down as YAML. */
#include "daemon/sim_cameras.h"

#include <gst/gst.h>
#include <gst/video/video.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/netfile.h"
#include "daemon/sim_commands.h"
#include "sim/sim_error.h"

static void camera_free(gpointer data)
{
	struct sim_camera *c = data;
	g_free(c->id);
	g_free(c->lanes);
	g_free(c);
}

static uint32_t signal_of(const struct network *net, const struct net_lane *lane)
{
	for (uint32_t k = 0; k < lane->n_links; k++)
		if (net->links[lane->first_link + k].signal != NET_NONE)
			return net->links[lane->first_link + k].signal;
	return NET_NONE;
}

static struct sim_camera *camera_at(const struct network *net, uint32_t edge, double view_m)
{
	static const char *const from[] = {"west", "south", "east", "north"}; /* driving east, north, west, south */
	const struct net_edge *e = &net->edges[edge];
	g_autofree uint32_t *lanes = g_new(uint32_t, e->n_lanes + 1);
	uint32_t n = 0, signal = NET_NONE;
	double heading = 0.0;
	for (uint32_t i = 0; e->function == NET_NORMAL && i < e->n_lanes; i++) {
		const struct net_lane *lane = &net->lanes[e->first_lane + i];
		uint32_t s = signal_of(net, lane);
		if (s == NET_NONE || (lane->allow & (uint32_t) ~(NET_PEDESTRIAN | NET_BICYCLE)) == 0)
			continue;
		signal = s;
		lanes[n++] = e->first_lane + i;
		network_point(lane, lane->length_m, &heading);
	}
	if (n == 0)
		return NULL;
	struct sim_camera *c = g_new0(struct sim_camera, 1);
	*c = (struct sim_camera){.signal = signal, .edge = edge, .lanes = g_steal_pointer(&lanes), .n_lanes = n, .view_m = view_m};
	c->mount = eye_mount_for(net, edge, view_m);
	c->id = g_strdup_printf("%s-%s", net->signals[signal].id, from[(lround(heading / (G_PI / 2.0)) + 4) % 4]);
	return c;
}

/* Where a name is there twice, both are called after their edges. */
static void name_apart(const struct network *net, GPtrArray *all)
{
	g_autoptr(GHashTable) count = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (guint i = 0; i < all->len; i++) {
		const char *id = ((struct sim_camera *) all->pdata[i])->id;
		g_hash_table_insert(count, g_strdup(id), GUINT_TO_POINTER(GPOINTER_TO_UINT(g_hash_table_lookup(count, id)) + 1));
	}
	for (guint i = 0; i < all->len; i++) {
		struct sim_camera *c = all->pdata[i];
		if (GPOINTER_TO_UINT(g_hash_table_lookup(count, c->id)) > 1) {
			g_free(c->id);
			c->id = g_strdup_printf("%s-%s", net->signals[c->signal].id, net->edges[c->edge].id);
		}
		g_strcanon(c->id, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_.-", '_'); /* it becomes a path of a URI and a topic */
		c->seed = g_str_hash(c->id);
	}
}

static GPtrArray *pick(GPtrArray *all, const char *ids, GError **error)
{
	g_auto(GStrv) names = g_strsplit(ids, ",", -1);
	g_autoptr(GPtrArray) picked = g_ptr_array_new_with_free_func(camera_free);
	for (char **name = names; *name; name++) {
		guint i = 0;
		while (i < all->len && strcmp(((struct sim_camera *) all->pdata[i])->id, *name) != 0)
			i++;
		if (i == all->len) {
			g_set_error(error, SIM_ERROR, SIM_ERROR_VALUE, "there is no camera \"%s\": it must be one of the %u that `greenwave-sim "
				"cameras` lists, once",
				*name, all->len + picked->len);
			return NULL;
		}
		g_ptr_array_add(picked, g_ptr_array_steal_index(all, i));
	}
	return g_steal_pointer(&picked);
}

GPtrArray *sim_cameras_new(const struct network *net, double view_m, const char *ids, GError **error)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(camera_free);
	if (!(view_m >= 30.0 && view_m <= 300.0)) {
		g_set_error(error, SIM_ERROR, SIM_ERROR_VALUE, "a view of %g m, must be 30 to 300 m", view_m);
		return NULL;
	}
	for (uint32_t e = 0; e < net->n_edges; e++) {
		struct sim_camera *c = camera_at(net, e, view_m);
		if (c)
			g_ptr_array_add(all, c);
	}
	name_apart(net, all);
	if (all->len == 0) {
		g_set_error(error, SIM_ERROR, SIM_ERROR_VALUE, "the network has no approach that leads to a signal");
		return NULL;
	}
	return ids && strcmp(ids, "all") != 0 ? pick(all, ids, error) : g_steal_pointer(&all);
}

static struct net_point off_lane(const struct net_lane *lane, double back_m, double left_m)
{
	double heading;
	struct net_point p = network_point(lane, lane->length_m, &heading);
	return (struct net_point){p.x_m - back_m * cos(heading) - left_m * sin(heading), p.y_m - back_m * sin(heading) + left_m * cos(heading)};
}

/* On the straight continuation of the stop line's direction: it need not be road, it only has to be ground. */
void sim_camera_points(const struct sim_camera *c, const struct network *net, double points[SIM_CAMERA_POINTS][4])
{
	const struct net_lane *right = &net->lanes[c->lanes[0]], *left = &net->lanes[c->lanes[c->n_lanes - 1]];
	for (uint32_t i = 0; i < SIM_CAMERA_POINTS; i++) {
		double back_m = (i / 2) * (i / 2) * 0.22 * c->view_m + 1.0;
		struct net_point g = i % 2 ? off_lane(left, back_m, 0.5 * left->width_m) : off_lane(right, back_m, -0.5 * right->width_m);
		double x = NAN, y = NAN;
		eye_project(&c->mount, g, 0.0, &x, &y);
		points[i][0] = x;
		points[i][1] = y;
		points[i][2] = g.x_m;
		points[i][3] = g.y_m;
	}
}

static void set_known(json_t *to, const char *key, double value)
{
	if (isfinite(value))
		json_object_set_new(to, key, json_real(value));
}

json_t *sim_camera_lane_truth(const struct world *w, uint32_t lane, double view_m, uint64_t passed_before)
{
	struct estimate e;
	json_t *out = json_object(), *vehicles = json_array();
	estimate_init(&e, lane);
	world_see(w, lane, view_m, &e);
	set_known(out, "queue_veh", e.queue_veh);
	set_known(out, "queue_m", e.queue_m);
	set_known(out, "speed_mps", e.speed_mps);
	set_known(out, "jam_frac", e.jam_frac);
	json_object_set_new(out, "passed_veh", json_integer((json_int_t) (world_passed(w, lane) - passed_before)));
	for (uint32_t i = 0; i < e.n_vehicles; i++)
		json_array_append_new(vehicles, json_pack("[f,f,f]", e.vehicles[i].dist_to_stop_m, e.vehicles[i].speed_mps,
			e.vehicles[i].length_m));
	json_object_set_new(out, "vehicles", vehicles);
	estimate_finish(&e);
	return out;
}

static void print_yaml(const struct sim_camera *c, const struct network *net, uint32_t port)
{
	double points[SIM_CAMERA_POINTS][4];
	sim_camera_points(c, net, points);
	printf("  - id: %s\n    uri: rtsp://127.0.0.1:%u/%s\n    size: [%u, %u]\n    range_m: %g\n    lanes: [", c->id, port, c->id,
		c->mount.width_px,
		c->mount.height_px, c->view_m);
	for (uint32_t i = 0; i < c->n_lanes; i++)
		printf("%s%s", i ? ", " : "", net->lanes[c->lanes[i]].id);
	printf("]\n    points:\n");
	for (uint32_t i = 0; i < SIM_CAMERA_POINTS; i++)
		printf("      - [%.1f, %.1f, %.2f, %.2f]\n", points[i][0], points[i][1], points[i][2], points[i][3]);
}

/* The empty road as this camera sees it. */
static bool write_png(const struct sim_camera *c, const struct network *net, const char *folder, GError **error)
{
	owned(eye) eye = eye_new(net, &c->mount, c->seed, error);
	if (!eye)
		return false;
	size_t px = (size_t) c->mount.width_px * c->mount.height_px;
	g_autofree char *name = g_strdup_printf("%s/%s.png", folder, c->id);
	GstBuffer *buffer = gst_buffer_new_allocate(NULL, px + px / 2, NULL);
	GstMapInfo map;
	gst_buffer_map(buffer, &map, GST_MAP_WRITE);
	eye_paint(eye, NULL, 0, 0.0, map.data, map.data + px, map.data + px + px / 4);
	gst_buffer_unmap(buffer, &map);
	g_autoptr(GstCaps) from = gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, "I420", "width", G_TYPE_INT,
		(gint) c->mount.width_px, "height",
		G_TYPE_INT, (gint) c->mount.height_px, "framerate", GST_TYPE_FRACTION, SIM_CAMERA_FPS, 1, NULL);
	g_autoptr(GstCaps) to = gst_caps_from_string("image/png");
	g_autoptr(GstSample) sample = gst_sample_new(buffer, from, NULL, NULL);
	gst_buffer_unref(buffer);
	g_autoptr(GstSample) png = gst_video_convert_sample(sample, to, 10 * GST_SECOND, error);
	if (!png)
		return false;
	gst_buffer_map(gst_sample_get_buffer(png), &map, GST_MAP_READ);
	bool written = g_file_set_contents(name, (const char *) map.data, (gssize) map.size, error);
	gst_buffer_unmap(gst_sample_get_buffer(png), &map);
	return written;
}

static bool list_cameras(const char *network, gint64 port, double view_m, const char *folder, GError **error)
{
	owned(network) net = netfile_read(network, NULL, error);
	if (!net)
		return false;
	g_autoptr(GPtrArray) cameras = sim_cameras_new(net, view_m, NULL, error);
	if (!cameras)
		return false;
	printf("cameras:\n");
	for (guint i = 0; i < cameras->len; i++) {
		print_yaml(cameras->pdata[i], net, (uint32_t) port);
		if (folder && !write_png(cameras->pdata[i], net, folder, error))
			return false;
	}
	return true;
}

int sim_cameras(int argc, char **argv)
{
	g_autofree char *network = NULL, *folder = NULL;
	gint64 port = 8554;
	double view_m = 100.0;
	const GOptionEntry entries[] = {
		{"network", 'n', 0, G_OPTION_ARG_FILENAME, &network, "SUMO network (.net.xml, may be .gz)", "FILE"},
		{"rtsp", 0, 0, G_OPTION_ARG_INT64, &port, "port that `play` will serve them at, 1 to 65535 (default 8554)", "PORT"},
		{"view", 0, 0, G_OPTION_ARG_DOUBLE, &view_m, "how far up the road they see, m (default 100)", "M"},
		{"png", 0, 0, G_OPTION_ARG_FILENAME, &folder, "write a picture of each empty road into this folder", "FOLDER"},
		G_OPTION_ENTRY_NULL,
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	g_option_context_set_summary(context, "Prints the `cameras:` section of greenwave.yaml for a simulated network.");
	g_option_context_add_main_entries(context, entries, NULL);
	bool good = g_option_context_parse(context, &argc, &argv, &error);
	const char *wrong = !good ? error->message : argc > 1 ? "takes no arguments, only options" : !network ? "needs --network FILE"
		: port < 1 || port > 65535 ? "--rtsp must be 1 to 65535" : NULL;
	if (wrong) {
		fprintf(stderr, "greenwave-sim cameras: %s\n", wrong);
		return 2;
	}
	gst_init(NULL, NULL);
	if (list_cameras(network, port, view_m, folder, &error))
		return 0;
	fprintf(stderr, "greenwave-sim cameras: %s\n", error->message);
	return 1;
}
