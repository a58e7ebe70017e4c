/* demo.c - one demo from beginning to end.
 *
 * A row of acts, each with what it waits for and for how long at most; a timer looks four times a second. Nothing is waited for by
 * sleeping.
 */
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/netfile.h"
#include "core/units.h"
#include "daemon/child.h"
#include "daemon/demo.h"
#include "daemon/demo_notes.h"
#include "daemon/stage_set.h"
#include "daemon/witness.h"

#define LOOK_MS 250
#define LINE_EVERY_S 10
#define PICTURE_BEFORE_S 150.0 /* the picture's worker starts so long before the end: it has to learn the road first, as the others did */
#define PICTURE_SETTLE_S 100.0 /* its backdrop must settle: a cycle, so that each lane was empty once */
#define PICTURE_QUEUE_VEH 5.0 /* then the picture is taken as soon as so many queue there, at the latest ... */
#define PICTURE_TAKES_S 140.0 /* ... after so long */
#define PICTURE_ALONE_S 60.0  /* the same from the beginning when no end is known */

enum act { ACT_SIM, ACT_DAEMON, ACT_CAMERAS, ACT_RUN, ACT_PICTURE_OUT, ACT_DAEMON_OUT, ACT_SIM_OUT, ACT_OVER };

static const struct {
	const char *doing;
	double patience_s; /* 0 = as long as it takes */
} acts[] = {
	[ACT_SIM] = {"starting the town", 60},
	[ACT_DAEMON] = {"starting greenwaved", 30},
	[ACT_CAMERAS] = {"waiting for the cameras", 60},
	[ACT_RUN] = {NULL, 0},
	[ACT_PICTURE_OUT] = {"ending", CHILD_PATIENCE_S + 5},
	[ACT_DAEMON_OUT] = {"ending", CHILD_PATIENCE_S + 5},
	[ACT_SIM_OUT] = {"writing the report", CHILD_PATIENCE_S + 5},
	[ACT_OVER] = {"over", 0},
};

struct demo {
	const struct demo_options *o;
	GMainLoop *loop;
	struct config *config;
	struct network *net;
	struct stage_set set;
	struct bus *bus;
	struct witness *witness;
	struct child *sim, *daemon, *picture;
	bool pictured;           /* the picture's worker was started once */
	const char *camera;      /* that the picture is of */
	enum act act;
	int64_t act_us, line_us, cpu_us; /* monotonic; begin of the act, last line, last look at processor times */
	double sim_cpu_s, picture_at_s, ran_s;
	bool interrupted;
	GError *error;
	struct report_vision vision;
	char *routes, *folder, *notes, *png, *last; /* paths: the demand, the logs', ... */
};

G_DEFINE_QUARK(greenwave-demo, demo_error)

static double act_s(const struct demo *d)
{
	return us_to_s(g_get_monotonic_time() - d->act_us);
}

static void begin(struct demo *d, enum act act)
{
	if (g_strcmp0(acts[d->act].doing, acts[act].doing) != 0)
		d->line_us = 0;
	d->act = act;
	d->act_us = g_get_monotonic_time();
}

