#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# httpd under the directives of conf/examples/apache2-hardening.conf: used as PORTAL_HTTPD by t/http/hardened.t. The
# folder that may be written to is the one of the configuration.
for word in "$@"; do
    case $word in */httpd.conf) folder=${word%/httpd.conf} ;; esac
done
exec /usr/bin/python3 t/tools/harden.py conf/examples/apache2-hardening.conf "$folder" "$PORTAL_HARDENED_HTTPD" "$@"
