/* gbt_rig.h - a gbt_unit and a model cabinet on a line in simulated time, and what the unit told. */
#pragma once

#include "daemon/gbt_unit.h"
#include "tests/daemon/ears.h"
#include "tests/daemon/gbt_cabinet.h"

struct gbt_rig {
	struct gbt_unit *unit;
	struct gbt_cabinet *cabinet;
	double now_s;
	bool dead, hung; /* the daemon: killed; its main loop alive but nobody polls */
	bool line, wake, unplugged;
	double reopen_s;
	struct ears told;
};

/* Takes the cabinet. `change` may alter the setup; NULL = as it is. */
struct gbt_rig *gbt_rig_new(struct gbt_cabinet *cabinet, void (*change)(struct gbt_unit_setup *setup), const struct cabinet_map *map);
void gbt_rig_free(struct gbt_rig *r);
OWNED(gbt_rig)

void gbt_rig_anew(struct gbt_rig *r, const struct cabinet_map *map); /* the daemon ended and began anew: it knows nothing of before */
void gbt_rig_second(struct gbt_rig *r);
void gbt_rig_seconds(struct gbt_rig *r, uint32_t n);
bool gbt_rig_until(struct gbt_rig *r, const bool *what, uint32_t most_s);

/* Writes that pattern and waits for its reply: was it taken? */
bool gbt_rig_write(struct gbt_rig *r, uint32_t row, double cycle_s, double offset_s, uint32_t n, const uint16_t *stages, const double *times_s);
bool gbt_rig_select(struct gbt_rig *r, uint32_t row);
void gbt_rig_misbehave(struct gbt_rig *r, GRand *rand); /* throws the dice for what is wrong from now on */
void gbt_rig_safe(const struct gbt_rig *r); /* asserts that the cabinet saw nothing that must not be */
