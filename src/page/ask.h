/* SPDX-License-Identifier: Apache-2.0 */
/* Asking for a link by e-mail, at /register and at /forgot: both answer alike whatever was typed. */
#ifndef PORTAL_PAGE_ASK_H
#define PORTAL_PAGE_ASK_H

#include "page/page.h"

/* Can a mail be sent here? */
int portal_ask_has_mail(const portal_call_t *call);

/* Takes case number and e-mail from the form; `kind` is register or forgot. 303 to `done`, or the
 * form (by `show`) with what is wrong with the form of what was typed, or with 429. */
portal_answer_t *portal_ask_take(portal_call_t *call, const char *kind, const char *done,
                                 portal_page_fn show);

#endif
