/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formatted words of a form: XHTML (FHIR R4 extension rendering-xhtml), read once into paragraphs,
 * lists and tables of runs of words. Only what is named in an allow-list becomes part of them: of
 * the XHTML nothing goes to a page but its words, and addresses that begin with https:, mailto: or tel:.
 * It is parsed by libxml2 as HTML, since real forms have slips that XML forbids: no network, no
 * entities but those of HTML, no DTD. Read once, never changed, safe between threads.
 */
#ifndef PORTAL_MARKUP_H
#define PORTAL_MARKUP_H

#include <jansson.h>

#include "core/look.h"

#define PORTAL_MARKUP_MAX_BYTES (64 * 1024)
#define PORTAL_MARKUP_MAX_DEPTH 64 /* elements within elements */
#define PORTAL_MARKUP_MAX_BLOCKS                                                         \
    12 /* lists, items, tables, rows and cells within each other */
#define PORTAL_MARKUP_MAX_PIECES 2000 /* runs and blocks */

/* Words that look alike, or a line break. */
typedef struct {
    const char *text; /* "" of a line break */
    bool added;       /* not of the form: the mark of an item, or what parts two cells */
    bool line_break, raised, lowered;
    bool strong, slant;
    const char *look; /* classes, "" none */
    const char *href; /* NULL: no link */
} portal_run_t;

typedef enum {
    PORTAL_BLOCK_WORDS, /* a paragraph: has runs, all others have blocks */
    PORTAL_BLOCK_LIST,
    PORTAL_BLOCK_NUMBERED,
    PORTAL_BLOCK_ITEM,
    PORTAL_BLOCK_TABLE,
    PORTAL_BLOCK_CAPTION, /* of a table */
    PORTAL_BLOCK_ROW,
    PORTAL_BLOCK_HEAD, /* a cell that heads its row or column */
    PORTAL_BLOCK_CELL
} portal_block_kind_t;

typedef struct {
    portal_block_kind_t kind;
    const char *align; /* a class, "" none */
    int columns, rows; /* that a cell spans, 1 or more */
    apr_array_header_t
        *runs; /* of portal_run_t *, never empty in a paragraph, else NULL */
    apr_array_header_t *blocks; /* of struct portal_block_t *, else NULL */
} portal_block_t;

typedef struct {
    const apr_array_header_t *blocks; /* of portal_block_t *, never empty */
    const apr_array_header_t
        *runs;         /* all of it in one paragraph, for where no more fits */
    const char *words; /* what a person reads, a line for each paragraph, item and row */
} portal_markup_t;

/*
 * Reads XHTML whose words look like `look` where it says nothing else. true: *out is what is shown, in p. false: *out is NULL; it is too long or too
 * deep, or has no words. Names of elements, attributes and styles that were dropped are added to
 * `dropped` (of const char *), at most a dozen. xhtml may be any UTF-8.
 */
bool portal_markup_read(const portal_markup_t **out, const char *xhtml,
                        const portal_look_t *look, apr_array_header_t *dropped,
                        apr_pool_t *p);

/* Words that all look alike, as formatted words; in p. */
const portal_markup_t *portal_markup_plain(const char *words, const portal_look_t *look,
                                           apr_pool_t *p);

/*
 * For templates: {runs, align (a class, of the first paragraph), blocks (none when `flat`)}. A run
 * is {text, break, sup, sub, strong, em, look, href}; a block {is_words, is_list, is_numbered, is_item,
 * is_table, is_caption, is_row, is_head, is_cell, align, columns, rows, runs, blocks}. New reference.
 */
json_t *portal_markup_view(const portal_markup_t *markup, bool flat);

#endif
