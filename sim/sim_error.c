/* sim_error.c - the quark of sim_error.h. */
#include "sim/sim_error.h"

G_DEFINE_QUARK(greenwave-sim, sim_error)
