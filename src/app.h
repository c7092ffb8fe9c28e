/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One portal at run time: all that a host needs to serve requests, made at start from its
 * configuration. Read-only afterwards, but for what lies in shared memory and what mod_dbd pools,
 * which are safe between threads. Lives in the configuration pool.
 */
#ifndef PORTAL_APP_H
#define PORTAL_APP_H

#include <httpd.h>

#include "config.h"
#include "core/blocklist.h"
#include "core/counts.h"
#include "core/form_load.h"
#include "core/health.h"
#include "core/keyring.h"
#include "core/session_table.h"
#include "remote/hasher.h"
#include "store/store.h"
#include "web/site.h"

typedef struct portal_app_t {
    server_rec *server;
    const portal_config_t *config;
    portal_keyring_t *keys;
    portal_store_t store;
    portal_blocklist_t *blocklist; /* passwords that everybody knows */
    portal_hasher_t *hasher;       /* the one portal-hasher of this httpd */
    portal_counts_t *counts;       /* these two are kept over graceful restarts */
    portal_health_t *health;
    apr_array_header_t
        *forms; /* of portal_form_file_t: what PortalForms holds; NULL: none */
    portal_session_table_t *sessions;
    portal_site_t portal, desk;
    const char *data; /* folder with pages, lang and static */
} portal_app_t;

/* For post_config: builds the app of every host with an active portal, as root where httpd was
 * started so. OK, or logs file and mend under a PTL tag and returns 500, which stops the start. */
int portal_app_post_config(apr_pool_t *pconf, apr_pool_t *ptemp, server_rec *main_server);

/* For child_init: locks keys into memory and refuses to serve as root. */
void portal_app_child_init(apr_pool_t *pchild, server_rec *main_server);

/* The app of a host; NULL when no portal is configured there. */
portal_app_t *portal_app_of(const server_rec *server);

/* App number `i` of this httpd, in the order of its hosts; NULL after the last. */
portal_app_t *portal_app_at(int i);

/* 1 when browsers send the cookies of a portal of this httpd along with requests to this host: one
 * lives here, or under the same name on another port. `hostname` may be NULL. */
int portal_app_is_near(const server_rec *server, const char *hostname);

/* A form by its name, and the file that it was read from; NULL when there is none, or it was
 * refused. */
const portal_form_t *portal_app_form(const portal_app_t *app, const char *name);
const portal_form_file_t *portal_app_form_file(const portal_app_t *app, const char *name);

#endif
