/* bodies.c - the bodies of vehicles as a camera sees them. */
#include "sim/bodies.h"

#include <math.h>

enum stuff { BODY, GLASS, CARGO, DARK, CHROME, HEADLAMP, TAILLAMP };

struct corner { /* x 0 rear .. 1 front, y -1 right .. 1 left, z 0 ground .. 1 height */
	float x, y, z;
};

struct face {
	enum stuff stuff;
	struct corner c[4]; /* counter-clockwise from outside */
	bool both_sides;    /* stands for its mirror image too */
};

/* Far to near among faces that can be seen at once: lower body, then what stands on it, then what lies on the faces. */
static const struct face car_faces[] = {
	{BODY, {{0, 1, .17f}, {0, 1, .60f}, {1, 1, .50f}, {1, 1, .17f}}, true},
	{BODY, {{1, -1, .15f}, {1, 1, .15f}, {1, .94f, .50f}, {1, -.94f, .50f}}, false},
	{BODY, {{0, 1, .17f}, {0, -1, .17f}, {0, -.94f, .62f}, {0, .94f, .62f}}, false},
	{BODY, {{.68f, -1, .60f}, {1, -.96f, .49f}, {1, .96f, .49f}, {.68f, 1, .60f}}, false},
	{BODY, {{0, .96f, .60f}, {0, -.96f, .60f}, {.18f, -1, .64f}, {.18f, 1, .64f}}, false},
	{DARK, {{1, -.6f, .17f}, {1, .6f, .17f}, {1, .55f, .25f}, {1, -.55f, .25f}}, false},
	{CHROME, {{1, -.5f, .38f}, {1, .5f, .38f}, {1, .5f, .45f}, {1, -.5f, .45f}}, false},
	{HEADLAMP, {{1, .56f, .37f}, {1, .95f, .37f}, {1, .93f, .46f}, {1, .60f, .45f}}, true},
	{TAILLAMP, {{0, .95f, .44f}, {0, .60f, .44f}, {0, .62f, .57f}, {0, .93f, .57f}}, true},
	{BODY, {{.08f, .97f, .60f}, {.26f, .74f, .97f}, {.54f, .74f, .97f}, {.72f, .97f, .58f}}, true},
	{GLASS, {{.14f, .94f, .64f}, {.28f, .77f, .92f}, {.52f, .77f, .92f}, {.66f, .94f, .63f}}, true},
	{GLASS, {{.73f, -.90f, .59f}, {.73f, .90f, .59f}, {.55f, .70f, .97f}, {.55f, -.70f, .97f}}, false},
	{GLASS, {{.08f, .88f, .62f}, {.08f, -.88f, .62f}, {.24f, -.70f, .96f}, {.24f, .70f, .96f}}, false},
	{BODY, {{.24f, .75f, .97f}, {.24f, -.75f, .97f}, {.55f, -.75f, 1}, {.55f, .75f, 1}}, false},
};

static const struct face van_faces[] = {
	{BODY, {{0, 1, .12f}, {0, 1, .96f}, {.80f, .97f, .98f}, {1, 1, .12f}}, true},
	{BODY, {{1, -1, .12f}, {1, 1, .12f}, {.98f, .96f, .50f}, {.98f, -.96f, .50f}}, false},
	{BODY, {{0, 1, .12f}, {0, -1, .12f}, {0, -.97f, .97f}, {0, .97f, .97f}}, false},
	{BODY, {{0, .97f, .97f}, {0, -.97f, .97f}, {.80f, -.97f, 1}, {.80f, .97f, 1}}, false},
	{BODY, {{.98f, -.97f, .48f}, {.98f, .97f, .48f}, {.80f, .95f, .99f}, {.80f, -.95f, .99f}}, false},
	{GLASS, {{.965f, -.88f, .54f}, {.965f, .88f, .54f}, {.84f, .86f, .90f}, {.84f, -.86f, .90f}}, false},
	{GLASS, {{.62f, .99f, .56f}, {.62f, .98f, .88f}, {.80f, .98f, .88f}, {.90f, .99f, .56f}}, true},
	{GLASS, {{0, .85f, .55f}, {0, -.85f, .55f}, {0, -.82f, .88f}, {0, .82f, .88f}}, false},
	{DARK, {{1, -.7f, .13f}, {1, .7f, .13f}, {.995f, .65f, .20f}, {.995f, -.65f, .20f}}, false},
	{HEADLAMP, {{.99f, .62f, .30f}, {.99f, .94f, .30f}, {.985f, .94f, .38f}, {.985f, .65f, .38f}}, true},
	{TAILLAMP, {{0, .98f, .30f}, {0, .80f, .30f}, {0, .80f, .45f}, {0, .98f, .45f}}, true},
};

