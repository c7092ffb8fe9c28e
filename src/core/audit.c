/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit: see audit.h. A row is hashed in a form in which no two rows look alike: the name of
 * the form, then numbers in 8 bytes and texts behind their length in 8 bytes, always in the
 * same order.
 */
#include "core/audit.h"

#include <apr_strings.h>
#include <sodium.h>
#include <string.h>

#define FORM "portal audit 1"
#define LINK_FORM "portal audit link 1"
#define ANCHOR_FORM "portal audit anchor 1"
#define WINDOW 64 /* rows that are looked at to say what happened to the first of them */
#define GAP_MAX 1000 /* rows cut out and closed up that are still told from a change */

/* A row with what is stored beside it. */
typedef struct {
    portal_audit_row_t row;
    unsigned key_id;
    const char *mac;
    char link[PORTAL_MAC_SIZE]; /* only in the window */
} stored_t;

struct portal_audit_verifier_t {
    const portal_keyring_t *ring;
    apr_pool_t *pool;           /* of the rows in the window */
    apr_int64_t seq;            /* of the last good row */
    char link[PORTAL_MAC_SIZE]; /* to it */
    stored_t window[WINDOW];    /* a row that did not fit, and those after it */
    int suspects;               /* how many are in the window; 0: all fits so far */
    portal_audit_verdict_t verdict;
    apr_int64_t found;
};

static void hash_number(crypto_generichash_state *state, apr_uint64_t value)
{
    unsigned char bytes[8];
    for (int i = 7; i >= 0; i--, value >>= 8) {
        bytes[i] = (unsigned char)(value & 0xff);
    }
    crypto_generichash_update(state, bytes, sizeof bytes);
}

static void hash_text(crypto_generichash_state *state, const char *text)
{
    apr_size_t length = strlen(text);
    hash_number(state, length);
    crypto_generichash_update(state, (const unsigned char *)text, length);
}

static void hash_row(crypto_generichash_state *state, const char *previous,
                     const portal_audit_row_t *row)
{
    hash_text(state, FORM);
    hash_text(state, previous);
    hash_number(state, (apr_uint64_t)row->seq);
    hash_number(state, (apr_uint64_t)row->at);
    hash_text(state, row->request);
    hash_text(state, row->actor_kind);
    hash_text(state, row->actor);
    hash_text(state, row->source);
    hash_text(state, row->action);
    hash_text(state, row->binder_id);
    hash_text(state, row->case_id);
    hash_text(state, row->result);
    hash_text(state, row->detail);
}

apr_status_t portal_audit_mac(char out[PORTAL_MAC_SIZE], const portal_keyring_t *ring,
                              unsigned key_id, const char *previous,
                              const portal_audit_row_t *row)
{
    unsigned char key[PORTAL_SUBKEY_BYTES];
    unsigned char hash[crypto_generichash_BYTES];
    crypto_generichash_state state;
    apr_status_t status =
        portal_keyring_subkey(key, ring, PORTAL_KEY_AUDIT_CHAIN, key_id);
    out[0] = '\0';
    if (status == APR_SUCCESS) {
        crypto_generichash_init(&state, key, sizeof key, sizeof hash);
        hash_row(&state, previous, row);
        crypto_generichash_final(&state, hash, sizeof hash);
        sodium_bin2hex(out, PORTAL_MAC_SIZE, hash, sizeof hash);
        sodium_memzero(&state, sizeof state);
    }
    sodium_memzero(key, sizeof key);
    return status;
}

/* No row's hash looks like this one: its form would begin with eight bytes of a length. */
apr_status_t portal_audit_link(char out[PORTAL_MAC_SIZE], const portal_keyring_t *ring,
                               unsigned key_id, const char *mac)
{
    char data[sizeof LINK_FORM + PORTAL_MAC_SIZE];
    int length = apr_snprintf(data, sizeof data, LINK_FORM " %s", mac);
    return portal_keyring_mac(out, ring, PORTAL_KEY_AUDIT_CHAIN, key_id, data,
                              (apr_size_t)length);
}

