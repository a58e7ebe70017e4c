/* gbt_timing.c - see gbt_timing.h. */
#include "daemon/gbt_timing.h"

#include <string.h>

#include "core/units.h"
#include "daemon/gbt_words.h"

enum fact { LAMPS, COLOURS, MIN_GREEN, MAX_GREEN, CONFLICTS, INTERGREENS }; /* gbt_phase.told */


struct batch {
	struct gbt_talk *talk;
	struct gbt_exchange e;
	double now_s;
	uint32_t n; /* exchanges */
};

static void flush(struct batch *b)
{
	if (b->e.n == 0)
		return;
	gbt_talk_ask(b->talk, &b->e, false, b->now_s);
	b->e.n = 0;
	b->n++;
}

static void ask(struct batch *b, struct gbt_key key)
{
	if (b->e.n == GBT_EXCHANGE_MOST)
		flush(b);
	gbt_exchange_query(&b->e, key.class, key.object, key.attribute, key.element);
}

/* Colours are three pairs behind each other; a row of 64 bytes goes alone with its phase, so that frames stay small. */
static void ask_phase(struct batch *b, uint8_t phase)
{
	flush(b);
	ask(b, (struct gbt_key){4, 2, GBT_PHASE_LAMPS, phase});
	for (uint8_t k = 0; k < 2 * GBT_COLOURS; k++)
		ask(b, (struct gbt_key){4, 2, (uint8_t) (GBT_PHASE_LOSING + k), phase});
	ask(b, (struct gbt_key){4, 2, GBT_PHASE_MIN_GREEN, phase});
	ask(b, (struct gbt_key){4, 2, GBT_PHASE_MAX_GREEN, phase});
	ask(b, GBT_CONFLICTS(phase));
	ask(b, GBT_INTERGREENS(phase));
}

uint32_t gbt_timing_ask(struct gbt_timing *t, enum gbt_reading step, phase_set wanted, struct gbt_talk *talk, int purpose, double now_s)
{
	struct batch b = {.talk = talk, .now_s = now_s, .e = {.type = GBT_QUERY, .purpose = purpose, .tag = step}};

	switch (step) {
	case GBT_READ_COUNTS:
		ask(&b, GBT_PHASE_COUNT);
		ask(&b, GBT_STAGE_COUNT);
		ask(&b, GBT_PLAN_COUNT);
		break;
	case GBT_READ_STAGES:
		for (uint32_t s = 1; s <= t->n_stages; s++)
			ask(&b, GBT_STAGE_PHASES((uint8_t) s));
		break;
	case GBT_READ_PHASES:
		for (uint32_t s = 0; s < t->n_stages; s++)
			t->used |= t->stage_phases[s];
		t->used |= wanted;
		if (t->n_phases < GBT_PHASES)
			t->used &= ((phase_set) 1 << t->n_phases) - 1;
		for (uint32_t p = 1; p <= t->n_phases; p++)
			if (t->used & phase_bit(p))
				ask_phase(&b, (uint8_t) p);
		break;
	case GBT_READ_WAYS:
		for (uint32_t s = 1; s <= t->n_stages; s++)
			if (t->stage_phases[s - 1] != 0) {
				if (b.e.n == 4)
					flush(&b);
				ask(&b, GBT_WAYS_TO((uint8_t) s));
			}
		break;
	case GBT_READ_DONE:
		break;
	}
	flush(&b);
	return b.n;
}

static bool wrong(GError **error, struct gbt_key k, const char *what)
{
	if (error == NULL || *error == NULL) /* the first one is told */
		g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_PATTERN, "the controller's %u.%u.%u of %u %s", k.class, k.object, k.attribute, k.element, what);
	return false;
}

static bool take_count(const struct gbt_value *v, uint32_t most, uint32_t *count, GError **error)
{
	if (v->length != 1 || v->data[0] == 0)
		return wrong(error, v->key, "is no number from 1 to 255");
	*count = MIN(v->data[0], most);
	return true;
}

static bool take_set(const struct gbt_value *v, phase_set *set, GError **error)
{
	if (v->length != sizeof *set)
		return wrong(error, v->key, "is not of 8 bytes");
	*set = 0;
	for (size_t i = 0; i < sizeof *set; i++)
		*set = *set << 8 | v->data[i];
	return true;
}

static bool take_row(const struct gbt_value *v, uint8_t row[64], GError **error)
{
	if (v->length != 64)
		return wrong(error, v->key, "is not of 64 bytes");
	for (size_t i = 0; i < 64; i++)
		row[i] = v->data[63 - i];
	return true;
}

static bool take_seconds(const struct gbt_value *v, uint16_t *seconds, GError **error)
{
	if (v->length != 2)
		return wrong(error, v->key, "is not of 2 bytes");
	*seconds = (uint16_t) (v->data[0] << 8 | v->data[1]);
	return true;
}

