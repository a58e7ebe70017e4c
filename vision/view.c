/* view.c - the ground plane behind a camera's pixels and the lanes on it. See view.h. */
#include "vision/view.h"

#include <string.h>

#include "vision/cv.h"

#define FOV_FALLBACK_RAD 0.87 /* 50 degrees: a usual street camera, when the pairs do not tell */
#define PAIRS_MAX 64
#define LINE_LEAST_PX 8.0
#define CROSSING_NEAR_M 50.0

G_DEFINE_QUARK(greenwave-view-error, view_error)

static void fail(GError **error, const char *camera, const char *why)
{
	g_set_error(error, view_error_quark(), 0, "camera %s: %s", camera, why);
}

static void apply(const double h[9], double x, double y, double out[3])
{
	for (int i = 0; i < 3; i++)
		out[i] = h[3 * i] * x + h[3 * i + 1] * y + h[3 * i + 2];
}

struct net_point view_ground(const struct view *v, double x_px, double y_px)
{
	double p[3];
	apply(v->to_ground, x_px, y_px, p);
	return (struct net_point){p[0] / p[2], p[1] / p[2]};
}

bool view_image_above(const struct view *v, struct net_point ground, double height_m, double *x_px, double *y_px)
{
	double p[3];
	apply(v->to_image, ground.x_m, ground.y_m, p);
	for (int i = 0; i < 3; i++)
		p[i] += height_m * v->up[i];
	if (!(p[2] > 1e-9))
		return false;
	*x_px = p[0] / p[2];
	*y_px = p[1] / p[2];
	return true;
}

bool view_image(const struct view *v, struct net_point ground, double *x_px, double *y_px)
{
	return view_image_above(v, ground, 0, x_px, y_px);
}

/* The homography's sign and scale so that the third coordinate is the distance along the camera's axis, > 0 in front. */
static bool solve_plane(struct view *v, GError **error)
{
	g_autofree double *px = g_new(double, 2 * v->n_pairs), *ground = g_new(double, 2 * v->n_pairs);
	double cx = 0, cy = 0; /* about the middle of the points: network coordinates may be millions of metres */
	for (uint32_t i = 0; i < v->n_pairs; i++) {
		cx += v->pairs[i].ground.x_m / v->n_pairs;
		cy += v->pairs[i].ground.y_m / v->n_pairs;
	}
	for (uint32_t i = 0; i < v->n_pairs; i++) {
		px[2 * i] = v->pairs[i].x_px;
		px[2 * i + 1] = v->pairs[i].y_px;
		ground[2 * i] = v->pairs[i].ground.x_m - cx;
		ground[2 * i + 1] = v->pairs[i].ground.y_m - cy;
	}
	double a[9], back[9];
	if (!cv_homography(ground, px, v->n_pairs, a) || !cv_homography(px, ground, v->n_pairs, back)) {
		fail(error, v->camera, "its image and ground points do not make a plane: are three of them on one line?");
		return false;
	}
	double p[3];
	apply(a, ground[0], ground[1], p);
	double sign = p[2] < 0 ? -1 : 1;
	for (int i = 0; i < 9; i++)
		v->to_image[i] = sign * a[i];
	for (int i = 0; i < 3; i++)
		v->to_image[3 * i + 2] -= v->to_image[3 * i] * cx + v->to_image[3 * i + 1] * cy;
	memcpy(v->to_ground, back, sizeof back);
	for (int i = 0; i < 3; i++) {
		v->to_ground[i] += cx * back[6 + i];
		v->to_ground[3 + i] += cy * back[6 + i];
	}
	return true;
}

/* The pinhole behind the plane: its two ground axes are at right angles and equally long in space, which gives the focal length
 * (Zhang 2000, "A flexible new technique for camera calibration", eq. 3 and 4, one view), then rotation and place. */
