/* steer_ears.h - what a driver tells goes on to the steering of its cabinet, as the daemon does it, and nothing else happens. */
#pragma once

#include "daemon/controller.h"
#include "daemon/steer.h"

struct steer_ears {
	struct steer *steer;
	const double *now_s; /* of the rig; must outlive it */
};

extern const struct controller_events steer_ears_events; /* user: a struct steer_ears; no refused, no alert: who needs them sets them */
