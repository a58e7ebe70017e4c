/* corridor_property.c - random junctions, random wishes, vehicles at random times: never an unsafe light, and a green that was promised comes.
 *
 *     corridor_property [--seed N]
 *
 * The watcher at the street (tests/core/street.h) shares nothing with the guard. Promised: an answer without any second of red while the
 * green is needed. From then on, whatever is wished in each second, no later answer may take it back.
 */
#include <math.h>
#include <stdio.h>

#include "optimizer/corridor_ask.h"
#include "tests/core/random_junction.h"
#include "tests/core/street.h"

#define JUNCTIONS 60
#define VISITS 6

struct tally {
	uint32_t seconds, visits, promised, own;
	uint32_t foes, foes_green; /* seconds in which foes had to be red; links of them that were green all the same */
};

static struct corridor_need a_need(struct dice *dice, const struct junction *j, uint32_t *links, double now_s)
{
	struct corridor_need need = {.stage = dice_below(dice, j->n_stages), .links = links};
	for (uint32_t k = 0; k < j->n_links; k++)
		if (shows_green(j->stages[need.stage].state[k]) && (need.n_links == 0 || dice_chance(dice, 0.3)))
			links[need.n_links++] = k;
	need.arrive_s = now_s + floor(dice_between(dice, 1, 90));
	need.from_s = fmax(now_s, need.arrive_s - floor(dice_between(dice, 4, 15)));
	need.until_s = need.arrive_s + floor(dice_between(dice, 2, 8));
	return need;
}

/* Some of the stage's other links are in its way. */
static const bool *some_foes(struct dice *dice, const struct junction *j, const struct corridor_need *need, bool *foes)
{
	for (uint32_t k = 0; k < j->n_links; k++)
		foes[k] = shows_green(j->stages[need->stage].state[k]) && dice_chance(dice, 0.3);
	for (uint32_t i = 0; i < need->n_links; i++)
		foes[need->links[i]] = false;
	return dice_chance(dice, 0.5) ? foes : NULL;
}

static bool shows_it(const struct junction *j, const char *shows, const struct corridor_need *need)
{
	for (uint32_t k = 0; k < need->n_links; k++)
		if (!shows_green(shows[need->links[k]]) || (j->stages[need->stage].state[need->links[k]] == 'G' && shows[need->links[k]] != 'G'))
			return false;
	return true;
}

static void one_junction(struct dice *dice, struct tally *t)
{
	char why[256];
	double now_s = 0;
	owned(junction) j = random_junction(dice);
	owned(guard) g = guard_new(j, now_s);
	owned(street) street = street_new(j, now_s);
	g_autofree uint32_t *links = g_new(uint32_t, j->n_links);
	g_autofree bool *foes = g_new(bool, j->n_links);
	for (uint32_t visit = 0; visit < VISITS; visit++) {
		uint32_t wish = dice_below(dice, j->n_stages);
		for (double until_s = now_s + floor(dice_between(dice, 0, 40)); now_s < until_s; now_s += 1) {
			const char *shows = guard_next(g, wish, now_s, &(struct guard_verdict){0});
			if (street_see(street, shows, now_s, why) != GUARD_OK)
				g_error("without a vehicle: %s", why);
			wish = dice_chance(dice, 0.1) ? dice_below(dice, j->n_stages) : wish;
		}
		struct corridor_need need = a_need(dice, j, links, now_s);
		need.foes = some_foes(dice, j, &need, foes);
		need.foes_s = floor(dice_between(dice, need.from_s, need.arrive_s + 1));
		struct corridor_script script = {0};
		bool promised = false, all = need.n_links > 0;
		for (; all && now_s < need.until_s; now_s += 1) {
			wish = dice_chance(dice, 0.2) ? dice_below(dice, j->n_stages) : wish;
			struct corridor_asked asked = corridor_ask(g, j, wish, &need, &script, now_s);
			g_assert_cmpuint(asked.stage, <, j->n_stages);
			if (promised)
				g_assert_cmpfloat(asked.late_s, ==, 0);
			promised = asked.late_s == 0;
			t->own += asked.how == CORRIDOR_LETS && asked.stage == wish;
			t->seconds++;
			corridor_shut(g, j, &need, now_s);
			const char *shows = guard_next(g, asked.stage, now_s, &(struct guard_verdict){0});
			if (street_see(street, shows, now_s, why) != GUARD_OK)
				g_error("with a vehicle: %s", why);
			if (promised && now_s >= need.from_s)
				g_assert_true(shows_it(j, shows, &need));
			for (uint32_t k = 0; promised && need.foes && k < j->n_links; k++)
				t->foes_green += foes[k] && now_s >= need.foes_s && shows_green(shows[k]);
			t->foes += promised && need.foes && now_s >= need.foes_s;
		}
		t->visits += all;
		t->promised += promised;
	}
}

int main(int argc, char **argv)
{
	gint64 seed = 1;
	const GOptionEntry entries[] = {{"seed", 0, 0, G_OPTION_ARG_INT64, &seed, "of the junctions", "N"}, G_OPTION_ENTRY_NULL};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, NULL))
		return 2;
	struct dice dice = {(uint64_t) seed};
	struct tally t = {0};
	for (uint32_t k = 0; k < JUNCTIONS; k++)
		one_junction(&dice, &t);
	printf("seed %" G_GINT64_FORMAT ": %u visits, %u had their green in time, %u of %u seconds as wished\n", seed, t.visits, t.promised, t.own, t.seconds);
	printf("foes were to be red in %u seconds, %u links were not\n", t.foes, t.foes_green);
	g_assert_cmpuint(t.foes, >, 100);
	g_assert_cmpuint(t.foes_green, <, t.foes / 4); /* a minimum green or a maximum red may come before */
	g_assert_cmpuint(t.promised, >, t.visits / 2); /* else nothing is shown */
	g_assert_cmpuint(t.own, >, t.seconds / 4);
	return 0;
}
