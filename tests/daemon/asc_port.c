/* asc_port.c - see asc_port.h. */
#include "tests/daemon/asc_port.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

int64_t asc_port_now_ds(void)
{
	return g_get_real_time() / 100000;
}

static int bind_port(uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *) &a, sizeof a) != 0) {
		fprintf(stderr, "a test cabinet: port %u is taken\n", port);
		exit(1);
	}
	return fd;
}

void asc_port_open(struct asc_port *p, uint16_t port, const struct asc_make *make, int64_t since_ds)
{
	p->model = asc_model_new(make, since_ds);
	asc_model_run(p->model, asc_port_now_ds());
	p->v3 = asc_v3_new(port);
	p->fd = bind_port(port);
}

void asc_port_serve(struct asc_port *p)
{
	uint8_t in[2048], out[4096];
	struct sockaddr_in from;
	socklen_t size = sizeof from;
	ssize_t n;

	while ((n = recvfrom(p->fd, in, sizeof in, 0, (struct sockaddr *) &from, &size)) > 0) {
		asc_model_run(p->model, asc_port_now_ds());
		size_t length = asc_v3_is(in, (size_t) n) ? asc_v3_answer(p->v3, p->model, in, (size_t) n, out, sizeof out)
												  : asc_wire_answer(p->model, ASC_WIRE_GOOD, in, (size_t) n, out, sizeof out);
		p->asked++;
		if (length > 0)
			sendto(p->fd, out, length, 0, (const struct sockaddr *) &from, size);
		size = sizeof from;
	}
}

void asc_port_tell(const struct asc_port *ports, int n)
{
	for (int i = 0; i < n; i++) {
		const struct asc_model *m = ports[i].model;
		printf("%d pattern %u called %u backup %d street %" G_GUINT64_FORMAT " safety %" G_GUINT64_FORMAT " running %" G_GUINT64_FORMAT
			   " bad %" G_GUINT64_FORMAT " asked %" G_GUINT64_FORMAT " greens %02x\n",
			i, asc_model_pattern(m), asc_model_called(m), asc_model_backup(m), asc_model_street_faults(m),
			asc_model_count(m, ASC_SAFETY_WRITTEN), asc_model_count(m, ASC_RUNNING_EDITED), asc_model_count(m, ASC_BAD_PLAN),
			ports[i].asked, asc_model_greens(m));
	}
	printf("end\n");
	fflush(stdout);
}
