/* corridor.h - greens for one vehicle that must not wait: an ambulance on its way, told where it is.
 *
 * From the place on its way and its speed it works out when it will be at each stop line ahead, how many vehicles will be before it there
 * and how long they need to be gone, and so from when to when the line must be green. corridor_ask.h turns that into what to ask a guard
 * for. A place that has become too old is believed no longer; a vehicle that has left its way is let go until it is on it again.
 * Knows no clock, no sockets and no lights but by their guards.
 */
#pragma once

#include "core/guard.h"
#include "optimizer/corridor_ask.h"
#include "optimizer/corridor_way.h"
#include "optimizer/optimizer.h"

enum corridor_state {
	CORRIDOR_WAITS,   /* nobody has said where it is */
	CORRIDOR_RUNS,
	CORRIDOR_LOST,    /* its last place is too old */
	CORRIDOR_ASTRAY,  /* it is not on its way */
	CORRIDOR_ARRIVED, /* the last junction is behind it */
};
const char *corridor_state_name(enum corridor_state s);

struct corridor_options {
	double stale_s;  /* an older place is not believed, s */
	double look_s;   /* so far ahead greens are prepared, s */
	double margin_s; /* the green is there so long before the vehicle, s */
};
struct corridor_options corridor_options_default(void);

struct corridor_point { /* one stop line of the way */
	uint32_t signal;
	double arrive_s; /* when it is expected there; NAN: behind it, or nobody knows */
	double clear_s;  /* of green that those before it need */
	double delay_s;  /* that it is expected to have there */
	bool wanted;     /* `need` is one: close enough to be prepared */
	struct corridor_need need;
	bool *foes; /* by link of the junction, owned; what need.foes points to */
	struct corridor_script script;
};

struct corridor {
	char *id;
	uint32_t priority; /* 0 goes before 1; of equals the one that began first */
	uint64_t order;
	struct corridor_options options;
	struct corridor_way *way; /* owned */
	struct corridor_point *points; /* as the way's stops, owned */
	uint32_t next;     /* stop line ahead */
	uint32_t first;    /* the same, or the one before it while the vehicle is still inside that junction */
	enum corridor_state state;
	double at_m, speed_mps, seen_s; /* the last place; NAN before the first */
	double pace;       /* its speed against the limit when nothing is in its way */
	double begun_s;
};

/* What the corridor sees of the street; by signal of the network. */
struct corridor_street {
	const struct junction *const *junctions; /* NULL: not ours */
	const struct guard *const *guards;       /* NULL: nothing known yet */
	const bool *shows;                       /* it shows any letters: single links can be shut there. NULL: none does */
	const struct optimizer *optimizer;
};

struct corridor *corridor_new(const char *id, struct corridor_way *way, uint32_t priority, const struct corridor_options *options, double now_s);
void corridor_free(struct corridor *c); /* NULL is fine */
OWNED(corridor)

/* It was at that place of the way at t_s (from corridor_way_find or _near; NAN: not on it) and drove so fast (NAN: not told). Older news
 * than the last are passed over. */
void corridor_seen(struct corridor *c, double at_m, double speed_mps, double t_s);

/* The clock jumped to now_s: it is lost until it is seen again. */
void corridor_jumped(struct corridor *c, double now_s);

/* Works everything out for now_s; the state may change. */
void corridor_plan(struct corridor *c, const struct corridor_street *street, double now_s);

/* Of two needs at one junction, which goes before: the higher priority, of equals the older corridor. */
bool corridor_before(const struct corridor *a, const struct corridor *b);
