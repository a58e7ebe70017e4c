/* steered.c - see steered.h. */
#include "daemon/steered.h"

#include <math.h>
#include <string.h>

#include "core/units.h"
#include "daemon/bands.h"

#define PRIORITY_LEVEL 14
#define CARRY_S 15.0 /* a pilot that begins anew has seen its lanes and taken its junctions up by then, if cameras live */
#define REFUSED_OVER_S 15.0 /* nothing was refused for so long: what is refused is tried again sooner than that */

struct steered {
	struct steered_setup setup;
	struct controller *controller;
	struct steer *steer;
	bool holds;
	uint32_t can;
	phase_set greens; /* as reported last */
	uint16_t stage;
	uint32_t target; /* the stage that the last call was for */
	bool called;
	char *corridor;	  /* id of the priority request that stands, NULL none */
	const struct plan *told; /* the pilot knows that it runs this one; only compared */
	uint64_t told_selects;
	char *last_is;    /* what the last write or select asked for, for the log */
	bool refuses, steer_refused; /* the driver says so, or steering: one alert for both */
	double refused_s;	     /* when the driver did last */
	bool wrong;		     /* steering says so, of anything */
	double carried_s;	     /* until then what runs goes on though the pilot does not know yet; -INFINITY not */
};

static const char *id_of(const struct steered *s)
{
	return s->setup.map->junction->id;
}

static void note(struct steered *s, const char *who, const char *what, const char *was, const char *is, const char *reply, double answer_s)
{
	command_log_add(s->setup.log, &(struct command_line){id_of(s), who, what, was, is, reply, answer_s});
}

static void on_steer_alert(void *user, const char *kind, bool active, const char *sentence)
{
	struct steered *s = user;

	s->wrong = active; /* one at a time */
	if (strcmp(kind, "controller-refused") == 0) {
		s->steer_refused = active;
		active |= s->refuses;
	}
	herald_alert(s->setup.herald, kind, s->setup.where, active, sentence);
}

void steered_refused(struct steered *s, const char *why, double now_s)
{
	s->refuses = true;
	s->refused_s = now_s;
	herald_alert(s->setup.herald, "controller-refused", s->setup.where, true, why);
}

static void look_at_refusals(struct steered *s, double now_s)
{
	if (!s->refuses || now_s - s->refused_s < REFUSED_OVER_S)
		return;
	s->refuses = false;
	if (!s->steer_refused)
		herald_alert(s->setup.herald, "controller-refused", s->setup.where, false, "it refuses nothing any more");
}

static struct steer_options options_of(const struct steered_setup *setup)
{
	const struct config_controller *c = setup->config;
	struct steer_options o = steer_options_default();

	o.every_s = setup->every_s;
	o.rows[0] = c->rows[0];
	o.rows[1] = c->rows[1];
	o.stored = c->stored_plan;
	o.unbacked = c->unbacked;
	o.banded = c->n_bands > 0 && setup->map->junction->n_stages <= G_N_ELEMENTS(o.bands) && bands_read(setup->map, c->bands, c->n_bands, o.bands, NULL);
	for (uint32_t i = 0; i < c->n_coordinated; i++)
		o.coordinated |= phase_bit(c->coordinated[i]);
	return o;
}

struct steered *steered_new(const struct steered_setup *setup)
{
	struct steered *s = g_new0(struct steered, 1);
	struct steer_options options = options_of(setup);
	struct pilot_look look;

	s->setup = *setup;
	s->carried_s = -INFINITY;
	s->can = setup->driver->can;
	s->holds = strcmp(setup->config->style, "holds") == 0;
	pilot_look(setup->pilot, setup->junction, &look);
	s->steer = steer_new(setup->map, setup->signal, s->can, look.plan, &options, on_steer_alert, s);
	if (!s->holds)
		pilot_runs(setup->pilot, setup->junction, NULL);
	return s;
}

void steered_free(struct steered *s)
{
	if (s == NULL)
		return;
	steer_free(s->steer);
	g_free(s->corridor);
	g_free(s->last_is);
	g_free(s);
}

