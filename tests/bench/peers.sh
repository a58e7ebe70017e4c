#!/bin/sh
# Our engine, CityFlow and SUMO on the same networks, demands and signal programs, one thread each, steps of 1 s, no output.
#
#   CITYFLOW_SRC=... RAPIDJSON_INCLUDE=... sh tests/bench/peers.sh [BUILD [CASE...]]
#
# CITYFLOW_SRC is a checkout of github.com/cityflow-project/CityFlow, RAPIDJSON_INCLUDE the include folder of a checkout of
# github.com/Tencent/rapidjson (Debian's rapidjson-dev lacks a header that CityFlow wants). With them the driver cityflow_bench.cpp is compiled together with CityFlow's sources (-O2,
# its own release level, asserts off) into the folder of the figures: nothing is fetched, nothing of it is kept here. Without them
# CityFlow is skipped; without a `sumo` SUMO is.
#
# Cases: jinan (the three demands of ../shared/data/cityflow, where it is at hand), city (16 junctions, about 1,000 vehicles), grid
# (30 x 30, over 30,000 vehicles). REPS (default 3) runs of each, in turn (of SUMO, which is slow, SUMO_REPS); the figures are medians,
# the ratios medians of each turn's own. Vehicle-steps are the vehicles on the road, summed over the steps, as each program counts them itself. CPU is user
# time: ours and CityFlow's without loading; SUMO's is that of the whole run less that of a run of one step. CityFlow runs as it does by
# default, without lane changes, and with them (CityFlow-lc), as our drivers and SUMO's always do.
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build}
[ $# -gt 0 ] && shift
cases=${*:-jinan city grid}
reps=${REPS:-3}
jinan=../shared/data/cityflow/jinan_3x4
out=${OUT:-$(mktemp -d)}
mkdir -p "$out"
[ -n "${OUT:-}" ] || trap 'rm -rf "$out"' EXIT
bench=$build/tests/bench
sim=$build/daemon/greenwave-sim
export SUMO_HOME="${SUMO_HOME:-/usr/share/sumo}"

cityflow=
if [ -n "${CITYFLOW_SRC:-}" ] && [ -n "${RAPIDJSON_INCLUDE:-}" ]; then
	cityflow=$out/cityflow_bench
	s=$CITYFLOW_SRC/src
	"${CXX:-g++}" -O2 -DNDEBUG -std=c++11 -DRAPIDJSON_HAS_STDSTRING=1 -I"$s" -I"$CITYFLOW_SRC/extern/milo" -I"$RAPIDJSON_INCLUDE" \
		"$s"/utility/*.cpp "$s"/engine/*.cpp "$s"/flow/*.cpp "$s"/roadnet/*.cpp "$s"/vehicle/*.cpp \
		tests/bench/cityflow_bench.cpp -pthread -o "$cityflow"
else
	echo "peers: CityFlow is skipped: CITYFLOW_SRC and RAPIDJSON_INCLUDE do not name its sources"
fi
sumo=$(command -v sumo || true)
[ -n "$sumo" ] || echo "peers: SUMO is skipped: there is no sumo"

value() { # NAME, out of a line of NAME VALUE pairs on stdin
	awk -v name="$1" '{for (i = 1; i < NF; i++) if ($i == name) print $(i + 1)}'
}
median() { # of the numbers on stdin
	sort -g | awk '{v[NR] = $1} END {if (NR) print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'
}

sumo_user() { # STEPS, PREFIX: its user time
	"$bench"/usertime "$sumo" -n "$2.net.xml" -r "$2.rou.xml" --no-step-log --no-warnings --time-to-teleport -1 --step-length 1 -e "$1" \
		2>&1 >/dev/null | value user_s
}

config() { # FOLDER, ROADNET, FLOW, laneChange
	printf '{"interval":1.0,"seed":0,"dir":"%s/","roadnetFile":"%s","flowFile":"%s","laneChange":%s,' "$@"
	printf '"rlTrafficLight":false,"saveReplay":false}\n'
}

beside_cityflow() { # PREFIX, STEPS, OURS, suffix: one turn
	took=$("$cityflow" "$1.$4.json" "$2" | tee "$1.$4.line" | value cpu_s)
	awk -v n="$(cat "$1.$4.steps")" -v took="$took" -v ours="$3" -v rates="$1.$4" -v ratios="$1.by_$4" \
		'BEGIN {print n / took >> rates; print ours * took / n >> ratios}'
}

beside_sumo() { # PREFIX, STEPS, OURS: one turn
	awk -v n="$(cat "$1.sumo.steps")" -v a="$(sumo_user "$2" "$1")" -v b="$(sumo_user 1 "$1")" -v ours="$3" \
		-v rates="$1.sumo" -v ratios="$1.by_sumo" \
		'BEGIN {print n / (a - b) >> rates; print ours * (a - b) / n >> ratios}'
}

compare() { # NAME, PREFIX of .net.xml and .rou.xml, folder, ROADNET, FLOW, STEPS
	rm -f "$2".ours "$2".cityflow "$2".lc "$2".sumo "$2".by_*
	if [ -n "$cityflow" ]; then
		config "$3" "$4" "$5" false >"$2.cityflow.json"
		config "$3" "$4" "$5" true >"$2.lc.json"
		for kind in cityflow lc; do
			"$cityflow" "$2.$kind.json" "$6" count | value vehicle_steps >"$2.$kind.steps"
		done
	fi
	if [ -n "$sumo" ]; then
		"$sumo" -n "$2.net.xml" -r "$2.rou.xml" --no-step-log --no-warnings --time-to-teleport -1 --step-length 1 -e "$6" \
			--summary-output "$2.summary.xml"
		sed -n 's/.*running="\([0-9]*\)".*/\1/p' "$2.summary.xml" | awk '{n += $1} END {print n}' >"$2.sumo.steps"
	fi
	for rep in $(seq "$reps"); do
		ours=$("$bench"/engine_bench --network "$2.net.xml" --routes "$2.rou.xml" --steps "$6" | tee "$2.line" | value rate)
		echo "$ours" >>"$2.ours"
		for kind in cityflow lc; do
			[ -z "$cityflow" ] || beside_cityflow "$2" "$6" "$ours" "$kind"
		done
		[ -z "$sumo" ] || [ "$rep" -gt "${SUMO_REPS:-$reps}" ] || beside_sumo "$2" "$6" "$ours"
	done
	row "$@"
}

