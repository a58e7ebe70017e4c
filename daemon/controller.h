/* controller.h - the contract for everything that drives signal cabinets: what a driver must do and what it may tell.
 *
 * A `controller` is one connection: one cabinet, or a server of many (the simulator). It is asynchronous: no call waits for the
 * other side, ever; answers come as events on the main context. What a driver is told to show went through the guard; it
 * changes nothing of it, adds nothing, and does not know plans' reasons. A driver
 *
 *   connects by itself when opened and again whenever it has to, with back-off, for ever;
 *   reports the status of each of its signals about once a second while it has a connection (poll), and at once when asked to
 *     by a fresh connection, so that a junction can be taken over from what shows;
 *   says `down` when it loses the connection and `up`, with who it found there, when it has one;
 *   never shows anything by itself: what was not commanded since the last `up` is forgotten;
 *   hands back (release) without being asked twice; whoever closes it has released before.
 *
 * What a cabinet can do is told by its flags. Commands that it cannot do are left NULL in its table, and nobody calls them: a
 * driver for cabinets that take patterns only fills in those and not `show`. Adding a driver touches its file and one line of
 * controllers.c.
 */
#pragma once

#include <gio/gio.h>

#include "core/network.h"
#include "daemon/bus.h"

enum controller_error { CONTROLLER_ERROR_DRIVER, CONTROLLER_ERROR_ADDRESS };
#define CONTROLLER_ERROR controller_error_quark()
GQuark controller_error_quark(void);

enum controller_can {
	CONTROLLER_SHOWS = 1 << 0,    /* second-by-second: shows any state that it is told */
	CONTROLLER_HOLDS = 1 << 1,    /* second-by-second: holds and force-offs of its own stages */
	CONTROLLER_PATTERNS = 1 << 2, /* takes pattern rows: cycle, offset, splits, sequence */
	CONTROLLER_OFFSETS = 1 << 3,  /* its offset alone can be moved */
	CONTROLLER_BANDS = 1 << 4,    /* dynamic bands only */
	CONTROLLER_PRIORITY = 1 << 5, /* takes priority requests */
	CONTROLLER_REPORTS = 1 << 6,  /* reads back what shows: what it says was measured, not assumed */
	CONTROLLER_STREET = 1 << 7,   /* there is a street behind it: not a dry run */
};

/* Who is there. Strings are the driver's, valid during the call. */
struct controller_identity {
	const char *make, *model, *version; /* "" unknown */
	const char *standard;		    /* "NTCIP 1202 v02" ...; "" none */
	uint32_t can;			    /* enum controller_can bits of this very unit */
};

enum controller_mode {
	CONTROLLER_CENTRAL, /* follows us */
	CONTROLLER_LOCAL,   /* runs its own plan, and would follow */
	CONTROLLER_AWAY,    /* flash, manual, pre-emption, conflict, stop time: to be left alone */
};

struct controller_status {
	uint32_t signal;   /* index into network.signals */
	const char *state; /* one letter a link, as SUMO writes them; not checked beyond that. Valid during the call */
	int64_t since_us;  /* UTC; 0 = not told */
	enum controller_mode mode;
};

struct controller_health {
	bool up;
	uint64_t sent, answered, timeouts, refused, garbage;
	double answer_s;	/* command to answer, the last one; NaN none yet */
	int64_t answered_us;	/* when, UTC; 0 = never */
};

/* What a driver tells, on the main context, never from inside a command. */
struct controller_events {
	void (*up)(void *user, const struct controller_identity *identity);
	void (*down)(void *user, const char *why);					   /* a sentence, no credentials */
	void (*status)(void *user, const struct controller_status *status, uint32_t n);
	void (*refused)(void *user, const char *why); /* the other side did not take a command */
};

struct controller_command {
	uint32_t signal;
	const char *state; /* from the guard; copied */
};

struct controller; /* each driver's own */

struct controller_setup {
	const struct network *net;
	struct bus *bus;	  /* the process's sockets, for those that speak ZeroMQ */
	const char *address;	  /* NULL where the driver needs none */
	const uint32_t *signals;  /* those it drives, copied */
	uint32_t n_signals;
	const struct controller_events *events; /* all set; must outlive the controller */
	void *user;
};

struct controller_driver {
	const char *name; /* as in the configuration */
	const char *what; /* one line for people */
	uint32_t can;	  /* enum controller_can bits: at best */
	bool needs_address;

	struct controller *(*open)(const struct controller_setup *setup, GError **error);
	void (*close)(struct controller *c); /* drops what is under way; NULL is fine */

	/* Shows these from now until told otherwise. A command that was not sent yet is replaced. Asks for the status with it. */
	void (*show)(struct controller *c, const struct controller_command *commands, uint32_t n);

	/* Hands these back to their own plans. */
	void (*release)(struct controller *c, const uint32_t *signals, uint32_t n);

	/* Once a second, after show: asks for the status if nothing else did; notices time-outs. */
	void (*poll)(struct controller *c);

	bool (*idle)(const struct controller *c); /* nothing under way: what was released has been handed back, as far as it can be known */
	void (*health)(const struct controller *c, struct controller_health *health);
};

/* controllers.c: the list. */
const struct controller_driver *controller_find(const char *name); /* NULL: there is none */
const struct controller_driver *const *controller_list(void);	   /* NULL-terminated */
