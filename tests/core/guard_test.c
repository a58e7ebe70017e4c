/* guard_test.c - the guard on the small network, second by second. */
#include <math.h>
#include <string.h>

#include "core/guard.h"
#include "core/netfile.h"
#include "small_net.h"

struct fixture {
	struct network *net;
	struct junction *j;
	struct guard *g;
};

static void set_up(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	f->net = netfile_parse(small_net, strlen(small_net), "small", NULL, NULL);
	f->j = junction_new(f->net, 0, NULL, NULL);
	f->g = guard_new(f->j, 0);
}

static void tear_down(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	guard_free(f->g);
	junction_free(f->j);
	network_free(f->net);
}

/* Asks for `stage` from `from_s` to `to_s` - 1, and returns what was shown, one state a second, a comma between. */
static char *shown(struct guard *g, uint32_t stage, int from_s, int to_s)
{
	GString *text = g_string_new(NULL);
	for (int t_s = from_s; t_s < to_s; t_s++)
		g_string_append_printf(text, "%s%s", t_s > from_s ? "," : "", guard_next(g, stage, t_s, NULL));
	return g_string_free(text, FALSE);
}

static void settle(struct fixture *f, uint32_t stage, int until_s)
{
	g_free(shown(f->g, stage, 0, until_s));
	g_assert_true(guard_settled(f->g));
}

static void test_start(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	g_assert_cmpstr(guard_shows(f->g), ==, "rrr");
	/* As if all had just turned red: link 1 has to clear for 1 s, the pedestrians for 9 s. */
	g_autofree char *a = shown(f->g, 0, 0, 3);
	g_assert_cmpstr(a, ==, "rrr,GrG,GrG");
	owned(guard) other = guard_new(f->j, 0);
	g_autofree char *b = shown(other, 1, 0, 11);
	g_assert_cmpstr(b, ==, "rrr,rrr,rrr,rrr,rrr,rrr,rrr,rrr,rrr,rGr,rGr");
}

static void test_change(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	settle(f, 0, 20);
	g_assert_cmpfloat(guard_wait_s(f->g, 1, 20), ==, 9);
	/* The vehicles go on while the pedestrians clear, as the network's own program has it. */
	g_autofree char *there = shown(f->g, 1, 20, 30);
	g_assert_cmpstr(there, ==, "Grr,Grr,Grr,Grr,Grr,yrr,yrr,yrr,rrr,rGr");
	g_assert_true(guard_settled(f->g));
	g_assert_cmpfloat(guard_since_s(f->g, 1), ==, 29);
	/* And back: the minimum green of 5 s first. */
	g_assert_cmpfloat(guard_wait_s(f->g, 0, 30), ==, 8);
	g_autofree char *back = shown(f->g, 0, 30, 39);
	g_assert_cmpstr(back, ==, "rGr,rGr,rGr,rGr,ryr,ryr,ryr,rrr,GrG");
}

static void test_change_of_mind(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	settle(f, 0, 20);
	g_autofree char *away = shown(f->g, 1, 20, 26);
	g_assert_cmpstr(away, ==, "Grr,Grr,Grr,Grr,Grr,yrr");
	/* Amber is no way back: it ends, a second of red, then all of A again. */
	g_autofree char *back = shown(f->g, 0, 26, 31);
	g_assert_cmpstr(back, ==, "yrr,yrr,rrr,GrG,GrG");
}

