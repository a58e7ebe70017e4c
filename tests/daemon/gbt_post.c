/* gbt_post.c - see gbt_post.h. */
#include "tests/daemon/gbt_post.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define TURN_MS 20
#define NOISE_MOST 40

struct gbt_post {
	enum gbt_post_line line;
	struct gbt_cabinet *cabinet;
	double speed;
	GMutex lock;
	GThread *thread;
	gint64 began_us;
	bool over, cut, noise; /* under the lock, as the cabinet is */
	GRand *rand;
	/* the thread's */
	int listening, fd; /* -1 none */
	uint16_t port;
	struct sockaddr_in peer; /* of datagrams; port 0 nobody yet */
	char *folder, *link;	 /* of a serial line: where its device is found, whatever it is today */
	char *address;
};

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int bound(struct gbt_post *p, int type)
{
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;
	struct sockaddr_in at = loopback(p->port);
	socklen_t size = sizeof at;

	g_assert_cmpint(fd, >=, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	g_assert_cmpint(bind(fd, (struct sockaddr *) &at, sizeof at), ==, 0);
	g_assert_cmpint(getsockname(fd, (struct sockaddr *) &at, &size), ==, 0);
	p->port = ntohs(at.sin_port);
	return fd;
}

static int open_pty(void)
{
	return posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

bool gbt_post_has_pty(void)
{
	int fd = open_pty();
	bool there = fd >= 0 && grantpt(fd) == 0 && unlockpt(fd) == 0;

	if (fd >= 0)
		close(fd);
	return there;
}

static int new_pty(struct gbt_post *p)
{
	int fd = open_pty();
	char name[128];

	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(grantpt(fd), ==, 0);
	g_assert_cmpint(unlockpt(fd), ==, 0);
	g_assert_cmpint(ptsname_r(fd, name, sizeof name), ==, 0);
	g_assert_cmpint(symlink(name, p->link), ==, 0);
	return fd;
}

static void join(struct gbt_post *p)
{
	if (p->line == GBT_POST_TCP) {
		p->listening = bound(p, SOCK_STREAM);
		g_assert_cmpint(listen(p->listening, 4), ==, 0);
	} else {
		p->fd = p->line == GBT_POST_UDP ? bound(p, SOCK_DGRAM) : new_pty(p);
	}
}

static void part(struct gbt_post *p)
{
	if (p->fd >= 0)
		close(p->fd);
	if (p->listening >= 0)
		close(p->listening);
	p->fd = p->listening = -1;
	p->peer.sin_port = 0;
	if (p->line == GBT_POST_SERIAL)
		g_unlink(p->link);
	gbt_stream_reset(&p->cabinet->stream);
}

static void put(struct gbt_post *p, const uint8_t *bytes, size_t size)
{
	if (p->fd < 0)
		return;
	if (p->line == GBT_POST_SERIAL)
		(void) !write(p->fd, bytes, size);
	else if (p->line == GBT_POST_TCP)
		send(p->fd, bytes, size, MSG_NOSIGNAL);
	else if (p->peer.sin_port != 0)
		sendto(p->fd, bytes, size, 0, (struct sockaddr *) &p->peer, sizeof p->peer);
}

/* False: nobody is at the other end any more. */
static bool hear(struct gbt_post *p)
{
	uint8_t bytes[4096];
	socklen_t size = sizeof p->peer;
	ssize_t n;

	do {
		n = p->line == GBT_POST_UDP ? recvfrom(p->fd, bytes, sizeof bytes, 0, (struct sockaddr *) &p->peer, &size) : read(p->fd, bytes, sizeof bytes);
		if (n > 0)
			gbt_cabinet_hear(p->cabinet, bytes, (size_t) n);
	} while (n > 0);
	return p->line != GBT_POST_TCP || (n < 0 && errno == EAGAIN);
}

static void say(struct gbt_post *p)
{
	uint8_t junk[NOISE_MOST];
	size_t n = (size_t) g_rand_int_range(p->rand, 1, NOISE_MOST);

	for (GByteArray *bytes; (bytes = gbt_cabinet_say(p->cabinet)) != NULL; g_byte_array_unref(bytes))
		put(p, bytes->data, bytes->len);
	if (!p->noise || g_rand_int_range(p->rand, 0, 5) > 0)
		return;
	for (size_t i = 0; i < n; i++)
		junk[i] = (uint8_t) g_rand_int(p->rand);
	put(p, junk, n);
}

static void turn(struct gbt_post *p)
{
	double now_s = floor((double) (g_get_monotonic_time() - p->began_us) * 1e-6 * p->speed);
	bool open = p->fd >= 0 || p->listening >= 0;

	if (p->cut && open)
		part(p);
	else if (!p->cut && !open)
		join(p);
	if (p->listening >= 0) {
		int fd = accept4(p->listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0 && p->fd >= 0)
			close(p->fd);
		if (fd >= 0) {
			p->fd = fd;
			gbt_stream_reset(&p->cabinet->stream);
		}
	}
	while (p->cabinet->now_s < now_s)
		gbt_cabinet_step(p->cabinet, p->cabinet->now_s + 1);
	if (p->fd >= 0 && !hear(p)) {
		close(p->fd);
		p->fd = -1;
	}
	say(p);
}

static gpointer run(gpointer user)
{
	struct gbt_post *p = user;

	for (bool over = false; !over;) {
		g_mutex_lock(&p->lock);
		turn(p);
		struct pollfd wait[] = {{.fd = p->fd, .events = POLLIN}, {.fd = p->listening, .events = POLLIN}};
		over = p->over;
		g_mutex_unlock(&p->lock);
		if (poll(wait, G_N_ELEMENTS(wait), TURN_MS) > 0 && (wait[0].revents & POLLHUP) != 0)
			g_usleep(TURN_MS * 1000); /* a pty that nobody has open */
	}
	return NULL;
}

struct gbt_post *gbt_post_new(enum gbt_post_line line, struct gbt_cabinet *cabinet, double speed)
{
	struct gbt_post *p = g_new0(struct gbt_post, 1);

	*p = (struct gbt_post){.line = line, .cabinet = cabinet, .speed = speed, .began_us = g_get_monotonic_time(), .fd = -1, .listening = -1};
	p->rand = g_rand_new_with_seed(11);
	cabinet->escape = line != GBT_POST_UDP;
	g_mutex_init(&p->lock);
	if (line == GBT_POST_SERIAL) {
		p->folder = g_dir_make_tmp("gbt-post-XXXXXX", NULL);
		p->link = g_build_filename(p->folder, "line", NULL);
	}
	join(p);
	p->address = line == GBT_POST_SERIAL ? g_strconcat("serial:", p->link, NULL)
					     : g_strdup_printf("%s://127.0.0.1:%u", line == GBT_POST_TCP ? "tcp" : "udp", p->port);
	p->thread = g_thread_new("gbt-post", run, p);
	return p;
}

void gbt_post_free(struct gbt_post *p)
{
	if (p == NULL)
		return;
	gbt_post_lock(p);
	p->over = true;
	gbt_post_unlock(p);
	g_thread_join(p->thread);
	part(p);
	if (p->folder != NULL)
		g_rmdir(p->folder);
	gbt_cabinet_free(p->cabinet);
	g_rand_free(p->rand);
	g_mutex_clear(&p->lock);
	g_free(p->folder);
	g_free(p->link);
	g_free(p->address);
	g_free(p);
}

const char *gbt_post_address(const struct gbt_post *p)
{
	return p->address;
}

void gbt_post_cut(struct gbt_post *p, bool cut)
{
	gbt_post_lock(p);
	p->cut = cut;
	gbt_post_unlock(p);
}

void gbt_post_noise(struct gbt_post *p, bool noise)
{
	gbt_post_lock(p);
	p->noise = noise;
	gbt_post_unlock(p);
}

struct gbt_cabinet *gbt_post_lock(struct gbt_post *p)
{
	g_mutex_lock(&p->lock);
	return p->cabinet;
}

void gbt_post_unlock(struct gbt_post *p)
{
	g_mutex_unlock(&p->lock);
}
