/* method.h - what a method is, after GSL's minimizers: a table of functions and a state that only it knows.
 *
 * methods.c holds the list; each method is one file. Methods see the demand and the forecast; they do not know who follows them.
 */
#pragma once

#include "optimizer/forecast.h"
#include "optimizer/optimizer.h"

struct method {
	const char *name;
	bool (*blind)(const struct layout *l, uint32_t site); /* needs to see nothing there: its answer is always worth following. NULL: never */
	void *(*alloc)(const struct layout *l, const struct optimizer_options *options);
	/* What shows at a site; the guard is looked at during the call only. */
	void (*set)(void *state, uint32_t site, const struct guard *guard, double now_s);
	/* Solves every site; `d` and `f` are of now_s. It tells `f` what will leave, in as many passes as it likes. */
	void (*iterate)(void *state, const struct demand *d, struct forecast *f, double now_s);
	void (*plan)(const void *state, uint32_t site, struct decision *decision);
	/* Nobody asks about the site any more (or somebody does again): its cabinet runs a plan by itself, and what leaves it is told by others. NULL: the
	 * method costs so little that it goes on. */
	void (*rest)(void *state, uint32_t site, bool rests);
	void (*free)(void *state);
};

extern const struct method method_fixed, method_actuated, method_maxpressure, method_webster, method_adaptive;
