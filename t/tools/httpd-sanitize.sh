#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# httpd for a module that was built with sanitizers: they have to be loaded before httpd itself, and the
# pools that they can see into (t/lib/pools.c) behind them. Used as PORTAL_HTTPD by `make soak-sanitize`.
# (security.md MS2) Leaks are not looked for: pools live as long as they are to. PORTAL_SEEN_BY: gcc or clang;
# PORTAL_SEEN_POOLS: path of pools.so, or nothing.
case ${PORTAL_SEEN_BY:-gcc} in
clang) first=$(clang -print-resource-dir)/lib/linux/libclang_rt.asan-x86_64.so ;;
*) first="$(gcc -print-file-name=libasan.so):$(gcc -print-file-name=libubsan.so)" ;;
esac
LD_PRELOAD="$first${PORTAL_SEEN_POOLS:+:$PORTAL_SEEN_POOLS}"
ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=1:strict_string_checks=1
UBSAN_OPTIONS=print_stacktrace=1
export LD_PRELOAD ASAN_OPTIONS UBSAN_OPTIONS
exec /usr/sbin/apache2 "$@"
