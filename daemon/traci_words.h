/* traci_words.h - the numbers of SUMO's remote control protocol that we use (TraCI, API 20 as in SUMO 1.15).
 *
 * Facts of the protocol, as sumo.dlr.de/docs/TraCI documents them. A result's number is its command's plus TRACI_RESULT.
 */
#pragma once

#define TRACI_API_LEAST 20
#define TRACI_RESULT 0x10

enum traci_command {
	TRACI_VERSION = 0x00,
	TRACI_STEP = 0x02,
	TRACI_ORDER = 0x03,
	TRACI_CLOSE = 0x7f,
	TRACI_WATCH_JUNCTION_AROUND = 0x89, /* subscribe to what is around a junction */
	TRACI_GET_SIGNAL = 0xa2,
	TRACI_GET_VEHICLE = 0xa4,
	TRACI_GET_SIMULATION = 0xab,
	TRACI_SET_SIGNAL = 0xc2,
	TRACI_WATCH_SIGNAL = 0xd2,
	TRACI_WATCH_VEHICLE = 0xd4,
	TRACI_WATCH_SIMULATION = 0xdb,
};

#define TRACI_VEHICLES 0xa4 /* the domain */

enum traci_variable {
	TRACI_IDS = 0x00,
	TRACI_SIGNAL_STATE = 0x20,
	TRACI_SIGNAL_LINKS = 0x27,
	TRACI_VEHICLE_SPEED = 0x40,
	TRACI_VEHICLE_LENGTH = 0x44,
	TRACI_VEHICLE_CLASS = 0x49,
	TRACI_VEHICLE_LANE = 0x51,
	TRACI_VEHICLE_EDGES = 0x54, /* its way */
	TRACI_VEHICLE_LANE_POS = 0x56,
	TRACI_TIME = 0x66,
	TRACI_DEPARTED = 0x73, /* in the last step */
	TRACI_ENTERED = 0x74,  /* who departed in the last step */
	TRACI_ARRIVED = 0x79,  /* in the last step */
	TRACI_STEP_LENGTH = 0x7b,
	TRACI_EXPECTED = 0x7d, /* on the road, waiting to enter, or still to come */
};

enum traci_type {
	TRACI_LON_LAT = 0x00,
	TRACI_POSITION = 0x01,
	TRACI_LON_LAT_ALT = 0x02,
	TRACI_POSITION_3D = 0x03,
	TRACI_ROAD_PLACE = 0x04,
	TRACI_POLYGON = 0x06,
	TRACI_UBYTE = 0x07,
	TRACI_BYTE = 0x08,
	TRACI_INT = 0x09,
	TRACI_DOUBLE = 0x0b,
	TRACI_TEXT = 0x0c,
	TRACI_TEXTS = 0x0e,
	TRACI_COMPOUND = 0x0f,
	TRACI_DOUBLES = 0x10,
	TRACI_COLOUR = 0x11,
};

enum traci_status { TRACI_OK = 0x00, TRACI_NOT_IMPLEMENTED = 0x01, TRACI_REFUSED = 0xff };
