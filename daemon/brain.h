/* brain.h - what one configuration makes: the network, its pilot, its cabinets, and what the cameras saw last.
 *
 * Made as a whole or not at all, so that a running daemon can try a new one and keep the old. Times are the pilot's: UTC s
 * less the tick's phase, so that ticks are at whole seconds.
 */
#pragma once

#include "daemon/cabinets.h"
#include "daemon/herald.h"

struct brain_seen { /* on each lane of the network, last */
	double t_s;	  /* NaN: never */
	double queue_veh; /* NaN: not measured */
};

struct brain {
	struct config *config;
	struct network *net;
	struct junction_limits *limits;
	struct pilot *pilot;
	struct cabinets *cabinets; /* NULL until prepared */
	struct brain_seen *seen;
	GHashTable *cameras; /* id -> const struct config_camera *, the configuration's */
};

/* Reads the file and the network, makes the pilot. NULL with a sentence. The herald hears the pilot's alerts. */
struct brain *brain_new(const char *config_path, struct herald *herald, GError **error);
void brain_free(struct brain *b); /* NULL is fine */
OWNED(brain)

/* An alert for each signal that cannot be guarded. */
void brain_tell_unguarded(const struct brain *b, struct herald *herald);

/* What was learned before, from the configured file; a refused one is told, set aside and forgotten. And into it. */
void brain_remember(struct brain *b, struct herald *herald);
void brain_keep(const struct brain *b, struct herald *herald);

/* Makes the cabinets, and opens none of them yet. */
bool brain_prepare(struct brain *b, struct herald *herald, double (*clock_s)(void *user), void *user, GError **error);

/* Goes on from what another brain has its junctions show and has learned of its lanes, where they are the same. */
void brain_follow(struct brain *b, const struct brain *old, double now_s);

/* What a camera handed in. False with a sentence when it is nothing that this camera could have seen. */
bool brain_see(struct brain *b, struct wire_estimate *m, double phase_s, double now_s, GError **error);

/* Queued vehicles on all lanes of junction j together; NaN when none was measured lately. */
double brain_queue_veh(const struct brain *b, uint32_t j, double now_s);
