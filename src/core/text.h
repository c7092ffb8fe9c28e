/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text: what is done with text that people typed: checking, cleaning, and the keys by which
 * it is compared and found. All text is UTF-8; lengths are counted in code points.
 *
 * Results are in the pool that is passed in. Functions that take clean text (what
 * portal_text_clean gave) treat malformed UTF-8 as empty text.
 */
#ifndef PORTAL_TEXT_H
#define PORTAL_TEXT_H

#include <apr_errno.h>
#include <apr_pools.h>

#define PORTAL_TEXT_LINES 1 /* flag: line breaks and tabs are allowed */

#define PORTAL_TEXT_CASE_MAX 64 /* code points of the key of a case number or an mrn */

typedef enum {
    PORTAL_TEXT_OK,
    PORTAL_TEXT_BAD_UTF8, /* not UTF-8: overlong, surrogate, cut off, above U+10FFFF … */
    PORTAL_TEXT_HAS_NUL,  /* a zero byte among the `len` bytes */
    PORTAL_TEXT_CONTROL,  /* a control character, or a code point that is no character */
    PORTAL_TEXT_LINE_BREAK, /* a line break or tab where they are not allowed */
    PORTAL_TEXT_BIDI,    /* an override or embedding that can show text in false order */
    PORTAL_TEXT_TOO_LONG /* more than `max` code points */
} portal_text_verdict_t;

/*
 * Checks `len` bytes at `text`. The first thing wrong, from the left, is the verdict;
 * TOO_LONG only when nothing else is wrong. Marks that right-to-left text needs (U+200E,
 * U+200F, U+061C) are allowed, overrides, embeddings and isolates are not. PORTAL_TEXT_LINES is
 * the only flag.
 */
portal_text_verdict_t portal_text_check(const char *text, apr_size_t len, apr_size_t max,
                                        unsigned flags);

/*
 * Checks `len` bytes and makes them ready to be kept: NFC, without white space at both
 * ends, each line break one LF. `max` counts the code points of the result. *clean is NULL
 * unless the verdict is OK.
 */
portal_text_verdict_t portal_text_clean(const char **clean, const char *text,
                                        apr_size_t len, apr_size_t max, unsigned flags,
                                        apr_pool_t *pool);

/* How many code points there are; malformed UTF-8 counts as one per byte from there on. */
apr_size_t portal_text_length(const char *text);

/*
 * Exactly NFC, nothing trimmed: for passwords (NIST SP 800-63B-4 section 3.1.1.2). The result
 * and all that lay on the way to it are wiped with `pool`. NULL: not UTF-8.
 */
const char *portal_text_secret(const char *text, apr_pool_t *pool);

/*
 * The search key: words in lower case without accents and apostrophes, one space between
 * them: `O’Brien-Núñez` becomes `obrien nunez`, `Weiß` `weiss`, `Sørensen` `sorensen`. NFKC
 * case folding; spaces, punctuation and symbols part words; Arabic letters that are written
 * in several ways become one; a run of Chinese is one word, of which each prefix is a prefix
 * here. Words that begin with X are found by X <= key < X + U+10FFFF. May be empty.
 */
const char *portal_text_fold(const char *text, apr_pool_t *pool);

/*
 * The key to sort people by: family names, then given names, each folded; a name without
 * any letter keeps its own characters; at most 190 code points of each. Compare byte by byte.
 * NULL counts as empty.
 */
const char *portal_text_sort_key(const char *family, const char *given, apr_pool_t *pool);

/*
 * The key by which a case number is unique: NFKC, upper case, spaces and every kind of
 * dash removed. APR_EINVAL: malformed, nothing remains, or more than 64 code points
 * remain; *key is then NULL.
 */
apr_status_t portal_text_case_key(const char **key, const char *text, apr_pool_t *pool);

/*
 * The key by which a binder's mrn is unique: exactly what was typed, in NFC and without
 * white space at both ends. APR_EINVAL as above, and for control characters.
 */
apr_status_t portal_text_mrn_key(const char **key, const char *text, apr_pool_t *pool);

/*
 * What a typed temporary password is compared by: NFKC, lower case, spaces and dashes
 * removed. A secret, wiped with `pool`. NULL: malformed; may be empty.
 */
const char *portal_text_password_key(const char *text, apr_pool_t *pool);

/*
 * For comparing passwords with lists and names, secrets wiped with `pool`; NULL: malformed.
 * lower: NFC in lower case. fold: as portal_text_fold, but spaces and symbols stay, except
 * apostrophes.
 */
const char *portal_text_lower_secret(const char *text, apr_pool_t *pool);
const char *portal_text_fold_secret(const char *text, apr_pool_t *pool);

#endif
