/* SPDX-License-Identifier: Apache-2.0 */
/* What the pages about second factors share. */
#ifndef PORTAL_FACTOR_PAGE_H
#define PORTAL_FACTOR_PAGE_H

#include "page/page.h"
#include "store/factor.h"

/* NULL: the typed password is right, and *counted is to be settled; else the answer. `action`: see
 * portal_current_check. */
portal_answer_t *portal_factor_ask(portal_call_t *call, const char *action,
                                   portal_attempt_t *counted);

/* A change by this call's session, with fresh recovery codes in it, which are secret and wiped with the
 * call's pool. */
portal_factor_change_t portal_factor_change(portal_call_t *call);

/* The change was made, another session goes on in this one's place, and the page with the recovery codes
 * is shown, once. */
portal_answer_t *portal_factor_codes_shown(portal_call_t *call,
                                           portal_factor_change_t *change);

#endif
