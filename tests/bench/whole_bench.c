/* whole_bench.c - one greenwaved and a whole city: what it costs to drive 1,300 NTCIP cabinets, and where its time goes.
 *
 *     whole_bench GREENWAVED ASC_FARM [--units 1300] [--seconds 120] [--dead 5] [--holds 0] ...
 *
 * The city is copies of configs/district (started from the source tree, or --district); its cabinets are the test cabinets of ASC_FARM
 * on loopback ports, the dead ones ports that nobody answers at; what its cameras would see is made up here and handed in each second
 * (whole_street.h). Whatever is printed of the daemon comes from outside, /proc and the feed; how its processor time is shared out
 * comes from its own health message. This program also stands in for the camera workers that the daemon starts: it then only waits.
 */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/netfile.h"
#include "daemon/wire.h"
#include "tests/bench/whole_street.h"
#include "tests/bench/whole_town.h"

#define FIRST_PORT 30000
#define SLICES 10 /* a second's estimates are handed in over so many tenths of it */
#define LIMIT_S 300

struct bench {
	struct whole_town town;
	struct config *config;
	struct network *net;
	struct whole_street *street;
	struct bus_socket *feed, *out;
	GMainLoop *loop;
	GSubprocess *daemon;
	uint32_t live, slice;
	int64_t begun_us, spoke_us, up_us, from_us, to_us; /* monotonic; 0 not yet */
	int seconds, warm_s;
	GHashTable *seqs; /* topic -> the last seq */
	uint64_t messages, bytes, lost, healths;
	double memory_mb, sums[8], ages_max_s[3];
	uint64_t cpu_from;
	double cpu_s;
};

static const char *const shares[] = {"cpu_controllers_frac", "cpu_optimizer_frac", "cpu_estimates_frac", "cpu_feed_frac", "cpu_frac"};
static const char *const ages[] = {"status_age_p50_s", "status_age_p99_s", "status_age_max_s"};

/* Ticks of its processor time so far. */
static uint64_t ticks_of(const struct bench *b)
{
	g_autofree char *path = g_strdup_printf("/proc/%s/stat", g_subprocess_get_identifier(b->daemon)), *text = NULL;
	unsigned long user = 0, kernel = 0;

	if (!g_file_get_contents(path, &text, NULL, NULL) ||
		sscanf(strrchr(text, ')') + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) != 2)
		return 0;
	return user + kernel;
}

static double number_of(const struct wire_health *h, const char *name)
{
	for (uint32_t i = 0; i < h->n_numbers; i++)
		if (strcmp(h->numbers[i].name, name) == 0)
			return h->numbers[i].value;
	return NAN;
}

static void begin(struct bench *b, int64_t now_us)
{
	b->from_us = now_us;
	b->cpu_from = ticks_of(b);
	b->messages = b->bytes = b->lost = b->healths = 0;
	memset(b->sums, 0, sizeof b->sums);
}

static void on_health(struct bench *b, const char *body, size_t length)
{
	owned(wire_health) h = wire_health_read(body, length, NULL);
	int64_t now_us = g_get_monotonic_time();

	if (h == NULL)
		return;
	if (b->spoke_us == 0)
		b->spoke_us = now_us;
	if (b->up_us == 0 && number_of(h, "controllers_up") >= b->live)
		b->up_us = now_us;
	if (b->from_us == 0 && b->up_us != 0 && now_us - b->up_us > b->warm_s * G_USEC_PER_SEC)
		begin(b, now_us);
	if (b->from_us == 0)
		return;
	b->healths++;
	b->memory_mb = h->memory_mb;
	for (size_t i = 0; i < G_N_ELEMENTS(shares); i++)
		b->sums[i] += i + 1 < G_N_ELEMENTS(shares) ? number_of(h, shares[i]) : h->cpu_frac;
	for (size_t i = 0; i < G_N_ELEMENTS(ages); i++)
		b->ages_max_s[i] = fmax(b->ages_max_s[i], number_of(h, ages[i]));
	if (now_us - b->from_us > b->seconds * G_USEC_PER_SEC) {
		b->to_us = now_us;
		b->cpu_s = (double) (ticks_of(b) - b->cpu_from) / (double) sysconf(_SC_CLK_TCK) / ((double) (now_us - b->from_us) * 1e-6);
		g_main_loop_quit(b->loop);
	}
}

