/* netfile.c - SUMO's .net.xml, element by element, into a netbuild; see netfile.h. */
#include "core/netfile.h"

#include <math.h>
#include <string.h>

#include "core/core_error.h"
#include "core/netattr.h"
#include "core/netbuild.h"
#include "core/units.h"
#include "core/xmlfile.h"

#define LANES_MAX 256
#define PHASES_MAX 1000
#define COUNT_MAX (1u << 30)
#define TL_STATES "GgYyrRsuoO"

static const struct netrange LENGTH = {0, 1e6, true, " m"};
static const struct netrange SPEED = {0, 300, true, " m/s"};
static const struct netrange WIDTH = {0, 100, true, " m"};
static const struct netrange POSITION = {-1e8, 1e8, false, " m"};
static const struct netrange DURATION = {0, 1e6, true, " s"};
static const struct netrange BOUND = {0, 1e6, false, " s"};
static const struct netrange OFFSET = {-1e9, 1e9, false, " s"};
static const struct netrange PRIORITY = {-1e6, 1e6, false, ""};

struct reader {
	struct netbuild *b;
	bool programs_only; /* an additional file: only its tlLogic matters */
	const char *name;   /* of the file that is open */
	unsigned includes;  /* files open one inside the other */
};

/* Passed over, and it could matter. */
static void note(struct reader *r, const struct netattr *a, const char *what)
{
	notes_add(r->b->notes, what, a->file, a->line, "%s", what);
}

static const char *keep(struct netbuild *b, const char *text)
{
	return text ? g_string_chunk_insert_const(b->text, text) : NULL;
}

static bool read_function(const struct netattr *a, enum net_function *function, GError **error)
{
	static const char *const names[] = {"normal", "internal", "crossing", "walkingarea", "connector"};
	const char *text = netattr_get(a, "function");
	*function = NET_NORMAL;
	for (size_t i = 0; text && i < G_N_ELEMENTS(names); i++)
		if (strcmp(text, names[i]) == 0) {
			*function = (enum net_function) i;
			return true;
		}
	return !text || netattr_fail(a, error, "function is '%.40s', must be normal, internal, crossing, walkingarea or connector", text);
}

/* ":NODE_5", ":NODE_c0" and ":NODE_w1" are inside NODE; node ids may hold '_' too. */
static const char *node_of_inner(struct netbuild *b, const char *id)
{
	const char *tail = strrchr(id, '_');
	if (id[0] != ':' || !tail || tail == id + 1)
		return NULL;
	g_autofree char *node = g_strndup(id + 1, (gsize) (tail - id - 1));
	return keep(b, node);
}

static bool on_edge(struct reader *r, const struct netattr *a, GError **error)
{
	struct draft_edge draft = {.line = a->line};
	const char *id;
	double priority = -1;
	if (!netattr_text(a, "id", &id, error) || !read_function(a, &draft.edge.function, error) ||
		!netattr_number(a, "priority", &PRIORITY, false, &priority, error))
		return false;
	bool inner = draft.edge.function != NET_NORMAL && draft.edge.function != NET_CONNECTOR;
	if (inner) {
		draft.from = draft.to = node_of_inner(r->b, id);
		if (!draft.from)
			return netattr_fail(a, error, "is inside a junction, its id must be ':JUNCTION_NUMBER'");
	} else if (!netattr_text(a, "from", &draft.from, error) || !netattr_text(a, "to", &draft.to, error)) {
		return false;
	}
	draft.from = keep(r->b, draft.from);
	draft.to = keep(r->b, draft.to);
	draft.edge.id = g_strdup(id);
	draft.edge.priority = (int32_t) priority;
	draft.edge.first_lane = r->b->lanes->len;
	if (draft.edge.function == NET_CROSSING)
		draft.edge.crossing_edges = g_strsplit(netattr_get(a, "crossingEdges") ? netattr_get(a, "crossingEdges") : "", " ", -1);
	g_array_append_val(r->b->edges, draft);
	return true;
}

