/* rsmp_port_test.c - sites that share a port: each reaches its session, and who has no business there is named, nobody else. */
#include <gio/gio.h>
#include <string.h>

#include "daemon/beat.h"
#include "daemon/rsmp_port.h"
#include "daemon/rsmp_strangers.h"
#include "tests/daemon/ears.h"

#define SITES 3
#define PATIENCE_S 5.0

static double now_s;

struct member {
	struct rsmp_session *session;
	struct rsmp_port *port;
	struct ears told;
};

struct rig {
	char address[64];
	uint16_t port;
	struct member members[SITES];
	uint32_t n;
	GPtrArray *lines; /* of sites that were welcome; open until the end */
};

static void on_send(void *user, const char *text, size_t size)
{
	struct member *m = user;

	rsmp_port_send(m->port, m->session, text, size);
}

static void on_drop(void *user, double pause_s)
{
	struct member *m = user;

	rsmp_port_drop(m->port, m->session, pause_s);
}

static void on_wake(void *user)
{
	(void) user;
}

static uint16_t free_port(void)
{
	g_autoptr(GSocketListener) l = g_socket_listener_new();
	uint16_t port = g_socket_listener_add_any_inet_port(l, NULL, NULL);

	g_assert_cmpuint(port, !=, 0);
	g_socket_listener_close(l);
	return port;
}

static void begin(struct rig *r, uint32_t n)
{
	static const char *const ids[SITES] = {"RN+SI0001", "RN+SI0002", "RN+SI0003"};
	g_autoptr(GError) error = NULL;

	*r = (struct rig){.port = free_port(), .n = n, .lines = g_ptr_array_new_with_free_func(g_object_unref)};
	g_snprintf(r->address, sizeof r->address, "tcp://127.0.0.1:%u", r->port);
	for (uint32_t i = 0; i < n; i++) {
		struct member *m = &r->members[i];
		m->told.now_s = &now_s;
		m->session = rsmp_session_new(&(struct rsmp_session_setup){.site = ids[i], .code = "2222", .ack_s = 30, .watchdog_s = 60, .backup_s = 120, .events = &ears_events,
			.events_user = &m->told, .user = m, .send = on_send, .drop = on_drop, .wake = on_wake, .now_s = beat_now_s, .utc_us = beat_utc_us});
		rsmp_session_poll(m->session);
		m->port = rsmp_port_join(r->address, m->session, ids[i], &error);
		g_assert_no_error(error);
	}
}

static void end(struct rig *r)
{
	g_ptr_array_unref(r->lines);
	for (uint32_t i = 0; i < r->n; i++) {
		rsmp_port_leave(r->members[i].port, r->members[i].session);
		rsmp_session_free(r->members[i].session);
	}
}

/* Somebody comes from 127.0.0.<host> and says that; what it is told first. The connection is left open when `keep` is there. */
static char *come(const struct rig *r, uint8_t host, const char *text, GSocketConnection **keep)
{
	g_autoptr(GSocketClient) client = g_socket_client_new();
	g_autofree char *from = g_strdup_printf("127.0.0.%u", host);
	g_autoptr(GSocketAddress) local = g_inet_socket_address_new_from_string(from, 0);
	g_autoptr(GError) error = NULL;
	char answer[4096];
	gssize n = -1;

	g_socket_client_set_local_address(client, local);
	g_socket_client_set_enable_proxy(client, false);
	g_autoptr(GSocketConnection) line = g_socket_client_connect_to_host(client, "127.0.0.1", r->port, NULL, &error);
	g_assert_no_error(error);
	GSocket *socket = g_socket_connection_get_socket(line);
	g_assert_cmpint(g_socket_send(socket, text, strlen(text), NULL, NULL), ==, (gssize) strlen(text));
	g_socket_set_blocking(socket, false);
	for (gint64 until_us = g_get_monotonic_time() + (gint64) (PATIENCE_S * 1e6); n < 0 && g_get_monotonic_time() < until_us;) {
		g_main_context_iteration(NULL, false);
		n = g_socket_receive(socket, answer, sizeof answer - 1, NULL, NULL);
		if (n < 0)
			g_usleep(1000);
	}
	g_assert_cmpint(n, >=, 0);
	answer[n] = '\0';
	if (keep != NULL)
		*keep = g_steal_pointer(&line);
	return g_strdup(answer);
}

static void turned_away(const struct rig *r, uint8_t host, const char *id)
{
	g_autofree char *text = rsmp_write_version("1", "3.2", id, "1.1"), *answer = come(r, host, text, NULL);

	g_assert_nonnull(strstr(answer, "MessageNotAck"));
	g_assert_nonnull(strstr(answer, "unknown site"));
}

static void welcome(const struct rig *r, uint8_t host, const char *id)
{
	GSocketConnection *line = NULL;
	g_autofree char *text = rsmp_write_version("1", "3.2", id, "1.1"), *answer = come(r, host, text, &line);

	g_assert_nonnull(strstr(answer, "MessageAck"));
	g_ptr_array_add(r->lines, line);
}

static uint32_t alarmed(const struct rig *r)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->n; i++)
		n += r->members[i].told.alert[EARS_STRANGER];
	return n;
}

static uint32_t strangers(const struct rig *r)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->n; i++)
		n += r->members[i].told.strangers;
	return n;
}

