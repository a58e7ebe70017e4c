/* cabinet_street.h - cabinets of every kind on loopback, one at each junction of a made-up network, and the real greenwaved that drives all of them;
 * what its feed says of each, and what each cabinet counted.
 *
 * All of it lives in the time of fast_clock.c, if that is preloaded.
 */
#pragma once

#include "daemon/bus.h"
#include "tests/daemon/asc_port.h"
#include "tests/daemon/cabinet_scene.h"
#include "tests/daemon/gbt_post.h"
#include "tests/daemon/rsmp_post.h"

enum place_kind { PLACE_NTCIP, PLACE_GBT, PLACE_RSMP };

#define STREET_BACKUP_S 40 /* of every cabinet */

struct place { /* one junction and its cabinet */
	enum place_kind kind;
	char *id; /* of the signal, "late-C" */
	const char *style, *options;
	bool left; /* the configuration names it no more, from the next reload on */
	struct asc_port asc;
	struct asc_model *right; /* the cabinet that belongs there, while another one stands there */
	guint source;
	struct gbt_post *gbt;
	struct rsmp_post *rsmp;
	GHashTable *active, *seen; /* alerts: kind -> last sentence; those that are not over, all of them */
};

struct street {
	char *dir, *config, *jump;
	uint16_t rsmp_port;
	struct cabinet_scene scene;
	struct place *places;
	uint32_t n;
	struct bus *bus;
	struct bus_socket *feed;
	GSubprocess *daemon;
	guint run;
};

/* A junction and a cabinet for each of `places`, whose kind, id (without "-C"), style and options are set. */
void street_begin(struct street *s, struct place *places, uint32_t n);
void street_launch(struct street *s, const char *greenwaved, const char *vision);
void street_reload(struct street *s); /* the configuration written anew, and SIGHUP */
void street_stop(struct street *s); /* SIGTERM; it must end with 0 */
void street_end(struct street *s);

/* The daemon's wall clock, and it alone, is wrong by so much from now on. */
void street_jump(struct street *s, double off_s);

/* Until it is true of all places for which `counts` is, or so many seconds are over; the first for which it is not, or NULL. */
struct place *street_until(struct street *s, bool (*is)(struct place *p), bool (*counts)(const struct place *p), double most_s);

bool place_is_commanded(struct place *p); /* it says itself that it runs what we gave it, or is held */
/* Fails the test if the cabinet saw a conflict, a short time, a safety value written or anything else that must not be. */
void place_is_safe(struct place *p);