void steered_begin(struct steered *s, struct controller *controller)
{
	s->controller = controller;
}

/* ---- what it reports ---- */

void steered_up(struct steered *s, uint32_t can, double now_s)
{
	s->can = can;
	s->called = false;
	steer_up(s->steer, can, now_s);
}

void steered_down(struct steered *s)
{
	s->called = false;
	g_clear_pointer(&s->corridor, g_free);
	steer_down(s->steer);
}

struct raising {
	const struct controller_timing *timing;
	const struct cabinet_map *map;
};

static bool raise_limits(void *user, struct junction *junction)
{
	const struct raising *r = user;

	return cabinet_timing_tighten(r->timing, r->map, junction);
}

void steered_timing(struct steered *s, const struct controller_timing *timing, double now_s)
{
	struct steer_look look;

	steer_timing(s->steer, timing);
	steer_look(s->steer, &look);
	if (look.state != STEER_WAITING && pilot_tighten(s->setup.pilot, s->setup.junction, raise_limits, &(struct raising){timing, s->setup.map}, now_s))
		g_message("%s: the cabinet's minimums and clearances are stricter than ours, which were raised to them", id_of(s));
}

bool steered_leads(const struct steered *s)
{
	struct steer_look look;

	steer_look(s->steer, &look);
	return !s->holds && look.row != 0 && look.plan != NULL && look.state >= STEER_WRITING && !s->wrong && !s->refuses;
}

void steered_carry(struct steered *s, const struct steered_setup *setup, double now_s)
{
	struct steer_look look;

	s->setup = *setup;
	s->carried_s = now_s + CARRY_S;
	steer_settle(s->steer, now_s);
	steer_look(s->steer, &look);
	if (look.timing != NULL)
		pilot_tighten(s->setup.pilot, s->setup.junction, raise_limits, &(struct raising){look.timing, s->setup.map}, now_s);
	pilot_runs(s->setup.pilot, s->setup.junction, look.plan);
}

static enum pilot_street street_of(const struct steered *s, const struct controller_status *status)
{
	if (status->mode == CONTROLLER_AWAY)
		return STREET_AWAY;
	return s->holds ? STREET_HELD : STREET_PATTERN;
}

void steered_status(struct steered *s, const struct controller_status *status, double now_s)
{
	enum pilot_street street = street_of(s, status);

	s->greens = status->greens;
	s->stage = status->stage;
	look_at_refusals(s, now_s);
	pilot_away(s->setup.pilot, s->setup.junction, status->why);
	pilot_reported(s->setup.pilot, s->setup.junction, status->state, street, now_s);
	steer_status(s->steer, status, now_s);
}

static const char *told_name(enum controller_told told)
{
	static const char *const names[] = {"show", "write", "select", "call", "release", "priority"};

	return (size_t) told < G_N_ELEMENTS(names) ? names[told] : "?";
}

void steered_reply(struct steered *s, const struct controller_reply *reply, double now_s)
{
	note(s, reply->told == CONTROLLER_TOLD_RELEASE ? "daemon" : "optimizer", told_name(reply->told), reply->was, reply->is != NULL ? reply->is : s->last_is,
		reply->ok ? "ok" : reply->why, reply->answer_s);
	steer_reply(s->steer, reply, now_s);
}

/* ---- what it is told ---- */

double steered_own_cycle_s(const struct steered *s)
{
	struct pilot_look look;

	pilot_look(s->setup.pilot, s->setup.junction, &look);
	return look.plan->cycle_s;
}

static struct replan_options replan_options_of(const struct steered *s)
{
	struct replan_options o = replan_options_default();
	struct steer_look look;
	struct pilot_look pilot;

	steer_look(s->steer, &look);
	pilot_look(s->setup.pilot, s->setup.junction, &pilot);
	if (look.timing != NULL)
		o.cycle_min_s = fmax(o.cycle_min_s, pattern_least_cycle_s(pilot.plan, s->setup.map, look.timing));
	if (look.timing != NULL && !isnan(look.timing->cycle_min_s))
		o.cycle_min_s = fmax(o.cycle_min_s, look.timing->cycle_min_s);
	if (look.timing != NULL && !isnan(look.timing->cycle_max_s))
		o.cycle_max_s = fmin(o.cycle_max_s, look.timing->cycle_max_s);
	if ((s->can & (CONTROLLER_PATTERNS | CONTROLLER_CYCLES)) == 0)
		o.cycle_min_s = o.cycle_max_s = steered_own_cycle_s(s);
	return o;
}

