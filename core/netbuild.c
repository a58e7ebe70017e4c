/* netbuild.c - resolves what a network file said into a network; see netbuild.h. */
#include "core/netbuild.h"

#include <math.h>
#include <string.h>

#include "core/core_error.h"

struct netbuild *netbuild_new(const char *file, struct notes *notes)
{
	struct netbuild *b = g_new0(struct netbuild, 1);
	b->file = file;
	b->notes = notes;
	b->text = g_string_chunk_new(65536);
	b->edges = g_array_new(FALSE, FALSE, sizeof(struct draft_edge));
	b->lanes = g_array_new(FALSE, FALSE, sizeof(struct net_lane));
	b->nodes = g_array_new(FALSE, FALSE, sizeof(struct draft_node));
	b->rows = g_array_new(FALSE, FALSE, sizeof(struct draft_row));
	b->links = g_array_new(FALSE, FALSE, sizeof(struct draft_link));
	b->programs = g_array_new(FALSE, FALSE, sizeof(struct draft_program));
	return b;
}

void netbuild_free(struct netbuild *b)
{
	if (!b)
		return;
	for (guint i = 0; i < b->edges->len; i++) {
		struct net_edge *edge = &g_array_index(b->edges, struct draft_edge, i).edge;
		g_free(edge->id);
		g_strfreev(edge->crossing_edges);
	}
	for (guint i = 0; i < b->lanes->len; i++) {
		g_free(g_array_index(b->lanes, struct net_lane, i).id);
		g_free(g_array_index(b->lanes, struct net_lane, i).shape);
	}
	for (guint i = 0; i < b->nodes->len; i++) {
		struct net_node *node = &g_array_index(b->nodes, struct draft_node, i).node;
		g_free(node->id);
		g_free(node->type);
		g_free(node->shape);
	}
	for (guint i = 0; i < b->programs->len; i++)
		net_program_finish(&g_array_index(b->programs, struct draft_program, i).program);
	GArray *all[] = {b->edges, b->lanes, b->nodes, b->rows, b->links, b->programs};
	for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
		g_array_free(all[i], TRUE);
	g_string_chunk_free(b->text);
	g_free(b);
}

G_GNUC_PRINTF(4, 5) static bool fail(const struct netbuild *b, int line, GError **error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *what = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(error, CORE_ERROR, CORE_ERROR_VALUE, "%s:%d: %s", b->file, line, what);
	return false;
}

/* Keys are the struct's own id; false when it is there already. */
static bool enter(GHashTable *table, char *id, uint32_t index)
{
	return g_hash_table_insert(table, id, GUINT_TO_POINTER(index + 1));
}

static bool take_nodes(struct netbuild *b, struct network *net, GError **error)
{
	net->nodes = g_new0(struct net_node, MAX(b->nodes->len, 1));
	for (guint i = 0; i < b->nodes->len; i++) {
		struct draft_node *draft = &g_array_index(b->nodes, struct draft_node, i);
		net->nodes[net->n_nodes++] = draft->node;
		draft->node = (struct net_node){0};
		if (!enter(net->node_by_id, net->nodes[i].id, i))
			return fail(b, draft->line, error, "junction %.80s is there twice", net->nodes[i].id);
	}
	return true;
}

static bool take_edges(struct netbuild *b, struct network *net, GError **error)
{
	net->edges = g_new0(struct net_edge, MAX(b->edges->len, 1));
	for (guint i = 0; i < b->edges->len; i++) {
		struct draft_edge *draft = &g_array_index(b->edges, struct draft_edge, i);
		struct net_edge *edge = &net->edges[net->n_edges++];
		*edge = draft->edge;
		draft->edge = (struct net_edge){0};
		if (!enter(net->edge_by_id, edge->id, i))
			return fail(b, draft->line, error, "edge %.80s is there twice", edge->id);
		if (edge->n_lanes == 0)
			return fail(b, draft->line, error, "edge %.80s has no lane", edge->id);
		edge->from = network_node(net, draft->from);
		edge->to = network_node(net, draft->to);
		if (edge->from == NET_NONE || edge->to == NET_NONE)
			return fail(b, draft->line, error, "edge %.80s: there is no junction '%.80s'", edge->id,
				edge->from == NET_NONE ? draft->from : draft->to);
	}
	return true;
}

