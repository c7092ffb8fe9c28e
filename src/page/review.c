/* SPDX-License-Identifier: Apache-2.0 */
/* Check your answers, and submit them as a QuestionnaireResponse. */
#include <apr_strings.h>
#include <httpd.h>
#include <string.h>

#include "core/date.h"
#include "core/fhir_record.h"
#include "core/form_view.h"
#include "core/response.h"
#include "core/token.h"
#include "core/validate.h"
#include "page/renewing.h"
#include "page/signing.h"

static portal_answer_t *show(portal_call_t *call, const portal_filling_t *f)
{
    const portal_form_page_t *last =
        portal_page_previous(f->answers, f->pages, f->pages->nelts + 1);
    json_t *changes = portal_renewing_parts(f);
    json_t *view = json_pack(
        "{s:s, s:I, s:s, s:s, s:s, s:o, s:o}", "id", f->paper.id, "version",
        (json_int_t)f->paper.row.version, "form_hash", f->form->hash, "form_title",
        portal_text_in(&f->form->title, f->lang), "form_language", f->lang, "parts",
        changes ? changes : portal_form_review_view(f->answers, f->pages, f->lang),
        "previous", last ? json_integer(last->number) : json_false());

    portal_filling_returned(f, NULL, view);
    portal_renewing_view(f, view);
    json_object_set_new(view, "whole", changes ? portal_renewing_whole(f) : json_array());
    portal_signing_view(call, f, view);
    return portal_answer_view(call, view);
}

portal_answer_t *portal_page_paperwork_review(portal_call_t *call)
{
    portal_filling_t f;
    portal_answer_t *answer = portal_filling_open(call, &f);

    return answer ? answer : show(call, &f);
}

/* What is missing or wrong, each with a link to its page, which leads back here. */
static void add_errors(portal_call_t *call, const portal_filling_t *f,
                       const apr_array_header_t *errors)
{
    for (int i = 0; i < errors->nelts; i++) {
        const portal_answer_error_t *e = &APR_ARRAY_IDX(errors, i, portal_answer_error_t);
        const portal_form_page_t *page = portal_page_of(f->pages, e->node->item);
        const char *href =
            apr_psprintf(call->pool, "%s/paperwork/%s?page=%d&from=review",
                         call->site->base, f->paper.id, page ? page->number : 1);
        portal_error_add_about(
            call, &(portal_error_t){.field = e->field,
                                    .text = e->text + 2, /* without t: */
                                    .label = portal_item_short(e->node->item, f->lang),
                                    .limit = portal_answer_error_limit(e, f->lang),
                                    .href = href});
    }
}

static const char *write_response(const portal_call_t *call, const portal_filling_t *f,
                                  const char *id)
{
    const portal_row_paper *row = &f->paper.row;
    const char *patient =
        apr_pstrcat(call->pool, "Patient/",
                    portal_fhir_id(call->session.binder_id, call->pool), NULL);
    portal_response_meta_t meta = {
        .status = *row->response_id ? PORTAL_RESPONSE_AMENDED : PORTAL_RESPONSE_COMPLETED,
        .id = portal_fhir_id(id, call->pool),
        .language = f->lang,
        .subject = patient,
        .subject_display = apr_pstrcat(call->pool, row->given, *row->given ? " " : "",
                                       row->family, NULL),
        .authored = portal_time_text(row->updated ? row->updated : call->now, call->pool),
        .author = patient,
        .source = patient,
    };

    return portal_response_write(f->answers, &meta);
}

static apr_status_t submit(portal_call_t *call, const portal_filling_t *f,
                           portal_paper_verdict_t *verdict)
{
    portal_form_facts_t facts = portal_filling_facts(f);
    const char *id =
        *f->paper.row.response_id ? f->paper.row.response_id : portal_id_make(call->pool);
    portal_paper_submit_t act = {
        .filler = f->paper.filler,
        .id = f->paper.id,
        .version = f->paper.row.version,
        .form = &facts,
        .language = f->lang,
        .response_id = id,
        .response = write_response(call, f, id),
    };
    apr_status_t rv = portal_signing_sign(call, f, &act);

    if (rv == APR_SUCCESS)
        rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                portal_act_paper_submit, &act, call->pool);
    *verdict = act.verdict;
    return rv;
}

/* 409: other answers, or other words, than those that were checked. They are shown as they are now. */
static portal_answer_t *changed(portal_call_t *call, const char *error)
{
    portal_filling_t f;
    portal_answer_t *answer = portal_filling_open(call, &f);

    if (answer)
        return answer;
    portal_error_add(call, "", error);
    answer = show(call, &f);
    answer->status = HTTP_CONFLICT;
    return answer;
}

/* What is signed is what was read: since then another window may have changed answers or language, and
 * the hospital a form that was not begun. The error, or NULL. */
static const char *read_otherwise(const portal_call_t *call, const portal_filling_t *f)
{
    const char *shown_in = portal_field(call, "shown_in");
    const char *hash = portal_field(call, "form_hash");

    if (apr_atoi64(portal_field(call, "version")) != f->paper.row.version)
        return "error.answers_changed";
    if (*hash && strcmp(hash, f->form->hash))
        return "error.form_revised";
    return *shown_in && strcmp(shown_in, call->lang) ? "error.language_changed" : NULL;
}

portal_answer_t *portal_page_paperwork_submit(portal_call_t *call)
{
    portal_filling_t f;
    portal_answer_t *answer = portal_filling_open(call, &f);
    portal_paper_verdict_t verdict;
    const char *error;
    apr_status_t rv;

    if (answer)
        return answer;
    if (!portal_field_sent(call, "version")) {
        portal_error_add(call, "version", "error.missing.version");
        return show(call, &f);
    }
    error = read_otherwise(call, &f);
    if (error)
        return changed(call, error);
    add_errors(call, &f, portal_answers_check_all(f.answers, PORTAL_CHECK_COMPLETE));
    portal_signing_check(call, &f);
    if (call->errors->nelts)
        return show(call, &f);
    rv = submit(call, &f, &verdict);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0607");
    if (verdict != PORTAL_PAPER_OK)
        return changed(call, "error.answers_changed");
    return portal_answer_see(call, "/paperwork?done=submitted");
}
