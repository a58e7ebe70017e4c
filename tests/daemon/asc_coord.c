/* asc_coord.c - which pattern the cabinet runs, and its way into step: clauses 2.5.x of the MIB. */
#include <math.h>
#include <string.h>

#include "tests/daemon/asc_inside.h"

#define LONGER 1.17 /* a cycle in correction, at most; shorter likewise (facts of a vendor: 17 and 12 to 22 %) */
#define SHORTER 0.88

const struct asc_split *asc_split_of(const struct asc_model *m, uint8_t phase)
{
	return &m->db.split[m->db.pattern[m->running].split][phase];
}

bool asc_coordinated(const struct asc_model *m)
{
	return m->running >= 1 && m->running <= ASC_ROWS && m->free_status == 2;
}

static bool used(const struct asc_model *m, uint8_t p)
{
	return (m->db.phase[p].options & 1) != 0 && m->db.phase[p].ring != 0;
}

static uint32_t least_ds(const struct asc_phase *f, uint8_t mode)
{
	uint32_t ped_ds = (f->walk_s + f->ped_clear_s) * 10u, green_ds = f->min_green_s * 10u;
	bool always = (f->options & (1u << 3 | 1u << 4 | 1u << 8)) != 0 || mode == 5 || mode == 6;

	return (always && ped_ds > green_ds ? ped_ds : green_ds) + f->yellow_ds + f->red_ds;
}

/* 2.5.7.2, .3, 2.5.9.3: what makes a pattern run Free. */
uint8_t asc_plan_fault(const struct asc_model *m, uint8_t row)
{
	uint32_t sums[2][2] = {{0}}, coordinated = 0;
	const struct asc_pattern *t = &m->db.pattern[row];

	if (row < 1 || row > ASC_ROWS || t->cycle_s == 0 || t->split < 1 || t->split > ASC_SPLITS)
		return 7; /* badPlan */
	if (t->offset_s >= t->cycle_s)
		return 7;
	for (uint8_t r = 0; r < 2; r++)
		for (int i = 0; i < ASC_PHASES && m->db.order[r][i] != 0; i++) {
			uint8_t p = m->db.order[r][i];
			const struct asc_split *s = &m->db.split[t->split][p];
			if (!used(m, p) || s->mode == 7)
				continue;
			if (s->time_s * 10u < least_ds(&m->db.phase[p], s->mode))
				return s->time_s * 10u < m->db.phase[p].yellow_ds + m->db.phase[p].red_ds ? 8 : 7;
			sums[asc_group(m, p)][r] += s->time_s;
			coordinated += s->coord;
		}
	if (MAX(sums[0][0], sums[0][1]) + MAX(sums[1][0], sums[1][1]) > t->cycle_s)
		return 9; /* splitOverrun */
	return coordinated == 0 ? 7 : 2;
}

static uint8_t own_pattern(const struct asc_model *m)
{
	return m->db.pattern[1].cycle_s > 0 ? 1 : 254;
}

void asc_coord_call(struct asc_model *m)
{
	uint8_t call = m->coord_mode != 0 ? m->coord_mode : m->c.pattern != 0 && !m->backup ? m->c.pattern : own_pattern(m);

	if (call == m->called)
		return;
	m->called = call;
	m->transition_cycles = 0;
	m->running = call == 254 || call == 255 ? call : 254;
	m->free_status = call == 254 ? 3 : 4; /* commandFree, transitionFree */
	if (call >= 1 && call <= 253) {
		uint8_t fault = asc_plan_fault(m, call);
		if (fault != 2) {
			m->free_status = fault;
			m->watch.counts[ASC_BAD_PLAN]++;
		}
	}
}

