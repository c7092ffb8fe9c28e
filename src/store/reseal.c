/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing again and counting; see reseal.h. */
#include <string.h>

#include <apr_strings.h>
#include <jansson.h>

#include "core/seal.h"
#include "store/reseal.h"
#include "store/statement.h"

#define SERVING "keys:"
#define SLACK                                                                            \
    apr_time_from_sec(3600) /* children of before a restart may go on for a while */

typedef struct {
    const char *id, *sealed;
} row_t;

/* One table: its rows that are not sealed under `head`, and the change of one. */
typedef struct {
    const char *name; /* as the place is called: NAME:ID */
    const char *tail;
    portal_key_purpose_t purpose;
    apr_status_t (*list)(portal_tx_t *tx, const portal_reseal_t *r, const char *head,
                         apr_array_header_t *rows);
    apr_status_t (*set)(portal_tx_t *tx, const row_t *row, const char *sealed, int *n);
} table_t;

#define TABLE(table)                                                                     \
    static apr_status_t list_##table(portal_tx_t *tx, const portal_reseal_t *r,          \
                                     const char *head, apr_array_header_t *rows)         \
    {                                                                                    \
        portal_row_reseal_##table *found;                                                \
        int n;                                                                           \
        apr_status_t rv = PORTAL_LIST(reseal_##table, tx, &found, &n, .after = r->after, \
                                      .head = head, .most = r->most);                    \
        for (int i = 0; rv == APR_SUCCESS && i < n; i++)                                 \
            *(row_t *)apr_array_push(rows) = (row_t){found[i].id, found[i].sealed};      \
        return rv;                                                                       \
    }                                                                                    \
    static apr_status_t set_##table(portal_tx_t *tx, const row_t *row,                   \
                                    const char *sealed, int *n)                          \
    {                                                                                    \
        return PORTAL_DO(reseal_##table##_set, tx, n, .sealed = sealed, .id = row->id,   \
                         .old = row->sealed);                                            \
    }

TABLE(draft)
TABLE(response)
TABLE(past)
TABLE(returned)
TABLE(signature)
TABLE(mail)
TABLE(ask)
TABLE(undo)
TABLE(factor)

static const table_t tables[PORTAL_SEALED_TABLES] = {
    {"draft", "", PORTAL_KEY_ANSWERS, list_draft, set_draft},
    {"response", "", PORTAL_KEY_ANSWERS, list_response, set_response},
    {"past", "", PORTAL_KEY_ANSWERS, list_past, set_past},
    {"return", "", PORTAL_KEY_ANSWERS, list_returned, set_returned},
    {"signature", "", PORTAL_KEY_ANSWERS, list_signature, set_signature},
    {"mail", "", PORTAL_KEY_MAIL, list_mail, set_mail},
    {"ask", "", PORTAL_KEY_MAIL, list_ask, set_ask},
    {"account", ":undo", PORTAL_KEY_UNDO, list_undo, set_undo},
    {"factor", "", PORTAL_KEY_FACTOR, list_factor, set_factor},
};

/* As the texts begin that were sealed under a key (core/seal.h), for LIKE; 0: under any. */
static const char *head_of(unsigned key, apr_pool_t *pool)
{
    return key ? apr_psprintf(pool, "v1.%u.%%", key) : "v1.%";
}

/* ---- sealing again ---- */

/* The row is changed only if it is still what was read: who came between has used the current key
 * already. */
static apr_status_t seal_again(portal_tx_t *tx, const table_t *table, const row_t *row,
                               portal_reseal_t *r)
{
    portal_seal_t place = {
        tx->store->keys, table->purpose,
        apr_pstrcat(tx->pool, table->name, ":", row->id, table->tail, NULL)};
    const char *plain, *sealed;
    apr_size_t len;
    int n = 0;
    apr_status_t rv = portal_unseal(&plain, &len, &place, row->sealed, tx->pool);

    if (rv != APR_SUCCESS) {
        r->left++;
        r->left_table = table->name;
        r->left_id = row->id;
        return APR_SUCCESS;
    }
    rv = portal_seal(&sealed, &place, plain, len, tx->pool);
    if (rv == APR_SUCCESS)
        rv = table->set(tx, row, sealed, &n);
    r->done += n;
    return rv;
}

apr_status_t portal_act_reseal(portal_tx_t *tx, void *baton)
{
    portal_reseal_t *r = baton;
    const table_t *table = &tables[r->table];
    const char *head = head_of(portal_keyring_current(tx->store->keys), tx->pool);
    apr_array_header_t *rows = apr_array_make(tx->pool, r->most, sizeof(row_t));
    apr_status_t rv = table->list(tx, r, head, rows);

    r->done = r->left = 0;
    for (int i = 0; i < rows->nelts && rv == APR_SUCCESS; i++)
        rv = seal_again(tx, table, &APR_ARRAY_IDX(rows, i, row_t), r);
    if (rv != APR_SUCCESS)
        return rv;
    if (rows->nelts == r->most) {
        r->after = APR_ARRAY_IDX(rows, rows->nelts - 1, row_t).id;
    } else {
        r->table++;
        r->after = "";
    }
    return APR_SUCCESS;
}

