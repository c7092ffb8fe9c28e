/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches connections whose calls go over a line to a server (store/wire.h): a thread in each child
 * cuts the line of a call that has had no answer for too long, so that the call comes back with an
 * error. Long before that it makes the breaker doubt, so that nobody else waits with it.
 */
#ifndef PORTAL_DATABASE_WATCH_H
#define PORTAL_DATABASE_WATCH_H

#include <apr_ring.h>
#include <httpd.h>

#include "core/breaker.h"
#include "store/store.h"

/* One connection; lives as long as it, zeroed at first. */
typedef struct portal_watch_t {
    APR_RING_ENTRY(portal_watch_t) link;
    _Atomic apr_int64_t out;
    int socket; /* our duplicate: the library may close its own at any time */
    int watched, cut;
    portal_breaker_t *breaker; /* of its database; set by the owner, as the next */
    server_rec *server;        /* for the log */
} portal_watch_t;

/* For child_init. `process` outlives the child's pool. Without the thread nothing is watched. */
void portal_watch_child_init(apr_pool_t *process);

/* When the child ends and nobody has a connection any more. */
void portal_watch_child_end(void);

/* Somebody takes the connection, and gives it back: in between, connection->out is the watch's.
 * After it was made anew, begin again. Nothing happens for an engine without a line. */
void portal_watch_begins(portal_watch_t *watch, portal_connection_t *connection);
void portal_watch_ends(portal_watch_t *watch);

/* 1: the line was cut since portal_watch_begins. */
int portal_watch_cut(portal_watch_t *watch);

#endif
