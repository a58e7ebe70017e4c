/* ntcip_row.c - a pattern written into a spare row: looked at, written, verified where the unit wants that, read back, compared.
 *
 * What counts is the unit's own state right before the write, not what we remember of it. Only what differs is written, the
 * splits first and cycle and offset last. v02 has patternSplitNumber read-only, v01 and v03 let it be written: it is only touched when the
 * row shares its splits with another pattern that is in use, and if it cannot be moved then, the row is refused.
 */
#include <math.h>
#include <string.h>

#include "daemon/ntcip_inside.h"

#define TRIES 3
#define VERIFIES_MOST 50 /* questions for the end of a transaction's verification, at most one between two statuses */
enum { DB_NORMAL = 1, DB_TRANSACTION = 2, DB_VERIFY = 3, DB_DONE = 6, VERIFIED_GOOD = 3 };
enum { MODE_MAX_RECALL = 4, MODE_PED_RECALL = 5, MODE_MAX_AND_PED_RECALL = 6 };

static void on_row(void *user, const struct ntcip_outcome *o);
static void on_cells(void *user, const struct ntcip_outcome *o);
static void on_begun(void *user, const struct ntcip_outcome *o);
static void on_moved(void *user, const struct ntcip_outcome *o);
static void on_written(void *user, const struct ntcip_outcome *o);
static void on_verify(void *user, const struct ntcip_outcome *o);
static void on_verifying(void *user, const struct ntcip_outcome *o);
static void on_committed(void *user, const struct ntcip_outcome *o);
static void on_back(void *user, const struct ntcip_outcome *o);
static void on_aborted(void *user, const struct ntcip_outcome *o);

static void mark(uint64_t *rows, uint32_t row, bool on)
{
	uint64_t b = (uint64_t) 1 << row % 64;

	rows[row / 64] = on ? rows[row / 64] | b : rows[row / 64] & ~b;
}

static char *print_pattern(const struct controller_pattern *p)
{
	GString *text = g_string_new(NULL);

	g_string_printf(text, "cycle %.0f s, offset %.0f s, splits", p->cycle_s, p->offset_s);
	for (uint32_t i = 0; i < p->n_splits; i++)
		g_string_append_printf(text, " %u:%.0f%s", p->splits[i].number, p->splits[i].split_s, p->splits[i].coordinated ? "*" : "");
	return g_string_free(text, false);
}

void ntcip_write_end(struct ntcip_unit *u, const char *why)
{
	struct ntcip_write *w = &u->write;
	g_autofree char *is = print_pattern(&w->pattern);
	g_autofree char *was = g_steal_pointer(&w->was), *said = g_strdup(why);

	g_clear_pointer(&w->why, g_free);
	w->wanted = w->in_transaction = false;
	w->step = 0;
	if (u->write_dropped != 0)
		u->s.events->reply(u->s.user,
			&(struct controller_reply){.signal = u->s.signal,
				.told = CONTROLLER_TOLD_WRITE,
				.row = u->write_dropped,
				.why = "another pattern came before this one was written",
				.answer_s = NAN});
	u->write_dropped = 0;
	u->s.events->reply(u->s.user,
		&(struct controller_reply){.signal = u->s.signal,
			.told = CONTROLLER_TOLD_WRITE,
			.row = w->pattern.row,
			.ok = why == NULL,
			.was = was,
			.is = is,
			.why = said,
			.answer_s = u->now_s - w->asked_s});
}

static bool whole(double v, double min, double max)
{
	return v == floor(v) && v >= min && v <= max;
}

/* Mode of a phase in the pattern, and what its split must hold in that mode. */
static uint32_t mode_of(const struct ntcip_unit *u, const struct controller_split *split, double *least_s)
{
	const struct ntcip_phase_facts *f = &u->facts.phase[split->number];
	const struct cabinet_phase *phase = u->s.map != NULL ? cabinet_map_phase(u->s.map, split->number) : NULL;
	double clear_s = f->yellow_s + f->red_s, ped_s = f->walk_s + f->ped_clear_s;
	/* pedestrians that are always served whether they call or not: non-actuated 1 or 2, or recalled */
	bool always = ped_s > 0 && (f->options & (1u << 3 | 1u << 4 | 1u << 8)) != 0;
	bool walks = ped_s > 0 && u->s.split_mode == MODE_MAX_RECALL && phase != NULL && phase->pedestrians;

	*least_s = fmax(f->min_green_s, always || walks ? ped_s : 0) + clear_s;
	return walks ? MODE_MAX_AND_PED_RECALL : u->s.split_mode;
}