static bool take_lanes(struct netbuild *b, struct network *net, GError **error)
{
	net->lanes = g_new0(struct net_lane, MAX(b->lanes->len, 1));
	net->min = (struct net_point){INFINITY, INFINITY};
	net->max = (struct net_point){-INFINITY, -INFINITY};
	for (guint i = 0; i < b->lanes->len; i++) {
		struct net_lane *draft = &g_array_index(b->lanes, struct net_lane, i), *lane = &net->lanes[net->n_lanes++];
		*lane = *draft;
		*draft = (struct net_lane){0};
		if (!enter(net->lane_by_id, lane->id, i))
			return fail(b, g_array_index(b->edges, struct draft_edge, lane->edge).line, error, "lane %.80s is there twice", lane->id);
		for (uint32_t k = 0; k < lane->n_shape; k++) {
			net->min = (struct net_point){fmin(net->min.x_m, lane->shape[k].x_m), fmin(net->min.y_m, lane->shape[k].y_m)};
			net->max = (struct net_point){fmax(net->max.x_m, lane->shape[k].x_m), fmax(net->max.y_m, lane->shape[k].y_m)};
		}
	}
	return true;
}

static bool set_bits(uint64_t **set, const char *text, uint32_t n)
{
	*set = g_new0(uint64_t, (n + 63) / 64);
	if (strlen(text) != n)
		return false;
	for (uint32_t k = 0; k < n; k++) {
		char c = text[n - 1 - k]; /* SUMO writes bit 0 last */
		if (c != '0' && c != '1')
			return false;
		if (c == '1')
			(*set)[k / 64] |= UINT64_C(1) << (k % 64);
	}
	return true;
}

static bool take_requests(struct netbuild *b, const struct draft_node *draft, struct net_node *node, GError **error)
{
	uint32_t n = node->n_requests = draft->n_rows;
	node->requests = n ? g_new0(struct net_request, n) : NULL;
	for (uint32_t i = 0; i < n; i++) {
		const struct draft_row *row = &g_array_index(b->rows, struct draft_row, draft->first_row + i);
		if (row->index >= n || node->requests[row->index].foes)
			return fail(b, row->line, error, "request %u of junction %.80s is there twice or above the %u rows that there are", row->index,
				node->id, n);
		struct net_request *request = &node->requests[row->index];
		request->cont = row->cont;
		if (!set_bits(&request->foes, row->foes, n) || !set_bits(&request->response, row->response, n))
			return fail(b, row->line, error, "request %u of junction %.80s: response and foes must be %u digits of 0 and 1", row->index, node->id,
				n);
	}
	return true;
}

static void take_inner(const struct draft_node *draft, const struct network *net, struct net_node *node)
{
	g_auto(GStrv) words = g_strsplit(draft->inner, " ", -1);
	node->inner = g_new(uint32_t, g_strv_length(words) + 1);
	for (char **word = words; *word; word++) {
		uint32_t lane = network_lane(net, *word);
		if (lane != NET_NONE)
			node->inner[node->n_inner++] = lane;
	}
}

static bool take_incoming(struct netbuild *b, struct network *net, uint32_t index, GError **error)
{
	const struct draft_node *draft = &g_array_index(b->nodes, struct draft_node, index);
	struct net_node *node = &net->nodes[index];
	g_auto(GStrv) words = g_strsplit(draft->incoming, " ", -1);
	node->incoming = g_new(uint32_t, g_strv_length(words) + 1);
	for (char **word = words; *word; word++) {
		if (!**word)
			continue;
		uint32_t lane = network_lane(net, *word);
		if (lane == NET_NONE)
			return fail(b, draft->line, error, "junction %.80s: there is no lane '%.80s' to come in on", node->id, *word);
		node->incoming[node->n_incoming++] = lane;
	}
	if (!strcmp(node->type, "internal"))
		take_inner(draft, net, node);
	return take_requests(b, draft, node, error);
}

static bool resolve_lane(struct netbuild *b, const struct network *net, const struct draft_link *link, bool to, uint32_t *lane,
	GError **error)
{
	const char *id = to ? link->to : link->from;
	uint32_t index = to ? link->to_index : link->from_index, edge = network_edge(net, id);
	if (edge == NET_NONE)
		return fail(b, link->line, error, "connection: there is no edge '%.80s'", id);
	if (index >= net->edges[edge].n_lanes)
		return fail(b, link->line, error, "connection: edge %.80s has %u lanes, no lane %u", id, net->edges[edge].n_lanes, index);
	*lane = net->edges[edge].first_lane + index;
	return true;
}

