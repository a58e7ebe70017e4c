/* cabinets_test.c - the template driver's cabinet under the pilot's command, in simulated time: patterns, holds, limits, faults, the end. */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "core/netfile.h"
#include "daemon/cabinets.h"
#include "daemon/probe.h"
#include "tests/daemon/cabinet_scene.h"
#include "tests/daemon/controller_template.h"

struct town {
	struct config *config;
	struct network *net;
	struct pilot *pilot;
	struct herald *herald;
	struct cabinets *cabinets;
	struct template_cabinet *cabinet;
	char *commands, *events; /* files */
	double now_s;
	double queue_veh[2]; /* standing on each lane of the approaches from east and west, from north and south */
};

static double clock_s(void *user)
{
	const struct town *t = user;

	return t->now_s;
}

static void on_alert(void *user, const char *kind, const char *where, bool active, const char *sentence)
{
	herald_alert(user, kind, where, active, sentence);
}

static bool disk_full;

static struct config *config_of(const struct town *t, const char *network, const char *more)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = g_strdup_printf("network: %s\ncontrol: {pattern_s: 60, taper_s: 20}\nlogs: {commands: %s, events: %s}\n"
		"controllers:\n  - {signals: C, driver: template, rows: [7, 9], %s, %s}\n", network, t->commands, t->events, cabinet_scene_phases, more);
	struct config *config = config_parse(text, strlen(text), "greenwave.yaml", &error);

	g_assert_no_error(error);
	return config;
}

static struct pilot *pilot_of(struct town *t)
{
	g_autoptr(GError) error = NULL;
	struct pilot_options o = pilot_options_default();

	o.taper_s = 20;
	o.on_alert = on_alert;
	o.user = t->herald;
	struct pilot *pilot = pilot_new(t->net, &o, &error);
	g_assert_no_error(error);
	return pilot;
}

static void begin(struct town *t, const char *more)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *dir = g_dir_make_tmp("greenwave-cabinets-XXXXXX", &error);
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);

	*t = (struct town){.now_s = 100000, .queue_veh = {3, 3}};
	t->commands = g_build_filename(dir, "commands.csv", NULL);
	t->events = g_build_filename(dir, "events.csv", NULL);
	if (disk_full)
		g_assert_true(symlink("/dev/full", t->commands) == 0 && symlink("/dev/full", t->events) == 0);
	t->config = config_of(t, path, more);
	t->net = netfile_read(path, NULL, &error);
	g_assert_no_error(error);
	t->herald = herald_new("test");
	t->pilot = pilot_of(t);
	t->cabinets = cabinets_new(t->net, t->config, t->pilot, clock_s, t, t->herald, &error);
	g_assert_no_error(error);
	g_assert_true(cabinets_open(t->cabinets, NULL, &error));
	t->cabinet = controller_template_cabinet();
}

static void end(struct town *t)
{
	cabinets_free(t->cabinets);
	pilot_free(t->pilot);
	herald_free(t->herald);
	network_free(t->net);
	config_free(t->config);
	if (t->commands != NULL) {
		g_autofree char *dir = g_path_get_dirname(t->commands), *detectors = g_strconcat(t->events, ".detectors.csv", NULL);
		g_unlink(t->commands);
		g_unlink(t->events);
		g_unlink(detectors);
		g_rmdir(dir);
	}
	g_free(t->commands);
	g_free(t->events);
}

static void see(struct town *t, const char *edge, double queue_veh)
{
	for (uint32_t lane = 1; lane <= 2; lane++) {
		g_autofree char *id = g_strdup_printf("%s_%u", edge, lane);
		struct seen_vehicle vehicles[20];
		uint32_t n = (uint32_t) queue_veh;
		for (uint32_t i = 0; i < n; i++)
			vehicles[i] = (struct seen_vehicle){2 + 7.5 * i, 0, 4.5};
		struct estimate e;
		estimate_init(&e, network_lane(t->net, id));
		e.t_s = t->now_s;
		e.quality_frac = 1;
		e.vehicles = vehicles;
		e.n_vehicles = n;
		e.queue_veh = queue_veh;
		e.view_m = 150;
		pilot_see(t->pilot, &e, t->now_s);
	}
}

