/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XHTML into blocks and runs; see markup.h.
 */
#include "core/markup_element.h"

#include <apr_strings.h>
#include <libxml/HTMLparser.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SPACE " \t\r\n\f"
#define SPAN_MOST 50

typedef struct {
    apr_pool_t *p;
    apr_array_header_t *dropped;
    int pieces, depth;
    bool beyond; /* a limit was passed */
} reader_t;

/* Where words go: the blocks of one parent, and the paragraph that is being written. */
typedef struct {
    portal_block_kind_t in;
    apr_array_header_t *blocks;
    portal_block_t *words; /* NULL: the next words begin one */
    int depth;             /* of blocks */
} place_t;

/* ---- attributes ---- */

static const char *attribute(const xmlNode *node, const char *name, apr_pool_t *p)
{
    xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *)name);
    const char *copy = value ? apr_pstrdup(p, (const char *)value) : NULL;

    if (value)
        xmlFree(value);
    return copy;
}

/* Attributes that are looked for elsewhere, or say nothing to a reader. */
static bool is_known(const char *element, const char *name)
{
    static const char *const known[] = {"style", "xmlns", "rel", "target"};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcasecmp(name, known[i]))
            return true;
    if (!strcasecmp(element, "a"))
        return !strcasecmp(name, "href");
    if (!strcasecmp(element, "td") || !strcasecmp(element, "th"))
        return !strcasecmp(name, "colspan") || !strcasecmp(name, "rowspan");
    return !strcasecmp(element, "img") && !strcasecmp(name, "alt");
}

static void read_attributes(reader_t *r, const xmlNode *node,
                            portal_markup_style_t *style)
{
    const char *css = attribute(node, "style", r->p);

    for (const xmlAttr *a = node->properties; a; a = a->next)
        if (!is_known((const char *)node->name, (const char *)a->name))
            portal_look_drop(r->dropped,
                             apr_pstrcat(r->p, "@", (const char *)a->name, NULL));
    if (css)
        portal_look_read(&style->look, css, r->dropped);
}

static int span_of(reader_t *r, const xmlNode *node, const char *name)
{
    const char *value = attribute(node, name, r->p);
    long n = value ? strtol(value, NULL, 10) : 1;

    return n < 1 ? 1 : n > SPAN_MOST ? SPAN_MOST : (int)n;
}

/* ---- blocks and runs ---- */

static bool counted(reader_t *r)
{
    r->beyond = r->beyond || ++r->pieces > PORTAL_MARKUP_MAX_PIECES;
    return !r->beyond;
}

static portal_block_t *add_block(reader_t *r, place_t *place, portal_block_kind_t kind)
{
    portal_block_t *block = apr_pcalloc(r->p, sizeof *block);

    block->kind = kind;
    block->align = "";
    block->columns = block->rows = 1;
    if (kind == PORTAL_BLOCK_WORDS)
        block->runs = apr_array_make(r->p, 4, sizeof(portal_run_t *));
    else
        block->blocks = apr_array_make(r->p, 4, sizeof(portal_block_t *));
    if (counted(r))
        APR_ARRAY_PUSH(place->blocks, portal_block_t *) = block;
    return block;
}

static portal_run_t *run_at(const apr_array_header_t *runs, int i)
{
    return APR_ARRAY_IDX(runs, i, portal_run_t *);
}

/* Ends the paragraph: without white space and breaks at its end, and without itself when nothing
 * is in it. */
static void end_words(place_t *place)
{
    apr_array_header_t *runs = place->words ? place->words->runs : NULL;

    while (runs && runs->nelts) {
        portal_run_t *last = run_at(runs, runs->nelts - 1);
        size_t n = strlen(last->text);
        if (n && last->text[n - 1] == ' ')
            ((char *)last->text)[--n] = '\0';
        if (n)
            break;
        runs->nelts--;
    }
    if (runs && !runs->nelts && place->blocks->nelts)
        place->blocks->nelts--;
    place->words = NULL;
}

/* Lists and tables hold words only in their items and cells. */
static bool holds_words(portal_block_kind_t kind)
{
    return kind != PORTAL_BLOCK_LIST && kind != PORTAL_BLOCK_NUMBERED &&
           kind != PORTAL_BLOCK_TABLE && kind != PORTAL_BLOCK_ROW;
}

