/* weather.c - what night, rain and wind make of a camera's picture. See weather.h. */
#include "sim/weather.h"

#include <math.h>
#include <string.h>

#include "sim/noise.h"

#define NIGHT_LEAST 0.12    /* of the day's light, from the sky over a town */
#define LAMP_LIGHT 0.34     /* below a street lamp, after the camera has opened up */
#define LAMP_EVERY_M 32.0
#define LAMP_REACH_M 9.0    /* where half of it is left */
#define BEAM_M 22.0         /* how far dipped headlights light the road */
#define BEAM_LIGHT 0.34
#define STREAKS 260         /* in a picture of 640 x 360 in heavy rain */
#define DROPS 14
#define DROP_LASTS_S 9.0
#define ONE 256             /* parts of a level of light */

struct weather {
	struct eye_mount mount;
	struct lens lens;
	uint64_t seed;
	uint16_t *still_light; /* of the street, a pixel each, ONE = day */
	uint8_t *beams, *spare; /* light of headlights, video range; a picture to push from */
};

static double smooth(double x)
{
	return x <= 0 ? 0 : x >= 1 ? 1 : x * x * (3 - 2 * x);
}

/* Pools of light along the lanes' right sides. */
static GArray *street_lamps(const struct network *net)
{
	GArray *lamps = g_array_new(FALSE, FALSE, sizeof(struct net_point));
	for (uint32_t i = 0; i < net->n_lanes; i++) {
		const struct net_lane *lane = &net->lanes[i];
		for (double at = 8.0; lane->index == 0 && net->edges[lane->edge].function == NET_NORMAL && at < lane->length_m; at += LAMP_EVERY_M) {
			double heading;
			struct net_point p = network_point(lane, at, &heading);
			struct net_point lamp = {p.x_m + 2.0 * sin(heading), p.y_m - 2.0 * cos(heading)};
			g_array_append_val(lamps, lamp);
		}
	}
	return lamps;
}

static void light_street(struct weather *w, const struct network *net)
{
	g_autoptr(GArray) lamps = street_lamps(net);
	for (uint32_t y = 0; y < w->mount.height_px; y++)
		for (uint32_t x = 0; x < w->mount.width_px; x++) {
			struct net_point g;
			double light = NIGHT_LEAST;
			bool ground = lens_ground(&w->lens, (struct raster_point){x + 0.5, y + 0.5}, &g);
			for (uint32_t i = 0; ground && i < lamps->len; i++) {
				struct net_point at = g_array_index(lamps, struct net_point, i);
				double dx = g.x_m - at.x_m, dy = g.y_m - at.y_m, sq = (dx * dx + dy * dy) / (LAMP_REACH_M * LAMP_REACH_M);
				if (sq < 12)
					light += LAMP_LIGHT / ((1 + sq) * (1 + sq));
			}
			w->still_light[y * w->mount.width_px + x] = (uint16_t) (ONE * fmin(light, 0.6));
		}
}

struct weather *weather_new(const struct eye_mount *mount, const struct lens *lens, const struct network *net, uint64_t seed)
{
	struct weather *w = g_new0(struct weather, 1);
	size_t px = (size_t) mount->width_px * mount->height_px;
	w->mount = *mount;
	w->lens = *lens;
	w->seed = seed;
	w->spare = g_malloc(px);
	if (mount->night) {
		w->still_light = g_new(uint16_t, px);
		w->beams = g_malloc(px);
		light_street(w, net);
	}
	return w;
}

void weather_free(struct weather *w)
{
	if (!w)
		return;
	g_free(w->still_light);
	g_free(w->beams);
	g_free(w->spare);
	g_free(w);
}

static struct spot on_car(const struct eye_car *car, double ahead_m, double left_m, double z_m)
{
	double c = cos(car->heading_rad), s = sin(car->heading_rad);
	return (struct spot){car->front.x_m + ahead_m * c - left_m * s, car->front.y_m + ahead_m * s + left_m * c, z_m};
}

/* Dipped headlights on the road: brightest some metres ahead, wider and weaker beyond. */
static void throw_beam(struct weather *w, struct picture *light, const struct eye_car *car)
{
	for (uint32_t i = 0; i < 6; i++) {
		double to_m = BEAM_M * (1.0 - 0.15 * i), from_m = 0.4 + 0.35 * i, near_m = 0.45 * car->width_m, wide_m = near_m + 0.09 * to_m;
		struct spot c[4] = {on_car(car, from_m, -near_m, 0), on_car(car, from_m, near_m, 0), on_car(car, to_m, wide_m, 0), on_car(car, to_m, -wide_m, 0)};
		lens_fill(&w->lens, light, c, 4, (struct paint){.y = 235, .opacity = (uint16_t) (256 * BEAM_LIGHT / 3.5)});
	}
}

