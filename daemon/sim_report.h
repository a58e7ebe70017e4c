/* sim_report.h - report pages of greenwave-sim: two worlds recorded side by side, and what others have to say on the same page.
 *
 * `notes` is a JSON file that a program which watched from outside (greenwave-demo) leaves, each part of it optional:
 *   {"title": TEXT, "says": TEXT, "facts": [[NAME, VALUE], ...], "picture": FILE.png, "picture_says": TEXT,
 *    "vision": {"cameras", "lane_seconds", "seen_veh", "true_veh", "flow_frac", "flow_lane_frac", "queue_veh", "speed_mps"}}
 */
#pragma once

#include "sim/report.h"

/* Writes the page, with what `notes` says where it is not NULL. False with a sentence when a file cannot be read or written. */
bool sim_report_save(const struct report *r, const char *path, const char *notes, GError **error);

/* For `play`: make it right after both worlds' world_score_reset, step it after each step of both. The worlds' network must
 * outlive it. */
struct sim_report;
struct sim_report *sim_report_new(const struct world *fixed, const struct world *adaptive, GError **error);
void sim_report_free(struct sim_report *r); /* NULL is fine */
OWNED(sim_report)
void sim_report_step(struct sim_report *r, const struct world *fixed, const struct world *adaptive);
bool sim_report_finish(struct sim_report *r, const struct world *fixed, const struct world *adaptive, uint64_t seed, const char *path,
	const char *notes, GError **error);
