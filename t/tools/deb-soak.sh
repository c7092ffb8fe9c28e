#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# usage: t/tools/deb-soak.sh [--folder DIR]
#
# Builds the Debian package in a bare Debian 12, as an ordinary user and without network; installs it in another one,
# sets up a site, upgrades, removes and purges it. Says what it did, and ends with the first thing that does not
# hold. Needs root; see bare-debian.sh, whose folder it uses.
set -eu

folder=/var/tmp/mod_portal-bare
[ "${1-}" != --folder ] || folder=$2
here=$(cd "$(dirname "$0")" && pwd)
top=$(git -C "$here" rev-parse --show-toplevel)
mkdir -p "$folder"
"$here/bare-debian.sh" --folder "$folder" --inside "$here/deb-build.sh"
rm -rf "$folder/debs"
cp -r "$folder/root/srv/debs" "$folder/debs"
"$here/bare-debian.sh" --folder "$folder" --samples "$folder/debs" --inside "$here/deb-try.sh"
echo "packages: $(ls "$folder"/debs | tr '\n' ' ')of $(git -C "$top" rev-parse --short HEAD)"
