/* ntcip_talk.h - a list of objects asked for or set over a line, in as many datagrams as it takes.
 *
 * Splits what is too long, asks again when nobody answers, goes on without what a unit has not got (SNMPv1 answers the whole
 * question with noSuchName then), and asks for less at a time when the answer would be too big. One list at a time.
 */
#pragma once

#include "daemon/ntcip_link.h"

#define NTCIP_LIST_MOST 640

struct ntcip_talk;

/* What came of a list. `vars` are those asked for, with values, or with an error of their own; valid during the call. After a SET
 * that failed, `at` is the one to blame (from 0, UINT32_MAX: nobody knows), and `done` says how many before it were taken. */
struct ntcip_outcome {
	enum ntcip_error error;
	const struct ntcip_var *vars;
	uint32_t n, at, done;
};
typedef void (*ntcip_on_outcome)(void *user, const struct ntcip_outcome *outcome);

struct ntcip_talk_counts {
	uint64_t sent, answered, timeouts, refused, garbage;
	double answer_s; /* the last one; NaN none yet */
};

struct ntcip_talk *ntcip_talk_new(struct ntcip_link *link, uint32_t vars_most, void *user); /* takes the link */
void ntcip_talk_free(struct ntcip_talk *t);                                                 /* NULL is fine; nothing is called any more */

/* `tries`: how often it is sent before nobody answered. */
void ntcip_talk_get(struct ntcip_talk *t, const struct ntcip_var *vars, uint32_t n, uint32_t tries, ntcip_on_outcome done);
void ntcip_talk_set(struct ntcip_talk *t, const struct ntcip_var *vars, uint32_t n, uint32_t tries, ntcip_on_outcome done);
bool ntcip_talk_busy(const struct ntcip_talk *t);
const struct ntcip_talk_counts *ntcip_talk_counts(const struct ntcip_talk *t);
