/* survey.h - where and which way things move in a picture, and where the road runs to: what a new camera can tell before anybody calibrates it.
 *
 * Blocks that change are found again in the next picture. Movement along a straight road points to one place, the vanishing point; seen from there,
 * lanes are directions. It keeps the picture without its traffic too. No metres, no lanes of any network.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/owned.h"

struct survey;
struct survey *survey_new(void);
void survey_free(struct survey *s);
OWNED(survey)

/* The next picture, about ten a second, all of one size. */
void survey_look(struct survey *s, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride);
uint32_t survey_pictures(const struct survey *s);
/* The mean of all pictures, in full size; NULL before the first. Owned by the survey. */
const uint8_t *survey_still(struct survey *s, uint32_t *width_px, uint32_t *height_px);

struct survey_move { /* of one block */
	double x_px, y_px;   /* its middle, full size */
	double dx_px, dy_px; /* mean movement while it was followed, one to four pictures: its direction is what counts */
	uint32_t n;          /* how often it was seen */
};
uint32_t survey_moves(const struct survey *s, struct survey_move *moves, uint32_t most);

/* False: too little moved, or not along one direction. */
bool survey_vanishing(const struct survey *s, double *x_px, double *y_px);

struct survey_lane { /* as a line from the vanishing point */
	double slope;        /* (x - x of the vanishing point) / (y - y of it) */
	double top_px, low_px; /* rows between which something moved on it */
	bool towards;        /* the camera */
	double share;        /* of all movement */
};
uint32_t survey_lanes(const struct survey *s, double vanishing_x_px, double vanishing_y_px, struct survey_lane *lanes, uint32_t most); /* left to right */
