/* vision_main.c - greenwave-vision: reads some of the configured cameras and says on the feed what they see.
 *
 * A worker of greenwaved: one process for several cameras, so that a broken stream can never touch a light. With --file it looks
 * at a recording instead of the camera's address, as fast as it goes, and prints what it measured. With --show it draws what it sees
 * into the pictures, for people; that needs no configuration.
 */
#include <glib-unix.h>
#include <gst/gst.h>
#include <gsl/gsl_errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "core/netfile.h"
#include "daemon/camera_entry.h"
#include "daemon/fence.h"
#include "daemon/herald.h"
#include "daemon/vision_evaluate.h"
#include "daemon/vision_show.h"
#include "vision/camera.h"

#define HEALTH_EVERY_MS 1000
#define TIDY_EVERY_S 60
#define MIB (1024 * 1024)
#define OWN_MIB 256         /* of the worker itself: libraries, decoders' tables */
#define CAMERA_THREADS 10
#define EVALUATE_MIB 1024
#define PLAIN_MIB 512       /* a camera of any size, and an encoder */
#define PLAIN_FPS 10.0

struct worker;

struct seat { /* one camera's place in the worker */
	struct worker *worker;
	const struct config_camera *config;
	struct view *view;
	struct camera *camera;
	struct detector *detector; /* NULL: by movement */
	char *blind;       /* why its network was refused, and there is no camera; NULL: there is */
	bool incident;     /* one is being told */
	const char *alert; /* kind that is active, NULL = none */
};

struct worker {
	GMainLoop *loop;
	const struct config *config;
	struct network *net;
	struct wire_source *source;
	struct herald *herald;
	struct bus_socket *publish;
	const char *name;
	struct seat *seats;
	uint32_t n;
	struct detector_pool *pool; /* networks that cameras share */
	char **snapshots; /* CAMERA=FILE */
	struct vision_show *show; /* NULL: nobody looks */
	struct fence fence;
	bool print, failed;
};

static int fail(const char *why)
{
	fprintf(stderr, "greenwave-vision: %s\n", why);
	return 1;
}

static GLogWriterOutput on_log(GLogLevelFlags level, const GLogField *fields, gsize n, gpointer user)
{
	(void) user;
	for (gsize i = 0; i < n && !(level & (G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG)); i++)
		if (strcmp(fields[i].key, "MESSAGE") == 0)
			fprintf(stderr, "greenwave-vision: %s\n", (const char *) fields[i].value);
	return G_LOG_WRITER_HANDLED;
}

/* ---- what the cameras say ---- */

static void print_estimates(const struct worker *w, const struct estimate *e, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++) {
		printf("%.3f %s flow %.0f", e[k].t_s, w->net->lanes[e[k].lane].id, e[k].flow_veh);
		if (isnan(e[k].queue_veh)) { /* nobody has calibrated it */
			printf(" of %.0f s quality %.2f\n", e[k].window_s, e[k].quality_frac);
			continue;
		}
		printf(" queue %.0f veh %.1f m", e[k].queue_veh, e[k].queue_m);
		if (!isnan(e[k].speed_mps))
			printf(" speed %.1f m/s", e[k].speed_mps);
		const char *level = jam_level_name(e[k].level);
		printf(" jam %.2f %s occupancy %.2f plates %.0f quality %.2f\n", e[k].jam_frac, level ? level : "-", e[k].occupancy_frac, e[k].plates, e[k].quality_frac);
	}
}

/* One alert a camera: what is told first stays until all lanes are free of it. */
static void tell_incident(struct seat *seat, const struct estimate *estimates, uint32_t n)
{
	const struct estimate *found = NULL;
	for (uint32_t k = 0; k < n && !found; k++)
		found = estimates[k].incident != INCIDENT_NONE ? &estimates[k] : NULL;
	if (!found && seat->incident)
		herald_alert(seat->worker->herald, "incident", seat->config->id, false, "nothing is in the way any more");
	seat->incident = found != NULL;
	if (!found)
		return;
	static const char *const what[INCIDENTS] = {[INCIDENT_STANDING] = "a vehicle stands where nothing should",
		[INCIDENT_WRONG_WAY] = "a vehicle drives the wrong way", [INCIDENT_PERSON] = "somebody walks on the carriageway"};
	g_autofree char *sentence = g_strdup_printf("%s on lane %s, %.0f m before the stop line", what[found->incident],
		seat->worker->net->lanes[found->lane].id, found->incident_m);
	herald_alert(seat->worker->herald, "incident", seat->config->id, true, sentence);
}