static void count_lost(struct bench *b, const char *topic, const char *body)
{
	const char *at = strstr(body, "\"seq\":");
	gint64 seq = at != NULL ? g_ascii_strtoll(at + strlen("\"seq\":"), NULL, 10) : 0;
	gint64 *last = g_hash_table_lookup(b->seqs, topic);

	if (last == NULL) {
		g_hash_table_insert(b->seqs, g_strdup(topic), last = g_new(gint64, 1));
		*last = seq;
		return;
	}
	b->lost += seq > *last + 1 ? (uint64_t) (seq - *last - 1) : 0;
	*last = seq;
}

static char *on_feed(void *user, const char *topic, const char *body, size_t length)
{
	struct bench *b = user;

	b->messages++;
	b->bytes += length + strlen(topic);
	count_lost(b, topic, body);
	if (strcmp(topic, "health/greenwaved") == 0)
		on_health(b, body, length);
	if (!g_str_has_prefix(topic, "signal/"))
		return NULL;
	const char *state = strstr(body, "\"state\":\"");
	uint32_t signal = network_signal(b->net, topic + strlen("signal/"));
	if (state == NULL || signal == NET_NONE)
		return NULL;
	state += strlen("\"state\":\"");
	g_autofree char *letters = g_strndup(state, strcspn(state, "\""));
	whole_street_shows(b->street, signal, letters);
	return NULL;
}

static gboolean on_slice(gpointer user)
{
	struct bench *b = user;
	uint32_t n = b->config->n_cameras / SLICES + 1;

	if (b->slice == 0)
		whole_street_step(b->street);
	whole_street_tell(b->street, b->slice * n, n);
	b->slice = (b->slice + 1) % SLICES;
	if (b->from_us == 0 && g_get_monotonic_time() - b->begun_us > (LIMIT_S + b->warm_s) * G_USEC_PER_SEC) {
		fprintf(stderr, "whole_bench: after %d s not all of %u cabinets are up\n", LIMIT_S + b->warm_s, b->live);
		g_main_loop_quit(b->loop);
	}
	return G_SOURCE_CONTINUE;
}

static void on_ended(GObject *source, GAsyncResult *result, gpointer user)
{
	struct bench *b = user;

	g_subprocess_wait_finish(G_SUBPROCESS(source), result, NULL);
	g_main_loop_quit(b->loop);
}

static void print_farm(GSubprocess *farm)
{
	g_autoptr(GDataInputStream) out = g_data_input_stream_new(g_subprocess_get_stdout_pipe(farm));
	unsigned long long street = 0, safety = 0, running = 0, bad = 0, central = 0, n = 0;

	g_output_stream_write_all(g_subprocess_get_stdin_pipe(farm), "\n", 1, NULL, NULL, NULL);
	for (char *line; (line = g_data_input_stream_read_line(out, NULL, NULL, NULL)) != NULL && strcmp(line, "end") != 0; g_free(line), n++) {
		unsigned pattern;
		unsigned long long s, w, r, p;
		if (sscanf(line, "%*u pattern %u called %*u backup %*d street %llu safety %llu running %llu bad %llu", &pattern, &s, &w, &r, &p) !=
			5)
			continue;
		street += s, safety += w, running += r, bad += p, central += pattern == 40 || pattern == 41 || pattern == 254;
	}
	printf("cabinets: %llu of %llu on our pattern or held; seen there: %llu conflicts or short times in the street, %llu safety values "
		   "written, "
		   "%llu running rows edited, %llu bad plans\n",
		central, n, street, safety, running, bad);
}

