/* ntcip_link.h - a line to one unit: asks for objects or sets them, one question at a time, and tells what came of it.
 *
 * The driver's logic sees this face only; behind it are SNMP over UDP (ntcip_snmp.h) or, in tests, a cabinet in the same process and
 * in simulated time. A question always gets one answer, be it that there was none; never from inside ask.
 */
#pragma once

#include "daemon/ntcip_objects.h"

#define NTCIP_VARS_MOST 64 /* of one question */

struct ntcip_var {
	enum ntcip_object object;
	uint16_t index, index2;
	int64_t number;        /* to set; as answered. Of a NAME: 1 = it is an actuated signal controller's node */
	const uint8_t *octets; /* as answered, of texts; valid during the call; may hold any byte */
	size_t n_octets;
	enum ntcip_error error; /* as answered: OK, or NO_SUCH where the unit has not got just this one (v2c, v3) */
};

struct ntcip_answer {
	enum ntcip_error error;
	uint32_t at;                  /* which of the question's is to blame, from 1; 0: the whole */
	const struct ntcip_var *vars; /* of a question for values that went well: those asked for, in the order asked for */
	uint32_t n;
	double took_s;
};

struct ntcip_link {
	void (*ask)(struct ntcip_link *l, bool set, const struct ntcip_var *vars, uint32_t n); /* copied */
	void (*free)(struct ntcip_link *l);                                                    /* no answer comes any more */
	void (*on_answer)(void *user, const struct ntcip_answer *answer);                      /* set by the owner */
	void *user;
};