static void on_estimates(void *user, const struct estimate *estimates, uint32_t n)
{
	struct seat *seat = user;
	struct worker *w = seat->worker;
	if (w->print)
		print_estimates(w, estimates, n);
	if (w->publish == NULL)
		return;
	g_autofree char *topic = g_strdup_printf("estimate/%s", seat->config->id);
	struct wire_head head = wire_source_next(w->source, topic, g_get_real_time());
	g_autofree char *body = wire_estimate_write(&head, seat->config->id, w->net, estimates, n);
	bus_publish(w->publish, topic, body);
	tell_incident(seat, estimates, n);
}

static void on_picture(void *user, const struct cv_canvas *canvas, double t_s)
{
	vision_show_picture(((struct seat *) user)->worker->show, canvas, t_s);
}

static const char *alert_of(enum camera_state state)
{
	switch (state) {
	case CAMERA_LOST:
	case CAMERA_ENDED:
		return "camera-lost";
	case CAMERA_BLIND:
		return "camera-blind";
	case CAMERA_FROZEN:
		return "camera-frozen";
	case CAMERA_MOVED:
		return "camera-moved";
	case CAMERA_CONNECTING:
	case CAMERA_OK:
	default:
		return NULL;
	}
}

static void on_state(void *user, const struct camera_health *health)
{
	struct seat *seat = user;
	struct worker *w = seat->worker;
	const char *kind = alert_of(health->state);
	if (w->print && (health->state == CAMERA_ENDED || health->state == CAMERA_LOST)) {
		if (health->state == CAMERA_LOST)
			fprintf(stderr, "greenwave-vision: %s: %s\n", seat->config->id, health->why);
		w->failed = health->state == CAMERA_LOST;
		g_main_loop_quit(w->loop);
		return;
	}
	if (seat->alert != NULL && g_strcmp0(seat->alert, kind) != 0)
		herald_alert(w->herald, seat->alert, seat->config->id, false, "the camera's state changed");
	if (kind != NULL)
		herald_alert(w->herald, kind, seat->config->id, true, health->why[0] ? health->why : camera_state_name(health->state));
	seat->alert = kind;
}

/* Whatever it is that grows: greenwaved starts it again, and the other workers notice nothing. */
static void check_memory(struct worker *w)
{
	uint64_t resident;
	if (!fence_memory_over(&w->fence, &resident))
		return;
	g_warning("%s takes %" G_GUINT64_FORMAT " MiB of memory, must be at most %" G_GUINT64_FORMAT " MiB (workers.camera_memory_mib): it ends", w->name,
		resident / MIB, w->fence.memory_bytes / MIB);
	w->failed = true;
	g_main_loop_quit(w->loop);
}

static gboolean on_health(gpointer user)
{
	struct worker *w = user;
	check_memory(w);
	struct wire_camera cameras[WIRE_MAX_CAMERAS];
	struct wire_health health = {.cpu_frac = UNKNOWN, .memory_mb = UNKNOWN, .cameras = cameras};
	for (uint32_t k = 0; k < w->n && k < WIRE_MAX_CAMERAS; k++) {
		g_strlcpy(cameras[k].id, w->seats[k].config->id, sizeof cameras[k].id);
		cameras[k].health = w->seats[k].blind != NULL ? (struct camera_health){.state = CAMERA_BLIND} : camera_health(w->seats[k].camera);
		if (w->seats[k].blind != NULL)
			herald_alert(w->herald, "camera-blind", w->seats[k].config->id, true, w->seats[k].blind);
		health.n_cameras = k + 1;
	}
	herald_health(w->herald, &health);
	return G_SOURCE_CONTINUE;
}

static gboolean on_tidy(gpointer none)
{
	(void) none;
	fence_give_back();
	return G_SOURCE_CONTINUE;
}