static GSubprocess *run(GSubprocessFlags flags, const char *const *argv)
{
	g_autoptr(GError) error = NULL;
	GSubprocess *p = g_subprocess_newv(argv, flags, &error);

	if (p == NULL) {
		fprintf(stderr, "whole_bench: %s\n", error->message);
		exit(1);
	}
	return p;
}

static void report(const struct bench *b)
{
	double real_s = (double) (b->to_us - b->from_us) * 1e-6, n = (double) MAX(b->healths, 1);

	printf("%u cabinets (%u of them dead, %u %% held second by second), %u cameras, a pattern each %u s; %.0f s measured\n", b->town.units,
		b->town.units - b->live, b->town.holds_percent, b->config->n_cameras, b->town.pattern_s, real_s);
	printf("start: first word after %.1f s, all cabinets up after %.1f s; memory %.0f MB\n", (double) (b->spoke_us - b->begun_us) * 1e-6,
		(double) (b->up_us - b->begun_us) * 1e-6, b->memory_mb);
	printf("CPU of one core, %%: whole process %.1f; controllers (driver, contract, steering, main loop) %.1f, optimizer %.1f, estimates "
		   "in %.1f, "
		   "feed out %.1f\n",
		100 * b->cpu_s, 100 * b->sums[0] / n, 100 * b->sums[1] / n, 100 * b->sums[2] / n, 100 * b->sums[3] / n);
	printf("ticks: %.2f a second (below 1: the machine does not give this process its time, and the ages below say so)\n",
		(double) b->healths / real_s);
	printf("age of a status when the next one came, worst minute: median %.2f s, p99 %.2f s, most %.2f s\n", b->ages_max_s[0],
		b->ages_max_s[1], b->ages_max_s[2]);
	printf("feed: %.0f messages/s, %.2f MB/s, %" G_GUINT64_FORMAT " lost by this subscriber\n", (double) b->messages / real_s,
		(double) b->bytes / real_s * 1e-6, b->lost);
}

static bool begin_city(struct bench *b, struct bus *bus, GError **error)
{
	g_autofree char *path = g_build_filename(b->town.dir, "city.yaml", NULL);

	if (!whole_town_write(&b->town, error) || (b->config = config_read(path, error)) == NULL ||
		(b->net = netfile_read(b->config->network, NULL, error)) == NULL)
		return false;
	b->out = bus_open(bus, &(struct bus_options){.kind = BUS_PUB, .endpoint = b->config->feed.estimates, .high_water = 100000}, error);
	b->feed = bus_open(bus, &(struct bus_options){.kind = BUS_SUB, .endpoint = b->config->feed.publish, .high_water = 100000}, error);
	return b->out != NULL && b->feed != NULL;
}

static void tidy(const char *dir)
{
	GDir *d = g_dir_open(dir, 0, NULL);
	const char *name;

	while (d != NULL && (name = g_dir_read_name(d)) != NULL) {
		g_autofree char *file = g_build_filename(dir, name, NULL);
		g_unlink(file);
	}
	if (d != NULL)
		g_dir_close(d);
	g_rmdir(dir);
}