static const struct face bus_faces[] = {
	{BODY, {{0, 1, .10f}, {0, 1, .97f}, {1, 1, .97f}, {1, 1, .10f}}, true},
	{BODY, {{1, -1, .10f}, {1, 1, .10f}, {1, 1, .97f}, {1, -1, .97f}}, false},
	{BODY, {{0, 1, .10f}, {0, -1, .10f}, {0, -1, .97f}, {0, 1, .97f}}, false},
	{BODY, {{0, 1, .97f}, {0, -1, .97f}, {1, -1, .97f}, {1, 1, .97f}}, false},
	{GLASS, {{.03f, 1, .45f}, {.03f, 1, .82f}, {.97f, 1, .82f}, {.97f, 1, .45f}}, true},
	{GLASS, {{1, -.92f, .38f}, {1, .92f, .38f}, {1, .92f, .84f}, {1, -.92f, .84f}}, false},
	{GLASS, {{0, .85f, .55f}, {0, -.85f, .55f}, {0, -.85f, .85f}, {0, .85f, .85f}}, false},
	{CHROME, {{1, -.6f, .87f}, {1, .6f, .87f}, {1, .6f, .94f}, {1, -.6f, .94f}}, false},
	{CHROME, {{.30f, .5f, .972f}, {.30f, -.5f, .972f}, {.55f, -.5f, .972f}, {.55f, .5f, .972f}}, false},
	{DARK, {{1, -.9f, .10f}, {1, .9f, .10f}, {1, .9f, .15f}, {1, -.9f, .15f}}, false},
	{HEADLAMP, {{1, .65f, .20f}, {1, .92f, .20f}, {1, .92f, .27f}, {1, .65f, .27f}}, true},
	{TAILLAMP, {{0, .95f, .25f}, {0, .80f, .25f}, {0, .80f, .40f}, {0, .95f, .40f}}, true},
};

static const struct face lorry_faces[] = {
	{CARGO, {{0, 1, .28f}, {0, 1, 1}, {.76f, 1, 1}, {.76f, 1, .28f}}, true},
	{CARGO, {{0, 1, .28f}, {0, -1, .28f}, {0, -1, 1}, {0, 1, 1}}, false},
	{CARGO, {{.76f, -1, .28f}, {.76f, 1, .28f}, {.76f, 1, 1}, {.76f, -1, 1}}, false},
	{CARGO, {{0, 1, 1}, {0, -1, 1}, {.76f, -1, 1}, {.76f, 1, 1}}, false},
	{DARK, {{0, .9f, .12f}, {0, .9f, .28f}, {.78f, .9f, .28f}, {.78f, .9f, .12f}}, true},
	{DARK, {{0, .9f, .12f}, {0, -.9f, .12f}, {0, -.9f, .28f}, {0, .9f, .28f}}, false},
	{BODY, {{.79f, .96f, .12f}, {.79f, .94f, .80f}, {.97f, .94f, .78f}, {1, .96f, .12f}}, true},
	{BODY, {{1, -.96f, .12f}, {1, .96f, .12f}, {.97f, .92f, .80f}, {.97f, -.92f, .80f}}, false},
	{BODY, {{.79f, .94f, .80f}, {.79f, -.94f, .80f}, {.97f, -.92f, .80f}, {.97f, .92f, .80f}}, false},
	{GLASS, {{.99f, -.86f, .46f}, {.99f, .86f, .46f}, {.975f, .84f, .74f}, {.975f, -.84f, .74f}}, false},
	{GLASS, {{.86f, .96f, .46f}, {.86f, .95f, .72f}, {.96f, .95f, .72f}, {.975f, .96f, .46f}}, true},
	{DARK, {{1, -.8f, .12f}, {1, .8f, .12f}, {1, .8f, .20f}, {1, -.8f, .20f}}, false},
	{HEADLAMP, {{1, .62f, .22f}, {1, .90f, .22f}, {1, .90f, .28f}, {1, .62f, .28f}}, true},
	{TAILLAMP, {{0, .95f, .20f}, {0, .72f, .20f}, {0, .72f, .27f}, {0, .95f, .27f}}, true},
};

