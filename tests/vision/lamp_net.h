/* lamp_net.h - an ONNX network that finds the vehicles of a painted street by night: what shines like a lamp is the front of a car there. */
#pragma once

#include <glib.h>

#include "vision/view.h"

#define LAMP_NET_SIDE_PX 640
#define LAMP_NET_SCORE 0.86

/* For pictures as wide as the input, which stand in the middle of it. */
GByteArray *lamp_net(const struct view *v);
