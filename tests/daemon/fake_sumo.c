/* fake_sumo.c - see fake_sumo.h. */
#include "fake_sumo.h"

#include <gio/gio.h>
#include <string.h>

struct fake_sumo {
	GThread *thread;
	GSocketListener *listener;
	GArray *turns;
	uint16_t port;
	guint taken;
	bool as_told;
};

static void clear_turn(gpointer user)
{
	struct fake_turn *t = user;

	g_clear_pointer(&t->request, g_bytes_unref);
	g_clear_pointer(&t->reply, g_bytes_unref);
}

GArray *fake_turns_new(void)
{
	GArray *turns = g_array_new(FALSE, FALSE, sizeof(struct fake_turn));

	g_array_set_clear_func(turns, clear_turn);
	return turns;
}

void fake_turns_add(GArray *turns, enum fake_act act, GBytes *request, GBytes *reply)
{
	const struct fake_turn turn = {act, request, reply};

	g_array_append_val(turns, turn);
}

GBytes *fake_hex(const char *hex)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();

	for (const char *c = hex; *c; c++) {
		if (g_ascii_isspace(*c))
			continue;
		int high = g_ascii_xdigit_value(c[0]), low = c[1] ? g_ascii_xdigit_value(c[1]) : -1;
		if (high < 0 || low < 0)
			break; /* a recording may be cut off */
		const guint8 byte = (guint8) (high << 4 | low);
		g_byte_array_append(bytes, &byte, 1);
		c++;
	}
	return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}

static bool is_whole(GBytes *message)
{
	gsize length;
	const guint8 *b = g_bytes_get_data(message, &length);

	return length >= 4 && ((gsize) b[0] << 24 | (gsize) b[1] << 16 | (gsize) b[2] << 8 | b[3]) == length;
}

GArray *fake_turns_read(const char *path)
{
	g_autofree char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return NULL;
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(GBytes) request = NULL;
	GArray *turns = fake_turns_new();
	for (char **line = lines; *line; line++) {
		const char *words = g_strchug(*line);
		if (g_str_has_prefix(words, ">> ")) {
			g_clear_pointer(&request, g_bytes_unref);
			request = fake_hex(words + 3);
		} else if (g_str_has_prefix(words, "<< ") && request) {
			g_autoptr(GBytes) reply = fake_hex(words + 3);
			if (is_whole(request) && is_whole(reply))
				fake_turns_add(turns, FAKE_REPLY, g_steal_pointer(&request), g_steal_pointer(&reply));
			g_clear_pointer(&request, g_bytes_unref);
		}
	}
	return turns;
}

static bool read_request(GInputStream *in, GByteArray *request)
{
	guint8 head[4];
	gsize n;

	g_byte_array_set_size(request, 0);
	if (!g_input_stream_read_all(in, head, sizeof head, &n, NULL, NULL) || n < sizeof head)
		return false;
	guint length = (guint) head[0] << 24 | (guint) head[1] << 16 | (guint) head[2] << 8 | head[3];
	g_assert_cmpuint(length, >=, 4);
	g_byte_array_append(request, head, sizeof head);
	g_byte_array_set_size(request, length);
	return g_input_stream_read_all(in, request->data + 4, length - 4, &n, NULL, NULL) && n == length - 4;
}

static void wait_until_gone(GInputStream *in)
{
	guint8 byte;

	while (g_input_stream_read(in, &byte, 1, NULL, NULL) > 0)
		;
}

/* False: the turns are over. */
static bool take_turn(const struct fake_turn *turn, GInputStream *in, GOutputStream *out)
{
	gsize length = 0;
	const guint8 *reply = turn->reply ? g_bytes_get_data(turn->reply, &length) : NULL;

	switch (turn->act) {
	case FAKE_CUT:
		g_output_stream_write_all(out, reply, length / 2, NULL, NULL, NULL);
		return false;
	case FAKE_SILENT:
		wait_until_gone(in);
		return false;
	case FAKE_CLOSE:
		return false;
	case FAKE_TRICKLE:
		for (gsize i = 0; i < length; i++)
			g_output_stream_write_all(out, reply + i, 1, NULL, NULL, NULL);
		return true;
	default:
		return g_output_stream_write_all(out, reply, length, NULL, NULL, NULL);
	}
}

static gpointer run(gpointer user)
{
	struct fake_sumo *f = user;
	g_autoptr(GSocketConnection) client = g_socket_listener_accept(f->listener, NULL, NULL, NULL);
	g_autoptr(GByteArray) request = g_byte_array_new();

	if (!client)
		return NULL;
	GInputStream *in = g_io_stream_get_input_stream(G_IO_STREAM(client));
	GOutputStream *out = g_io_stream_get_output_stream(G_IO_STREAM(client));
	for (; f->taken < f->turns->len && read_request(in, request); f->taken++) {
		const struct fake_turn *turn = &g_array_index(f->turns, struct fake_turn, f->taken);
		g_autoptr(GBytes) came = g_bytes_new(request->data, request->len);
		if (turn->request && !g_bytes_equal(came, turn->request))
			f->as_told = false;
		if (!f->as_told || !take_turn(turn, in, out)) {
			f->taken++;
			break;
		}
	}
	return NULL;
}

struct fake_sumo *fake_sumo_start(GArray *turns)
{
	struct fake_sumo *f = g_new0(struct fake_sumo, 1);
	g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
	g_autoptr(GSocketAddress) any = g_inet_socket_address_new(loopback, 0), bound = NULL;

	f->turns = turns;
	f->as_told = true;
	f->listener = g_socket_listener_new();
	g_assert_true(g_socket_listener_add_address(f->listener, any, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &bound, NULL));
	f->port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound));
	f->thread = g_thread_new("fake SUMO", run, f);
	return f;
}

uint16_t fake_sumo_port(const struct fake_sumo *f)
{
	return f->port;
}

guint fake_sumo_end(struct fake_sumo *f, bool *as_told)
{
	g_thread_join(f->thread);
	guint taken = f->taken;
	*as_told = f->as_told;
	g_object_unref(f->listener);
	g_array_unref(f->turns);
	g_free(f);
	return taken;
}
