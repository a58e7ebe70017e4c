/* gbt_line_test.c - the real gbt20999 driver in whole conversations over real lines: TCP, UDP and serial at once, beside controllers that never
 * answer. Connect, identify, read the timing, status each second, write a plan, select it, garbage on the line, the line cut and joined again, hand back.
 */
#include <math.h>
#include <string.h>

#include "core/units.h"
#include "daemon/controller_options.h"
#include "tests/daemon/ears.h"
#include "tests/daemon/gbt_post.h"

#define SPEED 20.0   /* of the controllers' time */
#define BACKUP_S 5.0 /* ours; SPEED times that, in theirs */
#define ROW 20
#define NOISES 40    /* so often garbage is heard */
#define FAST_S 1.5   /* a status may be so old */

struct talk {
	const char *name;
	struct gbt_post *post;
	struct controller *c;
	struct controller_options *options;
	struct ears told;
	double now_s;
	uint32_t polls, late; /* polls while it was up; those before which no status had come since FAST_S */
	bool mute;
};

static const char *greenwavectl;
static const struct controller_driver *driver;
static struct talk talks[6];
static enum gbt_post_line end_line = GBT_POST_SERIAL + 1; /* those before it are tried */
static struct network net;
static struct net_signal signal_0 = {.n_links = 3};

static double now_s(void)
{
	return us_to_s(g_get_monotonic_time());
}

static void begin(struct talk *t, const char *name, enum gbt_post_line line, bool mute)
{
	static const uint32_t signals[] = {0};
	const char *const words[] = {"backup_s", "5", "device", "MODEL-0001", "answer_s", "0.5", "baud", "115200", NULL};
	struct gbt_cabinet *cabinet = gbt_cabinet_small();
	g_autoptr(GError) error = NULL;

	cabinet->backup_s = BACKUP_S * SPEED;
	cabinet->misdeeds = mute ? GBT_MUTE : 0;
	*t = (struct talk){.name = name, .mute = mute, .post = gbt_post_new(line, cabinet, SPEED)};
	t->told.now_s = &t->now_s;
	t->options = controller_options_new(driver, words, &error);
	g_assert_no_error(error);
	t->c = driver->open(&(struct controller_setup){.net = &net, .address = gbt_post_address(t->post), .signals = signals, .n_signals = 1,
		.events = &ears_events, .user = &t->told, .options = t->options}, &error);
	g_assert_no_error(error);
}

static void end(struct talk *t)
{
	driver->close(t->c);
	controller_options_free(t->options);
	gbt_post_free(t->post);
}

static gboolean on_second(gpointer user)
{
	(void) user;
	for (size_t i = 0; i < G_N_ELEMENTS(talks); i++) {
		struct talk *t = &talks[i];
		if (t->c == NULL)
			continue;
		if (t->told.ups > t->told.downs && t->told.statuses > 0) {
			t->polls++;
			t->late += now_s() - t->told.status_s > FAST_S;
		}
		driver->poll(t->c);
	}
	return G_SOURCE_CONTINUE;
}

static gboolean on_tick(gpointer user)
{
	(void) user;
	for (size_t i = 0; i < G_N_ELEMENTS(talks); i++)
		talks[i].now_s = now_s();
	return G_SOURCE_CONTINUE;
}

/* All that speak do what is waited for, or it takes too long. */
static void until(const char *what, bool (*done)(const struct talk *t), double most_s)
{
	double began_s = now_s();
	const struct talk *left;

	do {
		g_main_context_iteration(NULL, true);
		left = NULL;
		for (size_t i = 0; i < G_N_ELEMENTS(talks); i++)
			if (!talks[i].mute && !done(&talks[i]))
				left = &talks[i];
	} while (left != NULL && now_s() - began_s < most_s);
	if (left != NULL)
		g_test_message("%s: not within %.0f s: %s; %u ups, %u downs (%s), %u timings, %u statuses, the last %.1f s ago", left->name, most_s, what,
			left->told.ups, left->told.downs, left->told.why, left->told.timings, left->told.statuses, now_s() - left->told.status_s);
	g_assert_null(left);
	g_test_message("%s: %.1f s", what, now_s() - began_s);
}

static void each(void (*act)(struct talk *t))
{
	for (size_t i = 0; i < G_N_ELEMENTS(talks); i++)
		if (!talks[i].mute)
			act(&talks[i]);
}

/* ---- what is waited for ---- */

static bool is_up(const struct talk *t)
{
	return t->told.ups > t->told.downs && t->told.timings > 0 && now_s() - t->told.status_s < FAST_S;
}

