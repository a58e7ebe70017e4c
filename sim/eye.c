/* eye.c - a rendered view of an approach. */
#include "sim/eye.h"

#include <math.h>
#include <string.h>

#include "sim/bodies.h"
#include "sim/noise.h"
#include "sim/scene.h"
#include "sim/sim_error.h"
#include "sim/weather.h"

#define NOISE_PX 32768   /* length of the noise tape, a power of two */
#define NOISE_ONE 16     /* parts of a grey level */
#define CARS_MAX 512
#define SIGHT_M 300.0    /* vehicles farther away are not painted */

struct eye {
	struct eye_mount mount;
	struct lens lens;
	struct daylight day;
	struct weather *weather; /* NULL: a dry, still day */
	uint64_t seed;
	uint8_t *still;       /* the scene, I420 */
	int16_t *noise;       /* NOISE_PX + width, in 1 / NOISE_ONE grey levels */
	struct eye_car *cars; /* CARS_MAX, scratch */
	struct body_plate *plates;
	uint32_t n_plates;
};

static struct lens lens_of(const struct eye_mount *m)
{
	double c = cos(m->yaw_rad), s = sin(m->yaw_rad), cp = cos(m->pitch_rad), sp = sin(m->pitch_rad);
	return (struct lens){
		.at = {m->at.x_m, m->at.y_m, m->height_m},
		.ahead = {cp * c, cp * s, -sp},
		.right = {s, -c, 0.0},
		.up = {sp * c, sp * s, cp},
		.focal_px = 0.5 * m->width_px / tan(0.5 * m->fov_rad),
		.mid_x_px = 0.5 * m->width_px,
		.mid_y_px = 0.5 * m->height_px,
	};
}

bool eye_project(const struct eye_mount *mount, struct net_point ground, double height_m, double *x_px, double *y_px)
{
	struct lens l = lens_of(mount);
	struct raster_point p;
	if (!lens_project(&l, (struct spot){ground.x_m, ground.y_m, height_m}, &p))
		return false;
	*x_px = p.x_px;
	*y_px = p.y_px;
	return true;
}

static bool for_vehicles(const struct net_lane *lane)
{
	return (lane->allow & (uint32_t) ~(NET_PEDESTRIAN | NET_BICYCLE)) != 0;
}

/* Middle of the edge's vehicle lanes `back_m` before their end, and how wide they are together. */
static struct net_point approach_at(const struct network *net, uint32_t edge, double back_m, double *heading_rad, double *width_m)
{
	const struct net_edge *e = &net->edges[edge];
	struct net_point sum = {0.0, 0.0};
	double n = 0.0, c = 0.0, s = 0.0;
	bool any = false;
	for (uint32_t i = 0; i < e->n_lanes; i++)
		any = any || for_vehicles(&net->lanes[e->first_lane + i]);
	*width_m = 0.0;
	for (uint32_t i = 0; i < e->n_lanes; i++) {
		const struct net_lane *lane = &net->lanes[e->first_lane + i];
		double heading;
		struct net_point p = network_point(lane, lane->length_m - back_m, &heading);
		if (any && !for_vehicles(lane))
			continue;
		sum.x_m += p.x_m;
		sum.y_m += p.y_m;
		c += cos(heading);
		s += sin(heading);
		n += 1.0;
		*width_m += lane->width_m;
	}
	*heading_rad = atan2(s, c);
	return (struct net_point){sum.x_m / n, sum.y_m / n};
}

