/* SPDX-License-Identifier: Apache-2.0 */
/* `Require portal patient`, `Require portal lobby` and `Require portal case EXPR`. */
#ifndef PORTAL_AUTH_REQUIRE_H
#define PORTAL_AUTH_REQUIRE_H

#include <apr_pools.h>

/* Registers the authorization provider "portal". It is asked anew for every address that a request
 * leads to inside of httpd (redirects, includes), because EXPR may look at the address. */
void portal_auth_require_register(apr_pool_t *pool);

#endif
