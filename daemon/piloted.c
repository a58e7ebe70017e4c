/* piloted.c - see piloted.h. The street's half is in piloted_street.c. */
#include "daemon/piloted.h"

#include <string.h>

void piloted_alert(const struct piloted *q, const char *kind, bool active, const char *sentence)
{
	if (q->options->on_alert != NULL)
		q->options->on_alert(q->options->user, kind, q->junction->id, active, sentence);
}

struct piloted *piloted_new(const struct network *net, uint32_t signal, const struct pilot_options *options, GError **error)
{
	const struct net_signal *s = &net->signals[signal];
	owned(piloted) q = g_new0(struct piloted, 1);

	q->options = options;
	q->signal = signal;
	q->junction = junction_new(net, signal, options->limits != NULL ? &options->limits[signal] : NULL, error);
	if (q->junction == NULL)
		return NULL;
	q->plan = plan_from_program(q->junction, &s->programs[0], error);
	if (q->plan == NULL)
		return NULL;
	q->heard_s = q->agreed_s = q->retry_at_s = q->hold_until_s = -INFINITY;
	q->normal_s = UNKNOWN;
	q->asked = q->target = STAGE_NONE;
	q->commanded = options->lockstep;
	q->mode = q->commanded ? PILOT_FIXED : PILOT_RELEASED;
	g_strlcpy(q->why, q->commanded ? "nothing was decided yet" : "the controller has not spoken yet", sizeof q->why);
	return give(q);
}

void piloted_free(struct piloted *q)
{
	if (q == NULL)
		return;
	guard_free(q->guard);
	piloted_unchange(q);
	plan_free(q->plan);
	plan_free(q->runs);
	junction_free(q->junction);
	g_free(q->street);
	g_free(q->shown);
	g_free(q);
}

/* Is it an answer at all? The guard would hold every wrong one up; this says so and counts it. */
static bool decision_possible(const struct junction *j, const struct decision *d, char *why, size_t size)
{
	if (d->stage >= j->n_stages) {
		g_snprintf(why, size, "stage %u was asked for, there are %u", d->stage, j->n_stages);
		return false;
	}
	if (d->n > DECISION_MAX_STAGES) {
		g_snprintf(why, size, "%u stages ahead were planned, at most %d are possible", d->n, DECISION_MAX_STAGES);
		return false;
	}
	for (uint32_t i = 0; i < d->n; i++) {
		if (d->ahead[i].stage >= j->n_stages) {
			g_snprintf(why, size, "stage %u was planned, there are %u", d->ahead[i].stage, j->n_stages);
			return false;
		}
		if (!isfinite(d->ahead[i].start_s) || !(d->ahead[i].end_s >= d->ahead[i].start_s)) {
			g_snprintf(why, size, "stage %s was planned from %g s to %g s", j->stages[d->ahead[i].stage].name,
				d->ahead[i].start_s, d->ahead[i].end_s);
			return false;
		}
	}
	return true;
}

void piloted_advise(struct piloted *q, const struct decision *d, bool usable)
{
	char why[120];

	q->decided = false;
	if (!usable)
		return;
	if (!decision_possible(q->junction, d, why, sizeof why)) {
		g_autofree char *sentence = g_strdup_printf("the optimizer's decision was refused: %s", why);
		q->refused++;
		if (!q->refusing)
			piloted_alert(q, "guard-refused", true, sentence);
		q->refusing = true;
		return;
	}
	if (q->refusing)
		piloted_alert(q, "guard-refused", false, "the optimizer's decisions are possible again");
	q->refusing = false;
	q->decision = *d;
	q->decided = true;
}

/* From now to the nearest time, before or after, at which the plan asks for the stage: 0 while it does, INFINITY if it
 * never does. */
static double plan_distance_s(const struct plan *p, uint32_t stage, double now_s)
{
	double in_cycle_s = fmod(now_s - p->offset_s, p->cycle_s), begin_s = 0, nearest_s = INFINITY;

	if (in_cycle_s < 0)
		in_cycle_s += p->cycle_s;
	for (uint32_t i = 0; i < p->n_rows; begin_s += p->rows[i].split_s, i++) {
		if (p->rows[i].stage != stage)
			continue;
		double into_s = fmod(in_cycle_s - begin_s + p->cycle_s, p->cycle_s);
		if (into_s < p->rows[i].split_s)
			return 0;
		nearest_s = fmin(nearest_s, fmin(into_s - p->rows[i].split_s, p->cycle_s - into_s));
	}
	return nearest_s;
}