static void run(struct town *t, uint32_t for_s, bool seen)
{
	for (uint32_t i = 0; i < for_s; i++) {
		t->now_s += 1;
		if (seen) {
			see(t, "E_C", t->queue_veh[0]);
			see(t, "W_C", t->queue_veh[0]);
			see(t, "N_C", t->queue_veh[1]);
			see(t, "S_C", t->queue_veh[1]);
		}
		pilot_tick(t->pilot, t->now_s);
		cabinets_command(t->cabinets);
		while (g_main_context_iteration(NULL, FALSE))
			;
	}
}

static struct pilot_look look(const struct town *t)
{
	struct pilot_look l;

	pilot_look(t->pilot, 0, &l);
	return l;
}

static char *alerts(const struct town *t)
{
	g_autoptr(GString) text = g_string_new(NULL);

	herald_active_text(t->herald, text);
	return g_strdup(text->str);
}

static void test_patterns(void)
{
	struct town t;

	begin(&t, "options: {backup_s: 30}");
	t.queue_veh[0] = 14;
	t.queue_veh[1] = 1;
	run(&t, 1000, true);
	g_test_message("%s", look(&t).why);
	g_assert_true(look(&t).steered);
	g_assert_cmpint(look(&t).mode, ==, PILOT_ADAPTIVE);
	g_assert_null(look(&t).show);
	g_assert_cmpuint(t.cabinet->runs, !=, 0);
	/* The approaches from the north and the south fill up: their phases get more of the next cycles. */
	double before = 0, after = 0;
	const struct pattern *p = t.cabinet->rows[t.cabinet->runs];
	before = p->splits[3].split_s / p->p.cycle_s;
	uint32_t row = t.cabinet->runs;
	t.queue_veh[0] = 1;
	t.queue_veh[1] = 14;
	run(&t, 2000, true);
	p = t.cabinet->rows[t.cabinet->runs];
	after = p->splits[3].split_s / p->p.cycle_s;
	g_test_message("phase 4 has %.2f of the cycle, then %.2f; %u patterns; row %u, then %u", before, after, t.cabinet->writes, row, t.cabinet->runs);
	g_assert_cmpfloat(after, >, before + 0.05);
	g_assert_cmpuint(t.cabinet->writes, >=, 3);
	g_assert_cmpuint(t.cabinet->writes, ==, t.cabinet->selects);
	/* Nobody sees anything any more: handed back. */
	run(&t, 40, false);
	g_assert_cmpuint(t.cabinet->releases, ==, 1);
	g_assert_cmpuint(t.cabinet->called, ==, 0);
	end(&t);
}

/* The cabinet's 3.5 s of amber, 1.5 s of red and 7 + 6 s of walk are stricter than the network's 3, 1 and 5. */
static void test_limits(void)
{
	struct town t;

	begin(&t, "style: patterns");
	const struct junction *j = pilot_junction(t.pilot, 0);
	g_assert_cmpfloat(junction_intergreen(j, 4, 1), ==, 4);
	g_assert_cmpfloat(j->links[4].amber_s, ==, 3);
	run(&t, 2, true);
	g_assert_cmpfloat(j->links[4].amber_s, ==, 3.5);
	g_assert_cmpfloat(j->links[4].min_green_s, ==, 13);
	g_assert_cmpfloat(j->links[5].min_green_s, ==, 6); /* ours: its own left turn phase has 5 s, whatever the approach's takes */
	g_assert_cmpfloat(j->links[12].min_green_s, ==, 7);
	g_assert_cmpfloat(junction_intergreen(j, 4, 1), ==, 5);
	g_assert_cmpfloat(junction_change_s(j, 1, 2), >=, 5);
	end(&t);
}

