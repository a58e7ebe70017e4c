/* join.h - what looks like several vehicles and moves like one is one: lorries and buses.
 *
 * In a strip all parts of a body, whatever their height, move by the same number of cells; two vehicles with a gap of so many metres drift
 * apart in cells as they come nearer. So a "vehicle" whose offset from the one ahead stays the same in cells while it should have grown,
 * and between which and the one ahead no road was ever seen, is that one's cargo. It knows the tracks of one lane.
 */
#pragma once

#include "vision/traffic.h"

void join_parts(struct traffic *tr, const uint8_t *cover);
