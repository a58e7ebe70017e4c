/* core_error.c - the quark of core_error.h. */
#include "core/core_error.h"

G_DEFINE_QUARK(greenwave-core, core_error)
