/* operator_test.c - what greenwavectl is answered: why, and corridors, by every method, on a junction that is seen. --show prints the pages. */
#include <glib/gstdio.h>
#include <string.h>

#include "daemon/operator.h"
#include "optimizer/why.h"

static char *dir;
static bool show;

struct desk {
	struct herald *herald;
	struct brain *brain;
	double t_s;
};

static struct desk *desk_new(const char *method)
{
	g_autofree char *net = g_test_build_filename(G_TEST_DIST, "configs", "district", "district.net.xml", NULL);
	g_autofree char *path = g_build_filename(dir, "greenwave.yaml", NULL);
	g_autofree char *text = g_strdup_printf("network: %s\ncontrol: {method: %s}\n", net, method);
	g_autoptr(GError) error = NULL;
	struct desk *d = g_new0(struct desk, 1);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	d->herald = herald_new("test");
	d->brain = brain_new(path, d->herald, &error);
	g_assert_no_error(error);
	d->t_s = 1000;
	return d;
}

static void desk_free(struct desk *d)
{
	brain_free(d->brain);
	herald_free(d->herald);
	g_free(d);
}
OWNED(desk)

/* n vehicles stand on the lane, two more come. */
static void see(struct desk *d, uint32_t lane, uint32_t n)
{
	struct seen_vehicle vehicles[16];
	struct estimate e;
	estimate_init(&e, lane);
	for (uint32_t k = 0; k < n + 2; k++)
		vehicles[k] = (struct seen_vehicle){2 + 7.5 * k + (k >= n ? 20 : 0), k < n ? 0 : 11, 4.6};
	e.t_s = d->t_s;
	e.view_m = 150;
	e.window_s = 1;
	e.flow_veh = 0;
	e.vehicles = vehicles;
	e.n_vehicles = n + 2;
	estimate_from_vehicles(&e, 10);
	pilot_see(d->brain->pilot, &e, d->t_s);
	e.vehicles = NULL;
	estimate_finish(&e);
}

/* The cabinets follow; every lane has its queue. */
static void run(struct desk *d, double seconds)
{
	for (double end_s = d->t_s + seconds; d->t_s < end_s; d->t_s += 1) {
		for (uint32_t j = 0; j < pilot_n(d->brain->pilot); j++) {
			const struct junction *junction = pilot_junction(d->brain->pilot, j);
			struct pilot_look look;
			pilot_look(d->brain->pilot, j, &look);
			g_autofree char *red = g_strnfill(junction->n_links, 'r');
			pilot_reported(d->brain->pilot, j, look.show != NULL ? look.show : red, STREET_CENTRAL, d->t_s);
			for (uint32_t k = 0; k < junction->n_lanes; k++) {
				pilot_expect(d->brain->pilot, junction->lanes[k], NULL);
				see(d, junction->lanes[k], k % 4);
			}
		}
		pilot_tick(d->brain->pilot, d->t_s);
	}
}

static char *ask(struct desk *d, const char *request)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *reply = operator_answer(d->brain, d->herald, request, strlen(request), d->t_s);
	owned(wire_call) call = wire_call_read(WIRE_OPERATOR, reply, strlen(reply), NULL, &error);
	g_assert_no_error(error);
	if (show)
		g_print("%s\n\n", call->text);
	return g_steal_pointer(&call->text);
}

static void has(const char *text, const char *pattern)
{
	if (!g_pattern_match_simple(pattern, text))
		g_error("not \"%s\": %s", pattern, text);
}