static const struct face rider_faces[] = { /* motorcycles and bicycles */
	{DARK, {{0, .35f, .10f}, {0, .35f, .45f}, {1, .35f, .45f}, {1, .35f, .10f}}, true},
	{DARK, {{1, -.35f, .10f}, {1, .35f, .10f}, {.9f, .5f, .55f}, {.9f, -.5f, .55f}}, false},
	{DARK, {{0, .35f, .10f}, {0, -.35f, .10f}, {0, -.35f, .45f}, {0, .35f, .45f}}, false},
	{BODY, {{.25f, .8f, .40f}, {.35f, .6f, .85f}, {.6f, .6f, .85f}, {.7f, .8f, .40f}}, true},
	{BODY, {{.7f, -.8f, .40f}, {.7f, .8f, .40f}, {.6f, .6f, .85f}, {.6f, -.6f, .85f}}, false},
	{BODY, {{.25f, .8f, .40f}, {.25f, -.8f, .40f}, {.35f, -.6f, .85f}, {.35f, .6f, .85f}}, false},
	{CHROME, {{.4f, .3f, .84f}, {.4f, -.3f, .84f}, {.6f, -.3f, 1}, {.6f, .3f, 1}}, false},
	{HEADLAMP, {{.92f, -.25f, .45f}, {.92f, .25f, .45f}, {.92f, .25f, .55f}, {.92f, -.25f, .55f}}, false},
};

static const struct face walker_faces[] = { /* on foot: legs, coat, head */
	{DARK, {{.3f, .7f, 0}, {.3f, .7f, .5f}, {.7f, .7f, .5f}, {.7f, .7f, 0}}, true},
	{DARK, {{.7f, -.7f, 0}, {.7f, .7f, 0}, {.7f, .7f, .5f}, {.7f, -.7f, .5f}}, false},
	{DARK, {{.3f, .7f, 0}, {.3f, -.7f, 0}, {.3f, -.7f, .5f}, {.3f, .7f, .5f}}, false},
	{BODY, {{.1f, 1, .45f}, {.2f, 1, .84f}, {.8f, 1, .84f}, {.9f, 1, .45f}}, true},
	{BODY, {{.9f, -1, .45f}, {.9f, 1, .45f}, {.8f, 1, .84f}, {.8f, -1, .84f}}, false},
	{BODY, {{.1f, 1, .45f}, {.1f, -1, .45f}, {.2f, -1, .84f}, {.2f, 1, .84f}}, false},
	{CHROME, {{.3f, .4f, .84f}, {.3f, .4f, 1}, {.7f, .4f, 1}, {.7f, .4f, .84f}}, true},
	{CHROME, {{.7f, -.4f, .84f}, {.7f, .4f, .84f}, {.7f, .4f, 1}, {.7f, -.4f, 1}}, false},
	{CHROME, {{.3f, .4f, .84f}, {.3f, -.4f, .84f}, {.3f, -.4f, 1}, {.3f, .4f, 1}}, false},
};

