/* child.c - one program that we started. */
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/units.h"
#include "daemon/child.h"

struct child {
	GSubprocess *process;
	GCancellable *cancel;
	char *name, *log;
	child_on_end on_end;
	void *user;
	guint patience;
	bool ended;
};

static void in_child(gpointer user)
{
	(void) user;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static void on_wait(GObject *source, GAsyncResult *result, gpointer user)
{
	if (!g_subprocess_wait_finish(G_SUBPROCESS(source), result, NULL))
		return; /* child_free: the child is gone by now */
	struct child *c = user;
	c->ended = true;
	if (c->patience)
		g_source_remove(c->patience);
	c->patience = 0;
	if (c->on_end)
		c->on_end(c->user, c);
}

struct child *child_start(const char *const *argv, const char *out, const char *log, child_on_end on_end, void *user, GError **error)
{
	g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
	g_unlink(out); /* GLib writes over the old text and leaves its end */
	g_unlink(log);
	g_subprocess_launcher_set_stdout_file_path(launcher, out);
	g_subprocess_launcher_set_stderr_file_path(launcher, log);
	g_subprocess_launcher_set_child_setup(launcher, in_child, NULL, NULL);
	g_autoptr(GSubprocess) process = g_subprocess_launcher_spawnv(launcher, argv, error);
	if (!process)
		return NULL;
	struct child *c = g_new0(struct child, 1);
	c->process = g_steal_pointer(&process);
	c->cancel = g_cancellable_new();
	c->name = g_path_get_basename(argv[0]);
	c->log = g_strdup(log);
	c->on_end = on_end;
	c->user = user;
	g_subprocess_wait_async(c->process, c->cancel, on_wait, c);
	return c;
}

void child_free(struct child *c)
{
	if (!c)
		return;
	g_cancellable_cancel(c->cancel);
	if (!c->ended)
		g_subprocess_force_exit(c->process);
	g_subprocess_wait(c->process, NULL, NULL);
	if (c->patience)
		g_source_remove(c->patience);
	g_object_unref(c->process);
	g_object_unref(c->cancel);
	g_free(c->name);
	g_free(c->log);
	g_free(c);
}

static gboolean on_patience(gpointer user)
{
	struct child *c = user;
	c->patience = 0;
	g_subprocess_force_exit(c->process);
	return G_SOURCE_REMOVE;
}

void child_stop(struct child *c)
{
	if (!c || c->ended || c->patience)
		return;
	g_subprocess_send_signal(c->process, SIGTERM);
	c->patience = g_timeout_add_seconds(CHILD_PATIENCE_S, on_patience, c);
}

bool child_running(const struct child *c)
{
	return c && !c->ended;
}

bool child_good(const struct child *c)
{
	return c && c->ended && g_subprocess_get_if_exited(c->process) && g_subprocess_get_exit_status(c->process) == 0;
}

const char *child_name(const struct child *c)
{
	return c->name;
}

char *child_end(const struct child *c)
{
	if (!c->ended)
		return g_strdup("is running");
	if (g_subprocess_get_if_exited(c->process))
		return g_strdup_printf("ended with code %d", g_subprocess_get_exit_status(c->process));
	return g_strdup_printf("was killed by signal %d (%s)", g_subprocess_get_term_sig(c->process),
		strsignal(g_subprocess_get_term_sig(c->process)));
}

char *child_log(const struct child *c)
{
	char *text = NULL;
	return g_file_get_contents(c->log, &text, NULL, NULL) ? text : g_strdup("");
}

char *child_last_lines(const struct child *c, guint n)
{
	g_autofree char *text = child_log(c);
	const char *from = g_strchomp(text) + strlen(text);
	while (from > text && !(from[-1] == '\n' && --n == 0))
		from--;
	return g_strdup(from);
}

double child_cpu_s(const struct child *c)
{
	const char *pid = c && !c->ended ? g_subprocess_get_identifier(c->process) : NULL;
	g_autofree char *path = g_strdup_printf("/proc/%s/stat", pid ? pid : "none"), *text = NULL;
	unsigned long ticks[4];
	const char *after = pid && g_file_get_contents(path, &text, NULL, NULL) ? strrchr(text, ')') : NULL;
	if (!after || sscanf(after, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %lu %lu", &ticks[0], &ticks[1], &ticks[2],
		&ticks[3]) != 4)
		return UNKNOWN;
	return (double) (ticks[0] + ticks[1] + ticks[2] + ticks[3]) / (double) sysconf(_SC_CLK_TCK);
}
