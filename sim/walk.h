/* walk.h - how long people wait at a crossing's red, from what its light showed. Nobody walks in the simulator.
 *
 * People are taken to come at any time alike, and to start when it is green: one who comes s seconds before the end of a red of
 * r >= s seconds waits s. The mean wait is then the sum of r^2 / 2 over the time watched, and the share that waits longer than w is the sum
 * of (r - w) over the reds longer than w, over the same time. Time after the beginning of a red whose end was not seen does not count.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct walk {
	double from_s, seen_s;   /* watching began; and is sure up to here: now, or where the present red began */
	double to_s;             /* now */
	double red_since_s;      /* NaN: it is green */
	GArray *reds;            /* of double: those that are over, s */
};

void walk_init(struct walk *w, double now_s);
void walk_finish(struct walk *w);
void walk_see(struct walk *w, double from_s, double to_s, bool green); /* it showed that all the time between; in order of time */

struct walk_wait {
	double mean_s, p95_s;  /* NaN: no green was seen to begin, or nothing was watched */
	double red_max_s;      /* the longest, one that is not over too; 0: always green */
	guint n_reds;
};
struct walk_wait walk_wait(const struct walk *w);
