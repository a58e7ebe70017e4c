/* watch.c - one camera's pictures in, estimates for all its lanes out. See watch.h. */
#include "vision/watch.h"

#include <string.h>

#include "vision/beside.h"
#include "vision/counter.h"
#include "vision/plates.h"
#include "vision/slim.h"
#include "vision/spotted.h"

#define GAP_PERIODS 3.0
#define SURVEYED_FRAC 0.4 /* what the first picture's grey is worth, of what the road itself is */

#define LIGHT_EVERY_PX 61
#define LINES_FPS 60.0     /* at lines every picture is looked at */
#define NIGHT_ENTER_GREY 52.0 /* median of a picture that only lamps light; video's black is 16 */
#define NIGHT_LEAVE_GREY 62.0

struct watch {
	const struct view *view;
	uint32_t width_px, height_px;
	double period_s;
	uint32_t n; /* lanes that can be measured; 0 where nobody has calibrated the camera */
	uint32_t n_told; /* lanes that estimates are of */
	struct strip *strips;
	struct traffic *traffics;
	struct slims slims;
	struct measure *measures;
	struct plate_book *plates;
	struct plate_scan *plate_scan;
	struct plates_picture full; /* the newest picture in its full size, during watch_look; not owned */
	struct estimate *estimates;
	uint8_t *grey; /* the newest picture */
	double t_s, next_s; /* of the newest picture; end of the window that runs */
	double road_grey;
	struct shade shade;
	struct steady *steady;
	bool night;
	struct lens *lens;
	struct counter *counter; /* nobody has calibrated the camera: all that there is, with the lens; made with the first picture */
	struct detector *detector; /* NULL: what covers the road tells of vehicles; not owned */
	double detect_every_s, detect_due_s;
	bool held;       /* the counter has something that it does not tell yet: the window grows */
	GError *broken; /* why the detector no longer works */
};

/* Patches to hold on to lie where no vehicle drives, nor its roof reaches. */
static struct steady *new_steady(const struct watch *w)
{
	g_autofree uint8_t *measured = g_malloc0((size_t) w->width_px * w->height_px);
	int32_t width = (int32_t) w->width_px, height = (int32_t) w->height_px, beside = MAX(4, width / 60);
	for (uint32_t k = 0; k < w->n; k++)
		for (uint32_t i = 0; i < w->strips[k].n * STRIP_LATERAL; i++) {
			int32_t at = w->strips[k].pixel[i], x = at % width, y = at / width;
			for (int32_t v = MAX(0, y - beside); at >= 0 && v < MIN(height, y + beside + 1); v++)
				memset(measured + v * width + MAX(0, x - beside), 1, (size_t) (MIN(width, x + beside + 1) - MAX(0, x - beside)));
		}
	return steady_new(w->width_px, w->height_px, measured);
}

static bool new_lanes(struct watch *w, GError **error)
{
	const struct view *view = w->view;
	w->strips = g_new0(struct strip, view->n_lanes);
	w->traffics = g_new0(struct traffic, view->n_lanes);
	w->measures = g_new0(struct measure, view->n_lanes);
	w->plates = g_new0(struct plate_book, view->n_lanes);
	w->plate_scan = plate_scan_new(&plate_model_coarse, &plate_model_fine);
	for (uint32_t k = 0; k < view->n_lanes; k++)
		if (strip_init(&w->strips[w->n], view, &view->lanes[k], w->width_px, w->height_px)) {
			traffic_init(&w->traffics[w->n], &w->strips[w->n], &w->shade);
			estimate_init(&w->estimates[w->n], view->lanes[k].lane);
			w->n++;
		}
	slims_init(&w->slims);
	w->steady = new_steady(w);
	if (w->n == 0) {
		g_set_error(error, view_error_quark(), 0, "camera %s: none of its lanes shows 10 m of road or more that come towards it", view->camera);
		return false;
	}
	return true;
}

struct watch *watch_new(const struct view *view, uint32_t width_px, uint32_t height_px, double period_s, GError **error)
{
	owned(watch) w = g_new0(struct watch, 1);
	*w = (struct watch){.view = view, .width_px = width_px, .height_px = height_px, .period_s = period_s, .t_s = NAN, .next_s = NAN};
	w->estimates = g_new0(struct estimate, view->n_lanes);
	w->grey = g_malloc0((size_t) width_px * height_px);
	w->lens = lens_new(width_px, height_px);
	w->detect_every_s = NAN;
	if (!view->lines && !new_lanes(w, error))
		return NULL;
	w->n_told = view->lines ? view->n_lanes : w->n;
	return give(w);
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	for (uint32_t k = 0; k < w->n; k++) {
		traffic_finish(&w->traffics[k]);
		strip_finish(&w->strips[k]);
	}
	for (uint32_t k = 0; k < w->n_told; k++)
		estimate_finish(&w->estimates[k]);
	counter_free(w->counter);
	steady_free(w->steady);
	g_free(w->strips);
	g_free(w->traffics);
	g_free(w->measures);
	g_free(w->plates);
	plate_scan_free(w->plate_scan);
	g_free(w->estimates);
	g_free(w->grey);
	lens_free(w->lens);
	g_clear_error(&w->broken);
	g_free(w);
}

