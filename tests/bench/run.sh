#!/bin/sh
# The figures, side by side with what they are measured against. Takes minutes; nothing here is a test.
#   sh tests/bench/run.sh [BUILD]
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build}
control=$build/tests/bench/control_bench
district="--network configs/district/district.net.xml --routes configs/district/district.rou.xml"

# shellcheck disable=SC2086 # two options each
{
	echo "== delay in the district against its Webster-timed fixed plan, true state, 5 seeds"
	"$control" $district --methods fixed,adaptive --seeds 5
	echo "== the same as cameras and cabinets have it: one second late, one second to follow, 10 % of vehicles missed, 1 m of noise"
	"$control" $district --methods fixed,adaptive --seeds 5 --age 1 --lag 1 --miss 0.1 --noise 1
	echo "== one junction"
	"$control" --network configs/junction/junction.net.xml --routes configs/junction/junction.rou.xml --methods fixed,adaptive --seeds 5
	echo "== speed of the simulator, fixed plan"
	"$build"/daemon/greenwave-sim run $district --end 3600
}
sh tests/bench/engine.sh "$build"
if [ -n "${CITYFLOW_SRC:-}" ] || command -v sumo >/dev/null; then
	echo "== beside the peers"
	sh tests/bench/peers.sh "$build"
else
	echo "== beside the peers: skipped, there is neither sumo nor CityFlow (see tests/bench/peers.sh)"
fi
sh tests/bench/vision.sh "$build"
SEEDS="${SEEDS:-1 2 3}" sh tests/bench/sumo_bench.sh "$build"
echo "== 1,300 NTCIP units polled each second and replanned each minute from one process, 5 % of them dead"
"$build"/tests/bench/ntcip_bench "$build"/tests/daemon/ntcip/asc_farm
echo "== the whole of it: one greenwaved, 1,300 NTCIP cabinets, 5,200 cameras' estimates; v2c, then a tenth held, then v3 signed and encrypted"
whole="$build/tests/bench/whole_bench $build/daemon/greenwaved $build/tests/daemon/ntcip/asc_farm"
$whole 2>/dev/null
$whole --holds 10 2>/dev/null
$whole --options '{version: 3, user: centre, auth_password: "signed by centre", priv_password: "hidden by centre"}' 2>/dev/null
echo "== a random week of the NTCIP driver and a cabinet, counted by the cabinet's stop watch"
G_TEST_SRCDIR=. "$build"/tests/daemon/ntcip/ntcip_week 168
echo "== the whole loop with cameras, in real time: greenwave-demo --seeds 1,2,3,4,5 --minutes 10 takes an hour; run it by hand"
