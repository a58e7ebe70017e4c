/* fuzz_traci.c - whatever a SUMO answers, it is taken in or refused with a sentence, and what it showed stays fit for the bridge.
 *
 * The first byte says what was asked: v version, o order, g what is got at the beginning, l the links of a signal, w the
 * subscriptions, e an emergency vehicle, s one step, else two steps in which half the bytes each are the answer.
 */
#include <string.h>

#include "daemon/sumo_world.h"
#include "tests/daemon/fuzz_net.h"

static void ask(struct traci_out *o, uint8_t what)
{
	static const uint8_t simulation[] = {TRACI_TIME, TRACI_DEPARTED, TRACI_ENTERED, TRACI_ARRIVED, TRACI_EXPECTED},
						 signal[] = {TRACI_SIGNAL_STATE};
	static const uint8_t vehicle[] = {TRACI_VEHICLE_LANE, TRACI_VEHICLE_LANE_POS, TRACI_VEHICLE_SPEED, TRACI_VEHICLE_LENGTH};

	switch (what) {
	case 'v':
		traci_out_version(o);
		break;
	case 'o':
		traci_out_order(o, 1);
		break;
	case 'g':
		traci_out_get(o, TRACI_GET_SIGNAL, TRACI_IDS, "");
		traci_out_get(o, TRACI_GET_SIMULATION, TRACI_TIME, "");
		traci_out_get(o, TRACI_GET_SIMULATION, TRACI_STEP_LENGTH, "");
		break;
	case 'l':
		traci_out_get(o, TRACI_GET_SIGNAL, TRACI_SIGNAL_LINKS, "C");
		break;
	case 'w':
		traci_out_watch(o, TRACI_WATCH_SIMULATION, "", simulation, sizeof simulation);
		traci_out_watch(o, TRACI_WATCH_SIGNAL, "C", signal, sizeof signal);
		traci_out_watch_around(o, TRACI_WATCH_JUNCTION_AROUND, "C", TRACI_VEHICLES, 200, vehicle, sizeof vehicle);
		break;
	case 'e':
		traci_out_get(o, TRACI_GET_VEHICLE, TRACI_VEHICLE_CLASS, "a");
		traci_out_may_fail(o);
		traci_out_get(o, TRACI_GET_VEHICLE, TRACI_VEHICLE_EDGES, "a");
		traci_out_may_fail(o);
		traci_out_watch(o, TRACI_WATCH_VEHICLE, "a", vehicle, 3);
		traci_out_may_fail(o);
		break;
	default:
		traci_out_step(o);
	}
}

static bool hear(struct sumo_world *w, uint8_t what, const uint8_t *bytes, size_t size)
{
	g_autoptr(GError) error = NULL;
	owned(traci_out) o = traci_out_new();

	ask(o, what);
	bool good = sumo_world_take(w, bytes, size, o, &error);
	g_assert_true(good == (error == NULL));
	for (const char *c = error ? error->message : ""; *c; c++)
		g_assert_true((unsigned char) *c >= ' ');
	g_assert_true(error == NULL || g_utf8_validate(error->message, -1, NULL));
	return good;
}

static void told(const struct sumo_world *w)
{
	owned(wire_call) step = wire_call_new(WIRE_CALL_STEP);

	sumo_world_tell(w, step);
	for (uint32_t i = 0; i < step->n_lanes; i++) {
		const struct wire_lane *l = &step->lanes[i];
		double last_m = 0;
		for (uint32_t k = 0; k < l->n_vehicles; k++) {
			g_assert_true(l->vehicles[k].dist_to_stop_m >= last_m && l->vehicles[k].dist_to_stop_m <= 150);
			last_m = l->vehicles[k].dist_to_stop_m;
			g_assert_true(l->vehicles[k].speed_mps >= 0 && l->vehicles[k].speed_mps <= 80 && l->vehicles[k].length_m > 0);
		}
	}
	for (uint32_t i = 0; i < step->n_corridors; i++)
		g_assert_true(*step->corridors[i].id && *step->corridors[i].lane && step->corridors[i].edges && *step->corridors[i].edges);
	g_autofree char *text = wire_call_write(WIRE_BRIDGE, step, net);
	g_assert_nonnull(text);
	for (uint32_t i = 0; i < step->n_lights; i++)
		g_assert_cmpuint(strlen(step->lights[i].state), ==, net->signals[step->lights[i].signal].n_links);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sumo_faults faults = {.noise_frac = 0.2, .late_s = 0};

	if (size == 0)
		return 0;
	owned(sumo_world) w = sumo_world_new(net, 150, &faults);
	size_t half = strchr("voglwes", data[0]) ? size - 1 : (size - 1) / 2;
	if (hear(w, data[0], data + 1, half))
		told(w);
	if (half < size - 1 && hear(w, data[0], data + 1 + half, size - 1 - half))
		told(w);
	return 0;
}
