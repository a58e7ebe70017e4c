/* asc_farm.c - many test cabinets in real time, each on a UDP port of its own: asc_farm FIRST_PORT N [BACKUP_S].
 *
 * Prints "ready"; then, whenever a line comes in: for each cabinet what it runs and what was counted there. Ends with its input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/daemon/asc_port.h"

#define EVENTS 256

static bool told(const struct asc_port *ports, int n)
{
	char line[256];

	if (fgets(line, sizeof line, stdin) == NULL)
		return false;
	asc_port_tell(ports, n);
	return true;
}

static int close_all(struct asc_port *ports, int n)
{
	for (int i = 0; i < n; i++)
		asc_port_close(&ports[i]);
	return 0;
}

static void open_all(struct asc_port *ports, int n, int first, int backup_s, int epoll)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < n; i++) {
		struct asc_make make = {.seed = (uint32_t) i + 1, .backup_s = (uint16_t) backup_s, .vehicles_ph = 200};
		struct epoll_event e = {.events = EPOLLIN, .data.ptr = &ports[i]};
		asc_port_open(&ports[i], (uint16_t) (first + i), &make, asc_port_now_ds() - 3000);
		epoll_ctl(epoll, EPOLL_CTL_ADD, ports[i].fd, &e);
	}
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 1;
	int n = atoi(argv[2]), epoll = epoll_create1(EPOLL_CLOEXEC);
	g_autofree struct asc_port *ports = g_new0(struct asc_port, n);
	struct epoll_event events[EVENTS], in = {.events = EPOLLIN};

	open_all(ports, n, atoi(argv[1]), argc > 3 ? atoi(argv[3]) : 60, epoll);
	epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &in);
	printf("ready\n");
	fflush(stdout);
	for (int64_t run_ds = asc_port_now_ds();;) {
		int k = epoll_wait(epoll, events, EVENTS, 200);
		for (int i = 0; i < k; i++) {
			if (events[i].data.ptr != NULL)
				asc_port_serve(events[i].data.ptr);
			else if (!told(ports, n))
				return close_all(ports, n);
		}
		for (int i = 0; asc_port_now_ds() - run_ds >= 5 && i < n; i++)
			asc_model_run(ports[i].model, asc_port_now_ds());
		run_ds = asc_port_now_ds() - run_ds >= 5 ? asc_port_now_ds() : run_ds;
	}
}
