/* SPDX-License-Identifier: Apache-2.0 */
/* The few kinds of answer that a page can give. */
#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <stdarg.h>
#include <string.h>

#include "web/call.h"

APLOG_USE_MODULE(portal);

#define AWAY_SECONDS 5

static apr_status_t free_view(void *view)
{
    json_decref(view);
    return APR_SUCCESS;
}

static portal_answer_t *answer_make(portal_call_t *call, int status)
{
    portal_answer_t *answer = apr_pcalloc(call->pool, sizeof(*answer));
    answer->status = status;
    return answer;
}

portal_answer_t *portal_answer_page(portal_call_t *call, int status,
                                    const char *template_name, json_t *view)
{
    portal_answer_t *answer = answer_make(call, status);
    answer->template = template_name;
    answer->view = view;
    apr_pool_cleanup_register(call->pool, view, free_view, apr_pool_cleanup_null);
    return answer;
}

portal_answer_t *portal_answer_view(portal_call_t *call, json_t *view)
{
    int status = HTTP_OK;

    if (call->errors->nelts)
        status = call->malformed ? HTTP_BAD_REQUEST : HTTP_UNPROCESSABLE_ENTITY;
    return portal_answer_page(call, status, call->route->template, view);
}

portal_answer_t *portal_answer_see(portal_call_t *call, const char *format, ...)
{
    portal_answer_t *answer = answer_make(call, HTTP_SEE_OTHER);
    va_list values;

    va_start(values, format);
    answer->location = apr_pstrcat(call->pool, call->site->base,
                                   apr_pvsprintf(call->pool, format, values), NULL);
    va_end(values);
    return answer;
}

portal_answer_t *portal_answer_see_place(portal_call_t *call, const char *place)
{
    portal_answer_t *answer = answer_make(call, HTTP_SEE_OTHER);

    answer->location = apr_pstrcat(call->pool, call->site->origin, place, NULL);
    return answer;
}

portal_answer_t *portal_answer_problem(portal_call_t *call, int status,
                                       const char *reason)
{
    json_t *view =
        json_pack("{s:i, s:s, s:s, s:s}", "status", status, "reason", reason, "title",
                  apr_pstrcat(call->pool, "t:problem.", reason, ".title", NULL), "detail",
                  apr_pstrcat(call->pool, "t:problem.", reason, ".detail", NULL));
    return portal_answer_page(call, status, "problem", view);
}

portal_answer_t *portal_answer_away(portal_call_t *call, apr_status_t rv, const char *tag)
{
    portal_answer_t *answer =
        portal_answer_problem(call, HTTP_SERVICE_UNAVAILABLE, "unavailable");

    ap_log_rerror(APLOG_MARK, APLOG_ERR, rv, call->r,
                  "%s: %s cannot be served now; nothing was changed", tag,
                  call->route->path);
    answer->retry_after = AWAY_SECONDS;
    return answer;
}
