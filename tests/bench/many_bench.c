/* many_bench.c - 64 cameras in one process: how old their pictures are when they have been looked at, what memory does, what it costs.
 *
 *     many_bench [--seconds=3600] [--cameras=64] [--stall=S] [--bare] NETWORK   (configs/junction/junction.net.xml)
 *
 * A second process serves eight painted streets as H.264 over RTSP, 640 x 360, 10 pictures a second, each to an eighth of the cameras. Every
 * minute a line, at the end the verdict: 99 of 100 pictures are to be younger than 500 ms, and resident memory is not to grow after the first
 * minute. The cameras run behind the fence of a worker, which also says how memory is given out and gives back what it no longer needs;
 * --bare: without it. --stall: each half minute that process is stopped for so many seconds, as a machine that has no time for it does.
 */
#include <gst/gst.h>
#include <malloc.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/fence.h"
#include "daemon/stream_server.h"
#include "tests/vision/painted.h"
#include "vision/camera.h"

#define STREETS 8
#define FPS 10
#define FILM 300 /* pictures, then again from the beginning */
#define CAMERAS_MAX 256
#define SETTLE_S 60

/* ---- the streets ---- */

struct film {
	uint8_t *pictures;
	size_t bytes, luma;
};

static bool on_paint(void *user, uint32_t which, int64_t t_us, uint8_t *y, uint8_t *u, uint8_t *v)
{
	const struct film *f = user;
	uint64_t k = ((uint64_t) t_us / (G_USEC_PER_SEC / FPS) + which * (FILM / STREETS)) % FILM;
	const uint8_t *from = f->pictures + k * f->bytes;
	memcpy(y, from, f->luma);
	memcpy(u, from + f->luma, f->luma / 4);
	memcpy(v, from + f->luma + f->luma / 4, f->luma / 4);
	return true;
}

static double stall_s;

static gboolean on_stall(gpointer none);

static gboolean on_first_stall(gpointer none)
{
	on_stall(none);
	g_timeout_add_seconds(30, on_stall, none);
	return G_SOURCE_REMOVE;
}

static gboolean on_resume(gpointer none)
{
	(void) none;
	kill(getppid(), SIGCONT);
	return G_SOURCE_REMOVE;
}

/* Between two lines. */
static gboolean on_stall(gpointer none)
{
	(void) none;
	kill(getppid(), SIGSTOP);
	g_timeout_add((guint) (1000 * stall_s), on_resume, NULL);
	return G_SOURCE_CONTINUE;
}

static int serve(const char *net_file, int tell)
{
	g_autoptr(GError) error = NULL;
	static const char *const ids[STREETS] = {"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"};
	struct stream_options options[STREETS];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	gst_init(NULL, NULL);
	owned(painted) street = painted_new(net_file, 900, 0.1, 0, 3, &error);
	struct film f = {.luma = 640 * 360, .bytes = 640 * 360 * 3 / 2};
	f.pictures = g_malloc(FILM * f.bytes);
	for (uint32_t k = 0; k < FILM; k++) {
		painted_step(street, 1.0 / FPS);
		memcpy(f.pictures + k * f.bytes, street->y, f.bytes);
	}
	for (uint32_t k = 0; k < STREETS; k++)
		options[k] = (struct stream_options){ids[k], 640, 360};
	struct stream_server *s = stream_server_new(0, options, STREETS, FPS, on_paint, &f, &error);
	uint32_t port = stream_server_port(s);
	if (write(tell, &port, sizeof port) != sizeof port)
		return 1;
	if (stall_s > 0)
		g_timeout_add_seconds(12, on_first_stall, NULL);
	g_main_loop_run(g_main_loop_new(NULL, FALSE));
	return 0;
}

/* ---- the cameras ---- */

struct bench {
	GMainLoop *loop;
	struct camera *cameras[CAMERAS_MAX];
	uint32_t n;
	bool bare;
	uint64_t estimates;
	double begun_s, until_s, settled_mib, cpu_before_s, told_s;
	uint64_t before[CAMERA_AGES], settled[CAMERA_AGES]; /* at the last line; after the beginning, which is no part of the verdict */
};

static void on_estimates(void *user, const struct estimate *e, uint32_t n)
{
	(void) e;
	((struct bench *) user)->estimates += n;
}

static double mono_s(void)
{
	return g_get_monotonic_time() / 1e6;
}

