/* kind.h - what a thing on the road is, as a user's network says it. */
#pragma once

enum vehicle_kind {
	VEHICLE_IGNORED,
	VEHICLE_TWO_WHEELER,
	VEHICLE_CAR,
	VEHICLE_TRUCK,
	VEHICLE_BUS,
	VEHICLE_PERSON, /* on foot: no vehicle, and counted nowhere */
};
#define VEHICLE_KINDS 6
