/* sim_play.c - greenwave-sim play: a town in real time, with cameras over RTSP, cabinets to be commanded and the truth on a feed.
 *
 * The world makes a step at each whole second of UTC; pictures in between show where vehicles are on the way there. What a cabinet is
 * told it shows at once, and vehicles see it from the next step on.
 */
#include <glib-unix.h>
#include <gst/gst.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "core/netfile.h"
#include "daemon/bus.h"
#include "daemon/sim_cameras.h"
#include "daemon/sim_case.h"
#include "daemon/sim_commands.h"
#include "daemon/sim_report.h"
#include "daemon/sim_truth.h"
#include "daemon/stream_server.h"

#define MAKE "greenwave-sim"
#define BEHIND_S 5.0 /* farther behind the clock than this (a machine that slept) it goes on from now */

struct lens_cap { /* a camera that is meant to fail */
	double from_s;     /* after the start; INFINITY: never */
	uint8_t *frozen;   /* the picture that stays */
};

struct play {
	struct town *town;
	const struct network *net;
	GPtrArray *cameras;      /* struct sim_camera */
	struct eye **eyes;
	struct lens_cap *blind, *freeze;
	struct stream_server *stream;
	struct bus *bus;
	struct bus_socket *control, *feed;
	struct wire_source *source;
	struct sim_report *report; /* NULL: none is wanted */
	GMainLoop *loop;
	double view_m, speed;
	int64_t begin_us;        /* UTC when the world's time was begin_s */
	double begin_s;
	uint64_t garbage;
};

struct wish { /* the command line */
	char *network, *routes, *control, *feed, *cameras, *report, *notes;
	char **blind, **freeze;
	gint64 seed, rtsp, seconds;
	double begin_s, view_m, warmup_s, speed;
};

static double world_s(const struct play *p, int64_t t_us) /* what the pictures show at that instant */
{
	return p->begin_s + us_to_s(t_us - p->begin_us) * p->speed;
}

static double lamp_s(struct play *p, int64_t t_us)
{
	return town_lamp_s(p->town, world_s(p, t_us));
}

static int64_t utc_us(const struct play *p, double t_s)
{
	return p->begin_us + s_to_us((t_s - p->begin_s) / p->speed);
}

static bool cap_on(const struct play *p, const struct lens_cap *cap, int64_t t_us)
{
	return us_to_s(t_us - p->begin_us) >= cap->from_s;
}

static bool on_paint(void *user, uint32_t which, int64_t t_us, uint8_t *y, uint8_t *u, uint8_t *v)
{
	struct play *p = user;
	const struct sim_camera *c = p->cameras->pdata[which];
	size_t px = (size_t) c->mount.width_px * c->mount.height_px;
	uint8_t **frozen = &p->freeze[which].frozen;
	if (cap_on(p, &p->blind[which], t_us)) {
		memset(y, 16, px);
		memset(u, 128, px / 4);
		memset(v, 128, px / 4);
		return true;
	}
	if (!*frozen) {
		double frac = world_s(p, t_us) - (town_time_s(p->town) - 1.0);
		eye_look(p->eyes[which], town_world(p->town), CLAMP(frac, 0.001, 1.0), y, u, v);
		if (!cap_on(p, &p->freeze[which], t_us))
			return true;
		*frozen = g_malloc(px + px / 2);
		memcpy(*frozen, y, px);
		memcpy(*frozen + px, u, px / 4);
		memcpy(*frozen + px + px / 4, v, px / 4);
	}
	memcpy(y, *frozen, px);
	memcpy(u, *frozen + px, px / 4);
	memcpy(v, *frozen + px + px / 4, px / 4);
	return true;
}