static bool solve_pose(struct view *v, GError **error)
{
	double c[9], cx = v->width_px / 2.0, cy = v->height_px / 2.0;
	for (int k = 0; k < 3; k++) {
		c[k] = v->to_image[k] - cx * v->to_image[6 + k];
		c[3 + k] = v->to_image[3 + k] - cy * v->to_image[6 + k];
		c[6 + k] = v->to_image[6 + k];
	}
	double a1 = c[0] * c[1] + c[3] * c[4], a2 = c[0] * c[0] + c[3] * c[3] - c[1] * c[1] - c[4] * c[4];
	double b1 = c[6] * c[7], b2 = c[6] * c[6] - c[7] * c[7];
	double inverse = -(a1 * b1 + a2 * b2) / (a1 * a1 + a2 * a2); /* 1 / focal^2 */
	double f = inverse > 0 ? sqrt(1 / inverse) : 0;
	if (!(f > 0.2 * v->width_px && f < 20.0 * v->width_px))
		f = v->width_px / 2.0 / tan(FOV_FALLBACK_RAD / 2);
	for (int k = 0; k < 6; k++)
		c[k] /= f;
	double n1 = sqrt(c[0] * c[0] + c[3] * c[3] + c[6] * c[6]), n2 = sqrt(c[1] * c[1] + c[4] * c[4] + c[7] * c[7]);
	double scale = 2 / (n1 + n2); /* image coordinates -> metres along the axis */
	double r1[3], r2[3], t[3], r3[3];
	for (int i = 0; i < 3; i++) {
		r1[i] = c[3 * i] / n1;
		r2[i] = c[3 * i + 1] / n2;
		t[i] = c[3 * i + 2] * scale;
	}
	for (int i = 0; i < 3; i++)
		r3[i] = r1[(i + 1) % 3] * r2[(i + 2) % 3] - r1[(i + 2) % 3] * r2[(i + 1) % 3];
	v->foot.x_m = -(r1[0] * t[0] + r1[1] * t[1] + r1[2] * t[2]);
	v->foot.y_m = -(r2[0] * t[0] + r2[1] * t[1] + r2[2] * t[2]);
	v->height_m = -(r3[0] * t[0] + r3[1] * t[1] + r3[2] * t[2]);
	v->focal_px = f;
	if (!(v->height_m > 0.5)) {
		fail(error, v->camera, "its points would put the camera below the road: an image point and a ground point are swapped");
		return false;
	}
	v->up[0] = (f * r3[0] + cx * r3[2]) / scale;
	v->up[1] = (f * r3[1] + cy * r3[2]) / scale;
	v->up[2] = r3[2] / scale;
	return true;
}

/* A lane that leads nowhere but into `lane`, so that all on it is bound for the same stop line. */
static uint32_t only_upstream(const struct network *net, uint32_t lane)
{
	uint32_t up = network_upstream(net, lane);
	if (up == NET_NONE)
		return NET_NONE;
	const struct net_lane *l = &net->lanes[up];
	for (uint32_t k = l->first_link; k < l->first_link + l->n_links; k++)
		if (net->links[k].to_lane != lane)
			return NET_NONE;
	return up;
}

static double path_length(const struct net_point *p, uint32_t n)
{
	double length = 0;
	for (uint32_t i = 1; i < n; i++)
		length += hypot(p[i].x_m - p[i - 1].x_m, p[i].y_m - p[i - 1].y_m);
	return length;
}

static void lane_cut(struct view_lane *out, const struct network *net, uint32_t lane, double range_m)
{
	const struct net_lane *l = &net->lanes[lane];
	g_autoptr(GArray) path = g_array_new(FALSE, FALSE, sizeof(struct net_point));
	*out = (struct view_lane){.lane = lane, .id = g_strdup(l->id), .width_m = l->width_m, .limit_mps = l->speed_mps};
	for (uint32_t at = lane, hops = 0; at != NET_NONE && hops < 16; at = only_upstream(net, at), hops++) {
		g_array_prepend_vals(path, net->lanes[at].shape, net->lanes[at].n_shape);
		out->length_m += net->lanes[at].length_m;
		if (path_length((struct net_point *) path->data, path->len) > range_m)
			break;
	}
	out->n_path = path->len;
	out->path = g_memdup2(path->data, path->len * sizeof(struct net_point));
	out->length_m = path_length(out->path, out->n_path);
}