/* Words that stand in a list or a table, outside of its items and cells, get one of their own. */
static void make_room(reader_t *r, place_t *place)
{
    while (!holds_words(place->in)) {
        portal_block_kind_t kind = place->in == PORTAL_BLOCK_TABLE ? PORTAL_BLOCK_ROW
                                   : place->in == PORTAL_BLOCK_ROW ? PORTAL_BLOCK_CELL
                                                                   : PORTAL_BLOCK_ITEM;
        portal_block_t *block = add_block(r, place, kind);
        place->blocks = block->blocks;
        place->in = kind;
        place->depth++;
    }
}

static portal_run_t *add_run(reader_t *r, place_t *place,
                             const portal_markup_style_t *style, const char *text)
{
    portal_run_t *run = apr_pcalloc(r->p, sizeof *run);

    if (!place->words) {
        place->words = add_block(r, place, PORTAL_BLOCK_WORDS);
        place->words->align = portal_align_class(style->look.align);
    }
    run->text = text;
    run->raised = style->lift > 0;
    run->lowered = style->lift < 0;
    run->strong = style->look.weight == PORTAL_WEIGHT_BOLD;
    run->slant = style->look.slant;
    run->look = portal_look_classes(&style->look, r->p);
    run->href = style->href;
    if (counted(r))
        APR_ARRAY_PUSH(place->words->runs, portal_run_t *) = run;
    return run;
}

/* True where white space would be the first of a line. */
static bool begins_line(const place_t *place)
{
    const apr_array_header_t *runs = place->words ? place->words->runs : NULL;
    const portal_run_t *last = runs && runs->nelts ? run_at(runs, runs->nelts - 1) : NULL;

    return !last || !*last->text || last->text[strlen(last->text) - 1] == ' ';
}

/* Text with one space for any white space, as HTML has it, and none at the beginning of a line. */
static const char *collapsed(const char *text, size_t len, bool begins, apr_pool_t *p)
{
    char *out = apr_palloc(p, len + 1), *to = out;

    for (size_t i = 0; i < len; i++) {
        bool space = strchr(SPACE, text[i]) != NULL;
        if (space && (to == out ? begins : to[-1] == ' '))
            continue;
        *to++ = space ? ' ' : text[i];
    }
    *to = '\0';
    return out;
}

static void add_break(reader_t *r, place_t *place, const portal_markup_style_t *style)
{
    portal_markup_style_t plain = {.look.align = style->look.align};

    if (place->words)
        add_run(r, place, &plain, "")->line_break = true;
}

static void add_words(reader_t *r, place_t *place, const portal_markup_style_t *style,
                      const char *text)
{
    place_t inside = *place;

    while (*text) {
        size_t n = style->lines ? strcspn(text, "\n") : strlen(text);
        const char *words = collapsed(text, n, begins_line(&inside), r->p);
        if (*words && (inside.words || strcmp(words, " "))) {
            make_room(r, &inside);
            add_run(r, &inside, style, words);
        }
        text += n;
        if (*text && *++text)
            add_break(r, &inside, style);
    }
    if (holds_words(place->in))
        *place = inside;
    else
        end_words(&inside);
}

/* ---- the walk ---- */

static void walk(reader_t *r, const xmlNode *first, place_t *place,
                 const portal_markup_style_t *style);

/* True when a block of this kind stands where it belongs; a cell right in a table gets its row,
 * a list in a list its item. What belongs nowhere is a paragraph. */
static bool belongs(reader_t *r, place_t *place, portal_block_kind_t kind)
{
    switch (kind) {
    case PORTAL_BLOCK_ITEM:
        return place->in == PORTAL_BLOCK_LIST || place->in == PORTAL_BLOCK_NUMBERED;
    case PORTAL_BLOCK_CAPTION:
    case PORTAL_BLOCK_ROW:
        return place->in == PORTAL_BLOCK_TABLE;
    case PORTAL_BLOCK_HEAD:
    case PORTAL_BLOCK_CELL:
        if (place->in == PORTAL_BLOCK_TABLE) {
            place->blocks = add_block(r, place, PORTAL_BLOCK_ROW)->blocks;
            place->in = PORTAL_BLOCK_ROW;
            place->depth++;
        }
        return place->in == PORTAL_BLOCK_ROW;
    default:
        make_room(r, place);
        return true;
    }
}

