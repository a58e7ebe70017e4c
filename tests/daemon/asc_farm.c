/* asc_farm.c - many test cabinets in real time, each on a UDP port of its own: asc_farm FIRST_PORT N [BACKUP_S].
 *
 * Prints "ready"; then, whenever a line comes in: for each cabinet what it runs and what was counted there. Ends with its input.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/daemon/asc_wire.h"

#define EVENTS 256

struct cabinet {
	struct asc_model *model;
	int fd;
	uint64_t asked;
};

static int64_t now_ds(void)
{
	return g_get_real_time() / 100000;
}

static int open_port(uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *) &a, sizeof a) != 0) {
		fprintf(stderr, "asc_farm: port %u is taken\n", port);
		exit(1);
	}
	return fd;
}

static void serve(struct cabinet *c)
{
	uint8_t in[2048], out[4096];
	struct sockaddr_in from;
	socklen_t size = sizeof from;
	ssize_t n;

	while ((n = recvfrom(c->fd, in, sizeof in, 0, (struct sockaddr *) &from, &size)) > 0) {
		asc_model_run(c->model, now_ds());
		size_t length = asc_wire_answer(c->model, ASC_WIRE_GOOD, in, (size_t) n, out, sizeof out);
		c->asked++;
		if (length > 0)
			sendto(c->fd, out, length, 0, (const struct sockaddr *) &from, size);
		size = sizeof from;
	}
}

static bool told(struct cabinet *cabinets, int n)
{
	char line[256];

	if (fgets(line, sizeof line, stdin) == NULL)
		return false;
	for (int i = 0; i < n; i++) {
		const struct asc_model *m = cabinets[i].model;
		printf("%d pattern %u called %u backup %d street %" G_GUINT64_FORMAT " safety %" G_GUINT64_FORMAT " running %" G_GUINT64_FORMAT
			   " bad %" G_GUINT64_FORMAT " asked %" G_GUINT64_FORMAT "\n",
			i, asc_model_pattern(m), asc_model_called(m), asc_model_backup(m), asc_model_street_faults(m),
			asc_model_count(m, ASC_SAFETY_WRITTEN), asc_model_count(m, ASC_RUNNING_EDITED), asc_model_count(m, ASC_BAD_PLAN),
			cabinets[i].asked);
	}
	printf("end\n");
	fflush(stdout);
	return true;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 1;
	int first = atoi(argv[1]), n = atoi(argv[2]), epoll = epoll_create1(EPOLL_CLOEXEC);
	g_autofree struct cabinet *cabinets = g_new0(struct cabinet, n);
	struct epoll_event events[EVENTS], in = {.events = EPOLLIN};

	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < n; i++) {
		struct asc_make make = {.seed = (uint32_t) i + 1, .backup_s = (uint16_t) (argc > 3 ? atoi(argv[3]) : 60), .vehicles_ph = 200};
		cabinets[i].model = asc_model_new(&make, now_ds() - 3000);
		asc_model_run(cabinets[i].model, now_ds());
		cabinets[i].fd = open_port((uint16_t) (first + i));
		struct epoll_event e = {.events = EPOLLIN, .data.ptr = &cabinets[i]};
		epoll_ctl(epoll, EPOLL_CTL_ADD, cabinets[i].fd, &e);
	}
	epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &in);
	printf("ready\n");
	fflush(stdout);
	for (int64_t run_ds = now_ds();;) {
		int k = epoll_wait(epoll, events, EVENTS, 200);
		for (int i = 0; i < k; i++) {
			if (events[i].data.ptr != NULL)
				serve(events[i].data.ptr);
			else if (!told(cabinets, n))
				return 0;
		}
		for (int i = 0; now_ds() - run_ds >= 5 && i < n; i++)
			asc_model_run(cabinets[i].model, now_ds());
		run_ds = now_ds() - run_ds >= 5 ? now_ds() : run_ds;
	}
}
