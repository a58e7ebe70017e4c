/* cabinets_inside.h - what the files of cabinets.c share. Nobody else includes it. */
#pragma once

#include "daemon/cabinet_entry.h"
#include "daemon/cabinets.h"
#include "daemon/events.h"
#include "daemon/lag.h"
#include "daemon/steered.h"

struct connection {
	struct cabinets *all;
	const struct config_controller *config; /* NULL: a dry run */
	struct cabinet_entry *entry, *spare; /* spare: that of the configuration that took it over; others know its maps. NULL */
	const struct controller_driver *driver; /* the entry's */
	struct controller *controller;
	struct steered *steered; /* its cabinet runs its own phases; NULL: it is shown things */
	char *where; /* for people: the driver and, if it is alone there, the signal */
	GArray *named; /* signals as they are found, uint32_t; then the entry's */
	const uint32_t *signals;
	uint32_t n;
	bool down, refusing;
	uint32_t alerts; /* of its driver that stand */
	struct connection *heir, *from; /* of the next configuration and of the one before, while it is taken over as it runs; NULL it is not */
	int64_t heard_us; /* its last status, monotonic; 0 = none since it is up */
};

struct reach { /* of each signal */
	struct connection *by;
	bool commanded; /* it was shown something since it was last handed back */
	uint32_t stage;	/* that it was told last */
	int64_t since_us;
};

struct watched_log { /* is it written down? */
	const char *name; /* of the configuration's key */
	uint64_t lost;
	int64_t lost_us; /* when that last became more, monotonic; 0 = all is written */
};

struct cabinets {
	const struct network *net;
	const struct config *config;
	struct pilot *pilot;
	double (*clock_s)(void *user);
	void *user;
	struct herald *herald;
	struct command_log *log;
	struct events *events; /* NULL: not wanted */
	double pattern_s;
	GPtrArray *connections;
	struct reach *reach;
	bool released;
	bool parted; /* others are in charge: what still happens here is no alert */
	GHashTable *cycles; /* of groups that share one: own cycle, s -> double, s */
	double cycles_s;    /* when they were worked out */
	struct lag ages, ages_before; /* of this minute, of the last one */
	int64_t ages_us;	      /* when this minute began, monotonic */
	struct watched_log commands_log, events_log;
};

/* cabinets_ears.c: what drivers report of a connection; `user` is the connection. */
extern const struct controller_events cabinets_ears;

/* cabinets.c */
void cabinets_close_connection(struct connection *k);
void cabinets_release_connection(struct connection *k, const char *why);
struct steered_setup cabinets_steered_setup(const struct connection *k);
