/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/seal.h"
#include "core/token.h"
#include "store/ask.h"
#include "store/audit.h"
#include "store/link.h"
#include "store/statement.h"
#include "store/throttle.h"

#define HOUR apr_time_from_sec(3600)

static portal_seal_t place_of(const portal_tx_t *tx, const char *id)
{
    return (portal_seal_t){tx->store->keys, PORTAL_KEY_MAIL,
                           apr_pstrcat(tx->pool, "ask:", id, NULL)};
}

static apr_status_t write_down(portal_tx_t *tx, const portal_ask_t *ask)
{
    const char *id = portal_id_make(tx->pool), *sealed = NULL;
    portal_seal_t place = place_of(tx, id);
    json_t *what = json_pack("{s:s, s:s, s:s, s:s}", "number", ask->number_key, "email",
                             ask->email_key, "source", tx->actor->source, "request",
                             tx->actor->request);
    char *text = what ? json_dumps(what, JSON_COMPACT) : NULL;
    apr_status_t rv =
        text ? portal_seal(&sealed, &place, text, strlen(text), tx->pool) : APR_ENOMEM;

    free(text);
    json_decref(what);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(ask_insert, tx, NULL, .id = id, .kind = ask->kind,
                       .sealed = sealed, .created = tx->now);
    return rv;
}

apr_status_t portal_act_ask(portal_tx_t *tx, void *baton)
{
    portal_ask_t *ask = baton;
    portal_attempt_t attempt = {"link", "", ask->source, 0};
    apr_status_t rv =
        portal_throttle_attempt(tx, ask->cost, &attempt, &ask->verdict, &ask->until);

    if (rv == APR_SUCCESS && ask->verdict == PORTAL_THROTTLE_GO)
        rv = write_down(tx, ask);
    return rv;
}

/* ---- afterwards ---- */

/* What was asked, and the visitor who did. */
typedef struct {
    const char *kind, *number_key, *email_key;
    portal_actor_t visitor;
} asked_t;

static const char *text_of(const json_t *object, const char *name, apr_pool_t *pool)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? apr_pstrdup(pool, text) : "";
}

static apr_status_t read_ask(portal_tx_t *tx, const portal_row_ask_next *row,
                             asked_t *asked)
{
    portal_seal_t place = place_of(tx, row->id);
    const char *text;
    apr_size_t len;
    apr_status_t rv = portal_unseal(&text, &len, &place, row->sealed, tx->pool);
    json_t *what = rv == APR_SUCCESS ? json_loadb(text, len, 0, NULL) : NULL;

    asked->kind = row->kind;
    asked->number_key = text_of(what, "number", tx->pool);
    asked->email_key = text_of(what, "email", tx->pool);
    asked->visitor = (portal_actor_t){"visitor", "", text_of(what, "source", tx->pool),
                                      text_of(what, "request", tx->pool)};
    json_decref(what);
    return rv;
}

static apr_status_t send_link(portal_tx_t *tx, const portal_link_t *link,
                              const char **result)
{
    int queued;
    apr_status_t rv = portal_link_send(tx, link, &queued);

    *result = queued ? "ok" : "no_mail";
    return rv;
}

/* Under `invited`: a new link with the first one's expiry, when there is a live one. */
static apr_status_t repeat_invitation(portal_tx_t *tx, const char *binder_id,
                                      const char **result)
{
    portal_row_link_invitation live;
    apr_status_t rv =
        PORTAL_GET(link_invitation, tx, &live, .binder_id = binder_id, .now = tx->now);
    portal_link_t link = {binder_id, "invitation", "outside", NULL, live.expires};

    *result = "not_invited";
    if (rv != APR_SUCCESS)
        return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
    return send_link(tx, &link, result);
}

static apr_status_t answer_known(portal_tx_t *tx, const portal_ask_answer_t *a,
                                 const asked_t *asked, const portal_row_ask_binder *row,
                                 const char **result)
{
    int registered = *row->registration && strcmp(row->registration, "none");
    portal_link_t link = {row->binder_id, "reset", "outside", NULL, tx->now + a->expires};

    if (!strcmp(asked->kind, "forgot")) {
        *result = "not_registered";
        return registered ? send_link(tx, &link, result) : APR_SUCCESS;
    }
    if (a->policy == PORTAL_ASK_INVITED)
        return repeat_invitation(tx, row->binder_id, result);
    *result = "off";
    if (a->policy == PORTAL_ASK_OFF)
        return APR_SUCCESS;
    if (registered)
        link.mail = "already_registered";
    else
        link.kind = "verification";
    return send_link(tx, &link, result);
}

static apr_status_t answer(portal_tx_t *tx, const portal_ask_answer_t *a,
                           const asked_t *asked, const char **binder_id,
                           const char **result)
{
    portal_row_mail_asked_since sent;
    portal_row_ask_binder row;
    apr_status_t rv = PORTAL_GET(ask_binder, tx, &row, .number_key = asked->number_key);

    *result = "unknown";
    *binder_id = "";
    if (rv != APR_SUCCESS)
        return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
    *binder_id = row.binder_id;
    *result = "refused";
    if (!*row.email_key || strcmp(row.email_key, asked->email_key))
        return APR_SUCCESS;
    *result = "disabled";
    if (!row.enabled)
        return APR_SUCCESS;
    rv = PORTAL_GET(mail_asked_since, tx, &sent, .binder_id = row.binder_id,
                    .since = tx->now - HOUR);
    *result = "limit";
    if (rv != APR_SUCCESS || sent.total >= PORTAL_ASK_MAILS)
        return rv;
    return answer_known(tx, a, asked, &row, result);
}

apr_status_t portal_act_ask_answer(portal_tx_t *tx, void *baton)
{
    portal_ask_answer_t *a = baton;
    const portal_actor_t *job = tx->actor;
    const char *binder_id, *result;
    portal_row_ask_next row;
    asked_t asked;
    int n = 0;
    apr_status_t rv = PORTAL_GET(ask_next, tx, &row, .none_ = 0);

    a->id = NULL;
    if (rv != APR_SUCCESS)
        return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
    rv = PORTAL_DO(ask_delete, tx, &n, .id = row.id);
    if (rv != APR_SUCCESS || n != 1)
        return rv;
    a->id = row.id;
    rv = read_ask(tx, &row, &asked);
    if (rv != APR_SUCCESS)
        return rv;
    rv = answer(tx, a, &asked, &binder_id, &result);
    if (rv != APR_SUCCESS)
        return rv;
    /* cppcheck-suppress autoVariables ; put back below */
    tx->actor = &asked.visitor;
    rv = PORTAL_AUDIT(tx, .binder_id = binder_id, .result = result,
                      .action =
                          strcmp(asked.kind, "forgot") ? "register.ask" : "reset.ask");
    tx->actor = job;
    return rv;
}

apr_status_t portal_act_ask_waits(portal_tx_t *tx, void *baton)
{
    int *waits = baton;
    portal_row_ask_next row;
    apr_status_t rv = PORTAL_GET(ask_next, tx, &row, .none_ = 0);

    *waits = rv == APR_SUCCESS;
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

apr_status_t portal_act_ask_drop(portal_tx_t *tx, void *unused)
{
    portal_row_ask_next row;
    apr_status_t rv = PORTAL_GET(ask_next, tx, &row, .none_ = 0);

    (void)unused;
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(ask_delete, tx, NULL, .id = row.id);
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}