static bool take_phase(struct gbt_phase *p, const struct gbt_value *v, GError **error)
{
	uint8_t k = (uint8_t) (v->key.attribute - GBT_PHASE_LOSING);

	switch (v->key.attribute) {
	case GBT_PHASE_LAMPS:
		return p->told[LAMPS] = take_set(v, &p->lamps, error);
	case GBT_PHASE_MIN_GREEN:
		return p->told[MIN_GREEN] = take_seconds(v, &p->min_green_s, error);
	case GBT_PHASE_MAX_GREEN:
		return p->told[MAX_GREEN] = take_seconds(v, &p->max_green_s, error);
	default:
		if (v->length != 1)
			return wrong(error, v->key, "is not of 1 byte");
		if (k % 2 == 0)
			p->colour[k / 2] = v->data[0];
		else
			p->colour_s[k / 2] = v->data[0];
		p->told[COLOURS] |= k == 2 * GBT_COLOURS - 1;
		return true;
	}
}

static bool take_value(struct gbt_timing *t, const struct gbt_value *v, GError **error)
{
	uint8_t e = v->key.element;

	switch (v->key.class) {
	case 4:
		if (v->key.object == 1)
			return take_count(v, GBT_PHASES, &t->n_phases, error);
		return take_phase(&t->phases[e - 1], v, error);
	case 6:
		return v->key.object == 1 ? take_count(v, GBT_STAGES, &t->n_stages, error) : take_set(v, &t->stage_phases[e - 1], error);
	case 7:
		if (v->key.object == 1)
			return t->phases[e - 1].told[CONFLICTS] = take_set(v, &t->phases[e - 1].conflicts, error);
		return t->phases[e - 1].told[INTERGREENS] = take_row(v, t->phases[e - 1].intergreen_s, error);
	case 9:
		return take_count(v, 255, &t->n_plans, error);
	default:
		return t->ways_told[e - 1] = take_row(v, t->ways_to[e - 1], error);
	}
}

bool gbt_timing_take(struct gbt_timing *t, const struct gbt_exchange *e, GError **error)
{
	bool good = true;

	for (uint32_t i = 0; i < e->n; i++)
		if (e->values[i].answered && e->values[i].refusal == 0)
			good = take_value(t, &e->values[i], good ? error : NULL) && good;
	return good;
}

static double colours_s(const struct gbt_phase *p, uint8_t from, uint8_t to)
{
	double sum_s = 0;

	for (int k = 0; k < GBT_COLOURS; k++)
		if (p->colour[k] >= from && p->colour[k] <= to)
			sum_s += p->colour_s[k];
	return sum_s;
}

double gbt_phase_amber_s(const struct gbt_phase *p)
{
	return p->told[COLOURS] ? colours_s(p, GBT_LAMP_YELLOW, GBT_LAMP_YELLOW + 2) : UNKNOWN;
}

double gbt_phase_flash_s(const struct gbt_phase *p)
{
	return p->told[COLOURS] ? colours_s(p, GBT_LAMP_GREEN, GBT_LAMP_GREEN + 2) : UNKNOWN;
}

double gbt_phase_min_green_s(const struct gbt_phase *p)
{
	return p->told[MIN_GREEN] ? p->min_green_s + (p->told[COLOURS] ? gbt_phase_flash_s(p) : 0) : UNKNOWN;
}

/* From the end of green (its flashing before it) to the other's beginning. NaN = they do not conflict, or it is not told. */
static double intergreen_s(const struct gbt_phase *p, uint32_t other)
{
	if (!p->told[INTERGREENS] || (p->told[CONFLICTS] && (p->conflicts & phase_bit(other)) == 0))
		return UNKNOWN;
	if (!p->told[CONFLICTS] && p->intergreen_s[other - 1] == 0)
		return UNKNOWN;
	return fmax(p->intergreen_s[other - 1], gbt_phase_amber_s(p)); /* fmax passes NaN over */
}

double gbt_timing_change_s(const struct gbt_timing *t, uint32_t from, uint32_t to)
{
	phase_set ends = t->stage_phases[from - 1] & ~t->stage_phases[to - 1], begins = t->stage_phases[to - 1] & ~t->stage_phases[from - 1];
	double longest_s = 0;

	for (uint32_t p = 1; p <= GBT_PHASES; p++) {
		const struct gbt_phase *phase = &t->phases[p - 1];
		if ((ends & phase_bit(p)) == 0)
			continue;
		double s = fmax(colours_s(phase, 1, 0xff) - colours_s(phase, GBT_LAMP_GREEN, GBT_LAMP_GREEN + 2), 0);
		for (uint32_t k = 1; k <= GBT_PHASES; k++)
			if (begins & phase_bit(k))
				s = fmax(s, intergreen_s(phase, k));
		longest_s = fmax(longest_s, s);
	}
	return longest_s;
}

