/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which answers an expression of a form may read, and whether they are there to be read; see
 * form_loader.h. A score of answers without codes would be a false one, mostly nought, and a
 * condition on it would hide a question that should be asked: so both count as what cannot be
 * worked out.
 */
#include <apr_strings.h>
#include <string.h>

#include "core/form_loader.h"

/* What an expression says of what it reads. */
typedef struct {
    apr_array_header_t *strings; /* of const char * */
    bool parts;                  /* they may be parts of linkIds */
    bool codes, scores;          /* of answers */
} reading_t;

static bool among(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(*list, word) == 0)
            return true;
    return false;
}

static void take_word(void *baton, portal_fhirpath_word_t kind, const char *word)
{
    static const char *const scores[] = {"ordinal", "weight", NULL}, *const codes[] = {
                                                                         "code", "coding",
                                                                         "extension",
                                                                         NULL};
    reading_t *r = baton;

    if (kind == PORTAL_FHIRPATH_IS_STRING) {
        APR_ARRAY_PUSH(r->strings, const char *) = word;
        r->scores =
            r->scores || strstr(word, "ordinalValue") || strstr(word, "itemWeight");
    } else if (kind == PORTAL_FHIRPATH_IS_MEMBER) {
        r->codes = r->codes || !strncmp(word, "value", 5) || among(word, codes);
    } else {
        r->parts = r->parts || portal_fhirpath_of_parts(word);
        r->scores = r->scores || among(word, scores);
    }
}

static bool names(const reading_t *r, const char *link_id)
{
    for (int i = 0; i < r->strings->nelts; i++) {
        const char *s = APR_ARRAY_IDX(r->strings, i, const char *);
        if (r->parts ? *s && strstr(link_id, s) : !strcmp(link_id, s))
            return true;
    }
    return false;
}

/* By index of the item: true where the expression may read it. What is named reads all that is
 * below, unless something there is named itself; where nothing is named, all may be read. */
static bool *read_items(const portal_form_loader_t *l, const reading_t *r)
{
    const apr_array_header_t *all = l->form->all;
    bool *named = apr_pcalloc(l->pool, (apr_size_t)all->nelts * 3 * sizeof *named),
         *above = named + all->nelts, *read = above + all->nelts, any = false;

    for (int i = 0; i < all->nelts; i++) {
        const portal_item_t *item = portal_item_at(all, i);
        named[i] = names(r, item->link_id);
        any = any || named[i];
        for (item = item->parent; named[i] && item && !above[item->index];
             item = item->parent)
            above[item->index] = true;
    }
    for (int i = 0; i < all->nelts; i++) {
        const portal_item_t *item = portal_item_at(all, i);
        while (item && !named[item->index])
            item = item->parent;
        read[i] = item ? portal_item_at(all, i) == item || !above[item->index] : !any;
    }
    return read;
}

static bool has_scores(const portal_item_t *item)
{
    for (int i = 0; i < item->options->nelts; i++)
        if (APR_ARRAY_IDX(item->options, i, portal_option_t).score)
            return true;
    return false;
}

bool portal_form_in_words(const portal_item_t *item)
{
    return portal_item_is_choice(item) && !item->options->nelts && item->unbound_why;
}

/* True for an answer that an expression should work out, and cannot. */
static bool is_silent(const portal_form_loader_t *l, const portal_item_t *item)
{
    for (int i = 0; item->calculated && i < l->expressions->nelts; i++) {
        const portal_form_written_t *e =
            &APR_ARRAY_IDX(l->expressions, i, portal_form_written_t);
        if (e->item == item && e->what == PORTAL_FORM_CALCULATED && e->why)
            return true;
    }
    return false;
}

/* Why the answer is not there to be read; NULL: it is. */
static const char *missing(const portal_form_loader_t *l, const portal_item_t *item)
{
    return portal_form_in_words(item) ? "asked in words"
           : is_silent(l, item)       ? "not worked out itself"
                                      : NULL;
}

const char *portal_form_misreading(const portal_form_loader_t *l,
                                   const portal_fhirpath_t *e)
{
    reading_t r = {.strings = apr_array_make(l->pool, 4, sizeof(const char *))};
    const apr_array_header_t *all = l->form->all;
    const portal_item_t *scoreless = NULL;
    const bool *read;
    bool scored = false;

    portal_fhirpath_words(e, take_word, &r);
    read = r.codes || r.scores ? read_items(l, &r) : NULL;
    for (int i = 0; read && i < all->nelts; i++) {
        const portal_item_t *item = portal_item_at(all, i);
        const char *why = read[i] ? missing(l, item) : NULL;
        if (why)
            return apr_psprintf(l->pool,
                                "it may read the answer of \"%.60s\", which is %s",
                                item->link_id, why);
        if (!read[i] || !portal_item_is_choice(item))
            continue;
        scored = scored || has_scores(item);
        scoreless = scoreless ? scoreless : item;
    }
    return r.scores && !scored && scoreless
               ? apr_psprintf(l->pool,
                              "it adds up the scores of choices, and those of \"%.60s\" "
                              "have none (ordinalValue or itemWeight)",
                              scoreless->link_id)
               : NULL;
}