/* Nobody knows in whose place it came: it is named itself, once, whoever is connected and whoever is not. */
static void test_stranger(void)
{
	struct rig r;

	begin(&r, SITES);
	welcome(&r, 1, "RN+SI0001");
	turned_away(&r, 9, "RN+SI7777");
	turned_away(&r, 9, "RN+SI7777");
	g_assert_cmpuint(alarmed(&r), ==, 0);
	g_assert_cmpuint(strangers(&r), ==, 1);
	g_assert_cmpstr(r.members[0].told.stranger, ==, "RN+SI7777");
	g_autofree char *says = g_strdup_printf("site \"RN+SI7777\" came from 127.0.0.9 to %s, where no entry", r.address);
	g_assert_nonnull(strstr(r.members[0].told.stranger_sentence, says));
	turned_away(&r, 9, "a/b [31m");
	g_assert_cmpstr(r.members[0].told.stranger, ==, "a_b__31m"); /* fit for a topic */
	end(&r);
}

/* A site that wants TLS, a browser, a scanner. */
static void test_other_protocol(void)
{
	static const char *const says[] = {"\x16\x03\x01\x02\x0c\x01\x0c", "{\"mType\":\"rSMsg\",\"type\":\"Watchdog\",\"mId\":\"1\",\"wTs\":\"\"}\f"};
	struct rig r;

	begin(&r, SITES);
	for (uint32_t i = 0; i < G_N_ELEMENTS(says); i++) {
		g_autofree char *end_of_it = come(&r, (uint8_t) (20 + i), says[i], NULL), *from = g_strdup_printf("127.0.0.%u", 20 + i);
		g_assert_cmpstr(end_of_it, ==, ""); /* hung up */
		g_assert_cmpstr(r.members[0].told.stranger, ==, from);
		g_assert_nonnull(strstr(r.members[0].told.stranger_sentence, "TLS"));
	}
	g_assert_cmpuint(strangers(&r), ==, G_N_ELEMENTS(says));
	g_assert_cmpuint(alarmed(&r), ==, 0);
	end(&r);
}

/* It came from where one of ours always did: that cabinet was exchanged, and no other. */
static void test_exchanged(void)
{
	struct rig r;

	begin(&r, SITES);
	for (uint32_t i = 0; i < 2; i++) {
		g_autofree char *id = g_strdup_printf("RN+SI000%u", i + 1);
		welcome(&r, (uint8_t) (i + 1), id);
		g_ptr_array_set_size(r.lines, 0); /* hangs up */
		for (gint64 until_us = g_get_monotonic_time() + (gint64) (PATIENCE_S * 1e6); r.members[i].told.downs == 0 && g_get_monotonic_time() < until_us;)
			g_main_context_iteration(NULL, false);
		g_assert_cmpuint(r.members[i].told.downs, ==, 1);
	}
	turned_away(&r, 2, "RN+SI7777");
	g_assert_true(r.members[1].told.alert[EARS_STRANGER]);
	g_assert_nonnull(strstr(r.members[1].told.sentence, "\"RN+SI7777\" connected, \"RN+SI0002\" is expected"));
	g_assert_cmpuint(alarmed(&r), ==, 1);
	g_assert_cmpuint(strangers(&r), ==, 0);
	welcome(&r, 2, "RN+SI0002");
	g_assert_cmpuint(alarmed(&r), ==, 0);

	welcome(&r, 2, "RN+SI0001"); /* two behind one address: no saying any more */
	turned_away(&r, 2, "RN+SI7777");
	g_assert_cmpuint(alarmed(&r), ==, 0);
	g_assert_cmpuint(strangers(&r), ==, 1);
	end(&r);
}

static void test_alone(void)
{
	struct rig r;

	begin(&r, 1);
	turned_away(&r, 5, "RN+SI7777"); /* whose else should it be? */
	g_assert_true(r.members[0].told.alert[EARS_STRANGER]);
	welcome(&r, 6, "RN+SI0001");
	turned_away(&r, 5, "RN+SI7777");
	g_assert_cmpuint(alarmed(&r), ==, 0); /* ours is there */
	g_assert_cmpuint(strangers(&r), ==, 1);
	end(&r);
}

/* ---- the list of them ---- */

struct list {
	uint32_t begun, over, others;
};

static void on_told(void *user, const char *who, bool active, const char *sentence)
{
	struct list *l = user;

	g_assert_true(*sentence != '\0');
	l->begun += active;
	l->over += !active;
	l->others += active && strcmp(who, "others") == 0;
}

/* Whoever scans the port with names cannot fill the alerts. */
static void test_many(void)
{
	struct list l = {0};
	owned(rsmp_strangers) s = rsmp_strangers_new(0.2, on_told, &l);

	for (int turn = 0; turn < 2; turn++)
		for (uint32_t i = 0; i < 100; i++) {
			g_autofree char *id = g_strdup_printf("scan-%u", i);
			rsmp_strangers_came(s, id, "it came");
		}
	g_assert_cmpuint(l.begun, ==, 17);
	g_assert_cmpuint(l.others, ==, 1);
	for (gint64 until_us = g_get_monotonic_time() + (gint64) (PATIENCE_S * 1e6); l.over < 17 && g_get_monotonic_time() < until_us;)
		g_main_context_iteration(NULL, true);
	g_assert_cmpuint(l.over, ==, 17);
	rsmp_strangers_came(s, "scan-3", "it came"); /* and again */
	g_assert_cmpuint(l.begun, ==, 18);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rsmp_port/stranger", test_stranger);
	g_test_add_func("/rsmp_port/other_protocol", test_other_protocol);
	g_test_add_func("/rsmp_port/exchanged", test_exchanged);
	g_test_add_func("/rsmp_port/alone", test_alone);
	g_test_add_func("/rsmp_port/many", test_many);
	return g_test_run();
}
