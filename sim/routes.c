#include "sim/routes.h"
