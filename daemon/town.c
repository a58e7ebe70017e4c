/* town.c - a world whose lights are those of its cabinets, and its shadow under the fixed plan. */
#include "daemon/town.h"

#include <math.h>

struct town {
	const struct network *net;
	struct world *world;
	struct lockstep *shadow;
	struct junction **junctions; /* a signal each */
	struct cabinet **cabinets;
	uint64_t *passed, *shadow_passed; /* a lane each, at the end of the warm-up */
	double lamp_s;                    /* the cabinets' clock */
};

static bool make_cabinets(struct town *t, double begin_s, GError **error)
{
	t->junctions = g_new0(struct junction *, t->net->n_signals);
	t->cabinets = g_new0(struct cabinet *, t->net->n_signals);
	for (uint32_t s = 0; s < t->net->n_signals; s++) {
		t->junctions[s] = junction_new(t->net, s, NULL, error);
		if (!t->junctions[s])
			return false;
		t->cabinets[s] = cabinet_new(t->junctions[s], &t->net->signals[s].programs[0], begin_s, error);
		if (!t->cabinets[s])
			return false;
	}
	return true;
}

static void begin_scores(struct town *t)
{
	world_score_reset(t->world);
	world_score_reset(lockstep_world(t->shadow));
	for (uint32_t l = 0; l < t->net->n_lanes; l++) {
		t->passed[l] = world_passed(t->world, l);
		t->shadow_passed[l] = world_passed(lockstep_world(t->shadow), l);
	}
}

struct town *town_new(const struct network *net, const struct routes *routes, uint64_t seed, double begin_s, double warmup_s,
	GError **error)
{
	owned(town) t = g_new0(struct town, 1);
	struct lockstep_options o = lockstep_options_default();
	o.world = (struct world_options){.step_s = 1.0, .begin_s = begin_s, .seed = seed};
	t->net = net;
	t->passed = g_new0(uint64_t, net->n_lanes);
	t->shadow_passed = g_new0(uint64_t, net->n_lanes);
	t->world = world_new(net, routes, &o.world, error);
	t->shadow = t->world ? lockstep_new(net, routes, &o, error) : NULL;
	t->lamp_s = begin_s;
	if (!t->shadow || !make_cabinets(t, begin_s, error))
		return NULL;
	while (town_time_s(t) < begin_s + warmup_s)
		town_step(t);
	begin_scores(t);
	return give(t);
}

void town_free(struct town *t)
{
	if (!t)
		return;
	for (uint32_t s = 0; s < t->net->n_signals && t->cabinets; s++) {
		cabinet_free(t->cabinets[s]);
		junction_free(t->junctions[s]);
	}
	g_free(t->cabinets);
	g_free(t->junctions);
	lockstep_free(t->shadow);
	world_free(t->world);
	g_free(t->passed);
	g_free(t->shadow_passed);
	g_free(t);
}

double town_lamp_s(struct town *t, double now_s)
{
	t->lamp_s = fmax(t->lamp_s, now_s);
	return t->lamp_s;
}

void town_step(struct town *t)
{
	for (uint32_t s = 0; s < t->net->n_signals; s++) {
		cabinet_tick(t->cabinets[s], town_lamp_s(t, world_time_s(t->world)));
		if (!world_show(t->world, s, cabinet_shows(t->cabinets[s]), NULL))
			g_assert_not_reached(); /* a cabinet shows one of four letters for each link */
	}
	world_step(t->world);
	lockstep_step(t->shadow);
}

double town_time_s(const struct town *t)
{
	return world_time_s(t->world);
}

const struct network *town_network(const struct town *t)
{
	return t->net;
}

const struct world *town_world(const struct town *t)
{
	return t->world;
}

const struct world *town_shadow(const struct town *t)
{
	return lockstep_world(t->shadow);
}

const struct junction *town_junction(const struct town *t, uint32_t signal)
{
	return t->junctions[signal];
}

struct cabinet *town_cabinet(struct town *t, uint32_t signal)
{
	return t->cabinets[signal];
}

uint64_t town_passed(const struct town *t, uint32_t lane)
{
	return world_passed(t->world, lane) - t->passed[lane];
}

double town_delay_s(const struct town *t, uint32_t signal, bool shadow)
{
	const struct world *w = shadow ? town_shadow(t) : t->world;
	const uint64_t *before = shadow ? t->shadow_passed : t->passed;
	uint64_t passed = 0;
	for (uint32_t i = 0; i < t->junctions[signal]->n_lanes; i++) {
		uint32_t lane = t->junctions[signal]->lanes[i];
		passed += world_passed(w, lane) - before[lane];
	}
	return world_signal_delay_s(w, signal) / (double) MAX(passed, 1);
}