static bool has_replied(const struct talk *t)
{
	return t->told.replies > 0;
}

static bool runs_ours(const struct talk *t)
{
	return t->told.status.coordination.row == ROW && t->told.status.mode == CONTROLLER_CENTRAL && !t->told.status.coordination.in_transition;
}

static bool has_been_polled(const struct talk *t)
{
	return t->polls >= 8;
}

static bool is_down(const struct talk *t)
{
	return t->told.downs == t->told.ups;
}

static bool has_heard_garbage(const struct talk *t)
{
	struct controller_health health;

	driver->health(t->c, &health);
	return health.garbage >= NOISES && t->told.alert[EARS_GARBAGE];
}

static bool is_calm(const struct talk *t)
{
	return !t->told.alert[EARS_GARBAGE] && is_up(t);
}

static bool has_returned(const struct talk *t)
{
	const struct gbt_cabinet *cabinet = gbt_post_lock(t->post);
	bool returned = cabinet->counts.returned > 0 && cabinet->plan == cabinet->own_plan;

	gbt_post_unlock(t->post);
	return returned;
}

static bool is_idle(const struct talk *t)
{
	const struct gbt_cabinet *cabinet = gbt_post_lock(t->post);
	bool local = cabinet->mode == 0x21;

	gbt_post_unlock(t->post);
	return local && driver->idle(t->c) && t->told.status.mode == CONTROLLER_LOCAL;
}

/* ---- what is done ---- */

static void write_plan(struct talk *t)
{
	static const struct controller_split splits[] = {{1, 25, true}, {2, 20, false}, {3, 25, false}};

	g_assert_cmpstr(t->told.model, ==, "MODEL-0001");
	g_assert_cmpuint(t->told.n_stages, ==, 3);
	g_assert_cmpuint(t->told.n_phases, ==, 3);
	driver->write(t->c, &(struct controller_pattern){.row = ROW, .cycle_s = 70, .offset_s = 0, .splits = splits, .n_splits = 3});
}

static void select_plan(struct talk *t)
{
	const struct gbt_cabinet *cabinet = gbt_post_lock(t->post);

	g_assert_true(cabinet->plans[ROW].there);
	g_assert_cmpuint(cabinet->plans[ROW].cycle_s, ==, 70);
	g_assert_cmpuint(cabinet->plans[ROW].times_s[15], ==, 25);
	gbt_post_unlock(t->post);
	driver->select(t->c, 0, ROW);
}

static void begin_noise(struct talk *t)
{
	gbt_post_noise(t->post, true);
}

static void end_noise(struct talk *t)
{
	gbt_post_noise(t->post, false);
}

static void cut(struct talk *t)
{
	gbt_post_cut(t->post, true);
}

static void join(struct talk *t)
{
	gbt_post_cut(t->post, false);
}

static void release(struct talk *t)
{
	static const uint32_t signals[] = {0};

	driver->release(t->c, signals, 1);
}

/* Garbage may cost a connection and a plan; it is asked for again then, as steering would. */
static void select_again(struct talk *t)
{
	if (!runs_ours(t))
		driver->select(t->c, 0, ROW);
}

static void safe(struct talk *t)
{
	const struct gbt_model_counts *n = &gbt_post_lock(t->post)->counts;

	g_test_message("%s: %u statuses, %u of %u polls saw none for %.1f s; %u ups, %u times garbage; selected %lu, handed back %lu, returned %lu", t->name,
		t->told.statuses, t->late, t->polls, FAST_S, t->told.ups, t->told.alerts[EARS_GARBAGE], n->selected, n->released, n->returned);
	g_assert_cmpuint(n->conflicts + n->short_greens + n->short_clearances, ==, 0);
	g_assert_cmpuint(n->safety_writes + n->running_writes, ==, 0);
	g_assert_cmpuint(n->released, >=, 1);
	gbt_post_unlock(t->post);
	g_assert_false(t->told.alert[EARS_STRANGER] || t->told.alert[EARS_STATUS]);
}

/* The mute ones slow nobody. */
static void all_in_time(void)
{
	uint32_t polls = 0, late = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(talks); i++) {
		polls += talks[i].mute ? 0 : talks[i].polls;
		late += talks[i].late;
	}
	g_test_message("%u of %u polls saw no status for %.1f s", late, polls, FAST_S);
	g_assert_cmpuint(late * 10, <=, polls);
}

static void forget_replies(struct talk *t)
{
	t->told.replies = t->told.oks = 0;
}

