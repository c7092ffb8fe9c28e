/* SPDX-License-Identifier: Apache-2.0 */
/* Signing a form; see signing.h. */
#include <apr_strings.h>
#include <httpd.h>
#include <stdlib.h>
#include <string.h>

#include "core/date.h"
#include "core/fhir_record.h"
#include "core/form_view.h"
#include "core/localtime.h"
#include "core/signature.h"
#include "page/credential.h"
#include "page/renewing.h"
#include "page/signing.h"

#define AUTHOR "1.2.840.10065.1.12.1.1"

static int is_asked(const portal_filling_t *f)
{
    bool form;
    const apr_array_header_t *items = portal_signature_asked(f->answers, &form);

    return form || items->nelts;
}

static const char *words(const portal_call_t *call, const char *key)
{
    json_t *view = json_pack("{s:s}", "hospital", call->site->hospital);
    const char *text = portal_catalogue_render(call->site->catalogue, call->lang, key,
                                               view, 0, call->pool);

    json_decref(view);
    return text;
}

/* ---- what is asked for ---- */

static json_t *choice(const portal_call_t *call, const char *field, const char *value,
                      const char *key)
{
    return json_pack("{s:s, s:s, s:s, s:b, s:b}", "id", value, "value", value, "label",
                     words(call, key), "chosen",
                     !strcmp(portal_field(call, field), value), "note", 0);
}

static json_t *items_view(const portal_filling_t *f, const apr_array_header_t *items)
{
    json_t *list = json_array();

    for (int i = 0; i < items->nelts; i++)
        json_array_append_new(
            list, json_pack("{s:s}", "label",
                            portal_item_label(portal_item_at(items, i), f->lang)));
    return list;
}

void portal_signing_view(portal_call_t *call, const portal_filling_t *f, json_t *view)
{
    bool form;
    const apr_array_header_t *items = portal_signature_asked(f->answers, &form);

    if (!form && !items->nelts) {
        json_object_set_new(view, "sign", json_false());
        return;
    }
    portal_field_preset(call, "sign_role", "patient");
    portal_field_preset(call, "sign_act", "sign");
    json_object_set_new(
        view, "sign",
        json_pack("{s:s, s:b, s:o, s:{s:[o, o]}, s:{s:[o, o]}, s:i, s:i}", "intent",
                  words(call, "signature.intent"), "has_items", items->nelts > 0, "items",
                  items_view(f, items), "roles", "options",
                  choice(call, "sign_role", "patient", "signature.patient"),
                  choice(call, "sign_role", "other", "signature.other"), "acts",
                  "options", choice(call, "sign_act", "sign", "signature.sign"),
                  choice(call, "sign_act", "decline", "signature.decline"), "width",
                  PORTAL_SIGNATURE_WIDTH, "height", PORTAL_SIGNATURE_HEIGHT));
}

/* ---- whether it was given ---- */

static int declines(const portal_call_t *call)
{
    return !strcmp(portal_field(call, "sign_act"), "decline");
}

static int is_other(const portal_call_t *call)
{
    return !strcmp(portal_field(call, "sign_role"), "other");
}

void portal_signing_check(portal_call_t *call, const portal_filling_t *f)
{
    const char *strokes = portal_field(call, "sign_strokes");

    if (!is_asked(f) || declines(call))
        return;
    if (strcmp(portal_field(call, "sign_act"), "sign"))
        portal_error_add(call, "sign_act", "error.sign_act");
    if (!is_other(call) && strcmp(portal_field(call, "sign_role"), "patient"))
        portal_error_add(call, "sign_role", "error.sign_role");
    if (is_other(call) && !*portal_field(call, "sign_relation"))
        portal_error_add(call, "sign_relation", "error.sign_relation");
    if (!*portal_field(call, "sign_name"))
        portal_error_add(call, "sign_name", "error.sign_name");
    if (!*portal_field(call, "sign_agree"))
        portal_error_add(call, "sign_agree", "error.sign_agree");
    if (*strokes && !portal_signature_path(strokes, call->pool))
        portal_error_add(call, "sign_name", "error.sign_drawing");
}

/* ---- the record ---- */

