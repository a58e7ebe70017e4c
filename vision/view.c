#include "vision/view.h"
