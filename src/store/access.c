/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the Patient Portal tab; see access.h. */
#include <string.h>

#include "store/access.h"
#include "store/audit.h"
#include "store/throttle.h"

int portal_tab_other_person(const portal_row_tab_binder *binder,
                            const portal_row_tab_cases *one)
{
    return strcmp(binder->family, one->family) || strcmp(binder->given, one->given) ||
           strcmp(binder->birth_date, one->birth_date);
}

const portal_row_tab_cases *portal_tab_case(const portal_tab_t *tab, const char *case_id)
{
    for (int i = 0; i < tab->n_cases; i++)
        if (!strcmp(tab->cases[i].id, case_id))
            return &tab->cases[i];
    return NULL;
}

static apr_status_t none_is_fine(apr_status_t rv)
{
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

static apr_status_t read_throttle(portal_tx_t *tx, const portal_tab_t *tab,
                                  const char *scope, portal_throttle_state_t *state)
{
    memset(state, 0, sizeof(*state));
    if (!tab->master)
        return APR_SUCCESS;
    return portal_throttle_state(tx, tab->cost, scope, tab->master->number_key, state);
}

/* What holds up the patient's own lobby password; without one, what is answered there. */
static apr_status_t read_lobby_throttle(portal_tx_t *tx, portal_tab_t *tab)
{
    if (!tab->lobby.expires)
        return read_throttle(tx, tab, "lobby", &tab->at_lobby);
    return portal_throttle_state(tx, tab->cost, "visit", tab->lobby.id, &tab->at_lobby);
}

/* Rows that are not there leave their texts empty, not NULL. */
static void fill_in(portal_tab_t *tab)
{
    if (!tab->account.registration)
        tab->account = (portal_row_account_get){
            .registration = "none", .password_hash = "", .undo = ""};
    if (!tab->invitation.state)
        tab->invitation = (portal_row_tab_mail){.state = "", .reply = "", .reason = ""};
}

static apr_status_t read_account(portal_tx_t *tx, portal_tab_t *tab)
{
    const char *binder = tab->binder_id;
    portal_row_tab_links links;
    apr_status_t rv =
        none_is_fine(PORTAL_GET(account_get, tx, &tab->account, .binder_id = binder));

    if (rv == APR_SUCCESS)
        rv = none_is_fine(PORTAL_GET(tab_mail, tx, &tab->invitation, .binder_id = binder,
                                     .kind = "invitation", .origin = "desk"));
    if (rv == APR_SUCCESS)
        rv = PORTAL_GET(tab_links, tx, &links, .binder_id = binder, .kind = "invitation",
                        .now = tx->now);
    if (rv == APR_SUCCESS)
        rv = none_is_fine(PORTAL_GET(tab_lobby, tx, &tab->lobby, .binder_id = binder));
    if (rv != APR_SUCCESS)
        return rv;
    tab->open_invitations = (int)links.open;
    fill_in(tab);
    return APR_SUCCESS;
}

apr_status_t portal_tab_read(portal_tx_t *tx, portal_tab_t *tab)
{
    apr_status_t rv = PORTAL_GET(tab_binder, tx, &tab->binder, .id = tab->binder_id);

    tab->found = rv == APR_SUCCESS;
    if (rv != APR_SUCCESS)
        return none_is_fine(rv);
    rv = PORTAL_LIST(tab_cases, tx, &tab->cases, &tab->n_cases,
                     .binder_id = tab->binder_id);
    tab->master = NULL;
    if (rv == APR_SUCCESS)
        tab->master = portal_tab_case(tab, tab->binder.master_case_id);
    if (rv == APR_SUCCESS)
        rv = read_account(tx, tab);
    if (rv == APR_SUCCESS)
        rv = read_throttle(tx, tab, "signin", &tab->signin);
    if (rv == APR_SUCCESS)
        rv = read_throttle(tx, tab, "factor", &tab->at_code);
    if (rv == APR_SUCCESS)
        rv = read_lobby_throttle(tx, tab);
    tab->factor = (portal_factor_state_t){.binder_id = tab->binder_id};
    return rv == APR_SUCCESS ? portal_act_factor_state(tx, &tab->factor) : rv;
}

apr_status_t portal_act_tab(portal_tx_t *tx, void *baton)
{
    portal_tab_t *tab = baton;
    apr_status_t rv = portal_tab_read(tx, tab);

    if (rv != APR_SUCCESS || !tab->found)
        return rv;
    return PORTAL_AUDIT(tx, .action = "access.view", .binder_id = tab->binder_id);
}