static bool unfit(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static bool unfit(GError **error, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	g_autofree char *text = g_strdup_vprintf(format, list);
	va_end(list);
	g_set_error_literal(error, CONTROLLER_ERROR, CONTROLLER_ERROR_PATTERN, text);
	return false;
}

static bool check_way(const struct gbt_timing *t, uint32_t from, uint32_t to, GError **error)
{
	uint8_t way = t->ways_to[to - 1][from - 1];

	if (from == to || !t->ways_told[to - 1] || way == 0)
		return true;
	if (way == GBT_WAY_FORBIDDEN)
		return unfit(error, "the controller does not let stage %u follow stage %u", to, from);
	return unfit(error, "the controller goes from stage %u to stage %u through stage %u only", from, to, way);
}

static bool check_stage(const struct gbt_timing *t, uint32_t s, GError **error)
{
	phase_set phases;

	if (s < 1 || s > t->n_stages || (phases = t->stage_phases[s - 1]) == 0)
		return unfit(error, "the controller has no stage %u", s);
	for (uint32_t p = 1; p <= GBT_PHASES; p++)
		if ((phases & phase_bit(p)) != 0 && t->phases[p - 1].told[CONFLICTS] && (t->phases[p - 1].conflicts & phases) != 0)
			return unfit(error, "the controller's own stage %u has phase %u and one that conflicts with it", s, p);
	return true;
}

/* A phase that runs on through several stages has its minimum over all of them; at least it is asked of each it begins in. */
static bool check_greens(const struct gbt_timing *t, const uint8_t *stages, const uint16_t *times_s, uint32_t n, uint32_t i, GError **error)
{
	phase_set before = n > 1 ? t->stage_phases[stages[(i + n - 1) % n] - 1] : 0;
	phase_set begins = t->stage_phases[stages[i] - 1] & ~before;

	for (uint32_t p = 1; p <= GBT_PHASES; p++) {
		double green_s = 0, least_s = gbt_phase_min_green_s(&t->phases[p - 1]);
		if ((begins & phase_bit(p)) == 0 || isnan(least_s))
			continue;
		for (uint32_t k = 0; k < n; k++) {
			uint32_t at = (i + k) % n, next = (i + k + 1) % n;
			green_s += times_s[at];
			if ((t->stage_phases[stages[next] - 1] & phase_bit(p)) == 0) {
				green_s -= gbt_timing_change_s(t, stages[at], stages[next]);
				break;
			}
		}
		if (green_s < least_s)
			return unfit(error, "phase %u would have %g s of green from stage %u on, the controller's minimum is %g s with its flashing", p, green_s,
				stages[i], least_s);
	}
	return true;
}

bool gbt_timing_check(const struct gbt_timing *t, const uint8_t *stages, const uint16_t *times_s, uint32_t n, GError **error)
{
	for (uint32_t i = 0; i < n; i++)
		if (!check_stage(t, stages[i], error))
			return false;
	for (uint32_t i = 0; i < n; i++)
		if (!check_way(t, stages[i], stages[(i + 1) % n], error) || !check_greens(t, stages, times_s, n, i, error))
			return false;
	return true;
}

static void tell_phase(const struct gbt_phase *p, uint16_t number, struct controller_phase *told)
{
	double amber_s = gbt_phase_amber_s(p), red_s = UNKNOWN;

	for (uint32_t k = 1; k <= GBT_PHASES; k++)
		red_s = fmax(red_s, intergreen_s(p, k) - amber_s);
	*told = (struct controller_phase){.number = number, .enabled = true, .min_green_s = gbt_phase_min_green_s(p),
		.max_green_s = p->told[MAX_GREEN] ? p->max_green_s : UNKNOWN, .amber_s = amber_s, .red_s = red_s, .walk_s = UNKNOWN,
		.ped_clear_s = UNKNOWN, .conflicts = p->conflicts};
}

static uint64_t next_of(const struct gbt_timing *t, uint32_t from)
{
	uint64_t next = 0;

	for (uint32_t to = 1; to <= t->n_stages; to++)
		if (t->stage_phases[to - 1] != 0 && to != from && t->ways_told[to - 1] && t->ways_to[to - 1][from - 1] == 0)
			next |= phase_bit(to);
	return next;
}

void gbt_timing_tell(const struct gbt_timing *t, uint32_t signal, double backup_s, uint32_t version, struct gbt_told *told)
{
	uint32_t n = 0, stages = 0;

	for (uint32_t p = 1; p <= GBT_PHASES; p++)
		if (t->used & phase_bit(p))
			tell_phase(&t->phases[p - 1], (uint16_t) p, &told->phases[n++]);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < n; k++)
			told->intergreen_s[i * n + k] = intergreen_s(&t->phases[told->phases[i].number - 1], told->phases[k].number);
	for (uint32_t s = 1; s <= t->n_stages; s++)
		if (t->stage_phases[s - 1] != 0)
			told->stages[stages++] = (struct controller_stage){(uint16_t) s, t->stage_phases[s - 1], next_of(t, s)};
	told->timing = (struct controller_timing){.signal = signal, .phases = told->phases, .n_phases = n, .stages = told->stages, .n_stages = stages,
		.intergreen_s = told->intergreen_s, .cycle_min_s = 1, .cycle_max_s = UINT16_MAX, .backup_s = backup_s, .rows = t->n_plans,
		.version = version};
}
