/* clip_truth.h - what people saw on recorded clips: lines on the picture, and when which vehicles crossed them.
 *
 * Reads a JSON file with a list `clips`; each has `file`, `width`, `height`, `fps` and `lines`, each of these `p0` and `p1` in pixels, `direction`
 * in words, `events_frame` and `count`. Members it does not know are left alone: people note where a clip comes from. It opens no clip.
 */
#pragma once

#include <glib.h>
#include <jansson.h>

#include "core/owned.h"
#include "vision/crossing.h"

struct truth_line {
	char *id;
	char *direction;          /* as it was written */
	struct crossing_line line;
	uint32_t *events_frame;   /* ascending */
	uint32_t n_events, count; /* count: as the file says it, may differ where a frame could not be told */
};

struct truth_clip {
	char *id, *file;          /* file: relative to the truth file */
	uint32_t width_px, height_px;
	double fps;
	struct truth_line *lines;
	uint32_t n_lines;
};

struct clip_truth {
	char *path;
	json_t *json;             /* all of it, for those who read other parts */
	struct truth_clip *clips;
	uint32_t n_clips;
};

struct clip_truth *clip_truth_read(const char *path, GError **error);
void clip_truth_free(struct clip_truth *t);
OWNED(clip_truth)

/* "towards camera (down)" -> 0, 1; "both directions" -> 0, 0. False: no word of it says a way. */
bool clip_truth_way(const char *words, double *way_x, double *way_y);
