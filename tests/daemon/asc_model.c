/* asc_model.c - see asc_model.h: calls, rings, barriers. */
#include <math.h>
#include <string.h>

#include "tests/daemon/asc_inside.h"

#define START_DS 60 /* all red after flash and power */

static uint64_t roll(struct asc_model *m)
{
	m->rng ^= m->rng << 13; /* Marsaglia 2003, xorshift */
	m->rng ^= m->rng >> 7;
	m->rng ^= m->rng << 17;
	return m->rng;
}

static uint32_t next_vehicle(struct asc_model *m)
{
	double u = (double) (roll(m) >> 11) / (double) (1ull << 53);

	return m->make.vehicles_ph <= 0 ? UINT32_MAX : (uint32_t) (-log(1 - u) * 36000.0 / m->make.vehicles_ph) + 1;
}

static void install(struct asc_db *db, const struct asc_make *make)
{
	static const uint8_t with[] = {0, 0x30, 0x30, 0xc0, 0xc0, 0x03, 0x03, 0x0c, 0x0c};
	static const uint8_t splits[] = {0, 15, 35, 15, 25, 15, 35, 15, 25};

	for (uint8_t p = 1; p <= ASC_PHASES; p++) {
		bool through = p % 2 == 0;
		db->phase[p] = (struct asc_phase){.walk_s = through ? 7 : 0,
			.ped_clear_s = through ? 9 : 0,
			.min_green_s = through ? 8 : 5,
			.passage_ds = 20,
			.max1_s = 40,
			.yellow_ds = 35,
			.red_ds = 15,
			.ring = p <= 4 ? 1 : 2,
			.options = (uint16_t) (through ? 1 | 1 << 10 : 1),
			.with = with[p]};
		db->order[p <= 4 ? 0 : 1][(p - 1) % 4] = p;
		db->split[1][p] = (struct asc_split){.time_s = splits[p], .mode = 2, .coord = p == 2 || p == 6};
	}
	db->pattern[1] = (struct asc_pattern){.cycle_s = 90, .offset_s = 10, .split = 1, .sequence = 1};
	for (int row = 2; row <= ASC_ROWS; row++)
		db->pattern[row] = (struct asc_pattern){.split = (uint8_t) row, .sequence = 1};
	for (int s = 2; s <= ASC_SPLITS; s++)
		for (int p = 1; p <= ASC_PHASES; p++)
			db->split[s][p].mode = 2;
	db->backup_s = make->backup_s;
}

static void power_up(struct asc_model *m)
{
	memset(m->ring, 0, sizeof m->ring);
	m->c = (struct asc_command){0};
	m->start_ds = START_DS;
	m->called = 0;
	m->running = 254;
	m->backup = m->commanded = false;
	m->backup_ds = 0;
	m->db_state = 1;
}

struct asc_model *asc_model_new(const struct asc_make *make, int64_t utc_ds)
{
	struct asc_model *m = g_new0(struct asc_model, 1);

	m->make = *make;
	m->rng = make->seed * 2654435761ull + 88172645463325252ull;
	m->now_ds = utc_ds;
	install(&m->db, make);
	m->site = m->db;
	m->correction = make->correction != 0 ? make->correction : 3;
	m->set_id = (uint16_t) (make->seed % 1000 + 1);
	for (int p = 1; p <= ASC_PHASES; p++)
		m->next_vehicle_ds[p] = next_vehicle(m);
	asc_watch_begin(&m->watch);
	power_up(m);
	asc_coord_call(m); /* on the way to its own plan from the first moment */
	return m;
}

void asc_model_free(struct asc_model *m)
{
	g_free(m);
}

static bool enabled(const struct asc_model *m, uint8_t p)
{
	return p != 0 && (m->db.phase[p].options & 1) != 0 && m->db.phase[p].ring != 0;
}

static bool recalled(const struct asc_model *m, uint8_t p)
{
	if (asc_coordinated(m)) {
		const struct asc_split *s = asc_split_of(m, p);
		return s->coord != 0 || (s->mode >= 3 && s->mode <= 6);
	}
	return (m->db.phase[p].options & (1u << 6 | 1u << 7 | 1u << 8)) != 0;
}

