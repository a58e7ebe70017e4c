/* config_test.c - each row of the table: what it takes, what it refuses and with which sentence; secrets; the reference in docs. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/bus.h"
#include "daemon/config.h"
#include "daemon/config_table.h"

#define ENTRY "{id: cam, uri: x.mp4, lanes: [a_0], size: [640, 360], points: [[0,0,0,0],[1,0,1,0],[1,1,1,1],[0,1,0,1]]"
#define CAMERA ENTRY "}"
#define DNN ENTRY ", detector: dnn"

static struct config *parse(const char *text, GError **error)
{
	return config_parse(text, strlen(text), "etc/greenwave.yaml", error);
}

static struct config *good(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct config *c = parse(text, &error);
	g_assert_no_error(error);
	return c;
}

static void refused(const char *text, const char *says)
{
	g_autoptr(GError) error = NULL;
	owned(config) c = parse(text, &error);
	if (c)
		g_error("this was taken: %s", text);
	if (!strstr(error->message, says))
		g_error("%s\nsays: %s\nnot: %s", text, error->message, says);
	g_assert_null(strchr(error->message, '\n'));
}

static void test_defaults(void)
{
	owned(config) c = good("network: a.net.xml\n");
	g_assert_cmpstr(c->network, ==, "etc/a.net.xml");
	g_assert_cmpuint(g_strv_length(c->additional), ==, 0);
	g_assert_cmpstr(c->feed.publish, ==, "tcp://127.0.0.1:5556");
	g_assert_cmpstr(c->control.method, ==, "adaptive");
	g_assert_cmpfloat(c->control.tick_phase_s, ==, 0.3);
	g_assert_cmpfloat(c->control.stale_s, ==, 5);
	g_assert_cmpfloat(c->control.taper_s, ==, 15);
	g_assert_cmpfloat(c->view_m, ==, 150);
	g_assert_cmpuint(c->cameras_per_worker, ==, 8);
	g_assert_true(isnan(c->limits.amber_s) && isnan(c->limits.all_red_s));
	g_assert_null(config_controller_of(c, "J1"));
	owned(config) none = config_default();
	g_assert_null(none->network);
	g_assert_cmpfloat(none->control.stop_penalty_s, ==, 2);
	g_assert_cmpuint(g_strv_length(none->feed.allow), ==, 0);
}

/* The table's limits for all signals are core's own: one truth. */
static void test_limits_as_core(void)
{
	owned(config) c = config_default();
	struct junction_limits core = junction_limits_default();
	g_assert_cmpfloat(c->limits.min_green_s, ==, core.min_green_s);
	g_assert_cmpfloat(c->limits.max_green_s, ==, core.max_green_s);
	g_assert_cmpfloat(c->limits.walk_s, ==, core.walk_s);
	g_assert_cmpfloat(c->limits.ped_speed_mps, ==, core.ped_speed_mps);
	g_assert_cmpfloat(c->limits.max_red_s, ==, core.max_red_s);
}

