/* plates_street_test.c - vehicles that drive through a painted 1080p picture: each plate that gets 40 px wide is counted once.
 *
 * `plates_street_test SECONDS FLOW_VPH STANDING SEED BARE_EVERY day|night+rain+shake` prints what it counted, for longer than a test may
 * take, and of whom too often or not at all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/vision/painted.h"
#include "vision/watch.h"

#define FULL_W 1920
#define FULL_H 1080
#define STEP 3
#define WIDE_PX 40.0

static char *junction_file;

struct counted {
	double plates;
	uint32_t truth;
	uint64_t passed;
};

/* Which vehicle each new find was on: the nearest front on the lane. */
static void note_finds(const struct painted *street, const struct watch *w, uint32_t before[PAINTED_LANES], GHashTable *found, bool says)
{
	for (uint32_t lane = 0; lane < PAINTED_LANES; lane++) {
		const struct plate_book *book = watch_plates(w, lane);
		for (uint32_t k = book->n - MIN(book->distinct - before[lane], book->n); k < book->n; k++) {
			double at_m = book->all[k].dist_m;
			const struct painted_car *nearest = &street->cars[lane][0];
			for (uint32_t i = 1; i < street->n[lane]; i++)
				if (fabs(street->cars[lane][i].dist_m - at_m) < fabs(nearest->dist_m - at_m))
					nearest = &street->cars[lane][i];
			gpointer id = GUINT_TO_POINTER(nearest->id);
			uint32_t times = GPOINTER_TO_UINT(g_hash_table_lookup(found, id)) + 1;
			g_hash_table_insert(found, id, GUINT_TO_POINTER(times));
			if (says)
				printf("%6.1f s: lane %u at %.1f m, %.1f m/s: plate found, vehicle %u at %.1f m, %.1f m/s%s\n", street->t_s, lane, at_m, book->all[k].speed_mps,
					nearest->id, nearest->dist_m, nearest->speed_mps, times > 1 ? " AGAIN" : "");
		}
		before[lane] = book->distinct;
	}
}

static void say_missed(GHashTable *wide, GHashTable *found)
{
	GHashTableIter i;
	gpointer id;
	g_hash_table_iter_init(&i, wide);
	while (g_hash_table_iter_next(&i, &id, NULL))
		if (!g_hash_table_contains(found, id))
			printf("vehicle %u: plate NOT found\n", GPOINTER_TO_UINT(id));
	g_hash_table_iter_init(&i, found);
	while (g_hash_table_iter_next(&i, &id, NULL))
		if (!g_hash_table_contains(wide, id))
			printf("vehicle %u: its plate was never so wide\n", GPOINTER_TO_UINT(id));
}

static void shrink(const uint8_t *full, uint8_t *work)
{
	for (uint32_t y = 0; y < FULL_H / STEP; y++)
		for (uint32_t x = 0; x < FULL_W / STEP; x++)
			work[(size_t) y * (FULL_W / STEP) + x] = full[(size_t) y * STEP * FULL_W + (size_t) x * STEP];
}

static struct counted count(double seconds, double flow_vph, uint32_t standing, uint64_t seed, uint32_t bare_every, const char *weather, bool says)
{
	struct counted c = {0};
	uint32_t before[PAINTED_LANES] = {0};
	owned(painted) street = painted_new(junction_file, flow_vph, 0.1, standing, seed, NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(GHashTable) wide = g_hash_table_new(NULL, NULL), found = g_hash_table_new(NULL, NULL);
	g_autofree uint8_t *work = g_malloc(FULL_W / STEP * FULL_H / STEP);
	street->bare_every = bare_every;
	street->mount.night = strstr(weather, "night") != NULL;
	street->mount.rain_frac = strstr(weather, "rain") ? 0.7 : 0;
	street->mount.shake_px = strstr(weather, "shake") ? 2 : 0;
	g_assert_true(painted_resize(street, FULL_W, FULL_H, &error));
	owned(view) v = painted_view(street, &error);
	owned(watch) w = watch_new(v, FULL_W / STEP, FULL_H / STEP, 1, &error);
	g_assert_no_error(error);
	for (uint32_t i = 1; i <= seconds * 10; i++) {
		uint32_t ids[64], n = 0;
		painted_step(street, 0.1);
		uint32_t n_ids = MIN(eye_plates(street->eye, WIDE_PX, ids, G_N_ELEMENTS(ids)), G_N_ELEMENTS(ids));
		for (uint32_t k = 0; k < n_ids; k++)
			g_hash_table_add(wide, GUINT_TO_POINTER(ids[k]));
		shrink(street->y, work);
		watch_show_full(w, street->y, FULL_W, FULL_H, FULL_W);
		const struct estimate *e = watch_look(w, work, street->t_s) ? watch_estimates(w, &n) : NULL;
		for (uint32_t k = 0; k < n; k++)
			c.plates += e[k].plates;
		note_finds(street, w, before, found, says);
	}
	if (says)
		say_missed(wide, found);
	c.truth = g_hash_table_size(wide);
	c.passed = street->passed[0] + street->passed[1];
	return c;
}

/* Every third vehicle carries none: a bumper, a grille and a lamp are no plate. */
static void test_street(void)
{
	struct counted c = count(90, 900, 3, 3, 3, "", false);
	g_test_message("%.0f plates of %u", c.plates, c.truth);
	g_assert_cmpuint(c.truth, >=, 12);
	g_assert_cmpfloat(fabs(c.plates - c.truth), <=, fmax(1, 0.05 * c.truth));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	junction_file = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	if (argc == 7) {
		struct counted c = count(g_ascii_strtod(argv[1], NULL), g_ascii_strtod(argv[2], NULL), (uint32_t) atoi(argv[3]),
			(uint64_t) atoi(argv[4]), (uint32_t) atoi(argv[5]), argv[6], true);
		printf("%.0f plates counted, %u were %.0f px wide or more, %" G_GUINT64_FORMAT " vehicles passed\n", c.plates, c.truth, WIDE_PX,
			c.passed);
		g_free(junction_file);
		return 0;
	}
	g_test_add_func("/plates/street", test_street);
	int failed = g_test_run();
	g_free(junction_file);
	return failed;
}
