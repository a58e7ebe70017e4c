/* sim_case.h - one network and its demand from the command line: reading, running to the end, printing scores.
 *
 * Shared by the subcommands `run`, `compare` and `sweep`. Runs share nothing that is written, so they may go on several threads
 * (sim_pool.h).
 */
#pragma once

#include <signal.h>

#include "daemon/lockstep.h"
#include "sim/figures.h"
#include "sim/record.h"

struct sim_case {
	/* options, owned */
	char *network, *routes; /* routes: one file, or several with commas between */
	char *additional;       /* the configuration's, commas between; NULL: none */
	bool lenient;           /* who has no way through the network is left out */
	const char *detectors;  /* additional files whose detectors are to count, commas between; NULL: none. Not owned */
	double begin_s, end_s; /* NaN: the first departure; until all have arrived, at most an hour after the last departure */
	double step_s;
	double view_m;
	double warmup_s; /* on the programs, before scores begin and the method takes over */
	double scale;    /* of the demand: so many times the departures, (0, 10] */
	char *scale_list, *view_list; /* several values, as they were written: for sweep; NULL: one */
	char **programs; /* SIGNAL=ID: runs that program; NULL: those that were read last */
	int64_t seed;
	gint threads;    /* for several runs at once; 0: as many as there are processors */
	bool json;       /* to stdout, or to json_path */
	char *json_path; /* owned; NULL: stdout */
	gboolean emergency; /* vehicles of the class `emergency` get a corridor */
	bool record;     /* keep what a report is drawn from */
	bool measure;    /* and measures beyond the score */
	const char *path; /* of the record's time-space diagram: edges, commas between; NULL: it finds one. Not owned */
	const char *events; /* the event log of one run; NULL: none. Not owned */
	const char *tripinfo, *summary; /* SUMO's outputs, of one run; NULL: none. Not owned */
	bool unfinished; /* in the tripinfo too: who is still on the road */
	const volatile sig_atomic_t *stop; /* turns true: end with an error; NULL: never. Not owned */
	bool may_lack_routes; /* the command has its traffic from elsewhere, too */
	bool quiet;      /* what the files hold and we do not model was said before */
	gint *permille;  /* how far it is, for somebody who shows it; NULL: it shows that itself. Atomic, not owned */
};

void sim_case_init(struct sim_case *c);
void sim_case_finish(struct sim_case *c);

/* Reads the options that all subcommands have, and `more`; a SUMO configuration (--config, or the only argument) gives what they
 * leave open. Says on stderr what is wrong. False: exit with *code. */
bool sim_case_options(struct sim_case *c, const GOptionEntry *more, const char *summary, int argc, char **argv, int *code);

/* The network, with the programs of the case's additional files and then of `additional` (may be NULL; commas) in force. What the
 * files hold and we do not model is said on stderr once. */
/* What was passed over, a line each on stderr. */
void sim_case_say(const GPtrArray *notes);

struct network *sim_case_network(const struct sim_case *c, const char *additional, GError **error);

struct sim_result {
	struct score score;
	struct world_counts counts;
	double begin_s, end_s, cpu_s;
	double trip_s, trip_loss_s, trip_waiting_s; /* means over finished trips, as SUMO's tripinfo */
	struct figures figures;
	struct record *record; /* where asked for, else NULL; owned by the caller, its network is the one that was run on */
	struct gauge *measure; /* the same */
};

void sim_result_finish(struct sim_result *r); /* frees record and measures */

/* Runs `method` to the end. Progress goes to stderr if that is a terminal, or to c->permille. */
bool sim_case_run(const struct sim_case *c, const struct network *net, const char *method, uint64_t seed, struct sim_result *result, GError **error);

/* Somebody who makes a world and its steps: lockstep, or a brain at the other end of a bridge. */
struct sim_driver {
	void *user;
	const struct world *(*open)(void *user, const struct network *net, const struct routes *routes, const struct world_options *o, GError **error);
	bool (*step)(void *user, GError **error); /* one world_step, the lights before it; scores are reset when the warm-up is over */
	void (*close)(void *user);                /* frees the world; also when open failed */
};

/* The same with somebody else's steps. */
bool sim_case_drive(const struct sim_case *c, const struct network *net, uint64_t seed, const struct sim_driver *by, struct sim_result *result,
	GError **error);

/* What the world has come to by now; cpu_s is the caller's to fill in. */
struct sim_result sim_case_result(const struct world *w, double begin_s);

/* The score table, on stdout. */
void sim_case_table(const char *method, const struct sim_result *r);
