/* cityflow_bridge.cpp - drives CityFlow's engine over the bridge (`greenwaved --bridge`), or by one of the policies that its papers compare
 * with, under those papers' rules. Built by jinan.sh against CityFlow's own sources; the project does not build it.
 *
 *     cityflow_bridge --roadnet R.json --flow F.json --net N.net.xml [--lane-change] [--steps 3600] [--stages 4]
 *                     (--bridge ENDPOINT [--view M] | --policy fixed|maxpressure|efficient|advanced --every S --amber S)
 *
 * One line of NAME VALUE pairs. A view of 0 is the whole lane.
 */
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "cityflow_world.h"
#include "rapidjson/document.h"

#define REACH_M 167.0

struct settings {
	std::string roadnet, flow, net, bridge, policy;
	double view_m = 0;
	int steps = 3600, every_s = 30, amber_s = 5, stages = 4;
	bool lane_change = false;
};

[[noreturn]] static void fail(const std::string &why)
{
	std::fprintf(stderr, "cityflow_bridge: %s\n", why.c_str());
	std::exit(1);
}

/* ---- the peers' policies: every `every_s` a stage; a change begins with `amber_s` of the phase without greens but right turns ---- */

struct peer { /* one junction */
	int stage = 1, wish = 1; /* phases, counted from 1 */
	int since_s = 0;         /* the present phase or amber shows since */
	bool amber = false;
};

/* Efficient-MaxPressure (Wu et al. 2021; Zhang et al. 2022) takes the mean of the exit road's lanes, MaxPressure as their code has it the sum. */
static double movement_pressure(const cf_world &w, const cf_link &link, bool mean)
{
	double in = 0, out = 0;
	for (int l : link.from_lanes)
		in += w.lanes[l].waiting;
	for (int l : w.road_lanes[link.to_road])
		out += w.lanes[l].waiting;
	return in - (mean ? out / (double) w.road_lanes[link.to_road].size() : out);
}

/* Those who drive within 15 s of the junction (Advanced-MaxPressure, Zhang et al. 2022). Their code measures from its middle, and counts who
 * changes lanes on both. */
static int running(const cf_world &w, const cf_link &link)
{
	int n = 0;
	for (int l : link.from_lanes) {
		const cf_lane &lane = w.lanes[l];
		double reach_m = REACH_M - (lane.between_m - lane.length_m);
		for (auto *list : {&lane.vehicles, &lane.shadows})
			for (const std::string &id : *list)
				n += w.to_stop_m(lane, id) <= reach_m && w.speed_mps(id) > 0.1;
	}
	return n;
}

static int choose(const cf_world &w, const settings &s, const cf_junction &j, const peer &p, int now_s)
{
	int best = 1;
	double most = -INFINITY, runs = 0;
	if (s.policy == "fixed")
		return now_s - p.since_s >= 30 ? p.stage % s.stages + 1 : p.stage;
	for (int phase = 1; phase <= s.stages; phase++) {
		double pressure = 0;
		for (size_t k = 0; k < j.links.size(); k++) {
			if (!j.phases[phase][k] || j.links[k].right)
				continue;
			pressure += movement_pressure(w, j.links[k], s.policy != "maxpressure");
			if (phase == p.stage)
				runs += running(w, j.links[k]);
		}
		if (pressure > most) {
			most = pressure;
			best = phase;
		}
	}
	if (s.policy == "advanced" && now_s > 0 && runs >= most)
		return p.stage;
	return best;
}

static void drive_by_policy(cf_world &w, const settings &s)
{
	std::vector<peer> peers(w.junctions.size());
	for (int t = 0; t < s.steps; t++) {
		for (size_t k = 0; k < peers.size(); k++) {
			peer &p = peers[k];
			if (t % s.every_s == 0)
				p.wish = choose(w, s, w.junctions[k], p, t);
			if (p.amber && t - p.since_s >= s.amber_s) {
				p.amber = false;
				p.stage = p.wish;
				p.since_s = t;
				w.set_phase((int) k, p.stage);
			} else if (!p.amber && p.wish != p.stage) {
				p.amber = true;
				p.since_s = t;
				w.set_phase((int) k, 0);
			}
		}
		w.step();
	}
}

/* ---- the bridge ---- */

