/* rsmp_peer.c - the rsmp driver with a real site that nobody here wrote: the Ruby site of rsmp-nordic/rsmp v0.19.5, which checks each of our
 * messages against the JSON schemas of rsmp_schema v0.4.0.
 *
 *     rsmp_peer FOLDER
 *
 * FOLDER holds the tag's files and, in schema/, those of rsmp_schema. Needs Debian's ruby-async, ruby-async-io, ruby-json-schemer,
 * ruby-colorize and ruby-thor. Its S0024 and S0028 are constant, whatever it was sent, so a write that is read back must be refused, and one
 * that is not must be taken. Prints one line a step; the exit status says whether all went as it must.
 */
#include <gio/gio.h>
#include <math.h>
#include <string.h>

#include "daemon/controller_options.h"
#include "daemon/controllers.h"

#define PORT "12987"
#define STEP_S 20

static const char site_config[] =
	"site_id: RN+SI0001\nsupervisors:\n  - ip: 127.0.0.1\n    port: " PORT "\ncore_versions: '3.2'\nsxl: tlc\nsxl_version: '1.1'\n"
	"components:\n  main:\n    TC:\n      cycle_time: 6\n      ntsOId: KK+AG9998=001TC000\n  signal_group:\n    A1:\n    A2:\n    B1:\n    B2:\n"
	"signal_plans:\n  1:\n    dynamic_bands:\n      1: 0\n      2: 5\n    states:\n      A1: '111NBB'\n      A2: '11NBBB'\n      B1: 'BBB11N'\n"
	"      B2: 'BBB1NB'\n  2:\n    states:\n      A1: '11NNBB'\n      A2: '11NNBB'\n      B1: 'BBNN11'\n      B2: 'BBNNN1'\n"
	"inputs:\n  total: 8\nstartup_sequence: 'efg'\nintervals:\n  timer: 0.1\n  watchdog: 1\n  reconnect: 0.5\n"
	"timeouts:\n  watchdog: 30\n  acknowledgement: 10\nsecurity_codes:\n  1: '1111'\n  2: '2222'\nlog:\n  json: true\n";

struct peer {
	struct controller *c;
	uint32_t can, ups, statuses, replies, refusals;
	struct controller_reply reply;
	struct controller_status status;
	char *why, *alert;
	bool failed;
};

static void on_up(void *user, const struct controller_identity *who)
{
	struct peer *p = user;

	p->ups++;
	p->can = who->can;
	g_print("up: %s, %s\n", who->model, who->standard);
}

static void on_down(void *user, const char *why)
{
	(void) user;
	g_print("down: %s\n", why);
}

static void on_status(void *user, const struct controller_status *status, uint32_t n)
{
	struct peer *p = user;

	(void) n;
	p->statuses++;
	p->status = *status;
}

static void on_refused(void *user, const char *why)
{
	struct peer *p = user;

	p->refusals++;
	g_print("refused: %s\n", why);
}

static void on_timing(void *user, const struct controller_timing *timing)
{
	(void) user;
	(void) timing;
}

static void on_reply(void *user, const struct controller_reply *reply)
{
	struct peer *p = user;

	p->replies++;
	p->reply = *reply;
	g_free(p->why);
	p->why = g_strdup(reply->why);
}

static void on_stranger(void *user, const char *who, bool active, const char *sentence)
{
	(void) user;
	g_print("stranger %s %s: %s\n", who, active ? "came" : "stays away", sentence);
}

static void on_alert(void *user, const char *kind, bool active, const char *sentence)
{
	struct peer *p = user;

	g_free(p->alert);
	p->alert = g_strdup(kind);
	g_print("alert %s %s: %s\n", kind, active ? "begins" : "over", sentence);
}

static const struct controller_events events = {.up = on_up, .down = on_down, .status = on_status, .refused = on_refused, .timing = on_timing,
	.reply = on_reply, .alert = on_alert, .stranger = on_stranger};

static gboolean on_second(gpointer user)
{
	struct peer *p = user;

	if (p->c != NULL)
		controller_rsmp.poll(p->c);
	return G_SOURCE_CONTINUE;
}

static gboolean on_late(gpointer user)
{
	*(bool *) user = true;
	return G_SOURCE_REMOVE;
}

static void expect(struct peer *p, const char *what, bool good)
{
	g_print("%-60s %s%s%s\n", what, good ? "ok" : "WRONG", p->why != NULL ? ": " : "", p->why != NULL ? p->why : "");
	p->failed |= !good;
	g_clear_pointer(&p->why, g_free);
}

/* Until the count has grown, or it took too long. */
static bool wait_for(const uint32_t *count, uint32_t before, guint for_s)
{
	bool late = false;
	guint timer = g_timeout_add_seconds(for_s, on_late, &late);

	while (*count == before && !late)
		g_main_context_iteration(NULL, true);
	if (!late)
		g_source_remove(timer);
	return !late;
}

