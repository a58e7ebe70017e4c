/* tryout.c - runs fixed plans in worlds, several at once; see tryout.h. */
#include "daemon/tryout.h"

#include <math.h>
#include <string.h>

#include "core/plan_program.h"

/* A signal's program as it is shown, and where it is. */
struct shown {
	struct net_program program;
	bool own;      /* it runs the network's own program, which is not ours to free */
	uint32_t phase;
	double until_s; /* the phase is over then */
};

struct tryouts {
	const struct tryout_stage *stage;
};

static bool make_programs(const struct tryout_stage *st, const struct network_plan *plan, struct shown *shown)
{
	bool good = true;
	for (uint32_t s = 0; s < st->net->n_signals; s++)
		shown[s] = (struct shown){.program = st->net->signals[s].programs[0], .own = true};
	for (uint32_t k = 0; plan && k < st->n_junctions && good; k++) {
		struct shown *x = &shown[st->junctions[k]->signal];
		x->own = false;
		good = plan_to_program(plan->plans[k], st->junctions[k], &x->program, NULL);
	}
	return good;
}

static void free_programs(const struct tryout_stage *st, struct shown *shown)
{
	for (uint32_t s = 0; s < st->net->n_signals; s++)
		if (!shown[s].own)
			net_program_finish(&shown[s].program);
	g_free(shown);
}

static void start_lights(const struct tryout_stage *st, struct shown *shown)
{
	for (uint32_t s = 0; s < st->net->n_signals; s++) {
		struct net_program *p = &shown[s].program;
		double cycle_s = 0, at_s;
		for (uint32_t k = 0; k < p->n_phases; k++)
			cycle_s += p->phases[k].duration_s;
		shown[s].phase = program_phase_at(p, st->begin_s);
		at_s = st->begin_s - fmod(fmod(st->begin_s - p->offset_s, cycle_s) + cycle_s, cycle_s);
		for (uint32_t k = 0; k <= shown[s].phase; k++)
			at_s += p->phases[k].duration_s;
		shown[s].until_s = at_s > st->begin_s + 1e-6 ? at_s : at_s + cycle_s;
	}
}

static void show_lights(const struct tryout_stage *st, struct shown *shown, struct world *w, bool first)
{
	double now_s = world_time_s(w);
	for (uint32_t s = 0; s < st->net->n_signals; s++) {
		struct shown *x = &shown[s];
		bool changes = first;
		while (now_s > x->until_s - 1e-6) {
			x->phase = (x->phase + 1) % x->program.n_phases;
			x->until_s += x->program.phases[x->phase].duration_s;
			changes = true;
		}
		if (changes)
			world_show(w, s, x->program.phases[x->phase].state, NULL);
	}
}

static double cost_of(const struct tryout_stage *st, const struct score *s)
{
	return s->delay_s + st->stop_s * s->stops;
}

/* False: it has fallen behind. */
static bool look(const struct tryout_stage *st, struct tryout *t, const struct world *w, uint32_t mark)
{
	struct score s = world_score(w);
	t->mark[mark] = cost_of(st, &s) * (double) s.vehicles;
	if (mark + 1 == TRYOUT_MARKS) {
		t->score = s;
		t->cost_s = cost_of(st, &s);
	}
	return !t->limit || t->mark[mark] <= t->limit[mark] * (1 + t->slack_frac);
}

static void drive(const struct tryout_stage *st, struct tryout *t, struct shown *shown)
{
	const struct world_options o = {.step_s = st->step_s, .begin_s = st->begin_s, .seed = t->seed, .threads = 1};
	owned(world) w = world_new(st->net, st->demands[t->seed % st->n_demands], &o, NULL);
	uint32_t mark = 0;
	start_lights(st, shown);
	for (bool first = true; w && world_time_s(w) < st->end_s - 1e-6; first = false) {
		show_lights(st, shown, w, first);
		world_step(w);
		double share = (world_time_s(w) - st->begin_s) / (st->end_s - st->begin_s);
		if (mark + 1 < TRYOUT_MARKS && share >= (double) (mark + 1) / TRYOUT_MARKS && !look(st, t, w, mark++))
			return;
	}
	if (w)
		look(st, t, w, TRYOUT_MARKS - 1);
}

static void on_try(gpointer data, gpointer user)
{
	struct tryout *t = data;
	const struct tryout_stage *st = ((struct tryouts *) user)->stage;
	struct shown *shown = g_new0(struct shown, MAX(st->net->n_signals, 1));
	t->cost_s = INFINITY;
	if (make_programs(st, t->own_programs ? NULL : t->plan, shown))
		drive(st, t, shown);
	free_programs(st, shown);
}

void tryouts_run(const struct tryout_stage *stage, struct tryout *tries, uint32_t n)
{
	struct tryouts all = {stage};
	uint32_t threads = stage->threads ? stage->threads : g_get_num_processors();
	GThreadPool *pool = threads > 1 && n > 1 ? g_thread_pool_new(on_try, &all, (gint) threads, TRUE, NULL) : NULL;
	for (uint32_t k = 0; k < n; k++) {
		if (pool)
			g_thread_pool_push(pool, &tries[k], NULL);
		else
			on_try(&tries[k], &all);
	}
	if (pool)
		g_thread_pool_free(pool, FALSE, TRUE);
}
