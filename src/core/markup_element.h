/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is taken of XHTML, for markup.c only: the allow-list of elements, and of addresses.
 */
#ifndef PORTAL_MARKUP_ELEMENT_H
#define PORTAL_MARKUP_ELEMENT_H

#include "core/markup.h"

/* How words look at a place. */
typedef struct {
    portal_look_t look;
    const char *href;
    int lift;   /* 1 raised, -1 lowered */
    bool lines; /* line ends count */
} portal_markup_style_t;

typedef enum {
    PORTAL_TAKE_INLINE,
    PORTAL_TAKE_PARAGRAPH,
    PORTAL_TAKE_BREAK,
    PORTAL_TAKE_RULE,
    PORTAL_TAKE_BLOCK, /* of a kind of block */
    PORTAL_TAKE_LINK,
    PORTAL_TAKE_PICTURE, /* only its words */
    PORTAL_TAKE_NOTHING, /* neither it nor what is in it */
    PORTAL_TAKE_WORDS    /* not on the list: only what is in it */
} portal_take_t;

/* What becomes of an element; `kind` is set for a block, and `style` is changed to what it looks like. */
portal_take_t portal_markup_element(const char *name, portal_block_kind_t *kind,
                                    portal_markup_style_t *style);

/* An address that a link may have, without white space around it, in p; else NULL. */
const char *portal_markup_address(const char *href, apr_pool_t *p);

#endif
