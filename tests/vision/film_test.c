/* film_test.c - films that greenwave-sim makes, through decoder and all, against the truth beside them; and films that are none.
 *
 * Arguments by environment: GREENWAVE_SIM the program; G_TEST_SRCDIR the source tree.
 */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "tests/vision/film_check.h"

static char *folder, *net_file, *routes_file;

static char *in_folder(const char *name)
{
	return g_build_filename(folder, name, NULL);
}

static void make_film(const char *camera, const char *seconds, const char *seed, char **film, char **truth)
{
	g_autofree char *film_name = g_strconcat(camera, ".mp4", NULL), *truth_name = g_strconcat(camera, ".json", NULL);
	g_autoptr(GError) error = NULL;
	*film = in_folder(film_name);
	*truth = in_folder(truth_name);
	g_autoptr(GSubprocess) sim = g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error, g_getenv("GREENWAVE_SIM"), "film", "-n", net_file, "-r",
		routes_file, "-c", camera, "-o", *film, "--truth", *truth, "--seconds", seconds, "-s", seed, NULL);
	g_assert_no_error(error);
	g_assert_true(g_subprocess_wait_check(sim, NULL, &error));
	g_assert_no_error(error);
}

struct scene {
	const char *camera, *seed;
};

/* Three lanes with a turn pocket, lorries, shadows, noise, H.264: queue and speed of each lane as the project wants them. */
static void check_film(const struct scene *scene, double *vehicles_off, double *vehicles_true)
{
	g_autofree char *film = NULL, *truth = NULL;
	g_autoptr(GError) error = NULL;
	struct film_check f = {.from_s = 5};
	make_film(scene->camera, "150", scene->seed, &film, &truth);
	g_assert_true(film_check_run(&f, net_file, film, truth, NULL, &error));
	g_assert_no_error(error);
	g_assert_cmpstr(f.why, ==, "");
	for (uint32_t k = 0; k < f.n_lanes; k++) {
		struct film_lane *l = &f.lanes[k];
		g_test_message("%s: flow %.0f of %.0f, queue %.2f veh, speed %.2f m/s over %.0f s", l->id, l->flow_seen, l->flow_true,
			l->queue_off / l->seconds, l->speed_off / fmax(1, l->speed_seconds), l->seconds);
		g_assert_cmpfloat(l->seconds, >=, 140);
		g_assert_cmpfloat(l->queue_off / l->seconds, <, 1.5);
		g_assert_cmpfloat(l->speed_off, <, 2 * fmax(1, l->speed_seconds));
		*vehicles_off += fabs(l->flow_seen - l->flow_true);
		*vehicles_true += l->flow_true;
	}
	film_check_finish(&f);
	g_remove(film);
}

/* One vehicle is more than 5 % of what a lane sees in a film: so flow is judged over all films, but no lane's surplus makes up for
 * another's loss. */
static void test_figures(void)
{
	static const struct scene scenes[] = {
		{"J2-west", "42"}, {"J2-north", "42"}, {"J1-east", "3"}, /* here a phantom once stopped the count: 0 of 7 on the middle lane */
	};
	double vehicles_off = 0, vehicles_true = 0;
	for (uint32_t i = 0; i < G_N_ELEMENTS(scenes); i++)
		check_film(&scenes[i], &vehicles_off, &vehicles_true);
	g_test_message("flow: %.0f off of %.0f", vehicles_off, vehicles_true);
	g_assert_cmpfloat(vehicles_true, >, 50);
	g_assert_cmpfloat(vehicles_off, <=, 0.05 * vehicles_true);
}

struct fault {
	GMainLoop *loop;
	struct camera_health last;
	uint32_t estimates;
};

static void on_estimates(void *user, const struct estimate *estimates, uint32_t n)
{
	struct fault *fault = user;
	(void) estimates;
	fault->estimates += n;
}

static void on_state(void *user, const struct camera_health *health)
{
	struct fault *fault = user;
	fault->last = *health;
	if (health->state != CAMERA_CONNECTING && health->state != CAMERA_OK)
		g_main_loop_quit(fault->loop);
}

static gboolean on_late(gpointer user)
{
	(void) user;
	g_error("the camera did not say that something is wrong");
	return G_SOURCE_REMOVE;
}

static struct fault watch_fault(const struct view *v, const char *uri)
{
	g_autoptr(GError) error = NULL;
	struct fault fault = {.loop = g_main_loop_new(NULL, FALSE)};
	struct camera_options options = {.uri = uri, .period_s = 1};
	guint late = g_timeout_add_seconds(30, on_late, NULL);
	owned(camera) c = camera_new(v, &options, on_estimates, on_state, &fault, &error);
	g_assert_no_error(error);
	g_main_loop_run(fault.loop);
	g_source_remove(late);
	g_main_loop_unref(fault.loop);
	return fault;
}

