/* plan_files.h - plans as files for others: SUMO's tlLogic programs, and rows for controllers in the words of NTCIP 1202. Text only. */
#pragma once

#include "optimizer/network_plan.h"

/* An additional file (.add.xml) with a program `id` for each junction, that plan_from_program reads back as the same plan. NULL with a sentence
 * when a plan cannot be shown (it should have been looked at before). */
GString *plan_files_sumo(const struct network_plan *p, const struct junction *const *junctions, const char *id, const char *note, GError **error);

/* CSV, a row a split: signal, patternNumber, patternCycleTime, patternOffsetTime, patternSplitNumber, patternSequenceNumber (of patternTable)
 * and splitNumber, splitPhase, splitTime (of splitTable), then for people the stage's letter, its green, and the yellow and red clearance
 * that end it. A split is green, yellow and red clearance of the stage, as NTCIP 1202 v03 (5.5.x, 5.3.x) has it: the clearance behind a
 * stage belongs to it. The offset is that of the first stage's beginning of green ("begin of green" reference). s, whole seconds.
 * `number` is that of the pattern, 1..253. `header`: with the names first. */
GString *plan_files_patterns(const struct network_plan *p, const struct junction *const *junctions, uint32_t number, bool header);
