#!/bin/sh
# Methods side by side in SUMO itself, driven by greenwaved --sumo, and beside them what our simulator says of the same.
#
#   sh tests/bench/sumo_bench.sh [BUILD [SCENARIO...]]
#
# Needs `sumo` and the scenarios of ../shared/data/sumo; without them it says so and ends well. By environment:
#   SEEDS    "1 2 3 4 5"
#   METHODS  "native sumo-actuated fixed actuated maxpressure adaptive"; native: SUMO runs the network's own programs, sumo-actuated: SUMO's
#            own actuated control on the same stages, greens of 5 to 50 s where the network says nothing; the others are ours
#   RULES    "own": the networks' own ambers, minimum green 5 s; "field": amber 4 s, all-red 1 s, minimum green 7 s; "resco": amber 3 s, minimum
#            green 5 s, as RESCO's published runs have it (yellow_length of its map_config); default "own field". For field and resco the
#            ambers of the network's programs are set to these times in a copy: cologne1's own are 5 s, and a guard never shortens one
#   VIEW     150, m
#   FAULTS   further options of greenwaved for all of our methods, such as "--dead 0.3 --noise 0.2 --late 2"
#   JOBS     2 runs at once
#   SIM      1: rank the methods in our simulator too
#   OUT      a folder that keeps what each run said; what it holds already is not run again
#
# The figure is SUMO's time loss + depart delay, the mean over all departed trips, unfinished ones included, nobody teleported; over the
# seeds the mean with its 95 % interval (Student's t). A seed is locked ("!2" = two seeds) when at any time five vehicles near signals
# had not moved for 300 s, more than twice the longest red. Runs are deterministic: the same seed gives the same figure.
set -eu
export SUMO_HOME="${SUMO_HOME:-/usr/share/sumo}"
limits() { # RULES: greenwaved's configuration
	case $1 in
	field) printf 'limits:\n  min_green_s: 7\n  amber_s: 4\n  all_red_s: 1\n' ;;
	resco) printf 'limits:\n  min_green_s: 5\n  amber_s: 3\n' ;;
	esac
}

amber() { # SECONDS NETWORK: the network with programs whose ambers last so long
	sed -E '/<phase [^>]*state="[^"]*[yY]/s/duration="[0-9.]+"/duration="'"$1"'"/' "$2"
}

scene() { # RULES SCENARIO: its folder
	case ${1#sim-} in
	own) echo "$data/$2" ;;
	*) echo "$out/$2.${1#sim-}" ;;
	esac
}

set_scene() { # RULES SCENARIO
	mkdir -p "$out/$2.$1"
	cp "$data/$2/$2".rou.xml "$data/$2/$2".sumocfg "$out/$2.$1"
	seconds=3
	[ "$1" = resco ] || seconds=4
	amber $seconds "$data/$2/$2.net.xml" >"$out/$2.$1/$2.net.xml"
	{
		printf 'network: %s\n' "$(realpath "$out/$2.$1/$2.net.xml")"
		limits "$1"
	} >"$out/$2.$1.yaml"
}

