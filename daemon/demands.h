/* demands.h - several days of one demand: who departs is the same, when differs a little, and some days are busier.
 *
 * A plan that is tried out on all of them is not made for the seconds in which somebody happened to depart on one day, and has green to
 * spare when more come. Days are the same for the same seed.
 */
#pragma once

#include "sim/routes.h"

struct demands_options {
	uint64_t seed;
	double jitter_s;     /* each departure moves by up to so much either way; 0..600 */
	double busier;       /* the last n_busy days have so many times the departures; 1..2 */
	uint32_t n_days, n_busy; /* n_days at least 1 */
	double scale;        /* of the demand on all days, (0, 10] */
};

struct demands {
	struct routes **days; /* owned */
	uint32_t n;
};

/* `read` gives a new copy of the demand each time (flows with probabilities: by its seed), or NULL with a sentence. */
typedef struct routes *(*demands_read)(void *user, uint64_t seed, GError **error);
struct demands *demands_new(demands_read read, void *user, const struct demands_options *o, GError **error);
void demands_free(struct demands *d); /* NULL is fine */
OWNED(demands)