apr_status_t portal_audit_anchor_mac(char out[PORTAL_MAC_SIZE],
                                     const portal_keyring_t *ring, unsigned key_id,
                                     apr_int64_t seq, const char *link)
{
    char data[sizeof ANCHOR_FORM + PORTAL_MAC_SIZE + 24];
    int length = apr_snprintf(data, sizeof data, ANCHOR_FORM " %" APR_INT64_T_FMT " %s",
                              seq, link);
    return portal_keyring_mac(out, ring, PORTAL_KEY_AUDIT_CHAIN, key_id, data,
                              (apr_size_t)length);
}

portal_audit_verifier_t *portal_audit_verify_begin(const portal_keyring_t *ring,
                                                   apr_int64_t seq, const char *link,
                                                   apr_pool_t *pool)
{
    portal_audit_verifier_t *verifier = apr_pcalloc(pool, sizeof *verifier);
    verifier->ring = ring;
    verifier->pool = pool;
    verifier->seq = seq;
    apr_cpystrn(verifier->link, link, sizeof verifier->link);
    return verifier;
}

static int settle(portal_audit_verifier_t *verifier, portal_audit_verdict_t verdict,
                  apr_int64_t seq)
{
    verifier->verdict = verdict;
    verifier->found = seq;
    return 0;
}

/* Whether a stored row carries the hash that it would have as row `seq` after `previous`. */
static int fits(const portal_audit_verifier_t *verifier, const stored_t *stored,
                apr_int64_t seq, const char *previous)
{
    char mac[PORTAL_MAC_SIZE];
    portal_audit_row_t row = stored->row;
    row.seq = seq;
    return portal_audit_mac(mac, verifier->ring, stored->key_id, previous, &row) ==
               APR_SUCCESS &&
           strlen(stored->mac) == PORTAL_MAC_SIZE - 1 &&
           sodium_memcmp(mac, stored->mac, PORTAL_MAC_SIZE) == 0;
}

static int has_key(const portal_audit_verifier_t *verifier, unsigned key_id)
{
    unsigned id;
    for (apr_size_t i = 0;
         (id = portal_keyring_each(verifier->ring, PORTAL_KEY_AUDIT_CHAIN, i)); i++) {
        if (id == key_id) {
            return 1;
        }
    }
    return 0;
}

/* Whether row `i` of the window was written by the portal, but further on than it stands. */
static int belongs_later(const portal_audit_verifier_t *verifier, int i)
{
    const stored_t *stored = &verifier->window[i];
    for (int gap = 1; gap <= WINDOW; gap++) {
        for (int j = 0; j < verifier->suspects; j++) {
            if (fits(verifier, stored, stored->row.seq + gap, verifier->window[j].link)) {
                return 1;
            }
        }
    }
    return 0;
}

/* Whether the second of the window follows the first, both numbered lower than once. */
static int closed_up(const portal_audit_verifier_t *verifier)
{
    const stored_t *next = &verifier->window[1];
    for (int gap = 1; gap <= GAP_MAX; gap++) {
        if (fits(verifier, next, next->row.seq + gap, verifier->window[0].link)) {
            return 1;
        }
    }
    return 0;
}

/* What happened where the first row of the window stands. Two rows or more are in it. */
static int judge(portal_audit_verifier_t *verifier)
{
    const stored_t *first = &verifier->window[0];
    const stored_t *next = &verifier->window[1];
    apr_int64_t here = first->row.seq;
    if (fits(verifier, next, next->row.seq, first->link)) {
        return settle(verifier, PORTAL_AUDIT_CHANGED,
                      here); /* the chain goes on behind it */
    }
    for (int i = 1; i < verifier->suspects; i++) {
        if (fits(verifier, &verifier->window[i], here, verifier->link)) {
            return settle(verifier,
                          belongs_later(verifier, 0) ? PORTAL_AUDIT_MOVED
                                                     : PORTAL_AUDIT_ADDED,
                          here);
        }
    }
    return settle(verifier,
                  closed_up(verifier) ? PORTAL_AUDIT_MISSING : PORTAL_AUDIT_CHANGED,
                  here);
}

