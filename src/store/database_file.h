/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of an SQLite database. An open connection follows it wherever it is moved, even out of
 * the file system: what is written then is lost when another file is put in its place. So whoever
 * keeps connections looks before each use whether its file is still the one at that name.
 */
#ifndef PORTAL_DATABASE_FILE_H
#define PORTAL_DATABASE_FILE_H

#include "store/store.h"

/* The name of the file behind this connection, in `pool`; NULL in *path where the engine has no
 * file of its own. APR_EGENERAL: the database does not tell. */
apr_status_t portal_database_path(const portal_connection_t *connection,
                                  const char **path, apr_pool_t *pool);

/* Remembers in connection->file which file that is. Fails as portal_database_path does, or with
 * the system's reason. */
apr_status_t portal_database_file_note(portal_connection_t *connection);

/* 1: the file that was remembered lies at its name, or there is none to look for. A microsecond. */
int portal_database_file_stands(const portal_connection_t *connection, apr_pool_t *pool);

#endif
