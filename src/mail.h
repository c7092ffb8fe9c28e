/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the portal's mails say. A mail is composed in the transaction of its cause, in the language
 * of the binder, and waits in the queue as JSON {from, to, message}: envelope addresses as SMTP
 * spells them, and the complete message.
 *
 * A mail names nobody and tells nothing of anybody's health: it greets, says what happened, and
 * carries the link, whose address comes from PortalURL. HTML parts have no remote content.
 */
#ifndef PORTAL_MAIL_H
#define PORTAL_MAIL_H

#include "store/mail.h"

struct portal_app_t;

/* For portal_store_t.compose, with the app as baton. *payload is a secret when there is a link, and
 * is wiped with its pool. APR_ENOTIMPL: there is no PortalMailRelay, or nothing can be sent to
 * this address. */
apr_status_t portal_mail_payload(void *app, const portal_mail_facts_t *facts,
                                 const char **payload, apr_pool_t *pool);

#endif
