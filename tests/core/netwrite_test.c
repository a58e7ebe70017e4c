/* netwrite_test.c - a network that was written is the same network when it is read again. */
#include <math.h>
#include <string.h>

#include "core/netfile.h"
#include "core/netwrite.h"
#include "small_net.h"

#define NEAR 0.0005001 /* numbers are written to a thousandth */

static void same_shape(const struct net_point *a, uint32_t n_a, const struct net_point *b, uint32_t n_b)
{
	g_assert_cmpuint(n_a, ==, n_b);
	for (uint32_t i = 0; i < n_a; i++) {
		g_assert_cmpfloat_with_epsilon(a[i].x_m, b[i].x_m, NEAR);
		g_assert_cmpfloat_with_epsilon(a[i].y_m, b[i].y_m, NEAR);
	}
}

static void same_lane(const struct net_lane *a, const struct net_lane *b)
{
	g_assert_cmpstr(a->id, ==, b->id);
	g_assert_cmpuint(a->edge, ==, b->edge);
	g_assert_cmpuint(a->index, ==, b->index);
	g_assert_cmpuint(a->allow & ~(unsigned) NET_OTHER, ==, b->allow & ~(unsigned) NET_OTHER);
	g_assert_cmpuint(a->first_link, ==, b->first_link);
	g_assert_cmpuint(a->n_links, ==, b->n_links);
	g_assert_cmpfloat_with_epsilon(a->length_m, b->length_m, NEAR);
	g_assert_cmpfloat_with_epsilon(a->speed_mps, b->speed_mps, NEAR);
	g_assert_cmpfloat_with_epsilon(a->width_m, b->width_m, NEAR);
	same_shape(a->shape, a->n_shape, b->shape, b->n_shape);
}

static void same_edge(const struct net_edge *a, const struct net_edge *b)
{
	g_assert_cmpstr(a->id, ==, b->id);
	g_assert_cmpint(a->function, ==, b->function);
	g_assert_cmpuint(a->from, ==, b->from);
	g_assert_cmpuint(a->to, ==, b->to);
	g_assert_cmpuint(a->first_lane, ==, b->first_lane);
	g_assert_cmpuint(a->n_lanes, ==, b->n_lanes);
	if (a->function == NET_NORMAL)
		g_assert_cmpint(a->priority, ==, b->priority);
	g_assert_true(!a->crossing_edges == !b->crossing_edges);
	if (a->crossing_edges)
		g_assert_true(g_strv_equal((const char *const *) a->crossing_edges, (const char *const *) b->crossing_edges));
}

static void same_link(const struct net_link *a, const struct net_link *b)
{
	g_assert_cmpuint(a->from_lane, ==, b->from_lane);
	g_assert_cmpuint(a->to_lane, ==, b->to_lane);
	g_assert_cmpuint(a->via, ==, b->via);
	g_assert_cmpuint(a->node, ==, b->node);
	g_assert_cmpuint(a->request, ==, b->request);
	g_assert_cmpuint(a->signal, ==, b->signal);
	g_assert_cmpuint(a->signal_link, ==, b->signal_link);
	g_assert_cmpuint(a->allow & ~(unsigned) NET_OTHER, ==, b->allow & ~(unsigned) NET_OTHER);
	g_assert_cmpint(a->dir, ==, b->dir);
	g_assert_cmpint(a->state, ==, b->state);
}

static void same_node(const struct net_node *a, const struct net_node *b)
{
	g_assert_cmpstr(a->id, ==, b->id);
	g_assert_cmpstr(a->type, ==, b->type);
	g_assert_cmpfloat_with_epsilon(a->at.x_m, b->at.x_m, NEAR);
	g_assert_cmpfloat_with_epsilon(a->at.y_m, b->at.y_m, NEAR);
	same_shape(a->shape, a->n_shape, b->shape, b->n_shape);
	g_assert_cmpmem(a->incoming, a->n_incoming * sizeof(uint32_t), b->incoming, b->n_incoming * sizeof(uint32_t));
	g_assert_cmpuint(a->n_requests, ==, b->n_requests);
	for (uint32_t i = 0; i < a->n_requests; i++) {
		g_assert_cmpint(a->requests[i].cont, ==, b->requests[i].cont);
		for (uint32_t k = 0; k < a->n_requests; k++) {
			g_assert_cmpint(network_foes(a, i, k), ==, network_foes(b, i, k));
			g_assert_cmpint(network_yields(a, i, k), ==, network_yields(b, i, k));
		}
	}
}

static void same_number(double a, double b)
{
	g_assert_cmpint(isnan(a), ==, isnan(b));
	if (!isnan(a))
		g_assert_cmpfloat_with_epsilon(a, b, NEAR);
}

