/* ntcip_scene.c - see ntcip_scene.h. */
#include "tests/daemon/ntcip_scene.h"

#include <math.h>
#include <string.h>

struct line { /* as SNMP would be, without the packets */
	struct ntcip_link link;
	struct ntcip_scene *scene;
	bool waiting, set, answered;
	struct ntcip_var vars[NTCIP_VARS_MOST];
	uint32_t n;
	struct ntcip_answer answer;
	double due_s; /* nobody answers until then */
	uint8_t texts[NTCIP_VARS_MOST][256];
};

static void on_ask(struct ntcip_link *link, bool set, const struct ntcip_var *vars, uint32_t n)
{
	struct line *l = (struct line *) link;

	g_assert_false(l->waiting);
	l->waiting = true;
	l->answered = false;
	l->set = set;
	l->n = n;
	memcpy(l->vars, vars, n * sizeof vars[0]);
}

static void on_free(struct ntcip_link *link)
{
	g_free(link);
}

static bool lost(struct ntcip_scene *s)
{
	return s->faults.lose_ppm > 0 && (uint32_t) g_rand_int_range(s->rand, 0, 1000000) < s->faults.lose_ppm;
}

static uint32_t name_of(const struct ntcip_var *v, uint32_t *oid)
{
	unsigned long numbers[NTCIP_OID_MOST];
	size_t n = ntcip_oid(v->object, v->index, v->index2, numbers);

	for (size_t i = 0; i < n; i++)
		oid[i] = (uint32_t) numbers[i];
	return (uint32_t) n;
}

static void do_set(struct line *l)
{
	struct asc_set sets[NTCIP_VARS_MOST];

	for (uint32_t i = 0; i < l->n; i++) {
		g_assert_true(ntcip_writable(l->vars[i].object));
		sets[i].n = name_of(&l->vars[i], sets[i].oid);
		sets[i].value = (struct asc_value){.type = ASC_INTEGER, .number = l->vars[i].number};
	}
	l->answer.error = ntcip_error_of_snmp(asc_set(l->scene->model, "administrator", sets, l->n, &l->answer.at));
}

static void do_get(struct line *l)
{
	for (uint32_t i = 0; i < l->n; i++) {
		struct asc_value value;
		uint32_t oid[NTCIP_OID_MOST], n = name_of(&l->vars[i], oid);
		struct ntcip_var *v = &l->vars[i];
		if (asc_get(l->scene->model, oid, n, &value) != 0) {
			v->error = NTCIP_NO_SUCH;
			continue;
		}
		v->number = value.number;
		memcpy(l->texts[i], value.octets, value.n);
		v->octets = value.type == ASC_OCTETS ? l->texts[i] : NULL;
		v->n_octets = value.n;
	}
	l->answer.vars = l->vars;
	l->answer.n = l->n;
}

/* The question arrives, or does not; the answer is ready, or never will be. */
static void serve(struct line *l)
{
	struct ntcip_scene *s = l->scene;
	struct ntcip_faults *f = &s->faults;

	l->answer = (struct ntcip_answer){.took_s = 0.01};
	l->answered = true;
	if (f->deaf || lost(s) || (l->set && f->sets_left == 1)) {
		l->answer.error = NTCIP_NO_ANSWER;
		l->due_s = s->now_s + 1;
		return;
	}
	if (l->set && f->sets_left > 1)
		f->sets_left--;
	if (f->error != NTCIP_OK)
		l->answer.error = f->error;
	else if (l->set && f->refuse_sets)
		l->answer = (struct ntcip_answer){.error = NTCIP_GENERAL};
	else if (l->set)
		do_set(l);
	else
		do_get(l);
	if (!l->set && (f->wrong_type || f->out_of_range)) /* what ntcip_snmp.c makes of such answers */
		l->answer = (struct ntcip_answer){.error = NTCIP_GARBAGE, .at = 1};
	l->due_s = s->now_s;
	if (f->silent || lost(s)) {
		l->answer.error = NTCIP_NO_ANSWER;
		l->due_s = s->now_s + 1;
	}
}

static void deliver(struct ntcip_scene *s)
{
	struct line *l = (struct line *) s->line;

	if (s->deliver != NULL) {
		s->deliver(s);
		return;
	}
	for (int i = 0; i < 400 && l->waiting; i++) {
		if (!l->answered)
			serve(l);
		if (l->due_s > s->now_s)
			return;
		l->waiting = false;
		struct ntcip_answer a = l->answer;
		l->link.on_answer(l->link.user, &a);
	}
}

