/* piloted_street.c - a junction's controller: what it reports, whether it follows, when it is let go and taken over. See
 * piloted.h. */
#include "daemon/piloted.h"

#include <string.h>

/* SUMO's letters in the guard's: Y is amber; s (turn right after a stop), u (red and amber) and R do not give way to
 * anybody: red. Where the lights are off (o, O) somebody may be on the way over: amber. NULL when it is no state of this
 * junction. */
static char *letters_of(const struct junction *j, const char *state)
{
	if (strlen(state) != j->n_links)
		return NULL;
	g_autofree char *letters = g_strdup(state);
	for (char *c = letters; *c != '\0'; c++) {
		if (strchr("Ggry", *c) != NULL)
			continue;
		else if (strchr("YoO", *c) != NULL)
			*c = 'y';
		else if (strchr("suR", *c) != NULL)
			*c = 'r';
		else
			return NULL;
	}
	return g_steal_pointer(&letters);
}

/* The same lights? A cabinet does not tell a protected green from a permitted one. */
static bool same_lights(const char *a, const char *b)
{
	for (; *a != '\0' && *b != '\0'; a++, b++)
		if (g_ascii_tolower(*a) != g_ascii_tolower(*b))
			return false;
	return *a == *b;
}

/* Begins from what shows. Two conflicting greens are no safe state to begin from: then all of what is green ends first. */
static bool adopt(struct piloted *q, const char *letters, double now_s)
{
	if (q->guard == NULL)
		q->guard = guard_new(q->junction, now_s);
	if (!guard_adopt(q->guard, letters, now_s, NULL)) {
		g_autofree char *ending = g_strdup(letters);
		g_strdelimit(ending, "Gg", 'y');
		if (!guard_adopt(q->guard, ending, now_s, NULL))
			return false;
	}
	g_free(q->shown);
	q->shown = g_strdup(guard_shows(q->guard));
	q->since_s = now_s;
	return true;
}

static bool stays_away(struct piloted *q, enum pilot_street street, double now_s);

static void let_go(struct piloted *q, const char *kind, const char *why)
{
	g_strlcpy(q->why, why, sizeof q->why);
	if (q->gone != NULL && strcmp(q->gone, kind) != 0)
		piloted_alert(q, q->gone, false, why);
	if (q->gone == NULL || strcmp(q->gone, kind) != 0)
		piloted_alert(q, kind, true, why);
	q->gone = kind;
	if (q->commanded)
		q->let_go++;
	q->commanded = false;
	q->steered = STREET_CENTRAL;
	q->mode = PILOT_RELEASED;
}

/* It shows by itself, as long as it is in order. */
static void follow(struct piloted *q, enum pilot_street street, double now_s)
{
	g_autoptr(GError) error = NULL;

	if (q->guard == NULL)
		q->guard = guard_new(q->junction, now_s);
	if (!guard_follow(q->guard, q->street, now_s, &error)) {
		adopt(q, q->street, now_s);
		q->away = true;
		q->normal_s = UNKNOWN;
		let_go(q, "controller-conflict", error->message);
		return;
	}
	if (g_strcmp0(q->shown, guard_shows(q->guard)) != 0) {
		g_free(q->shown);
		q->shown = g_strdup(guard_shows(q->guard));
		q->since_s = now_s;
	}
	if (stays_away(q, street, now_s))
		return;
	if (q->gone != NULL)
		piloted_alert(q, q->gone, false, "the controller is in order again");
	q->gone = NULL;
	q->steered = street;
	q->agreed_s = now_s;
}

static bool take_over(struct piloted *q, double now_s)
{
	if (now_s < q->retry_at_s || !adopt(q, q->street, now_s))
		return false;
	if (q->gone != NULL)
		piloted_alert(q, q->gone, false, "the controller is commanded again");
	q->gone = NULL;
	q->commanded = true;
	q->agreed_s = now_s;
	return true;
}

/* It shows something else than it was asked to. */
static void on_disagreement(struct piloted *q, double now_s)
{
	q->disagreed++;
	if (q->options->lockstep) { /* no lag: what shows is what shows */
		adopt(q, q->street, now_s);
		return;
	}
	if (now_s - q->agreed_s <= q->options->disagree_s)
		return;
	g_autofree char *why = g_strdup_printf("shows %s since %.0f s and not %s", q->street, now_s - q->agreed_s, guard_shows(q->guard));
	q->retry_at_s = now_s + q->options->retry_s * (double) (1u << MIN(q->failures, 4));
	q->failures++;
	let_go(q, "controller-disagrees", why);
}

/* Flash, manual, conflict: left alone until one cycle of normal reports is over. True while it is so. */
static bool stays_away(struct piloted *q, enum pilot_street street, double now_s)
{
	if (street == STREET_AWAY) {
		q->away = true;
		q->normal_s = UNKNOWN;
		g_autofree char *why = g_strdup_printf("the controller is left alone: %s",
			q->away_why[0] != '\0' ? q->away_why : "it is in flash, manual or another state of its own");
		let_go(q, "controller-away", why);
		return true;
	}
	if (!q->away)
		return false;
	if (isnan(q->normal_s))
		q->normal_s = now_s;
	q->away = now_s - q->normal_s < q->plan->cycle_s;
	return q->away;
}

bool piloted_reported(struct piloted *q, const char *state, enum pilot_street street, double now_s)
{
	char *letters = letters_of(q->junction, state);

	if (letters == NULL) {
		g_autofree char *why = g_strdup_printf("the controller reports \"%.80s\", which is no state of its %u links", state, q->junction->n_links);
		q->disagreed++;
		let_go(q, "controller-refused", why);
		return false;
	}
	bool first = q->street == NULL;
	g_free(q->street);
	q->street = letters;
	q->heard_s = now_s;
	if (q->silent) {
		q->silent = false;
		piloted_alert(q, "controller-silent", false, "the controller speaks again");
	}
	if (street == STREET_PATTERN || street == STREET_HELD) {
		q->commanded = false;
		follow(q, street, now_s);
		return false;
	}
	bool ours = q->commanded;
	if (stays_away(q, street, now_s) || (!ours && !take_over(q, now_s))) {
		if (q->guard == NULL || strcmp(letters, guard_shows(q->guard)) != 0)
			adopt(q, letters, now_s); /* only to know what shows */
		return false;
	}
	if (!ours)
		return true;
	if (q->guard == NULL || (first && q->options->lockstep))
		return adopt(q, q->street, now_s);
	if (!same_lights(q->street, guard_shows(q->guard)) || (street != STREET_CENTRAL && !q->options->lockstep)) {
		on_disagreement(q, now_s);
		return false;
	}
	q->agreed_s = now_s;
	if (street == STREET_CENTRAL)
		q->failures = 0;
	return false;
}

void piloted_lost(struct piloted *q, const char *kind, const char *why, double now_s)
{
	let_go(q, kind, why);
	q->retry_at_s = fmax(q->retry_at_s, now_s);
}

void piloted_listen(struct piloted *q, double now_s)
{
	if (q->options->lockstep)
		return;
	if (isinf(q->heard_s))
		q->heard_s = now_s; /* the time it is given begins with the first tick */
	if (q->silent || now_s - q->heard_s <= q->options->silent_s)
		return;
	g_autofree char *why = g_strdup_printf("no report from the controller for %.0f s", now_s - q->heard_s);
	q->silent = true;
	if (q->commanded)
		q->let_go++;
	q->commanded = false;
	q->steered = STREET_CENTRAL;
	q->mode = PILOT_RELEASED;
	g_strlcpy(q->why, why, sizeof q->why);
	piloted_alert(q, "controller-silent", true, why);
}