static void test_all(void)
{
	owned(config) c = good(
		"network: /abs/a.net.xml\n"
		"additional: [one.add.xml, two.add.xml]\n"
		"feed: {publish: 'ipc:///tmp/x', estimates: ipc://e, control: ipc://c}\n"
		"control: {method: fixed, tick_phase_s: 0, stale_s: 1.5e1}\n"
		"limits:\n"
		"  min_green_s: 7\n"
		"  signals:\n"
		"    - {id: J1, amber_s: 4}\n"
		"workers: {cameras_per_worker: 2}\n"
		"controllers:\n"
		"  - {signals: [J1, J2]}\n"
		"  - {signals: J4, driver: ntcip, address: '192.0.2.7:161', phases: {2: 0, 4: [1, 3]}, overlaps: {1: [2]}, options: {version: v2c, rows: 7}}\n"
		"  - {signals: all, driver: sim, address: 'tcp://127.0.0.1:5557'}\n"
		"cameras:\n"
		"  - id: J1-west\n"
		"    uri: rtsp://127.0.0.1:8554/J1-west\n"
		"    lanes: W_J1_0\n"
		"    size: [960, 540]\n"
		"    points: [[1,2,3,4],[5,6,-7.5,8],[1,1,1,1],[2,2,2,1e2]]\n");
	g_assert_cmpstr(c->network, ==, "/abs/a.net.xml");
	g_assert_cmpstr(c->additional[1], ==, "etc/two.add.xml");
	g_assert_cmpstr(c->control.method, ==, "fixed");
	g_assert_cmpfloat(c->control.stale_s, ==, 15);
	struct junction_limits own = config_limits_of(c, "J1"), other = config_limits_of(c, "J2");
	g_assert_cmpfloat(own.amber_s, ==, 4);
	g_assert_cmpfloat(own.min_green_s, ==, 7);
	g_assert_true(isnan(other.amber_s));
	g_assert_cmpstr(config_controller_of(c, "J2")->driver, ==, "null");
	const struct config_controller *cabinet = config_controller_of(c, "J4");
	g_assert_cmpuint(cabinet->n_phases, ==, 2);
	g_assert_cmpuint(cabinet->phases[1].number, ==, 4);
	g_assert_cmpuint(cabinet->phases[1].n_links, ==, 2);
	g_assert_cmpuint(cabinet->phases[1].links[1], ==, 3);
	g_assert_cmpuint(cabinet->n_overlaps, ==, 1);
	g_assert_cmpstr(cabinet->options[2], ==, "rows");
	g_assert_cmpstr(cabinet->options[3], ==, "7");
	g_assert_null(cabinet->options[4]);
	g_assert_cmpstr(config_controller_of(c, "J3")->driver, ==, "sim");
	g_assert_cmpuint(c->n_cameras, ==, 1);
	const struct config_camera *camera = &c->cameras[0];
	g_assert_cmpuint(camera->line, ==, 15);
	g_assert_cmpuint(camera->n_lanes, ==, 1);
	g_assert_cmpuint(camera->width_px, ==, 960);
	g_assert_cmpuint(camera->height_px, ==, 540);
	g_assert_cmpuint(camera->n_points, ==, 4);
	g_assert_cmpfloat(camera->points[1].ground.x_m, ==, -7.5);
	g_assert_cmpfloat(camera->range_m, ==, 100);
}

static void test_eyes(void)
{
	owned(config) c = good("network: a\ncameras:\n"
		"  - " DNN ", model: nets/m.onnx, classes: [ignored, car], score_frac: 0.3, input_px: 416, detector_fps: 2}\n"
		"  - {id: west, uri: x, size: [640, 360], lines: [{lane: W_0, from: [10, 20], to: [90, 30]}, {lane: W_1, from: [90, 30], to: [160, 30]}]}\n");
	const struct config_camera *dnn = &c->cameras[0], *lines = &c->cameras[1];
	g_assert_cmpstr(dnn->detector, ==, "dnn");
	g_assert_cmpstr(dnn->model, ==, "etc/nets/m.onnx");
	g_assert_cmpstr(dnn->classes[1], ==, "car");
	g_assert_null(dnn->classes[2]);
	g_assert_cmpfloat(dnn->score_frac, ==, 0.3);
	g_assert_cmpfloat(dnn->overlap_frac, ==, 0.45);
	g_assert_cmpuint(dnn->input_px, ==, 416);
	g_assert_cmpfloat(dnn->detector_fps, ==, 2);
	g_assert_cmpstr(lines->detector, ==, "motion");
	g_assert_cmpuint(lines->n_lanes, ==, 2);
	g_assert_cmpstr(lines->lanes[1], ==, "W_1");
	g_assert_cmpuint(lines->lines[0].to_px[0], ==, 90);
}

