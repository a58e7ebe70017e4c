/* fence_test.c - behind the fence: what a worker needs goes, what it does not need does not. Each try in a process of its own. */
#include "daemon/fence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static char *folder, *inside, *outside;

static void on_child_end(int code)
{
	_exit(code); /* no leak check: this is half a process */
}

/* 0: it went; else errno. */
static int try_behind(int (*act)(void), uint64_t memory_bytes)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0) {
		const char *writable[] = {inside, NULL};
		struct fence f = {.writable = writable, .memory_bytes = memory_bytes, .threads = 4};
		g_autoptr(GError) error = NULL;
		if (!fence_up(&f, &error)) {
			g_printerr("%s\n", error->message);
			on_child_end(255);
		}
		on_child_end(act());
	}
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	g_assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int act_exec(void)
{
	char *const argv[] = {(char *) "/bin/true", NULL};
	execv(argv[0], argv);
	return errno;
}

static int open_for(const char *path, int flags)
{
	int fd = open(path, flags, 0600);
	return fd < 0 ? errno : 0;
}

static int act_write_outside(void) { g_autofree char *p = g_build_filename(outside, "x", NULL); return open_for(p, O_CREAT | O_WRONLY); }
static int act_write_inside(void) { g_autofree char *p = g_build_filename(inside, "x", NULL); return open_for(p, O_CREAT | O_WRONLY); }
static int act_read(void) { return open_for("/etc/passwd", O_RDONLY); }
static int act_device(void) { return open_for("/dev/null", O_RDWR); }
static int act_trace(void) { return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? errno : 0; }
static int act_rights(void) { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && prctl(PR_CAPBSET_READ, 0, 0, 0, 0) <= 0 ? 0 : 1; }
static int act_socket(void) { return socket(AF_INET, SOCK_DGRAM, 0) < 0 ? errno : 0; }

static gpointer nothing(gpointer user) { return user; }

static int act_thread(void)
{
	g_thread_join(g_thread_new("one", nothing, NULL));
	return 0;
}

static int act_memory(void)
{
	volatile char *bytes = malloc(512u << 20);
	if (bytes)
		bytes[0] = bytes[(512u << 20) - 1] = 1;
	return bytes ? 0 : ENOMEM;
}

static int act_over(void)
{
	struct fence f = {.memory_bytes = 64u << 20};
	uint64_t resident;
	bool before = fence_memory_over(&f, &resident);
	char *bytes = malloc(96u << 20);
	for (volatile char *at = bytes; at < bytes + (96u << 20); at += 1024)
		*at = 1;
	return !before && fence_memory_over(&f, &resident) ? 0 : 1;
}

static bool files_fenced(void)
{
	return try_behind(act_write_outside, 0) != 0;
}

static void test_needed(void)
{
	g_assert_cmpint(try_behind(act_read, 0), ==, 0);
	g_assert_cmpint(try_behind(act_device, 0), ==, 0);
	g_assert_cmpint(try_behind(act_write_inside, 0), ==, 0);
	g_assert_cmpint(try_behind(act_socket, 0), ==, 0);
	g_assert_cmpint(try_behind(act_thread, 128u << 20), ==, 0);
}

static void test_refused(void)
{
	int exec = try_behind(act_exec, 0);
	g_assert_true(exec == EPERM || exec == EACCES);
	g_assert_cmpint(try_behind(act_rights, 0), ==, 0);
	if (!FENCE_SANITIZED) {
		g_assert_cmpint(try_behind(act_trace, 0), ==, EPERM);
		g_assert_cmpint(try_behind(act_memory, 128u << 20), ==, ENOMEM);
		g_assert_cmpint(try_behind(act_memory, 1024u << 20), ==, 0);
		g_assert_cmpint(try_behind(act_over, 0), ==, 0);
	}
	if (files_fenced())
		g_assert_cmpint(try_behind(act_write_outside, 0), ==, EACCES);
	else
		g_test_message("this kernel has no Landlock: files are not fenced");
}

static void remove_all(const char *path)
{
	g_autofree char *file = g_build_filename(path, "x", NULL);
	unlink(file);
	rmdir(path);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	folder = g_dir_make_tmp("greenwave-fence-XXXXXX", NULL);
	inside = g_build_filename(folder, "inside", NULL);
	outside = g_build_filename(folder, "outside", NULL);
	g_assert_cmpint(g_mkdir_with_parents(inside, 0700) | g_mkdir_with_parents(outside, 0700), ==, 0);
	g_test_add_func("/fence/needed", test_needed);
	g_test_add_func("/fence/refused", test_refused);
	int failed = g_test_run();
	remove_all(inside);
	remove_all(outside);
	rmdir(folder);
	g_free(inside);
	g_free(outside);
	g_free(folder);
	return failed;
}
