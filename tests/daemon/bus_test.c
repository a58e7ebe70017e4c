/* bus_test.c - sockets over inproc, ipc and loopback: messages arrive, garbage and what is too long is refused and counted, a slow
 * subscriber holds nobody up, ports in use and missing keys are said. */
#include <glib/gstdio.h>
#include <string.h>
#include <zmq.h>

#include "daemon/bus.h"

#define PATIENCE_S 10.0

static char *dir; /* for ipc sockets */

static struct bus_socket *open_at(struct bus *b, enum bus_kind kind, bool bind, const char *endpoint, const struct bus_keys *keys)
{
	g_autoptr(GError) error = NULL;
	struct bus_options o = {.kind = kind, .bind = bind, .endpoint = endpoint, .max_bytes = 1000, .keys = keys};
	struct bus_socket *s = bus_open(b, &o, &error);
	g_assert_no_error(error);
	return s;
}

/* Subscriptions travel: says `topic` until it comes through. */
static void meet(struct bus_socket *pub, struct bus_socket *sub)
{
	for (int i = 0; i < 1000; i++) {
		g_autofree char *topic = NULL, *body = NULL;
		size_t length;
		bus_publish(pub, "meet", "{}");
		if (bus_wait(sub, 0.01, &topic, &body, &length))
			return;
	}
	g_error("the two never met");
}

struct box {
	GMainLoop *loop;
	unsigned wanted, got;
	char last[64];
};

static char *on_message(void *user, const char *topic, const char *body, size_t length)
{
	struct box *box = user;
	g_assert_cmpuint(strlen(body), ==, length);
	if (topic && strcmp(topic, "meet") == 0)
		return NULL;
	g_snprintf(box->last, sizeof(box->last), "%s %s", topic ? topic : "-", body);
	if (++box->got == box->wanted)
		g_main_loop_quit(box->loop);
	return NULL;
}

static gboolean on_late(gpointer user)
{
	(void) user;
	g_error("nothing came");
	return G_SOURCE_REMOVE;
}

static void run(struct box *box)
{
	guint late = g_timeout_add_seconds((guint) PATIENCE_S, on_late, NULL);
	box->loop = g_main_loop_new(NULL, FALSE);
	if (box->got < box->wanted)
		g_main_loop_run(box->loop);
	g_main_loop_unref(box->loop);
	g_source_remove(late);
}

static gboolean say_all(gpointer user)
{
	for (int i = 0; i < 500; i++) {
		g_autofree char *body = g_strdup_printf("{\"i\":%d}", i);
		bus_publish(user, "plan/J1", body);
	}
	return G_SOURCE_REMOVE;
}

/* More than one dispatch takes at once, all of it while the loop is asleep: edge-triggered ZMQ_FD must not lose the rest. */
static void feed_over(const char *endpoint)
{
	owned(bus) b = bus_new();
	owned(bus_socket) pub = open_at(b, BUS_PUB, true, endpoint, NULL);
	owned(bus_socket) sub = open_at(b, BUS_SUB, false, bus_endpoint(pub), NULL);
	bus_subscribe(sub, "");
	meet(pub, sub);
	struct box box = {.wanted = 500};
	bus_watch(sub, on_message, &box);
	g_timeout_add(20, say_all, pub);
	run(&box);
	g_assert_cmpstr(box.last, ==, "plan/J1 {\"i\":499}");
	box.wanted = 1000;
	g_timeout_add(20, say_all, pub); /* and again, after it had gone quiet */
	run(&box);
}

static void test_feed(void)
{
	g_autofree char *ipc = g_strdup_printf("ipc://%s/feed", dir);
	feed_over(ipc);
	feed_over("tcp://127.0.0.1:*");
	feed_over("inproc://feed");
}