struct eye_mount eye_mount_for(const struct network *net, uint32_t edge, double view_m)
{
	const double high_m = 10.0, back_m = 25.0, below_m = 5.0, beyond_m = 10.0;
	double heading, width_m, far_heading;
	struct net_point line = approach_at(net, edge, 0.0, &heading, &width_m), far = approach_at(net, edge, 0.6 * view_m, &far_heading,
		&width_m);
	struct net_point at = {line.x_m + back_m * cos(heading), line.y_m + back_m * sin(heading)};
	double low = atan2(high_m, back_m - below_m), top = atan2(high_m, back_m + view_m + beyond_m);
	double fov_up = low - top; /* 16:9 follows from it */
	double fov = 2.0 * atan(tan(0.5 * fov_up) * 640.0 / 360.0);
	double fit = 2.0 * atan(0.5 * (width_m + 5.0) / hypot(back_m - 2.0, high_m)); /* the lanes and some ground beside them */
	return (struct eye_mount){
		.at = at,
		.height_m = high_m,
		.yaw_rad = atan2(far.y_m - at.y_m, far.x_m - at.x_m),
		.pitch_rad = 0.5 * (low + top),
		.fov_rad = MAX(fov, fit),
		.width_px = 640,
		.height_px = 360,
		.noise = 2.0,
		.sun_azimuth_rad = -2.0, /* south-southwest, early afternoon */
		.sun_elevation_rad = 0.75,
	};
}

static bool check_mount(const struct eye_mount *m, GError **error)
{
	if (m->width_px < 16 || m->height_px < 16 || m->width_px > RASTER_WIDTH_MAX || m->height_px > RASTER_WIDTH_MAX || m->width_px % 2 ||
		m->height_px % 2)
		return sim_fail(error, "a picture of %ux%u px, must be even and 16 to %u", m->width_px, m->height_px, RASTER_WIDTH_MAX);
	if (!(m->height_m > 1.0 && m->height_m <= 100.0))
		return sim_fail(error, "the camera is %g m above the ground, must be above 1 and at most 100 m", m->height_m);
	if (!(m->fov_rad > 0.01 && m->fov_rad < 3.0) || !(m->pitch_rad > 0.0 && m->pitch_rad < 1.6))
		return sim_fail(error, "an opening angle of %g rad and %g rad below the horizon, must be in (0.01, 3) and (0, 1.6)", m->fov_rad,
			m->pitch_rad);
	if (!(m->rain_frac >= 0.0 && m->rain_frac <= 1.0) || !(m->shake_px >= 0.0 && m->shake_px <= 10.0))
		return sim_fail(error, "rain of %g and a sway of %g px, must be 0 to 1 and 0 to 10 px", m->rain_frac, m->shake_px);
	if (!(m->noise >= 0.0 && m->noise <= 20.0))
		return sim_fail(error, "noise of %g grey levels, must be 0 to 20", m->noise);
	return true;
}

static struct picture picture_in(const struct eye *eye, uint8_t *y, uint8_t *u, uint8_t *v)
{
	return (struct picture){y, u, v, eye->mount.width_px, eye->mount.height_px};
}

/* Box and Muller (1958). */
static void make_noise(struct eye *eye)
{
	uint64_t stream = noise_mix(eye->seed);
	for (uint32_t i = 0; i < NOISE_PX; i += 2) {
		double r = NOISE_ONE * eye->mount.noise * sqrt(-2.0 * log(1.0 - noise_unit(stream, i))), a = 2.0 * G_PI * noise_unit(stream, i + 1);
		eye->noise[i] = (int16_t) lround(r * cos(a));
		eye->noise[i + 1] = (int16_t) lround(r * sin(a));
	}
	for (uint32_t i = 0; i < eye->mount.width_px; i++)
		eye->noise[NOISE_PX + i] = eye->noise[i];
}

static bool sunless(const struct eye_mount *m)
{
	return m->night || m->rain_frac > 0.0;
}

struct eye *eye_new(const struct network *net, const struct eye_mount *mount, uint64_t seed, GError **error)
{
	if (!check_mount(mount, error))
		return NULL;
	struct eye *eye = g_new0(struct eye, 1);
	double ce = cos(mount->sun_elevation_rad);
	size_t px = (size_t) mount->width_px * mount->height_px;
	eye->mount = *mount;
	eye->lens = lens_of(mount);
	eye->seed = seed;
	eye->day.to_sun = (struct spot){ce * cos(mount->sun_azimuth_rad), ce * sin(mount->sun_azimuth_rad), sin(mount->sun_elevation_rad)};
	eye->day.ambient = sunless(mount) ? 0.9 : 0.55;
	if (mount->night || mount->rain_frac > 0.0 || mount->shake_px > 0.0)
		eye->weather = weather_new(mount, &eye->lens, net, seed);
	eye->still = g_malloc(px + px / 2);
	eye->noise = g_new(int16_t, NOISE_PX + mount->width_px);
	eye->cars = g_new(struct eye_car, CARS_MAX);
	eye->plates = g_new(struct body_plate, CARS_MAX);
	make_noise(eye);
	struct picture still = picture_in(eye, eye->still, eye->still + px, eye->still + px + px / 4);
	scene_paint(&still, &eye->lens, net, &eye->day, seed);
	return eye;
}

