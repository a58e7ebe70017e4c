/* corridor_ask.h - what to ask a junction's guard for so that one stop line is green when a vehicle needs it, and as late as that allows.
 *
 * Plays the guard ahead on a copy of it, so minimum greens, ambers, clearances, maximum greens and maximum reds are all reckoned as they
 * will come: what normal control wishes is granted as long as the green can still be had in time. Where a long green or somebody's long red
 * would run out just when the vehicle comes, others are served before. Only asks; the guard decides. Knows one junction.
 */
#pragma once

#include "core/guard.h"

struct corridor_need { /* times on the guard's clock */
	uint32_t stage;        /* that serves the links */
	const uint32_t *links; /* that must be green */
	uint32_t n_links;
	double from_s, until_s;
	double arrive_s;       /* of the vehicle at the stop line; before it queues may still be standing */
	const bool *foes;      /* by link: those that it would have to give way to are to be red (corridor_shut). NULL: that cannot be had */
	double foes_s;         /* from then on */
};

enum corridor_way_of { /* how the need is met */
	CORRIDOR_LETS,   /* the wish is granted: there is time */
	CORRIDOR_SERVES, /* somebody else first, so that nothing is due when the vehicle comes */
	CORRIDOR_GREENS, /* its own stage, from now on */
	CORRIDOR_LATE,   /* the same, but the rules do not allow it in time */
};

struct corridor_asked {
	uint32_t stage; /* to ask for now */
	enum corridor_way_of how;
	double late_s;  /* seconds without green while it is needed */
};

struct corridor_script { /* what is to be asked for in the next seconds */
	bool valid;
	uint32_t ask;   /* until it shows */
	uint32_t then;  /* and then this one until it does; STAGE_NONE: nobody */
	bool served;    /* they have: what was asked last stays until the need's own stage is due */
};

/* To be called just before each guard_next while a need stands: shuts its foes in time, and lets none begin that would not have its minimum
 * green until then. Answers whether it shut any. */
bool corridor_shut(struct guard *guard, const struct junction *j, const struct corridor_need *need, double now_s);

/* `wish`: what would be asked for without the vehicle. Called once a second, before the guard is asked; `script` is this need's own, all 0
 * for a start: what was found to be in time once is not given up for a guess. */
struct corridor_asked corridor_ask(const struct guard *guard, const struct junction *j, uint32_t wish, const struct corridor_need *need,
	struct corridor_script *script, double now_s);
