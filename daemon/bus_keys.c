/* bus_keys.c - CURVE keys from files, and the gate that lets only listed ones in. */
#include "daemon/bus_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#define KEY_BYTES 32

bool bus_key_check(const char *z85, GError **error)
{
	uint8_t bytes[KEY_BYTES];
	if (strlen(z85) == BUS_KEY - 1 && zmq_z85_decode(bytes, z85))
		return true;
	g_set_error(error, BUS_ERROR, BUS_ERROR_KEYS, "a key must be %d characters of Z85, this has %zu", BUS_KEY - 1, strlen(z85));
	return false;
}

static bool refuse(GError **error, const char *path, const char *why)
{
	g_set_error(error, BUS_ERROR, BUS_ERROR_KEYS, "%s: %s", path, why);
	return false;
}

bool bus_keys_read(struct bus_keys *keys, const char *path, GError **error)
{
	char text[BUS_KEY + 8] = "";
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return refuse(error, path, g_strerror(errno));
	const char *why = NULL;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		why = "is not a file";
	else if (st.st_mode & 077)
		why = "others may read the secret key; its mode must be 0600";
	else if (read(fd, text, sizeof(text) - 1) < 0)
		why = g_strerror(errno);
	close(fd);
	if (why)
		return refuse(error, path, why);
	g_strstrip(text);
	bool ok = bus_key_check(text, NULL) && zmq_curve_public(keys->public, text) == 0;
	if (ok)
		g_strlcpy(keys->secret, text, sizeof(keys->secret));
	explicit_bzero(text, sizeof(text));
	return ok ? true : refuse(error, path, "holds no secret key of 40 characters");
}

bool bus_keys_make(struct bus_keys *keys, const char *path, GError **error)
{
	if (zmq_curve_keypair(keys->public, keys->secret) != 0)
		return refuse(error, path, "this libzmq has no CURVE");
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return refuse(error, path, g_strerror(errno));
	bool ok = write(fd, keys->secret, BUS_KEY - 1) == BUS_KEY - 1 && write(fd, "\n", 1) == 1;
	ok = close(fd) == 0 && ok;
	return ok ? true : refuse(error, path, "could not be written");
}

bool bus_curve(void *socket, bool server, const struct bus_keys *keys, GError **error)
{
	static const int yes = 1;
	const char *missing = NULL;
	if (!keys->secret[0])
		missing = "a secret key";
	else if (!server && !keys->server[0])
		missing = "the other side's public key";
	if (missing) {
		g_set_error(error, BUS_ERROR, BUS_ERROR_KEYS, "CURVE needs %s", missing);
		return false;
	}
	int bad = zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys->secret, BUS_KEY) || zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, keys->public, BUS_KEY);
	if (server)
		bad = bad || zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &yes, sizeof(yes)) || zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, "greenwave", 9);
	else
		bad = bad || zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, keys->server, BUS_KEY);
	if (!bad)
		return true;
	g_set_error(error, BUS_ERROR, BUS_ERROR_KEYS, "the CURVE keys were refused: %s", zmq_strerror(zmq_errno()));
	return false;
}

struct bus_gate {
	void *socket; /* the thread's from the beginning */
	GThread *thread;
	GMutex mutex; /* over `allowed` */
	GHashTable *allowed; /* char[BUS_KEY] */
};

void bus_gate_allow(struct bus_gate *g, const char *const *public_keys)
{
	g_mutex_lock(&g->mutex);
	g_hash_table_remove_all(g->allowed);
	for (; public_keys && *public_keys; public_keys++)
		g_hash_table_add(g->allowed, g_strdup(*public_keys));
	g_mutex_unlock(&g->mutex);
}

static bool may_enter(struct bus_gate *g, const uint8_t *key)
{
	char z85[BUS_KEY];
	zmq_z85_encode(z85, key, KEY_BYTES);
	g_mutex_lock(&g->mutex);
	bool may = g_hash_table_contains(g->allowed, z85);
	g_mutex_unlock(&g->mutex);
	return may;
}

/* Version, request id, domain, address, identity, mechanism, credentials -> version, request id, code, text, user, metadata. */
enum { ZAP_ID = 1, ZAP_MECHANISM = 5, ZAP_KEY = 6, ZAP_FRAMES = 7 };

/* False when the context was shut down. */
static bool judge_one(struct bus_gate *g)
{
	zmq_msg_t frames[ZAP_FRAMES];
	int n = 0;
	bool more = true, alive = true;
	while (more) {
		zmq_msg_t spare, *to = n < ZAP_FRAMES ? &frames[n] : &spare;
		zmq_msg_init(to);
		if (zmq_msg_recv(to, g->socket, 0) < 0) {
			more = zmq_errno() == EINTR;
			alive = more;
			zmq_msg_close(to);
			continue;
		}
		more = zmq_msg_more(to);
		if (n < ZAP_FRAMES)
			n++;
		else
			zmq_msg_close(to);
	}
	if (alive && n > ZAP_ID) {
		bool may = n == ZAP_FRAMES && zmq_msg_size(&frames[ZAP_MECHANISM]) == 5 && memcmp(zmq_msg_data(&frames[ZAP_MECHANISM]), "CURVE", 5) == 0 &&
			zmq_msg_size(&frames[ZAP_KEY]) == KEY_BYTES && may_enter(g, zmq_msg_data(&frames[ZAP_KEY]));
		zmq_send(g->socket, "1.0", 3, ZMQ_SNDMORE);
		zmq_send(g->socket, zmq_msg_data(&frames[ZAP_ID]), zmq_msg_size(&frames[ZAP_ID]), ZMQ_SNDMORE);
		zmq_send(g->socket, may ? "200" : "400", 3, ZMQ_SNDMORE);
		zmq_send(g->socket, may ? "OK" : "not listed", may ? 2 : 10, ZMQ_SNDMORE);
		zmq_send(g->socket, "", 0, ZMQ_SNDMORE);
		zmq_send(g->socket, "", 0, 0);
	}
	for (int i = 0; i < n; i++)
		zmq_msg_close(&frames[i]);
	return alive;
}

static gpointer keep_gate(gpointer user)
{
	struct bus_gate *g = user;
	while (judge_one(g))
		;
	zmq_close(g->socket);
	return NULL;
}

struct bus_gate *bus_gate_new(void *context, GError **error)
{
	void *socket = zmq_socket(context, ZMQ_REP);
	if (!socket || zmq_bind(socket, "inproc://zeromq.zap.01") != 0) {
		g_set_error(error, BUS_ERROR, BUS_ERROR_KEYS, "nobody can check keys: %s", zmq_strerror(zmq_errno()));
		if (socket)
			zmq_close(socket);
		return NULL;
	}
	struct bus_gate *g = g_new0(struct bus_gate, 1);
	g->socket = socket;
	g->allowed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_mutex_init(&g->mutex);
	g->thread = g_thread_new("bus-gate", keep_gate, g);
	return g;
}

void bus_gate_free(struct bus_gate *g)
{
	if (!g)
		return;
	g_thread_join(g->thread);
	g_mutex_clear(&g->mutex);
	g_hash_table_unref(g->allowed);
	g_free(g);
}
