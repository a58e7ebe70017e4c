#include "daemon/bus.h"
