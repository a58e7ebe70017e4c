/* ntcip_status.c - what a unit says each second: one question of some twenty objects, and what it means.
 *
 * Two of them, unitAlarmStatus2 and shortAlarmStatus, forget what was latched when they are read: nobody else may poll the unit.
 */
#include <math.h>
#include <string.h>

#include "daemon/ntcip_inside.h"

#define TAKEN_S 5.0 /* after a command it may still say that it is in backup mode */

enum { YELLOWS, GREENS, PED_CLEARS, WALKS, VEH_CALLS, PED_CALLS, OVERLAP_YELLOWS, OVERLAP_GREENS, N_SETS };

static const enum ntcip_object of_groups[N_SETS] = {NTCIP_YELLOWS, NTCIP_GREENS, NTCIP_PED_CLEARS, NTCIP_WALKS, NTCIP_VEH_CALLS,
	NTCIP_PED_CALLS, NTCIP_OVERLAP_YELLOWS, NTCIP_OVERLAP_GREENS};

static const enum ntcip_object scalars[] = {NTCIP_PATTERN_STATUS, NTCIP_FREE_STATUS, NTCIP_CYCLE_STATUS, NTCIP_CONTROL_STATUS,
	NTCIP_FLASH_STATUS, NTCIP_ALARM2, NTCIP_ALARM1, NTCIP_SHORT_ALARM, NTCIP_PATTERN_CONTROL, NTCIP_TIME};
enum { PATTERN, FREE, CYCLE, CONTROL_BY, FLASH, ALARM2, ALARM1, SHORT_ALARM, CONTROL, TIME, N_SCALARS };

struct said { /* as it came */
	uint32_t sets[N_SETS];
	uint32_t scalars[N_SCALARS];
	bool told[N_SCALARS];
};

static bool bit(uint32_t value, int n)
{
	return (value >> n & 1) != 0;
}

/* Why it is to be left alone, or NULL. Alarms are added. */
static const char *look_away(const struct said *s, uint32_t *alarms)
{
	const uint32_t *v = s->scalars;
	const char *why = NULL;

	if (bit(v[ALARM2], 4) || bit(v[SHORT_ALARM], 7))
		why = "stop time", *alarms |= CONTROLLER_STOPPED;
	if (v[CONTROL_BY] == 5 || v[CONTROL_BY] == 9 || v[CONTROL_BY] == 10)
		why = "somebody runs it by hand", *alarms |= CONTROLLER_MANUAL;
	if (bit(v[SHORT_ALARM], 0) || (s->told[FLASH] && v[FLASH] == 8))
		why = "pre-emption", *alarms |= CONTROLLER_PREEMPTED;
	if ((s->told[FLASH] && v[FLASH] != 2) || v[PATTERN] == 255 || bit(v[SHORT_ALARM], 1) || bit(v[ALARM1], 5))
		why = "it flashes", *alarms |= CONTROLLER_FLASHES;
	if (v[FLASH] == 5 || v[FLASH] == 6 || bit(v[ALARM1], 4))
		why = "its monitor has tripped", *alarms |= CONTROLLER_CONFLICT;
	return why;
}

static uint32_t look_at_alarms(struct ntcip_unit *u, const struct said *s)
{
	const uint32_t *v = s->scalars;
	uint32_t alarms = 0;

	if (bit(v[ALARM2], 0))
		alarms |= CONTROLLER_RESTARTED;
	if (bit(v[ALARM2], 1) || bit(v[ALARM2], 2) || bit(v[SHORT_ALARM], 6) || (v[ALARM1] & 0x0f) != 0)
		alarms |= CONTROLLER_OTHER_ALARM;
	if (bit(v[SHORT_ALARM], 5))
		alarms |= CONTROLLER_DETECTOR;
	if (bit(v[SHORT_ALARM], 4))
		alarms |= CONTROLLER_COORDINATION;
	if (v[CONTROL_BY] == 4)
		alarms |= CONTROLLER_BACKUP_MODE;
	if (v[FREE] >= 7 && v[FREE] <= 11)
		alarms |= CONTROLLER_BAD_PLAN;
	if (u->clock_off)
		alarms |= CONTROLLER_CLOCK;
	return alarms;
}

