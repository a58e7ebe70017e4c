/* gbt_recorded.h - GB/T 20999 frames that were recorded against a real unit, and a cabinet that answers with them.
 *
 * The recording carries no licence, so it is not shipped: it is read from ../shared/data/gbt20999/frames.tsv beside the checkout,
 * and tests that need it are skipped where that is absent.
 */
#pragma once

#include <glib.h>

#include "core/owned.h"
#include "daemon/gbt_frame.h"

struct gbt_pair {
	char *code, *name;
	GBytes *query, *reply;
};

struct gbt_recorded {
	GPtrArray *pairs; /* struct gbt_pair */
};

/* NULL: the file is not there. Anything wrong in it is a failed test. */
struct gbt_recorded *gbt_recorded_new(void);
void gbt_recorded_free(struct gbt_recorded *r);
OWNED(gbt_recorded)

/* What the unit answered to that frame, with `sequence` as recorded; an error frame 0x21/0x41 "no such item" for what was not recorded.
 * NULL: it is no frame. Sets of 17.1.n.1 are taken, as the unit took them. */
GBytes *gbt_recorded_answer(const struct gbt_recorded *r, const uint8_t *bytes, size_t size);
