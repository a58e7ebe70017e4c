/* asc_objects.c - what can be read from the test cabinet and written to it: the MIB's numbers, types, ranges, access; transactions
 * (1201, 2.3). */
#include <string.h>

#include "tests/daemon/asc_inside.h"

enum { OK = 0, NO_SUCH = 2, GEN_ERR = 5, NO_ACCESS = 6, WRONG_TYPE = 7, WRONG_VALUE = 10, NOT_WRITABLE = 17 };

/* One object, found: a byte or a word somewhere, or worked out. */
struct cell {
	enum asc_type type;
	int64_t number; /* its value now */
	int64_t min, max;
	bool writable, database, safety, control, row; /* row: of patterns and splits */
	uint8_t *byte;                                 /* where a SET of it goes; in `db` for database objects */
	uint16_t *word;
	uint8_t row_number; /* the pattern or split it belongs to */
	char text[128];
	uint8_t bytes[32];
	int n; /* of bytes; -1: text */
};

static struct cell ro(int64_t v)
{
	return (struct cell){.type = ASC_INTEGER, .number = v};
}

static struct cell control_byte(uint8_t *byte)
{
	return (struct cell){.type = ASC_INTEGER, .number = *byte, .max = 255, .writable = true, .control = true, .byte = byte};
}

static struct cell db_byte(uint8_t *byte, int64_t min, int64_t max)
{
	return (struct cell){.type = ASC_INTEGER, .number = *byte, .min = min, .max = max, .writable = true, .database = true, .byte = byte};
}

static struct cell text(const char *t)
{
	struct cell c = {.type = ASC_OCTETS, .n = -1};

	g_strlcpy(c.text, t, sizeof c.text);
	return c;
}

static uint8_t status_bits(struct asc_model *m, uint32_t column)
{
	uint8_t greens = asc_model_greens(m), yellows = asc_model_yellows(m), walks = asc_model_walks(m), on = 0, clearing = 0, calls = 0,
			peds = 0;

	for (int r = 0; r < 2; r++) {
		on |= m->ring[r].phase != 0 ? (uint8_t) BIT(m->ring[r].phase) : 0;
		clearing |= m->ring[r].phase != 0 && m->ring[r].clearing ? (uint8_t) BIT(m->ring[r].phase) : 0;
	}
	calls = m->memory;
	peds = m->ped_memory;
	bool dark = m->state == ASC_FLASH;
	switch (column) {
	case 2:
		return dark ? 0 : (uint8_t) ~(greens | yellows);
	case 3:
		return yellows;
	case 4:
		return greens;
	case 5:
		return (uint8_t) ~(walks | clearing);
	case 6:
		return clearing;
	case 7:
		return walks;
	case 8:
		return calls;
	case 9:
		return peds;
	default:
		return on;
	}
}

static bool phase_cell(struct asc_model *m, const uint32_t *t, uint32_t n, struct cell *c)
{
	if (n == 3 && t[1] <= 3 && t[2] == 0) {
		*c = ro(t[1] == 1 ? ASC_PHASES : 1);
		return t[1] == 1 || t[1] == 3;
	}
	if (n != 5 || t[2] != 1)
		return false;
	if (t[1] == 2 && t[4] >= 1 && t[4] <= ASC_PHASES) {
		struct asc_phase *f = &m->db.phase[t[4]];
		uint8_t *const of[] = {
			NULL, NULL, &f->walk_s, &f->ped_clear_s, &f->min_green_s, &f->passage_ds, &f->max1_s, NULL, &f->yellow_ds, &f->red_ds};
		if (t[3] < G_N_ELEMENTS(of) && of[t[3]] != NULL) {
			*c = db_byte(of[t[3]], 0, 255);
			c->safety = t[3] != 5 && t[3] != 6;
			return true;
		}
		if (t[3] == 21) {
			*c = (struct cell){
				.type = ASC_INTEGER, .number = f->options, .max = 65535, .writable = true, .database = true, .word = &f->options};
			return true;
		}
		if (t[3] == 22) {
			*c = db_byte(&f->ring, 0, 255);
			return true;
		}
		if (t[3] == 23) {
			*c = (struct cell){.type = ASC_OCTETS};
			for (uint8_t p = 1; p <= ASC_PHASES; p++)
				if ((f->with & BIT(p)) != 0)
					c->bytes[c->n++] = p;
			return true;
		}
		return false;
	}
	if (t[1] == 4 && t[4] == 1 && t[3] >= 1 && t[3] <= 11) {
		*c = ro(t[3] == 1 ? 1 : status_bits(m, t[3]));
		return true;
	}
	if (t[1] == 5 && t[4] == 1) {
		uint8_t *const of[] = {NULL, NULL, &m->c.omit, &m->c.ped_omit, &m->c.hold, &m->c.force_off, &m->c.vehicle_call, &m->c.ped_call};
		if (t[3] < 2 || t[3] > 7)
			return false;
		*c = control_byte(of[t[3]]);
		return true;
	}
	return false;
}