static void same_program(const struct net_program *a, const struct net_program *b)
{
	g_assert_cmpstr(a->id, ==, b->id);
	g_assert_cmpstr(a->type, ==, b->type);
	same_number(a->offset_s, b->offset_s);
	same_number(a->actuation.max_gap_s, b->actuation.max_gap_s);
	same_number(a->actuation.detector_gap_s, b->actuation.detector_gap_s);
	same_number(a->actuation.passing_time_s, b->actuation.passing_time_s);
	g_assert_cmpuint(a->n_phases, ==, b->n_phases);
	for (uint32_t p = 0; p < a->n_phases; p++) {
		g_assert_cmpstr(a->phases[p].state, ==, b->phases[p].state);
		same_number(a->phases[p].duration_s, b->phases[p].duration_s);
		same_number(a->phases[p].min_s, b->phases[p].min_s);
		same_number(a->phases[p].max_s, b->phases[p].max_s);
		g_assert_cmpmem(a->phases[p].next, a->phases[p].n_next * sizeof(uint32_t), b->phases[p].next, b->phases[p].n_next * sizeof(uint32_t));
	}
}

static void same_network(const struct network *a, const struct network *b)
{
	g_assert_cmpuint(a->n_edges, ==, b->n_edges);
	g_assert_cmpuint(a->n_lanes, ==, b->n_lanes);
	g_assert_cmpuint(a->n_links, ==, b->n_links);
	g_assert_cmpuint(a->n_nodes, ==, b->n_nodes);
	g_assert_cmpuint(a->n_signals, ==, b->n_signals);
	for (uint32_t i = 0; i < a->n_edges; i++)
		same_edge(&a->edges[i], &b->edges[i]);
	for (uint32_t i = 0; i < a->n_lanes; i++)
		same_lane(&a->lanes[i], &b->lanes[i]);
	for (uint32_t i = 0; i < a->n_links; i++)
		same_link(&a->links[i], &b->links[i]);
	for (uint32_t i = 0; i < a->n_nodes; i++)
		same_node(&a->nodes[i], &b->nodes[i]);
	for (uint32_t i = 0; i < a->n_signals; i++) {
		g_assert_cmpstr(a->signals[i].id, ==, b->signals[i].id);
		g_assert_cmpuint(a->signals[i].n_programs, ==, b->signals[i].n_programs);
		for (uint32_t p = 0; p < a->signals[i].n_programs; p++)
			same_program(&a->signals[i].programs[p], &b->signals[i].programs[p]);
	}
}

static void written_again(const struct network *net)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = netwrite(net, &error);
	g_assert_no_error(error);
	owned(network) again = netfile_parse(text, strlen(text), "written", NULL, &error);
	g_assert_no_error(error);
	same_network(net, again);
}

static void test_small(void)
{
	g_autoptr(GError) error = NULL;
	owned(network) net = netfile_parse(small_net, strlen(small_net), "small", NULL, &error);
	g_assert_no_error(error);
	net->lanes[0].allow = NET_BUS | NET_TRAM | NET_RAIL;
	net->signals[0].programs[0].type[0] = 'x'; /* not static: its parameters are written */
	net->signals[0].programs[0].actuation.max_gap_s = 4.5;
	net->lanes[0].length_m = 0.1234567;
	net->lanes[0].shape[0].x_m = -0.0001;
	written_again(net);
}

static void test_file(gconstpointer path)
{
	g_autoptr(GError) error = NULL;
	owned(network) net = netfile_read(path, NULL, &error);
	g_assert_no_error(error);
	written_again(net);
}

/* Lists of foes of turns that wait inside are not in a network: such a one is refused, not written half. */
static void test_waiting_inside(gconstpointer path)
{
	g_autoptr(GError) error = NULL;
	owned(network) net = netfile_read(path, NULL, &error);
	g_assert_no_error(error);
	g_assert_null(netwrite(net, &error));
	g_assert_cmpstr(error->message, ==, "junction :C_12_0: turns that wait inside a junction cannot be written");
}

/* Ids are text, and what is special in XML stays text. */
static void test_strange_ids(void)
{
	static const char strange[] = "<net version=\"1.9\"><edge id=\"a&lt;b&amp;&quot;\" from=\"&gt;\" to=\"&apos;\" priority=\"1\">"
		"<lane id=\"&amp;amp;\" index=\"0\" speed=\"1\" length=\"1\" shape=\"0,0 1,1\"/></edge>"
		"<junction id=\"&gt;\" type=\"dead_end\" x=\"0\" y=\"0\" incLanes=\"\" intLanes=\"\"/>"
		"<junction id=\"&apos;\" type=\"dead_end\" x=\"0\" y=\"0\" incLanes=\"&amp;amp;\" intLanes=\"\"/></net>";
	g_autoptr(GError) error = NULL;
	owned(network) net = netfile_parse(strange, strlen(strange), "strange", NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(net->edges[0].id, ==, "a<b&\"");
	written_again(net);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/netwrite/small", test_small);
	g_test_add_func("/netwrite/strange-ids", test_strange_ids);
	g_assert_cmpint(argc, ==, 3);
	g_test_add_data_func("/netwrite/grid", argv[1], test_file);
	g_test_add_data_func("/netwrite/waiting-inside", argv[2], test_waiting_inside);
	return g_test_run();
}
