/* ntcip_objects.c - see ntcip_objects.h. */
#include "daemon/ntcip_objects.h"

#include <string.h>

#define SCALAR(name, global, kind, min, max, use, ...)                                                                                     \
	{                                                                                                                                      \
		name, global, {__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}), 0, kind, min, max, use                                              \
	}
#define CELL(name, global, n_index, kind, min, max, use, ...)                                                                              \
	{                                                                                                                                      \
		name, global, {__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}), n_index, kind, min, max, use                                        \
	}

static const struct ntcip_object_info objects[NTCIP_N_OBJECTS] = {
	[NTCIP_SYS_DESCR] = SCALAR("sysDescr", false, NTCIP_TEXT, 0, 255, NTCIP_READ, 0),
	[NTCIP_SET_ID] = SCALAR("globalSetIDParameter", true, NTCIP_NUMBER, 0, 65535, NTCIP_READ, 1, 1),
	[NTCIP_MAX_MODULES] = SCALAR("globalMaxModules", true, NTCIP_NUMBER, 1, 255, NTCIP_READ, 1, 2),
	[NTCIP_MODULE_NODE] = CELL("moduleDeviceNode", true, 1, NTCIP_NAME, 0, 128, NTCIP_READ, 1, 3, 1, 2),
	[NTCIP_MODULE_MAKE] = CELL("moduleMake", true, 1, NTCIP_TEXT, 0, 255, NTCIP_READ, 1, 3, 1, 3),
	[NTCIP_MODULE_MODEL] = CELL("moduleModel", true, 1, NTCIP_TEXT, 0, 255, NTCIP_READ, 1, 3, 1, 4),
	[NTCIP_MODULE_VERSION] = CELL("moduleVersion", true, 1, NTCIP_TEXT, 0, 255, NTCIP_READ, 1, 3, 1, 5),
	[NTCIP_MODULE_TYPE] = CELL("moduleType", true, 1, NTCIP_NUMBER, 1, 3, NTCIP_READ, 1, 3, 1, 6),
	[NTCIP_BASE_STANDARDS] = SCALAR("controllerBaseStandards", true, NTCIP_TEXT, 0, 256, NTCIP_READ, 1, 4),
	[NTCIP_DB_TRANSACTION] = SCALAR("dbCreateTransaction", true, NTCIP_NUMBER, 1, 6, NTCIP_DATABASE, 2, 1),
	[NTCIP_DB_VERIFY_STATUS] = SCALAR("dbVerifyStatus", true, NTCIP_NUMBER, 1, 3, NTCIP_READ, 2, 6),
	[NTCIP_DB_VERIFY_ERROR] = SCALAR("dbVerifyError", true, NTCIP_TEXT, 0, 255, NTCIP_READ, 2, 7),
	[NTCIP_TIME] = SCALAR("globalTime", true, NTCIP_COUNT, 0, UINT32_MAX, NTCIP_SETUP, 3, 1),
	[NTCIP_LOCAL_TIME] = SCALAR("controllerLocalTime", true, NTCIP_COUNT, 0, UINT32_MAX, NTCIP_READ, 3, 6),
	[NTCIP_PATTERN_SYNC] = SCALAR("timebaseAscPatternSync", false, NTCIP_NUMBER, 0, 65535, NTCIP_SETUP, 5, 1),
	[NTCIP_MAX_PHASES] = SCALAR("maxPhases", false, NTCIP_NUMBER, 2, 255, NTCIP_READ, 1, 1),
	[NTCIP_PHASE_WALK] = CELL("phaseWalk", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_SAFETY, 1, 2, 1, 2),
	[NTCIP_PHASE_PED_CLEAR] = CELL("phasePedestrianClear", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_SAFETY, 1, 2, 1, 3),
	[NTCIP_PHASE_MIN_GREEN] = CELL("phaseMinimumGreen", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_SAFETY, 1, 2, 1, 4),
	[NTCIP_PHASE_MAX1] = CELL("phaseMaximum1", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_SETUP, 1, 2, 1, 6),
	[NTCIP_PHASE_YELLOW] = CELL("phaseYellowChange", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_SAFETY, 1, 2, 1, 8),
	[NTCIP_PHASE_RED_CLEAR] = CELL("phaseRedClear", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_SAFETY, 1, 2, 1, 9),
	[NTCIP_PHASE_OPTIONS] = CELL("phaseOptions", false, 1, NTCIP_NUMBER, 0, 65535, NTCIP_SETUP, 1, 2, 1, 21),
	[NTCIP_PHASE_RING] = CELL("phaseRing", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_SETUP, 1, 2, 1, 22),
	[NTCIP_PHASE_CONCURRENCY] = CELL("phaseConcurrency", false, 1, NTCIP_TEXT, 0, 255, NTCIP_SETUP, 1, 2, 1, 23),
	[NTCIP_YELLOWS] = CELL("phaseStatusGroupYellows", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_READ, 1, 4, 1, 3),
	[NTCIP_GREENS] = CELL("phaseStatusGroupGreens", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_READ, 1, 4, 1, 4),
	[NTCIP_PED_CLEARS] = CELL("phaseStatusGroupPedClears", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_READ, 1, 4, 1, 6),
	[NTCIP_WALKS] = CELL("phaseStatusGroupWalks", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_READ, 1, 4, 1, 7),
	[NTCIP_VEH_CALLS] = CELL("phaseStatusGroupVehCalls", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_READ, 1, 4, 1, 8),
	[NTCIP_PED_CALLS] = CELL("phaseStatusGroupPedCalls", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_READ, 1, 4, 1, 9),
	[NTCIP_OVERLAP_YELLOWS] = CELL("overlapStatusGroupYellows", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_READ, 9, 4, 1, 3),
	[NTCIP_OVERLAP_GREENS] = CELL("overlapStatusGroupGreens", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_READ, 9, 4, 1, 4),
	[NTCIP_PHASE_OMIT] = CELL("phaseControlGroupPhaseOmit", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_CONTROL, 1, 5, 1, 2),
	[NTCIP_HOLD] = CELL("phaseControlGroupHold", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_CONTROL, 1, 5, 1, 4),
	[NTCIP_FORCE_OFF] = CELL("phaseControlGroupForceOff", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_CONTROL, 1, 5, 1, 5),
	[NTCIP_VEH_CALL] = CELL("phaseControlGroupVehCall", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_CONTROL, 1, 5, 1, 6),
	[NTCIP_PED_CALL] = CELL("phaseControlGroupPedCall", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_CONTROL, 1, 5, 1, 7),
	[NTCIP_BACKUP_TIME] = SCALAR("unitBackupTime", false, NTCIP_NUMBER, 0, 65535, NTCIP_SETUP, 3, 3),
	[NTCIP_CONTROL_STATUS] = SCALAR("unitControlStatus", false, NTCIP_NUMBER, 1, 10, NTCIP_READ, 3, 5),
	[NTCIP_FLASH_STATUS] = SCALAR("unitFlashStatus", false, NTCIP_NUMBER, 1, 8, NTCIP_READ, 3, 6),
	[NTCIP_ALARM2] = SCALAR("unitAlarmStatus2", false, NTCIP_NUMBER, 0, 255, NTCIP_READ, 3, 7),
	[NTCIP_ALARM1] = SCALAR("unitAlarmStatus1", false, NTCIP_NUMBER, 0, 255, NTCIP_READ, 3, 8),
	[NTCIP_SHORT_ALARM] = SCALAR("shortAlarmStatus", false, NTCIP_NUMBER, 0, 255, NTCIP_READ, 3, 9),
	[NTCIP_COORD_MODE] = SCALAR("coordOperationalMode", false, NTCIP_NUMBER, 0, 255, NTCIP_SETUP, 4, 1),
	[NTCIP_MAX_PATTERNS] = SCALAR("maxPatterns", false, NTCIP_NUMBER, 1, 253, NTCIP_READ, 4, 5),
	[NTCIP_PATTERN_TABLE_TYPE] = SCALAR("patternTableType", false, NTCIP_NUMBER, 1, 4, NTCIP_READ, 4, 6),
	[NTCIP_PATTERN_CYCLE] = CELL("patternCycleTime", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_DATABASE, 4, 7, 1, 2),
	[NTCIP_PATTERN_OFFSET] = CELL("patternOffsetTime", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_DATABASE, 4, 7, 1, 3),
	[NTCIP_PATTERN_SPLIT] = CELL("patternSplitNumber", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_DATABASE, 4, 7, 1, 4),
	[NTCIP_PATTERN_SEQUENCE] = CELL("patternSequenceNumber", false, 1, NTCIP_NUMBER, 0, 255, NTCIP_DATABASE, 4, 7, 1, 5),
	[NTCIP_MAX_SPLITS] = SCALAR("maxSplits", false, NTCIP_NUMBER, 1, 255, NTCIP_READ, 4, 8),
	[NTCIP_SPLIT_TIME] = CELL("splitTime", false, 2, NTCIP_NUMBER, 0, 255, NTCIP_DATABASE, 4, 9, 1, 3),
	[NTCIP_SPLIT_MODE] = CELL("splitMode", false, 2, NTCIP_NUMBER, 1, 7, NTCIP_DATABASE, 4, 9, 1, 4),
	[NTCIP_SPLIT_COORD] = CELL("splitCoordPhase", false, 2, NTCIP_NUMBER, 0, 1, NTCIP_DATABASE, 4, 9, 1, 5),
	[NTCIP_PATTERN_STATUS] = SCALAR("coordPatternStatus", false, NTCIP_NUMBER, 0, 255, NTCIP_READ, 4, 10),
	[NTCIP_FREE_STATUS] = SCALAR("localFreeStatus", false, NTCIP_NUMBER, 1, 11, NTCIP_READ, 4, 11),
	[NTCIP_CYCLE_STATUS] = SCALAR("coordCycleStatus", false, NTCIP_NUMBER, 0, 510, NTCIP_READ, 4, 12),
	[NTCIP_PATTERN_CONTROL] = SCALAR("systemPatternControl", false, NTCIP_NUMBER, 0, 255, NTCIP_CONTROL, 4, 14),
	[NTCIP_MAX_PREEMPTS] = SCALAR("maxPreempts", false, NTCIP_NUMBER, 1, 255, NTCIP_READ, 6, 1),
	[NTCIP_PREEMPT_CONTROL] = CELL("preemptControlState", false, 1, NTCIP_NUMBER, 0, 1, NTCIP_CONTROL, 6, 3, 1, 2),
	[NTCIP_MAX_RINGS] = SCALAR("maxRings", false, NTCIP_NUMBER, 1, 255, NTCIP_READ, 7, 1),
	[NTCIP_MAX_SEQUENCES] = SCALAR("maxSequences", false, NTCIP_NUMBER, 1, 255, NTCIP_READ, 7, 2),
	[NTCIP_SEQUENCE] = CELL("sequenceData", false, 2, NTCIP_TEXT, 0, 255, NTCIP_SETUP, 7, 3, 1, 3),
};