actuated() { # NETWORK: its programs as SUMO's actuated control
	awk '
		function get(name,  text) {
			if (!match($0, " " name "=\"[^\"]*\"")) return ""
			text = substr($0, RSTART, RLENGTH)
			sub(/^[^"]*"/, "", text); sub(/"$/, "", text)
			return text
		}
		BEGIN {print "<additional>"}
		/<tlLogic / {printf "<tlLogic id=\"%s\" type=\"actuated\" programID=\"by-sumo\" offset=\"%s\">\n", get("id"), get("offset"); inside = 1}
		inside && /<phase / {
			least = get("minDur"); most = get("maxDur"); state = get("state")
			printf "<phase duration=\"%s\" state=\"%s\"", get("duration"), state
			if (state ~ /[Gg]/ && state !~ /[yY]/ && get("duration") + 0 > 4)
				printf " minDur=\"%s\" maxDur=\"%s\"", least == "" ? 5 : least, most == "" ? 50 : most
			print "/>"
		}
		/<\/tlLogic>/ {print "</tlLogic>"; inside = 0}
		END {print "</additional>"}' "$1"
}

ours() { # RULES SCENARIO METHOD SEED: the same brain, limits and eyes in our simulator, at the other end of the bridge
	sock=$out/$1.$2.$3.$4.sock
	folder=$(scene "$1" "$2")
	if [ "$1" = sim-own ]; then
		set -- "$2" "$3" "$4" --network "$folder/$2.net.xml"
	else
		set -- "$2" "$3" "$4" --config "$out/$2.${1#sim-}.yaml"
	fi
	"$build"/daemon/greenwaved --bridge "ipc://$sock" "$4" "$5" --method "$2" --quiet &
	brain=$!
	"$build"/daemon/greenwave-sim bridge "ipc://$sock" "$folder/$1.sumocfg" --seed "$3" --view "$view" --json
	kill $brain
	wait $brain || true
	rm -f "$sock"
}

one() { # RULES SCENARIO METHOD SEED: one run, by xargs
	rules=$1 scenario=$2 method=$3 seed=$4
	file=$out/$rules.$scenario.$method.$seed
	[ ! -s "$file" ] || return 0
	case $rules in
	sim-*)
		ours "$@" 2>"$file.log" | awk '/^  "delay_s"/ {print "score_s", $2 + 0}' >"$file.part"
		mv "$file.part" "$file"
		return
		;;
	esac
	config=$(scene "$rules" "$scenario")/$scenario.sumocfg
	set -- --sumo "$config" --seed "$seed" --quiet
	case $method in
	native) set -- "$@" --method native --view "$view" ;;
	sumo-actuated) set -- "$@" --method native --view "$view" -- --additional-files "$out/$scenario.actuated.xml" ;;
	*)
		[ "$rules" = own ] || set -- "$@" --config "$out/$scenario.$rules.yaml"
		# shellcheck disable=SC2086 # a list of options
		set -- "$@" --method "$method" --view "$view" $faults
		;;
	esac
	if "$build"/daemon/greenwaved "$@" >"$file.part" 2>"$file.log"; then
		mv "$file.part" "$file"
	else
		echo "sumo_bench: $rules $scenario $method seed $seed: $(tail -1 "$file.log")" >&2
		rm -f "$file.part"
	fi
}

if [ "${1:-}" = --one ]; then
	shift
	one "$@"
	exit 0
fi

cd "$(dirname "$0")/../.."
build=${1:-build}
[ $# -gt 0 ] && shift
scenarios=${*:-cologne1 cologne3 ingolstadt1 ingolstadt7}
seeds=${SEEDS:-1 2 3 4 5}
methods=${METHODS:-native sumo-actuated fixed actuated maxpressure adaptive}
all_rules=${RULES:-own field}
data=../shared/data/sumo
if ! command -v sumo >/dev/null; then
	echo "sumo_bench: skipped, there is no sumo"
	exit 0
fi
if [ ! -d "$data" ]; then
	echo "sumo_bench: skipped, there is no $data"
	exit 0
fi
out=${OUT:-$(mktemp -d)}
mkdir -p "$out"
[ -n "${OUT:-}" ] || trap 'rm -rf "$out"' EXIT
view=${VIEW:-150} faults=${FAULTS:-}
export out build data view faults

is_theirs() { [ "$1" = native ] || [ "$1" = sumo-actuated ]; }

for scenario in $scenarios; do
	network=$data/$scenario/$scenario.net.xml
	actuated "$network" >"$out/$scenario.actuated.xml"
	for rules in $all_rules; do
		[ "$rules" = own ] || set_scene "$rules" "$scenario"
	done
done
jobs() { # RULES: what is to be run
	for scenario in $scenarios; do
		for seed in $seeds; do
			for method in $methods; do
				[ "$1" = own ] || ! is_theirs "$method" || continue # they know no other times than their own
				echo "$1 $scenario $method $seed"
			done
		done
	done
}

for rules in $all_rules; do
	jobs "$rules"
	[ "${SIM:-1}" != 1 ] || jobs "sim-$rules"
done | xargs -P "${JOBS:-2}" -L 1 sh tests/bench/sumo_bench.sh --one

statistics='
	function t95(n) { return n < 2 ? 0 : n > 31 ? 1.96 : t[n - 1] }
	BEGIN {split("12.706 4.303 3.182 2.776 2.571 2.447 2.365 2.306 2.262 2.228 2.201 2.179 2.160 2.145 2.131 2.120 2.110 2.101 2.093 " \
		"2.086 2.080 2.074 2.069 2.064 2.060 2.056 2.052 2.048 2.045 2.042", t, " ")}'

cell() { # RULES SCENARIO METHOD: "mean half-width locked runs" over the seeds
	for seed in $seeds; do
		[ ! -s "$out/$1.$2.$3.$seed" ] || awk '$1 == "score_s" {s = $2} $1 == "locked_veh" {l = $2} END {print s, (l >= 5)}' "$out/$1.$2.$3.$seed"
	done | awk "$statistics"'
		{x[NR] = $1; sum += $1; locked += $2}
		END {
			if (!NR) exit
			mean = sum / NR
			for (i = 1; i <= NR; i++) square += (x[i] - mean) ^ 2
			printf "%.2f %.2f %d %d\n", mean, (NR > 1 ? t95(NR) * sqrt(square / (NR - 1) / NR) : 0), locked, NR
		}'
}

goal() { # RULES SCENARIO: what issue 4 asks of adaptive
	case $1.$2 in
	own.cologne1) echo 24.0 ;; own.cologne3) echo 19.0 ;; own.ingolstadt1) echo 20.5 ;; own.ingolstadt7) echo 26.0 ;;
	field.cologne1) echo 29.0 ;; field.cologne3) echo 23.0 ;; field.ingolstadt1) echo 24.0 ;; field.ingolstadt7) echo 29.0 ;;
	*) echo - ;;
	esac
}

