/* town.h - what `greenwave-sim play` plays: a world whose lights are those of its cabinets, and its shadow under the fixed plan.
 *
 * Both worlds have the same network, demand and seed and step together; as long as nobody commands a cabinet they are the
 * same to the last byte. No I/O, no clock: the world's time is the time.
 */
#pragma once

#include "daemon/lockstep.h"
#include "sim/cabinet.h"

struct town;

/* Runs `warmup_s` from begin_s on before it returns, every cabinet on its own plan; scores begin after that. The network is not owned. */
struct town *town_new(const struct network *net, const struct routes *routes, uint64_t seed, double begin_s, double warmup_s, GError **error);
void town_free(struct town *t); /* NULL is fine */
OWNED(town)

/* A second: what the cabinets show now is what the world drives by, until the next one. */
void town_step(struct town *t);

/* The cabinets' clock: they are told what to show between steps too, and a step that comes late must not turn it back or shorten
 * an amber. Never goes back, whatever `now_s` is. */
double town_lamp_s(struct town *t, double now_s);

double town_time_s(const struct town *t); /* of the world, after the last step */
const struct network *town_network(const struct town *t);
const struct world *town_world(const struct town *t);
const struct world *town_shadow(const struct town *t);
const struct junction *town_junction(const struct town *t, uint32_t signal);
struct cabinet *town_cabinet(struct town *t, uint32_t signal);
uint64_t town_passed(const struct town *t, uint32_t lane); /* over its end since the warm-up */
/* Delay at a signal since the warm-up, s per vehicle that left it; of the world, or of the shadow. */
double town_delay_s(const struct town *t, uint32_t signal, bool shadow);
