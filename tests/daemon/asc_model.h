/* asc_model.h - an actuated signal controller in a cabinet, as the text of the NTCIP 1202 v02.18 MIB describes it, and a stop watch in the
 * street.
 *
 * For tests. Written from the MIB (and NEMA's ways that it refers to), not from the driver: its own object numbers, rings, barriers,
 * minimums, clearances, calls, coordination with counters and transition, Free on a bad plan, backup timer, database transactions, flash,
 * pre-emption, manual mode, stop time. It takes whatever the MIB lets be written, dangerous values too, as a unit in a street would; the
 * stop watch knows what the cabinet was installed with and counts what must never be seen there.
 *
 * Pure: time is handed in, in tenths of a second. Eight phases: ring 1 has 1 2 | 3 4, ring 2 has 5 6 | 7 8, unless rewritten.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/owned.h"

#define ASC_PHASES 8
#define ASC_ROWS 48
#define ASC_SPLITS 48

enum asc_violation {
	ASC_CONFLICT, /* green beside a green or yellow that it conflicts with */
	ASC_SHORT_GREEN,
	ASC_SHORT_WALK,
	ASC_SHORT_PED_CLEAR,
	ASC_SHORT_YELLOW,
	ASC_NO_YELLOW,
	ASC_SHORT_RED,                     /* green too soon behind a conflicting yellow */
	ASC_N_STREET,                      /* those before are seen in the street; those behind are what a centre should not do */
	ASC_SAFETY_WRITTEN = ASC_N_STREET, /* walk, clearances, minimum green */
	ASC_RUNNING_EDITED,                /* cycle, offset or splits of the row that runs or is selected */
	ASC_BAD_PLAN,                      /* a pattern was called that cannot be run */
	ASC_COMMANDED_AWAY,                /* something other than 0 was commanded while it flashed, was pre-empted, stopped or run by hand */
	ASC_N_VIOLATIONS,
};
const char *asc_violation_name(enum asc_violation v);

enum asc_state { ASC_NORMAL, ASC_FLASH, ASC_PREEMPT, ASC_MANUAL, ASC_STOP_TIME, ASC_POWER_OFF };

struct asc_make { /* what stands there */
	uint32_t seed;
	uint16_t backup_s;
	bool split_number_rw;   /* patternSplitNumber can be written (v01, v03) */
	bool transactions_only; /* patterns outside a transaction: genErr */
	uint8_t verify_s;       /* how long it verifies */
	int32_t zone_s;
	uint8_t correction; /* coordCorrectionMode: 2 dwell, 3 shortway, 4 add only */
	double vehicles_ph; /* vehicles an hour at each phase */
	const char *descr;  /* NULL: "Greenwave test cabinet" */
};

struct asc_model;

/* At utc_ds (tenths of seconds since 1970), all red, running its own plan: pattern 1. */
struct asc_model *asc_model_new(const struct asc_make *make, int64_t utc_ds);
void asc_model_free(struct asc_model *m); /* NULL is fine */
OWNED(asc_model)

void asc_model_run(struct asc_model *m, int64_t utc_ds);         /* up to then */
void asc_model_state(struct asc_model *m, enum asc_state state); /* a switch in the cabinet */
void asc_model_clock(struct asc_model *m, int64_t off_ds);       /* its clock is set so far from the truth */
void asc_model_edit(struct asc_model *m);                        /* a technician changes something: maximum green of phase 1 */

void asc_model_lock_split_numbers(struct asc_model *m); /* from now on patternSplitNumber is read-only */
void asc_model_mix_up(struct asc_model *m);             /* wired and programmed for another crossing: phases 2 and 8 go together there */

/* What can be seen. Bit number - 1 of phases. */
uint8_t asc_model_greens(const struct asc_model *m);
uint8_t asc_model_yellows(const struct asc_model *m);
uint8_t asc_model_walks(const struct asc_model *m);
uint32_t asc_model_pattern(const struct asc_model *m); /* coordPatternStatus */
uint32_t asc_model_called(const struct asc_model *m);  /* systemPatternControl */
bool asc_model_backup(const struct asc_model *m);      /* backup mode */
uint64_t asc_model_count(const struct asc_model *m, enum asc_violation v);
uint64_t asc_model_street_faults(const struct asc_model *m);           /* of all that is seen in the street */
int64_t asc_model_began_ds(const struct asc_model *m, uint32_t phase); /* the last beginning of its green, true UTC */
uint64_t asc_model_services(const struct asc_model *m, uint32_t phase);

/* ---- objects: asc_objects.c ---- */

enum asc_type { ASC_INTEGER, ASC_COUNTER, ASC_OCTETS, ASC_OID, ASC_NOTHING };

struct asc_value {
	enum asc_type type;
	int64_t number; /* of an OID: the last number behind devices */
	uint8_t octets[256];
	uint32_t n;
};

/* SNMPv2 error-status (RFC 3416): 0, noSuchName 2 for a GET, notWritable 17, wrongType 7, wrongValue 10, genErr 5, noAccess 6. */
int asc_get(struct asc_model *m, const uint32_t *oid, uint32_t n, struct asc_value *value);

struct asc_set {
	uint32_t oid[32];
	uint32_t n;
	struct asc_value value;
};
/* All or nothing. `at`: the one to blame, from 1; 0 the whole. Only community "administrator" writes. */
int asc_set(struct asc_model *m, const char *community, const struct asc_set *sets, uint32_t n, uint32_t *at);
