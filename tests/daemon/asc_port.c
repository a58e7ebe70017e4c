/* asc_port.c - see asc_port.h. */
#include "tests/daemon/asc_port.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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
	*p = (struct asc_port){.model = asc_model_new(make, since_ds), .fd = bind_port(port)};
	asc_model_run(p->model, asc_port_now_ds());
	p->v3 = asc_v3_new(asc_port_number(p));
}

uint16_t asc_port_number(const struct asc_port *p)
{
	struct sockaddr_in a = {0};
	socklen_t size = sizeof a;

	getsockname(p->fd, (struct sockaddr *) &a, &size);
	return ntohs(a.sin_port);
}

void asc_port_close(struct asc_port *p)
{
	close(p->fd);
	asc_v3_free(p->v3);
	asc_model_free(p->model);
}

static size_t answer(struct asc_port *p, const uint8_t *in, size_t n, uint8_t *out, size_t most)
{
	bool v3 = asc_v3_is(in, n);

	if (v3)
		return asc_v3_answer(p->v3, p->model, p->locked ? "somebody" : ASC_V3_USER, in, n, out, most);
	return p->locked ? 0 : asc_wire_answer(p->model, p->fault, in, n, out, most);
}

void asc_port_serve(struct asc_port *p)
{
	uint8_t in[2048], out[4096];
	struct sockaddr_in from;
	socklen_t size = sizeof from;
	ssize_t n;

	while ((n = recvfrom(p->fd, in, sizeof in, 0, (struct sockaddr *) &from, &size)) > 0) {
		asc_model_run(p->model, asc_port_now_ds());
		size_t length = answer(p, in, (size_t) n, out, sizeof out);
		p->asked++;
		if (p->late && p->n_kept > 0)
			sendto(p->fd, p->kept, p->n_kept, 0, (const struct sockaddr *) &from, size);
		p->n_kept = p->late ? length : 0;
		if (p->late)
			memcpy(p->kept, out, length);
		else if (length > 0)
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