static void test_faults(void)
{
	g_autofree char *film = NULL, *truth = NULL, *garbage = in_folder("garbage.mp4"), *cut = in_folder("cut.mp4"), *bytes = NULL;
	g_autoptr(GError) error = NULL;
	gsize n;
	struct film_check f = {0};
	make_film("J3-south", "12", "42", &film, &truth);
	g_assert_true(film_check_run(&f, net_file, film, truth, NULL, &error));

	struct camera_options options = {.uri = "/nowhere/film.mp4"};
	g_assert_null(camera_new(f.view, &options, NULL, NULL, NULL, &error));
	g_assert_nonnull(strstr(error->message, "no such file"));
	g_clear_error(&error);
	options.uri = "gopher://camera/1";
	g_assert_null(camera_new(f.view, &options, NULL, NULL, NULL, &error));
	g_assert_nonnull(strstr(error->message, "must begin with rtsp://"));
	g_clear_error(&error);

	g_assert_true(g_file_set_contents(garbage, "this is not a film, however often one looks at it", -1, NULL));
	struct fault fault = watch_fault(f.view, garbage);
	g_assert_cmpint(fault.last.state, ==, CAMERA_LOST);
	g_assert_cmpstr(fault.last.why, !=, "");

	/* A film that breaks off in the middle and is garbled before it does. */
	g_assert_true(g_file_get_contents(film, &bytes, &n, NULL));
	for (gsize i = n / 3; i < n / 2; i += 97)
		bytes[i] = (char) ~bytes[i];
	g_assert_true(g_file_set_contents(cut, bytes, (gssize) n, NULL));
	fault = watch_fault(f.view, cut);
	g_assert_true(fault.last.state == CAMERA_LOST || fault.last.state == CAMERA_ENDED);
	g_assert_true(g_file_set_contents(cut, bytes, (gssize) (n / 2), NULL));
	fault = watch_fault(f.view, cut);
	g_assert_true(fault.last.state == CAMERA_LOST || fault.last.state == CAMERA_ENDED);
	film_check_finish(&f);
}

/* Nothing listens there: lost, tried again, and gone at once when it is freed. */
static void test_silent_address(void)
{
	g_autofree char *film = NULL, *truth = NULL;
	struct film_check f = {0};
	make_film("J3-south", "2", "42", &film, &truth);
	g_assert_true(film_check_run(&f, net_file, film, truth, NULL, NULL));
	struct fault fault = watch_fault(f.view, "rtsp://user:secret@127.0.0.1:9/none");
	g_assert_cmpint(fault.last.state, ==, CAMERA_LOST);
	g_assert_null(strstr(fault.last.why, "secret"));
	film_check_finish(&f);
}

static void test_snapshot(void)
{
	g_autofree char *film = NULL, *truth = NULL, *png = in_folder("snapshot.png"), *bytes = NULL;
	g_autoptr(GError) error = NULL;
	gsize n = 0;
	struct film_check f = {0};
	make_film("J3-south", "8", "42", &film, &truth);
	g_assert_true(film_check_run(&f, net_file, film, truth, png, &error));
	g_assert_no_error(error);
	g_assert_true(g_file_get_contents(png, &bytes, &n, NULL));
	g_assert_cmpuint(n, >, 20000);
	g_assert_cmpmem(bytes, 8, "\x89PNG\r\n\x1a\n", 8);
	film_check_finish(&f);
	g_remove(png);
}

static void remove_folder(void)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
		g_autofree char *path = in_folder(name);
		g_remove(path);
	}
	g_dir_close(dir);
	g_rmdir(folder);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	folder = g_dir_make_tmp("greenwave-film-XXXXXX", NULL);
	net_file = g_test_build_filename(G_TEST_DIST, "configs", "district", "district.net.xml", NULL);
	routes_file = g_test_build_filename(G_TEST_DIST, "configs", "district", "district.rou.xml", NULL);
	g_test_add_func("/film/figures", test_figures);
	g_test_add_func("/film/faults", test_faults);
	g_test_add_func("/film/silent-address", test_silent_address);
	g_test_add_func("/film/snapshot", test_snapshot);
	int failed = g_test_run();
	remove_folder();
	g_free(folder);
	g_free(net_file);
	g_free(routes_file);
	return failed;
}