/* ---- snapshots: only when the operator asks ---- */

static void write_snapshots(struct worker *w)
{
	for (char **s = w->snapshots; s != NULL && *s != NULL; s++) {
		const char *file = strchr(*s, '=');
		for (uint32_t k = 0; file != NULL && k < w->n; k++) {
			g_autoptr(GError) error = NULL;
			if (w->seats[k].camera == NULL || strncmp(*s, w->seats[k].config->id, (size_t) (file - *s)) != 0 || strlen(w->seats[k].config->id) != (size_t) (file - *s))
				continue;
			if (!camera_snapshot(w->seats[k].camera, file + 1, &error))
				g_warning("%s", error->message);
		}
	}
}

static gboolean on_usr1(gpointer user)
{
	write_snapshots(user);
	return G_SOURCE_CONTINUE;
}

static gboolean on_term(gpointer user)
{
	g_main_loop_quit(((struct worker *) user)->loop);
	return G_SOURCE_CONTINUE;
}

/* ---- life ---- */

static const struct config_camera *camera_config(const struct config *config, const char *id)
{
	for (uint32_t k = 0; k < config->n_cameras; k++)
		if (strcmp(config->cameras[k].id, id) == 0)
			return &config->cameras[k];
	return NULL;
}

static bool seat_init(struct seat *seat, struct worker *w, const char *id, const char *file, bool realtime, GError **error)
{
	const struct config_camera *c = camera_config(w->config, id);
	if (c == NULL) {
		g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_VALUE, "%s has no camera \"%s\"", w->config->path, id);
		return false;
	}
	seat->worker = w;
	seat->config = c;
	seat->view = camera_entry_view(c, w->net, error);
	if (seat->view == NULL)
		return false;
	g_autoptr(GError) refused = NULL;
	seat->detector = camera_entry_detector(c, w->pool, &refused);
	if (refused != NULL && w->print) {
		g_propagate_error(error, g_steal_pointer(&refused));
		return false;
	}
	if (refused != NULL) { /* the other cameras of this worker see as before */
		g_warning("%s", refused->message);
		seat->blind = g_strdup(refused->message);
		return true;
	}
	struct camera_options options = {.uri = file != NULL ? file : c->uri, .analyse_fps = w->config->analyse_fps, .period_s = 1, .realtime = realtime,
		.decode_all = strcmp(c->decode, "all") == 0, .transport = strcmp(c->transport, "udp") == 0 ? SOURCE_UDP : SOURCE_TCP,
		.sequence_fps = c->sequence_fps, .detector = seat->detector, .detector_fps = c->detector_fps, .on_picture = w->show != NULL ? on_picture : NULL};
	seat->camera = camera_new(seat->view, &options, on_estimates, on_state, seat, error);
	return seat->camera != NULL;
}

static bool seats_init(struct worker *w, char **ids, const char *file, GError **error)
{
	w->n = g_strv_length(ids);
	w->seats = g_new0(struct seat, w->n);
	w->pool = detector_pool_new();
	for (uint32_t k = 0; k < w->n; k++)
		if (!seat_init(&w->seats[k], w, ids[k], file, file == NULL, error))
			return false;
	return true;
}

static void cameras_free(struct worker *w)
{
	for (uint32_t k = 0; w->seats != NULL && k < w->n; k++) {
		camera_free(w->seats[k].camera);
		detector_free(w->seats[k].detector);
		g_free(w->seats[k].blind);
		view_free(w->seats[k].view);
	}
	g_clear_pointer(&w->seats, g_free);
	g_clear_pointer(&w->pool, detector_pool_free);
}

static void worker_finish(struct worker *w)
{
	cameras_free(w);
	vision_show_free(w->show);
	network_free(w->net);
	wire_source_free(w->source);
	herald_free(w->herald);
	bus_socket_free(w->publish);
	g_main_loop_unref(w->loop);
}