static const struct {
	const struct face *faces;
	uint32_t n;
} shapes[] = {
	{car_faces, G_N_ELEMENTS(car_faces)},     {van_faces, G_N_ELEMENTS(van_faces)},     {bus_faces, G_N_ELEMENTS(bus_faces)},
	{lorry_faces, G_N_ELEMENTS(lorry_faces)}, {rider_faces, G_N_ELEMENTS(rider_faces)},
	{walker_faces, G_N_ELEMENTS(walker_faces)},
};

enum shape { CAR, VAN, BUS, LORRY, RIDER, WALKER };

/* What drives in a city, as new cars are sold in Europe: half of them without a colour. r, g, b, share in 1/64. */
static const float lacquers[][4] = {
	{.88f, .88f, .87f, 13}, {.07f, .07f, .08f, 12}, {.30f, .31f, .33f, 10}, {.60f, .61f, .63f, 8}, {.12f, .18f, .42f, 5},
	{.22f, .38f, .62f, 3},  {.60f, .08f, .07f, 5},  {.16f, .28f, .18f, 2},  {.62f, .55f, .42f, 3}, {.78f, .60f, .10f, 2},
	{.36f, .20f, .12f, 1},
};

static uint32_t mix(uint32_t x) /* finaliser of MurmurHash3 (Appleby 2011) */
{
	x = (x ^ (x >> 16)) * 0x85ebca6bU;
	x = (x ^ (x >> 13)) * 0xc2b2ae35U;
	return x ^ (x >> 16);
}

static enum shape shape_of(const struct eye_car *car)
{
	if (car->length_m < 1.0)
		return WALKER;
	if (car->width_m < 1.2 || car->length_m < 2.7)
		return RIDER;
	if (car->length_m > 9.0 && mix(car->id + 77) % 3 != 0 && car->height_m >= 2.8)
		return BUS;
	if (car->length_m > 6.2)
		return LORRY;
	return car->height_m > 1.85 ? VAN : CAR;
}

static struct paint lacquer(uint32_t id)
{
	int32_t pick = (int32_t) (mix(id) & 63);
	uint32_t k = 0;
	for (; k + 1 < G_N_ELEMENTS(lacquers) && pick >= (int32_t) lacquers[k][3]; k++)
		pick -= (int32_t) lacquers[k][3];
	double lighter = 0.9 + 0.2 * (mix(id + 1000003) & 255) / 255.0;
	return paint_rgb(MIN(1.0, lacquers[k][0] * lighter), MIN(1.0, lacquers[k][1] * lighter), MIN(1.0, lacquers[k][2] * lighter), 1.0);
}

static struct paint paint_of(enum stuff stuff, const struct eye_car *car)
{
	switch (stuff) {
	case BODY:
		return lacquer(car->id);
	case GLASS:
		return paint_rgb(.17, .21, .25, 1.0);
	case CARGO:
		return mix(car->id + 5) & 1 ? paint_rgb(.82, .82, .80, 1.0) : lacquer(car->id + 9);
	case CHROME:
		return paint_rgb(.42, .43, .44, 1.0);
	case HEADLAMP:
		return paint_rgb(.97, .97, .92, 1.0);
	case TAILLAMP:
		return car->braking ? paint_rgb(1.0, .16, .12, 1.0) : paint_rgb(.48, .04, .04, 1.0);
	case DARK:
	default:
		return paint_rgb(.06, .06, .06, 1.0);
	}
}

static struct spot place(const struct eye_car *car, double back_m, double left_m, double z_m)
{
	double c = cos(car->heading_rad), s = sin(car->heading_rad);
	return (struct spot){car->front.x_m - back_m * c - left_m * s, car->front.y_m - back_m * s + left_m * c, z_m};
}

