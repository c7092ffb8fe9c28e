/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket side of portal-hasher: one poll() loop that no client can hold up.
 *
 * A client that is silent, or slow to send or to read, for `idle_ms` is closed. Beyond
 * SERVE_CLIENTS_MAX connections the next is told BUSY and closed.
 */
#ifndef PORTAL_HASHER_SERVE_H
#define PORTAL_HASHER_SERVE_H

#include <stdbool.h>

#define SERVE_CLIENTS_MAX 1024
/* How long jobs in hand may still take once the end is asked for. */
#define SERVE_LINGER_MS 10000

typedef struct {
    int listen_fd; /* non-blocking, listening; closed when the end is asked for */
    int event_fd;  /* the one that work_start() was given */
    int signal_fd; /* readable: end */
    int parent_fd; /* closed on its other side: end; -1: none to watch */
    long idle_ms;
} serve_t;

/*
 * Serves until the end is asked for, then answers what is in hand, then returns. False:
 * could not even begin (no memory).
 */
bool serve_run(const serve_t *fds);

#endif