struct net_point view_lane_point(const struct view_lane *lane, double dist_to_stop_m, double side_m)
{
	double left = dist_to_stop_m;
	uint32_t i = lane->n_path - 1;
	double ux = 1, uy = 0;
	for (; i > 0; i--) {
		double dx = lane->path[i - 1].x_m - lane->path[i].x_m, dy = lane->path[i - 1].y_m - lane->path[i].y_m, l = hypot(dx, dy);
		if (l < 1e-6)
			continue;
		ux = dx / l;
		uy = dy / l;
		if (left <= l)
			break;
		left -= l;
	}
	const struct net_point *from = &lane->path[i];
	if (i == 0) /* above the upper end: go on straight from there */
		from = &lane->path[0];
	return (struct net_point){from->x_m + ux * left + uy * side_m, from->y_m + uy * left - ux * side_m};
}

uint32_t view_locate(const struct view *v, struct net_point ground, double *dist_to_stop_m, double *side_m)
{
	uint32_t best = NET_NONE;
	double best_side = INFINITY, best_dist = 0;
	for (uint32_t k = 0; k < v->n_lanes; k++) {
		const struct view_lane *lane = &v->lanes[k];
		double to_stop = 0;
		for (uint32_t i = lane->n_path - 1; i > 0; i--) {
			double dx = lane->path[i - 1].x_m - lane->path[i].x_m, dy = lane->path[i - 1].y_m - lane->path[i].y_m, l = hypot(dx, dy);
			if (l < 1e-6)
				continue;
			double px = ground.x_m - lane->path[i].x_m, py = ground.y_m - lane->path[i].y_m;
			double along = (px * dx + py * dy) / l, side = (px * dy - py * dx) / l;
			if (along >= -1e-9 && along <= l && fabs(side) < fabs(best_side) && fabs(side) <= lane->width_m / 2) {
				best = k;
				best_side = side;
				best_dist = to_stop + along;
			}
			to_stop += l;
		}
	}
	if (best != NET_NONE) {
		*dist_to_stop_m = best_dist;
		*side_m = best_side;
	}
	return best;
}

static double apart_m(struct net_point p, const struct view_crossing *c)
{
	double dx = c->to.x_m - c->from.x_m, dy = c->to.y_m - c->from.y_m, px = p.x_m - c->from.x_m, py = p.y_m - c->from.y_m;
	double along = CLAMP((px * dx + py * dy) / fmax(dx * dx + dy * dy, 1e-9), 0, 1);
	return hypot(px - along * dx, py - along * dy);
}

bool view_on_crossing(const struct view *v, struct net_point p, double aside_m)
{
	for (uint32_t k = 0; k < v->n_crossings; k++)
		if (apart_m(p, &v->crossings[k]) <= v->crossings[k].width_m / 2 + aside_m)
			return true;
	return false;
}

static void find_crossings(struct view *v, const struct network *net)
{
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct view_crossing));
	for (uint32_t k = 0; k < net->n_lanes; k++) {
		const struct net_lane *l = &net->lanes[k];
		for (uint32_t i = 1; net->edges[l->edge].function == NET_CROSSING && i < l->n_shape; i++) {
			struct view_crossing c = {l->shape[i - 1], l->shape[i], l->width_m};
			for (uint32_t lane = 0; lane < v->n_lanes; lane++)
				if (apart_m(view_lane_point(&v->lanes[lane], 0, 0), &c) < v->range_m + CROSSING_NEAR_M) {
					g_array_append_val(all, c);
					break;
				}
		}
	}
	v->n_crossings = all->len;
	v->crossings = g_memdup2(all->data, all->len * sizeof(struct view_crossing));
}

static bool lane_in_picture(const struct view *v, const struct view_lane *lane)
{
	for (double d = 0; d < fmin(lane->length_m, v->range_m); d += 1) {
		double x, y;
		if (view_image(v, view_lane_point(lane, d, 0), &x, &y) && x >= 0 && y >= 0 && x < v->width_px && y < v->height_px)
			return true;
	}
	return false;
}

static bool cut_lanes(struct view *v, const struct network *net, const char *const *lane_ids, GError **error)
{
	bool seen = false;
	v->n_lanes = g_strv_length((char **) lane_ids);
	v->lanes = g_new0(struct view_lane, v->n_lanes);
	for (uint32_t k = 0; k < v->n_lanes; k++) {
		uint32_t lane = network_lane(net, lane_ids[k]);
		if (lane == NET_NONE) {
			g_set_error(error, view_error_quark(), 0, "camera %s: the network has no lane %s", v->camera, lane_ids[k]);
			return false;
		}
		lane_cut(&v->lanes[k], net, lane, v->range_m);
		seen = seen || lane_in_picture(v, &v->lanes[k]);
	}
	if (!seen)
		fail(error, v->camera, "none of its lanes is inside the picture: check its image and ground points");
	return seen;
}