static void test_verdicts(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	struct guard_verdict v;
	guard_next(f->g, 0, 0, &v);
	g_assert_cmpint(v.rule, ==, GUARD_ALL_RED);
	guard_next(f->g, 0, 1, &v);
	g_assert_cmpint(v.rule, ==, GUARD_OK);
	guard_next(f->g, 1, 2, &v);
	g_assert_cmpint(v.rule, ==, GUARD_WALK);
	g_assert_cmpuint(v.link, ==, 2);
	g_assert_cmpfloat(v.left_s, ==, 13); /* 4 s of walk, 9 s of clearance */
	guard_next(f->g, 1, 6, &v);
	g_assert_cmpint(v.rule, ==, GUARD_PED_CLEARANCE);
	g_assert_cmpuint(v.stage, ==, 1);
	guard_next(f->g, 7, 7, &v);
	g_assert_cmpint(v.rule, ==, GUARD_ASKED_WRONG);
	g_assert_cmpuint(v.stage, ==, 1); /* still on the way */
	guard_next(f->g, 1, 6, &v);
	g_assert_cmpint(v.rule, ==, GUARD_CLOCK);
	guard_next(f->g, 1, NAN, &v);
	g_assert_cmpint(v.rule, ==, GUARD_CLOCK);
	g_assert_cmpuint(guard_count(f->g, GUARD_CLOCK), ==, 2);
	g_assert_cmpuint(guard_count(f->g, GUARD_ASKED_WRONG), ==, 1);
	g_assert_cmpuint(guard_count(f->g, GUARD_OK), ==, 1);
	for (uint32_t rule = 0; rule < GUARD_N_RULES; rule++)
		g_assert_cmpstr(guard_rule_name((enum guard_rule) rule), !=, "unknown");
}

/* Nobody ever asks for B: link 1 gets it all the same, and A comes back after B's minimum green. */
static void test_max_red(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	struct guard_verdict v;
	int first_s = -1, last_s = -1, held = 0;
	for (int t_s = 0; t_s < 240; t_s++) {
		const char *state = guard_next(f->g, 0, t_s, &v);
		if (state[1] == 'G' && first_s < 0)
			first_s = t_s;
		if (state[1] == 'G' && t_s - first_s < 60)
			last_s = t_s;
		held += v.rule == GUARD_MAX_GREEN || v.rule == GUARD_MAX_RED;
	}
	/* Link 0 is over its maximum of 60 s at 61 s while link 1 waits; 9 s of way; 5 s of minimum green. */
	g_assert_cmpint(first_s, ==, 1 + 60 + 9);
	g_assert_cmpint(last_s - first_s + 1, ==, 5);
	g_assert_cmpint(held, >, 0);
}

static void test_max_red_alone(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	struct junction_limits l = junction_limits_default();
	l.max_green_s = 600;
	l.max_red_s = 40;
	owned(junction) j = junction_new(f->net, 0, &l, NULL);
	owned(guard) g = guard_new(j, 0);
	int red_s = 0, longest_s = 0;
	for (int t_s = 0; t_s < 1000; t_s++) {
		red_s = guard_next(g, 0, t_s, NULL)[1] == 'G' ? 0 : red_s + 1;
		longest_s = MAX(longest_s, red_s);
	}
	g_assert_cmpint(longest_s, ==, 40);
	g_assert_cmpuint(guard_count(g, GUARD_MAX_RED), >, 0);
}

static void test_adopt(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	static const struct {
		const char *state, *say;
	} bad[] = {{"Gr", "has 2 letters, must have 3"}, {"Grx", "has 'x'"}, {"GGr", "which cross"}, {"GyG", "which cross"}, {"OOO", "has 'O'"}};
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_false(guard_adopt(f->g, bad[i].state, 50, &error));
		g_assert_nonnull(strstr(error->message, bad[i].say));
		g_assert_cmpstr(guard_shows(f->g), ==, "rrr");
	}
	g_assert_true(guard_adopt(f->g, "rGu", 50, NULL));
	g_assert_cmpuint(guard_stage(f->g), ==, 1);
	g_autofree char *states = shown(f->g, 0, 50, 60); /* its green counts from 50 s on */
	g_assert_cmpstr(states, ==, "rGr,rGr,rGr,rGr,rGr,ryr,ryr,ryr,rrr,GrG");
}

