/* SPDX-License-Identifier: Apache-2.0 */
/* password_make: temporary and lobby passwords; see password.h. */
#include "core/password.h"
#include "core/secret.h"
#include "core/text.h"

#include <sodium.h>
#include <string.h>
#include <utf8proc.h>

#define GROUP 5
#define LOBBY_DIGITS 8

/* No 0 and o, 1 and l and i; no a, e, u, so that no word comes about. 27 in all. */
static const char alphabet[] = "bcdfghjkmnpqrstvwxz23456789";

const char *portal_password_temporary(int min_length, apr_pool_t *pool)
{
    int groups = min_length > GROUP ? (min_length + GROUP - 1) / GROUP : 1;
    apr_size_t room = (apr_size_t)groups * (GROUP + 1);
    char *password = apr_palloc(pool, room);
    portal_secret_wipe_with(password, room, pool);
    for (apr_size_t i = 0; i < room; i++) {
        password[i] = i % (GROUP + 1) == GROUP
                          ? '-'
                          : alphabet[randombytes_uniform(sizeof alphabet - 1)];
    }
    password[room - 1] = '\0';
    return password;
}

const char *portal_password_lobby(apr_pool_t *pool)
{
    char *password = apr_palloc(pool, LOBBY_DIGITS + 2);
    portal_secret_wipe_with(password, LOBBY_DIGITS + 2, pool);
    for (int i = 0; i <= LOBBY_DIGITS; i++) {
        password[i] = i == LOBBY_DIGITS / 2 ? ' ' : (char)('0' + randombytes_uniform(10));
    }
    password[LOBBY_DIGITS + 1] = '\0';
    return password;
}

/* 0..9; -1: no digit that a lobby's keyboard may write. (Full-width ones are mapped before.) */
static int digit_of(utf8proc_int32_t point)
{
    static const utf8proc_int32_t zeros[] = {'0', 0x660, 0x6F0};
    for (int i = 0; i < 3; i++) {
        if (point >= zeros[i] && point <= zeros[i] + 9) {
            return (int)(point - zeros[i]);
        }
    }
    return -1;
}

const char *portal_password_lobby_read(const char *typed, apr_pool_t *pool)
{
    const char *at = portal_text_password_key(typed, pool);
    char *digits = apr_pcalloc(pool, LOBBY_DIGITS + 1);
    int count = 0;
    portal_secret_wipe_with(digits, LOBBY_DIGITS, pool);
    while (at && *at && count <= LOBBY_DIGITS) {
        utf8proc_int32_t point;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)at, -1, &point);
        int digit = n > 0 ? digit_of(point) : -1;
        if (digit < 0 || count == LOBBY_DIGITS) {
            return NULL;
        }
        digits[count++] = (char)('0' + digit);
        at += n;
    }
    return count == LOBBY_DIGITS ? digits : NULL;
}
