#include "vision/camera.h"
