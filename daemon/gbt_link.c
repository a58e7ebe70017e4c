/* gbt_link.c - see gbt_link.h. */
#include "daemon/gbt_link.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <math.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "daemon/controller.h"

#define CONNECT_S 5
#define BACKOFF_FIRST_S 1.0
#define BACKOFF_LAST_S 60.0
#define PORT_WANTED 0 /* none is the default */
#define READ_MOST 8192
#define READS_AT_ONCE 16 /* then others have their turn */

enum kind { TCP, UDP, SERIAL };

struct gbt_link {
	enum kind kind;
	char *where; /* host:port, or the device */
	speed_t speed;
	const struct gbt_link_events *events;
	void *user;
	GCancellable *cancel; /* of the connect under way; NULL none */
	GSocketConnection *connection;
	int fd; /* serial; -1 none */
	GSource *source;
	guint timer; /* until it is opened again; 0 none */
	char *lost;  /* sending failed: told from the main loop */
	double backoff_s;
};

static void open_line(struct gbt_link *l);

static bool parse(const char *address, enum kind *kind, const char **where, GError **error)
{
	static const struct {
		const char *prefix;
		enum kind kind;
	} schemes[] = {{"tcp://", TCP}, {"udp://", UDP}, {"serial:", SERIAL}};

	for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++) {
		if (!g_str_has_prefix(address, schemes[i].prefix))
			continue;
		*kind = schemes[i].kind;
		*where = address + strlen(schemes[i].prefix);
		if (*kind == SERIAL && **where == '/')
			return true;
		g_autoptr(GSocketConnectable) parsed = *kind == SERIAL ? NULL : g_network_address_parse(*where, PORT_WANTED, NULL);
		if (parsed != NULL && g_network_address_get_port(G_NETWORK_ADDRESS(parsed)) != 0)
			return true;
	}
	g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_ADDRESS, "address \"%s\" is none of tcp://host:port, udp://host:port, serial:/dev/ttyS0", address);
	return false;
}

bool gbt_link_check(const char *address, GError **error)
{
	enum kind kind;
	const char *where;

	return parse(address, &kind, &where, error);
}

static bool speed_of(uint32_t baud, speed_t *speed)
{
	static const struct {
		uint32_t baud;
		speed_t speed;
	} speeds[] = {{1200, B1200}, {2400, B2400}, {4800, B4800}, {9600, B9600}, {19200, B19200}, {38400, B38400}, {57600, B57600}, {115200, B115200}};

	for (size_t i = 0; i < G_N_ELEMENTS(speeds); i++)
		if (speeds[i].baud == baud) {
			*speed = speeds[i].speed;
			return true;
		}
	return false;
}

static void close_line(struct gbt_link *l)
{
	if (l->cancel != NULL)
		g_cancellable_cancel(l->cancel);
	g_clear_object(&l->cancel);
	if (l->source != NULL) {
		g_source_destroy(l->source);
		g_clear_pointer(&l->source, g_source_unref);
	}
	if (l->connection != NULL)
		g_io_stream_close(G_IO_STREAM(l->connection), NULL, NULL);
	g_clear_object(&l->connection);
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	if (l->timer != 0)
		g_source_remove(l->timer);
	l->timer = 0;
	g_clear_pointer(&l->lost, g_free);
}

static gboolean on_again(gpointer user)
{
	struct gbt_link *l = user;

	l->timer = 0;
	open_line(l);
	return G_SOURCE_REMOVE;
}

void gbt_link_drop(struct gbt_link *l, double pause_s)
{
	close_line(l);
	if (pause_s <= 0) {
		pause_s = l->backoff_s;
		l->backoff_s = fmin(2 * l->backoff_s, BACKOFF_LAST_S);
	}
	l->timer = g_timeout_add((guint) (1000 * pause_s), on_again, l);
}

void gbt_link_good(struct gbt_link *l)
{
	l->backoff_s = BACKOFF_FIRST_S;
}

static void lose(struct gbt_link *l, const char *why)
{
	g_autofree char *copy = g_strdup(why);

	gbt_link_drop(l, 0);
	l->events->line(l->user, false, copy);
}

/* How many bytes came; 0 = the line was closed or broke, and is told; -1 = no more for now. */
static gssize receive(struct gbt_link *l, uint8_t *bytes)
{
	g_autoptr(GError) error = NULL;
	gssize n;

	if (l->kind == SERIAL) {
		n = read(l->fd, bytes, READ_MOST);
		if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
			return n > 0 ? n : -1;
		lose(l, n == 0 ? "the serial line was closed" : g_strerror(errno));
		return 0;
	}
	n = g_socket_receive(g_socket_connection_get_socket(l->connection), (char *) bytes, READ_MOST, NULL, &error);
	if (n > 0 || (n == 0 && l->kind == UDP))
		return n > 0 ? n : -1;
	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
		return -1;
	lose(l, error != NULL ? error->message : "the other side closed the connection");
	return 0;
}