static void test_refused(void)
{
	static const char *const wrong[][2] = {
		{"network: a\ncontrol:\n  stale_s: 7abc\n", "etc/greenwave.yaml:3:12: control.stale_s is \"7abc\" s, must be a number from 1 to 60"},
		{"network: a\ncontrol: {stale_s: .nan}\n", "is \".nan\" s"},
		{"network: a\ncontrol: {stale_s: inf}\n", "is \"inf\" s"},
		{"network: a\ncontrol: {stale_s: 1e999}\n", "is \"1e999\" s"},
		{"network: a\ncontrol: {stale_s: 0x10}\n", "is \"0x10\" s"},
		{"network: a\ncontrol: {stale_s: '7'}\n", "must be a number"},
		{"network: a\ncontrol: {stale_s: 61}\n", "from 1 to 60"},
		{"network: a\ncontrol: {stale_s: -5}\n", "from 1 to 60"},
		{"network: a\ncontrol: {stale_s: }\n", "is empty"},
		{"network: a\ncontrol: {stale_s: [5]}\n", "is a list"},
		{"network: a\ncontrol: {stale_s: 5, stale_s: 6}\n", "\"stale_s\" is given twice in control"},
		{"network: a\ncontrol: {stales: 5}\n", "\"stales\" is not a key of control, which knows method, tick_phase_s"},
		{"network: a\ncontrol: 5\n", "control must be a section of keys"},
		{"network: a\ncontrol: {method: magic}\n", "one of adaptive, actuated, maxpressure, webster, fixed"},
		{"network: a\nnonsense: 5\n", "is not a key of the file"},
		{"network: a\nnetwork: b\n", "given twice in the file"},
		{"network: !!int 5\n", "the tag"},
		{"network: \"a\\u0007\"\n", "must be a path"},
		{"control: {}\n", "network must be given"},
		{"{}\n", "network must be given"},
		{"", "the file is empty"},
		{"network: [\n", "not YAML"},
		{"network: a\n--- \nnetwork: b\n", "more than one document"},
		{"- network\n", "the file must be a section"},
		{"network: a\nfeed: {publish: 'udp://x'}\n", "must be an address"},
		{"network: a\nfeed: {publish: 'tcp://127.0.0.1:99999'}\n", "must be an address"},
		{"network: a\nfeed: {publish: 'tcp://0.0.0.0:5556'}\n", "key_file must be given"},
		{"network: a\nfeed: {control: 'tcp://0.0.0.0:5556'}\n", "must be ipc or loopback"},
		{"network: a\nfeed: {estimates: 'tcp://example.org:5556'}\n", "must be ipc or loopback"},
		{"network: a\nfeed: {control: 'ipc://estimates'}\n", "three addresses"},
		{"network: a\nfeed: {allow: [short]}\n", "must be a public key"},
		{"network: a\nworkers: {cameras_per_worker: 2.5}\n", "a whole number from 1 to 64"},
		{"network: a\nlimits: {min_green_s: 20, max_green_s: 10}\n", "must not be over max_green_s"},
		{"network: a\nlimits: {signals: [{id: A, max_green_s: 5, min_green_s: 6}]}\n", "limits of signal A"},
		{"network: a\nlimits: {signals: [{id: A}, {id: A}]}\n", "limits twice"},
		{"network: a\nlimits: {signals: [{amber_s: 3}]}\n", "limits.signals[0].id must be given"},
		{"network: a\ncontrollers: [{signals: [A]}, {signals: [A]}]\n", "driven twice"},
		{"network: a\ncontrollers: [{signals: all}, {signals: all}]\n", "two controllers"},
		{"network: a\ncontrollers: [{signals: all, driver: 'a b'}]\n", "characters A-Z"},
		{"network: a\ncontrollers: [{signals: all, phases: {1: [0]}}]\n", "those of one signal, the entry has 0"},
		{"network: a\ncontrollers: [{signals: A, phases: {0: [0]}}]\n", "from 1 to 64"},
		{"network: a\ncontrollers: [{signals: A, phases: {1: [0], 1: [2]}}]\n", "controllers[0].phases.1 is given twice"},
		{"network: a\ncontrollers: [{signals: A, phases: {1: []}}]\n", "controllers[0].phases.1 must be a list of 1 to 1000 links"},
		{"network: a\ncontrollers: [{signals: A, phases: {1: [x]}}]\n", "must be a whole number from 0 to 9999"},
		{"network: a\ncontrollers: [{signals: A, phases: [1]}]\n", "a section of `number: [number, ...]`"},
		{"network: a\ncontrollers: [{signals: A, options: {x: [1]}}]\n", "controllers[0].options.x must be text"},
		{"network: a\ncontrollers: [{signals: A, options: {x: 1, x: 2}}]\n", "given twice"},
		{"network: a\ncontrollers: [{signals: A, options: {x: '${y}'}}]\n", "controller of A: options.x names the secret y, which needs a secrets file"},
		{"network: a\ncontrollers: [{signals: []}]\n", "a list of 1 to 1000"},
		{"network: a\ncameras: [" CAMERA ", " CAMERA "]\n", "the camera id cam is given twice"},
		{"network: a\ncameras: [{id: c, uri: x, size: [640, 360]}]\n", "camera c: lanes must be given, or lines"},
		{"network: a\ncameras: [{id: c, uri: x, lanes: [a], size: [640, 360]}]\n", "camera c: points must be given, or lines"},
		{"network: a\ncameras: [{id: c, uri: x, lanes: [a], size: [640, 360], lines: [{lane: a, from: [1, 2], to: [9, 9]}]}]\n", "without points and lanes"},
		{"network: a\ncameras: [{id: c, uri: x, size: [640, 360], lines: [{lane: a, from: [1, 2], to: [9]}]}]\n", "cameras[0].lines[0].to"},
		{"network: a\ncameras: [{id: c, uri: x, size: [640, 360], lines: [{lane: a, from: [1, 2], to: [9, 9]}, {lane: a, from: [1, 3], to: [9, 9]}]}]\n",
			"camera c: the lane a has two lines"},
		{"network: a\ncameras: [" DNN "}]\n", "camera cam: detector dnn needs a model"},
		{"network: a\ncameras: [" DNN ", model: m}]\n", "camera cam: detector dnn needs classes"},
		{"network: a\ncameras: [" DNN ", model: m, classes: [car, lorry]}]\n",
			"cameras[0].classes[1] is \"lorry\", must be one of ignored, two-wheeler, car, truck, bus, person"},
		{"network: a\ncameras: [" DNN ", model: m, classes: [car], score_frac: 1.5}]\n", "cameras[0].score_frac is \"1.5\", must be a number from 0.01 to 1"},
		{"network: a\ncameras: [" DNN ", model: m, classes: [car], overlap_frac: -1}]\n", "cameras[0].overlap_frac is \"-1\", must be a number from 0 to 1"},
		{"network: a\ncameras: [" DNN ", model: m, classes: [car], input_px: 16}]\n", "cameras[0].input_px is \"16\" px"},
		{"network: a\ncameras: [" ENTRY ", model: m}]\n", "camera cam: model goes with detector dnn"},
		{"network: a\ncameras: [" ENTRY ", detector: yolo}]\n", "must be one of motion, dnn"},
		{"network: a\ncameras: [5]\n", "cameras[0] must be a section"},
		{"network: a\ncameras: [{id: 'a b'}]\n", "A-Z a-z 0-9"},
		{"network: a\ncameras: [{id: c, uri: x, lanes: [a], size: [640], points: []}]\n", "[width, height]"},
		{"network: a\ncameras: [{id: c, uri: x, lanes: [a], size: [640, 9], points: []}]\n", "from 64 to 8192"},
		{"network: a\ncameras: [{id: c, uri: x, lanes: [a], size: [640, 360], points: [[1,2,3,4]]}]\n", "has 1 rows"},
		{"network: a\ncameras: [{id: c, uri: x, lanes: [a], size: [640, 360], points: [[1,2],1,1,1]}]\n", "four numbers"},
		{"network: a\ncameras: [{id: c, uri: x, lanes: [a], size: [640, 360], points: [[1,2,3,x],1,1,1]}]\n", "is \"x\" m"},
		{"network: a\ncameras: [{id: c, uri: 'rtsp://me:pw@h/', lanes: [a], size: [640, 360], points: [[0,0,0,0],[1,0,1,0],[1,1,1,1],[0,1,0,1]]}]\n",
			"put it into the secrets file"},
		{"network: a\ncameras: [{id: c, uri: 'rtsp://me:${pw}@h/', lanes: [a], size: [640, 360], points: [[0,0,0,0],[1,0,1,0],[1,1,1,1],[0,1,0,1]]}]\n",
			"needs a secrets file"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
		refused(wrong[i][0], wrong[i][1]);
}

/* The edges of each number in the table, and just beyond. */
static void test_ranges(void)
{
	static const struct {
		const char *section, *key;
	} places[] = {{"control", "tick_phase_s"}, {"control", "stale_s"}, {"control", "taper_s"}, {"control", "horizon_s"}, {"control", "stop_penalty_s"},
		{"workers", "cameras_per_worker"}, {"limits", "amber_s"}, {"limits", "all_red_s"}, {"limits", "ped_speed_mps"}, {"limits", "max_red_s"}};
	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		const struct config_row *row = config_rows;
		while (strcmp(row->key, places[i].section) != 0)
			row++;
		for (row = row->rows; strcmp(row->key, places[i].key) != 0; row++)
			;
		double values[] = {row->min, row->max, row->min - 0.001, row->max + 0.001};
		for (int k = 0; k < 4; k++) {
			g_autofree char *value = g_strdup_printf("%g", values[k]);
			g_autofree char *text = g_strconcat("network: a\n", places[i].section, ": {", places[i].key, ": ", value, "}\n", NULL);
			g_autoptr(GError) error = NULL;
			owned(config) c = parse(text, &error);
			if ((c != NULL) != (k < 2))
				g_error("%s: %s", text, c ? "was taken" : error->message);
		}
	}
}

static char *write_file(const char *dir, const char *name, const char *text, mode_t mode)
{
	char *path = g_build_filename(dir, name, NULL);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	g_assert_cmpint(chmod(path, mode), ==, 0);
	return path;
}

static void test_secrets(void)
{
	g_autofree char *dir = g_dir_make_tmp("greenwave-config-XXXXXX", NULL);
	g_autofree char *secrets = write_file(dir, "secrets", "pw: 'p@ss/word'\n", 0600);
	g_autofree char *yaml = write_file(dir, "greenwave.yaml",
		"network: a.net.xml\nsecrets: secrets\ncameras:\n - {id: c, uri: 'rtsp://me:${pw}@h/s', lanes: [a], size: [640, 360], points: "
		"[[0,0,0,0],[1,0,1,0],[1,1,1,1],[0,1,0,1]]}\ncontrollers: [{signals: all, driver: ntcip, options: {community: 'x${pw}', port: 161}}]\n", 0644);
	g_autoptr(GError) error = NULL;
	owned(config) c = config_read(yaml, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(c->controllers[0].options[1], ==, "xp@ss/word");
	g_assert_cmpstr(c->controllers[0].options[3], ==, "161");
	g_assert_cmpstr(c->cameras[0].uri, ==, "rtsp://me:p%40ss%2Fword@h/s");
	g_assert_cmpstr(c->cameras[0].uri_shown, ==, "rtsp://me:${pw}@h/s");
	g_assert_cmpint(chmod(secrets, 0644), ==, 0);
	g_assert_null(config_read(yaml, &error));
	g_assert_nonnull(strstr(error->message, "0600"));
	g_clear_error(&error);
	g_free(write_file(dir, "secrets", "other: x\n", 0600));
	g_assert_null(config_read(yaml, &error));
	g_assert_nonnull(strstr(error->message, "names the secret pw, which is not in the secrets file"));
	g_clear_error(&error);
	g_unlink(secrets);
	g_assert_null(config_read(yaml, &error));
	g_assert_nonnull(strstr(error->message, "No such file"));
	g_clear_error(&error);
	g_unlink(yaml);
	g_assert_null(config_read(yaml, &error));
	g_assert_nonnull(strstr(error->message, "No such file"));
	g_clear_error(&error);
	g_assert_null(config_read(dir, &error));
	g_assert_nonnull(strstr(error->message, "not a file"));
	g_rmdir(dir);
}

/* The page holds the table as it is now; `greenwavectl config keys` prints it. */
static void test_reference(void)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "docs", "configuration.md", NULL);
	g_autofree char *page = NULL, *reference = config_reference();
	g_autoptr(GError) error = NULL;
	g_file_get_contents(path, &page, NULL, &error);
	g_assert_no_error(error);
	g_auto(GStrv) lines = g_strsplit(reference, "\n", -1);
	for (char **line = lines; *line; line++)
		if (!strstr(page, *line))
			g_error("docs/configuration.md lacks this line (see greenwavectl config keys): %s", *line);
}