static void shine(struct picture *pic, struct raster_point at, double radius_px, uint8_t grey, double opacity)
{
	struct raster_point rim[12];
	for (uint32_t i = 0; i < 12; i++)
		rim[i] = (struct raster_point){at.x_px + radius_px * cos(G_PI / 6.0 * i), at.y_px + radius_px * sin(G_PI / 6.0 * i)};
	raster_fill(pic, rim, 12, (struct paint){.y = grey, .u = 128, .v = 128, .opacity = (uint16_t) lround(256.0 * opacity)});
}

static bool behind_another(const struct weather *w, const struct eye_car *const *cars, uint32_t from, uint32_t n, struct raster_point at)
{
	for (uint32_t i = from; i < n; i++) {
		struct raster_point c[8], low = {INFINITY, INFINITY}, high = {-INFINITY, -INFINITY};
		if (!body_outline(&w->lens, cars[i], c))
			continue;
		for (uint32_t k = 0; k < 8; k++) {
			low = (struct raster_point){MIN(low.x_px, c[k].x_px), MIN(low.y_px, c[k].y_px)};
			high = (struct raster_point){MAX(high.x_px, c[k].x_px), MAX(high.y_px, c[k].y_px)};
		}
		if (at.x_px > low.x_px && at.x_px < high.x_px && at.y_px > low.y_px && at.y_px < high.y_px)
			return true;
	}
	return false;
}

/* Lamps that look at the camera: white ones dazzle it, red ones glow. */
static void light_lamps(struct weather *w, struct picture *pic, const struct eye_car *const *cars, uint32_t k, uint32_t n)
{
	const struct eye_car *car = cars[k];
	double to_x = w->lens.at.x_m - car->front.x_m, to_y = w->lens.at.y_m - car->front.y_m;
	double facing = (to_x * cos(car->heading_rad) + to_y * sin(car->heading_rad)) / fmax(hypot(to_x, to_y), 0.1);
	bool front = facing > 0, single = car->width_m < 1.2;
	double z_m = front ? fmin(0.43 * car->height_m, 0.9) : 0.8;
	for (int side = single ? 0 : -1; side <= 1; side += 2) {
		struct spot at = on_car(car, front ? 0.03 : -car->length_m - 0.03, side * 0.38 * car->width_m, z_m);
		struct raster_point p;
		if (!lens_project(&w->lens, at, &p) || behind_another(w, cars, k + 1, n, p))
			continue;
		double metre_px = w->lens.focal_px / fmax(lens_depth_m(&w->lens, at), 1.0), glare = smooth((fabs(facing) - 0.3) / 0.6);
		double lamp_px = fmax(0.10 * metre_px, 0.8);
		if (front) {
			shine(pic, p, fmin(5 * lamp_px + 4, 40), 235, 0.07 * glare);
			shine(pic, p, 2.4 * lamp_px + 1, 235, 0.25 * glare);
		}
		shine(pic, p, lamp_px, front ? 235 : car->braking ? 150 : 90, 1);
	}
}

static void light_picture(const struct weather *w, struct picture *pic)
{
	uint32_t n = pic->width_px * pic->height_px;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t light = w->still_light[i] + (uint32_t) (w->beams[i] - 16) * ONE / 219;
		pic->y[i] = (uint8_t) (16 + (((uint32_t) (pic->y[i] - MIN(pic->y[i], 16)) * MIN(light, ONE)) >> 8));
	}
	for (uint32_t i = 0; i < n / 4; i++) { /* little light, little colour */
		pic->u[i] = (uint8_t) (128 + (pic->u[i] - 128) / 3);
		pic->v[i] = (uint8_t) (128 + (pic->v[i] - 128) / 3);
	}
}

/* Falling water is a veil over what is far and streaks over what is near; what sticks to the glass blurs. */
static void veil(const struct weather *w, struct picture *pic)
{
	int32_t grey = w->mount.night ? 30 : 150, keep = (int32_t) (ONE * (1 - 0.45 * w->mount.rain_frac));
	for (uint32_t y = 0; y < pic->height_px; y++) {
		int32_t far = (int32_t) (keep * (0.75 + 0.25 * y / pic->height_px));
		uint8_t *row = pic->y + (size_t) y * pic->width_px;
		for (uint32_t x = 0; x < pic->width_px; x++)
			row[x] = (uint8_t) (grey + (((row[x] - grey) * far) >> 8));
	}
}

void weather_night(struct weather *w, struct picture *pic, const struct eye_car *const *cars, uint32_t n)
{
	size_t px = (size_t) pic->width_px * pic->height_px;
	g_autofree uint8_t *unused = g_malloc0(px / 2);
	struct picture light = {w->beams, unused, unused + px / 4, pic->width_px, pic->height_px};
	memset(w->beams, 16, px);
	for (uint32_t k = 0; k < n; k++)
		if (!cars[k]->unlit)
			throw_beam(w, &light, cars[k]);
	light_picture(w, pic);
	if (w->mount.rain_frac > 0) /* lamps outshine it */
		veil(w, pic);
	for (uint32_t k = 0; k < n; k++)
		if (!cars[k]->unlit)
			light_lamps(w, pic, cars, k, n);
}

