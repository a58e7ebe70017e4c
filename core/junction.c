/* junction.c - makes a junction out of a network's signal and answers what follows from it; see junction.h. */
#include "core/junction.h"

#include <math.h>
#include <string.h>

#include "core/core_error.h"
#include "core/stages.h"
#include "core/units.h"

#define AMBER_LEAST_S 2.0 /* a network's own; monitors call less than 2.7 s short, real networks have 3 s and more */
#define AMBER_MOST_S 10.0
#define STAGES_MAX 64

struct junction_limits junction_limits_default(void)
{
	return (struct junction_limits){
		.min_green_s = 5, .max_green_s = 60, .amber_s = UNKNOWN, .all_red_s = UNKNOWN, .walk_s = 5, .ped_speed_mps = 1.2, .max_red_s = 120};
}

struct junction_limits junction_limits_of(const struct net_program *program)
{
	struct junction_limits l = junction_limits_default();
	double cycle_s = 0, shortest_s = l.min_green_s;
	for (uint32_t p = 0; p < program->n_phases; p++) {
		const struct net_phase *phase = &program->phases[p];
		bool actuated = net_program_is_actuated(program), green = strpbrk(phase->state, "Gg") && !strpbrk(phase->state, "yY");
		if (green)
			shortest_s = fmin(shortest_s, actuated ? fmin(phase->duration_s, phase->min_s) : phase->duration_s);
		cycle_s += actuated ? fmax(phase->duration_s, phase->max_s) : phase->duration_s; /* fmin and fmax pass over NaN */
	}
	l.min_green_s = fmax(shortest_s, 1);
	l.walk_s = fmax(shortest_s, 4);
	l.max_green_s = fmin(fmax(l.max_green_s, cycle_s), 600);
	l.max_red_s = fmin(fmax(l.max_red_s, cycle_s), 900);
	return l;
}

G_GNUC_PRINTF(4, 5) static bool fail(const struct junction *j, enum core_error code, GError **error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *what = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(error, CORE_ERROR, code, "signal %.80s: %s", j->id, what);
	return false;
}

static bool check_limits(const struct junction *j, const struct junction_limits *l, GError **error)
{
	const struct {
		const char *name, *unit;
		double value, low, high;
		bool may_lack;
	} ranges[] = {
		{"minimum green", "s", l->min_green_s, 1, 60, false},
		{"maximum green", "s", l->max_green_s, fmax(l->min_green_s, l->walk_s), 600, false},
		{"amber", "s", l->amber_s, 3, 6, true},
		{"all-red", "s", l->all_red_s, 0, 6, true},
		{"walk", "s", l->walk_s, 4, 60, false},
		{"walking speed", "m/s", l->ped_speed_mps, 0.5, 1.5, false},
		{"maximum red", "s", l->max_red_s, 20, 900, false},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++) {
		bool good = ranges[i].value >= ranges[i].low && ranges[i].value <= ranges[i].high;
		if (!good && !(isnan(ranges[i].value) && ranges[i].may_lack))
			return fail(j, CORE_ERROR_VALUE, error, "%s is %g %s, must be %g..%g %s", ranges[i].name, ranges[i].value, ranges[i].unit,
				ranges[i].low, ranges[i].high, ranges[i].unit);
	}
	return true;
}

static bool is_crossing(const struct network *net, const struct net_link *link)
{
	return net->edges[net->lanes[link->to_lane].edge].function == NET_CROSSING;
}

/* Hangs the net's links on their letters and finds out which letters are pedestrians'. Returns who is one, a flag a letter. */
static bool *take_links(struct junction *j)
{
	const struct network *net = j->net;
	for (uint32_t l = 0; l < net->n_links; l++) {
		const struct net_link *link = &net->links[l];
		if (link->signal != j->signal)
			continue;
		struct signal_link *letter = &j->links[link->signal_link];
		letter->net_links = g_renew(uint32_t, letter->net_links, letter->n_net_links + 1);
		letter->net_links[letter->n_net_links++] = l;
	}
	bool *pedestrian = g_new0(bool, j->n_links);
	for (uint32_t i = 0; i < j->n_links; i++) {
		uint32_t crossings = 0;
		for (uint32_t m = 0; m < j->links[i].n_net_links; m++) {
			const struct net_link *link = &net->links[j->links[i].net_links[m]];
			bool crossing = is_crossing(net, link), known = crossing;
			crossings += crossing;
			for (uint32_t k = 0; k < j->n_lanes && !known; k++)
				known = j->lanes[k] == link->from_lane;
			if (known)
				continue;
			j->lanes = g_renew(uint32_t, j->lanes, j->n_lanes + 1);
			j->lanes[j->n_lanes++] = link->from_lane;
		}
		/* One letter for vehicles and a crossing at once is the vehicles', amber and all, with the crossing's clearance. */
		j->links[i].pedestrian = pedestrian[i] = crossings && crossings == j->links[i].n_net_links;
	}
	return pedestrian;
}

