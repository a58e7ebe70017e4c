/* gbt_cabinet.c - see gbt_cabinet.h. */
#include "tests/daemon/gbt_cabinet.h"

#include <math.h>
#include <string.h>

#define LOCAL 0x21 /* fixed */
#define NEVER -1e9
#define LATE_BY_S 5.0

static void plan(struct gbt_cabinet *c, uint32_t number, uint32_t n, const uint8_t *stages, const uint16_t *times_s)
{
	struct gbt_model_plan *p = &c->plans[number];

	*p = (struct gbt_model_plan){.there = true, .coordination = 1, .junction = 1};
	for (uint32_t i = 0; i < n; i++) {
		p->stages[15 - i] = stages[i];
		p->times_s[15 - i] = times_s[i];
		p->appearances[15 - i] = 0x10;
		p->cycle_s += times_s[i];
	}
}

static struct gbt_cabinet *cabinet_new(void)
{
	struct gbt_cabinet *c = g_new0(struct gbt_cabinet, 1);

	g_strlcpy(c->device, "MODEL-0001", sizeof c->device);
	c->flash_s = c->amber_s = 3;
	c->red_s = 1;
	c->backup_s = 60;
	c->own_plan = 1;
	c->utc_s = 1750000000;
	c->rand = g_rand_new_with_seed(7);
	g_queue_init(&c->out);
	gbt_stream_init(&c->stream);
	for (uint32_t p = 0; p < MODEL_PHASES; p++)
		c->min_green_s[p] = 7;
	return c;
}

static void conflict(struct gbt_cabinet *c, uint32_t a, uint32_t b, uint8_t intergreen_s)
{
	c->conflicts[a] |= (uint8_t) (1 << b);
	c->conflicts[b] |= (uint8_t) (1 << a);
	c->intergreen_s[a][b] = c->intergreen_s[b][a] = intergreen_s;
}

static void power_on(struct gbt_cabinet *c)
{
	c->mode = LOCAL;
	c->plan = c->own_plan;
	c->called_plan = c->called_stage = 0;
	c->slot = 0;
	c->stage = c->next = c->plans[c->plan].stages[15];
	c->slot_s = c->stage_s = 0;
	for (uint32_t p = 0; p < MODEL_PHASES; p++) {
		bool green = c->stage_phases[c->stage - 1] >> p & 1;
		c->lamp[p] = green ? LAMP_GREEN : LAMP_RED;
		c->lamp_s[p] = c->now_s;
		c->green_ended_s[p] = NEVER;
		c->amber_for_s[p] = c->amber_s;
	}
}

struct gbt_cabinet *gbt_cabinet_small(void)
{
	struct gbt_cabinet *c = cabinet_new();

	c->n_stages = 3;
	c->stage_phases[0] = 5;
	c->stage_phases[1] = 1;
	c->stage_phases[2] = 2;
	conflict(c, 0, 1, 5);
	conflict(c, 1, 2, 6);
	plan(c, 1, 3, (const uint8_t[]){1, 2, 3}, (const uint16_t[]){20, 20, 30});
	power_on(c);
	return c;
}

struct gbt_cabinet *gbt_cabinet_cross(void)
{
	struct gbt_cabinet *c = cabinet_new();

	c->n_stages = 6;
	memcpy(c->stage_phases, (const uint8_t[]){0x03, 0x0c, 0x30, 0xc0, 0x05, 0x50}, 6);
	for (uint32_t a = 0; a < MODEL_PHASES; a++)
		for (uint32_t b = 0; b < a; b++) {
			bool together = false;
			for (uint32_t s = 0; s < c->n_stages; s++)
				together |= (c->stage_phases[s] >> a & 1) && (c->stage_phases[s] >> b & 1);
			if (!together)
				conflict(c, a, b, (uint8_t) (4 + (a + b) % 3));
		}
	for (uint32_t p = 0; p < MODEL_PHASES; p++)
		c->min_green_s[p] = (uint16_t) (6 + p);
	plan(c, 1, 4, (const uint8_t[]){1, 2, 3, 4}, (const uint16_t[]){30, 30, 30, 30});
	power_on(c);
	return c;
}

