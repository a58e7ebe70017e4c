/* ears.h - what a driver told, kept for a test to look at. What no driver may tell is an assertion here: a status that is away without a reason, a
 * refusal without one, an alert begun twice, a secret.
 */
#pragma once

#include "daemon/controller.h"

enum ears_kind { EARS_STRANGER, EARS_GARBAGE, EARS_CLOCK, EARS_EDITED, EARS_STATUS, EARS_CODE, EARS_HALF, EARS_KINDS };

struct ears {
	const double *now_s; /* of the rig; must outlive it */
	const char *secret;  /* in no text; NULL none */
	const struct controller_events *also; /* told of it too, after it was kept; those that are set. NULL none */
	void *also_user;

	uint32_t ups, downs, timings, statuses, refusals, replies, oks;
	char model[64], standard[64], why[256], refused[512];
	uint32_t can;
	struct controller_status status; /* without its strings */
	char state[64], away[64];
	uint32_t alarms; /* of all statuses */
	double status_s; /* when the last one came */
	uint32_t n_stages, n_phases;
	struct controller_phase phases[64];
	double backup_s;
	struct controller_reply reply; /* the last, without its strings */
	char reply_why[512];
	bool alert[EARS_KINDS];
	uint32_t alerts[EARS_KINDS]; /* how often begun */
	char sentence[256];
	uint32_t strangers; /* how many stand */
	char stranger[64], stranger_sentence[256]; /* the last one */
};

extern const struct controller_events ears_events; /* user: a struct ears */
