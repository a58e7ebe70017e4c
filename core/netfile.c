/* netfile.c - SUMO's .net.xml, element by element, into a netbuild; see netfile.h. */
#include "core/netfile.h"

#include <gio/gio.h>
#include <math.h>
#include <string.h>

#include "core/core_error.h"
#include "core/netattr.h"
#include "core/netbuild.h"
#include "core/units.h"

#define FILE_MAX (G_GINT64_CONSTANT(1) << 31) /* bytes after unpacking: a gzip bomb ends here */
#define LANES_MAX 256
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
};

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
		netbuild_note(r->b, NOTE_CLASS, a->line, "a vehicle class that is not known is passed over");
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
	draft.program.id = g_strdup(program);
	draft.program.type = g_strdup(type ? type : "static");
	g_array_append_val(r->b->programs, draft);
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
	if (netattr_get(a, "next") || netattr_get(a, "nextPhases"))
		netbuild_note(r->b, NOTE_NEXT, a->line, "phases that name the next one are passed over, a program runs in the order of the file");
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
	uint32_t cont = 0;
	if (!netattr_count(a, "index", NET_REQUESTS_MAX - 1, true, &row.index, error) ||
		!netattr_text(a, "response", &row.response, error) || !netattr_text(a, "foes", &row.foes, error) ||
		!netattr_count(a, "cont", 1, false, &cont, error))
		return false;
	row.response = keep(r->b, row.response);
	row.foes = keep(r->b, row.foes);
	row.cont = cont;
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
		!read_letter(a, "dir", "slrLRti", &link.dir, error) ||
		!read_letter(a, "state", "GgYyrRsuoOMmwZ-=", &link.state, error))
		return false;
	const char *signal = netattr_get(a, "tl"), *letter = netattr_get(a, "linkIndex");
	if (signal && g_strcmp0(letter, "-1") == 0) /* SUMO's "none": railway crossings */
		netbuild_note(r->b, NOTE_RAIL, a->line, "connections with linkIndex -1 are taken as not signalised");
	else if (!netattr_count(a, "linkIndex", NET_LETTERS_MAX - 1, signal != NULL, &link.letter, error))
		return false;
	if (netattr_get(a, "pass"))
		netbuild_note(r->b, NOTE_PASS, a->line, "connections that never yield (pass) are passed over, they yield as their matrix says");
	link.from = keep(r->b, link.from);
	link.to = keep(r->b, link.to);
	link.via = keep(r->b, netattr_get(a, "via"));
	link.signal = link.letter == NET_NONE ? NULL : keep(r->b, signal);
	g_array_append_val(r->b->links, link);
	return true;
}

