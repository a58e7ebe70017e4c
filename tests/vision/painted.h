/* painted.h - a street for the tests of vision: vehicles on straight lanes before a signal, painted by the simulator's eye.
 *
 * Smooth between pictures (intelligent driver model, Treiber, Hennecke & Helbing 2000, at the pictures' own rate), so that the truth of each picture is
 * known exactly. Deterministic for a seed. No GStreamer, no files.
 */
#pragma once

#include "sim/eye.h"
#include "vision/view.h"

#define PAINTED_LANES 2
#define PAINTED_CARS 64

struct painted_car {
	double dist_m, speed_mps, length_m, width_m, height_m; /* front to stop line */
	uint32_t id;
};

struct painted {
	struct network *net;
	struct eye_mount mount;
	struct eye *eye;
	uint32_t lanes[PAINTED_LANES];
	struct painted_car cars[PAINTED_LANES][PAINTED_CARS]; /* nearest first, those beyond the line too */
	uint32_t n[PAINTED_LANES];
	uint32_t passed[PAINTED_LANES];
	double due_s[PAINTED_LANES];
	double flow_vph, green_s, cycle_s, lorry_frac; /* green at the end of each cycle */
	double wish_mps;                               /* what drivers like to drive; 13 */
	double two_wheeler_frac;
	double breaks_down_m;   /* the next on lane 0 stops there for good; 0 = nobody */
	uint32_t broken_id;
	double wrong_m, wrong_mps; /* one on lane 0 that drives away from the line: where, how fast; 0 = nobody */
	double walk_m, walk_side_m, walk_mps; /* somebody on foot: how far before the line of lane 0, how far left of its middle, and how fast across to the right; 0: nobody */
	uint32_t walk_clothes; /* another number, another colour */
	double parked_m, parked_side_m; /* a car parked there beside lane 0, its middle so far to the right of the lane's; 0 = none */
	uint32_t bare_every; /* every so many vehicles one has no plates; 0 = all have */
	double t_s;
	uint32_t next_id;
	uint64_t random;
	uint8_t *y, *u, *v;
};

/* `standing` vehicles wait on each lane when it begins, before a red light. */
/* Another sky: what the mount says of night, rain, shake and noise from now on. */
bool painted_weather(struct painted *s, bool night, double rain_frac, double shake_px, double noise, GError **error);
struct painted *painted_new(const char *net_file, double flow_vph, double lorry_frac, uint32_t standing, uint64_t seed, GError **error);
struct painted *painted_site(const char *net_file, GError **error); /* the place alone, for painted_view: it cannot be painted */
void painted_free(struct painted *s);
bool painted_resize(struct painted *s, uint32_t width_px, uint32_t height_px, GError **error); /* at 16:9; else 640 x 360 */
OWNED(painted)
void painted_step(struct painted *s, double dt_s); /* and paints s->y */
struct view *painted_view(const struct painted *s, GError **error); /* the camera's calibration, from four points of the mount */
void painted_truth(const struct painted *s, uint32_t lane, double view_m, double gap_m, struct estimate *e); /* inited; estimate_finish it */