static bool away(const struct asc_model *m)
{
	return m->state != ASC_NORMAL;
}

static bool unit_cell(struct asc_model *m, const uint32_t *t, uint32_t n, struct cell *c)
{
	if (n != 3 || t[2] != 0)
		return false;
	switch (t[1]) {
	case 3:
		*c = (struct cell){
			.type = ASC_INTEGER, .number = m->db.backup_s, .max = 65535, .writable = true, .database = true, .word = &m->db.backup_s};
		return true;
	case 5:
		*c = ro(m->coord_mode != 0 ? 5 : m->backup ? 4 : m->c.pattern != 0 ? 2 : m->commanded ? 3 : 6);
		return true;
	case 6:
		*c = ro(m->state == ASC_FLASH ? 4 : m->start_ds > 0 ? 7 : 2);
		return true;
	case 7:
		*c = ro((m->restarted ? 1 : 0) | (m->state == ASC_STOP_TIME ? 16 : 0) | (asc_coordinated(m) && m->rate != 1 ? 32 : 0));
		return true;
	case 8:
		*c = ro((m->free_status >= 5 ? 64 : 0) | (m->state == ASC_FLASH ? 32 : 0) | (asc_coordinated(m) ? 128 : 0));
		return true;
	case 9:
		*c = ro((m->state == ASC_PREEMPT ? 1 : 0) | (m->state == ASC_FLASH ? 2 : 0) | (m->cycle_zero ? 4 : 0) |
			(m->free_status >= 7 ? 8 : 0) | (m->transition_cycles > 3 ? 16 : 0) | (m->state == ASC_STOP_TIME ? 128 : 0));
		return true;
	default:
		return false;
	}
}

static bool table_cell(struct asc_model *m, const uint32_t *t, uint32_t n, struct cell *c)
{
	if (n == 5 && t[1] == 7 && t[2] == 1 && t[4] >= 1 && t[4] <= ASC_ROWS && t[3] >= 1 && t[3] <= 5) {
		struct asc_pattern *p = &m->db.pattern[t[4]];
		uint8_t *const of[] = {NULL, NULL, &p->cycle_s, &p->offset_s, &p->split, &p->sequence};
		*c = t[3] == 1 ? ro(t[4]) : db_byte(of[t[3]], t[3] >= 4, 255);
		if (t[3] == 4 && !m->make.split_number_rw)
			c->writable = false;
		c->row = true;
		c->row_number = (uint8_t) t[4];
		return true;
	}
	if (n == 6 && t[1] == 9 && t[2] == 1 && t[4] >= 1 && t[4] <= ASC_SPLITS && t[5] >= 1 && t[5] <= ASC_PHASES && t[3] >= 3 && t[3] <= 5) {
		struct asc_split *s = &m->db.split[t[4]][t[5]];
		uint8_t *const of[] = {&s->time_s, &s->mode, &s->coord};
		*c = db_byte(of[t[3] - 3], t[3] == 4, t[3] == 3 ? 255 : t[3] == 4 ? 7 : 1);
		c->row = true;
		for (int row = 1; row <= ASC_ROWS; row++) /* the pattern that runs, if it uses this split */
			if (m->db.pattern[row].split == t[4] && (row == m->c.pattern || (asc_coordinated(m) && row == m->running)))
				c->row_number = (uint8_t) row;
		return true;
	}
	return false;
}

