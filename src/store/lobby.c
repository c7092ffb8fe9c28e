/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <sodium.h>
#include <string.h>

#include "store/audit.h"
#include "store/lobby.h"
#include "store/lobby_password.h"
#include "store/session.h"
#include "store/statement.h"
#include "store/throttle.h"

static int is_right(const portal_tx_t *tx, const portal_lobby_start_t *s,
                    const portal_row_lobby_by_number *row)
{
    char mac[PORTAL_MAC_SIZE];
    apr_status_t rv = portal_lobby_code_mac(mac, tx->store->keys, (unsigned)row->key_id,
                                            row->id, s->digits);

    return rv == APR_SUCCESS && *s->digits &&
           strlen(row->code_mac) == PORTAL_MAC_SIZE - 1 &&
           !sodium_memcmp(mac, row->code_mac, PORTAL_MAC_SIZE - 1);
}

/* What keeps this password from working, as a word for the audit; NULL: nothing. */
static const char *fault_of(const portal_tx_t *tx, const portal_lobby_start_t *s,
                            const portal_row_lobby_by_number *row)
{
    int right = is_right(tx, s, row);

    if (!*row->binder_id)
        return "unknown";
    if (!row->enabled)
        return "disabled";
    if (!*row->id)
        return "none";
    if (!right)
        return "refused";
    if (row->used)
        return "used";
    return row->expires <= tx->now ? "expired" : NULL;
}

static apr_status_t begin(portal_tx_t *tx, portal_lobby_start_t *s,
                          const portal_row_lobby_by_number *row)
{
    portal_attempt_t attempt = {"lobby", s->number_key, s->source, 0};
    apr_status_t rv = portal_throttle_succeeded(tx, &attempt);

    if (rv == APR_SUCCESS && *s->replaces)
        rv = portal_session_end(tx, s->replaces);
    if (rv != APR_SUCCESS)
        return rv;
    memset(&s->session, 0, sizeof(s->session));
    s->session.kind = PORTAL_SESSION_LOBBY;
    s->session.expires = tx->now + s->lifetime;
    apr_cpystrn(s->session.binder_id, row->binder_id, sizeof(s->session.binder_id));
    apr_cpystrn(s->session.lobby_id, row->id, sizeof(s->session.lobby_id));
    apr_cpystrn(s->session.source, s->address, sizeof(s->session.source));
    return portal_session_begin(tx, &s->session, "", s->token);
}

/* Two tablets at once: the row is used by one of them. */
static apr_status_t use(portal_tx_t *tx, portal_lobby_start_t *s,
                        const portal_row_lobby_by_number *row, const char **fault)
{
    int n = 0;
    apr_status_t rv = PORTAL_DO(lobby_use, tx, &n, .used = tx->now, .id = row->id);

    if (rv == APR_SUCCESS && n != 1)
        *fault = "used";
    return rv == APR_SUCCESS && n == 1 ? begin(tx, s, row) : rv;
}

/* NULL: a session has begun. */
static apr_status_t compare(portal_tx_t *tx, portal_lobby_start_t *s,
                            const portal_row_lobby_by_number *row,
                            portal_throttle_verdict_t look, const char **fault)
{
    if (look == PORTAL_THROTTLE_GO)
        *fault = fault_of(tx, s, row);
    else
        *fault = look == PORTAL_THROTTLE_STOPPED ? "stopped" : "wait";
    return *fault ? APR_SUCCESS : use(tx, s, row, fault);
}

apr_status_t portal_act_lobby_start(portal_tx_t *tx, void *baton)
{
    portal_lobby_start_t *s = baton;
    portal_attempt_t attempt = {"lobby", s->number_key, s->source, 0};
    portal_throttle_guess_t guess;
    portal_row_lobby_by_number row;
    const char *fault;
    apr_status_t rv = PORTAL_GET(lobby_by_number, tx, &row, .number_key = s->number_key);

    if (rv == APR_NOTFOUND)
        row.binder_id = row.id = row.code_mac = "";
    if (rv == APR_SUCCESS || rv == APR_NOTFOUND)
        rv = portal_throttle_guess(tx, s->cost, &attempt,
                                   *row.id ? row.id : s->number_key, &guess);
    if (rv == APR_SUCCESS)
        rv = compare(tx, s, &row, guess.look, &fault);
    if (rv != APR_SUCCESS)
        return rv;
    s->refused = fault != NULL;
    s->verdict = fault ? guess.verdict : PORTAL_THROTTLE_GO;
    s->until = guess.until;
    return PORTAL_AUDIT(tx, .action = "lobby.start", .binder_id = row.binder_id,
                        .result = fault ? fault : "ok");
}

apr_status_t portal_act_lobby_finish(portal_tx_t *tx, void *baton)
{
    const portal_session_t *session = baton;
    apr_status_t rv = portal_session_end(tx, session->token_hash);

    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(lobby_delete, tx, NULL, .id = session->lobby_id);
    if (rv == APR_SUCCESS)
        rv = PORTAL_AUDIT(tx, .action = "lobby.finish", .binder_id = session->binder_id);
    return rv;
}
