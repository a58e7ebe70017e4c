/* spawn.h - the programs that a test runs: a test that fails takes them with it. */
#pragma once

#include <gio/gio.h>
#include <signal.h>
#include <sys/prctl.h>

static void spawn_in_child(gpointer user)
{
	(void) user;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
}

/* argv[0] is a path. Fails the test where it does not start. */
static GSubprocess *spawn(const char *const *argv, GSubprocessFlags flags)
{
	g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(flags);
	g_autoptr(GError) error = NULL;

	g_subprocess_launcher_set_child_setup(launcher, spawn_in_child, NULL, NULL);
	GSubprocess *p = g_subprocess_launcher_spawnv(launcher, argv, &error);
	g_assert_no_error(error);
	return p;
}