static bool coord_cell(struct asc_model *m, const uint32_t *t, uint32_t n, struct cell *c)
{
	if (n != 3 || t[2] != 0)
		return table_cell(m, t, n, c);
	switch (t[1]) {
	case 1:
		*c = db_byte(&m->coord_mode, 0, 255);
		return true;
	case 2:
		*c = db_byte(&m->correction, 1, 4);
		return true;
	case 5:
		*c = ro(ASC_ROWS);
		return true;
	case 6:
		*c = ro(2);
		return true;
	case 8:
		*c = ro(ASC_SPLITS);
		return true;
	case 10:
		*c = ro(asc_model_pattern(m));
		return true;
	case 11:
		*c = ro(asc_coordinated(m) ? 2 : m->free_status);
		return true;
	case 12:
		*c = ro(asc_coordinated(m) ? MIN(510, (int64_t) ((m->cycle_ds - m->at_ds) / 10 / (m->rate > 0 ? m->rate : 1))) : 0);
		return true;
	case 13:
		*c = ro(asc_coordinated(m) ? (int64_t) (m->at_ds / 10) : 0);
		return true;
	case 14:
		*c = control_byte(&m->c.pattern);
		return true;
	case 15:
		*c = control_byte(&m->c.sync);
		return true;
	default:
		return false;
	}
}

static bool ring_cell(struct asc_model *m, const uint32_t *t, uint32_t n, struct cell *c)
{
	if (n == 3 && t[2] == 0 && (t[1] == 1 || t[1] == 2)) {
		*c = ro(t[1] == 1 ? 2 : 1);
		return true;
	}
	if (n == 6 && t[1] == 3 && t[2] == 1 && t[3] == 3 && t[4] == 1 && t[5] >= 1 && t[5] <= 2) {
		*c = (struct cell){.type = ASC_OCTETS};
		while (c->n < ASC_PHASES && m->db.order[t[5] - 1][c->n] != 0) {
			c->bytes[c->n] = m->db.order[t[5] - 1][c->n];
			c->n++;
		}
		return true;
	}
	if (n == 5 && t[1] == 5 && t[2] == 1 && t[4] == 1 && (t[3] == 2 || t[3] == 8)) {
		*c = control_byte(t[3] == 2 ? &m->c.stop_time : &m->c.omit_red_clear);
		return true;
	}
	return false;
}

static bool global_cell(struct asc_model *m, const uint32_t *t, uint32_t n, struct cell *c)
{
	int64_t utc_s = (m->now_ds + m->clock_off_ds) / 10;

	if (n == 5 && t[0] == 1 && t[1] == 3 && t[2] == 1 && t[4] == 1) {
		static const char *const words[] = {"", "", "", "Greenwave tests", "model cabinet", "20040927 - v2.18"};
		if (t[3] < 2 || t[3] > 6)
			return false;
		*c = t[3] == 2 ? (struct cell){.type = ASC_OID, .number = 1} : t[3] == 6 ? ro(3) : text(words[t[3]]);
		return true;
	}
	if (n != 3 || t[2] != 0)
		return false;
	switch (t[0] * 100 + t[1]) {
	case 101:
		*c = ro(m->set_id);
		return true;
	case 102:
		*c = ro(1);
		return true;
	case 104:
		*c = text("NTCIP 1201:2004 v02.27\r\nNTCIP 1202:2004 v02.18");
		return true;
	case 201:
		*c = (struct cell){.type = ASC_INTEGER, .number = m->db_state, .min = 1, .max = 6, .writable = true, .byte = &m->db_state};
		return true;
	case 206:
		*c = ro(m->verified != 0 ? m->verified : 1);
		return true;
	case 207:
		*c = text(m->verified == 2 ? "a pattern cannot be run" : "");
		return true;
	case 301:
		*c = (struct cell){.type = ASC_COUNTER, .number = utc_s};
		return true;
	case 306:
		*c = (struct cell){.type = ASC_COUNTER, .number = utc_s + m->make.zone_s};
		return true;
	default:
		return false;
	}
}