static void test_topics(void)
{
	owned(bus) b = bus_new();
	owned(bus_socket) pub = open_at(b, BUS_PUB, true, "inproc://x", NULL);
	owned(bus_socket) sub = open_at(b, BUS_SUB, false, "inproc://x", NULL);
	bus_subscribe(sub, "meet");
	bus_subscribe(sub, "signal/");
	meet(pub, sub);
	bus_publish(pub, "plan/J1", "{}");
	bus_publish(pub, "signal/J1", "{}");
	g_autofree char *topic = NULL, *body = NULL;
	size_t length;
	do {
		g_clear_pointer(&topic, g_free);
		g_clear_pointer(&body, g_free);
		g_assert_true(bus_wait(sub, PATIENCE_S, &topic, &body, &length));
	} while (strcmp(topic, "meet") == 0);
	g_assert_cmpstr(topic, ==, "signal/J1");
}

/* One frame, three frames, a topic with a 0 in it, a long body: refused, counted; what follows comes through. */
static void test_garbage(void)
{
	g_autofree char *ipc = g_strdup_printf("ipc://%s/garbage", dir);
	owned(bus) b = bus_new();
	owned(bus_socket) sub = open_at(b, BUS_SUB, true, ipc, NULL);
	bus_subscribe(sub, "");
	owned(bus_socket) pub = open_at(b, BUS_PUB, false, ipc, NULL);
	meet(pub, sub);
	void *context = zmq_ctx_new(), *raw = zmq_socket(context, ZMQ_PUB);
	g_assert_cmpint(zmq_connect(raw, ipc), ==, 0);
	g_autofree char *topic = NULL, *body = NULL;
	size_t length;
	for (int i = 0; i < 1000 && bus_counts(sub).wrong_shape == 0; i++) { /* until its connection stands */
		zmq_send(raw, "alone", 5, 0);
		if (!bus_wait(sub, 0.01, &topic, &body, &length))
			continue;
		g_assert_cmpstr(topic, ==, "meet"); /* one that was still under way */
		g_clear_pointer(&topic, g_free);
		g_clear_pointer(&body, g_free);
	}
	uint64_t before = bus_counts(sub).wrong_shape;
	g_assert_cmpuint(before, >, 0);
	zmq_send(raw, "a", 1, ZMQ_SNDMORE), zmq_send(raw, "b", 1, ZMQ_SNDMORE), zmq_send(raw, "c", 1, 0);
	zmq_send(raw, "a\0b", 3, ZMQ_SNDMORE), zmq_send(raw, "{}", 2, 0);
	g_autofree char *big = g_strnfill(1001, 'x');
	zmq_send(raw, "a", 1, ZMQ_SNDMORE), zmq_send(raw, big, 1001, 0);
	zmq_send(raw, "good", 4, ZMQ_SNDMORE), zmq_send(raw, "{}", 2, 0);
	g_assert_true(bus_wait(sub, PATIENCE_S, &topic, &body, &length));
	g_assert_cmpstr(topic, ==, "good");
	g_assert_cmpuint(bus_counts(sub).wrong_shape, >=, before + 2);
	g_assert_cmpuint(bus_counts(sub).too_long, ==, 1);
	zmq_close(raw);
	zmq_ctx_term(context);
}

/* Nobody reads: publishing goes on at once, and later the subscriber finds a part of it. */
static void test_slow(void)
{
	owned(bus) b = bus_new();
	struct bus_options o = {.kind = BUS_PUB, .bind = true, .endpoint = "inproc://slow", .high_water = 10};
	owned(bus_socket) pub = bus_open(b, &o, NULL);
	o.kind = BUS_SUB, o.bind = false;
	owned(bus_socket) sub = bus_open(b, &o, NULL);
	bus_subscribe(sub, "");
	meet(pub, sub);
	gint64 start_us = g_get_monotonic_time();
	for (int i = 0; i < 10000; i++)
		bus_publish(pub, "a", "{}");
	g_assert_cmpint(g_get_monotonic_time() - start_us, <, 5 * G_USEC_PER_SEC);
	unsigned got = 0;
	for (;;) {
		g_autofree char *topic = NULL, *body = NULL;
		size_t length;
		if (!bus_wait(sub, 0, &topic, &body, &length))
			break;
		got++;
	}
	g_assert_cmpuint(got, >, 0);
	g_assert_cmpuint(got, <, 100);
}