/* A cabinet that shows by itself: who stays green keeps his time, and what is no safe state changes nothing. */
static void test_follow(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	g_autoptr(GError) error = NULL;
	g_assert_true(guard_adopt(f->g, "GrG", 50, NULL));
	g_assert_true(guard_follow(f->g, "GrG", 52, NULL));
	g_assert_true(guard_follow(f->g, "Grr", 55, NULL)); /* the pedestrians' green ends, and it is the same stage */
	g_assert_true(guard_settled(f->g));
	g_assert_cmpuint(guard_stage(f->g), ==, 0);
	g_assert_cmpfloat(guard_since_s(f->g, 0), ==, 50);
	g_assert_cmpfloat(guard_since_s(f->g, 2), ==, 55);
	g_assert_false(guard_follow(f->g, "GGr", 56, &error));
	g_assert_nonnull(strstr(error->message, "which cross"));
	g_assert_cmpstr(guard_shows(f->g), ==, "Grr");
	g_assert_true(guard_follow(f->g, "yrr", 57, NULL));
	g_assert_false(guard_settled(f->g));
	g_assert_true(guard_follow(f->g, "rrr", 60, NULL));
	g_assert_false(guard_settled(f->g));
	g_assert_true(guard_follow(f->g, "rGr", 61, NULL));
	g_assert_cmpuint(guard_stage(f->g), ==, 1);
	g_assert_cmpfloat(guard_since_s(f->g, 1), ==, 61);
	struct guard_verdict v; /* and from there it is asked as ever: 5 s of green first */
	g_assert_cmpstr(guard_next(f->g, 0, 62, &v), ==, "rGr");
	g_assert_cmpint(v.rule, ==, GUARD_MIN_GREEN);
	g_assert_true(guard_follow(f->g, "ryr", 70, NULL));
	g_assert_true(guard_follow(f->g, "Grr", 75, NULL)); /* nobody walks: the stage all the same */
	g_assert_cmpuint(guard_stage(f->g), ==, 0);
	g_assert_true(guard_settled(f->g));
	g_assert_true(guard_adopt(f->g, "Grr", 76, NULL)); /* who commands gives the walk, too */
	g_assert_false(guard_settled(f->g));
}

static void test_copy(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	settle(f, 0, 20);
	owned(guard) copy = guard_copy(f->g);
	g_autofree char *one = shown(f->g, 1, 20, 40), *still = shown(copy, 0, 20, 22), *two = shown(copy, 1, 22, 42);
	g_assert_cmpstr(still, ==, "GrG,GrG");
	g_assert_cmpstr(one, ==, two);
}

/* wait_s tells what then happens, from any moment on the way. */
static void test_wait(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	for (int t_s = 0; t_s < 400; t_s++) {
		guard_next(f->g, (uint32_t) (t_s / 23) % 2, t_s, NULL);
		for (uint32_t stage = 0; stage < 2; stage++) {
			owned(guard) twin = guard_copy(f->g);
			double wait_s = guard_wait_s(f->g, stage, t_s);
			int took_s = 0;
			while (junction_stage_of(f->j, guard_next(twin, stage, t_s + took_s, NULL)) != stage)
				took_s++;
			g_assert_cmpfloat(ceil(wait_s), ==, took_s);
		}
	}
}

/* Asks for B with a hold from 20 s on: what shows for `hold_s` seconds, then without one. */
static void test_hold(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	struct guard_verdict v;
	settle(f, 1, 20);
	owned(guard) free = guard_copy(f->g);
	int began_s = 20, held_s = 20;
	while (!shows_green(guard_next(free, 0, began_s, NULL)[0]))
		began_s++;
	for (;; held_s++) { /* ends the same way, and then waits for as long as it may */
		guard_hold(f->g);
		const char *state = guard_next(f->g, 0, held_s, &v);
		if (shows_green(state[0]))
			break;
		g_assert_true(held_s < began_s || v.rule == GUARD_HOLD);
		g_assert_cmpint(held_s, <, began_s + (int) GUARD_HOLD_S);
	}
	g_assert_cmpint(held_s, ==, began_s + (int) GUARD_HOLD_S);
	g_assert_cmpuint(guard_count(f->g, GUARD_HOLD), ==, (uint64_t) GUARD_HOLD_S);
}

