/* steer.c - see steer.h. */
#include "daemon/steer.h"

#include <math.h>

#include "core/units.h"
#include "daemon/bands.h"

#define STEP_CYCLES 3.0	  /* on the called row and in step within so many cycles */
#define DOUBLINGS 4

struct steer {
	const struct cabinet_map *map;
	uint32_t signal, can;
	struct steer_options options;
	steer_on_alert on_alert;
	void *user;
	struct plan *own;
	struct controller_timing *timing;
	bool up, possible; /* possible: its timing was checked */

	enum steer_state state;
	char why[160];
	double since_s;	    /* in this state */
	uint32_t row;	    /* ours that runs, or that is being selected; 0 */
	struct pattern *pattern, *next; /* in it; on its way */
	struct plan *plan, *next_plan;
	double selected_s;  /* when the last pattern was; -INFINITY */
	double retry_at_s;
	uint32_t failures;  /* in a row */

	bool away, heard;
	bool led;	    /* by somebody, or by us in a former life: handed back before it is given anything */
	double led_s;	    /* when that was asked for last */
	bool owed;	    /* a release: what was asked of it is not wanted any more, though it may not run it either */
	double normal_s;    /* since when it reports a normal state again; NaN */
	struct controller_coordination coordination;
	const char *gone;   /* kind of the alert that stands, or NULL */
	uint64_t writes, selects, releases, n_failures, refused;
	struct pattern *sent; /* what of `next` a cabinet gets that keeps its stored plan */
};

struct steer_options steer_options_default(void)
{
	return (struct steer_options){.every_s = 300, .answer_s = 30, .retry_s = 60};
}

const char *steer_state_name(enum steer_state state)
{
	static const char *const names[STEER_N_STATES] = {"waiting", "local", "writing", "selecting", "changing", "running"};

	return state < STEER_N_STATES ? names[state] : "?";
}

static void enter(struct steer *s, enum steer_state state, double now_s)
{
	s->state = state;
	s->since_s = now_s;
}

static void say(struct steer *s, const char *kind, const char *sentence)
{
	g_strlcpy(s->why, sentence, sizeof s->why);
	if (s->gone != NULL && kind != s->gone) {
		g_autofree char *now = kind != NULL ? g_strdup_printf("now something else is wrong: %s", sentence) : g_strdup(sentence);
		s->on_alert(s->user, s->gone, false, now);
	}
	if (kind != NULL) /* another sentence, maybe */
		s->on_alert(s->user, kind, true, sentence);
	s->gone = kind;
}

/* It runs its own plan, or we must take it that it does. */
static void forget(struct steer *s, double now_s)
{
	g_clear_pointer(&s->pattern, pattern_free);
	g_clear_pointer(&s->next, pattern_free);
	g_clear_pointer(&s->plan, plan_free);
	g_clear_pointer(&s->next_plan, plan_free);
	s->owed = s->row != 0 || s->state == STEER_SELECTING;
	s->row = 0;
	enter(s, s->possible ? STEER_LOCAL : STEER_WAITING, now_s);
}

struct steer *steer_new(const struct cabinet_map *map, uint32_t signal, uint32_t can, const struct plan *own, const struct steer_options *options,
	steer_on_alert on_alert, void *user)
{
	struct steer *s = g_new0(struct steer, 1);

	s->map = map;
	s->signal = signal;
	s->can = can;
	s->own = plan_copy(own);
	s->options = *options;
	s->on_alert = on_alert;
	s->user = user;
	s->selected_s = s->retry_at_s = -INFINITY;
	s->normal_s = UNKNOWN;
	g_strlcpy(s->why, "the cabinet has not told its timing yet", sizeof s->why);
	return s;
}

void steer_free(struct steer *s)
{
	if (s == NULL)
		return;
	forget(s, 0);
	controller_timing_free(s->timing);
	plan_free(s->own);
	pattern_free(s->sent);
	g_free(s);
}

void steer_up(struct steer *s, uint32_t can, double now_s)
{
	s->up = true;
	s->can = can;
	s->retry_at_s = fmin(s->retry_at_s, now_s);
	if ((can & CONTROLLER_TIMING) == 0) /* nothing to wait for */
		s->possible = true;
	forget(s, now_s);
	s->owed = false; /* a driver forgets with its connection */
}

void steer_down(struct steer *s)
{
	s->up = s->possible = s->heard = s->led = false;
	forget(s, s->since_s);
	g_strlcpy(s->why, "there is no connection to the cabinet", sizeof s->why);
}

static bool backed(struct steer *s)
{
	return s->options.unbacked || isnan(s->timing->backup_s) || s->timing->backup_s > 0;
}

