/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intake: the good records of one import, put together to binders before anything is written, so
 * that the same files always ask for the same, in whatever order their rows say it.
 *
 * Records with one mrn are one binder. Of each field of the person the first row that tells it
 * counts. A row whose person cannot be the one of the first row is a warning, and its case keeps
 * the name and birth date of its own row. A case number that stands twice counts once; under
 * another mrn it is refused.
 */
#ifndef PORTAL_INTAKE_H
#define PORTAL_INTAKE_H

#include <apr_hash.h>
#include <apr_tables.h>

#include "core/record.h"

/* Something to say about a row, in plain English. */
typedef struct {
    const char *where, *reason;
} portal_remark_t;

typedef struct {
    portal_record_t record; /* of its own row, with the person that the case came with */
    const char *where;
    const char *mrn;
} portal_intake_case_t;

typedef struct {
    portal_record_t person;    /* without a case */
    const char *where;         /* the first row */
    apr_array_header_t *cases; /* portal_intake_case_t * */
} portal_intake_binder_t;

typedef struct {
    apr_pool_t *pool;
    apr_array_header_t
        *binders; /* portal_intake_binder_t *, in the order of their first rows */
    apr_array_header_t *refused;  /* portal_remark_t */
    apr_array_header_t *warnings; /* portal_remark_t */
    apr_hash_t *by_mrn, *by_case;
} portal_intake_t;

/* An empty intake. */
portal_intake_t *portal_intake_make(apr_pool_t *pool);

/* Adds a clean record (portal_record_clean). Its strings and `where` must live as long as the
 * intake's pool. */
void portal_intake_add(portal_intake_t *intake, const char *where,
                       const portal_record_t *record);

/* Adds to one of the lists. The strings must live as long as the pool. */
void portal_remark_add(apr_array_header_t *list, const char *where, const char *reason);

#endif
