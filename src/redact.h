/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tokens of mailed links, which no log and no page about the server may show: access logs (%r, %U), the
 * error log, server-status. What of an address is a token is replaced by "-".
 */
#ifndef PORTAL_REDACT_H
#define PORTAL_REDACT_H

#include <httpd.h>

/* For post_read_request: the request line. An address with a token in encoded letters, which httpd itself
 * may refuse with words about it, becomes one that does not exist. DECLINED always. */
int portal_redact_arrive(request_rec *r);

/* The address itself, for whoever comes after the handler, which has read it. */
void portal_redact_address(request_rec *r);

/* For log_transaction, before all others: the same for requests that httpd refused before post_read_request
 * (too long, broken or without a host), in which case no portal's host may be known. DECLINED always. */
int portal_redact_log(request_rec *r);

#endif
