/* SPDX-License-Identifier: Apache-2.0 */
/*
 * out: the fate of a row in the desk's two outboxes, that of the mail and that of paperwork for the
 * hospital's own system, as their pages show it.
 */
#ifndef PORTAL_PAGE_OUT_H
#define PORTAL_PAGE_OUT_H

#include "page/page.h"

/* How far one row has come, as both tables have it; times are 0 where there is none. */
typedef struct {
    const char *state; /* queued, failed, or what was sent */
    const char *reason,
        *reasons; /* a word, or ""; where its texts stand: "t:outbox.reason." */
    apr_int64_t tries, code;
    apr_time_t created, next, finished;
} portal_out_fate_t;

/* Adds state, queued, sent, failed, tries, code, reason, made, next and finished to the view. */
void portal_out_add_fate(const portal_call_t *call, json_t *view,
                         const portal_out_fate_t *fate);

/* The text with that key, or false where there is no word. */
json_t *portal_out_text(const portal_call_t *call, const char *prefix, const char *word);

#endif