/* Decoders meet what strangers send: from here on they can read, and write where the operator said. */
static bool put_up_fence(struct worker *w, uint32_t n_cameras, uint32_t camera_mib, const char *target, GError **error)
{
	g_autoptr(GPtrArray) folders = g_ptr_array_new_with_free_func(g_free);
	for (char **s = w->snapshots; s != NULL && *s != NULL; s++)
		if (strchr(*s, '=') != NULL)
			g_ptr_array_add(folders, g_path_get_dirname(strchr(*s, '=') + 1));
	if (target != NULL && strstr(target, "://") == NULL)
		g_ptr_array_add(folders, g_str_has_prefix(target, "/dev/") ? g_strdup(target) : g_path_get_dirname(target));
	g_ptr_array_add(folders, NULL);
	g_setenv("GSETTINGS_BACKEND", "memory", FALSE); /* GIO asks a desktop's settings for a proxy: no files of theirs behind the fence */
	gst_init(NULL, NULL); /* it may start its scanner of plugins */
	w->fence = (struct fence){.writable = (const char *const *) folders->pdata, .threads = n_cameras * CAMERA_THREADS + 16,
		.memory_bytes = ((uint64_t) n_cameras * camera_mib + OWN_MIB) * MIB};
	bool good = fence_up(&w->fence, error);
	w->fence.writable = NULL;
	return good;
}

static bool connect_feed(struct worker *w, struct bus *bus, GError **error)
{
	struct bus_options options = {.kind = BUS_PUB, .endpoint = w->config->feed.estimates};
	w->publish = bus_open(bus, &options, error);
	herald_to(w->herald, w->publish);
	return w->publish != NULL;
}

static void watch_signals(struct worker *w)
{
	g_unix_signal_add(SIGTERM, on_term, w);
	g_unix_signal_add(SIGINT, on_term, w);
	g_unix_signal_add(SIGUSR1, on_usr1, w);
}

struct asked { /* on the command line */
	char *config, *name, *file, *show, *output;
	char **ids, **snapshots;
};

static bool open_all(struct worker *w, const struct asked *a, struct bus *bus, const char *target, GError **error)
{
	w->source = wire_source_new(w->name);
	w->herald = herald_new(w->name);
	w->net = netfile_read(w->config->network, NULL, error);
	if (w->net == NULL || (!w->print && !connect_feed(w, bus, error)))
		return false;
	if (target != NULL && (w->show = vision_show_new(target, w->config->analyse_fps, w->loop, error)) == NULL)
		return false;
	return seats_init(w, a->ids, a->file, error);
}

static int run(const struct asked *a)
{
	g_autoptr(GError) error = NULL;
	owned(config) config = config_read(a->config, &error);
	if (config == NULL)
		return fail(error->message);
	struct worker w = {.loop = g_main_loop_new(NULL, FALSE), .config = config, .name = a->name, .snapshots = a->snapshots,
		.print = a->file != NULL || a->show != NULL};
	g_autofree char *target = a->show != NULL ? vision_show_target(a->show, a->output) : NULL;
	if (!put_up_fence(&w, g_strv_length(a->ids), config->camera_memory_mib, target, &error))
		return fail(error->message);
	owned(bus) bus = bus_new();
	bool good = open_all(&w, a, bus, target, &error);
	if (good) {
		watch_signals(&w);
		if (!w.print)
			g_timeout_add(HEALTH_EVERY_MS, on_health, &w);
		g_timeout_add_seconds(TIDY_EVERY_S, on_tidy, NULL);
		g_main_loop_run(w.loop);
		write_snapshots(&w);
	}
	cameras_free(&w);
	good = good && !w.failed && (w.show == NULL || vision_show_end(w.show, &error));
	worker_finish(&w);
	return good ? 0 : error != NULL ? fail(error->message) : 1;
}

/* A film or a camera that nobody has calibrated. */
static int run_plain(const struct asked *a)
{
	g_autoptr(GError) error = NULL;
	struct worker w = {.loop = g_main_loop_new(NULL, FALSE)};
	g_autofree char *target = vision_show_target(a->show, a->output);
	owned(source) there = source_new(a->show, &error);
	bool good = there && put_up_fence(&w, 1, PLAIN_MIB, target, &error) && (w.show = vision_show_new(target, PLAIN_FPS, w.loop, &error)) != NULL;
	if (good) {
		watch_signals(&w);
		good = vision_show_plain(w.show, a->show, PLAIN_FPS, w.loop, &error);
	}
	good = w.show != NULL && vision_show_end(w.show, good ? &error : NULL) && good;
	vision_show_free(w.show);
	g_main_loop_unref(w.loop);
	return good ? 0 : fail(error != NULL ? error->message : "it broke");
}

