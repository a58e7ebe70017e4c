/* cityflow_inputs.cpp - CityFlow's files, changed: a roadnet with fewer stages, a demand that nobody has tuned for. Built by jinan.sh.
 *
 *     cityflow_inputs stages ROADNET.json N STAGE_S AMBER_S >OUT    the first N stages after phase 0, which is amber, of STAGE_S each
 *     cityflow_inputs vary FLOW.json SEED SCALE JITTER_S >OUT       routes drawn anew with replacement, SCALE times as many, each at a time of
 *                                                                    the original's, moved evenly by up to JITTER_S
 *
 * The demand's own draw is the 64-bit Mersenne twister's remainder: the same on every machine.
 */
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "rapidjson/document.h"
#include "rapidjson/istreamwrapper.h"
#include "rapidjson/ostreamwrapper.h"
#include "rapidjson/writer.h"

static int usage()
{
	std::fprintf(stderr, "usage: cityflow_inputs stages ROADNET.json N STAGE_S AMBER_S | vary FLOW.json SEED SCALE JITTER_S\n");
	return 2;
}

static void cut_stages(rapidjson::Document &d, unsigned n, double stage_s, double amber_s)
{
	for (auto &x : d["intersections"].GetArray()) {
		if (x["virtual"].GetBool())
			continue;
		auto &phases = x["trafficLight"]["lightphases"];
		while (phases.Size() > n + 1)
			phases.PopBack();
		/* Phase 0 is the amber before the first stage, the others begin with theirs. */
		for (rapidjson::SizeType k = 0; k < phases.Size(); k++)
			phases[k]["time"].SetDouble(k == 0 ? amber_s : k == 1 ? stage_s - amber_s : stage_s);
	}
}

static void vary(rapidjson::Document &d, unsigned long seed, double scale, int jitter_s)
{
	std::mt19937_64 random(seed);
	rapidjson::Value out(rapidjson::kArrayType);
	size_t n = (size_t) std::llround(scale * d.Size());
	std::vector<std::pair<int, size_t>> trips;
	for (size_t i = 0; i < n; i++) {
		size_t which = random() % d.Size(), when = random() % d.Size();
		int t_s = d[(rapidjson::SizeType) when]["startTime"].GetInt() + (int) (random() % (2 * jitter_s + 1)) - jitter_s;
		trips.push_back({std::clamp(t_s, 0, 3599), which});
	}
	std::sort(trips.begin(), trips.end());
	for (auto &trip : trips) {
		rapidjson::Value v(d[(rapidjson::SizeType) trip.second], d.GetAllocator());
		v["startTime"].SetInt(trip.first);
		v["endTime"].SetInt(trip.first);
		out.PushBack(v, d.GetAllocator());
	}
	static_cast<rapidjson::Value &>(d).Swap(out);
}

int main(int argc, char **argv)
{
	if (argc != 6)
		return usage();
	std::string what = argv[1];
	std::ifstream in(argv[2]);
	rapidjson::IStreamWrapper stream(in);
	rapidjson::Document d;
	if (!in || d.ParseStream(stream).HasParseError()) {
		std::fprintf(stderr, "cityflow_inputs: %s: cannot be read as JSON\n", argv[2]);
		return 1;
	}
	if (what == "stages")
		cut_stages(d, (unsigned) std::atoi(argv[3]), std::atof(argv[4]), std::atof(argv[5]));
	else if (what == "vary")
		vary(d, std::strtoul(argv[3], nullptr, 10), std::atof(argv[4]), std::atoi(argv[5]));
	else
		return usage();
	rapidjson::OStreamWrapper to(std::cout);
	rapidjson::Writer<rapidjson::OStreamWrapper> writer(to);
	d.Accept(writer);
	std::cout << "\n";
	return 0;
}
