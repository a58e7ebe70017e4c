/* incident.h - what stands or drives on a lane as nothing should.
 *
 * A queue begins at the stop line; so a vehicle that came, stands for a while, and has nothing but free road before it stands for a reason of
 * its own. It knows no signals: what stands near the stop line may wait for one. What stood there when the camera began is not judged.
 */
#pragma once

#include "vision/traffic.h"

#define INCIDENT_STOOD_S 12.0

/* The one nearest to the stop line; `dist_m` NaN when there is none. */
enum incident incident_on(const struct traffic *tr, double *dist_m);
