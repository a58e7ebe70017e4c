/* bus.c - ZeroMQ sockets on the GLib main loop.
 *
 * ZMQ_FD only says that something may have changed, and says it once (zmq_getsockopt(3)); so ZMQ_EVENTS is read both before
 * and after each poll. libzmq itself cuts off a peer that sends more than HARD_LIMIT times what we take; what is between the
 * two is refused here and counted.
 */
#include "daemon/bus_inside.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <zmq.h>

#define HARD_LIMIT 4
#define LINGER_MS 200      /* what was said last may still leave when a program ends */
#define AT_ONCE 100        /* messages handled before the main loop gets its turn */
#define TOPIC_BYTES 512
#define REFUSAL "{\"type\":\"error\",\"why\":\"a request is one frame, and not a long one\"}"

G_DEFINE_QUARK(greenwave-bus-error, bus_error)

struct bus {
	void *context;
	struct bus_gate *gate; /* from the first CURVE server on */
	char **allowed;
};

struct bus_socket {
	struct bus *bus;
	void *zmq;
	enum bus_kind kind;
	char *endpoint;
	uint32_t max_bytes;
	struct bus_counts counts;
	GPtrArray *wanted; /* BUS_PUB: prefixes that somebody has subscribed to, char *; each once */
	GSource *source; /* NULL until bus_watch */
	bus_on_message on_message;
	void *user;
};

struct bus *bus_new(void)
{
	struct bus *b = g_new0(struct bus, 1);
	b->context = zmq_ctx_new();
	b->allowed = g_new0(char *, 1);
	return b;
}

void bus_free(struct bus *b)
{
	if (!b)
		return;
	zmq_ctx_shutdown(b->context);
	bus_gate_free(b->gate);
	zmq_ctx_term(b->context);
	g_strfreev(b->allowed);
	g_free(b);
}

void bus_allow(struct bus *b, const char *const *public_keys)
{
	g_strfreev(b->allowed);
	b->allowed = public_keys ? g_strdupv((char **) public_keys) : g_new0(char *, 1);
	if (b->gate)
		bus_gate_allow(b->gate, (const char *const *) b->allowed);
}

static bool open_gate(struct bus *b, GError **error)
{
	if (b->gate)
		return true;
	b->gate = bus_gate_new(b->context, error);
	if (b->gate)
		bus_gate_allow(b->gate, (const char *const *) b->allowed);
	return b->gate != NULL;
}

static void set(struct bus_socket *s, int option, int value)
{
	zmq_setsockopt(s->zmq, option, &value, sizeof(value));
}

static void set_options(struct bus_socket *s, const struct bus_options *o)
{
	int high_water = o->high_water ? (int) o->high_water : s->kind == BUS_REQ ? 2 : 1000;
	int64_t hard = (int64_t) s->max_bytes * HARD_LIMIT;
	set(s, ZMQ_SNDHWM, high_water);
	set(s, ZMQ_RCVHWM, high_water);
	set(s, ZMQ_LINGER, s->kind == BUS_REQ ? 0 : LINGER_MS);
	set(s, ZMQ_RECONNECT_IVL, 100);
	set(s, ZMQ_RECONNECT_IVL_MAX, 2000);
	set(s, ZMQ_IPV6, strchr(o->endpoint, '[') != NULL);
	zmq_setsockopt(s->zmq, ZMQ_MAXMSGSIZE, &hard, sizeof(hard));
	if (s->kind == BUS_REQ) { /* a silent peer must neither lock the socket nor find old commands when it comes back */
		set(s, ZMQ_REQ_RELAXED, 1);
		set(s, ZMQ_REQ_CORRELATE, 1);
		set(s, ZMQ_IMMEDIATE, 1);
	}
}

static bool bind_or_connect(struct bus_socket *s, bool bind, const char *address, GError **error)
{
	mode_t before = umask(077); /* an ipc socket is for this user alone */
	int bad = bind ? zmq_bind(s->zmq, address) : zmq_connect(s->zmq, address);
	int why = zmq_errno();
	umask(before);
	if (!bad)
		return true;
	if (why == EADDRINUSE)
		g_set_error(error, BUS_ERROR, BUS_ERROR_IN_USE, "%s: the port is in use by another program", s->endpoint);
	else
		g_set_error(error, BUS_ERROR, BUS_ERROR_SOCKET, "%s: cannot %s: %s", s->endpoint, bind ? "listen" : "connect", zmq_strerror(why));
	return false;
}

static bool secure(struct bus_socket *s, const struct bus_options *o, GError **error)
{
	if (!o->keys && bus_endpoint_local(o->endpoint))
		return true;
	if (!o->keys) {
		g_set_error(error, BUS_ERROR, BUS_ERROR_KEYS, "%s: others can reach this address, so CURVE keys must be given", o->endpoint);
		return false;
	}
	return (!o->bind || open_gate(s->bus, error)) && bus_curve(s->zmq, o->bind, o->keys, error);
}