static void fail(struct demo *d, enum demo_error code, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void fail(struct demo *d, enum demo_error code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	if (!d->error)
		d->error = g_error_new_valist(DEMO_ERROR, code, format, args);
	va_end(args);
	g_main_loop_quit(d->loop);
}

static void fail_with(struct demo *d, GError *error)
{
	if (!d->error)
		d->error = error;
	else
		g_error_free(error);
	g_main_loop_quit(d->loop);
}

/* ---- the screen ---- */

static void show_page(const struct screen *s)
{
	struct winsize size = {0};
	GString *page = g_string_new(NULL), *out = g_string_new("\033[H");
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		size = (struct winsize){.ws_col = 80, .ws_row = 24};
	screen_page(page, s, size.ws_col, size.ws_row, true);
	g_auto(GStrv) lines = g_strsplit(page->str, "\n", -1);
	for (char **line = lines; *line; line++)
		g_string_append_printf(out, "%s\033[K%s", *line, line[1] ? "\r\n" : "");
	g_string_append(out, "\033[J");
	fwrite(out->str, 1, out->len, stdout);
	fflush(stdout);
	g_string_free(page, TRUE);
	g_string_free(out, TRUE);
}

static void show(struct demo *d)
{
	struct screen nothing = {.delay_s = UNKNOWN, .fixed_delay_s = UNKNOWN, .lag_p50_s = UNKNOWN, .lag_p99_s = UNKNOWN,
		.vision = {.flow_frac = UNKNOWN, .queue_veh = UNKNOWN, .speed_mps = UNKNOWN}};
	struct screen *s = d->witness ? witness_screen(d->witness) : &nothing;
	int64_t now_us = g_get_monotonic_time();
	s->doing = acts[d->act].doing;
	s->seed = d->o->seed;
	s->t_s = d->act == ACT_RUN ? act_s(d) : 0;
	s->total_s = d->o->minutes * 60;
	if (d->o->page) {
		show_page(s);
	} else if (d->line_us == 0 || now_us - d->line_us >= LINE_EVERY_S * US_PER_S) {
		GString *line = g_string_new(NULL);
		screen_line(line, s);
		puts(line->str);
		fflush(stdout);
		g_string_free(line, TRUE);
		d->line_us = now_us;
	}
}

/* ---- children ---- */

static void on_child_end(void *user, struct child *c)
{
	struct demo *d = user;
	if ((c == d->daemon && d->act >= ACT_DAEMON_OUT) || (c == d->sim && d->act >= ACT_SIM_OUT) || c == d->picture)
		return;
	g_autofree char *end = child_end(c), *lines = child_last_lines(c, 8);
	fail(d, DEMO_ERROR_CHILD, "%s %s in the middle of the demo. The last it said:\n%s", child_name(c), end, lines);
}

static struct child *start(struct demo *d, const char *name, const char *log, const char *const *arguments)
{
	g_autofree char *program = g_build_filename(d->o->programs, name, NULL), *out = g_strdup_printf("%s/%s.out", d->folder, log);
	g_autofree char *err = g_strdup_printf("%s/%s.log", d->folder, log);
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	GError *error = NULL;
	g_ptr_array_add(argv, program);
	for (; *arguments; arguments++)
		g_ptr_array_add(argv, (gpointer) *arguments);
	g_ptr_array_add(argv, NULL);
	struct child *c = child_start((const char *const *) (const void *) argv->pdata, out, err, on_child_end, d, &error);
	if (!c)
		fail_with(d, error);
	return c;
}

static void start_sim(struct demo *d)
{
	g_autofree char *seed = g_strdup_printf("%" G_GUINT64_FORMAT, d->o->seed), *warmup = g_strdup_printf("%g", d->o->warmup_s);
	g_autofree char *begin_s = g_strdup_printf("%g", d->o->begin_s);
	const char *arguments[] = {"play", "--network", d->config->network, "--routes", d->routes, "--seed", seed, "--begin", begin_s,
		"--warmup", warmup,
		"--rtsp", "0", "--control", STAGE_CABINETS, "--feed", STAGE_TRUTH, "--report", d->o->out, "--report-notes", d->notes, NULL};
	d->sim = start(d, "greenwave-sim", "sim", arguments);
}

/* The simulator says where its cameras are when it is ready; 0 = not yet. */
static uint32_t rtsp_port(const struct demo *d)
{
	g_autofree char *log = child_log(d->sim);
	const char *at = strstr(log, "rtsp://127.0.0.1:");
	return at && strchr(at, '\n') ? (uint32_t) g_ascii_strtoull(at + strlen("rtsp://127.0.0.1:"), NULL, 10) : 0;
}

static void start_daemon(struct demo *d, uint32_t port)
{
	GError *error = NULL;
	const char *arguments[] = {"--config", d->set.config, NULL};
	if (!stage_set_write(&d->set, d->o->configs, d->config, port, &error)) {
		fail_with(d, error);
		return;
	}
	d->witness = witness_new(d->bus, STAGE_FEED, STAGE_TRUTH, d->net, d->config, &error);
	if (!d->witness)
		fail_with(d, error);
	else
		d->daemon = start(d, "greenwaved", "greenwaved", arguments);
}

static void start_picture(struct demo *d)
{
	d->camera = witness_busiest(d->witness)->id;
	g_autofree char *snapshot = g_strdup_printf("%s=%s", d->camera, d->png);
	const char *arguments[] = {"--config", d->set.picture, "--name", "demo-picture", "--camera", d->camera, "--snapshot", snapshot, NULL};
	d->pictured = true;
	d->picture_at_s = act_s(d);
	d->picture = start(d, "greenwave-vision", "picture", arguments);
}

/* ---- acts ---- */

static void watch_cpu(struct demo *d)
{
	int64_t now_us = g_get_monotonic_time();
	double cpu_s = child_cpu_s(d->sim);
	if (!d->witness || now_us - d->cpu_us < US_PER_S)
		return;
	if (d->cpu_us)
		witness_cpu(d->witness, "greenwave-sim", (cpu_s - d->sim_cpu_s) / us_to_s(now_us - d->cpu_us));
	d->cpu_us = now_us;
	d->sim_cpu_s = cpu_s;
}

static void act_run(struct demo *d)
{
	double t_s = act_s(d), total_s = d->o->minutes * 60;
	double picture_s = total_s > 0 ? fmax(2, total_s - PICTURE_BEFORE_S) : PICTURE_ALONE_S;
	if (!d->pictured && t_s >= picture_s)
		start_picture(d);
	double watched_s = t_s - d->picture_at_s;
	bool worth = d->picture && watched_s >= PICTURE_SETTLE_S && witness_queue_veh(d->witness, d->camera) >= PICTURE_QUEUE_VEH;
	if (worth || watched_s >= PICTURE_TAKES_S)
		child_stop(d->picture);
	if (!d->interrupted && (total_s <= 0 || t_s < total_s))
		return;
	d->ran_s = t_s;
	child_stop(d->picture);
	begin(d, ACT_PICTURE_OUT);
}

/* Scores, latencies and errors are taken while everything still runs; then the page's notes, then the end of all. */
static void act_picture_out(struct demo *d)
{
	GError *error = NULL;
	if (child_running(d->picture))
		return;
	struct screen *s = witness_screen(d->witness);
	d->vision = s->vision;
	struct demo_notes notes = {.screen = s, .options = d->o, .ran_s = d->ran_s, .camera = d->camera, .routes = d->routes,
		.png = g_file_test(d->png, G_FILE_TEST_EXISTS) ? d->png : NULL};
	if (!demo_notes_write(&notes, d->notes, &error)) {
		fail_with(d, error);
		return;
	}
	begin(d, ACT_DAEMON_OUT);
	child_stop(d->daemon);
}

static void act_next(struct demo *d)
{
	uint32_t port;
	switch (d->act) {
	case ACT_SIM:
		if ((port = rtsp_port(d)) != 0) {
			begin(d, ACT_DAEMON);
			start_daemon(d, port);
		}
		break;
	case ACT_DAEMON:
		if (witness_daemon_up(d->witness))
			begin(d, ACT_CAMERAS);
		break;
	case ACT_CAMERAS:
		if (witness_cameras_up(d->witness) == d->config->n_cameras)
			begin(d, ACT_RUN);
		break;
	case ACT_RUN:
		act_run(d);
		break;
	case ACT_PICTURE_OUT:
		act_picture_out(d);
		break;
	case ACT_DAEMON_OUT:
		if (!child_running(d->daemon)) {
			begin(d, ACT_SIM_OUT);
			child_stop(d->sim);
		}
		break;
	case ACT_SIM_OUT:
		if (!child_running(d->sim)) {
			begin(d, ACT_OVER);
			g_main_loop_quit(d->loop);
		}
		break;
	case ACT_OVER:
		break;
	}
}

static void fail_late(struct demo *d)
{
	struct child *who = d->act == ACT_SIM || d->act == ACT_SIM_OUT ? d->sim : d->daemon;
	g_autofree char *lines = who ? child_last_lines(who, 8) : g_strdup("");
	GString *which = g_string_new(NULL);
	if (d->act == ACT_CAMERAS) {
		g_string_append_printf(which, ", %u of %u deliver", witness_cameras_up(d->witness), d->config->n_cameras);
	}
	fail(d, DEMO_ERROR_LATE, "%s took longer than %g s%s. The last that %s said:\n%s", acts[d->act].doing, acts[d->act].patience_s,
		which->str,
		who ? child_name(who) : "nobody", lines);
	g_string_free(which, TRUE);
}

static gboolean on_look(gpointer user)
{
	struct demo *d = user;
	watch_cpu(d);
	act_next(d);
	if (!d->error && acts[d->act].patience_s > 0 && act_s(d) > acts[d->act].patience_s)
		fail_late(d);
	if (!d->error && d->act != ACT_OVER)
		show(d);
	return G_SOURCE_CONTINUE;
}

static gboolean on_interrupt(gpointer user)
{
	struct demo *d = user;
	d->interrupted = true;
	if (d->act < ACT_RUN)
		fail(d, DEMO_ERROR_LATE, "interrupted while %s", acts[d->act].doing);
	return G_SOURCE_CONTINUE;
}

/* ---- judging ---- */

static void judge(struct demo *d, struct demo_result *r)
{
	GString *verdict = g_string_new(NULL);
	GError *error = NULL;
	witness_verdict(d->witness, verdict);
	if (!child_good(d->daemon)) {
		g_autofree char *end = child_end(d->daemon);
		g_string_append_printf(verdict, "greenwaved %s, must end well when told to.\n", end);
	}
	if (!child_good(d->sim)) {
		g_autofree char *end = child_end(d->sim), *lines = child_last_lines(d->sim, 4);
		g_string_append_printf(verdict, "greenwave-sim %s: %s\n", end, lines);
	} else if (!demo_notes_last(d->last, r, verdict, &error)) {
		g_string_append_printf(verdict, "%s\n", error->message);
		g_error_free(error);
	}
	GStatBuf page;
	if (g_stat(d->o->out, &page) != 0 || page.st_size < 1000)
		g_string_append_printf(verdict, "the report %s was not written.\n", d->o->out);
	if (verdict->len)
		fail(d, DEMO_ERROR_VERDICT, "%s", g_strchomp(verdict->str));
	g_string_free(verdict, TRUE);
}

static void keep_result(struct demo *d, struct demo_result *r)
{
	struct screen *s = witness_screen(d->witness);
	witness_scores(d->witness, &r->run);
	r->run.seed = d->o->seed;
	r->vision = d->vision;
	r->adaptive_from_s = witness_adaptive_from_s(d->witness);
	r->lag_p50_s = s->lag_p50_s;
	r->lag_p99_s = s->lag_p99_s;
	g_free(r->programs);
	r->programs = demo_notes_programs(s);
}

/* ---- beginning and end ---- */

static bool prepare(struct demo *d, GError **error)
{
	g_autofree char *yaml = g_build_filename(d->o->configs, "greenwave.yaml", NULL);
	d->config = config_read(yaml, error);
	d->net = d->config ? netfile_read(d->config->network, NULL, error) : NULL;
	d->routes = d->net ? demo_routes(d->o->configs, error) : NULL;
	if (!d->routes)
		return false;
	if (d->config->n_cameras == 0) {
		g_set_error(error, DEMO_ERROR, DEMO_ERROR_FILE, "%s names no cameras, a demo needs one or more", yaml);
		return false;
	}
	d->folder = g_path_get_dirname(d->o->out);
	if (g_mkdir_with_parents(d->folder, 0777) != 0) {
		g_set_error(error, DEMO_ERROR, DEMO_ERROR_FILE, "cannot make the folder %s: %s", d->folder, g_strerror(errno));
		return false;
	}
	d->notes = g_build_filename(d->folder, "notes.json", NULL);
	d->png = g_build_filename(d->folder, "camera.png", NULL);
	d->last = g_build_filename(d->folder, "sim.out", NULL);
	g_unlink(d->o->out); /* what is there afterwards is of this run */
	g_unlink(d->notes);
	g_unlink(d->png);
	d->bus = bus_new();
	return stage_set_make(&d->set, error);
}

static void finish(struct demo *d)
{
	child_free(d->picture);
	child_free(d->daemon);
	child_free(d->sim);
	witness_free(d->witness);
	bus_free(d->bus);
	stage_set_remove(&d->set);
	network_free(d->net);
	config_free(d->config);
	if (d->loop)
		g_main_loop_unref(d->loop);
	g_free(d->routes);
	g_free(d->folder);
	g_free(d->notes);
	g_free(d->png);
	g_free(d->last);
}

static void play(struct demo *d)
{
	guint sources[] = {g_unix_signal_add(SIGINT, on_interrupt, d), g_unix_signal_add(SIGTERM, on_interrupt, d),
		g_unix_signal_add(SIGHUP, on_interrupt, d), g_timeout_add(LOOK_MS, on_look, d)};
	if (d->o->page)
		fputs("\033[?1049h\033[?25l", stdout); /* a page of our own, no cursor */
	begin(d, ACT_SIM);
	start_sim(d);
	if (!d->error)
		g_main_loop_run(d->loop);
	if (d->o->page) {
		fputs("\033[?25h\033[?1049l", stdout);
		fflush(stdout);
	}
	for (guint i = 0; i < G_N_ELEMENTS(sources); i++)
		g_source_remove(sources[i]);
}

bool demo_run(const struct demo_options *options, struct demo_result *result, GError **error)
{
	struct demo d = {.o = options, .loop = g_main_loop_new(NULL, FALSE)};
	*result = (struct demo_result){.lag_p50_s = UNKNOWN, .lag_p99_s = UNKNOWN, .adaptive_from_s = UNKNOWN};
	if (!prepare(&d, error)) {
		finish(&d);
		return false;
	}
	play(&d);
	if (d.witness)
		keep_result(&d, result);
	if (d.act == ACT_OVER && !d.error)
		judge(&d, result);
	result->interrupted = d.interrupted;
	finish(&d);
	if (d.error)
		g_propagate_error(error, d.error);
	return d.error == NULL;
}

char *demo_routes(const char *configs, GError **error)
{
	g_autoptr(GDir) dir = g_dir_open(configs, 0, error);
	g_autofree char *found = NULL;
	const char *name;
	while (dir && (name = g_dir_read_name(dir))) {
		if (!g_str_has_suffix(name, ".rou.xml"))
			continue;
		if (found) {
			g_set_error(error, DEMO_ERROR, DEMO_ERROR_FILE, "%s holds more than one .rou.xml, must be one", configs);
			return NULL;
		}
		found = g_build_filename(configs, name, NULL);
	}
	if (dir && !found)
		g_set_error(error, DEMO_ERROR, DEMO_ERROR_FILE, "%s holds no .rou.xml", configs);
	return g_steal_pointer(&found);
}
