/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: reads what it is given as formatted words of a form.
 *
 * The input is XHTML and, after a NUL, CSS. Nothing may crash, leak or run on; what comes out is
 * UTF-8 within the limits, its classes are ours, and its addresses are of three schemes.
 */
#include "fuzz.h"

#include "core/markup.h"

static int pieces;

static bool is_class(const char *text)
{
    return !text[strspn(text, "abcdefghijklmnopqrstuvwxyz- ")];
}

static bool is_address(const char *href)
{
    return !strncasecmp(href, "https://", 8) || !strncasecmp(href, "mailto:", 7) ||
           !strncasecmp(href, "tel:", 4);
}

static bool is_utf8(const char *text)
{
    json_t *json = json_string(text);

    json_decref(json);
    return json;
}

static void try_run(const portal_run_t *run)
{
    pieces++;
    must(is_utf8(run->text));
    must(is_class(run->look));
    must(!run->href || is_address(run->href));
    must(!run->href || !strpbrk(run->href, " \t\r\n\"<>"));
    must(!run->line_break || !*run->text);
}

static void try_blocks(const apr_array_header_t *blocks, int depth)
{
    must(depth <= PORTAL_MARKUP_MAX_BLOCKS + 2); /* the words of a cell that is put in */
    for (int i = 0; i < blocks->nelts; i++) {
        const portal_block_t *block = APR_ARRAY_IDX(blocks, i, portal_block_t *);
        pieces++;
        must(is_class(block->align) && block->columns > 0 && block->rows > 0);
        must(!block->runs != !block->blocks);
        must(!block->runs || block->runs->nelts);
        for (int k = 0; block->runs && k < block->runs->nelts; k++)
            try_run(APR_ARRAY_IDX(block->runs, k, portal_run_t *));
        if (block->blocks)
            try_blocks(block->blocks, depth + 1);
    }
}

static void try_view(const portal_markup_t *markup)
{
    for (int flat = 0; flat < 2; flat++) {
        json_t *view = portal_markup_view(markup, flat);
        must(view);
        json_decref(view);
    }
}

static void try_markup(const portal_markup_t *markup)
{
    pieces = 0;
    must(markup->blocks->nelts && markup->runs->nelts && *markup->words);
    try_blocks(markup->blocks, 0);
    must(pieces <= PORTAL_MARKUP_MAX_PIECES);
    try_view(markup);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    const char *xhtml = fuzz_text(data, size, pool);
    size_t len = strlen(xhtml);
    const char *css = len < size ? fuzz_text(data + len + 1, size - len - 1, pool) : "";
    apr_array_header_t *dropped = apr_array_make(pool, 4, sizeof(const char *));
    const portal_markup_t *markup;
    portal_look_t look = {.slant = false};

    portal_look_read(&look, css, dropped);
    must(is_class(portal_look_classes(&look, pool)));
    /* the JSON that it comes from is UTF-8 */
    if (is_utf8(xhtml)) {
        if (portal_markup_read(&markup, xhtml, &look, dropped, pool))
            try_markup(markup);
        else
            must(!markup);
        markup = portal_markup_plain(xhtml, &look, pool);
        if (markup)
            try_markup(markup);
    }
    must(dropped->nelts <= 12);
    apr_pool_destroy(pool);
    return 0;
}