enum relation { FOES = 1, I_YIELDS = 2, K_YIELDS = 4 };

/* What the nodes' matrices say about any pair of net links on letters i and k. */
static unsigned relation(const struct junction *j, uint32_t i, uint32_t k)
{
	const struct network *net = j->net;
	unsigned found = 0;
	for (uint32_t a = 0; a < j->links[i].n_net_links; a++)
		for (uint32_t b = 0; b < j->links[k].n_net_links; b++) {
			const struct net_link *la = &net->links[j->links[i].net_links[a]], *lb = &net->links[j->links[k].net_links[b]];
			if (la->node != lb->node)
				continue;
			const struct net_node *node = &net->nodes[la->node];
			bool ab = network_yields(node, la->request, lb->request), ba = network_yields(node, lb->request, la->request);
			if (ab || ba || network_foes(node, la->request, lb->request) || network_foes(node, lb->request, la->request))
				found |= FOES | (ab ? I_YIELDS : 0) | (ba ? K_YIELDS : 0);
		}
	return found;
}

/* A pair of foes that one phase shows green together. False: not even the matrix has one give way. */
static bool take_pair(struct junction *j, const char *state, uint32_t i, uint32_t k, unsigned how, bool *trusted)
{
	uint32_t n = j->n_links;
	bool i_gives = state[i] == 'g' && (how & I_YIELDS), k_gives = state[k] == 'g' && (how & K_YIELDS);
	j->conflict[i * n + k] = j->conflict[k * n + i] = false;
	j->yields[i * n + k] |= i_gives;
	j->yields[k * n + i] |= k_gives;
	*trusted |= !i_gives && !k_gives;
	return i_gives || k_gives || (how & (I_YIELDS | K_YIELDS));
}

static bool take_conflicts(struct junction *j, const struct net_program *program, GError **error)
{
	uint32_t n = j->n_links;
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < i; k++) {
			unsigned how = relation(j, i, k);
			if (!how)
				continue;
			bool trusted = false;
			j->foes[i * n + k] = j->foes[k * n + i] = j->conflict[i * n + k] = j->conflict[k * n + i] = true;
			for (uint32_t p = 0; p < program->n_phases; p++) {
				const char *state = program->phases[p].state;
				if (stages_is_off(state) || !shows_green(state[i]) || !shows_green(state[k]))
					continue;
				if (!take_pair(j, state, i, k, how, &trusted))
					return fail(j, CORE_ERROR_UNSAFE, error, "phase %u '%s' of its program %.40s shows green to links %u and %u, which cross "
						"and of which neither gives way", p, state, program->id, k, i);
			}
			j->n_trusted += trusted;
		}
	return true;
}

static void add_stage(struct junction *j, const struct net_phase *phase)
{
	g_autofree char *letters = stages_letters(phase->state);
	for (uint32_t s = 0; s < j->n_stages; s++)
		if (strcmp(j->stages[s].state, letters) == 0) {
			j->stages[s].native_s = fmax(j->stages[s].native_s, phase->duration_s);
			return;
		}
	j->stages = g_renew(struct stage, j->stages, j->n_stages + 1);
	struct stage *stage = &j->stages[j->n_stages];
	*stage = (struct stage){.state = g_steal_pointer(&letters), .native_s = phase->duration_s};
	if (j->n_stages < 26)
		g_snprintf(stage->name, sizeof stage->name, "%c", 'A' + (char) j->n_stages);
	else
		g_snprintf(stage->name, sizeof stage->name, "%c%u", 'A' + (char) (j->n_stages % 26), j->n_stages / 26);
	j->n_stages++;
}

