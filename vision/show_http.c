/* show_http.c - JPEG pictures to browsers on this machine. See show_http.h.
 *
 * A thread for each browser, at most a few; each waits for a picture that is newer than the one it sent.
 */
#include "vision/show_http.h"

#include <gio/gio.h>
#include <string.h>

#define BROWSERS_MAX 8
#define SEND_S 10 /* one that takes nothing for so long is sent away */

struct show_http {
	GSocketService *service;
	uint32_t port;
	GMutex lock;
	GCond changed; /* a new picture, the end, or a browser that went */
	GBytes *picture;
	uint64_t n; /* pictures so far */
	uint32_t browsers;
	bool ended;
};

static GBytes *wait_newer(struct show_http *h, uint64_t *sent)
{
	g_mutex_lock(&h->lock);
	while (!h->ended && h->n == *sent)
		g_cond_wait(&h->changed, &h->lock);
	GBytes *bytes = h->ended ? NULL : g_bytes_ref(h->picture);
	*sent = h->n;
	g_mutex_unlock(&h->lock);
	return bytes;
}

static bool send_picture(GOutputStream *out, GBytes *picture)
{
	gsize n;
	const void *bytes = g_bytes_get_data(picture, &n);
	g_autofree char *head = g_strdup_printf("--picture\r\nContent-Type: image/jpeg\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n", n);
	return g_output_stream_write_all(out, head, strlen(head), NULL, NULL, NULL) && g_output_stream_write_all(out, bytes, n, NULL, NULL, NULL) &&
		g_output_stream_write_all(out, "\r\n", 2, NULL, NULL, NULL);
}

static gboolean on_run(GThreadedSocketService *service, GSocketConnection *connection, GObject *source, gpointer user)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=picture\r\nCache-Control: no-store\r\n"
		"Connection: close\r\n\r\n";
	struct show_http *h = user;
	GOutputStream *out = g_io_stream_get_output_stream(G_IO_STREAM(connection));
	char request[2048];
	uint64_t sent = 0;
	(void) service, (void) source;
	g_mutex_lock(&h->lock);
	h->browsers++;
	g_mutex_unlock(&h->lock);
	g_socket_set_timeout(g_socket_connection_get_socket(connection), SEND_S);
	/* whatever is asked for, there is one answer */
	bool good = g_input_stream_read(g_io_stream_get_input_stream(G_IO_STREAM(connection)), request, sizeof request, NULL, NULL) > 0 &&
		g_output_stream_write_all(out, answer, sizeof answer - 1, NULL, NULL, NULL);
	while (good) {
		g_autoptr(GBytes) picture = wait_newer(h, &sent);
		good = picture && send_picture(out, picture);
	}
	g_mutex_lock(&h->lock);
	h->browsers--;
	g_cond_broadcast(&h->changed);
	g_mutex_unlock(&h->lock);
	return TRUE;
}

struct show_http *show_http_new(uint32_t port, GError **error)
{
	g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string("127.0.0.1", port), bound = NULL;
	g_autoptr(GError) why = NULL;
	struct show_http *h = g_new0(struct show_http, 1);
	g_mutex_init(&h->lock);
	g_cond_init(&h->changed);
	h->service = g_threaded_socket_service_new(BROWSERS_MAX);
	if (!g_socket_listener_add_address(G_SOCKET_LISTENER(h->service), address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &bound, &why)) {
		g_set_error(error, view_error_quark(), 0, "pictures cannot be shown on 127.0.0.1 port %u: %s", port, why->message);
		show_http_free(h);
		return NULL;
	}
	h->port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound));
	g_signal_connect(h->service, "run", G_CALLBACK(on_run), h);
	return h;
}

void show_http_free(struct show_http *h)
{
	if (!h)
		return;
	g_socket_service_stop(h->service);
	g_socket_listener_close(G_SOCKET_LISTENER(h->service));
	g_mutex_lock(&h->lock);
	h->ended = true;
	g_cond_broadcast(&h->changed);
	while (h->browsers > 0)
		g_cond_wait(&h->changed, &h->lock);
	g_mutex_unlock(&h->lock);
	g_object_unref(h->service);
	g_clear_pointer(&h->picture, g_bytes_unref);
	g_mutex_clear(&h->lock);
	g_cond_clear(&h->changed);
	g_free(h);
}

uint32_t show_http_port(const struct show_http *h)
{
	return h->port;
}

void show_http_picture(struct show_http *h, const uint8_t *jpeg, uint64_t n)
{
	g_mutex_lock(&h->lock);
	g_clear_pointer(&h->picture, g_bytes_unref);
	h->picture = g_bytes_new(jpeg, n);
	h->n++;
	g_cond_broadcast(&h->changed);
	g_mutex_unlock(&h->lock);
}