static double on_clock_s(void *time)
{
	return ((const struct ntcip_scene *) time)->now_s;
}

static double on_wall_s(void *time)
{
	const struct ntcip_scene *s = time;

	return s->now_s + s->wall_off_s;
}

static void on_up(void *user, const struct controller_identity *who)
{
	struct ntcip_scene *s = user;

	s->heard.ups++;
	s->heard.can = who->can;
	if (s->also != NULL)
		s->also->up(s->also_user, who);
}

static void on_down(void *user, const char *why)
{
	struct ntcip_scene *s = user;

	s->heard.downs++;
	g_strlcpy(s->heard.down_why, why, sizeof s->heard.down_why);
	if (s->also != NULL)
		s->also->down(s->also_user, why);
}

static void on_status(void *user, const struct controller_status *status, uint32_t n)
{
	struct ntcip_scene *s = user;

	g_assert_cmpuint(n, ==, 1);
	g_assert_cmpuint(strlen(status->state), ==, s->cabinet.junction->n_links);
	s->heard.statuses++;
	s->heard.mode = status->mode;
	s->heard.alarms |= status->alarms;
	s->heard.coordination = status->coordination;
	s->heard.row = status->coordination.row;
	s->heard.status_s = s->now_s;
	g_strlcpy(s->heard.away, status->why != NULL ? status->why : "", sizeof s->heard.away);
	/* what is told is what shows: read at the same moment */
	g_assert_cmphex(status->greens, ==, asc_model_greens(s->model));
	g_assert_cmphex(status->ambers, ==, asc_model_yellows(s->model));
	if (s->also != NULL)
		s->also->status(s->also_user, status, n);
}

static void on_refused(void *user, const char *why)
{
	struct ntcip_scene *s = user;

	s->heard.refusals++;
	g_strlcpy(s->heard.refused, why, sizeof s->heard.refused);
}

static void on_timing(void *user, const struct controller_timing *timing)
{
	struct ntcip_scene *s = user;
	g_autoptr(GError) error = NULL;

	s->heard.timings++;
	s->heard.backup_s = timing->backup_s;
	bool good = cabinet_timing_check(timing, s->cabinet.map, &error);
	g_assert_no_error(error);
	g_assert_true(good);
	if (s->also != NULL)
		s->also->timing(s->also_user, timing);
}

static void on_reply(void *user, const struct controller_reply *reply)
{
	struct ntcip_scene *s = user;
	struct ntcip_heard *h = &s->heard;

	g_assert_true(reply->ok == (reply->why == NULL));
	if (!reply->ok)
		g_strlcpy(h->reply_why, reply->why, sizeof h->reply_why);
	if (reply->told == CONTROLLER_TOLD_WRITE && reply->ok)
		h->written |= (uint64_t) 1 << reply->row;
	if (reply->told == CONTROLLER_TOLD_WRITE)
		(*(reply->ok ? &h->writes_ok : &h->writes_bad))++;
	else if (reply->told == CONTROLLER_TOLD_SELECT)
		(*(reply->ok ? &h->selects_ok : &h->selects_bad))++;
	else if (reply->told == CONTROLLER_TOLD_RELEASE)
		h->releases += reply->ok;
	if (s->also != NULL)
		s->also->reply(s->also_user, reply);
}

static void on_alert(void *user, const char *kind, bool active, const char *sentence)
{
	struct ntcip_scene *s = user;
	struct ntcip_heard *h = &s->heard;

	g_assert_cmpuint(strlen(sentence), >, 10);
	if (active)
		g_hash_table_add(h->told, g_strdup(kind));
	for (uint32_t i = 0; i < h->n_alerts; i++)
		if (strcmp(h->alerts[i], kind) == 0)
			memmove(h->alerts[i], h->alerts[--h->n_alerts], sizeof h->alerts[0]);
	if (active && h->n_alerts < G_N_ELEMENTS(h->alerts))
		g_strlcpy(h->alerts[h->n_alerts++], kind, sizeof h->alerts[0]);
}

static const struct controller_events events = {
	.up = on_up, .down = on_down, .status = on_status, .refused = on_refused, .timing = on_timing, .reply = on_reply, .alert = on_alert};

