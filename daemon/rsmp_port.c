/* rsmp_port.c - see rsmp_port.h. */
#include "daemon/rsmp_port.h"

#include <string.h>

#include "core/units.h"
#include "daemon/rsmp_strangers.h"

#define GREET_S 15	   /* a connection may be without its Version for so long */
#define UNSENT_MOST (1 << 20)
#define READ_MOST 16384
#define STRANGER_S 120 /* sites come again sooner than that */
#define NAMELESS_MOST 64 /* connections without a Version */

struct member {
	struct rsmp_session *session;
	char *site;
	struct connection *connection; /* NULL: not connected */
	char *from;		       /* where it came from last; NULL it never did */
	int64_t refused_until_us;
};

struct connection {
	struct rsmp_port *port;
	struct member *member; /* NULL: no Version yet */
	GSocketConnection *stream;
	GSource *in, *out; /* out NULL: all is sent */
	GByteArray *unsent;
	struct rsmp_stream text;
	guint greet, closing; /* timers; 0 none */
	bool busy, dead; /* in its own callback; to be freed behind it */
};

struct rsmp_port {
	char *address;
	GSocketService *service;
	GPtrArray *members, *connections;
	struct rsmp_strangers *strangers;
};

static GPtrArray *ports; /* of the process: sites of many signals come to one */

static bool parse(const char *address, GSocketConnectable **where, GError **error)
{
	g_autoptr(GSocketConnectable) parsed = g_str_has_prefix(address, "tcp://") ? g_network_address_parse(address + 6, 0, NULL) : NULL;

	if (parsed == NULL || g_network_address_get_port(G_NETWORK_ADDRESS(parsed)) == 0 ||
		!g_hostname_is_ip_address(g_network_address_get_hostname(G_NETWORK_ADDRESS(parsed)))) {
		g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_ADDRESS, "address \"%s\" is not tcp://number:port of this machine, such as tcp://192.0.2.1:12111",
			address);
		return false;
	}
	if (where != NULL)
		*where = g_steal_pointer(&parsed);
	return true;
}

bool rsmp_port_check(const char *address, GError **error)
{
	return parse(address, NULL, error);
}

static void connection_free(gpointer data)
{
	struct connection *k = data;

	g_source_destroy(k->in);
	g_source_unref(k->in);
	if (k->out != NULL) {
		g_source_destroy(k->out);
		g_source_unref(k->out);
	}
	if (k->greet != 0)
		g_source_remove(k->greet);
	if (k->closing != 0)
		g_source_remove(k->closing);
	g_io_stream_close(G_IO_STREAM(k->stream), NULL, NULL);
	g_object_unref(k->stream);
	g_byte_array_unref(k->unsent);
	rsmp_stream_finish(&k->text);
	g_free(k);
}

/* Without an event. */
static void discard(struct connection *k)
{
	if (k->member != NULL)
		k->member->connection = NULL;
	k->member = NULL;
	if (k->busy)
		k->dead = true;
	else
		g_ptr_array_remove_fast(k->port->connections, k);
}

static void lose(struct connection *k, const char *why)
{
	struct rsmp_session *session = k->member != NULL ? k->member->session : NULL;
	g_autofree char *copy = g_strdup(why);

	discard(k);
	if (session != NULL)
		rsmp_session_closed(session, copy);
}

static struct member *member_of(struct rsmp_port *p, const struct rsmp_session *session)
{
	for (guint i = 0; i < p->members->len; i++) {
		struct member *m = p->members->pdata[i];
		if (m->session == session)
			return m;
	}
	return NULL;
}

static gboolean on_out(GSocket *socket, GIOCondition condition, gpointer user);

static gboolean on_closing(gpointer user)
{
	struct connection *k = user;

	k->closing = 0;
	lose(k, "the site does not take what it is sent");
	return G_SOURCE_REMOVE;
}

static void push(struct connection *k)
{
	GSocket *socket = g_socket_connection_get_socket(k->stream);
	g_autoptr(GError) error = NULL;

	while (k->unsent->len > 0) {
		gssize n = g_socket_send(socket, (const char *) k->unsent->data, k->unsent->len, NULL, &error);
		if (n <= 0)
			break;
		g_byte_array_remove_range(k->unsent, 0, (guint) n);
	}
	if ((error != NULL && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) || k->unsent->len > UNSENT_MOST) {
		if (k->closing == 0)
			k->closing = g_idle_add(on_closing, k);
		return;
	}
	if (k->unsent->len > 0 && k->out == NULL) {
		k->out = g_socket_create_source(socket, G_IO_OUT, NULL);
		g_source_set_callback(k->out, G_SOURCE_FUNC(on_out), k, NULL);
		g_source_attach(k->out, NULL);
	}
}

static gboolean on_out(GSocket *socket, GIOCondition condition, gpointer user)
{
	struct connection *k = user;

	(void) socket;
	(void) condition;
	g_clear_pointer(&k->out, g_source_unref);
	push(k);
	return G_SOURCE_REMOVE;
}