/* ---- counting ---- */

static apr_status_t count_sealed(portal_tx_t *tx, unsigned key, apr_int64_t *rows)
{
    const char *head = head_of(key, tx->pool);
    portal_row_sealed_under n;
    apr_status_t rv = PORTAL_GET(
        sealed_under, tx, &n, .head = head, .head2 = head, .head3 = head, .head4 = head,
        .head5 = head, .head6 = head, .head7 = head, .head8 = head, .head9 = head);

    *rows = n.drafts + n.responses + n.pasts + n.returns + n.signatures + n.mails +
            n.asks + n.undos + n.factors;
    return rv;
}

apr_status_t portal_act_sealed_rows(portal_tx_t *tx, void *rows)
{
    return count_sealed(tx, 0, rows);
}

static int undo_needs(portal_tx_t *tx, const portal_row_reseal_undo *row, unsigned key)
{
    portal_seal_t place = {tx->store->keys, PORTAL_KEY_UNDO,
                           apr_pstrcat(tx->pool, "account:", row->id, ":undo", NULL)};
    const char *plain;
    apr_size_t len;
    json_t *before;
    int needs;

    if (portal_unseal(&plain, &len, &place, row->sealed, tx->pool) != APR_SUCCESS)
        return 0;
    before = json_loadb(plain, len, 0, NULL);
    needs = json_integer_value(json_object_get(before, "pepper_key")) == (json_int_t)key;
    json_decref(before);
    return needs;
}

/* Undo Registration brings back an earlier password with the key that it was made with. */
static apr_status_t count_undos(portal_tx_t *tx, unsigned key, apr_int64_t *passwords)
{
    portal_row_reseal_undo *rows;
    const char *after = "";
    apr_status_t rv = APR_SUCCESS;
    int n = 1;

    while (n && rv == APR_SUCCESS) {
        rv = PORTAL_LIST(reseal_undo, tx, &rows, &n, .after = after, .head = "none",
                         .most = 500);
        for (int i = 0; rv == APR_SUCCESS && i < n; i++) {
            *passwords += undo_needs(tx, &rows[i], key);
            after = rows[i].id;
        }
    }
    return rv;
}

apr_status_t portal_act_key_uses(portal_tx_t *tx, void *baton)
{
    portal_key_uses_t *u = baton;
    portal_row_key_since since;
    portal_row_key_uses n;
    apr_status_t rv =
        PORTAL_GET(key_since, tx, &since,
                   .key_id = (apr_int64_t)portal_keyring_current(tx->store->keys));

    if (rv == APR_SUCCESS)
        rv = PORTAL_GET(key_uses, tx, &n, .pepper_key = u->key, .lobby_key = u->key,
                        .now = tx->now, .audit_key = u->key,
                        .before = since.at ? since.at + SLACK : tx->now);
    if (rv != APR_SUCCESS)
        return rv;
    u->since = since.at;
    u->passwords = n.passwords;
    u->lobbies = n.lobbies;
    u->audit_rows = n.audit_rows;
    u->failures = n.failures;
    rv = count_sealed(tx, u->key, &u->sealed);
    return rv == APR_SUCCESS ? count_undos(tx, u->key, &u->passwords) : rv;
}

/* ---- which keys a serving httpd has ---- */

apr_status_t portal_act_serving_note(portal_tx_t *tx, void *baton)
{
    const portal_serving_t *s = baton;
    const portal_keyring_t *keys = tx->store->keys;
    const char *name =
        apr_pstrndup(tx->pool, apr_pstrcat(tx->pool, SERVING, s->where, NULL), 40);
    const char *value = apr_psprintf(tx->pool, "%" APR_TIME_T_FMT, tx->now);
    int n = 0;
    apr_status_t rv;

    for (apr_size_t i = 0; i < portal_keyring_count(keys) && strlen(value) < 180; i++)
        value = apr_psprintf(tx->pool, "%s%c%u", value, i ? ',' : ' ',
                             portal_keyring_id(keys, i));
    rv = PORTAL_DO(meta_update, tx, &n, .value = value, .name = name);
    if (rv == APR_SUCCESS && !n)
        rv = PORTAL_DO(meta_insert, tx, NULL, .name = name, .value = value);
    return rv;
}

apr_status_t portal_act_serving_list(portal_tx_t *tx, void *baton)
{
    portal_serving_list_t *l = baton;
    portal_row_meta_like *rows;
    apr_status_t rv = PORTAL_LIST(meta_like, tx, &rows, &l->n, .pattern = SERVING "%");

    if (rv != APR_SUCCESS)
        return rv;
    l->list = apr_pcalloc(tx->pool, ((apr_size_t)l->n + 1) * sizeof(*l->list));
    for (int i = 0; i < l->n; i++) {
        char *keys;
        l->list[i].at = apr_strtoi64(rows[i].value, &keys, 10);
        l->list[i].keys = keys + (*keys == ' ');
        l->list[i].where = rows[i].name + strlen(SERVING);
    }
    return APR_SUCCESS;
}
