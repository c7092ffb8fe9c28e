/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "core/date.h"
#include "core/date_words.h"
#include "core/text.h"

#define BETWEEN " \t,"
#define MOST_WORDS 50

typedef struct {
    const char *start, *end; /* in what was typed */
    const char *folded;
} word_t;

typedef struct {
    word_t words[MOST_WORDS];
    int n;
} words_t;

typedef struct {
    int first, last; /* words */
    portal_date_t date;
} found_t;

static void split(words_t *w, const char *typed, apr_pool_t *pool)
{
    const char *at = typed + strspn(typed, BETWEEN);

    for (w->n = 0; *at && w->n < MOST_WORDS; at += strspn(at, BETWEEN)) {
        const char *end = at + strcspn(at, BETWEEN);
        w->words[w->n++] = (word_t){
            at, end,
            portal_text_fold(apr_pstrmemdup(pool, at, (apr_size_t)(end - at)), pool)};
        at = end;
    }
}

static int begins_month(const portal_catalogue_t *catalogue, const char *lang, int month,
                        const char *word, apr_pool_t *pool)
{
    const char *name = portal_catalogue_text(catalogue, lang,
                                             apr_psprintf(pool, "date.month.%d", month));

    return !strncmp(portal_text_fold(name, pool), word, strlen(word));
}

/* 1..12; 0: no month. */
static int month_of(const portal_catalogue_t *catalogue, const char *word,
                    apr_pool_t *pool)
{
    if (strlen(word) < 3 || strspn(word, "0123456789"))
        return 0;
    for (int i = 0; i < portal_catalogue_count(catalogue); i++)
        for (int month = 1; month <= 12; month++)
            if (begins_month(catalogue, portal_catalogue_language(catalogue, i), month,
                             word, pool))
                return month;
    return 0;
}

/* The number of a word of this many digits; 0: it is none, or there is no such word. */
static int number_at(const words_t *w, int i, size_t fewest, size_t most)
{
    const char *word = i >= 0 && i < w->n ? w->words[i].folded : "";
    size_t len = strlen(word);

    return len >= fewest && len <= most && strspn(word, "0123456789") == len ? atoi(word)
                                                                             : 0;
}

/* The next word in this direction, over a "de" or "of". */
static int beside(const words_t *w, int i, int step)
{
    int next = i + step;
    int small = next > 0 && next < w->n - 1 && strlen(w->words[next].folded) == 2 &&
                !strspn(w->words[next].folded, "0123456789");

    return small ? next + step : next;
}

/* 1: the words from `first` to `last` are a day of this month, whose name stands at i. */
static int is_day(const words_t *w, int i, int month, found_t *found)
{
    int day = number_at(w, found->first = beside(w, i, -1), 1, 2);
    int year = number_at(w, found->last = beside(w, i, 1), 4, 4);
    char text[32];

    if (!day || !year) {
        day = number_at(w, i + 1, 1, 2);
        year = number_at(w, found->last = i + 2, 4, 4);
        found->first = i;
    }
    apr_snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month, day);
    return day && year && portal_date_parse(&found->date, text) == PORTAL_DATE_OK;
}

const char *portal_date_words(const portal_catalogue_t *catalogue, const char *typed,
                              apr_pool_t *pool)
{
    words_t *w = apr_palloc(pool, sizeof(*w));
    found_t found;

    split(w, typed, pool);
    for (int i = 0; i < w->n; i++) {
        int month = month_of(catalogue, w->words[i].folded, pool);
        if (month && is_day(w, i, month, &found))
            return apr_pstrcat(
                pool,
                apr_pstrmemdup(pool, typed,
                               (apr_size_t)(w->words[found.first].start - typed)),
                portal_date_text(&found.date, pool), w->words[found.last].end, NULL);
    }
    return typed;
}