static json_t *facts_of(const portal_call_t *call, const portal_filling_t *f,
                        const portal_lobby_maker_t *maker)
{
    const char *path =
        portal_signature_path(portal_field(call, "sign_strokes"), call->pool);
    int lobby = *f->paper.filler.lobby_id != '\0';
    json_t *facts =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "act",
                  declines(call) ? "declined"
                  : path         ? "drawn"
                                 : "typed",
                  "name", portal_field(call, "sign_name"), "role",
                  is_other(call) ? "other" : "patient", "relation",
                  is_other(call) ? portal_field(call, "sign_relation") : "", "language",
                  call->lang, "intent", words(call, "signature.intent"));

    portal_renewing_facts(f, facts);
    json_object_set_new(facts, "path", path ? json_string(path) : json_false());
    json_object_set_new(facts, "how", json_string(lobby ? "lobby" : "portal"));
    json_object_set_new(
        facts, "by", json_string(lobby && maker->row.made_by ? maker->row.made_by : ""));
    json_object_set_new(facts, "session", json_string(f->paper.filler.session));
    json_object_set_new(facts, "source", json_string(call->r->useragent_ip));
    json_object_set_new(facts, "agent", json_string(portal_credential_agent(call)));
    json_object_set_new(facts, "when",
                        json_string(portal_time_text(call->now, call->pool)));
    json_object_set_new(
        facts, "questionnaire",
        json_string(apr_pstrcat(call->pool, f->form->url, "|", f->form->version, NULL)));
    json_object_set_new(facts, "form_hash", json_string(f->form->hash));
    return facts;
}

/* An address in pieces, for lines to break behind its slashes. */
static json_t *pieces_of(const char *address)
{
    json_t *list = json_array();

    while (address && *address) {
        size_t n = strcspn(address, "/|");
        n += strspn(address + n, "/|");
        json_array_append_new(list, json_pack("{s:s%}", "text", address, n));
        address += n;
    }
    return list;
}

/* A page of its own, without the frame of the others. NULL: it cannot be written. */
static const char *render(const portal_call_t *call, const char *name, json_t *view)
{
    json_t *contexts[1] = {view};
    portal_render_t r = {.catalogue = call->site->catalogue,
                         .lang = call->lang,
                         .strict = call->site->strict,
                         .contexts = contexts,
                         .count = 1};
    portal_rendered_t page = {NULL, 0};
    const char *error = NULL;
    apr_status_t rv = portal_template_render(call->site->templates, name, &r, &page,
                                             &error, call->pool);

    return rv == APR_SUCCESS ? page.data : NULL;
}

static const char *document_of(const portal_call_t *call, const portal_filling_t *f,
                               json_t *facts)
{
    const apr_array_header_t *pages = f->form->pages;
    json_t *view = json_copy(facts);
    const char *text, *act = json_string_value(json_object_get(facts, "act"));

    json_object_set_new(
        view, "address",
        pieces_of(json_string_value(json_object_get(facts, "questionnaire"))));
    json_object_set_new(view, "lang", json_string(call->lang));
    json_object_set_new(view, "role",
                        json_pack("{s:b}", "lobby", *f->paper.filler.lobby_id != 0));
    json_object_set_new(view, "hospital", json_string(call->site->hospital));
    json_object_set_new(view, "form_language", json_string(f->lang));
    json_object_set_new(view, "form_title",
                        json_string(portal_text_in(&f->form->title, f->lang)));
    json_object_set_new(view, "version", json_string(f->form->version));
    json_object_set_new(view, "case_number", json_string(f->paper.row.case_number));
    json_object_set_new(view, "is_declined", json_boolean(!strcmp(act, "declined")));
    json_object_set_new(view, "in_lobby", json_boolean(*f->paper.filler.lobby_id));
    json_object_set_new(view, "is_other", json_boolean(is_other(call)));
    json_object_set_new(
        view, "at",
        portal_time_view(call->site->catalogue, call->lang, call->now, call->pool));
    json_object_set_new(view, "width", json_integer(PORTAL_SIGNATURE_WIDTH));
    json_object_set_new(view, "height", json_integer(PORTAL_SIGNATURE_HEIGHT));
    json_object_set_new(view, "parts",
                        portal_form_record_view(f->answers, pages, f->lang));
    text = render(call, "paperwork_copy", view);
    json_decref(view);
    return text;
}

/* The FHIR signature of it. */
static const char *signed_response(const portal_call_t *call, const portal_filling_t *f,
                                   const json_t *facts, const char *response)
{
    const char *name = portal_field(call, "sign_name");
    const char *patient =
        apr_pstrcat(call->pool, "Patient/",
                    portal_fhir_id(call->session.binder_id, call->pool), NULL);
    const char *path = json_string_value(json_object_get(facts, "path"));
    json_t *view = json_pack("{s:s, s:i, s:i}", "path", path ? path : "", "width",
                             PORTAL_SIGNATURE_WIDTH, "height", PORTAL_SIGNATURE_HEIGHT);
    bool form;
    const apr_array_header_t *items = portal_signature_asked(f->answers, &form);
    portal_signature_t s = {
        .type = form           ? f->form->signature
                : items->nelts ? portal_item_at(items, 0)->signature
                               : AUTHOR,
        .when = json_string_value(json_object_get(facts, "when")),
        .name = is_other(call)
                    ? apr_pstrcat(call->pool, name, " (",
                                  portal_field(call, "sign_relation"), ")", NULL)
                    : name,
        .who = is_other(call) ? NULL : patient,
        .on_behalf_of = is_other(call) ? patient : NULL,
        .format = path ? "image/svg+xml" : "text/plain",
        .data = path ? render(call, "signature_image", view) : name,
    };

    json_decref(view);
    return s.data ? portal_signature_put(f->answers, response, &s) : NULL;
}

