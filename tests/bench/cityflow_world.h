/* cityflow_world.h - CityFlow's engine as a world that somebody else times: what cameras would see of it, its phases set by SUMO's
 * states, and the two figures that its papers quote.
 *
 * Needs CityFlow's and RapidJSON's headers, which are not part of this project; jinan.sh compiles it.
 */
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/engine.h"

struct cf_lane { /* one that leads to a signal, or leads away from one to no other */
	std::string id;      /* CityFlow's */
	std::string sumo_id; /* as `greenwave-sim import` calls it */
	double length_m;
	double between_m;    /* from junction to junction: longer by half of both */
	int road;
	int junction;        /* it leads to, -1 = none with lights */
	std::vector<std::string> vehicles; /* now, nearest to the stop line first */
	std::vector<std::string> shadows;  /* vehicles that change over from here: CityFlow has them on both lanes */
	int waiting;         /* slower than 0.1 m/s */
	int passed;          /* over its stop line in the last step */
};

struct cf_link { /* a road link: one turn of a junction */
	int from_road, to_road;
	bool right;
	std::vector<int> from_lanes; /* into lanes */
};

struct cf_junction {
	std::string id;
	std::vector<cf_link> links;
	std::vector<std::vector<bool>> phases; /* by phase and link: green */
	std::vector<int> letters;              /* of SUMO's state: the link */
	std::string shown;                     /* state that was set last */
	int phase;
};

struct cf_figures {
	double lanes_s;  /* the papers' mean time on the lanes that lead to a signal */
	double travel_s; /* CityFlow's own average travel time */
	int vehicles;    /* that were on such a lane */
	int waiting;     /* that did not get in until the end */
};

class cf_world {
public:
	/* `net` is the import of the same roadnet: lane lengths and the order of the state's letters come from it. */
	cf_world(const std::string &roadnet, const std::string &flow, const std::string &net, bool lane_change);

	void step();
	double time_s() const { return engine.getCurrentTime(); }
	void set_phase(int junction, int phase);
	void set_state(int junction, const std::string &state); /* the phase with exactly those greens, else the one with most of them */
	double speed_mps(const std::string &vehicle) const { return speeds.at(vehicle); }
	double to_stop_m(const cf_lane &lane, const std::string &vehicle) const { return lane.length_m - distances.at(vehicle); }
	cf_figures figures() const;

	std::vector<cf_lane> lanes;
	std::vector<cf_junction> junctions;
	std::vector<std::vector<int>> road_lanes; /* by road */

private:
	struct stay {
		double enter_s, leave_s; /* leave: NaN = still there */
	};
	void read_roadnet(const std::string &path);
	void read_net(const std::string &path);
	void look();
	void keep_books(const std::unordered_map<std::string, int> &before);

	std::string config_path;
	CityFlow::Engine engine;
	std::unordered_map<std::string, int> road_ids, lane_of_sumo, where; /* where: vehicle -> lane */
	std::map<std::string, double> speeds, distances;
	std::vector<std::unordered_map<std::string, stay>> books; /* by junction */
};
