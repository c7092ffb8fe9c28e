#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# httpd for a module that was built with gcc's sanitizers: they have to be loaded before httpd itself.
# Used as PORTAL_HTTPD by `make soak-sanitize`. Leaks are not looked for: pools live as long as they are to.
LD_PRELOAD="$(gcc -print-file-name=libasan.so):$(gcc -print-file-name=libubsan.so)"
ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=1:strict_string_checks=1
UBSAN_OPTIONS=print_stacktrace=1
export LD_PRELOAD ASAN_OPTIONS UBSAN_OPTIONS
exec /usr/sbin/apache2 "$@"
