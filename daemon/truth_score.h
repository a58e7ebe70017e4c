/* truth_score.h - a score as the simulator writes it in JSON. */
#pragma once

#include <jansson.h>

#include "sim/world.h"

struct score truth_score(const json_t *o); /* what is missing is NaN, counts 0 */