static char *tell(struct play *p, enum wire_kind kind, int64_t now_us)
{
	owned(wire_call) reply = wire_call_new(kind);
	reply->t_us = now_us;
	g_strlcpy(reply->make, MAKE, sizeof reply->make);
	for (uint32_t s = 0; s < p->net->n_signals; s++) {
		const struct cabinet *c = town_cabinet(p->town, s);
		wire_call_light(reply, s, cabinet_shows(c));
		reply->lights[s].since_us = utc_us(p, cabinet_since_s(c));
		g_strlcpy(reply->lights[s].mode, cabinet_mode_name(cabinet_mode(c)), sizeof reply->lights[s].mode);
	}
	return wire_call_write(WIRE_CABINET, reply, p->net);
}

/* All lamps that can be set are set; the first that could not is the answer. */
static char *show(struct play *p, const struct wire_call *call, int64_t now_us)
{
	g_autoptr(GError) first = NULL;
	for (uint32_t i = 0; i < call->n_lights; i++) {
		g_autoptr(GError) why = NULL;
		if (!cabinet_show(town_cabinet(p->town, call->lights[i].signal), call->lights[i].state, lamp_s(p, now_us), &why) && !first)
			first = g_steal_pointer(&why);
	}
	return first ? wire_refusal(first->message) : tell(p, WIRE_CALL_STATUS, now_us);
}

static char *on_control(void *user, const char *topic, const char *body, size_t length)
{
	struct play *p = user;
	g_autoptr(GError) error = NULL;
	int64_t now_us = g_get_real_time();
	owned(wire_call) call = wire_call_read(WIRE_CABINET, body, length, p->net, &error);
	(void) topic;
	if (!call) {
		p->garbage++;
		return wire_refusal(error->message);
	}
	switch (call->kind) {
	case WIRE_CALL_HELLO:
		return tell(p, WIRE_CALL_WELCOME, now_us);
	case WIRE_CALL_SHOW:
		return show(p, call, now_us);
	case WIRE_CALL_RELEASE:
		for (uint32_t i = 0; i < call->n_lights; i++)
			cabinet_release(town_cabinet(p->town, call->lights[i].signal), lamp_s(p, now_us));
		return tell(p, WIRE_CALL_STATUS, now_us);
	case WIRE_CALL_STATUS:
		return tell(p, WIRE_CALL_STATUS, now_us);
	default:
		p->garbage++;
		return wire_refusal("a cabinet is asked hello, show, release or status");
	}
}

static void publish(struct play *p, int64_t now_us)
{
	for (uint32_t s = 0; s < p->net->n_signals; s++) {
		g_autofree char *topic = g_strdup_printf("truth/%s", p->net->signals[s].id);
		struct wire_head head = wire_source_next(p->source, topic, now_us);
		g_autofree char *body = sim_truth_signal(p->town, s, p->view_m, &head);
		bus_publish(p->feed, topic, body);
	}
	struct wire_head head = wire_source_next(p->source, "truth/summary", now_us);
	g_autofree char *body = sim_truth_summary(p->town, &head);
	bus_publish(p->feed, "truth/summary", body);
}

static gboolean on_second(gpointer user);

static void set_alarm(struct play *p)
{
	int64_t wait_us = utc_us(p, town_time_s(p->town)) - g_get_real_time();
	g_timeout_add(wait_us > 0 ? (guint) (wait_us / 1000 + 1) : 0, on_second, p);
}

/* The world has come to where its step led: tell the truth about it, and make the next one. */
static gboolean on_second(gpointer user)
{
	struct play *p = user;
	int64_t now_us = g_get_real_time();
	double behind_s = (world_s(p, now_us) - town_time_s(p->town)) / p->speed;
	if (fabs(behind_s) > BEHIND_S) {
		fprintf(stderr, "greenwave-sim play: the clock is %.1f s off, going on from now\n", behind_s);
		p->begin_us += s_to_us(round(behind_s));
	}
	if (world_s(p, now_us) >= town_time_s(p->town)) {
		if (p->feed)
			publish(p, now_us);
		town_step(p->town);
		if (p->report)
			sim_report_step(p->report, town_shadow(p->town), town_world(p->town));
	}
	set_alarm(p);
	return G_SOURCE_REMOVE;
}

