#include "core/netfile.h"