static bool ped_called(const struct asc_model *m, uint8_t p)
{
	uint8_t mode = asc_coordinated(m) ? asc_split_of(m, p)->mode : 2;

	return m->db.phase[p].walk_s > 0 && ((m->ped_memory | m->c.ped_call) & BIT(p)) != 0 ? (m->c.ped_omit & BIT(p)) == 0
																						: mode == 5 || mode == 6;
}

static bool called(const struct asc_model *m, uint8_t p)
{
	if (!enabled(m, p) || (m->c.omit & BIT(p)) != 0 || (asc_coordinated(m) && asc_split_of(m, p)->mode == 7))
		return false;
	return ((m->memory | m->c.vehicle_call) & BIT(p)) != 0 || recalled(m, p) || ped_called(m, p);
}

static uint8_t group_of(const struct asc_model *m, uint8_t p)
{
	return asc_group(m, p);
}

/* The next phase of the ring in this group behind `after` (0: from the first on) that somebody wants. 0: none. */
static uint8_t next_in_group(const struct asc_model *m, int r, uint8_t after, uint8_t group)
{
	bool behind = after == 0;

	for (int i = 0; i < ASC_PHASES && m->db.order[r][i] != 0; i++) {
		uint8_t p = m->db.order[r][i];
		if (behind && group_of(m, p) == group && called(m, p))
			return p;
		if (p == after)
			behind = true;
	}
	return 0;
}

static bool group_called(const struct asc_model *m, uint8_t group)
{
	return next_in_group(m, 0, 0, group) != 0 || next_in_group(m, 1, 0, group) != 0;
}

/* Anybody who cannot go beside this one? */
static bool opposed(const struct asc_model *m, uint8_t p)
{
	for (uint8_t k = 1; k <= ASC_PHASES; k++)
		if (k != p && (m->db.phase[p].with & BIT(k)) == 0 && called(m, k))
			return true;
	return false;
}

static void begin_green(struct asc_model *m, struct asc_ring *k, uint8_t p)
{
	bool walk = ped_called(m, p);

	*k = (struct asc_ring){.phase = p, .lamp = LAMP_GREEN, .walking = walk};
	m->memory &= (uint8_t) ~BIT(p);
	if (walk)
		m->ped_memory &= (uint8_t) ~BIT(p);
	m->gap_ds[p] = 0;
	m->waits_ds = 0;
}

static bool may_end(const struct asc_model *m, const struct asc_ring *k)
{
	return k->in_ds >= m->db.phase[k->phase].min_green_s * 10u && !k->walking && !k->clearing && (m->c.hold & BIT(k->phase)) == 0 &&
		(m->c.stop_time & BIT(m->db.phase[k->phase].ring)) == 0 && m->state != ASC_STOP_TIME;
}

static bool wants_to_end(const struct asc_model *m, const struct asc_ring *k)
{
	uint8_t p = k->phase;

	if (!opposed(m, p))
		return false;
	if ((m->c.force_off & BIT(p)) != 0 || m->state == ASC_PREEMPT)
		return true;
	if (asc_coordinated(m)) {
		const struct asc_split *s = asc_split_of(m, p);
		if (asc_past_force(m, p))
			return true;
		return s->coord == 0 && s->mode != 4 && s->mode != 6 && m->queue[p] == 0 && m->gap_ds[p] > m->db.phase[p].passage_ds;
	}
	if (m->queue[p] == 0 && m->gap_ds[p] > m->db.phase[p].passage_ds)
		return true;
	return m->waits_ds >= m->db.phase[p].max1_s * 10u;
}

static void end_green(struct asc_model *m, struct asc_ring *k, uint8_t next, bool cross)
{
	if (m->queue[k->phase] > 0)
		m->memory |= (uint8_t) BIT(k->phase); /* locked at the beginning of yellow */
	m->c.force_off &= (uint8_t) ~BIT(k->phase);
	k->lamp = LAMP_YELLOW;
	k->in_ds = 0;
	k->next = next;
	k->cross = cross;
}

