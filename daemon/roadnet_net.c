/* roadnet_net.c - CityFlow's roads as a network; see roadnet_net.h. */
#include "daemon/roadnet_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/core_error.h"
#include "core/netbuild.h"
#include "core/units.h"
#include "daemon/roadnet_shape.h"

#define LEAST_PATH_M 0.1
#define LEAST_PHASE_S 0.01
#define TURN_SPEED_MPS (25 / 3.0) /* CityFlow's vehicles turn at 8.3333 m/s (vehicle.h, turnSpeed) */
#define SIDE_SINE 0.5             /* streets that meet at less than 30 degrees come from ahead or behind, not from a side */

/* One lane link on its way to a row of the node's matrix. Lanes are counted SUMO's way, from the right. */
struct turn {
	const struct roadnet_link *link;
	uint32_t link_index, from_lane, to_lane;
	struct line line;
	struct net_point heading;
};

struct maker {
	const struct roadnet *r;
	struct netbuild *b;
	struct line **lanes; /* [road][CityFlow's lane] */
	GArray **into;       /* for each node the roads that end there */
	GArray **out_of;
	double amber_s;
	uint32_t n_twice, n_short, n_constant; /* passed over */
};

static const char *keep(struct maker *m, const char *text)
{
	return g_string_chunk_insert_const(m->b->text, text);
}

static void shape_roads(struct maker *m)
{
	const struct roadnet *r = m->r;
	m->lanes = g_new0(struct line *, r->n_roads);
	m->into = g_new(GArray *, MAX(r->n_nodes, 1));
	m->out_of = g_new(GArray *, MAX(r->n_nodes, 1));
	for (uint32_t i = 0; i < r->n_nodes; i++) {
		m->into[i] = g_array_new(FALSE, FALSE, sizeof(uint32_t));
		m->out_of[i] = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	}
	for (uint32_t i = 0; i < r->n_roads; i++) {
		bool cut_short = false;
		m->lanes[i] = g_new0(struct line, r->roads[i].n_lanes);
		for (uint32_t k = 0; k < r->roads[i].n_lanes; k++)
			m->lanes[i][k] = shape_lane(r, i, k, &cut_short);
		m->n_short += cut_short;
		g_array_append_val(m->into[r->roads[i].to], i);
		g_array_append_val(m->out_of[r->roads[i].from], i);
	}
}

static void free_shapes(struct maker *m)
{
	for (uint32_t i = 0; i < m->r->n_roads; i++) {
		for (uint32_t k = 0; k < m->r->roads[i].n_lanes; k++)
			line_finish(&m->lanes[i][k]);
		g_free(m->lanes[i]);
	}
	for (uint32_t i = 0; i < m->r->n_nodes; i++) {
		g_array_free(m->into[i], TRUE);
		g_array_free(m->out_of[i], TRUE);
	}
	g_free(m->lanes);
	g_free(m->into);
	g_free(m->out_of);
}

static void draft_lane(struct maker *m, const char *edge_id, uint32_t index, double speed_mps, double width_m, const struct line *line)
{
	struct draft_edge *edge = &g_array_index(m->b->edges, struct draft_edge, m->b->edges->len - 1);
	struct net_lane lane = {.edge = m->b->edges->len - 1, .index = index, .speed_mps = speed_mps, .width_m = width_m, .allow = NET_ALL};
	lane.id = g_strdup_printf("%s_%u", edge_id, index);
	lane.length_m = fmax(line_length_m(line), LEAST_PATH_M);
	lane.shape = g_memdup2(line->points, line->n * sizeof *line->points);
	lane.n_shape = line->n;
	edge->edge.n_lanes++;
	g_array_append_val(m->b->lanes, lane);
}

static void draft_road(struct maker *m, uint32_t index)
{
	const struct roadnet_road *road = &m->r->roads[index];
	struct draft_edge draft = {.edge = {.id = g_strdup(road->id), .priority = 1, .first_lane = m->b->lanes->len},
		.from = m->r->nodes[road->from].id, .to = m->r->nodes[road->to].id};
	g_array_append_val(m->b->edges, draft);
	for (uint32_t k = 0; k < road->n_lanes; k++) {
		uint32_t theirs = road->n_lanes - 1 - k;
		draft_lane(m, road->id, k, road->lanes[theirs].speed_mps, road->lanes[theirs].width_m, &m->lanes[index][theirs]);
	}
}

