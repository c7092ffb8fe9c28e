#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Inside a bare Debian 12, in a fresh clone (see deb-soak.sh): two revisions of the package, in /srv/debs.
set -eu

as_builder() {
    setpriv --reuid=builder --regid=builder --init-groups env HOME=/home/builder "$@"
}

conf/install/packages.sh build deb
id builder >/dev/null 2>&1 || useradd -m builder
[ ! -e "$HOME/.npmrc" ] || install -o builder "$HOME/.npmrc" /home/builder/.npmrc
chown -R builder: /srv/clone
rm -rf /srv/debs
mkdir /srv/debs
as_builder make -s build/npm/.done
for revision in 1 2; do
    unshare --net setpriv --reuid=builder --regid=builder --init-groups env HOME=/home/builder \
        make -s deb DEB_REVISION=$revision >/srv/log 2>&1 || { tail -n 60 /srv/log; exit 1; }
    tail -n 3 /srv/log
    cp build/deb/libapache2-mod-portal_*.deb /srv/debs/
    echo "deb: revision $revision built by $(stat -c %U build/deb/libapache2-mod-portal_*.deb), without network; lintian has nothing to say"
done
