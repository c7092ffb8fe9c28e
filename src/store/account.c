/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <sodium.h>
#include <string.h>

#include "store/account.h"
#include "store/audit.h"
#include "store/device.h"
#include "store/factor.h"
#include "store/mail.h"
#include "store/session.h"
#include "store/statement.h"
#include "store/throttle.h"

static portal_account_state_t state_of(const portal_row_account_by_number *row,
                                       apr_time_t now)
{
    if (!row->enabled)
        return PORTAL_ACCOUNT_DISABLED;
    if (!*row->password_hash || !*row->registration || !strcmp(row->registration, "none"))
        return PORTAL_ACCOUNT_NOT_REGISTERED;
    if (row->temporary_expires && row->temporary_expires <= now)
        return PORTAL_ACCOUNT_EXPIRED;
    return PORTAL_ACCOUNT_USABLE;
}

static apr_status_t look_up(portal_tx_t *tx, portal_signin_attempt_t *a)
{
    portal_row_account_by_number row;
    apr_status_t rv =
        PORTAL_GET(account_by_number, tx, &row, .number_key = a->number_key);

    a->state = PORTAL_ACCOUNT_UNKNOWN;
    a->binder_id = a->hash = "";
    if (rv == APR_NOTFOUND)
        return APR_SUCCESS;
    if (rv != APR_SUCCESS)
        return rv;
    a->binder_id = row.binder_id;
    a->state = state_of(&row, tx->now);
    a->temporary = row.temporary_expires != 0;
    a->pepper_key = row.pepper_key;
    if (a->state == PORTAL_ACCOUNT_USABLE)
        a->hash = row.password_hash;
    return APR_SUCCESS;
}

/* The first hash from this id on, whatever key it is peppered with; "" none. */
static apr_status_t next_hash(portal_tx_t *tx, const char *from, const char **hash)
{
    const portal_keyring_t *ring = tx->store->keys;
    portal_row_account_next row;
    const char *nearest = "";
    apr_status_t rv = APR_SUCCESS;
    unsigned key;

    *hash = "";
    for (apr_size_t i = 0; (key = portal_keyring_each(ring, PORTAL_KEY_PEPPER, i)); i++) {
        rv = PORTAL_GET(account_next, tx, &row, .pepper_key = key, .from = from);
        if (rv != APR_SUCCESS && rv != APR_NOTFOUND)
            return rv;
        if (rv == APR_SUCCESS && (!*nearest || strcmp(row.binder_id, nearest) < 0)) {
            nearest = row.binder_id;
            *hash = row.password_hash;
        }
    }
    return APR_SUCCESS;
}

/*
 * What a number is compared with that has no hash of its own. A hash keeps the cost under which it was made, so
 * under another PortalPasswordHash the time of an answer would tell old hashes from none: here is anybody's, found
 * by a keyed hash of the number, and so every cost is as frequent among those that are nobody's.
 */
