#!/bin/sh
# Jinan 3x4 in CityFlow itself, under the rules of the papers that report it: the policies they compare with, and ours over the bridge.
#
#   CITYFLOW_SRC=... RAPIDJSON_INCLUDE=... sh tests/bench/jinan.sh [BUILD [PART...]]
#
# CITYFLOW_SRC is a checkout of github.com/cityflow-project/CityFlow, RAPIDJSON_INCLUDE the include folder of a checkout of
# github.com/Tencent/rapidjson (Debian's rapidjson-dev lacks a header that CityFlow wants): cityflow_*.cpp are compiled with CityFlow's
# sources into a folder of their own; nothing is fetched, nothing of it is kept here. Without them, or without ../shared/data/cityflow, it says so and ends with 77.
#
# Parts: papers (each rule on each of the three demands), view (the same with 150 m instead of whole lanes), demand (demands that the papers
# never used: drawn anew, moved by up to 60 s, scaled 0.8, 1.0, 1.2), rank (methods in CityFlow and in our simulator). By environment:
#   RULES    "30 15 5": decisions every 30 or 15 s, amber 5 s, 4 stages, lane changes; 5: minimum green 5 s, amber 2 s, 8 stages, none
#   SEEDS    "1 2 3" of the part demand
#   JOBS     2 runs at once
#   OUT      a folder that keeps what each run said; what it holds already is not run again
#
# Two figures, s: `lanes`, the papers' mean time on the lanes that lead to a signal, unfinished stays charged to the end; `travel`, CityFlow's
# own average travel time, who waits outside included. Runs are deterministic.
set -eu
if [ "${1:-}" = --one ]; then # by xargs: one run
	. "$2/settings"
	rule=$3 flow=$4 who=$5 view=$6 file=$2/$3.$(basename "$4" .json).$5.$6.line
	[ ! -s "$file" ] || exit 0
	case $rule in
	30 | 15) stages=4 amber=5 every=$rule decide=$rule lanes=--lane-change ;;
	5) stages=8 amber=2 every=7 decide=0 lanes= ;;
	free) stages=4 amber=5 every=30 decide=0 lanes=--lane-change ;;
	esac
	set -- --roadnet "$out/r$stages.json" --flow "$flow" --net "$out/r$stages.net.xml" $lanes
	case $who in
	peer-fixed) "$out/cityflow_bridge" "$@" --policy fixed --every "$every" --amber "$amber" >"$file" ;;
	peer-*) "$out/cityflow_bridge" "$@" --policy "${who#peer-}" --every "$every" --amber "$amber" --stages "$stages" >"$file" ;;
	*)
		socket=ipc://$file.socket
		sees=$view
		[ "$view" != 0 ] || sees=1000
		printf 'network: %s\nview_m: %s\nlimits:\n  max_green_s: 300\n  max_red_s: 600\ncontrol:\n  method: %s\n  decide_s: %s\n' \
			"$out/r$stages.net.xml" "$sees" "$who" "$decide" >"$file.yaml"
		"$build/daemon/greenwaved" --quiet --bridge "$socket" --config "$file.yaml" &
		brain=$!
		"$out/cityflow_bridge" "$@" --bridge "$socket" --view "$view" >"$file" || rm -f "$file"
		kill "$brain"
		wait "$brain" || true
		rm -f "$file.socket" "$file.yaml"
		;;
	esac
	exit 0
fi

