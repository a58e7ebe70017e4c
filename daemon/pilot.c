/* pilot.c - see pilot.h. What concerns one junction alone is in piloted.c and piloted_street.c. */
#include "daemon/pilot.h"

#include "daemon/piloted.h"
#include "daemon/freshness.h"
#include "optimizer/profile.h"

#define JUMP_S 60.0 /* ticks further apart than this: the clock was set, or the machine slept */
#define BLIND_FRAC 0.2
#define AHEAD_S 1.0 /* an estimate may be from so far ahead: clocks differ */

G_DEFINE_QUARK(pilot-error-quark, pilot_error)

struct pilot {
	const struct network *net;
	struct pilot_options options;
	struct piloted **junctions;
	uint32_t n;
	uint32_t *by_signal; /* network signal -> junction, or NET_NONE */
	char **unguarded;    /* network signal -> why, or NULL */
	struct freshness *watch;
	const struct method *method;
	struct optimizer *optimizer;
	struct corridors *corridors;
	const struct junction **junction_of; /* by signal, NULL: not guarded */
	const struct guard **guard_of;
	bool *shows_of; /* it shows any letters that it is told */
	double tick_s, decided_s; /* -INFINITY: never */
	bool tightened; /* limits were raised since the optimizer was made */
	struct pilot_counts counts;
};

static const char *const mode_names[PILOT_N_MODES] = {"adaptive", "taper", "fixed", "hold", "corridor", "released"};

const char *pilot_mode_name(enum pilot_mode mode)
{
	return mode < PILOT_N_MODES ? mode_names[mode] : "?";
}

bool pilot_runs_programs(const char *method)
{
	return strcmp(method, "fixed") == 0 || strcmp(method, "actuated") == 0;
}

struct pilot_options pilot_options_default(void)
{
	return (struct pilot_options){
		.method = "adaptive",
		.stale_s = 5,
		.taper_s = 30,
		.seen_frac = 0.5,
		.decide_s = 1,
		.disagree_s = 3,
		.silent_s = 3,
		.retry_s = 30,
		.optimizer = optimizer_options_default(),
		.corridor = corridor_options_default(),
	};
}

/* What the days taught outlives whatever makes the optimizer begin anew. */
static void remember(struct optimizer *o, const struct optimizer *old, const struct network *net)
{
	struct profile_days days;

	for (uint32_t lane = 0; lane < net->n_lanes; lane++)
		if (optimizer_learned(old, lane, &days))
			optimizer_teach(o, lane, &days);
}

/* The optimizer hears what the cabinet of a junction runs by itself. */
static void tell_runs(struct pilot *p, uint32_t j)
{
	const struct piloted *q = p->junctions[j];

	if (q->patterned && p->optimizer != NULL)
		optimizer_runs(p->optimizer, j, q->runs != NULL ? q->runs : q->plan);
}

/* (Re)starts the optimizer: it shares the junctions and their plans. */
static bool start_optimizer(struct pilot *p, GError **error)
{
	g_autofree const struct junction **junctions = g_new0(const struct junction *, p->n + 1);
	g_autofree const struct plan **plans = g_new0(const struct plan *, p->n + 1);

	for (uint32_t j = 0; j < p->n; j++) {
		junctions[j] = p->junctions[j]->junction;
		plans[j] = p->junctions[j]->plan;
	}
	struct optimizer *old = g_steal_pointer(&p->optimizer);
	p->decided_s = -INFINITY;
	if (p->n == 0)
		return true;
	p->optimizer = optimizer_alloc(p->net, junctions, plans, p->n, p->method, &p->options.optimizer, error);
	if (old != NULL && p->optimizer != NULL)
		remember(p->optimizer, old, p->net);
	optimizer_free(old);
	for (uint32_t j = 0; p->optimizer != NULL && j < p->n; j++) {
		p->junctions[j]->blind = optimizer_blind(p->optimizer, j);
		tell_runs(p, j);
	}
	return p->optimizer != NULL;
}

static bool options_check(const struct network *net, const struct pilot_options *o, GError **error)
{
	if (net->n_signals == 0) {
		g_set_error(error, PILOT_ERROR, PILOT_ERROR_NETWORK, "the network has no signals");
		return false;
	}
	if (!(o->stale_s > 0) || !(o->taper_s >= 0) || !(o->decide_s > 0) || !(o->disagree_s >= 0) || !(o->silent_s > 0) || !(o->retry_s >= 0)) {
		g_set_error(error, PILOT_ERROR, PILOT_ERROR_OPTION, "the pilot's times must be above 0 s (taper, disagree and retry: 0 s or more)");
		return false;
	}
	if (!(o->seen_frac > 0 && o->seen_frac <= 1)) {
		g_set_error(error, PILOT_ERROR, PILOT_ERROR_OPTION, "%g of the lanes are to be seen, must be above 0 and at most 1", o->seen_frac);
		return false;
	}
	return true;
}

