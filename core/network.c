/* network.c - looks into a network; see network.h. Making one is netbuild.c's. */
#include "core/network.h"

#include <math.h>
#include <string.h>

static uint32_t find(GHashTable *table, const char *id)
{
	/* Index + 1, so that "not there" (NULL) is not index 0; 0 - 1 is NET_NONE. */
	return table && id ? GPOINTER_TO_UINT(g_hash_table_lookup(table, id)) - 1 : NET_NONE;
}

uint32_t network_edge(const struct network *net, const char *id)
{
	return find(net->edge_by_id, id);
}

uint32_t network_lane(const struct network *net, const char *id)
{
	return find(net->lane_by_id, id);
}

uint32_t network_node(const struct network *net, const char *id)
{
	return find(net->node_by_id, id);
}

uint32_t network_signal(const struct network *net, const char *id)
{
	return find(net->signal_by_id, id);
}

static bool bit(const uint64_t *set, uint32_t k)
{
	return set && (set[k / 64] >> (k % 64) & 1);
}

bool network_foes(const struct net_node *node, uint32_t i, uint32_t k)
{
	return i < node->n_requests && k < node->n_requests && bit(node->requests[i].foes, k);
}

bool network_yields(const struct net_node *node, uint32_t i, uint32_t k)
{
	return i < node->n_requests && k < node->n_requests && bit(node->requests[i].response, k);
}

uint32_t network_upstream(const struct network *net, uint32_t lane)
{
	uint32_t found = NET_NONE;
	uint32_t from = net->edges[net->lanes[lane].edge].from;
	if (from == NET_NONE)
		return NET_NONE;
	const struct net_node *node = &net->nodes[from];
	for (uint32_t i = 0; i < node->n_incoming; i++) {
		const struct net_lane *in = &net->lanes[node->incoming[i]];
		if (net->edges[in->edge].function != NET_NORMAL)
			continue;
		for (uint32_t k = 0; k < in->n_links; k++) {
			if (net->links[in->first_link + k].to_lane != lane)
				continue;
			if (found != NET_NONE && found != node->incoming[i])
				return NET_NONE;
			found = node->incoming[i];
		}
	}
	return found;
}

static double span(const struct net_point *a, const struct net_point *b)
{
	return hypot(b->x_m - a->x_m, b->y_m - a->y_m);
}

#define INSIDE_MOST 4 /* internal lanes in a row: two, with a place to wait between them */

uint32_t *network_insides(const struct network *net)
{
	uint32_t *behind = g_new(uint32_t, MAX(net->n_lanes, 1));
	for (uint32_t k = 0; k < net->n_lanes; k++)
		behind[k] = NET_NONE;
	for (uint32_t i = 0; i < net->n_links; i++) {
		if (net->links[i].signal == NET_NONE || net->links[i].signal_link == NET_NONE)
			continue;
		uint32_t lane = net->links[i].via;
		for (uint32_t n = 0; n < INSIDE_MOST && lane != NET_NONE && net->edges[net->lanes[lane].edge].function == NET_INTERNAL; n++) {
			behind[lane] = i;
			lane = net->lanes[lane].n_links ? net->links[net->lanes[lane].first_link].via : NET_NONE;
		}
	}
	return behind;
}

struct net_point network_point(const struct net_lane *lane, double pos_m, double *heading_rad)
{
	double shape_m = 0;
	for (uint32_t i = 1; i < lane->n_shape; i++)
		shape_m += span(&lane->shape[i - 1], &lane->shape[i]);
	double left_m = fmin(fmax(pos_m, 0), lane->length_m) / lane->length_m * shape_m;
	uint32_t i = 1;
	while (i + 1 < lane->n_shape && left_m > span(&lane->shape[i - 1], &lane->shape[i]))
		left_m -= span(&lane->shape[i - 1], &lane->shape[i]), i++;
	const struct net_point *a = &lane->shape[i - 1], *b = &lane->shape[i];
	double part_m = span(a, b);
	double share = part_m > 0 ? fmin(left_m / part_m, 1) : 0;
	if (heading_rad)
		*heading_rad = atan2(b->y_m - a->y_m, b->x_m - a->x_m);
	return (struct net_point){a->x_m + share * (b->x_m - a->x_m), a->y_m + share * (b->y_m - a->y_m)};
}

static void free_nodes(struct network *net)
{
	for (uint32_t i = 0; i < net->n_nodes; i++) {
		struct net_node *node = &net->nodes[i];
		g_free(node->id);
		g_free(node->type);
		g_free(node->shape);
		g_free(node->incoming);
		g_free(node->inner);
		for (uint32_t k = 0; k < node->n_requests; k++) {
			g_free(node->requests[k].response);
			g_free(node->requests[k].foes);
		}
		g_free(node->requests);
	}
	g_free(net->nodes);
}

static void free_signals(struct network *net)
{
	for (uint32_t i = 0; i < net->n_signals; i++) {
		struct net_signal *signal = &net->signals[i];
		for (uint32_t p = 0; p < signal->n_programs; p++)
			net_program_finish(&signal->programs[p]);
		net_signal_forget_switches(signal);
		g_free(signal->programs);
		g_free(signal->id);
	}
	g_free(net->signals);
}

const struct net_program *net_signal_program(const struct net_signal *signal, const char *program)
{
	for (uint32_t k = 0; k < signal->n_programs; k++)
		if (g_strcmp0(signal->programs[k].id, program) == 0)
			return &signal->programs[k];
	return NULL;
}

void net_signal_forget_switches(struct net_signal *signal)
{
	for (uint32_t k = 0; k < signal->n_switches; k++)
		g_free(signal->switches[k].program);
	g_clear_pointer(&signal->switches, g_free);
	signal->n_switches = 0;
}

bool net_signal_choose(struct net_signal *signal, const char *program)
{
	uint32_t k = 0;
	while (k < signal->n_programs && g_strcmp0(signal->programs[k].id, program) != 0)
		k++;
	if (k == signal->n_programs)
		return false;
	struct net_program chosen = signal->programs[k];
	memmove(signal->programs + 1, signal->programs, k * sizeof *signal->programs);
	signal->programs[0] = chosen;
	return true;
}

bool net_program_is_actuated(const struct net_program *program)
{
	return g_strcmp0(program->type, "actuated") == 0;
}

void net_program_finish(struct net_program *program)
{
	for (uint32_t k = 0; k < program->n_phases; k++) {
		g_free(program->phases[k].state);
		g_free(program->phases[k].next);
	}
	g_free(program->phases);
	g_free(program->id);
	g_free(program->type);
	*program = (struct net_program){0};
}

void network_free(struct network *net)
{
	if (!net)
		return;
	for (uint32_t i = 0; i < net->n_edges; i++) {
		g_free(net->edges[i].id);
		g_strfreev(net->edges[i].crossing_edges);
	}
	for (uint32_t i = 0; i < net->n_lanes; i++) {
		g_free(net->lanes[i].id);
		g_free(net->lanes[i].shape);
	}
	g_free(net->edges);
	g_free(net->lanes);
	g_free(net->links);
	free_nodes(net);
	free_signals(net);
	g_clear_pointer(&net->edge_by_id, g_hash_table_unref);
	g_clear_pointer(&net->lane_by_id, g_hash_table_unref);
	g_clear_pointer(&net->node_by_id, g_hash_table_unref);
	g_clear_pointer(&net->signal_by_id, g_hash_table_unref);
	g_free(net);
}