/* As the unit would check it, but for the barriers: those were checked by who made the plan. */
static char *fault_of(const struct ntcip_unit *u, const struct controller_pattern *p)
{
	double sums[256] = {0};
	uint32_t seen = 0, coordinated = 0;

	if (p->row < 1 || p->row > u->facts.patterns)
		return g_strdup_printf("it has no row %u, only 1 to %u", p->row, u->facts.patterns);
	if (!whole(p->cycle_s, 30, 255) || !whole(p->offset_s, 0, 254) || p->offset_s >= p->cycle_s)
		return g_strdup_printf(
			"cycle %g s and offset %g s are not whole seconds of 30 to 255 s with the offset within the cycle", p->cycle_s, p->offset_s);
	for (uint32_t i = 0; i < p->n_splits; i++) {
		const struct controller_split *s = &p->splits[i];
		double least_s;
		if (s->number < 1 || s->number > NTCIP_PHASES || (u->facts.phase[s->number].options & 1) == 0 || (seen >> (s->number - 1) & 1) != 0)
			return g_strdup_printf("phase %u is not in use there, or given twice", s->number);
		mode_of(u, s, &least_s);
		if (!whole(s->split_s, 1, 255) || s->split_s < least_s)
			return g_strdup_printf("phase %u has a split of %g s, its minimum and clearances need %g s", s->number, s->split_s, least_s);
		seen |= 1u << (s->number - 1);
		coordinated += s->coordinated;
		sums[u->facts.phase[s->number].ring] += s->split_s;
	}
	for (uint32_t n = 1; n <= NTCIP_PHASES; n++)
		if ((u->facts.phase[n].options & 1) != 0 && u->facts.phase[n].ring != 0 && (seen >> (n - 1) & 1) == 0)
			return g_strdup_printf("phase %u is in use there and gets no split", n);
	for (int r = 0; r < 256; r++)
		if (sums[r] != 0 && sums[r] != p->cycle_s)
			return g_strdup_printf("the splits of ring %d make %g s, the cycle has %g s", r, sums[r], p->cycle_s);
	return coordinated == 0 ? g_strdup("no phase is coordinated") : NULL;
}

void ntcip_unit_write(struct ntcip_unit *u, const struct controller_pattern *pattern)
{
	struct ntcip_write *w = &u->write_next;

	if (w->wanted)
		u->write_dropped = w->pattern.row;
	*w = (struct ntcip_write){.wanted = true, .pattern = *pattern, .asked_s = u->s.clock_s(u->s.time)};
	w->pattern.n_splits = MIN(pattern->n_splits, NTCIP_PHASES);
	memcpy(w->splits, pattern->splits, w->pattern.n_splits * sizeof w->splits[0]);
	w->pattern.bands = NULL;
}

/* Offset 0 is ours: green at multiples of the cycle since 1970. The unit's is counted from its reference point of today, and
 * from where in the coordinated phase it has its local zero. s */
static double unit_offset_s(const struct ntcip_unit *u, const struct controller_pattern *p)
{
	double local_s = u->s.wall_s(u->s.time) + u->facts.zone_s, sync_s = u->facts.sync_min * 60.0;
	double reference_s = floor((local_s - sync_s) / 86400.0) * 86400.0 + sync_s - u->facts.zone_s, offset_s = p->offset_s - reference_s;

	for (uint32_t i = 0; i < p->n_splits && u->s.zero_yellow; i++) {
		if (!p->splits[i].coordinated || p->splits[i].number < 1 || p->splits[i].number > NTCIP_PHASES)
			continue;
		const struct ntcip_phase_facts *f = &u->facts.phase[p->splits[i].number];
		offset_s += p->splits[i].split_s - round(f->yellow_s + f->red_s);
		break;
	}
	offset_s = fmod(offset_s, p->cycle_s);
	return offset_s < 0 ? offset_s + p->cycle_s : offset_s;
}