/* The alert that goes with the mode; a junction that nobody observes is no news. */
static void tell_stale(struct piloted *q, bool stale)
{
	if (stale == q->stale)
		return;
	q->stale = stale;
	g_autofree char *sentence = NULL;
	const char *lane = stale ? q->junction->net->lanes[q->watch.decides].id : "";
	if (!stale)
		sentence = g_strdup("estimates are fresh again");
	else if (isinf(q->watch.age_s))
		sentence = g_strdup_printf("lane %s has not been seen yet", lane);
	else
		sentence = g_strdup_printf("no fresh estimate of lane %s for %.1f s", lane, q->watch.age_s);
	piloted_alert(q, "estimate-stale", stale, sentence);
}

/* Another alert: a camera is missing, and the junction does without. */
static void tell_inferring(struct piloted *q)
{
	const struct freshness_state *w = &q->watch;
	bool inferring = w->n_blind > 0 && q->mode == PILOT_ADAPTIVE;

	if (inferring && q->inferring && w->n_blind > q->n_inferred) /* one more camera: say so */
		piloted_alert(q, "lane-inferred", q->inferring = false, "more lanes are missing now");
	q->n_inferred = w->n_blind;
	if (inferring == q->inferring)
		return;
	q->inferring = inferring;
	g_autofree char *age = inferring && isfinite(w->blind_s) ? g_strdup_printf("for %.0f s", w->blind_s) : g_strdup("so far");
	g_autofree char *sentence = !inferring ? g_strdup(w->n_blind > 0 ? "the optimizer does not decide any more" : "all lanes are seen again")
		: g_strdup_printf("%s%s%s: lane %s was not seen %s, %u of %u lanes are inferred from their neighbours", *w->blind_by ? "camera " : "no camera",
			w->blind_by, *w->blind_by ? " missing" : "", q->junction->net->lanes[w->blind].id, age, w->n_blind, w->n_watched);
	piloted_alert(q, "lane-inferred", inferring, sentence);
}

/* Freshness decides between adaptive, taper and fixed. */
static enum pilot_mode mode_by_sight(struct piloted *q)
{
	const struct pilot_options *o = q->options;
	const struct freshness_state *w = &q->watch;

	if (w->n_watched == 0) {
		q->trusted = false;
		g_strlcpy(q->why, "nobody observes this junction", sizeof q->why);
		return PILOT_FIXED;
	}
	if (w->age_s > o->stale_s + o->taper_s || (w->age_s > o->stale_s && !q->trusted)) {
		q->trusted = false;
		if (isinf(w->age_s))
			g_snprintf(q->why, sizeof q->why, "lane %s has not been seen yet", q->junction->net->lanes[w->decides].id);
		else
			g_snprintf(q->why, sizeof q->why, "no estimate of lane %s for %.1f s", q->junction->net->lanes[w->decides].id, w->age_s);
		return PILOT_FIXED;
	}
	if (w->age_s > o->stale_s) {
		q->fixed_frac = (w->age_s - o->stale_s) / o->taper_s;
		g_snprintf(q->why, sizeof q->why, "no estimate of lane %s for %.1f s, in step with the own plan in %.1f s",
			q->junction->net->lanes[w->decides].id, w->age_s, o->stale_s + o->taper_s - w->age_s);
		return PILOT_TAPER;
	}
	if (w->run < 2) { /* one picture may be a fluke; the next one confirms it */
		g_snprintf(q->why, sizeof q->why, "lane %s is seen again, one more estimate confirms it", q->junction->net->lanes[w->decides].id);
		return q->trusted ? PILOT_TAPER : PILOT_FIXED;
	}
	q->trusted = true;
	return PILOT_ADAPTIVE;
}