struct view *view_new(const char *camera, const struct network *net, const char *const *lane_ids, const struct view_pair *pairs,
	uint32_t n_pairs, uint32_t width_px, uint32_t height_px, double range_m, GError **error)
{
	if (n_pairs < 4 || n_pairs > PAIRS_MAX) {
		g_set_error(error, view_error_quark(), 0, "camera %s: %u pairs of image and ground points, must be 4 to %d", camera, n_pairs,
			PAIRS_MAX);
		return NULL;
	}
	if (width_px < 64 || height_px < 48 || width_px > 8192 || height_px > 8192 || !(range_m >= 10 && range_m <= 500)) {
		g_set_error(error, view_error_quark(), 0, "camera %s: a picture of %u x %u px (64 x 48 to 8192 x 8192) with %g m of road (10 to 500)",
			camera, width_px, height_px, range_m);
		return NULL;
	}
	owned(view) v = g_new0(struct view, 1);
	v->camera = g_strdup(camera);
	v->width_px = width_px;
	v->height_px = height_px;
	v->range_m = range_m;
	v->n_pairs = n_pairs;
	v->pairs = g_memdup2(pairs, n_pairs * sizeof *pairs);
	if (!solve_plane(v, error) || !solve_pose(v, error) || !cut_lanes(v, net, lane_ids, error))
		return NULL;
	find_crossings(v, net);
	return give(v);
}

static bool line_in_picture(const struct view *v, uint32_t k, GError **error)
{
	const struct view_line *l = &v->lines[k];
	double most_x = fmax(l->x0_px, l->x1_px), most_y = fmax(l->y0_px, l->y1_px), least_x = fmin(l->x0_px, l->x1_px), least_y = fmin(l->y0_px, l->y1_px);
	if (least_x >= 0 && least_y >= 0 && most_x <= v->width_px && most_y <= v->height_px && hypot(most_x - least_x, most_y - least_y) >= LINE_LEAST_PX)
		return true;
	g_set_error(error, view_error_quark(), 0, "camera %s: the line of lane %s goes from (%g, %g) to (%g, %g) px, must be in the picture of %u x %u px and at "
		"least %g px long", v->camera, v->lanes[k].id, l->x0_px, l->y0_px, l->x1_px, l->y1_px, v->width_px, v->height_px, LINE_LEAST_PX);
	return false;
}

struct view *view_of_lines(const char *camera, const struct network *net, const char *const *lane_ids, const struct view_line *lines, uint32_t width_px,
	uint32_t height_px, GError **error)
{
	owned(view) v = g_new0(struct view, 1);
	*v = (struct view){.camera = g_strdup(camera), .width_px = width_px, .height_px = height_px, .n_lanes = g_strv_length((char **) lane_ids)};
	v->lanes = g_new0(struct view_lane, v->n_lanes);
	v->lines = g_memdup2(lines, v->n_lanes * sizeof *lines);
	for (uint32_t k = 0; k < v->n_lanes; k++) {
		uint32_t lane = network_lane(net, lane_ids[k]);
		if (lane == NET_NONE) {
			g_set_error(error, view_error_quark(), 0, "camera %s: the network has no lane %s", v->camera, lane_ids[k]);
			return NULL;
		}
		const struct net_lane *l = &net->lanes[lane];
		v->lanes[k] = (struct view_lane){.lane = lane, .id = g_strdup(l->id), .width_m = l->width_m, .limit_mps = l->speed_mps};
		if (!line_in_picture(v, k, error))
			return NULL;
	}
	return give(v);
}

void view_free(struct view *v)
{
	if (!v)
		return;
	for (uint32_t k = 0; k < v->n_lanes; k++) {
		g_free(v->lanes[k].id);
		g_free(v->lanes[k].path);
	}
	g_free(v->lanes);
	g_free(v->crossings);
	g_free(v->lines);
	g_free(v->pairs);
	g_free(v->camera);
	g_free(v);
}