/* Is there one to be written? Those that another one took the place of are answered by the way. */
bool ntcip_write_due(struct ntcip_unit *u)
{
	if (u->write.wanted || !u->write_next.wanted)
		return u->write.wanted;
	u->write = u->write_next;
	u->write.pattern.splits = u->write.splits;
	u->write_next.wanted = false;
	return true;
}

/* Begins, or goes on where a status came in between. */
void ntcip_write_step(struct ntcip_unit *u)
{
	struct ntcip_write *w = &u->write;
	struct ntcip_var vars[8];
	uint32_t n = 0;

	if (w->step == 1) { /* a transaction is being verified */
		u->job = NTCIP_JOB_WRITE;
		ntcip_add(vars, &n, NTCIP_DB_TRANSACTION, 0, 0, 0);
		ntcip_add(vars, &n, NTCIP_DB_VERIFY_STATUS, 0, 0, 0);
		ntcip_add(vars, &n, NTCIP_DB_VERIFY_ERROR, 0, 0, 0);
		ntcip_talk_get(u->talk, vars, n, TRIES, on_verifying);
		return;
	}
	g_autofree char *why = ntcip_refusal(u);
	if (why == NULL && u->looked_s == -INFINITY)
		why = g_strdup("its clock has not been read yet");
	if (why == NULL && u->facts.table_type == 1)
		why = g_strdup("its pattern table is arranged in a way that the standard does not describe");
	if (why == NULL)
		why = fault_of(u, &w->pattern);
	if (why != NULL) {
		ntcip_write_end(u, why);
		ntcip_next(u);
		return;
	}
	w->pattern.offset_s = unit_offset_s(u, &w->pattern);
	u->job = NTCIP_JOB_WRITE;
	ntcip_add(vars, &n, NTCIP_PATTERN_STATUS, 0, 0, 0);
	ntcip_add(vars, &n, NTCIP_PATTERN_CONTROL, 0, 0, 0);
	ntcip_add(vars, &n, NTCIP_SET_ID, 0, 0, 0);
	ntcip_add(vars, &n, NTCIP_PATTERN_CYCLE, w->pattern.row, 0, 0);
	ntcip_add(vars, &n, NTCIP_PATTERN_OFFSET, w->pattern.row, 0, 0);
	ntcip_add(vars, &n, NTCIP_PATTERN_SPLIT, w->pattern.row, 0, 0);
	ntcip_add(vars, &n, NTCIP_PATTERN_SEQUENCE, w->pattern.row, 0, 0);
	ntcip_talk_get(u->talk, vars, n, TRIES, on_row);
}

/* Ends with a sentence unless all went well; a transaction is taken back first. True: it has ended. */
static bool ended(struct ntcip_unit *u, const struct ntcip_outcome *o, const char *what)
{
	struct ntcip_write *w = &u->write;

	if (ntcip_failed(u, o->error))
		return true; /* the connection is gone: everything asked for was answered */
	if (o->error == NTCIP_OK)
		return false;
	g_autofree char *why = ntcip_blame(what, o);
	if (w->in_transaction) {
		struct ntcip_var back = {.object = NTCIP_DB_TRANSACTION, .number = DB_NORMAL};
		w->in_transaction = false;
		w->why = g_steal_pointer(&why);
		ntcip_talk_set(u->talk, &back, 1, TRIES, on_aborted);
		return true;
	}
	ntcip_write_end(u, why);
	ntcip_next(u);
	return true;
}

static void give_up(struct ntcip_unit *u, const char *why)
{
	ntcip_write_end(u, why);
	ntcip_next(u);
}

static void on_aborted(void *user, const struct ntcip_outcome *o)
{
	struct ntcip_unit *u = user;
	g_autofree char *why = g_steal_pointer(&u->write.why);

	if (ntcip_failed(u, o->error))
		return;
	mark(u->rows_broken, u->write.pattern.row, false); /* nothing of it was taken */
	give_up(u, why);
}

/* Rows that share cycle and splits with this one, whatever is written. */
static bool same_group(const struct ntcip_unit *u, uint32_t a, uint32_t b)
{
	uint32_t size = u->facts.table_type == 3 ? 3 : u->facts.table_type == 4 ? 5 : 1;

	return (a - 1) / size == (b - 1) / size;
}

