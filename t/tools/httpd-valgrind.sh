#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# httpd under valgrind, used as PORTAL_HTTPD by `make soak-valgrind`. Children that httpd forks are watched,
# the hasher is not: Argon2id would take minutes there, and it is seen by the sanitizers. Valgrind writes
# nothing where there is no fault; a test takes each line of it for a crash. What is reachable at the end is
# no leak: pools live as long as they are to. (security.md MS1)
exec valgrind --quiet --vgdb=no --trace-children=yes --trace-children-skip='*portal-hasher' --child-silent-after-fork=no \
    --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite --num-callers=25 \
    --suppressions="${0%/*}/valgrind.supp" /usr/sbin/apache2 "$@"
