/* routes_scale.h - the same demand, thinner or denser: for asking what a plan does when more people come.
 *
 * Nothing is drawn: a smaller demand is a part of a larger one, so two of them differ by the vehicles that were added only.
 */
#pragma once

#include "sim/routes.h"

/* Keeps the share `factor` of the departures, evenly over time and over who goes where; above 1 every one comes floor(factor) times and
 * some once more. Copies leave up to 30 s before or after their original, never before the first nor after the last. In (0, 10]. */
bool routes_scale(struct routes *r, double factor, GError **error);
