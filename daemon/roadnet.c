/* roadnet.c - reads CityFlow's roadnet.json; see roadnet.h. */
#include "daemon/roadnet.h"

#include <math.h>
#include <string.h>

#include "daemon/jsonat.h"

#define NODES_MAX 1000000
#define ROADS_MAX 4000000
#define POINTS_MAX 10000
#define PHASES_MAX 256
#define LENGTH_MAX_M 1e5
#define SAME_PLACE_M 1e-3

static const struct jsonrange PLACE = {-1e7, 1e7, false, " m"};
static const struct jsonrange NODE_WIDTH = {0, 1000, false, " m"};
static const struct jsonrange LANE_WIDTH = {0.1, 100, false, " m"};
static const struct jsonrange SPEED = {0.1, 200, false, " m/s"};
static const struct jsonrange TIME = {0.1, 1e5, false, " s"};

struct reader {
	struct roadnet *r;
	uint32_t n_border_links, n_other_turns, n_same_points; /* passed over */
};

static bool read_point(const struct jsonat *at, struct net_point *p, GError **error)
{
	return jsonat_number(at, "x", &PLACE, &p->x_m, error) && jsonat_number(at, "y", &PLACE, &p->y_m, error);
}

/* Points that repeat the one before have no direction and are left out. */
static bool read_points(struct reader *reader, const struct jsonat *list, struct net_point **points, uint32_t *n, GError **error)
{
	size_t most = json_array_size(list->value);
	*points = g_new(struct net_point, MAX(most, 1));
	*n = 0;
	double length_m = 0;
	for (size_t i = 0; i < most; i++) {
		struct jsonat item = jsonat_item(list, i);
		struct net_point p;
		if (!read_point(&item, &p, error))
			return false;
		double step_m = *n ? hypot(p.x_m - (*points)[*n - 1].x_m, p.y_m - (*points)[*n - 1].y_m) : INFINITY;
		if (step_m < SAME_PLACE_M) {
			reader->n_same_points++;
			continue;
		}
		length_m += *n ? step_m : 0;
		(*points)[(*n)++] = p;
	}
	return length_m <= LENGTH_MAX_M || jsonat_fail(list, error, "is %g m long, at most %g m are possible", length_m, LENGTH_MAX_M);
}

bool roadnet_id_fits(const char *id)
{
	if (*id == ':')
		return false;
	for (; *id; id++)
		if ((unsigned char) *id <= ' ' || *id == 127 || strchr("|\\'\";,<>&", *id))
			return false;
	return true;
}

/* An id that is new in `table`, and stays owned by the caller's struct. */
static bool read_id(const struct jsonat *at, GHashTable *table, uint32_t index, char **id, GError **error)
{
	const char *text;
	if (!jsonat_text(at, "id", &text, error))
		return false;
	if (!roadnet_id_fits(text))
		return jsonat_fail(at, error, "has the id '%.80s', which SUMO does not take: no blanks, none of |\\'\";,<>& and no ':' in front", text);
	*id = g_strdup(text);
	return g_hash_table_insert(table, *id, GUINT_TO_POINTER(index + 1)) ||
		jsonat_fail(at, error, "has the id '%.80s', which is there twice", text);
}

static bool read_reference(const struct jsonat *at, const char *name, GHashTable *table, const char *kind, uint32_t *index, GError **error)
{
	const char *id;
	if (!jsonat_text(at, name, &id, error))
		return false;
	gpointer found = g_hash_table_lookup(table, id);
	*index = GPOINTER_TO_UINT(found) - 1;
	return found || jsonat_fail(at, error, "has the %s '%.80s', and there is no such %s", name, id, kind);
}

static bool read_lanes(const struct jsonat *at, struct roadnet_road *road, GError **error)
{
	struct jsonat list;
	if (!jsonat_list(at, "lanes", ROADNET_LANES_MAX, &list, error))
		return false;
	size_t n = json_array_size(list.value);
	if (n == 0)
		return jsonat_fail(&list, error, "is empty, a road has 1 to %d lanes", ROADNET_LANES_MAX);
	road->lanes = g_new0(struct roadnet_lane, n);
	for (size_t i = 0; i < n; i++) {
		struct jsonat item = jsonat_item(&list, i);
		struct roadnet_lane *lane = &road->lanes[road->n_lanes++];
		if (!jsonat_number(&item, "width", &LANE_WIDTH, &lane->width_m, error) ||
			!jsonat_number(&item, "maxSpeed", &SPEED, &lane->speed_mps, error))
			return false;
	}
	return true;
}

static bool read_road(struct reader *reader, const struct jsonat *at, struct roadnet_road *road, GError **error)
{
	struct jsonat points;
	if (!read_reference(at, "startIntersection", reader->r->node_by_id, "intersection", &road->from, error) ||
		!read_reference(at, "endIntersection", reader->r->node_by_id, "intersection", &road->to, error) || !read_lanes(at, road, error) ||
		!jsonat_list(at, "points", POINTS_MAX, &points, error) ||
		!read_points(reader, &points, &road->points, &road->n_points, error))
		return false;
	return road->n_points >= 2 || jsonat_fail(&points, error, "holds %u different points, a road has at least 2", road->n_points);
}

