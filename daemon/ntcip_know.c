/* ntcip_know.c - who a unit is and what it is built to do: read after each connect, again when its database was changed, checked against
 * the configuration's map of its phases before anything else is done with it.
 */
#include <math.h>
#include <string.h>

#include "daemon/ntcip_inside.h"

#define TRIES 3
#define MODULES_MOST 8
#define AUTOMATIC 0 /* coordOperationalMode */

void ntcip_facts_clear(struct ntcip_facts *f)
{
	g_free(f->descr);
	g_free(f->make);
	g_free(f->model);
	g_free(f->version);
	g_free(f->standards);
	*f = (struct ntcip_facts){0};
}

/* What others wrote, fit for a log line. */
char *ntcip_text(const struct ntcip_var *v)
{
	char *text =
		v->error == NTCIP_OK && v->octets != NULL ? g_utf8_make_valid((const char *) v->octets, (gssize) v->n_octets) : g_strdup("");

	for (char *c = text; *c != '\0'; c++)
		if ((unsigned char) *c < ' ' || *c == 127)
			*c = ' ';
	return g_strstrip(text);
}

static void replace(char **place, char *text)
{
	g_free(*place);
	*place = text;
}

static uint32_t number_of(const struct ntcip_var *v, uint32_t otherwise)
{
	return v->error == NTCIP_OK ? (uint32_t) v->number : otherwise;
}

static void refuse(struct ntcip_unit *u, const char *sentence)
{
	ntcip_alert(u, &u->stranger, true, "controller-stranger", sentence);
	ntcip_down(u, sentence);
}

/* Two phases that it lets go together must not carry links that conflict; each phase of the map must be there. */
static char *map_mismatch(const struct ntcip_unit *u)
{
	const struct cabinet_map *map = u->s.map;

	if (u->s.sequence > u->facts.sequences)
		return g_strdup_printf("the configuration has sequence %u, it has %u", u->s.sequence, u->facts.sequences);
	for (uint32_t i = 0; map != NULL && i < map->n_phases; i++) {
		uint32_t p = map->phases[i].number;
		if (p > NTCIP_PHASES || p > u->facts.phases)
			return g_strdup_printf(
				"the configuration has phase %u, it has %u phases of which %d can be used", p, u->facts.phases, NTCIP_PHASES);
		const struct ntcip_phase_facts *f = &u->facts.phase[p];
		if ((f->options & 1) == 0 || f->ring == 0)
			return g_strdup_printf("the configuration has phase %u, which is not in use there", p);
		uint32_t wrong = f->with & (uint32_t) map->conflicts[i];
		if (wrong != 0)
			return g_strdup_printf(
				"it lets phases %u and %d be green together, whose links conflict here", p, g_bit_nth_lsf(wrong, -1) + 1);
		for (uint32_t k = 0; k < map->n_phases; k++)
			if (u->facts.phase[MIN(map->phases[k].number, NTCIP_PHASES)].ring == f->ring &&
				(f->with >> (map->phases[k].number - 1) & 1) != 0 && k != i)
				return g_strdup_printf("it lets phases %u and %u of one ring be green together", p, map->phases[k].number);
	}
	return NULL;
}

static void fill_phases(const struct ntcip_facts *f, struct controller_phase *phases)
{
	for (uint32_t p = 1; p <= MIN(f->phases, NTCIP_PHASES); p++) {
		const struct ntcip_phase_facts *k = &f->phase[p];
		phases[p - 1] = (struct controller_phase){.number = (uint16_t) p,
			.ring = k->ring,
			.enabled = (k->options & 1) != 0 && k->ring != 0,
			.min_green_s = k->min_green_s,
			.max_green_s = k->max1_s,
			.amber_s = k->yellow_s,
			.red_s = k->red_s,
			.walk_s = k->walk_s,
			.ped_clear_s = k->ped_clear_s,
			.with = k->with};
	}
}