static bool resolve_signal(struct netbuild *b, const struct network *net, const struct draft_link *draft, struct net_link *link,
	GError **error)
{
	link->signal = link->signal_link = NET_NONE;
	if (!draft->signal)
		return true;
	uint32_t signal = network_signal(net, draft->signal);
	if (signal == NET_NONE) {
		/* Railway signals have no tlLogic: SUMO works them out as it runs. */
		const char *type = net->nodes[link->node].type;
		if (!g_str_has_prefix(type, "rail_"))
			return fail(b, draft->line, error, "connection: there is no tlLogic '%.80s'", draft->signal);
		notes_add(b->notes, "rail signal", b->file, draft->line, "railway signals are passed over");
		return true;
	}
	if (draft->letter >= net->signals[signal].n_links)
		return fail(b, draft->line, error, "connection: linkIndex is %u, tlLogic %.80s has %u letters", draft->letter, draft->signal,
			net->signals[signal].n_links);
	link->signal = signal;
	link->signal_link = draft->letter;
	return true;
}

static bool resolve_link(struct netbuild *b, const struct network *net, const struct draft_link *draft, struct net_link *link,
	GError **error)
{
	*link = (struct net_link){.via = NET_NONE, .request = NET_NONE, .dir = draft->dir, .state = draft->state,
		.allow = draft->allow};
	if (!resolve_lane(b, net, draft, false, &link->from_lane, error) || !resolve_lane(b, net, draft, true, &link->to_lane, error))
		return false;
	const struct net_edge *from = &net->edges[net->lanes[link->from_lane].edge], *to = &net->edges[net->lanes[link->to_lane].edge];
	link->node = from->to;
	if (to->from != link->node)
		return fail(b, draft->line, error, "connection: edge %.80s ends at junction %.80s, edge %.80s begins at %.80s", from->id,
			net->nodes[from->to].id, to->id, net->nodes[to->from].id);
	link->allow &= net->lanes[link->to_lane].allow;
	if (draft->via) {
		link->via = network_lane(net, draft->via);
		if (link->via == NET_NONE)
			return fail(b, draft->line, error, "connection: there is no lane '%.80s' to go by", draft->via);
		const struct net_edge *via = &net->edges[net->lanes[link->via].edge];
		if (via->function == NET_NORMAL || via->from != link->node)
			return fail(b, draft->line, error, "connection: lane '%.80s' to go by is not inside junction %.80s", draft->via,
				net->nodes[link->node].id);
	}
	return resolve_signal(b, net, draft, link, error);
}

/* Links sorted by the lane they leave, the file's order kept within a lane: counting sort. */
static bool take_links(struct netbuild *b, struct network *net, GError **error)
{
	uint32_t n = b->links->len;
	g_autofree struct net_link *links = g_new(struct net_link, MAX(n, 1));
	for (uint32_t i = 0; i < n; i++) {
		if (!resolve_link(b, net, &g_array_index(b->links, struct draft_link, i), &links[i], error))
			return false;
		net->lanes[links[i].from_lane].n_links++;
	}
	uint32_t next = 0;
	for (uint32_t i = 0; i < net->n_lanes; i++) {
		net->lanes[i].first_link = next;
		next += net->lanes[i].n_links;
		net->lanes[i].n_links = 0;
	}
	net->links = g_new(struct net_link, MAX(n, 1));
	net->n_links = n;
	for (uint32_t i = 0; i < n; i++) {
		struct net_lane *lane = &net->lanes[links[i].from_lane];
		net->links[lane->first_link + lane->n_links++] = links[i];
	}
	return true;
}

/* Row of a link over internal lane `lane`: the edge is called :NODE_N, N being the row of its lane 0. */
static uint32_t row_of_via(const struct network *net, const struct net_node *node, uint32_t lane)
{
	const char *id = net->edges[net->lanes[lane].edge].id;
	guint64 n = 0;
	const char *tail = strrchr(id, '_');
	if (!tail || !g_ascii_string_to_unsigned(tail + 1, 10, 0, NET_REQUESTS_MAX, &n, NULL))
		return NET_NONE;
	uint32_t row = (uint32_t) n + net->lanes[lane].index;
	return row < node->n_requests ? row : NET_NONE;
}

