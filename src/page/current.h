/* SPDX-License-Identifier: Apache-2.0 */
/* The current password, asked for again before something of weight is changed (NIST SP 800-63B-4
 * section 4.4), in the field `password`: counted like a sign-in. */
#ifndef PORTAL_CURRENT_H
#define PORTAL_CURRENT_H

#include "page/page.h"
#include "store/account.h"

/* What the session's account is, and what a password must not be. NULL: *facts is filled in; else the
 * answer when there is none, or it cannot be read. */
portal_answer_t *portal_current_facts(portal_call_t *call,
                                      portal_password_facts_t *facts);

/* NULL: the typed password is the current one, and *counted is what the act that follows settles with
 * portal_throttle_succeeded. Else the answer: `again` with what is wrong, a wait, or 503. `action`: of
 * the audit row of a refusal. */
portal_answer_t *portal_current_check(portal_call_t *call,
                                      const portal_password_facts_t *facts,
                                      const char *action, portal_page_fn again,
                                      portal_attempt_t *counted);

/* 1 in *match when `typed` (secret) is the account's password. Fails as portal_credential_verify. */
apr_status_t portal_current_match(portal_call_t *call,
                                  const portal_password_facts_t *facts, const char *typed,
                                  int *match);

#endif