void gbt_cabinet_restart(struct gbt_cabinet *c)
{
	for (uint32_t p = 20; p <= MODEL_PLANS; p++)
		c->plans[p] = (struct gbt_model_plan){0};
	gbt_stream_reset(&c->stream);
	for (struct gbt_sent *s; (s = g_queue_pop_head(&c->out)) != NULL; g_free(s))
		g_byte_array_unref(s->bytes);
	power_on(c);
}

void gbt_cabinet_free(struct gbt_cabinet *c)
{
	if (c == NULL)
		return;
	for (struct gbt_sent *s; (s = g_queue_pop_head(&c->out)) != NULL; g_free(s))
		g_byte_array_unref(s->bytes);
	gbt_stream_finish(&c->stream);
	g_rand_free(c->rand);
	g_free(c);
}

/* ---- lamps ---- */

static void bad(struct gbt_cabinet *c, uint64_t *count, const char *what, uint32_t phase)
{
	++*count;
	g_snprintf(c->last, sizeof c->last, "%.0f s: %s, phase %u, stage %u to %u, mode %02x, plan %u", c->now_s, what, phase + 1, c->stage, c->next, c->mode, c->plan);
}

static void count_begin(struct gbt_cabinet *c, uint32_t p)
{
	c->counts.greens++;
	for (uint32_t q = 0; q < MODEL_PHASES; q++) {
		if ((c->conflicts[p] >> q & 1) == 0)
			continue;
		if (c->lamp[q] == LAMP_GREEN || c->lamp[q] == LAMP_FLASH || c->lamp[q] == LAMP_AMBER)
			bad(c, &c->counts.conflicts, "conflict", p);
		else if (c->now_s - c->green_ended_s[q] < c->intergreen_s[q][p] || c->amber_for_s[q] < 3)
			bad(c, &c->counts.short_clearances, "short clearance", p);
	}
}

static void turn(struct gbt_cabinet *c, uint32_t p, enum gbt_lamp_now lamp)
{
	double for_s = c->now_s - c->lamp_s[p];

	if (c->lamp[p] == LAMP_GREEN && for_s < c->min_green_s[p])
		bad(c, &c->counts.short_greens, "short green", p);
	if (c->lamp[p] == LAMP_FLASH || (c->lamp[p] == LAMP_GREEN && lamp != LAMP_FLASH))
		c->green_ended_s[p] = c->now_s;
	if (c->lamp[p] == LAMP_AMBER)
		c->amber_for_s[p] = for_s;
	c->lamp[p] = lamp;
	c->lamp_s[p] = c->now_s;
	if (lamp == LAMP_GREEN)
		count_begin(c, p);
}

static void lose_way(struct gbt_cabinet *c, uint32_t p)
{
	double for_s = c->now_s - c->lamp_s[p];

	if (c->lamp[p] == LAMP_GREEN)
		turn(c, p, LAMP_FLASH);
	else if (c->lamp[p] == LAMP_FLASH && for_s >= c->flash_s)
		turn(c, p, LAMP_AMBER);
	else if (c->lamp[p] == LAMP_AMBER && for_s >= c->amber_s)
		turn(c, p, LAMP_CLEAR);
	else if (c->lamp[p] == LAMP_CLEAR && for_s >= c->red_s)
		turn(c, p, LAMP_RED);
}

static bool clear_for(const struct gbt_cabinet *c, uint32_t p)
{
	for (uint32_t q = 0; q < MODEL_PHASES; q++)
		if ((c->conflicts[p] >> q & 1) && ((c->lamp[q] != LAMP_RED) || c->now_s - c->green_ended_s[q] < c->intergreen_s[q][p]))
			return false;
	return true;
}

