/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_lib.h>
#include <apr_strings.h>
#include <httpd.h>
#include <http_core.h>
#include <http_protocol.h>
#include <string.h>
#include <strings.h>
#include <util_filter.h>

#include "auth.h"
#include "auth_private.h"
#include "auth_visit.h"
#include "web/request.h"

#define CONTROL "Cache-Control"
#define SPACES " \t,"

static ap_filter_rec_t *private_filter;

/* The end of the directive that begins here; what is in quotes belongs to it. */
static const char *end_of(const char *at)
{
    int quoted = 0;

    for (; *at && (quoted || *at != ','); at++) {
        if (*at == '"')
            quoted = !quoted;
        else if (*at == '\\' && quoted && at[1])
            at++;
    }
    return at;
}

static int is_named(const char *directive, const char *name)
{
    apr_size_t len = strlen(name);
    return !strncasecmp(directive, name, len) && !apr_isalnum(directive[len]) &&
           directive[len] != '-';
}

/* "private", then all that was said and does not contradict it. */
static const char *make_private(const char *said, apr_pool_t *pool)
{
    static const char *const against[] = {"public", "private", "s-maxage"};
    const char *control = "private";

    for (const char *at = said ? said : ""; *(at += strspn(at, SPACES));) {
        const char *end = end_of(at);
        int keep = 1;
        for (unsigned i = 0; i < sizeof(against) / sizeof(*against); i++)
            keep &= !is_named(at, against[i]);
        if (keep)
            control = apr_pstrcat(pool, control, ", ",
                                  apr_pstrmemdup(pool, at, (apr_size_t)(end - at)), NULL);
        at = end;
    }
    return control;
}

/* Headers of both tables go out, so what both say is put together into one. */
static apr_status_t put_private(ap_filter_t *f, apr_bucket_brigade *bb)
{
    request_rec *r = f->r;
    const char *said = apr_table_get(r->headers_out, CONTROL);
    const char *also = apr_table_get(r->err_headers_out, CONTROL);

    if (said && also)
        said = apr_pstrcat(r->pool, said, ", ", also, NULL);
    apr_table_unset(r->err_headers_out, CONTROL);
    apr_table_setn(r->headers_out, CONTROL, make_private(said ? said : also, r->pool));
    ap_remove_output_filter(f);
    return ap_pass_brigade(f->next, bb);
}

/* After mod_headers and mod_expires have had their say, before mod_cache looks at it. */
void portal_auth_private_register(void)
{
    private_filter = ap_register_output_filter("PORTAL_PRIVATE", put_private, NULL,
                                               AP_FTYPE_CONTENT_SET);
}

static int is_guarded(request_rec *r)
{
    for (; r; r = r->prev)
        if (portal_visit_guarded(r))
            return 1;
    return 0;
}

/* A page that mod_include puts together goes out before all that it includes has been asked for. If
 * whoever comes has cookies of ours, something may be theirs alone. */
static int may_include(request_rec *r)
{
    if (!portal_request_of(r)->cookies)
        return 0;
    for (const ap_filter_t *f = r->output_filters; f; f = f->next)
        if (!strcasecmp(f->frec->name, "INCLUDES"))
            return 1;
    return 0;
}

void portal_auth_private(request_rec *r)
{
    if (!r->main && (is_guarded(r) || may_include(r)))
        ap_add_output_filter_handle(private_filter, NULL, r, r->connection);
}