static void test_why(void)
{
	for (const char *const *name = method_names(); *name != NULL; name++) {
		owned(desk) d = desk_new(*name);
		run(d, 43);
		g_autofree char *text = ask(d, "{\"type\":\"why\",\"signal\":\"J1\"}");
		has(text, "J1 is *: *\n\n  shows *\n  asked *");
		has(text, "*LANE *LIGHT *SEEN *QUEUED *");
		has(text, "* W_J1_1 *veh*s/veh*ago*");
		has(text, "*<- chosen*");
		has(text, "*next best*");
		has(text, "*would*");
		has(text, "*Longest red: link *");
		has(text, "*Its own plan: *");
		for (const char *line = text; line != NULL; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
			g_assert_cmpuint(strcspn(line, "\n"), <=, 120);
	}
}

/* What would have changed it is a lane that the other stage serves and the chosen one does not. */
static void test_flip(void)
{
	uint32_t said = 0;
	for (uint32_t k = 0; k < 12; k++) {
		owned(desk) d = desk_new("adaptive");
		struct why why;
		run(d, 30 + k);
		for (uint32_t j = 0; j < pilot_n(d->brain->pilot); j++) {
			struct pilot_look look;
			g_assert_true(pilot_why(d->brain->pilot, j, &why));
			pilot_look(d->brain->pilot, j, &look);
			g_assert_cmpuint(why.chosen, ==, look.asked);
			g_assert_cmpuint(why.n_options, ==, pilot_junction(d->brain->pilot, j)->n_stages);
			g_assert_true(isnan(why.other_cost_s) || why.best_other != why.chosen);
			if (why.flip_lane == NET_NONE)
				continue;
			said++;
			g_assert_cmpuint(why.flip_veh, >=, 1);
			g_assert_false(junction_serves(pilot_junction(d->brain->pilot, j), why.chosen, why.flip_lane));
			g_assert_true(junction_serves(pilot_junction(d->brain->pilot, j), why.best_other, why.flip_lane));
		}
	}
	g_assert_cmpuint(said, >, 0); /* else nothing is shown */
}

static void test_corridor(void)
{
	owned(desk) d = desk_new("adaptive");
	run(d, 20);
	g_autofree char *none = ask(d, "{\"type\":\"corridor\",\"act\":\"list\"}");
	g_assert_cmpstr(none, ==, "no corridor is open");
	g_autofree char *text = ask(d, "{\"type\":\"corridor\",\"act\":\"start\",\"id\":\"AMB1\",\"edges\":[\"W_J1.up\",\"J4_E\"],\"lane\":\"W_J1.up_0\",\"pos_m\":3}");
	has(text, "AMB1 is running: 4 of 4 signals ahead*");
	has(text, "*signal *there in *\n  J1 *s*\n  J2 *\n  J3 *\n  J4 *");
	run(d, 1);
	g_autofree char *at = ask(d, "{\"type\":\"corridor\",\"act\":\"at\",\"id\":\"AMB1\",\"x_m\":1e5,\"y_m\":1e5}");
	g_assert_cmpstr(at, ==, "astray");
	g_autofree char *bad = ask(d, "{\"type\":\"corridor\",\"act\":\"at\",\"id\":\"AMB1\",\"lane\":\"nowhere\",\"pos_m\":1}");
	g_assert_cmpstr(bad, ==, "the network has no lane \"nowhere\"");
	g_autofree char *edge = ask(d, "{\"type\":\"corridor\",\"act\":\"start\",\"id\":\"B\",\"edges\":[\"W_J1.up\",\"X\"]}");
	g_assert_cmpstr(edge, ==, "the network has no edge \"X\"");
	g_autofree char *over = ask(d, "{\"type\":\"corridor\",\"act\":\"end\",\"id\":\"AMB1\"}");
	g_assert_cmpstr(over, ==, "ended");
	g_autofree char *gone = ask(d, "{\"type\":\"corridor\",\"act\":\"end\",\"id\":\"AMB1\"}");
	g_assert_cmpstr(gone, ==, "there is no corridor \"AMB1\"");
}

static GLogWriterOutput on_log(GLogLevelFlags level, const GLogField *fields, gsize n, gpointer user)
{
	return level & G_LOG_LEVEL_ERROR ? g_log_writer_standard_streams(level, fields, n, user) : G_LOG_WRITER_HANDLED; /* alerts are no news here */
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_log_set_writer_func(on_log, NULL, NULL);
	g_log_set_always_fatal(G_LOG_LEVEL_ERROR);
	show = argc > 1 && strcmp(argv[1], "--show") == 0;
	dir = g_dir_make_tmp("operator-XXXXXX", NULL);
	g_test_add_func("/operator/why", test_why);
	g_test_add_func("/operator/flip", test_flip);
	g_test_add_func("/operator/corridor", test_corridor);
	int code = g_test_run();
	g_autofree char *path = g_build_filename(dir, "greenwave.yaml", NULL);
	g_remove(path);
	g_rmdir(dir);
	g_free(dir);
	return code;
}
