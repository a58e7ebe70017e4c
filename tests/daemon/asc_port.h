/* asc_port.h - a test cabinet in real time at a UDP port of this machine, and what it says of itself in one line. */
#pragma once

#include "tests/daemon/asc_v3.h"

struct asc_port {
	struct asc_model *model;
	struct asc_v3 *v3; /* it speaks v1, v2c and v3 */
	int fd;
	uint64_t asked;
};

int64_t asc_port_now_ds(void); /* UTC */

/* Ends the program with a sentence when the port is taken. The cabinet has stood there since `since_ds`. */
void asc_port_open(struct asc_port *p, uint16_t port, const struct asc_make *make, int64_t since_ds);
void asc_port_serve(struct asc_port *p); /* answers whatever has come */

/* A line for each, then "end"; on stdout. */
void asc_port_tell(const struct asc_port *ports, int n);
