/* native_test.c - a network's own program, run as a plan through the guard, shows what SUMO shows: every letter of every second.
 *
 *   native_test NETWORK ...
 *
 * Two cycles from the second one on, since the guard begins with all red. One difference is wanted and checked: SUMO's
 * programs may show amber to a link that is green before and behind the change; the guard lets it stay green. The walking
 * speed is the limits' upper end, so that the programs' own pedestrian clearances hold. With the default limits every plan
 * must still pass plan_check. Networks that are not there are skipped (exit 77 if that is all of them).
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/guard.h"
#include "core/netfile.h"
#include "core/plan.h"

struct tally {
	uint32_t networks, signals, seconds, blinks, wrong;
};

/* The phase that SUMO shows at t_s: the cycle begins at the offset. */
static uint32_t phase_at(const struct net_program *program, double t_s)
{
	double cycle_s = 0;
	for (uint32_t p = 0; p < program->n_phases; p++)
		cycle_s += program->phases[p].duration_s;
	double left_s = fmod(fmod(t_s - program->offset_s, cycle_s) + cycle_s, cycle_s);
	uint32_t p = 0;
	while (left_s >= program->phases[p].duration_s)
		left_s -= program->phases[p++].duration_s;
	return p;
}

static bool stays(const struct junction *j, const struct plan *plan, uint32_t i, double t_s)
{
	double left_s;
	uint32_t now = plan_stage(plan, t_s, &left_s), row = 0;
	while (plan->rows[row].stage != now)
		row++;
	uint32_t before = plan->rows[(row + plan->n_rows - 1) % plan->n_rows].stage;
	return shows_green(j->stages[now].state[i]) && shows_green(j->stages[before].state[i]);
}

/* One second: the same letters, or a blink that the guard leaves out. */
static void compare(struct tally *tally, const struct junction *j, const struct plan *plan, const char *own, const char *shown, double t_s)
{
	bool blinks = false, wrong = false;
	for (uint32_t i = 0; i < j->n_links; i++) {
		if (own[i] == shown[i])
			continue;
		bool blink = !shows_green(own[i]) && shows_green(shown[i]) && stays(j, plan, i, t_s);
		blinks |= blink;
		wrong |= !blink;
	}
	tally->seconds++;
	tally->blinks += blinks;
	tally->wrong += wrong;
	if (wrong)
		printf("%s at %g s: SUMO %s\n%*sguard %s\n", j->id, t_s, own, (int) strlen(j->id) + 8, "", shown);
}

static bool run_signal(struct tally *tally, const struct network *net, uint32_t signal)
{
	g_autoptr(GError) error = NULL;
	const struct net_program *program = &net->signals[signal].programs[0];
	struct junction_limits limits = junction_limits_default();
	owned(junction) usual = junction_new(net, signal, &limits, &error);
	limits.ped_speed_mps = 1.5;
	owned(junction) j = usual ? junction_new(net, signal, &limits, &error) : NULL;
	owned(plan) plan = j ? plan_from_program(j, program, &error) : NULL;
	if (!plan || !plan_check(plan, usual, &error)) {
		printf("%s\n", error->message);
		return false;
	}
	owned(guard) guard = guard_new(j, 0);
	for (int t_s = 0; t_s < 3 * plan->cycle_s; t_s++) {
		const char *shown = guard_next(guard, plan_stage(plan, t_s, NULL), t_s, NULL);
		if (t_s >= plan->cycle_s)
			compare(tally, j, plan, program->phases[phase_at(program, t_s)].state, shown, t_s);
	}
	tally->signals++;
	return true;
}

int main(int argc, char **argv)
{
	struct tally tally = {0};
	bool good = true;
	for (int i = 1; i < argc; i++) {
		g_autoptr(GError) error = NULL;
		if (!g_file_test(argv[i], G_FILE_TEST_EXISTS))
			continue;
		owned(network) net = netfile_read(argv[i], NULL, &error);
		if (!net)
			g_error("%s", error->message);
		tally.networks++;
		for (uint32_t s = 0; s < net->n_signals; s++)
			good &= run_signal(&tally, net, s);
	}
	if (tally.networks == 0) {
		printf("skipped: none of the networks is there\n");
		return 77;
	}
	printf("%u networks, %u signals, %u s compared, %u s with an amber that the guard leaves out, %u s different\n", tally.networks,
		tally.signals, tally.seconds, tally.blinks, tally.wrong);
	return good && tally.wrong == 0 && tally.seconds > 0 ? 0 : 1;
}