/* One second on the way from a stage to the next. True: there. */
static bool change(struct gbt_cabinet *c)
{
	uint8_t to = c->stage_phases[c->next - 1];
	bool there = true;

	for (uint32_t p = 0; p < MODEL_PHASES; p++)
		if ((to >> p & 1) == 0) {
			lose_way(c, p);
			there &= c->lamp[p] == LAMP_RED;
		}
	if (!there)
		return false;
	for (uint32_t p = 0; p < MODEL_PHASES; p++)
		if ((to >> p & 1) && c->lamp[p] != LAMP_GREEN)
			there &= clear_for(c, p);
	for (uint32_t p = 0; there && p < MODEL_PHASES; p++)
		if ((to >> p & 1) && c->lamp[p] != LAMP_GREEN)
			turn(c, p, LAMP_GREEN);
	return there;
}

/* ---- stages and plans ---- */

static double change_s(const struct gbt_cabinet *c, uint32_t from, uint32_t to)
{
	uint8_t ends = c->stage_phases[from - 1] & (uint8_t) ~c->stage_phases[to - 1];
	uint8_t begins = c->stage_phases[to - 1] & (uint8_t) ~c->stage_phases[from - 1];
	double longest_s = 0;

	for (uint32_t p = 0; p < MODEL_PHASES; p++) {
		if ((ends >> p & 1) == 0)
			continue;
		double s = c->amber_s + c->red_s;
		for (uint32_t q = 0; q < MODEL_PHASES; q++)
			if (begins >> q & 1)
				s = fmax(s, c->intergreen_s[p][q]);
		longest_s = fmax(longest_s, c->flash_s + s);
	}
	return longest_s;
}

static bool central(const struct gbt_cabinet *c)
{
	return c->mode >= 0x10 && c->mode < 0x20;
}

static uint32_t stages_of(const struct gbt_model_plan *p)
{
	uint32_t n = 0;

	while (n < 16 && p->stages[15 - n] != 0)
		n++;
	return n;
}

static void go(struct gbt_cabinet *c, uint32_t stage)
{
	c->next = stage;
	c->stage_s = 0;
}

/* The slot is over: the next one of the plan that shall run, which may be another plan by now. */
static void next_slot(struct gbt_cabinet *c)
{
	uint8_t wanted = central(c) && c->called_plan != 0 && c->plans[c->called_plan].there ? c->called_plan : c->own_plan;

	c->slot_s = 0;
	if (wanted == c->plan) {
		c->slot = (c->slot + 1) % stages_of(&c->plans[c->plan]);
		return;
	}
	c->plan = wanted;
	c->entering = true;
	c->slot = 0;
	for (uint32_t i = 0; i < stages_of(&c->plans[wanted]); i++) /* where it is now, if the plan has that */
		if (c->plans[wanted].stages[15 - i] == c->next)
			c->slot = i;
}

/* On its own way into a plan it keeps its minimums. */
static bool may_end(const struct gbt_cabinet *c, uint32_t to)
{
	for (uint32_t p = 0; p < MODEL_PHASES; p++)
		if (c->lamp[p] == LAMP_GREEN && (c->stage_phases[to - 1] >> p & 1) == 0 && c->now_s - c->lamp_s[p] < c->min_green_s[p])
			return false;
	return true;
}

static void run_plan(struct gbt_cabinet *c)
{
	const struct gbt_model_plan *p = &c->plans[c->plan];
	uint32_t n = stages_of(p), stage = p->stages[15 - c->slot], next = p->stages[15 - (c->slot + 1) % n];

	if (c->stage == c->next && c->stage != stage && stage >= 1 && stage <= c->n_stages) {
		c->entering = true;
		if (may_end(c, stage))
			go(c, stage); /* it was elsewhere: called, or another plan */
		c->slot_s = 0;
		return;
	}
	c->slot_s++;
	if (c->stage == c->next && c->slot_s + 1 >= p->times_s[15 - c->slot] - change_s(c, stage, next) && next >= 1 && next <= c->n_stages &&
		(!c->entering || may_end(c, next))) { /* a change of plans cuts no minimum */
		c->entering = false;
		next_slot(c);
		go(c, c->plans[c->plan].stages[15 - c->slot]);
	}
}