static void test_hold_once(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	struct guard_verdict v;
	int t_s = 20;
	settle(f, 1, t_s);
	do {
		guard_hold(f->g);
		guard_next(f->g, 0, t_s++, &v);
	} while (v.rule != GUARD_HOLD);
	owned(guard) copy = guard_copy(f->g);
	g_assert_true(shows_green(guard_next(f->g, 0, t_s, &v)[0])); /* not asked again: it goes */
	g_assert_cmpint(v.rule, ==, GUARD_OK);
	guard_hold(copy);
	g_assert_false(shows_green(guard_next(copy, 0, t_s + 6.9, &v)[0])); /* it counts from the first time on */
	g_assert_cmpint(v.rule, ==, GUARD_HOLD);
	guard_hold(copy);
	g_assert_true(shows_green(guard_next(copy, 0, t_s + 7, &v)[0]));
	guard_hold(copy);
	g_assert_cmpstr(guard_next(copy, 0, t_s + 8, &v), ==, f->j->stages[0].state); /* what shows is never taken away */
	g_assert_cmpint(v.rule, ==, GUARD_OK);
}

/* One of A's links is shut while A is asked for: it ends through amber and stays red, the others go on; then it has its green again. */
static void test_shut(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	uint32_t link = 0;
	int t_s = 30;
	settle(f, 0, t_s);
	while (f->j->links[link].pedestrian || !shows_green(f->j->stages[0].state[link]))
		link++;
	g_autofree char *others = g_strdup(guard_shows(f->g));
	for (int end_s = t_s + 20; t_s < end_s; t_s++) {
		guard_shut(f->g, link);
		const char *shows = guard_next(f->g, 0, t_s, NULL);
		g_assert_cmpint(shows[link], ==, t_s < end_s - 20 + f->j->links[link].amber_s ? 'y' : 'r');
		others[link] = shows[link];
		g_assert_cmpstr(shows, ==, others);
	}
	g_assert_cmpstr(guard_next(f->g, 0, t_s, NULL), ==, f->j->stages[0].state); /* not asked again: it goes */
}

/* Whatever is shut, nobody waits beyond the maximum red. */
static void test_shut_long(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	double green_s = 20;
	settle(f, 1, 20);
	for (int t_s = 20; t_s < 600; t_s++) {
		guard_shut(f->g, 0);
		if (shows_green(guard_next(f->g, t_s / 40 % f->j->n_stages, t_s, NULL)[0]))
			green_s = t_s;
		g_assert_cmpfloat(t_s - green_s, <=, f->j->links[0].max_red_s + 20);
	}
	g_assert_cmpfloat(green_s, >, 100);
}

/* Where all would be red the stage is shown as it is. */
static void test_shut_all(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	settle(f, 0, 20);
	for (int t_s = 20; t_s < 50; t_s++) {
		for (uint32_t i = 0; i < f->j->n_links; i++)
			guard_shut(f->g, i);
		g_assert_cmpstr(guard_next(f->g, 0, t_s, NULL), ==, f->j->stages[0].state);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/guard/start", struct fixture, NULL, set_up, test_start, tear_down);
	g_test_add("/guard/change", struct fixture, NULL, set_up, test_change, tear_down);
	g_test_add("/guard/change-of-mind", struct fixture, NULL, set_up, test_change_of_mind, tear_down);
	g_test_add("/guard/verdicts", struct fixture, NULL, set_up, test_verdicts, tear_down);
	g_test_add("/guard/max-green", struct fixture, NULL, set_up, test_max_red, tear_down);
	g_test_add("/guard/max-red", struct fixture, NULL, set_up, test_max_red_alone, tear_down);
	g_test_add("/guard/adopt", struct fixture, NULL, set_up, test_adopt, tear_down);
	g_test_add("/guard/follow", struct fixture, NULL, set_up, test_follow, tear_down);
	g_test_add("/guard/copy", struct fixture, NULL, set_up, test_copy, tear_down);
	g_test_add("/guard/wait", struct fixture, NULL, set_up, test_wait, tear_down);
	g_test_add("/guard/hold", struct fixture, NULL, set_up, test_hold, tear_down);
	g_test_add("/guard/shut", struct fixture, NULL, set_up, test_shut, tear_down);
	g_test_add("/guard/shut-all", struct fixture, NULL, set_up, test_shut_all, tear_down);
	g_test_add("/guard/shut-long", struct fixture, NULL, set_up, test_shut_long, tear_down);
	g_test_add("/guard/hold-once", struct fixture, NULL, set_up, test_hold_once, tear_down);
	return g_test_run();
}