static int suspect(portal_audit_verifier_t *verifier, const stored_t *stored)
{
    apr_pool_t *pool = verifier->pool;
    stored_t *copy = &verifier->window[verifier->suspects++];
    portal_audit_row_t *row = &copy->row;
    *copy = *stored;
    row->request = apr_pstrdup(pool, row->request);
    row->actor_kind = apr_pstrdup(pool, row->actor_kind);
    row->actor = apr_pstrdup(pool, row->actor);
    row->source = apr_pstrdup(pool, row->source);
    row->action = apr_pstrdup(pool, row->action);
    row->binder_id = apr_pstrdup(pool, row->binder_id);
    row->case_id = apr_pstrdup(pool, row->case_id);
    row->result = apr_pstrdup(pool, row->result);
    row->detail = apr_pstrdup(pool, row->detail);
    copy->mac = apr_pstrdup(pool, stored->mac);
    portal_audit_link(copy->link, verifier->ring, copy->key_id, copy->mac);
    return verifier->suspects < WINDOW ? 1 : judge(verifier);
}

int portal_audit_verify_row(portal_audit_verifier_t *verifier,
                            const portal_audit_row_t *row, unsigned key_id,
                            const char *mac)
{
    stored_t stored = {*row, key_id, mac, ""};
    if (verifier->verdict != PORTAL_AUDIT_OK) {
        return 0;
    }
    if (verifier->suspects) {
        return suspect(verifier, &stored);
    }
    if (row->seq > verifier->seq + 1) {
        return settle(verifier, PORTAL_AUDIT_MISSING, verifier->seq + 1);
    }
    if (row->seq <= verifier->seq) { /* a second row of the same number */
        return settle(verifier, PORTAL_AUDIT_ADDED, row->seq);
    }
    if (!has_key(verifier, key_id)) {
        return settle(verifier, PORTAL_AUDIT_NO_KEY, row->seq);
    }
    if (!fits(verifier, &stored, row->seq, verifier->link)) {
        return suspect(verifier, &stored);
    }
    verifier->seq = row->seq;
    portal_audit_link(verifier->link, verifier->ring, key_id, mac);
    return 1;
}

/* The very last row does not fit: only the head can tell why. */
static void judge_last(portal_audit_verifier_t *verifier, apr_int64_t head_seq,
                       const char *head_link)
{
    const stored_t *last = &verifier->window[0];
    portal_audit_verdict_t verdict = PORTAL_AUDIT_CHANGED;
    if (head_seq < last->row.seq) {
        verdict = PORTAL_AUDIT_ADDED;
    } else if (head_seq > last->row.seq && strcmp(last->link, head_link) == 0) {
        verdict = PORTAL_AUDIT_MISSING; /* those before it, and it was closed up */
    }
    settle(verifier, verdict, last->row.seq);
}

static void judge_end(portal_audit_verifier_t *verifier, apr_int64_t head_seq,
                      const char *head_link)
{
    if (verifier->suspects > 1) {
        judge(verifier);
    } else if (verifier->suspects == 1) {
        judge_last(verifier, head_seq, head_link);
    } else if (head_seq > verifier->seq) {
        settle(verifier, PORTAL_AUDIT_MISSING, verifier->seq + 1);
    } else if (head_seq < verifier->seq || strcmp(verifier->link, head_link) != 0) {
        settle(verifier, PORTAL_AUDIT_CHANGED, verifier->seq); /* the head is not true */
    }
}

portal_audit_verdict_t portal_audit_verify_end(portal_audit_verifier_t *verifier,
                                               apr_int64_t head_seq,
                                               const char *head_link, apr_int64_t *seq)
{
    if (verifier->verdict == PORTAL_AUDIT_OK) {
        judge_end(verifier, head_seq, head_link);
    }
    *seq = verifier->found;
    return verifier->verdict;
}
