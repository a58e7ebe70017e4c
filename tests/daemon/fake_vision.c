/* fake_vision.c - stands in for greenwave-vision: takes its arguments, hands in made-up estimates, and has its faults.
 *
 * FAKE_VISION_DELAY_S: so long until the first estimate, as with a camera that has to be connected.
 * FAKE_VISION_PIDS: a folder; its process id is left there under its name. A camera <id> says nothing while a file <id>.dead is there.
 */
#include <glib-unix.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/netfile.h"
#include "daemon/bus.h"
#include "daemon/config.h"
#include "daemon/wire.h"

#define PERIOD_MS 200

struct fake {
	struct config *config;
	struct network *net;
	struct wire_source *source;
	struct bus_socket *out;
	char **cameras;
	GMainLoop *loop;
};

static void hand_in(struct fake *f, const struct config_camera *camera)
{
	g_autofree char *topic = g_strdup_printf("estimate/%s", camera->id);
	g_autofree struct estimate *e = g_new0(struct estimate, camera->n_lanes);
	struct wire_head head = wire_source_next(f->source, topic, g_get_real_time());

	for (uint32_t i = 0; i < camera->n_lanes; i++) {
		estimate_init(&e[i], network_lane(f->net, camera->lanes[i]));
		e[i].t_s = us_to_s(head.t_us);
		e[i].window_s = 10;
		e[i].view_m = 100;
		e[i].flow_veh = 1;
		e[i].queue_veh = i;
		e[i].speed_mps = 8;
		e[i].quality_frac = 1;
	}
	g_autofree char *body = wire_estimate_write(&head, camera->id, f->net, e, camera->n_lanes);
	bus_publish(f->out, topic, body);
}

static gboolean on_period(gpointer user)
{
	struct fake *f = user;

	const char *folder = g_getenv("FAKE_VISION_PIDS");

	for (uint32_t i = 0; i < f->config->n_cameras; i++) {
		g_autofree char *name = g_strconcat(f->config->cameras[i].id, ".dead", NULL);
		g_autofree char *dead = folder != NULL ? g_build_filename(folder, name, NULL) : NULL;
		if (dead != NULL && g_file_test(dead, G_FILE_TEST_EXISTS))
			continue;
		if (g_strv_contains((const char *const *) f->cameras, f->config->cameras[i].id))
			hand_in(f, &f->config->cameras[i]);
	}
	return G_SOURCE_CONTINUE;
}

static gboolean on_begin(gpointer user)
{
	g_timeout_add(PERIOD_MS, on_period, user);
	return G_SOURCE_REMOVE;
}

static gboolean on_term(gpointer user)
{
	g_main_loop_quit(((struct fake *) user)->loop);
	return G_SOURCE_REMOVE;
}

int main(int argc, char **argv)
{
	g_autofree char *path = NULL, *name = NULL;
	struct fake f = {0};
	const GOptionEntry entries[] = {
		{"config", 0, 0, G_OPTION_ARG_FILENAME, &path, "", ""},
		{"name", 0, 0, G_OPTION_ARG_STRING, &name, "", ""},
		{"camera", 0, 0, G_OPTION_ARG_STRING_ARRAY, &f.cameras, "", ""},
		{0},
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	const char *delay = g_getenv("FAKE_VISION_DELAY_S"), *pids = g_getenv("FAKE_VISION_PIDS");

	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || path == NULL || name == NULL || f.cameras == NULL)
		return 2;
	if (pids != NULL) {
		g_autofree char *file = g_build_filename(pids, name, NULL), *pid = g_strdup_printf("%d", (int) getpid());
		g_file_set_contents(file, pid, -1, NULL);
	}
	f.config = config_read(path, &error);
	f.net = f.config != NULL ? netfile_read(f.config->network, NULL, &error) : NULL;
	struct bus *bus = bus_new();
	f.out = f.net != NULL ? bus_open(bus, &(struct bus_options){.kind = BUS_PUB, .endpoint = f.config->feed.estimates}, &error) : NULL;
	if (f.out == NULL) {
		fprintf(stderr, "fake_vision: %s\n", error->message);
		return 1;
	}
	f.source = wire_source_new(name);
	f.loop = g_main_loop_new(NULL, FALSE);
	g_unix_signal_add(SIGTERM, on_term, &f);
	g_timeout_add((guint) (1000 * (delay != NULL ? atof(delay) : 0)), on_begin, &f);
	g_main_loop_run(f.loop);
	bus_socket_free(f.out);
	bus_free(bus);
	wire_source_free(f.source);
	network_free(f.net);
	config_free(f.config);
	g_strfreev(f.cameras);
	g_main_loop_unref(f.loop);
	return 0;
}