static bool on_lane(struct reader *r, const struct netattr *a, GError **error)
{
	struct draft_edge *edge = &g_array_index(r->b->edges, struct draft_edge, r->b->edges->len - 1);
	struct net_lane lane = {.edge = r->b->edges->len - 1, .width_m = 3.2};
	const char *id;
	uint32_t strange = 0;
	if (!netattr_text(a, "id", &id, error) || !netattr_count(a, "index", LANES_MAX - 1, true, &lane.index, error) ||
		!netattr_number(a, "length", &LENGTH, true, &lane.length_m, error) ||
		!netattr_number(a, "speed", &SPEED, true, &lane.speed_mps, error) ||
		!netattr_number(a, "width", &WIDTH, false, &lane.width_m, error))
		return false;
	if (lane.index != edge->edge.n_lanes)
		return netattr_fail(a, error, "index is %u, must be %u", lane.index, edge->edge.n_lanes);
	if (!netattr_shape(a, "shape", 2, &lane.shape, &lane.n_shape, error))
		return false;
	lane.allow = netattr_allow(a, &strange);
	if (strange)
		note(r, a, "a vehicle class that is not known is passed over");
	if (netattr_get(a, "changeLeft") || netattr_get(a, "changeRight"))
		note(r, a, "lanes that some may not leave sideways (changeLeft, changeRight) are as others");
	if (netattr_get(a, "endOffset"))
		note(r, a, "stop lines before the lane's end (endOffset) are at its end");
	lane.id = g_strdup(id);
	edge->edge.n_lanes++;
	g_array_append_val(r->b->lanes, lane);
	return true;
}

static bool on_program(struct reader *r, const struct netattr *a, GError **error)
{
	struct draft_program draft = {.line = a->line};
	const char *id, *program, *type = netattr_get(a, "type");
	if (!netattr_text(a, "id", &id, error) || !netattr_text(a, "programID", &program, error) ||
		!netattr_number(a, "offset", &OFFSET, false, &draft.program.offset_s, error))
		return false;
	draft.signal = keep(r->b, id);
	draft.file = keep(r->b, a->file);
	draft.program.id = g_strdup(program);
	draft.program.type = g_strdup(type ? type : "static");
	draft.program.actuation = (struct net_actuation){.max_gap_s = 3, .detector_gap_s = 2, .passing_time_s = 1.9};
	if (type && strcmp(type, "static") != 0 && strcmp(type, "actuated") != 0) {
		g_autofree char *what = g_strdup_printf("a program of type %.40s runs with the durations of its phases", type);
		note(r, a, what);
	}
	g_array_append_val(r->b->programs, draft);
	return true;
}

static bool on_program_param(struct reader *r, const struct netattr *a, GError **error)
{
	static const char *const silent[] = {"show-detectors", "file", "freq", "period", "hide-conflicts", "linkSignalID"};
	struct net_program *program = &g_array_index(r->b->programs, struct draft_program, r->b->programs->len - 1).program;
	struct net_actuation *actuation = &program->actuation;
	const char *key = netattr_get(a, "key");
	double *place = !key ? NULL : !strcmp(key, "max-gap") ? &actuation->max_gap_s : !strcmp(key, "detector-gap") ? &actuation->detector_gap_s
		: !strcmp(key, "passing-time") ? &actuation->passing_time_s : NULL;
	if (place)
		return netattr_number(a, "value", &BOUND, true, place, error);
	for (size_t i = 0; key && i < G_N_ELEMENTS(silent); i++)
		if (g_str_has_prefix(key, silent[i]))
			return true;
	if (key && strcmp(program->type, "static") != 0)
		note(r, a, "parameters of a program other than max-gap, detector-gap and passing-time are passed over");
	return true;
}

static bool read_next(const struct netattr *a, struct net_phase *phase, GError **error)
{
	const char *text = netattr_get(a, "next");
	g_auto(GStrv) words = g_strsplit_set(text ? text : "", " ,", -1);
	phase->next = g_new(uint32_t, g_strv_length(words) + 1);
	for (char **word = words; *word; word++) {
		guint64 index = 0;
		if (!**word || !strcmp(text, "-1"))
			continue;
		if (!g_ascii_string_to_unsigned(*word, 10, 0, PHASES_MAX - 1, &index, NULL))
			return netattr_fail(a, error, "next is '%.40s', must be numbers of phases", text);
		phase->next[phase->n_next++] = (uint32_t) index;
	}
	return true;
}

static bool on_phase(struct reader *r, const struct netattr *a, GError **error)
{
	struct net_program *program = &g_array_index(r->b->programs, struct draft_program, r->b->programs->len - 1).program;
	struct net_phase phase = {.min_s = UNKNOWN, .max_s = UNKNOWN};
	const char *state;
	if (!netattr_number(a, "duration", &DURATION, true, &phase.duration_s, error) ||
		!netattr_number(a, "minDur", &BOUND, false, &phase.min_s, error) ||
		!netattr_number(a, "maxDur", &BOUND, false, &phase.max_s, error) || !netattr_text(a, "state", &state, error))
		return false;
	size_t good = strspn(state, TL_STATES);
	if (state[good] || good > NET_LETTERS_MAX)
		return netattr_fail(a, error, "state is '%.40s', must be at most %d letters out of " TL_STATES, state, NET_LETTERS_MAX);
	if (strchr(state, 's'))
		note(r, a, "turning on red (letter s) is not done, it is red");
	if (program->n_phases >= PHASES_MAX)
		return netattr_fail(a, error, "is one too many, a program has at most %d", PHASES_MAX);
	if (!read_next(a, &phase, error)) {
		g_free(phase.next);
		return false;
	}
	if (phase.n_next && (phase.n_next > 1 || phase.next[0] != program->n_phases + 1))
		note(r, a, "a program runs in the order of the file, whatever phase is named as the next one");
	if (netattr_get(a, "earliestEnd") || netattr_get(a, "latestEnd") || netattr_get(a, "earlyTarget") || netattr_get(a, "finalTarget"))
		note(r, a, "earliestEnd, latestEnd and conditions for the next phase are passed over, minDur, maxDur and gaps alone end a green");
	phase.state = g_strdup(state);
	program->phases = g_renew(struct net_phase, program->phases, program->n_phases + 1);
	program->phases[program->n_phases++] = phase;
	return true;
}