static bool on_net(struct reader *r, const struct netattr *a, GError **error)
{
	(void) error;
	const char *left = netattr_get(a, "lefthand");
	if (left && (strcmp(left, "true") == 0 || strcmp(left, "1") == 0))
		netbuild_note(r->b, NOTE_LEFT, a->line, "the network drives on the left: lane 0 is the leftmost");
	return true;
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

static void on_start(GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer user, GError **error)
{
	struct reader *r = user;
	const GSList *stack = g_markup_parse_context_get_element_stack(context);
	const char *parent = stack->next ? stack->next->data : NULL;
	struct netattr a = {.file = r->b->file, .element = name, .names = names, .values = values};
	int column;
	g_markup_parse_context_get_position(context, &a.line, &column);
	if (column == 1 && a.line > 1)
		a.line--; /* GMarkup stands behind the '>', and counts a line end there as the next line already */
	if (!parent && strcmp(name, r->programs_only ? "additional" : "net") != 0 && !(r->programs_only && strcmp(name, "net") == 0)) {
		netattr_fail(&a, error, "the file must begin with <%s>", r->programs_only ? "additional" : "net");
		return;
	}
	/* Only what is right below the root, and what is in that, is ours: an <edge> elsewhere was never taken. */
	guint depth = g_slist_length((GSList *) stack);
	if (depth == 2)
		parent = "net";
	for (size_t i = 0; i < G_N_ELEMENTS(elements); i++) {
		if (depth != elements[i].depth || g_strcmp0(parent, elements[i].parent) != 0 || strcmp(name, elements[i].name) != 0)
			continue;
		if (!r->programs_only || elements[i].read == on_program || elements[i].read == on_phase)
			elements[i].read(r, &a, error);
		return;
	}
	if (r->programs_only || is_silent(name))
		return;
	g_autofree char *what = g_strdup_printf("<%.40s> and other elements that are not known are passed over", name);
	netbuild_note(r->b, NOTE_ELEMENT, a.line, what);
}

/* GMarkup's own complaint is "Error on line 3 char 5: ..."; ours already names the place. */
static void name_place(GMarkupParseContext *context, const char *file, GError **error)
{
	if (!error || !*error || (*error)->domain != G_MARKUP_ERROR)
		return;
	int line = 0;
	g_markup_parse_context_get_position(context, &line, NULL);
	const char *what = (*error)->message;
	const char *colon = g_str_has_prefix(what, "Error on line") ? strstr(what, ": ") : NULL;
	GError *better = g_error_new(CORE_ERROR, CORE_ERROR_FORM, "%s:%d: is no whole XML: %s", file, line, colon ? colon + 2 : what);
	g_clear_error(error);
	*error = better;
}

static bool parse_stream(struct reader *r, GInputStream *stream, GError **error)
{
	static const GMarkupParser parser = {.start_element = on_start};
	g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new(&parser, 0, r, NULL);
	g_autofree char *buffer = g_malloc(65536);
	gint64 total = 0;
	GError *mine = NULL;
	for (;;) {
		gssize n = g_input_stream_read(stream, buffer, 65536, NULL, &mine);
		if (n < 0) {
			g_set_error(error, CORE_ERROR, CORE_ERROR_READ, "%s: cannot be read: %s", r->b->file, mine->message);
			g_clear_error(&mine);
			return false;
		}
		if (n == 0)
			break;
		total += n;
		if (total > FILE_MAX) {
			g_set_error(error, CORE_ERROR, CORE_ERROR_READ, "%s: is larger than %" G_GINT64_FORMAT " bytes", r->b->file, FILE_MAX);
			return false;
		}
		if (!g_markup_parse_context_parse(context, buffer, n, &mine))
			break;
	}
	if (!mine)
		g_markup_parse_context_end_parse(context, &mine);
	name_place(context, r->b->file, &mine);
	if (mine)
		g_propagate_error(error, mine);
	return mine == NULL;
}

/* The file as plain text, whatever it is packed in: gzip begins with 1f 8b. */
static GInputStream *open_file(const char *path, GError **error)
{
	g_autoptr(GFile) file = g_file_new_for_path(path);
	GError *mine = NULL;
	g_autoptr(GFileInputStream) raw = g_file_read(file, NULL, &mine);
	g_autoptr(GInputStream) stream = raw ? g_buffered_input_stream_new(G_INPUT_STREAM(raw)) : NULL;
	gsize n = 0;
	const guchar *head = NULL;
	if (stream && g_buffered_input_stream_fill(G_BUFFERED_INPUT_STREAM(stream), -1, NULL, &mine) >= 0)
		head = g_buffered_input_stream_peek_buffer(G_BUFFERED_INPUT_STREAM(stream), &n);
	if (mine) {
		g_set_error(error, CORE_ERROR, CORE_ERROR_READ, "%s: cannot be read: %s", path, mine->message);
		g_clear_error(&mine);
		return NULL;
	}
	if (n < 2 || head[0] != 0x1f || head[1] != 0x8b)
		return g_steal_pointer(&stream);
	g_autoptr(GZlibDecompressor) unzip = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP);
	return g_converter_input_stream_new(stream, G_CONVERTER(unzip));
}

static struct network *read_network(GInputStream *stream, const char *name, GPtrArray *notes, GError **error)
{
	owned(netbuild) b = netbuild_new(name, notes);
	struct reader r = {.b = b};
	if (!parse_stream(&r, stream, error))
		return NULL;
	return netbuild_finish(b, error);
}

struct network *netfile_read(const char *path, GPtrArray *notes, GError **error)
{
	g_autoptr(GInputStream) stream = open_file(path, error);
	return stream ? read_network(stream, path, notes, error) : NULL;
}

struct network *netfile_parse(const char *text, gsize length, const char *name, GPtrArray *notes, GError **error)
{
	g_autoptr(GBytes) bytes = g_bytes_new_static(text, length);
	g_autoptr(GInputStream) stream = g_memory_input_stream_new_from_bytes(bytes);
	return read_network(stream, name, notes, error);
}

bool netfile_add_programs(struct network *net, const char *path, GError **error)
{
	g_autoptr(GInputStream) stream = open_file(path, error);
	if (!stream)
		return false;
	owned(netbuild) b = netbuild_new(path, NULL);
	struct reader r = {.b = b, .programs_only = true};
	return parse_stream(&r, stream, error) && netbuild_add_programs(b, net, false, error);
}
