/* bands.h - a plan for a cabinet that keeps the stages and splits of a stored plan and lets them only be lengthened: dynamic bands (RSMP M0014).
 *
 * The stored plan is the signal's own program. Each band lengthens one stage; exactly one stage of the plan has none and takes the rest of the
 * cycle. Which band lengthens which stage stands in the configuration: a site does not tell. Pure.
 */
#pragma once

#include "daemon/pattern.h"

#define BANDS_MOST 99 /* numbers of bands, and s that one can have (RSMP SXL TLC: two digits each) */

/* `bands`: number of a band: the cabinet's phases that are green in the stage that it lengthens. Fills `of_stage` (one for each of the junction's
 * stages) with the numbers; 0 = none. False with a sentence. */
bool bands_read(const struct cabinet_map *map, const struct cabinet_links *bands, uint32_t n, uint8_t *of_stage, GError **error);

/* The stored plan `own` with those bands, as near to the wish as they let it be; its cycle the wish's, or its own where CONTROLLER_CYCLES is not in
 * `can`. What the cabinet then runs passes plan_check. Row 0, no splits. NULL with a sentence. */
struct pattern *bands_from_plan(const struct plan *wish, const struct plan *own, const struct junction *j, const uint8_t *of_stage, uint32_t can,
	GError **error);
