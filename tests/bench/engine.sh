#!/bin/sh
# Our engine by itself: growth from a thousand vehicles to a million, memory, snapshots, a second thread. Needs no peer.
#   sh tests/bench/engine.sh [BUILD]
# Cities are grids in which each lane has its share of vehicles at once and nobody has arrived yet; vehicle-steps a CPU second are counted
# when all are on the road. BIG=0 leaves the million out (it takes some minutes, most of them
# for the files).
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build}
bench=$build/tests/bench
out=${OUT:-$(mktemp -d)}
mkdir -p "$out"
[ -n "${OUT:-}" ] || trap 'rm -rf "$out"' EXIT

value() { # NAME, out of a line of NAME VALUE pairs on stdin
	awk -v name="$1" '{for (i = 1; i < NF; i++) if ($i == name) print $(i + 1)}'
}
median() {
	sort -g | awk '{v[NR] = $1} END {if (NR) print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'
}
made() { # NAME, SIDE, further options of grid_city
	name=$1 side=$2
	shift 2
	"$bench"/grid_city --rows "$side" --columns "$side" "$@" --output "$out/$name"
	"$build"/daemon/greenwave-sim import "$out/$name.roadnet.json" "$out/$name.flow.json" --output "$out/$name" >/dev/null
	rm "$out/$name.roadnet.json" "$out/$name.flow.json"
}
engine() { # NAME, options
	name=$1
	shift
	"$bench"/engine_bench --network "$out/$name.net.xml" --routes "$out/$name.rou.xml" "$@"
}

echo "== growth: the same share of vehicles on every lane, cities of growing size, one thread"
printf '%-10s %9s %10s %22s %24s %9s\n' crossings vehicles "M steps/s" "bytes/vehicle grown" "bytes/vehicle in all" "RSS MB"
sides="4 12 37 118"
[ "${BIG:-1}" = 1 ] || sides="4 12 37"
for side in $sides; do
	made full "$side" --burst 6 --interval 0
	for rep in $([ "$side" = 118 ] && echo 1 || echo 1 2 3); do
		engine full --steps 160 --warm 60
	done >"$out/lines"
	tail -1 "$out/lines" >"$out/line"
	awk -v side="$side" -v rate="$(value rate <"$out/lines" | median)" -v n="$(value most <"$out/line")" \
		-v grown="$(value grown_bytes <"$out/line")" \
		-v all="$(value world_bytes <"$out/line")" -v rss="$(value peak_mb <"$out/line")" \
		'BEGIN {printf "%-10d %9d %10.2f %22.0f %24.0f %9.0f\n", side * side, n, rate / 1e6, grown / n, all / n, rss}'
	rm -f "$out"/full.*
done

echo "== snapshot: 16 crossings, saved, driven 5 s, restored"
made city 4 --interval 30 --end 1800
engine city --steps 1800 --snapshots 2000 >"$out/line"
echo "$(value inside <"$out/line") vehicles: $(value snapshot_us <"$out/line") us"

echo "== two threads against one, wall time, 900 crossings"
made full 30 --burst 6 --interval 0
for rep in 1 2 3 4 5; do
	one=$(engine full --steps 160 --warm 60 | tee "$out/line" | value wall_rate)
	two=$(engine full --steps 160 --warm 60 --threads 2 | value wall_rate)
	echo "$one $two"
done >"$out/pairs"
awk '{print $2 / $1}' "$out/pairs" | median | awk -v n="$(value most <"$out/line")" '{printf "%d vehicles: %.2f times\n", n, $1}'
