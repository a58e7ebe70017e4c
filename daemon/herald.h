/* herald.h - tells the feed what the daemon decided, saw and suffers: plan, signal, forecast, alert, health.
 *
 * Writes contract 1 onto one PUB socket and counts `seq`. Alerts go to the log too and are counted; those that are not over
 * yet are remembered. Decides nothing.
 */
#pragma once

#include "daemon/bus.h"
#include "daemon/lag.h"
#include "daemon/pilot.h"
#include "daemon/wire.h"

struct herald;

struct herald *herald_new(const char *program);
void herald_free(struct herald *h); /* NULL is fine */
OWNED(herald)

/* Where it all goes from now on; not owned. NULL: to the log only. */
void herald_to(struct herald *h, struct bus_socket *publish);

/* One that is active already is counted, and the newest sentence told with the next health; one that is over already changes nothing. `kind` is
 * of [a-z-]. */
void herald_alert(struct herald *h, const char *kind, const char *where, bool active, const char *sentence);
uint64_t herald_alerts(const struct herald *h);		/* how many began */
uint32_t herald_active(const struct herald *h);		/* how many are not over */
void herald_active_text(const struct herald *h, GString *to); /* a line each */
void herald_over(struct herald *h);			/* forgets all that are active: a new brain finds its own */

/* Does anybody listen to plan/<junction>? What is only worked out to be told need not be then. */
bool herald_plan_wanted(const struct herald *h, const char *junction);

struct herald_signal { /* what the pilot does not know */
	const char *driver;
	int64_t since_us; /* 0 not told */
	double queue_veh; /* NaN not measured */
};
/* `why` NULL: what else there was is not worked out this time. */
struct why;
void herald_junction(struct herald *h, const struct pilot *p, uint32_t j, const struct herald_signal *extra, const char *method, const struct why *why);
void herald_forecast(struct herald *h, const struct pilot *p, uint32_t j);

/* Fills in program, version, up time, processor and memory, and tells it; tells those alerts again that are not over. */
void herald_health(struct herald *h, struct wire_health *health);

/* Tells on what another program said, as it is. */
void herald_forward(struct herald *h, const char *topic, const char *body);
