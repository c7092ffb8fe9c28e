/* SPDX-License-Identifier: Apache-2.0 */
/* What a person is found by; see terms.h. */
#include "core/terms.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "core/date.h"
#include "core/email.h"
#include "core/text.h"

#define LONGEST 80 /* code points */
#define SPACES " \t\r\n\f\v"

/* ---- small things ---- */

static const char *cut(const char *word, apr_size_t len, apr_pool_t *pool)
{
    apr_size_t points = 0, at = 0;

    while (at < len && (points < LONGEST || (word[at] & 0xC0) == 0x80))
        points += (word[at++] & 0xC0) != 0x80;
    /* the last step may have taken the first byte of one point too many */
    while (points > LONGEST) {
        at--;
        points -= (word[at] & 0xC0) != 0x80;
    }
    return apr_pstrmemdup(pool, word, at);
}

static int has_digit(const char *text)
{
    return strpbrk(text, "0123456789") != NULL;
}

static const char *without_spaces(const char *text, apr_pool_t *pool)
{
    char *out = apr_palloc(pool, strlen(text) + 1), *to = out;

    for (; *text; text++)
        if (*text != ' ')
            *to++ = *text;
    *to = '\0';
    return out;
}

static const char *digits_of(const portal_date_t *date, apr_pool_t *pool)
{
    if (date->day)
        return apr_psprintf(pool, "%04d%02d%02d", date->year, date->month, date->day);
    if (date->month)
        return apr_psprintf(pool, "%04d%02d", date->year, date->month);
    return apr_psprintf(pool, "%04d", date->year);
}

/* Calls for each stretch between separators, until there is none left. */
static const char *next_part(const char **text, const char *separators, apr_size_t *len)
{
    const char *part = *text + strspn(*text, separators);

    *len = strcspn(part, separators);
    *text = part + *len;
    return *len ? part : NULL;
}

/* ---- words of a record ---- */

portal_terms_t *portal_terms_make(apr_pool_t *pool)
{
    portal_terms_t *terms = apr_palloc(pool, sizeof(*terms));

    *terms = (portal_terms_t){pool, apr_hash_make(pool)};
    return terms;
}

static void add(portal_terms_t *terms, const char *word, apr_size_t len)
{
    const char *kept = cut(word, len, terms->pool);

    if (*kept)
        apr_hash_set(terms->words, kept, APR_HASH_KEY_STRING, kept);
}

void portal_terms_add_name(portal_terms_t *terms, const char *name)
{
    const char *text = portal_text_fold(name, terms->pool), *word;
    apr_size_t len;

    if (!*text)
        text = without_spaces(name, terms->pool);
    while ((word = next_part(&text, " ", &len)))
        add(terms, word, len);
}

void portal_terms_add_number(portal_terms_t *terms, const char *number)
{
    const char *text = portal_text_fold(number, terms->pool), *part;
    apr_size_t len;

    while ((part = next_part(&text, " ", &len))) {
        const char *rest = without_spaces(part, terms->pool);
        add(terms, rest, strlen(rest));
    }
}

/* The address as it is compared; what is no address is only put in lower case. */
static const char *email_key(const char *email, apr_pool_t *pool)
{
    portal_email_t parsed;
    char *key;

    if (portal_email_parse(&parsed, email, pool) == PORTAL_EMAIL_OK)
        return parsed.key;
    key = apr_pstrdup(pool, email);
    for (char *c = key; *c; c++)
        *c = (char)apr_tolower(*c);
    return key;
}

void portal_terms_add_email(portal_terms_t *terms, const char *email)
{
    const char *key = email_key(email, terms->pool), *at = strchr(key, '@');

    add(terms, key, strlen(key));
    if (at) {
        add(terms, key, (apr_size_t)(at - key));
        portal_terms_add_name(terms,
                              apr_pstrmemdup(terms->pool, key, (apr_size_t)(at - key)));
    }
}

void portal_terms_add_date(portal_terms_t *terms, const char *date)
{
    portal_date_t parsed;

    if (portal_date_parse(&parsed, date) == PORTAL_DATE_OK) {
        const char *digits = digits_of(&parsed, terms->pool);
        add(terms, digits, strlen(digits));
    }
}

/* ---- words of a query ---- */

typedef struct {
    apr_array_header_t *list;
    int most;
    apr_pool_t *pool;
} query_t;

static void push(query_t *q, const char *word, apr_size_t len, const char *other)
{
    const char *kept = cut(word, len, q->pool);

    if (*kept && q->list->nelts < q->most)
        *(portal_term_t *)apr_array_push(q->list) = (portal_term_t){kept, other};
}

/* 03/04/1961: both days. `typed` is known to read both ways, so it has three numbers. */
static void push_ambiguous(query_t *q, const char *typed)
{
    int n[3] = {0, 0, 0}, at = 0;
    const char *word;

    for (; *typed && at < 3; typed++) {
        if (apr_isdigit(*typed))
            n[at] = n[at] * 10 + (*typed - '0');
        else
            at++;
    }
    word = apr_psprintf(q->pool, "%04d%02d%02d", n[2], n[0], n[1]);
    push(q, word, strlen(word), apr_psprintf(q->pool, "%04d%02d%02d", n[2], n[1], n[0]));
}

static int push_date(query_t *q, const char *typed)
{
    portal_date_t date;
    const char *digits;

    switch (portal_date_read(&date, typed)) {
    case PORTAL_DATE_OK:
        digits = digits_of(&date, q->pool);
        push(q, digits, strlen(digits), NULL);
        return 1;
    case PORTAL_DATE_AMBIGUOUS:
        push_ambiguous(q, typed);
        return 1;
    default:
        return 0;
    }
}

/* ann.smith.61 is a number to all appearances, and may be the beginning of an e-mail address. */
static const char *begun_email(const char *typed, apr_pool_t *pool)
{
    return strpbrk(typed, "._+") && apr_isalpha(*typed) ? email_key(typed, pool) : NULL;
}

static void push_token(query_t *q, const char *typed)
{
    const char *text, *word;
    apr_size_t len;

    if (strchr(typed, '@')) {
        text = email_key(typed, q->pool);
        push(q, text, strlen(text), NULL);
        return;
    }
    if (has_digit(typed) && push_date(q, typed))
        return;
    text = portal_text_fold(typed, q->pool);
    if (has_digit(typed)) {
        text = without_spaces(text, q->pool);
        push(q, text, strlen(text), begun_email(typed, q->pool));
        return;
    }
    while ((word = next_part(&text, " ", &len)))
        push(q, word, len, NULL);
}

apr_array_header_t *portal_terms_of_query(const char *query, int most, apr_pool_t *pool)
{
    query_t q = {apr_array_make(pool, 8, sizeof(portal_term_t)), most, pool};
    const char *token;
    apr_size_t len;

    while ((token = next_part(&query, SPACES, &len)))
        push_token(&q, apr_pstrmemdup(pool, token, len));
    return q.list;
}

const char *portal_terms_end(const char *word, apr_pool_t *pool)
{
    return apr_pstrcat(pool, word, "\xF4\x8F\xBF\xBF", NULL); /* U+10FFFF */
}
