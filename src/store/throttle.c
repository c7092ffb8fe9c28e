/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "store/statement.h"
#include "store/throttle.h"

/* Behind a keyed hash: numbers that exist and numbers that were only guessed look alike. */
static const char *account_under(const portal_tx_t *tx, unsigned key, const char *number)
{
    char *mac = apr_palloc(tx->pool, PORTAL_MAC_SIZE);

    if (!*number || portal_keyring_mac(mac, tx->store->keys, PORTAL_KEY_THROTTLE, key,
                                       number, strlen(number)))
        return "";
    return mac;
}

static const char *account_of(const portal_tx_t *tx, const char *number)
{
    return account_under(tx, 0, number);
}

/* What was counted under an old key goes on counting: the accounts under all keys, the current one
 * first. NULL: no more. */
static const char *account_each(const portal_tx_t *tx, apr_size_t index,
                                const char *number)
{
    unsigned key = portal_keyring_each(tx->store->keys, PORTAL_KEY_THROTTLE, index);
    return key ? account_under(tx, key, number) : NULL;
}

static apr_status_t set_row(portal_tx_t *tx, const portal_attempt_t *attempt,
                            const char *account, apr_int64_t failures)
{
    int n = 0;
    apr_status_t rv =
        PORTAL_DO(throttle_set, tx, &n, .failures = failures, .last_failure = tx->now,
                  .scope = attempt->scope, .account = account, .source = attempt->source);

    if (rv == APR_SUCCESS && n == 0)
        rv = PORTAL_DO(throttle_insert, tx, NULL, .scope = attempt->scope,
                       .account = account, .source = attempt->source,
                       .failures = failures, .last_failure = tx->now);
    return rv;
}