static void survey(struct watch *w)
{
	uint32_t histogram[256] = {0};
	for (uint32_t k = 0; k < w->n; k++)
		backdrop_survey(&w->strips[k], w->view, w->grey, w->width_px, w->height_px, histogram);
	w->road_grey = backdrop_road_grey(histogram);
}

static void look_for_plates(struct watch *w, uint32_t lane, double dt_s)
{
	const struct plates_picture work = {w->grey, w->width_px, w->height_px, w->width_px};
	plates_look(&w->plates[lane], w->plate_scan, w->view, &w->traffics[lane], w->full.grey ? &w->full : &work, w->t_s, dt_s);
}

/* Where a queue has hidden the road ever since the first picture, vehicles are told from the grey that roads share in it. */
static double quality(const struct watch *w, uint32_t lane)
{
	double known_frac = w->detector ? 1 : backdrop_known_frac(w->traffics[lane].backdrop);
	return lens_quality(w->lens) * (known_frac + (1 - known_frac) * (w->road_grey >= 0 ? SURVEYED_FRAC : 0));
}

static void tell_person(const struct watch *w, uint32_t lane)
{
	struct estimate *e = &w->estimates[lane];
	double at_m = slims_person_m(&w->slims, w->view, lane);
	if (e->incident != INCIDENT_NONE || isnan(at_m))
		return;
	e->incident = INCIDENT_PERSON;
	e->incident_m = at_m;
}

static bool measure(struct watch *w, double t_s)
{
	if (isnan(w->next_s))
		w->next_s = (floor(t_s / w->period_s) + 1) * w->period_s;
	if (t_s < w->next_s)
		return false;
	if (t_s > w->next_s + GAP_PERIODS * w->period_s && !w->held) { /* nothing was seen for a while: no estimate is about that time */
		w->next_s = (floor(t_s / w->period_s) + 1) * w->period_s;
		return false;
	}
	double at_s = floor(t_s / w->period_s) * w->period_s, window_s = at_s - w->next_s + w->period_s;
	for (uint32_t k = 0; k < w->n_told; k++) {
		estimate_finish(&w->estimates[k]);
		if (w->counter)
			counter_measure(w->counter, k, at_s, window_s, &w->estimates[k]);
		else
			measure_lane(&w->measures[k], &w->traffics[k], w->plates[k].distinct, at_s, window_s, &w->estimates[k]);
		if (!w->counter)
			tell_person(w, k);
		w->estimates[k].quality_frac = w->counter ? lens_quality(w->lens) : quality(w, k);
	}
	w->next_s = at_s + w->period_s;
	return true;
}

void watch_show_full(struct watch *w, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride)
{
	w->full = (struct plates_picture){grey, width_px, height_px, stride};
}

/* A dark picture that still shows something. By its median: the lamps of a full queue light up much, but not most of it. */
static void judge_night(struct watch *w)
{
	uint32_t histogram[256] = {0}, n = 0, below = 0;
	int median = -1;
	for (size_t i = 0; i < (size_t) w->width_px * w->height_px; i += LIGHT_EVERY_PX, n++)
		histogram[w->grey[i]]++;
	while (2 * below < n)
		below += histogram[++median];
	w->night = median < (w->night ? NIGHT_LEAVE_GREY : NIGHT_ENTER_GREY);
}

void watch_detect_with(struct watch *w, struct detector *detector, double fps)
{
	w->detector = detector;
	w->detect_every_s = 1 / fps;
	w->detect_due_s = -INFINITY;
}

const char *watch_broken(const struct watch *w)
{
	return w->counter ? counter_broken(w->counter) : w->broken ? w->broken->message : NULL;
}

