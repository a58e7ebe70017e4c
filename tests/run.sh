#!/bin/sh
# Builds and tests with gcc, then with clang under ASan and UBSan. Ends with one line: N passed, N failed, N skipped.
set -u
cd "$(dirname "$0")/.."
passed=0 failed=0 skipped=0
sh tests/floors.sh || exit 1
run() { # name, setup arguments...
	name=$1
	shift
	if [ ! -f "build-$name/build.ninja" ]; then
		"$@" || exit 1
	fi
	ninja -C "build-$name" || exit 1
	meson test -C "build-$name" --no-rebuild --print-errorlogs -t 4 || true # a test's own limit is for a quiet machine
	log="build-$name/meson-logs/testlog.json"
	[ -s "$log" ] || { echo "no test ran in build-$name" >&2; exit 1; }
	passed=$((passed + $(grep -c '"result": "OK"' "$log")))
	skipped=$((skipped + $(grep -c '"result": "SKIP"' "$log")))
	failed=$((failed + $(grep -cE '"result": "(FAIL|ERROR|TIMEOUT|INTERRUPT|UNEXPECTEDPASS)"' "$log")))
}
run gcc env CC=gcc CXX=g++ meson setup build-gcc
run clang env CC=clang CXX=clang++ meson setup build-clang -Db_sanitize=address,undefined -Db_lundef=false
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