/* Greens: within the group each ring goes on by itself; over the barrier both go together. */
static void end_greens(struct asc_model *m)
{
	bool ready[2] = {false, false}, there[2];

	for (int r = 0; r < 2; r++) {
		struct asc_ring *k = &m->ring[r];
		there[r] = k->phase == 0 || k->cross;
		if (k->phase == 0 || k->lamp != LAMP_GREEN || !may_end(m, k) || !wants_to_end(m, k))
			continue;
		uint8_t next = next_in_group(m, r, k->phase, m->group);
		if (next != 0)
			end_green(m, k, next, false);
		else
			ready[r] = group_called(m, m->group ^ 1) || next_in_group(m, r, 0, m->group) != 0;
	}
	if ((!ready[0] && !ready[1]) || !(ready[0] || there[0]) || !(ready[1] || there[1]))
		return;
	for (int r = 0; r < 2; r++)
		if (ready[r])
			end_green(m, &m->ring[r], 0, true);
}

static void run_peds(struct asc_model *m, struct asc_ring *k)
{
	const struct asc_phase *f = &m->db.phase[k->phase];

	k->ped_ds++;
	if (k->walking && k->ped_ds >= f->walk_s * 10u) {
		k->walking = false;
		k->clearing = f->ped_clear_s > 0;
		k->ped_ds = 0;
	} else if (k->clearing && k->ped_ds >= f->ped_clear_s * 10u) {
		k->clearing = false;
	}
}

static void run_ring(struct asc_model *m, struct asc_ring *k)
{
	const struct asc_phase *f = &m->db.phase[k->phase];

	k->in_ds++;
	if (k->lamp == LAMP_GREEN)
		run_peds(m, k);
	else if (k->lamp == LAMP_YELLOW && k->in_ds >= f->yellow_ds) {
		k->lamp = LAMP_RED;
		k->in_ds = 0;
	}
	bool cleared = k->lamp == LAMP_RED && (k->in_ds >= f->red_ds || (m->c.omit_red_clear & BIT(f->ring)) != 0);
	if (!cleared)
		return;
	if (k->cross)
		k->phase = 0; /* at the barrier */
	else
		begin_green(m, k, k->next);
}

/* Both at the barrier: the next group that anybody wants, and dual entry for the ring where nobody does. */
static void cross(struct asc_model *m)
{
	if (m->ring[0].phase != 0 || m->ring[1].phase != 0)
		return;
	if (group_called(m, m->group ^ 1))
		m->group ^= 1;
	else if (!group_called(m, m->group))
		return;
	for (int r = 0; r < 2; r++) {
		uint8_t p = next_in_group(m, r, 0, m->group);
		for (int i = 0; p == 0 && i < ASC_PHASES && m->db.order[r][i] != 0; i++) {
			uint8_t k = m->db.order[r][i];
			if (group_of(m, k) == m->group && enabled(m, k) && (m->db.phase[k].options & 1 << 10) != 0 && (m->c.omit & BIT(k)) == 0)
				p = k;
		}
		if (p != 0)
			begin_green(m, &m->ring[r], p);
	}
}

static void drive(struct asc_model *m)
{
	uint8_t greens = asc_model_greens(m);
	bool waits = false;

	for (uint8_t p = 1; p <= ASC_PHASES; p++) {
		if (--m->next_vehicle_ds[p] == 0) {
			m->next_vehicle_ds[p] = next_vehicle(m);
			m->queue[p]++;
			m->gap_ds[p] = 0;
			if ((roll(m) & 15) == 0 && m->db.phase[p].walk_s > 0)
				m->ped_memory |= (uint8_t) BIT(p);
		}
		m->gap_ds[p]++;
		if ((greens & BIT(p)) == 0 && m->queue[p] > 0)
			m->memory |= (uint8_t) BIT(p);
		if ((greens & BIT(p)) != 0 && m->queue[p] > 0 && m->now_ds % 20 == 0)
			m->queue[p]--;
		if ((greens & BIT(p)) != 0 && !waits)
			waits = opposed(m, p);
	}
	m->waits_ds = waits ? m->waits_ds + 1 : 0;
}

