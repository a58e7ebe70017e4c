/* rsmp_post.c - see rsmp_post.h. */
#include "tests/daemon/rsmp_post.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TURN_MS 100
#define AGAIN_S 5.0
#define END 0x0c

struct rsmp_post {
	struct rsmp_site *site;
	uint8_t host;
	uint16_t port;
	int fd; /* -1 not connected */
	gint64 began_us;
	double again_s;
	GByteArray *heard;
	guint timer;
};

static double now_s(const struct rsmp_post *p)
{
	return (double) (g_get_monotonic_time() - p->began_us) * 1e-6;
}

void rsmp_post_cut(struct rsmp_post *p)
{
	if (p->fd < 0)
		return;
	close(p->fd);
	p->fd = -1;
	p->again_s = now_s(p) + AGAIN_S;
	g_byte_array_set_size(p->heard, 0);
	rsmp_site_lost(p->site);
}

static void join(struct rsmp_post *p)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(p->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl((INADDR_LOOPBACK & ~0xffu) | p->host)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	p->again_s = now_s(p) + AGAIN_S;
	if (bind(fd, (const struct sockaddr *) &from, sizeof from) != 0 || connect(fd, (const struct sockaddr *) &to, sizeof to) != 0) {
		close(fd);
		return;
	}
	p->fd = fd;
	rsmp_site_connect(p->site);
}

static void hear(struct rsmp_post *p)
{
	uint8_t bytes[4096], *end;
	ssize_t n;

	while (p->fd >= 0 && (n = recv(p->fd, bytes, sizeof bytes, MSG_DONTWAIT)) >= 0) {
		if (n == 0)
			rsmp_post_cut(p);
		else
			g_byte_array_append(p->heard, bytes, (guint) n);
	}
	if (p->fd >= 0 && errno != EAGAIN)
		rsmp_post_cut(p);
	while (p->heard->len > 0 && (end = memchr(p->heard->data, END, p->heard->len)) != NULL) {
		size_t size = (size_t) (end - p->heard->data) + 1;
		g_autofree char *text = g_strndup((const char *) p->heard->data, size);
		g_byte_array_remove_range(p->heard, 0, (guint) size);
		rsmp_site_hear(p->site, text, size);
	}
}

static void say(struct rsmp_post *p)
{
	static const char end = END;

	for (char *text; p->fd >= 0 && (text = rsmp_site_say(p->site)) != NULL; g_free(text))
		if (send(p->fd, text, strlen(text), MSG_NOSIGNAL) < 0 || send(p->fd, &end, 1, MSG_NOSIGNAL) < 0)
			rsmp_post_cut(p);
}

static gboolean on_turn(gpointer user)
{
	struct rsmp_post *p = user;

	if (p->fd < 0 && now_s(p) >= p->again_s)
		join(p);
	if (p->fd >= 0)
		hear(p);
	while (p->site->now_s < floor(now_s(p)))
		rsmp_site_step(p->site, p->site->now_s + 1);
	if (p->fd >= 0 && p->site->closed)
		rsmp_post_cut(p);
	say(p);
	return G_SOURCE_CONTINUE;
}

struct rsmp_post *rsmp_post_new(struct rsmp_site *site, uint8_t host, uint16_t port)
{
	struct rsmp_post *p = g_new0(struct rsmp_post, 1);

	*p = (struct rsmp_post){.site = site, .host = host, .port = port, .fd = -1, .began_us = g_get_monotonic_time(), .heard = g_byte_array_new()};
	site->utc_s = g_get_real_time() / G_USEC_PER_SEC;
	p->timer = g_timeout_add(TURN_MS, on_turn, p);
	return p;
}

void rsmp_post_free(struct rsmp_post *p)
{
	if (p == NULL)
		return;
	g_source_remove(p->timer);
	if (p->fd >= 0)
		close(p->fd);
	g_byte_array_unref(p->heard);
	rsmp_site_free(p->site);
	g_free(p);
}

struct rsmp_site *rsmp_post_site(struct rsmp_post *p)
{
	return p->site;
}
