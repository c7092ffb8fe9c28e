/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses in the configuration: public base URLs, the mail relay, mailboxes.
 *
 * Readers as in config_value.c: NULL, or the rest of a sentence that says what is wrong
 * and what to write; what they fill in lives in pool. No message repeats a user part.
 */
#ifndef PORTAL_CONFIG_URL_H
#define PORTAL_CONFIG_URL_H

#include "config.h"

/*
 * https://HOST[:PORT][/PATH]; no user, query, fragment, escapes, dot segments or empty
 * segments. One slash at the end is taken off.
 */
const char *portal_config_read_url(apr_pool_t *pool, const char *typed,
                                   portal_base_url_t *out);

/* smtp://HOST[:PORT], smtps://HOST[:PORT] or file:DIR, whose folder must exist. */
const char *portal_config_read_relay(apr_pool_t *pool, const char *typed,
                                     portal_mail_relay_t *out);

/* One address alone, as core/email.h takes it; *out is its spelling for SMTP. */
const char *portal_config_read_mailbox(apr_pool_t *pool, const char *typed,
                                       const char **out);

/* 0 for an address that may hold a login or a token (a user, a password where the port belongs, a
 * query), and is not to be repeated. */
int portal_config_is_plain_address(const char *typed);

/* 1 when the host is this machine: localhost, 127.0.0.0/8 or [::1]. */
int portal_config_is_loopback(const char *host);

#endif
