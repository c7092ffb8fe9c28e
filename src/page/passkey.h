/* SPDX-License-Identifier: Apache-2.0 */
/* What pages with a passkey's button need. */
#ifndef PORTAL_PASSKEY_PAGE_H
#define PORTAL_PASSKEY_PAGE_H

#include "page/page.h"

/* Passkeys can be had here: not switched off, and the public address is a name (Web Authentication knows
 * no addresses of the network). */
int portal_passkey_may_be(const portal_call_t *call);

/* {challenge, rp_id} for a form that signs in with a passkey, or false where there can be none. A new
 * reference. */
json_t *portal_passkey_view(const portal_call_t *call);

#endif