struct pilot *pilot_new(const struct network *net, const struct pilot_options *options, GError **error)
{
	if (!options_check(net, options, error))
		return NULL;
	owned(pilot) p = g_new0(struct pilot, 1);

	p->net = net;
	p->options = *options;
	p->method = method_find(options->method);
	if (p->method == NULL) {
		g_autofree char *names = g_strjoinv(", ", (char **) method_names());
		g_set_error(error, PILOT_ERROR, PILOT_ERROR_OPTION, "there is no method \"%s\", there are: %s", options->method, names);
		return NULL;
	}
	p->junctions = g_new0(struct piloted *, net->n_signals);
	p->by_signal = g_new0(uint32_t, net->n_signals);
	p->unguarded = g_new0(char *, net->n_signals);
	p->watch = freshness_new(net->n_lanes, options->stale_s, options->seen_frac);
	p->corridors = corridors_new(net, &options->corridor, options->on_alert, options->user);
	p->junction_of = g_new0(const struct junction *, net->n_signals);
	p->guard_of = g_new0(const struct guard *, net->n_signals);
	p->shows_of = g_new0(bool, net->n_signals);
	for (uint32_t s = 0; s < net->n_signals; s++) {
		g_autoptr(GError) why = NULL;
		struct piloted *q = piloted_new(net, s, &p->options, &why);
		p->by_signal[s] = q != NULL ? p->n : NET_NONE;
		if (q == NULL) {
			p->unguarded[s] = g_strdup(why->message);
			continue;
		}
		q->corridors = p->corridors;
		p->junction_of[s] = q->junction;
		p->junctions[p->n++] = q;
	}
	p->tick_s = -INFINITY;
	return start_optimizer(p, error) ? give(p) : NULL;
}

void pilot_free(struct pilot *p)
{
	if (p == NULL)
		return;
	optimizer_free(p->optimizer);
	for (uint32_t j = 0; j < p->n; j++)
		piloted_free(p->junctions[j]);
	for (uint32_t s = 0; p->unguarded != NULL && s < p->net->n_signals; s++)
		g_free(p->unguarded[s]);
	g_free(p->unguarded);
	g_free(p->by_signal);
	g_free(p->junctions);
	g_free(p->junction_of);
	g_free(p->guard_of);
	g_free(p->shows_of);
	corridors_free(p->corridors);
	freshness_free(p->watch);
	g_free(p);
}

uint32_t pilot_n(const struct pilot *p)
{
	return p->n;
}

const struct junction *pilot_junction(const struct pilot *p, uint32_t j)
{
	return p->junctions[j]->junction;
}

uint32_t pilot_find(const struct pilot *p, uint32_t signal)
{
	return p->by_signal[signal];
}

const struct optimizer *pilot_optimizer(const struct pilot *p)
{
	return p->optimizer;
}

bool pilot_teach(struct pilot *p, uint32_t lane, const struct profile_days *days)
{
	return p->optimizer != NULL && optimizer_teach(p->optimizer, lane, days);
}

const char *pilot_unguarded(const struct pilot *p, uint32_t signal)
{
	return p->unguarded[signal];
}

bool pilot_blind(const struct pilot *p, uint32_t j)
{
	return p->junctions[j]->blind;
}

void pilot_expect(struct pilot *p, uint32_t lane, const char *camera)
{
	freshness_expect(p->watch, lane, camera);
}

void pilot_runs(struct pilot *p, uint32_t j, const struct plan *plan)
{
	struct piloted *q = p->junctions[j];
	struct plan *runs = plan != NULL ? plan_copy(plan) : NULL;

	plan_free(q->runs);
	q->runs = runs;
	q->patterned = true;
	tell_runs(p, j);
}

bool pilot_patterned(const struct pilot *p, uint32_t j)
{
	return p->junctions[j]->patterned;
}

void pilot_see(struct pilot *p, const struct estimate *e, double now_s)
{
	p->counts.estimates++;
	if (isfinite(e->quality_frac) && e->quality_frac < BLIND_FRAC) {
		p->counts.estimates_blind++;
		return;
	}
	if (e->t_s > now_s + AHEAD_S || now_s - e->t_s > p->options.stale_s || (!estimate_counts_only(e) && !freshness_seen(p->watch, e->lane, e->t_s))) {
		p->counts.estimates_old++;
		return;
	}
	if (p->optimizer != NULL)
		optimizer_see(p->optimizer, e);
}