struct bus_socket *bus_open(struct bus *b, const struct bus_options *o, GError **error)
{
	static const int kinds[] = {[BUS_PUB] = ZMQ_XPUB, [BUS_SUB] = ZMQ_SUB, [BUS_REP] = ZMQ_REP, [BUS_REQ] = ZMQ_REQ};
	g_autofree char *address = bus_address(o->endpoint, o->bind, error);
	if (!address)
		return NULL;
	owned(bus_socket) s = g_new0(struct bus_socket, 1);
	s->bus = b;
	s->kind = o->kind;
	s->endpoint = g_strdup(o->endpoint);
	s->wanted = g_ptr_array_new_with_free_func(g_free);
	s->max_bytes = o->max_bytes ? o->max_bytes : 1 << 20;
	s->zmq = zmq_socket(b->context, kinds[o->kind]);
	if (!s->zmq) {
		g_set_error(error, BUS_ERROR, BUS_ERROR_SOCKET, "%s: no socket: %s", o->endpoint, zmq_strerror(zmq_errno()));
		return NULL;
	}
	set_options(s, o);
	if (!secure(s, o, error) || !bind_or_connect(s, o->bind, address, error))
		return NULL;
	char last[256] = "";
	size_t size = sizeof(last);
	if (o->bind && g_str_has_prefix(o->endpoint, "tcp:") && zmq_getsockopt(s->zmq, ZMQ_LAST_ENDPOINT, last, &size) == 0) {
		g_free(s->endpoint);
		s->endpoint = g_strdup(last);
	}
	return give(s);
}

void bus_socket_free(struct bus_socket *s)
{
	if (!s)
		return;
	if (s->source) {
		g_source_destroy(s->source);
		g_source_unref(s->source);
	}
	if (s->zmq)
		zmq_close(s->zmq);
	if (s->wanted)
		g_ptr_array_unref(s->wanted);
	g_free(s->endpoint);
	g_free(s);
}

const char *bus_endpoint(const struct bus_socket *s)
{
	return s->endpoint;
}

struct bus_counts bus_counts(const struct bus_socket *s)
{
	return s->counts;
}

/* Its first byte says whether a prefix is new or nobody's any more; ZeroMQ tells neither twice (zmq_socket(3), ZMQ_XPUB). */
static void take_subscription(struct bus_socket *s, const char *told, size_t length)
{
	g_autofree char *prefix = length > 0 ? g_strndup(told + 1, length - 1) : NULL;

	if (prefix == NULL)
		return;
	for (guint i = 0; i < s->wanted->len; i++)
		if (strcmp(s->wanted->pdata[i], prefix) == 0) {
			if (told[0] == 0)
				g_ptr_array_remove_index_fast(s->wanted, i);
			return;
		}
	if (told[0] == 1)
		g_ptr_array_add(s->wanted, g_steal_pointer(&prefix));
}

static void take_subscriptions(struct bus_socket *s)
{
	char told[TOPIC_BYTES + 1];
	int length;

	while ((length = zmq_recv(s->zmq, told, sizeof told, ZMQ_DONTWAIT)) >= 0)
		take_subscription(s, told, MIN((size_t) length, sizeof told));
}

bool bus_wanted(struct bus_socket *s, const char *topic)
{
	take_subscriptions(s);
	for (guint i = 0; i < s->wanted->len; i++)
		if (g_str_has_prefix(topic, s->wanted->pdata[i]))
			return true;
	return false;
}