void gbt_cabinet_step(struct gbt_cabinet *c, double now_s)
{
	c->now_s = now_s;
	if (central(c) && now_s - c->heard_s > c->backup_s) {
		c->mode = LOCAL;
		c->called_plan = c->called_stage = 0;
		c->counts.returned++;
	}
	c->stage_s++;
	if (c->mode >= 0x30)
		return; /* flash, all red, off: its lamps are no matter here */
	if (c->stage != c->next) {
		if (change(c)) {
			c->stage = c->next;
			c->stage_s = c->slot_s = 0;
		}
		return;
	}
	if (central(c) && c->called_stage != 0) {
		if (c->called_stage != c->stage)
			go(c, c->called_stage);
		c->slot_s = 0;
		return;
	}
	run_plan(c);
}

/* ---- items ---- */

struct answer {
	uint8_t data[GBT_DATA_MOST];
	uint8_t length;
	uint8_t refusal;
};

static void number(struct answer *a, uint32_t value, uint8_t length)
{
	a->length = length;
	for (uint8_t i = 0; i < length; i++)
		a->data[i] = (uint8_t) (value >> 8 * (length - 1 - i));
}

static void get_device(const struct gbt_cabinet *c, struct gbt_key k, struct answer *a)
{
	switch (k.object) {
	case 1:
		a->length = 5;
		memcpy(a->data, "MODEL", 5);
		break;
	case 2:
		number(a, 0x02010000, 4);
		break;
	case 3:
		a->length = (uint8_t) strlen(c->device);
		memcpy(a->data, c->device, a->length);
		break;
	default:
		a->refusal = GBT_NO_SUCH_ITEM;
	}
}

static void get_phase(const struct gbt_cabinet *c, struct gbt_key k, struct answer *a)
{
	if (k.object == 1) {
		number(a, MODEL_PHASES, 1);
		return;
	}
	if (k.object != 2 || k.element < 1 || k.element > MODEL_PHASES) {
		a->refusal = GBT_NO_SUCH_ITEM;
		return;
	}
	const uint8_t colours[] = {0x21, c->flash_s, 0x30, c->amber_s, 0x10, c->red_s};
	if (k.attribute == 2) {
		a->length = 8;
		a->data[7] = (uint8_t) (1 << (k.element - 1));
	} else if (k.attribute >= 3 && k.attribute <= 8) {
		number(a, colours[k.attribute - 3], 1);
	} else if (k.attribute == 27) {
		number(a, c->min_green_s[k.element - 1], 2);
	} else if (k.attribute == 28 || k.attribute == 29) {
		number(a, 60, 2);
	} else {
		a->refusal = GBT_NO_SUCH_ITEM;
	}
}

static uint32_t left_s(const struct gbt_cabinet *c)
{
	const struct gbt_model_plan *p = &c->plans[c->plan];
	uint32_t next = p->stages[15 - (c->slot + 1) % stages_of(p)];

	if ((central(c) && c->called_stage != 0) || p->stages[15 - c->slot] != c->stage)
		return 0;
	return (uint32_t) fmax(p->times_s[15 - c->slot] - change_s(c, c->stage, next) - c->slot_s, 0);
}

static void get_stage(const struct gbt_cabinet *c, struct gbt_key k, struct answer *a)
{
	if (k.object == 1) {
		number(a, MODEL_STAGES, 1);
		return;
	}
	if (k.element < 1 || k.element > MODEL_STAGES) {
		a->refusal = GBT_NO_SUCH_ITEM;
		return;
	}
	bool now = k.element == c->stage;
	if (k.object == 2 && k.attribute == 2) {
		a->length = 8;
		a->data[7] = c->stage_phases[k.element - 1];
	} else if (k.object == 3 && k.attribute == 2) {
		number(a, !now ? 0x10 : c->stage == c->next ? 0x20 : 0x30, 1);
	} else if (k.object == 3 && k.attribute == 3) {
		number(a, now ? (uint32_t) c->stage_s : 0, 2);
	} else if (k.object == 3 && k.attribute == 4) {
		number(a, now && c->stage == c->next ? left_s(c) : 0, 2);
	} else {
		a->refusal = GBT_NO_SUCH_ITEM;
	}
}

