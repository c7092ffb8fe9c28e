/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csrf: the form token as it stands in a page.
 *
 * The token proper is a keyed hash bound to the session (NIST SP 800-63B-4 section 5.1), made
 * by portal_keyring_mac() with PORTAL_KEY_CSRF. Written into each page as it is, it could be
 * found out letter by letter from the length of compressed answers (BREACH). So each answer
 * carries it under a fresh random mask.
 */
#ifndef PORTAL_CSRF_H
#define PORTAL_CSRF_H

#include <apr_pools.h>

/*
 * The 64 hexadecimal digits of `mac_hex` under a new mask: 86 characters of base64url in
 * `pool`, different at each call. A secret of this session. NULL: `mac_hex` is not 64
 * hexadecimal digits.
 */
const char *portal_csrf_mask(const char *mac_hex, apr_pool_t *pool);

/*
 * Whether `masked`, as it came with a request (NULL and any rubbish allowed), hides
 * `mac_hex`. The comparison takes the same time wherever the two differ.
 */
int portal_csrf_matches(const char *masked, const char *mac_hex);

#endif
