/* ntcip_scene.h - a unit's driver and a test cabinet face to face in one process, in simulated time; what the driver says is kept.
 *
 * The line between them can lose, delay and spoil what goes over it.
 */
#pragma once

#include "daemon/ntcip_unit.h"
#include "tests/daemon/asc_model.h"
#include "tests/daemon/cabinet_scene.h"

#define NTCIP_SCENE_T0_S 1800000000 /* 2027-01-15 08:00 UTC */

struct ntcip_faults {              /* of the line; all 0: none */
	bool silent, deaf;             /* nothing comes back; nothing arrives */
	uint32_t lose_ppm;             /* of questions and of answers, each */
	bool wrong_type, out_of_range; /* every answer */
	bool refuse_sets;
	uint32_t sets_left;     /* only so many SETs are taken, the rest is lost; 0: no limit */
	enum ntcip_error error; /* instead of an answer */
};

struct ntcip_heard { /* what the driver said */
	uint32_t ups, downs, statuses, timings, refusals, writes_ok, writes_bad, selects_ok, selects_bad, releases;
	char down_why[256], reply_why[256], refused[256];
	char alerts[16][64]; /* those that are active */
	uint32_t n_alerts;
	GHashTable *told; /* alerts that ever were */
	enum controller_mode mode;
	uint32_t alarms;
	char away[64];
	struct controller_coordination coordination;
	uint32_t can;
	double backup_s, status_s;
	uint32_t row;     /* of the last status */
	uint64_t written; /* rows that were, by their replies */
};

struct ntcip_scene {
	struct cabinet_scene cabinet;
	struct asc_model *model;
	struct ntcip_unit *unit;
	struct ntcip_heard heard;
	struct ntcip_faults faults;
	double now_s;      /* true UTC, and the clock that only goes forward */
	double wall_off_s; /* of the daemon's own clock */
	GRand *rand;
	const struct controller_events *also; /* hears what the driver says, too; NULL: nobody */
	void *also_user;
	struct ntcip_link *line;
	void (*deliver)(struct ntcip_scene *s); /* with a line of its own (setup->link): what is under way, until nothing is */
	void *other;
};

void ntcip_scene_begin(struct ntcip_scene *s, const struct asc_make *make, const struct ntcip_unit_setup *setup);
void ntcip_scene_end(struct ntcip_scene *s);
void ntcip_scene_run(struct ntcip_scene *s, double for_s);             /* second by second: the cabinet, a poll, what follows from it */
bool ntcip_scene_alert(const struct ntcip_scene *s, const char *kind); /* active now */
bool ntcip_scene_told(const struct ntcip_scene *s, const char *kind);  /* ever */
void ntcip_scene_restart(struct ntcip_scene *s, const struct ntcip_unit_setup *setup); /* the daemon is killed and begins anew */

/* A pattern of that cycle that fits the cabinet, and its splits (8). */
struct controller_pattern ntcip_scene_pattern(struct controller_split *splits, uint32_t row, uint32_t cycle_s, uint32_t offset_s);
/* Writes it, waits for the reply, selects it, waits. False: one was refused. */
bool ntcip_scene_give(struct ntcip_scene *s, const struct controller_pattern *p);