static gboolean on_end(gpointer user)
{
	g_main_loop_quit(((struct play *) user)->loop);
	return G_SOURCE_CONTINUE;
}

/* "CAMERA@SECOND", each. */
static bool put_caps(struct play *p, struct lens_cap **caps, char **wishes, const char *option, GError **error)
{
	*caps = g_new0(struct lens_cap, p->cameras->len);
	for (guint i = 0; i < p->cameras->len; i++)
		(*caps)[i].from_s = INFINITY;
	for (char **w = wishes; w && *w; w++) {
		char *at = strrchr(*w, '@'), *end = NULL;
		double from_s = at ? g_ascii_strtod(at + 1, &end) : NAN;
		guint i = 0;
		while (at && i < p->cameras->len && (strlen(((struct sim_camera *) p->cameras->pdata[i])->id) != (size_t) (at - *w) ||
			strncmp(((struct sim_camera *) p->cameras->pdata[i])->id, *w, (size_t) (at - *w)) != 0))
			i++;
		if (!at || *end || end == at + 1 || !(from_s >= 0.0) || i == p->cameras->len) {
			g_set_error(error, BUS_ERROR, BUS_ERROR_ENDPOINT, "--%s %s: must be CAMERA@SECOND, a camera that is played and a second from 0",
				option, *w);
			return false;
		}
		(*caps)[i].from_s = from_s;
	}
	return true;
}

static bool open_cameras(struct play *p, const struct wish *w, GError **error)
{
	p->cameras = sim_cameras_new(p->net, w->view_m, w->cameras, error);
	if (!p->cameras || !put_caps(p, &p->blind, w->blind, "blind", error) || !put_caps(p, &p->freeze, w->freeze, "freeze", error))
		return false;
	g_autofree struct stream_options *streams = g_new0(struct stream_options, p->cameras->len);
	p->eyes = g_new0(struct eye *, p->cameras->len);
	for (guint i = 0; i < p->cameras->len; i++) {
		const struct sim_camera *c = p->cameras->pdata[i];
		streams[i] = (struct stream_options){c->id, c->mount.width_px, c->mount.height_px};
		p->eyes[i] = eye_new(p->net, &c->mount, c->seed, error);
		if (!p->eyes[i])
			return false;
	}
	p->stream = stream_server_new((uint32_t) w->rtsp, streams, p->cameras->len, SIM_CAMERA_FPS, on_paint, p, error);
	return p->stream != NULL;
}

static bool open_sockets(struct play *p, const struct wish *w, GError **error)
{
	p->bus = bus_new();
	if (w->control) {
		p->control = bus_open(p->bus, &(struct bus_options){.kind = BUS_REP, .bind = true, .endpoint = w->control}, error);
		if (!p->control)
			return false;
		bus_watch(p->control, on_control, p);
	}
	if (w->feed) {
		p->feed = bus_open(p->bus, &(struct bus_options){.kind = BUS_PUB, .bind = true, .endpoint = w->feed}, error);
		if (!p->feed)
			return false;
	}
	return true;
}

static void say_ready(const struct play *p)
{
	fprintf(stderr, "greenwave-sim play: %u signals", p->net->n_signals);
	if (p->control)
		fprintf(stderr, ", cabinets at %s", bus_endpoint(p->control));
	if (p->feed)
		fprintf(stderr, ", truth at %s", bus_endpoint(p->feed));
	if (p->stream)
		fprintf(stderr, ", %u cameras at rtsp://127.0.0.1:%u/", p->cameras->len, stream_server_port(p->stream));
	fprintf(stderr, "\n");
}