void eye_free(struct eye *eye)
{
	if (!eye)
		return;
	g_free(eye->still);
	g_free(eye->noise);
	g_free(eye->cars);
	g_free(eye->plates);
	weather_free(eye->weather);
	g_free(eye);
}

static bool may_show(const struct eye *eye, const struct eye_car *car)
{
	struct spot front = {car->front.x_m, car->front.y_m, 0.0};
	double depth = lens_depth_m(&eye->lens, front), reach_m = car->length_m + 15.0; /* shadows fall far */
	if (depth < -reach_m || depth > SIGHT_M)
		return false;
	double side = (front.x_m - eye->lens.at.x_m) * eye->lens.right.x_m + (front.y_m - eye->lens.at.y_m) * eye->lens.right.y_m;
	return fabs(side) < MAX(depth, 0.0) * eye->lens.mid_x_px / eye->lens.focal_px + reach_m;
}

static double middle_depth(const struct eye *eye, const struct eye_car *car)
{
	double half = 0.5 * car->length_m;
	return lens_depth_m(&eye->lens, (struct spot){car->front.x_m - half * cos(car->heading_rad),
		car->front.y_m - half * sin(car->heading_rad), 0.0});
}

struct queued {
	uint32_t car;
	double depth_m;
};

static int far_first(const void *a, const void *b)
{
	const struct queued *p = a, *q = b;
	if (p->depth_m != q->depth_m)
		return p->depth_m > q->depth_m ? -1 : 1;
	return p->car < q->car ? -1 : p->car > q->car;
}

/* Brings forward in the queue the first vehicle that hides none of those still to be painted. */
static void pick_next(const struct eye *eye, const struct eye_car *cars, struct queued *queue, uint32_t from, uint32_t n)
{
	for (uint32_t i = from; i < n && i < from + 8; i++) {
		bool hides = false;
		for (uint32_t k = from; k < n && k < from + 12 && !hides; k++)
			hides = k != i && body_hides(&cars[queue[i].car], &cars[queue[k].car], eye->mount.at);
		if (hides)
			continue;
		struct queued next = queue[i];
		memmove(&queue[from + 1], &queue[from], (i - from) * sizeof *queue);
		queue[from] = next;
		return;
	}
}

static void hide_plates(struct eye *eye, const struct eye_car *car)
{
	struct raster_point c[8], low = {INFINITY, INFINITY}, high = {-INFINITY, -INFINITY};
	if (!body_outline(&eye->lens, car, c))
		return;
	for (uint32_t i = 0; i < 8; i++) {
		low = (struct raster_point){MIN(low.x_px, c[i].x_px), MIN(low.y_px, c[i].y_px)};
		high = (struct raster_point){MAX(high.x_px, c[i].x_px), MAX(high.y_px, c[i].y_px)};
	}
	for (uint32_t i = 0; i < eye->n_plates; i++) {
		struct raster_point at = eye->plates[i].middle;
		if (at.x_px > low.x_px && at.x_px < high.x_px && at.y_px > low.y_px && at.y_px < high.y_px)
			eye->plates[i].hidden = true;
	}
}

/* Clouds pass: a few grey levels up and down within minutes. */
static double drift(const struct eye *eye, double t_s)
{
	double phase = (double) (eye->seed % 1000) / 159.0;
	return 3.0 * sin(t_s / 31.0 + phase) + 1.5 * sin(t_s / 7.3 + 2.0 * phase);
}

