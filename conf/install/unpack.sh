#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# usage: conf/install/unpack.sh SET FOLDER      (sets: see the first column of conf/install/packages)
#
# Downloads the Debian packages of this set and unpacks their files below a folder, without installing
# them: no script of theirs runs, so that nothing is started or left on the machine, and nobody has to be
# root. What is in them for people (manuals, translations) is left out.
set -eu
list=${0%/*}/packages
[ $# = 2 ] || { echo "usage: $0 SET FOLDER" >&2; exit 2; }

packages=$(while read -r set package why; do
    [ "$set" != "$1" ] || echo "$package"
done <"$list")
[ -n "$packages" ] || { echo "$0: no packages are of the set $1" >&2; exit 2; }

rm -rf "$2"
mkdir -p "$2/debs"
cd "$2/debs"
get() { apt-get download -q -o APT::Sandbox::User="$(id -un)" $packages; }
# Old lists ask for versions that are gone.
get || {
    if [ "$(id -u)" = 0 ]; then apt-get update -q
    else sudo -- apt-get update -q
    fi
    get
}
for deb in *.deb; do
    dpkg-deb -x "$deb" ..
done
cd ..
rm -rf debs usr/share/doc usr/share/man usr/share/locale