/* Crossings have the rows behind the vehicles' links, in the order in which intLanes names their lanes. */
static void number_crossings(struct netbuild *b, struct network *net, uint32_t index, GHashTable *row_of_lane)
{
	g_auto(GStrv) words = g_strsplit(g_array_index(b->nodes, struct draft_node, index).inner, " ", -1);
	uint32_t row = 0;
	for (char **word = words; *word; word++) {
		if (!**word)
			continue;
		uint32_t lane = network_lane(net, *word);
		if (lane != NET_NONE && net->edges[net->lanes[lane].edge].function == NET_CROSSING && row < net->nodes[index].n_requests)
			g_hash_table_insert(row_of_lane, GUINT_TO_POINTER(lane + 1), GUINT_TO_POINTER(row + 1));
		row++;
	}
}

/* A network without internal lanes: rows follow the incoming lanes and each lane's links. Taken only if the count fits. */
static void number_plain(struct network *net, const struct net_node *node)
{
	uint32_t n = 0;
	for (int pass = 0; pass < 2; pass++) {
		uint32_t row = 0;
		for (uint32_t i = 0; i < node->n_incoming; i++) {
			const struct net_lane *lane = &net->lanes[node->incoming[i]];
			if (net->edges[lane->edge].function != NET_NORMAL)
				continue;
			for (uint32_t k = 0; k < lane->n_links; k++, row++)
				if (pass && n == node->n_requests)
					net->links[lane->first_link + k].request = row;
		}
		n = row;
	}
}

/* Before version 1.0 right of way was written in other ways. A node where ways meet and that has no matrix is one of those. */
static bool check_age(const struct netbuild *b, const struct network *net, GError **error)
{
	g_autofree uint32_t *links = g_new0(uint32_t, net->n_nodes + 1);
	for (uint32_t i = 0; b->old && i < net->n_links; i++)
		links[net->links[i].node] += net->edges[net->lanes[net->links[i].from_lane].edge].function == NET_NORMAL;
	for (uint32_t i = 0; b->old && i < net->n_nodes; i++)
		if (links[i] > 1 && net->nodes[i].n_requests == 0 && strcmp(net->nodes[i].type, "unregulated") != 0)
			return fail(b, g_array_index(b->nodes, struct draft_node, i).line, error, "junction %.80s has no right of way, as in networks "
				"before version 1.0: convert it with netconvert --sumo-net-file OLD --output-file NEW", net->nodes[i].id);
	return true;
}

static bool number_links(struct netbuild *b, struct network *net, GError **error)
{
	g_autoptr(GHashTable) row_of_lane = g_hash_table_new(NULL, NULL);
	for (uint32_t i = 0; i < net->n_nodes; i++) {
		const char *inner = g_array_index(b->nodes, struct draft_node, i).inner;
		if (strchr(inner, ':'))
			number_crossings(b, net, i, row_of_lane);
		else
			number_plain(net, &net->nodes[i]);
	}
	for (uint32_t i = 0; i < net->n_links; i++) {
		struct net_link *link = &net->links[i];
		const struct net_edge *from = &net->edges[net->lanes[link->from_lane].edge], *to = &net->edges[net->lanes[link->to_lane].edge];
		if (from->function == NET_NORMAL && link->via != NET_NONE)
			link->request = row_of_via(net, &net->nodes[link->node], link->via);
		else if (from->function == NET_WALKINGAREA && to->function == NET_CROSSING)
			link->request = GPOINTER_TO_UINT(g_hash_table_lookup(row_of_lane, GUINT_TO_POINTER(link->to_lane + 1))) - 1;
		/* Without its row we would not know whom a signalised link conflicts with. */
		if (link->signal != NET_NONE && link->request == NET_NONE && net->nodes[link->node].n_requests) {
			const struct draft_node *node = &g_array_index(b->nodes, struct draft_node, link->node);
			return fail(b, node->line, error, "junction %.80s: no request row is known for the signalised link from lane %.80s to %.80s",
				net->nodes[link->node].id, net->lanes[link->from_lane].id, net->lanes[link->to_lane].id);
		}
	}
	return true;
}