static void tell_timing(struct ntcip_unit *u)
{
	const struct ntcip_facts *f = &u->facts;
	struct controller_phase phases[NTCIP_PHASES];
	struct controller_timing t = {.signal = u->s.signal,
		.phases = phases,
		.n_phases = MIN(f->phases, NTCIP_PHASES),
		.cycle_min_s = 30,
		.cycle_max_s = 255,
		.backup_s = f->backup_s,
		.rows = f->patterns,
		.version = f->set_id};

	fill_phases(f, phases);
	for (uint32_t r = 0; r < MIN(f->rings, NTCIP_RINGS); r++) {
		if (f->order[r][0] == 0)
			break;
		memcpy(t.rings[t.n_rings++], f->order[r], CONTROLLER_RING_LENGTH);
	}
	u->s.events->timing(u->s.user, &t);
}

static uint32_t can(const struct ntcip_unit *u)
{
	uint32_t bits = CONTROLLER_REPORTS | CONTROLLER_STREET | CONTROLLER_TIMING;

	if (u->facts.backup_s > 0)
		bits |= CONTROLLER_BACKUP | CONTROLLER_HOLDS | CONTROLLER_SELECTS;
	if (u->facts.backup_s > 0 && (u->facts.table_type == 2 || u->facts.table_type == 3 || u->facts.table_type == 4))
		bits |= CONTROLLER_PATTERNS;
	for (uint32_t p = 1; p <= NTCIP_PHASES; p++)
		if (u->s.preempts[p] != 0 && u->s.preempts[p] <= u->facts.preempts && u->facts.backup_s > 0)
			bits |= CONTROLLER_PRIORITY;
	return bits;
}

/* What the configuration does not allow for is told, and not commanded (ntcip_refusal). */
static void look_at_setup(struct ntcip_unit *u)
{
	ntcip_alert(u, &u->no_backup, u->facts.backup_s == 0, "controller-backup",
		u->facts.backup_s == 0
			? "its unitBackupTime is 0 s: it would run our last command for ever; it is not commanded until that is set, 1 to 65535 s"
			: "its unitBackupTime is set");
}

static void come_up(struct ntcip_unit *u)
{
	g_autofree char *wrong = map_mismatch(u);
	g_autofree char *standard = g_strdup_printf("NTCIP 1202%s%s", u->facts.standards[0] != '\0' ? ", " : "", u->facts.standards);

	if (wrong != NULL) {
		g_autofree char *sentence = g_strdup_printf("another cabinet than the configuration's: %s", wrong);
		refuse(u, sentence);
		return;
	}
	ntcip_alert(u, &u->stranger, false, "controller-stranger", "the cabinet is the configuration's again");
	u->life = NTCIP_UP;
	if (!u->told_up) {
		u->looked_s = -INFINITY;
		u->told_up = u->health.up = true;
		u->backoff_s = 0.5;
		u->look_due = true;
		memset(u->rows_ours, 0, sizeof u->rows_ours);
		u->s.events->up(u->s.user,
			&(struct controller_identity){.make = u->facts.make,
				.model = u->facts.model[0] != '\0' ? u->facts.model : u->facts.descr,
				.version = u->facts.version,
				.standard = standard,
				.can = can(u)});
	}
	look_at_setup(u);
	tell_timing(u);
	u->poll_due = true;
	ntcip_next(u);
}

static void on_patterns(void *user, const struct ntcip_outcome *o)
{
	struct ntcip_unit *u = user;

	if (ntcip_failed(u, o->error))
		return;
	for (uint32_t i = 0; i < o->n; i++)
		if (o->vars[i].error == NTCIP_OK)
			*(o->vars[i].object == NTCIP_PATTERN_CYCLE ? &u->facts.pattern_cycle[o->vars[i].index]
													   : &u->facts.pattern_split[o->vars[i].index]) = (uint8_t) o->vars[i].number;
	come_up(u);
}

