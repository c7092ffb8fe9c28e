/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lobby password of a binder: one at a time, kept as a keyed hash that is bound to its row.
 * Making it is the desk's act; who types it at the tablet compares with portal_lobby_code_mac.
 */
#ifndef PORTAL_STORE_LOBBY_PASSWORD_H
#define PORTAL_STORE_LOBBY_PASSWORD_H

#include "store/access.h"

/*
 * What is kept of a lobby password: `digits` (secret) are its 8 digits alone
 * (portal_password_lobby_read), `lobby_id` is the id of its row, `key_id` the master key's number
 * in the row (0: the current one). APR_NOTFOUND: no such key; `out` then equals no hash.
 */
apr_status_t portal_lobby_code_mac(char out[PORTAL_MAC_SIZE],
                                   const portal_keyring_t *keys, unsigned key_id,
                                   const char *lobby_id, const char *digits);

/* Voids the binder's lobby password, if there is one. Its session is not ended here. */
apr_status_t portal_lobby_void(portal_tx_t *tx, const char *binder_id);

typedef struct {
    /* in */
    const char *binder_id, *once;
    const char *digits; /* of the new one: secret */
    apr_interval_time_t lasts;
    portal_desk_verdict_t blocked; /* by the configuration; see portal_desk_act_t */
    /* out */
    portal_desk_verdict_t verdict;
    portal_row_tab_ready row; /* whose it is */
    apr_time_t expires;
} portal_lobby_make_t;

/* Generate Lobby Password: the old one is void and its session ends. Tries at it begin at none
 * (portal_throttle_guess). */
apr_status_t portal_act_lobby_make(portal_tx_t *tx, void *make);

#endif
