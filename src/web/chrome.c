/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "web/chrome.h"
#include "web/csrf.h"

#define WARN_SECONDS 90
#define WARN_LOBBY_SECONDS 30

static json_t *text_or_false(const char *text)
{
    return text && *text ? json_string(text) : json_false();
}

static const char *text_key(const portal_call_t *call, const char *key)
{
    return apr_pstrcat(call->pool, "t:", key, NULL);
}

static const portal_field_rule_t *rule_of(const portal_call_t *call, const char *field)
{
    const portal_form_rule_t *form = call->route->form;

    for (const portal_field_rule_t *rule = form ? form->fields : NULL; rule && rule->name;
         rule++)
        if (rule->kind == PORTAL_INPUT_OPEN
                ? !strncmp(field, rule->name, strlen(rule->name))
                : !strcmp(field, rule->name))
            return rule;
    return NULL;
}

static int has_label(const portal_call_t *call, const char *page, const char *field)
{
    const portal_catalogue_t *texts = call->site->catalogue;
    const char *own = apr_pstrcat(call->pool, page, ".label.", field, NULL),
               *usual = apr_pstrcat(call->pool, "field.", field, NULL);

    return portal_catalogue_text(texts, call->lang, own) ||
           portal_catalogue_text(texts, call->lang, usual);
}

/* Has this page a control for the field, to which the summary can lead? */
static int is_shown(const portal_call_t *call, const char *page,
                    const portal_error_t *error)
{
    const portal_field_rule_t *rule = rule_of(call, error->field);

    if (!strcmp(page, "problem") || !*error->field || (rule && rule->hidden))
        return 0;
    return error->label || (rule && rule->kind == PORTAL_INPUT_OPEN) ||
           has_label(call, page, error->field);
}

/* An error about something that nobody can see has no link, but the field's own name. */
static json_t *error_view(const portal_call_t *call, const char *page,
                          const portal_error_t *error)
{
    int shown = is_shown(call, page, error);

    return json_pack("{s:s, s:s, s:o, s:s, s:s}", "field", shown ? error->field : "",
                     "text", text_key(call, error->text), "label",
                     text_or_false(shown ? error->label : error->field), "limit",
                     error->limit ? error->limit : "", "href",
                     error->href ? error->href : "");
}

static json_t *errors_of(const portal_call_t *call, const char *page)
{
    json_t *list = json_array();
    const portal_error_t *errors = (const portal_error_t *)call->errors->elts;

    for (int i = 0; i < call->errors->nelts; i++)
        json_array_append_new(list, error_view(call, page, &errors[i]));
    return list;
}

static const char *error_of(const portal_call_t *call, const char *field)
{
    const portal_error_t *errors = (const portal_error_t *)call->errors->elts;
    for (int i = 0; i < call->errors->nelts; i++)
        if (!strcmp(errors[i].field, field))
            return text_key(call, errors[i].text);
    return NULL;
}

/* The text key PAGE.WHAT.NAME where the catalogue has it, else `fallback`. */
static json_t *wording(const portal_call_t *call, const char *page, const char *what,
                       const char *name, const char *fallback)
{
    const char *key = apr_pstrcat(call->pool, page, ".", what, ".", name, NULL);

    if (portal_catalogue_text(call->site->catalogue, call->lang, key))
        return json_string(text_key(call, key));
    return text_or_false(fallback);
}

static json_t *field_of(const portal_call_t *call, const char *page,
                        const portal_field_rule_t *rule)
{
    int secret = rule->kind == PORTAL_INPUT_SECRET;
    const apr_array_header_t *all = portal_field_all(call, rule->name);
    json_t *values = json_array();

    for (int i = 0; !secret && i < all->nelts; i++)
        json_array_append_new(values, json_string(APR_ARRAY_IDX(all, i, const char *)));
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "name", rule->name, "value",
                     secret ? "" : portal_field(call, rule->name), "error",
                     text_or_false(error_of(call, rule->name)), "values", values, "label",
                     wording(call, page, "label", rule->name,
                             apr_pstrcat(call->pool, "t:field.", rule->name, NULL)),
                     "hint", wording(call, page, "hint", rule->name, NULL));
}

static json_t *fields_of(const portal_call_t *call, const char *page)
{
    json_t *fields = json_object();
    const portal_form_rule_t *form = call->route ? call->route->form : NULL;

    for (const portal_field_rule_t *rule = form ? form->fields : NULL; rule && rule->name;
         rule++)
        if (rule->kind != PORTAL_INPUT_OPEN)
            json_object_set_new(fields, rule->name, field_of(call, page, rule));
    return fields;
}

