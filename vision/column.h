/* column.h - the column that waits before a stop line, from tracks of vehicles that hide one another.
 *
 * In a standing queue fronts are hidden and single tracks drift, double or go missing; but where the column begins and ends is seen, and drivers
 * stand apart as they always do. So their number follows from its length, and the list is mended to it. A lorry's length is hidden by its height:
 * it reaches up to whoever stands behind it. Knows no pictures and no tracks.
 */
#pragma once

#include <stdbool.h>

#include "core/estimate.h"

struct column_vehicle {
	struct seen_vehicle seen;
	bool presumed; /* never seen apart */
	bool high;     /* a lorry or a bus */
};

enum column_sight {
	COLUMN_CLEAR,
	COLUMN_POOR,  /* rain: some are not told from their road */
	COLUMN_NIGHT, /* only lamps are seen */
};

/* Mends the list, nearest first, in place: `n` of them, room for `max`; returns how many there are then. */
uint32_t column_mend(struct column_vehicle *v, uint32_t n, uint32_t max, double typical_length_m, enum column_sight sight);
