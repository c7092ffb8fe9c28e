/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paperwork as the front desk sees it: assigning forms, the queue of what was sent, reading and
 * exporting one. Each look is in the audit trail, so all of these acts are writes. Drafts that were
 * begun at home are the patient's own: the desk learns that there is one and nothing more.
 */
#ifndef PORTAL_STORE_DESK_PAPER_H
#define PORTAL_STORE_DESK_PAPER_H

#include "store/erase.h"
#include "store/push.h"
#include "store/returned.h"
#include "store/statement.h"

#define PORTAL_QUEUE_PAGE 25 /* rows of the queue on one page */

typedef struct {
    /* in */
    const char *binder_id;
    /* out; nothing else is set when found is 0 */
    int found;
    portal_row_binder_get binder;
    portal_row_case_list *cases;
    portal_row_binder_papers *papers; /* to do first, then the latest */
    int n_cases, n_papers;
    portal_erasures_t erased; /* the latest of them */
} portal_binder_papers_t;

/* The Paperwork tab of a binder. Audit: paperwork.list. */
apr_status_t portal_act_binder_papers(portal_tx_t *tx, void *papers);

typedef enum {
    PORTAL_ASSIGN_OK,
    PORTAL_ASSIGN_NO_BINDER,
    PORTAL_ASSIGN_NO_CASE, /* the case isn't one of this binder */
    PORTAL_ASSIGN_ALREADY  /* the form is open for that case */
} portal_assign_verdict_t;

typedef struct {
    /* in */
    const char *binder_id, *case_id, *form;
    /* out */
    portal_assign_verdict_t verdict;
} portal_desk_assign_t;

/* Assigns one form to one case. Audit: paperwork.assign. */
apr_status_t portal_act_desk_assign(portal_tx_t *tx, void *assign);

typedef enum {
    PORTAL_QUEUE_TODO,     /* new, then being read, then accepted */
    PORTAL_QUEUE_RETURNED, /* the patient has to answer something again */
    PORTAL_QUEUE_FILED     /* done with */
} portal_queue_list_t;

typedef struct {
    /* in */
    portal_queue_list_t list;
    int page;         /* from 1; what is beyond the last counts as the last */
    apr_time_t alive; /* a visit to the lobby without a request since then is over */
    /* out */
    portal_row_papers_in_state *rows;
    portal_row_papers_left
        *left; /* left unfinished in the lobby; first page of what is to be done */
    int n, n_left, last_page;
    portal_row_paper_counts counts;
} portal_paper_queue_t;

/* One page of the queue. Audit: paperwork.queue. */
apr_status_t portal_act_paper_queue(portal_tx_t *tx, void *queue);

/* What a response is compared with: itself before it was sent again, else what the same person
 * answered to the same form the time before. */
typedef struct {
    const char *text; /* NULL: nothing; portal_act_desk_paper alone reads it */
    apr_size_t len;
    const char *form_hash;
    apr_time_t authored;
    int same; /* the same response */
} portal_before_t;

/* Answers as they were sent, or a draft that was left in the lobby. */
typedef struct {
    const char *text; /* QuestionnaireResponse, or what portal_answers_write made */
    apr_size_t len;
} portal_plain_t;

typedef struct {
    /* in */
    const char *id;     /* of the assignment */
    apr_int64_t number; /* of a response of before; 0: as it is now */
    /* out; nothing else is set when found is 0, also where there is no such number */
    int found;
    portal_row_desk_paper row; /* response_id "" before it is submitted */
    portal_plain_t response;
    portal_row_desk_drafts *drafts; /* left in the lobby, the latest first */
    portal_plain_t *draft_texts;
    int n_drafts;
    portal_returned_t *returned; /* questions given back, the oldest first */
    int n_returned;
    portal_row_response_past_list *past; /* as it was before, the latest first */
    int n_past;
    portal_before_t before;
    const char *signature;   /* the record of its signature, NULL: none */
    portal_row_push_of push; /* on its way to PortalExport; state "": it is not */
} portal_desk_paper_t;

/* Reads one form with its answers. The first reader of a response is written down in it. Audit:
 * paperwork.read. */
apr_status_t portal_act_desk_paper(portal_tx_t *tx, void *paper);

/* Reads the response alone, to be given away as a file. Audit: paperwork.export. */
apr_status_t portal_act_desk_export(portal_tx_t *tx, void *paper);

#endif
