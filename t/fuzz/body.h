/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body: the body of a request with a form that has a field of each kind. Whatever came, a field
 * without an error holds what its kind allows, and a body that is refused as a whole leaves no call to
 * be answered with it.
 */
#ifndef PORTAL_T_FUZZ_BODY_H
#define PORTAL_T_FUZZ_BODY_H

#include "fuzz.h"

#include "core/token.h"
#include "web/fields.h"

static const portal_field_rule_t body_fields[] = {
    {"name", PORTAL_INPUT_LINE, 20, 1, 0},    {"note", PORTAL_INPUT_LINES, 100, 0, 0},
    {"word", PORTAL_INPUT_SECRET, 64, 0, 0},  {"id", PORTAL_INPUT_ID, 22, 0, 0},
    {"ids", PORTAL_INPUT_IDS, 3, 0, 0},       {"flag", PORTAL_INPUT_FLAG, 1, 0, 0},
    {"number", PORTAL_INPUT_NUMBER, 9, 0, 0}, {"a.", PORTAL_INPUT_OPEN, 0, 0, 0},
    {NULL, PORTAL_INPUT_LINE, 0, 0, 0}};

static int body_has_error(const portal_call_t *call, const char *name)
{
    for (int i = 0; i < call->errors->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(call->errors, i, portal_error_t).field, name) == 0) {
            return 1;
        }
    }
    return 0;
}

static int body_fits(const portal_field_rule_t *rule, const char *value)
{
    switch (rule->kind) {
    case PORTAL_INPUT_LINE:
        return portal_text_check(value, strlen(value), (apr_size_t)rule->most, 0) ==
               PORTAL_TEXT_OK;
    case PORTAL_INPUT_LINES:
        return portal_text_check(value, strlen(value), (apr_size_t)rule->most,
                                 PORTAL_TEXT_LINES) == PORTAL_TEXT_OK;
    case PORTAL_INPUT_SECRET:
        return portal_text_length(value) <= (apr_size_t)rule->most;
    case PORTAL_INPUT_ID:
    case PORTAL_INPUT_IDS:
        return !*value || portal_id_wellformed(value);
    case PORTAL_INPUT_FLAG:
        return !*value || strcmp(value, "1") == 0;
    case PORTAL_INPUT_NUMBER:
        return strlen(value) <= 15 && strspn(value, "0123456789") == strlen(value);
    default:
        return 1;
    }
}

static void body_check(const portal_call_t *call, const portal_field_rule_t *rule)
{
    const apr_array_header_t *all = portal_field_all(call, rule->name);

    if (rule->kind == PORTAL_INPUT_OPEN || body_has_error(call, rule->name)) {
        return;
    }
    must(all->nelts <= (rule->kind == PORTAL_INPUT_IDS ? rule->most : 1));
    must(!rule->required || *portal_field(call, rule->name));
    for (int i = 0; i < all->nelts; i++) {
        must(body_fits(rule, APR_ARRAY_IDX(all, i, const char *)));
    }
}

/* Nothing but what the form names, and the token, is in the call. */
static void body_check_names(const portal_call_t *call)
{
    for (apr_hash_index_t *at = apr_hash_first(call->pool, call->fields); at;
         at = apr_hash_next(at)) {
        const char *name = apr_hash_this_key(at);
        int known = strcmp(name, "csrf_token") == 0 || strncmp(name, "a.", 2) == 0;

        for (const portal_field_rule_t *rule = body_fields; rule->name; rule++) {
            known |= strcmp(name, rule->name) == 0;
        }
        must(known);
    }
}

static int body_try(int json, const uint8_t *data, size_t size)
{
    static const portal_form_rule_t form = {"fuzz", body_fields};
    static const portal_route_t route = {.method = M_POST, .form = &form};
    apr_pool_t *pool = fuzz_pool();
    request_rec r = {.pool = pool, .method_number = M_POST};
    portal_call_t call = {.r = &r, .pool = pool, .route = &route, .json_body = json};
    char *body = apr_palloc(pool, size + 1);

    memcpy(body, data, size);
    call.fields = apr_hash_make(pool);
    call.errors = apr_array_make(pool, 4, sizeof(portal_error_t));
    if (portal_fields_take(&call, body, size) == PORTAL_INPUT_OK) {
        must(!call.malformed || call.errors->nelts);
        body_check_names(&call);
        for (const portal_field_rule_t *rule = body_fields; rule->name; rule++) {
            body_check(&call, rule);
        }
    }
    apr_pool_destroy(pool);
    return 0;
}

#endif
