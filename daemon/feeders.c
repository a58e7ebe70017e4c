/* feeders.c - see feeders.h. */
#include "daemon/feeders.h"

#include <stdlib.h>
#include <string.h>

#define QUEUE_GAP_M 10.0   /* standing vehicles further apart than this are not one queue */
#define MEMORY_S 600.0     /* shares follow the traffic of about the last ten minutes */
#define PRIOR_VEH 1.0	   /* each way is taken by somebody until we know better */

struct fed {
	uint32_t *lanes;
	uint32_t n;
	double *owed;	 /* vehicles that each has to get to be even, for sharing out one by one; after them those who turn off before */
	double beyond_m; /* from the lane's end to the nearest of their stop lines */
	double *share; /* of those on it, how many come to each of these; the others turn off before */
};

struct signalised {
	bool is, seen;
	double passed_veh; /* in this picture's window; NaN not told */
	GArray *vehicles;  /* struct seen_vehicle */
};

struct inside { /* a lane inside a junction */
	bool is, seen;
	GArray *vehicles; /* struct seen_vehicle */
};

struct feeders {
	const struct network *net;
	struct inside *insides;	       /* of each lane */
	struct fed *fed;	       /* of each lane */
	struct signalised *signalised; /* of each lane; only those with `is` are used */
	double *left_veh;	       /* of each lane: left it over its end lately, fading */
	bool *told;		       /* of each lane: somebody counts who leaves it */
	GArray *above;		       /* uint32_t: lanes that feed others, the nearest to a stop line first */
	double t_s, window_s;
};

static bool feed(struct fed *f, uint32_t lane)
{
	for (uint32_t i = 0; i < f->n; i++)
		if (f->lanes[i] == lane)
			return false;
	f->lanes = g_renew(uint32_t, f->lanes, f->n + 1);
	f->owed = g_renew(double, f->owed, f->n + 2);
	f->lanes[f->n++] = lane;
	return true;
}

static bool leads_to_signal(const struct network *net, uint32_t lane)
{
	const struct net_lane *l = &net->lanes[lane];

	for (uint32_t i = 0; i < l->n_links; i++)
		if (net->links[l->first_link + i].signal != NET_NONE)
			return net->edges[l->edge].function == NET_NORMAL;
	return false;
}

/* For walking up the road: the links into each lane, those over internal lanes included. */
struct step_up {
	uint32_t to, from;
};

static int by_to(const void *a, const void *b)
{
	const struct step_up *x = a, *y = b;

	return x->to != y->to ? (x->to < y->to ? -1 : 1) : (x->from > y->from) - (x->from < y->from);
}

/* A link leads to its end, and to the internal lane on the way; internal lanes have links of their own. A signal on the way
 * is where another approach ends. */
static GArray *steps_up(const struct network *net)
{
	GArray *steps = g_array_new(false, false, sizeof(struct step_up));

	for (uint32_t i = 0; i < net->n_links; i++) {
		const struct net_link *l = &net->links[i];
		if (l->signal != NET_NONE)
			continue;
		struct step_up up = {.to = l->to_lane, .from = l->from_lane};
		g_array_append_val(steps, up);
		up.to = l->via;
		if (up.to != NET_NONE)
			g_array_append_val(steps, up);
	}
	g_array_sort(steps, by_to);
	return steps;
}

static void walk_up(struct feeders *a, const GArray *steps, uint32_t lane, uint32_t goal, double gone_m, double reach_m)
{
	const struct step_up *s = (const struct step_up *) (void *) steps->data;
	uint32_t low = 0, high = steps->len;

	gone_m += a->net->lanes[lane].length_m;
	if (gone_m > reach_m)
		return;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (s[mid].to < lane)
			low = mid + 1;
		else
			high = mid;
	}
	for (uint32_t i = low; i < steps->len && s[i].to == lane; i++) {
		if (a->signalised[s[i].from].is)
			continue; /* has a stop line of its own */
		struct fed *f = &a->fed[s[i].from];
		f->beyond_m = f->n > 0 ? fmin(f->beyond_m, gone_m) : gone_m;
		if (feed(f, goal))
			walk_up(a, steps, s[i].from, goal, gone_m, reach_m);
	}
}

static int by_beyond(gconstpointer a, gconstpointer b, gpointer user)
{
	const struct feeders *f = user;
	const uint32_t *x = a, *y = b;
	double x_m = f->fed[*x].beyond_m, y_m = f->fed[*y].beyond_m;

	return x_m != y_m ? (x_m > y_m) - (x_m < y_m) : (*x > *y) - (*x < *y);
}

