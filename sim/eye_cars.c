/* eye_cars.c - where the vehicles of a world are between two of its steps, as bodies on the ground. */
#include "sim/eye.h"

#include <math.h>

struct pose {
	struct net_point at;
	double heading_rad;
};

static struct pose on_lane(const struct net_lane *lane, double pos_m)
{
	struct pose p;
	p.at = network_point(lane, pos_m, &p.heading_rad);
	if (pos_m < 0.0) { /* straight on behind the lane's beginning */
		p.at.x_m += pos_m * cos(p.heading_rad);
		p.at.y_m += pos_m * sin(p.heading_rad);
	}
	return p;
}

static struct pose between(struct pose a, struct pose b, double t)
{
	double turn = remainder(b.heading_rad - a.heading_rad, 2.0 * G_PI);
	return (struct pose){{a.at.x_m + t * (b.at.x_m - a.at.x_m), a.at.y_m + t * (b.at.y_m - a.at.y_m)}, a.heading_rad + t * turn};
}

/* The front bumper `back_m` before where it is now. Drives on over the lane's beginning into the lane it came from; a lane
 * between the two, shorter than a step, is crossed in a straight line. */
static struct pose front_at(const struct network *net, const struct vehicle_view *v, double back_m)
{
	const struct net_lane *lane = &net->lanes[v->lane];
	double pos_m = v->pos_m - back_m;
	if (v->prev_lane == NET_NONE || v->prev_lane == v->lane || pos_m >= 0.0)
		return on_lane(lane, pos_m);
	const struct net_lane *prev = &net->lanes[v->prev_lane];
	if (prev->edge == lane->edge)
		return on_lane(lane, pos_m);
	double first_m = MAX(prev->length_m - v->prev_pos_m, 0.0);
	double gap_m = MAX(v->speed_mps - v->pos_m - first_m, 0.0); /* driven on lanes between, at most */
	if (-pos_m >= gap_m || gap_m <= 0.0)
		return on_lane(prev, prev->length_m + gap_m + pos_m);
	return between(on_lane(prev, prev->length_m), on_lane(lane, 0.0), 1.0 + pos_m / gap_m);
}

/* Where the rear axle was: behind on the same lane, or on the one lane that leads to this internal lane. */
static struct pose rear_at(const struct network *net, const struct vehicle_view *v, double pos_m, double back_m)
{
	const struct net_lane *lane = &net->lanes[v->lane];
	if (pos_m >= back_m || net->edges[lane->edge].function != NET_INTERNAL)
		return on_lane(lane, pos_m - back_m);
	for (uint32_t i = 0; i < net->n_links; i++) {
		const struct net_link *link = &net->links[i];
		if (link->via == v->lane || (link->via == NET_NONE && link->to_lane == v->lane)) {
			const struct net_lane *from = &net->lanes[link->from_lane];
			return on_lane(from, from->length_m + pos_m - back_m);
		}
	}
	return on_lane(lane, pos_m - back_m);
}

static double smooth(double t)
{
	return t * t * (3.0 - 2.0 * t);
}

static struct pose pose_of(const struct network *net, const struct vehicle_view *v, double frac, double step_s, double length_m)
{
	double back_m = v->speed_mps * (1.0 - frac) * step_s;
	struct pose front = front_at(net, v, back_m);
	bool changed = v->prev_lane != NET_NONE && v->prev_lane != v->lane && net->lanes[v->prev_lane].edge == net->lanes[v->lane].edge;
	if (changed) {
		struct pose old = on_lane(&net->lanes[v->prev_lane], v->pos_m - back_m);
		return between(old, front, smooth(frac));
	}
	if (v->pos_m - back_m >= 0.0) {
		struct pose rear = rear_at(net, v, v->pos_m - back_m, 0.8 * length_m);
		double dx = front.at.x_m - rear.at.x_m, dy = front.at.y_m - rear.at.y_m;
		if (hypot(dx, dy) > 0.5 * length_m)
			front.heading_rad = atan2(dy, dx);
	}
	return front;
}

uint32_t eye_cars(const struct world *w, double frac, struct eye_car *cars, uint32_t max)
{
	const struct network *net = world_network(w);
	const struct routes *routes = world_routes(w);
	uint32_t n = world_n_vehicles(w);
	for (uint32_t k = 0; k < MIN(n, max); k++) {
		struct vehicle_view v;
		world_vehicle(w, k, &v);
		const struct vtype *type = &routes->types[v.type];
		struct pose pose = pose_of(net, &v, frac, world_step_s(w), type->length_m);
		cars[k] = (struct eye_car){pose.at, pose.heading_rad, type->length_m, type->width_m, type->height_m, v.id, v.accel_mps2 < -0.8 ||
			v.speed_mps < 0.3, false, false};
	}
	return n;
}
