/* ntcip_wire_test.c - the driver of a unit and the test cabinet with real datagrams between them, SNMP v1 and v2c: each way in which an
 * answer can be wrong. Seconds are simulated, time-outs are real and short.
 */
#include <gio/gio.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/ntcip_snmp.h"
#include "daemon/ntcip_talk.h"
#include "tests/daemon/asc_wire.h"
#include "tests/daemon/ntcip_scene.h"

#define TIMEOUT_S 0.06

struct wire { /* the cabinet's end */
	struct ntcip_scene scene;
	struct ntcip_exchange *exchange;
	struct ntcip_link *link;
	int fd;
	uint16_t port;
	guint source;
	enum asc_wire_fault fault;
	bool late; /* each answer comes with the next question */
	uint8_t kept[4096];
	size_t n_kept;
};

static gboolean on_question(gint fd, GIOCondition condition, gpointer user)
{
	struct wire *w = user;
	uint8_t in[2048], out[4096];
	struct sockaddr_storage from;
	socklen_t size = sizeof from;
	ssize_t n = recvfrom(fd, in, sizeof in, MSG_DONTWAIT, (struct sockaddr *) &from, &size);

	(void) condition;
	if (n <= 0)
		return G_SOURCE_CONTINUE;
	size_t length = asc_wire_answer(w->scene.model, w->fault, in, (size_t) n, out, sizeof out);
	if (w->late) {
		if (w->n_kept > 0)
			sendto(fd, w->kept, w->n_kept, 0, (const struct sockaddr *) &from, size);
		memcpy(w->kept, out, length);
		w->n_kept = length;
	} else if (length > 0) {
		sendto(fd, out, length, 0, (const struct sockaddr *) &from, size);
	}
	return G_SOURCE_CONTINUE;
}

/* Until nothing is under way any more. */
static void deliver(struct ntcip_scene *s)
{
	struct wire *w = s->other;

	for (;;) {
		struct ntcip_exchange_counts c = ntcip_exchange_counts(w->exchange);
		if (c.in_flight == 0 && c.waiting == 0)
			return;
		g_main_context_iteration(NULL, true);
	}
}

