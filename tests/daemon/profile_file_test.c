/* profile_file_test.c - what the days taught survives a restart; a damaged file teaches nothing. */
#include <glib/gstdio.h>
#include <string.h>

#include "core/netfile.h"
#include "daemon/profile_file.h"
#include "optimizer/profile.h"

struct scene {
	struct network *net;
	struct pilot *pilot;
	char *dir, *path;
};

static struct pilot *make(const struct network *net)
{
	struct pilot_options o = pilot_options_default();
	g_autoptr(GError) error = NULL;
	struct pilot *p = pilot_new(net, &o, &error);

	g_assert_no_error(error);
	return p;
}

static struct profile_days days_of(uint32_t lane)
{
	struct profile_days days;

	for (uint32_t q = 0; q < PROFILE_QUARTERS; q++) {
		days.vps[q] = (float) ((lane + 1) * 0.001 + q * 0.0005);
		days.days[q] = (uint8_t) (q % 7);
	}
	return days;
}

static void begin(struct scene *s)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	g_autoptr(GError) error = NULL;

	s->net = netfile_read(path, NULL, &error);
	g_assert_no_error(error);
	s->pilot = make(s->net);
	s->dir = g_dir_make_tmp("greenwave-test-XXXXXX", NULL);
	s->path = g_build_filename(s->dir, "profile", NULL);
	const struct junction *j = pilot_junction(s->pilot, 0);
	for (uint32_t i = 0; i < j->n_lanes; i++) {
		struct profile_days days = days_of(j->lanes[i]);
		g_assert_true(pilot_teach(s->pilot, j->lanes[i], &days));
	}
}

static void end(struct scene *s)
{
	g_unlink(s->path);
	g_rmdir(s->dir);
	g_free(s->dir);
	g_free(s->path);
	pilot_free(s->pilot);
	network_free(s->net);
}

static uint32_t n_taught(const struct scene *s, const struct pilot *p)
{
	struct profile_days days;
	uint32_t n = 0;

	for (uint32_t lane = 0; lane < s->net->n_lanes; lane++)
		n += optimizer_learned(pilot_optimizer(p), lane, &days);
	return n;
}

static void test_restart(void)
{
	struct scene s;
	g_autoptr(GError) error = NULL;
	struct profile_file_counts counts;

	begin(&s);
	struct pilot *next = make(s.net);
	g_assert_false(profile_file_read(s.path, s.net, next, &counts, &error)); /* the first day */
	g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
	g_clear_error(&error);
	g_assert_true(profile_file_save(s.path, s.net, s.pilot, &error));
	g_assert_true(profile_file_save(s.path, s.net, s.pilot, &error)); /* over the old one */
	g_assert_true(profile_file_read(s.path, s.net, next, &counts, &error));
	g_assert_no_error(error);
	const struct junction *j = pilot_junction(next, 0);
	g_assert_cmpuint(counts.lanes, ==, j->n_lanes);
	g_assert_cmpuint(counts.unknown, ==, 0);
	for (uint32_t i = 0; i < j->n_lanes; i++) {
		struct profile_days days, was = days_of(j->lanes[i]);
		g_assert_true(optimizer_learned(pilot_optimizer(next), j->lanes[i], &days));
		for (uint32_t q = 0; q < PROFILE_QUARTERS; q++) {
			g_assert_cmpfloat_with_epsilon((double) days.vps[q], (double) was.vps[q], 1e-6);
			g_assert_cmpuint(days.days[q], ==, was.days[q]);
		}
	}
	pilot_tick(next, 1000);
	pilot_tick(next, 5000); /* the clock jumps: the optimizer begins anew, and remembers */
	g_assert_cmpuint(n_taught(&s, next), ==, j->n_lanes);
	pilot_free(next);
	end(&s);
}

