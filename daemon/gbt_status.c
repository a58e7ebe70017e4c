/* gbt_status.c - what a GB/T 20999 controller shows, its clock and its alarms; see gbt_unit_inside.h. */
#include "daemon/gbt_unit_inside.h"

#define CLOCK_OFF_S 1.5 /* it tells whole seconds: beyond that they differ by more than one */
#define GAP_S 3.0	    /* without a status for so long */
#define FIXED 3		/* items of a status before the lamps */
#define STATUS_CALM_S 5.0 /* a status that cannot be is over when there was none for so long */
#define TORN_S 0.9	/* lamps that were asked for one by one, for so long, never showed together */

static double now(const struct gbt_unit *u)
{
	return u->setup.now_s(u->setup.user);
}

static void query(struct gbt_exchange *e, struct gbt_key k)
{
	gbt_exchange_query(e, k.class, k.object, k.attribute, k.element);
}

/* The phases' first lamp groups stand for them. */
static uint32_t lamp_of(const struct gbt_unit *u, uint32_t phase)
{
	phase_set lamps = u->timing.phases[phase - 1].lamps;

	return lamps == 0 ? 0 : (uint32_t) __builtin_ctzll(lamps) + 1;
}

static phase_set watched(const struct gbt_unit *u)
{
	return u->setup.map != NULL ? u->setup.map->all : u->timing.used;
}

void gbt_status_ask(struct gbt_unit *u)
{
	struct gbt_exchange e = {.type = GBT_QUERY, .purpose = GBT_FOR_STATUS};

	query(&e, GBT_MODE(u->setup.junction));
	query(&e, GBT_PLAN(u->setup.junction));
	query(&e, GBT_STAGE(u->setup.junction));
	for (uint32_t p = 1; u->lamps && u->life == GBT_UP && p <= GBT_PHASES && e.n < GBT_EXCHANGE_MOST - 3; p++)
		if ((watched(u) & phase_bit(p)) != 0 && lamp_of(u, p) != 0)
			query(&e, GBT_LAMP_STATE((uint8_t) lamp_of(u, p)));
	if (u->stage != 0) {
		query(&e, GBT_STAGE_STATE((uint8_t) u->stage));
		query(&e, GBT_STAGE_ELAPSED((uint8_t) u->stage));
		query(&e, GBT_STAGE_REMAINING((uint8_t) u->stage));
	}
	gbt_talk_ask(u->talk, &e, true, now(u));
}

static bool read_lamps(const struct gbt_unit *u, const struct gbt_exchange *e, struct cabinet_lights *lights)
{
	uint32_t colour;

	for (uint32_t p = 1; p <= GBT_PHASES; p++) {
		if ((watched(u) & phase_bit(p)) == 0)
			continue;
		uint32_t lamp = lamp_of(u, p), i = FIXED;
		while (i < e->n && gbt_key_number(e->values[i].key) != gbt_key_number(GBT_LAMP_STATE((uint8_t) lamp)))
			i++;
		if (lamp == 0 || i == e->n || !gbt_exchange_value(e, i, &colour))
			return false;
		if (colour >= GBT_LAMP_GREEN && colour <= GBT_LAMP_GREEN + 2)
			lights->greens |= phase_bit(p);
		else if (colour >= GBT_LAMP_YELLOW && colour <= GBT_LAMP_YELLOW + 2)
			lights->ambers |= phase_bit(p);
	}
	return true;
}

/* The value of an item that may be in it behind the lamps. */
static bool extra(const struct gbt_exchange *e, struct gbt_key key, uint32_t *value)
{
	for (uint32_t i = FIXED; i < e->n; i++)
		if (gbt_key_number(e->values[i].key) == gbt_key_number(key))
			return gbt_exchange_value(e, i, value);
	return false;
}

/* Without its lamps: what the stage shows, and all of it counts as ending while it changes. */
static void lights_of_stage(const struct gbt_unit *u, const struct gbt_exchange *e, uint16_t stage, struct cabinet_lights *lights)
{
	uint32_t state = GBT_STAGE_CHANGING;

	if (stage == 0)
		return;
	extra(e, GBT_STAGE_STATE((uint8_t) stage), &state);
	phase_set phases = u->timing.stage_phases[stage - 1] & watched(u);
	if (state == GBT_STAGE_WAY)
		lights->greens = phases;
	else if (state == GBT_STAGE_CHANGING)
		lights->ambers = phases;
}

