/* beside.h - who drives at the side of a lorry or a bus at its pace: maybe its shadow, or its body, as that leans into the next lane. By day. */
#pragma once

#include "vision/traffic.h"

/* Before traffic_step of the lanes, with what the last picture left there: adds to track.beside_s. */
void beside_look(struct traffic *traffics, uint32_t n_lanes, double dt_s);