static apr_status_t find_decoy(portal_tx_t *tx, portal_signin_attempt_t *a)
{
    unsigned char raw[PORTAL_MAC_SIZE / 2];
    char mac[PORTAL_MAC_SIZE], from[PORTAL_TOKEN_SIZE];
    apr_status_t rv = portal_keyring_mac(mac, tx->store->keys, PORTAL_KEY_THROTTLE, 0,
                                         a->number_key, strlen(a->number_key));

    a->decoy = "";
    if (rv != APR_SUCCESS)
        return rv;
    sodium_hex2bin(raw, sizeof(raw), mac, strlen(mac), NULL, NULL, NULL);
    sodium_bin2base64(from, sizeof(from), raw, sizeof(raw),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    rv = next_hash(tx, from, &a->decoy);
    return rv == APR_SUCCESS && !*a->decoy ? next_hash(tx, "", &a->decoy) : rv;
}

static portal_attempt_t counted(const portal_signin_attempt_t *a)
{
    return (portal_attempt_t){"signin", a->number_key, a->source, a->known};
}

apr_status_t portal_act_signin_attempt(portal_tx_t *tx, void *baton)
{
    portal_signin_attempt_t *a = baton;
    portal_attempt_t attempt;
    apr_status_t rv = look_up(tx, a);

    if (rv == APR_SUCCESS)
        rv = find_decoy(tx, a);
    if (rv == APR_SUCCESS)
        rv = portal_device_place(tx, a->binder_id, a->device, &a->known, &a->source);
    attempt = counted(a);
    if (rv == APR_SUCCESS)
        rv = portal_throttle_attempt(tx, a->cost, &attempt, &a->verdict, &a->until);
    if (rv == APR_SUCCESS && a->verdict != PORTAL_THROTTLE_GO)
        rv = PORTAL_AUDIT(tx, .action = "signin", .binder_id = a->binder_id,
                          .result =
                              a->verdict == PORTAL_THROTTLE_WAIT ? "wait" : "stopped");
    return rv;
}

apr_status_t portal_act_signin_refused(portal_tx_t *tx, void *baton)
{
    static const char *const results[] = {"refused", "unknown", "disabled",
                                          "not_registered", "expired"};
    const portal_signin_attempt_t *a = baton;
    return PORTAL_AUDIT(tx, .action = "signin", .binder_id = a->binder_id,
                        .result = results[a->state]);
}

static apr_status_t begin(portal_tx_t *tx, portal_signin_t *s, int kind)
{
    const portal_signin_attempt_t *a = s->attempt;
    int half = kind == PORTAL_SESSION_HALF;

    memset(&s->session, 0, sizeof(s->session));
    s->session.kind = kind;
    s->session.expires =
        tx->now + (half && s->lifetime > PORTAL_FACTOR_PATIENCE ? PORTAL_FACTOR_PATIENCE
                                                                : s->lifetime);
    apr_cpystrn(s->session.binder_id, a->binder_id, sizeof(s->session.binder_id));
    apr_cpystrn(s->session.source, s->address, sizeof(s->session.source));
    return portal_session_begin(tx, &s->session, s->agent, s->token);
}

/* What a right password settles, whatever else is asked for. */
static apr_status_t settle(portal_tx_t *tx, const portal_signin_t *s)
{
    const portal_signin_attempt_t *a = s->attempt;
    portal_attempt_t attempt = counted(a);
    apr_status_t rv = portal_throttle_succeeded(tx, &attempt);

    if (rv == APR_SUCCESS && s->new_hash)
        rv = PORTAL_DO(account_rehash, tx, NULL, .password_hash = s->new_hash,
                       .pepper_key = s->new_pepper_key, .binder_id = a->binder_id,
                       .old_hash = a->hash);
    if (rv == APR_SUCCESS && *s->replaces)
        rv = portal_session_end(tx, s->replaces);
    return rv;
}

/* Who has a second factor is not in yet. */
static apr_status_t enter(portal_tx_t *tx, portal_signin_t *s, const char *undo)
{
    const portal_signin_attempt_t *a = s->attempt;
    portal_factor_state_t factor = {.binder_id = a->binder_id};
    apr_status_t rv = portal_act_factor_state(tx, &factor);
    int kind = portal_factor_session(s->policy, factor.has, 0, a->temporary);

    if (rv == APR_SUCCESS && kind != PORTAL_SESSION_HALF)
        rv = portal_account_entered(tx, a->binder_id, a->temporary, undo, s->device);
    if (rv == APR_SUCCESS)
        rv = begin(tx, s, kind);
    if (rv == APR_SUCCESS && kind == PORTAL_SESSION_HALF)
        return PORTAL_AUDIT(tx, .action = "signin.password", .binder_id = a->binder_id);
    return rv == APR_SUCCESS
               ? PORTAL_AUDIT(tx, .action = "signin", .binder_id = a->binder_id,
                              .result = a->temporary ? "temporary" : "ok")
               : rv;
}

apr_status_t portal_act_signin(portal_tx_t *tx, void *baton)
{
    portal_signin_t *s = baton;
    const portal_signin_attempt_t *a = s->attempt;
    portal_row_account_by_number row;
    apr_status_t rv =
        PORTAL_GET(account_by_number, tx, &row, .number_key = a->number_key);

    if (rv != APR_SUCCESS && rv != APR_NOTFOUND)
        return rv;
    s->refused = rv == APR_NOTFOUND || strcmp(row.binder_id, a->binder_id) ||
                 state_of(&row, tx->now) != PORTAL_ACCOUNT_USABLE ||
                 strcmp(row.password_hash, a->hash);
    if (s->refused)
        return PORTAL_AUDIT(tx, .action = "signin", .binder_id = a->binder_id,
                            .result = "changed");
    rv = settle(tx, s);
    return rv == APR_SUCCESS ? enter(tx, s, row.undo) : rv;
}

apr_status_t portal_act_signout(portal_tx_t *tx, void *baton)
{
    const portal_session_t *session = baton;
    apr_status_t rv = portal_session_end(tx, session->token_hash);

    return rv == APR_SUCCESS
               ? PORTAL_AUDIT(tx, .action = "signout", .binder_id = session->binder_id)
               : rv;
}

apr_status_t portal_act_password_facts(portal_tx_t *tx, void *baton)
{
    portal_password_facts_t *f = baton;
    portal_row_password_facts row;
    apr_status_t rv = PORTAL_GET(password_facts, tx, &row, .binder_id = f->binder_id);

    f->found = rv == APR_SUCCESS;
    f->number_key = row.number_key ? row.number_key : "";
    f->number = row.number ? row.number : "";
    f->mrn = row.mrn;
    f->family = row.family;
    f->given = row.given;
    f->birth_date = row.birth_date;
    f->email = row.email;
    f->hash = row.password_hash;
    f->pepper_key = row.pepper_key;
    f->temporary = row.temporary_expires != 0;
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

apr_status_t portal_act_current_attempt(portal_tx_t *tx, void *baton)
{
    portal_current_attempt_t *a = baton;
    portal_attempt_t attempt;
    apr_status_t rv =
        portal_device_place(tx, a->binder_id, a->device, &a->known, &a->source);

    attempt = (portal_attempt_t){"signin", a->number_key, a->source, a->known};
    if (rv == APR_SUCCESS)
        rv = portal_throttle_attempt(tx, a->cost, &attempt, &a->verdict, &a->until);

    if (rv == APR_SUCCESS && a->verdict != PORTAL_THROTTLE_GO)
        rv = PORTAL_AUDIT(tx, .action = a->action, .binder_id = a->binder_id,
                          .result =
                              a->verdict == PORTAL_THROTTLE_WAIT ? "wait" : "stopped");
    return rv;
}

apr_status_t portal_act_current_refused(portal_tx_t *tx, void *baton)
{
    const portal_current_attempt_t *a = baton;
    return PORTAL_AUDIT(tx, .action = a->action, .binder_id = a->binder_id,
                        .result = "refused");
}

apr_status_t portal_account_ensure(portal_tx_t *tx, const char *binder_id)
{
    return PORTAL_DO(account_insert, tx, NULL, .binder_id = binder_id, .updated = tx->now,
                     .binder_again = binder_id);
}

/* Who signs in with a temporary password ends the time in which it can be undone. */
apr_status_t portal_account_entered(portal_tx_t *tx, const char *binder_id, int temporary,
                                    const char *undo, const char *device)
{
    apr_status_t rv = PORTAL_DO(account_signed_in, tx, NULL, .last_sign_in = tx->now,
                                .undo = temporary ? "" : undo, .binder_id = binder_id);

    if (rv == APR_SUCCESS && *device && !temporary)
        rv = portal_device_remember(tx, binder_id, device);
    if (rv == APR_SUCCESS && temporary)
        rv = portal_session_end_all(tx, binder_id, PORTAL_END_MUST_CHANGE, "");
    return rv;
}

apr_status_t portal_links_void(portal_tx_t *tx, const char *binder_id, const char *kind)
{
    if (kind)
        return PORTAL_DO(link_void_kind, tx, NULL, .binder_id = binder_id, .kind = kind);
    return PORTAL_DO(link_void_all, tx, NULL, .binder_id = binder_id);
}

/* Everything that a new password ends, and the session that goes on with it. */
static apr_status_t replace_sessions(portal_tx_t *tx, portal_password_change_t *c)
{
    const char *binder = c->session->binder_id;
    portal_factor_state_t factor = {.binder_id = binder};
    apr_status_t rv = portal_session_end_all(
        tx, binder, PORTAL_END_PATIENT | PORTAL_END_MUST_CHANGE, "");

    if (rv == APR_SUCCESS)
        rv = portal_links_void(tx, binder, NULL);
    if (rv == APR_SUCCESS)
        rv = portal_act_factor_state(tx, &factor);
    if (rv != APR_SUCCESS)
        return rv;
    memset(&c->fresh, 0, sizeof(c->fresh));
    c->fresh.kind = portal_factor_session(c->policy, factor.has, 1, 0);
    c->fresh.expires = tx->now + c->lifetime;
    apr_cpystrn(c->fresh.binder_id, binder, sizeof(c->fresh.binder_id));
    apr_cpystrn(c->fresh.source, c->session->source, sizeof(c->fresh.source));
    return portal_session_begin(tx, &c->fresh, c->agent, c->token);
}

/* While the password was hashed, the session may have ended or the password been replaced; the
 * session's row is the truth, and whoever has none gets no new one. */
static apr_status_t still_stands(portal_tx_t *tx, portal_password_change_t *c,
                                 portal_row_account_get *row)
{
    portal_row_session_get session;
    apr_status_t rv =
        PORTAL_GET(session_get, tx, &session, .token_hash = c->session->token_hash);

    if (rv == APR_SUCCESS)
        rv = PORTAL_GET(account_get, tx, row, .binder_id = c->session->binder_id);
    c->refused = rv != APR_SUCCESS || strcmp(row->password_hash, c->old_hash);
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

apr_status_t portal_act_password_change(portal_tx_t *tx, void *baton)
{
    portal_password_change_t *c = baton;
    const char *binder = c->session->binder_id;
    portal_row_account_get row;
    apr_status_t rv = still_stands(tx, c, &row);

    if (rv == APR_SUCCESS && c->refused)
        return PORTAL_AUDIT(tx, .action = "password.change", .binder_id = binder,
                            .result = "changed");
    if (rv != APR_SUCCESS)
        return rv;
    rv = PORTAL_DO(account_password, tx, NULL, .registration = row.registration,
                   .password_hash = c->new_hash, .pepper_key = c->pepper_key,
                   .temporary_expires = 0, .password_set = tx->now, .undo = "",
                   .updated = tx->now, .binder_id = binder);
    if (rv == APR_SUCCESS && c->session->kind == PORTAL_SESSION_PATIENT)
        rv = portal_throttle_succeeded(tx, &c->attempt);
    if (rv == APR_SUCCESS)
        rv = portal_device_forget_all(tx, binder);
    if (rv == APR_SUCCESS && *c->device)
        rv = portal_device_remember(tx, binder, c->device);
    if (rv == APR_SUCCESS)
        rv = replace_sessions(tx, c);
    if (rv == APR_SUCCESS)
        rv = portal_mail_notice(tx, binder, "password_changed");
    if (rv == APR_SUCCESS)
        rv = PORTAL_AUDIT(tx, .action = "password.change", .binder_id = binder);
    return rv;
}
