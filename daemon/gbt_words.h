/* gbt_words.h - items of GB/T 20999-2017 that a host needs: class, object, attribute, and what their values mean.
 *
 * Arrays go highest index first: the first stage of a chain, or phase 1 of an intergreen row, is the last byte.
 */
#pragma once

#include "daemon/gbt_frame.h"

/* Class 1 device, 2 basics. */
#define GBT_MAKER ((struct gbt_key){1, 1, 0, 0})
#define GBT_DEVICE_VERSION ((struct gbt_key){1, 2, 0, 0})
#define GBT_DEVICE_NUMBER ((struct gbt_key){1, 3, 0, 0})
#define GBT_JUNCTIONS ((struct gbt_key){2, 6, 0, 0}) /* that it controls */

#define GBT_LAMP_STATE(group) ((struct gbt_key){3, 3, 1, (group)})

enum gbt_lamp {
	GBT_LAMP_OFF = 0x01,
	GBT_LAMP_RED = 0x10, /* 0x11, 0x12 flashing */
	GBT_LAMP_GREEN = 0x20,
	GBT_LAMP_GREEN_FLASHING = 0x21, /* and 0x22 */
	GBT_LAMP_YELLOW = 0x30,
	GBT_LAMP_YELLOW_FLASHING = 0x31, /* and 0x32 */
	GBT_LAMP_RED_YELLOW = 0x40,
};

/* Class 4 phases. */
#define GBT_PHASE_COUNT ((struct gbt_key){4, 1, 0, 0})
#define GBT_PHASE_LAMPS 2      /* 8 bytes, bit k - 1 = lamp group k */
#define GBT_PHASE_LOSING 3     /* 3 ... 8: three times colour u8, time u8 s */
#define GBT_PHASE_MIN_GREEN 27 /* u16 s */
#define GBT_PHASE_MAX_GREEN 28 /* u16 s; 29: the second one */

/* Class 6 stages. */
#define GBT_STAGE_COUNT ((struct gbt_key){6, 1, 0, 0})
#define GBT_STAGE_PHASES(stage) ((struct gbt_key){6, 2, 2, (stage)})
#define GBT_STAGE_STATE(stage) ((struct gbt_key){6, 3, 2, (stage)})
#define GBT_STAGE_ELAPSED(stage) ((struct gbt_key){6, 3, 3, (stage)})
#define GBT_STAGE_REMAINING(stage) ((struct gbt_key){6, 3, 4, (stage)})

enum gbt_stage_state { GBT_STAGE_NO_WAY = 0x10, GBT_STAGE_WAY = 0x20, GBT_STAGE_CHANGING = 0x30 };

/* Class 7 safety. */
#define GBT_CONFLICTS(phase) ((struct gbt_key){7, 1, 2, (phase)})   /* 8 bytes */
#define GBT_INTERGREENS(phase) ((struct gbt_key){7, 2, 2, (phase)}) /* 64 bytes, highest phase first, s */

/* Class 9 plans. */
#define GBT_PLAN_COUNT ((struct gbt_key){9, 1, 0, 0})
#define GBT_PLAN_JUNCTION 2
#define GBT_PLAN_CYCLE 3	/* u32 s */
#define GBT_PLAN_COORDINATION 4 /* u8 */
#define GBT_PLAN_OFFSET 5	/* u16 s */
#define GBT_PLAN_STAGES 6	/* 16 bytes, the last is the first stage */
#define GBT_PLAN_TIMES 7	/* 16 times u16 s, likewise; the way to the next stage is in it */
#define GBT_PLAN_APPEARANCES 8	/* 16 bytes, likewise */
#define GBT_PLAN_KEY(attribute, plan) ((struct gbt_key){9, 2, (attribute), (plan)})
#define GBT_CHAIN 16 /* stages of a plan at most */

enum gbt_appearance { GBT_FIXED = 0x10, GBT_ON_DEMAND = 0x20 };

/* Class 10: which stages may come before stage t: 64 bytes, highest first; 0 directly, n through stage n, 255 never. */
#define GBT_WAYS_TO(stage) ((struct gbt_key){10, 1, 2, (stage)})
#define GBT_WAY_FORBIDDEN 255

/* Class 13 state, 15 alarms, 16 faults. */
#define GBT_UTC ((struct gbt_key){13, 1, 10, 0}) /* u16 year, month, day, hour, minute, second */
#define GBT_LOCAL_TIME ((struct gbt_key){13, 1, 11, 0})
#define GBT_MODE(junction) ((struct gbt_key){13, 2, 2, (junction)})
#define GBT_PLAN(junction) ((struct gbt_key){13, 2, 3, (junction)})
#define GBT_STAGE(junction) ((struct gbt_key){13, 2, 4, (junction)})
#define GBT_ALARMS ((struct gbt_key){15, 1, 0, 0})
#define GBT_FAULTS ((struct gbt_key){16, 1, 0, 0})

/* Class 17 control by the centre. */
#define GBT_CALL_STAGE(junction) ((struct gbt_key){17, 1, 2, (junction)})
#define GBT_CALL_PLAN(junction) ((struct gbt_key){17, 1, 3, (junction)})
#define GBT_CALL_MODE(junction) ((struct gbt_key){17, 1, 4, (junction)})

enum gbt_mode {
	GBT_CENTRE = 0x10,
	GBT_CENTRE_TIMETABLE,
	GBT_CENTRE_OPTIMISED,
	GBT_CENTRE_COORDINATED,
	GBT_CENTRE_ADAPTIVE,
	GBT_CENTRE_MANUAL,
	GBT_LOCAL = 0x20,
	GBT_LOCAL_FIXED,
	GBT_LOCAL_ACTUATED,
	GBT_LOCAL_COORDINATED,
	GBT_LOCAL_ADAPTIVE,
	GBT_LOCAL_MANUAL,
	GBT_SPECIAL = 0x30,
	GBT_FLASH,
	GBT_ALL_RED,
	GBT_OFF,
};
