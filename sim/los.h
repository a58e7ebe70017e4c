/* los.h - level of service of a movement from its mean control delay, by the Highway Capacity Manual.
 *
 * Signals: TRB 2010, exhibit 18-4 (6th edition 2016: 19-8). Without a signal: exhibit 19-1 (two-way stop), 20-2 (all-way stop) and
 * 21-1 (roundabout), which have the same limits (6th edition: 20-2, 21-8, 22-8). The manual also gives F where demand is over
 * capacity; capacity is not known here, so that a queue that is still growing must be seen from the queues.
 */
#pragma once

#include <stdbool.h>

/* 'A' .. 'F'; '-' where the delay is unknown. The limit itself is still the better level. */
char los_letter(double delay_s, bool signal);

/* The greatest delay of a level 'A' .. 'E', s; infinite for 'F'. */
double los_limit_s(char level, bool signal);
