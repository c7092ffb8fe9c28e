/* SPDX-License-Identifier: Apache-2.0 */
#include "core/place.h"
#include "pages.h"
#include "web/assets.h"

apr_status_t portal_pages_load(portal_pages_t *pages, const portal_config_t *config,
                               const char **error, apr_pool_t *pool)
{
    const char *theme = config->theme_dir;
    const char *const dirs[] = {portal_place("htdocs/pages", pool), config->templates_dir,
                                theme, NULL};
    const char *const langs[] = {portal_place("htdocs/lang", pool), theme, NULL};
    const char *const assets[] = {portal_place("htdocs/static", pool), theme, NULL};
    apr_status_t rv = portal_catalogue_load(&pages->catalogue, langs, error, pool);

    if (rv == APR_SUCCESS)
        rv = portal_templates_load(&pages->templates, dirs, error, pool);
    if (rv == APR_SUCCESS)
        rv = portal_templates_check(pages->templates, pages->catalogue, error);
    if (rv == APR_SUCCESS)
        rv = portal_assets_load(&pages->assets, &pages->assets_version, assets, error,
                                pool);
    return rv;
}
