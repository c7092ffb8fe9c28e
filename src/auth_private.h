/* SPDX-License-Identifier: Apache-2.0 */
/* The filter that keeps answers of guarded locations out of shared caches (RFC 9111 section 5.2). */
#ifndef PORTAL_AUTH_PRIVATE_H
#define PORTAL_AUTH_PRIVATE_H

/* Registers it; portal_auth_private in auth.h puts it in. */
void portal_auth_private_register(void);

#endif
