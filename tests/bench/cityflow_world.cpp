/* cityflow_world.cpp - see cityflow_world.h. */
#include "cityflow_world.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "rapidjson/document.h"
#include "rapidjson/istreamwrapper.h"

[[noreturn]] static void fail(const std::string &why)
{
	std::fprintf(stderr, "cityflow_bridge: %s\n", why.c_str());
	std::exit(1);
}

static rapidjson::Document read_json(const std::string &path)
{
	std::ifstream in(path);
	rapidjson::IStreamWrapper stream(in);
	rapidjson::Document document;
	if (!in || document.ParseStream(stream).HasParseError())
		fail(path + ": cannot be read as JSON");
	return document;
}

/* The engine wants its settings as a file; folders are joined with the names as they are. */
static std::string write_config(const std::string &roadnet, const std::string &flow, bool lane_change)
{
	char path[] = "/tmp/cityflow-XXXXXX";
	int fd = mkstemp(path);
	if (fd < 0)
		fail("no temporary file can be made");
	std::string text = "{\"interval\":1.0,\"seed\":0,\"dir\":\"\",\"roadnetFile\":\"" + roadnet + "\",\"flowFile\":\"" + flow +
		"\",\"laneChange\":" + (lane_change ? "true" : "false") + ",\"rlTrafficLight\":true,\"saveReplay\":false}\n";
	if (write(fd, text.data(), text.size()) != (ssize_t) text.size())
		fail("the temporary file cannot be written");
	close(fd);
	return path;
}

cf_world::cf_world(const std::string &roadnet, const std::string &flow, const std::string &net, bool lane_change)
	: config_path(write_config(roadnet, flow, lane_change)), engine(config_path, 1)
{
	unlink(config_path.c_str());
	read_roadnet(roadnet);
	read_net(net);
	books.resize(junctions.size());
	for (size_t j = 0; j < junctions.size(); j++)
		set_phase((int) j, 1);
	look();
	keep_books({});
}

static double way_m(const rapidjson::Value &points)
{
	double m = 0;
	for (rapidjson::SizeType i = 1; i < points.Size(); i++)
		m += std::hypot(points[i]["x"].GetDouble() - points[i - 1]["x"].GetDouble(), points[i]["y"].GetDouble() - points[i - 1]["y"].GetDouble());
	return m;
}

void cf_world::read_roadnet(const std::string &path)
{
	rapidjson::Document d = read_json(path);
	std::unordered_map<std::string, int> junction_ids;
	for (auto &x : d["intersections"].GetArray())
		if (!x["virtual"].GetBool()) {
			junction_ids[x["id"].GetString()] = (int) junctions.size();
			junctions.push_back(cf_junction());
			junctions.back().id = x["id"].GetString();
			junctions.back().phase = -1;
		}
	for (auto &road : d["roads"].GetArray()) {
		auto to = junction_ids.find(road["endIntersection"].GetString());
		int n = (int) road["lanes"].Size(), index = (int) road_lanes.size();
		std::string id = road["id"].GetString();
		road_ids[id] = index;
		road_lanes.push_back({});
		for (int k = 0; k < n; k++) { /* CityFlow counts lanes from the left, SUMO from the right */
			cf_lane lane = {id + "_" + std::to_string(k), id + "_" + std::to_string(n - 1 - k), NAN, way_m(road["points"]), index,
				to == junction_ids.end() ? -1 : to->second, {}, {}, 0, 0};
			lane_of_sumo[lane.sumo_id] = (int) lanes.size();
			road_lanes.back().push_back((int) lanes.size());
			lanes.push_back(lane);
		}
	}
	for (auto &x : d["intersections"].GetArray()) {
		if (x["virtual"].GetBool())
			continue;
		cf_junction &j = junctions[junction_ids[x["id"].GetString()]];
		for (auto &link : x["roadLinks"].GetArray()) {
			cf_link l = {road_ids.at(link["startRoad"].GetString()), road_ids.at(link["endRoad"].GetString()),
				std::string(link["type"].GetString()) == "turn_right", {}};
			std::vector<bool> has(road_lanes[l.from_road].size());
			for (auto &way : link["laneLinks"].GetArray())
				has[way["startLaneIndex"].GetInt()] = true;
			for (size_t k = 0; k < has.size(); k++)
				if (has[k])
					l.from_lanes.push_back(road_lanes[l.from_road][k]);
			j.links.push_back(l);
		}
		for (auto &phase : x["trafficLight"]["lightphases"].GetArray()) {
			std::vector<bool> green(j.links.size());
			for (auto &k : phase["availableRoadLinks"].GetArray())
				green[k.GetInt()] = true;
			j.phases.push_back(green);
		}
	}
}

static std::string attribute(const std::string &line, const char *name)
{
	std::string key = std::string(" ") + name + "=\"";
	size_t at = line.find(key);
	if (at == std::string::npos)
		return "";
	at += key.size();
	return line.substr(at, line.find('"', at) - at);
}