static void get_safety(const struct gbt_cabinet *c, struct gbt_key k, struct answer *a)
{
	if (k.element < 1 || k.element > MODEL_PHASES || k.attribute != 2) {
		a->refusal = GBT_NO_SUCH_ITEM;
		return;
	}
	if (k.object == 1) {
		a->length = 8;
		a->data[7] = c->conflicts[k.element - 1];
		return;
	}
	a->length = 64;
	for (uint32_t q = 0; q < MODEL_PHASES; q++)
		a->data[63 - q] = c->intergreen_s[k.element - 1][q];
}

static void get_plan(const struct gbt_cabinet *c, struct gbt_key k, struct answer *a)
{
	if (k.object == 1) {
		number(a, MODEL_PLANS, 1);
		return;
	}
	if (k.element < 1 || k.element > MODEL_PLANS) {
		a->refusal = GBT_NO_SUCH_ITEM;
		return;
	}
	const struct gbt_model_plan *p = &c->plans[k.element];
	switch (k.attribute) {
	case 2:
		number(a, p->junction, 1);
		break;
	case 3:
		number(a, p->cycle_s, 4);
		break;
	case 4:
		number(a, p->coordination, 1);
		break;
	case 5:
		number(a, p->offset_s, 2);
		break;
	case 6:
	case 8:
		a->length = 16;
		memcpy(a->data, k.attribute == 6 ? p->stages : p->appearances, 16);
		break;
	case 7:
		a->length = 32;
		for (int i = 0; i < 16; i++) {
			a->data[2 * i] = (uint8_t) (p->times_s[i] >> 8);
			a->data[2 * i + 1] = (uint8_t) p->times_s[i];
		}
		break;
	default:
		a->refusal = GBT_NO_SUCH_ITEM;
	}
}

static void get_time(const struct gbt_cabinet *c, struct answer *a)
{
	g_autoptr(GDateTime) t = g_date_time_new_from_unix_utc(c->utc_s + (int64_t) floor(c->now_s + c->clock_off_s));

	number(a, (uint32_t) g_date_time_get_year(t), 2);
	a->data[2] = (uint8_t) g_date_time_get_month(t);
	a->data[3] = (uint8_t) g_date_time_get_day_of_month(t);
	a->data[4] = (uint8_t) g_date_time_get_hour(t);
	a->data[5] = (uint8_t) g_date_time_get_minute(t);
	a->data[6] = (uint8_t) g_date_time_get_second(t);
	a->length = 7;
}

static void get_state(struct gbt_cabinet *c, struct gbt_key k, struct answer *a)
{
	bool wild = c->misdeeds & GBT_OUT_OF_RANGE;

	if (k.object == 1 && (k.attribute == 10 || k.attribute == 11))
		get_time(c, a);
	else if (k.object != 2 || k.element != 1)
		a->refusal = GBT_NO_SUCH_ITEM;
	else if (k.attribute == 2)
		number(a, wild ? (uint32_t) g_rand_int_range(c->rand, 0x34, 0x100) : c->mode, 1);
	else if (k.attribute == 3)
		number(a, c->plan, 1);
	else if (k.attribute == 4)
		number(a, c->stage, 1);
	else
		a->refusal = GBT_NO_SUCH_ITEM;
}

