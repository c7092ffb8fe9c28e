/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_portal: a hospital's patient portal. The module record and its hooks; no logic.
 *
 * Order: check_config refuses mistakes under `httpd -t` too; post_config builds each host's app
 * after mod_dbd has seen its directives; child_init locks keys into memory before any request.
 */
#include <httpd.h>
#include <http_config.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>

#include "app.h"
#include "auth.h"
#include "config.h"
#include "gate_error.h"
#include "gate.h"
#include "gate_health.h"
#include "gate_metrics.h"
#include "hasher_start.h"
#include "job/job.h"
#include "redact.h"
#include "web/reply.h"

static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *s)
{
    (void)plog;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG)
        return OK;
    if (portal_app_post_config(pconf, ptemp, s) != OK)
        return HTTP_INTERNAL_SERVER_ERROR;
    return portal_job_post_config(pconf, s);
}

static void child_init(apr_pool_t *pchild, server_rec *s)
{
    portal_hasher_leave();
    portal_app_child_init(pchild, s);
    portal_job_child_init(pchild);
}

static int check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                        server_rec *s)
{
    (void)pconf;
    (void)plog;
    return portal_hasher_check(ptemp, s);
}

static void register_hooks(apr_pool_t *pool)
{
    static const char *const after_dbd[] = {"mod_dbd.c", NULL};
    static const char *const after_headers[] = {"mod_headers.c", NULL};

    portal_config_hooks(pool);
    portal_reply_register();
    portal_auth_register(pool);
    ap_hook_check_config(check_config, NULL, NULL, APR_HOOK_LAST);
    ap_hook_post_config(post_config, after_dbd, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(child_init, after_dbd, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_read_request(portal_auth_arrive, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_post_read_request(portal_redact_arrive, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_log_transaction(portal_redact_log, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_insert_error_filter(portal_gate_error, NULL, NULL, APR_HOOK_LAST);
    ap_hook_check_access(portal_auth_access, NULL, NULL, APR_HOOK_FIRST,
                         AP_AUTH_INTERNAL_PER_URI);
    ap_hook_check_authn(portal_auth_sign_in, NULL, NULL, APR_HOOK_MIDDLE,
                        AP_AUTH_INTERNAL_PER_URI);
    ap_hook_note_auth_failure(portal_auth_challenge, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_fixups(portal_auth_carry, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_insert_filter(portal_auth_private, after_headers, NULL, APR_HOOK_LAST);
    ap_hook_insert_error_filter(portal_auth_private, after_headers, NULL, APR_HOOK_LAST);
    ap_hook_handler(portal_gate_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(portal_gate_health, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(portal_gate_metrics, NULL, NULL, APR_HOOK_MIDDLE);
    portal_gate_metrics_hooks(pool);
}

AP_DECLARE_MODULE(portal) = {
    STANDARD20_MODULE_STUFF,
    NULL,
    NULL,
    portal_config_create,
    portal_config_merge,
    portal_config_commands,
    register_hooks,
    AP_MODULE_FLAG_NONE,
};
