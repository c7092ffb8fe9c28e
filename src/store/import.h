/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes what an import brings (core/intake.h): binders and their cases, never the Patient Portal
 * tab. What a row does not tell leaves what is there, so nothing is ever emptied. A case keeps the
 * name and birth date that it came with; its title and start follow the import. A case is never
 * moved: a number that belongs to another binder is refused.
 */
#ifndef PORTAL_STORE_IMPORT_H
#define PORTAL_STORE_IMPORT_H

#include "core/intake.h"
#include "store/store.h"

typedef struct {
    int binders_new, binders_changed, binders_same;
    int cases_new, cases_changed, cases_same;
} portal_import_counts_t;

typedef struct {
    int binder; /* which of the binders */
    portal_remark_t remark;
} portal_import_refusal_t;

/* The act's baton. */
typedef struct {
    portal_intake_binder_t *const *binders; /* in */
    int n;                                  /* in: how many of them */
    const apr_array_header_t
        *forms;    /* in: const char *: what each new case gets; NULL: what httpd
                                        gives to new cases (portal_act_cases_due) */
    int look_only; /* in: 1 writes nothing, for a read transaction */
    portal_import_counts_t counts; /* out: what was done, or would be */
    char *differs; /* out, where not NULL: for each binder, whether it changes */
    apr_array_header_t *refused; /* out: portal_import_refusal_t, in tx->pool */
} portal_import_t;

/* The act: brings all of these binders up to date, with an audit row for each binder and case
 * that is made or changed. Batches should be small: the write lock is held meanwhile. */
apr_status_t portal_import_binders(portal_tx_t *tx, void *import);

/* The act at the end of an import: one audit row. The baton is a json_t with its figures, which is
 * not taken. */
apr_status_t portal_import_note(portal_tx_t *tx, void *figures);

#endif