static bool split_shared(const struct ntcip_unit *u, uint32_t row, uint32_t split)
{
	for (uint32_t q = 1; q <= u->facts.patterns; q++)
		if (u->facts.pattern_split[q] == split && u->facts.pattern_cycle[q] > 0 && !same_group(u, q, row))
			return true;
	return false;
}

/* The split row for it: where it points to if that is its own, else a free one. 0: there is none. */
static uint8_t choose_split(const struct ntcip_unit *u, uint32_t row, uint32_t points_to)
{
	if (points_to >= 1 && points_to <= u->facts.splits && !split_shared(u, row, points_to))
		return (uint8_t) points_to;
	if (row <= u->facts.splits && !split_shared(u, row, row))
		return (uint8_t) row;
	for (uint32_t s = MIN(u->facts.splits, 255); s >= 1; s--)
		if (!split_shared(u, row, s))
			return (uint8_t) s;
	return 0;
}

/* Why the row must not be written, by what the unit says of it right now; NULL: it may. */
static const char *row_refusal(struct ntcip_unit *u, const struct ntcip_var *v)
{
	uint32_t row = u->write.pattern.row;

	for (int i = 0; i < 6; i++)
		if (v[i].error != NTCIP_OK && i != 2)
			return "it has not got all that a pattern is made of";
	for (int i = 0; i < 2; i++)
		if (v[i].number >= 1 && v[i].number <= NTCIP_ROWS && same_group(u, (uint32_t) v[i].number, row))
			return i == 0 ? "it is running that row" : "that row is selected";
	if (v[2].error == NTCIP_OK && (uint32_t) v[2].number != u->facts.set_id) {
		u->look_due = true;
		return "its database was changed; its timing is read again first";
	}
	return NULL;
}

/* What the row lacks, put behind the splits later. */
static void add_row_cells(struct ntcip_write *w, const struct ntcip_var *v)
{
	uint32_t row = w->pattern.row;

	w->n_set = 0;
	if (v[3].number != (int64_t) w->pattern.cycle_s)
		ntcip_add(w->set, &w->n_set, NTCIP_PATTERN_CYCLE, row, 0, (int64_t) w->pattern.cycle_s);
	if (v[4].number != (int64_t) w->pattern.offset_s)
		ntcip_add(w->set, &w->n_set, NTCIP_PATTERN_OFFSET, row, 0, (int64_t) w->pattern.offset_s);
	if (w->pattern.sequence != 0 && v[6].error == NTCIP_OK && v[6].number != w->pattern.sequence)
		ntcip_add(w->set, &w->n_set, NTCIP_PATTERN_SEQUENCE, row, 0, w->pattern.sequence);
}

static void on_row(void *user, const struct ntcip_outcome *o)
{
	struct ntcip_unit *u = user;
	struct ntcip_write *w = &u->write;
	const struct ntcip_var *v = o->vars;
	uint32_t n = 0;
	struct ntcip_var cells[3 * NTCIP_PHASES];

	if (ended(u, o, "its row cannot be read"))
		return;
	const char *why = row_refusal(u, v);
	if (why != NULL) {
		give_up(u, why);
		return;
	}
	u->facts.pattern_cycle[w->pattern.row] = (uint8_t) v[3].number;
	u->facts.pattern_split[w->pattern.row] = (uint8_t) v[5].number;
	w->was = g_strdup_printf("cycle %d s, offset %d s", (int) v[3].number, (int) v[4].number);
	w->split = choose_split(u, w->pattern.row, (uint32_t) v[5].number);
	w->moved = w->split != v[5].number;
	if (w->split == 0) {
		give_up(u, "all its split rows belong to other patterns");
		return;
	}
	add_row_cells(w, v);
	for (uint32_t i = 0; i < w->pattern.n_splits; i++) {
		ntcip_add(cells, &n, NTCIP_SPLIT_TIME, w->split, w->splits[i].number, 0);
		ntcip_add(cells, &n, NTCIP_SPLIT_MODE, w->split, w->splits[i].number, 0);
		ntcip_add(cells, &n, NTCIP_SPLIT_COORD, w->split, w->splits[i].number, 0);
	}
	ntcip_talk_get(u->talk, cells, n, TRIES, on_cells);
}