static int bench(struct bench *b, const char *greenwaved, const char *asc_farm, const char *myself, double vph)
{
	g_autofree char *dir = g_dir_make_tmp("greenwave-whole-XXXXXX", NULL), *port = g_strdup_printf("%d", FIRST_PORT);
	g_autofree char *live = g_strdup_printf("%u", b->live);
	g_autoptr(GError) error = NULL;
	struct bus *bus = bus_new();

	b->town.dir = dir;
	b->town.first_port = FIRST_PORT;
	if (!begin_city(b, bus, &error)) {
		fprintf(stderr, "whole_bench: %s\n", error->message);
		return 1;
	}
	g_autoptr(GSubprocess) farm =
		run(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, (const char *const[]){asc_farm, port, live, NULL});
	char ready[6];
	g_input_stream_read_all(g_subprocess_get_stdout_pipe(farm), ready, sizeof ready, NULL, NULL, NULL);
	b->street = whole_street_new(b->config, b->net, b->out, vph);
	b->seqs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	b->loop = g_main_loop_new(NULL, false);
	bus_subscribe(b->feed, "");
	bus_watch(b->feed, on_feed, b);
	b->begun_us = g_get_monotonic_time();
	b->daemon =
		run(G_SUBPROCESS_FLAGS_NONE, (const char *const[]){greenwaved, "--config", b->config->path, "--vision", myself, "--quiet", NULL});
	g_subprocess_wait_async(b->daemon, NULL, on_ended, b);
	g_timeout_add(1000 / SLICES, on_slice, b);
	g_main_loop_run(b->loop);
	if (b->from_us != 0)
		report(b);
	print_farm(farm);
	g_subprocess_send_signal(b->daemon, SIGTERM);
	g_main_loop_run(b->loop);
	g_output_stream_close(g_subprocess_get_stdin_pipe(farm), NULL, NULL);
	g_subprocess_wait(farm, NULL, NULL);
	whole_street_free(b->street);
	bus_socket_free(b->feed);
	bus_socket_free(b->out);
	bus_free(bus);
	tidy(dir);
	return b->from_us != 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct bench b = {.seconds = 120, .warm_s = 70, .town = {.units = 1300, .district = "configs/district", .pattern_s = 60}};
	int units = 1300, dead = 5, holds = 0;
	double vph = 250;
	g_autofree char *options = NULL, *district = NULL, *camera = NULL, *unused = NULL;
	const GOptionEntry entries[] = {
		{"units", 0, 0, G_OPTION_ARG_INT, &units, "cabinets (1300)", "N"},
		{"seconds", 0, 0, G_OPTION_ARG_INT, &b.seconds, "measured (120)", "S"},
		{"warm", 0, 0, G_OPTION_ARG_INT, &b.warm_s, "before that, from when all are up (70)", "S"},
		{"dead", 0, 0, G_OPTION_ARG_INT, &dead, "of the cabinets, percent (5)", "P"},
		{"holds", 0, 0, G_OPTION_ARG_INT, &holds, "held second by second, percent (0)", "P"},
		{"vph", 0, 0, G_OPTION_ARG_DOUBLE, &vph, "vehicles an hour on each lane (250)", "V"},
		{"options", 0, 0, G_OPTION_ARG_STRING, &options, "of the cabinets, YAML ({version: 2c})", "YAML"},
		{"district", 0, 0, G_OPTION_ARG_FILENAME, &district, "folder (configs/district)", "DIR"},
		{"camera", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &camera, "", ""},
		{"config", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &unused, "", ""},
		{"name", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &unused, "", ""},
		{0},
	};
	g_autoptr(GOptionContext) context = g_option_context_new("GREENWAVED ASC_FARM");
	g_autoptr(GError) error = NULL;
	g_autofree char *myself = g_file_read_link("/proc/self/exe", NULL);

	g_option_context_add_main_entries(context, entries, NULL);
	bool parsed = g_option_context_parse(context, &argc, &argv, &error);
	if (parsed && camera != NULL)
		return pause();
	if (!parsed || argc != 3 || units < 1 || units > 4000 || dead < 0 || dead > 100 || holds < 0 || holds > 100) {
		fprintf(stderr, "whole_bench: %s\n",
			error != NULL ? error->message : "needs GREENWAVED and ASC_FARM, 1 to 4000 units, percents of 0 to 100");
		return 2;
	}
	b.town.units = (unsigned) units;
	b.town.holds_percent = (unsigned) holds;
	b.town.options = options != NULL ? options : "{version: 2c}";
	b.town.district = district != NULL ? district : b.town.district;
	b.live = (uint32_t) (units - units * dead / 100);
	return bench(&b, argv[1], argv[2], myself, vph);
}
