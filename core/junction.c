#include "core/junction.h"
