#include "daemon/wire.h"