static void walk_paragraph(reader_t *r, const xmlNode *node, place_t *place,
                           const portal_markup_style_t *style)
{
    end_words(place);
    walk(r, node->children, place, style);
    end_words(place);
}

static void walk_block(reader_t *r, const xmlNode *node, place_t *place,
                       const portal_markup_style_t *style, portal_block_kind_t kind)
{
    place_t outside = *place, inside = {.in = kind};
    portal_block_t *block;

    end_words(place);
    outside.words = NULL;
    if (!belongs(r, &outside, kind)) {
        walk_paragraph(r, node, place, style);
        return;
    }
    inside.depth = outside.depth + 1;
    if (inside.depth > PORTAL_MARKUP_MAX_BLOCKS) {
        r->beyond = true;
        return;
    }
    block = add_block(r, &outside, kind);
    block->columns = span_of(r, node, "colspan");
    block->rows = span_of(r, node, "rowspan");
    inside.blocks = block->blocks;
    walk(r, node->children, &inside, style);
    end_words(&inside);
    if (!block->blocks->nelts && outside.blocks->nelts && kind != PORTAL_BLOCK_CELL &&
        kind != PORTAL_BLOCK_HEAD)
        outside.blocks->nelts--;
}

static void take_link(reader_t *r, const xmlNode *node, portal_markup_style_t *style)
{
    const char *href = attribute(node, "href", r->p);

    style->href = href ? portal_markup_address(href, r->p) : NULL;
    if (href && !style->href)
        portal_look_drop(r->dropped, "@href");
}

static void take_picture(reader_t *r, const xmlNode *node, place_t *place,
                         const portal_markup_style_t *style)
{
    const char *words = attribute(node, "alt", r->p);

    portal_look_drop(r->dropped, "img");
    if (words)
        add_words(r, place, style, words);
}

static void walk_element(reader_t *r, const xmlNode *node, place_t *place,
                         portal_markup_style_t style)
{
    const char *name = (const char *)node->name;
    portal_block_kind_t kind = PORTAL_BLOCK_WORDS;
    portal_take_t take = portal_markup_element(name, &kind, &style);

    if (take == PORTAL_TAKE_WORDS || take == PORTAL_TAKE_NOTHING)
        portal_look_drop(r->dropped, name);
    if (take == PORTAL_TAKE_NOTHING)
        return;
    if (take != PORTAL_TAKE_PICTURE)
        read_attributes(r, node, &style);
    if (take == PORTAL_TAKE_LINK)
        take_link(r, node, &style);
    if (take == PORTAL_TAKE_BREAK)
        add_break(r, place, &style);
    else if (take == PORTAL_TAKE_RULE)
        end_words(place);
    else if (take == PORTAL_TAKE_PICTURE)
        take_picture(r, node, place, &style);
    else if (take == PORTAL_TAKE_PARAGRAPH)
        walk_paragraph(r, node, place, &style);
    else if (take == PORTAL_TAKE_BLOCK)
        walk_block(r, node, place, &style, kind);
    else
        walk(r, node->children, place, &style);
}

static void walk(reader_t *r, const xmlNode *first, place_t *place,
                 const portal_markup_style_t *style)
{
    if (++r->depth > PORTAL_MARKUP_MAX_DEPTH)
        r->beyond = true;
    for (const xmlNode *node = first; node && !r->beyond; node = node->next) {
        if (node->type == XML_ELEMENT_NODE)
            walk_element(r, node, place, *style);
        else if (node->type == XML_TEXT_NODE)
            add_words(r, place, style, (const char *)node->content);
    }
    r->depth--;
}

/* ---- in one paragraph ---- */

typedef struct {
    apr_pool_t *p;
    apr_array_header_t *runs;
    const char *lead; /* before the next words: the mark of an item; else NULL */
    bool beside;      /* the next words stand beside those before them */
} flat_t;

static void flat_text(flat_t *f, const char *text, bool line_break)
{
    portal_run_t *run = apr_pcalloc(f->p, sizeof *run);

    run->text = text;
    run->line_break = line_break;
    run->added = true;
    run->look = "";
    APR_ARRAY_PUSH(f->runs, portal_run_t *) = run;
}

