#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# usage: t/tools/bare-debian.sh [--samples DIR] [--folder DIR] [--user] [--make "TARGET..." | --inside FILE] [--again]
#
# Tries what a newcomer would: a bare Debian 12 (debootstrap) with git and make alone, a fresh clone of
# the commit that is checked out, `make test`. Needs root. Mirror, apt configuration, name service,
# certificates and npm configuration are those of this machine; the tests see nothing else of it.
#
#   --samples DIR   copied in, and given to the tests
#   --folder DIR    where it all happens; default /var/tmp/mod_portal-bare. DIR/base is the bare Debian and
#                   is kept for the next time; DIR/root is thrown away at the next start; DIR/log is what
#                   was printed
#   --user          as an ordinary user who may use sudo
#   --make "..."    other targets than test
#   --inside FILE   a shell script to run there in place of make
#   --again         keep DIR/root with the packages of the last time (a fresh clone all the same)
#
# All mounts and processes live in namespaces of their own, and end with this script.
set -eu

samples= folder=/var/tmp/mod_portal-bare user=root target=test again= script=
while [ $# -gt 0 ]; do
    case $1 in
    --samples) samples=$(realpath "$2"); shift ;;
    --folder) folder=$2; shift ;;
    --make) target=$2; shift ;;
    --inside) script=$(realpath "$2") target=${2##*/}; shift ;;
    --user) user=somebody ;;
    --again) again=yes ;;
    *) sed -n 's/^# \{0,1\}//; 4,6p' "$0" >&2; exit 2 ;;
    esac
    shift
done
[ "$(id -u)" = 0 ] || { echo "$0: needs root (chroot, mounts)" >&2; exit 2; }
top=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
"$top/conf/install/packages.sh" soak
mkdir -p "$folder"
base=$folder/base root=$folder/root log=$folder/log
exec 9>"$folder/lock"
flock -n 9 || { echo "$0: another run has $folder; wait for it, or give --folder DIR" >&2; exit 1; }

# The mirror that this machine's apt takes bookworm from.
mirror() {
    apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        sed -n 's/^bookworm main //p' | head -n 1
}

if [ ! -e "$base.done" ]; then
    rm -rf "$base"
    debootstrap --variant=minbase bookworm "$base" "$(mirror)"
    touch "$base.done"
fi
if [ -z "$again" ] || [ ! -d "$root" ]; then
    rm -rf "$root"
    cp -a --reflink=auto "$base" "$root"
fi

# What belongs to the machine's network and not to Debian.
copy() {
    for path in "$@"; do
        [ -e "$path" ] || continue
        mkdir -p "$root$(dirname "$path")"
        rm -rf "$root$path"
        cp -rL "$path" "$root$path"
    done
}
copy /etc/resolv.conf /etc/hosts /etc/apt/apt.conf /etc/apt/apt.conf.d /usr/local/share/ca-certificates \
    /etc/ssl/certs/ca-certificates.crt /etc/npmrc /usr/etc/npmrc
rm -f "$root"/etc/apt/apt.conf.d/*docker* "$root"/etc/apt/apt.conf.d/*packagekit* \
    "$root"/etc/apt/apt.conf.d/*appstream*
apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) main' 'Created-By: Packages' |
    grep -E ' bookworm(-updates|-security)? main$' | sort -u >"$root/etc/apt/sources.list"
printf '#!/bin/sh\necho "a service would start here" >&2\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"

home=/root
if [ "$user" != root ]; then
    home=/home/$user
    chroot "$root" sh -c "id $user >/dev/null 2>&1 || useradd -m $user"
fi
[ ! -e "$HOME/.npmrc" ] || cp "$HOME/.npmrc" "$root$home/.npmrc"
rm -rf "$root/srv/clone"
git clone -q --no-hardlinks "$top" "$root/srv/clone"
if [ -n "$samples" ]; then
    rm -rf "$root/srv/samples"
    cp -rL "$samples" "$root/srv/samples"
    chmod -R u+w "$root/srv/samples"
    [ -n "$script" ] || target="$target SAMPLES=../samples"
fi

printf 'exec make %s\n' "$target" >"$root/srv/work"
[ -z "$script" ] || cp "$script" "$root/srv/work"

# Runs inside the namespaces: mounts, packages that a bare machine is said to have, then the work.
cat >"$root/srv/inside" <<EOF
set -eu
mount -t proc proc /proc
mount -t sysfs -o ro sysfs /sys 2>/dev/null || :
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts 2>/dev/null || :
export DEBIAN_FRONTEND=noninteractive
command -v git >/dev/null && command -v make >/dev/null || {
    apt-get update -q && apt-get install -q -y --no-install-recommends git make
}
if [ $user != root ]; then
    command -v sudo >/dev/null || apt-get install -q -y --no-install-recommends sudo
    echo "$user ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/$user
    chown -R $user: /srv/clone $home
    chmod 700 $home
fi
rm -rf /var/lib/apt/lists/*
cd /srv/clone
unset DEBIAN_FRONTEND
begin=\$(date +%s)
status=0
if [ $user = root ]; then sh /srv/work || status=\$?
else setpriv --reuid=$user --regid=$user --init-groups env HOME=$home USER=$user sh /srv/work || status=\$?
fi
echo "bare Debian: $([ -n "$script" ] || echo make) $target as $user took \$((\$(date +%s) - begin)) s and ended with \$status"
exit \$status
EOF

# The environment of a fresh login, and what this machine says about its network.
set -- env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=$home TERM=dumb
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY NODE_EXTRA_CA_CERTS SSL_CERT_FILE; do
    value=$(printenv "$name" || :)
    [ -z "$value" ] || set -- "$@" "$name=$value"
done
status=0
{
    unshare --mount --pid --fork --kill-child --propagation private sh -c '
        mount --bind "$1" "$1"
        mount --rbind /dev "$1/dev"
        mount --make-rslave "$1/dev"
        root=$1
        shift
        exec chroot "$root" "$@"' sh "$root" "$@" sh /srv/inside 2>&1 || echo "status $?"
} | tee "$log"
grep -q 'and ended with 0$' "$log" || status=1
tail -n 3 "$log"
exit $status
