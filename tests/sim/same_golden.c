/* same_golden.c - same input and seed, same output, byte for byte: twice in a row, with any number of threads, whatever was tried in
 * between and taken back, and whatever compiler made it.
 *
 * The hash is FNV-1a (Fowler, Noll, Vo 1991) over every vehicle's place and speed after every step. It changes whenever the model does: then
 * say in the commit why, and put the new one here.
 */
#include "sim_street.h"

#define GOLDEN UINT64_C(0x13cc2fb9f7859a01)

static const char *folder;

static void add(uint64_t *hash, const void *bytes, size_t n)
{
	for (size_t k = 0; k < n; k++)
		*hash = (*hash ^ ((const uint8_t *) bytes)[k]) * UINT64_C(0x100000001b3);
}

/* `shaken`: halfway it goes back to a state that was saved a while before. */
static uint64_t run(const char *name, uint32_t n_vehicles, uint32_t threads, bool shaken)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	owned(sim_street) s = sim_street_new(path);
	g_autofree char *text = sim_street_trips(s, n_vehicles, 600, 5);
	GError *error = NULL;
	owned(routes) routes = routes_parse(text, strlen(text), "trips", s->net, 5, NULL, &error);
	g_assert_no_error(error);
	struct world_options o = world_options_default();
	o.threads = threads;
	owned(world) w = world_new(s->net, routes, &o, &error);
	owned(world_state) saved = NULL;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (int t = 0; t < 900; t++) {
		sim_street_show(s, w, NULL);
		if (shaken && t == 300) {
			saved = world_save(w, saved);
			for (int k = 0; k < 40; k++)
				world_step(w);
			world_restore(w, saved);
		}
		world_step(w);
		for (uint32_t k = 0; k < world_n_vehicles(w); k++) {
			struct vehicle_view v;
			world_vehicle(w, k, &v);
			add(&hash, &v.id, sizeof(v.id));
			add(&hash, &v.lane, sizeof(v.lane));
			add(&hash, &v.pos_m, sizeof(v.pos_m));
			add(&hash, &v.speed_mps, sizeof(v.speed_mps));
		}
	}
	struct score score = world_score(w);
	add(&hash, &score.delay_s, sizeof(score.delay_s));
	g_assert_cmpuint(world_counts(w).arrived, >, n_vehicles / 2);
	return hash;
}

static void test_same(void)
{
	const char *names[] = {"grid_lights.net.xml.gz", "grid_right.net.xml.gz", "random_priority.net.xml.gz"};
	uint64_t all = 0;
	for (size_t k = 0; k < G_N_ELEMENTS(names); k++) {
		uint64_t once = run(names[k], 400, 1, false);
		g_assert_cmphex(once, ==, run(names[k], 400, 1, false));
		g_assert_cmphex(once, ==, run(names[k], 400, 3, false));
		g_assert_cmphex(once, ==, run(names[k], 400, 1, true));
		all = all * 31 + once;
	}
	g_test_message("hash 0x%" G_GINT64_MODIFIER "x", all);
	g_assert_cmphex(all, ==, GOLDEN);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (argc != 2)
		g_error("usage: same_golden FOLDER_OF_NETWORKS");
	folder = argv[1];
	g_test_add_func("/same/whatever-compiler", test_same);
	return g_test_run();
}
