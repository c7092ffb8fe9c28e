/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exports records as FHIR resources (core/fhir_record.h): people, cases, the forms that were
 * answered, and the answers that were sent; drafts never. What is read is one view of the
 * database, however long it takes and whatever happens meanwhile; it is read in pages by id, so
 * that a large practice is never held in memory.
 */
#ifndef PORTAL_STORE_EXPORT_H
#define PORTAL_STORE_EXPORT_H

#include "store/store.h"

/* In this order, so that a reference leads to what came before. */
typedef enum {
    PORTAL_EXPORT_PATIENT,
    PORTAL_EXPORT_CASE,
    PORTAL_EXPORT_FORM,
    PORTAL_EXPORT_RESPONSE,
    PORTAL_EXPORT_KINDS
} portal_export_kind_t;

/* The resource type of each kind. */
extern const char *const portal_export_types[PORTAL_EXPORT_KINDS];

/* One resource. */
typedef struct {
    portal_export_kind_t kind;
    const char *id;   /* as FHIR has it */
    const char *text; /* one line of JSON; NULL: what is stored cannot be read */
} portal_export_one_t;

/* The act's baton. Callbacks return APR_SUCCESS to go on; anything else ends the act. */
typedef struct portal_export_t {
    /* in */
    apr_time_t since; /* only what changed at or after; 0: all */
    const char *mrn;  /* only this binder; "": all */
    /* called once, before anything is handed over, with counts and binder_id set */
    apr_status_t (*begin)(void *baton, const struct portal_export_t *e, apr_pool_t *pool);
    /* called for each resource; `pool` and `one` last until it returns */
    apr_status_t (*take)(void *baton, const portal_export_one_t *one, apr_pool_t *pool);
    void *baton;
    /* out */
    int found; /* 0: there is no binder with this mrn, and nothing was called */
    const char *binder_id; /* of mrn; "" */
    apr_int64_t count[PORTAL_EXPORT_KINDS];
} portal_export_t;

/* The act, for portal_store_read. */
apr_status_t portal_export(portal_tx_t *tx, void *e);

/* The act that must have been done before the first byte goes out, for portal_store_write (on
 * another connection than the reading one): one audit row, export. The baton is a
 * portal_export_note_t. */
typedef struct {
    const portal_export_t *e;
    const char *format, *to; /* ndjson, bundle; a path, or "" for the standard output */
} portal_export_note_t;
apr_status_t portal_export_note(portal_tx_t *tx, void *note);

#endif