static void ask_patterns(struct ntcip_unit *u)
{
	struct ntcip_var vars[2 * NTCIP_ROWS];
	uint32_t n = 0;

	for (uint32_t row = 1; row <= u->facts.patterns; row++) {
		ntcip_add(vars, &n, NTCIP_PATTERN_CYCLE, row, 0, 0);
		ntcip_add(vars, &n, NTCIP_PATTERN_SPLIT, row, 0, 0);
	}
	ntcip_talk_get(u->talk, vars, n, TRIES, on_patterns);
}

static void take_phase(struct ntcip_facts *f, const struct ntcip_var *v)
{
	struct ntcip_phase_facts *p = &f->phase[v->index];

	switch (v->object) {
	case NTCIP_PHASE_WALK:
		p->walk_s = (uint8_t) v->number;
		break;
	case NTCIP_PHASE_PED_CLEAR:
		p->ped_clear_s = (uint8_t) v->number;
		break;
	case NTCIP_PHASE_MIN_GREEN:
		p->min_green_s = (uint8_t) v->number;
		break;
	case NTCIP_PHASE_MAX1:
		p->max1_s = (uint8_t) v->number;
		break;
	case NTCIP_PHASE_YELLOW:
		p->yellow_s = (double) v->number / 10.0;
		break;
	case NTCIP_PHASE_RED_CLEAR:
		p->red_s = (double) v->number / 10.0;
		break;
	case NTCIP_PHASE_OPTIONS:
		p->options = (uint16_t) v->number;
		break;
	case NTCIP_PHASE_RING:
		p->ring = (uint8_t) v->number;
		break;
	default: /* concurrency: a phase number a byte */
		for (size_t i = 0; i < v->n_octets; i++)
			if (v->octets[i] >= 1 && v->octets[i] <= NTCIP_PHASES)
				p->with |= (uint32_t) 1 << (v->octets[i] - 1);
	}
}

static void on_phases(void *user, const struct ntcip_outcome *o)
{
	struct ntcip_unit *u = user;

	if (ntcip_failed(u, o->error))
		return;
	memset(u->facts.phase, 0, sizeof u->facts.phase);
	memset(u->facts.order, 0, sizeof u->facts.order);
	for (uint32_t i = 0; i < o->n; i++) {
		const struct ntcip_var *v = &o->vars[i];
		if (v->error != NTCIP_OK)
			continue;
		if (v->object == NTCIP_SEQUENCE)
			memcpy(u->facts.order[v->index2 - 1], v->octets, MIN(v->n_octets, CONTROLLER_RING_LENGTH - 1));
		else
			take_phase(&u->facts, v);
	}
	ask_patterns(u);
}

static void ask_phases(struct ntcip_unit *u)
{
	static const enum ntcip_object columns[] = {NTCIP_PHASE_WALK, NTCIP_PHASE_PED_CLEAR, NTCIP_PHASE_MIN_GREEN, NTCIP_PHASE_MAX1,
		NTCIP_PHASE_YELLOW, NTCIP_PHASE_RED_CLEAR, NTCIP_PHASE_OPTIONS, NTCIP_PHASE_RING, NTCIP_PHASE_CONCURRENCY};
	struct ntcip_var vars[NTCIP_PHASES * G_N_ELEMENTS(columns) + NTCIP_RINGS];
	uint32_t n = 0;

	for (uint32_t p = 1; p <= MIN(u->facts.phases, NTCIP_PHASES); p++)
		for (size_t c = 0; c < G_N_ELEMENTS(columns); c++)
			ntcip_add(vars, &n, columns[c], p, 0, 0);
	for (uint32_t r = 1; r <= MIN(u->facts.rings, NTCIP_RINGS); r++)
		ntcip_add(vars, &n, NTCIP_SEQUENCE, u->s.sequence, r, 0);
	ntcip_talk_get(u->talk, vars, n, TRIES, on_phases);
}