/* What we believe is in force, and what it says. It forgets commands in backup mode, after a restart and when somebody clears them: so do
 * we. Backup mode is told when it takes something from us, not where it stands when we come: it ends with the next command, and some seconds later only. */
static void look_at_force(struct ntcip_unit *u, const struct said *s, uint32_t *told)
{
	if (u->now.row == 0 || u->command_due || u->now_s - u->row_s < TAKEN_S)
		*told &= ~(uint32_t) CONTROLLER_BACKUP_MODE;

	uint32_t alarms = *told;
	if (u->now.row == 0 || u->command_due || (s->scalars[CONTROL] == u->now.row && (alarms & CONTROLLER_BACKUP_MODE) == 0))
		return;
	u->now = (struct ntcip_force){0};
	u->then = (struct ntcip_force){.preempts = 0};
	u->s.events->refused(u->s.user,
		(alarms & CONTROLLER_RESTARTED) != 0     ? "it was restarted and runs its own plan"
		: (alarms & CONTROLLER_BACKUP_MODE) != 0 ? "it has given us up and runs its own plan (backup mode)"
												 : "it has dropped our command and runs its own plan");
}

/* Is it to be left alone? A minute beyond what was wrong. */
static const char *look_at_mode(struct ntcip_unit *u, const struct said *s, uint32_t *alarms)
{
	const char *why = look_away(s, alarms);

	if (why == NULL && u->facts.coord_mode != 0)
		why = "its coordOperationalMode is not automatic";
	if (why != NULL)
		u->normal_s = NAN;
	else if (isnan(u->normal_s))
		u->normal_s = u->away ? u->now_s : -INFINITY;
	if (why == NULL && u->now_s - u->normal_s < NTCIP_AWAY_S)
		why = "normal again, for less than a minute";
	u->away = why != NULL;
	return why;
}

static void tell(struct ntcip_unit *u, const struct said *s, struct controller_status *status)
{
	const uint32_t *sets = s->sets;
	struct cabinet_lights lights = {.greens = sets[GREENS],
		.ambers = sets[YELLOWS],
		.walks = sets[WALKS],
		.overlap_greens = sets[OVERLAP_GREENS],
		.overlap_ambers = sets[OVERLAP_YELLOWS]};
	char *letters = u->s.map != NULL ? cabinet_map_letters(u->s.map, &lights) : g_strdup("");

	if (u->letters == NULL || strcmp(letters, u->letters) != 0)
		u->since_us = (int64_t) (u->s.wall_s(u->s.time) * 1e6);
	g_free(u->letters);
	u->letters = letters;
	status->state = letters;
	status->since_us = u->since_us;
	status->greens = sets[GREENS];
	status->ambers = sets[YELLOWS];
	status->walks = sets[WALKS];
	status->ped_clears = sets[PED_CLEARS];
	status->vehicle_calls = sets[VEH_CALLS];
	status->ped_calls = sets[PED_CALLS];
	u->greens = sets[GREENS];
	u->s.events->status(u->s.user, status, 1);
}

static void coordination_of(const struct ntcip_unit *u, const struct said *s, struct controller_coordination *c)
{
	uint32_t row = s->scalars[PATTERN];

	c->in_cycle_s = NAN;
	if (s->told[CONTROL] && s->scalars[CONTROL] <= NTCIP_ROWS)
		c->called = s->scalars[CONTROL];
	if (row < 1 || row > NTCIP_ROWS)
		return;
	c->row = row;
	c->cycle_s = u->facts.pattern_cycle[row];
	/* coordCycleStatus counts down, from more than the cycle while it corrects */
	if (s->told[CYCLE] && c->cycle_s > 0 && s->scalars[CYCLE] <= c->cycle_s)
		c->in_cycle_s = fmod(c->cycle_s - s->scalars[CYCLE], c->cycle_s);
	c->in_transition = bit(s->scalars[ALARM2], 5);
}