static bool take_stages(struct junction *j, const struct net_program *program, const bool *pedestrian, GError **error)
{
	for (uint32_t p = 0; p < program->n_phases; p++)
		if (stages_is_green(program, p, pedestrian))
			add_stage(j, &program->phases[p]);
	if (j->n_stages == 0)
		return fail(j, CORE_ERROR_UNSAFE, error, "its program %.40s has no green phase", program->id);
	if (j->n_stages > STAGES_MAX)
		return fail(j, CORE_ERROR_VALUE, error, "its program %.40s has %u different green phases, at most %d are possible", program->id,
			j->n_stages, STAGES_MAX);
	/* Turn on red would never be shown by us, so nobody may depend on it alone. */
	for (uint32_t i = 0; i < j->n_links; i++) {
		bool stops = false, goes = false;
		for (uint32_t p = 0; p < program->n_phases; p++)
			stops |= program->phases[p].state[i] == 's';
		for (uint32_t s = 0; s < j->n_stages; s++)
			goes |= shows_green(j->stages[s].state[i]);
		if (stops && !goes)
			return fail(j, CORE_ERROR_UNSAFE, error, "link %u has a turn on red ('s') and never a green, which we cannot give it", i);
	}
	return true;
}

/* Each vehicle link's amber: the longest that the own program shows it; where it shows none, the longest of the others. */
static bool take_ambers(struct junction *j, const struct net_program *program, const bool *pedestrian, const struct junction_limits *l,
	GError **error)
{
	double longest_s = 0;
	for (uint32_t c = 0;; c++) {
		owned(change) change = stages_change(program, pedestrian, c);
		if (!change)
			break;
		for (uint32_t i = 0; i < j->n_links; i++)
			if (!pedestrian[i]) {
				j->links[i].amber_s = fmax(j->links[i].amber_s, change->amber_s[i]);
				longest_s = fmax(longest_s, change->amber_s[i]);
			}
	}
	if (longest_s == 0 && isnan(l->amber_s))
		return fail(j, CORE_ERROR_UNSAFE, error, "its program %.40s has no amber and no limit gives one", program->id);
	for (uint32_t i = 0; i < j->n_links; i++) {
		if (pedestrian[i])
			continue;
		double own_s = j->links[i].amber_s > 0 ? j->links[i].amber_s : longest_s;
		if (own_s > 0 && (own_s < AMBER_LEAST_S || own_s > AMBER_MOST_S))
			return fail(j, CORE_ERROR_UNSAFE, error, "link %u has %g s of amber in program %.40s, must be %g..%g s", i, own_s, program->id,
				AMBER_LEAST_S, AMBER_MOST_S);
		j->links[i].amber_s = fmax(own_s, l->amber_s); /* fmax passes over NaN */
	}
	return true;
}

/* Walking time over the longest crossing on this letter. */
static double crossing_s(const struct junction *j, uint32_t i, double speed_mps)
{
	double length_m = 0;
	for (uint32_t m = 0; m < j->links[i].n_net_links; m++) {
		const struct net_link *link = &j->net->links[j->links[i].net_links[m]];
		if (is_crossing(j->net, link))
			length_m = fmax(length_m, j->net->lanes[link->to_lane].length_m);
	}
	return length_m / speed_mps;
}

/* From the own program, into clear_after_s: how long after i's amber its foe k begins where k follows i directly; the shortest,
 * since that is what the program itself shows. NaN where k never follows i. */
static void own_clearances(struct junction *j, const struct net_program *program, const bool *pedestrian)
{
	uint32_t n = j->n_links;
	for (uint32_t at = 0; at < n * n; at++)
		j->clear_after_s[at] = UNKNOWN;
	for (uint32_t c = 0;; c++) {
		owned(change) change = stages_change(program, pedestrian, c);
		if (!change)
			return;
		for (uint32_t i = 0; i < n; i++)
			for (uint32_t k = 0; k < n; k++) {
				if (!j->foes[i * n + k] || isnan(change->end_s[i]) || shows_green(change->to[i]) || isnan(change->begin_s[k]))
					continue;
				double clear_s = fmax(0, change->begin_s[k] - change->end_s[i] - j->links[i].amber_s);
				j->clear_after_s[i * n + k] = fmin(j->clear_after_s[i * n + k], clear_s); /* fmin passes over NaN */
			}
	}
}

static void take_clearances(struct junction *j, const struct net_program *program, const bool *pedestrian, const struct junction_limits *l)
{
	uint32_t n = j->n_links;
	own_clearances(j, program, pedestrian);
	/* Where the own program never has k follow i, the longest that it gives after i must do; else the longest of all vehicles. */
	double longest_s = 0;
	for (uint32_t i = 0; i < n; i++) {
		double of_i_s = UNKNOWN;
		for (uint32_t k = 0; k < n; k++)
			of_i_s = fmax(of_i_s, j->clear_after_s[i * n + k]);
		j->links[i].clear_s = of_i_s;
		if (!pedestrian[i])
			longest_s = fmax(longest_s, of_i_s);
	}
	for (uint32_t i = 0; i < n; i++) {
		struct signal_link *link = &j->links[i];
		double least_s = fmax(crossing_s(j, i, l->ped_speed_mps), pedestrian[i] ? 0 : l->all_red_s);
		double usual_s = fmax(!isnan(link->clear_s) ? link->clear_s : pedestrian[i] ? 0 : longest_s, least_s);
		link->clear_s = usual_s;
		for (uint32_t k = 0; k < n; k++) {
			double *clear_s = &j->clear_after_s[i * n + k];
			*clear_s = !j->foes[i * n + k] ? 0 : isnan(*clear_s) ? usual_s : fmax(*clear_s, least_s);
		}
	}
}

