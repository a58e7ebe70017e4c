/* workers.c - see workers.h. */
#include "daemon/workers.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define RESTART_FIRST_S 0.5
#define RESTART_LAST_S 30.0
#define STEADY_S 20.0 /* one that lived so long is started again without back-off */
#define SILENT_S 15.0 /* cameras may be lost for long, but a worker says so every second */
#define CHECK_S 1.0

G_DEFINE_QUARK(workers-error-quark, workers_error)

struct worker {
	struct workers *all;
	char *name;
	char **cameras; /* not owned: the configuration's */
	uint32_t n_cameras;
	GSubprocess *process; /* NULL: not running */
	int64_t started_us, heard_us; /* monotonic */
	double backoff_s;
	guint restart; /* the timer that starts it again; 0 none */
	bool died, silent;
};

struct workers {
	char *program, *config_path;
	workers_on_alert on_alert;
	void *user;
	struct worker *workers;
	uint32_t n;
	char **cameras; /* ids of all, in order; workers have slices of it */
	GHashTable *by_camera; /* id -> its worker */
	uint64_t restarts;
	guint check;
	bool stopping;
	GCancellable *cancel;
};

static bool start(struct worker *k, GError **error);

static gboolean on_restart(gpointer user)
{
	struct worker *k = user;
	g_autoptr(GError) error = NULL;

	k->restart = 0;
	k->all->restarts++;
	if (!start(k, &error)) {
		g_warning("%s: %s", k->name, error->message);
		k->restart = g_timeout_add((guint) (RESTART_LAST_S * 1000), on_restart, k);
	}
	return G_SOURCE_REMOVE;
}

static void on_ended(GObject *source, GAsyncResult *result, gpointer user)
{
	g_autoptr(GError) error = NULL;

	g_subprocess_wait_finish(G_SUBPROCESS(source), result, &error);
	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return; /* `user` is gone */
	struct worker *k = user;
	bool killed = g_subprocess_get_if_signaled(k->process);
	int code = killed ? g_subprocess_get_term_sig(k->process) : g_subprocess_get_exit_status(k->process);
	g_clear_object(&k->process);
	if (k->all->stopping)
		return;
	double lived_s = us_to_s(g_get_monotonic_time() - k->started_us);
	if (lived_s > STEADY_S)
		k->backoff_s = RESTART_FIRST_S;
	g_autofree char *why = g_strdup_printf("it ended after %.1f s with %s %d and is started again in %.1f s", lived_s,
		killed ? "signal" : "exit code", code, k->backoff_s);
	k->all->on_alert(k->all->user, "worker-died", k->name, true, why);
	k->died = true;
	k->restart = g_timeout_add((guint) (k->backoff_s * 1000), on_restart, k);
	k->backoff_s = fmin(2 * k->backoff_s, RESTART_LAST_S);
}

