/* SPDX-License-Identifier: Apache-2.0 */
/* password_context: whether a password is mainly made of what others know of the person. */
#ifndef PORTAL_PASSWORD_CONTEXT_H
#define PORTAL_PASSWORD_CONTEXT_H

#include "core/password.h"

/*
 * 1: something of `context` is in `password` (NFC), and without it less than
 * PORTAL_PASSWORD_REST code points remain. A secret goes in; copies are wiped with `pool`.
 */
int portal_password_is_context(const char *password,
                               const portal_password_context_t *context,
                               apr_pool_t *pool);

#endif