static gboolean drain(struct gbt_link *l)
{
	uint8_t bytes[READ_MOST];
	GSource *source = l->source;

	for (int i = 0; i < READS_AT_ONCE && l->source == source; i++) {
		gssize n = receive(l, bytes);
		if (n <= 0)
			break;
		l->events->bytes(l->user, bytes, (size_t) n);
	}
	return l->source == source ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static gboolean on_socket(GSocket *socket, GIOCondition condition, gpointer user)
{
	(void) socket;
	(void) condition;
	return drain(user);
}

static gboolean on_serial(gint fd, GIOCondition condition, gpointer user)
{
	(void) fd;
	(void) condition;
	return drain(user);
}

static void on_connected(GObject *client, GAsyncResult *result, gpointer user)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GSocketConnection) connection = g_socket_client_connect_finish(G_SOCKET_CLIENT(client), result, &error);
	struct gbt_link *l = user;

	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return; /* l may be gone */
	g_clear_object(&l->cancel);
	if (connection == NULL) {
		lose(l, error->message);
		return;
	}
	l->connection = g_steal_pointer(&connection);
	GSocket *socket = g_socket_connection_get_socket(l->connection);
	g_socket_set_blocking(socket, false);
	g_socket_set_timeout(socket, 0); /* that was for connecting: a silent controller is gbt_talk's business */
	g_socket_set_keepalive(socket, l->kind == TCP);
	l->source = g_socket_create_source(socket, G_IO_IN, NULL);
	g_source_set_callback(l->source, G_SOURCE_FUNC(on_socket), l, NULL);
	g_source_attach(l->source, NULL);
	l->events->line(l->user, true, NULL);
}

static gboolean on_serial_open(gpointer user)
{
	struct gbt_link *l = user;
	struct termios t;

	l->timer = 0;
	l->fd = open(l->where, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (l->fd < 0 || tcgetattr(l->fd, &t) != 0) {
		lose(l, g_strerror(errno));
		return G_SOURCE_REMOVE;
	}
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cflag &= ~(tcflag_t) (CSTOPB | CRTSCTS);
	if (cfsetspeed(&t, l->speed) != 0 || tcsetattr(l->fd, TCSAFLUSH, &t) != 0) {
		lose(l, g_strerror(errno));
		return G_SOURCE_REMOVE;
	}
	l->source = g_unix_fd_source_new(l->fd, G_IO_IN | G_IO_HUP | G_IO_ERR);
	g_source_set_callback(l->source, G_SOURCE_FUNC(on_serial), l, NULL);
	g_source_attach(l->source, NULL);
	l->events->line(l->user, true, NULL);
	return G_SOURCE_REMOVE;
}

static void open_line(struct gbt_link *l)
{
	if (l->kind == SERIAL) {
		l->timer = g_idle_add(on_serial_open, l);
		return;
	}
	g_autoptr(GSocketClient) client = g_socket_client_new();
	g_socket_client_set_timeout(client, CONNECT_S);
	g_socket_client_set_enable_proxy(client, false);
	if (l->kind == UDP) {
		g_socket_client_set_socket_type(client, G_SOCKET_TYPE_DATAGRAM);
		g_socket_client_set_protocol(client, G_SOCKET_PROTOCOL_UDP);
	}
	g_autoptr(GSocketConnectable) where = g_network_address_parse(l->where, PORT_WANTED, NULL);
	l->cancel = g_cancellable_new();
	g_socket_client_connect_async(client, where, l->cancel, on_connected, l);
}

struct gbt_link *gbt_link_new(const char *address, uint32_t baud, const struct gbt_link_events *events, void *user, GError **error)
{
	enum kind kind;
	const char *where;
	speed_t speed = B0;

	if (!parse(address, &kind, &where, error))
		return NULL;
	if (kind == SERIAL && !speed_of(baud, &speed)) {
		g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_OPTION, "a serial line does not run at %u baud", baud);
		return NULL;
	}
	struct gbt_link *l = g_new0(struct gbt_link, 1);
	*l = (struct gbt_link){.kind = kind, .where = g_strdup(where), .speed = speed, .events = events, .user = user, .fd = -1, .backoff_s = BACKOFF_FIRST_S};
	open_line(l);
	return l;
}

void gbt_link_free(struct gbt_link *l)
{
	if (l == NULL)
		return;
	close_line(l);
	g_free(l->where);
	g_free(l);
}

bool gbt_link_stream(const struct gbt_link *l)
{
	return l->kind != UDP;
}

static gboolean on_lost(gpointer user)
{
	struct gbt_link *l = user;
	g_autofree char *why = g_steal_pointer(&l->lost);

	l->timer = 0;
	lose(l, why);
	return G_SOURCE_REMOVE;
}

void gbt_link_send(struct gbt_link *l, const uint8_t *bytes, size_t size)
{
	g_autoptr(GError) error = NULL;
	gssize n;

	if ((l->connection == NULL && l->fd < 0) || l->lost != NULL)
		return;
	if (l->kind == SERIAL)
		n = write(l->fd, bytes, size);
	else
		n = g_socket_send(g_socket_connection_get_socket(l->connection), (const char *) bytes, size, NULL, &error);
	if (n == (gssize) size)
		return;
	l->lost = g_strdup(error != NULL ? error->message : "the line takes no more");
	l->timer = g_idle_add(on_lost, l);
}
