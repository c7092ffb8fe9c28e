#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Inside a bare Debian 12 (see deb-soak.sh), with two revisions of the package in /srv/samples: what an administrator
# does from installing to purging.
set -eu

# What is to hold: words for people, then a command.
holds() {
    what=$1
    shift
    if "$@" >/srv/out 2>&1; then
        echo "deb: $what"
    else
        echo "deb: NOT: $what ($*)"
        cat /srv/out
        tail -n 20 /var/log/apache2/error.log 2>/dev/null || :
        exit 1
    fi
}

fails() { ! "$@"; }
owned() { [ "$(stat -c '%a %U:%G' "$2")" = "$1" ]; }
health() { [ "$(curl -sk https://localhost/portal-health)" = "$1" ]; }
serves() {
    for try in $(seq 50); do health ok && return; sleep 0.2; done
    return 1
}
install_deb() { apt-get install -q -y --no-install-recommends -o Dpkg::Use-Pty=0 /srv/samples/libapache2-mod-portal_*-"$1"_*.deb; }
rows() { sqlite3 /var/lib/portal/portal.db 'SELECT COUNT(*) FROM binder'; }
restarted() { apache2ctl stop && serves_not && apache2ctl start; }
serves_not() {
    for try in $(seq 50); do pgrep -x apache2 >/dev/null || return 0; sleep 0.2; done
    return 1
}
ctl() { portalctl --config /etc/portal/portalctl.conf "$@"; }

export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null
apt-get install -q -y --no-install-recommends apache2 curl libssl3 openssl procps sqlite3 systemd >/dev/null 2>&1

# ---- install -----------------------------------------------------------------------------------

holds 'it installs, with what it depends on' install_deb 1
holds '/etc/portal is there' owned '755 root:root' /etc/portal
holds '/var/lib/portal is there, httpd'"'"'s own and closed' owned '750 www-data:www-data' /var/lib/portal
holds 'the module can be enabled' test -e /etc/apache2/mods-available/portal.load
holds 'and is not' test ! -e /etc/apache2/mods-enabled/portal.load
holds 'nor is any site' test "$(ls /etc/apache2/sites-enabled)" = 000-default.conf
holds 'no secret and no database are made' test ! -e /etc/portal/secret.key -a ! -e /var/lib/portal/portal.db
holds 'httpd starts as before' apache2ctl start
holds 'and stops' apache2ctl stop
holds 'portalctl has a man page' test -s /usr/share/man/man1/portalctl.1.gz

# ---- configure, as README.Debian says ----------------------------------------------------------

holds 'portalctl init' ctl init
holds 'the secret is root'"'"'s alone' owned '600 root:root' /etc/portal/secret.key
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext basicConstraints=critical,CA:FALSE -keyout /etc/portal/tls.key \
    -out /etc/portal/tls.crt 2>/dev/null
cp -r /usr/share/mod_portal/conf/forms /etc/portal/
touch /etc/portal/desk.htpasswd
sed 's/portal\.hospital\.example/localhost/' \
    /usr/share/doc/libapache2-mod-portal/examples/portal.conf >/etc/apache2/sites-available/portal.conf
holds 'a2enmod portal, with what it needs' a2enmod -q portal
holds 'a2ensite portal' a2ensite -q portal
holds 'apache2ctl configtest' apache2ctl configtest
holds 'httpd starts' apache2ctl start
holds 'and serves: portal-health' serves
holds 'the page to sign in' curl -skf https://localhost/portal/login
printf 'mrn,family,given,case_number\n1,Doe,Ann,C-1\n' >/srv/one.csv
holds 'portalctl import' ctl import /srv/one.csv
holds 'one person is there' test "$(rows)" = 1

# ---- upgrade -----------------------------------------------------------------------------------

echo '# changed by the administrator' >>/etc/portal/portalctl.conf
chmod 700 /var/lib/portal
secret=$(sha256sum /etc/portal/secret.key)
holds 'it upgrades' install_deb 2
holds 'to revision 2' test "$(dpkg-query -W -f '${Version}' libapache2-mod-portal | sed 's/.*-//')" = 2
holds 'the settings stand' grep -q 'by the administrator' /etc/portal/portalctl.conf
holds 'and the rights' owned '700 www-data:www-data' /var/lib/portal
holds 'the module stays enabled' test -e /etc/apache2/mods-enabled/portal.load
holds 'httpd restarts (by hand: no service starts in here)' restarted
holds 'and serves' serves
holds 'portalctl check' ctl check
holds 'portalctl audit verify' ctl audit verify
holds 'the person is there' test "$(rows)" = 1

# ---- the drop-in beside Debian's own unit -------------------------------------------------------

install -D -m 644 /usr/share/doc/libapache2-mod-portal/examples/apache2-hardening.conf \
    /etc/systemd/system/apache2.service.d/portal.conf
holds 'systemd-analyze verify, with the drop-in' systemd-analyze verify apache2.service
holds 'systemd-analyze security: an exposure of 3.5 at most' \
    systemd-analyze security --offline=true --threshold=35 apache2.service

# ---- remove, purge -----------------------------------------------------------------------------

holds 'a2dissite portal' a2dissite -q portal
holds 'it is removed' apt-get remove -q -y libapache2-mod-portal
holds 'the module is disabled' test ! -e /etc/apache2/mods-enabled/portal.load
holds 'httpd goes on without it' apache2ctl configtest
holds 'records and secret are untouched' test "$(rows)" = 1 -a "$secret" = "$(sha256sum /etc/portal/secret.key)"
holds 'it is purged' apt-get purge -q -y libapache2-mod-portal
cp /srv/out /srv/purged
holds 'which says where the records are' grep -q 'stay in /var/lib/portal' /srv/purged
holds 'its own settings are gone' test ! -e /etc/portal/portalctl.conf -a ! -e /etc/apache2/mods-available/portal.load
holds 'records and secret are untouched' test "$(rows)" = 1 -a "$secret" = "$(sha256sum /etc/portal/secret.key)"
rm -rf /var/lib/portal /etc/portal
holds 'it can be installed again' install_deb 2
holds 'and purged, when nobody has used it' apt-get purge -q -y libapache2-mod-portal
holds 'which leaves nothing' test ! -e /var/lib/portal -a ! -e /etc/portal
apache2ctl stop >/dev/null 2>&1 || :
echo 'deb: all holds'