static void get(struct gbt_cabinet *c, struct gbt_key k, struct answer *a)
{
	static const uint8_t lamps[] = {0x10, 0x20, 0x21, 0x30, 0x10};

	switch (k.class) {
	case 1:
		get_device(c, k, a);
		break;
	case 3:
		if (k.object != 3 || k.element < 1 || k.element > MODEL_PHASES || c->misdeeds & GBT_NO_LAMPS)
			a->refusal = GBT_NO_SUCH_ITEM;
		else
			number(a, c->mode == 0x31 ? 0x31 : lamps[c->lamp[k.element - 1]], 1);
		break;
	case 4:
		get_phase(c, k, a);
		break;
	case 6:
		get_stage(c, k, a);
		break;
	case 7:
		get_safety(c, k, a);
		break;
	case 9:
		get_plan(c, k, a);
		break;
	case 10:
		a->length = 64;
		break;
	case 13:
		get_state(c, k, a);
		break;
	case 15:
	case 16:
		number(a, 0, 4);
		break;
	default:
		a->refusal = GBT_NO_SUCH_ITEM;
	}
	if (c->misdeeds & GBT_WRONG_TYPE && k.class == 13 && a->refusal == 0)
		a->length = 3;
}

static uint8_t set_plan(struct gbt_cabinet *c, struct gbt_key k, const uint8_t *d, uint8_t n, uint32_t value)
{
	struct gbt_model_plan *p = &c->plans[k.element];

	if (k.element < 1 || k.element > MODEL_PLANS || k.object != 2)
		return GBT_NO_SUCH_ITEM;
	if (c->misdeeds & GBT_REFUSE_PLANS && k.attribute >= 7)
		return GBT_BAD_VALUE;
	if (k.element == c->plan || (central(c) && k.element == c->called_plan))
		c->counts.running_writes++;
	p->there = true;
	switch (k.attribute) {
	case 2:
		p->junction = (uint8_t) value;
		return n == 1 ? 0 : GBT_WRONG_LENGTH;
	case 3:
		p->cycle_s = value;
		return n == 4 ? 0 : GBT_WRONG_LENGTH;
	case 4:
		p->coordination = (uint8_t) value;
		return n == 1 ? 0 : GBT_WRONG_LENGTH;
	case 5:
		p->offset_s = (uint16_t) value;
		return n == 2 ? 0 : GBT_WRONG_LENGTH;
	case 6:
	case 8:
		if (n == 16)
			memcpy(k.attribute == 6 ? p->stages : p->appearances, d, 16);
		return n == 16 ? 0 : GBT_WRONG_LENGTH;
	case 7:
		for (int i = 0; n == 32 && i < 16; i++)
			p->times_s[i] = (uint16_t) (d[2 * i] << 8 | d[2 * i + 1]);
		if (c->misdeeds & GBT_FORGETFUL)
			p->times_s[15]++;
		return n == 32 ? 0 : GBT_WRONG_LENGTH;
	default:
		return GBT_READ_ONLY;
	}
}

static uint8_t set_control(struct gbt_cabinet *c, struct gbt_key k, uint8_t n, uint32_t value)
{
	if (n != 1 || k.object != 1 || k.element != 1)
		return n != 1 ? GBT_WRONG_LENGTH : GBT_NO_SUCH_ITEM;
	if (c->misdeeds & GBT_REFUSE_CONTROL)
		return GBT_CONTROL_FAILED;
	if (c->misdeeds & GBT_STUCK)
		return 0;
	switch (k.attribute) {
	case 2:
		if (value < 1 || value > c->n_stages)
			return GBT_BAD_VALUE;
		c->called_stage = (uint8_t) value;
		c->counts.called++;
		return 0;
	case 3:
		if (value < 1 || value > MODEL_PLANS || !c->plans[value].there || stages_of(&c->plans[value]) == 0)
			return GBT_BAD_VALUE;
		c->called_plan = (uint8_t) value;
		c->called_stage = 0;
		c->counts.selected++;
		return 0;
	case 4:
		if (c->mode >= 0x30)
			return GBT_CONTROL_FAILED;
		if (value == 0x20 && c->misdeeds & GBT_REFUSE_BACK)
			return GBT_CONTROL_FAILED;
		c->mode = value == 0x20 ? LOCAL : (uint8_t) value;
		if (value == 0x20) {
			c->called_plan = c->called_stage = 0;
			c->counts.released++;
		}
		return 0;
	default:
		return GBT_NO_SUCH_ITEM;
	}
}

