/* lockstep.c - world and pilot in step; see lockstep.h. */
#include "daemon/lockstep.h"

#include "daemon/eyes.h"

#include <math.h>
#include <string.h>

struct lockstep {
	struct world *world;
	struct pilot *pilot; /* NULL without signals */
	double view_m;
	bool fixed;                  /* the method in force runs the programs by the time table */
	uint32_t *switched;          /* by signal: of its time table, so many switches are made */
	struct junction_limits *own; /* one a signal, for methods that run the programs as they are */
	struct feeders *feeders;
	bool *wanted;        /* of each lane: the method wants to see it */
	GArray *lanes;       /* struct watched: those, and those further up that lead to them */
	struct lockstep_options options;
	GHashTable *ways;    /* vehicle id + 1 -> the step that saw it last: those that have a corridor; NULL: none get one */
	guint step;
	bool warming;        /* the pilot is that of the warm-up */
	bool scoring;        /* scores have begun */
};

struct watched {
	uint32_t lane;
	uint64_t passed;
};

struct lockstep_options lockstep_options_default(void)
{
	return (struct lockstep_options){.method = "fixed", .view_m = 100, .world = world_options_default()};
}

static bool feeds_wanted(const struct lockstep *l, uint32_t lane)
{
	uint32_t n;
	const uint32_t *fed = feeders_fed(l->feeders, lane, &n);
	for (uint32_t k = 0; k < n; k++)
		if (l->wanted[fed[k]])
			return true;
	return false;
}

/* The pictures begin anew. */
static void look_at_wanted(struct lockstep *l, const struct network *net)
{
	feeders_free(l->feeders);
	l->feeders = feeders_new(net, l->view_m);
	g_array_set_size(l->lanes, 0);
	bool any_wanted = memchr(l->wanted, 1, net->n_lanes * sizeof *l->wanted) != NULL;
	for (uint32_t k = 0; k < net->n_lanes; k++) {
		struct watched lane = {k, world_passed(l->world, k)};
		if ((feeds_wanted(l, k) || (feeders_inside(l->feeders, k) && any_wanted)) && feeders_beyond_m(l->feeders, k) < l->view_m)
			g_array_append_val(l->lanes, lane);
	}
}

static bool make_pilot(struct lockstep *l, const struct network *net, const char *method, GError **error)
{
	struct pilot_options po = pilot_options_default();
	po.method = method;
	po.lockstep = true;
	po.limits = l->options.limits ? l->options.limits : pilot_runs_programs(method) ? l->own : NULL;
	pilot_free(l->pilot);
	memset(l->wanted, 0, net->n_lanes * sizeof *l->wanted);
	memset(l->switched, 0, net->n_signals * sizeof *l->switched);
	l->fixed = strcmp(method, "fixed") == 0;
	if (l->ways)
		g_hash_table_remove_all(l->ways);
	l->pilot = pilot_new(net, &po, error);
	if (!l->pilot)
		return false;
	for (uint32_t s = 0; s < net->n_signals; s++)
		if (pilot_unguarded(l->pilot, s)) {
			g_set_error(error, PILOT_ERROR, PILOT_ERROR_NETWORK, "signal %s cannot be run: %s", net->signals[s].id, pilot_unguarded(l->pilot, s));
			return false;
		}
	for (uint32_t j = 0; j < pilot_n(l->pilot); j++) {
		const struct junction *junction = pilot_junction(l->pilot, j);
		for (uint32_t k = 0; (!pilot_blind(l->pilot, j) || l->options.emergency) && k < junction->n_lanes; k++) {
			l->wanted[junction->lanes[k]] = true;
			pilot_expect(l->pilot, junction->lanes[k], NULL);
		}
	}
	look_at_wanted(l, net);
	return true;
}

