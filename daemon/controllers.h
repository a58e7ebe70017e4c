/* controllers.h - the drivers that there are: each is one table, in the file of its name. */
#pragma once

#include "daemon/controller.h"

extern const struct controller_driver controller_gbt20999; /* GB/T 20999-2017, by TCP, UDP or serial line */
extern const struct controller_driver controller_null; /* a dry run: everything but the street */
extern const struct controller_driver controller_rsmp; /* RSMP 3.2 sites, which connect to us */
extern const struct controller_driver controller_sim;  /* the cabinets of `greenwave-sim play` */
extern const struct controller_driver controller_ntcip; /* NTCIP 1202 controller units over SNMP */
