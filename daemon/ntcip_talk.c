/* ntcip_talk.c - see ntcip_talk.h. */
#include "daemon/ntcip_talk.h"

#include <math.h>
#include <string.h>

struct ntcip_talk {
	struct ntcip_link *link;
	void *user;
	uint32_t vars_most; /* of one datagram */
	bool busy, set;
	struct ntcip_var *vars;
	uint32_t room;
	uint32_t n, at;                  /* those before `at` are answered */
	uint32_t asked[NTCIP_VARS_MOST]; /* which of them are under way */
	uint32_t n_asked;
	uint32_t tries, left;
	ntcip_on_outcome done;
	GStringChunk *texts; /* of this list */
	struct ntcip_talk_counts counts;
};

static void ask_next(struct ntcip_talk *t);

static void end(struct ntcip_talk *t, enum ntcip_error error, uint32_t blame)
{
	struct ntcip_outcome o = {.error = error, .vars = t->vars, .n = t->n, .at = blame, .done = t->at};

	t->busy = false;
	t->done(t->user, &o);
}

/* The next that are not known to be missing; what is under way is asked again when it must be. */
static void ask_next(struct ntcip_talk *t)
{
	struct ntcip_var now[NTCIP_VARS_MOST];

	t->n_asked = 0;
	for (uint32_t i = t->at; i < t->n && t->n_asked < t->vars_most; i++) {
		if (t->vars[i].error != NTCIP_OK)
			continue;
		now[t->n_asked] = t->vars[i];
		t->asked[t->n_asked++] = i;
	}
	if (t->n_asked == 0) {
		t->at = t->n;
		end(t, NTCIP_OK, UINT32_MAX);
		return;
	}
	t->counts.sent++;
	t->link->ask(t->link, t->set, now, t->n_asked);
}

static void take(struct ntcip_talk *t, const struct ntcip_answer *a)
{
	for (uint32_t i = 0; i < t->n_asked && !t->set; i++) {
		struct ntcip_var *v = &t->vars[t->asked[i]];
		*v = a->vars[i];
		if (v->octets != NULL)
			v->octets = (const uint8_t *) g_string_chunk_insert_len(t->texts, (const char *) v->octets, (gssize) v->n_octets);
	}
	t->at = t->asked[t->n_asked - 1] + 1;
	t->left = t->tries;
	ask_next(t);
}

static bool again(struct ntcip_talk *t)
{
	if (t->left <= 1)
		return false;
	t->left--;
	ask_next(t);
	return true;
}

static void count(struct ntcip_talk *t, const struct ntcip_answer *a)
{
	if (a->error == NTCIP_NO_ANSWER || a->error == NTCIP_STRAYS) {
		t->counts.timeouts++;
	} else {
		t->counts.answered++;
		t->counts.answer_s = a->took_s;
	}
	t->counts.garbage += a->error == NTCIP_STRAYS || a->error == NTCIP_GARBAGE;
}

/* Asked once more, or with less at once, or without what the unit has not got. False: that was it. */
static bool goes_on(struct ntcip_talk *t, enum ntcip_error error, uint32_t blame)
{
	switch (error) {
	case NTCIP_NO_ANSWER:
	case NTCIP_STRAYS:
	case NTCIP_GARBAGE:
		return again(t);
	case NTCIP_TOO_BIG:
		if (t->vars_most <= 1 || t->n_asked <= 1)
			return false;
		t->vars_most = MAX(1, MIN(t->vars_most, t->n_asked) / 2);
		ask_next(t);
		return true;
	case NTCIP_NO_SUCH:
	case NTCIP_GENERAL: /* some objects answer so while they are worked out */
		if (t->set || blame == UINT32_MAX)
			return false;
		t->vars[blame].error = error;
		ask_next(t);
		return true;
	default:
		return false;
	}
}

static void on_answer(void *user, const struct ntcip_answer *a)
{
	struct ntcip_talk *t = user;
	uint32_t blame = a->at > 0 && a->at <= t->n_asked ? t->asked[a->at - 1] : UINT32_MAX;

	count(t, a);
	if (a->error == NTCIP_OK) {
		take(t, a);
		return;
	}
	if (goes_on(t, a->error, blame))
		return;
	if (t->set && a->error != NTCIP_NO_ANSWER && a->error != NTCIP_STRAYS)
		t->counts.refused++;
	end(t, a->error, blame);
}

struct ntcip_talk *ntcip_talk_new(struct ntcip_link *link, uint32_t vars_most, void *user)
{
	struct ntcip_talk *t = g_new0(struct ntcip_talk, 1);

	t->link = link;
	link->on_answer = on_answer;
	link->user = t;
	t->user = user;
	t->vars_most = MIN(vars_most, NTCIP_VARS_MOST);
	t->texts = g_string_chunk_new(256);
	t->counts.answer_s = NAN;
	return t;
}

void ntcip_talk_free(struct ntcip_talk *t)
{
	if (t == NULL)
		return;
	t->link->free(t->link);
	g_string_chunk_free(t->texts);
	g_free(t->vars);
	g_free(t);
}

static void begin(struct ntcip_talk *t, bool set, const struct ntcip_var *vars, uint32_t n, uint32_t tries, ntcip_on_outcome done)
{
	g_return_if_fail(!t->busy && n <= NTCIP_LIST_MOST);
	t->busy = true;
	t->set = set;
	if (t->room < n)
		t->vars = g_renew(struct ntcip_var, t->vars, t->room = n);
	memcpy(t->vars, vars, n * sizeof vars[0]);
	for (uint32_t i = 0; i < n; i++)
		t->vars[i].error = NTCIP_OK;
	t->n = n;
	t->at = 0;
	t->tries = t->left = tries;
	t->done = done;
	g_string_chunk_clear(t->texts);
	ask_next(t);
}

void ntcip_talk_get(struct ntcip_talk *t, const struct ntcip_var *vars, uint32_t n, uint32_t tries, ntcip_on_outcome done)
{
	begin(t, false, vars, n, tries, done);
}

void ntcip_talk_set(struct ntcip_talk *t, const struct ntcip_var *vars, uint32_t n, uint32_t tries, ntcip_on_outcome done)
{
	begin(t, true, vars, n, tries, done);
}

bool ntcip_talk_busy(const struct ntcip_talk *t)
{
	return t->busy;
}

const struct ntcip_talk_counts *ntcip_talk_counts(const struct ntcip_talk *t)
{
	return &t->counts;
}