static bool find(struct asc_model *m, const uint32_t *oid, uint32_t n, struct cell *c)
{
	static const uint32_t devices[] = {1, 3, 6, 1, 4, 1, 1206, 4, 2}, descr[] = {1, 3, 6, 1, 2, 1, 1, 1, 0};

	memset(c, 0, sizeof *c);
	if (n == 9 && memcmp(oid, descr, sizeof descr) == 0) {
		*c = text(m->make.descr != NULL ? m->make.descr : "Greenwave test cabinet");
		return true;
	}
	if (n < 12 || memcmp(oid, devices, sizeof devices) != 0)
		return false;
	const uint32_t *t = oid + 10;
	n -= 10;
	if (oid[9] == 6)
		return global_cell(m, t, n, c);
	if (oid[9] != 1)
		return false;
	switch (t[0]) {
	case 1:
		return phase_cell(m, t, n, c);
	case 3:
		return unit_cell(m, t, n, c);
	case 4:
		return coord_cell(m, t, n, c);
	case 5:
		*c = (struct cell){.type = ASC_INTEGER};
		return n == 3 && t[1] == 1 && t[2] == 0;
	case 6:
		if (n == 3 && t[1] == 1 && t[2] == 0) {
			*c = ro(8);
			return true;
		}
		if (n == 5 && t[1] == 3 && t[2] == 1 && t[3] == 2 && t[4] >= 1 && t[4] <= 8) {
			*c = (struct cell){.type = ASC_INTEGER,
				.number = m->c.preempt >> (t[4] - 1) & 1,
				.max = 1,
				.writable = true,
				.control = true,
				.row_number = (uint8_t) t[4]};
			return true;
		}
		return false;
	case 7:
		return ring_cell(m, t, n, c);
	default:
		return false;
	}
}

int asc_get(struct asc_model *m, const uint32_t *oid, uint32_t n, struct asc_value *value)
{
	struct cell c;

	if (!find(m, oid, n, &c))
		return NO_SUCH;
	value->type = c.type;
	value->number = c.number;
	value->n = c.n < 0 ? (uint32_t) strlen(c.text) : (uint32_t) c.n;
	memcpy(value->octets, c.n < 0 ? (const void *) c.text : c.bytes, value->n);
	if (n == 13 && oid[9] == 1 && oid[10] == 3 && oid[11] == 7)
		m->restarted = false; /* kept until a READ of it occurs */
	if (n == 13 && oid[9] == 1 && oid[10] == 3 && oid[11] == 9)
		m->cycle_zero = false;
	return OK;
}

/* dbCreateTransaction: the state diagram in words of 1201, 2.3.1. */
static int set_db_state(struct asc_model *m, const char *community, int64_t to)
{
	bool other = m->db_owner[0] != '\0' && strcmp(m->db_owner, community) != 0;

	if (other)
		return GEN_ERR;
	switch (m->db_state) {
	case 1:
		if (to != 2)
			return WRONG_VALUE;
		m->buffer = m->db;
		m->db_state = 2;
		g_strlcpy(m->db_owner, community, sizeof m->db_owner);
		return OK;
	case 2:
		if (to != 1 && to != 3)
			return WRONG_VALUE;
		m->verify_ds = m->make.verify_s * 10u;
		m->verified = 0;
		break;
	case 6:
		if (to != 1 && to != 2)
			return WRONG_VALUE;
		if (to == 1 && m->verified == 3) {
			m->db = m->buffer;
			m->set_id++;
		}
		break;
	default:
		return WRONG_VALUE;
	}
	m->db_state = (uint8_t) to;
	if (to == 1)
		m->db_owner[0] = '\0';
	return OK;
}