static struct spot corner_spot(const struct eye_car *car, struct corner c, double side)
{
	return place(car, (1.0 - c.x) * car->length_m, side * 0.5 * c.y * car->width_m, c.z * car->height_m);
}

static struct spot normal(const struct spot *c)
{
	struct spot a = {c[1].x_m - c[0].x_m, c[1].y_m - c[0].y_m, c[1].z_m - c[0].z_m};
	struct spot b = {c[2].x_m - c[0].x_m, c[2].y_m - c[0].y_m, c[2].z_m - c[0].z_m};
	struct spot n = {a.y_m * b.z_m - a.z_m * b.y_m, a.z_m * b.x_m - a.x_m * b.z_m, a.x_m * b.y_m - a.y_m * b.x_m};
	double length = sqrt(n.x_m * n.x_m + n.y_m * n.y_m + n.z_m * n.z_m);
	return (struct spot){n.x_m / length, n.y_m / length, n.z_m / length};
}

static bool turned_away(const struct lens *l, struct spot n, struct spot at)
{
	return n.x_m * (l->at.x_m - at.x_m) + n.y_m * (l->at.y_m - at.y_m) + n.z_m * (l->at.z_m - at.z_m) <= 0.0;
}

static double light_on(const struct daylight *day, struct spot n)
{
	double sun = n.x_m * day->to_sun.x_m + n.y_m * day->to_sun.y_m + n.z_m * day->to_sun.z_m;
	double sky = 0.5 + 0.5 * n.z_m; /* faces that look up see more of it */
	return day->ambient * (0.6 + 0.5 * sky) + (1.0 - day->ambient) * MAX(sun, 0.0) * 1.1;
}

static void face_paint(const struct lens *l, struct picture *pic, const struct eye_car *car, const struct daylight *day,
	const struct face *f, double side)
{
	struct spot c[4];
	for (uint32_t i = 0; i < 4; i++) /* the mirror image runs the other way round */
		c[i] = corner_spot(car, f->c[side > 0.0 ? i : 3 - i], side);
	struct spot n = normal(c);
	if (turned_away(l, n, c[0]))
		return;
	struct paint p = paint_of(f->stuff, car);
	if (f->stuff == GLASS)
		p = paint_lit(p, 0.5 + 0.9 * MAX(n.z_m, 0.0)); /* it mirrors the sky */
	else if (f->stuff != HEADLAMP && !(f->stuff == TAILLAMP && car->braking))
		p = paint_lit(p, light_on(day, n));
	lens_fill(l, pic, c, 4, p);
}

static void wheels(const struct lens *l, struct picture *pic, const struct eye_car *car, double left_m)
{
	static const double at[] = {0.17, 0.80};
	double radius_m = car->height_m > 2.2 ? 0.48 : 0.33;
	struct spot n = place(car, 0.0, left_m > 0.0 ? 1.0 : -1.0, 0.0);
	n = (struct spot){n.x_m - car->front.x_m, n.y_m - car->front.y_m, 0.0};
	if (turned_away(l, n, place(car, 0.0, left_m, 0.0)))
		return;
	for (uint32_t k = 0; k < G_N_ELEMENTS(at); k++) {
		struct spot rim[8];
		for (uint32_t i = 0; i < 8; i++) {
			double a = G_PI / 4.0 * i;
			rim[i] = place(car, (1.0 - at[k]) * car->length_m + radius_m * cos(a), left_m, radius_m * (1.0 + sin(a)));
		}
		lens_fill(l, pic, rim, 8, paint_rgb(.05, .05, .05, 1.0));
	}
}

