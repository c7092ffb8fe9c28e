/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reads otherwise in one version of a form than in another, by linkId: words, type, choices,
 * and whether a question must be answered. Whoever signed the one is asked for that alone.
 */
#ifndef PORTAL_FORM_CHANGES_H
#define PORTAL_FORM_CHANGES_H

#include "core/answers.h"

/* The item of `then` with the same linkId, or NULL. */
const portal_item_t *portal_item_then(const portal_form_t *then,
                                      const portal_item_t *now);

/* True when an item is new, or reads otherwise than `then`. */
bool portal_item_altered(const portal_form_t *then, const portal_item_t *now);

/* Which items are to be asked again, by item->index: those that are altered, or whose answer other
 * conditions or limits may ask for or refuse now, with their repeating groups and whatever depends
 * on them. `begun`: the draft as portal_form_renew() began it, brought up to date, of which also
 * what it lacks is asked; or NULL. In p. */
bool *portal_form_changes(const portal_form_t *now, const portal_form_t *then,
                          const portal_answers_t *begun, apr_pool_t *p);

/* The items of `then` that are gone, const portal_item_t * in document order; one that stood in
 * another that is gone is not named again. In p. */
apr_array_header_t *portal_form_removed(const portal_form_t *now,
                                        const portal_form_t *then, apr_pool_t *p);

/* A draft of `now` with the answers of a response to `then`, but for questions that are altered,
 * which begin as in a new form; `since` is set. APR_EINVAL: it is no response. In p. */
apr_status_t portal_form_renew(portal_answers_t **out, const portal_form_t *now,
                               const portal_form_t *then, const char *response,
                               apr_size_t len, apr_pool_t *p);

#endif