static void read_said(struct ntcip_unit *u, struct said *s, const struct ntcip_outcome *o)
{
	for (uint32_t i = 0; i < o->n; i++) {
		const struct ntcip_var *v = &o->vars[i];
		if (v->error != NTCIP_OK) {
			u->absent[v->object] = v->error == NTCIP_NO_SUCH;
			continue;
		}
		for (int k = 0; k < N_SETS; k++)
			if (v->object == of_groups[k])
				s->sets[k] |= (uint32_t) v->number << 8 * (v->index - 1);
		for (int k = 0; k < N_SCALARS; k++)
			if (v->object == scalars[k]) {
				s->scalars[k] = (uint32_t) v->number;
				s->told[k] = true;
			}
	}
}

static void on_status(void *user, const struct ntcip_outcome *o)
{
	struct ntcip_unit *u = user;
	struct said s = {0};
	struct controller_status status = {.signal = u->s.signal};

	u->poll_due = false;
	if (ntcip_failed(u, o->error))
		return;
	if (o->error == NTCIP_OK) {
		read_said(u, &s, o);
		if (u->absent[NTCIP_GREENS] || u->absent[NTCIP_YELLOWS] || u->absent[NTCIP_PATTERN_CONTROL]) {
			ntcip_down(u, "it does not tell what shows or what is selected");
			return;
		}
		ntcip_alert(u, &u->garbage, false, "controller-garbage", "its answers fit again");
		u->heard_s = u->now_s;
		u->running = s.scalars[PATTERN];
		u->control = s.scalars[CONTROL];
		u->free_status = s.scalars[FREE];
		if (s.told[TIME])
			ntcip_look_at_clock(u, s.scalars[TIME], u->status_s);
		status.alarms = look_at_alarms(u, &s);
		look_at_force(u, &s, &status.alarms);
		status.why = look_at_mode(u, &s, &status.alarms);
		status.mode = status.why != NULL ? CONTROLLER_AWAY : u->now.row != 0 ? CONTROLLER_CENTRAL : CONTROLLER_LOCAL;
		coordination_of(u, &s, &status.coordination);
		if ((status.alarms & CONTROLLER_RESTARTED) != 0)
			u->look_due = true;
		tell(u, &s, &status);
	}
	ntcip_next(u);
}

void ntcip_ask_status(struct ntcip_unit *u)
{
	struct ntcip_var vars[NTCIP_GROUPS * N_SETS + N_SCALARS];
	uint32_t n = 0, groups = MIN((MIN(u->facts.phases, NTCIP_PHASES) + 7) / 8, NTCIP_GROUPS), overlaps = 0, last = 0;

	u->job = NTCIP_JOB_STATUS;
	u->status_s = u->s.clock_s(u->s.time);
	if (u->s.map != NULL && u->s.map->n_phases > 0)
		last = u->s.map->phases[u->s.map->n_phases - 1].number;
	if (last > 0)
		groups = MIN(groups, (last + 7) / 8);
	if (u->s.map != NULL && u->s.map->n_overlaps > 0)
		overlaps = MIN((u->s.map->overlaps[u->s.map->n_overlaps - 1].number + 7u) / 8, NTCIP_GROUPS);
	for (int k = 0; k < N_SETS; k++)
		for (uint32_t g = 1; g <= (k >= OVERLAP_YELLOWS ? overlaps : groups); g++)
			if (!u->absent[of_groups[k]])
				ntcip_add(vars, &n, of_groups[k], g, 0, 0);
	for (int k = 0; k < N_SCALARS; k++)
		if (!u->absent[scalars[k]])
			ntcip_add(vars, &n, scalars[k], 0, 0, 0);
	ntcip_talk_get(u->talk, vars, n, 1, on_status);
}