static bool read_path(struct reader *reader, const struct jsonat *at, const struct roadnet_link *link, struct roadnet_path *path,
	GError **error)
{
	const struct roadnet_road *from = &reader->r->roads[link->from], *to = &reader->r->roads[link->to];
	if (!jsonat_count(at, "startLaneIndex", from->n_lanes - 1, &path->from_lane, error) ||
		!jsonat_count(at, "endLaneIndex", to->n_lanes - 1, &path->to_lane, error))
		return false;
	struct jsonat points;
	if (!jsonat_has(at, "points"))
		return true;
	if (!jsonat_list(at, "points", POINTS_MAX, &points, error) || !read_points(reader, &points, &path->points, &path->n_points, error))
		return false;
	/* A path of one point, or of one point many times, has no length: as if it were not given. */
	if (path->n_points < 2)
		path->n_points = 0;
	return true;
}

static enum roadnet_turn turn_of(struct reader *reader, const char *type)
{
	static const char *const names[] = {[TURN_RIGHT] = "turn_right", [TURN_LEFT] = "turn_left", [TURN_STRAIGHT] = "go_straight"};
	for (int turn = TURN_RIGHT; turn <= TURN_STRAIGHT; turn++)
		if (!strcmp(type, names[turn]))
			return (enum roadnet_turn) turn;
	reader->n_other_turns++;
	return TURN_OTHER;
}

static bool read_link(struct reader *reader, const struct jsonat *at, uint32_t node, struct roadnet_link *link, GError **error)
{
	const struct roadnet *r = reader->r;
	struct jsonat list;
	const char *type;
	if (!jsonat_text(at, "type", &type, error) || !read_reference(at, "startRoad", r->road_by_id, "road", &link->from, error) ||
		!read_reference(at, "endRoad", r->road_by_id, "road", &link->to, error) ||
		!jsonat_list(at, "laneLinks", ROADNET_PATHS_MAX, &list, error))
		return false;
	if (r->roads[link->from].to != node)
		return jsonat_fail(at, error, "has the startRoad '%.80s', which does not end at this intersection", r->roads[link->from].id);
	if (r->roads[link->to].from != node)
		return jsonat_fail(at, error, "has the endRoad '%.80s', which does not begin at this intersection", r->roads[link->to].id);
	link->turn = turn_of(reader, type);
	size_t n = json_array_size(list.value);
	link->paths = g_new0(struct roadnet_path, MAX(n, 1));
	for (size_t i = 0; i < n; i++) {
		struct jsonat item = jsonat_item(&list, i);
		if (!read_path(reader, &item, link, &link->paths[link->n_paths++], error))
			return false;
	}
	return true;
}

static bool read_phase(const struct jsonat *at, const struct roadnet_node *node, struct roadnet_phase *phase, GError **error)
{
	struct jsonat list;
	phase->green = g_new0(bool, MAX(node->n_links, 1));
	if (!jsonat_number(at, "time", &TIME, &phase->time_s, error) || !jsonat_list(at, "availableRoadLinks", 100000, &list, error))
		return false;
	for (size_t i = 0; i < json_array_size(list.value); i++) {
		struct jsonat item = jsonat_item(&list, i);
		uint32_t link;
		if (node->n_links == 0)
			return jsonat_fail(&item, error, "names a roadLink, and this intersection has none");
		if (!jsonat_as_count(&item, node->n_links - 1, &link, error))
			return false;
		phase->green[link] = true;
	}
	return true;
}

static bool read_lights(const struct jsonat *at, struct roadnet_node *node, GError **error)
{
	struct jsonat light, list;
	if (!jsonat_map(at, "trafficLight", &light, error) || !jsonat_list(&light, "lightphases", PHASES_MAX, &list, error))
		return false;
	size_t n = json_array_size(list.value);
	node->phases = g_new0(struct roadnet_phase, MAX(n, 1));
	for (size_t i = 0; i < n; i++) {
		struct jsonat item = jsonat_item(&list, i);
		if (!read_phase(&item, node, &node->phases[node->n_phases++], error))
			return false;
	}
	return true;
}

static bool read_node(struct reader *reader, const struct jsonat *at, uint32_t index, GError **error)
{
	struct roadnet_node *node = &reader->r->nodes[index];
	struct jsonat place, list;
	if (!jsonat_map(at, "point", &place, error) || !read_point(&place, &node->at, error) || !jsonat_flag(at, "virtual", &node->border, error))
		return false;
	if (node->border) { /* CityFlow reads no further either */
		reader->n_border_links += (uint32_t) json_array_size(json_object_get(at->value, "roadLinks"));
		return true;
	}
	if (!jsonat_number(at, "width", &NODE_WIDTH, &node->width_m, error) ||
		!jsonat_list(at, "roadLinks", ROADNET_PATHS_MAX, &list, error))
		return false;
	size_t n = json_array_size(list.value), n_paths = 0;
	node->links = g_new0(struct roadnet_link, MAX(n, 1));
	for (size_t i = 0; i < n; i++) {
		struct jsonat item = jsonat_item(&list, i);
		struct roadnet_link *link = &node->links[node->n_links++];
		if (!read_link(reader, &item, index, link, error))
			return false;
		n_paths += link->n_paths;
	}
	if (n_paths > ROADNET_PATHS_MAX)
		return jsonat_fail(at, error, "has %zu laneLinks, at most %d fit into one junction of SUMO", n_paths, ROADNET_PATHS_MAX);
	return read_lights(at, node, error);
}