static void find_above(struct feeders *a)
{
	a->above = g_array_new(false, false, sizeof(uint32_t));
	for (uint32_t l = 0; l < a->net->n_lanes; l++) {
		a->fed[l].share = g_new0(double, a->fed[l].n + 1);
		if (a->signalised[l].is)
			a->fed[l].share[0] = 1;
		else if (a->fed[l].n > 0)
			g_array_append_val(a->above, l);
	}
	g_array_sort_with_data(a->above, by_beyond, a);
}

struct feeders *feeders_new(const struct network *net, double reach_m)
{
	owned(feeders) a = g_new0(struct feeders, 1);

	a->net = net;
	a->fed = g_new0(struct fed, net->n_lanes);
	a->signalised = g_new0(struct signalised, net->n_lanes);
	a->insides = g_new0(struct inside, net->n_lanes + 1);
	a->left_veh = g_new0(double, net->n_lanes + 1);
	a->told = g_new0(bool, net->n_lanes + 1);
	a->t_s = a->window_s = UNKNOWN;
	for (uint32_t l = 0; l < net->n_lanes; l++) {
		struct signalised *s = &a->signalised[l];
		s->is = leads_to_signal(net, l);
		if (!s->is)
			continue;
		s->vehicles = g_array_sized_new(false, false, sizeof(struct seen_vehicle), 8); /* with room: its data is never NULL */
		feed(&a->fed[l], l);
	}
	g_autofree uint32_t *behind = network_insides(net);
	for (uint32_t l = 0; l < net->n_lanes; l++)
		if (behind[l] != NET_NONE)
			a->insides[l] = (struct inside){.is = true, .vehicles = g_array_sized_new(false, false, sizeof(struct seen_vehicle), 4)};
	g_autoptr(GArray) steps = steps_up(net);
	for (uint32_t l = 0; l < net->n_lanes; l++)
		if (a->signalised[l].is)
			walk_up(a, steps, l, l, 0, reach_m);
	find_above(a);
	return give(a);
}

void feeders_free(struct feeders *a)
{
	if (a == NULL)
		return;
	for (uint32_t l = 0; a->fed != NULL && l < a->net->n_lanes; l++) {
		g_free(a->fed[l].lanes);
		g_free(a->fed[l].owed);
		g_free(a->fed[l].share);
		if (a->signalised[l].vehicles != NULL)
			g_array_unref(a->signalised[l].vehicles);
		if (a->insides[l].vehicles != NULL)
			g_array_unref(a->insides[l].vehicles);
	}
	g_free(a->fed);
	g_free(a->left_veh);
	g_free(a->told);
	if (a->above != NULL)
		g_array_unref(a->above);
	g_free(a->signalised);
	g_free(a->insides);
	g_free(a);
}

const uint32_t *feeders_fed(const struct feeders *a, uint32_t lane, uint32_t *n)
{
	*n = a->fed[lane].n;
	return a->fed[lane].lanes;
}

double feeders_beyond_m(const struct feeders *a, uint32_t lane)
{
	return a->fed[lane].beyond_m;
}

double feeders_to_stop_m(const struct feeders *a, uint32_t lane, double pos_m)
{
	const struct fed *f = &a->fed[lane];

	return f->n > 0 || a->insides[lane].is ? fmax(a->net->lanes[lane].length_m - pos_m, 0) + f->beyond_m : UNKNOWN;
}

bool feeders_inside(const struct feeders *a, uint32_t lane)
{
	return a->insides[lane].is;
}

/* Adds the part `frac` of those who go on from `lane` over `next` to where they come to. */
static void share_on(const struct feeders *a, uint32_t lane, uint32_t next, double frac)
{
	const struct fed *f = &a->fed[lane], *on = &a->fed[next];

	for (uint32_t i = 0; i < f->n; i++)
		for (uint32_t k = 0; k < on->n; k++)
			if (f->lanes[i] == on->lanes[k])
				f->share[i] += frac * on->share[k];
}

static bool is_counted(const struct feeders *a, const struct net_link *link)
{
	return link->via != NET_NONE && a->told[link->via];
}

/* Who was seen lately on the way over the node; where nobody counts there, on the lane behind. */
static double went_veh(const struct feeders *a, const struct net_link *link)
{
	return a->left_veh[is_counted(a, link) ? link->via : link->to_lane];
}

/* How many of those that leave the lane go which way, by what was seen lately. Who turns off is only known where they are counted on all ways
 * to a signal, and until somebody was seen to, nobody does. */
static void learn_shares(struct feeders *a, uint32_t lane)
{
	const struct net_lane *l = &a->net->lanes[lane];
	const struct net_link *links = &a->net->links[l->first_link];
	struct fed *f = &a->fed[lane];
	double all_veh = 0, prior_veh = 0;
	bool known = true;

	for (uint32_t i = 0; i < l->n_links; i++) {
		if (a->fed[links[i].to_lane].n == 0)
			continue;
		known = known && is_counted(a, &links[i]);
		all_veh += went_veh(a, &links[i]);
		prior_veh += PRIOR_VEH;
	}
	all_veh = known ? fmax(all_veh, a->left_veh[lane]) : all_veh;
	memset(f->share, 0, f->n * sizeof f->share[0]);
	for (uint32_t i = 0; i < l->n_links && prior_veh > 0; i++)
		share_on(a, lane, links[i].to_lane, (went_veh(a, &links[i]) + PRIOR_VEH) / (all_veh + prior_veh));
}

