/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a node of a page says, for its view (form_view.h): label, hints and help.
 */
#ifndef PORTAL_FORM_WORDS_H
#define PORTAL_FORM_WORDS_H

#include <jansson.h>

#include "core/answers.h"

/* Sets the words of a node: its own and those of the displays under it. Strings are made in p. */
void portal_words_set(json_t *view, const portal_node_t *node, const char *lang,
                      apr_pool_t *p);

/* The words under a question that are its unit, or the ends of its scale (by `control`), one after
 * the other; "" for none. */
const char *portal_words_captions(const portal_node_t *node,
                                  portal_item_control_t control, const char *lang,
                                  apr_pool_t *p);

#endif