const struct ntcip_object_info *ntcip_object_info(enum ntcip_object object)
{
	return &objects[object];
}

size_t ntcip_oid(enum ntcip_object object, uint16_t index, uint16_t index2, unsigned long *oid)
{
	static const unsigned long descr[] = {1, 3, 6, 1, 2, 1, 1, 1, 0};
	static const unsigned long devices[] = {1, 3, 6, 1, 4, 1, 1206, 4, 2};
	const struct ntcip_object_info *o = &objects[object];
	size_t n = G_N_ELEMENTS(devices);

	if (object == NTCIP_SYS_DESCR) {
		memcpy(oid, descr, sizeof descr);
		return G_N_ELEMENTS(descr);
	}
	memcpy(oid, devices, sizeof devices);
	oid[n++] = o->global ? 6 : 1;
	for (uint8_t i = 0; i < o->n_tail; i++)
		oid[n++] = o->tail[i];
	oid[n++] = index;
	if (o->n_index == 2)
		oid[n++] = index2;
	return n;
}

bool ntcip_writable(enum ntcip_object object)
{
	return (objects[object].use & (NTCIP_CONTROL | NTCIP_DATABASE)) != 0;
}

bool ntcip_in_range(enum ntcip_object object, int64_t number)
{
	return number >= objects[object].min && number <= objects[object].max;
}

