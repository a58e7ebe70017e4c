/* gbt_cabinet.h - a GB/T 20999 controller in simulated time: lamps, stages, plans, modes, silence of its host; and its misdeeds.
 *
 * Naive on purpose: it runs whatever plan or stage it is told, as soon as it can, keeps its clearances but no minimum, and lets its
 * safety values be written. It counts for itself what must never happen. Made after the facts about the standard, not after
 * the driver.
 */
#pragma once

#include "core/owned.h"
#include "daemon/gbt_frame.h"

#define MODEL_PHASES 8
#define MODEL_STAGES 8
#define MODEL_PLANS 32


struct gbt_model_plan {
	bool there;
	uint32_t cycle_s;
	uint16_t offset_s;
	uint8_t coordination, junction;
	uint8_t stages[16], appearances[16]; /* as on the line: the last is the first */
	uint16_t times_s[16];		     /* likewise */
};

enum gbt_misdeed {
	GBT_MUTE = 1 << 0,	  /* answers nothing */
	GBT_LATE = 1 << 1,	  /* answers 5 s later */
	GBT_DAMAGED = 1 << 2,	  /* each answer has a wrong byte */
	GBT_NOISE = 1 << 3,	  /* random bytes between the answers */
	GBT_WRONG_TYPE = 1 << 4,  /* numbers come in 3 bytes */
	GBT_OUT_OF_RANGE = 1 << 5, /* modes and stages that there are not */
	GBT_REFUSE_PLANS = 1 << 6, /* sets of class 9 from .7 on: half a plan is written */
	GBT_REFUSE_CONTROL = 1 << 7, /* sets of class 17 */
	GBT_FORGETFUL = 1 << 8,	  /* takes plans, and keeps another time chain */
	GBT_SINGLE = 1 << 9,	  /* answers frames of one item only */
	GBT_OWN_SEQUENCE = 1 << 10, /* counts its answers for itself */
	GBT_NO_LAMPS = 1 << 11,	  /* tells no lamp colours */
	GBT_OTHER_NUMBER = 1 << 12, /* answers as another controller: number in the frames */
	GBT_REFUSE_BACK = 1 << 13, /* sets of 17.1.4 to local, and the command pipe */
	GBT_STUCK = 1 << 14,	  /* takes 17.1.x and does nothing */
};

struct gbt_model_counts { /* what it saw of itself */
	uint64_t conflicts, short_greens, short_clearances, safety_writes, running_writes; /* running: a plan that ran was written to */
	uint64_t greens, sets, selected, called, released, returned; /* returned: to its own plan for want of a host */
};

struct gbt_cabinet {
	/* what it is; may be changed before it runs */
	char device[32];
	uint32_t n_stages;
	uint8_t stage_phases[MODEL_STAGES];
	uint8_t conflicts[MODEL_PHASES];
	uint8_t intergreen_s[MODEL_PHASES][MODEL_PHASES];
	uint8_t flash_s, amber_s, red_s;
	uint16_t min_green_s[MODEL_PHASES];
	struct gbt_model_plan plans[MODEL_PLANS + 1]; /* by number */
	double backup_s;
	bool escape; /* the line is a stream */
	uint32_t misdeeds;
	double clock_off_s;
	int64_t utc_s; /* UTC at now 0 */

	/* how it is */
	double now_s, heard_s;
	uint8_t mode, plan; /* plan that runs */
	uint8_t called_plan, called_stage, own_plan;
	uint32_t stage, next; /* from 1; next != stage: on the way */
	uint32_t slot; /* in the plan's chain */
	bool entering; /* the plan: its first slot */
	double slot_s; /* since it began */
	double stage_s; /* likewise, of the stage's right of way, or of the way to the next */
	enum gbt_lamp_now { LAMP_RED, LAMP_GREEN, LAMP_FLASH, LAMP_AMBER, LAMP_CLEAR } lamp[MODEL_PHASES];
	double lamp_s[MODEL_PHASES], green_ended_s[MODEL_PHASES], amber_for_s[MODEL_PHASES];
	struct gbt_model_counts counts;
	char last[256]; /* of the counts' bad ones: when and what */

	GQueue out; /* struct gbt_sent: answers, due or not */
	struct gbt_stream stream;
	GRand *rand;
	uint8_t sequence;
};

struct gbt_sent {
	double due_s;
	GByteArray *bytes;
};

/* Two arms and pedestrians, three stages: phase 1 and 3, 1, 2. */
struct gbt_cabinet *gbt_cabinet_small(void);
/* Four arms, eight phases, six stages. */
struct gbt_cabinet *gbt_cabinet_cross(void);
void gbt_cabinet_free(struct gbt_cabinet *c);
OWNED(gbt_cabinet)

/* Power off and on: its spare plans from 20 on are gone, it runs its own plan. */
void gbt_cabinet_restart(struct gbt_cabinet *c);

void gbt_cabinet_step(struct gbt_cabinet *c, double now_s); /* each second, at most */
void gbt_cabinet_hear(struct gbt_cabinet *c, const uint8_t *bytes, size_t size);
GByteArray *gbt_cabinet_say(struct gbt_cabinet *c); /* the next answer that is due; NULL none. Owned by the caller */
