/* incident.h - what stands or drives on a lane as nothing should.
 *
 * A queue begins at the stop line; so a vehicle that came, stands for a while, and has nothing but free road before it stands for a reason of
 * its own. It knows no signals: what stands near the stop line may wait for one. What stood there when the camera began is not judged.
 */
#pragma once

#include "vision/traffic.h"

#define INCIDENT_STOOD_S 12.0

struct incident_memory { /* of one lane; all 0 when it begins: who stands alone, */
	bool known;
	double at_m;            /* where, */
	double since_s, seen_s; /* since when, and when last */
};

/* Once a window. A wrong driver before a vehicle that stands, else the one nearest to the stop line; `dist_m` NaN when there is none. */
enum incident incident_on(struct incident_memory *m, const struct traffic *tr, double *dist_m);
