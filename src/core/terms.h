/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terms: what a person is found by. A record is turned into words that are kept beside it, and
 * what is typed into Find is turned into words of the same kind: a record is found when each of
 * the typed ones is the beginning of one of its own. Letter case, accents, apostrophes and the
 * order of words do not matter (core/text.h portal_text_fold).
 *
 * A word has at most 80 code points; longer ones are cut on both sides.
 */
#ifndef PORTAL_TERMS_H
#define PORTAL_TERMS_H

#include <apr_hash.h>
#include <apr_pools.h>
#include <apr_tables.h>

/* Words of a record, as a set: word -> word. In the pool it was made from. */
typedef struct {
    apr_pool_t *pool;
    apr_hash_t *words;
} portal_terms_t;

/* An empty set. */
portal_terms_t *portal_terms_make(apr_pool_t *pool);

/* Adds the words of a text, such as a name; one without any letter is a word as it is. Empty
 * texts add nothing, in each of these. */
void portal_terms_add_name(portal_terms_t *terms, const char *name);

/* Adds a case number or an mrn: without its spaces, dashes and points, and from each of its
 * parts on: C-20/41 becomes c2041, 2041 and 41. */
void portal_terms_add_number(portal_terms_t *terms, const char *number);

/* Adds an e-mail address: as a whole, what stands before the @, and the words of that. */
void portal_terms_add_email(portal_terms_t *terms, const char *email);

/* Adds a date as its digits: 1961-04-03 becomes 19610403. */
void portal_terms_add_date(portal_terms_t *terms, const char *date);

/* One typed word. A record must have a word that begins with `word`, or with `other` when that
 * is not NULL (a date whose day and month can be read both ways). */
typedef struct {
    const char *word;
    const char *other;
} portal_term_t;

/*
 * The words of what was typed into Find, as an array of portal_term_t, at most `most` (further
 * ones are left out). Empty when nothing can be looked for. What holds a digit counts as a number
 * or, where it reads as one, as a date in any of the ways of portal_date_read.
 */
apr_array_header_t *portal_terms_of_query(const char *query, int most, apr_pool_t *pool);

/* The end of the range of words that begin with `word`: X <= w AND w < portal_terms_end(X). */
const char *portal_terms_end(const char *word, apr_pool_t *pool);

#endif