/* 2.3.3: without a SET of any system control object it goes back to its own plan and forgets what was commanded. */
static void run_backup(struct asc_model *m)
{
	if (!m->commanded || m->db.backup_s == 0 || m->backup)
		return;
	if (++m->backup_ds < m->db.backup_s * 10u)
		return;
	m->backup = true;
	m->commanded = false;
	m->c = (struct asc_command){0};
}

static void tick(struct asc_model *m)
{
	m->now_ds++;
	asc_db_tick(m);
	run_backup(m);
	if (m->state != ASC_FLASH && m->state != ASC_POWER_OFF) {
		if (m->start_ds > 0) {
			m->start_ds--;
		} else {
			drive(m);
			asc_coord_tick(m);
			for (int r = 0; r < 2; r++)
				if (m->ring[r].phase != 0)
					run_ring(m, &m->ring[r]);
			cross(m);
			end_greens(m);
		}
	}
	asc_watch_look(m);
}

void asc_model_run(struct asc_model *m, int64_t utc_ds)
{
	while (m->now_ds < utc_ds)
		tick(m);
}

void asc_model_state(struct asc_model *m, enum asc_state state)
{
	bool was_dark = m->state == ASC_FLASH || m->state == ASC_POWER_OFF, dark = state == ASC_FLASH || state == ASC_POWER_OFF;

	if (m->state == ASC_POWER_OFF && state != ASC_POWER_OFF)
		m->restarted = true;
	if (was_dark && !dark) {
		struct asc_command kept = m->c;
		power_up(m);
		if (!m->restarted)
			m->c = kept;
	}
	if (dark)
		memset(m->ring, 0, sizeof m->ring);
	m->coord_mode = state == ASC_MANUAL ? 1 : 0;
	m->state = state;
}

void asc_model_clock(struct asc_model *m, int64_t off_ds)
{
	m->clock_off_ds = off_ds;
}

void asc_model_edit(struct asc_model *m)
{
	m->db.phase[1].max1_s++;
	m->set_id++;
}

void asc_model_lock_split_numbers(struct asc_model *m)
{
	m->make.split_number_rw = false;
}

/* 2 | 8 in one group, 4 | 6 in the other: streets that cross here. */
void asc_model_mix_up(struct asc_model *m)
{
	static const uint8_t with[] = {0, 0xc0, 0xc0, 0x30, 0x30, 0x0c, 0x0c, 0x03, 0x03};

	for (uint8_t p = 1; p <= ASC_PHASES; p++)
		m->db.phase[p].with = with[p];
	m->mixed = true;
}

static uint8_t showing(const struct asc_model *m, enum lamp lamp)
{
	uint8_t bits = 0;

	for (int r = 0; r < 2; r++)
		if (m->ring[r].phase != 0 && m->ring[r].lamp == lamp)
			bits |= (uint8_t) BIT(m->ring[r].phase);
	return bits;
}

uint8_t asc_model_greens(const struct asc_model *m)
{
	return showing(m, LAMP_GREEN);
}

uint8_t asc_model_yellows(const struct asc_model *m)
{
	return showing(m, LAMP_YELLOW);
}

uint8_t asc_model_walks(const struct asc_model *m)
{
	uint8_t bits = 0;

	for (int r = 0; r < 2; r++)
		if (m->ring[r].phase != 0 && m->ring[r].walking)
			bits |= (uint8_t) BIT(m->ring[r].phase);
	return bits;
}

uint32_t asc_model_pattern(const struct asc_model *m)
{
	return asc_coordinated(m) ? m->running : m->running == 255 ? 255 : 254;
}

uint32_t asc_model_called(const struct asc_model *m)
{
	return m->c.pattern;
}

bool asc_model_backup(const struct asc_model *m)
{
	return m->backup;
}

uint64_t asc_model_count(const struct asc_model *m, enum asc_violation v)
{
	return m->watch.counts[v];
}

uint64_t asc_model_street_faults(const struct asc_model *m)
{
	uint64_t sum = 0;

	for (int v = 0; v < ASC_N_STREET; v++)
		sum += m->watch.counts[v];
	return sum;
}

int64_t asc_model_began_ds(const struct asc_model *m, uint32_t phase)
{
	return m->began_ds[phase];
}

uint64_t asc_model_services(const struct asc_model *m, uint32_t phase)
{
	return m->services[phase];
}
