/* engine_bench.c - the simulator's engine by itself: how many vehicle-steps a CPU second, how many bytes a vehicle.
 *
 *     engine_bench --network N --routes R [--steps 3600] [--warm 0] [--threads 1] [--snapshots 0]
 *
 * Signals run the network's own programs as they stand in the file, as SUMO and CityFlow do; no guard, no camera, no output. Time is
 * the user time of this process from the `--warm`th step to the last: reading files is not in it. One line of NAME VALUE pairs, for
 * peers.sh and for people.
 */
#include <gsl/gsl_errno.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "core/netfile.h"
#include "sim/world.h"

#define LOOK_AHEAD_STEPS 5

struct bench {
	char *network, *routes;
	int steps, warm, threads, snapshots;
	double step_s, begin_s;
};

static double user_s(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double) u.ru_utime.tv_sec + 1e-6 * (double) u.ru_utime.tv_usec;
}

static double wall_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static double peak_mb(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double) u.ru_maxrss / 1024.0;
}

/* Bytes that the process holds on its heap, mapped blocks too. */
static double heap_bytes(void)
{
	struct mallinfo2 m = mallinfo2();
	return (double) m.uordblks + (double) m.hblkhd;
}

/* Each signal's state by its program and the time; told to the world only when it changes. */
static bool show_programs(struct world *w, uint32_t *shown, GError **error)
{
	const struct network *net = world_network(w);
	for (uint32_t s = 0; s < net->n_signals; s++) {
		const struct net_program *program = &net->signals[s].programs[0];
		double cycle_s = 0;
		for (uint32_t p = 0; p < program->n_phases; p++)
			cycle_s += program->phases[p].duration_s;
		double at_s = fmod(world_time_s(w) - program->offset_s, cycle_s);
		uint32_t p = 0;
		for (at_s += at_s < 0 ? cycle_s : 0; p + 1 < program->n_phases && at_s >= program->phases[p].duration_s; p++)
			at_s -= program->phases[p].duration_s;
		if (shown[s] == p)
			continue;
		shown[s] = p;
		if (!world_show(w, s, program->phases[p].state, error))
			return false;
	}
	return true;
}

/* Saved, driven on for a while, and put back: what a look ahead pays besides its steps. */
static double snapshot_us(struct world *w, int times)
{
	double spent_s = 0;
	owned(world_state) state = world_save(w, NULL);
	for (int i = 0; i < times; i++) {
		double begin_s = wall_s();
		state = world_save(w, state);
		spent_s += wall_s() - begin_s;
		for (int k = 0; k < LOOK_AHEAD_STEPS; k++)
			world_step(w);
		begin_s = wall_s();
		world_restore(w, state);
		spent_s += wall_s() - begin_s;
	}
	return 1e6 * spent_s / times;
}

static bool bench(const struct bench *b, GError **error)
{
	owned(network) net = netfile_read(b->network, NULL, error);
	owned(routes) routes = net ? routes_read(b->routes, net, 42, NULL, error) : NULL;
	if (!routes)
		return false;
	double empty_bytes = heap_bytes();
	struct world_options o = world_options_default();
	o.step_s = b->step_s;
	o.begin_s = b->begin_s;
	o.threads = (uint32_t) b->threads;
	owned(world) w = world_new(net, routes, &o, error);
	if (!w)
		return false;
	g_autofree uint32_t *shown = g_new(uint32_t, net->n_signals + 1);
	memset(shown, 0xff, sizeof(uint32_t) * (net->n_signals + 1));
	double cpu_s = user_s(), clock_s = wall_s(), new_bytes = heap_bytes();
	uint64_t before = 0, most = 0;
	for (int i = 0; i < b->steps; i++) {
		if (i == b->warm) {
			before = world_counts(w).vehicle_steps;
			cpu_s = user_s();
			clock_s = wall_s();
		}
		if (!show_programs(w, shown, error))
			return false;
		world_step(w);
		most = MAX(most, world_n_vehicles(w));
	}
	struct world_counts c = world_counts(w);
	cpu_s = user_s() - cpu_s;
	clock_s = wall_s() - clock_s;
	double n = (double) (c.vehicle_steps - before), end_bytes = heap_bytes();
	printf("steps %d vehicle_steps %.0f cpu_s %.4f wall_s %.4f rate %.0f wall_rate %.0f most %" G_GUINT64_FORMAT " inside %" G_GUINT64_FORMAT
		" arrived %" G_GUINT64_FORMAT " waiting %" G_GUINT64_FORMAT " red %" G_GUINT64_FORMAT " overlaps %" G_GUINT64_FORMAT
		" peak_mb %.1f world_bytes %.0f grown_bytes %.0f", b->steps, n, cpu_s, clock_s, n / fmax(cpu_s, 1e-6), n / fmax(clock_s, 1e-6), most,
		c.inside, c.arrived, c.waiting, c.red_passed, c.overlaps, peak_mb(), end_bytes - empty_bytes, end_bytes - new_bytes);
	if (b->snapshots)
		printf(" snapshot_us %.1f", snapshot_us(w, b->snapshots));
	printf("\n");
	return true;
}

int main(int argc, char **argv)
{
	struct bench b = {.steps = 3600, .threads = 1, .step_s = 1};
	const GOptionEntry entries[] = {
		{"network", 'n', 0, G_OPTION_ARG_FILENAME, &b.network, "SUMO network", "FILE"},
		{"routes", 'r', 0, G_OPTION_ARG_FILENAME, &b.routes, "SUMO demand", "FILE"},
		{"steps", 0, 0, G_OPTION_ARG_INT, &b.steps, "how many steps (default 3600)", "N"},
		{"warm", 0, 0, G_OPTION_ARG_INT, &b.warm, "of which the first are not measured (default 0)", "N"},
		{"step", 0, 0, G_OPTION_ARG_DOUBLE, &b.step_s, "length of a step, s (default 1)", "S"},
		{"begin", 0, 0, G_OPTION_ARG_DOUBLE, &b.begin_s, "time of the first step, s (default 0)", "S"},
		{"threads", 0, 0, G_OPTION_ARG_INT, &b.threads, "how many (default 1)", "N"},
		{"snapshots", 0, 0, G_OPTION_ARG_INT, &b.snapshots, "at the end, time so many snapshots (default 0)", "N"},
		G_OPTION_ENTRY_NULL,
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	gsl_set_error_handler_off();
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || !b.network || !b.routes || b.steps < 1 || b.warm < 0 || b.warm >= b.steps ||
		b.snapshots < 0 || b.threads < 1 || b.threads > WORLD_THREADS_MAX) {
		fprintf(stderr, "engine_bench: %s\n", error ? error->message :
			"needs --network and --routes; --steps at least 1, --warm below it, --threads 1 to 64");
		return 2;
	}
	bool good = bench(&b, &error);
	if (!good)
		fprintf(stderr, "engine_bench: %s\n", error->message);
	g_free(b.network);
	g_free(b.routes);
	return good ? 0 : 1;
}