/* All programs of the day fit in as they are. */
static struct junction_limits limits_of(const struct net_signal *s)
{
	struct junction_limits all = junction_limits_of(&s->programs[0]);
	for (uint32_t k = 0; k < s->n_switches; k++) {
		struct junction_limits one = junction_limits_of(net_signal_program(s, s->switches[k].program));
		all.min_green_s = fmin(all.min_green_s, one.min_green_s);
		all.walk_s = fmin(all.walk_s, one.walk_s);
		all.max_green_s = fmax(all.max_green_s, one.max_green_s);
		all.max_red_s = fmax(all.max_red_s, one.max_red_s);
	}
	return all;
}

struct lockstep *lockstep_new(const struct network *net, const struct routes *routes, const struct lockstep_options *options, GError **error)
{
	owned(lockstep) l = g_new0(struct lockstep, 1);
	l->view_m = options->view_m;
	l->options = *options;
	l->warming = options->warmup_s + options->late_s > 0;
	l->scoring = options->warmup_s <= 0;
	l->lanes = g_array_new(FALSE, FALSE, sizeof(struct watched));
	l->wanted = g_new0(bool, MAX(net->n_lanes, 1));
	if (options->emergency)
		l->ways = g_hash_table_new(NULL, NULL);
	if (!(options->view_m > 0 && options->view_m <= 1000)) {
		g_set_error(error, PILOT_ERROR, PILOT_ERROR_OPTION, "the view is %g m, must be above 0 and at most 1000 m", options->view_m);
		return NULL;
	}
	l->switched = g_new0(uint32_t, MAX(net->n_signals, 1));
	l->own = g_new(struct junction_limits, MAX(net->n_signals, 1));
	for (uint32_t s = 0; s < net->n_signals; s++)
		l->own[s] = limits_of(&net->signals[s]);
	l->world = world_new(net, routes, &options->world, error);
	if (!l->world || (net->n_signals && !make_pilot(l, net, options->method, error)))
		return NULL;
	if (l->warming && net->n_signals && !make_pilot(l, net, "fixed", error))
		return NULL;
	return give(l);
}

void lockstep_free(struct lockstep *l)
{
	if (!l)
		return;
	pilot_free(l->pilot);
	world_free(l->world);
	g_clear_pointer(&l->ways, g_hash_table_unref);
	feeders_free(l->feeders);
	g_array_unref(l->lanes);
	g_free(l->wanted);
	g_free(l->switched);
	g_free(l->own);
	g_free(l);
}

struct seeing {
	struct lockstep *l;
	double now_s;
};

static void on_estimate(void *user, const struct estimate *e)
{
	const struct seeing *s = user;
	if (s->l->wanted[e->lane] || feeders_inside(s->l->feeders, e->lane))
		pilot_see(s->l->pilot, e, s->now_s);
}

static void see(struct lockstep *l, double now_s)
{
	struct seen_vehicle seen[EYES_MOST];
	struct seeing with = {l, now_s};
	feeders_begin(l->feeders, now_s);
	for (guint k = 0; k < l->lanes->len; k++) {
		struct watched *w = &g_array_index(l->lanes, struct watched, k);
		uint64_t passed = world_passed(l->world, w->lane);
		uint32_t n = eyes_look(l->world, l->feeders, w->lane, l->view_m, seen);
		feeders_see(l->feeders, w->lane, seen, n, (double) (passed - w->passed));
		w->passed = passed;
	}
	feeders_end(l->feeders, l->view_m, on_estimate, &with);
}

static void tell_place(struct lockstep *l, const struct vehicle_view *v, double now_s)
{
	const struct routes *routes = world_routes(l->world);
	const struct departure *d = &routes->departures[v->id];
	const struct route *route = &routes->routes[d->route];
	struct corridors *corridors = pilot_corridors(l->pilot);
	const struct corridors_place place = {.lane = v->lane, .pos_m = v->pos_m, .speed_mps = v->speed_mps};
	bool known = g_hash_table_contains(l->ways, GUINT_TO_POINTER(v->id + 1));
	if (!known) /* one without a signal on its way gets none */
		corridors_begin(corridors, d->id, route->edges, route->n_edges, 0, now_s, NULL);
	g_hash_table_insert(l->ways, GUINT_TO_POINTER(v->id + 1), GUINT_TO_POINTER(l->step));
	corridors_seen(corridors, d->id, &place, now_s, NULL); /* it may be over its last signal: then it has no corridor any more */
}

