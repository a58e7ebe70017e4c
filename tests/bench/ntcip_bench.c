/* ntcip_bench.c - one process and many NTCIP units: what it costs to poll each of them each second and to replan each of them each minute.
 *
 *     ntcip_bench FARM [UNITS [SECONDS [DEAD_PERCENT]]]     FARM: the program tests/daemon/ntcip/asc_farm; started from the source tree
 *
 * The units are the farm's cabinets on loopback ports; the dead ones are ports where nobody is. Prints the process's CPU time per second,
 * the ages of statuses, and what the cabinets counted. The farm's own CPU time is not in it.
 */
#include <gio/gio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "daemon/controller_options.h"
#include "daemon/controllers.h"
#include "tests/daemon/ntcip_scene.h"

#define FIRST_PORT 30000
#define WARM_S 40

struct unit {
	struct bench *bench;
	struct controller *controller;
	int64_t status_us;
	uint32_t row, written_row;
	bool dead, up;
};

struct bench {
	struct unit *units;
	uint32_t n, n_up;
	bool measuring;
	uint64_t statuses, writes, bad_writes, selects, bad_selects;
	int64_t begun_us;
	uint64_t *ages; /* 10 ms each */
	uint64_t n_ages;
	uint32_t second;
	GMainLoop *loop;
	double cpu_s;
	uint32_t seconds;
};

static double cpu_s(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double) (r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double) (r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1e-6;
}

static void on_up(void *user, const struct controller_identity *who)
{
	struct unit *u = user;

	(void) who;
	u->up = true;
	u->bench->n_up++;
}

static void on_down(void *user, const char *why)
{
	struct unit *u = user;

	if (u->up)
		fprintf(stderr, "a unit is lost: %s\n", why);
	u->bench->n_up -= u->up;
	u->up = false;
}

static void on_status(void *user, const struct controller_status *status, uint32_t n)
{
	struct unit *u = user;

	(void) status;
	(void) n;
	u->status_us = g_get_monotonic_time();
	u->bench->statuses++;
}

static void on_text(void *user, const char *why)
{
	(void) user;
	fprintf(stderr, "refused: %s\n", why);
}

static void on_timing(void *user, const struct controller_timing *timing)
{
	(void) user;
	(void) timing;
}

static void on_reply(void *user, const struct controller_reply *reply)
{
	struct unit *u = user;

	if (reply->told == CONTROLLER_TOLD_WRITE && reply->ok) {
		u->bench->writes++;
		u->written_row = reply->row;
		controller_ntcip.select(u->controller, 0, reply->row);
	} else if (reply->told == CONTROLLER_TOLD_WRITE) {
		u->bench->bad_writes++;
		fprintf(stderr, "write: %s\n", reply->why);
	} else if (reply->told == CONTROLLER_TOLD_SELECT) {
		u->bench->selects += reply->ok;
		u->bench->bad_selects += !reply->ok;
	}
}

static void on_alert(void *user, const char *kind, bool active, const char *sentence)
{
	(void) user;
	fprintf(stderr, "%s %s: %s\n", kind, active ? "begins" : "is over", sentence);
}

static const struct controller_events events = {
	.up = on_up, .down = on_down, .status = on_status, .refused = on_text, .timing = on_timing, .reply = on_reply, .alert = on_alert};

static void replan(struct unit *u, uint32_t second)
{
	struct controller_split splits[8];

	u->row = u->row == 40 ? 41 : 40;
	struct controller_pattern p = ntcip_scene_pattern(splits, u->row, 90 + second / 60 % 3 * 6, second % 90);
	controller_ntcip.write(u->controller, &p);
}

static void look_at_ages(struct bench *b)
{
	int64_t now_us = g_get_monotonic_time();

	for (uint32_t i = 0; i < b->n; i++) {
		if (b->units[i].dead)
			continue;
		b->ages[MIN((now_us - b->units[i].status_us) / 10000, 999)]++;
		b->n_ages++;
	}
}

static gboolean on_second(gpointer user)
{
	struct bench *b = user;

	if (b->second == WARM_S) {
		b->cpu_s = cpu_s();
		b->begun_us = g_get_monotonic_time();
		b->measuring = true;
		b->statuses = 0;
	}
	if (b->second++ == WARM_S + b->seconds) {
		b->cpu_s = cpu_s() - b->cpu_s;
		g_main_loop_quit(b->loop);
		return G_SOURCE_REMOVE;
	}
	for (uint32_t i = 0; i < b->n; i++) {
		if (b->units[i].up && i % 60 == b->second % 60)
			replan(&b->units[i], b->second);
		controller_ntcip.poll(b->units[i].controller);
	}
	return G_SOURCE_CONTINUE;
}

static gboolean on_tenth(gpointer user)
{
	struct bench *b = user;

	if (b->measuring)
		look_at_ages(b);
	return G_SOURCE_CONTINUE;
}

static double age_s(const struct bench *b, double part)
{
	uint64_t sum = 0;

	for (int i = 0; i < 1000; i++)
		if ((sum += b->ages[i]) >= part * (double) b->n_ages)
			return (i + 1) * 0.01;
	return INFINITY;
}