static void test_faults(void)
{
	struct town t;

	begin(&t, "style: patterns");
	run(&t, 320, true); /* between two patterns, not while one is on its way */
	uint32_t selects = t.cabinet->selects;
	g_assert_cmpuint(selects, ==, t.cabinet->writes);
	t.cabinet->flashes = true;
	run(&t, 200, true);
	g_autofree char *flash = alerts(&t);
	g_assert_nonnull(strstr(flash, "controller-away"));
	g_assert_cmpuint(t.cabinet->selects, ==, selects);
	g_assert_false(look(&t).steered);
	g_assert_cmpint(look(&t).mode, ==, PILOT_RELEASED);
	t.cabinet->flashes = false;
	run(&t, 30, true); /* not before a cycle of normal reports */
	g_assert_false(look(&t).steered);
	run(&t, 300, true);
	g_assert_true(look(&t).steered);
	g_assert_cmpuint(t.cabinet->selects, >, selects);
	g_autofree char *none = alerts(&t);
	g_assert_cmpstr(none, ==, "");

	t.cabinet->dead = true;
	run(&t, 60, true);
	g_autofree char *dead = alerts(&t);
	g_assert_nonnull(strstr(dead, "controller-down"));
	g_assert_nonnull(strstr(dead, "controller-silent"));
	g_assert_cmpuint(t.cabinet->called, ==, 0); /* by itself, after 30 s */
	t.cabinet->dead = false;
	run(&t, 300, true);
	g_assert_cmpuint(t.cabinet->called, !=, 0);

	t.cabinet->refuses = true;
	uint32_t runs = t.cabinet->called;
	t.queue_veh[1] = 15;
	run(&t, 300, true);
	g_autofree char *refused = alerts(&t);
	g_assert_nonnull(strstr(refused, "controller-refused"));
	g_assert_cmpuint(t.cabinet->called, ==, runs); /* what it ran goes on */
	end(&t);
}

static void test_log_and_end(void)
{
	struct town t;
	g_autofree char *text = NULL;

	begin(&t, "style: patterns");
	run(&t, 300, true);
	cabinets_release(t.cabinets);
	g_assert_cmpuint(t.cabinet->called, ==, 0);
	uint32_t writes = t.cabinet->writes;
	run(&t, 200, true);
	g_assert_cmpuint(t.cabinet->writes, ==, writes);
	g_assert_true(cabinets_idle(t.cabinets));
	g_assert_true(g_file_get_contents(t.commands, &text, NULL, NULL));
	g_assert_true(g_str_has_prefix(text, "time_utc,device,who,what,was,is,reply,answer_s\n"));
	g_assert_nonnull(strstr(text, "Z,C,optimizer,write,,\"row 7: cycle "));
	g_assert_nonnull(strstr(text, "Z,C,optimizer,select,row 0,row 7,sent,"));
	g_assert_nonnull(strstr(text, "Z,C,optimizer,select,,row 7,ok,0.000"));
	g_assert_nonnull(strstr(text, "Z,C,daemon,release,,the daemon ends,sent,"));
	g_autofree char *events = NULL;
	g_assert_true(g_file_get_contents(t.events, &events, NULL, NULL));
	g_assert_nonnull(strstr(events, "1 s; derived from polling"));
	g_assert_nonnull(strstr(events, ",C,131,7\n"));
	g_assert_nonnull(strstr(events, ",C,150,1\n"));
	g_assert_nonnull(strstr(events, ",C,1,6\n"));
	end(&t);
}

static void test_holds(void)
{
	struct town t;
	g_autoptr(GError) error = NULL;
	uint32_t told = 0;

	begin(&t, "style: holds");
	for (uint32_t i = 0; i < 120; i++) {
		run(&t, 1, true);
		told += t.cabinet->call.hold != 0;
		g_assert_cmpuint(t.cabinet->call.hold & t.cabinet->call.force_off, ==, 0);
	}
	g_assert_cmpuint(t.cabinet->calls, >, 100);
	g_assert_cmpuint(told, >, 10);
	g_assert_cmpuint(t.cabinet->writes, ==, 0);
	/* The operator's stage C: phases 4 and 8 are wanted, whatever is green besides is forced off. */
	g_assert_true(pilot_hold(t.pilot, 0, 2, 30, t.now_s, &error));
	g_assert_no_error(error);
	run(&t, 2, true);
	phase_set wanted = phase_bit(4) | phase_bit(8);
	g_assert_cmpuint((t.cabinet->call.hold | t.cabinet->call.vehicle_calls) & ~wanted, ==, 0);
	g_assert_cmpuint(t.cabinet->call.hold | t.cabinet->call.vehicle_calls, ==, wanted);
	g_assert_cmpuint(t.cabinet->call.force_off, ==, t.cabinet->greens & ~wanted);
	g_assert_cmpuint(t.cabinet->call.omit, ==, 0xff & ~wanted & ~t.cabinet->greens); /* nobody else on the way */
	pilot_unhold(t.pilot, 0);
	run(&t, 60, false);
	end(&t);
}

