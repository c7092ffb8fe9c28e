#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# usage: conf/install/packages.sh SET...      (sets: see the first column of conf/install/packages)
#
# Installs the Debian packages of these sets that are missing, after saying which and why. Says and
# does nothing when all are there. Needs root or sudo only to install. Works with what a bare
# Debian has (sh, dpkg, apt); exits 1 when a package is still missing at the end.
set -eu
LC_ALL=C.UTF-8
export LC_ALL
list=${0%/*}/packages

# Lines "package why" of the wanted sets; Debian's npm only where there is no npm of another kind.
wanted() {
    while read -r set package why; do
        case " $sets " in *" $set "*) ;; *) continue ;; esac
        if [ "$package" = npm ] && command -v npm >/dev/null 2>&1; then
            continue
        fi
        echo "$package $why"
    done <"$list"
}

# The lines of `wanted` whose package is not installed.
missing() {
    lines=$(wanted)
    have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' \
        $(echo "$lines" | while read -r package why; do echo "$package"; done) 2>/dev/null || :)
    echo "$lines" | while read -r package why; do
        case "
$have
" in
        *"
installed $package
"*) ;;
        *) echo "$package $why" ;;
        esac
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo -- "$@"
    fi
}

sets=$*
[ -n "$sets" ] || { echo "usage: $0 SET..." >&2; exit 2; }
lines=$(missing)
[ -n "$lines" ] || exit 0

packages=$(echo "$lines" | while read -r package why; do echo "$package"; done)
# mod_ssl warns about a libssl older than the one it was built with, and its package asks for none.
case "
$packages
" in
*"
apache2-bin
"*) also=libssl3 ;;
*) also= ;;
esac
echo "Debian packages are missing and will be installed now ($sets):"
echo "$lines" | while read -r package why; do printf '  %-24s %s\n' "$package" "$why"; done

if ! command -v apt-get >/dev/null 2>&1; then
    echo "This is no Debian (there is no apt-get): please install them yourself." >&2
    exit 1
fi
if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null 2>&1; then
    echo "Installing needs root, and there is no sudo. Please have this run as root:" >&2
    echo "  apt-get update && apt-get install --no-install-recommends" $packages >&2
    exit 1
fi

# Without lists, or with old ones, apt asks for versions that are gone.
# One source that cannot be reached does not stop what the others have.
as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q ||
    echo "apt-get update failed: trying with the lists that are there" >&2
as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a \
    apt-get install -q -y --no-install-recommends \
    -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0 $packages $also

lines=$(missing)
[ -z "$lines" ] || { echo "still missing: $lines" >&2; exit 1; }
echo "Installed."