static enum controller_mode mode_of(const struct gbt_unit *u, const char *away)
{
	if (u->force != GBT_FORCE_NONE && u->mode >= GBT_CENTRE && u->mode <= (u->force == GBT_FORCE_STAGE ? GBT_CENTRE_MANUAL : GBT_CENTRE_ADAPTIVE))
		return CONTROLLER_CENTRAL; /* called stages may run as manual control by the centre: that is us */
	return away != NULL ? CONTROLLER_AWAY : CONTROLLER_LOCAL;
}

static uint32_t alarms_of(const struct gbt_unit *u)
{
	uint32_t alarms = u->alarms;

	if (u->mode == GBT_FLASH)
		alarms |= CONTROLLER_FLASHES;
	if (u->mode == GBT_LOCAL_MANUAL || (u->mode == GBT_CENTRE_MANUAL && u->force != GBT_FORCE_STAGE))
		alarms |= CONTROLLER_MANUAL;
	if (u->mode == GBT_ALL_RED || u->mode == GBT_OFF)
		alarms |= CONTROLLER_STOPPED;
	if (u->mode == GBT_SPECIAL)
		alarms |= CONTROLLER_PREEMPTED;
	if (u->faults[GBT_FAULT_CLOCK])
		alarms |= CONTROLLER_CLOCK;
	return alarms;
}

/* How long the stage has had the right of way, as we saw it: never longer than it really has. */
static void watch_way(struct gbt_unit *u, const struct gbt_exchange *e, uint16_t stage)
{
	uint32_t state, left_s;

	u->left_s = stage != 0 && extra(e, GBT_STAGE_REMAINING((uint8_t) stage), &left_s) ? left_s : UNKNOWN;
	if (stage == 0 || stage != u->stage || (extra(e, GBT_STAGE_STATE((uint8_t) stage), &state) && state != GBT_STAGE_WAY))
		u->way_s = UNKNOWN; /* of a new stage nothing was asked yet */
	else if (isnan(u->way_s) && !isnan(u->seen_s))
		u->way_s = now(u);
}

bool gbt_unit_led(const struct gbt_unit *u)
{
	return u->mode >= GBT_CENTRE && u->mode <= GBT_CENTRE_ADAPTIVE && u->force == GBT_FORCE_NONE && u->row == 0;
}

static struct controller_coordination coordination_of(const struct gbt_unit *u)
{
	uint32_t called = u->force == GBT_FORCE_ROW ? u->row : 0;
	double cycle_s = u->cycle_s[u->plan];

	if (u->force == GBT_FORCE_STAGE)
		return (struct controller_coordination){.in_cycle_s = UNKNOWN}; /* called stages run, no plan, whatever number it tells */
	return (struct controller_coordination){.row = u->plan, .called = called, .cycle_s = cycle_s > 0 ? cycle_s : 0, .in_cycle_s = UNKNOWN,
		.in_transition = called != 0 && called != u->plan, .led = gbt_unit_led(u)};
}

static void tell(struct gbt_unit *u, const struct gbt_exchange *e, uint16_t stage)
{
	struct cabinet_lights lights = {.no_walks = true};
	uint32_t elapsed_s, state = GBT_STAGE_WAY;
	bool torn = e->one_by_one && now(u) - e->asked_s > TORN_S;
	bool measured = u->lamps && u->life == GBT_UP && !torn && read_lamps(u, e, &lights);
	const char *why = gbt_mode_away(u->mode);

	if (!measured && u->life == GBT_UP) {
		lights = (struct cabinet_lights){.no_walks = true};
		lights_of_stage(u, e, stage, &lights);
	}
	bool known = stage != 0 && extra(e, GBT_STAGE_ELAPSED((uint8_t) stage), &elapsed_s);
	bool between = stage != 0 && extra(e, GBT_STAGE_STATE((uint8_t) stage), &state) && state != GBT_STAGE_WAY;
	g_autofree char *letters = u->setup.map != NULL ? cabinet_map_letters(u->setup.map, &lights) : g_strdup("");
	struct controller_status status = {.signal = u->setup.signal, .state = letters, .mode = mode_of(u, why),
		.since_us = known ? u->setup.utc_us(u->setup.user) - (int64_t) elapsed_s * US_PER_S : 0, .alarms = alarms_of(u),
		.coordination = coordination_of(u), .greens = lights.greens, .ambers = lights.ambers, .stage = between ? 0 : stage};
	status.why = status.mode == CONTROLLER_AWAY ? why : NULL;
	u->alarms = 0;
	u->setup.events->status(u->setup.events_user, &status, 1);
}

