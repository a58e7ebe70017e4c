#!/bin/sh
# The floors: a folder includes only from floors below it. Includes name the folder: "core/plan.h", never "../".
set -u
cd "$(dirname "$0")/.."
bad=0
check() { # folder, the folders it may include from
	for hit in $(grep -rnoE '#include "[^"]*"' "$1" --include='*.[ch]' --include='*.cpp' | grep -vE "\"($2)/[a-z0-9_]+\.h\"" | tr ' ' '_'); do
		echo "floors: $hit: $1 may include only from $2, and names the folder" >&2
		bad=1
	done
}
check core core
check sim 'core|sim'
check optimizer 'core|optimizer'
check vision 'core|vision'
check daemon 'core|sim|optimizer|vision|daemon'
if grep -rln 'opencv2/' core sim optimizer vision daemon tests --include='*.[ch]' --include='*.cpp' | grep -vE '^(vision/cv|tests/bench/peer_cv).cpp$'; then
	echo 'floors: OpenCV is met in vision/cv.cpp only, and as a peer in tests/bench/peer_cv.cpp' >&2
	bad=1
fi
if git ls-files '*.c' '*.h' '*.cpp' 2>/dev/null | sed 's|.*/||' | sort | uniq -d | grep .; then
	echo 'floors: these file names are not unique in the tree' >&2
	bad=1
fi
exit $bad