static bool fill(struct junction *j, const struct junction_limits *l, GError **error)
{
	const struct net_program *program = &j->net->signals[j->signal].programs[0];
	uint32_t n = j->n_links;
	if (!check_limits(j, l, error))
		return false;
	g_autofree bool *pedestrian = take_links(j);
	for (uint32_t i = 0; i < n; i++) {
		j->links[i].min_green_s = pedestrian[i] ? l->walk_s : l->min_green_s;
		j->links[i].max_green_s = l->max_green_s;
		j->links[i].max_red_s = l->max_red_s;
	}
	if (!take_conflicts(j, program, error) || !take_stages(j, program, pedestrian, error) ||
		!take_ambers(j, program, pedestrian, l, error))
		return false;
	take_clearances(j, program, pedestrian, l);
	return true;
}

void junction_free(struct junction *j)
{
	if (!j)
		return;
	for (uint32_t i = 0; i < j->n_links; i++)
		g_free(j->links[i].net_links);
	for (uint32_t s = 0; s < j->n_stages; s++)
		g_free(j->stages[s].state);
	g_free(j->links);
	g_free(j->stages);
	g_free(j->foes);
	g_free(j->conflict);
	g_free(j->yields);
	g_free(j->clear_after_s);
	g_free(j->change_s);
	g_free(j->stays_s);
	g_free(j->hinders);
	g_free(j->lanes);
	g_free(j->id);
	g_free(j);
}

double junction_intergreen(const struct junction *j, uint32_t i, uint32_t k)
{
	return j->foes[i * j->n_links + k] ? j->links[i].amber_s + j->clear_after_s[i * j->n_links + k] : 0;
}

/* Does link k begin, or turn from g to G, when the stage shows `to` after `from`? */
static bool begins(char from, char to)
{
	return shows_green(to) && from != to && !(from == 'G' && to == 'g');
}

/* Does what link i showed under `from` have to clear the way? It ends, or gives up its priority. */
static bool leaves(char from, char to)
{
	return shows_green(from) && from != to && !(from == 'g' && to == 'G');
}

static double change_s(const struct junction *j, uint32_t from, uint32_t to)
{
	const char *a = j->stages[from].state, *b = j->stages[to].state;
	double longest_s = 0;
	for (uint32_t i = 0; i < j->n_links; i++)
		for (uint32_t k = 0; leaves(a[i], b[i]) && k < j->n_links; k++)
			if (begins(a[k], b[k]))
				longest_s = fmax(longest_s, junction_intergreen(j, i, k));
	return longest_s;
}

double junction_change_s(const struct junction *j, uint32_t from, uint32_t to)
{
	return j->change_s ? j->change_s[from * j->n_stages + to] : change_s(j, from, to);
}

static double stays_s(const struct junction *j, uint32_t from, uint32_t to)
{
	const char *a = j->stages[from].state, *b = j->stages[to].state;
	double notice_s = 0;
	for (uint32_t i = 0; i < j->n_links; i++)
		for (uint32_t k = 0; shows_green(a[i]) && !shows_green(b[i]) && !j->links[i].pedestrian && k < j->n_links; k++)
			if (begins(a[k], b[k]))
				notice_s = fmax(notice_s, junction_intergreen(j, i, k));
	return fmax(ceil(change_s(j, from, to) - 1e-6) - ceil(notice_s - 1e-6), 0);
}

double junction_stays_s(const struct junction *j, uint32_t from, uint32_t to)
{
	return j->stays_s ? j->stays_s[from * j->n_stages + to] : stays_s(j, from, to);
}

static bool hinders(const struct junction *j, uint32_t i, uint32_t k)
{
	bool served = false;
	for (uint32_t s = 0; s < j->n_stages; s++) {
		if (!shows_green(j->stages[s].state[k]))
			continue;
		if (shows_green(j->stages[s].state[i]))
			return false;
		served = true;
	}
	return served;
}

bool junction_hinders(const struct junction *j, uint32_t i, uint32_t k)
{
	return j->hinders ? j->hinders[i * j->n_links + k] : hinders(j, i, k);
}

