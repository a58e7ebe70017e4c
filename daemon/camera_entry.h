/* camera_entry.h - a camera's entry of greenwave.yaml as vision wants it: its calibration or its lines, and the network that finds its vehicles. */
#pragma once

#include "daemon/config.h"
#include "vision/detector.h"

/* Its calibration, or its lines. NULL with a sentence that names the camera. */
struct view *camera_entry_view(const struct config_camera *camera, const struct network *net, GError **error);
/* The network that finds its vehicles, loaded and tried, or shared with those of `pool`; NULL without an error where it has none. */
struct detector *camera_entry_detector(const struct config_camera *camera, struct detector_pool *pool, GError **error);