static void wire_begin(struct wire *w, enum ntcip_version version, uint32_t vars)
{
	static const struct asc_make make = {.seed = 5, .backup_s = 60, .vehicles_ph = 150};
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof a;
	g_autoptr(GError) error = NULL;

	*w = (struct wire){.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
	g_assert_cmpint(bind(w->fd, (const struct sockaddr *) &a, sizeof a), ==, 0);
	getsockname(w->fd, (struct sockaddr *) &a, &size);
	w->port = ntohs(a.sin_port);
	w->source = g_unix_fd_add(w->fd, G_IO_IN, on_question, w);
	w->exchange = ntcip_exchange_new();
	struct ntcip_access access = {.host = (char *) "127.0.0.1",
		.port = w->port,
		.version = version,
		.read_community = (char *) "public",
		.write_community = (char *) "administrator",
		.timeout_s = TIMEOUT_S};
	w->link = ntcip_snmp_link(w->exchange, &access, &error);
	g_assert_no_error(error);
	ntcip_scene_begin(&w->scene, &make, &(struct ntcip_unit_setup){.link = w->link, .vars_most = vars});
	w->scene.deliver = deliver;
	w->scene.other = w;
}

static void wire_end(struct wire *w)
{
	ntcip_scene_end(&w->scene);
	ntcip_exchange_free(w->exchange);
	g_source_remove(w->source);
	close(w->fd);
}

static bool give_plan(struct wire *w, uint32_t row, uint32_t offset_s)
{
	struct controller_split splits[8];
	struct controller_pattern p = ntcip_scene_pattern(splits, row, 96, offset_s);

	return ntcip_scene_give(&w->scene, &p);
}

struct wire_case {
	const char *name;
	enum asc_wire_fault fault;
	bool late;
	const char *alert; /* besides controller-down, which goes with silence */
};

static const struct wire_case cases[] = {
	{"silent", ASC_WIRE_SILENT, false, NULL},
	{"late", ASC_WIRE_GOOD, true, "controller-garbage"},
	{"garbage", ASC_WIRE_GARBAGE, false, "controller-garbage"},
	{"cut", ASC_WIRE_CUT, false, "controller-garbage"},
	{"wrong_type", ASC_WIRE_WRONG_TYPE, false, "controller-garbage"},
	{"out_of_range", ASC_WIRE_RANGE, false, "controller-garbage"},
	{"other_objects", ASC_WIRE_OTHER, false, "controller-garbage"},
	{"fewer_objects", ASC_WIRE_FEWER, false, "controller-garbage"},
	{"other_id", ASC_WIRE_OTHER_ID, false, "controller-garbage"},
};

static void test_case(const struct wire_case *k, enum ntcip_version version)
{
	struct wire w;

	wire_begin(&w, version, 24);
	struct ntcip_heard *h = &w.scene.heard;
	ntcip_scene_run(&w.scene, 5);
	g_assert_cmpuint(h->ups, ==, 1);
	g_assert_true(give_plan(&w, 40, 10));
	ntcip_scene_run(&w.scene, 5);
	uint32_t statuses = h->statuses;
	w.fault = k->fault;
	w.late = k->late;
	ntcip_scene_run(&w.scene, 25);
	g_assert_false(give_plan(&w, 41, 20));
	g_assert_cmpuint(h->statuses, <=, statuses + 1); /* nothing of it was taken for what shows */
	if (k->alert != NULL)
		g_assert_true(ntcip_scene_alert(&w.scene, k->alert));
	if (k->fault != ASC_WIRE_WRONG_TYPE && k->fault != ASC_WIRE_RANGE && k->fault != ASC_WIRE_OTHER && k->fault != ASC_WIRE_FEWER)
		g_assert_cmpuint(h->downs, >=, 1);
	if (k->late || k->fault == ASC_WIRE_GARBAGE || k->fault == ASC_WIRE_CUT || k->fault == ASC_WIRE_OTHER_ID)
		g_assert_cmpuint(ntcip_snmp_strays(w.link), >, 0);
	w.fault = ASC_WIRE_GOOD;
	w.late = false;
	ntcip_scene_run(&w.scene, 120);
	g_assert_cmpuint(h->n_alerts, ==, 0);
	g_assert_true(give_plan(&w, 42, 30));
	for (int v = 0; v < ASC_N_VIOLATIONS; v++)
		g_assert_cmpuint(asc_model_count(w.scene.model, (enum asc_violation) v), ==, 0);
	wire_end(&w);
}

static void test_v1(gconstpointer data)
{
	test_case(data, NTCIP_V1);
}

static void test_v2c(gconstpointer data)
{
	test_case(data, NTCIP_V2C);
}

/* A unit that takes no more than ten objects at a time is asked for fewer, and all is well. */
static void test_too_big(void)
{
	struct wire w;

	wire_begin(&w, NTCIP_V1, 24);
	w.fault = ASC_WIRE_TOO_BIG;
	ntcip_scene_run(&w.scene, 10);
	g_assert_cmpuint(w.scene.heard.ups, ==, 1);
	g_assert_true(give_plan(&w, 40, 0));
	g_assert_cmpuint(w.scene.heard.n_alerts, ==, 0);
	wire_end(&w);
}

static void on_outcome(void *user, const struct ntcip_outcome *o)
{
	bool *done = user;

	g_assert_cmpint(o->error, ==, NTCIP_OK);
	g_assert_cmpuint(o->n, ==, 3);
	g_assert_cmpint(o->vars[0].error, ==, NTCIP_OK);
	g_assert_cmpint(o->vars[0].number, ==, 8);
	g_assert_cmpint(o->vars[1].error, ==, NTCIP_NO_SUCH);
	g_assert_cmpint(o->vars[2].error, ==, NTCIP_OK);
	*done = true;
}

/* v1 refuses the whole question for one object that is not there; the others are asked for again. */
static void test_missing(void)
{
	struct wire w;
	struct ntcip_var vars[] = {
		{.object = NTCIP_MAX_PHASES}, {.object = NTCIP_OVERLAP_GREENS, .index = 1}, {.object = NTCIP_GREENS, .index = 1}};
	g_autoptr(GError) error = NULL;
	bool done = false;

	wire_begin(&w, NTCIP_V1, 24);
	struct ntcip_access access = {.host = (char *) "127.0.0.1",
		.port = w.port,
		.version = NTCIP_V1,
		.read_community = (char *) "public",
		.write_community = (char *) "administrator",
		.timeout_s = 1};
	struct ntcip_talk *t = ntcip_talk_new(ntcip_snmp_link(w.exchange, &access, &error), 24, &done);
	ntcip_talk_get(t, vars, 3, 1, on_outcome);
	while (!done)
		g_main_context_iteration(NULL, true);
	ntcip_talk_free(t);
	wire_end(&w);
}

/* What is not its own to write does not leave the house, even if somebody in it asked for that. */
static void test_last_door(void)
{
	if (g_test_subprocess()) {
		struct wire w;
		struct ntcip_var yellow = {.object = NTCIP_PHASE_YELLOW, .index = 2, .number = 30};
		wire_begin(&w, NTCIP_V2C, 24);
		w.link->ask(w.link, true, &yellow, 1);
		return;
	}
	g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
	g_test_trap_assert_failed();
	g_test_trap_assert_stderr("*ntcip_writable*");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *v1 = g_strdup_printf("/ntcip_wire/v1/%s", cases[i].name),
						*v2c = g_strdup_printf("/ntcip_wire/v2c/%s", cases[i].name);
		g_test_add_data_func(v1, &cases[i], test_v1);
		g_test_add_data_func(v2c, &cases[i], test_v2c);
	}
	g_test_add_func("/ntcip_wire/too_big", test_too_big);
	g_test_add_func("/ntcip_wire/missing", test_missing);
	g_test_add_func("/ntcip_wire/last_door", test_last_door);
	return g_test_run();
}
