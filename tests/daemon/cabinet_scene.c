/* cabinet_scene.c - see cabinet_scene.h. */
#include "tests/daemon/cabinet_scene.h"

#include <math.h>

#include "core/netfile.h"

const char cabinet_scene_phases[] = "phases: {1: [11], 2: [3, 4, 5, 12], 3: [8], 4: [0, 1, 2, 13], 5: [5], 6: [9, 10, 11, 14], 7: [2], 8: [6, 7, 8, 15]}";

static uint32_t links[8][4] = {{11}, {3, 4, 5, 12}, {8}, {0, 1, 2, 13}, {5}, {9, 10, 11, 14}, {2}, {6, 7, 8, 15}};

static void fill_timing(struct cabinet_scene *s)
{
	static const phase_set with[2][2] = {{0x30, 0x03}, {0xc0, 0x0c}}; /* by barrier and ring: who runs beside */

	for (uint32_t i = 0; i < 8; i++) {
		bool through = i % 2 == 1;
		s->phases[i] = (struct controller_phase){.number = (uint16_t) (i + 1), .ring = (uint8_t) (i < 4 ? 1 : 2), .enabled = true,
			.min_green_s = through ? 8 : 5, .max_green_s = 40, .amber_s = 3.5, .red_s = 1.5, .walk_s = through ? 7 : 0, .ped_clear_s = through ? 9 : 0,
			.with = with[i % 4 / 2][i / 4]};
	}
	s->timing = (struct controller_timing){.phases = s->phases, .n_phases = 8, .n_rings = 2, .rings = {{1, 2, 3, 4}, {5, 6, 7, 8}}, .cycle_min_s = 30,
		.cycle_max_s = 255, .backup_s = 30, .rows = 48};
}

void cabinet_scene_begin(struct cabinet_scene *s)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	struct cabinet_links phases[8];
	g_autoptr(GError) error = NULL;

	*s = (struct cabinet_scene){0};
	s->net = netfile_read(path, NULL, &error);
	g_assert_no_error(error);
	s->junction = junction_new(s->net, 0, NULL, &error);
	g_assert_no_error(error);
	s->plan = plan_from_program(s->junction, &s->net->signals[0].programs[0], &error);
	g_assert_no_error(error);
	for (uint32_t i = 0; i < 8; i++)
		phases[i] = (struct cabinet_links){.number = i + 1, .links = links[i], .n_links = i % 2 == 1 ? 4 : 1};
	s->map = cabinet_map_new(s->junction, phases, 8, NULL, 0, &error);
	g_assert_no_error(error);
	fill_timing(s);
}

void cabinet_scene_end(struct cabinet_scene *s)
{
	cabinet_map_free(s->map);
	plan_free(s->plan);
	junction_free(s->junction);
	network_free(s->net);
}
