/* SPDX-License-Identifier: Apache-2.0 */
/* How a factor lies in its row, and who is asked for one: for store/factor.c, store/factor_change.c and
 * store/passkey.c. */
#ifndef PORTAL_STORE_FACTOR_ROW_H
#define PORTAL_STORE_FACTOR_ROW_H

#include "store/session.h"
#include "store/statement.h"
#include "store/store.h"

/* Seals `len` bytes for the row `id`; *sealed is in tx->pool. */
apr_status_t portal_factor_seal(portal_tx_t *tx, const char *id, const void *what,
                                apr_size_t len, const char **sealed);

/* Opens it: *what has *len bytes and a NUL after them, in tx->pool, wiped with it. Errors are those of
 * portal_unseal. */
apr_status_t portal_factor_unseal(portal_tx_t *tx, const char *id, const char *sealed,
                                  const char **what, apr_size_t *len);

/* The same for the PORTAL_TOTP_SECRET bytes of an app. */
apr_status_t portal_factor_secret(portal_tx_t *tx, const char *id, const char *sealed,
                                  const unsigned char **secret);

/* The account that this half sign-in is for. APR_NOTFOUND: the sign-in is over, by itself or because its
 * temporary password has run out since. */
apr_status_t portal_factor_account(portal_tx_t *tx, const portal_session_t *half,
                                   portal_row_factor_account *account);

#endif