/* 520 x 120 mm, dark marks on white; which marks comes from the id. */
static void plate_paint(const struct lens *l, struct picture *pic, const struct eye_car *car, bool front, struct body_plate *plate)
{
	double back_m = front ? -0.02 : car->length_m + 0.02, z_m = front ? 0.42 : 0.55, turn = front ? 1.0 : -1.0;
	struct spot c[4] = {place(car, back_m, turn * -0.26, z_m), place(car, back_m, turn * 0.26, z_m),
		place(car, back_m, turn * 0.26, z_m + 0.12), place(car, back_m, turn * -0.26, z_m + 0.12)};
	struct raster_point a, b;
	if (turned_away(l, normal(c), c[0]) || !lens_project(l, c[0], &a) || !lens_project(l, c[1], &b))
		return;
	lens_fill(l, pic, c, 4, paint_rgb(.96, .96, .94, 1.0));
	double width_px = hypot(b.x_px - a.x_px, b.y_px - a.y_px);
	for (uint32_t i = 0; i < 7 && width_px > 9.0; i++) {
		uint32_t h = mix(car->id * 7 + i);
		double from = turn * (-0.225 + 0.064 * i), to = from + turn * (0.028 + 0.018 * (h & 3) / 3.0);
		double low = z_m + 0.02 + 0.012 * ((h >> 2) & 1), high = z_m + 0.10 - 0.012 * ((h >> 3) & 1);
		struct spot mark[4] = {place(car, back_m, from, low), place(car, back_m, to, low), place(car, back_m, to, high),
			place(car, back_m, from, high)};
		lens_fill(l, pic, mark, 4, paint_rgb(.10, .10, .14, 1.0));
	}
	struct raster_point middle = {0.5 * (a.x_px + b.x_px), 0.5 * (a.y_px + b.y_px)};
	if (front && middle.x_px > 0.0 && middle.x_px < pic->width_px && middle.y_px > 0.0 && middle.y_px < pic->height_px) {
		plate->width_px = width_px;
		plate->middle = middle;
	}
}

void body_paint(const struct lens *l, struct picture *pic, const struct eye_car *car, const struct daylight *day, struct body_plate *plate)
{
	enum shape shape = shape_of(car);
	double size_px = l->focal_px * car->width_m / MAX(lens_depth_m(l, place(car, 0.0, 0.0, 0.0)), 1.0);
	struct spot under[4] = {place(car, 0.0, -0.45 * car->width_m, 0.0), place(car, 0.0, 0.45 * car->width_m, 0.0),
		place(car, car->length_m, 0.45 * car->width_m, 0.0), place(car, car->length_m, -0.45 * car->width_m, 0.0)};
	*plate = (struct body_plate){.id = car->id};
	lens_fill(l, pic, under, 4, paint_shadow(0.3));
	for (uint32_t i = 0; i < shapes[shape].n; i++) {
		const struct face *f = &shapes[shape].faces[i];
		if (size_px < 9.0 && shape != WALKER && (f->stuff == DARK || f->stuff == CHROME || f->stuff == TAILLAMP))
			continue; /* smaller than anything that the picture resolves */
		face_paint(l, pic, car, day, f, 1.0);
		if (f->both_sides)
			face_paint(l, pic, car, day, f, -1.0);
	}
	if (size_px >= 9.0 && shape != RIDER && shape != WALKER) {
		wheels(l, pic, car, 0.5 * car->width_m + 0.01);
		wheels(l, pic, car, -0.5 * car->width_m - 0.01);
		if (!car->bare) {
			plate_paint(l, pic, car, true, plate);
			plate_paint(l, pic, car, false, plate);
		}
	}
}

static double turn_of(struct net_point a, struct net_point b, struct net_point c)
{
	return (b.x_m - a.x_m) * (c.y_m - a.y_m) - (b.y_m - a.y_m) * (c.x_m - a.x_m);
}

static int by_x(const void *a, const void *b)
{
	const struct net_point *p = a, *q = b;
	return p->x_m < q->x_m ? -1 : p->x_m > q->x_m ? 1 : (p->y_m > q->y_m) - (p->y_m < q->y_m);
}