/* Names come first: roads and intersections speak of each other. */
static bool read_ids(struct roadnet *r, const struct jsonat *nodes, const struct jsonat *roads, GError **error)
{
	size_t n_nodes = json_array_size(nodes->value), n_roads = json_array_size(roads->value);
	r->nodes = g_new0(struct roadnet_node, MAX(n_nodes, 1));
	r->roads = g_new0(struct roadnet_road, MAX(n_roads, 1));
	for (size_t i = 0; i < n_nodes; i++) {
		struct jsonat item = jsonat_item(nodes, i);
		if (!read_id(&item, r->node_by_id, (uint32_t) i, &r->nodes[r->n_nodes++].id, error))
			return false;
	}
	for (size_t i = 0; i < n_roads; i++) {
		struct jsonat item = jsonat_item(roads, i);
		if (!read_id(&item, r->road_by_id, (uint32_t) i, &r->roads[r->n_roads++].id, error))
			return false;
	}
	return n_roads > 0 || jsonat_fail(roads, error, "is empty: a network has at least one road");
}

static bool read_all(struct reader *reader, const struct jsonat *top, GError **error)
{
	struct jsonat nodes, roads;
	if (!jsonat_list(top, "intersections", NODES_MAX, &nodes, error) || !jsonat_list(top, "roads", ROADS_MAX, &roads, error) ||
		!read_ids(reader->r, &nodes, &roads, error))
		return false;
	for (uint32_t i = 0; i < reader->r->n_roads; i++) {
		struct jsonat item = jsonat_item(&roads, i);
		if (!read_road(reader, &item, &reader->r->roads[i], error))
			return false;
	}
	for (uint32_t i = 0; i < reader->r->n_nodes; i++) {
		struct jsonat item = jsonat_item(&nodes, i);
		if (!read_node(reader, &item, i, error))
			return false;
	}
	return true;
}

static void note(GPtrArray *notes, const char *file, uint32_t n, const char *what)
{
	if (notes && n)
		g_ptr_array_add(notes, g_strdup_printf("%s: %s (%u of them)", file, what, n));
}

static struct roadnet *read_json(const json_t *root, const char *name, GPtrArray *notes, GError **error)
{
	owned(roadnet) r = g_new0(struct roadnet, 1);
	r->road_by_id = g_hash_table_new(g_str_hash, g_str_equal);
	r->node_by_id = g_hash_table_new(g_str_hash, g_str_equal);
	struct reader reader = {.r = r};
	struct jsonat top = jsonat_top(name, root);
	if (!read_all(&reader, &top, error))
		return NULL;
	note(notes, name, reader.n_border_links, "roadLinks of virtual intersections are passed over, as CityFlow does");
	note(notes, name, reader.n_other_turns, "roadLinks that are neither go_straight, turn_left nor turn_right give way to all others");
	note(notes, name, reader.n_same_points, "points that repeat the one before are left out");
	return give(r);
}

struct roadnet *roadnet_read(const char *path, GPtrArray *notes, GError **error)
{
	json_auto_t *root = jsonat_load(path, error);
	return root ? read_json(root, path, notes, error) : NULL;
}

struct roadnet *roadnet_parse(const char *text, gsize length, const char *name, GPtrArray *notes, GError **error)
{
	json_auto_t *root = jsonat_parse(text, length, name, error);
	return root ? read_json(root, name, notes, error) : NULL;
}

uint32_t roadnet_road(const struct roadnet *r, const char *id)
{
	return GPOINTER_TO_UINT(g_hash_table_lookup(r->road_by_id, id)) - 1;
}

static void finish_node(struct roadnet_node *node)
{
	for (uint32_t i = 0; i < node->n_links; i++) {
		for (uint32_t k = 0; k < node->links[i].n_paths; k++)
			g_free(node->links[i].paths[k].points);
		g_free(node->links[i].paths);
	}
	for (uint32_t i = 0; i < node->n_phases; i++)
		g_free(node->phases[i].green);
	g_free(node->links);
	g_free(node->phases);
	g_free(node->id);
}

void roadnet_free(struct roadnet *r)
{
	if (!r)
		return;
	for (uint32_t i = 0; i < r->n_roads; i++) {
		g_free(r->roads[i].id);
		g_free(r->roads[i].points);
		g_free(r->roads[i].lanes);
	}
	for (uint32_t i = 0; i < r->n_nodes; i++)
		finish_node(&r->nodes[i]);
	g_hash_table_destroy(r->road_by_id);
	g_hash_table_destroy(r->node_by_id);
	g_free(r->roads);
	g_free(r->nodes);
	g_free(r);
}