static void wrong(const char *more, const char *part)
{
	struct town t = {.now_s = 0};
	g_autoptr(GError) error = NULL;
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	g_autofree char *text = g_strdup_printf("network: %s\ncontrollers:\n  - {signals: C, driver: template, %s}\n", path, more);

	t.config = config_parse(text, strlen(text), "greenwave.yaml", &error);
	g_assert_no_error(error);
	t.net = netfile_read(path, NULL, &error);
	struct pilot_options o = pilot_options_default();
	t.pilot = pilot_new(t.net, &o, &error);
	t.herald = herald_new("test");
	g_assert_null(cabinets_new(t.net, t.config, t.pilot, clock_s, &t, t.herald, &error));
	if (strstr(error->message, part) == NULL)
		g_error("\"%s\" does not say \"%s\"", error->message, part);
	end(&t);
}

static void test_configuration(void)
{
	wrong("rows: [7, 9]", "driver \"template\" needs phases");
	wrong("phases: {1: [0]}, rows: [7, 9]", "signal C: link 3 hangs on no phase, but stage A serves it");
	wrong("phases: {1: [99]}, rows: [7, 9]", "phase 1 has link 99, the signal has links 0 to 15");
	wrong("phases: {1: [1, 4]}, rows: [7, 9]", "phase 1 has links 1 and 4, which cross");
	wrong("phases: {1: [0, 1, 2, 6, 7, 8, 13, 15], 2: [3, 4, 5, 9, 10, 11, 12, 14]}, rows: [7, 9]",
		"stage B serves link 5, but not all links of any phase that it hangs on");
	g_autofree char *same = g_strdup_printf("%s, rows: [7, 7]", cabinet_scene_phases);
	wrong(same, "needs two different rows");
	g_autofree char *option = g_strdup_printf("%s, rows: [7, 9], options: {speed: 3}", cabinet_scene_phases);
	wrong(option, "\"speed\" is not an option of the driver template, which knows backup_s, password");
	g_autofree char *value = g_strdup_printf("%s, rows: [7, 9], options: {backup_s: 1e9}", cabinet_scene_phases);
	wrong(value, "option backup_s is \"1e9\" s, must be a whole number from 0 to 65535");
}

/* What greenwavectl controller probe prints. */
static void test_probe(void)
{
	struct town t = {.now_s = 0};
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) out = g_string_new(NULL), bare = g_string_new(NULL), none = g_string_new(NULL);
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	g_autofree char *text = g_strdup_printf("network: %s\ncontrollers:\n  - {signals: C, driver: template, rows: [7, 9], %s}\n", path, cabinet_scene_phases);

	t.config = config_parse(text, strlen(text), "greenwave.yaml", &error);
	g_assert_no_error(error);
	t.net = netfile_read(path, NULL, &error);
	g_assert_true(probe(&(struct probe_options){.config = t.config, .net = t.net, .signal = "C", .patience_s = 5}, out, &error));
	g_assert_no_error(error);
	g_test_message("%s", out->str);
	g_assert_nonnull(strstr(out->str, "driver       template: a cabinet that is a table in memory\nis           greenwave template 1\n"));
	g_assert_nonnull(strstr(out->str, "    2    1     6.0    50.0     3.5     1.5     7.0     6.0  5 6\n"));
	g_assert_nonnull(strstr(out->str, "ring 2       5 6 7 8\n"));
	g_assert_nonnull(strstr(out->str, "backup       30 s\n"));
	g_assert_nonnull(strstr(out->str, "would send   cycle 68 s, offset 0 s, splits 1:11 "));
	g_assert_true(probe(&(struct probe_options){.driver = "template", .address = "here", .patience_s = 5}, bare, &error));
	g_assert_no_error(error);
	g_assert_nonnull(strstr(bare->str, "ring 2       5 6 7 8\n"));
	g_assert_null(strstr(bare->str, "would send"));
	g_assert_false(probe(&(struct probe_options){.driver = "nobody", .address = "here", .patience_s = 5}, none, &error));
	g_assert_cmpstr(error->message, ==, "there is no driver \"nobody\", must be one of null, template");
	network_free(t.net);
	config_free(t.config);
}

