/* SPDX-License-Identifier: Apache-2.0 */
/* How the secret of an app lies in its row: for store/factor.c and store/factor_change.c. */
#ifndef PORTAL_STORE_FACTOR_ROW_H
#define PORTAL_STORE_FACTOR_ROW_H

#include "store/store.h"

/* Seals the PORTAL_TOTP_SECRET bytes of `secret` for the row `id`; *sealed is in tx->pool. */
apr_status_t portal_factor_seal(portal_tx_t *tx, const char *id,
                                const unsigned char *secret, const char **sealed);

/* Opens it: *secret is in tx->pool and wiped with it. Errors are those of portal_unseal. */
apr_status_t portal_factor_unseal(portal_tx_t *tx, const char *id, const char *sealed,
                                  const unsigned char **secret);

#endif