static uint32_t new_signal(struct network *net, const char *id, uint32_t n_letters)
{
	net->signals = g_renew(struct net_signal, net->signals, net->n_signals + 1);
	struct net_signal *signal = &net->signals[net->n_signals];
	*signal = (struct net_signal){.id = g_strdup(id), .n_links = n_letters};
	g_hash_table_insert(net->signal_by_id, signal->id, GUINT_TO_POINTER(net->n_signals + 1));
	return net->n_signals++;
}

static bool add_program(struct netbuild *b, struct network *net, struct draft_program *draft, bool new_signals, GError **error)
{
	struct net_program *program = &draft->program;
	if (program->n_phases == 0)
		return fail(b, draft->line, error, "tlLogic %.80s, program %.80s has no phase", draft->signal, program->id);
	uint32_t index = network_signal(net, draft->signal), n = (uint32_t) strlen(program->phases[0].state);
	if (index == NET_NONE && !new_signals)
		return fail(b, draft->line, error, "tlLogic %.80s is not in the network", draft->signal);
	if (index == NET_NONE)
		index = new_signal(net, draft->signal, n);
	struct net_signal *signal = &net->signals[index];
	for (uint32_t k = 0; k < program->n_phases; k++)
		if (strlen(program->phases[k].state) != signal->n_links)
			return fail(b, draft->line, error, "tlLogic %.80s, program %.80s: phase %u has %zu letters, must be %u", draft->signal, program->id, k,
				strlen(program->phases[k].state), signal->n_links);
	for (uint32_t k = 0; k < program->n_phases; k++)
		for (uint32_t m = 0; m < program->phases[k].n_next; m++)
			if (program->phases[k].next[m] >= program->n_phases)
				return fail(b, draft->line, error, "tlLogic %.80s, program %.80s: phase %u names phase %u as the next, the last one is %u",
					draft->signal, program->id, k, program->phases[k].next[m], program->n_phases - 1);
	for (uint32_t p = 0; p < signal->n_programs; p++)
		if (strcmp(signal->programs[p].id, program->id) == 0)
			return fail(b, draft->line, error, "tlLogic %.80s: program %.80s is there twice", draft->signal, program->id);
	signal->programs = g_renew(struct net_program, signal->programs, signal->n_programs + 1);
	memmove(signal->programs + 1, signal->programs, signal->n_programs * sizeof *signal->programs);
	signal->programs[0] = *program;
	signal->n_programs++;
	*program = (struct net_program){0};
	return true;
}

static void drop_first_program(struct network *net, const char *id)
{
	struct net_signal *signal = &net->signals[network_signal(net, id)];
	net_program_finish(&signal->programs[0]);
	signal->n_programs--;
	memmove(signal->programs, signal->programs + 1, signal->n_programs * sizeof *signal->programs);
}

bool netbuild_add_programs(struct netbuild *b, struct network *net, bool new_signals, GError **error)
{
	for (guint i = 0; i < b->programs->len; i++) {
		b->file = g_array_index(b->programs, struct draft_program, i).file;
		if (add_program(b, net, &g_array_index(b->programs, struct draft_program, i), new_signals, error))
			continue;
		/* All or nothing: a half-read file must not leave half its plans in force. */
		while (!new_signals && i--)
			drop_first_program(net, g_array_index(b->programs, struct draft_program, i).signal);
		return false;
	}
	return true;
}

struct network *netbuild_finish(struct netbuild *b, GError **error)
{
	owned(network) net = g_new0(struct network, 1);
	net->edge_by_id = g_hash_table_new(g_str_hash, g_str_equal);
	net->lane_by_id = g_hash_table_new(g_str_hash, g_str_equal);
	net->node_by_id = g_hash_table_new(g_str_hash, g_str_equal);
	net->signal_by_id = g_hash_table_new(g_str_hash, g_str_equal);
	if (b->lanes->len == 0) {
		g_set_error(error, CORE_ERROR, CORE_ERROR_FORM, "%s: holds no lane", b->file);
		return NULL;
	}
	if (!take_nodes(b, net, error) || !take_edges(b, net, error) || !take_lanes(b, net, error))
		return NULL;
	if (!netbuild_add_programs(b, net, true, error))
		return NULL;
	for (uint32_t i = 0; i < net->n_nodes; i++)
		if (!take_incoming(b, net, i, error))
			return NULL;
	if (!take_links(b, net, error) || !check_age(b, net, error) || !number_links(b, net, error))
		return NULL;
	return give(net);
}
