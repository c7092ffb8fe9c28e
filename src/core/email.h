/* SPDX-License-Identifier: Apache-2.0 */
/*
 * email: one e-mail address, checked so that it can go into a mail's envelope and header as
 * it is: no control character, no second address, nothing to quote.
 *
 * Taken is the addr-spec of RFC 5321 section 4.1.2 with a dot-atom before the @, and its
 * extension to Unicode, RFC 6531. Not taken, though the RFCs have them: quoted local parts,
 * comments, display names, address literals ([192.0.2.1]) and domains of one label. No
 * mailbox of a patient needs these, and each is a way to smuggle something.
 */
#ifndef PORTAL_EMAIL_H
#define PORTAL_EMAIL_H

#include <apr_pools.h>

#define PORTAL_EMAIL_MAX 254 /* bytes, RFC 5321 section 4.5.3.1.3 with erratum 1690 */

typedef enum {
    PORTAL_EMAIL_OK,
    PORTAL_EMAIL_EMPTY,     /* nothing but white space */
    PORTAL_EMAIL_MALFORMED, /* not UTF-8, or a character that no text may have */
    PORTAL_EMAIL_TOO_LONG,  /* over 254 bytes, or 64 before the @ */
    PORTAL_EMAIL_NO_AT,     /* no @ in it */
    PORTAL_EMAIL_SEVERAL,   /* more than one @ */
    PORTAL_EMAIL_LOCAL,     /* what stands before the @ is not a plain name */
    PORTAL_EMAIL_DOMAIN     /* what stands after the @ is not the name of a domain */
} portal_email_verdict_t;

typedef struct {
    const char *address; /* to show: as typed, in NFC, the domain in lower-case Unicode */
    const char *local;   /* what stands before the @, as in `address` */
    const char
        *wire; /* for SMTP: the domain in A-labels; pure ASCII unless `local` is not */
    const char *key; /* to compare and find: `wire` in lower case */
} portal_email_t;

/*
 * Checks one address; white space around it is cut off. All of *out is in `pool`, and NULL
 * unless the verdict is OK. An address whose local part is not ASCII needs a relay with
 * SMTPUTF8. Different mailboxes of a domain may have one key (Ann@, ann@): mail always goes to
 * `wire`.
 */
portal_email_verdict_t portal_email_parse(portal_email_t *out, const char *typed,
                                          apr_pool_t *pool);

#endif
