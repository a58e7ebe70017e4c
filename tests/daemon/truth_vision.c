/* truth_vision.c - stands in for greenwave-vision where pictures would take too long: hands in what `greenwave-sim play` says is true.
 *
 * TRUTH_FEED: the endpoint of its feed. An estimate a second for each camera: the queue, its length, the mean speed and who passed, with no
 * vehicle named.
 */
#include <glib-unix.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "core/netfile.h"
#include "daemon/bus.h"
#include "daemon/config.h"
#include "daemon/wire.h"

#define VIEW_M 100

struct eyes {
	struct config *config;
	struct network *net;
	struct wire_source *source;
	struct bus_socket *in, *out;
	char **cameras;
	double *passed_veh; /* by lane, as told last; NaN never */
	GMainLoop *loop;
};

static double number_of(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	return json_is_number(v) ? json_number_value(v) : UNKNOWN;
}

static void fill(struct eyes *x, struct estimate *e, const json_t *truth)
{
	double passed_veh = number_of(truth, "passed_veh"), before_veh = x->passed_veh[e->lane];

	e->window_s = 1;
	e->view_m = VIEW_M;
	e->queue_veh = number_of(truth, "queue_veh");
	e->queue_m = number_of(truth, "queue_m");
	e->speed_mps = number_of(truth, "speed_mps");
	e->jam_frac = number_of(truth, "jam_frac");
	e->flow_veh = isnan(before_veh) ? 0 : fmax(passed_veh - before_veh, 0);
	e->quality_frac = 1;
	x->passed_veh[e->lane] = passed_veh;
}

static void hand_in(struct eyes *x, const struct config_camera *camera, const json_t *lanes)
{
	g_autofree struct estimate *e = g_new0(struct estimate, camera->n_lanes);
	g_autofree char *topic = g_strdup_printf("estimate/%s", camera->id);
	uint32_t n = 0;

	for (uint32_t i = 0; i < camera->n_lanes; i++) {
		const json_t *truth = json_object_get(lanes, camera->lanes[i]);
		if (truth == NULL)
			continue;
		estimate_init(&e[n], network_lane(x->net, camera->lanes[i]));
		fill(x, &e[n++], truth);
	}
	if (n == 0)
		return;
	struct wire_head head = wire_source_next(x->source, topic, g_get_real_time());
	for (uint32_t i = 0; i < n; i++)
		e[i].t_s = us_to_s(head.t_us);
	g_autofree char *body = wire_estimate_write(&head, camera->id, x->net, e, n);
	bus_publish(x->out, topic, body);
}

static char *on_truth(void *user, const char *topic, const char *body, size_t length)
{
	struct eyes *x = user;
	json_auto_t *o = json_loadb(body, length, 0, NULL);
	const json_t *lanes = json_object_get(o, "lanes");

	(void) topic;
	for (uint32_t i = 0; lanes != NULL && i < x->config->n_cameras; i++)
		if (g_strv_contains((const char *const *) x->cameras, x->config->cameras[i].id))
			hand_in(x, &x->config->cameras[i], lanes);
	return NULL;
}

static gboolean on_term(gpointer user)
{
	g_main_loop_quit(user);
	return G_SOURCE_CONTINUE;
}

static bool begin(struct eyes *x, struct bus *bus, const char *config, const char *name, GError **error)
{
	const char *feed = g_getenv("TRUTH_FEED");

	x->config = config_read(config, error);
	x->net = x->config != NULL ? netfile_read(x->config->network, NULL, error) : NULL;
	if (x->net == NULL)
		return false;
	x->source = wire_source_new(name);
	x->passed_veh = g_new(double, x->net->n_lanes);
	for (uint32_t i = 0; i < x->net->n_lanes; i++)
		x->passed_veh[i] = UNKNOWN;
	x->out = bus_open(bus, &(struct bus_options){.kind = BUS_PUB, .endpoint = x->config->feed.estimates}, error);
	x->in = x->out != NULL && feed != NULL ? bus_open(bus, &(struct bus_options){.kind = BUS_SUB, .endpoint = feed}, error) : NULL;
	return x->in != NULL;
}

int main(int argc, char **argv)
{
	g_autofree char *path = NULL, *name = NULL;
	struct eyes x = {.loop = g_main_loop_new(NULL, false)};
	const GOptionEntry entries[] = {
		{"config", 0, 0, G_OPTION_ARG_FILENAME, &path, "", ""},
		{"name", 0, 0, G_OPTION_ARG_STRING, &name, "", ""},
		{"camera", 0, 0, G_OPTION_ARG_STRING_ARRAY, &x.cameras, "", ""},
		{0},
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	struct bus *bus = bus_new();

	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || x.cameras == NULL || !begin(&x, bus, path, name, &error)) {
		fprintf(stderr, "truth_vision: %s\n", error != NULL ? error->message : "needs --config, --name, --camera and TRUTH_FEED");
		return 1;
	}
	bus_subscribe(x.in, "truth/");
	bus_watch(x.in, on_truth, &x);
	g_unix_signal_add(SIGTERM, on_term, x.loop);
	g_main_loop_run(x.loop);
	bus_socket_free(x.in);
	bus_socket_free(x.out);
	bus_free(bus);
	wire_source_free(x.source);
	g_free(x.passed_veh);
	network_free(x.net);
	config_free(x.config);
	g_strfreev(x.cameras);
	g_main_loop_unref(x.loop);
	return 0;
}