/* Every byte matters, and none of it may be missing. */
static void test_damaged(void)
{
	struct scene s;
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	gsize length = 0;
	struct profile_file_counts counts;

	begin(&s);
	g_assert_true(profile_file_save(s.path, s.net, s.pilot, &error));
	g_assert_true(g_file_get_contents(s.path, &text, &length, &error));
	struct pilot *next = make(s.net);
	for (gsize at = 0; at < length; at += at + 200 < length ? 13 : 1) {
		g_autofree char *bad = g_memdup2(text, length + 1), *cut = g_memdup2(text, length + 1);
		bad[at] = (char) (bad[at] ^ 1 << g_test_rand_int_range(0, 8));
		g_assert_false(profile_file_parse(bad, length, "p", s.net, next, &counts, &error));
		g_assert_nonnull(strstr(error->message, "p:"));
		g_clear_error(&error);
		cut[at] = '\0';
		g_assert_false(profile_file_parse(cut, at, "p", s.net, next, &counts, &error));
		g_assert_error(error, PROFILE_FILE_ERROR, PROFILE_FILE_ERROR_DAMAGED);
		g_clear_error(&error);
	}
	g_assert_cmpuint(n_taught(&s, next), ==, 0);
	pilot_free(next);
	end(&s);
}

/* Whole, with the right checksum, and yet nothing to learn from. */
static void test_absurd(void)
{
	static const struct {
		const char *body;
		bool lane_names, taken; /* %s stands for a lane's name and its tab */
		int code;
	} cases[] = {
		{"greenwave-profile 2\n", false, false, PROFILE_FILE_ERROR_VERSION}, {"greenwave-profile x\n", false, false, PROFILE_FILE_ERROR_DAMAGED},
		{"something else\n", false, false, PROFILE_FILE_ERROR_DAMAGED}, {"greenwave-profile 1\nno tab\n", false, false, PROFILE_FILE_ERROR_DAMAGED},
		{"greenwave-profile 1\nlane\t1:1\n", false, false, PROFILE_FILE_ERROR_DAMAGED}, {"greenwave-profile 1\n", false, true, 0},
		{"2000001:1", true, false, PROFILE_FILE_ERROR_DAMAGED}, {"-1:1", true, false, PROFILE_FILE_ERROR_DAMAGED}, {"1:256", true, false, PROFILE_FILE_ERROR_DAMAGED},
		{"nan:1", true, false, PROFILE_FILE_ERROR_DAMAGED}, {"1:1 ", true, false, PROFILE_FILE_ERROR_DAMAGED}, {"2000000:255", true, true, 0},
	};
	struct scene s;

	begin(&s);
	for (size_t k = 0; k < G_N_ELEMENTS(cases); k++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GString) text = g_string_new(cases[k].lane_names ? "greenwave-profile 1\nnowhere\t" : cases[k].body);
		struct profile_file_counts counts;
		for (uint32_t q = 0; cases[k].lane_names && q < PROFILE_QUARTERS; q++)
			g_string_append_printf(text, "%s%s", cases[k].body, q + 1 < PROFILE_QUARTERS ? " " : "\n");
		g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text->str, (gssize) text->len);
		g_string_append_printf(text, "sha256 %s\n", sum);
		bool taken = profile_file_parse(text->str, text->len, "p", s.net, s.pilot, &counts, &error);
		g_assert_true(taken == cases[k].taken);
		if (!taken)
			g_assert_error(error, PROFILE_FILE_ERROR, cases[k].code);
		else
			g_assert_cmpuint(counts.unknown, ==, cases[k].lane_names);
	}
	end(&s);
}

/* A save that fails leaves what was there. */
static void test_no_room(void)
{
	struct scene s;
	g_autoptr(GError) error = NULL;

	begin(&s);
	g_autofree char *nowhere = g_build_filename(s.dir, "no", "such", "folder", NULL);
	g_assert_false(profile_file_save(nowhere, s.net, s.pilot, &error));
	g_assert_nonnull(strstr(error->message, nowhere));
	end(&s);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/profile-file/restart", test_restart);
	g_test_add_func("/profile-file/damaged", test_damaged);
	g_test_add_func("/profile-file/absurd", test_absurd);
	g_test_add_func("/profile-file/no-room", test_no_room);
	return g_test_run();
}
