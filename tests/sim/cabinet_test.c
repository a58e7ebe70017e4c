/* cabinet_test.c - whatever a cabinet is told, the street never sees a conflict, and silence ends in its own plan. */
#include <string.h>

#include "core/guard.h"
#include "core/netfile.h"
#include "sim/cabinet.h"

struct street {
	struct network *net;
	struct junction *j;
	struct cabinet *c;
};

static void set_up(struct street *s, gconstpointer data)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	g_autoptr(GError) error = NULL;
	(void) data;
	s->net = netfile_read(path, NULL, &error);
	g_assert_no_error(error);
	s->j = junction_new(s->net, 0, NULL, &error);
	g_assert_no_error(error);
	s->c = cabinet_new(s->j, &s->net->signals[0].programs[0], 0.0, &error);
	g_assert_no_error(error);
}

static void tear_down(struct street *s, gconstpointer data)
{
	(void) data;
	cabinet_free(s->c);
	junction_free(s->j);
	network_free(s->net);
}

static bool green(char c)
{
	return c == 'G' || c == 'g';
}

/* What nobody may ever see, said again in words of its own. `amber_from_s`: when each link's amber began. */
static void look(const struct street *s, char *before, double *amber_from_s, double t)
{
	const char *now = cabinet_shows(s->c);
	for (uint32_t i = 0; i < s->j->n_links; i++) {
		for (uint32_t k = 0; k < s->j->n_links; k++)
			g_assert_false(s->j->conflict[i * s->j->n_links + k] && green(now[i]) && (green(now[k]) || now[k] == 'y'));
		if (!s->j->links[i].pedestrian)
			g_assert_false(green(before[i]) && now[i] == 'r');
		if (before[i] == 'y' && now[i] != 'y')
			g_assert_cmpfloat(t - amber_from_s[i] + 0.501, >=, s->j->links[i].amber_s);
		if (before[i] != 'y')
			amber_from_s[i] = t;
	}
	memcpy(before, now, s->j->n_links);
}

/* By itself it shows every stage of its plan, without a fault. */
static void test_local(struct street *s, gconstpointer data)
{
	g_autofree bool *seen = g_new0(bool, s->j->n_stages);
	(void) data;
	for (int t = 1; t < 400; t++) {
		cabinet_tick(s->c, t);
		uint32_t stage = junction_stage_of(s->j, cabinet_shows(s->c));
		if (stage != STAGE_NONE)
			seen[stage] = true;
	}
	for (uint32_t k = 0; k < s->j->n_stages; k++)
		g_assert_true(seen[k]);
	for (int f = 0; f < CABINET_N_FAULTS; f++)
		g_assert_cmpuint(cabinet_count(s->c, (enum cabinet_fault) f), ==, 0);
	g_assert_cmpint(cabinet_mode(s->c), ==, CABINET_LOCAL);
}

static void random_state(GRand *r, const struct street *s, char *state)
{
	static const char letters[] = "Ggyrrr";
	const char *now = cabinet_shows(s->c);
	uint32_t n = s->j->n_links, kind = (uint32_t) g_rand_int_range(r, 0, 6);
	strcpy(state, kind == 0 ? s->j->stages[g_rand_int_range(r, 0, (gint32) s->j->n_stages)].state : now);
	if (kind == 1)
		for (uint32_t i = 0; i < n; i++)
			state[i] = letters[g_rand_int_range(r, 0, 6)];
	if (kind == 2)
		state[g_rand_int_range(r, 0, (gint32) n)] = letters[g_rand_int_range(r, 0, 6)];
	for (uint32_t i = 0; kind == 3 && i < n; i++)
		state[i] = green(now[i]) ? 'y' : 'r';
}

/* Random commands, many of them wrong, at random times; the street stays right. */
static void test_random(struct street *s, gconstpointer data)
{
	guint32 seed = g_test_rand_int() & 0x7fffffff;
	g_autoptr(GRand) r = g_rand_new_with_seed(seed);
	g_autofree char *before = g_strdup(cabinet_shows(s->c)), *state = g_new0(char, s->j->n_links + 1);
	g_autofree double *amber_from_s = g_new0(double, s->j->n_links);
	uint64_t faults = 0, taken = 0, refused = 0;
	(void) data;
	g_test_message("seed %u", seed);
	double t = 0.0;
	for (int step = 0; step < 40000; step++) {
		t += g_rand_double_range(r, 0.05, 1.0);
		cabinet_tick(s->c, t);
		look(s, before, amber_from_s, t);
		if (g_rand_int_range(r, 0, 50) == 0)
			t += 12.0 + CABINET_LOCKOUT_S * g_rand_double(r), cabinet_tick(s->c, t), look(s, before, amber_from_s, t);
		random_state(r, s, state);
		if (g_rand_boolean(r)) {
			bool good = cabinet_show(s->c, state, t, NULL);
			taken += good;
			refused += !good;
			look(s, before, amber_from_s, t);
		}
	}
	for (int f = 0; f < CABINET_N_FAULTS; f++) {
		g_test_message("%s %" G_GUINT64_FORMAT, cabinet_fault_name((enum cabinet_fault) f), cabinet_count(s->c, (enum cabinet_fault) f));
		faults += cabinet_count(s->c, (enum cabinet_fault) f);
	}
	g_assert_cmpuint(faults, >, 50);
	g_assert_cmpuint(cabinet_count(s->c, CABINET_CONFLICT), >, 0);
	g_assert_cmpuint(cabinet_count(s->c, CABINET_MISSING_AMBER), >, 0);
	g_assert_cmpuint(cabinet_count(s->c, CABINET_SHORT_GREEN), >, 0);
	g_assert_cmpuint(taken, >, 100);
	g_assert_cmpuint(refused, >, 100);
}