static const char *compact(json_t *json, apr_pool_t *pool)
{
    char *text = json_dumps(json, JSON_COMPACT);
    const char *copy = text ? apr_pstrdup(pool, text) : NULL;

    free(text);
    return copy;
}

static apr_status_t write_record(portal_call_t *call, const portal_filling_t *f,
                                 json_t *facts, portal_paper_submit_t *act)
{
    const char *document;

    json_object_set_new(facts, "answers_hash",
                        json_string(portal_signature_hash(
                            act->response, strlen(act->response), call->pool)));
    document = document_of(call, f, facts);
    if (!document)
        return APR_EGENERAL;
    json_object_set_new(
        facts, "text_hash",
        json_string(portal_signature_hash(document, strlen(document), call->pool)));
    json_object_set_new(facts, "document", json_string(document));
    if (!declines(call))
        act->response = signed_response(call, f, facts, act->response);
    act->signature = compact(facts, call->pool);
    return act->response && act->signature ? APR_SUCCESS : APR_EGENERAL;
}

apr_status_t portal_signing_sign(portal_call_t *call, const portal_filling_t *f,
                                 portal_paper_submit_t *act)
{
    portal_lobby_maker_t maker = {.lobby_id = f->paper.filler.lobby_id};
    apr_status_t rv = APR_SUCCESS;
    json_t *facts;

    act->refused = portal_consents_refused(f->answers);
    if (!is_asked(f))
        return APR_SUCCESS;
    if (*maker.lobby_id)
        rv = portal_store_read(&call->app->store, &call->actor, call->now,
                               portal_act_lobby_maker, &maker, call->pool);
    if (rv != APR_SUCCESS)
        return rv;
    act->refused = act->refused || declines(call);
    facts = facts_of(call, f, &maker);
    rv = write_record(call, f, facts, act);
    json_decref(facts);
    return rv;
}

/* ---- showing it ---- */

static int fits(const json_t *facts, const char *response, apr_size_t len,
                apr_pool_t *pool)
{
    const char *plain = portal_signature_strip(response, len, pool);
    const char *hash = json_string_value(json_object_get(facts, "answers_hash"));

    return plain && hash &&
           !strcmp(hash, portal_signature_hash(plain, strlen(plain), pool));
}

json_t *portal_signing_record(const portal_call_t *call, const char *record,
                              const char *response, apr_size_t len)
{
    json_t *facts = record ? json_loads(record, 0, NULL) : NULL;
    const char *act = json_string_value(json_object_get(facts, "act"));
    apr_time_t at = 0;

    if (!act)
        return json_false();
    (void)portal_time_parse(&at, json_string_value(json_object_get(facts, "when")));
    json_object_del(facts, "document");
    if (!json_object_get(facts,
                         "renewed")) /* of a record from before there was such a thing */
        json_object_set_new(facts, "renewed", json_false());
    json_object_set_new(
        facts, "address",
        pieces_of(json_string_value(json_object_get(facts, "questionnaire"))));
    json_object_set_new(facts, "is_declined", json_boolean(!strcmp(act, "declined")));
    json_object_set_new(facts, "is_other",
                        json_boolean(!strcmp(
                            json_string_value(json_object_get(facts, "role")), "other")));
    json_object_set_new(
        facts, "in_lobby",
        json_boolean(!strcmp(json_string_value(json_object_get(facts, "how")), "lobby")));
    json_object_set_new(
        facts, "at", portal_time_view(call->site->catalogue, call->lang, at, call->pool));
    json_object_set_new(facts, "width", json_integer(PORTAL_SIGNATURE_WIDTH));
    json_object_set_new(facts, "height", json_integer(PORTAL_SIGNATURE_HEIGHT));
    json_object_set_new(facts, "fits",
                        json_boolean(fits(facts, response, len, call->pool)));
    return facts;
}

portal_answer_t *portal_signing_copy(portal_call_t *call, const char *record,
                                     const char *id)
{
    json_t *facts = record ? json_loads(record, 0, NULL) : NULL;
    const char *document = json_string_value(json_object_get(facts, "document"));
    portal_answer_t *answer;

    if (!document) {
        json_decref(facts);
        return portal_answer_see(call, "/paperwork/%s", id);
    }
    answer = portal_answer_page(call, HTTP_OK, NULL, json_object());
    answer->content_type = "text/html; charset=utf-8";
    answer->raw = apr_pstrdup(call->pool, document);
    answer->raw_len = strlen(document);
    answer->filename = apr_pstrcat(call->pool, "signed-", id, ".html", NULL);
    json_decref(facts);
    return answer;
}
