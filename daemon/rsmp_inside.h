/* rsmp_inside.h - what the files of rsmp_session share; nobody else includes it. */
#pragma once

#include "core/units.h"
#include "daemon/rsmp_session.h"

#define RSMP_ARGUMENTS 8
#define RSMP_BAND_MOST 99 /* number, and extension in s */

enum rsmp_life { RSMP_NO_LINE, RSMP_GREETING, RSMP_UP };
enum rsmp_fault { RSMP_FAULT_STRANGER, RSMP_FAULT_GARBAGE, RSMP_FAULT_CLOCK, RSMP_FAULT_CODE, RSMP_FAULT_HALF, RSMP_FAULT_STATUS, RSMP_N_FAULTS };

enum rsmp_step { /* of an order; in which sequence: rsmp_steps.c */
	RSMP_READ_BEFORE,
	RSMP_SET_TIMEOUT,
	RSMP_SET_BANDS,
	RSMP_SET_CYCLE,
	RSMP_SET_OFFSET,
	RSMP_READ_AFTER,
	RSMP_BACK_BANDS, /* a write went wrong: as it was before */
	RSMP_BACK_CYCLE,
	RSMP_BACK_OFFSET,
	RSMP_SET_PLAN,
	RSMP_PRIORITY,
	RSMP_LEAVE,
	RSMP_DONE,
};

struct rsmp_plan_values { /* -1: not told */
	int cycle_s, offset_s;
	int bands[RSMP_BAND_MOST + 1]; /* extension of each, s */
};

struct rsmp_order {
	enum controller_told told;
	uint32_t row;
	bool renewal; /* of what is in force: no reply */
	int cycle_s, offset_s; /* -1: left as it is */
	int bands[RSMP_BAND_MOST + 1]; /* likewise */
	bool any_band;
	uint32_t touched; /* steps of a write that were sent and may have been done: bits by their number */
	char *misfit, *is, *was;
	char *why;	      /* it failed: taken back first */
	bool was_spoiled, not_back; /* its row, before; a step back failed */
	struct rsmp_plan_values before;
	enum rsmp_step step;
	const enum rsmp_step *way; /* the steps that are left, this one first; ends with RSMP_DONE */
	double begun_s, sent_s;
	char *id;   /* mId of what is out; NULL nothing is */
	char *code; /* of the command that is out */
	struct { /* a priority */
		char *id, *group;
		const char *type, *vehicle;
		uint32_t level, eta_s;
		bool first;
	} priority;
	struct {
		char name[16];
		char text[64];
	} sent[RSMP_ARGUMENTS]; /* arguments of the command that is out; never the security code */
	uint32_t n_sent;
};

struct rsmp_awaited { /* a message of ours without its ack */
	char *id;
	double sent_s;
	uint8_t subscription; /* number + 1; 0 none */
};

#define RSMP_SUBSCRIPTIONS 5

struct rsmp_session {
	struct rsmp_session_setup setup;
	char *site, *code, *component_set, *group;
	enum rsmp_life life;
	bool told_up, told_down, watchdog_heard, acked_version;
	char *version, *sxl;			/* agreed on */
	char *component, *nts, *xnid;		/* of its signals */
	GQueue awaited;				/* struct rsmp_awaited */
	bool texts;				/* it wants sOc as text */
	bool code_bad;				/* it refused our code: */
	double code_s;				/* then, and it is left alone with it for a while, */
	uint32_t code_refusals;			/* longer each time; since it took it last */
	double made_s, beat_s, heard_s, seen_s, open_s;
	double ticked_s; /* of polls */
	double behind_s; /* since when each watchdog has told a time that is over; NaN the last one did not */

	char groups[CABINET_MAX_PHASES + 1]; /* S0001 */
	uint32_t stage, cycle_counter;
	bool cycle_told;
	uint32_t plan; /* S0014; 0 not told */
	bool flash, dark, local, fault; /* S0011, S0007, aggregated status */
	char control[32];		/* S0020 */
	uint32_t alarms, standing;	/* latched; those that stand (enum controller_alarm) */
	uint64_t plans[4];		/* S0022, bits */
	bool plans_told;

