/* box_test.c - who is taken to stand in the way inside a junction, and what adaptive makes of it. */
#include <math.h>
#include <string.h>

#include "optimizer/boxed.h"
#include "still_town.h"

struct fixture {
	struct town *town;
	struct layout *layout;
	struct demand *demand;
	struct box *box;
	float *red_s; /* all red */
};

static void set_up(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	f->town = town_new("junction", "adaptive");
	f->layout = layout_new(f->town->net, (const struct junction *const *) f->town->junctions, (const struct plan *const *) f->town->plans, 1);
	f->demand = demand_new(f->layout);
	f->box = box_new(f->layout);
	f->red_s = g_new0(float, f->town->junctions[0]->n_links);
}

static void tear_down(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	g_free(f->red_s);
	box_free(f->box);
	demand_free(f->demand);
	layout_free(f->layout);
	town_free(f->town);
}

/* One vehicle on the lane, or none (speed NaN). */
static void see(struct fixture *f, const char *lane, double t_s, double speed_mps)
{
	struct seen_vehicle one = {3.0, speed_mps, 4.6};
	struct estimate e;
	estimate_init(&e, town_lane(f->town, lane));
	e.t_s = t_s;
	e.view_m = 20.0;
	e.quality_frac = 1.0;
	e.vehicles = &one;
	e.n_vehicles = !isnan(speed_mps);
	demand_see(f->demand, &e);
	if (f->town->optimizer)
		optimizer_see(f->town->optimizer, &e);
}

/* A stage that has `with` green and `without` red. */
static uint32_t stage_with(const struct fixture *f, uint32_t with, uint32_t without)
{
	const struct junction *j = f->town->junctions[0];
	for (uint32_t s = 0; s < j->n_stages; s++)
		if (shows_green(j->stages[s].state[with]) && !shows_green(j->stages[s].state[without]))
			return s;
	g_assert_not_reached();
}

#define LEFT 2       /* N_C to C_E, waits on :C_2_0, leaves over :C_13_0 */
#define AHEAD 10     /* W_C to C_E */

static void test_lanes(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	const struct network *net = f->town->net;
	g_autofree uint32_t *behind = network_insides(net);
	g_assert_cmpuint(net->links[behind[town_lane(f->town, ":C_2_0")]].signal_link, ==, LEFT);
	g_assert_cmpuint(net->links[behind[town_lane(f->town, ":C_13_0")]].signal_link, ==, LEFT);
	g_assert_cmpuint(behind[town_lane(f->town, "N_C_1")], ==, NET_NONE);
}

static void test_stands(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	uint32_t across = stage_with(f, AHEAD, LEFT), own = stage_with(f, LEFT, AHEAD);
	g_assert_true(f->town->junctions[0]->foes[LEFT * f->town->junctions[0]->n_links + AHEAD]);
	g_assert_cmpuint(box_blocks(f->box, f->demand, 0, across, f->red_s, 1.0), ==, NET_NONE); /* never seen */
	see(f, ":C_2_0", 1.0, 8.0);
	g_assert_cmpuint(box_blocks(f->box, f->demand, 0, across, f->red_s, 1.0), ==, NET_NONE); /* on its way */
	see(f, ":C_2_0", 2.0, 0.1);
	g_assert_cmpuint(box_blocks(f->box, f->demand, 0, across, f->red_s, 2.0), ==, LEFT);
	g_assert_cmpuint(box_blocks(f->box, f->demand, 0, own, f->red_s, 2.0), ==, NET_NONE); /* it may go then */
	g_assert_cmpuint(box_blocks(f->box, f->demand, 0, STAGE_NONE, f->red_s, 2.0), ==, NET_NONE);
	for (uint32_t k = 0; k < f->town->junctions[0]->n_links; k++)
		f->red_s[k] = -1.0f;
	g_assert_cmpuint(box_blocks(f->box, f->demand, 0, across, f->red_s, 2.0), ==, NET_NONE); /* nothing begins */
}

static void test_starts_again(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	uint32_t across = stage_with(f, AHEAD, LEFT);
	see(f, ":C_2_0", 2.0, 0.0);
	g_assert_cmpuint(box_blocks(f->box, f->demand, 0, across, f->red_s, 2.0), ==, LEFT);
	see(f, ":C_2_0", 3.0, 0.8);
	g_assert_cmpuint(box_blocks(f->box, f->demand, 0, across, f->red_s, 3.0), ==, LEFT); /* moves, and is not out before others come */
	see(f, ":C_2_0", 4.0, 6.0);
	g_assert_cmpuint(box_blocks(f->box, f->demand, 0, across, f->red_s, 4.0), ==, NET_NONE); /* will be out in time */
	see(f, ":C_2_0", 4.5, 0.8);
	g_assert_cmpuint(box_blocks(f->box, f->demand, 0, across, f->red_s, 4.5), ==, NET_NONE); /* the next one, who has not stood */
	see(f, ":C_2_0", 4.8, UNKNOWN);
	see(f, ":C_13_0", 5.0, 0.0);
	g_assert_cmpuint(box_blocks(f->box, f->demand, 0, across, f->red_s, 5.0), ==, LEFT);
	g_assert_cmpuint(box_blocks(f->box, f->demand, 0, across, f->red_s, 5.1 + DEMAND_STALE_S), ==, NET_NONE); /* an old picture says nothing */
}

/* Two minutes with somebody who stands in the way of all others: the decisions hold, and the street goes on after a while. */
static void test_adaptive(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	uint32_t held = 0, begun = 0;
	for (double t_s = 0.0; t_s < 120.0; t_s += 1.0) {
		struct decision d;
		struct guard_verdict v;
		town_see(f->town, "W_C_1", t_s, 8, 0.0);
		see(f, ":C_2_0", t_s, 0.0);
		optimizer_shows(f->town->optimizer, 0, f->town->guards[0], t_s);
		optimizer_iterate(f->town->optimizer, t_s);
		optimizer_plan(f->town->optimizer, 0, &d);
		if (d.hold)
			guard_hold(f->town->guards[0]);
		guard_next(f->town->guards[0], d.stage, t_s, &v);
		held += v.rule == GUARD_HOLD;
		begun += guard_settled(f->town->guards[0]) && shows_green(guard_shows(f->town->guards[0])[AHEAD]);
	}
	g_assert_cmpuint(held, >=, 1);
	g_assert_cmpuint(begun, >=, 20);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/box/lanes", struct fixture, NULL, set_up, test_lanes, tear_down);
	g_test_add("/box/stands", struct fixture, NULL, set_up, test_stands, tear_down);
	g_test_add("/box/starts-again", struct fixture, NULL, set_up, test_starts_again, tear_down);
	g_test_add("/box/adaptive", struct fixture, NULL, set_up, test_adaptive, tear_down);
	return g_test_run();
}