/* "a,b" is as good as two options. */
static char **split_ids(char **given)
{
	GStrvBuilder *ids = g_strv_builder_new();
	for (char **one = given; one != NULL && *one != NULL; one++) {
		g_auto(GStrv) parts = g_strsplit(*one, ",", -1);
		for (char **part = parts; *part != NULL; part++)
			if (**part != '\0')
				g_strv_builder_add(ids, *part);
	}
	char **all = g_strv_builder_end(ids);
	g_strv_builder_unref(ids);
	return all;
}

/* --show says what is shown; where --file has said that already it says where to. */
static const char *settle(struct asked *a)
{
	if (a->show == NULL)
		return a->config == NULL || a->ids[0] == NULL ? "it needs --config FILE and --camera ID, or --show FILE|ADDRESS"
			: a->file != NULL && a->ids[1] != NULL ? "--file is a recording of one camera: give one --camera" : NULL;
	if ((a->config == NULL) != (a->ids[0] == NULL) || (a->ids[0] != NULL && a->ids[1] != NULL))
		return "--show goes with --config FILE and one --camera ID, or with neither";
	if (a->file != NULL && a->output == NULL)
		a->output = g_strdup(a->show);
	else if (a->file == NULL)
		a->file = g_strdup(a->show);
	g_free(a->show);
	a->show = g_strdup(a->file);
	return NULL;
}

static void asked_finish(struct asked *a)
{
	g_free(a->config);
	g_free(a->name);
	g_free(a->file);
	g_free(a->show);
	g_free(a->output);
	g_strfreev(a->ids);
	g_strfreev(a->snapshots);
}

static int serve(struct asked *a, char **cameras)
{
	a->ids = split_ids(cameras);
	if (a->name == NULL)
		a->name = g_strdup("vision");
	const char *wrong = settle(a);
	if (wrong != NULL)
		return fail(wrong);
	g_log_set_writer_func(on_log, NULL, NULL);
	return a->config != NULL ? run(a) : run_plain(a);
}

/* Decoders meet what strangers send here too: it writes nowhere but where the pictures are asked for. */
static int evaluate(struct evaluate_options *o)
{
	g_autoptr(GError) error = NULL;
	const char *const writable[] = {o->trace, NULL};
	if (o->truth == NULL)
		return fail("--evaluate needs --truth FILE.json");
	gst_init(NULL, NULL);
	struct fence fence = {.writable = writable, .threads = CAMERA_THREADS + 16, .memory_bytes = (uint64_t) EVALUATE_MIB * MIB};
	return fence_up(&fence, &error) && vision_evaluate(o, &error) ? 0 : fail(error->message);
}

static const char *check_detector(const char *detector, const char *model, bool evaluates)
{
	bool dnn = detector != NULL && strcmp(detector, "dnn") == 0;
	if (detector != NULL && !dnn && strcmp(detector, "motion") != 0)
		return "--detector must be motion or dnn";
	if (dnn != (model != NULL))
		return dnn ? "--detector dnn needs --model FILE.onnx" : "--model goes with --detector dnn";
	return dnn && !evaluates ? "--detector dnn goes with --evaluate" : NULL;
}

struct command { /* the whole command line */
	struct asked asked;
	struct evaluate_options evaluation;
	char *detector, *model, *classes, *clip, *truth, *trace;
	char **cameras;
	int input_px;
	gboolean json, version;
};

