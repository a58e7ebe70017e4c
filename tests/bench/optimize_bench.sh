#!/bin/sh
# Plans ahead of time against what else there is, run as fixed plans in SUMO itself.
#
#   sh tests/bench/optimize_bench.sh [BUILD [CASE...]]      BUDGET=60 SEEDS="1 2 3 4 5" TRAIN=101
#
# Cases are the scenarios of ../shared/data/sumo (native windows). A row each: the network's own plan, SUMO's tlsCycleAdaptation.py +
# tlsCoordinator.py (the better of with and without --unified-cycle; trips are routed by duarouter first, which the tools need), and
# `greenwave-sim optimize` with its defaults. Mean timeLoss + departDelay over all who departed, unfinished included, no teleports, mean of
# the seeds; plans are chosen in our own simulator with other seeds (TRAIN). Last a grid of 21 signals: how long the search took there.
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build}
[ $# -gt 0 ] && shift
cases=${*:-cologne1 cologne3 ingolstadt1 ingolstadt7}
budget=${BUDGET:-60}
seeds=${SEEDS:-1 2 3 4 5}
train=${TRAIN:-101}
data=../shared/data/sumo
sim=$build/daemon/greenwave-sim
export SUMO_HOME="${SUMO_HOME:-/usr/share/sumo}"
command -v sumo >/dev/null || { echo "optimize_bench: skipped, there is no sumo"; exit 77; }
[ -d "$data" ] || { echo "optimize_bench: skipped, there is no $data"; exit 77; }
python=$(command -v /usr/bin/python3 || command -v python3 || true)
out=${OUT:-$(mktemp -d)}
mkdir -p "$out"
[ -n "${OUT:-}" ] || trap 'rm -rf "$out"' EXIT

time_of() { # CASE, begin|end
	sed -n "s/.*<$2 value=\"\([0-9.]*\)\".*/\1/p" "$data/$1/$1.sumocfg"
}

one() { # CASE, ADDITIONAL or nothing, SEED: mean delay of one run
	sumo -n "$data/$1/$1.net.xml" -r "$data/$1/$1.rou.xml" ${2:+-a "$2"} -b "$(time_of "$1" begin)" -e "$(time_of "$1" end)" --seed "$3" \
		--no-step-log --no-warnings --xml-validation never --time-to-teleport -1 --duration-log.disable \
		--tripinfo-output "$out/trips.xml" --tripinfo-output.write-unfinished >/dev/null 2>&1
	awk -F'"' '/<tripinfo /{loss = wait = depart = 0
		for (i = 1; i < NF; i += 2) {if ($i ~ / depart=$/) depart = $(i + 1); if ($i ~ /timeLoss=$/) loss = $(i + 1)
			if ($i ~ /departDelay=$/) wait = $(i + 1)}
		if (depart >= 0) {n++; sum += loss + wait}} END {printf "%.2f\n", sum / n}' "$out/trips.xml"
}

score() { # CASE, ADDITIONAL or nothing: mean over the seeds, and the worst of them
	for seed in $seeds; do
		one "$1" "${2:-}" "$seed"
	done | awk '{sum += $1; worst = $1 > worst ? $1 : worst} END {printf "%.2f %.2f\n", sum / NR, worst}'
}

tools() { # CASE: the better of two ways to use SUMO's own tools
	routes=$data/$1/$1.rou.xml
	if grep -q '<trip' "$routes"; then
		duarouter -n "$data/$1/$1.net.xml" -r "$routes" -b "$(time_of "$1" begin)" -o "$out/$1.rou.xml" --no-warnings --xml-validation never \
			>/dev/null 2>&1
		routes=$out/$1.rou.xml
	fi
	for unified in "" --unified-cycle; do
		# shellcheck disable=SC2086 # an option or none
		"$python" "$SUMO_HOME/tools/tlsCycleAdaptation.py" $unified -b "$(time_of "$1" begin)" -n "$data/$1/$1.net.xml" -r "$routes" \
			-o "$out/cycle.add.xml" >/dev/null 2>&1
		"$python" "$SUMO_HOME/tools/tlsCoordinator.py" -n "$data/$1/$1.net.xml" -r "$routes" -a "$out/cycle.add.xml" -o "$out/offset.add.xml" \
			>/dev/null 2>&1
		score "$1" "$out/cycle.add.xml,$out/offset.add.xml"
	done | sort -g | head -1
}

printf '%-12s %8s %12s %8s %8s %9s %9s %8s\n' case native "SUMO's tools" ours worst "native %" "tools %" "took s"
for name in $cases; do
	native=$(score "$name" | cut -d' ' -f1)
	peer=none
	[ -n "$python" ] && [ -f "$SUMO_HOME/tools/tlsCycleAdaptation.py" ] && peer=$(tools "$name" | cut -d' ' -f1)
	took=$("$sim" optimize "$data/$name/$name.sumocfg" --budget "$budget" --seed "$train" -o "$out/ours.add.xml" | sed -n 's/^computing *\([0-9.]*\) s.*/\1/p')
	score "$name" "$out/ours.add.xml" | awk -v name="$name" -v native="$native" -v peer="$peer" -v took="$took" \
		'{printf "%-12s %8s %12s %8.2f %8.2f %+9.1f %9s %8.1f\n", name, native, peer, $1, $2, 100 * ($1 / native - 1),
			peer == "none" ? "-" : sprintf("%+.1f", 100 * ($1 / peer - 1)), took}'
done

echo "== 21 signals (a grid of 7 by 3, netgenerate), half an hour of 1,600 trips"
if command -v netgenerate >/dev/null && [ -n "$python" ]; then
	netgenerate --grid --grid.x-number 7 --grid.y-number 3 --grid.length 220 --grid.attach-length 200 --default-junction-type traffic_light \
		--default.lanenumber 2 --no-turnarounds true --no-warnings -o "$out/grid.net.xml" >/dev/null 2>&1
	"$python" "$SUMO_HOME/tools/randomTrips.py" -n "$out/grid.net.xml" -o "$out/grid.trips.xml" -b 0 -e 1800 -p 1.125 --fringe-factor 20 --seed 7 \
		>/dev/null 2>&1
	"$sim" optimize -n "$out/grid.net.xml" -r "$out/grid.trips.xml" -e 1800 --budget "$budget" --seed "$train" | head -3
else
	echo "skipped, there is no netgenerate or no python3"
fi