void bus_publish(struct bus_socket *s, const char *topic, const char *body)
{
	if (!bus_wanted(s, topic))
		return;
	if (zmq_send(s->zmq, topic, strlen(topic), ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0 && zmq_send(s->zmq, body, strlen(body), ZMQ_DONTWAIT) >= 0)
		s->counts.sent++;
}

void bus_subscribe(struct bus_socket *s, const char *prefix)
{
	zmq_setsockopt(s->zmq, ZMQ_SUBSCRIBE, prefix, strlen(prefix));
}

/* One message, whatever its shape: its first two frames, NULL where there is none, and how many there were; 0 = nothing there. */
static int take_frames(struct bus_socket *s, char *frames[2], size_t lengths[2], bool *too_long)
{
	int n = 0;
	bool more = true;
	*too_long = false;
	while (more) {
		zmq_msg_t msg;
		zmq_msg_init(&msg);
		if (zmq_msg_recv(&msg, s->zmq, ZMQ_DONTWAIT) < 0) {
			zmq_msg_close(&msg);
			return 0;
		}
		size_t length = zmq_msg_size(&msg);
		*too_long |= length > s->max_bytes || (s->kind == BUS_SUB && n == 0 && length > TOPIC_BYTES);
		if (n < 2 && !*too_long) {
			frames[n] = g_malloc(length + 1);
			memcpy(frames[n], zmq_msg_data(&msg), length);
			frames[n][length] = '\0';
			lengths[n] = length;
		}
		more = zmq_msg_more(&msg);
		zmq_msg_close(&msg);
		n++;
	}
	return n;
}

/* 1: a good message, 0: nothing there, -1: one was refused and counted. */
static int take_message(struct bus_socket *s, char **topic, char **body, size_t *length)
{
	char *frames[2] = {NULL, NULL};
	size_t lengths[2] = {0, 0};
	bool too_long;
	int wanted = s->kind == BUS_SUB ? 2 : 1;
	int n = take_frames(s, frames, lengths, &too_long);
	bool good = n == wanted && !too_long && (wanted == 1 || strlen(frames[0]) == lengths[0]);
	if (good) {
		s->counts.received++;
		*topic = wanted == 2 ? frames[0] : NULL;
		*body = frames[wanted - 1];
		*length = lengths[wanted - 1];
		return 1;
	}
	g_free(frames[0]);
	g_free(frames[1]);
	if (n == 0)
		return 0;
	s->counts.too_long += too_long;
	s->counts.wrong_shape += !too_long;
	if (s->kind == BUS_REP)
		zmq_send(s->zmq, REFUSAL, strlen(REFUSAL), ZMQ_DONTWAIT);
	return -1;
}

void bus_answer(struct bus_socket *s, const char *body)
{
	if (zmq_send(s->zmq, body, strlen(body), ZMQ_DONTWAIT) >= 0)
		s->counts.sent++;
}

static bool readable(const struct bus_socket *s)
{
	int events = 0;
	size_t size = sizeof(events);
	return zmq_getsockopt(s->zmq, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLIN);
}

struct bus_source {
	GSource base;
	struct bus_socket *socket;
};

static gboolean on_prepare(GSource *source, gint *timeout)
{
	*timeout = -1;
	return readable(((struct bus_source *) source)->socket);
}

static gboolean on_check(GSource *source)
{
	return readable(((struct bus_source *) source)->socket);
}

static gboolean on_dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
	(void) callback;
	(void) user;
	struct bus_socket *s = ((struct bus_source *) source)->socket;
	for (int i = 0; i < AT_ONCE; i++) {
		g_autofree char *topic = NULL, *body = NULL;
		size_t length;
		int got = take_message(s, &topic, &body, &length);
		if (got == 0)
			break;
		if (got < 0)
			continue;
		g_autofree char *answer = s->on_message(s->user, topic, body, length);
		if (s->kind == BUS_REP)
			bus_answer(s, answer ? answer : REFUSAL);
	}
	return G_SOURCE_CONTINUE;
}

void bus_watch(struct bus_socket *s, bus_on_message on_message, void *user)
{
	static GSourceFuncs funcs = {.prepare = on_prepare, .check = on_check, .dispatch = on_dispatch};
	s->on_message = on_message;
	s->user = user;
	if (s->source)
		return;
	int fd;
	size_t size = sizeof(fd);
	zmq_getsockopt(s->zmq, ZMQ_FD, &fd, &size);
	s->source = g_source_new(&funcs, sizeof(struct bus_source));
	((struct bus_source *) s->source)->socket = s;
	g_source_set_static_name(s->source, "bus");
	g_source_add_unix_fd(s->source, fd, G_IO_IN);
	g_source_attach(s->source, g_main_context_get_thread_default());
}

/* Waits for `events` on the socket until the deadline. */
static bool wait_for(struct bus_socket *s, short events, int64_t until_us)
{
	zmq_pollitem_t item = {.socket = s->zmq, .events = events};
	int64_t left_us = until_us - g_get_monotonic_time();
	long left_ms = left_us > 0 ? (long) ((left_us + 999) / 1000) : 0;
	return zmq_poll(&item, 1, left_ms) > 0 && (item.revents & events);
}

bool bus_send(struct bus_socket *s, const char *body, GError **error)
{
	if (zmq_send(s->zmq, body, strlen(body), ZMQ_DONTWAIT) >= 0) {
		s->counts.sent++;
		return true;
	}
	g_set_error(error, BUS_ERROR, BUS_ERROR_SILENT, "%s: nobody takes requests there", s->endpoint);
	return false;
}

char *bus_ask(struct bus_socket *s, const char *body, double timeout_s, GError **error)
{
	int64_t until_us = g_get_monotonic_time() + (int64_t) (timeout_s * 1e6);
	wait_for(s, ZMQ_POLLOUT, until_us);
	if (!bus_send(s, body, error))
		return NULL;
	while (wait_for(s, ZMQ_POLLIN, until_us)) {
		char *topic, *reply;
		size_t length;
		int got = take_message(s, &topic, &reply, &length);
		if (got > 0)
			return reply;
		if (got < 0) {
			g_set_error(error, BUS_ERROR, BUS_ERROR_SOCKET, "%s: the reply was too long or in several frames", s->endpoint);
			return NULL;
		}
	}
	g_set_error(error, BUS_ERROR, BUS_ERROR_SILENT, "%s: no reply within %g s", s->endpoint, timeout_s);
	return NULL;
}

bool bus_wait(struct bus_socket *s, double timeout_s, char **topic, char **body, size_t *length)
{
	int64_t until_us = g_get_monotonic_time() + (int64_t) (timeout_s * 1e6);
	while (wait_for(s, ZMQ_POLLIN, until_us))
		if (take_message(s, topic, body, length) > 0)
			return true;
	return false;
}
