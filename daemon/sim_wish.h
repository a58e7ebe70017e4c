/* sim_wish.h - what is wanted of runs beside the score: SUMO's outputs, tables, a page. The options that `run` and `bridge` share.
 */
#pragma once

#include "daemon/sim_tables.h"

struct sim_wish { /* owned */
	char *tripinfo, *summary, *events, *csv, *html, *path;
	gboolean unfinished, measures;
};

/* The options, and an end behind them: an array that a command's own may stand in front of. */
#define SIM_WISH_ENTRIES 9
void sim_wish_entries(struct sim_wish *w, GOptionEntry entries[SIM_WISH_ENTRIES]);
void sim_wish_finish(struct sim_wish *w);

/* What is wrong with the wishes for so many runs, or NULL. */
const char *sim_wish_wrong(const struct sim_wish *w, uint32_t n_runs);

/* Has the case watch what is needed for them; from here on Ctrl-C ends it with its files unwritten, not half-written. */
void sim_wish_begin(const struct sim_wish *w, struct sim_case *c, uint32_t n_runs);
bool sim_wish_stopped(void); /* Ctrl-C it was */

/* Before anything runs: can the files be written? */
bool sim_wish_may_write(const struct sim_wish *w, const struct sim_case *c, GError **error);

/* Prints and writes all of it. */
bool sim_wish_tell(const struct sim_wish *w, const struct sim_case *c, const struct sim_runs *runs, GError **error);