void steer_timing(struct steer *s, const struct controller_timing *timing)
{
	g_autoptr(GError) error = NULL;

	controller_timing_free(s->timing);
	s->timing = controller_timing_copy(timing);
	s->possible = cabinet_timing_check(s->timing, s->map, &error);
	if (s->possible && !backed(s)) {
		s->possible = false;
		say(s, "controller-unsafe", "the cabinet never returns to its own plan by itself: its backup time is 0 s, must be above");
	} else if (!s->possible) {
		say(s, "controller-unsafe", error->message);
	} else if (s->gone != NULL && g_str_equal(s->gone, "controller-unsafe")) {
		say(s, NULL, "the cabinet's timing is in order");
	}
	if (s->possible && s->state == STEER_WAITING)
		enter(s, STEER_LOCAL, s->since_s);
	else if (!s->possible && s->row == 0)
		enter(s, STEER_WAITING, s->since_s);
}

static double backoff_s(const struct steer *s)
{
	return s->options.retry_s * (double) (1u << MIN(s->failures, DOUBLINGS));
}

static void fail(struct steer *s, const char *kind, const char *why, double now_s)
{
	s->retry_at_s = now_s + backoff_s(s);
	s->failures++;
	s->n_failures++;
	say(s, kind, why);
}

/* ---- what it says ---- */

static double cycle_s(const struct steer *s)
{
	return s->pattern != NULL ? s->pattern->p.cycle_s : s->own->cycle_s;
}

static bool stays_away(struct steer *s, const struct controller_status *status, double now_s)
{
	if (status->mode == CONTROLLER_AWAY) {
		g_autofree char *why = g_strdup_printf("the cabinet is left alone: %s", status->why != NULL ? status->why : "it is in a state of its own");
		s->away = true;
		s->normal_s = UNKNOWN;
		forget(s, now_s);
		g_strlcpy(s->why, why, sizeof s->why); /* the pilot tells it */
		return true;
	}
	if (!s->away)
		return false;
	if (isnan(s->normal_s))
		s->normal_s = now_s;
	s->away = now_s - s->normal_s < cycle_s(s);
	return s->away;
}

static bool takes_rows(const struct steer *s)
{
	return (s->can & CONTROLLER_PATTERNS) != 0;
}

/* A cabinet that takes rows says which one runs, 0 being none; others may not tell. */
static bool tells_row(const struct steer *s)
{
	return (s->can & CONTROLLER_PATTERNS) != 0 || s->coordination.row != 0;
}

static const char restarted[] = "the cabinet was restarted: what it was given is given again";

static void lose(struct steer *s, const char *why, double now_s)
{
	fail(s, "controller-lost", why, now_s);
	forget(s, now_s);
}

/* It runs without us although we asked: it has given us up. Drivers tell it once, and forget what they keep alive. */
static bool gave_up(const struct steer *s, uint32_t alarms)
{
	return (alarms & CONTROLLER_BACKUP_MODE) != 0 && s->row != 0 && (s->state == STEER_WRITING || s->state >= STEER_CHANGING);
}

static void on_changing(struct steer *s, double now_s)
{
	double limit_s = fmax(STEP_CYCLES * fmax(cycle_s(s), s->next != NULL ? s->next->p.cycle_s : 0), s->options.answer_s);

	if ((!tells_row(s) || s->coordination.row == s->row) && !s->coordination.in_transition) {
		s->failures = 0;
		enter(s, STEER_RUNNING, now_s);
		if (s->gone != NULL)
			say(s, NULL, "it runs what it is given");
		g_snprintf(s->why, sizeof s->why, "it runs row %u", s->row);
	} else if (now_s - s->since_s > limit_s) {
		g_autofree char *why = g_strdup_printf("the cabinet is not in step on row %u after %.0f s, it is on row %u", s->row, now_s - s->since_s,
			s->coordination.row);
		fail(s, "controller-disagrees", why, now_s);
		enter(s, STEER_LOCAL, now_s); /* s->row still says that there is something to hand back */
	}
}

/* Any of its rows may be the one that was called, and begin while it is written to: none was, once it is on its own plan. */
static void look_who_leads(struct steer *s, double now_s)
{
	bool led = s->coordination.led && s->row == 0 && takes_rows(s);

	if (led && (!s->led || now_s - s->led_s >= s->options.answer_s)) {
		s->owed = true;
		s->led_s = now_s;
		g_strlcpy(s->why, "it follows what was called before our time: it is handed back first", sizeof s->why);
	}
	s->led = led;
}