mega() { awk -v x="$1" 'BEGIN {if (x == "") printf "-"; else printf "%.2f", x / 1e6}'; }
ratio() { awk -v x="$1" 'BEGIN {if (x == "") printf "-"; else printf "%.2f", x}'; }
med() { if [ -f "$1" ]; then median <"$1"; fi; }

row() {
	printf '%-16s %8s | %8s %8s %8s %8s | %8s %8s %8s\n' "$1" "$(value most <"$2.line")" "$(mega "$(med "$2.ours")")" \
		"$(mega "$(med "$2.cityflow")")" "$(mega "$(med "$2.lc")")" "$(mega "$(med "$2.sumo")")" \
		"$(ratio "$(med "$2.by_cityflow")")" "$(ratio "$(med "$2.by_lc")")" "$(ratio "$(med "$2.by_sumo")")"
}

made() { # NAME, options of grid_city
	name=$1
	shift
	"$bench"/grid_city "$@" --output "$out/$name"
	"$sim" import "$out/$name.roadnet.json" "$out/$name.flow.json" --output "$out/$name" >/dev/null
}

echo "speed, one thread, millions of vehicle-steps a CPU second; $reps runs each, medians"
printf '%-16s %8s | %8s %8s %8s %8s | %26s\n' "" vehicles "" CityFlow CityFlow "" "ours over"
printf '%-16s %8s | %8s %8s %8s %8s | %8s %8s %8s\n' network "at most" ours "" -lc SUMO CityFlow -lc SUMO
for case in $cases; do
	case $case in
	jinan)
		if [ ! -d "$jinan" ]; then
			echo "jinan: skipped, there is no $jinan"
			continue
		fi
		folder=$(cd "$jinan" && pwd)
		for flow in anon_3_4_jinan_real_2000 anon_3_4_jinan_real_2500 anon_3_4_jinan_real; do
			"$sim" import "$jinan/roadnet_3_4.json" "$jinan/$flow.json" --output "$out/$flow" >/dev/null
			compare "jinan ${flow#anon_3_4_jinan_}" "$out/$flow" "$folder" roadnet_3_4.json "$flow.json" 3600
		done
		;;
	city)
		made city --rows 4 --columns 4 --interval 30 --end 3600
		compare "city 4x4" "$out/city" "$(cd "$out" && pwd)" city.roadnet.json city.flow.json 3600
		;;
	grid)
		made grid --rows 30 --columns 30 --burst 3 --interval 120 --end 200
		compare "grid 30x30" "$out/grid" "$(cd "$out" && pwd)" grid.roadnet.json grid.flow.json 200
		;;
	*)
		echo "peers: there is no case '$case': jinan, city, grid" >&2
		exit 2
		;;
	esac
done
