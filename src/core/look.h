/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How words of a form look: what is taken from CSS (FHIR R4 extension rendering-style, and the
 * style attribute in rendering-xhtml), as classes of htdocs/style/_words.scss. Nothing of the CSS
 * itself ever goes to a page: its colours become the nearest of a few that can be read on every
 * ground that we have, its sizes a few steps, and what is not named here is dropped and said.
 */
#ifndef PORTAL_LOOK_H
#define PORTAL_LOOK_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <stdbool.h>

typedef enum {
    PORTAL_WEIGHT_AS_IS,
    PORTAL_WEIGHT_BOLD,
    PORTAL_WEIGHT_NORMAL
} portal_weight_t;

typedef enum {
    PORTAL_HUE_NONE,
    PORTAL_HUE_GREY,
    PORTAL_HUE_RED,
    PORTAL_HUE_ORANGE,
    PORTAL_HUE_GREEN,
    PORTAL_HUE_BLUE,
    PORTAL_HUE_PURPLE
} portal_hue_t;

typedef enum {
    PORTAL_SIZE_AS_IS,
    PORTAL_SIZE_SMALL,
    PORTAL_SIZE_LARGE,
    PORTAL_SIZE_LARGER
} portal_size_t;

typedef enum {
    PORTAL_ALIGN_AS_IS,
    PORTAL_ALIGN_START,
    PORTAL_ALIGN_CENTRE,
    PORTAL_ALIGN_END
} portal_align_t;

typedef struct {
    portal_weight_t weight;
    portal_size_t size;
    portal_hue_t colour, ground; /* of the letters, behind them */
    portal_align_t align;
    bool slant, underline, struck, mono;
} portal_look_t;

/*
 * Adds declarations of CSS to a look. What is not taken is added to `dropped` (of const char *: the
 * name of the property), each once. css may be anything; all is made in the pool of `dropped`.
 */
void portal_look_read(portal_look_t *look, const char *css, apr_array_header_t *dropped);

/* Adds a name to such a list unless it is there, or the list is long: a few are enough to tell. */
void portal_look_drop(apr_array_header_t *dropped, const char *name);

/* The classes of words with this look, but for bold and slanted letters, which have elements of
 * their own, and for where they stand; "" for none. In p. */
const char *portal_look_classes(const portal_look_t *look, apr_pool_t *p);

/* The class of a paragraph that stands so, or "". */
const char *portal_align_class(portal_align_t align);

#endif