void steer_status(struct steer *s, const struct controller_status *status, double now_s)
{
	s->heard = true;
	s->coordination = status->coordination;
	look_who_leads(s, now_s);
	if ((status->alarms & CONTROLLER_RESTARTED) != 0 && (s->row != 0 || s->state > STEER_LOCAL))
		lose(s, restarted, now_s);
	if (stays_away(s, status, now_s) || (s->row == 0 && s->state != STEER_WRITING && s->state != STEER_SELECTING))
		return;
	if (gave_up(s, status->alarms)) {
		lose(s, "the cabinet had given us up: it is asked again", now_s);
	} else if ((status->alarms & CONTROLLER_BAD_PLAN) != 0 && s->state >= STEER_CHANGING) {
		fail(s, "controller-bad-plan", "the cabinet says that the pattern in force is bad, and runs free", now_s);
		enter(s, STEER_LOCAL, now_s);
	} else if (s->state == STEER_CHANGING) {
		on_changing(s, now_s);
	} else if (s->state == STEER_RUNNING && tells_row(s) && s->coordination.row != s->row) {
		enter(s, STEER_CHANGING, now_s); /* somebody else's schedule, or a glitch: it has its three cycles */
	}
}

static void on_written(struct steer *s, const struct controller_reply *reply, double now_s)
{
	if (reply->ok) {
		enter(s, STEER_SELECTING, -INFINITY); /* not sent yet */
		return;
	}
	g_autofree char *why = g_strdup_printf("row %u could not be written: %s", reply->row, reply->why);
	fail(s, "controller-refused", why, now_s);
	g_clear_pointer(&s->next, pattern_free);
	g_clear_pointer(&s->next_plan, plan_free);
	enter(s, s->row != 0 ? STEER_RUNNING : STEER_LOCAL, now_s); /* what it ran goes on */
}

static void on_selected(struct steer *s, const struct controller_reply *reply, double now_s)
{
	if (reply->ok) {
		pattern_free(s->pattern);
		plan_free(s->plan);
		s->row = s->next->p.row;
		s->pattern = g_steal_pointer(&s->next);
		s->plan = g_steal_pointer(&s->next_plan);
		s->selected_s = now_s;
		enter(s, STEER_CHANGING, now_s);
		return;
	}
	/* Nobody knows whether it was taken: it is handed back, and begun anew. */
	g_autofree char *why = g_strdup_printf("row %u could not be selected: %s", reply->row, reply->why);
	fail(s, "controller-refused", why, now_s);
	s->row = s->next->p.row;
	enter(s, STEER_LOCAL, now_s);
}

void steer_reply(struct steer *s, const struct controller_reply *reply, double now_s)
{
	if (reply->told == CONTROLLER_TOLD_WRITE && s->state == STEER_WRITING && s->next != NULL && reply->row == s->next->p.row)
		on_written(s, reply, now_s);
	else if (reply->told == CONTROLLER_TOLD_SELECT && s->state == STEER_SELECTING && s->next != NULL && reply->row == s->next->p.row)
		on_selected(s, reply, now_s);
}

/* ---- what it is told ---- */

void steer_settle(struct steer *s, double now_s)
{
	s->selected_s = fmax(s->selected_s, now_s);
}

bool steer_open(const struct steer *s, double now_s)
{
	if (!s->up || !s->possible || !s->heard || s->away || s->led || now_s < s->retry_at_s)
		return false;
	if (s->state == STEER_LOCAL)
		return s->row == 0;
	return s->state == STEER_RUNNING && now_s - s->selected_s >= s->options.every_s;
}

/* A cabinet that keeps its stored plan takes only parts of the wish. */
static const struct controller_pattern *reduced(struct steer *s)
{
	pattern_free(s->sent);
	struct pattern *p = s->sent = pattern_copy(s->next);

	if ((s->can & CONTROLLER_CYCLES) == 0)
		p->p.cycle_s = UNKNOWN;
	if ((s->can & CONTROLLER_OFFSETS) == 0)
		p->p.offset_s = UNKNOWN;
	return &p->p;
}

static bool in_use(const struct steer *s, uint32_t row)
{
	return row == s->row || row == s->coordination.row || row == s->coordination.called;
}

/* The row that neither runs nor is about to: from a former life of ours it may be any. 0: none. */
static uint32_t spare_row(const struct steer *s)
{
	if (!takes_rows(s))
		return s->options.stored;
	for (uint32_t i = 0; i < G_N_ELEMENTS(s->options.rows); i++)
		if (!in_use(s, s->options.rows[i]))
			return s->options.rows[i];
	return 0;
}

/* Cycle and offset are all there is. */
static struct pattern *bare(const struct plan *wish, const struct junction *j)
{
	struct pattern *p = g_new0(struct pattern, 1);

	p->p.cycle_s = round(wish->cycle_s);
	p->p.offset_s = pattern_offset_s(wish, j);
	return p;
}