/* Asked for thousands of times by whoever looks for plans. */
static void work_out_ways(struct junction *j)
{
	g_free(j->change_s);
	g_free(j->stays_s);
	g_free(j->hinders);
	double *changes_s = g_new(double, (gsize) j->n_stages * j->n_stages), *stay_s = g_new(double, (gsize) j->n_stages * j->n_stages);
	bool *hinder = g_new(bool, (gsize) j->n_links * j->n_links);
	for (uint32_t a = 0; a < j->n_stages; a++)
		for (uint32_t b = 0; b < j->n_stages; b++) {
			changes_s[a * j->n_stages + b] = change_s(j, a, b);
			stay_s[a * j->n_stages + b] = stays_s(j, a, b);
		}
	for (uint32_t i = 0; i < j->n_links; i++)
		for (uint32_t k = 0; k < j->n_links; k++)
			hinder[i * j->n_links + k] = hinders(j, i, k);
	j->change_s = changes_s;
	j->stays_s = stay_s;
	j->hinders = hinder;
}

void junction_limits_changed(struct junction *j)
{
	work_out_ways(j);
}

uint32_t junction_stage_of(const struct junction *j, const char *state)
{
	uint32_t found = STAGE_NONE;
	if (strlen(state) != j->n_links)
		return STAGE_NONE;
	for (uint32_t s = 0; s < j->n_stages; s++) {
		bool same = true, exact = true;
		for (uint32_t i = 0; i < j->n_links && same; i++) {
			char shown = j->stages[s].state[i];
			same = shows_green(shown) == shows_green(state[i]);
			exact = exact && (!shows_green(shown) || shown == state[i]);
		}
		if (same && exact)
			return s;
		if (same && found == STAGE_NONE)
			found = s;
	}
	return found;
}

bool junction_runs_stage(const struct junction *j, uint32_t stage, const char *state)
{
	const char *goal = j->stages[stage].state;

	for (uint32_t i = 0; i < j->n_links; i++)
		if (shows_green(goal[i]) != shows_green(state[i]) && !(j->links[i].pedestrian && state[i] == 'r'))
			return false;
	return strspn(state, "ry") < j->n_links;
}

uint32_t junction_stage_run(const struct junction *j, const char *state)
{
	uint32_t exact = junction_stage_of(j, state);

	if (exact != STAGE_NONE || strlen(state) != j->n_links)
		return exact;
	for (uint32_t s = 0; s < j->n_stages; s++)
		if (junction_runs_stage(j, s, state))
			return s;
	return STAGE_NONE;
}

uint32_t junction_phase(const struct junction *j, const struct net_program *program, uint32_t phase, bool *stranger)
{
	g_autofree bool *pedestrian = g_new(bool, j->n_links);
	for (uint32_t i = 0; i < j->n_links; i++)
		pedestrian[i] = j->links[i].pedestrian;
	if (stranger)
		*stranger = false;
	if (!stages_is_green(program, phase, pedestrian))
		return STAGE_NONE;
	g_autofree char *letters = stages_letters(program->phases[phase].state);
	for (uint32_t s = 0; s < j->n_stages; s++)
		if (strcmp(j->stages[s].state, letters) == 0)
			return s;
	if (stranger)
		*stranger = true;
	return STAGE_NONE;
}

bool junction_serves(const struct junction *j, uint32_t stage, uint32_t lane)
{
	for (uint32_t i = 0; i < j->n_links; i++)
		for (uint32_t m = 0; shows_green(j->stages[stage].state[i]) && m < j->links[i].n_net_links; m++)
			if (j->net->links[j->links[i].net_links[m]].from_lane == lane)
				return true;
	return false;
}

struct junction *junction_new(const struct network *net, uint32_t signal, const struct junction_limits *limits, GError **error)
{
	struct junction_limits defaults = junction_limits_default();
	const struct net_signal *s = &net->signals[signal];
	uint32_t n = s->n_links;
	owned(junction) j = g_new0(struct junction, 1);
	j->id = g_strdup(s->id);
	j->net = net;
	j->signal = signal;
	j->n_links = n;
	j->links = g_new0(struct signal_link, n);
	j->foes = g_new0(bool, (gsize) n * n);
	j->conflict = g_new0(bool, (gsize) n * n);
	j->yields = g_new0(bool, (gsize) n * n);
	j->clear_after_s = g_new0(double, (gsize) n * n);
	if (!fill(j, limits ? limits : &defaults, error))
		return NULL;
	work_out_ways(j);
	return give(j);
}