char *ntcip_object_print(enum ntcip_object object, uint16_t index, uint16_t index2)
{
	return objects[object].n_index == 2 ? g_strdup_printf("%s.%u.%u", objects[object].name, index, index2)
										: g_strdup_printf("%s.%u", objects[object].name, index);
}

const char *ntcip_error_name(enum ntcip_error error)
{
	static const char *const names[] = {"ok", "no answer", "no answer, but strange datagrams", "user or keys refused", "too big",
		"no such object", "read-only", "no access", "bad value", "wrong type", "general error", "an answer that does not fit"};

	return names[error];
}

enum ntcip_error ntcip_error_of_snmp(long errstat)
{
	static const enum ntcip_error of[] = {
		[0] = NTCIP_OK,
		[1] = NTCIP_TOO_BIG,
		[2] = NTCIP_NO_SUCH,
		[3] = NTCIP_BAD_VALUE,
		[4] = NTCIP_READ_ONLY,
		[5] = NTCIP_GENERAL,
		[6] = NTCIP_NO_ACCESS,
		[7] = NTCIP_WRONG_TYPE,
		[8] = NTCIP_BAD_VALUE,  /* wrongLength */
		[9] = NTCIP_BAD_VALUE,  /* wrongEncoding */
		[10] = NTCIP_BAD_VALUE, /* wrongValue */
		[11] = NTCIP_NO_SUCH,   /* noCreation */
		[12] = NTCIP_BAD_VALUE, /* inconsistentValue */
		[13] = NTCIP_GENERAL,   /* resourceUnavailable */
		[14] = NTCIP_GENERAL,   /* commitFailed */
		[15] = NTCIP_GENERAL,   /* undoFailed */
		[16] = NTCIP_NO_ACCESS, /* authorizationError */
		[17] = NTCIP_READ_ONLY, /* notWritable */
		[18] = NTCIP_BAD_VALUE, /* inconsistentName */
	};

	return errstat >= 0 && errstat < (long) G_N_ELEMENTS(of) ? of[errstat] : NTCIP_GENERAL;
}