void pilot_away(struct pilot *p, uint32_t j, const char *why)
{
	g_strlcpy(p->junctions[j]->away_why, why != NULL ? why : "", sizeof p->junctions[j]->away_why);
}

bool pilot_reported(struct pilot *p, uint32_t j, const char *state, enum pilot_street street, double now_s)
{
	return piloted_reported(p->junctions[j], state, street, now_s);
}

void pilot_lost(struct pilot *p, uint32_t j, const char *why, double now_s)
{
	piloted_lost(p->junctions[j], "controller-refused", why, now_s);
}

/* What was seen and decided on another clock says nothing any more. */
static void jumped(struct pilot *p, double now_s)
{
	p->counts.jumps++;
	freshness_forget(p->watch);
	start_optimizer(p, NULL); /* it could be made before: it can be made again */
	corridors_jumped(p->corridors, now_s);
	for (uint32_t j = 0; j < p->n; j++)
		piloted_jumped(p->junctions[j], now_s);
}

/* Lets the optimizer look at what shows and solve; each junction hears its answer. */
static void decide(struct pilot *p, double now_s)
{
	if (p->optimizer == NULL || now_s - p->decided_s < p->options.decide_s - 1e-6)
		return;
	p->decided_s = now_s;
	for (uint32_t j = 0; j < p->n; j++)
		if (p->junctions[j]->guard != NULL)
			optimizer_shows(p->optimizer, j, p->junctions[j]->guard, now_s);
	optimizer_iterate(p->optimizer, now_s);
	for (uint32_t j = 0; j < p->n; j++) {
		struct decision d = {0};
		/* All stale: while it tapers, what the optimizer makes of its memories still counts, ever less. */
		bool usable = optimizer_test(p->optimizer, j) || p->junctions[j]->trusted;
		if (usable)
			optimizer_plan(p->optimizer, j, &d);
		p->counts.decisions += usable;
		piloted_advise(p->junctions[j], &d, usable);
	}
}

void pilot_plan_corridors(struct pilot *p, double now_s)
{
	if (corridors_n(p->corridors) == 0)
		return;
	for (uint32_t j = 0; j < p->n; j++) {
		p->guard_of[p->junctions[j]->signal] = p->junctions[j]->guard;
		p->shows_of[p->junctions[j]->signal] = p->junctions[j]->commanded;
	}
	corridors_plan(p->corridors, &(struct corridor_street){p->junction_of, p->guard_of, p->shows_of, p->optimizer}, now_s);
}

void pilot_tick(struct pilot *p, double now_s)
{
	if (isfinite(p->tick_s) && (now_s < p->tick_s || now_s - p->tick_s > JUMP_S))
		jumped(p, now_s);
	p->tick_s = now_s;
	p->counts.ticks++;
	if (p->tightened)
		start_optimizer(p, NULL); /* it could be made before: it can be made again */
	p->tightened = false;
	for (uint32_t j = 0; j < p->n; j++)
		piloted_listen(p->junctions[j], now_s);
	decide(p, now_s);
	pilot_plan_corridors(p, now_s);
	for (uint32_t j = 0; j < p->n; j++) {
		struct piloted *q = p->junctions[j];
		struct freshness_state seen = freshness_state(p->watch, q->junction->lanes, q->junction->n_lanes, now_s);
		piloted_tick(q, &seen, now_s);
		p->counts.adaptive += q->mode == PILOT_ADAPTIVE;
	}
}

bool pilot_hold(struct pilot *p, uint32_t j, uint32_t stage, double for_s, double now_s, GError **error)
{
	struct piloted *q = p->junctions[j];

	if (stage >= q->junction->n_stages) {
		g_set_error(error, PILOT_ERROR, PILOT_ERROR_REFUSED, "%s has %u stages, there is no number %u", q->junction->id,
			q->junction->n_stages, stage);
		return false;
	}
	if (!(for_s > 0) || !isfinite(for_s)) {
		g_set_error(error, PILOT_ERROR, PILOT_ERROR_REFUSED, "a hold of %g s is not possible, must be above 0 s", for_s);
		return false;
	}
	if (q->steered == STREET_PATTERN) {
		g_set_error(error, PILOT_ERROR, PILOT_ERROR_REFUSED, "%s runs patterns by itself: no stage of it can be held", q->junction->id);
		return false;
	}
	if (!q->commanded && q->steered != STREET_HELD) {
		g_set_error(error, PILOT_ERROR, PILOT_ERROR_REFUSED, "%s is not commanded now: %s", q->junction->id, q->why);
		return false;
	}
	q->hold_stage = stage;
	q->hold_until_s = now_s + for_s;
	return true;
}

