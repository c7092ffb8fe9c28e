/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Erasing paperwork: the assignment with its drafts, its response, what that was before, what was
 * given back, and the signatures under it. What stays is a row in the table erasure and one in the
 * audit trail: who, when, which form and version, why. Both hold nothing that a patient wrote.
 *
 * Reasons are words: asked (the patient wants it), person (it is another person's), mistake (it was
 * given out or filled in by mistake), ended (it need not be kept any longer), retention (its time was
 * up: PortalPaperworkRetention). Each has a text erase_reason.WORD in the catalogues.
 *
 * SQLite overwrites what it deletes (store/dialect.c), but older pages stay in its write-ahead log
 * until that is begun anew. So an erasure notes in the meta row "scrub" that this is to be done, and
 * whoever is on watch calls portal_erase_scrub until it was.
 */
#ifndef PORTAL_STORE_ERASE_H
#define PORTAL_STORE_ERASE_H

#include "store/statement.h"

#define PORTAL_ERASE_MOST 500 /* as many as the Paperwork tab of a binder shows */

/* 1: a word that a person can give as the reason. */
int portal_erase_reason_known(const char *reason);

typedef enum {
    PORTAL_ERASE_OK,
    PORTAL_ERASE_GONE,   /* there is no such binder or paperwork */
    PORTAL_ERASE_CHANGED /* not what was looked at: sent again, or there is more or less */
} portal_erase_verdict_t;

/* What is meant: one form, or all that a binder has. */
typedef struct {
    /* in */
    const char *id;        /* of the assignment; NULL: all of the binder */
    const char *binder_id; /* for all; of one form it is set here */
    /* out; nothing else is set when found is 0 */
    int found;
    portal_row_binder_get binder;
    portal_row_erasable *rows; /* at most PORTAL_ERASE_MOST */
    int n;
    apr_int64_t seen; /* of one form how often it was sent, of all how many there are */
} portal_erasable_t;

/* What would be erased. Audit: paperwork.list. */
apr_status_t portal_act_erasable(portal_tx_t *tx, void *erasable);

typedef struct {
    /* in */
    portal_erasable_t what;
    apr_int64_t seen; /* as it was shown to who confirmed it */
    const char *reason;
    /* out */
    portal_erase_verdict_t verdict;
} portal_erase_t;

/* Erases it. Audit: paperwork.erase, one row for each form. */
apr_status_t portal_act_erase(portal_tx_t *tx, void *erase);

/* Two parts of an act: their time was up (store/retention.h). One form with all that belongs to it,
 * named by its assignment; one draft alone. */
apr_status_t portal_erase_kept(portal_tx_t *tx, const char *id);
apr_status_t portal_erase_draft(portal_tx_t *tx, const portal_row_retention_drafts *row);

/* For a restored backup, which brings back what was erased since: the act reads what persons erased, at
 * most the latest 5000, from the database that is replaced; the part of an act erases the same in the
 * other one, as far as it is there, with the record as it was. What time erased it will erase again. */
typedef struct {
    portal_row_erasures_kept *rows;
    int n;
    int done; /* erased again */
} portal_erasures_kept_t;

apr_status_t portal_act_erasures_kept(portal_tx_t *tx, void *kept);
apr_status_t portal_erase_again(portal_tx_t *tx, portal_erasures_kept_t *kept);

#define PORTAL_ERASURES_PAGE 25

typedef struct {
    /* in */
    const char *binder_id; /* "": of all binders */
    int page;              /* from 1 */
    /* out */
    portal_row_erasures *rows; /* the latest first */
    int n;
    apr_int64_t total;
} portal_erasures_t;

/* Reads records of what was erased; its caller writes the audit row. */
apr_status_t portal_erasures_read(portal_tx_t *tx, portal_erasures_t *erasures);

/* The page of all, and what is to be erased next. Audit: paperwork.erased. */
typedef struct {
    portal_erasures_t erased;
    struct portal_leaving_t *leaving; /* read, too, on the first page; NULL: not wanted */
} portal_erased_page_t;

apr_status_t portal_act_erased_page(portal_tx_t *tx, void *page);

/* Is a scrub to be done? `baton`: const char **, "" when none is, else its mark. */
apr_status_t portal_act_scrub_due(portal_tx_t *tx, void *mark);

/* Begins the write-ahead log anew, so that nothing erased stands in it, and notes that this is done.
 * APR_EAGAIN: somebody is reading an older state; try again. */
apr_status_t portal_erase_scrub(const portal_store_t *store, const portal_actor_t *actor,
                                apr_time_t now, const char *mark, apr_pool_t *pool);

#endif
