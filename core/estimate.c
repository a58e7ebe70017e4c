#include "core/estimate.h"
