/* vision_evaluate_jam.h - greenwave-vision --evaluate: how jammed clips are, against what people called them. */
#pragma once

#include <stdint.h>

#include "daemon/vision_evaluate.h"

/* For each member of the truth that has `labels`, a list of {"file", "label"} with light, medium, heavy or the feed's own free, slow, queued,
 * jammed: judges those whose files are there. `judged`: how many were. False with a sentence. */
bool vision_evaluate_jam(const struct evaluate_options *options, uint32_t *judged, GError **error);
