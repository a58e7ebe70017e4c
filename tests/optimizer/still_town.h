/* still_town.h - a network of configs/ with junctions, plans, guards and an optimizer, for tests without a world. */
#pragma once

#include "core/netfile.h"
#include "optimizer/optimizer.h"

struct town {
	struct network *net;
	struct junction **junctions;
	struct plan **plans;
	struct guard **guards;
	struct optimizer *optimizer;
	uint32_t n;
};

/* `name` is a folder of configs/ and the network in it. */
struct town *town_new(const char *name, const char *method);

/* The same with its network changed before anybody looks at it. */
struct town *town_new_changed(const char *name, const char *method, void (*change)(struct network *net));
void town_free(struct town *t);
OWNED(town)

/* One second: the optimizer decides for now_s and the guards follow it. */
void town_step(struct town *t, double now_s);

/* n vehicles stand on the lane, from its stop line on; passed_veh left it in the last second (NaN: not counted). `e` is the caller's to finish. */
void town_picture(const struct town *t, const char *lane, double t_s, uint32_t n_standing, double passed_veh, struct estimate *e);

/* The optimizer is shown that. */
void town_see(struct town *t, const char *lane, double t_s, uint32_t n_standing, double passed_veh);

uint32_t town_lane(const struct town *t, const char *lane);
