/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pages are made of: templates, texts and static files, the hospital's own before the shipped
 * ones. Read when httpd starts, and by `httpd -t`, so that a broken file is found before a restart.
 */
#ifndef PORTAL_PAGES_H
#define PORTAL_PAGES_H

#include <apr_hash.h>

#include "config.h"
#include "core/catalogue.h"
#include "core/template.h"

typedef struct {
    portal_templates_t *templates;
    portal_catalogue_t *catalogue;
    apr_hash_t *assets; /* web/assets.h */
    const char *assets_version;
} portal_pages_t;

/*
 * Reads all of it; everything lives in `pool`. Not APR_SUCCESS: *error says which file and what is
 * wrong with it, and *pages is not to be used.
 */
apr_status_t portal_pages_load(portal_pages_t *pages, const portal_config_t *config,
                               const char **error, apr_pool_t *pool);

#endif