static uint8_t set(struct gbt_cabinet *c, const struct gbt_item *item)
{
	uint32_t value = 0;

	c->counts.sets++;
	gbt_item_number(item, &value);
	switch (item->key.class) {
	case 3:
	case 4:
	case 6:
	case 7:
	case 10:
		c->counts.safety_writes++;
		return 0;
	case 9:
		return set_plan(c, item->key, item->data, item->length, value);
	case 17:
		return set_control(c, item->key, item->length, value);
	case 18:
		return c->misdeeds & GBT_REFUSE_BACK ? GBT_CONTROL_FAILED : 0;
	default:
		return GBT_NO_SUCH_ITEM;
	}
}

/* ---- the line ---- */

static void send_frame(struct gbt_cabinet *c, struct gbt_frame *f)
{
	struct gbt_sent *s = g_new0(struct gbt_sent, 1);

	if (c->misdeeds & GBT_OTHER_NUMBER)
		f->controller = 4711;
	if (c->misdeeds & GBT_OWN_SEQUENCE)
		f->sequence = ++c->sequence;
	s->bytes = g_byte_array_new();
	if (c->misdeeds & GBT_NOISE)
		for (int i = g_rand_int_range(c->rand, 1, 20); i > 0; i--) {
			uint8_t b = (uint8_t) g_rand_int_range(c->rand, 0, 0x5c);
			g_byte_array_append(s->bytes, &b, 1);
		}
	gbt_frame_write(f, c->escape, s->bytes);
	if (c->misdeeds & GBT_DAMAGED)
		s->bytes->data[s->bytes->len / 2] ^= 0x01;
	s->due_s = c->now_s + (c->misdeeds & GBT_LATE ? LATE_BY_S : 0);
	g_queue_push_tail(&c->out, s);
}

static void hear_frame(struct gbt_cabinet *c, const uint8_t *bytes, size_t size)
{
	struct gbt_frame f, reply;
	g_autofree struct answer *answers = g_new0(struct answer, GBT_ITEMS_MOST); /* cabinets may live in threads of their own */

	if (!gbt_frame_read(bytes, size, &f, NULL))
		return;
	c->heard_s = c->now_s;
	if (c->misdeeds & GBT_MUTE)
		return;
	reply = f;
	reply.type = (uint8_t) (f.type + 0x10);
	if (c->misdeeds & GBT_SINGLE && f.n_items > 1)
		return;
	for (uint32_t i = 0; i < f.n_items; i++) {
		struct answer *a = &answers[i];
		*a = (struct answer){0};
		if (f.type == GBT_SET)
			a->refusal = set(c, &f.items[i]);
		else
			get(c, f.items[i].key, a);
		reply.items[i].length = a->length;
		reply.items[i].data = a->data;
		if (a->refusal == 0)
			continue;
		reply.type = (uint8_t) (f.type + 0x11); /* one bad item, and the whole frame is an error about it */
		reply.n_items = 1;
		reply.items[0] = (struct gbt_item){.index = 1, .key = f.items[i].key, .length = 1, .data = &a->refusal};
		break;
	}
	send_frame(c, &reply);
}

void gbt_cabinet_hear(struct gbt_cabinet *c, const uint8_t *bytes, size_t size)
{
	if (!c->escape) {
		hear_frame(c, bytes, size);
		return;
	}
	for (size_t i = 0; i < size; i++)
		if (gbt_stream_take(&c->stream, bytes[i]))
			hear_frame(c, c->stream.frame->data, c->stream.frame->len);
}

GByteArray *gbt_cabinet_say(struct gbt_cabinet *c)
{
	struct gbt_sent *s = g_queue_peek_head(&c->out);

	if (s == NULL || s->due_s > c->now_s)
		return NULL;
	g_queue_pop_head(&c->out);
	GByteArray *bytes = s->bytes;
	g_free(s);
	return bytes;
}
