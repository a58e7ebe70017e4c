/* ntcip_objects.h - the objects of NTCIP 1202 v02 and 1201 that are used: number, kind, range and whether they may be written.
 *
 * Taken from the MIBs 1202 v02.18 and 1201 v02.27, object by object; tests/daemon/ntcip_agent_test.c holds each line against an agent that
 * has read the MIBs by itself. What keeps people safe (walk, pedestrian clearance, minimum green, yellow, red clearance) is read and has
 * no way to be written: ntcip_writable says no, whatever the MIB says. Knows nothing of sessions, packets and time.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define NTCIP_PHASES 16 /* of a unit that has more, the first 16 are read; signals may use these only */
#define NTCIP_GROUPS 2  /* of 8 phases */
#define NTCIP_RINGS 4
#define NTCIP_OID_MOST 20 /* numbers in one object's name */

enum ntcip_object {
	NTCIP_SYS_DESCR,
	NTCIP_MAX_MODULES,
	NTCIP_MODULE_NODE,
	NTCIP_MODULE_MAKE,
	NTCIP_MODULE_MODEL,
	NTCIP_MODULE_VERSION,
	NTCIP_MODULE_TYPE,
	NTCIP_BASE_STANDARDS,
	NTCIP_SET_ID,
	NTCIP_DB_TRANSACTION,
	NTCIP_DB_VERIFY_STATUS,
	NTCIP_DB_VERIFY_ERROR,
	NTCIP_TIME,
	NTCIP_LOCAL_TIME,
	NTCIP_PATTERN_SYNC,
	NTCIP_MAX_PHASES,
	NTCIP_PHASE_WALK,
	NTCIP_PHASE_PED_CLEAR,
	NTCIP_PHASE_MIN_GREEN,
	NTCIP_PHASE_MAX1,
	NTCIP_PHASE_YELLOW,
	NTCIP_PHASE_RED_CLEAR,
	NTCIP_PHASE_OPTIONS,
	NTCIP_PHASE_RING,
	NTCIP_PHASE_CONCURRENCY,
	NTCIP_YELLOWS,
	NTCIP_GREENS,
	NTCIP_PED_CLEARS,
	NTCIP_WALKS,
	NTCIP_VEH_CALLS, /* what waits; the two with CALL are what is asked for */
	NTCIP_PED_CALLS,
	NTCIP_OVERLAP_YELLOWS,
	NTCIP_OVERLAP_GREENS,
	NTCIP_PHASE_OMIT,
	NTCIP_HOLD,
	NTCIP_FORCE_OFF,
	NTCIP_VEH_CALL,
	NTCIP_PED_CALL,
	NTCIP_BACKUP_TIME,
	NTCIP_CONTROL_STATUS,
	NTCIP_FLASH_STATUS,
	NTCIP_ALARM2,
	NTCIP_ALARM1,
	NTCIP_SHORT_ALARM,
	NTCIP_COORD_MODE,
	NTCIP_MAX_PATTERNS,
	NTCIP_PATTERN_TABLE_TYPE,
	NTCIP_PATTERN_CYCLE,
	NTCIP_PATTERN_OFFSET,
	NTCIP_PATTERN_SPLIT,
	NTCIP_PATTERN_SEQUENCE,
	NTCIP_MAX_SPLITS,
	NTCIP_SPLIT_TIME,
	NTCIP_SPLIT_MODE,
	NTCIP_SPLIT_COORD,
	NTCIP_PATTERN_STATUS,
	NTCIP_FREE_STATUS,
	NTCIP_CYCLE_STATUS,
	NTCIP_PATTERN_CONTROL,
	NTCIP_MAX_PREEMPTS,
	NTCIP_PREEMPT_CONTROL,
	NTCIP_MAX_RINGS,
	NTCIP_MAX_SEQUENCES,
	NTCIP_SEQUENCE,
	NTCIP_N_OBJECTS,
};

enum ntcip_kind { NTCIP_NUMBER, NTCIP_COUNT, NTCIP_TEXT, NTCIP_NAME }; /* INTEGER, Counter, OCTET STRING, OBJECT IDENTIFIER */

enum ntcip_use {
	NTCIP_READ = 0,
	NTCIP_CONTROL = 1 << 0,  /* written to command; each write restarts the unit's backup timer */
	NTCIP_DATABASE = 1 << 1, /* written as part of a plan; in a transaction where the unit wants one */
	NTCIP_SAFETY = 1 << 2,   /* read-write in the MIB, and never written from here */
	NTCIP_SETUP = 1 << 3,    /* read-write in the MIB, an engineer's business: never written from here */
};

struct ntcip_object_info {
	const char *name; /* as in the MIB */
	bool global;      /* under devices.global (6), else under devices.asc (1); sysDescr is neither */
	uint8_t tail[6];  /* of its number */
	uint8_t n_tail;
	uint8_t n_index; /* 0: a scalar, its instance is 0 */
	enum ntcip_kind kind;
	int64_t min, max; /* of numbers; of texts the length */
	uint32_t use;     /* enum ntcip_use */
};

const struct ntcip_object_info *ntcip_object_info(enum ntcip_object object);

/* The full number, `oid` holds NTCIP_OID_MOST. Indices that the object does not have are 0. Returns how many numbers. */
size_t ntcip_oid(enum ntcip_object object, uint16_t index, uint16_t index2, unsigned long *oid);

/* May the driver write it at all? */
bool ntcip_writable(enum ntcip_object object);

/* Is the number in the MIB's range? */
bool ntcip_in_range(enum ntcip_object object, int64_t number);

char *ntcip_object_print(enum ntcip_object object, uint16_t index, uint16_t index2); /* "splitTime.5.2"; owned by the caller */

/* What can become of a request: SNMPv1's and v2's errors, and what comes before them, in one list. */
enum ntcip_error {
	NTCIP_OK,
	NTCIP_NO_ANSWER,    /* within the time, or the datagram could not be sent */
	NTCIP_STRAYS,       /* none either, but something came: no SNMP, cut off, or the answer to an earlier question */
	NTCIP_REFUSED_USER, /* v3: unknown user, wrong keys. v1 and v2c: silence only */
	NTCIP_TOO_BIG,
	NTCIP_NO_SUCH,   /* v1 noSuchName (which for SET also means read-only), v2 noSuchObject, noSuchInstance, noCreation */
	NTCIP_READ_ONLY, /* readOnly, notWritable */
	NTCIP_NO_ACCESS, /* noAccess, authorizationError */
	NTCIP_BAD_VALUE, /* badValue, wrongValue, wrongLength, wrongEncoding, inconsistentValue, inconsistentName */
	NTCIP_WRONG_TYPE,
	NTCIP_GENERAL, /* genErr and what is left */
	NTCIP_GARBAGE, /* an answer that does not fit the question: other objects, wrong types, values out of range */
};
const char *ntcip_error_name(enum ntcip_error error); /* "no answer" ... */
enum ntcip_error ntcip_error_of_snmp(long errstat);   /* SNMP's error-status, RFC 1157 4.1.1 and RFC 3416 3 */