static void flatten(flat_t *f, const apr_array_header_t *blocks, portal_block_kind_t in)
{
    for (int i = 0; i < blocks->nelts; i++) {
        const portal_block_t *block = APR_ARRAY_IDX(blocks, i, portal_block_t *);
        if (block->kind == PORTAL_BLOCK_ITEM)
            f->lead = in == PORTAL_BLOCK_NUMBERED ? apr_psprintf(f->p, "%d. ", i + 1)
                                                  : "\xE2\x80\xA2 ";
        if (block->blocks) {
            f->beside = in == PORTAL_BLOCK_ROW && i > 0;
            flatten(f, block->blocks, block->kind);
            continue;
        }
        if (f->runs->nelts)
            flat_text(f, f->beside ? " \xE2\x80\x93 " : "", !f->beside);
        if (f->lead)
            flat_text(f, f->lead, false);
        f->lead = NULL;
        f->beside = false;
        apr_array_cat(f->runs, block->runs);
    }
}

static const portal_markup_t *finished(const apr_array_header_t *blocks, apr_pool_t *p)
{
    portal_markup_t *markup = apr_pcalloc(p, sizeof *markup);
    flat_t flat = {.p = p, .runs = apr_array_make(p, 8, sizeof(portal_run_t *))};
    apr_array_header_t *words;

    flatten(&flat, blocks, PORTAL_BLOCK_CELL);
    words = apr_array_make(p, flat.runs->nelts, sizeof(const char *));
    for (int i = 0; i < flat.runs->nelts; i++) {
        const portal_run_t *run = run_at(flat.runs, i);
        APR_ARRAY_PUSH(words, const char *) = run->line_break ? "\n" : run->text;
    }
    markup->blocks = blocks;
    markup->runs = flat.runs;
    markup->words = apr_array_pstrcat(p, words, 0);
    return markup;
}

/* ---- reading ---- */

/* An end tag of br, which many write for a line break, as browsers read it (HTML Standard, 13.2.6.4.7). */
static char *with_breaks(const char *xhtml, apr_pool_t *p)
{
    char *copy = apr_pstrdup(p, xhtml);

    for (char *at = strchr(copy, '<'); at; at = strchr(at + 1, '<'))
        if (at[1] == '/' && !strncasecmp(at + 2, "br>", 3))
            memcpy(at + 1, "br/", 3);
    return copy;
}

static void read_document(reader_t *r, const char *xhtml, place_t *place,
                          const portal_look_t *look)
{
    htmlParserCtxt *parser = htmlNewParserCtxt();
    htmlDocPtr doc;
    portal_markup_style_t style = {.look = *look};

    if (!parser)
        return;
    doc =
        htmlCtxtReadMemory(parser, xhtml, (int)strlen(xhtml), NULL, "UTF-8",
                           HTML_PARSE_RECOVER | HTML_PARSE_NODEFDTD | HTML_PARSE_NOERROR |
                               HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
    if (doc)
        walk(r, xmlDocGetRootElement(doc), place, &style);
    end_words(place);
    xmlFreeDoc(doc);
    htmlFreeParserCtxt(parser);
}

bool portal_markup_read(const portal_markup_t **out, const char *xhtml,
                        const portal_look_t *look, apr_array_header_t *dropped,
                        apr_pool_t *p)
{
    reader_t r = {.p = p, .dropped = dropped};
    place_t place = {.in = PORTAL_BLOCK_CELL};

    *out = NULL;
    if (strlen(xhtml) > PORTAL_MARKUP_MAX_BYTES)
        return false;
    place.blocks = apr_array_make(p, 4, sizeof(portal_block_t *));
    read_document(&r, with_breaks(xhtml, p), &place, look);
    if (r.beyond || !place.blocks->nelts)
        return false;
    *out = finished(place.blocks, p);
    if (!*(*out)->words)
        *out = NULL;
    return *out != NULL;
}

const portal_markup_t *portal_markup_plain(const char *words, const portal_look_t *look,
                                           apr_pool_t *p)
{
    reader_t r = {.p = p};
    place_t place = {.in = PORTAL_BLOCK_CELL,
                     .blocks = apr_array_make(p, 1, sizeof(portal_block_t *))};
    portal_markup_style_t style = {.look = *look};
    size_t n;

    for (; *words; words += n + (words[n] != '\0')) {
        n = strcspn(words, "\n");
        if (place.words)
            add_break(&r, &place, &style);
        if (n)
            add_run(&r, &place, &style, apr_pstrmemdup(p, words, n));
    }
    end_words(&place);
    return place.blocks->nelts && !r.beyond ? finished(place.blocks, p) : NULL;
}