/* Who decides now; leaves the reason in q->why. */
static enum pilot_mode mode_now(struct piloted *q, double now_s)
{
	if (!q->commanded && q->steered == STREET_CENTRAL)
		return PILOT_RELEASED; /* why: the street's half said it */
	if (q->hold_until_s > now_s) {
		g_snprintf(q->why, sizeof q->why, "the operator holds stage %s for %.0f s more", q->junction->stages[q->hold_stage].name,
			q->hold_until_s - now_s);
		return PILOT_HOLD;
	}
	q->hold_until_s = -INFINITY;
	if (q->blind) {
		g_snprintf(q->why, sizeof q->why, "the method is the fixed plan%s%s", q->decided && *q->decision.why ? ": " : "",
			q->decided ? q->decision.why : "");
		return PILOT_FIXED;
	}
	enum pilot_mode mode = mode_by_sight(q);
	if (mode != PILOT_FIXED && !q->decided) {
		g_strlcpy(q->why, q->refusing ? "the optimizer asked for the impossible" : "the optimizer has no answer yet", sizeof q->why);
		return PILOT_FIXED;
	}
	return mode;
}

#define STRETCH_FRAC 0.2 /* greens while a plan changes are so much longer or shorter at most, as in plan_day.c */

void piloted_unchange(struct piloted *q)
{
	plan_free(q->before);
	q->before = NULL;
	transition_finish(&q->transition);
	q->transition = (struct transition){0};
}

/* Can the one plan take over from the other at once? A green goes on, or both had the same one until now, or one has just ended as planned and the
 * next begins as planned. */
static bool in_step(const struct plan *from, const struct plan *to, double now_s)
{
	double left_s, before_s;
	uint32_t stage = plan_stage(to, now_s + 1e-6, &left_s), last = plan_stage(from, now_s - 1, &before_s);
	uint32_t until_now = plan_stage(to, now_s - 1, NULL);

	return stage == last || until_now == last || (until_now != stage && before_s < 1.5);
}

void piloted_change(struct piloted *q, struct plan *to, bool smooth, double now_s)
{
	struct plan *from = plan_copy(q->plan), old = *q->plan;

	piloted_unchange(q);
	*q->plan = *to; /* the optimizer's layout points to it */
	*to = old;
	plan_free(to);
	/* A plan that is itself a transition, or breaks our rules, is asked for as it is: the guard has the last word. */
	if (smooth && !in_step(from, q->plan, now_s) && (transition_make(from, q->plan, q->junction, now_s, TRANSITION_SHORTWAY, STRETCH_FRAC, STRETCH_FRAC,
		&q->transition, NULL) || transition_make(from, q->plan, q->junction, now_s, TRANSITION_DWELL, STRETCH_FRAC, STRETCH_FRAC, &q->transition, NULL)))
		q->before = g_steal_pointer(&from);
	plan_free(from);
}

/* What its own plan, or the way from its last one to it, asks for. */
static uint32_t own_stage(struct piloted *q, double now_s)
{
	if (q->before != NULL && now_s >= q->transition.end_s)
		piloted_unchange(q);
	return q->before != NULL ? transition_stage(&q->transition, q->before, q->plan, now_s) : plan_stage(q->plan, now_s, NULL);
}

/* The stage to ask the guard for in this mode. */
static uint32_t stage_wanted(struct piloted *q, double now_s)
{
	uint32_t own = own_stage(q, now_s);

	if (q->mode == PILOT_HOLD)
		return q->hold_stage;
	if (q->mode == PILOT_FIXED)
		return own;
	uint32_t best = q->decision.stage;
	if (q->mode == PILOT_TAPER && plan_distance_s(q->plan, best, now_s) > (1 - q->fixed_frac) * q->plan->cycle_s / 2)
		return own;
	if (q->decision.why[0] != '\0' && q->mode == PILOT_ADAPTIVE)
		g_strlcpy(q->why, q->decision.why, sizeof q->why);
	return best;
}

static const char *name_of(const struct piloted *q, uint32_t stage)
{
	return stage < q->junction->n_stages ? q->junction->stages[stage].name : "-";
}