class caller {
public:
	explicit caller(const std::string &endpoint) : context(zmq_ctx_new()), socket(zmq_socket(context, ZMQ_REQ))
	{
		int linger_ms = 0, wait_ms = 120000;
		zmq_setsockopt(socket, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
		zmq_setsockopt(socket, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms);
		if (zmq_connect(socket, endpoint.c_str()) != 0)
			fail(endpoint + ": " + zmq_strerror(zmq_errno()));
	}
	~caller()
	{
		zmq_close(socket);
		zmq_ctx_term(context);
	}
	/* The answer, parsed in place. */
	rapidjson::Document ask(const std::string &request, const char *type)
	{
		zmq_msg_t m;
		zmq_msg_init(&m);
		if (zmq_send(socket, request.data(), request.size(), 0) < 0 || zmq_msg_recv(&m, socket, 0) < 0)
			fail(std::string("the bridge does not answer: ") + zmq_strerror(zmq_errno()));
		rapidjson::Document d;
		d.Parse((const char *) zmq_msg_data(&m), zmq_msg_size(&m));
		if (d.HasParseError() || !d.IsObject() || std::strcmp(d["type"].GetString(), type) != 0)
			fail("the bridge answered " + std::string((const char *) zmq_msg_data(&m), zmq_msg_size(&m)));
		zmq_msg_close(&m);
		return d;
	}

private:
	void *context, *socket;
};

/* Nearest first: CityFlow's cars overtake each other where they enter or change lanes. */
static void add_lane(std::string &out, const cf_world &w, const cf_lane &lane, double view_m)
{
	char text[96];
	std::vector<std::pair<double, double>> seen;
	for (const std::string &id : lane.vehicles)
		if (w.to_stop_m(lane, id) <= view_m)
			seen.push_back({std::fmax(w.to_stop_m(lane, id), 0.0), w.speed_mps(id)});
	std::sort(seen.begin(), seen.end());
	out += (out.back() == '{' ? "\"" : ",\"") + lane.sumo_id + "\":{\"vehicles\":[";
	for (size_t i = 0; i < seen.size(); i++) {
		std::snprintf(text, sizeof text, "%s[%.2f,%.2f,5.0]", i ? "," : "", seen[i].first, seen[i].second);
		out += text;
	}
	std::snprintf(text, sizeof text, "],\"passed_veh\":%d}", lane.passed);
	out += text;
}

static std::string make_step(const cf_world &w, double t_s, double view_m)
{
	char text[64];
	std::snprintf(text, sizeof text, "{\"type\":\"step\",\"t_s\":%.1f,\"lanes\":{", t_s);
	std::string out = text;
	for (const cf_lane &lane : w.lanes)
		if (lane.junction >= 0)
			add_lane(out, w, lane, view_m);
	out += "},\"signals\":{";
	bool first = true;
	for (const cf_junction &j : w.junctions) {
		if (j.shown.empty())
			continue;
		out += (first ? "\"" : ",\"") + j.id + "\":{\"state\":\"" + j.shown + "\"}";
		first = false;
	}
	return out + "}}";
}

static void drive_by_bridge(cf_world &w, const settings &s)
{
	caller bridge(s.bridge);
	double view_m = s.view_m > 0 ? s.view_m : INFINITY;
	bridge.ask("{\"type\":\"hello\",\"v\":1,\"step_s\":1.0}", "welcome");
	for (int t = 0; t < s.steps; t++) {
		rapidjson::Document act = bridge.ask(make_step(w, t, view_m), "act");
		for (size_t k = 0; k < w.junctions.size(); k++) {
			auto signal = act["signals"].FindMember(w.junctions[k].id.c_str());
			if (signal == act["signals"].MemberEnd())
				fail("the bridge says nothing of " + w.junctions[k].id);
			w.set_state((int) k, signal->value["state"].GetString());
		}
		w.step();
	}
	bridge.ask("{\"type\":\"bye\"}", "bye");
}

static settings read_arguments(int argc, char **argv)
{
	settings s;
	for (int i = 1; i < argc; i++) {
		std::string key = argv[i];
		if (key == "--lane-change") {
			s.lane_change = true;
			continue;
		}
		if (i + 1 == argc)
			fail(key + " wants a value");
		const char *value = argv[++i];
		if (key == "--roadnet") s.roadnet = value;
		else if (key == "--flow") s.flow = value;
		else if (key == "--net") s.net = value;
		else if (key == "--bridge") s.bridge = value;
		else if (key == "--policy") s.policy = value;
		else if (key == "--view") s.view_m = std::atof(value);
		else if (key == "--steps") s.steps = std::atoi(value);
		else if (key == "--every") s.every_s = std::atoi(value);
		else if (key == "--amber") s.amber_s = std::atoi(value);
		else if (key == "--stages") s.stages = std::atoi(value);
		else fail("there is no option " + key);
	}
	if (s.roadnet.empty() || s.flow.empty() || s.net.empty() || s.bridge.empty() == s.policy.empty())
		fail("usage: --roadnet R.json --flow F.json --net N.net.xml (--bridge ENDPOINT | --policy NAME)");
	return s;
}

int main(int argc, char **argv)
{
	settings s = read_arguments(argc, argv);
	cf_world w(s.roadnet, s.flow, s.net, s.lane_change);
	if (s.bridge.empty())
		drive_by_policy(w, s);
	else
		drive_by_bridge(w, s);
	cf_figures f = w.figures();
	std::printf("lanes_s %.2f travel_s %.2f vehicles %d outside %d\n", f.lanes_s, f.travel_s, f.vehicles, f.waiting);
	std::fflush(stdout);
	_exit(0); /* the engine's destructor waits for its threads, which wait for it */
}