/* Convex hull, monotone chain (Andrew 1979). `out` holds 2 n. */
static uint32_t hull(struct net_point *in, uint32_t n, struct net_point *out)
{
	uint32_t k = 0;
	qsort(in, n, sizeof *in, by_x);
	for (uint32_t i = 0; i < n; i++) {
		while (k >= 2 && turn_of(out[k - 2], out[k - 1], in[i]) <= 0.0)
			k--;
		out[k++] = in[i];
	}
	for (uint32_t i = n - 1, low = k + 1; i-- > 0;) {
		while (k >= low && turn_of(out[k - 2], out[k - 1], in[i]) <= 0.0)
			k--;
		out[k++] = in[i];
	}
	return k - 1;
}

void body_shadow(const struct lens *l, struct picture *pic, const struct eye_car *car, const struct daylight *day)
{
	static const struct corner rim[] = {{0, 1, 0}, {0, -1, 0}, {1, -1, 0}, {1, 1, 0}, {0, 1, .6f}, {0, -1, .6f}, {1, -1, .5f}, {1, 1, .5f},
		{.2f, .75f, 1}, {.2f, -.75f, 1}, {.6f, -.75f, 1}, {.6f, .75f, 1}};
	static const struct corner box[] = {{0, 1, 0}, {0, -1, 0}, {1, -1, 0}, {1, 1, 0}, {0, 1, 1}, {0, -1, 1}, {.9f, -1, 1}, {.9f, 1, 1}};
	bool is_car = shape_of(car) == CAR;
	struct net_point ground[12], around[24];
	struct spot corners[24];
	uint32_t n = is_car ? G_N_ELEMENTS(rim) : G_N_ELEMENTS(box);
	for (uint32_t i = 0; i < n; i++) {
		struct spot s = corner_spot(car, is_car ? rim[i] : box[i], 1.0);
		double away = s.z_m / MAX(day->to_sun.z_m, 0.1);
		ground[i] = (struct net_point){s.x_m - away * day->to_sun.x_m, s.y_m - away * day->to_sun.y_m};
	}
	n = hull(ground, n, around);
	for (uint32_t i = 0; i < n; i++)
		corners[i] = (struct spot){around[i].x_m, around[i].y_m, 0.0};
	lens_fill(l, pic, corners, n, paint_shadow(0.62));
}

bool body_outline(const struct lens *l, const struct eye_car *car, struct raster_point corners[8])
{
	bool seen = true;
	for (uint32_t i = 0; i < 8; i++) {
		struct corner c = {i & 1 ? .95f : .05f, i & 2 ? .9f : -.9f, i & 4 ? .85f : 0};
		seen = lens_project(l, corner_spot(car, c, 1.0), &corners[i]) && seen;
	}
	return seen;
}

static void reach(const struct eye_car *car, double ax, double ay, double *from, double *to)
{
	*from = INFINITY;
	*to = -INFINITY;
	for (uint32_t i = 0; i < 4; i++) {
		struct spot s = place(car, i & 1 ? car->length_m : 0.0, (i & 2 ? 0.5 : -0.5) * car->width_m, 0.0);
		double at = s.x_m * ax + s.y_m * ay;
		*from = MIN(*from, at);
		*to = MAX(*to, at);
	}
}

bool body_hides(const struct eye_car *a, const struct eye_car *b, struct net_point eye)
{
	double best_m = 0.0;
	bool hides = false;
	for (uint32_t i = 0; i < 4; i++) {
		double heading = (i < 2 ? a : b)->heading_rad + (i & 1 ? G_PI / 2.0 : 0.0);
		double ax = cos(heading), ay = sin(heading), a0, a1, b0, b1, at = eye.x_m * ax + eye.y_m * ay;
		reach(a, ax, ay, &a0, &a1);
		reach(b, ax, ay, &b0, &b1);
		if (a0 - b1 > best_m) {
			best_m = a0 - b1;
			hides = at > 0.5 * (a0 + b1);
		}
		if (b0 - a1 > best_m) {
			best_m = b0 - a1;
			hides = at < 0.5 * (b0 + a1);
		}
	}
	return hides;
}