static apr_status_t get_row(portal_tx_t *tx, const portal_attempt_t *attempt,
                            const char *account, portal_row_throttle_row *row)
{
    apr_status_t rv = PORTAL_GET(throttle_row, tx, row, .scope = attempt->scope,
                                 .account = account, .source = attempt->source);
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

/* The network's row: a count that fades, plus one. */
static apr_status_t count_network(portal_tx_t *tx, const portal_attempt_t *attempt)
{
    portal_row_throttle_row row;
    apr_status_t rv = get_row(tx, attempt, "", &row);

    if (rv != APR_SUCCESS)
        return rv;
    return set_row(tx, attempt, "",
                   portal_throttle_faded(row.failures, row.last_failure, tx->now) + 1);
}

static apr_status_t count_account(portal_tx_t *tx, const portal_attempt_t *attempt,
                                  const char *account)
{
    portal_row_throttle_row row;
    apr_status_t rv = get_row(tx, attempt, account, &row);

    return rv == APR_SUCCESS ? set_row(tx, attempt, account, row.failures + 1) : rv;
}

/* The harder of the two verdicts, with the later end of a wait. */
static void worse(portal_throttle_verdict_t *verdict, apr_time_t *until,
                  portal_throttle_verdict_t other, apr_time_t other_until)
{
    if (other > *verdict)
        *verdict = other;
    if (other_until > *until)
        *until = other_until;
}

apr_status_t portal_throttle_state(portal_tx_t *tx, const portal_throttle_cost_t *cost,
                                   const char *scope, const char *number,
                                   portal_throttle_state_t *state)
{
    portal_row_throttle_account sum = {.failures = 0}, part;
    apr_status_t rv = APR_SUCCESS;
    const char *account;

    for (apr_size_t i = 0; (account = account_each(tx, i, number)) && rv == APR_SUCCESS;
         i++) {
        rv = PORTAL_GET(throttle_account, tx, &part, .scope = scope, .account = account);
        sum.failures += part.failures;
        if (part.last_failure > sum.last_failure)
            sum.last_failure = part.last_failure;
    }
    state->failures = sum.failures;
    state->verdict = portal_throttle_account(&state->until, cost, sum.failures,
                                             sum.last_failure, tx->now);
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

/* A known device: its own row alone. */
static apr_status_t attempt_known(portal_tx_t *tx, const portal_throttle_cost_t *cost,
                                  const portal_attempt_t *attempt,
                                  portal_throttle_verdict_t *verdict, apr_time_t *until)
{
    portal_row_throttle_row sum = {.failures = 0}, row;
    apr_status_t rv = APR_SUCCESS;
    const char *account;

    for (apr_size_t i = 0;
         (account = account_each(tx, i, attempt->number)) && rv == APR_SUCCESS; i++) {
        rv = get_row(tx, attempt, account, &row);
        sum.failures += row.failures;
        if (row.last_failure > sum.last_failure)
            sum.last_failure = row.last_failure;
    }
    *verdict =
        portal_throttle_account(until, cost, sum.failures, sum.last_failure, tx->now);
    if (rv != APR_SUCCESS || *verdict != PORTAL_THROTTLE_GO)
        return rv;
    return count_account(tx, attempt, account_of(tx, attempt->number));
}

/* What a source and an account have to say, each by itself. */
typedef struct {
    portal_throttle_verdict_t network, account;
    apr_time_t network_until, account_until;
} judged_t;

static apr_status_t judge(portal_tx_t *tx, const portal_throttle_cost_t *cost,
                          const portal_attempt_t *attempt, judged_t *j)
{
    portal_row_throttle_row network;
    portal_throttle_state_t state = {0, PORTAL_THROTTLE_GO, 0};
    apr_status_t rv = get_row(tx, attempt, "", &network);

    if (rv == APR_SUCCESS && *attempt->number)
        rv = portal_throttle_state(tx, cost, attempt->scope, attempt->number, &state);
    j->account = state.verdict;
    j->account_until = state.until;
    j->network = portal_throttle_network(&j->network_until, cost, network.failures,
                                         network.last_failure, tx->now);
    return rv;
}

static apr_status_t count_both(portal_tx_t *tx, const portal_attempt_t *attempt)
{
    const char *account = account_of(tx, attempt->number);
    apr_status_t rv = count_network(tx, attempt);

    return rv == APR_SUCCESS && *account ? count_account(tx, attempt, account) : rv;
}

apr_status_t portal_throttle_attempt(portal_tx_t *tx, const portal_throttle_cost_t *cost,
                                     const portal_attempt_t *attempt,
                                     portal_throttle_verdict_t *verdict,
                                     apr_time_t *until)
{
    judged_t j;
    apr_status_t rv;

    if (attempt->known)
        return attempt_known(tx, cost, attempt, verdict, until);
    rv = judge(tx, cost, attempt, &j);
    *verdict = j.account;
    *until = j.account_until;
    worse(verdict, until, j.network, j.network_until);
    if (rv != APR_SUCCESS || *verdict != PORTAL_THROTTLE_GO)
        return rv;
    return count_both(tx, attempt);
}

apr_status_t portal_throttle_guess(portal_tx_t *tx, const portal_throttle_cost_t *cost,
                                   const portal_attempt_t *attempt, const char *id,
                                   portal_throttle_guess_t *guess)
{
    const portal_attempt_t own = {"visit", id, "", 0};
    portal_throttle_state_t state;
    judged_t j;
    apr_status_t rv = judge(tx, cost, attempt, &j);

    if (rv == APR_SUCCESS)
        rv = portal_throttle_state(tx, cost, own.scope, id, &state);
    if (rv != APR_SUCCESS)
        return rv;
    guess->verdict = j.account;
    guess->until = j.account_until;
    worse(&guess->verdict, &guess->until, j.network, j.network_until);
    guess->look = j.network > state.verdict ? j.network : state.verdict;
    if (guess->verdict == PORTAL_THROTTLE_GO)
        rv = count_both(tx, attempt);
    if (rv == APR_SUCCESS && *id && guess->look == PORTAL_THROTTLE_GO)
        rv = count_account(tx, &own, account_of(tx, id));
    return rv;
}

apr_status_t portal_throttle_succeeded(portal_tx_t *tx, const portal_attempt_t *attempt)
{
    portal_row_throttle_row row;
    const char *account;
    apr_status_t rv = get_row(tx, attempt, "", &row);

    if (rv == APR_SUCCESS && row.failures <= 1)
        rv = PORTAL_DO(throttle_clear, tx, NULL, .scope = attempt->scope, .account = "",
                       .source = attempt->source);
    else if (rv == APR_SUCCESS)
        rv = set_row(tx, attempt, "", row.failures - 1);
    for (apr_size_t i = 0;
         rv == APR_SUCCESS && (account = account_each(tx, i, attempt->number)); i++)
        if (*account)
            rv = PORTAL_DO(throttle_clear, tx, NULL, .scope = attempt->scope,
                           .account = account, .source = attempt->source);
    return rv;
}

apr_status_t portal_throttle_lift(portal_tx_t *tx, const char *number, portal_lift_t what)
{
    static const char *const scopes[] = {"signin", "link", "factor", "lobby", "visit"};
    static const int most[] = {
        [PORTAL_LIFT_MAIL] = 2, [PORTAL_LIFT_DESK] = 3, [PORTAL_LIFT_ALL] = 5};
    apr_status_t rv = APR_SUCCESS;
    const char *account;

    for (apr_size_t i = 0; (account = account_each(tx, i, number)); i++)
        for (int scope = 0; scope < most[what] && *account && rv == APR_SUCCESS; scope++)
            rv = PORTAL_DO(throttle_clear_account, tx, NULL, .scope = scopes[scope],
                           .account = account);
    return rv;
}