static int64_t cell_of(const struct ntcip_unit *u, const struct ntcip_var *v)
{
	const struct ntcip_write *w = &u->write;
	double least_s;

	for (uint32_t i = 0; i < w->pattern.n_splits; i++) {
		if (w->splits[i].number != v->index2)
			continue;
		if (v->object == NTCIP_SPLIT_TIME)
			return (int64_t) w->splits[i].split_s;
		return v->object == NTCIP_SPLIT_MODE ? mode_of(u, &w->splits[i], &least_s) : w->splits[i].coordinated;
	}
	return -1;
}

static void on_cells(void *user, const struct ntcip_outcome *o)
{
	struct ntcip_unit *u = user;
	struct ntcip_write *w = &u->write;
	struct ntcip_var row[4];
	uint32_t n_row = w->n_set;

	if (ended(u, o, "its splits cannot be read"))
		return;
	memcpy(row, w->set, n_row * sizeof row[0]);
	w->n_set = 0;
	for (uint32_t i = 0; i < o->n; i++) {
		if (o->vars[i].error != NTCIP_OK) {
			give_up(u, "it has no split row of that number");
			return;
		}
		if (o->vars[i].number != cell_of(u, &o->vars[i]))
			ntcip_add(w->set, &w->n_set, o->vars[i].object, o->vars[i].index, o->vars[i].index2, cell_of(u, &o->vars[i]));
	}
	memcpy(w->set + w->n_set, row, n_row * sizeof row[0]);
	w->n_set += n_row;
	if (w->n_set == 0 && !w->moved) {
		mark(u->rows_broken, w->pattern.row, false);
		give_up(u, NULL); /* it is there already */
		return;
	}
	if (!u->s.transactions) {
		on_begun(u, &(struct ntcip_outcome){.error = NTCIP_OK});
		return;
	}
	struct ntcip_var begin = {.object = NTCIP_DB_TRANSACTION, .number = DB_TRANSACTION};
	ntcip_talk_set(u->talk, &begin, 1, TRIES, on_begun);
}

static void write_all(struct ntcip_unit *u)
{
	struct ntcip_write *w = &u->write;

	mark(u->rows_broken, w->pattern.row, true);
	mark(u->rows_ours, w->pattern.row, true);
	u->edits = true;
	ntcip_talk_set(u->talk, w->set, w->n_set, TRIES, on_written);
}

static void on_begun(void *user, const struct ntcip_outcome *o)
{
	struct ntcip_unit *u = user;
	struct ntcip_write *w = &u->write;

	if (u->s.transactions && ended(u, o, "it begins no transaction"))
		return;
	w->in_transaction = u->s.transactions;
	if (!w->moved) {
		write_all(u);
		return;
	}
	struct ntcip_var split = {.object = NTCIP_PATTERN_SPLIT, .index = (uint16_t) w->pattern.row, .number = w->split};
	ntcip_talk_set(u->talk, &split, 1, TRIES, on_moved);
}

static void on_moved(void *user, const struct ntcip_outcome *o)
{
	struct ntcip_unit *u = user;

	if (ended(u, o, "the row shares its splits with a pattern in use, and its patternSplitNumber cannot be moved: give it another row"))
		return;
	u->facts.pattern_split[u->write.pattern.row] = u->write.split;
	if (u->write.n_set > 0)
		write_all(u);
	else
		on_written(u, &(struct ntcip_outcome){.error = NTCIP_OK});
}