/* Between fork and exec: it must not outlive its parent, nor get the terminal's Ctrl-C before the parent has decided. */
static void in_child(gpointer user)
{
	(void) user;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static bool start(struct worker *k, GError **error)
{
	g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
	g_autoptr(GPtrArray) arguments = g_ptr_array_new();

	g_ptr_array_add(arguments, k->all->program);
	g_ptr_array_add(arguments, (char *) "--config");
	g_ptr_array_add(arguments, k->all->config_path);
	g_ptr_array_add(arguments, (char *) "--name");
	g_ptr_array_add(arguments, k->name);
	for (uint32_t i = 0; i < k->n_cameras; i++) {
		g_ptr_array_add(arguments, (char *) "--camera");
		g_ptr_array_add(arguments, k->cameras[i]);
	}
	g_ptr_array_add(arguments, NULL);
	g_subprocess_launcher_set_child_setup(launcher, in_child, NULL, NULL);
	k->process = g_subprocess_launcher_spawnv(launcher, (const char *const *) arguments->pdata, error);
	if (k->process == NULL)
		return false;
	k->started_us = k->heard_us = g_get_monotonic_time();
	g_subprocess_wait_async(k->process, k->all->cancel, on_ended, k);
	return true;
}

/* One that says nothing hangs: it is ended the hard way, and then it is as if it had died. */
static gboolean on_check(gpointer user)
{
	struct workers *w = user;
	int64_t now_us = g_get_monotonic_time();

	for (uint32_t i = 0; i < w->n; i++) {
		struct worker *k = &w->workers[i];
		if (k->process == NULL || us_to_s(now_us - k->heard_us) <= SILENT_S)
			continue;
		if (!k->silent)
			w->on_alert(w->user, "worker-silent", k->name, true, "it says nothing any more and is started again");
		k->silent = true;
		g_subprocess_force_exit(k->process);
	}
	return G_SOURCE_CONTINUE;
}

struct workers *workers_new(const char *program, const struct config *config, workers_on_alert on_alert, void *user, GError **error)
{
	owned(workers) w = g_new0(struct workers, 1);
	uint32_t each = MAX(config->cameras_per_worker, 1);

	w->program = g_find_program_in_path(program);
	if (w->program == NULL) {
		g_set_error(error, WORKERS_ERROR, WORKERS_ERROR_PROGRAM, "%s: the camera worker is not there or cannot be run", program);
		return NULL;
	}
	w->config_path = g_strdup(config->path);
	w->on_alert = on_alert;
	w->user = user;
	w->cancel = g_cancellable_new();
	w->n = (config->n_cameras + each - 1) / each;
	w->workers = g_new0(struct worker, w->n + 1);
	w->cameras = g_new0(char *, config->n_cameras + 1);
	w->by_camera = g_hash_table_new(g_str_hash, g_str_equal);
	for (uint32_t i = 0; i < config->n_cameras; i++)
		w->cameras[i] = g_strdup(config->cameras[i].id);
	for (uint32_t i = 0; i < w->n; i++) {
		struct worker *k = &w->workers[i];
		*k = (struct worker){.all = w, .name = g_strdup_printf("vision-%u", i), .cameras = w->cameras + i * each,
			.n_cameras = MIN(each, config->n_cameras - i * each), .backoff_s = RESTART_FIRST_S};
		for (uint32_t c = 0; c < k->n_cameras; c++)
			g_hash_table_insert(w->by_camera, k->cameras[c], k);
		if (!start(k, error))
			return NULL;
	}
	w->check = g_timeout_add((guint) (CHECK_S * 1000), on_check, w);
	return give(w);
}

void workers_free(struct workers *w)
{
	if (w == NULL)
		return;
	if (w->check != 0)
		g_source_remove(w->check);
	if (w->cancel != NULL)
		g_cancellable_cancel(w->cancel);
	g_clear_object(&w->cancel);
	for (uint32_t i = 0; i < w->n && w->workers != NULL; i++) {
		struct worker *k = &w->workers[i];
		if (k->restart != 0)
			g_source_remove(k->restart);
		if (k->process != NULL)
			g_subprocess_force_exit(k->process);
		g_clear_object(&k->process);
		g_free(k->name);
	}
	g_free(w->workers);
	if (w->by_camera != NULL)
		g_hash_table_unref(w->by_camera);
	g_strfreev(w->cameras);
	g_free(w->program);
	g_free(w->config_path);
	g_free(w);
}

static void heard(struct worker *k)
{
	k->heard_us = g_get_monotonic_time();
	if (k->died)
		k->all->on_alert(k->all->user, "worker-died", k->name, false, "it runs again");
	if (k->silent)
		k->all->on_alert(k->all->user, "worker-silent", k->name, false, "it speaks again");
	k->died = k->silent = false;
}

bool workers_heard_camera(struct workers *w, const char *camera)
{
	struct worker *k = g_hash_table_lookup(w->by_camera, camera);

	if (k != NULL)
		heard(k);
	return k != NULL;
}

bool workers_heard(struct workers *w, const char *worker)
{
	for (uint32_t i = 0; i < w->n; i++)
		if (g_str_equal(w->workers[i].name, worker)) {
			heard(&w->workers[i]);
			return true;
		}
	return false;
}

void workers_stop(struct workers *w)
{
	w->stopping = true;
	for (uint32_t i = 0; i < w->n; i++) {
		struct worker *k = &w->workers[i];
		if (k->restart != 0)
			g_source_remove(k->restart);
		k->restart = 0;
		if (k->process != NULL)
			g_subprocess_send_signal(k->process, SIGTERM);
	}
}

uint32_t workers_running(const struct workers *w)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < w->n; i++)
		n += w->workers[i].process != NULL;
	return n;
}

uint32_t workers_n(const struct workers *w)
{
	return w->n;
}

uint64_t workers_restarts(const struct workers *w)
{
	return w->restarts;
}

char *workers_signature(const struct config *config)
{
	GString *s = g_string_new(NULL);

	g_string_append_printf(s, "%s\n%s\n%s\n%g %u %u\n", config->path, config->network, config->feed.estimates, config->analyse_fps,
		config->cameras_per_worker, config->camera_memory_mib);
	for (uint32_t i = 0; i < config->n_cameras; i++) {
		const struct config_camera *c = &config->cameras[i];
		g_string_append_printf(s, "%s %s %s %s %g %u %u %g\n", c->id, c->uri, c->transport, c->decode, c->sequence_fps, c->width_px, c->height_px,
			c->range_m);
		for (char **lane = c->lanes; *lane != NULL; lane++)
			g_string_append_printf(s, " %s", *lane);
		for (uint32_t p = 0; p < c->n_points; p++)
			g_string_append_printf(s, " %.17g,%.17g,%.17g,%.17g", c->points[p].x_px, c->points[p].y_px, c->points[p].ground.x_m,
				c->points[p].ground.y_m);
	}
	/* Addresses hold passwords: what is kept is a digest. */
	char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, s->str, (gssize) s->len);
	memset(s->str, 0, s->len);
	g_string_free(s, TRUE);
	return digest;
}