static char *on_request(void *user, const char *topic, const char *body, size_t length)
{
	(void) user;
	g_assert_null(topic);
	return g_strdup_printf("{\"had\":%zu,\"first\":\"%c\"}", length, body[0]);
}

static gpointer ask_thread(gpointer user)
{
	g_autoptr(GError) error = NULL;
	owned(bus) b = bus_new();
	owned(bus_socket) req = open_at(b, BUS_REQ, false, user, NULL);
	g_autofree char *big = g_strnfill(2000, 'x');
	g_autofree char *refusal = bus_ask(req, big, PATIENCE_S, &error);
	g_assert_no_error(error);
	g_assert_nonnull(strstr(refusal, "\"error\""));
	char *reply = bus_ask(req, "hello", PATIENCE_S, &error);
	g_assert_no_error(error);
	return reply;
}

static gboolean is_done(gpointer user)
{
	(void) user;
	return G_SOURCE_CONTINUE;
}

static void test_calls(void)
{
	g_autofree char *ipc = g_strdup_printf("ipc://%s/calls", dir);
	owned(bus) b = bus_new();
	owned(bus_socket) rep = open_at(b, BUS_REP, true, ipc, NULL);
	bus_watch(rep, on_request, NULL);
	GThread *thread = g_thread_new("ask", ask_thread, ipc);
	guint tick = g_timeout_add(20, is_done, NULL); /* wakes the loop so that its condition is looked at */
	gint64 until_us = g_get_monotonic_time() + (gint64) (PATIENCE_S * 1e6);
	while (bus_counts(rep).sent < 1 && g_get_monotonic_time() < until_us)
		g_main_context_iteration(NULL, TRUE);
	g_source_remove(tick);
	g_autofree char *reply = g_thread_join(thread);
	g_assert_cmpstr(reply, ==, "{\"had\":5,\"first\":\"h\"}");
	g_assert_cmpuint(bus_counts(rep).too_long, ==, 1);
}

/* Nobody there: said at once or after the patience asked for, and a late peer gets no old request. */
static void test_silent(void)
{
	g_autofree char *ipc = g_strdup_printf("ipc://%s/silent", dir);
	g_autoptr(GError) error = NULL;
	owned(bus) b = bus_new();
	owned(bus_socket) req = open_at(b, BUS_REQ, false, ipc, NULL);
	g_assert_false(bus_send(req, "old", &error));
	g_assert_error(error, BUS_ERROR, BUS_ERROR_SILENT);
	g_clear_error(&error);
	g_assert_null(bus_ask(req, "old", 0.05, &error));
	g_assert_error(error, BUS_ERROR, BUS_ERROR_SILENT);
	g_clear_error(&error);
	owned(bus_socket) rep = open_at(b, BUS_REP, true, ipc, NULL);
	g_autofree char *topic = NULL, *body = NULL;
	size_t length;
	for (int i = 0; i < 1000 && !bus_send(req, "new", NULL); i++)
		g_usleep(10000); /* libzmq connects again in its own time */
	g_assert_true(bus_wait(rep, PATIENCE_S, &topic, &body, &length));
	g_assert_cmpstr(body, ==, "new");
	/* It never answers; the socket is not locked by that. */
	g_assert_null(bus_ask(req, "newer", 0.05, &error));
	g_assert_error(error, BUS_ERROR, BUS_ERROR_SILENT);
	g_assert_true(bus_send(req, "newest", NULL));
}

static void test_in_use(void)
{
	owned(bus) b = bus_new();
	g_autofree char *ipc = g_strdup_printf("ipc://%s/one", dir);
	const char *endpoints[] = {"tcp://127.0.0.1:*", ipc};
	for (int i = 0; i < 2; i++) {
		owned(bus_socket) first = open_at(b, BUS_PUB, true, endpoints[i], NULL);
		g_autofree char *same = g_strdup(bus_endpoint(first));
		struct bus_options o = {.kind = BUS_PUB, .bind = true, .endpoint = same};
		g_autoptr(GError) error = NULL;
		g_assert_null(bus_open(b, &o, &error));
		g_assert_error(error, BUS_ERROR, BUS_ERROR_IN_USE);
		g_assert_nonnull(strstr(error->message, same));
	}
}

