/* sumo.c - see sumo.h. */
#include "daemon/sumo.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/netfile.h"
#include "daemon/bridge.h"
#include "daemon/progress.h"
#include "daemon/sumo_child.h"
#include "daemon/sumo_trips.h"
#include "daemon/sumo_world.h"
#include "sim/sumocfg.h"

#define START_S 300.0    /* a large city takes its time to load */
#define PATIENCE_S 120.0 /* of one step of somebody else's SUMO */
#define END_S 30.0       /* from goodbye until it has written its files */
#define LOCKED_VEH 5     /* so many that have stood for SUMO_LONG_S: gridlock */
#define IDLE_S 3600.0    /* nobody arrives for so long: an open end is over */

struct session {
	const struct sumo_options *options;
	const volatile sig_atomic_t *stop;
	struct config *config;
	struct network *net;
	struct sumocfg *scenario; /* NULL: HOST:PORT */
	struct sumo_child *child; /* NULL: HOST:PORT */
	struct bridge *bridge;    /* NULL: we only watch */
	struct sumo_world *world;
	double begin_s, end_s; /* end NaN: open */
	uint64_t arrived;      /* vehicles; the last did then: */
	double last_arrival_s;
	double locked_s;     /* gridlock was noticed then; NaN: never */
	uint32_t locked_veh; /* the most that stood at once */
	uint64_t steps;
	double brain_s, wall_s, waited_s; /* deciding; all the steps; of them, for SUMO */
};

static bool usage(GError **error, const char *format, const char *what)
{
	g_set_error(error, TRACI_ERROR, TRACI_ERROR_REFUSED, format, what);
	return false;
}

/* "localhost:8813"; false when it is none. */
static bool host_and_port(const char *text, char **host, uint16_t *port)
{
	const char *colon = strrchr(text, ':');
	guint64 number;

	if (colon == NULL || colon == text || !g_ascii_string_to_unsigned(colon + 1, 10, 1, 65535, &number, NULL))
		return false;
	*host = g_strndup(text, (gsize) (colon - text));
	*port = (uint16_t) number;
	return true;
}

static bool read_config(struct session *s, GError **error)
{
	const struct sumo_options *o = s->options;

	if (!sumo_faults_check(&o->faults, error))
		return false;
	if (!isnan(o->view_m) && !(o->view_m >= 10 && o->view_m <= 1000))
		return usage(error, "--view must be from 10 to 1000 m%s", "");
	s->config = o->config ? config_read(o->config, error) : config_default();
	if (s->config == NULL)
		return false;
	if (o->method) {
		g_free(s->config->control.method);
		s->config->control.method = g_strdup(o->method);
	}
	if (!isnan(o->view_m))
		s->config->view_m = o->view_m;
	return true;
}

static bool add_programs(struct session *s, char **files, GError **error)
{
	for (char **file = files; file && *file; file++)
		if (**file && !netfile_add_programs(s->net, *file, NULL, error))
			return false;
	return true;
}

static bool read_network(struct session *s, GError **error)
{
	const char *path = s->options->network ? s->options->network : s->scenario ? s->scenario->network : s->config->network;

	if (path == NULL)
		return usage(error, "%s needs --network FILE.net.xml, the one that it runs", s->options->target);
	s->net = netfile_read(path, NULL, error);
	if (s->net == NULL)
		return false;
	if (s->scenario == NULL || s->scenario->additional == NULL)
		return s->scenario != NULL || s->options->network != NULL || add_programs(s, s->config->additional, error);
	g_auto(GStrv) files = g_strsplit(s->scenario->additional, ",", -1);
	return add_programs(s, files, error);
}

static bool make_brain(struct session *s, GError **error)
{
	if (strcmp(s->config->control.method, "native") == 0)
		return s->net->n_signals > 0 || usage(error, "%s: there are no signals in its network", s->options->target);
	s->bridge = bridge_new(s->net, s->config, error);
	return s->bridge != NULL;
}

