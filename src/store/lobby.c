/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <sodium.h>
#include <string.h>

#include "store/lobby.h"

apr_status_t portal_lobby_mac(char out[PORTAL_MAC_SIZE], const portal_keyring_t *keys,
                              unsigned key_id, const char *lobby_id, const char *digits)
{
    char text[64];
    apr_status_t rv;

    apr_snprintf(text, sizeof(text), "%s:%s", lobby_id, digits);
    rv = portal_keyring_mac(out, keys, PORTAL_KEY_LOBBY, key_id, text, strlen(text));
    sodium_memzero(text, sizeof(text));
    return rv;
}
