/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What portal-hasher may still ask the kernel for once it is set up: its sockets, its memory, its
 * clock and its threads' waiting. Whoever took it over could open no file, reach no other program and
 * start none.
 *
 * Refused calls fail with EPERM; those by which a program leaves its place (starting another,
 * opening files or connections, looking into other processes) end it at once with SIGSYS, which
 * httpd logs as PTL0011.
 */
#ifndef PORTAL_HASHER_CONFINE_H
#define PORTAL_HASHER_CONFINE_H

#include <stdbool.h>

typedef enum {
    CONFINED,         /* by seccomp, all threads */
    CONFINED_LIMITS,  /* this kernel has no seccomp: by resource limits alone */
    CONFINED_NOT_HERE /* a build with sanitizers, which need more */
} confined_t;

/*
 * To be called when all threads run, after PR_SET_NO_NEW_PRIVS. `unlinks`: it removes its own
 * socket at the end. No more processes and threads can be made afterwards, whatever the result.
 */
confined_t confine(bool unlinks);

#endif