/* Adds the sensor's noise and the day's drift; in blocks of a fixed length, which compilers turn into vector code. */
static void add_noise(const struct eye *eye, double t_s, uint8_t *y)
{
	enum { BLOCK = 16 };
	uint64_t frame = noise_mix(eye->seed ^ (uint64_t) llround(t_s * 1e3));
	int16_t level = (int16_t) lround(NOISE_ONE * drift(eye, t_s) + 0.5 * NOISE_ONE);
	uint32_t width = eye->mount.width_px;
	for (uint32_t row = 0; row < eye->mount.height_px; row++, y += width) {
		const int16_t *tape = eye->noise + (noise_mix(frame + row) & (NOISE_PX - 1));
		uint32_t x = 0;
		for (; x + BLOCK <= width; x += BLOCK) {
			for (uint32_t i = 0; i < BLOCK; i++) {
				int16_t v = (int16_t) ((y[x + i] * NOISE_ONE + tape[x + i] + level) >> 4);
				v = v < 16 ? 16 : v;
				y[x + i] = (uint8_t) (v > 235 ? 235 : v);
			}
		}
		for (; x < width; x++)
			y[x] = (uint8_t) CLAMP((y[x] * NOISE_ONE + tape[x] + level) >> 4, 16, 235);
	}
}

static void weather_over(struct eye *eye, struct picture *pic, const struct eye_car *cars, const struct queued *queue, uint32_t n, double t_s)
{
	const struct eye_car *painted[CARS_MAX];
	for (uint32_t i = 0; i < n; i++)
		painted[i] = &cars[queue[i].car];
	if (eye->mount.night)
		weather_night(eye->weather, pic, painted, n);
	if (eye->mount.rain_frac > 0.0)
		weather_rain(eye->weather, pic, t_s);
	if (eye->mount.shake_px > 0.0)
		weather_shake(eye->weather, pic, t_s);
}

void eye_paint(struct eye *eye, const struct eye_car *cars, uint32_t n, double t_s, uint8_t *y, uint8_t *u, uint8_t *v)
{
	size_t px = (size_t) eye->mount.width_px * eye->mount.height_px;
	struct picture pic = picture_in(eye, y, u, v);
	struct queued queue[CARS_MAX];
	uint32_t n_queue = 0;
	memcpy(y, eye->still, px);
	memcpy(u, eye->still + px, px / 4);
	memcpy(v, eye->still + px + px / 4, px / 4);
	for (uint32_t i = 0; i < n && n_queue < CARS_MAX; i++)
		if (may_show(eye, &cars[i]))
			queue[n_queue++] = (struct queued){i, middle_depth(eye, &cars[i])};
	qsort(queue, n_queue, sizeof *queue, far_first);
	eye->n_plates = 0;
	for (uint32_t i = 0; i < n_queue && !sunless(&eye->mount); i++)
		body_shadow(&eye->lens, &pic, &cars[queue[i].car], &eye->day);
	for (uint32_t i = 0; i < n_queue; i++) {
		struct body_plate plate;
		pick_next(eye, cars, queue, i, n_queue);
		body_paint(&eye->lens, &pic, &cars[queue[i].car], &eye->day, &plate);
		hide_plates(eye, &cars[queue[i].car]);
		if (plate.width_px > 0.0)
			eye->plates[eye->n_plates++] = plate;
	}
	weather_over(eye, &pic, cars, queue, n_queue, t_s);
	add_noise(eye, t_s, y);
}

void eye_look(struct eye *eye, const struct world *w, double frac, uint8_t *y, uint8_t *u, uint8_t *v)
{
	uint32_t n = MIN(eye_cars(w, frac, eye->cars, CARS_MAX), CARS_MAX);
	eye_paint(eye, eye->cars, n, world_time_s(w) - (1.0 - frac) * world_step_s(w), y, u, v);
}

uint32_t eye_plates(const struct eye *eye, double min_px, uint32_t *ids, uint32_t max)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < eye->n_plates; i++) {
		if (eye->plates[i].hidden || eye->plates[i].width_px < min_px)
			continue;
		if (n < max)
			ids[n] = eye->plates[i].id;
		n++;
	}
	return n;
}