/* The network sees the largest picture there is. False: it broke. */
static bool detect(struct watch *w, const struct push *push)
{
	struct detection found[DETECTIONS_MAX];
	struct spot spots[DETECTIONS_MAX];
	const struct plates_picture work = {w->grey, w->width_px, w->height_px, w->width_px}, *from = w->full.grey ? &w->full : &work;
	uint32_t n = 0;
	if (w->broken || !detector_look(w->detector, from->grey, from->width_px, from->height_px, from->stride, found, &n, &w->broken))
		return false;
	struct push far = {push->x_px * from->width_px / w->width_px, push->y_px * from->height_px / w->height_px};
	spots_place(w->view, w->strips, w->n, found, n, from->width_px, from->height_px, &far, spots);
	for (uint32_t k = 0; k < w->n; k++)
		spotted_step(&w->traffics[k], spots, n, k, w->t_s);
	slims_spots(&w->slims, spots, n, w->traffics, w->t_s);
	return true;
}

/* As often as asked: in between, vehicles are where they should be by now. */
static bool detect_now_and_then(struct watch *w, const struct push *push)
{
	if (w->t_s < w->detect_due_s) {
		for (uint32_t k = 0; k < w->n; k++)
			spotted_wait(&w->traffics[k], w->t_s);
		return true;
	}
	w->detect_due_s = w->t_s + 0.95 * w->detect_every_s;
	return detect(w, push);
}

/* What is told of the first seconds only once sizes are known is told with them: until then windows grow. */
static bool look_at_lines(struct watch *w)
{
	if (!w->counter)
		w->counter = counter_new(w->view, w->width_px, w->height_px, w->detector, w->detector ? 1 / w->detect_every_s : LINES_FPS);
	counter_look(w->counter, w->grey, w->t_s);
	w->held = w->held || !counter_ready(w->counter);
	if (counter_broken(w->counter) || !counter_ready(w->counter))
		return false;
	bool ready = measure(w, w->t_s);
	w->held = w->held && !ready;
	return ready;
}

static bool look(struct watch *w, const uint8_t *grey, double t_s)
{
	if (t_s <= w->t_s || !isfinite(t_s))
		return false;
	bool first = isnan(w->t_s);
	double dt_s = first ? 0 : t_s - w->t_s;
	if (grey != w->grey)
		memcpy(w->grey, grey, (size_t) w->width_px * w->height_px);
	w->t_s = t_s;
	lens_look(w->lens, w->grey, t_s);
	if (first)
		survey(w);
	if (lens_sight(w->lens) != SIGHT_OK)
		return false;
	if (w->view->lines)
		return look_at_lines(w);
	judge_night(w);
	struct sighting now = {.grey = w->grey, .width_px = w->width_px, .height_px = w->height_px, .push = steady_look(w->steady, w->grey),
		.road_grey = w->road_grey, .night = w->night};
	if (w->detector && !detect_now_and_then(w, &now.push))
		return false;
	if (!w->detector && !w->night)
		beside_look(w->traffics, w->n, dt_s);
	for (uint32_t k = 0; k < w->n; k++) {
		if (!w->detector)
			traffic_step(&w->traffics[k], &now, t_s);
		look_for_plates(w, k, dt_s);
	}
	if (!w->detector && !w->night)
		slims_step(&w->slims, w->traffics, w->n, t_s);
	return measure(w, t_s);
}

uint8_t *watch_room(struct watch *w)
{
	return w->grey;
}

bool watch_look(struct watch *w, const uint8_t *grey, double t_s)
{
	bool ready = look(w, grey, t_s);
	w->full.grey = NULL; /* it is gone when we return */
	return ready;
}

const struct estimate *watch_estimates(const struct watch *w, uint32_t *n)
{
	*n = w->n_told;
	return w->estimates;
}

enum sight watch_sight(const struct watch *w)
{
	return lens_sight(w->lens);
}

const struct traffic *watch_traffic(const struct watch *w, uint32_t k)
{
	return k < w->n ? &w->traffics[k] : NULL;
}

const struct plate_book *watch_plates(const struct watch *w, uint32_t k)
{
	return k < w->n ? &w->plates[k] : NULL;
}

static bool image_of(const struct watch *w, struct net_point ground, double height_m, double xy[2])
{
	if (!view_image_above(w->view, ground, height_m, &xy[0], &xy[1]))
		return false;
	xy[0] *= (double) w->width_px / w->view->width_px;
	xy[1] *= (double) w->height_px / w->view->height_px;
	return true;
}

/* A patch of road between two distances. */
static bool area_of(const struct watch *w, const struct strip *s, double from_m, double to_m, double half_m, double xy[8])
{
	return image_of(w, view_lane_point(s->lane, from_m, half_m), 0, xy) && image_of(w, view_lane_point(s->lane, from_m, -half_m), 0, xy + 2) &&
		image_of(w, view_lane_point(s->lane, to_m, -half_m), 0, xy + 4) && image_of(w, view_lane_point(s->lane, to_m, half_m), 0, xy + 6);
}