table() { # RULES
	printf '%-12s' ""
	for method in $methods; do printf ' %18s' "$method"; done
	printf ' %8s\n' goal
	for scenario in $scenarios; do
		printf '%-12s' "$scenario"
		for method in $methods; do
			text=$(cell "$1" "$scenario" "$method" | awk '{printf "%.1f +- %.1f%s", $1, $2, $3 ? " !" $3 : ""}')
			printf ' %18s' "${text:--}"
		done
		printf ' %8s\n' "$(goal "$1" "$scenario")"
	done
}

for rules in $all_rules; do
	case $rules in
	own) what="the networks' own ambers, minimum green 5 s" ;;
	field) what="amber 4 s, all-red 1 s, minimum green 7 s" ;;
	resco) what="amber 3 s, minimum green 5 s" ;;
	*) what=$rules ;;
	esac
	echo "== SUMO, $what; view $view m${faults:+, $faults}; seeds $seeds; s per vehicle, 95 % intervals, !n = seeds locked"
	table "$rules"
done

costs() {
	printf '%-12s %12s %10s %10s %10s %12s\n' "" trips/step "brain ms" "ours ms" "SUMO ms" bytes/step
	for scenario in $scenarios; do
		for seed in $seeds; do
			cat "$out/${all_rules%% *}.$scenario.adaptive.$seed" 2>/dev/null || true
		done | awk -v scenario="$scenario" '{sum[$1] += $2} $1 == "steps" {n++}
			END {if (n) printf "%-12s %12.3f %10.3f %10.3f %10.3f %12.0f\n", scenario, sum["round_trips"] / sum["steps"], sum["brain_ms"] / n,
				sum["own_ms"] / n, sum["sumo_ms"] / n, sum["reply_bytes"] / n}'
	done
}
case " $methods " in
*" adaptive "*)
	echo "== what a step costs under adaptive: round trips to SUMO, our own time (brain: of it, deciding), waiting for SUMO, bytes read"
	costs
	;;
esac

[ "${SIM:-1}" = 1 ] || exit 0
order='
	function order(which, m, w,  i, k, line, best, used, last) {
		for (i = 1; i <= n; i++) {
			best = 0
			for (k = 1; k <= n; k++) if (!used[k] && (!best || m[k] < m[best])) best = k
			used[best] = 1
			line = line (i > 1 ? (m[best] - w[best] <= m[last] + w[last] ? " ~ " : " < ") : "") sprintf("%s %.1f", name[best], m[best])
			last = best
		}
		printf "%-12s %-5s %s\n", scenario, which, line
	}
	NF == 9 {n++; name[n] = $1; a[n] = $2; aw[n] = $3; b[n] = $6; bw[n] = $7}
	END {
		order("SUMO", a, aw); order("ours", b, bw)
		for (i = 1; i <= n; i++) for (k = i + 1; k <= n; k++) {
			pairs++
			if ((a[i] - a[k]) * (b[i] - b[k]) >= 0) continue
			sure = (a[i] - a[k]) ^ 2 > (aw[i] + aw[k]) ^ 2 && (b[i] - b[k]) ^ 2 > (bw[i] + bw[k]) ^ 2
			other += sure; maybe += !sure
		}
		printf "%-12s %-5s %d of %d pairs the other way round, %d more within the noise\n", "", "", other, pairs, maybe
	}'
for rules in $all_rules; do
	echo "== the same ranks? SUMO and our simulator, $rules rules, the best first; ~ : it is not told from the one before it (intervals overlap)"
	for scenario in $scenarios; do
		for method in $methods; do
			is_theirs "$method" || echo "$method $(cell "$rules" "$scenario" "$method") $(cell "sim-$rules" "$scenario" "$method")"
		done | awk -v scenario="$scenario" "$order"
	done
done
