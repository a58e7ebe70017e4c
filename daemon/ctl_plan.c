/* ctl_plan.c - greenwavectl plan export: each signal's own plan as the guard lets it run, as SUMO's <tlLogic>.
 *
 * The guard is walked through whole cycles and what it shows in the last one is written down, so ambers and all-reds in the
 * output are those that Greenwave would show.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/guard.h"
#include "core/netfile.h"
#include "core/plan.h"
#include "daemon/ctl.h"

#define SETTLE_CYCLES 2

static bool is_whole(double s)
{
	return fabs(s - round(s)) < 1e-6;
}

/* Tenths when the plan is not in whole seconds. */
static double step_of(const struct plan *p)
{
	bool whole = is_whole(p->offset_s);
	for (uint32_t i = 0; i < p->n_rows; i++)
		whole = whole && is_whole(p->rows[i].split_s);
	return whole ? 1.0 : 0.1;
}

static void print_phases(const struct plan *p, const struct junction *j)
{
	owned(guard) guard = guard_new(j, p->offset_s);
	double step_s = step_of(p);
	int64_t per_cycle = llround(p->cycle_s / step_s);
	g_autofree char *state = NULL;
	int64_t since = 0;
	for (int64_t i = 0; i < (SETTLE_CYCLES + 1) * per_cycle; i++) {
		double t_s = p->offset_s + (double) i * step_s;
		struct guard_verdict verdict;
		const char *shows = guard_next(guard, plan_stage(p, t_s, NULL), t_s, &verdict);
		if (i < SETTLE_CYCLES * per_cycle)
			continue;
		if (state && strcmp(shows, state) != 0) {
			printf("        <phase duration=\"%g\" state=\"%s\"/>\n", (double) (i - since) * step_s, state);
			since = i;
		} else if (!state)
			since = i;
		g_free(state);
		state = g_strdup(shows);
	}
	printf("        <phase duration=\"%g\" state=\"%s\"/>\n", (double) ((SETTLE_CYCLES + 1) * per_cycle - since) * step_s, state);
}

static bool print_signal(const struct network *net, uint32_t signal, GError **error)
{
	const struct net_signal *s = &net->signals[signal];
	owned(junction) j = junction_new(net, signal, NULL, error);
	owned(plan) p = j ? plan_from_program(j, &s->programs[0], error) : NULL;
	if (!p || !plan_check(p, j, error))
		return false;
	g_autofree char *line = plan_print(p, j);
	g_autofree char *id = g_markup_escape_text(s->id, -1);
	g_autofree char *program = g_markup_escape_text(p->id, -1);
	/* Two hyphens would end the comment. */
	for (char *c = strstr(line, "--"); c; c = strstr(c, "--"))
		c[1] = ' ';
	printf("    <!-- %s -->\n", line);
	for (uint32_t i = 0; i < j->n_stages; i++)
		printf("    <!-- stage %s: %s -->\n", j->stages[i].name, j->stages[i].state);
	printf("    <tlLogic id=\"%s\" type=\"static\" programID=\"%s\" offset=\"%g\">\n", id, program, p->offset_s);
	print_phases(p, j);
	printf("    </tlLogic>\n");
	return true;
}

static int export(const char *path, const char *only)
{
	g_autoptr(GError) error = NULL;
	owned(network) net = netfile_read(path, NULL, &error);
	if (!net)
		return ctl_error(error);
	if (net->n_signals == 0)
		return ctl_fail("%s: the network has no signals", path);
	uint32_t one = only ? network_signal(net, only) : NET_NONE;
	if (only && one == NET_NONE)
		return ctl_fail("%s: the network has no signal %s", path, only);
	int failed = CTL_OK;
	printf("<additional>\n");
	for (uint32_t i = 0; i < net->n_signals; i++)
		if ((!only || i == one) && !print_signal(net, i, &error)) {
			failed = ctl_fail("%s: signal %s: %s", path, net->signals[i].id, error->message);
			g_clear_error(&error);
		}
	printf("</additional>\n");
	return failed;
}

int ctl_plan(int argc, char **argv)
{
	if (!ctl_options(&argc, &argv, NULL, "export FILE.net.xml [SIGNAL]",
			"Prints the fixed plans of a SUMO network as the guard lets them run, as a SUMO additional file.", 2, 3))
		return CTL_USAGE;
	if (strcmp(argv[1], "export") != 0) {
		ctl_fail("usage: greenwavectl plan export FILE.net.xml [SIGNAL]");
		return CTL_USAGE;
	}
	return export(argv[2], argc > 3 ? argv[3] : NULL);
}
