#!/bin/sh
# Installs the packages of debian-packages.txt that this machine misses. Needs root (or sudo) only when some are missing.
set -eu
cd "$(dirname "$0")/.."
missing=
for package in $(sed 's/#.*//' debian-packages.txt); do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "Installing missing Debian packages:$missing"
as_root=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || { echo "These packages are missing and only root can install them:$missing" >&2; exit 1; }
	as_root=sudo
fi
$as_root apt-get update -q
# shellcheck disable=SC2086 # one word a package
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -q --no-install-recommends $missing
