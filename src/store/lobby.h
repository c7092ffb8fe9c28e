/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lobby password on its way from the slip to a session at the clinic's tablet. It is made by
 * the desk (one at a time for a binder), used once, and dead after use, expiry and Finish.
 */
#ifndef PORTAL_STORE_LOBBY_H
#define PORTAL_STORE_LOBBY_H

#include "core/keyring.h"
#include "store/store.h"

/*
 * What is kept of a lobby password: a keyed hash under PORTAL_KEY_LOBBY and master key `key_id` (0:
 * the current one), bound to the row `lobby_id`, so that equal passwords of two patients look
 * different. `digits` are the 8 digits of portal_password_lobby_read(), a secret. APR_NOTFOUND:
 * the ring has no such key; `out` is then "".
 */
apr_status_t portal_lobby_mac(char out[PORTAL_MAC_SIZE], const portal_keyring_t *keys,
                              unsigned key_id, const char *lobby_id, const char *digits);

#endif