static void send_to(struct connection *k, const char *text, size_t size)
{
	g_byte_array_append(k->unsent, (const uint8_t *) text, (guint) size);
	push(k);
}

static char *from_of(const struct connection *k)
{
	g_autoptr(GSocketAddress) address = g_socket_connection_get_remote_address(k->stream, NULL);

	return address != NULL && G_IS_INET_SOCKET_ADDRESS(address) ?
		g_inet_address_to_string(g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(address))) : g_strdup("an unknown address");
}

/* Whose cabinet was exchanged, or has a wrong id: the only one that ever came from there, or the only one that there is. NULL: no saying. */
static struct member *exchanged(const struct rsmp_port *p, const char *from)
{
	struct member *from_there = NULL, *first = p->members->pdata[0];

	for (guint i = 0; i < p->members->len; i++) {
		struct member *m = p->members->pdata[i];
		if (m->from == NULL || strcmp(m->from, from) != 0)
			continue;
		if (from_there != NULL) /* several behind one address */
			return NULL;
		from_there = m;
	}
	if (from_there == NULL && p->members->len == 1)
		from_there = first;
	return from_there != NULL && from_there->connection == NULL ? from_there : NULL;
}

/* The site that nobody waits for: it is told so. Those who wait for theirs have nothing to do with it. */
static void turn_away(struct connection *k, const struct rsmp_message *m)
{
	g_autofree char *text = rsmp_write_not_ack(m->id, "unknown site"), *from = from_of(k), *who = rsmp_strangers_clean(m->site);
	struct member *instead_of = exchanged(k->port, from);

	send_to(k, text, strlen(text));
	if (instead_of != NULL)
		rsmp_session_stranger(instead_of->session, who);
	g_autofree char *says = g_strdup_printf("site \"%s\" came from %s to %s, where no entry of controllers expects it: it is turned away", who, from, k->port->address);
	if (instead_of == NULL)
		rsmp_strangers_came(k->port->strangers, who, says);
	lose(k, "");
}

/* Whatever it is, it does not begin as a site does. */
static void give_up(struct connection *k, const char *does)
{
	g_autofree char *from = from_of(k);
	g_autofree char *says = g_strdup_printf("somebody at %s connects to %s and %s: no site, one that wants TLS, or one of another protocol", from, k->port->address, does);

	rsmp_strangers_came(k->port->strangers, from, says);
	lose(k, "");
}

/* It is nobody's; any of them has the way to those who read alerts. */
static void on_stranger(void *user, const char *who, bool active, const char *sentence)
{
	struct rsmp_port *p = user;
	struct member *any = p->members->pdata[0];

	rsmp_session_unexpected(any->session, who, active, sentence);
}

static void first_message(struct connection *k, const char *text, size_t size)
{
	owned(rsmp_message) m = rsmp_message_read(text, size, NULL);

	if (m == NULL || m->type != RSMP_VERSION) {
		give_up(k, "what comes first is no Version message of RSMP");
		return;
	}
	for (guint i = 0; i < k->port->members->len; i++) {
		struct member *member = k->port->members->pdata[i];
		if (strcmp(member->site, m->site) != 0)
			continue;
		if (g_get_monotonic_time() < member->refused_until_us) {
			lose(k, "");
			return;
		}
		if (member->connection != NULL)
			discard(member->connection); /* the new one counts: the old one is half open */
		member->connection = k;
		k->member = member;
		g_free(member->from);
		member->from = from_of(k);
		g_source_remove(k->greet);
		k->greet = 0;
		rsmp_session_open(member->session, m);
		return;
	}
	turn_away(k, m);
}

static void take(struct connection *k, const uint8_t *bytes, size_t size)
{
	g_autoptr(GError) error = NULL;

	while (!k->dead && rsmp_stream_take(&k->text, &bytes, &size, &error)) {
		const char *text = (const char *) k->text.text->data;
		size_t n = k->text.text->len - 1;
		if (k->member != NULL)
			rsmp_session_take(k->member->session, text, n);
		else
			first_message(k, text, n);
	}
	if (error != NULL && !k->dead && k->member == NULL)
		give_up(k, "what it says has no end");
	else if (error != NULL && !k->dead)
		lose(k, error->message);
}

static gboolean on_in(GSocket *socket, GIOCondition condition, gpointer user)
{
	struct connection *k = user;
	uint8_t bytes[READ_MOST];
	g_autoptr(GError) error = NULL;

	(void) condition;
	k->busy = true;
	gssize n = g_socket_receive(socket, (char *) bytes, sizeof bytes, NULL, &error);
	if (n > 0)
		take(k, bytes, (size_t) n);
	else if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
		lose(k, error != NULL ? error->message : "the site closed the connection");
	k->busy = false;
	if (k->dead)
		g_ptr_array_remove_fast(k->port->connections, k);
	return G_SOURCE_CONTINUE;
}

static gboolean on_greet(gpointer user)
{
	struct connection *k = user;

	k->greet = 0;
	give_up(k, "does not say who it is");
	return G_SOURCE_REMOVE;
}