double steered_cycle_s(const struct steered *s)
{
	struct replan_options o = replan_options_of(s);
	struct pilot_look look;
	struct steer_look is;

	pilot_look(s->setup.pilot, s->setup.junction, &look);
	steer_look(s->steer, &is);
	return s->holds || !look.steered ? UNKNOWN : pilot_cycle_s(s->setup.pilot, s->setup.junction, is.plan != NULL ? is.plan : look.plan, &o);
}

void steered_look(const struct steered *s, struct steer_look *look)
{
	steer_look(s->steer, look);
}

/* The plan to run next, or NULL: hand it back. Owned by the caller. */
static struct plan *wish_of(struct steered *s, const struct pilot_look *pilot, double (*cycle_s)(void *, const struct steered *), void *user, double now_s)
{
	struct steer_look is;

	steer_look(s->steer, &is);
	if (!pilot->steered || (pilot->mode != PILOT_ADAPTIVE && pilot->mode != PILOT_TAPER && pilot->mode != PILOT_CORRIDOR))
		return now_s < s->carried_s && pilot->mode != PILOT_HOLD && is.plan != NULL ? plan_copy(is.plan) : NULL;
	s->carried_s = -INFINITY;
	const struct plan *now = is.plan != NULL ? is.plan : pilot->plan;
	if (pilot->mode != PILOT_ADAPTIVE || !steer_open(s->steer, now_s))
		return plan_copy(now);
	struct replan_options o = replan_options_of(s);
	bool own_cycle = o.cycle_min_s >= o.cycle_max_s; /* whatever cycle its group has */
	struct plan *next = pilot_replan(s->setup.pilot, s->setup.junction, now, own_cycle ? o.cycle_min_s : cycle_s(user, s), &o);
	return next != NULL ? next : plan_copy(now);
}

static void run_pattern(struct steered *s, const struct pilot_look *pilot, double (*cycle_s)(void *, const struct steered *), void *user, double now_s)
{
	const struct controller_driver *d = s->setup.driver;
	owned(plan) wish = wish_of(s, pilot, cycle_s, user, now_s);
	struct steer_look before, after;

	steer_look(s->steer, &before);
	struct steer_act act = steer_tick(s->steer, wish, now_s);
	steer_look(s->steer, &after);
	switch (act.what) {
	case STEER_WRITE: {
		g_autofree char *print = pattern_print(act.pattern);
		g_free(s->last_is);
		s->last_is = g_strdup_printf("row %u: %s", act.row, print);
		note(s, "optimizer", "write", NULL, s->last_is, "sent", UNKNOWN);
		d->write(s->controller, act.pattern);
		break;
	}
	case STEER_SELECT: {
		g_autofree char *was = g_strdup_printf("row %u", before.row);
		g_free(s->last_is);
		s->last_is = g_strdup_printf("row %u", act.row);
		note(s, "optimizer", "select", was, s->last_is, "sent", UNKNOWN);
		d->select(s->controller, s->setup.signal, act.row);
		break;
	}
	case STEER_RELEASE:
		note(s, "daemon", "release", NULL, after.why, "sent", UNKNOWN);
		d->release(s->controller, &s->setup.signal, 1);
		break;
	case STEER_NOTHING:
		break;
	}
}

/* Those of the wanted stage are held while they are green; the others end. Who is wanted and dark is called; who is not is passed over,
 * or the cabinet would serve each of its phases on the way that anybody waits at. */
static struct controller_call call_for(const struct steered *s, uint32_t target)
{
	const struct cabinet_map *map = s->setup.map;
	phase_set wanted = map->stage_phases[target];
	struct controller_call call = {.signal = s->setup.signal};
	struct steer_look look;

