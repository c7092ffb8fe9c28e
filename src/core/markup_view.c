/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formatted words for templates; see markup.h.
 */
#include "core/markup.h"

static json_t *words_or_false(const char *text)
{
    return text && *text ? json_string(text) : json_false();
}

static json_t *view_run(const portal_run_t *run)
{
    return json_pack("{s:s, s:b, s:b, s:b, s:b, s:b, s:o, s:o}", "text", run->text,
                     "break", run->line_break, "sup", run->raised, "sub", run->lowered,
                     "strong", run->strong, "em", run->slant, "look",
                     words_or_false(run->look), "href", words_or_false(run->href));
}

static json_t *view_runs(const apr_array_header_t *runs)
{
    json_t *list = json_array();

    for (int i = 0; runs && i < runs->nelts; i++)
        json_array_append_new(list, view_run(APR_ARRAY_IDX(runs, i, portal_run_t *)));
    return list;
}

static json_t *view_blocks(const apr_array_header_t *blocks)
{
    static const char *const kinds[] = {"is_words", "is_list",  "is_numbered",
                                        "is_item",  "is_table", "is_caption",
                                        "is_row",   "is_head",  "is_cell"};
    json_t *list = json_array();

    for (int i = 0; blocks && i < blocks->nelts; i++) {
        const portal_block_t *block = APR_ARRAY_IDX(blocks, i, portal_block_t *);
        json_t *view =
            json_pack("{s:o, s:i, s:i, s:o, s:o}", "align", words_or_false(block->align),
                      "columns", block->columns, "rows", block->rows, "runs",
                      view_runs(block->runs), "blocks", view_blocks(block->blocks));
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            json_object_set_new(view, kinds[k], json_boolean(k == block->kind));
        json_array_append_new(list, view);
    }
    return list;
}

json_t *portal_markup_view(const portal_markup_t *markup, bool flat)
{
    const portal_block_t *first = APR_ARRAY_IDX(markup->blocks, 0, portal_block_t *);

    return json_pack("{s:o, s:o, s:o}", "runs", view_runs(markup->runs), "align",
                     words_or_false(first->align), "blocks",
                     view_blocks(flat ? NULL : markup->blocks));
}
