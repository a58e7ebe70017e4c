/* asc_inside.h - the test cabinet from the inside: asc_model.c (what it does), asc_coord.c (in step), asc_street.c (the stop watch),
 * asc_objects.c (what can be read and written).
 */
#pragma once

#include "tests/daemon/asc_model.h"

#define BIT(p) (1u << ((p) -1))

struct asc_phase { /* as in phaseTable */
	uint8_t walk_s, ped_clear_s, min_green_s, passage_ds, max1_s, yellow_ds, red_ds, ring;
	uint16_t options;
	uint8_t with; /* concurrency */
};
struct asc_pattern {
	uint8_t cycle_s, offset_s, split, sequence;
};
struct asc_split {
	uint8_t time_s, mode, coord;
};

struct asc_db { /* what a transaction holds back */
	struct asc_phase phase[ASC_PHASES + 1];
	uint8_t order[2][ASC_PHASES];
	struct asc_pattern pattern[ASC_ROWS + 1];
	struct asc_split split[ASC_SPLITS + 1][ASC_PHASES + 1];
	uint16_t backup_s;
};

enum lamp { LAMP_RED, LAMP_GREEN, LAMP_YELLOW };

struct asc_ring {
	uint8_t phase; /* timing; 0 none */
	enum lamp lamp;
	uint32_t in_ds; /* in this interval */
	bool walking, clearing;
	uint32_t ped_ds;
	uint8_t next; /* chosen at the end of green; 0 with `cross` */
	bool cross;   /* it waits at the barrier */
};

struct asc_command { /* the objects that a centre commands with */
	uint8_t omit, ped_omit, hold, force_off, vehicle_call, ped_call;
	uint8_t pattern, sync;
	uint8_t stop_time, omit_red_clear, max_inhibit;
	uint8_t preempt; /* inputs 1..8 */
};

struct asc_watch { /* the stop watch */
	uint8_t lamp[ASC_PHASES + 1];
	uint32_t since_ds[ASC_PHASES + 1], walk_ds[ASC_PHASES + 1];
	uint8_t ped[ASC_PHASES + 1]; /* 0 don't walk, 1 walk, 2 clearance */
	uint64_t counts[ASC_N_VIOLATIONS];
	bool dark;
};

struct asc_model {
	struct asc_make make;
	struct asc_db db, buffer, site; /* site: as installed; nobody writes it */
	struct asc_command c;
	int64_t now_ds, clock_off_ds;
	uint64_t rng;

	enum asc_state state;
	uint32_t start_ds; /* still in start-up: all red */
	struct asc_ring ring[2];
	uint8_t group;              /* between which barriers: 0 or 1 */
	uint8_t memory, ped_memory; /* calls */
	uint16_t queue[ASC_PHASES + 1];
	uint32_t gap_ds[ASC_PHASES + 1]; /* since a vehicle */
	uint32_t next_vehicle_ds[ASC_PHASES + 1];
	uint32_t waits_ds; /* since somebody waits for a green that shows to end */

	uint8_t coord_mode, correction;
	uint8_t called, running; /* pattern called for, and running: 254 free */
	uint8_t free_status;
	double cycle_ds, at_ds; /* local cycle and where it is */
	double rate;
	uint32_t starts_ds[ASC_PHASES + 1], ends_ds[ASC_PHASES + 1]; /* windows of the running pattern; ends = force-off */
	uint32_t transition_cycles;
	bool cycle_zero; /* latched */

	uint32_t backup_ds;
	bool backup, commanded, restarted;
	uint8_t db_state; /* dbCreateTransaction */
	uint32_t verify_ds;
	uint8_t verified;
	char db_owner[32];
	uint16_t set_id;

	struct asc_watch watch;
	bool mixed; /* the groups are those of another crossing */
	int64_t began_ds[ASC_PHASES + 1];
	uint64_t services[ASC_PHASES + 1];
};

/* Between which barriers: with 1, 2, 5, 6 or not. */
static inline uint8_t asc_group(const struct asc_model *m, uint8_t p)
{
	uint8_t first = m->mixed ? BIT(1) | BIT(2) | BIT(7) | BIT(8) : BIT(1) | BIT(2) | BIT(5) | BIT(6);

	return (first & BIT(p)) != 0 ? 0 : 1;
}

/* asc_coord.c */
uint8_t asc_plan_fault(const struct asc_model *m, uint8_t row); /* localFreeStatus: 2 = it can be run */
void asc_coord_call(struct asc_model *m);                       /* which pattern is called for now */
void asc_coord_tick(struct asc_model *m);
bool asc_coordinated(const struct asc_model *m);
bool asc_past_force(const struct asc_model *m, uint8_t phase);
const struct asc_split *asc_split_of(const struct asc_model *m, uint8_t phase);

/* asc_street.c */
void asc_watch_begin(struct asc_watch *w);
void asc_watch_look(struct asc_model *m);

/* asc_objects.c */
void asc_db_tick(struct asc_model *m);