	GQueue orders;
	struct rsmp_order *order;
	bool force;
	uint32_t row;
	double forced_s, renewed_s, bands_s;
	bool reached, spoiled[256]; /* the selected plan was seen to run; plans that are half changed */
	struct rsmp_order *bands_of; /* the bands in force, to be renewed; NULL none */
	bool faults[RSMP_N_FAULTS];
	double fault_s[RSMP_N_FAULTS];
	struct controller_health health;
};

/* rsmp_session.c */
void rsmp_fault(struct rsmp_session *s, enum rsmp_fault fault, bool active, const char *format, ...) G_GNUC_PRINTF(4, 5);
void rsmp_lose(struct rsmp_session *s, double pause_s, const char *why);
/* Sends it (and frees it); with `await` its ack is waited for. */
void rsmp_send(struct rsmp_session *s, char *text);
char *rsmp_next_id(struct rsmp_session *s, bool await, uint8_t subscription); /* owned by the caller */
struct rsmp_where rsmp_where(const struct rsmp_session *s);

/* rsmp_status.c */
void rsmp_subscribe_all(struct rsmp_session *s);
void rsmp_subscribe(struct rsmp_session *s, uint32_t which);
bool rsmp_subscribe_refused(struct rsmp_session *s, uint32_t which, const char *reason); /* true: in hand */
void rsmp_status_take(struct rsmp_session *s, const struct rsmp_message *m);
void rsmp_aggregated_take(struct rsmp_session *s, const struct rsmp_message *m);
void rsmp_alarm_take(struct rsmp_session *s, const struct rsmp_message *m);
void rsmp_status_tell(struct rsmp_session *s);
const char *rsmp_away(const struct rsmp_session *s);

/* rsmp_orders.c; what is asked for: rsmp_asked.c */
struct rsmp_order *rsmp_order_new(enum controller_told told, uint32_t row);
void rsmp_order_free(gpointer order);
void rsmp_orders_put(struct rsmp_session *s, struct rsmp_order *o); /* takes it */
void rsmp_order_step(struct rsmp_session *s); /* the order under way: its step is done, on with the next one */
void rsmp_order_fail(struct rsmp_session *s, const char *why); /* likewise: it went wrong */
void rsmp_orders_next(struct rsmp_session *s);
void rsmp_orders_fail(struct rsmp_session *s, const char *why);
void rsmp_orders_tick(struct rsmp_session *s);
void rsmp_orders_keep(struct rsmp_session *s); /* from polls: what is in force stays so */
void rsmp_orders_watch(struct rsmp_session *s);

/* rsmp_steps.c */
const enum rsmp_step *rsmp_way_of(const struct rsmp_order *o);
void rsmp_way_look(struct rsmp_order *o);
const enum rsmp_step *rsmp_way_back(const struct rsmp_order *o);
uint32_t rsmp_step_bit(enum rsmp_step step);
bool rsmp_step_wanted(const struct rsmp_session *s, const struct rsmp_order *o); /* is there anything to do in the step that it is at? */
void rsmp_step_send(struct rsmp_session *s);
int rsmp_turned(int offset_s, int cycle_s); /* an offset of ours as a site's, and back */
int rsmp_site_offset_s(const struct rsmp_order *o);
char *rsmp_bands_text(const int *bands);

/* rsmp_answers.c */
#define RSMP_CODE_AGAIN_S 120.0 /* a code that was refused is tried again after so long, */
#define RSMP_CODE_MOST_S 900.0	/* then after twice that and so on up to this: sites may lock out, but somebody may have set it right, too */
#define RSMP_CODE_ANEW 3	/* and at once on a new connection, when it was refused fewer times than this */
double rsmp_code_pause_s(const struct rsmp_session *s); /* so long it is not tried yet; <= 0: it may be */
bool rsmp_orders_not_acked(struct rsmp_session *s, const char *id, const char *reason); /* true: it was of an order */
void rsmp_orders_command(struct rsmp_session *s, const struct rsmp_message *m);
void rsmp_orders_status(struct rsmp_session *s, const struct rsmp_message *m);
