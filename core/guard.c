#include "core/guard.h"