/* Windows of the pattern's phases, from the beginning of the first coordinated phase's green. */
static void lay_out(struct asc_model *m, uint8_t row)
{
	const struct asc_split *split = m->db.split[m->db.pattern[row].split];
	uint32_t start[ASC_PHASES + 1] = {0}, zero = UINT32_MAX, cycle = m->db.pattern[row].cycle_s * 10u, barrier = 0;

	for (int group = 0; group < 2; group++) {
		uint32_t end = barrier;
		for (uint8_t r = 0; r < 2; r++) {
			uint32_t at = barrier;
			for (int i = 0; i < ASC_PHASES && m->db.order[r][i] != 0; i++) {
				uint8_t p = m->db.order[r][i];
				if (!used(m, p) || split[p].mode == 7 || asc_group(m, p) != group)
					continue;
				start[p] = at;
				at += split[p].time_s * 10u;
				if (split[p].coord != 0)
					zero = MIN(zero, start[p]);
			}
			end = MAX(end, at);
		}
		barrier = end;
	}
	for (uint8_t p = 1; p <= ASC_PHASES; p++) {
		uint32_t length = split[p].time_s * 10u, rest = split[p].coord != 0 && cycle > barrier ? cycle - barrier : 0;
		m->starts_ds[p] = (start[p] + cycle - zero) % cycle;
		m->ends_ds[p] = length + rest - m->db.phase[p].yellow_ds - m->db.phase[p].red_ds; /* from its start */
	}
}

/* 2.5.11 transitionFree: a pattern begins where its coordinated phase does. */
static void enter(struct asc_model *m)
{
	for (int r = 0; r < 2; r++) {
		const struct asc_ring *k = &m->ring[r];
		if (k->phase == 0 || k->lamp != LAMP_GREEN || k->in_ds != 0)
			continue;
		if (m->db.split[m->db.pattern[m->called].split][k->phase].coord == 0)
			continue;
		m->running = m->called;
		m->free_status = 2;
		m->cycle_ds = m->db.pattern[m->called].cycle_s * 10.0;
		m->rate = 1;
		lay_out(m, m->called);
		m->at_ds = m->starts_ds[k->phase];
		return;
	}
}

/* Where the cycle should be: from the reference point of today, 0 h by its own clock and zone. ds */
static double wanted_ds(const struct asc_model *m)
{
	int64_t local_ds = m->now_ds + m->clock_off_ds + m->make.zone_s * (int64_t) 10;

	return fmod((double) (local_ds % 864000) - m->db.pattern[m->running].offset_s * 10.0 + 2 * m->cycle_ds, m->cycle_ds);
}

static bool dwelling(const struct asc_model *m)
{
	for (int r = 0; r < 2; r++)
		if (m->ring[r].phase != 0 && m->ring[r].lamp == LAMP_GREEN && asc_split_of(m, m->ring[r].phase)->coord != 0)
			return true;
	return false;
}

static void correct(struct asc_model *m)
{
	double behind = fmod(wanted_ds(m) - m->at_ds + 1.5 * m->cycle_ds, m->cycle_ds) - 0.5 * m->cycle_ds; /* > 0: it has to catch up */

	if (fabs(behind) < 2) {
		m->rate = 1;
	} else if (m->correction == 2) {
		m->rate = dwelling(m) ? 0 : 1;
	} else if (m->correction == 4) {
		m->rate = 1 / LONGER;
	} else {
		m->rate = behind > 0 ? 1 / SHORTER : 1 / LONGER;
	}
}

void asc_coord_tick(struct asc_model *m)
{
	asc_coord_call(m);
	if (m->called >= 1 && m->called <= ASC_ROWS && m->free_status == 4)
		enter(m);
	if (!asc_coordinated(m))
		return;
	correct(m);
	m->at_ds += m->rate;
	if (m->at_ds >= m->cycle_ds) {
		m->at_ds -= m->cycle_ds;
		m->cycle_zero = true;
		m->transition_cycles = m->rate == 1 ? 0 : m->transition_cycles + 1;
	}
}

bool asc_past_force(const struct asc_model *m, uint8_t phase)
{
	double since = fmod(m->at_ds - m->starts_ds[phase] + m->cycle_ds, m->cycle_ds), split = m->ends_ds[phase];

	return since >= split && since < split + (m->cycle_ds - split) / 2; /* beyond that it is early for the next time */
}