static struct traci *start_sumo(struct session *s, GError **error)
{
	const struct sumo_options *o = s->options;
	const struct sumo_launch launch = {.program = o->program ? o->program : "sumo",
		.scenario = o->target,
		.tripinfo = o->tripinfo,
		.seed = o->seed,
		.begin_s = o->begin_s,
		.end_s = o->end_s,
		.teleport_s = o->teleport_s,
		.more = (const char *const *) o->more};

	s->child = sumo_child_new(&launch, START_S, s->stop, error);
	return s->child ? sumo_child_connection(s->child) : NULL;
}

static bool meet(struct session *s, GError **error)
{
	g_autofree char *host = NULL;
	uint16_t port = 0;
	struct traci *connection = NULL;

	if (s->scenario)
		connection = start_sumo(s, error);
	else if (host_and_port(s->options->target, &host, &port))
		connection = traci_open(host, port, PATIENCE_S, s->stop, error);
	if (connection == NULL)
		return false;
	struct sumo_faults faults = s->options->faults;
	faults.seed = (uint64_t) s->options->seed;
	s->world = sumo_world_new(s->net, s->config->view_m, &faults);
	if (!sumo_world_meet(s->world, connection, s->options->order, s->child == NULL, error))
		return false;
	const struct sumo_world_look look = sumo_world_look(s->world);
	s->begin_s = s->last_arrival_s = look.t_s;
	s->end_s = !isnan(s->options->end_s) ? s->options->end_s : s->scenario ? s->scenario->end_s : UNKNOWN;
	return s->bridge == NULL || bridge_begin(s->bridge, look.step_s, error);
}

static double now_s(void)
{
	return (double) g_get_monotonic_time() / G_USEC_PER_SEC;
}

/* Shows the brain what is seen, and the signals what it answers. Those that it cannot guard run their own programs. */
static bool decide(struct session *s, GError **error)
{
	owned(wire_call) step = wire_call_new(WIRE_CALL_STEP);

	sumo_world_tell(s->world, step);
	double from_s = now_s();
	owned(wire_call) act = bridge_act(s->bridge, step);
	s->brain_s += now_s() - from_s;
	for (uint32_t i = 0; i < act->n_lights; i++) {
		const struct wire_light *l = &act->lights[i];
		if (pilot_find(bridge_pilot(s->bridge), l->signal) != NET_NONE && !sumo_world_show(s->world, l->signal, l->state, error))
			return false;
	}
	return true;
}

static void look_round(struct session *s, struct progress *progress)
{
	const struct sumo_world_look look = sumo_world_look(s->world);

	if (look.arrived != s->arrived)
		s->last_arrival_s = look.t_s;
	s->arrived = look.arrived;
	s->locked_veh = MAX(s->locked_veh, look.standing);
	if (look.standing >= LOCKED_VEH && isnan(s->locked_s)) {
		s->locked_s = look.t_s;
		g_warning("gridlock: at %.0f s, %u vehicles near signals have not moved for %g s", look.t_s, look.standing, SUMO_LONG_S);
	}
	if (!progress_due(progress))
		return;
	g_autofree char *words = g_strdup_printf("%.0f s, %" G_GUINT64_FORMAT " on the road", look.t_s, look.departed - look.arrived);
	double share = isnan(s->end_s) ? 0 : (look.t_s - s->begin_s) / (s->end_s - s->begin_s);
	progress_show(progress, share, words);
}

static bool is_over(const struct session *s)
{
	const struct sumo_world_look look = sumo_world_look(s->world);

	if (!isnan(s->end_s))
		return look.t_s >= s->end_s - 1e-6;
	return look.expected == 0 || look.t_s - s->last_arrival_s >= IDLE_S;
}

static bool drive(struct session *s, GError **error)
{
	owned(progress) progress = progress_new();
	double from_s = now_s(), waited_s = sumo_world_look(s->world).traffic.waited_s;

	while (!is_over(s)) {
		if (*s->stop)
			return usage(error, "stopped%s", "");
		if (s->bridge && !decide(s, error))
			return false;
		if (!sumo_world_step(s->world, error))
			return false;
		s->steps++;
		look_round(s, progress);
	}
	s->wall_s = now_s() - from_s;
	s->waited_s = sumo_world_look(s->world).traffic.waited_s - waited_s;
	return true;
}