/* Emergency vehicles say where they are; those that have arrived say nothing any more. */
static void follow_vehicles(struct lockstep *l, double now_s)
{
	const struct routes *routes = world_routes(l->world);
	struct vehicle_view v;
	GHashTableIter i;
	gpointer id, step;
	l->step++;
	for (uint32_t k = 0; k < world_n_vehicles(l->world); k++) {
		world_vehicle(l->world, k, &v);
		if (routes->types[v.type].vclass & NET_EMERGENCY)
			tell_place(l, &v, now_s);
	}
	g_hash_table_iter_init(&i, l->ways);
	while (g_hash_table_iter_next(&i, &id, &step))
		if (GPOINTER_TO_UINT(step) != l->step) {
			corridors_end(pilot_corridors(l->pilot), routes->departures[GPOINTER_TO_UINT(id) - 1].id, "it has arrived", NULL);
			g_hash_table_iter_remove(&i);
		}
}

/* The warm-up is over: the method's pilot takes over what shows, with every green counted as begun now. */
static void take_over(struct lockstep *l, double now_s)
{
	const struct network *net = world_network(l->world);
	l->warming = false;
	if (!l->pilot)
		return;
	g_autoptr(GError) error = NULL;
	if (!make_pilot(l, net, l->options.method, &error))
		g_assert_not_reached(); /* lockstep_new has tried both methods on this network */
	for (uint32_t j = 0; j < pilot_n(l->pilot); j++)
		pilot_reported(l->pilot, j, world_shows(l->world, pilot_junction(l->pilot, j)->signal), STREET_CENTRAL, now_s);
}

/* The last of the switches that are due, at once where it is late: a world may begin in the middle of the day. */
static void switch_programs(struct lockstep *l, double now_s)
{
	const struct network *net = world_network(l->world);
	for (uint32_t j = 0; l->fixed && j < pilot_n(l->pilot); j++) {
		uint32_t signal = pilot_junction(l->pilot, j)->signal, *n = &l->switched[signal];
		const struct net_signal *s = &net->signals[signal];
		const struct net_switch *due = NULL;
		while (*n < s->n_switches && s->switches[*n].at_s <= now_s + 1e-6)
			due = &s->switches[(*n)++];
		if (due != NULL) /* one that cannot be shown was told when the files were read (sim_case.c), and the last one stays */
			pilot_change(l->pilot, j, net_signal_program(s, due->program), now_s - due->at_s < 1.5 && now_s > l->options.world.begin_s, now_s, NULL);
	}
}

void lockstep_step(struct lockstep *l)
{
	double now_s = world_time_s(l->world);
	double warmed_s = l->options.world.begin_s + l->options.warmup_s;
	if (!l->scoring && now_s >= warmed_s) {
		l->scoring = true;
		world_score_reset(l->world);
	}
	if (l->warming && now_s >= warmed_s + l->options.late_s)
		take_over(l, now_s);
	if (l->pilot) {
		see(l, now_s);
		if (l->ways)
			follow_vehicles(l, now_s);
		switch_programs(l, now_s);
		pilot_tick(l->pilot, now_s);
		for (uint32_t j = 0; j < pilot_n(l->pilot); j++) {
			struct pilot_look look;
			pilot_look(l->pilot, j, &look);
			g_autoptr(GError) why = NULL;
			if (look.show && !world_show(l->world, pilot_junction(l->pilot, j)->signal, look.show, &why))
				g_assert_not_reached(); /* the guard's strings fit the network's signals */
		}
	}
	world_step(l->world);
}

struct world *lockstep_world(struct lockstep *l)
{
	return l->world;
}

const struct pilot *lockstep_pilot(const struct lockstep *l)
{
	return l->pilot;
}