static bool on_junction(struct reader *r, const struct netattr *a, GError **error)
{
	struct draft_node draft = {.line = a->line, .first_row = r->b->rows->len};
	const char *id, *type, *incoming = netattr_get(a, "incLanes"), *inner = netattr_get(a, "intLanes");
	if (!netattr_text(a, "id", &id, error) || !netattr_text(a, "type", &type, error) ||
		!netattr_number(a, "x", &POSITION, true, &draft.node.at.x_m, error) ||
		!netattr_number(a, "y", &POSITION, true, &draft.node.at.y_m, error) ||
		!netattr_shape(a, "shape", 0, &draft.node.shape, &draft.node.n_shape, error))
		return false;
	draft.node.id = g_strdup(id);
	draft.node.type = g_strdup(type);
	draft.incoming = keep(r->b, incoming ? incoming : "");
	draft.inner = keep(r->b, inner ? inner : "");
	g_array_append_val(r->b->nodes, draft);
	return true;
}

static bool on_request(struct reader *r, const struct netattr *a, GError **error)
{
	struct draft_row row = {.line = a->line};
	if (!netattr_count(a, "index", NET_REQUESTS_MAX - 1, true, &row.index, error) ||
		!netattr_text(a, "response", &row.response, error) || !netattr_text(a, "foes", &row.foes, error) ||
		!netattr_flag(a, "cont", &row.cont, error))
		return false;
	row.response = keep(r->b, row.response);
	row.foes = keep(r->b, row.foes);
	g_array_append_val(r->b->rows, row);
	g_array_index(r->b->nodes, struct draft_node, r->b->nodes->len - 1).n_rows++;
	return true;
}

static bool read_letter(const struct netattr *a, const char *name, const char *among, char *letter, GError **error)
{
	const char *text = netattr_get(a, name);
	if (!text || strlen(text) != 1 || !strchr(among, text[0]))
		return netattr_fail(a, error, "%s is '%.10s', must be one of '%s'", name, text ? text : "", among);
	*letter = text[0];
	return true;
}

static bool on_connection(struct reader *r, const struct netattr *a, GError **error)
{
	struct draft_link link = {.line = a->line, .letter = NET_NONE};
	if (!netattr_text(a, "from", &link.from, error) || !netattr_text(a, "to", &link.to, error) ||
		!netattr_count(a, "fromLane", LANES_MAX - 1, true, &link.from_index, error) ||
		!netattr_count(a, "toLane", LANES_MAX - 1, true, &link.to_index, error) ||
		!read_letter(a, "dir", "slrLRtTi", &link.dir, error) ||
		!read_letter(a, "state", "GgYyrRsuoOMmwZ-=", &link.state, error))
		return false;
	const char *signal = netattr_get(a, "tl"), *letter = netattr_get(a, "linkIndex");
	if (signal && g_strcmp0(letter, "-1") == 0) /* SUMO's "none": railway crossings */
		note(r, a, "connections with linkIndex -1 are taken as not signalised");
	else if (!netattr_count(a, "linkIndex", NET_LETTERS_MAX - 1, signal != NULL, &link.letter, error))
		return false;
	if (link.dir == 'T') /* where one drives on the left */
		link.dir = 't';
	bool keep_clear = true;
	uint32_t strange = 0;
	if (!netattr_flag(a, "keepClear", &keep_clear, error))
		return false;
	if (!keep_clear)
		note(r, a, "connections on which one may stop inside the junction (keepClear) are kept clear all the same");
	if (netattr_get(a, "linkIndex2"))
		note(r, a, "crossings with a signal of their own for the other direction (linkIndex2) go by the first one");
	link.allow = netattr_allow(a, &strange);
	if (strange)
		note(r, a, "a vehicle class that is not known is passed over");
	link.from = keep(r->b, link.from);
	link.to = keep(r->b, link.to);
	link.via = keep(r->b, netattr_get(a, "via"));
	link.signal = link.letter == NET_NONE ? NULL : keep(r->b, signal);
	g_array_append_val(r->b->links, link);
	return true;
}

