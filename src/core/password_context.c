/* SPDX-License-Identifier: Apache-2.0 */
/*
 * password_context: see password_context.h. Password and words are both folded (case, accents
 * and apostrophes aside). The longest words are taken out first, so that `Ann` does not
 * leave half of `Anna` standing.
 */
#include "core/password_context.h"
#include "core/date.h"
#include "core/secret.h"
#include "core/text.h"

#include <apr_strings.h>
#include <apr_tables.h>
#include <stdlib.h>
#include <string.h>

#define TAKEN '\x01' /* stands for a byte that was taken out; no password has it */

static void add_word(apr_array_header_t *words, const char *word)
{
    apr_size_t shortest = (unsigned char)word[0] < 0x80 ? 3 : 2; /* 李小 is a name */
    if (portal_text_length(word) >= shortest) {
        APR_ARRAY_PUSH(words, const char *) = word;
    }
}

/* Each word of a text, and all of it written as one word. */
static void add_text(apr_array_header_t *words, const char *text, apr_pool_t *pool)
{
    char *folded = apr_pstrdup(pool, portal_text_fold(text, pool));
    char *joined = apr_pcalloc(pool, strlen(folded) + 1);
    char *end = joined;
    char *last = NULL;
    for (char *word = apr_strtok(folded, " ", &last); word;
         word = apr_strtok(NULL, " ", &last)) {
        add_word(words, word);
        end = stpcpy(end, word);
    }
    add_word(words, joined);
}

/* Day and month in both orders, the year before and behind, in four digits and in two. */
static void add_date_forms(apr_array_header_t *words, const portal_date_t *date,
                           const char *separator, int padded, apr_pool_t *pool)
{
    const char *day = apr_psprintf(pool, padded ? "%02d" : "%d", date->day);
    const char *month = apr_psprintf(pool, padded ? "%02d" : "%d", date->month);
    const char *years[] = {apr_psprintf(pool, "%04d", date->year),
                           apr_psprintf(pool, "%02d", date->year % 100)};
    for (int i = 0; i < 2; i++) {
        const char *year = years[i];
        const char *s = separator;
        add_word(words, apr_pstrcat(pool, year, s, month, s, day, NULL));
        add_word(words, apr_pstrcat(pool, day, s, month, s, year, NULL));
        add_word(words, apr_pstrcat(pool, month, s, day, s, year, NULL));
    }
}

static void add_birth_date(apr_array_header_t *words, const char *text, apr_pool_t *pool)
{
    static const char *const separators[] = {"", "-", ".", "/", " "};
    portal_date_t date;
    if (portal_date_parse(&date, text) != PORTAL_DATE_OK) {
        return;
    }
    add_word(words, apr_psprintf(pool, "%04d", date.year));
    for (size_t i = 0; date.day && i < sizeof separators / sizeof *separators; i++) {
        add_date_forms(words, &date, separators[i], 1, pool);
        add_date_forms(words, &date, separators[i], 0, pool);
    }
}

static int longest_first(const void *a, const void *b)
{
    size_t first = strlen(*(const char *const *)a);
    size_t second = strlen(*(const char *const *)b);
    return (first < second) - (first > second);
}

/* Takes out each place where the word stands; 1: there was one. */
static int take_out(char *password, const char *word)
{
    size_t length = strlen(word);
    int found = 0;
    for (char *at = strstr(password, word); at; at = strstr(at, word)) {
        memset(at, TAKEN, length);
        found = 1;
    }
    return found;
}

static apr_size_t count_rest(const char *password)
{
    apr_size_t rest = 0;
    for (; *password; password++) {
        rest += *password != TAKEN && ((unsigned char)*password & 0xC0) != 0x80;
    }
    return rest;
}

int portal_password_is_context(const char *password,
                               const portal_password_context_t *context, apr_pool_t *pool)
{
    apr_array_header_t *words = apr_array_make(pool, 80, sizeof(const char *));
    const char *folded = portal_text_fold_secret(password, pool);
    int found = 0;
    if (!folded) {
        return 0;
    }
    for (const char *const *text = context->words; text && *text; text++) {
        add_text(words, *text, pool);
    }
    add_birth_date(words, context->birth_date ? context->birth_date : "", pool);
    qsort(words->elts, (size_t)words->nelts, sizeof(const char *), longest_first);

    char *left = apr_pstrdup(pool, folded);
    portal_secret_wipe_with(left, strlen(left), pool);
    for (int i = 0; i < words->nelts; i++) {
        found |= take_out(left, APR_ARRAY_IDX(words, i, const char *));
    }
    return found && count_rest(left) < PORTAL_PASSWORD_REST;
}