static bool is_expected(struct ntcip_unit *u)
{
	struct ntcip_facts *f = &u->facts;
	g_autofree char *all = g_strdup_printf("%s %s %s %s", f->descr, f->make, f->model, f->version);
	g_autofree char *sentence = NULL;

	if (f->modules > 0 && !f->asc)
		sentence = g_strdup_printf("\"%s\" says that it is no actuated signal controller", all);
	else if (u->s.expect != NULL && strstr(all, u->s.expect) == NULL)
		sentence = g_strdup_printf("\"%s\" stands there, not \"%s\"", all, u->s.expect);
	else if (u->first_descr != NULL && strcmp(u->first_descr, all) != 0)
		sentence = g_strdup_printf("\"%s\" stands there now, \"%s\" did before; start again if that is right", all, u->first_descr);
	if (sentence != NULL) {
		refuse(u, sentence);
		return false;
	}
	if (u->first_descr == NULL)
		u->first_descr = g_steal_pointer(&all);
	return true;
}

static void on_modules(void *user, const struct ntcip_outcome *o)
{
	struct ntcip_unit *u = user;
	struct ntcip_facts *f = &u->facts;

	if (ntcip_failed(u, o->error))
		return;
	for (uint32_t i = 0; i + 4 < o->n; i += 5) {
		const struct ntcip_var *m = &o->vars[i];
		f->asc = f->asc || (m[0].error == NTCIP_OK && m[0].number == 1);
		bool software = m[4].error == NTCIP_OK && m[4].number == 3;
		if (f->make[0] == '\0' || software) {
			replace(&f->make, ntcip_text(&m[1]));
			replace(&f->model, ntcip_text(&m[2]));
			replace(&f->version, ntcip_text(&m[3]));
		}
	}
	if (is_expected(u))
		ask_phases(u);
}

static void ask_modules(struct ntcip_unit *u)
{
	static const enum ntcip_object columns[] = {
		NTCIP_MODULE_NODE, NTCIP_MODULE_MAKE, NTCIP_MODULE_MODEL, NTCIP_MODULE_VERSION, NTCIP_MODULE_TYPE};
	struct ntcip_var vars[MODULES_MOST * G_N_ELEMENTS(columns)];
	uint32_t n = 0;

	for (uint32_t m = 1; m <= MIN(u->facts.modules, MODULES_MOST); m++)
		for (size_t c = 0; c < G_N_ELEMENTS(columns); c++)
			ntcip_add(vars, &n, columns[c], m, 0, 0);
	ntcip_talk_get(u->talk, vars, n, TRIES, on_modules);
}

static void on_who(void *user, const struct ntcip_outcome *o)
{
	struct ntcip_unit *u = user;
	struct ntcip_facts *f = &u->facts;
	const struct ntcip_var *v = o->vars;

	if (ntcip_failed(u, o->error))
		return;
	ntcip_facts_clear(f);
	f->descr = ntcip_text(&v[0]);
	f->standards = ntcip_text(&v[1]);
	g_strdelimit(f->standards, "\r\n", ' ');
	f->make = g_strdup("");
	f->model = g_strdup("");
	f->version = g_strdup("");
	f->modules = number_of(&v[2], 0);
	f->phases = number_of(&v[3], 0);
	f->patterns = MIN(number_of(&v[4], 0), NTCIP_ROWS);
	f->splits = number_of(&v[5], 0);
	f->table_type = number_of(&v[6], 1);
	f->rings = number_of(&v[7], 1);
	f->sequences = number_of(&v[8], 1);
	f->preempts = number_of(&v[9], 0);
	f->coord_mode = number_of(&v[10], AUTOMATIC);
	f->backup_s = number_of(&v[11], 0);
	f->set_id = number_of(&v[12], 0);
	if (f->phases == 0) {
		refuse(u, "it has no maxPhases: no NTCIP 1202 signal controller, or one that counts its objects in a way of its own");
		return;
	}
	u->life = NTCIP_READING;
	ask_modules(u);
}