static bool on_net(struct reader *r, const struct netattr *a, GError **error)
{
	bool left = false;
	const char *version = netattr_get(a, "version");
	if (!netattr_flag(a, "lefthand", &left, error))
		return false;
	if (left)
		note(r, a, "the network drives on the left: lane 0 is the leftmost");
	r->b->old = version && g_str_has_prefix(version, "0.");
	return true;
}

/* Elements of formats that SUMO gave up long ago. */
static bool on_ancient(struct reader *r, const struct netattr *a, GError **error)
{
	(void) r;
	return netattr_fail(a, error, "is of a network format before version 1.0: convert it with netconvert --sumo-net-file OLD --output-file NEW");
}

/* What an element means depends on the one it is in. */
static const struct {
	guint depth;
	const char *parent, *name;
	bool (*read)(struct reader *r, const struct netattr *a, GError **error);
} elements[] = {
	{1, NULL, "net", on_net},
	{2, "net", "edge", on_edge},
	{2, "net", "junction", on_junction},
	{2, "net", "connection", on_connection},
	{2, "net", "tlLogic", on_program},
	{3, "edge", "lane", on_lane},
	{3, "junction", "request", on_request},
	{3, "tlLogic", "phase", on_phase},
	{3, "tlLogic", "param", on_program_param},
	{2, "net", "succ", on_ancient},
	{2, "net", "row-logic", on_ancient},
	{2, "net", "tl-logic", on_ancient},
};

/* Known, and of no weight for us. */
static bool is_silent(const char *name)
{
	static const char *const names[] = {"location", "type", "restriction", "roundabout", "param", "additional"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool on_include(struct reader *r, const struct netattr *a, GError **error);

static bool on_start(void *user, const struct netattr *a, unsigned depth, const char *parent, GError **error)
{
	struct reader *r = user;
	const char *name = a->element, *root = r->programs_only ? "additional" : "net";
	bool also = r->programs_only && (strcmp(name, "net") == 0 || strcmp(name, "routes") == 0);
	if (!parent && strcmp(name, root) != 0 && !also)
		return netattr_fail(a, error, "the file must begin with <%s>", root);
	if (r->programs_only && strcmp(name, "include") == 0)
		return on_include(r, a, error);
	/* Only what is right below the root, and what is in that, is ours: an <edge> elsewhere was never taken. */
	if (depth == 2)
		parent = "net";
	for (size_t i = 0; i < G_N_ELEMENTS(elements); i++) {
		if (depth != elements[i].depth || g_strcmp0(parent, elements[i].parent) != 0 || strcmp(name, elements[i].name) != 0)
			continue;
		bool wanted = !r->programs_only || elements[i].read == on_program || elements[i].read == on_phase || elements[i].read == on_program_param;
		return !wanted || elements[i].read(r, a, error);
	}
	if (r->programs_only || is_silent(name))
		return true;
	notes_add(r->b->notes, name, a->file, a->line, "<%.40s> is passed over", name);
	return true;
}

static const struct xmlfile_handler handler = {.on_start = on_start};

static bool on_include(struct reader *r, const struct netattr *a, GError **error)
{
	const char *outside = r->name;
	g_autofree char *path = xmlfile_include(a, outside, r->includes, error);
	if (!path)
		return false;
	r->includes++;
	r->name = path;
	bool fine = xmlfile_read(path, &handler, r, error);
	r->name = outside;
	r->includes--;
	return fine;
}

struct network *netfile_read(const char *path, GPtrArray *list, GError **error)
{
	owned(notes) notes = notes_new();
	owned(netbuild) b = netbuild_new(path, notes);
	struct reader r = {.b = b};
	owned(network) net = xmlfile_read(path, &handler, &r, error) ? netbuild_finish(b, error) : NULL;
	notes_list(notes, list);
	return give(net);
}

struct network *netfile_parse(const char *text, gsize length, const char *name, GPtrArray *list, GError **error)
{
	owned(notes) notes = notes_new();
	owned(netbuild) b = netbuild_new(name, notes);
	struct reader r = {.b = b};
	owned(network) net = xmlfile_parse(text, length, name, &handler, &r, error) ? netbuild_finish(b, error) : NULL;
	notes_list(notes, list);
	return give(net);
}

bool netfile_add_programs(struct network *net, const char *path, GPtrArray *list, GError **error)
{
	owned(notes) notes = notes_new();
	owned(netbuild) b = netbuild_new(path, notes);
	struct reader r = {.b = b, .programs_only = true, .name = path};
	bool fine = xmlfile_read(path, &handler, &r, error) && netbuild_add_programs(b, net, false, error);
	notes_list(notes, list);
	return fine;
}
