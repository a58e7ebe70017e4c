/* steered.h - one signal whose cabinet runs its own phases: between what the pilot wants and what the driver can be told.
 *
 * In patterns: asks for a plan every few minutes, made from what is seen, and steers the cabinet onto it (steer.h). In holds: each second the
 * phases of the stage that is wanted are held, the others forced off as the cabinet's own minimums allow. What the cabinet told of
 * its own timing goes into the guard's limits. Emergency vehicles become priority requests where it takes them. Every command and its
 * answer are logged.
 */
#pragma once

#include "daemon/cabinet_entry.h"
#include "daemon/command_log.h"
#include "daemon/herald.h"
#include "daemon/pilot.h"
#include "daemon/steer.h"

struct steered;

struct steered_setup {
	const struct controller_driver *driver;
	struct pilot *pilot;
	struct herald *herald;
	struct command_log *log;
	const struct cabinet_map *map;
	const struct config_controller *config;
	const char *where; /* for people */
	uint32_t signal, junction; /* index into network.signals, of the pilot */
	double every_s;
};

/* All that is passed must outlive it; the entry was checked by cabinet_entry_new. */
struct steered *steered_new(const struct steered_setup *setup);
void steered_free(struct steered *s); /* NULL is fine */
OWNED(steered)

void steered_begin(struct steered *s, struct controller *controller); /* before anything else: who is told */

/* What the driver reports. */
void steered_up(struct steered *s, uint32_t can, double now_s);
void steered_down(struct steered *s);
void steered_timing(struct steered *s, const struct controller_timing *timing, double now_s);
void steered_status(struct steered *s, const struct controller_status *status, double now_s); /* tells the pilot, too */
void steered_refused(struct steered *s, const char *why, double now_s); /* something that nobody waits for an answer to */
void steered_reply(struct steered *s, const struct controller_reply *reply, double now_s);

/* Does it run a pattern of ours, with nothing wrong about it? Then the next configuration may take it over as it runs: `setup` has the same map (of a junction
 * that takeover_junction finds the same), and what runs goes on until the new pilot has seen enough to say more, or CARRY_S are over. */
bool steered_leads(const struct steered *s);
void steered_carry(struct steered *s, const struct steered_setup *setup, double now_s);

/* Once a second. `cycle_s`: gives the cycle that all of its group are to have; called only when a plan can be had. */
void steered_command(struct steered *s, double (*cycle_s)(void *user, const struct steered *s), void *user, double now_s);
void steered_release(struct steered *s, const char *why); /* for good */

double steered_own_cycle_s(const struct steered *s);  /* those with the same are a group: they share one cycle */
double steered_cycle_s(const struct steered *s);      /* that it would like, by what is seen; NaN: nobody knows */
void steered_look(const struct steered *s, struct steer_look *look);