/* A careful centre, with a guard of its own, is followed to the letter; then it falls silent, then it comes back and releases. */
static void test_silence(struct street *s, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	owned(guard) centre = guard_new(s->j, 0.0);
	double t = 0.0;
	(void) data;
	for (; t < 200.0; t += 1.0) {
		cabinet_tick(s->c, t);
		const char *state = guard_next(centre, (uint32_t) (t / 17.0) % s->j->n_stages, t, NULL);
		g_assert_true(cabinet_show(s->c, state, t, &error));
		g_assert_cmpstr(cabinet_shows(s->c), ==, state);
		g_assert_cmpint(cabinet_mode(s->c), ==, CABINET_CENTRAL);
	}
	double last = t - 1.0;
	for (; t - last < CABINET_SILENCE_S - 0.01; t += 1.0) {
		cabinet_tick(s->c, t);
		g_assert_cmpint(cabinet_mode(s->c), ==, CABINET_CENTRAL);
	}
	cabinet_tick(s->c, last + CABINET_SILENCE_S);
	g_assert_cmpint(cabinet_mode(s->c), ==, CABINET_LOCAL);
	for (t = last + CABINET_SILENCE_S + 1.0; t < 400.0; t += 1.0)
		cabinet_tick(s->c, t);
	g_assert_true(cabinet_show(s->c, cabinet_shows(s->c), t, &error));
	g_assert_cmpint(cabinet_mode(s->c), ==, CABINET_CENTRAL);
	cabinet_release(s->c, t);
	g_assert_cmpint(cabinet_mode(s->c), ==, CABINET_LOCAL);
	for (int f = 0; f < CABINET_N_FAULTS; f++)
		g_assert_cmpuint(cabinet_count(s->c, (enum cabinet_fault) f), ==, 0);
}

/* Nonsense is refused in a sentence and changes nothing; a conflict locks the centre out. */
static void test_refused(struct street *s, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	(void) data;
	g_assert_false(cabinet_show(s->c, "G", 1.0, &error));
	g_assert_nonnull(strstr(error->message, "the state has 1 letters"));
	g_clear_error(&error);
	g_autofree char *odd = g_strnfill(s->j->n_links, 'X'), *all = g_strnfill(s->j->n_links, 'G'), *red = g_strnfill(s->j->n_links, 'r');
	g_assert_false(cabinet_show(s->c, odd, 1.0, &error));
	g_clear_error(&error);
	g_assert_cmpint(cabinet_mode(s->c), ==, CABINET_LOCAL);
	g_assert_false(cabinet_show(s->c, all, 30.0, &error)); /* local: nobody takes it over like that */
	g_assert_nonnull(strstr(error->message, "not taken over"));
	g_clear_error(&error);
	g_assert_cmpint(cabinet_mode(s->c), ==, CABINET_LOCAL);
	g_assert_cmpuint(cabinet_count(s->c, CABINET_CONFLICT), ==, 0);
	g_assert_true(cabinet_show(s->c, red, 30.0, &error));
	g_assert_false(cabinet_show(s->c, all, 30.0, &error));
	g_assert_nonnull(strstr(error->message, "conflict"));
	g_clear_error(&error);
	g_assert_cmpuint(cabinet_count(s->c, CABINET_CONFLICT), ==, 1);
	g_assert_cmpstr(cabinet_shows(s->c), ==, red);
	g_assert_false(cabinet_show(s->c, red, 31.0, &error));
	g_assert_nonnull(strstr(error->message, "its own plan for 19 s more"));
	g_clear_error(&error);
	cabinet_tick(s->c, 31.0 + CABINET_LOCKOUT_S);
	g_assert_true(cabinet_show(s->c, cabinet_shows(s->c), 31.0 + CABINET_LOCKOUT_S, &error));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/cabinet/local", struct street, NULL, set_up, test_local, tear_down);
	g_test_add("/cabinet/random", struct street, NULL, set_up, test_random, tear_down);
	g_test_add("/cabinet/silence", struct street, NULL, set_up, test_silence, tear_down);
	g_test_add("/cabinet/refused", struct street, NULL, set_up, test_refused, tear_down);
	return g_test_run();
}
