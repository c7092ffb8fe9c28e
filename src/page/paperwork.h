/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the pages of paperwork share: the list of forms to do and done, and one form on its way from
 * the store to a view. All of it lives in the call's pool.
 */
#ifndef PORTAL_PAGE_PAPERWORK_H
#define PORTAL_PAGE_PAPERWORK_H

#include "core/answers.h"
#include "core/form_pages.h"
#include "page/page.h"
#include "store/paperwork.h"

/* Who fills in forms by this call: the patient at home, or this visit to the lobby. */
portal_filler_t portal_paperwork_filler(const portal_call_t *call);

/* Sets has_todo, todo, has_done and done of a view. In the lobby nothing is done, and no case is
 * named. Forms that are not in PortalForms now and were not begun are left out. */
void portal_paperwork_lists(const portal_call_t *call,
                            const portal_paperwork_list_t *list, json_t *view);

/*
 * The version `hash` of a form: that of PortalForms when it is the same, else the stored one. `name`
 * is the form's. *source gets its content. APR_NOTFOUND: there is no such version, or it cannot be
 * read any more; other failures: the store's.
 */
apr_status_t portal_paperwork_form(const portal_call_t *call, const char *name,
                                   const char *hash, const portal_form_t **form,
                                   const char **source);

/* A form being filled in. */
typedef struct {
    portal_paper_t paper;
    const portal_form_t *form;
    const char *source;         /* the form's content */
    const portal_form_t *since; /* the version signed before, where only what changed is
                                   asked (page/renewing.h); NULL: all is */
    const portal_form_t *last;  /* the form as it was answered last time; NULL: never */
    const bool *scope; /* what is open, of a form that was returned or is signed again;
                          NULL: all of it */
    apr_array_header_t *pages; /* of portal_form_page_t: what is open */
    portal_answers_t *answers; /* the draft as it is stored, or a new one */
    const char *lang;          /* in which the form is shown */
} portal_filling_t;

/* Opens the form that the address names. NULL: it can be filled in. Else the answer: 404 when there
 * is none, 409 for a post to one that was submitted already, 503. A patient at home who only
 * looks at a submitted form gets what was sent. */
portal_answer_t *portal_filling_open(portal_call_t *call, portal_filling_t *filling);

/* Sets has_returned and returned ([{label, note}]) of a view: what was given back on a page (NULL:
 * at all). */
void portal_filling_returned(const portal_filling_t *filling,
                             const portal_form_page_t *page, json_t *view);

/* What the store keeps of the form. */
portal_form_facts_t portal_filling_facts(const portal_filling_t *filling);

/* The draft as it is stored, once more: for changing it beside the first. */
apr_status_t portal_filling_answers(const portal_call_t *call,
                                    const portal_filling_t *filling,
                                    portal_answers_t **answers);

/* Takes the posted fields of a page into a draft; see portal_answers_take. Words typed for
 * "something else" count as that choice. */
bool portal_filling_take(const portal_call_t *call, portal_answers_t *answers,
                         const portal_form_page_t *page);

/* 409: the form was submitted meanwhile. Shows what was typed on the page, if any. */
portal_answer_t *portal_filling_closed(portal_call_t *call, portal_filling_t *filling);

/* What a patient sent, to read and print; `id` of the assignment. */
portal_answer_t *portal_paperwork_sent(portal_call_t *call, const char *id);

/* The parts of a response (text of a QuestionnaireResponse), in a language, as
 * portal_form_record_view has them. NULL: it cannot be read. New reference. */
json_t *portal_paperwork_parts(const portal_call_t *call, const portal_form_t *form,
                               const char *response, apr_size_t len, const char *lang);

#endif