static bool open_driver(struct peer *p, const char *code, const char *read_back, const char *changes)
{
	static struct network net;
	static struct net_signal signal;
	static const uint32_t signals[] = {0};
	const char *words[] = {"site", "RN+SI0001", "code", code, "read_back", read_back, "changes", changes, "group", "KK+AG9998=001SG%", "backup_s", "120", NULL};
	static struct controller_options *options;
	g_autoptr(GError) error = NULL;

	net.signals = &signal;
	net.n_signals = 1;
	if (p->c != NULL)
		controller_rsmp.close(p->c);
	controller_options_free(options);
	options = controller_options_new(&controller_rsmp, words, &error);
	if (options == NULL)
		g_error("%s", error->message);
	uint32_t ups = p->ups, statuses = p->statuses;
	p->c = controller_rsmp.open(&(struct controller_setup){.net = &net, .address = "tcp://127.0.0.1:" PORT, .signals = signals, .n_signals = 1,
		.events = &events, .user = p, .options = options}, &error);
	if (p->c == NULL)
		g_error("%s", error->message);
	return wait_for(&p->ups, ups, STEP_S) && wait_for(&p->statuses, statuses, STEP_S) && wait_for(&p->statuses, p->statuses, STEP_S);
}

static bool write_plan(struct peer *p, uint32_t row, double cycle_s, double offset_s, uint16_t band)
{
	struct controller_band bands[] = {{band, 3}};
	uint32_t before = p->replies;

	controller_rsmp.write(p->c, &(struct controller_pattern){.row = row, .cycle_s = cycle_s, .offset_s = offset_s, .bands = bands, .n_bands = band != 0});
	return wait_for(&p->replies, before, STEP_S) && p->reply.ok;
}

static bool select_plan(struct peer *p, uint32_t row)
{
	uint32_t before = p->replies;

	controller_rsmp.select(p->c, 0, row);
	return wait_for(&p->replies, before, STEP_S) && p->reply.ok;
}

static void converse(struct peer *p)
{
	struct controller_health health;
	uint32_t none = 0;

	expect(p, "greeting, S0001 each second", open_driver(p, "2222", "yes", "all"));
	expect(p, "dynamic band 1 of plan 1, read back (M0023, M0014, S0023)", write_plan(p, 1, NAN, NAN, 1));
	expect(p, "offset alone: its S0028 does not tell the plan's cycle, so it is refused", !write_plan(p, 1, NAN, 2, 0));
	expect(p, "cycle, read back: its S0028 is constant, so it is refused", !write_plan(p, 1, 8, NAN, 0));
	expect(p, "cycle, offset and band, not read back (M0018, M0015, M0014)", open_driver(p, "2222", "no", "all") && write_plan(p, 1, 8, 2, 1));
	expect(p, "plan 2 (M0002)", select_plan(p, 2));
	wait_for(&none, 0, 8); /* it looks each 5 s */
	expect(p, "plan 2 runs (S0014), under us", p->status.coordination.row == 2 && p->status.mode == CONTROLLER_CENTRAL);
	expect(p, "there is no plan 77 (S0022)", !select_plan(p, 77));
	controller_rsmp.release(p->c, (const uint32_t[]){0}, 1);
	wait_for(&none, 0, 2);
	expect(p, "handed back (M0002 False)", controller_rsmp.idle(p->c) && p->refusals == 0);
	controller_rsmp.health(p->c, &health);
	expect(p, "nothing of it was garbage", health.garbage == 0);
	expect(p, "only bands (changes: bands), two of them, read back", open_driver(p, "2222", "yes", "bands") &&
		(p->can & (CONTROLLER_CYCLES | CONTROLLER_OFFSETS | CONTROLLER_BANDS)) == CONTROLLER_BANDS && write_plan(p, 1, NAN, NAN, 2) &&
		write_plan(p, 1, NAN, NAN, 1));
	expect(p, "a wrong code is refused", open_driver(p, "0000", "no", "all") && !select_plan(p, 1));
	expect(p, "... with an alert that names it", p->alert != NULL && strcmp(p->alert, "controller-credentials") == 0);
}

int main(int argc, char **argv)
{
	struct peer p = {0};
	g_autoptr(GError) error = NULL;
	g_autofree char *folder = g_dir_make_tmp("rsmp-peer-XXXXXX", NULL), *config = g_build_filename(folder, "tlc.yaml", NULL);

	if (argc != 2) {
		g_printerr("usage: rsmp_peer FOLDER\n");
		return 2;
	}
	g_autofree char *lib = g_build_filename(argv[1], "lib", NULL), *schema = g_build_filename(argv[1], "schema", "lib", NULL);
	if (!g_file_set_contents(config, site_config, -1, &error))
		g_error("%s", error->message);
	g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDERR_MERGE);
	g_autofree char *log = g_build_filename(folder, "site.log", NULL);
	g_subprocess_launcher_set_stdout_file_path(launcher, log);
	g_subprocess_launcher_set_cwd(launcher, argv[1]);
	g_autoptr(GSubprocess) site = g_subprocess_launcher_spawn(launcher, &error, "ruby", "-W0", "-I", lib, "-I", schema, "-e",
		"require 'rsmp/cli'; RSMP::CLI.start(ARGV)", "site", "-c", config, "-t", "tlc", NULL);
	if (site == NULL)
		g_error("%s", error->message);
	g_timeout_add_seconds(1, on_second, &p);
	converse(&p);
	controller_rsmp.close(p.c);
	g_subprocess_force_exit(site);
	g_subprocess_wait(site, NULL, NULL);
	g_print("the site's log: %s\n", log);
	return p.failed;
}
