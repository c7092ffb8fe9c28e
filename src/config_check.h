/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the checks of whole hosts (config_check.c) and of sections (config_section.c) share.
 */
#ifndef PORTAL_CONFIG_CHECK_H
#define PORTAL_CONFIG_CHECK_H

#include "config.h"

typedef struct {
    apr_pool_t *pool; /* for this run only */
    server_rec *main;
    server_rec *server;        /* the host that is looked at */
    const portal_config_t *is; /* its configuration */
    int mistakes;
} portal_config_check_t;

/* Tells one mistake, at the line of the directive that makes it, and counts it. */
void portal_config_refuse(portal_config_check_t *check, const ap_directive_t *at,
                          const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Looks at what lies in the files and folders that an active host names. */
void portal_config_check_folders(portal_config_check_t *check);

/* Does this directive begin the <VirtualHost> of that host? */
int portal_config_makes_host(const ap_directive_t *at, const server_rec *host);

/* Looks whether mod_dbd is told of a database for an active host. */
void portal_config_check_database(portal_config_check_t *check);

/* Looks at every section of the configuration that has one of our handlers. */
void portal_config_check_sections(portal_config_check_t *check);

#endif
