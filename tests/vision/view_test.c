/* view_test.c - the ground plane behind the pixels, lanes on it, and the strips cut out of them. */
#include <math.h>
#include <string.h>

#include "vision/strip.h"

/* A camera 10 m up, 20 m beyond the stop line at x = 200, looking west along a lane that comes from the west. */
static const double focal = 700, pitch = 0.25;

static void project(double x, double y, double z, double *u, double *v)
{
	double along = 220 - x, right = y, up = z - 10; /* looking west, north is to the right */
	double depth = along * cos(pitch) - up * sin(pitch), high = along * sin(pitch) + up * cos(pitch);
	*u = 320 + focal * right / depth;
	*v = 180 - focal * high / depth;
}

static struct network *one_lane(void)
{
	struct network *net = g_new0(struct network, 1);
	net->n_edges = net->n_lanes = net->n_nodes = 1;
	net->edges = g_new0(struct net_edge, 1);
	net->edges[0] = (struct net_edge){.id = g_strdup("in"), .n_lanes = 1, .from = NET_NONE, .to = NET_NONE};
	net->lanes = g_new0(struct net_lane, 1);
	net->lanes[0] = (struct net_lane){.id = g_strdup("in_0"), .length_m = 200, .speed_mps = 14, .width_m = 3.2, .n_shape = 2};
	net->lanes[0].shape = g_new0(struct net_point, 2);
	net->lanes[0].shape[1] = (struct net_point){200, 0};
	net->nodes = g_new0(struct net_node, 1);
	net->lane_by_id = g_hash_table_new(g_str_hash, g_str_equal);
	g_hash_table_insert(net->lane_by_id, net->lanes[0].id, GUINT_TO_POINTER(1));
	return net;
}

static struct view *make_view(const struct network *net, double slip_px, GError **error)
{
	static const double at[][2] = {{198, -5}, {198, 5}, {120, -5}, {120, 5}};
	const char *ids[] = {"in_0", NULL};
	struct view_pair pairs[4];
	for (uint32_t i = 0; i < 4; i++) {
		pairs[i].ground = (struct net_point){at[i][0], at[i][1]};
		project(at[i][0], at[i][1], 0, &pairs[i].x_px, &pairs[i].y_px);
		pairs[i].x_px += i & 1 ? slip_px : -slip_px;
	}
	return view_new("test", net, ids, pairs, 4, 640, 360, 100, error);
}

static void test_round_trip(void)
{
	owned(network) net = one_lane();
	g_autoptr(GError) error = NULL;
	owned(view) v = make_view(net, 0, &error);
	g_assert_no_error(error);
	for (double x = 110; x < 199; x += 7)
		for (double y = -4; y <= 4; y += 2) {
			double u, w, top_u, top_w, true_u, true_w;
			g_assert_true(view_image(v, (struct net_point){x, y}, &u, &w));
			struct net_point back = view_ground(v, u, w);
			g_assert_cmpfloat(hypot(back.x_m - x, back.y_m - y), <, 1e-6);
			project(x, y, 3, &true_u, &true_w);
			g_assert_true(view_image_above(v, (struct net_point){x, y}, 3, &top_u, &top_w));
			g_assert_cmpfloat(hypot(top_u - true_u, top_w - true_w), <, 0.01);
		}
	g_assert_cmpfloat_with_epsilon(v->height_m, 10, 1e-4);
	g_assert_cmpfloat_with_epsilon(v->focal_px, focal, 1e-2);
	g_assert_cmpfloat_with_epsilon(v->foot.x_m, 220, 1e-3);
}

static void test_locate(void)
{
	owned(network) net = one_lane();
	owned(view) v = make_view(net, 0, NULL);
	double dist_m, side_m;
	g_assert_cmpuint(view_locate(v, (struct net_point){150, 1}, &dist_m, &side_m), ==, 0);
	g_assert_cmpfloat_with_epsilon(dist_m, 50, 1e-9);
	g_assert_cmpfloat_with_epsilon(side_m, 1, 1e-9); /* north is left of eastbound */
	g_assert_cmpuint(view_locate(v, (struct net_point){150, 1.7}, &dist_m, &side_m), ==, NET_NONE);
	struct net_point p = view_lane_point(&v->lanes[0], 30, -1);
	g_assert_cmpfloat_with_epsilon(p.x_m, 170, 1e-9);
	g_assert_cmpfloat_with_epsilon(p.y_m, -1, 1e-9);
}

static void expect(struct view *v, GError *error, const char *part)
{
	g_assert_null(v);
	g_assert_nonnull(error);
	g_assert_nonnull(strstr(error->message, part));
	g_error_free(error);
}

static void test_refused(void)
{
	owned(network) net = one_lane();
	const char *ids[] = {"in_0", NULL}, *wrong[] = {"out_0", NULL};
	struct view_pair line[4], away[4];
	static const struct net_point far_off[] = {{0, 900}, {50, 900}, {0, 950}, {50, 950}};
	GError *error = NULL;
	for (uint32_t i = 0; i < 4; i++) {
		line[i] = (struct view_pair){100 + 100 * i, 100, {100 + 10 * i, 0}};
		away[i] = (struct view_pair){i & 1 ? 500 : 100, i & 2 ? 100 : 300, far_off[i]};
	}
	struct view *v = view_new("c", net, ids, line, 4, 640, 360, 100, &error);
	expect(v, error, "do not make a plane");
	error = NULL;
	v = view_new("c", net, ids, away, 4, 640, 360, 100, &error);
	expect(v, error, "camera c");
	error = NULL;
	v = view_new("c", net, ids, away, 3, 640, 360, 100, &error);
	expect(v, error, "must be 4 to");
	owned(view) good = make_view(net, 0, NULL);
	error = NULL;
	v = view_new("c", net, wrong, good->pairs, 4, 640, 360, 100, &error);
	expect(v, error, "no lane out_0");
}

static void test_strip(void)
{
	owned(network) net = one_lane();
	owned(view) v = make_view(net, 0, NULL);
	struct strip s;
	g_assert_true(strip_init(&s, v, &v->lanes[0], 640, 360));
	for (double d = s.near_m; d < s.far_m; d += 3)
		g_assert_cmpfloat_with_epsilon(strip_dist(&s, strip_cell(&s, d)), d, 1e-9);
	/* A roof's far edge is seen where the strip says it is thrown to. */
	double u, w;
	g_assert_true(view_image_above(v, (struct net_point){160, 0}, 1.5, &u, &w));
	struct net_point hit = view_ground(v, u, w);
	g_assert_cmpfloat_with_epsilon(strip_cell(&s, 200 - hit.x_m), strip_cell(&s, 40) + strip_roof(&s, 1.5), 1e-3);
	g_assert_cmpint(s.pixel[0], >=, 0);
	strip_finish(&s);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/view/round-trip", test_round_trip);
	g_test_add_func("/view/locate", test_locate);
	g_test_add_func("/view/refused", test_refused);
	g_test_add_func("/view/strip", test_strip);
	return g_test_run();
}