static void say_last(const struct play *p)
{
	struct rusage used;
	json_auto_t *o = sim_truth_last(p->town);
	getrusage(RUSAGE_SELF, &used);
	double cpu_s = (double) (used.ru_utime.tv_sec + used.ru_stime.tv_sec) + 1e-6 * (double) (used.ru_utime.tv_usec + used.ru_stime.tv_usec);
	json_object_set_new(o, "cpu_s", json_real(cpu_s));
	json_object_set_new(o, "garbage", json_integer((json_int_t) p->garbage));
	if (p->stream) {
		struct stream_counts n = stream_server_counts(p->stream);
		json_object_set_new(o, "cameras", json_pack("{s:I, s:I, s:f}", "frames", (json_int_t) n.frames, "late", (json_int_t) n.late,
			"paint_s", n.paint_s));
	}
	char *text = json_dumps(o, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
	puts(text);
	free(text);
}

/* At a whole second the world is at begin_s + warmup_s; its first step follows at once. */
static void run_play(struct play *p, const struct wish *w)
{
	int64_t now_us = g_get_real_time();
	p->begin_s = town_time_s(p->town);
	p->begin_us = (now_us / US_PER_S + 1) * US_PER_S;
	p->loop = g_main_loop_new(NULL, FALSE);
	g_unix_signal_add(SIGTERM, on_end, p);
	g_unix_signal_add(SIGINT, on_end, p);
	if (w->seconds > 0)
		g_timeout_add_seconds((guint) w->seconds, on_end, p);
	set_alarm(p);
	say_ready(p);
	g_main_loop_run(p->loop);
	say_last(p);
}

static void close_play(struct play *p)
{
	stream_server_free(p->stream);
	bus_socket_free(p->control);
	bus_socket_free(p->feed);
	bus_free(p->bus);
	for (guint i = 0; p->cameras && i < p->cameras->len; i++) {
		if (p->eyes)
			eye_free(p->eyes[i]);
		if (p->freeze)
			g_free(p->freeze[i].frozen);
	}
	g_free(p->eyes);
	g_free(p->blind);
	g_free(p->freeze);
	if (p->cameras)
		g_ptr_array_unref(p->cameras);
	wire_source_free(p->source);
	if (p->loop)
		g_main_loop_unref(p->loop);
}

static bool play(const struct wish *w, GError **error)
{
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	owned(network) net = netfile_read(w->network, notes, error);
	owned(routes) routes = net ? routes_read(w->routes, net, (uint64_t) w->seed, notes, error) : NULL;
	sim_case_say(notes);
	struct play p = {.net = net, .view_m = w->view_m, .speed = w->speed, .source = wire_source_new(MAKE)};
	if (routes && net->n_signals == 0)
		g_set_error(error, BUS_ERROR, BUS_ERROR_ENDPOINT, "%s has no signals", w->network);
	bool good = routes && net->n_signals > 0 && open_sockets(&p, w, error) && (w->rtsp < 0 || open_cameras(&p, w, error));
	owned(town) town = good ? town_new(net, routes, (uint64_t) w->seed, w->begin_s, w->warmup_s, error) : NULL;
	p.town = town;
	owned(sim_report) report = town && w->report ? sim_report_new(town_shadow(town), town_world(town), error) : NULL;
	p.report = report;
	good = town && (report || !w->report);
	if (good)
		run_play(&p, w);
	if (good && report) /* who watched from outside leaves his notes before he ends us */
		good = sim_report_finish(report, town_shadow(town), town_world(town), (uint64_t) w->seed, w->report,
			w->notes && g_file_test(w->notes, G_FILE_TEST_EXISTS) ? w->notes : NULL, error);
	close_play(&p);
	return good;
}

static const char *wrong_with(const struct wish *w, int argc)
{
	return argc > 1 ? "takes no arguments, only options" : !w->network ? "needs --network FILE" : !w->routes ? "needs --routes FILE"
		: w->seed < 0 ? "--seed must be at least 0" : w->rtsp > 65535 ? "--rtsp must be 0 to 65535"
		: !(w->warmup_s >= 0.0 && w->warmup_s <= 86400.0) ? "--warmup must be 0 to 86400 s"
		: !(w->begin_s >= 0.0) ? "--begin must be at least 0 s"
		: !(w->speed >= 0.1 && w->speed <= 20.0) ? "--speed must be 0.1 to 20"
		: !(w->view_m >= 30.0 && w->view_m <= 300.0) ? "--view must be 30 to 300 m"
		: w->rtsp < 0 && (w->blind || w->freeze) ? "--blind and --freeze need cameras: --rtsp PORT" : NULL;
}

int sim_play(int argc, char **argv)
{
	struct wish w = {.seed = 42, .rtsp = -1, .view_m = 100.0, .speed = 1.0};
	const GOptionEntry entries[] = {
		{"network", 'n', 0, G_OPTION_ARG_FILENAME, &w.network, "SUMO network (.net.xml, may be .gz)", "FILE"},
		{"routes", 'r', 0, G_OPTION_ARG_FILENAME, &w.routes, "SUMO demand (.rou.xml, may be .gz)", "FILE"},
		{"seed", 's', 0, G_OPTION_ARG_INT64, &w.seed, "seed of drivers and random departures (default 42)", "N"},
		{"begin", 'b', 0, G_OPTION_ARG_DOUBLE, &w.begin_s, "time of the demand to begin at, s (default 0)", "S"},
		{"warmup", 0, 0, G_OPTION_ARG_DOUBLE, &w.warmup_s, "run this long under the fixed plan before, at once, s (default 0)", "S"},
		{"rtsp", 0, 0, G_OPTION_ARG_INT64, &w.rtsp, "serve the cameras at this port of 127.0.0.1; 0 = any free one", "PORT"},
		{"control", 0, 0, G_OPTION_ARG_STRING, &w.control, "take commands for the cabinets there (ZeroMQ REP)", "ENDPOINT"},
		{"feed", 0, 0, G_OPTION_ARG_STRING, &w.feed, "tell the truth there once a second (ZeroMQ PUB)", "ENDPOINT"},
		{"cameras", 0, 0, G_OPTION_ARG_STRING, &w.cameras, "which: all (default) or names with commas between", "IDS"},
		{"view", 0, 0, G_OPTION_ARG_DOUBLE, &w.view_m, "how far up the road they see, m (default 100)", "M"},
		{"speed", 0, 0, G_OPTION_ARG_DOUBLE, &w.speed, "times real time, 0.1 to 20 (default 1)", "X"},
		{"seconds", 0, 0, G_OPTION_ARG_INT64, &w.seconds, "end by itself after so long (default: on SIGTERM or SIGINT)", "S"},
		{"report", 0, 0, G_OPTION_ARG_FILENAME, &w.report, "at the end write a page with tables and drawings", "FILE.html"},
		{"report-notes", 0, 0, G_OPTION_ARG_FILENAME, &w.notes, "what else the page shall say, if the file is there by then", "FILE.json"},
		{"blind", 0, 0, G_OPTION_ARG_STRING_ARRAY, &w.blind, "this camera's picture turns black then (may be given again)",
		"CAMERA@SECOND"},
		{"freeze", 0, 0, G_OPTION_ARG_STRING_ARRAY, &w.freeze, "this camera's picture stands still from then on (may be given again)",
		"CAMERA@SECOND"},
		G_OPTION_ENTRY_NULL,
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	g_option_context_set_summary(context, "Plays a town in real time: cameras, signal cabinets, the truth. Prints the scores at the end.");
	g_option_context_add_main_entries(context, entries, NULL);
	bool good = g_option_context_parse(context, &argc, &argv, &error);
	const char *wrong = good ? wrong_with(&w, argc) : error->message;
	int code = 2;
	gst_init(NULL, NULL);
	if (!wrong)
		code = play(&w, &error) ? 0 : 1;
	if (code)
		fprintf(stderr, "greenwave-sim play: %s\n", wrong ? wrong : error->message);
	g_free(w.network);
	g_free(w.routes);
	g_free(w.control);
	g_free(w.feed);
	g_free(w.cameras);
	g_free(w.report);
	g_free(w.notes);
	g_strfreev(w.blind);
	g_strfreev(w.freeze);
	return code;
}