/* Our own import writes one element a line. */
void cf_world::read_net(const std::string &path)
{
	std::ifstream in(path);
	std::unordered_map<std::string, int> ids;
	for (size_t j = 0; j < junctions.size(); j++)
		ids[junctions[j].id] = (int) j;
	for (std::string line; std::getline(in, line);) {
		if (line.find("<lane ") != std::string::npos) {
			auto lane = lane_of_sumo.find(attribute(line, "id"));
			if (lane != lane_of_sumo.end())
				lanes[lane->second].length_m = std::atof(attribute(line, "length").c_str());
		} else if (line.find("<connection ") != std::string::npos && !attribute(line, "tl").empty()) {
			cf_junction &j = junctions[ids.at(attribute(line, "tl"))];
			size_t letter = (size_t) std::atoi(attribute(line, "linkIndex").c_str());
			int from = road_ids.at(attribute(line, "from")), to = road_ids.at(attribute(line, "to"));
			if (j.letters.size() <= letter)
				j.letters.resize(letter + 1, -1);
			for (size_t k = 0; k < j.links.size(); k++)
				if (j.links[k].from_road == from && j.links[k].to_road == to)
					j.letters[letter] = (int) k;
		}
	}
	for (const cf_lane &lane : lanes)
		if (std::isnan(lane.length_m))
			fail(path + ": has no lane " + lane.sumo_id + ": is it the import of the same roadnet?");
}

void cf_world::set_phase(int junction, int phase)
{
	cf_junction &j = junctions[junction];
	if (j.phase != phase)
		engine.setTrafficLightPhase(j.id, phase);
	j.phase = phase;
}

void cf_world::set_state(int junction, const std::string &state)
{
	cf_junction &j = junctions[junction];
	if (state == j.shown)
		return;
	std::vector<bool> green(j.links.size());
	for (size_t i = 0; i < state.size() && i < j.letters.size(); i++)
		if (j.letters[i] >= 0 && (state[i] == 'G' || state[i] == 'g'))
			green[j.letters[i]] = true;
	int best = 0, most = -1;
	for (size_t p = 0; p < j.phases.size(); p++) {
		int n = 0;
		bool within = true;
		for (size_t k = 0; k < green.size(); k++) {
			n += j.phases[p][k];
			within = within && (green[k] || !j.phases[p][k]);
		}
		if (within && n > most) {
			most = n;
			best = (int) p;
		}
	}
	j.shown = state;
	set_phase(junction, best);
}

static bool is_shadow(const std::string &id)
{
	return id.find("shadow") != std::string::npos;
}

void cf_world::look()
{
	std::map<std::string, std::vector<std::string>> by_lane = engine.getLaneVehicles();
	std::unordered_map<std::string, int> before;
	before.swap(where);
	speeds = engine.getVehicleSpeed();
	distances = engine.getVehicleDistance();
	for (size_t l = 0; l < lanes.size(); l++) {
		cf_lane &lane = lanes[l];
		lane.vehicles.clear();
		lane.shadows.clear();
		lane.passed = lane.waiting = 0;
		for (std::string &id : by_lane[lane.id]) {
			if (is_shadow(id)) {
				lane.shadows.push_back(id.substr(0, id.size() - std::strlen("_shadow")));
				continue;
			}
			lane.waiting += speeds[id] < 0.1;
			where[id] = (int) l;
			lane.vehicles.push_back(id);
		}
	}
	for (auto &was : before) {
		auto is = where.find(was.first);
		if (is == where.end() || lanes[is->second].road != lanes[was.second].road)
			lanes[was.second].passed++;
	}
	keep_books(before);
}

/* As the peers keep them: of each junction and vehicle the first time on a lane that leads to it and the last time that it was no longer on
 * one, both read after the step. */
void cf_world::keep_books(const std::unordered_map<std::string, int> &before)
{
	double now_s = time_s();
	if (books.empty())
		return;
	for (auto &is : where) {
		int j = lanes[is.second].junction;
		if (j >= 0)
			books[j].insert({is.first, {now_s, NAN}});
	}
	for (auto &was : before) {
		int j = lanes[was.second].junction;
		auto is = where.find(was.first);
		if (j >= 0 && (is == where.end() || lanes[is->second].junction != j))
			books[j].at(was.first).leave_s = now_s;
	}
}

void cf_world::step()
{
	engine.nextStep();
	look();
}

cf_figures cf_world::figures() const
{
	std::unordered_map<std::string, double> sums;
	for (auto &book : books)
		for (auto &entry : book)
			sums[entry.first] += (std::isnan(entry.second.leave_s) ? time_s() : entry.second.leave_s) - entry.second.enter_s;
	double all_s = 0;
	for (auto &sum : sums)
		all_s += sum.second;
	int inside = (int) engine.getVehicles(false).size(), with = (int) engine.getVehicles(true).size();
	return {sums.empty() ? NAN : all_s / (double) sums.size(), engine.getAverageTravelTime(), (int) sums.size(), with - inside};
}
