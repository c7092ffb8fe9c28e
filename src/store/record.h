/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binders and cases as the front desk looks at them and edits them. Each act writes its audit row;
 * what it refuses is recorded too. All results live in tx->pool.
 *
 * Values come in checked and clean: dates in ISO form or "", e-mail addresses as they are shown.
 */
#ifndef PORTAL_STORE_RECORD_H
#define PORTAL_STORE_RECORD_H

#include <jansson.h>

#include "store/statement.h"
#include "store/store.h"

typedef enum {
    PORTAL_RECORD_DONE,
    PORTAL_RECORD_NOT_FOUND,
    PORTAL_RECORD_CONFLICT, /* somebody else saved meanwhile: `now` is what is there */
    PORTAL_RECORD_TAKEN     /* the mrn, or the case number, belongs to another one */
} portal_record_verdict_t;

/* The verdict as a result of the audit trail. */
const char *portal_record_word(portal_record_verdict_t verdict);

/* Adds NAME: [before, after] to what the sealed part of an audit row tells; nothing if alike. */
void portal_record_change(json_t *changes, const char *name, const char *before,
                          const char *after);

/* ---- binders ---- */

typedef struct {
    const char *id; /* in */
    const char
        *part; /* in: which of the binder's pages is looked at, for the audit row */
    int found;
    portal_row_binder_get binder;
    portal_row_case_list *cases; /* the newest first */
    int n_cases;
} portal_binder_look_t;

/* Reads a binder and its cases; a look is an audit row (binder.view): a write. */
apr_status_t portal_act_binder_view(portal_tx_t *tx, void *look);

typedef struct {
    const char *mrn, *family, *given, *birth_date, *email, *phone, *language;
} portal_binder_fields_t;

typedef struct {
    const char *id;                /* in: of the binder; after creating one, out */
    apr_int64_t version;           /* in: that the editor had before them */
    portal_binder_fields_t fields; /* in */
    portal_record_verdict_t verdict;
    portal_row_binder_get now; /* of a conflict */
} portal_binder_save_t;

/* A new binder (binder.create): DONE or TAKEN. */
apr_status_t portal_act_binder_create(portal_tx_t *tx, void *save);

/* Changes Details (binder.edit); the names of cases stay as they came. */
apr_status_t portal_act_binder_edit(portal_tx_t *tx, void *save);

/* ---- cases ---- */

typedef struct {
    const char *binder_id, *case_id; /* in */
    int found;
    portal_row_binder_get binder;
    portal_row_case_get one;
} portal_case_look_t;

/* Reads a case of this binder (case.view). */
apr_status_t portal_act_case_view(portal_tx_t *tx, void *look);

typedef struct {
    const char *number, *number_key, *title, *start_date;
    const char *family, *given, *birth_date; /* of a new case; NULL: the binder's */
} portal_case_fields_t;

typedef struct {
    const char *binder_id;
    const char *case_id; /* in; after creating one, out */
    apr_int64_t version;
    portal_case_fields_t fields;
    const apr_array_header_t
        *forms; /* of const char *: the paperwork that a new case gets */
    portal_record_verdict_t verdict;
    portal_row_case_get now; /* of a conflict */
} portal_case_save_t;

/* A new case with its paperwork (case.create): DONE, NOT_FOUND (the binder) or TAKEN. */
apr_status_t portal_act_case_create(portal_tx_t *tx, void *save);

/* Changes number, title and start (case.edit). */
apr_status_t portal_act_case_edit(portal_tx_t *tx, void *save);

#endif
