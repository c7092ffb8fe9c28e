/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line between a connection and its server, for engines that have one: apr_dbd waits for an
 * answer without an end, so whoever keeps connections wants to know since when a call has been out,
 * and to cut the line of one that has been out for too long. The drivers' own libraries are asked by
 * name, so that none is needed where its engine is not used.
 *
 * Every call that may wait for the server stands between portal_wire_begins and portal_wire_ends.
 */
#ifndef PORTAL_WIRE_H
#define PORTAL_WIRE_H

#include "store/store.h"

/* Notes in *connection->out, when it is there, that a call begins now, or that it came back. */
void portal_wire_begins(const portal_connection_t *connection);
void portal_wire_ends(const portal_connection_t *connection);

/* Runs SQL without values or rows, between the two. What apr_dbd_query returns. */
int portal_wire_query(const portal_connection_t *connection, const char *sql);

/* Before the first connection of a process to PostgreSQL: two seconds to make one, unless its
 * parameters or the environment say otherwise. For MariaDB portal_wire_try and portal_wire_tame see to
 * that. */
void portal_wire_prompt(void);

/* Makes a connection of its own and ends it. APR_SUCCESS: the server answers; another status: it does not,
 * or not in time. */
apr_status_t portal_wire_try(const char *driver, const char *params, apr_pool_t *pool);

/* apr_dbd's look at a connection, which is made anew where it has lost its server. */
apr_status_t portal_wire_check(const portal_connection_t *connection, apr_pool_t *pool);

/* Makes a connection anew without a word to the server: it may be one that a network has forgotten. What
 * portal_wire_check returns. */
apr_status_t portal_wire_anew(const portal_connection_t *connection, apr_pool_t *pool);

/* 1: that look asks the server, so that it waits for one that hangs. */
int portal_wire_check_asks(const char *driver);

/* 1: an engine of that name is reached over a line. */
int portal_wire_has(const char *driver);

/* The connection's socket, which stays the library's; -1: there is none, or it cannot be known. */
int portal_wire_socket(const portal_connection_t *connection);

/* Keeps the library from writing what the server remarks to standard error, which is httpd's error
 * log: such texts may hold data. And from making the connection anew but in portal_wire_check. */
void portal_wire_tame(const portal_connection_t *connection);

#endif
