/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/seal.h"
#include "store/account.h"
#include "store/audit.h"
#include "store/device.h"
#include "store/register.h"
#include "store/session.h"
#include "store/throttle.h"

static portal_seal_t place_of(portal_tx_t *tx, const char *binder_id)
{
    return (portal_seal_t){tx->store->keys, PORTAL_KEY_UNDO,
                           apr_pstrcat(tx->pool, "account:", binder_id, ":undo", NULL)};
}

/* ---- what undoing needs ---- */

static apr_status_t keep(portal_tx_t *tx, const char *binder_id,
                         const portal_row_account_get *row, const char **sealed)
{
    portal_seal_t place = place_of(tx, binder_id);
    json_t *before = json_pack("{s:s, s:s, s:I, s:I, s:I}", "registration",
                               row->registration, "password_hash", row->password_hash,
                               "pepper_key", (json_int_t)row->pepper_key,
                               "temporary_expires", (json_int_t)row->temporary_expires,
                               "password_set", (json_int_t)row->password_set);
    char *text = before ? json_dumps(before, JSON_COMPACT) : NULL;
    apr_status_t rv = APR_ENOMEM;

    json_decref(before);
    if (text)
        rv = portal_seal(sealed, &place, text, strlen(text), tx->pool);
    if (text)
        sodium_memzero(text, strlen(text));
    free(text);
    return rv;
}

static apr_status_t restore(portal_tx_t *tx, const char *binder_id, const json_t *before)
{
    json_int_t pepper, temporary, set;
    const char *registration, *hash;

    if (json_unpack((json_t *)before, "{s:s, s:s, s:I, s:I, s:I}", "registration",
                    &registration, "password_hash", &hash, "pepper_key", &pepper,
                    "temporary_expires", &temporary, "password_set", &set))
        return APR_EINVAL;
    return PORTAL_DO(account_password, tx, NULL, .registration = registration,
                     .password_hash = hash, .pepper_key = pepper,
                     .temporary_expires = temporary, .password_set = set, .undo = "",
                     .updated = tx->now, .binder_id = binder_id);
}

static apr_status_t bring_back(portal_tx_t *tx, const char *binder_id, const char *sealed)
{
    portal_seal_t place = place_of(tx, binder_id);
    const char *text;
    apr_size_t len;
    json_t *before;
    apr_status_t rv = portal_unseal(&text, &len, &place, sealed, tx->pool);

    if (rv != APR_SUCCESS)
        return rv;
    before = json_loadb(text, len, 0, NULL);
    rv = before ? restore(tx, binder_id, before) : APR_EINVAL;
    json_decref(before);
    return rv;
}

/* ---- the acts ---- */

static apr_status_t end_sessions(portal_tx_t *tx, const char *binder_id)
{
    return portal_session_end_all(tx, binder_id,
                                  PORTAL_END_PATIENT | PORTAL_END_MUST_CHANGE, "");
}

static apr_status_t replace_password(portal_tx_t *tx, const portal_register_t *what,
                                     const portal_row_account_get *row)
{
    const char *undo = row->undo;
    apr_status_t rv = APR_SUCCESS;

    if (!*undo)
        rv = keep(tx, what->binder_id, row, &undo);
    if (rv == APR_SUCCESS)
        rv = portal_device_forget_all(tx, what->binder_id);
    if (rv != APR_SUCCESS)
        return rv;
    return PORTAL_DO(account_password, tx, NULL, .registration = "forced",
                     .password_hash = what->hash, .pepper_key = what->pepper_key,
                     .temporary_expires = what->expires, .password_set = tx->now,
                     .undo = undo, .updated = tx->now, .binder_id = what->binder_id);
}

apr_status_t portal_act_register(portal_tx_t *tx, void *baton)
{
    portal_register_t *what = baton;
    portal_desk_act_t act = {"access.register", what->binder_id, what->once, 0,
                             PORTAL_DESK_DONE};
    portal_row_account_get before;
    apr_status_t rv = portal_desk_ready(tx, &act, &what->row, &what->verdict);

    if (rv != APR_SUCCESS || what->verdict != PORTAL_DESK_DONE)
        return rv;
    what->expires = tx->now + what->lasts;
    rv = portal_account_ensure(tx, what->binder_id);
    if (rv == APR_SUCCESS)
        rv = PORTAL_GET(account_get, tx, &before, .binder_id = what->binder_id);
    if (rv == APR_SUCCESS)
        rv = replace_password(tx, what, &before);
    if (rv == APR_SUCCESS)
        rv = end_sessions(tx, what->binder_id);
    if (rv == APR_SUCCESS)
        rv = portal_links_void(tx, what->binder_id, NULL);
    if (rv == APR_SUCCESS)
        rv = portal_throttle_lift(tx, what->row.number_key, PORTAL_LIFT_DESK);
    if (rv != APR_SUCCESS)
        return rv;
    return PORTAL_AUDIT(tx, .action = "access.register", .binder_id = what->binder_id,
                        .detail = json_pack("{s:s, s:s}", "case_number", what->row.number,
                                            "before", before.registration));
}

apr_status_t portal_act_register_undo(portal_tx_t *tx, void *baton)
{
    portal_register_undo_t *undo = baton;
    portal_row_tab_ready row;
    portal_row_account_get account;
    apr_status_t rv = PORTAL_GET(tab_ready, tx, &row, .binder_id = undo->binder_id);

    undo->verdict = PORTAL_DESK_NO_BINDER;
    if (rv != APR_SUCCESS)
        return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
    rv = PORTAL_GET(account_get, tx, &account, .binder_id = undo->binder_id);
    undo->verdict =
        rv == APR_SUCCESS && *account.undo ? PORTAL_DESK_DONE : PORTAL_DESK_NOTHING;
    if (rv != APR_SUCCESS && rv != APR_NOTFOUND)
        return rv;
    if (undo->verdict == PORTAL_DESK_NOTHING)
        return PORTAL_AUDIT(tx, .action = "access.undo", .binder_id = undo->binder_id,
                            .result = "refused");
    rv = bring_back(tx, undo->binder_id, account.undo);
    if (rv == APR_SUCCESS)
        rv = end_sessions(tx, undo->binder_id);
    return rv == APR_SUCCESS
               ? PORTAL_AUDIT(tx, .action = "access.undo", .binder_id = undo->binder_id)
               : rv;
}
