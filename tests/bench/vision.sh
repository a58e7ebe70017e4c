#!/bin/sh
# Vision's figures beside what others build from OpenCV. Takes a quarter of an hour on a quiet machine; the hour of 64 cameras is many_bench's own.
#   sh tests/bench/vision.sh [BUILD]
# CASCADES names the folder of OpenCV's cascades (Debian's opencv-data; not needed to build or test). Clips and plates lie in ../shared/data, where they
# are at hand; what is not there is skipped, in words.
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build}
bench=$build/tests/bench
net=configs/junction/junction.net.xml
data=../shared/data
cascades=${CASCADES:-/usr/share/opencv4/haarcascades}

skips() { # the command's own code, but 77: skipped in its own words
	"$@" || [ $? -eq 77 ]
}

echo "== vehicles past a line on labelled clips, beside MOG2 with blobs and centroids"
skips "$bench"/counts_bench $data/video $data/video/truth.json
echo "== a queue that stands for minutes, beside MOG2"
"$bench"/stand_bench day $net
echo "== number plates, beside OpenCV's cascades"
skips "$bench"/plate_bench --cascades "$cascades" $data/plates/eu $data/plates/us $data/plates/br
echo "== a 1080p camera against decoding alone, beside OpenCV's usual loop"
"$bench"/camera_bench --pairs "${PAIRS:-5}" --peer $net
"$bench"/camera_bench --pairs "${PAIRS:-5}" --bframes 0 $net
echo "== memory of one more 1080p camera"
"$bench"/camera_bench --memory $net
echo "== 64 cameras over RTSP in one worker, ${MANY_S:-120} s"
"$bench"/many_bench --seconds "${MANY_S:-120}" $net || echo "(above the limit)"
