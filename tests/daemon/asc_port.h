/* asc_port.h - a test cabinet in real time at a UDP port of this machine, and what it says of itself in one line. */
#pragma once

#include "tests/daemon/asc_v3.h"

struct asc_port {
	struct asc_model *model;
	struct asc_v3 *v3; /* it speaks v1, v2c and v3 */
	int fd;
	uint64_t asked;
	enum asc_wire_fault fault; /* of its answers, v1 and v2c */
	bool late;		   /* each answer comes with the next question */
	bool locked;		   /* communities and users are others than they were */
	uint8_t kept[4096];
	size_t n_kept;
};

int64_t asc_port_now_ds(void); /* UTC */

/* At port 0: one that is free (asc_port_number). Ends the program with a sentence when the port is taken. The cabinet has stood there since `since_ds`. */
void asc_port_open(struct asc_port *p, uint16_t port, const struct asc_make *make, int64_t since_ds);
uint16_t asc_port_number(const struct asc_port *p);
void asc_port_close(struct asc_port *p);
void asc_port_serve(struct asc_port *p); /* answers whatever has come */

/* A line for each, then "end"; on stdout. */
void asc_port_tell(const struct asc_port *ports, int n);