me=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
cd "$(dirname "$0")/../.."
build=$(cd "${1:-build}" && pwd)
[ $# -gt 0 ] && shift
parts=${*:-papers view demand rank}
rules=${RULES:-30 15 5}
seeds=${SEEDS:-1 2 3}
jinan=../shared/data/cityflow/jinan_3x4
skip() {
	echo "jinan: skipped: $1"
	exit 77
}
[ -n "${CITYFLOW_SRC:-}" ] && [ -n "${RAPIDJSON_INCLUDE:-}" ] || skip "CITYFLOW_SRC and RAPIDJSON_INCLUDE do not name CityFlow's sources"
[ -d "$jinan" ] || skip "there is no $jinan"
jinan=$(cd "$jinan" && pwd)
out=${OUT:-$(mktemp -d)}
mkdir -p "$out"
out=$(cd "$out" && pwd)
[ -n "${OUT:-}" ] || trap 'rm -rf "$out"' EXIT
printf 'out="%s"\nbuild="%s"\n' "$out" "$build" >"$out/settings"

s=$CITYFLOW_SRC/src
if [ ! -x "$out/cityflow_bridge" ]; then
	"${CXX:-g++}" -O2 -DNDEBUG -std=c++17 -DRAPIDJSON_HAS_STDSTRING=1 -isystem "$s" -isystem "$CITYFLOW_SRC/extern/milo" \
		-isystem "$RAPIDJSON_INCLUDE" "$s"/utility/*.cpp "$s"/engine/*.cpp "$s"/flow/*.cpp "$s"/roadnet/*.cpp "$s"/vehicle/*.cpp \
		tests/bench/cityflow_world.cpp tests/bench/cityflow_bridge.cpp -pthread -lzmq -o "$out/cityflow_bridge"
	"${CXX:-g++}" -O2 -std=c++17 -DRAPIDJSON_HAS_STDSTRING=1 -isystem "$RAPIDJSON_INCLUDE" tests/bench/cityflow_inputs.cpp \
		-o "$out/cityflow_inputs"
fi
"$out/cityflow_inputs" stages "$jinan/roadnet_3_4.json" 4 60 5 >"$out/r4.json"
"$out/cityflow_inputs" stages "$jinan/roadnet_3_4.json" 8 30 2 >"$out/r8.json"
for stages in 4 8; do
	amber=5
	[ $stages = 4 ] || amber=2
	"$build/daemon/greenwave-sim" import "$out/r$stages.json" "$jinan/anon_3_4_jinan_real.json" --amber "$amber" --output "$out/r$stages" >/dev/null
done

all() { # lines RULE FLOW WHO VIEW on stdin, JOBS at a time
	xargs -L 1 -P "${JOBS:-2}" sh "$me" --one "$out"
}
value() { # RULE FLOW WHO VIEW NAME
	awk -v name="$5" '{for (i = 1; i < NF; i++) if ($i == name) print $(i + 1)}' "$out/$1.$(basename "$2" .json).$3.$4.line"
}
pair() { # RULE FLOW WHO VIEW: both figures
	printf ' %7.1f %7.1f' "$(value "$1" "$2" "$3" "$4" lanes_s)" "$(value "$1" "$2" "$3" "$4" travel_s)"
}
flow_of() { echo "$jinan/anon_3_4_jinan_$1.json"; }
header() { # FIRST COLUMN, NAMES...
	printf '%-22s' "$1"
	shift
	for name in "$@"; do printf ' %15s' "$name"; done
	printf '\n%-22s' ""
	for name in "$@"; do printf ' %7s %7s' lanes travel; done
	printf '\n'
}

papers() {
	who="peer-fixed peer-maxpressure peer-efficient peer-advanced adaptive"
	for rule in $rules; do for demand in real real_2000 real_2500; do for w in $who; do
		echo "$rule $(flow_of $demand) $w 0"
	done; done; done | all
	echo "== the papers' rules and demands, whole lanes seen; mean time, s"
	header "rule demand" fixed maxpressure efficient-mp advanced-mp adaptive
	for rule in $rules; do for demand in real real_2000 real_2500; do
		printf '%-22s' "$rule s $demand"
		for w in $who; do pair "$rule" "$(flow_of $demand)" "$w" 0; done
		printf '\n'
	done; done
}

view() {
	for rule in $rules; do for demand in real real_2000 real_2500; do for v in 0 150; do
		echo "$rule $(flow_of $demand) adaptive $v"
	done; done; done | all
	echo "== adaptive, whole lanes against 150 m of view"
	header "rule demand" "whole lanes" "150 m"
	for rule in $rules; do for demand in real real_2000 real_2500; do
		flow=$(flow_of $demand)
		printf '%-22s' "$rule s $demand"
		pair "$rule" "$flow" adaptive 0
		pair "$rule" "$flow" adaptive 150
		awk -v a="$(value "$rule" "$flow" adaptive 0 lanes_s)" -v b="$(value "$rule" "$flow" adaptive 150 lanes_s)" \
			'BEGIN {printf "  %+.1f %%\n", 100 * (b / a - 1)}'
	done; done
}

demand() {
	for scale in 0.8 1.0 1.2; do for seed in $seeds; do
		"$out/cityflow_inputs" vary "$(flow_of real)" "$seed" $scale 60 >"$out/real_x${scale}_$seed.json"
	done; done
	for rule in $rules; do for scale in 0.8 1.0 1.2; do for seed in $seeds; do for w in peer-maxpressure peer-advanced adaptive; do
		echo "$rule $out/real_x${scale}_$seed.json $w 0"
	done; done; done; done | all
	echo "== demand drawn anew from 'real', moved by up to 60 s, scaled"
	header "rule scale seed" maxpressure advanced-mp adaptive
	for rule in $rules; do for scale in 0.8 1.0 1.2; do for seed in $seeds; do
		flow=$out/real_x${scale}_$seed.json
		printf '%-22s' "$rule s x$scale seed $seed"
		for w in peer-maxpressure peer-advanced adaptive; do pair "$rule" "$flow" $w 0; done
		awk -v m="$(value "$rule" "$flow" peer-maxpressure 0 lanes_s)" -v a="$(value "$rule" "$flow" peer-advanced 0 lanes_s)" \
			-v o="$(value "$rule" "$flow" adaptive 0 lanes_s)" 'BEGIN {printf "  %+.1f %% %+.1f %%\n", 100 * (o / m - 1), 100 * (o / a - 1)}'
	done; done; done
}

rank() {
	methods="fixed webster actuated maxpressure adaptive"
	for w in $methods; do echo "free $(flow_of real) $w 150"; done | all
	"$build/daemon/greenwave-sim" import "$out/r4.json" "$(flow_of real)" --amber 5 --output "$out/rank" >/dev/null
	[ -s "$out/rank.json" ] || "$build/daemon/greenwave-sim" compare --network "$out/rank.net.xml" --routes "$out/rank.rou.xml" --end 3600 --seeds 1 \
		--view 150 --methods "$(echo "$methods" | tr ' ' ,)" --json="$out/rank.json" >"$out/rank.text"
	echo "== methods, decisions every second, 4 stages, minimum green 5 s, amber 5 s, 150 m of view: CityFlow's average travel time, s"
	for w in $methods; do printf '%-14s %7.1f\n' "$w" "$(value free "$(flow_of real)" "$w" 150 travel_s)"; done
	echo "== the same in our simulator"
	cat "$out/rank.text"
}

for part in $parts; do
	case $part in
	papers | view | demand | rank) $part ;;
	*)
		echo "jinan: there is no part '$part': papers, view, demand, rank" >&2
		exit 2
		;;
	esac
done
