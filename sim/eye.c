#include "sim/eye.h"