static void streaks(const struct weather *w, struct picture *pic, double t_s)
{
	uint64_t frame = noise_stream(w->seed, (uint64_t) llround(t_s * 1000), 91);
	double area = (double) pic->width_px * pic->height_px / (640.0 * 360.0), tall = pic->height_px / 360.0;
	for (uint32_t i = 0; i < (uint32_t) (STREAKS * area * w->mount.rain_frac); i++) {
		double x = noise_unit(frame, 4 * i) * pic->width_px, y = noise_unit(frame, 4 * i + 1) * pic->height_px;
		double near = noise_unit(frame, 4 * i + 2), long_px = tall * (6 + 26 * near * near), wide_px = tall * (0.4 + 0.7 * near);
		double lean = 0.12 + 0.05 * noise_unit(frame, 4 * i + 3);
		struct raster_point c[4] = {{x, y}, {x + wide_px, y}, {x + wide_px - lean * long_px, y + long_px}, {x - lean * long_px, y + long_px}};
		raster_fill(pic, c, 4, (struct paint){.y = w->mount.night ? 90 : 210, .u = 128, .v = 128, .opacity = (uint16_t) (40 + 45 * near)});
	}
}

static void drops(const struct weather *w, struct picture *pic, double t_s)
{
	for (uint32_t i = 0; i < (uint32_t) (DROPS * w->mount.rain_frac); i++) {
		double life = t_s / DROP_LASTS_S + noise_unit(w->seed, 7000 + i), age = life - floor(life);
		uint64_t stream = noise_stream(w->seed, i, 92 + (uint64_t) floor(life));
		double radius_px = (5 + 12 * noise_unit(stream, 2)) * pic->height_px / 360.0;
		struct raster_point at = {noise_unit(stream, 0) * pic->width_px, noise_unit(stream, 1) * pic->height_px + 14 * age * age};
		shine(pic, at, radius_px, w->mount.night ? 40 : 165, 0.30 * smooth(4 * age) * smooth(4 * (1 - age)));
		shine(pic, at, 0.6 * radius_px, w->mount.night ? 55 : 180, 0.25 * smooth(4 * age) * smooth(4 * (1 - age)));
	}
}

void weather_rain(struct weather *w, struct picture *pic, double t_s)
{
	if (!w->mount.night)
		veil(w, pic);
	streaks(w, pic, t_s);
	drops(w, pic, t_s);
}

/* A mast sways at its own frequency of one to two hertz, gusts come and go; lorries make it tremble. */
struct raster_point weather_push(const struct weather *w, double t_s)
{
	double phase = (double) (w->seed % 997) / 158.0, gust = 0.65 + 0.35 * sin(0.41 * t_s + phase);
	double x = sin(2 * G_PI * 1.3 * t_s + phase) + 0.5 * sin(2 * G_PI * 2.9 * t_s), y = sin(2 * G_PI * 1.7 * t_s + 1) + 0.4 * sin(2 * G_PI * 4.1 * t_s + phase);
	return (struct raster_point){w->mount.shake_px * gust * 1.25 * x, w->mount.shake_px * gust * 1.25 * y};
}

void weather_shake(struct weather *w, struct picture *pic, double t_s)
{
	struct raster_point push = weather_push(w, t_s);
	int32_t width = (int32_t) pic->width_px, height = (int32_t) pic->height_px, dx = (int32_t) floor(push.x_px), dy = (int32_t) floor(push.y_px);
	int32_t fx = (int32_t) (ONE * (push.x_px - dx)), fy = (int32_t) (ONE * (push.y_px - dy));
	memcpy(w->spare, pic->y, (size_t) width * (size_t) height);
	for (int32_t y = 0; y < height; y++) {
		const uint8_t *a = w->spare + (size_t) CLAMP(y - dy - 1, 0, height - 1) * (size_t) width;
		const uint8_t *b = w->spare + (size_t) CLAMP(y - dy, 0, height - 1) * (size_t) width;
		uint8_t *to = pic->y + (size_t) y * (size_t) width;
		for (int32_t x = 0; x < width; x++) {
			int32_t l = CLAMP(x - dx - 1, 0, width - 1), r = CLAMP(x - dx, 0, width - 1);
			int32_t above = a[l] * fx + a[r] * (ONE - fx), below = b[l] * fx + b[r] * (ONE - fx);
			to[x] = (uint8_t) ((above * fy + below * (ONE - fy) + ONE * ONE / 2) >> 16);
		}
	}
}