static void tell(const char *name, double value, int digits, const char *what)
{
	printf("%-18s %12.*f  %s\n", name, digits, value, what);
}

static bool tell_score(const struct session *s, GError **error)
{
	struct sumo_trips trips;

	if (!sumo_trips_read(sumo_child_tripinfo(s->child), &trips, error))
		return false;
	tell("score_s", trips.loss_s + trips.depart_delay_s, 2, "time loss + depart delay, mean over all departed trips");
	tell("time_loss_s", trips.loss_s, 2, "of it, on the road");
	tell("depart_delay_s", trips.depart_delay_s, 2, "of it, waiting to enter");
	tell("departed_veh", (double) trips.departed, 0, "trips");
	tell("unfinished_veh", (double) trips.unfinished, 0, "of them, still on the road at the end");
	tell("waiting_veh", (double) trips.waiting, 0, "never got onto the road");
	return true;
}

static void tell_cost(const struct session *s)
{
	const struct sumo_world_look look = sumo_world_look(s->world);
	const double n = MAX((double) s->steps, 1);

	tell("locked_veh", s->locked_veh, 0, "most that stood near signals for 300 s on end");
	if (!isnan(s->locked_s))
		tell("locked_since_s", s->locked_s, 0, "gridlock: five of them");
	tell("steps", (double) s->steps, 0, "");
	tell("round_trips", (double) look.traffic.round_trips, 0, "messages to SUMO, each with its reply");
	tell("brain_ms", 1e3 * s->brain_s / n, 3, "a step: state, decision, guard");
	tell("own_ms", 1e3 * (s->wall_s - s->waited_s) / n, 3, "a step: all that is ours, reading SUMO's reply included");
	tell("sumo_ms", 1e3 * s->waited_s / n, 3, "a step: waiting for SUMO");
	tell("reply_bytes", (double) look.traffic.bytes_in / n, 0, "a step");
}

static bool finish(struct session *s, GError **error)
{
	sumo_world_close(s->world);
	if (s->child && !sumo_child_wait(s->child, END_S)) {
		usage(error, "after the end of the scenario%s", "");
		sumo_child_explain(s->child, error);
		return false;
	}
	g_autofree char *seed = s->options->seed < 0 ? g_strdup("its own seed") : g_strdup_printf("seed %" G_GINT64_FORMAT, s->options->seed);
	printf("%s, %s, %s, %s, %.0f to %.0f s\n", sumo_world_version(s->world), s->options->target, s->config->control.method, seed,
		s->begin_s, sumo_world_look(s->world).t_s);
	if (s->child && !tell_score(s, error))
		return false;
	tell_cost(s);
	return true;
}

static bool run(struct session *s, GError **error)
{
	g_autofree char *host = NULL;
	uint16_t port;

	if (!read_config(s, error))
		return false;
	if (g_file_test(s->options->target, G_FILE_TEST_EXISTS)) {
		s->scenario = sumocfg_read(s->options->target, NULL, error);
		if (s->scenario == NULL)
			return false;
	} else if (!host_and_port(s->options->target, &host, &port)) {
		return usage(error, "\"%s\" is neither a .sumocfg that is there nor HOST:PORT", s->options->target);
	}
	if (!read_network(s, error) || !make_brain(s, error))
		return false;
	if (meet(s, error) && drive(s, error))
		return finish(s, error);
	if (s->child && g_error_matches(*error, TRACI_ERROR, TRACI_ERROR_CONNECTION) && !*s->stop)
		sumo_child_explain(s->child, error);
	return false;
}

bool sumo_run(const struct sumo_options *options, const volatile sig_atomic_t *stop, GError **error)
{
	struct session s = {.options = options, .stop = stop, .locked_s = UNKNOWN};
	bool good = run(&s, error);

	sumo_world_free(s.world);
	sumo_child_free(s.child);
	bridge_free(s.bridge);
	sumocfg_free(s.scenario);
	network_free(s.net);
	config_free(s.config);
	return good;
}