	call.hold = s->greens & wanted;
	call.force_off = s->greens & map->all & ~wanted;
	call.omit = map->all & ~wanted & ~s->greens;
	call.vehicle_calls = wanted & ~s->greens;
	call.ped_calls = map->stage_walks[target] & ~s->greens;
	steer_look(s->steer, &look);
	for (uint32_t i = 0; look.timing != NULL && i < look.timing->n_stages; i++)
		if ((look.timing->stages[i].phases & map->all) == (wanted | map->stage_walks[target]))
			call.stage = look.timing->stages[i].number;
	return call;
}

static void let_go(struct steered *s, const char *why)
{
	note(s, "daemon", "release", NULL, why, "sent", UNKNOWN);
	s->setup.driver->release(s->controller, &s->setup.signal, 1);
	s->called = false;
}

static void run_holds(struct steered *s, const struct pilot_look *pilot)
{
	struct steer_look look;

	steer_look(s->steer, &look);
	bool wanted = pilot->steered && pilot->target != STAGE_NONE && pilot->mode != PILOT_RELEASED && look.state != STEER_WAITING;
	if (!wanted && s->called)
		let_go(s, pilot->why);
	if (!wanted)
		return;
	struct controller_call call = call_for(s, pilot->target);
	if (!s->called || s->target != pilot->target) {
		g_autofree char *is = g_strdup_printf("stage %s: hold %#" G_GINT64_MODIFIER "x, force off %#" G_GINT64_MODIFIER "x",
			s->setup.map->junction->stages[pilot->target].name, call.hold, call.force_off);
		note(s, pilot->mode == PILOT_HOLD ? "operator" : "optimizer", "call", NULL, is, "sent", UNKNOWN);
	}
	s->called = true;
	s->target = pilot->target;
	s->setup.driver->call(s->controller, &call, 1);
}

/* An emergency vehicle on its way through a corridor. */
static void run_priority(struct steered *s, const struct pilot_look *pilot)
{
	struct controller_priority p = {.signal = s->setup.signal, .vehicle = CONTROLLER_CLASS_EMERGENCY, .level = PRIORITY_LEVEL,
		.in_s = pilot->corridor != NULL ? fmax(pilot->corridor_in_s, 0) : 0};
	bool wanted = pilot->corridor != NULL && pilot->asked < s->setup.map->junction->n_stages;

	if (s->setup.driver->priority == NULL || (s->can & CONTROLLER_PRIORITY) == 0)
		return;
	if (s->corridor != NULL && (!wanted || strcmp(s->corridor, pilot->corridor) != 0)) {
		p.id = s->corridor;
		p.asks = CONTROLLER_ASK_CANCEL;
		note(s, "operator", "priority", s->corridor, "over", "sent", UNKNOWN);
		s->setup.driver->priority(s->controller, &p);
		g_clear_pointer(&s->corridor, g_free);
	}
	if (!wanted || s->corridor != NULL)
		return;
	p.id = s->corridor = g_strdup(pilot->corridor);
	p.asks = CONTROLLER_ASK_NEW;
	p.phases = s->setup.map->stage_phases[pilot->asked];
	note(s, "operator", "priority", NULL, s->corridor, "sent", UNKNOWN);
	s->setup.driver->priority(s->controller, &p);
}

/* Told when another plan runs, not each second. */
static void tell_pilot(struct steered *s)
{
	struct steer_look look;

	steer_look(s->steer, &look);
	if (s->holds || (look.plan == s->told && look.selects == s->told_selects))
		return;
	s->told = look.plan;
	s->told_selects = look.selects;
	pilot_runs(s->setup.pilot, s->setup.junction, look.plan);
}

void steered_command(struct steered *s, double (*cycle_s)(void *user, const struct steered *s), void *user, double now_s)
{
	struct pilot_look look;

	pilot_look(s->setup.pilot, s->setup.junction, &look);
	if (s->holds)
		run_holds(s, &look);
	else
		run_pattern(s, &look, cycle_s, user, now_s);
	run_priority(s, &look);
	tell_pilot(s);
}

void steered_release(struct steered *s, const char *why)
{
	let_go(s, why);
}