static void open_unit(struct ntcip_scene *s, const struct ntcip_unit_setup *setup)
{
	struct ntcip_unit_setup u = setup != NULL ? *setup : (struct ntcip_unit_setup){0};

	if (u.link == NULL) {
		struct line *l = g_new0(struct line, 1);
		l->link.ask = on_ask;
		l->link.free = on_free;
		l->scene = s;
		u.link = s->line = &l->link;
	}
	u.junction = s->cabinet.junction;
	u.map = s->cabinet.map;
	u.events = &events;
	u.user = s;
	u.clock_s = on_clock_s;
	u.wall_s = on_wall_s;
	u.time = s;
	u.vars_most = u.vars_most != 0 ? u.vars_most : 24;
	u.sequence = 1;
	u.split_mode = u.split_mode != 0 ? u.split_mode : 4;
	s->unit = ntcip_unit_new(&u);
}

void ntcip_scene_begin(struct ntcip_scene *s, const struct asc_make *make, const struct ntcip_unit_setup *setup)
{
	*s = (struct ntcip_scene){.now_s = NTCIP_SCENE_T0_S};
	cabinet_scene_begin(&s->cabinet);
	s->heard.told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	s->rand = g_rand_new_with_seed(make->seed);
	s->model = asc_model_new(make, (NTCIP_SCENE_T0_S - 300) * (int64_t) 10); /* it has been there for a while */
	asc_model_run(s->model, NTCIP_SCENE_T0_S * (int64_t) 10);
	open_unit(s, setup);
}

void ntcip_scene_restart(struct ntcip_scene *s, const struct ntcip_unit_setup *setup)
{
	ntcip_unit_free(s->unit);
	open_unit(s, setup);
}

void ntcip_scene_end(struct ntcip_scene *s)
{
	ntcip_unit_free(s->unit);
	asc_model_free(s->model);
	cabinet_scene_end(&s->cabinet);
	g_hash_table_unref(s->heard.told);
	g_rand_free(s->rand);
}

void ntcip_scene_run(struct ntcip_scene *s, double for_s)
{
	for (double end_s = s->now_s + for_s; s->now_s < end_s;) {
		s->now_s += 1;
		asc_model_run(s->model, (int64_t) (s->now_s * 10));
		deliver(s);
		if (s->unit != NULL)
			ntcip_unit_poll(s->unit);
		deliver(s);
	}
}

bool ntcip_scene_alert(const struct ntcip_scene *s, const char *kind)
{
	for (uint32_t i = 0; i < s->heard.n_alerts; i++)
		if (strcmp(s->heard.alerts[i], kind) == 0)
			return true;
	return false;
}

bool ntcip_scene_told(const struct ntcip_scene *s, const char *kind)
{
	return g_hash_table_contains(s->heard.told, kind);
}

struct controller_pattern ntcip_scene_pattern(struct controller_split *splits, uint32_t row, uint32_t cycle_s, uint32_t offset_s)
{
	uint32_t left = cycle_s / 6, a = (cycle_s - 2 * left) * 3 / 5, b = cycle_s - 2 * left - a;

	for (uint16_t p = 1; p <= 8; p++)
		splits[p - 1] = (struct controller_split){.number = p,
			.split_s = p % 2 == 1  ? left
				: p == 2 || p == 6 ? a
								   : b,
			.coordinated = p == 2 || p == 6};
	return (struct controller_pattern){.row = row, .cycle_s = cycle_s, .offset_s = offset_s, .splits = splits, .n_splits = 8};
}

bool ntcip_scene_give(struct ntcip_scene *s, const struct controller_pattern *p)
{
	uint32_t bad = s->heard.writes_bad + s->heard.selects_bad, good = s->heard.writes_ok, selected = s->heard.selects_ok;

	ntcip_unit_write(s->unit, p);
	for (int i = 0; i < 60 && s->heard.writes_ok == good && s->heard.writes_bad + s->heard.selects_bad == bad; i++)
		ntcip_scene_run(s, 1);
	if (s->heard.writes_ok == good)
		return false;
	ntcip_unit_select(s->unit, p->row);
	for (int i = 0; i < 60 && s->heard.selects_ok == selected && s->heard.selects_bad + s->heard.writes_bad == bad; i++)
		ntcip_scene_run(s, 1);
	return s->heard.selects_ok > selected;
}