static int by_lane(const void *a, const void *b)
{
	const struct turn *p = a, *q = b;
	const uint32_t x[] = {p->link->from, p->from_lane, p->link_index, p->to_lane};
	const uint32_t y[] = {q->link->from, q->from_lane, q->link_index, q->to_lane};
	for (size_t i = 0; i < G_N_ELEMENTS(x); i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

/* All lane links of a node in the order of SUMO's rows: by road, by lane from the right. */
static GArray *turns_of(struct maker *m, const struct roadnet_node *node)
{
	GArray *turns = g_array_new(FALSE, FALSE, sizeof(struct turn));
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (uint32_t i = 0; i < node->n_links; i++)
		for (uint32_t k = 0; k < node->links[i].n_paths; k++) {
			const struct roadnet_link *link = &node->links[i];
			const struct roadnet_path *path = &link->paths[k];
			if (!g_hash_table_add(seen, g_strdup_printf("%u %u %u %u", link->from, path->from_lane, link->to, path->to_lane))) {
				m->n_twice++;
				continue;
			}
			const struct line *from = &m->lanes[link->from][path->from_lane], *to = &m->lanes[link->to][path->to_lane];
			struct turn turn = {.link = link, .link_index = i, .from_lane = m->r->roads[link->from].n_lanes - 1 - path->from_lane,
				.to_lane = m->r->roads[link->to].n_lanes - 1 - path->to_lane, .line = shape_path(path, from, to),
				.heading = shape_heading(from, true)};
			g_array_append_val(turns, turn);
		}
	if (turns->len)
		qsort(turns->data, turns->len, sizeof(struct turn), by_lane);
	return turns;
}

static bool are_foes(const struct turn *a, const struct turn *b)
{
	if (a->link->from == b->link->from && a->from_lane == b->from_lane)
		return false;
	return (a->link->to == b->link->to && a->to_lane == b->to_lane) || line_crosses(&a->line, &b->line);
}

/* Row a or row b first: the larger turn, as in CityFlow; among equals the one from the right, among those from ahead the lower row. */
static bool yields(const struct turn *a, const struct turn *b, bool a_is_lower)
{
	if (a->link->turn != b->link->turn)
		return a->link->turn < b->link->turn;
	double side = a->heading.x_m * b->heading.y_m - a->heading.y_m * b->heading.x_m; /* positive: b comes from a's right */
	return fabs(side) > SIDE_SINE ? side > 0 : !a_is_lower;
}

/* Both matrices, n * n, [i * n + k]. */
static void relate(const GArray *turns, bool *foes, bool *response)
{
	uint32_t n = turns->len;
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < i; k++) {
			const struct turn *a = &g_array_index(turns, struct turn, i), *b = &g_array_index(turns, struct turn, k);
			if (!are_foes(a, b))
				continue;
			foes[i * n + k] = foes[k * n + i] = true;
			response[i * n + k] = yields(a, b, false);
			response[k * n + i] = !response[i * n + k];
		}
}

static const char *bits(struct maker *m, const bool *row, uint32_t n)
{
	g_autofree char *text = g_malloc(n + 1);
	for (uint32_t k = 0; k < n; k++)
		text[n - 1 - k] = row[k] ? '1' : '0';
	text[n] = 0;
	return keep(m, text);
}

/* What phase `p` shows: 'g' where a green one has to give way to another green one. */
static char *letters(const struct roadnet_node *node, uint32_t p, const GArray *turns, const bool *response)
{
	uint32_t n = turns->len;
	const bool *green = node->phases[p].green;
	char *state = g_strnfill(n, 'r');
	for (uint32_t i = 0; i < n; i++) {
		if (!green[g_array_index(turns, struct turn, i).link_index])
			continue;
		state[i] = 'G';
		for (uint32_t k = 0; k < n; k++)
			if (response[i * n + k] && green[g_array_index(turns, struct turn, k).link_index])
				state[i] = 'g';
	}
	return state;
}

static bool is_green(char letter)
{
	return letter == 'G' || letter == 'g';
}

/* From one phase to the next: amber where green ends, green where it stays, red where it has yet to come. NULL: none ends. */
static char *between(const char *before, const char *after)
{
	bool ends = false;
	char *state = g_strdup(before);
	for (uint32_t i = 0; state[i]; i++) {
		if (is_green(before[i]) && !is_green(after[i])) {
			state[i] = 'y';
			ends = true;
		} else if (after[i] == 'g' && is_green(before[i])) {
			state[i] = 'g';
		}
	}
	if (!ends)
		g_clear_pointer(&state, g_free);
	return state;
}

static void add_phase(struct net_program *program, double duration_s, char *state)
{
	program->phases[program->n_phases++] = (struct net_phase){.duration_s = duration_s, .min_s = UNKNOWN, .max_s = UNKNOWN, .state = state};
}

static bool draft_program(struct maker *m, const struct roadnet_node *node, const GArray *turns, const bool *response, GError **error)
{
	struct net_program program = {.id = g_strdup("0"), .type = g_strdup("static"), .phases = g_new0(struct net_phase, 2 * node->n_phases)};
	g_autofree char *before = letters(node, node->n_phases - 1, turns, response);
	bool good = true;
	for (uint32_t p = 0; p < node->n_phases && good; p++) {
		char *state = letters(node, p, turns, response);
		char *change = m->amber_s > 0 ? between(before, state) : NULL;
		double amber_s = change ? m->amber_s : 0, time_s = node->phases[p].time_s;
		good = time_s >= amber_s;
		if (!good)
			g_set_error(error, CORE_ERROR, CORE_ERROR_VALUE, "%s: intersection %.80s: phase %u lasts %g s and begins with %g s of amber: "
				"--amber must be at most %g s", m->b->file, node->id, p, time_s, amber_s, time_s);
		if (change)
			add_phase(&program, amber_s, change);
		g_free(before);
		before = g_strdup(state);
		if (time_s > amber_s + LEAST_PHASE_S)
			add_phase(&program, time_s - amber_s, state);
		else
			g_free(state);
	}
	struct draft_program draft = {.signal = node->id, .program = program};
	g_array_append_val(m->b->programs, draft);
	return good;
}

/* Lights that never change are none: CityFlow calls such an intersection implicit. */
static bool has_lights(const struct roadnet_node *node)
{
	for (uint32_t p = 0; p < node->n_phases; p++)
		for (uint32_t i = 0; i < node->n_links; i++)
			if (!node->phases[p].green[i])
				return true;
	return false;
}

/* An internal edge for each run of rows between the same two roads, called after its first row. Returns the rows' lanes' ids. */
static const char **draft_paths(struct maker *m, const struct roadnet_node *node, const GArray *turns)
{
	const char **ids = g_new0(const char *, turns->len + 1);
	g_autofree char *edge_id = NULL;
	uint32_t first = 0;
	for (uint32_t row = 0; row < turns->len; row++) {
		const struct turn *t = &g_array_index(turns, struct turn, row), *before = row ? t - 1 : NULL;
		if (!before || before->link->from != t->link->from || before->link->to != t->link->to) {
			first = row;
			g_free(edge_id);
			edge_id = g_strdup_printf(":%s_%u", node->id, row);
			struct draft_edge draft = {.edge = {.id = g_strdup(edge_id), .function = NET_INTERNAL, .priority = -1,
				.first_lane = m->b->lanes->len}, .from = node->id, .to = node->id};
			g_array_append_val(m->b->edges, draft);
		}
		const struct roadnet_road *from = &m->r->roads[t->link->from], *to = &m->r->roads[t->link->to];
		const struct roadnet_lane *a = &from->lanes[from->n_lanes - 1 - t->from_lane], *b = &to->lanes[to->n_lanes - 1 - t->to_lane];
		double speed_mps = fmin(a->speed_mps, b->speed_mps);
		if (t->link->turn != TURN_STRAIGHT)
			speed_mps = fmin(speed_mps, TURN_SPEED_MPS);
		draft_lane(m, edge_id, row - first, speed_mps, fmin(a->width_m, b->width_m), &t->line);
		ids[row] = keep(m, g_array_index(m->b->lanes, struct net_lane, m->b->lanes->len - 1).id);
	}
	return ids;
}

static void draft_links(struct maker *m, const struct roadnet_node *node, const GArray *turns, const bool *response, const char **ids,
	bool lights)
{
	static const char dirs[] = {[TURN_OTHER] = 't', [TURN_RIGHT] = 'r', [TURN_LEFT] = 'l', [TURN_STRAIGHT] = 's'};
	uint32_t n = turns->len;
	for (uint32_t row = 0; row < n; row++) {
		const struct turn *t = &g_array_index(turns, struct turn, row);
		bool gives_way = memchr(response + row * n, true, n) != NULL;
		const char *to = m->r->roads[t->link->to].id, *tail = strrchr(ids[row], '_');
		g_autofree char *edge_id = g_strndup(ids[row], (gsize) (tail - ids[row]));
		struct draft_link link = {.from = m->r->roads[t->link->from].id, .to = to, .via = ids[row], .signal = lights ? node->id : NULL,
			.from_index = t->from_lane, .to_index = t->to_lane, .letter = lights ? row : NET_NONE, .allow = NET_ALL, .dir = dirs[t->link->turn]};
		link.state = lights ? (gives_way ? 'o' : 'O') : (gives_way ? 'm' : 'M');
		g_array_append_val(m->b->links, link);
		struct draft_link leave = {.from = keep(m, edge_id), .to = to, .from_index = (uint32_t) g_ascii_strtoull(tail + 1, NULL, 10),
			.to_index = t->to_lane, .letter = NET_NONE, .allow = NET_ALL, .dir = dirs[t->link->turn], .state = 'M'};
		g_array_append_val(m->b->links, leave);
	}
}

/* The shape of a node: the hull of its lanes' ends. Roads' lanes are named as incoming in the order of the rows. */
static void draft_node(struct maker *m, uint32_t index, const char *type, const char *inner, const GArray *turns, const bool *foes,
	const bool *response)
{
	const struct roadnet_node *node = &m->r->nodes[index];
	g_autoptr(GArray) corners = g_array_new(FALSE, FALSE, sizeof(struct net_point));
	g_autoptr(GString) incoming = g_string_new(NULL);
	for (int end = 0; end < 2; end++) {
		const GArray *roads = end ? m->into[index] : m->out_of[index];
		for (guint i = 0; i < roads->len; i++) {
			uint32_t road = g_array_index(roads, uint32_t, i);
			for (uint32_t k = 0; k < m->r->roads[road].n_lanes; k++) {
				struct net_point two[2];
				shape_corners(&m->lanes[road][k], m->r->roads[road].lanes[k].width_m, end, two);
				g_array_append_vals(corners, two, 2);
				if (end)
					g_string_append_printf(incoming, "%s%s_%u", incoming->len ? " " : "", m->r->roads[road].id, k);
			}
		}
	}
	struct line hull = shape_hull((struct net_point *) (void *) corners->data, corners->len);
	struct draft_node draft = {
		.node = {.id = g_strdup(node->id), .type = g_strdup(type), .at = node->at, .shape = hull.points, .n_shape = hull.n},
		.incoming = keep(m, incoming->str), .inner = keep(m, inner), .first_row = m->b->rows->len, .n_rows = turns->len};
	for (uint32_t row = 0, n = turns->len; row < n; row++) {
		struct draft_row draft_row = {row, bits(m, response + row * n, n), bits(m, foes + row * n, n), false, 0};
		g_array_append_val(m->b->rows, draft_row);
	}
	g_array_append_val(m->b->nodes, draft);
}

static bool draft_all_of_node(struct maker *m, uint32_t index, GError **error)
{
	const struct roadnet_node *node = &m->r->nodes[index];
	g_autoptr(GArray) turns = turns_of(m, node);
	gsize n = turns->len;
	bool good = true, lights = n && has_lights(node);
	g_autofree bool *foes = g_new0(bool, MAX(n * n, 1)), *response = g_new0(bool, MAX(n * n, 1));
	relate(turns, foes, response);
	g_autofree const char **ids = draft_paths(m, node, turns);
	g_autofree char *inner = n ? g_strjoinv(" ", (char **) (void *) ids) : g_strdup("");
	draft_node(m, index, n == 0 ? "dead_end" : lights ? "traffic_light" : "priority", inner, turns, foes, response);
	draft_links(m, node, turns, response, ids, lights);
	if (lights)
		good = draft_program(m, node, turns, response, error);
	else
		m->n_constant += n && node->n_phases;
	for (guint i = 0; i < turns->len; i++)
		line_finish(&g_array_index(turns, struct turn, i).line);
	return good;
}

static void note(GPtrArray *notes, const char *file, uint32_t n, const char *what)
{
	if (notes && n)
		g_ptr_array_add(notes, g_strdup_printf("%s: %s (%u of them)", file, what, n));
}

struct network *roadnet_network(const struct roadnet *r, const char *name, double amber_s, GPtrArray *notes, GError **error)
{
	owned(netbuild) b = netbuild_new(name, NULL);
	struct maker m = {.r = r, .b = b, .amber_s = amber_s};
	bool good = true;
	shape_roads(&m);
	for (uint32_t i = 0; i < r->n_nodes && good; i++)
		good = draft_all_of_node(&m, i, error);
	for (uint32_t i = 0; i < r->n_roads; i++)
		draft_road(&m, i);
	free_shapes(&m);
	if (!good)
		return NULL;
	note(notes, name, m.n_twice, "laneLinks between lanes that are joined already are left out");
	note(notes, name, m.n_short, "roads shorter than the intersections at their ends: these are taken to be smaller there");
	note(notes, name, m.n_constant, "lights that never change are left out");
	return netbuild_finish(b, error);
}

double roadnet_length_m(const struct roadnet *r, uint32_t road)
{
	bool cut_short = false;
	double sum_m = 0;
	for (uint32_t k = 0; k < r->roads[road].n_lanes; k++) {
		struct line l = shape_lane(r, road, k, &cut_short);
		sum_m += line_length_m(&l);
		line_finish(&l);
	}
	return sum_m / r->roads[road].n_lanes;
}
