/* SPDX-License-Identifier: Apache-2.0 */
/* A new password that the patient chooses, in the fields new_password and new_password_again. */
#ifndef PORTAL_NEW_PASSWORD_H
#define PORTAL_NEW_PASSWORD_H

#include "page/page.h"
#include "store/account.h"

/* The password that was typed, NFC, when it meets the policy and both fields agree; else NULL, and
 * the call has errors at the fields. `facts`: what it must not be made of; NULL: not known. A
 * secret, wiped with the call's pool. */
const char *portal_new_password(portal_call_t *call,
                                const portal_password_facts_t *facts);

/* The view of a page with these fields: what their texts name. A new reference. */
json_t *portal_new_password_view(const portal_call_t *call);

#endif
