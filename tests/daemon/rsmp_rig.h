/* rsmp_rig.h - an rsmp_session and a model site on a connection in simulated time, and what the session told. */
#pragma once

#include "daemon/rsmp_session.h"
#include "tests/daemon/ears.h"
#include "tests/daemon/rsmp_site.h"

struct rsmp_rig {
	struct rsmp_session *session;
	struct rsmp_site *site;
	double now_s;
	bool dead, hung, unplugged, wake, line;
	double again_s; /* the site connects again */
	struct ears told;
};

struct rsmp_rig *rsmp_rig_new(struct rsmp_site *site, void (*change)(struct rsmp_session_setup *setup), const struct cabinet_map *map);
void rsmp_rig_free(struct rsmp_rig *r);
OWNED(rsmp_rig)

void rsmp_rig_second(struct rsmp_rig *r);
void rsmp_rig_seconds(struct rsmp_rig *r, uint32_t n);

/* NaN: left as it is; band 0: none. */
bool rsmp_rig_write(struct rsmp_rig *r, uint32_t row, double cycle_s, double offset_s, uint16_t band, double extension_s);
bool rsmp_rig_select(struct rsmp_rig *r, uint32_t row);
void rsmp_rig_misbehave(struct rsmp_rig *r, GRand *rand); /* throws the dice for what is wrong from now on */
void rsmp_rig_safe(const struct rsmp_rig *r);