/* What an emergency vehicle makes of the wish. */
static uint32_t stage_for_corridor(struct piloted *q, uint32_t wish, double now_s)
{
	q->corridor.by = NULL;
	if (q->corridors == NULL)
		return wish;
	q->corridor = corridors_ask(q->corridors, q->signal, q->junction, q->guard, wish, now_s);
	if (q->corridor.by == NULL)
		return wish;
	const struct corridor_asked *asked = &q->corridor.asked;
	double in_s = fmax(q->corridor.arrive_s - now_s, 0);
	g_strlcpy(q->corridor_id, q->corridor.by->id, sizeof q->corridor_id);
	if (asked->stage == wish && asked->how == CORRIDOR_LETS)
		return wish;
	if (asked->stage != wish)
		q->mode = PILOT_CORRIDOR;
	if (asked->how == CORRIDOR_SERVES)
		g_snprintf(q->why, sizeof q->why, "%s comes in %.0f s: %s is served before, so that nothing is due then", q->corridor_id, in_s,
			name_of(q, asked->stage));
	else
		g_snprintf(q->why, sizeof q->why, "%s comes in %.0f s and gets %s%s", q->corridor_id, in_s, name_of(q, asked->stage),
			asked->how == CORRIDOR_LATE ? ", as soon as the rules allow it" : "");
	return asked->stage;
}

/* Those whom it would have to give way to wait for it. */
static void shut_for_corridor(struct piloted *q, double now_s)
{
	if (q->corridor.by == NULL || q->corridor.need == NULL || !corridor_shut(q->guard, q->junction, q->corridor.need, now_s))
		return;
	if (q->mode != PILOT_CORRIDOR)
		g_snprintf(q->why, sizeof q->why, "%s has to turn here: those whom it would give way to have red for it", q->corridor_id);
	q->mode = PILOT_CORRIDOR;
}

void piloted_tick(struct piloted *q, const struct freshness_state *watch, double now_s)
{
	q->watch = *watch;
	if (q->guard == NULL) { /* nobody has said what shows: all red, just begun */
		q->guard = guard_new(q->junction, now_s);
		q->since_s = now_s;
	}
	q->mode = mode_now(q, now_s);
	if (q->mode == PILOT_ADAPTIVE || q->mode == PILOT_HOLD || q->mode == PILOT_RELEASED)
		q->fixed_frac = 0;
	else if (q->mode == PILOT_FIXED)
		q->fixed_frac = 1;
	if (q->mode == PILOT_ADAPTIVE)
		tell_stale(q, false);
	else if (watch->n_watched > 0 && watch->age_s > q->options->stale_s)
		tell_stale(q, true);
	tell_inferring(q);
	if (q->mode == PILOT_RELEASED) {
		q->asked = q->target = STAGE_NONE;
		q->corridor.by = NULL;
		q->verdict = (struct guard_verdict){.rule = GUARD_OK, .link = NET_NONE, .left_s = UNKNOWN, .stage = STAGE_NONE};
		return;
	}
	q->asked = stage_for_corridor(q, stage_wanted(q, now_s), now_s);
	if (q->steered == STREET_PATTERN) { /* it is asked for nothing from one second to the next */
		q->target = STAGE_NONE;
		q->verdict = (struct guard_verdict){.rule = GUARD_OK, .link = NET_NONE, .left_s = UNKNOWN, .stage = STAGE_NONE};
		return;
	}
	if (!q->commanded) { /* steered: its cabinet shows, and the guard has followed it */
		owned(guard) would = guard_copy(q->guard);
		guard_next(would, q->asked, now_s, &q->verdict);
		q->target = guard_stage(would);
		return;
	}
	q->target = STAGE_NONE;
	if (q->mode == PILOT_ADAPTIVE && q->decision.hold && q->asked == q->decision.stage)
		guard_hold(q->guard);
	shut_for_corridor(q, now_s);
	const char *shows = guard_next(q->guard, q->asked, now_s, &q->verdict);
	if (q->shown == NULL || strcmp(q->shown, shows) != 0) {
		g_free(q->shown);
		q->shown = g_strdup(shows);
		q->since_s = now_s;
	}
}

void piloted_jumped(struct piloted *q, double now_s)
{
	q->hold_until_s = -INFINITY; /* its length means nothing on another clock */
	piloted_unchange(q);
	q->decided = false;
	if (isfinite(q->heard_s))
		q->heard_s = now_s;
	if (isfinite(q->agreed_s))
		q->agreed_s = now_s;
	if (q->retry_at_s > now_s || now_s - q->retry_at_s > 0)
		q->retry_at_s = now_s;
	q->since_s = now_s;
}
