/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Style sheets, scripts and images, read into memory at start: there are few, they are small, and
 * they are served without touching the disk. Their address carries a version made from their
 * content, so browsers may keep them for ever.
 */
#ifndef PORTAL_ASSETS_H
#define PORTAL_ASSETS_H

#include <apr_hash.h>
#include <httpd.h>

typedef struct {
    const char *bytes;
    apr_size_t len;
    const char *type; /* media type */
} portal_asset_t;

/* Reads every file of known type (css, js, svg, png, ico, woff2; at most 2 MiB each) of the
 * folders, later ones over earlier ones; a NULL ends the list. *version: 16 hex digits over all
 * of it. On failure *error says which file and why. All in `pool`. */
apr_status_t portal_assets_load(apr_hash_t **assets, const char **version,
                                const char *const *folders, const char **error,
                                apr_pool_t *pool);

/* Answers GET and HEAD for /static/VERSION/NAME; HTTP_NOT_FOUND when there is no such file. */
int portal_assets_send(request_rec *r, const portal_asset_t *asset, const char *version);

#endif
