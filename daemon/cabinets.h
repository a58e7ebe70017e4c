/* cabinets.h - all controllers of a configuration: what the pilot wants to be shown goes to them, what they report goes back.
 *
 * One controller for each entry of the configuration; signals that no entry names are a dry run. Knows drivers by their table only. No two of
 * these may have the same cabinets open: a cabinet has one poller, and addresses that we listen at are taken once. So another configuration
 * is made, the old one parts, and the new one is opened.
 */
#pragma once

#include "daemon/config.h"
#include "daemon/controller.h"
#include "daemon/herald.h"
#include "daemon/pilot.h"

struct cabinets;

/* Checks all entries and opens none. NULL with a sentence (path:line: ...) when an entry names a signal that does not exist, a driver that does
 * not exist, or a bad address. All that is passed must outlive it. `clock_s` gives the pilot's time for reports, never before its
 * last tick; the herald hears of connections that are down ("controller-down") or refuse ("controller-refused"). */
struct cabinets *cabinets_new(const struct network *net, const struct config *config, struct pilot *pilot,
	double (*clock_s)(void *user), void *user, struct herald *herald, GError **error);
void cabinets_free(struct cabinets *c); /* NULL is fine; lets the connections go without handing anything back */
OWNED(cabinets)

/* Once; and once more for one that parted and whose successor could not be opened. False with a sentence: to be freed, or to part. */
bool cabinets_open(struct cabinets *c, struct bus *bus, GError **error);

/* Another configuration, which was made and not opened yet, takes over. Cabinets that run a pattern of ours, and of which it says the same (takeover.h), stay as
 * they are until cabinets_carry; of the others, those that it reaches by the same driver and address are let go as they are, the rest is handed back.
 * Nothing is commanded any more and no alert raised; to be freed when idle. */
void cabinets_part(struct cabinets *c, struct cabinets *next);

/* Behind cabinets_open, when all of it is open: takes those over that stayed, connections and all. Not a word is sent to any of them. */
void cabinets_carry(struct cabinets *c);

/* After each tick: sends what each junction must show, hands back what was let go, asks for the status. */
void cabinets_command(struct cabinets *c);

/* Hands everything back to its own plan, for good: nothing is commanded any more. */
void cabinets_release(struct cabinets *c);
bool cabinets_idle(const struct cabinets *c); /* everything that was handed back has arrived, as far as can be known */

const char *cabinets_driver(const struct cabinets *c, uint32_t signal); /* its name */
bool cabinets_street(const struct cabinets *c);				/* is any of it no dry run? */
int64_t cabinets_since_us(const struct cabinets *c, uint32_t signal);	/* since when it shows its state, as reported; 0 not told */

/* What the operator asked of a signal, for the log of commands. */
void cabinets_note(struct cabinets *c, uint32_t signal, const char *what, const char *is);

/* So many vehicles went over the stop line of a lane in the second before t_s, for the event log. */
void cabinets_passed(struct cabinets *c, uint32_t lane, double veh, double t_s);

struct cabinets_counts {
	uint32_t connections, up;
	uint64_t sent, answered, timeouts, refused, garbage;
	double answer_max_s; /* of the connections' last answers; NaN none */
	double age_p50_s, age_p99_s, age_max_s; /* of statuses when their next ones came, or the connection was lost; over the last minute that
						   is full, NaN before */
};
struct cabinets_counts cabinets_counts(const struct cabinets *c);
