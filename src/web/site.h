/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one mount (the portal or the desk of one host) needs to answer: templates, texts, static
 * files, keys and its public address. Made at start, read-only while requests are served.
 */
#ifndef PORTAL_SITE_H
#define PORTAL_SITE_H

#include <apr_hash.h>
#include <apr_time.h>

#include "core/catalogue.h"
#include "core/keyring.h"
#include "core/template.h"

typedef enum { PORTAL_MOUNT_PORTAL, PORTAL_MOUNT_DESK } portal_mount_t;

typedef struct {
    portal_mount_t mount;
    const char
        *base; /* path of the mount without last slash: "/portal"; "" at the root */
    const char *origin; /* https://host[:port] of this mount, as browsers send it */
    const char *other;  /* public address of the other mount */
    const char *hospital;
    const char *contact; /* NULL: none */
    const portal_templates_t *templates;
    const portal_catalogue_t *catalogue;
    const portal_keyring_t *keys;
    apr_hash_t *assets;         /* of portal_asset_t by file name */
    const char *assets_version; /* in their address, so that they may be kept for ever */
    int theme;                  /* a theme.css is among them */
    int strict;                 /* templates may not name what no view supplies */
    int lobby, registration, paperwork, json; /* features that exist */
    int second_factor;                        /* patients may have one */
    apr_interval_time_t idle, lobby_idle;     /* for the warning on signed-in pages */
} portal_site_t;

#endif
