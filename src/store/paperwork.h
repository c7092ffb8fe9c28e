/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forms given to patients, and filling them in. An assignment is one form that has to be filled in
 * for one case; it is open until the first response is submitted, and again when the desk gives a
 * question back (store/returned.h), until it is sent again.
 *
 * A form is named by its file in PortalForms, without .json; here names are only text. Whatever was
 * ever answered keeps the form it was answered to: its content is stored once, by its hash.
 *
 * Answers are sealed under PORTAL_KEY_ANSWERS in the place draft:ID or response:ID; what comes out
 * of here is plain and is wiped with its pool.
 */
#ifndef PORTAL_STORE_PAPERWORK_H
#define PORTAL_STORE_PAPERWORK_H

#include <apr_tables.h>

#include "store/returned.h"
#include "store/statement.h"

/*
 * Assigns each form of `forms` (const char *, NULL or empty: none) to a case of the binder, with one
 * audit row (paperwork.assign) when anything was assigned. A form that is open for the case already
 * is not assigned twice. *assigned (may be NULL) counts the new ones. For new cases `forms` is
 * PortalPaperworkDefault. The caller vouches that the case is the binder's.
 */
apr_status_t portal_paperwork_assign(portal_tx_t *tx, const char *binder_id,
                                     const char *case_id, const apr_array_header_t *forms,
                                     int *assigned);

/* ---- who fills in ---- */

/* A visit to the lobby has drafts of its own, apart from those at home and of other visits. */
typedef struct {
    const char *binder_id;
    const char *lobby_id; /* "" at home */
    const char *session;  /* handle of the session */
} portal_filler_t;

typedef struct {
    /* in */
    portal_filler_t filler;
    /* out */
    portal_row_paperwork_list *rows;
    int n;
} portal_paperwork_list_t;

/* Reads all forms of the selected cases, to do before done; draft_id is "" when not begun by this
 * filler. */
apr_status_t portal_act_paperwork_list(portal_tx_t *tx, void *list);

/* ---- one form ---- */

typedef struct {
    /* in */
    portal_filler_t filler;
    const char *id; /* of the assignment */
    /* out; found is 0 when there is no such form of a selected case */
    int found;
    portal_row_paper
        row; /* draft_id "" before the first save; see version in portal_paper_save_t */
    const char *answers; /* of the draft, as portal_answers_write made it */
    apr_size_t answers_len;
    const char
        *sent; /* when it was returned: the response that is sent again; else NULL */
    apr_size_t sent_len;
    const char *last, *last_hash; /* at home, before a draft is begun: the response of the
                                    time before, and its form; NULL: there is none */
    apr_size_t last_len;
    int last_signed;             /* it was, and nothing in it was refused */
    portal_returned_t *returned; /* and what was given back, with what was before */
    int n_returned;
} portal_paper_t;

/* Reads one form of a selected case, this filler's draft of it, and why it was returned. */
apr_status_t portal_act_paper(portal_tx_t *tx, void *paper);

/* Reads last, last_hash and last_signed of a paper that was read, where it has a draft, too. */
apr_status_t portal_act_paper_last(portal_tx_t *tx, void *paper);

typedef struct {
    /* in */
    const char *hash;
    /* out */
    int found;
    portal_row_form_version row;
} portal_form_source_t;

/* Reads the content of a form by its hash. */
apr_status_t portal_act_form_source(portal_tx_t *tx, void *source);

typedef enum {
    PORTAL_PAPER_OK,
    PORTAL_PAPER_GONE,    /* not there, or no longer of a selected case */
    PORTAL_PAPER_CLOSED,  /* a response was submitted already */
    PORTAL_PAPER_CONFLICT /* the draft was saved meanwhile in another window */
} portal_paper_verdict_t;

/* The form as it is answered; used when it is stored for the first time. */
typedef struct {
    const char *hash, *name, *title, *source;
} portal_form_facts_t;

typedef struct {
    /* in */
    portal_filler_t filler;
    const char *id;
    apr_int64_t
        version; /* of the draft that was changed, as it was read also where there was none
                          * (0, or more once it was sent): none comes twice for a form */
    const portal_form_facts_t *form;
    const char *language, *answers;
    /* out */
    portal_paper_verdict_t verdict;
} portal_paper_save_t;

/* Saves the draft; its version is then one higher. Audit: paperwork.start for the first time,
 * paperwork.save once in each later session. */
apr_status_t portal_act_paper_save(portal_tx_t *tx, void *save);

typedef struct {
    /* in */
    portal_filler_t filler;
    const char *id;
    apr_int64_t version;
    const portal_form_facts_t *form;
    const char *language;
    const char *response_id; /* a new one; of one that is sent again, its own */
    const char *response;    /* a complete QuestionnaireResponse */
    int refused;             /* a consent in it is, or the signature */
    const char *signature;   /* the record of its signature; NULL: it asks for none */
    /* out */
    portal_paper_verdict_t verdict;
} portal_paper_submit_t;

/* Stores the response, closes the assignment and removes the draft it came from. One that is sent
 * again takes the place of what it was, which is kept. Audit: paperwork.submit, .amend. */
apr_status_t portal_act_paper_submit(portal_tx_t *tx, void *submit);

typedef struct {
    /* in */
    const char *binder_id, *id;
    /* out */
    int found;
    portal_row_response_mine row;
    const char *response;
    apr_size_t response_len;
    const char *signature; /* the record of its signature, NULL: none */
} portal_paper_sent_t;

/* Reads what the patient sent for one form of a selected case. */
apr_status_t portal_act_paper_sent(portal_tx_t *tx, void *sent);

typedef struct {
    /* in */
    const char *lobby_id;
    /* out: who made the lobby password of this visit, "" when nobody is known */
    portal_row_lobby_maker row;
} portal_lobby_maker_t;

/* Reads who let this visitor in. */
apr_status_t portal_act_lobby_maker(portal_tx_t *tx, void *maker);

/* ---- parts of acts that others share ---- */

/* Reads the record of the signature under a response as it was with this number; NULL: it was not
 * signed. In tx->pool. */
apr_status_t portal_paper_signature(portal_tx_t *tx, const char *response_id,
                                    apr_int64_t number, const char **record);

/* Opens sealed answers. `table` is draft, response, past, return or
 * signature. *text is in tx->pool. */
apr_status_t portal_paper_unseal(portal_tx_t *tx, const char *table, const char *id,
                                 const char *sealed, const char **text, apr_size_t *len);

/* Seals them for that place; *sealed is in tx->pool. */
apr_status_t portal_paper_seal(portal_tx_t *tx, const char *table, const char *id,
                               const char *text, const char **sealed);

/* Cases of an import that have yet to get their forms. */
typedef struct {
    const apr_array_header_t *forms; /* in: PortalPaperworkDefault; NULL or empty: none */
    int most;                        /* in: cases to look at */
    int done;                        /* out: cases that had waited */
} portal_cases_due_t;

/* Are there any? Of `most` as many are counted in `done`; nothing is changed. */
apr_status_t portal_act_cases_wait(portal_tx_t *tx, void *baton);

/* Gives them the forms, and lets them wait no more. */
apr_status_t portal_act_cases_due(portal_tx_t *tx, void *baton);

#endif