static double cpu_s(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double) (u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-6 * (double) (u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static double resident_mib(void)
{
	g_autofree char *text = NULL;
	unsigned long pages = 0;
	if (g_file_get_contents("/proc/self/statm", &text, NULL, NULL))
		sscanf(text, "%*u %lu", &pages);
	return (double) pages * (double) sysconf(_SC_PAGESIZE) / 1048576;
}

static void sum_ages(const struct bench *b, uint64_t all[CAMERA_AGES])
{
	memset(all, 0, CAMERA_AGES * sizeof *all);
	for (uint32_t k = 0; k < b->n; k++) {
		uint32_t ages[CAMERA_AGES];
		camera_ages(b->cameras[k], ages);
		for (uint32_t i = 0; i < CAMERA_AGES; i++)
			all[i] += ages[i];
	}
}

static double quantile_s(const uint64_t ages[CAMERA_AGES], double share)
{
	uint64_t n = 0, below = 0;
	uint32_t i = 0;
	for (uint32_t k = 0; k < CAMERA_AGES; k++)
		n += ages[k];
	while (i < CAMERA_AGES - 1 && (double) (below + ages[i]) < share * (double) n)
		below += ages[i++];
	return (i + 1) * CAMERA_AGE_STEP_S;
}

static uint32_t good(const struct bench *b)
{
	uint32_t n = 0;
	for (uint32_t k = 0; k < b->n; k++)
		n += camera_health(b->cameras[k]).state == CAMERA_OK;
	return n;
}

static gboolean on_minute(gpointer user)
{
	struct bench *b = user;
	uint64_t all[CAMERA_AGES], lately[CAMERA_AGES], n = 0;
	if (!b->bare)
		fence_give_back(); /* as the worker does each minute */
	double now_s = mono_s(), used_s = cpu_s(), mib = resident_mib();
	struct mallinfo2 heap = mallinfo2();
	sum_ages(b, all);
	for (uint32_t i = 0; i < CAMERA_AGES; i++) {
		lately[i] = all[i] - b->before[i];
		n += lately[i];
	}
	printf("%5.0f s: %u of %u cameras good, %.1f pictures a second each, age p50 %.0f ms, p99 %.0f ms, p99.9 %.0f ms; CPU %.2f of one core; %.1f MiB (blocks %.1f, free between them %.1f)\n",
		now_s - b->begun_s, good(b), b->n, (double) n / b->n / (now_s - b->told_s), 1e3 * quantile_s(lately, 0.5), 1e3 * quantile_s(lately, 0.99),
		1e3 * quantile_s(lately, 0.999), (used_s - b->cpu_before_s) / (now_s - b->told_s), mib,
		(double) (heap.uordblks + heap.hblkhd) / 1048576, (double) heap.fordblks / 1048576);
	for (uint32_t k = 0; k < b->n; k++) {
		struct camera_health h = camera_health(b->cameras[k]);
		if (h.state != CAMERA_OK)
			printf("    camera %u (street %u): %s, %s\n", k, k % STREETS, camera_state_name(h.state), h.why);
	}
	fflush(stdout);
	memcpy(b->before, all, sizeof all);
	if (isnan(b->settled_mib) && now_s - b->begun_s >= SETTLE_S) {
		b->settled_mib = mib;
		memcpy(b->settled, all, sizeof all);
	}
	b->cpu_before_s = used_s;
	b->told_s = now_s;
	if (now_s >= b->until_s)
		g_main_loop_quit(b->loop);
	return G_SOURCE_CONTINUE;
}

static int look(struct bench *b, const char *net_file, uint32_t port, uint32_t seconds)
{
	g_autoptr(GError) error = NULL;
	owned(painted) street = painted_new(net_file, 900, 0.1, 0, 3, &error);
	owned(view) v = painted_view(street, &error);
	b->loop = g_main_loop_new(NULL, FALSE);
	b->begun_s = b->told_s = mono_s();
	b->until_s = b->begun_s + seconds;
	b->settled_mib = NAN;
	for (uint32_t k = 0; k < b->n; k++) {
		g_autofree char *uri = g_strdup_printf("rtsp://127.0.0.1:%u/s%u", port, k % STREETS);
		struct camera_options options = {.uri = uri, .analyse_fps = 10, .period_s = 1};
		b->cameras[k] = camera_new(v, &options, on_estimates, NULL, b, &error);
	}
	g_timeout_add_seconds(seconds < 600 ? 30 : 60, on_minute, b);
	g_main_loop_run(b->loop);
	uint64_t all[CAMERA_AGES];
	sum_ages(b, all);
	for (uint32_t i = 0; i < CAMERA_AGES; i++)
		all[i] -= b->settled[i];
	printf("verdict: p99 %.0f ms (at most 500), memory %.1f MiB after the first minute, %.1f MiB at the end; %" G_GUINT64_FORMAT " estimates\n",
		1e3 * quantile_s(all, 0.99), b->settled_mib, resident_mib(), b->estimates);
	for (uint32_t k = 0; k < b->n; k++)
		camera_free(b->cameras[k]);
	return quantile_s(all, 0.99) <= 0.5 ? 0 : 1;
}

int main(int argc, char **argv)
{
	gint seconds = 3600, cameras = 64;
	gboolean bare = FALSE;
	const GOptionEntry entries[] = {
		{"seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "how long", "S"},
		{"cameras", 0, 0, G_OPTION_ARG_INT, &cameras, "how many", "N"},
		{"stall", 0, 0, G_OPTION_ARG_DOUBLE, &stall_s, "stop it for so long each half minute", "S"},
		{"bare", 0, 0, G_OPTION_ARG_NONE, &bare, "without the fence of a worker", NULL},
		{0},
	};
	g_autoptr(GOptionContext) context = g_option_context_new("NETWORK");
	g_autoptr(GError) error = NULL;
	int pipes[2];
	uint32_t port = 0;
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 2 || cameras < 1 || cameras > CAMERAS_MAX || pipe(pipes) != 0) {
		fprintf(stderr, "many_bench: %s\n", error ? error->message : "it needs the network, see --help");
		return 1;
	}
	pid_t server = fork();
	if (server == 0)
		_exit(serve(argv[1], pipes[1]));
	if (read(pipes[0], &port, sizeof port) != sizeof port)
		return 1;
	g_setenv("GSETTINGS_BACKEND", "memory", FALSE); /* no files behind the fence */
	gst_init(NULL, NULL);
	if (!bare && !fence_up(&(struct fence){.threads = (uint32_t) cameras * 8 + 16}, &error)) {
		fprintf(stderr, "many_bench: %s\n", error->message);
		return 1;
	}
	static struct bench b;
	b.n = (uint32_t) cameras;
	b.bare = bare;
	int code = look(&b, argv[1], port, (uint32_t) seconds);
	kill(server, SIGKILL);
	return code;
}
