/* steer.h - one cabinet that runs patterns: what it is to be told now, so that it runs the plan that is wanted and nothing goes wrong on the way.
 *
 *     waiting    it has not told its timing yet, or what it told cannot be
 *     local      it runs its own plan: nothing is wanted of it, or it must be left alone first
 *     writing    a pattern is on its way into the spare row that does not run
 *     selecting  that row was read back the same and is being selected
 *     changing   it took the row and is on its way into step
 *     running    it runs our row
 *
 * The row that runs is never written: two spare rows take turns. A pattern that does not pass pattern_check is not sent. A new one comes at most
 * every `every_s`, never while the last is not in step yet. What fails is tried again with back-off; a cabinet that is not on the called row
 * within three cycles, or says that the plan is bad, is handed back. Flash, manual, pre-emption, conflict: handed back once, so that its
 * driver asks nothing of it any more, and left alone until one cycle of normal reports is over.
 *
 * Pure: time comes in, what to do comes out; knows no sockets and no driver.
 */
#pragma once

#include "daemon/pattern.h"

struct steer_options {
	uint32_t rows[2];	/* spare rows of the cabinet, not the same; CONTROLLER_PATTERNS */
	uint32_t stored;	/* stored plan that is changed and selected, where it takes no rows */
	bool banded;		/* its stored plan has bands: */
	uint8_t bands[CABINET_MAX_STAGES]; /* that lengthen the junction's stages (bands.h); 0 = none */
	phase_set coordinated;	/* 0: chosen from the plan */
	uint32_t sequence;	/* of the rings; 0 = as it is */
	double every_s;
	double answer_s;	/* a reply comes within this, whatever happens: else it counts as none */
	double retry_s;		/* after a failure; doubles each time, up to 16 times that */
	bool unbacked;		/* goes on although the cabinet says that it never returns by itself */
};
struct steer_options steer_options_default(void);

enum steer_state { STEER_WAITING, STEER_LOCAL, STEER_WRITING, STEER_SELECTING, STEER_CHANGING, STEER_RUNNING, STEER_N_STATES };
const char *steer_state_name(enum steer_state state);

enum steer_what { STEER_NOTHING, STEER_WRITE, STEER_SELECT, STEER_RELEASE };

struct steer_act {
	enum steer_what what;
	const struct controller_pattern *pattern; /* of a write; valid until the next call */
	uint32_t row;				  /* of a write or a select */
};

/* Something an operator should know, once when it begins and once when it is over. `kind` is a string constant. */
typedef void (*steer_on_alert)(void *user, const char *kind, bool active, const char *sentence);

struct steer;

/* `can`: enum controller_can bits of the unit; patterns, or some of selects, cycles, offsets and bands. `own`: the plan that the stored plan of a
 * cabinet without rows is, for bands; copied. The map is shared and must outlive it. */
struct steer *steer_new(const struct cabinet_map *map, uint32_t signal, uint32_t can, const struct plan *own, const struct steer_options *options,
	steer_on_alert on_alert, void *user);
void steer_free(struct steer *s); /* NULL is fine */
OWNED(steer)

/* What comes from the cabinet. After down nothing that was told before counts. */
void steer_up(struct steer *s, uint32_t can, double now_s);
void steer_down(struct steer *s);
void steer_timing(struct steer *s, const struct controller_timing *timing);
void steer_status(struct steer *s, const struct controller_status *status, double now_s);
void steer_reply(struct steer *s, const struct controller_reply *reply, double now_s);

/* What runs counts as selected now: who makes plans begins anew, and is to know the street before it changes anything. */
void steer_settle(struct steer *s, double now_s);

/* May a new plan be had now? So nobody works one out that could not be sent. */
bool steer_open(const struct steer *s, double now_s);

/* Once a second: what to do. `wish`: the plan to run, or NULL: hand it back. */
struct steer_act steer_tick(struct steer *s, const struct plan *wish, double now_s);

struct steer_look {
	enum steer_state state;
	char why[160];		     /* one sentence */
	uint32_t row;		     /* that we selected; 0 = none */
	const struct pattern *pattern; /* in it; NULL */
	const struct plan *plan;     /* that it was made from; NULL */
	const struct controller_timing *timing; /* as read; NULL */
	uint64_t writes, selects, releases, failures, refused; /* refused: plans that did not pass pattern_check */
};
void steer_look(const struct steer *s, struct steer_look *look);