void asc_db_tick(struct asc_model *m)
{
	if (m->db_state != 3 || m->verify_ds-- > 0)
		return;
	struct asc_db kept = m->db;
	m->verified = 3;
	m->db = m->buffer;
	for (uint8_t row = 1; row <= ASC_ROWS; row++)
		if (m->db.pattern[row].cycle_s > 0 && asc_plan_fault(m, row) != 2)
			m->verified = 2;
	m->db = kept;
	m->db_state = 6;
}

static bool is_db_state(const struct asc_set *s)
{
	return s->n == 13 && s->oid[9] == 6 && s->oid[10] == 2 && s->oid[11] == 1;
}

static int check(struct asc_model *m, const char *community, const struct asc_set *s, struct cell *c)
{
	if (!find(m, s->oid, s->n, c))
		return NO_SUCH;
	if (!c->writable)
		return NOT_WRITABLE;
	if (s->value.type != c->type)
		return WRONG_TYPE;
	if (s->value.number < c->min || s->value.number > c->max)
		return WRONG_VALUE;
	if (c->database && (m->db_state == 3 || m->db_state == 6))
		return GEN_ERR;
	if (c->database && m->db_state == 2 && strcmp(community, m->db_owner) != 0)
		return GEN_ERR;
	return c->row && m->make.transactions_only && m->db_state != 2 ? GEN_ERR : OK;
}

static void count_write(struct asc_model *m, const struct cell *c, int64_t to)
{
	if (c->safety)
		m->watch.counts[ASC_SAFETY_WRITTEN]++;
	if (c->row && c->row_number != 0 && to != c->number &&
		(c->row_number == m->c.pattern || (asc_coordinated(m) && c->row_number == m->running)))
		m->watch.counts[ASC_RUNNING_EDITED]++;
	if (c->control && c->byte == &m->c.pattern && to != 0 && away(m))
		m->watch.counts[ASC_COMMANDED_AWAY]++;
}

static void apply(struct asc_model *m, const struct cell *c, int64_t to)
{
	ptrdiff_t shift = c->database && m->db_state == 2 ? (const uint8_t *) &m->buffer - (const uint8_t *) &m->db : 0;
	uint8_t *byte = c->byte;

	count_write(m, c, to);
	if (c->control) {
		m->commanded = true;
		m->backup = false;
		m->backup_ds = 0;
	}
	if (c->control && byte == NULL) {
		m->c.preempt = (uint8_t) (to != 0 ? m->c.preempt | BIT(c->row_number) : m->c.preempt & ~BIT(c->row_number));
		m->state = m->c.preempt != 0 ? ASC_PREEMPT : m->state == ASC_PREEMPT ? ASC_NORMAL : m->state;
		return;
	}
	if (byte >= (uint8_t *) &m->db && byte < (uint8_t *) (&m->db + 1))
		byte += shift;
	if (byte != NULL)
		*byte = (uint8_t) to;
	else
		*(uint16_t *) (void *) ((uint8_t *) c->word + shift) = (uint16_t) to;
	if (c->database && shift == 0 && to != c->number)
		m->set_id++;
}

int asc_set(struct asc_model *m, const char *community, const struct asc_set *sets, uint32_t n, uint32_t *at)
{
	struct cell c;

	*at = 0;
	if (strcmp(community, "administrator") != 0)
		return NO_ACCESS;
	for (uint32_t i = 0; i < n; i++) {
		int e = check(m, community, &sets[i], &c);
		*at = e == GEN_ERR ? 0 : i + 1;
		if (e != OK)
			return e;
	}
	*at = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (is_db_state(&sets[i])) {
			int e = set_db_state(m, community, sets[i].value.number);
			*at = e == OK || e == GEN_ERR ? 0 : i + 1;
			return e; /* alone in its question */
		}
		find(m, sets[i].oid, sets[i].n, &c);
		apply(m, &c, sets[i].value.number);
	}
	return OK;
}