static bool read_command(struct command *c, int argc, char **argv, GError **error)
{
	const GOptionEntry entries[] = {
		{"config", 'c', 0, G_OPTION_ARG_FILENAME, &c->asked.config, "the configuration", "FILE"},
		{"camera", 0, 0, G_OPTION_ARG_STRING_ARRAY, &c->cameras, "read this camera; may be given more than once", "ID"},
		{"cameras", 0, 0, G_OPTION_ARG_STRING_ARRAY, &c->cameras, "read these cameras", "ID,ID"},
		{"name", 0, 0, G_OPTION_ARG_STRING, &c->asked.name, "what it calls itself on the feed", "NAME"},
		{"file", 'f', 0, G_OPTION_ARG_FILENAME, &c->asked.file, "look at a recording of the camera, print what is measured", "CLIP"},
		{"show", 0, 0, G_OPTION_ARG_FILENAME, &c->asked.show, "draw what is seen into the pictures of a film or a camera; with --file: into this film",
			"FILE|ADDRESS"},
		{"output", 'o', 0, G_OPTION_ARG_FILENAME, &c->asked.output, "where --show goes: .mp4, .mkv, .avi, .mjpeg or http://127.0.0.1:PORT/", "FILE|ADDRESS"},
		{"snapshot", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &c->asked.snapshots, "on SIGUSR1 and at the end write what the camera sees", "ID=FILE.png"},
		{"evaluate", 0, 0, G_OPTION_ARG_FILENAME, &c->clip, "count on a recording (or all in a folder) and print the errors", "CLIP"},
		{"truth", 0, 0, G_OPTION_ARG_FILENAME, &c->truth, "with --evaluate: what people saw on it", "FILE.json"},
		{"json", 0, 0, G_OPTION_ARG_NONE, &c->json, "with --evaluate: for machines", NULL},
		{"trace", 0, 0, G_OPTION_ARG_FILENAME, &c->trace, "with --evaluate: write each picture with boxes and lines into this folder", "FOLDER"},
		{"detector", 0, 0, G_OPTION_ARG_STRING, &c->detector, "with --evaluate: motion (the default), or dnn: a network of yours", "motion|dnn"},
		{"model", 0, 0, G_OPTION_ARG_FILENAME, &c->model, "with --detector dnn: the network", "FILE.onnx"},
		{"classes", 0, 0, G_OPTION_ARG_STRING, &c->classes, "what its classes are: ignored, two-wheeler, car, truck, bus, in its order", "NAME,NAME"},
		{"score-frac", 0, 0, G_OPTION_ARG_DOUBLE, &c->evaluation.detector.score_frac, "what scores less is nothing, 0.01 to 1; default 0.4", "FRAC"},
		{"overlap-frac", 0, 0, G_OPTION_ARG_DOUBLE, &c->evaluation.detector.overlap_frac,
			"of two boxes that overlap more one goes, 0 to 1; default 0.45", "FRAC"},
		{"input-px", 0, 0, G_OPTION_ARG_INT, &c->input_px, "side of the network's input, 32 to 2048; default 640", "PX"},
		{"version", 0, 0, G_OPTION_ARG_NONE, &c->version, "print the version", NULL},
		{0},
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_option_context_set_summary(context, "Watches traffic through cameras and says on the feed what it measures.");
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, error))
		return false;
	c->evaluation.detector.model = c->model;
	c->evaluation.detector.classes = c->classes;
	c->evaluation.detector.input_px = (uint32_t) MAX(c->input_px, 0);
	c->evaluation.clip = c->clip;
	c->evaluation.truth = c->truth;
	c->evaluation.trace = c->trace;
	c->evaluation.json = c->json;
	return true;
}

static void command_finish(struct command *c)
{
	char *texts[] = {c->detector, c->model, c->classes, c->clip, c->truth, c->trace};
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		g_free(texts[i]);
	g_strfreev(c->cameras);
	asked_finish(&c->asked);
}

static int obey(struct command *c)
{
	const char *wrong = check_detector(c->detector, c->model, c->clip != NULL);
	if (wrong != NULL)
		return fail(wrong);
	return c->clip != NULL ? evaluate(&c->evaluation) : serve(&c->asked, c->cameras);
}

int main(int argc, char **argv)
{
	struct command c = {.evaluation = {.analyse_fps = 10, .detector = {.score_frac = 0.4, .overlap_frac = 0.45}}, .input_px = 640};
	g_autoptr(GError) error = NULL;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	gsl_set_error_handler_off();
	int code = 0;
	if (!read_command(&c, argc, argv, &error))
		code = fail(error->message);
	else if (c.version)
		printf("greenwave-vision %s\n", GREENWAVE_VERSION);
	else
		code = obey(&c);
	command_finish(&c);
	return code;
}