static void draw_vehicle(const struct watch *w, struct cv_canvas *canvas, const struct strip *s, const struct track *t)
{
	double box[8][2], xy[8], rear_m = t->dist_m + t->length_m;
	uint32_t rgb = t->presumed ? 0xffb000 : t->speed_mps < QUEUE_SPEED_MPS ? 0xff4040 : 0x40ff60;
	for (uint32_t i = 0; i < 8; i++)
		if (!image_of(w, view_lane_point(s->lane, i & 1 ? rear_m : t->dist_m, i & 2 ? 0.9 : -0.9), i & 4 ? t->height_m : 0, box[i]))
			return;
	static const uint8_t faces[][4] = {{0, 2, 6, 4}, {4, 6, 7, 5}};
	for (uint32_t f = 0; f < 2; f++) {
		for (uint32_t i = 0; i < 4; i++)
			memcpy(&xy[2 * i], box[faces[f][i]], sizeof box[0]);
		cv_draw_line(canvas, xy, 4, true, rgb);
	}
	double share[CLASSES];
	const char *what = w->night && !w->detector ? "" : track_class(t, share) == CLASS_HEAVY ? " heavy" : track_class(t, share) == CLASS_TWO_WHEELER ? " two-wheeler" : "";
	g_autofree char *text = g_strdup_printf("%u: %.0f%s%s", t->id % 1000, t->speed_mps, what, t->plate_seen ? " plate" : "");
	cv_draw_text(canvas, box[4][0], box[4][1] - 2, text, rgb);
}

/* Who walks or rides there: a cross where it stands, and what it is. */
static void draw_slims(const struct watch *w, struct cv_canvas *canvas)
{
	for (uint32_t i = 0; i < w->slims.n; i++) {
		const struct slim_body *b = &w->slims.all[i];
		double low[2], high[2];
		if (b->sightings < 5 || !image_of(w, (struct net_point){b->x_m, b->y_m}, 0, low) || !image_of(w, (struct net_point){b->x_m, b->y_m}, 1.7, high))
			continue;
		cv_draw_line(canvas, (const double[]){low[0], low[1], high[0], high[1]}, 2, false, 0xff40ff);
		cv_draw_text(canvas, high[0], high[1] - 2, b->most_mps >= SLIM_RIDES_MPS ? "two-wheeler" : "person", 0xff40ff);
	}
}

static void draw_lane(const struct watch *w, struct cv_canvas *canvas, uint32_t k)
{
	const struct strip *s = &w->strips[k];
	const struct estimate *e = &w->estimates[k];
	double xy[8];
	for (double d = fmax(s->near_m, 0); d < s->far_m; d += 5)
		for (int side = -1; side <= 1; side += 2) {
			double half_m = side * s->lane->width_m / 2;
			if (image_of(w, view_lane_point(s->lane, d, half_m), 0, xy) &&
				image_of(w, view_lane_point(s->lane, fmin(d + 5, s->far_m), half_m), 0, xy + 2))
				cv_draw_line(canvas, xy, 2, false, 0x3080ff);
		}
	if (e->queue_m > 0 && area_of(w, s, 0, e->queue_m, s->lane->width_m / 2, xy))
		cv_draw_area(canvas, xy, 4, 0xff2020, 0.25);
	if (area_of(w, s, 0, 0.4, s->lane->width_m / 2, xy))
		cv_draw_area(canvas, xy, 4, 0xffffff, 0.7);
	for (uint32_t i = 0; i < w->traffics[k].n; i++)
		draw_vehicle(w, canvas, s, &w->traffics[k].tracks[i]);
	g_autofree char *speed = isnan(e->speed_mps) ? g_strdup("no vehicle") : g_strdup_printf("%.1f m/s", e->speed_mps);
	g_autofree char *text = g_strdup_printf("%s: queue %.0f veh %.0f m, passed %" G_GUINT64_FORMAT ", %s", s->lane->id, e->queue_veh, e->queue_m,
		w->traffics[k].passed, speed);
	cv_draw_text(canvas, 4, 10 + 9 * k, text, 0xffffff);
}

struct cv_canvas *watch_draw(const struct watch *w)
{
	if (isnan(w->t_s))
		return NULL;
	struct cv_canvas *canvas = cv_canvas_new(w->grey, w->width_px, w->height_px, w->width_px, 2);
	for (uint32_t k = 0; canvas && k < w->n; k++)
		draw_lane(w, canvas, k);
	if (canvas)
		draw_slims(w, canvas);
	if (canvas && w->counter)
		counter_draw(w->counter, canvas);
	return canvas;
}