void feeders_begin(struct feeders *a, double t_s)
{
	a->window_s = t_s > a->t_s ? t_s - a->t_s : UNKNOWN;
	a->t_s = t_s;
	double keep = isnan(a->window_s) ? 1 : exp(-a->window_s / MEMORY_S);
	for (uint32_t l = 0; l < a->net->n_lanes; l++) {
		struct signalised *s = &a->signalised[l];
		a->insides[l].seen = false;
		a->left_veh[l] *= keep;
		if (!s->is)
			continue;
		s->seen = false;
		s->passed_veh = UNKNOWN;
		g_array_set_size(s->vehicles, 0);
	}
	for (guint i = 0; i < a->above->len; i++)
		learn_shares(a, g_array_index(a->above, uint32_t, i));
}

/* Whose turn is it to get a vehicle? Each is owed its share of one, and so is where no signal of ours is; who is owed most gets it. NET_NONE:
 * it turns off before. */
static uint32_t share_out(struct fed *f)
{
	uint32_t most = f->n;

	f->owed[f->n] += 1;
	for (uint32_t i = 0; i < f->n; i++) {
		f->owed[i] += f->share[i];
		f->owed[f->n] -= f->share[i];
	}
	for (uint32_t i = 0; i < f->n; i++)
		if (f->owed[i] >= f->owed[most])
			most = i;
	f->owed[most] -= 1;
	return most < f->n ? f->lanes[most] : NET_NONE;
}

void feeders_see(struct feeders *a, uint32_t lane, const struct seen_vehicle *vehicles, uint32_t n, double passed_veh)
{
	struct fed *f = &a->fed[lane];
	struct inside *in = &a->insides[lane];

	if (in->is) {
		in->seen = true;
		g_array_set_size(in->vehicles, 0);
		g_array_append_vals(in->vehicles, vehicles, n);
	}
	if (f->n == 0)
		return; /* leads to no signal of ours */
	memset(f->owed, 0, (f->n + 1) * sizeof f->owed[0]); /* the same picture is shared out the same way each time */
	for (uint32_t i = 0; i < f->n; i++)
		a->signalised[f->lanes[i]].seen = true;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t gets = a->signalised[lane].is ? lane : share_out(f);
		if (gets != NET_NONE)
			g_array_append_val(a->signalised[gets].vehicles, vehicles[i]);
	}
	if (isnan(passed_veh))
		return;
	a->left_veh[lane] += passed_veh;
	a->told[lane] = true;
	a->signalised[lane].passed_veh = passed_veh;
}

static int by_distance(const void *a, const void *b)
{
	const struct seen_vehicle *x = a, *y = b;

	return (x->dist_to_stop_m > y->dist_to_stop_m) - (x->dist_to_stop_m < y->dist_to_stop_m);
}

static void tell_inside(const struct feeders *a, uint32_t lane, feeders_on_estimate on_estimate, void *user)
{
	const struct inside *in = &a->insides[lane];
	struct estimate e;

	if (!in->is || !in->seen)
		return;
	g_array_sort(in->vehicles, by_distance);
	estimate_init(&e, lane);
	e.t_s = a->t_s;
	e.window_s = a->window_s;
	e.view_m = a->net->lanes[lane].length_m;
	e.quality_frac = 1;
	e.vehicles = (struct seen_vehicle *) (void *) in->vehicles->data;
	e.n_vehicles = in->vehicles->len;
	on_estimate(user, &e);
}

void feeders_end(struct feeders *a, double view_m, feeders_on_estimate on_estimate, void *user)
{
	for (uint32_t l = 0; l < a->net->n_lanes; l++) {
		struct signalised *s = &a->signalised[l];
		struct estimate e;
		tell_inside(a, l, on_estimate, user);
		if (!s->is || !s->seen)
			continue;
		g_array_sort(s->vehicles, by_distance);
		estimate_init(&e, l);
		e.t_s = a->t_s;
		e.window_s = a->window_s;
		e.view_m = view_m;
		e.flow_veh = isnan(a->window_s) ? UNKNOWN : s->passed_veh;
		e.quality_frac = 1;
		e.vehicles = (struct seen_vehicle *) (void *) s->vehicles->data;
		e.n_vehicles = s->vehicles->len;
		estimate_from_vehicles(&e, QUEUE_GAP_M);
		on_estimate(user, &e);
	}
}