void pilot_unhold(struct pilot *p, uint32_t j)
{
	p->junctions[j]->hold_until_s = -INFINITY;
}

bool pilot_plan(struct pilot *p, uint32_t j, const struct plan *plan, GError **error)
{
	struct piloted *q = p->junctions[j];

	if (!plan_check(plan, q->junction, error)) {
		q->refused++;
		return false;
	}
	piloted_unchange(q);
	plan_free(q->plan);
	q->plan = plan_copy(plan);
	return start_optimizer(p, error);
}

bool pilot_change(struct pilot *p, uint32_t j, const struct net_program *program, bool smooth, double now_s, GError **error)
{
	struct plan *to = plan_from_program(p->junctions[j]->junction, program, error);

	if (to != NULL)
		piloted_change(p->junctions[j], to, smooth, now_s);
	if (to != NULL)
		tell_runs(p, j);
	return to != NULL;
}

bool pilot_tighten(struct pilot *p, uint32_t j, bool (*raise)(void *user, struct junction *junction), void *user, double now_s)
{
	struct piloted *q = p->junctions[j];

	if (!raise(user, q->junction))
		return false;
	if (q->guard != NULL) {
		owned(guard) old = g_steal_pointer(&q->guard);
		q->guard = guard_new(q->junction, now_s);
		if (!guard_adopt(q->guard, guard_shows(old), now_s, NULL))
			piloted_lost(q, "controller-refused", "its limits were raised while it showed what is no safe state", now_s);
	}
	p->tightened = true; /* a thousand cabinets tell their timing within a second or two: the optimizer begins anew once */
	return true;
}

struct plan *pilot_replan(const struct pilot *p, uint32_t j, const struct plan *now, double cycle_s, const struct replan_options *options)
{
	return p->optimizer != NULL && optimizer_test(p->optimizer, j) ? optimizer_replan(p->optimizer, j, now, cycle_s, options) : NULL;
}

double pilot_cycle_s(const struct pilot *p, uint32_t j, const struct plan *now, const struct replan_options *options)
{
	return p->optimizer != NULL && optimizer_test(p->optimizer, j) ? optimizer_cycle_s(p->optimizer, j, now, options) : UNKNOWN;
}

struct corridors *pilot_corridors(const struct pilot *p)
{
	return p->corridors;
}

void pilot_look(const struct pilot *p, uint32_t j, struct pilot_look *look)
{
	const struct piloted *q = p->junctions[j];

	*look = (struct pilot_look){
		.mode = q->mode,
		.why = q->why,
		.show = q->commanded && q->guard != NULL ? guard_shows(q->guard) : NULL,
		.street = q->street,
		.steered = q->steered != STREET_CENTRAL,
		.target = q->target,
		.asked = q->asked,
		.stage = q->guard != NULL ? guard_stage(q->guard) : STAGE_NONE,
		.settled = q->guard != NULL && guard_settled(q->guard),
		.since_s = q->since_s,
		.fixed_frac = q->fixed_frac,
		.estimate_age_s = q->watch.n_watched > 0 ? q->watch.age_s : INFINITY,
		.n_blind = q->watch.n_blind,
		.hold_left_s = fmax(q->hold_until_s - p->tick_s, 0),
		.decision = q->decided ? &q->decision : NULL,
		.verdict = q->verdict,
		.corridor = q->corridor.by != NULL ? q->corridor_id : NULL,
		.corridor_how = q->corridor.asked.how,
		.corridor_in_s = q->corridor.arrive_s - p->tick_s,
		.plan = q->plan,
		.patterned = q->patterned,
		.refused = q->refused,
		.let_go = q->let_go,
		.disagreed = q->disagreed,
	};
}

struct pilot_counts pilot_counts(const struct pilot *p)
{
	struct pilot_counts c = p->counts;

	for (uint32_t j = 0; j < p->n; j++) {
		const struct piloted *q = p->junctions[j];
		c.refused += q->refused;
		c.let_go += q->let_go;
		c.disagreed += q->disagreed;
		for (int r = 0; r < GUARD_N_RULES; r++)
			c.held_by[r] += q->guard != NULL ? guard_count(q->guard, (enum guard_rule) r) : 0;
	}
	return c;
}

bool pilot_why(struct pilot *p, uint32_t j, struct why *why)
{
	const struct piloted *q = p->junctions[j];
	return p->optimizer != NULL && q->guard != NULL && q->mode != PILOT_RELEASED && optimizer_why(p->optimizer, j, q->asked, q->guard, why);
}