void ntcip_ask_who(struct ntcip_unit *u)
{
	static const enum ntcip_object objects[] = {NTCIP_SYS_DESCR, NTCIP_BASE_STANDARDS, NTCIP_MAX_MODULES, NTCIP_MAX_PHASES,
		NTCIP_MAX_PATTERNS, NTCIP_MAX_SPLITS, NTCIP_PATTERN_TABLE_TYPE, NTCIP_MAX_RINGS, NTCIP_MAX_SEQUENCES, NTCIP_MAX_PREEMPTS,
		NTCIP_COORD_MODE, NTCIP_BACKUP_TIME, NTCIP_SET_ID};
	struct ntcip_var vars[G_N_ELEMENTS(objects)];
	uint32_t n = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(objects); i++)
		ntcip_add(vars, &n, objects[i], 0, 0, 0);
	ntcip_talk_get(u->talk, vars, n, u->told_up ? TRIES : 1, on_who);
}

void ntcip_look_at_clock(struct ntcip_unit *u, int64_t utc_s, double asked_s)
{
	/* it counts whole seconds, and read them at some time between our question and now: half of that is the middle of what it may mean */
	double waited_s = u->s.clock_s(u->s.time) - asked_s;
	double off_s = (double) utc_s + 0.5 - (u->s.wall_s(u->s.time) - 0.5 * waited_s);
	bool off = fabs(off_s) > NTCIP_CLOCK_S + 0.5 * (1 + waited_s);

	if (off == u->clock_off)
		return;
	g_autofree char *sentence =
		off ? g_strdup_printf("its clock is %.0f s %s ours: offsets mean nothing beyond 1 s", fabs(off_s), off_s > 0 ? "ahead of" : "behind")
			: g_strdup("its clock is right again");
	ntcip_alert(u, &u->clock_off, off, "controller-clock", sentence);
}

/* Its patterns count from its own midnight, or so many minutes after it. */
static void look_at_zone(struct ntcip_unit *u, const struct ntcip_var *v)
{
	u->facts.zone_s = u->s.zone_s;
	if (v[1].error == NTCIP_OK && v[4].error == NTCIP_OK && v[4].number != 0)
		u->facts.zone_s = round((double) (v[4].number - v[1].number) / 900.0) * 900.0; /* zones are quarters of an hour */
	u->facts.sync_min = number_of(&v[5], 0) < 24 * 60 ? number_of(&v[5], 0) : 0;
}

static void on_look(void *user, const struct ntcip_outcome *o)
{
	struct ntcip_unit *u = user;
	const struct ntcip_var *v = o->vars;

	if (ntcip_failed(u, o->error))
		return;
	if (o->error == NTCIP_OK) {
		u->look_due = false;
		u->looked_s = u->now_s;
		u->facts.backup_s = number_of(&v[2], 0);
		u->facts.coord_mode = number_of(&v[3], AUTOMATIC);
		look_at_setup(u);
		if (v[1].error == NTCIP_OK)
			ntcip_look_at_clock(u, v[1].number, u->look_s);
		look_at_zone(u, v);
		if (number_of(&v[0], u->facts.set_id) != u->facts.set_id) {
			if (!u->edits) {
				ntcip_alert(u, &u->edited, true, "controller-edited", "somebody changed its database: its timing is read again");
				ntcip_alert(u, &u->edited, false, "controller-edited", "its timing is read again");
			}
			u->edits = false;
			u->life = NTCIP_READING;
			ntcip_ask_who(u);
			return;
		}
	}
	ntcip_next(u);
}

void ntcip_look(struct ntcip_unit *u)
{
	static const enum ntcip_object objects[] = {
		NTCIP_SET_ID, NTCIP_TIME, NTCIP_BACKUP_TIME, NTCIP_COORD_MODE, NTCIP_LOCAL_TIME, NTCIP_PATTERN_SYNC};
	struct ntcip_var vars[G_N_ELEMENTS(objects)];
	uint32_t n = 0;

	u->job = NTCIP_JOB_LOOK;
	u->look_s = u->s.clock_s(u->s.time);
	for (size_t i = 0; i < G_N_ELEMENTS(objects); i++)
		ntcip_add(vars, &n, objects[i], 0, 0, 0);
	ntcip_talk_get(u->talk, vars, n, 1, on_look);
}