/* Another configuration, whose controllers cannot all be opened where `fails`. */
static void reload(struct town *t, const char *more, bool fails)
{
	g_autoptr(GError) error = NULL;
	struct config *config = config_of(t, t->config->network, more);
	struct pilot *pilot = pilot_of(t);
	struct cabinets *next = cabinets_new(t->net, config, pilot, clock_s, t, t->herald, &error);

	g_assert_no_error(error);
	cabinets_part(t->cabinets, next);
	if (fails) {
		cabinets_part(next, t->cabinets);
		g_assert_true(cabinets_open(t->cabinets, NULL, &error));
	} else {
		g_assert_true(cabinets_open(next, NULL, &error));
		cabinets_carry(next);
		struct town before = *t;
		t->cabinets = next, t->pilot = pilot, t->config = config;
		next = before.cabinets, pilot = before.pilot, config = before.config;
	}
	cabinets_free(next);
	pilot_free(pilot);
	config_free(config);
	t->cabinet = controller_template_cabinet();
}

/* The same is said of it again: not a word is sent to the cabinet, though the new pilot sees nothing for a while. */
static void test_reload(void)
{
	struct town t;

	begin(&t, "style: patterns");
	run(&t, 1000, true);
	const struct template_cabinet *before = t.cabinet;
	uint32_t writes = t.cabinet->writes, selects = t.cabinet->selects, row = t.cabinet->runs;
	g_assert_cmpuint(row, !=, 0);
	for (int again = 0; again < 3; again++) {
		reload(&t, "style: patterns", again == 1);
		g_assert_true(t.cabinet == before);
		run(&t, 4, false);
		run(&t, 20, true);
		g_assert_cmpuint(t.cabinet->writes, ==, writes);
		g_assert_cmpuint(t.cabinet->selects, ==, selects);
		g_assert_cmpuint(t.cabinet->runs, ==, row);
		g_assert_true(look(&t).steered);
		g_assert_cmpfloat(pilot_junction(t.pilot, 0)->links[4].amber_s, ==, 3.5); /* its own, known to the new pilot as well */
	}
	run(&t, 300, true);
	g_assert_cmpuint(t.cabinet->releases, ==, 0);
	g_assert_cmpuint(t.cabinet->runs, !=, 0);
	/* Nobody sees anything any more: nothing is carried on for long. */
	reload(&t, "style: patterns", false);
	run(&t, 20, false);
	g_assert_cmpuint(t.cabinet->releases, ==, 1);
	g_assert_cmpuint(t.cabinet->called, ==, 0);
	/* Another thing is said of it: it is connected anew. */
	run(&t, 400, true);
	g_assert_cmpuint(t.cabinet->writes, >, writes);
	reload(&t, "style: patterns, coordinated: [2, 6]", false);
	g_assert_cmpuint(t.cabinet->writes, ==, 0);
	run(&t, 400, true);
	g_assert_cmpuint(t.cabinet->runs, !=, 0);
	end(&t);
}

/* What cannot be written down is told, and the street goes on. */
static void test_full_disk(void)
{
	struct town t;

	disk_full = true;
	begin(&t, "unbacked: no");
	disk_full = false;
	run(&t, 200, true);
	g_autofree char *told = alerts(&t);
	g_assert_nonnull(strstr(told, "log-unwritten logs.commands: "));
	g_assert_nonnull(strstr(told, "log-unwritten logs.events: "));
	g_assert_cmpuint(t.cabinet->selects, >, 0);
	end(&t);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_log_set_always_fatal((GLogLevelFlags) (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK)); /* alerts are warnings */
	g_test_add_func("/cabinets/patterns", test_patterns);
	g_test_add_func("/cabinets/limits", test_limits);
	g_test_add_func("/cabinets/faults", test_faults);
	g_test_add_func("/cabinets/log-and-end", test_log_and_end);
	g_test_add_func("/cabinets/reload", test_reload);
	g_test_add_func("/cabinets/full-disk", test_full_disk);
	g_test_add_func("/cabinets/holds", test_holds);
	g_test_add_func("/cabinets/configuration", test_configuration);
	g_test_add_func("/cabinets/probe", test_probe);
	return g_test_run();
}