static gboolean on_incoming(GSocketService *service, GSocketConnection *stream, GObject *source, gpointer user)
{
	struct rsmp_port *p = user;
	GSocket *socket = g_socket_connection_get_socket(stream);
	guint nameless = 0;

	(void) service;
	(void) source;
	for (guint i = 0; i < p->connections->len; i++)
		nameless += ((struct connection *) p->connections->pdata[i])->member == NULL;
	if (nameless >= NAMELESS_MOST)
		return true; /* closed with the last reference */
	struct connection *k = g_new0(struct connection, 1);
	k->port = p;
	k->stream = g_object_ref(stream);
	k->unsent = g_byte_array_new();
	rsmp_stream_init(&k->text);
	g_socket_set_blocking(socket, false);
	g_socket_set_keepalive(socket, true);
	k->in = g_socket_create_source(socket, G_IO_IN, NULL);
	g_source_set_callback(k->in, G_SOURCE_FUNC(on_in), k, NULL);
	g_source_attach(k->in, NULL);
	k->greet = g_timeout_add_seconds(GREET_S, on_greet, k);
	g_ptr_array_add(p->connections, k);
	return true;
}

static void member_free(gpointer data)
{
	struct member *m = data;

	g_free(m->site);
	g_free(m->from);
	g_free(m);
}

static void port_free(gpointer data)
{
	struct rsmp_port *p = data;

	if (p->service != NULL) {
		g_socket_service_stop(p->service);
		g_socket_listener_close(G_SOCKET_LISTENER(p->service));
		g_object_unref(p->service);
	}
	g_ptr_array_unref(p->connections);
	g_ptr_array_unref(p->members);
	rsmp_strangers_free(p->strangers);
	g_free(p->address);
	g_free(p);
}

static struct rsmp_port *port_new(const char *address, GError **error)
{
	g_autoptr(GSocketConnectable) where = NULL;

	if (!parse(address, &where, error))
		return NULL;
	struct rsmp_port *p = g_new0(struct rsmp_port, 1);
	p->address = g_strdup(address);
	p->members = g_ptr_array_new_with_free_func(member_free);
	p->connections = g_ptr_array_new_with_free_func(connection_free);
	p->strangers = rsmp_strangers_new(STRANGER_S, on_stranger, p);
	p->service = g_socket_service_new();
	g_autoptr(GSocketAddress) socket = g_inet_socket_address_new_from_string(g_network_address_get_hostname(G_NETWORK_ADDRESS(where)),
		g_network_address_get_port(G_NETWORK_ADDRESS(where)));
	if (!g_socket_listener_add_address(G_SOCKET_LISTENER(p->service), socket, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, NULL, error)) {
		port_free(p);
		return NULL;
	}
	g_signal_connect(p->service, "incoming", G_CALLBACK(on_incoming), p);
	g_socket_service_start(p->service);
	return p;
}

static struct rsmp_port *port_of(const char *address)
{
	for (guint i = 0; ports != NULL && i < ports->len; i++) {
		struct rsmp_port *p = ports->pdata[i];
		if (strcmp(p->address, address) == 0)
			return p;
	}
	return NULL;
}

struct rsmp_port *rsmp_port_join(const char *address, struct rsmp_session *session, const char *site, GError **error)
{
	struct rsmp_port *p = port_of(address);

	if (p == NULL) {
		p = port_new(address, error);
		if (p == NULL)
			return NULL;
		if (ports == NULL)
			ports = g_ptr_array_new();
		g_ptr_array_add(ports, p);
	}
	for (guint i = 0; i < p->members->len; i++)
		if (strcmp(((struct member *) p->members->pdata[i])->site, site) == 0) {
			g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_OPTION, "site \"%s\" is expected for two signals", site);
			return NULL;
		}
	struct member *m = g_new0(struct member, 1);
	m->session = session;
	m->site = g_strdup(site);
	g_ptr_array_add(p->members, m);
	return p;
}

void rsmp_port_leave(struct rsmp_port *p, struct rsmp_session *session)
{
	struct member *m = member_of(p, session);

	if (m->connection != NULL)
		discard(m->connection);
	g_ptr_array_remove_fast(p->members, m);
	if (p->members->len > 0)
		return;
	g_ptr_array_remove_fast(ports, p);
	if (ports->len == 0)
		g_clear_pointer(&ports, g_ptr_array_unref);
	port_free(p);
}

void rsmp_port_send(struct rsmp_port *p, struct rsmp_session *session, const char *text, size_t size)
{
	struct member *m = member_of(p, session);

	if (m != NULL && m->connection != NULL)
		send_to(m->connection, text, size);
}

void rsmp_port_drop(struct rsmp_port *p, struct rsmp_session *session, double pause_s)
{
	struct member *m = member_of(p, session);

	m->refused_until_us = g_get_monotonic_time() + s_to_us(pause_s);
	if (m->connection != NULL)
		discard(m->connection);
}
