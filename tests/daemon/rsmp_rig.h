/* rsmp_rig.h - an rsmp_session and a model site on a connection in simulated time, and what the session told. */
#pragma once

#include "daemon/rsmp_session.h"
#include "tests/daemon/rsmp_site.h"

#define RSMP_RIG_KINDS 6

enum rsmp_rig_kind { RSMP_RIG_STRANGER, RSMP_RIG_GARBAGE, RSMP_RIG_CLOCK, RSMP_RIG_CODE, RSMP_RIG_HALF, RSMP_RIG_STATUS };

struct rsmp_rig {
	struct rsmp_session *session;
	struct rsmp_site *site;
	double now_s;
	bool dead, hung, unplugged, wake, line;
	double again_s; /* the site connects again */
	uint32_t ups, downs, timings, statuses, refusals, replies, oks;
	char why[256], refused[512], state[64], away[64], standard[64];
	struct controller_status status;
	uint32_t alarms;
	double status_s;
	struct controller_reply reply;
	char reply_why[512];
	bool alert[RSMP_RIG_KINDS];
	uint32_t alerts[RSMP_RIG_KINDS];
	char sentence[256];
};

struct rsmp_rig *rsmp_rig_new(struct rsmp_site *site, void (*change)(struct rsmp_session_setup *setup), const struct cabinet_map *map);
void rsmp_rig_free(struct rsmp_rig *r);
OWNED(rsmp_rig)

void rsmp_rig_second(struct rsmp_rig *r);
void rsmp_rig_seconds(struct rsmp_rig *r, uint32_t n);

/* NaN: left as it is; band 0: none. */
bool rsmp_rig_write(struct rsmp_rig *r, uint32_t row, double cycle_s, double offset_s, uint16_t band, double extension_s);
bool rsmp_rig_select(struct rsmp_rig *r, uint32_t row);
void rsmp_rig_safe(const struct rsmp_rig *r);
