/* SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>
#include <string.h>

#include "store/audit.h"
#include "store/device.h"
#include "store/link.h"
#include "store/mail.h"
#include "store/session.h"
#include "store/statement.h"
#include "store/throttle.h"

static apr_status_t void_earlier(portal_tx_t *tx, const portal_link_t *link)
{
    if (!strcmp(link->origin, "desk"))
        return portal_links_void(tx, link->binder_id, NULL);
    return PORTAL_DO(link_void_origin, tx, NULL, .binder_id = link->binder_id,
                     .kind = link->kind, .origin = link->origin);
}

static apr_status_t insert(portal_tx_t *tx, const portal_link_t *link, const char *token)
{
    char hash[PORTAL_HASH_SIZE];

    portal_token_hash(hash, token);
    return PORTAL_DO(link_insert, tx, NULL, .token_hash = hash,
                     .binder_id = link->binder_id, .kind = link->kind,
                     .origin = link->origin, .expires = link->expires,
                     .created = tx->now);
}

apr_status_t portal_link_send(portal_tx_t *tx, const portal_link_t *link, int *queued)
{
    char token[PORTAL_TOKEN_SIZE];
    portal_mail_facts_t facts = {.kind = link->mail ? link->mail : link->kind,
                                 .token = token,
                                 .expires = link->expires};
    apr_status_t rv;

    portal_token_make(token);
    rv = portal_mail_queue(tx, link->binder_id, link->origin, &facts, queued);
    if (rv == APR_SUCCESS && *queued)
        rv = void_earlier(tx, link);
    if (rv == APR_SUCCESS && *queued)
        rv = insert(tx, link, token);
    sodium_memzero(token, sizeof(token));
    return rv;
}

/* ---- using a link ---- */

static int kind_of(const char *name)
{
    if (!strcmp(name, "invitation"))
        return PORTAL_LINK_INVITATION;
    return strcmp(name, "verification") ? PORTAL_LINK_RESET : PORTAL_LINK_VERIFICATION;
}

static int is_registered(const portal_row_link_get *row)
{
    return *row->registration && strcmp(row->registration, "none");
}

/* APR_SUCCESS with *open; *row is set whenever there is a row, open or not. */
static apr_status_t find(portal_tx_t *tx, const char *token_hash, int kinds,
                         portal_row_link_get *row, int *open)
{
    apr_status_t rv = PORTAL_GET(link_get, tx, row, .token_hash = token_hash);
    int kind;

    *open = 0;
    if (rv != APR_SUCCESS)
        return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
    kind = kind_of(row->kind);
    *open = kind & kinds && row->expires > tx->now && row->enabled &&
            (kind != PORTAL_LINK_RESET || is_registered(row));
    return APR_SUCCESS;
}

apr_status_t portal_act_link_look(portal_tx_t *tx, void *baton)
{
    portal_link_look_t *look = baton;
    portal_row_link_get row;

    return find(tx, look->token_hash, look->kinds, &row, &look->open);
}

static const char *action_of(int kinds)
{
    return kinds & PORTAL_LINK_RESET ? "reset.finish" : "register.finish";
}

static apr_status_t compare(portal_tx_t *tx, portal_link_attempt_t *a,
                            const portal_row_link_get *row)
{
    portal_attempt_t attempt = {"link", row->number_key, a->source, 0};
    portal_throttle_verdict_t verdict;
    apr_status_t rv = portal_throttle_attempt(tx, a->cost, &attempt, &verdict, &a->until);

    if (rv != APR_SUCCESS)
        return rv;
    if (verdict != PORTAL_THROTTLE_GO) {
        a->verdict = PORTAL_LINK_WAIT;
        return PORTAL_AUDIT(
            tx, .action = action_of(a->kinds), .binder_id = row->binder_id,
            .result = verdict == PORTAL_THROTTLE_WAIT ? "wait" : "stopped");
    }
    if (!*row->number_key || strcmp(row->number_key, a->number_key)) {
        a->verdict = PORTAL_LINK_WRONG;
        return PORTAL_AUDIT(tx, .action = action_of(a->kinds),
                            .binder_id = row->binder_id, .result = "refused");
    }
    a->verdict = PORTAL_LINK_RIGHT;
    return portal_throttle_succeeded(tx, &attempt);
}

apr_status_t portal_act_link_attempt(portal_tx_t *tx, void *baton)
{
    portal_link_attempt_t *a = baton;
    portal_row_link_get row;
    int open;
    apr_status_t rv = find(tx, a->token_hash, a->kinds, &row, &open);

    a->verdict = PORTAL_LINK_DEAD;
    a->until = 0;
    if (rv == APR_SUCCESS && open)
        rv = compare(tx, a, &row);
    if (rv == APR_SUCCESS && a->verdict == PORTAL_LINK_RIGHT)
        a->facts = (portal_password_facts_t){.binder_id = row.binder_id,
                                             .found = 1,
                                             .number_key = row.number_key,
                                             .number = row.number,
                                             .mrn = row.mrn,
                                             .family = row.family,
                                             .given = row.given,
                                             .birth_date = row.birth_date,
                                             .email = row.email,
                                             .hash = ""};
    return rv;
}

static apr_status_t set_password(portal_tx_t *tx, const portal_link_use_t *use,
                                 const char *binder_id)
{
    apr_status_t rv = portal_account_ensure(tx, binder_id);

    return rv == APR_SUCCESS
               ? PORTAL_DO(account_password, tx, NULL, .registration = "normal",
                           .password_hash = use->new_hash, .pepper_key = use->pepper_key,
                           .temporary_expires = 0, .password_set = tx->now, .undo = "",
                           .updated = tx->now, .binder_id = binder_id)
               : rv;
}

/* Everything that a new password ends. */
static apr_status_t end_others(portal_tx_t *tx, const portal_link_use_t *use,
                               const portal_row_link_get *row)
{
    apr_status_t rv = portal_session_end_all(
        tx, row->binder_id, PORTAL_END_PATIENT | PORTAL_END_MUST_CHANGE, "");

    if (rv == APR_SUCCESS && *use->session)
        rv = portal_session_end(tx, use->session);
    if (rv == APR_SUCCESS)
        rv = portal_links_void(tx, row->binder_id, NULL);
    if (rv == APR_SUCCESS)
        rv = portal_throttle_lift(tx, row->number_key, PORTAL_LIFT_MAIL);
    if (rv == APR_SUCCESS)
        rv = portal_device_forget_all(tx, row->binder_id);
    return rv;
}

apr_status_t portal_act_link_use(portal_tx_t *tx, void *baton)
{
    portal_link_use_t *use = baton;
    const portal_link_attempt_t *a = use->attempt;
    portal_row_link_get row;
    int open, n = 0;
    apr_status_t rv = find(tx, a->token_hash, a->kinds, &row, &open);

    if (rv == APR_SUCCESS && open && !strcmp(row.number_key, a->number_key))
        rv = PORTAL_DO(link_delete, tx, &n, .token_hash = a->token_hash);
    use->refused = n != 1;
    if (rv != APR_SUCCESS || use->refused)
        return rv;
    rv = set_password(tx, use, row.binder_id);
    if (rv == APR_SUCCESS)
        rv = end_others(tx, use, &row);
    if (rv == APR_SUCCESS && is_registered(&row))
        rv = portal_mail_notice(tx, row.binder_id, "password_changed");
    if (rv == APR_SUCCESS)
        rv = PORTAL_AUDIT(tx, .action = action_of(a->kinds), .binder_id = row.binder_id,
                          .detail = json_pack("{s:s}", "link", row.kind));
    return rv;
}
