/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <httpd.h>
#include <util_filter.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <string.h>

#include "web/chrome.h"
#include "web/reply.h"

APLOG_USE_MODULE(portal);

#define CONTENT_POLICY                                                                   \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "          \
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "         \
    "frame-ancestors 'none'; object-src 'none'"

void portal_reply_headers(request_rec *r)
{
    static const char *const headers[][2] = {
        {"Content-Security-Policy", CONTENT_POLICY},
        {"Strict-Transport-Security", "max-age=31536000"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Permissions-Policy",
         "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
        {"Vary", "Accept, Accept-Language, Cookie"},
    };
    for (unsigned i = 0; i < sizeof(headers) / sizeof(*headers); i++)
        apr_table_setn(r->err_headers_out, headers[i][0], headers[i][1]);
    if (!apr_table_get(r->headers_out, "Cache-Control"))
        apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    /* a page with secrets in it must not be compressed together with what a visitor can choose */
    apr_table_setn(r->subprocess_env, "no-gzip", "1");
    apr_table_setn(r->subprocess_env, "no-brotli", "1");
}

/* None in clear text: whoever can read or change that must not get or plant one. */
static void send_cookies(const portal_call_t *call)
{
    const apr_array_header_t *all = apr_table_elts(call->cookies);
    const apr_table_entry_t *entries = (const apr_table_entry_t *)all->elts;
    int secure = !strcmp(ap_http_scheme(call->r), "https");

    for (int i = 0; secure && i < all->nelts; i++)
        apr_table_addn(call->r->err_headers_out, "Set-Cookie", entries[i].val);
}

/* ---- in place of httpd's own words ---- */

typedef struct {
    const char *type, *bytes;
    apr_size_t len;
    int sent;
} instead_t;

static ap_filter_rec_t *instead_filter;

static apr_status_t put_instead(ap_filter_t *f, apr_bucket_brigade *theirs)
{
    instead_t *ours = f->ctx;

    apr_brigade_cleanup(theirs);
    if (ours->sent++)
        return APR_SUCCESS;
    ap_set_content_type(f->r, ours->type);
    ap_set_content_length(f->r, (apr_off_t)ours->len);
    APR_BRIGADE_INSERT_TAIL(
        theirs,
        apr_bucket_pool_create(ours->bytes, ours->len, f->r->pool, theirs->bucket_alloc));
    APR_BRIGADE_INSERT_TAIL(theirs, apr_bucket_eos_create(theirs->bucket_alloc));
    return ap_pass_brigade(f->next, theirs);
}

void portal_reply_register(void)
{
    instead_filter = ap_register_output_filter("PORTAL_INSTEAD", put_instead, NULL,
                                               AP_FTYPE_CONTENT_SET);
}

void portal_reply_instead(portal_call_t *call, const portal_answer_t *answer)
{
    call->instead = 1;
    portal_reply_send(call, answer);
}

/* ---- bytes ---- */

static void send_bytes(portal_call_t *call, const char *type, const char *bytes,
                       apr_size_t len)
{
    send_cookies(call);
    if (call->instead) {
        instead_t *ours = apr_pcalloc(call->pool, sizeof(*ours));
        *ours = (instead_t){type, apr_pstrmemdup(call->pool, bytes, len), len, 0};
        ap_add_output_filter_handle(instead_filter, ours, call->r, call->r->connection);
        return;
    }
    ap_set_content_type(call->r, type);
    ap_set_content_length(call->r, (apr_off_t)len);
    ap_rwrite(bytes, (int)len, call->r);
}

static void send_json(portal_call_t *call, const char *type, const json_t *view)
{
    char *text = json_dumps(view, JSON_COMPACT | JSON_ENSURE_ASCII);

    if (!text)
        return;
    send_bytes(call, type, text, strlen(text));
    free(text);
}

/* The text of a key such as t:problem.csrf.title in the caller's language. */
static json_t *text_of(const portal_call_t *call, const char *key, json_t *view)
{
    const char *text = portal_catalogue_render(call->site->catalogue, call->lang, key + 2,
                                               view, 0, call->pool);
    return json_string(text ? text : key + 2);
}

static const char *reason_of(const portal_answer_t *answer)
{
    const char *reason = json_string_value(json_object_get(answer->view, "reason"));
    if (!strcmp(answer->template, "problem") && reason)
        return reason;
    if (!strcmp(answer->template, "paperwork_closed"))
        return "closed";
    return answer->status == HTTP_CONFLICT ? "conflict"
           : answer->status == 429         ? "wait"
                                           : "invalid";
}

static json_t *problem_error(const portal_call_t *call, const portal_error_t *error,
                             json_t *view)
{
    const char *key = apr_pstrcat(call->pool, "t:", error->text, NULL);
    json_t *words = json_pack("{s:s}", "limit", error->limit ? error->limit : "");
    json_t *one = json_pack("{s:s, s:s, s:o}", "field", error->field, "code", error->text,
                            "detail", text_of(call, key, error->limit ? words : view));

    if (error->label)
        json_object_set_new(one, "question", json_string(error->label));
    json_decref(words);
    return one;
}

static json_t *problem_errors(const portal_call_t *call, json_t *view)
{
    json_t *list = json_array();

    for (int i = 0; i < call->errors->nelts; i++)
        json_array_append_new(
            list,
            problem_error(call, &APR_ARRAY_IDX(call->errors, i, portal_error_t), view));
    return list;
}

static void send_problem(portal_call_t *call, const portal_answer_t *answer)
{
    const char *reason = reason_of(answer);
    const char *key = apr_pstrcat(call->pool, "t:problem.", reason, NULL);
    json_t *problem = json_pack(
        "{s:s, s:i, s:o, s:o}", "type",
        apr_pstrcat(call->pool, "urn:mod_portal:", reason, NULL), "status",
        answer->status, "title",
        text_of(call, apr_pstrcat(call->pool, key, ".title", NULL), answer->view),
        "detail",
        text_of(call, apr_pstrcat(call->pool, key, ".detail", NULL), answer->view));

    if (call->errors->nelts)
        json_object_set_new(problem, "errors", problem_errors(call, answer->view));
    if (answer->status == HTTP_CONFLICT && strcmp(answer->template, "problem"))
        json_object_set(problem, "view", answer->view);
    send_json(call, "application/problem+json", problem);
    json_decref(problem);
}

/* Cookies go last: making the page may have set one. */
static void send_page(portal_call_t *call, const portal_answer_t *answer)
{
    json_t *contexts[2] = {portal_chrome_make(call, answer), answer->view};
    portal_render_t render = {.catalogue = call->site->catalogue,
                              .lang = call->lang,
                              .strict = call->site->strict,
                              .contexts = contexts,
                              .count = 2};
    portal_rendered_t page = {NULL, 0};
    const char *error = NULL;
    apr_status_t rv = portal_template_render(call->site->templates, answer->template,
                                             &render, &page, &error, call->pool);

    json_decref(contexts[0]);
    if (rv != APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, rv, call->r, "PTL0201: page %s: %s",
                      answer->template, error ? error : "cannot be shown");
        call->r->status = HTTP_INTERNAL_SERVER_ERROR;
        send_bytes(call, "text/plain", "", 0);
        return;
    }
    send_bytes(call, "text/html; charset=utf-8", page.data, page.len);
}

static void send_headers(portal_call_t *call, const portal_answer_t *answer)
{
    apr_table_t *out = call->r->err_headers_out;

    call->r->status = answer->status;
    portal_reply_headers(call->r);
    if (answer->location)
        apr_table_setn(out, "Location", answer->location);
    if (answer->retry_after)
        apr_table_setn(out, "Retry-After", apr_itoa(call->pool, answer->retry_after));
    if (answer->clear_site_data)
        apr_table_setn(out, "Clear-Site-Data", "\"cache\", \"storage\"");
    if (answer->filename)
        apr_table_setn(
            out, "Content-Disposition",
            apr_psprintf(call->pool, "attachment; filename=\"%s\"", answer->filename));
}

int portal_reply_send(portal_call_t *call, const portal_answer_t *answer)
{
    send_headers(call, answer);
    if (answer->raw)
        send_bytes(call, answer->content_type, answer->raw, answer->raw_len);
    else if (!answer->template)
        send_bytes(call, "text/plain", "", 0);
    else if (call->json && answer->status >= 400)
        send_problem(call, answer);
    else if (call->json)
        send_json(call, "application/json", answer->view);
    else
        send_page(call, answer);
    return OK;
}
