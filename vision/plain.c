/* plain.c - what can be said of a camera that nobody has calibrated. See plain.h. */
#include "vision/plain.h"

#include <math.h>
#include <string.h>

#include "vision/crossing.h"
#include "vision/jam.h"
#include "vision/lens.h"
#include "vision/plate_scan.h"
#include "vision/sparse.h"

#define WORK_PX 640
#define LINE_AT 0.6      /* of the picture's height: across all of it, counted either way */
#define SMALL_PX 500     /* shown twice as large */
#define FPS 10.0
#define PLATES_MOST 16
#define PLATES_EVERY_S 0.5 /* a whole picture takes as long as several of the other looks */

struct plain {
	struct jam_size size;
	struct jam *jam;
	struct lens *lens;
	struct crossing *crossing;
	struct plate_scan *scan;
	uint8_t *grey, *work;
	uint32_t width_px, height_px, shrink;
	struct plate_box plates[PLATES_MOST];
	uint32_t n_plates, passed;
	double t_s, scanned_s;
};

struct plain *plain_new(void)
{
	struct plain *p = g_new0(struct plain, 1);
	p->jam = jam_new(&p->size);
	p->scan = plate_scan_new(&plate_model_coarse, &plate_model_fine);
	p->scanned_s = -INFINITY;
	return p;
}

void plain_free(struct plain *p)
{
	if (!p)
		return;
	jam_free(p->jam);
	lens_free(p->lens);
	crossing_free(p->crossing);
	plate_scan_free(p->scan);
	g_free(p->grey);
	g_free(p->work);
	g_free(p);
}

static void on_event(void *user, const struct crossing_event *event)
{
	(void) event;
	((struct plain *) user)->passed++;
}

static void fit(struct plain *p, uint32_t width_px, uint32_t height_px)
{
	if (p->grey && p->width_px == width_px && p->height_px == height_px)
		return;
	p->width_px = width_px;
	p->height_px = height_px;
	p->shrink = (width_px + WORK_PX - 1) / WORK_PX;
	g_free(p->grey);
	g_free(p->work);
	p->grey = g_malloc((gsize) width_px * height_px);
	p->work = g_malloc((gsize) width_px * height_px);
	crossing_free(p->crossing);
	struct crossing_line line = {.x0 = 0, .x1 = width_px, .y0 = LINE_AT * height_px, .y1 = LINE_AT * height_px};
	p->crossing = crossing_new(&line, 1, &(struct crossing_options){.analyse_fps = FPS}, on_event, p);
	lens_free(p->lens);
	p->lens = lens_new(width_px / p->shrink, height_px / p->shrink);
}

void plain_look(struct plain *p, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride, double t_s)
{
	fit(p, width_px, height_px);
	for (uint32_t y = 0; y < height_px; y++)
		memcpy(p->grey + (gsize) y * width_px, grey + (gsize) y * stride, width_px);
	sparse_take(grey, width_px, height_px, stride, p->shrink, p->work);
	p->t_s = t_s;
	lens_look(p->lens, p->work, t_s);
	crossing_look(p->crossing, p->grey, width_px, height_px, width_px, t_s);
	jam_look(p->jam, p->grey, width_px, height_px, width_px, t_s);
	if (t_s - p->scanned_s < PLATES_EVERY_S && t_s >= p->scanned_s)
		return;
	p->scanned_s = t_s;
	p->n_plates = plate_scan_picture(p->scan, p->grey, width_px, height_px, width_px, p->plates, PLATES_MOST);
}

static const char *jam_word(enum jam_level level)
{
	switch (level) {
	case JAM_FREE:
		return "free";
	case JAM_SLOW:
		return "slow";
	case JAM_QUEUED:
		return "queued";
	case JAM_JAMMED:
		return "jammed";
	case JAM_UNKNOWN:
	default:
		return "nothing moves yet";
	}
}

struct cv_canvas *plain_draw(const struct plain *p)
{
	if (!p->grey)
		return NULL;
	struct cv_canvas *canvas = cv_canvas_new(p->grey, p->width_px, p->height_px, p->width_px, p->width_px < SMALL_PX ? 2 : 1);
	for (uint32_t k = 0; canvas && k < p->n_plates; k++) {
		const struct plate_box *b = &p->plates[k];
		double xy[8] = {b->x_px, b->y_px, b->x_px + b->w_px, b->y_px, b->x_px + b->w_px, b->y_px + b->h_px, b->x_px, b->y_px + b->h_px};
		cv_draw_line(canvas, xy, 4, true, 0xffe000);
	}
	if (canvas)
		crossing_draw(p->crossing, canvas);
	struct jam_state jam = jam_state(p->jam);
	g_autofree char *line = g_strdup_printf("%.1f s  %s  passed %u  plates %u  quality %.2f  %s", p->t_s, jam_word(jam.level), p->passed, p->n_plates, lens_quality(p->lens),
		sight_sentence(lens_sight(p->lens)));
	if (canvas)
		cv_draw_text(canvas, 4, p->height_px - 6.0, line, 0xffffff);
	return canvas;
}
