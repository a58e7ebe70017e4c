/* traci.c - see traci.h. */
#include "daemon/traci.h"

#include <gio/gio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#define SLICE_US (G_USEC_PER_SEC / 4) /* how often `stop` is looked at */
#define REPLY_MOST (256 << 20)

struct traci {
	GSocketConnection *connection;
	GSocket *socket;
	GByteArray *reply;
	double patience_s;
	const volatile sig_atomic_t *stop;
	struct traci_counts counts;
};

/* Connecting to a free port of this machine again and again may meet itself: TCP lets both ends be one. */
static bool is_itself(GSocketConnection *c)
{
	g_autoptr(GSocketAddress) here = g_socket_connection_get_local_address(c, NULL),
							  there = g_socket_connection_get_remote_address(c, NULL);

	return G_IS_INET_SOCKET_ADDRESS(here) && G_IS_INET_SOCKET_ADDRESS(there) &&
		g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(here)) == g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(there)) &&
		g_inet_address_equal(g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(here)),
			g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(there)));
}

struct traci *traci_open(const char *host, uint16_t port, double patience_s, const volatile sig_atomic_t *stop, GError **error)
{
	g_autoptr(GSocketClient) client = g_socket_client_new();
	g_autoptr(GError) why = NULL;

	g_socket_client_set_timeout(client, (guint) patience_s);
	g_socket_client_set_enable_proxy(client, FALSE);
	g_autoptr(GSocketConnection) connection = g_socket_client_connect_to_host(client, host, port, NULL, &why);
	if (connection == NULL || is_itself(connection)) {
		g_set_error(error, TRACI_ERROR, TRACI_ERROR_CONNECTION, "no SUMO at %s:%u: %s", host, port, why ? why->message : "nobody listens");
		return NULL;
	}
	struct traci *t = g_new0(struct traci, 1);
	t->socket = g_socket_connection_get_socket(connection);
	t->connection = g_steal_pointer(&connection);
	t->reply = g_byte_array_new();
	t->patience_s = patience_s;
	t->stop = stop;
	g_socket_set_timeout(t->socket, 0);
	g_socket_set_blocking(t->socket, FALSE);
	g_socket_set_option(t->socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
	return t;
}

void traci_free(struct traci *t)
{
	if (t == NULL)
		return;
	g_object_unref(t->connection);
	g_byte_array_unref(t->reply);
	g_free(t);
}

/* Until the socket is ready; false with a sentence when the patience is over. */
static bool wait_for(struct traci *t, GIOCondition condition, GError **error)
{
	const gint64 until_us = g_get_monotonic_time() + (gint64) (t->patience_s * G_USEC_PER_SEC);

	for (;;) {
		gint64 left_us = until_us - g_get_monotonic_time();
		if (t->stop != NULL && *t->stop) {
			g_set_error(error, TRACI_ERROR, TRACI_ERROR_CONNECTION, "stopped while waiting for SUMO");
			return false;
		}
		if (left_us <= 0) {
			g_set_error(error, TRACI_ERROR, TRACI_ERROR_CONNECTION, "SUMO said nothing for %g s", t->patience_s);
			return false;
		}
		if (g_socket_condition_timed_wait(t->socket, condition, MIN(left_us, SLICE_US), NULL, NULL))
			return true;
	}
}

static bool lost(gssize n, GError *why, GError **error)
{
	g_set_error(error, TRACI_ERROR, TRACI_ERROR_CONNECTION,
		n == 0 ? "SUMO closed the connection%s%s" : "the connection to SUMO broke: %s%s", why ? why->message : "", "");
	return false;
}

static bool send_all(struct traci *t, const GByteArray *message, GError **error)
{
	for (guint done = 0; done < message->len;) {
		g_autoptr(GError) why = NULL;
		gssize n = g_socket_send(t->socket, (const char *) message->data + done, message->len - done, NULL, &why);
		if (n > 0)
			done += (guint) n;
		else if (!g_error_matches(why, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
			return lost(n, why, error);
		else if (!wait_for(t, G_IO_OUT, error))
			return false;
	}
	t->counts.bytes_out += message->len;
	return true;
}

static bool receive(struct traci *t, uint8_t *to, size_t length, GError **error)
{
	for (size_t done = 0; done < length;) {
		g_autoptr(GError) why = NULL;
		gssize n = g_socket_receive(t->socket, (char *) to + done, length - done, NULL, &why);
		if (n > 0)
			done += (size_t) n;
		else if (n == 0 || !g_error_matches(why, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
			return lost(n, why, error);
		else if (!wait_for(t, G_IO_IN, error))
			return false;
	}
	t->counts.bytes_in += length;
	return true;
}

static bool receive_reply(struct traci *t, GError **error)
{
	uint32_t length;

	if (!receive(t, (uint8_t *) &length, sizeof length, error))
		return false;
	length = GUINT32_FROM_BE(length);
	if (length < sizeof length || length > REPLY_MOST) {
		g_set_error(error, TRACI_ERROR, TRACI_ERROR_GARBAGE,
			"SUMO's reply cannot be read: it says that it is %u bytes long, must be from 4 to %u", length, REPLY_MOST);
		return false;
	}
	g_byte_array_set_size(t->reply, length - (guint) sizeof length);
	return receive(t, t->reply->data, t->reply->len, error);
}

bool traci_ask(struct traci *t, const struct traci_out *message, const struct traci_hearer *hearer, GError **error)
{
	gint64 asked_us = g_get_monotonic_time();

	if (!send_all(t, message->bytes, error) || !receive_reply(t, error))
		return false;
	t->counts.waited_s += (double) (g_get_monotonic_time() - asked_us) / G_USEC_PER_SEC;
	t->counts.round_trips++;
	return traci_in_read(t->reply->data, t->reply->len, message, hearer, error);
}

struct traci_counts traci_counts(const struct traci *t)
{
	return t->counts;
}