/* On a machine that has no time for us an answer may come too late: it is asked for again, as steering would. */
static void insist(const char *what, void (*act)(struct talk *t))
{
	each(forget_replies);
	for (int tries = 0; tries < 4; tries++) {
		for (size_t i = 0; i < G_N_ELEMENTS(talks); i++)
			if (!talks[i].mute && talks[i].told.oks == 0) {
				talks[i].told.replies = 0;
				act(&talks[i]);
			}
		until(what, has_replied, 20);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(talks); i++)
		if (!talks[i].mute && talks[i].told.oks == 0)
			g_error("%s: %s: %s", talks[i].name, what, talks[i].told.reply_why);
}

static void converse(void)
{
	until("connected, identified, timing read, status", is_up, 10);
	insist("a plan written and read back", write_plan);
	insist("selected", select_plan);
	until("selected and seen to run", runs_ours, 30);
	until("status each second, eight times", has_been_polled, 30);
	all_in_time();
	each(begin_noise);
	until("garbage noticed", has_heard_garbage, 30);
	each(end_noise);
	until("status again", is_up, 30);
	each(select_again);
	until("runs as before", runs_ours, 30);
	if (g_test_slow())
		until("the alert is over", is_calm, 90);
	each(cut);
	until("cut and noticed", is_down, 10);
	until("back to its own plan without us", has_returned, 30);
	each(join);
	until("joined again", is_up, 60); /* its back-off may have come to 16 s and more */
	each(select_again);
	until("selected again and seen to run", runs_ours, 30);
	each(release);
	until("handed back", is_idle, 10);
	each(safe);
}

static void test_lines(void)
{
	static const struct {
		const char *name;
		enum gbt_post_line line;
		bool mute;
	} lines[] = {{"tcp", GBT_POST_TCP, false}, {"mute tcp", GBT_POST_TCP, true}, {"udp", GBT_POST_UDP, false}, {"mute udp", GBT_POST_UDP, true},
		{"serial", GBT_POST_SERIAL, false}, {"mute serial", GBT_POST_SERIAL, true}};
	guint timers[] = {g_timeout_add(1000, on_second, NULL), g_timeout_add(10, on_tick, NULL)};

	for (size_t i = 0; i < G_N_ELEMENTS(talks); i++) {
		talks[i].mute = true; /* nobody, until he is begun */
		if (lines[i].line < end_line)
			begin(&talks[i], lines[i].name, lines[i].line, lines[i].mute);
	}
	converse();
	for (size_t i = 0; i < G_N_ELEMENTS(talks) && talks[i].c != NULL; i++) {
		g_assert_cmpuint(talks[i].mute ? talks[i].told.ups + talks[i].told.statuses : 0, ==, 0);
		end(&talks[i]);
	}
	g_source_remove(timers[0]);
	g_source_remove(timers[1]);
}

/* `greenwavectl controller probe`, on each line: it says who is there and what it can do, and changes nothing. */
static void test_probe(void)
{
	for (enum gbt_post_line line = GBT_POST_TCP; line < end_line; line++) {
		owned(gbt_post) post = gbt_post_new(line, gbt_cabinet_small(), SPEED);
		g_autofree char *out = NULL, *err = NULL;
		g_autoptr(GError) error = NULL;
		char *words[] = {(char *) greenwavectl, (char *) "controller", (char *) "probe", (char *) gbt_post_address(post), NULL};
		int status;

		g_assert_true(g_spawn_sync(NULL, words, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, &err, &status, &error));
		g_test_message("%s%s", out, err);
		g_assert_true(g_spawn_check_wait_status(status, NULL));
		g_assert_nonnull(strstr(out, "MODEL-0001"));
		g_assert_nonnull(strstr(out, "GB/T 20999-2017"));
		g_assert_nonnull(strstr(out, "runs its own plan"));
		struct gbt_cabinet *cabinet = gbt_post_lock(post);
		g_assert_cmpuint(cabinet->counts.sets, ==, 0);
		g_assert_cmphex(cabinet->mode, ==, 0x21);
		gbt_post_unlock(post);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_assert_cmpint(argc, ==, 2);
	greenwavectl = argv[1];
	driver = controller_find("gbt20999");
	net.signals = &signal_0;
	net.n_signals = 1;
	if (!gbt_post_has_pty()) {
		g_printerr("gbt_line_test: this machine has no pty: serial lines are left out\n");
		end_line = GBT_POST_SERIAL;
	}
	g_test_add_func("/gbt/probe", test_probe);
	g_test_add_func("/gbt/lines", test_lines);
	return g_test_run();
}
