/* SPDX-License-Identifier: Apache-2.0 */
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>

#include "web/request.h"

APLOG_USE_MODULE(portal);

request_rec *portal_request_first(request_rec *r)
{
    while (r->main || r->prev)
        r = r->main ? r->main : r->prev;
    return r;
}

portal_request_t *portal_request_of(request_rec *r)
{
    request_rec *first = portal_request_first(r);
    portal_request_t *kept = ap_get_module_config(first->request_config, &portal_module);

    if (!kept) {
        kept = apr_pcalloc(first->pool, sizeof(*kept));
        ap_set_module_config(first->request_config, &portal_module, kept);
    }
    return kept;
}