void gbt_status_take(struct gbt_unit *u, const struct gbt_exchange *e)
{
	uint32_t mode, plan, stage;

	for (uint32_t i = FIXED; i < e->n; i++)
		if (e->values[i].refusal != 0 && e->values[i].key.class == 3)
			u->lamps = false;
	if (!gbt_exchange_value(e, 0, &mode) || !gbt_exchange_value(e, 1, &plan) || !gbt_exchange_value(e, 2, &stage) || mode > GBT_OFF ||
		mode < GBT_CENTRE || plan > 255 || stage > (u->life == GBT_UP ? u->timing.n_stages : GBT_STAGES)) {
		gbt_unit_fault(u, GBT_FAULT_STATUS, true, "its mode, plan or stage is none that there can be");
		return; /* its status gets old, and it is no longer counted on */
	}
	if (now(u) - u->fault_s[GBT_FAULT_STATUS] > STATUS_CALM_S)
		gbt_unit_fault(u, GBT_FAULT_STATUS, false, "its mode, plan and stage can be read again");
	if (!(e->asked_s - u->seen_s <= GAP_S))
		u->way_s = UNKNOWN; /* who knows what it did meanwhile */
	u->mode = (uint8_t) mode;
	u->plan = (uint8_t) plan;
	watch_way(u, e, (uint16_t) stage);
	u->stage = (uint16_t) stage;
	u->seen_s = e->asked_s; /* a late answer is as old as its question */
	if (u->force != GBT_FORCE_NONE && (mode < GBT_CENTRE || mode > GBT_CENTRE_MANUAL))
		u->way_s = UNKNOWN; /* not any more, or not yet: perhaps it began anew */
	gbt_orders_watch(u);
	tell(u, e, (uint16_t) stage);
	if (u->life == GBT_UP)
		gbt_orders_next(u);
}

void gbt_clock_ask(struct gbt_unit *u)
{
	struct gbt_exchange e = {.type = GBT_QUERY, .purpose = GBT_FOR_CLOCK};

	query(&e, GBT_LOCAL_TIME);
	query(&e, GBT_ALARMS);
	query(&e, GBT_FAULTS);
	gbt_talk_ask(u->talk, &e, false, now(u));
}

/* Its local time, in seconds as if its zone were UTC. False: no time at all. */
static bool read_time(const struct gbt_value *v, double *time_s)
{
	if (!v->answered || v->refusal != 0 || v->length != 7)
		return false;
	g_autoptr(GDateTime) time = g_date_time_new_utc(v->data[0] << 8 | v->data[1], v->data[2], v->data[3], v->data[4], v->data[5], v->data[6]);
	if (time != NULL)
		*time_s = (double) g_date_time_to_unix(time);
	return time != NULL;
}

static void check_clock(struct gbt_unit *u, const struct gbt_exchange *e)
{
	double theirs_s;

	if (isnan(u->setup.zone_s) || (e->values[0].answered && e->values[0].refusal != 0))
		return; /* not looked at, or it has none */
	if (!read_time(&e->values[0], &theirs_s)) {
		gbt_unit_fault(u, GBT_FAULT_CLOCK, true, "its clock tells no time that there is");
		return;
	}
	double waited_s = now(u) - e->asked_s;
	double ours_s = us_to_s(u->setup.utc_us(u->setup.user)) + u->setup.zone_s - waited_s / 2;
	double off_s = theirs_s + 0.5 - ours_s;
	if (fabs(off_s) > CLOCK_OFF_S + waited_s / 2)
		gbt_unit_fault(u, GBT_FAULT_CLOCK, true, "its clock is %.0f s %s ours: offsets would mean nothing", fabs(off_s), off_s > 0 ? "ahead of" : "behind");
	else
		gbt_unit_fault(u, GBT_FAULT_CLOCK, false, "its clock is right");
}

void gbt_clock_take(struct gbt_unit *u, const struct gbt_exchange *e)
{
	int64_t *const counts[] = {&u->alarm_count, &u->fault_count};
	uint32_t value;

	check_clock(u, e);
	for (uint32_t i = 0; i < G_N_ELEMENTS(counts); i++)
		if (gbt_exchange_value(e, 1 + i, &value)) {
			if (*counts[i] >= 0 && *counts[i] != value)
				u->alarms |= CONTROLLER_OTHER_ALARM;
			*counts[i] = value;
		}
}
