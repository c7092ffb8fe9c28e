/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and checks the audit trail; see audit_trail.h. */
#include <apr_strings.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/seal.h"
#include "store/audit_trail.h"

#define AT_ONCE 1000

apr_status_t portal_audit_report(portal_tx_t *tx, void *baton)
{
    portal_audit_report_t *r = baton;
    portal_row_import_binder binder = {.id = ""};
    apr_status_t rv = APR_SUCCESS;

    r->n = 0;
    r->found = 1;
    r->binder_id = "";
    if (*r->mrn)
        rv = PORTAL_GET(import_binder, tx, &binder, .mrn = r->mrn);
    if (rv == APR_NOTFOUND) {
        r->found = 0;
        return APR_SUCCESS;
    }
    if (rv != APR_SUCCESS)
        return rv;
    r->binder_id = binder.id;
    return PORTAL_LIST(audit_report, tx, &r->rows, &r->n, .after = r->after,
                       .since = r->since, .until = r->until, .binder_id = binder.id,
                       .any = binder.id, .most = r->most);
}

const char *portal_audit_detail(const portal_keyring_t *keys, apr_int64_t seq,
                                const char *sealed, apr_pool_t *pool)
{
    portal_seal_t place = {keys, PORTAL_KEY_AUDIT_DETAIL,
                           apr_psprintf(pool, "audit:%" APR_INT64_T_FMT, seq)};
    const char *plain;
    apr_size_t len;

    if (!*sealed)
        return "";
    return portal_unseal(&plain, &len, &place, sealed, pool) == APR_SUCCESS ? plain
                                                                            : NULL;
}

/* ---- checking ---- */

static portal_audit_row_t row_of(const portal_row_audit_walk *r)
{
    return (portal_audit_row_t){
        .seq = r->seq,
        .at = r->at,
        .request = r->request,
        .actor_kind = r->actor_kind,
        .actor = r->actor,
        .source = r->source,
        .action = r->action,
        .binder_id = r->binder_id,
        .case_id = r->case_id,
        .result = r->result,
        .detail = r->detail,
    };
}

/* One piece. *more is 0 when the verdict is settled or there are no more rows. */
static apr_status_t walk(portal_tx_t *tx, portal_audit_check_t *c,
                         portal_audit_verifier_t *verifier, apr_int64_t *after, int *more)
{
    portal_row_audit_walk *rows;
    int n;
    apr_status_t rv =
        PORTAL_LIST(audit_walk, tx, &rows, &n, .after = *after, .most = AT_ONCE);

    *more = rv == APR_SUCCESS && n == AT_ONCE;
    for (int i = 0; i < n && rv == APR_SUCCESS; i++) {
        portal_audit_row_t row = row_of(&rows[i]);
        c->rows++;
        *after = row.seq;
        if (!portal_audit_verify_row(verifier, &row, (unsigned)rows[i].key_id,
                                     rows[i].mac)) {
            *more = 0;
            break;
        }
    }
    if (c->progress)
        c->progress(c->progress_baton, c->rows, c->head);
    return rv;
}

/* Pieces are read into a pool that is cleared, which the transaction's own cannot be. */
static apr_status_t walk_all(portal_tx_t *tx, portal_audit_check_t *c,
                             portal_audit_verifier_t *verifier, apr_int64_t after)
{
    apr_pool_t *kept = tx->pool;
    apr_status_t rv;
    int more;

    apr_pool_create(&tx->pool, kept);
    do {
        rv = walk(tx, c, verifier, &after, &more);
        apr_pool_clear(tx->pool);
    } while (more);
    apr_pool_destroy(tx->pool);
    tx->pool = kept;
    return rv;
}

apr_status_t portal_audit_check(portal_tx_t *tx, void *baton)
{
    portal_audit_check_t *c = baton;
    portal_audit_verifier_t *verifier =
        portal_audit_verify_begin(tx->store->keys, 0, PORTAL_AUDIT_START, tx->pool);
    portal_row_audit_head head;
    portal_row_audit_first first;
    apr_status_t rv = PORTAL_GET(audit_head, tx, &head, .id = 1);

    c->rows = 0;
    if (rv == APR_SUCCESS || rv == APR_NOTFOUND)
        rv = PORTAL_GET(audit_first, tx, &first, .none_ = 0);
    if (rv != APR_SUCCESS)
        return rv;
    c->head = head.seq;
    c->head_link = head.mac ? head.mac : "";
    /* a row with a number below 1 was never written by the portal, and must be seen */
    rv = walk_all(tx, c, verifier, first.seq < 1 ? first.seq - 1 : 0);
    c->verdict = portal_audit_verify_end(verifier, c->head, c->head_link, &c->seq);
    return rv;
}

/* ---- anchors ---- */

apr_status_t portal_audit_anchor(portal_tx_t *tx, void *baton)
{
    portal_audit_anchor_t *a = baton;
    portal_row_audit_head head = {0};
    portal_row_audit_mac row = {0};
    apr_status_t rv = APR_SUCCESS;

    a->found = 0;
    if (a->seq == PORTAL_AUDIT_LAST) {
        rv = PORTAL_GET(audit_head, tx, &head, .id = 1);
        a->seq = head.seq;
    }
    if (rv == APR_SUCCESS)
        rv = PORTAL_GET(audit_mac, tx, &row, .seq = a->seq);
    if (rv == APR_NOTFOUND)
        return APR_SUCCESS;
    if (rv != APR_SUCCESS)
        return rv;
    a->found = 1;
    rv = portal_audit_link(a->link, tx->store->keys, (unsigned)row.key_id, row.mac);
    return rv == APR_SUCCESS
               ? portal_audit_anchor_mac(a->proof, tx->store->keys,
                                         portal_keyring_current(tx->store->keys), a->seq,
                                         a->link)
               : rv;
}

/* One hash in hexadecimal behind a space; NULL: something else. */
static const char *read_hash(char out[PORTAL_MAC_SIZE], const char *at)
{
    if (*at++ != ' ')
        return NULL;
    apr_cpystrn(out, at, PORTAL_MAC_SIZE);
    return strspn(out, "0123456789abcdef") == PORTAL_MAC_SIZE - 1
               ? at + PORTAL_MAC_SIZE - 1
               : NULL;
}

static int is_ours(const portal_audit_anchor_t *anchor, const portal_keyring_t *keys)
{
    char proof[PORTAL_MAC_SIZE];
    unsigned id;

    for (apr_size_t i = 0; (id = portal_keyring_each(keys, PORTAL_KEY_AUDIT_CHAIN, i));
         i++)
        if (portal_audit_anchor_mac(proof, keys, id, anchor->seq, anchor->link) ==
                APR_SUCCESS &&
            !sodium_memcmp(proof, anchor->proof, sizeof(proof)))
            return 1;
    return 0;
}

portal_anchor_kind_t portal_audit_anchor_read(portal_audit_anchor_t *anchor,
                                              const portal_keyring_t *keys,
                                              const char *line)
{
    const char *at = strstr(line, PORTAL_AUDIT_ANCHOR);
    char *end;

    if (!at)
        return PORTAL_ANCHOR_NONE;
    at += strlen(PORTAL_AUDIT_ANCHOR);
    anchor->seq = strtoll(at, &end, 10);
    at = end == at || anchor->seq < 1 ? NULL : read_hash(anchor->link, end);
    at = at ? read_hash(anchor->proof, at) : NULL;
    return at && is_ours(anchor, keys) ? PORTAL_ANCHOR_OURS : PORTAL_ANCHOR_FOREIGN;
}
