/* asc_street.c - the stop watch: what shows, against what the cabinet was installed with. */
#include <string.h>

#include "tests/daemon/asc_inside.h"

const char *asc_violation_name(enum asc_violation v)
{
	static const char *const names[] = {"conflict", "short green", "short walk", "short pedestrian clearance", "short yellow", "no yellow",
		"short red clearance", "safety value written", "running row edited", "bad plan called", "commanded while away"};

	return names[v];
}

void asc_watch_begin(struct asc_watch *w)
{
	memset(w->lamp, LAMP_RED, sizeof w->lamp);
	memset(w->ped, 0, sizeof w->ped);
	for (int p = 1; p <= ASC_PHASES; p++)
		w->since_ds[p] = w->walk_ds[p] = 10000;
}

static enum lamp lamp_of(const struct asc_model *m, uint8_t p, uint8_t *ped)
{
	for (int r = 0; r < 2; r++)
		if (m->ring[r].phase == p) {
			*ped = m->ring[r].walking ? 1 : m->ring[r].clearing ? 2 : 0;
			return m->ring[r].lamp;
		}
	*ped = 0;
	return LAMP_RED;
}

static void look_at_green(struct asc_model *m, uint8_t p)
{
	struct asc_watch *w = &m->watch;

	for (uint8_t k = 1; k <= ASC_PHASES; k++) {
		if (k == p || (m->site.phase[p].with & BIT(k)) != 0)
			continue;
		if (w->lamp[k] != LAMP_RED)
			w->counts[ASC_CONFLICT]++;
		else if (w->since_ds[k] < m->site.phase[k].red_ds)
			w->counts[ASC_SHORT_RED]++;
	}
}

static void look_at_change(struct asc_model *m, uint8_t p, enum lamp lamp)
{
	struct asc_watch *w = &m->watch;
	const struct asc_phase *site = &m->site.phase[p];

	if (w->lamp[p] == LAMP_GREEN && w->since_ds[p] < site->min_green_s * 10u)
		w->counts[ASC_SHORT_GREEN]++;
	if (w->lamp[p] == LAMP_GREEN && lamp != LAMP_YELLOW)
		w->counts[ASC_NO_YELLOW]++;
	if (w->lamp[p] == LAMP_YELLOW && w->since_ds[p] < site->yellow_ds)
		w->counts[ASC_SHORT_YELLOW]++;
	w->lamp[p] = (uint8_t) lamp;
	w->since_ds[p] = 0;
}

static void look_at_ped(struct asc_model *m, uint8_t p, uint8_t ped)
{
	struct asc_watch *w = &m->watch;

	if (w->ped[p] == 1 && w->walk_ds[p] < m->site.phase[p].walk_s * 10u)
		w->counts[ASC_SHORT_WALK]++;
	if ((w->ped[p] == 2 && w->walk_ds[p] < m->site.phase[p].ped_clear_s * 10u) ||
		(w->ped[p] == 1 && ped == 0 && m->site.phase[p].ped_clear_s > 0))
		w->counts[ASC_SHORT_PED_CLEAR]++;
	w->ped[p] = ped;
	w->walk_ds[p] = 0;
}

void asc_watch_look(struct asc_model *m)
{
	struct asc_watch *w = &m->watch;
	uint8_t began = 0;

	if (m->state == ASC_FLASH || m->state == ASC_POWER_OFF) {
		w->dark = true; /* another mode of driving: nothing to be timed */
		return;
	}
	if (w->dark)
		asc_watch_begin(w);
	w->dark = false;
	for (uint8_t p = 1; p <= ASC_PHASES; p++) {
		uint8_t ped;
		enum lamp lamp = lamp_of(m, p, &ped);
		w->since_ds[p]++;
		w->walk_ds[p]++;
		if (ped != w->ped[p])
			look_at_ped(m, p, ped);
		if (lamp == w->lamp[p])
			continue;
		look_at_change(m, p, lamp);
		if (lamp == LAMP_GREEN) {
			began |= (uint8_t) BIT(p);
			m->began_ds[p] = m->now_ds;
			m->services[p]++;
		}
	}
	for (uint8_t p = 1; began != 0 && p <= ASC_PHASES; p++)
		if ((began & BIT(p)) != 0)
			look_at_green(m, p);
}