static void test_needs_curve(void)
{
	static const char *const endpoints[] = {"tcp://*:5599", "tcp://0.0.0.0:5599", "tcp://127.evil.example:5599"};
	owned(bus) b = bus_new();
	for (size_t i = 0; i < G_N_ELEMENTS(endpoints); i++)
		for (int bind = 0; bind < 2; bind++) {
			g_autoptr(GError) error = NULL;
			struct bus_options o = {.kind = bind ? BUS_PUB : BUS_SUB, .bind = bind, .endpoint = endpoints[i]};
			g_assert_null(bus_open(b, &o, &error));
			g_assert_error(error, BUS_ERROR, BUS_ERROR_KEYS);
		}
}

static bool comes_in(struct bus *b, struct bus_socket *pub, const struct bus_keys *keys, int tries)
{
	owned(bus_socket) sub = open_at(b, BUS_SUB, false, bus_endpoint(pub), keys);
	bus_subscribe(sub, "");
	for (int i = 0; i < tries; i++) {
		g_autofree char *topic = NULL, *body = NULL;
		size_t length;
		bus_publish(pub, "a", "{}");
		if (bus_wait(sub, 0.01, &topic, &body, &length))
			return true;
	}
	return false;
}

static void test_curve(void)
{
	g_autoptr(GError) error = NULL;
	struct bus_keys server = {"", "", ""}, friend = {"", "", ""}, stranger = {"", "", ""}, again = {"", "", ""};
	g_autofree char *a = g_build_filename(dir, "server.key", NULL), *f = g_build_filename(dir, "friend.key", NULL),
		*s = g_build_filename(dir, "stranger.key", NULL);
	g_assert_true(bus_keys_make(&server, a, &error) && bus_keys_make(&friend, f, &error) && bus_keys_make(&stranger, s, &error));
	g_assert_false(bus_keys_make(&again, a, NULL)); /* never overwritten */
	g_assert_true(bus_keys_read(&again, a, &error));
	g_assert_cmpstr(again.public, ==, server.public);
	g_assert_cmpint(g_chmod(a, 0640), ==, 0);
	g_assert_false(bus_keys_read(&again, a, &error));
	g_assert_nonnull(strstr(error->message, "0600"));
	g_strlcpy(friend.server, server.public, BUS_KEY);
	g_strlcpy(stranger.server, server.public, BUS_KEY);
	const char *listed[] = {friend.public, NULL};
	owned(bus) b = bus_new();
	owned(bus_socket) pub = open_at(b, BUS_PUB, true, "tcp://127.0.0.1:*", &server);
	g_assert_false(comes_in(b, pub, &friend, 20)); /* nobody is listed yet */
	bus_allow(b, listed);
	g_assert_true(comes_in(b, pub, &friend, 500));
	g_assert_false(comes_in(b, pub, &stranger, 30));
	g_assert_false(comes_in(b, pub, NULL, 30)); /* and nobody in clear */
	g_unlink(a), g_unlink(f), g_unlink(s);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	dir = g_dir_make_tmp("greenwave-bus-XXXXXX", NULL);
	g_test_add_func("/bus/feed", test_feed);
	g_test_add_func("/bus/topics", test_topics);
	g_test_add_func("/bus/garbage", test_garbage);
	g_test_add_func("/bus/slow", test_slow);
	g_test_add_func("/bus/calls", test_calls);
	g_test_add_func("/bus/silent", test_silent);
	g_test_add_func("/bus/in-use", test_in_use);
	g_test_add_func("/bus/needs-curve", test_needs_curve);
	g_test_add_func("/bus/curve", test_curve);
	int failed = g_test_run();
	g_rmdir(dir);
	g_free(dir);
	return failed;
}
