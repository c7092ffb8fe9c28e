/* SPDX-License-Identifier: Apache-2.0 */
#include <httpd.h>
#include <http_protocol.h>
#include <sodium.h>
#include <string.h>

#include "web/fields.h"
#include "web/input.h"

static int is_type(const char *header, const char *type)
{
    apr_size_t len = strlen(type);
    return !strncasecmp(header, type, len) &&
           (!header[len] || strchr("; \t", header[len]));
}

portal_input_verdict_t portal_input_type(portal_call_t *call)
{
    const char *type = apr_table_get(call->r->headers_in, "Content-Type");

    call->json_body = 0;
    if (type && is_type(type, "application/x-www-form-urlencoded"))
        return PORTAL_INPUT_OK;
    if (!type || !is_type(type, "application/json") || !call->site->json)
        return PORTAL_INPUT_WRONG_TYPE;
    call->json_body = 1;
    return PORTAL_INPUT_OK;
}

/* The body is wiped with the pool: it may hold a password. */
static apr_status_t wipe(void *data)
{
    struct iovec *body = data;
    sodium_memzero(body->iov_base, body->iov_len);
    return APR_SUCCESS;
}

static portal_input_verdict_t read_body(portal_call_t *call, apr_size_t limit,
                                        char **body, apr_size_t *len)
{
    struct iovec *held = apr_palloc(call->pool, sizeof(*held));
    apr_off_t announced = call->r->clength;
    int status = ap_setup_client_block(call->r, REQUEST_CHUNKED_DECHUNK);
    long n;

    if (status == HTTP_REQUEST_ENTITY_TOO_LARGE) /* LimitRequestBody */
        return PORTAL_INPUT_TOO_LARGE;
    if (status != OK)
        return PORTAL_INPUT_BROKEN;
    if (announced > (apr_off_t)limit || call->r->remaining > (apr_off_t)limit)
        return PORTAL_INPUT_TOO_LARGE;
    *body = apr_palloc(call->pool, limit + 1);
    *len = 0;
    *held = (struct iovec){*body, limit + 1};
    apr_pool_cleanup_register(call->pool, held, wipe, apr_pool_cleanup_null);
    if (!ap_should_client_block(call->r))
        return PORTAL_INPUT_OK;
    while ((n = ap_get_client_block(call->r, *body + *len, limit + 1 - *len)) > 0) {
        *len += (apr_size_t)n;
        if (*len > limit)
            return PORTAL_INPUT_TOO_LARGE;
    }
    return n < 0 ? PORTAL_INPUT_BROKEN : PORTAL_INPUT_OK;
}

portal_input_verdict_t portal_input_read(portal_call_t *call, apr_size_t limit,
                                         const char **csrf_token)
{
    char *body = NULL;
    apr_size_t len = 0;
    portal_input_verdict_t verdict = read_body(call, limit, &body, &len);

    if (verdict == PORTAL_INPUT_OK)
        verdict = portal_fields_take(call, body, len);
    if (verdict == PORTAL_INPUT_OK)
        *csrf_token = portal_field_sent(call, "csrf_token")
                          ? portal_field(call, "csrf_token")
                          : NULL;
    return verdict;
}
