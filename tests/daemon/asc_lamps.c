/* asc_lamps.c - test cabinets whose lamps hang over the streets of `greenwave-sim play`: asc_lamps CONFIG CONTROL [BACKUP_S].
 *
 * Opens a cabinet for each controller of the configuration (ntcip, 127.0.0.1:PORT) and, four times a second, has the played town show what
 * they show, by the configuration's own map of phases. First it leads the town's lights through amber and red to where its cabinets begin.
 * Prints "ready", and then what asc_farm prints. Ends with its input.
 */
#include <glib-unix.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/netfile.h"
#include "daemon/bus.h"
#include "daemon/cabinet_map.h"
#include "daemon/config.h"
#include "daemon/wire.h"
#include "tests/daemon/asc_port.h"

#define PERIOD_MS 250
#define AMBER_S 3.5
#define RED_S 3.0 /* until its cabinets, which start up all red at the same time, have begun */

struct lamp {
	uint32_t signal;
	struct junction *junction;
	struct cabinet_map *map;
	const struct config_controller *config;
};

struct lamps {
	struct network *net;
	struct config *config;
	struct lamp *lamps;
	struct asc_port *ports;
	int n, backup_s;
	struct bus_socket *town;
	GMainLoop *loop;
	int64_t begun_us, begun_ds; /* monotonic; UTC */
	struct wire_call *found;    /* what the town showed when we came */
	bool standing;              /* the cabinets have begun */
};

static char *letters_of(const struct lamps *l, int i)
{
	const struct asc_model *m = l->ports[i].model;
	struct cabinet_lights lights = {.greens = asc_model_greens(m), .ambers = asc_model_yellows(m), .walks = asc_model_walks(m)};

	return cabinet_map_letters(l->lamps[i].map, &lights);
}

/* Whatever is green ends. */
static char *ending_of(const struct lamps *l, int i, bool amber)
{
	char *state = NULL;

	for (uint32_t k = 0; k < l->found->n_lights; k++)
		if (l->found->lights[k].signal == l->lamps[i].signal)
			state = g_strdup(l->found->lights[k].state);
	g_assert(state != NULL);
	for (uint32_t c = 0; state[c] != '\0'; c++)
		state[c] = amber && strchr("Ggy", state[c]) != NULL && !l->lamps[i].junction->links[c].pedestrian ? 'y' : 'r';
	return state;
}

static struct wire_call *ask(struct lamps *l, struct wire_call *call)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *body = wire_call_write(WIRE_CABINET, call, l->net), *reply = bus_ask(l->town, body, 10, &error);
	struct wire_call *said = reply != NULL ? wire_call_read(WIRE_CABINET, reply, strlen(reply), l->net, &error) : NULL;

	if (error != NULL)
		fprintf(stderr, "asc_lamps: %s\n", error->message);
	wire_call_free(call);
	return said;
}

static void begin_cabinets(struct lamps *l)
{
	for (int i = 0; i < l->n; i++) {
		struct asc_make make = {.seed = (uint32_t) i + 1, .backup_s = (uint16_t) l->backup_s, .vehicles_ph = 200};
		const char *port = strrchr(l->lamps[i].config->address, ':');
		asc_port_open(&l->ports[i], (uint16_t) atoi(port + 1), &make, l->begun_ds);
	}
	l->standing = true;
	printf("ready\n");
	fflush(stdout);
}

static gboolean on_period(gpointer user)
{
	struct lamps *l = user;
	double since_s = (double) (g_get_monotonic_time() - l->begun_us) * 1e-6;
	struct wire_call *call = wire_call_new(WIRE_CALL_SHOW);

	if (!l->standing && since_s > AMBER_S + RED_S)
		begin_cabinets(l);
	for (int i = 0; i < l->n; i++) {
		if (l->standing) {
			asc_port_serve(&l->ports[i]);
			asc_model_run(l->ports[i].model, asc_port_now_ds());
		}
		g_autofree char *letters = l->standing ? letters_of(l, i) : ending_of(l, i, since_s < AMBER_S);
		wire_call_light(call, l->lamps[i].signal, letters);
	}
	wire_call_free(ask(l, call));
	return G_SOURCE_CONTINUE;
}

static gboolean on_short(gpointer user)
{
	struct lamps *l = user;

	for (int i = 0; i < l->n && l->standing; i++)
		asc_port_serve(&l->ports[i]);
	return G_SOURCE_CONTINUE;
}

static gboolean on_line(gint fd, GIOCondition condition, gpointer user)
{
	struct lamps *l = user;
	char line[256];

	(void) fd;
	(void) condition;
	if (read(STDIN_FILENO, line, sizeof line) <= 0)
		g_main_loop_quit(l->loop);
	else if (l->standing)
		asc_port_tell(l->ports, l->n);
	return G_SOURCE_CONTINUE;
}

static bool add_lamp(struct lamps *l, const struct config_controller *c, GError **error)
{
	struct lamp *lamp = &l->lamps[l->n];

	lamp->config = c;
	lamp->signal = network_signal(l->net, c->signals[0]);
	lamp->junction = junction_new(l->net, lamp->signal, NULL, error);
	lamp->map = lamp->junction != NULL ? cabinet_map_new(lamp->junction, c->phases, c->n_phases, c->overlaps, c->n_overlaps, error) : NULL;
	l->n += lamp->map != NULL;
	return lamp->map != NULL;
}

static bool begin(struct lamps *l, const char *config, GError **error)
{
	l->config = config_read(config, error);
	l->net = l->config != NULL ? netfile_read(l->config->network, NULL, error) : NULL;
	if (l->net == NULL)
		return false;
	l->lamps = g_new0(struct lamp, l->config->n_controllers);
	l->ports = g_new0(struct asc_port, l->config->n_controllers);
	for (uint32_t i = 0; i < l->config->n_controllers; i++)
		if (!add_lamp(l, &l->config->controllers[i], error))
			return false;
	return true;
}

static void finish(struct lamps *l)
{
	for (int i = 0; i < l->n; i++) {
		cabinet_map_free(l->lamps[i].map);
		junction_free(l->lamps[i].junction);
		asc_model_free(l->ports[i].model);
		asc_v3_free(l->ports[i].v3);
		if (l->standing)
			close(l->ports[i].fd);
	}
	g_free(l->lamps);
	g_free(l->ports);
	wire_call_free(l->found);
	network_free(l->net);
	config_free(l->config);
	g_main_loop_unref(l->loop);
}

int main(int argc, char **argv)
{
	struct lamps l = {.backup_s = argc > 3 ? atoi(argv[3]) : 60, .loop = g_main_loop_new(NULL, false)};
	g_autoptr(GError) error = NULL;
	struct bus *bus = bus_new();

	if (argc < 3)
		return 2;
	if (begin(&l, argv[1], &error))
		l.town = bus_open(bus, &(struct bus_options){.kind = BUS_REQ, .endpoint = argv[2]}, &error);
	l.found = l.town != NULL ? ask(&l, wire_call_new(WIRE_CALL_HELLO)) : NULL;
	if (l.found == NULL) {
		fprintf(stderr, "asc_lamps: %s\n", error != NULL ? error->message : "the town does not answer");
		return 1;
	}
	l.begun_us = g_get_monotonic_time();
	l.begun_ds = asc_port_now_ds();
	g_timeout_add(PERIOD_MS, on_period, &l);
	g_timeout_add(20, on_short, &l);
	g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP, on_line, &l);
	g_main_loop_run(l.loop);
	bus_socket_free(l.town);
	bus_free(bus);
	finish(&l);
	return 0;
}
