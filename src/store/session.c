/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "core/token.h"
#include "store/session.h"
#include "store/statement.h"

/* By portal_session_kind_t. */
static const char *const kinds[] = {"",      "patient", "must_change",
                                    "lobby", "half",    "set_up"};

#define LAST_KIND PORTAL_SESSION_SET_UP

static apr_int64_t kind_of(const char *name)
{
    for (int i = PORTAL_SESSION_PATIENT; i <= LAST_KIND; i++)
        if (!strcmp(kinds[i], name))
            return i;
    return 0;
}

apr_status_t portal_session_begin(portal_tx_t *tx, portal_session_t *session,
                                  const char *agent, char token[44])
{
    portal_token_make(token);
    portal_token_hash(session->token_hash, token);
    apr_cpystrn(session->handle, portal_id_make(tx->pool), sizeof(session->handle));
    session->created = session->seen = session->stored = tx->now;
    return PORTAL_DO(session_insert, tx, NULL, .token_hash = session->token_hash,
                     .handle = session->handle, .binder_id = session->binder_id,
                     .kind = kinds[session->kind], .lobby_id = session->lobby_id,
                     .source = session->source, .agent = agent, .created = tx->now,
                     .seen = tx->now, .expires = session->expires);
}

apr_status_t portal_session_end(portal_tx_t *tx, const char *token_hash)
{
    portal_tx_ended(tx, NULL, token_hash);
    return PORTAL_DO(session_delete, tx, NULL, .token_hash = token_hash);
}

apr_status_t portal_session_replace(portal_tx_t *tx, const portal_session_t *old,
                                    portal_session_t *fresh, const char *agent,
                                    char token[44])
{
    portal_session_t begun = {.kind = fresh->kind, .expires = fresh->expires};
    int n = 0;
    apr_status_t rv = PORTAL_DO(session_delete, tx, &n, .token_hash = old->token_hash);

    portal_tx_ended(tx, NULL, old->token_hash);
    if (rv != APR_SUCCESS)
        return rv;
    if (n != 1)
        return APR_NOTFOUND;
    apr_cpystrn(begun.binder_id, old->binder_id, sizeof(begun.binder_id));
    apr_cpystrn(begun.source, old->source, sizeof(begun.source));
    *fresh = begun;
    return portal_session_begin(tx, fresh, agent, token);
}

apr_status_t portal_session_end_all(portal_tx_t *tx, const char *binder_id, int which,
                                    const char *except)
{
    apr_status_t rv = APR_SUCCESS;

    portal_tx_ended(tx, binder_id, NULL);
    for (int i = PORTAL_SESSION_PATIENT; i <= LAST_KIND && rv == APR_SUCCESS; i++)
        if (which & (1 << (i - 1)))
            rv = PORTAL_DO(session_delete_kind, tx, NULL, .binder_id = binder_id,
                           .kind = kinds[i], .except = except);
    return rv;
}

/* ---- reading ---- */

static const portal_actor_t nobody = {"system", "", "", ""};

typedef struct {
    const char *token_hash;
    portal_session_t *session;
    apr_time_t seen;
    int found;
} find_t;

typedef struct {
    const char *binder_id;
    portal_session_case_t *cases;
    int n;
} cases_t;

static apr_status_t read_cases(portal_tx_t *tx, void *baton)
{
    cases_t *c = baton;
    portal_row_session_cases *rows;
    apr_status_t rv =
        PORTAL_LIST(session_cases, tx, &rows, &c->n, .binder_id = c->binder_id);

    if (rv != APR_SUCCESS)
        return rv;
    c->cases = apr_pcalloc(tx->pool, sizeof(*c->cases) * (apr_size_t)(c->n + 1));
    for (int i = 0; i < c->n; i++) {
        apr_cpystrn(c->cases[i].id, rows[i].id, sizeof(c->cases[i].id));
        portal_session_number(c->cases[i].number, rows[i].number_key);
    }
    return APR_SUCCESS;
}

static apr_status_t fill_cases(portal_tx_t *tx, portal_session_t *s)
{
    cases_t c = {.binder_id = s->binder_id};
    apr_status_t rv = read_cases(tx, &c);

    if (rv != APR_SUCCESS)
        return rv;
    s->n_cases = c.n <= PORTAL_SESSION_CASES ? c.n : -1;
    if (s->n_cases > 0)
        memcpy(s->cases, c.cases, sizeof(*c.cases) * (apr_size_t)c.n);
    return APR_SUCCESS;
}

static apr_status_t load(portal_tx_t *tx, void *baton)
{
    find_t *find = baton;
    portal_session_t *s = find->session;
    portal_row_session_get row;
    apr_status_t rv = PORTAL_GET(session_get, tx, &row, .token_hash = find->token_hash);

    find->found = rv == APR_SUCCESS;
    if (rv == APR_NOTFOUND)
        return APR_SUCCESS;
    if (rv != APR_SUCCESS)
        return rv;
    memset(s, 0, sizeof(*s));
    apr_cpystrn(s->token_hash, find->token_hash, sizeof(s->token_hash));
    apr_cpystrn(s->handle, row.handle, sizeof(s->handle));
    apr_cpystrn(s->binder_id, row.binder_id, sizeof(s->binder_id));
    apr_cpystrn(s->lobby_id, row.lobby_id, sizeof(s->lobby_id));
    apr_cpystrn(s->source, row.source, sizeof(s->source));
    s->kind = kind_of(row.kind);
    s->created = row.created;
    s->seen = s->stored = row.seen;
    s->expires = row.expires;
    return fill_cases(tx, s);
}

apr_status_t portal_session_load(const portal_store_t *store, const char *token_hash,
                                 apr_time_t now, portal_session_t *session,
                                 apr_pool_t *pool)
{
    find_t find = {.token_hash = token_hash, .session = session};
    apr_status_t rv = portal_store_read(store, &nobody, now, load, &find, pool);

    return rv == APR_SUCCESS && !find.found ? APR_NOTFOUND : rv;
}

apr_status_t portal_session_cases(const portal_store_t *store, const char *binder_id,
                                  apr_time_t now, portal_session_case_t **cases, int *n,
                                  apr_pool_t *pool)
{
    cases_t c = {.binder_id = binder_id};
    apr_status_t rv = portal_store_read(store, &nobody, now, read_cases, &c, pool);

    *cases = c.cases;
    *n = rv == APR_SUCCESS ? c.n : 0;
    return rv;
}

static apr_status_t mark_seen(portal_tx_t *tx, void *baton)
{
    find_t *find = baton;
    return PORTAL_DO(session_seen, tx, NULL, .seen = find->seen,
                     .token_hash = find->token_hash);
}

apr_status_t portal_session_seen(const portal_store_t *store, const char *token_hash,
                                 apr_time_t seen, apr_pool_t *pool)
{
    find_t find = {.token_hash = token_hash, .seen = seen};
    return portal_store_write(store, &nobody, seen, mark_seen, &find, pool);
}