static void open_units(struct bench *b, struct cabinet_scene *scene, uint32_t dead)
{
	const char *words[] = {"version", "2c", NULL};
	g_autoptr(GError) error = NULL;
	owned(controller_options) options = controller_options_new(&controller_ntcip, words, &error);
	g_assert_no_error(error);
	for (uint32_t i = 0; i < b->n; i++) {
		struct unit *u = &b->units[i];
		u->bench = b;
		u->dead = i >= b->n - dead;
		g_autofree char *address = g_strdup_printf("127.0.0.1:%u", FIRST_PORT + i);
		const struct junction *junction = scene->junction;
		const struct cabinet_map *map = scene->map;
		struct controller_setup setup = {.net = scene->net,
			.address = address,
			.signals = (uint32_t[]){0},
			.n_signals = 1,
			.events = &events,
			.user = u,
			.junctions = &junction,
			.maps = &map,
			.options = options};
		u->controller = controller_ntcip.open(&setup, &error);
		g_assert_no_error(error);
	}
}

static void print_farm(GSubprocess *farm)
{
	g_autoptr(GDataInputStream) out = g_data_input_stream_new(g_subprocess_get_stdout_pipe(farm));
	uint64_t street = 0, safety = 0, running = 0, bad = 0;

	g_output_stream_write_all(g_subprocess_get_stdin_pipe(farm), "\n", 1, NULL, NULL, NULL);
	for (;;) {
		unsigned long long s, f, r, p;
		g_autofree char *line = g_data_input_stream_read_line(out, NULL, NULL, NULL);
		if (line == NULL || strcmp(line, "end") == 0)
			break;
		if (sscanf(line, "%*d pattern %*u called %*u backup %*d street %llu safety %llu running %llu bad %llu", &s, &f, &r, &p) == 4) {
			street += s;
			safety += f;
			running += r;
			bad += p;
		}
	}
	printf("counted by the cabinets: street %" G_GUINT64_FORMAT ", safety values written %" G_GUINT64_FORMAT
		   ", running rows edited %" G_GUINT64_FORMAT ", bad plans called %" G_GUINT64_FORMAT "\n",
		street, safety, running, bad);
}

int main(int argc, char **argv)
{
	g_autofree char *here = g_get_current_dir();

	g_setenv("G_TEST_SRCDIR", here, false); /* started from the source tree: the junction is in configs/ */
	g_test_init(&argc, &argv, NULL);
	if (argc < 2) {
		fprintf(stderr, "ntcip_bench FARM [UNITS [SECONDS [DEAD_PERCENT]]]\n");
		return 2;
	}
	struct bench b = {.n = argc > 2 ? (uint32_t) atoi(argv[2]) : 1300, .seconds = argc > 3 ? (uint32_t) atoi(argv[3]) : 120};
	uint32_t dead = b.n * (argc > 4 ? (uint32_t) atoi(argv[4]) : 5) / 100;
	g_autofree char *port = g_strdup_printf("%d", FIRST_PORT), *live = g_strdup_printf("%u", b.n - dead);
	g_autoptr(GError) error = NULL;
	g_autoptr(GSubprocess) farm =
		g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, argv[1], port, live, NULL);
	g_assert_no_error(error);
	char ready[6];
	g_input_stream_read_all(g_subprocess_get_stdout_pipe(farm), ready, 6, NULL, NULL, NULL);
	struct cabinet_scene scene;
	cabinet_scene_begin(&scene);
	b.units = g_new0(struct unit, b.n);
	b.ages = g_new0(uint64_t, 1000);
	open_units(&b, &scene, dead);
	b.loop = g_main_loop_new(NULL, false);
	g_timeout_add(1000, on_second, &b);
	g_timeout_add(100, on_tenth, &b);
	g_main_loop_run(b.loop);
	double real_s = (double) (g_get_monotonic_time() - b.begun_us) * 1e-6;
	printf("%u units, %u of them dead, %u up; %.0f s: %.1f statuses/s, %.1f patterns/s written (%" G_GUINT64_FORMAT
		   " refused), %.1f/s selected (%" G_GUINT64_FORMAT " refused)\n",
		b.n, dead, b.n_up, real_s, (double) b.statuses / real_s, (double) b.writes / (real_s + WARM_S), b.bad_writes,
		(double) b.selects / (real_s + WARM_S), b.bad_selects);
	printf("CPU %.1f %% of one core; status age: median %.2f s, p99 %.2f s, most %.2f s\n", 100 * b.cpu_s / real_s, age_s(&b, 0.5),
		age_s(&b, 0.99), age_s(&b, 1));
	print_farm(farm);
	for (uint32_t i = 0; i < b.n; i++)
		controller_ntcip.close(b.units[i].controller);
	g_output_stream_close(g_subprocess_get_stdin_pipe(farm), NULL, NULL);
	g_subprocess_wait(farm, NULL, NULL);
	return 0;
}
