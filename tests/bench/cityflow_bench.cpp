/* cityflow_bench.cpp - CityFlow's engine over N steps: the same line of NAME VALUE pairs as engine_bench. Built by peers.sh against
 * CityFlow's own sources; the project does not build it.
 *
 *     cityflow_bench CONFIG.json STEPS [count]
 *
 * With lane changes its vehicle count holds the shadows of those that change, too. `count` counts real vehicles only, which takes time: its
 * rate is then not to be used.
 */
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "engine/engine.h"

static double user_s()
{
	rusage u;
	getrusage(RUSAGE_SELF, &u);
	return u.ru_utime.tv_sec + 1e-6 * u.ru_utime.tv_usec;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	const bool count = argc > 3;
	CityFlow::Engine engine(argv[1], 1);
	const int steps = std::atoi(argv[2]);
	unsigned long sum = 0, most = 0;
	const double begin_s = user_s();
	for (int i = 0; i < steps; i++) {
		engine.nextStep();
		const unsigned long n = count ? engine.getVehicles(false).size() : engine.getVehicleCount();
		sum += n;
		most = n > most ? n : most;
	}
	const double cpu_s = user_s() - begin_s;
	rusage u;
	getrusage(RUSAGE_SELF, &u);
	std::printf("steps %d vehicle_steps %lu cpu_s %.4f rate %.0f most %lu peak_mb %.1f\n", steps, sum, cpu_s, sum / cpu_s, most,
		u.ru_maxrss / 1024.0);
	std::fflush(stdout);
	_exit(0); /* its destructor waits for its threads, which wait for it */
}
