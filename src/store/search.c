/* SPDX-License-Identifier: Apache-2.0 */
/* The words by which a binder is found; see search.h. */
#include <apr_strings.h>

#include "core/terms.h"
#include "store/search.h"
#include "store/statement.h"

#define OF_RECORD "d"
#define OF_TAB "a"

static void add_person(portal_terms_t *terms, const char *family, const char *given,
                       const char *birth_date)
{
    portal_terms_add_name(terms, family);
    portal_terms_add_name(terms, given);
    portal_terms_add_date(terms, birth_date);
}

/* APR_NOTFOUND: no such binder. */
static apr_status_t words_of_record(portal_tx_t *tx, const char *binder_id,
                                    portal_terms_t *terms)
{
    portal_row_search_binder b;
    portal_row_search_cases *cases;
    int n;
    apr_status_t rv = PORTAL_GET(search_binder, tx, &b, .id = binder_id);

    if (rv == APR_SUCCESS)
        rv = PORTAL_LIST(search_cases, tx, &cases, &n, .binder_id = binder_id);
    if (rv != APR_SUCCESS)
        return rv;
    add_person(terms, b.family, b.given, b.birth_date);
    portal_terms_add_number(terms, b.mrn);
    portal_terms_add_email(terms, b.email);
    for (int i = 0; i < n; i++) {
        add_person(terms, cases[i].family, cases[i].given, cases[i].birth_date);
        portal_terms_add_number(terms, cases[i].number);
    }
    return APR_SUCCESS;
}

/* Words in `terms` that are kept already leave the set; rows of other words go. */
static apr_status_t keep_equal(portal_tx_t *tx, const char *binder_id, const char *kind,
                               portal_terms_t *terms)
{
    portal_row_search_words *rows;
    int n;
    apr_status_t rv =
        PORTAL_LIST(search_words, tx, &rows, &n, .binder_id = binder_id, .kind = kind);

    for (int i = 0; i < n && rv == APR_SUCCESS; i++) {
        if (apr_hash_get(terms->words, rows[i].word, APR_HASH_KEY_STRING))
            apr_hash_set(terms->words, rows[i].word, APR_HASH_KEY_STRING, NULL);
        else
            rv = PORTAL_DO(search_word_delete, tx, NULL, .word = rows[i].word,
                           .binder_id = binder_id, .kind = kind);
    }
    return rv;
}

static apr_status_t keep(portal_tx_t *tx, const char *binder_id, const char *kind,
                         portal_terms_t *terms)
{
    apr_status_t rv = keep_equal(tx, binder_id, kind, terms);

    for (apr_hash_index_t *i = apr_hash_first(tx->pool, terms->words);
         i && rv == APR_SUCCESS; i = apr_hash_next(i))
        rv = PORTAL_DO(search_word_insert, tx, NULL, .word = apr_hash_this_key(i),
                       .binder_id = binder_id, .kind = kind);
    return rv;
}

apr_status_t portal_search_update(portal_tx_t *tx, const char *binder_id)
{
    portal_terms_t *record = portal_terms_make(tx->pool),
                   *tab = portal_terms_make(tx->pool);
    portal_row_search_access access;
    apr_status_t rv = words_of_record(tx, binder_id, record);

    if (rv == APR_NOTFOUND)
        return APR_SUCCESS;
    if (rv == APR_SUCCESS)
        rv = PORTAL_GET(search_access, tx, &access, .binder_id = binder_id);
    if (rv == APR_SUCCESS)
        portal_terms_add_email(tab, access.email);
    if (rv == APR_SUCCESS || rv == APR_NOTFOUND)
        rv = keep(tx, binder_id, OF_RECORD, record);
    return rv == APR_SUCCESS ? keep(tx, binder_id, OF_TAB, tab) : rv;
}