static struct pattern *make(struct steer *s, const struct plan *wish, GError **error)
{
	bool banded = s->options.banded && (s->can & CONTROLLER_BANDS) != 0;
	owned(pattern) p = takes_rows(s) ? pattern_from_plan(wish, s->map, s->timing, s->options.coordinated, error)
			: banded ? bands_from_plan(wish, s->own, s->map->junction, s->options.bands, s->can, error)
				 : bare(wish, s->map->junction);

	if (p == NULL)
		return NULL;
	p->p.signal = s->signal;
	p->p.row = spare_row(s);
	p->p.sequence = s->options.sequence;
	if (p->p.row == 0) {
		controller_wrong(error, "no spare row is free: the cabinet runs row %u", s->coordination.row);
		return NULL;
	}
	return !takes_rows(s) || pattern_check(&p->p, s->timing, s->map, error) ? give(p) : NULL;
}

static struct steer_act begin(struct steer *s, const struct plan *wish, double now_s)
{
	g_autoptr(GError) error = NULL;
	struct pattern *p = make(s, wish, &error);

	if (p == NULL) {
		s->refused++;
		fail(s, "guard-refused", error->message, now_s);
		return (struct steer_act){0};
	}
	if (s->pattern != NULL && pattern_equal(p, s->pattern)) {
		pattern_free(p);
		s->selected_s = now_s;
		return (struct steer_act){0};
	}
	s->next = p;
	s->next_plan = plan_copy(wish);
	s->writes++;
	enter(s, STEER_WRITING, now_s);
	g_snprintf(s->why, sizeof s->why, "row %u is written", p->p.row);
	return (struct steer_act){STEER_WRITE, takes_rows(s) ? &p->p : reduced(s), p->p.row};
}

static struct steer_act let_go(struct steer *s)
{
	s->owed = false;
	s->releases++;
	return (struct steer_act){.what = STEER_RELEASE};
}

static struct steer_act hand_back(struct steer *s, const char *why, double now_s)
{
	char kept[160];

	g_strlcpy(kept, why, sizeof kept);
	forget(s, now_s);
	g_strlcpy(s->why, kept, sizeof s->why);
	return let_go(s);
}

/* The driver owes an answer to each command; one that it does not give is one that was not taken. */
static void miss_answer(struct steer *s, double now_s)
{
	if ((s->state != STEER_WRITING && s->state != STEER_SELECTING) || !(now_s - s->since_s > s->options.answer_s) || isinf(s->since_s))
		return;
	struct controller_reply none = {.told = s->state == STEER_WRITING ? CONTROLLER_TOLD_WRITE : CONTROLLER_TOLD_SELECT, .row = s->next->p.row,
		.why = "no answer came", .answer_s = UNKNOWN};
	steer_reply(s, &none, now_s);
}

/* Nothing was done later than now: the clock was set back, and nobody waits until it is as late again. */
static void look_at_clock(struct steer *s, double now_s)
{
	s->since_s = fmin(s->since_s, now_s);
	s->selected_s = fmin(s->selected_s, now_s);
	s->led_s = fmin(s->led_s, now_s);
	if (s->normal_s > now_s)
		s->normal_s = now_s;
	s->retry_at_s = fmin(s->retry_at_s, now_s + backoff_s(s));
}

struct steer_act steer_tick(struct steer *s, const struct plan *wish, double now_s)
{
	look_at_clock(s, now_s);
	if (!s->up)
		return (struct steer_act){0};
	if (s->owed)
		return let_go(s);
	if (s->away)
		return (struct steer_act){0};
	miss_answer(s, now_s);
	if (s->row != 0 && s->state == STEER_LOCAL) /* something failed while a row of ours may run */
		return hand_back(s, s->why, now_s);
	if (wish == NULL) {
		if (s->row != 0 || s->state == STEER_SELECTING)
			return hand_back(s, "nothing is wanted of it: it runs its own plan", now_s);
		if (s->state == STEER_WRITING) /* what is written then is never selected */
			forget(s, now_s);
		if (s->gone != NULL && s->possible)
			say(s, NULL, "nothing is wanted of it: it runs its own plan");
		return (struct steer_act){0};
	}
	if (s->state == STEER_SELECTING && isinf(s->since_s)) {
		s->selects++;
		enter(s, STEER_SELECTING, now_s);
		return (struct steer_act){STEER_SELECT, NULL, s->next->p.row};
	}
	return steer_open(s, now_s) ? begin(s, wish, now_s) : (struct steer_act){0};
}

void steer_look(const struct steer *s, struct steer_look *look)
{
	*look = (struct steer_look){.state = s->state, .row = s->row, .pattern = s->pattern, .plan = s->plan, .timing = s->timing, .writes = s->writes,
		.selects = s->selects, .releases = s->releases, .failures = s->n_failures, .refused = s->refused};
	g_strlcpy(look->why, s->why, sizeof look->why);
}