static json_t *languages_of(const portal_call_t *call)
{
    json_t *list = json_array();
    const portal_catalogue_t *catalogue = call->site->catalogue;

    if (call->site->mount == PORTAL_MOUNT_DESK && !call->staff)
        return list; /* nobody there yet who could choose */
    for (int i = 0; i < portal_catalogue_count(catalogue); i++) {
        const char *code = portal_catalogue_language(catalogue, i);
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:b}", "code", code, "name",
                            portal_catalogue_text(catalogue, code, "language.name"),
                            "current", !strcmp(code, call->lang)));
    }
    return list;
}

static const char *signed_in(const portal_call_t *call)
{
    switch (call->role) {
    case PORTAL_ROLE_PATIENT:
        return "patient";
    case PORTAL_ROLE_MUST_CHANGE:
        return "must_change";
    case PORTAL_ROLE_LOBBY:
        return "lobby";
    case PORTAL_ROLE_DESK:
        return "desk";
    case PORTAL_ROLE_HALF:
        return "second_factor";
    case PORTAL_ROLE_SET_UP:
        return "set_up_factor";
    case PORTAL_ROLE_VISITOR:
        break;
    }
    return NULL;
}

/* What is left of the session, if nothing happens and at most, and when to warn before. */
static json_t *session_of(const portal_call_t *call)
{
    int lobby = call->role == PORTAL_ROLE_LOBBY;
    apr_interval_time_t idle = lobby ? call->site->lobby_idle : call->site->idle;
    apr_int64_t warn = lobby ? WARN_LOBBY_SECONDS : WARN_SECONDS;
    apr_int64_t most = apr_time_sec(call->session.expires - call->now);
    apr_int64_t left = apr_time_sec(call->session.seen + idle - call->now);

    if (!call->session.token_hash[0])
        return json_false();
    if (warn > apr_time_sec(idle) / 2)
        warn = apr_time_sec(idle) / 2;
    return json_pack("{s:I, s:I, s:I}", "idle_seconds",
                     (json_int_t)(left < most ? left : most), "warn_seconds",
                     (json_int_t)warn, "lifetime_seconds", (json_int_t)most);
}

static json_t *roles_of(const portal_call_t *call)
{
    return json_pack(
        "{s:b, s:b, s:b, s:b, s:b, s:b}", "patient", call->role == PORTAL_ROLE_PATIENT,
        "must_change", call->role == PORTAL_ROLE_MUST_CHANGE, "second_factor",
        call->role == PORTAL_ROLE_HALF, "set_up_factor", call->role == PORTAL_ROLE_SET_UP,
        "lobby", call->role == PORTAL_ROLE_LOBBY, "desk", call->role == PORTAL_ROLE_DESK);
}

json_t *portal_chrome_make(portal_call_t *call, const portal_answer_t *answer)
{
    const portal_site_t *site = call->site;
    const char *page = answer->template;
    json_t *chrome = json_pack(
        "{s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:s, s:b}", "lang", call->lang, "dir",
        portal_catalogue_text(site->catalogue, call->lang, "language.dir"), "hospital",
        site->hospital, "contact", text_or_false(site->contact), "base", site->base,
        "static",
        apr_pstrcat(call->pool, site->base, "/static/", site->assets_version, NULL),
        "page", page, "here", call->here, "theme", site->theme);

    json_object_set_new(chrome, "title",
                        json_string(apr_pstrcat(call->pool, "t:", page, ".title", NULL)));
    json_object_set_new(chrome, "csrf_token", json_string(portal_csrf_token(call)));
    json_object_set_new(chrome, "has_errors", json_boolean(call->errors->nelts));
    json_object_set_new(chrome, "errors",
                        call->errors->nelts ? errors_of(call, page) : json_false());
    json_object_set_new(chrome, "field", fields_of(call, page));
    json_object_set_new(chrome, "signed_in", text_or_false(signed_in(call)));
    json_object_set_new(chrome, "role", roles_of(call));
    json_object_set_new(chrome, "staff", text_or_false(call->staff));
    json_object_set_new(chrome, "languages", languages_of(call));
    json_object_set_new(
        chrome, "notice",
        text_or_false(call->notice ? text_key(call, call->notice) : NULL));
    json_object_set_new(chrome, "session", session_of(call));
    json_object_set_new(chrome, "feature",
                        json_pack("{s:b, s:b, s:b, s:b, s:b}", "lobby", site->lobby,
                                  "registration", site->registration, "paperwork",
                                  site->paperwork, "json", site->json, "second_factor",
                                  site->second_factor));
    return chrome;
}