static void test_endpoints(void)
{
	static const char *const fine[] = {"tcp://127.0.0.1:5556", "tcp://*:1", "tcp://[::1]:5", "tcp://example.org:65535", "ipc://x", "ipc:///a/b"};
	static const char *const wrong[] = {"", "tcp://", "tcp://:5", "tcp://h", "tcp://h:", "tcp://h:x", "tcp://h:70000", "tcp://h:-1", "tcp://h h:5",
		"ipc://", "ipc://@x", "inproc://", "http://x:5"};
	for (size_t i = 0; i < G_N_ELEMENTS(fine); i++)
		g_assert_true(bus_endpoint_check(fine[i], NULL));
	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
		g_assert_false(bus_endpoint_check(wrong[i], NULL));
	g_assert_true(bus_endpoint_local("tcp://127.9.9.9:5"));
	g_assert_true(bus_endpoint_local("tcp://[::1]:5"));
	g_assert_false(bus_endpoint_local("tcp://127.evil.example:5"));
	g_assert_false(bus_endpoint_local("tcp://*:5"));
	g_assert_false(bus_endpoint_local("tcp://10.0.0.1:5"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/config/defaults", test_defaults);
	g_test_add_func("/config/limits-as-core", test_limits_as_core);
	g_test_add_func("/config/all", test_all);
	g_test_add_func("/config/eyes", test_eyes);
	g_test_add_func("/config/refused", test_refused);
	g_test_add_func("/config/ranges", test_ranges);
	g_test_add_func("/config/secrets", test_secrets);
	g_test_add_func("/config/reference", test_reference);
	g_test_add_func("/config/endpoints", test_endpoints);
	return g_test_run();
}