static void read_back(struct ntcip_unit *u)
{
	struct ntcip_write *w = &u->write;
	struct ntcip_var vars[5 + 3 * NTCIP_PHASES];
	uint32_t n = 0, row = w->pattern.row;

	w->step = 0;
	ntcip_add(vars, &n, NTCIP_SET_ID, 0, 0, 0);
	ntcip_add(vars, &n, NTCIP_PATTERN_CYCLE, row, 0, 0);
	ntcip_add(vars, &n, NTCIP_PATTERN_OFFSET, row, 0, 0);
	ntcip_add(vars, &n, NTCIP_PATTERN_SPLIT, row, 0, 0);
	ntcip_add(vars, &n, NTCIP_PATTERN_SEQUENCE, row, 0, 0);
	for (uint32_t i = 0; i < w->pattern.n_splits; i++) {
		ntcip_add(vars, &n, NTCIP_SPLIT_TIME, w->split, w->splits[i].number, 0);
		ntcip_add(vars, &n, NTCIP_SPLIT_MODE, w->split, w->splits[i].number, 0);
		ntcip_add(vars, &n, NTCIP_SPLIT_COORD, w->split, w->splits[i].number, 0);
	}
	ntcip_talk_get(u->talk, vars, n, TRIES, on_back);
}

static void on_written(void *user, const struct ntcip_outcome *o)
{
	struct ntcip_unit *u = user;
	struct ntcip_write *w = &u->write;

	if (ended(u, o, "it does not take the pattern"))
		return;
	if (!w->in_transaction) {
		read_back(u);
		return;
	}
	struct ntcip_var verify = {.object = NTCIP_DB_TRANSACTION, .number = DB_VERIFY};
	w->verifies = 0;
	ntcip_talk_set(u->talk, &verify, 1, TRIES, on_verify);
}

static void on_verify(void *user, const struct ntcip_outcome *o)
{
	struct ntcip_unit *u = user;

	if (ended(u, o, "it does not verify the pattern"))
		return;
	u->write.step = 1;
	ntcip_next(u);
}

static char *verify_fault(const struct ntcip_var *text)
{
	g_autofree char *said = ntcip_text(text);

	return g_strdup_printf("it verified the pattern and found it wrong%s%s", said[0] != '\0' ? ": " : "", said);
}

static void on_verifying(void *user, const struct ntcip_outcome *o)
{
	struct ntcip_unit *u = user;
	struct ntcip_write *w = &u->write;

	if (ended(u, o, "its verification cannot be read"))
		return;
	if (o->vars[0].error != NTCIP_OK || o->vars[0].number != DB_DONE) {
		/* once more after the next status: it needs its time. Nothing is taken while it verifies */
		if (++w->verifies < VERIFIES_MOST) {
			u->job = NTCIP_NO_JOB;
			return;
		}
		w->step = 0;
		w->in_transaction = false;
		give_up(u, "its verification does not end");
		return;
	}
	if (o->vars[1].error != NTCIP_OK || o->vars[1].number != VERIFIED_GOOD)
		w->why = verify_fault(&o->vars[2]);
	struct ntcip_var normal = {.object = NTCIP_DB_TRANSACTION, .number = DB_NORMAL};
	w->step = 0;
	w->in_transaction = false;
	ntcip_talk_set(u->talk, &normal, 1, TRIES, w->why != NULL ? on_aborted : on_committed);
}

static void on_committed(void *user, const struct ntcip_outcome *o)
{
	struct ntcip_unit *u = user;

	if (!ended(u, o, "it does not end the transaction"))
		read_back(u);
}

static void on_back(void *user, const struct ntcip_outcome *o)
{
	struct ntcip_unit *u = user;
	struct ntcip_write *w = &u->write;
	const struct ntcip_var *v = o->vars;

	if (ended(u, o, "the pattern cannot be read back"))
		return;
	if (v[0].error == NTCIP_OK)
		u->facts.set_id = (uint32_t) v[0].number; /* changed by ourselves; while it is worked out, the next look tells */
	u->edits = v[0].error != NTCIP_OK;
	bool good = v[1].number == (int64_t) w->pattern.cycle_s && v[2].number == (int64_t) w->pattern.offset_s && v[3].number == w->split &&
		(w->pattern.sequence == 0 || v[4].error != NTCIP_OK || v[4].number == w->pattern.sequence);
	for (uint32_t i = 5; i < o->n && good; i++)
		good = v[i].error == NTCIP_OK && v[i].number == cell_of(u, &v[i]);
	if (!good) {
		give_up(u, "read back, the pattern is not what was written: the row is not used");
		return;
	}
	mark(u->rows_broken, w->pattern.row, false);
	u->facts.pattern_cycle[w->pattern.row] = (uint8_t) w->pattern.cycle_s;
	give_up(u, NULL);
}
