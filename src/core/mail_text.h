/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail_text: one complete mail as it goes over the wire (RFC 5322, MIME).
 *
 * multipart/alternative of plain text and HTML, UTF-8, in lines of at most 76 characters
 * (what cannot be broken, an address, may make a line longer, never beyond 998). Header
 * texts beyond ASCII become encoded words (RFC 2047); an address whose local part is not
 * ASCII stands as it is (RFC 6532) and needs a relay with SMTPUTF8. The mail says of itself
 * that a machine wrote it (RFC 3834), so that no absence notice answers it.
 *
 * No value can add a header line: what has a control character or a line break in it, and
 * what is not UTF-8, is refused, not repaired.
 */
#ifndef PORTAL_MAIL_TEXT_H
#define PORTAL_MAIL_TEXT_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_time.h>

/* Bytes: of one header text, and of a whole mail. */
#define PORTAL_MAIL_HEADER_MAX 32768
#define PORTAL_MAIL_MAX (4 << 20)

/* All texts are UTF-8. NULL or "" leaves out what may be left out. */
typedef struct {
    const char *from;       /* one address, needed */
    const char *from_name;  /* shown beside it */
    const char *reply_to;   /* one address */
    const char *to;         /* one address, needed */
    const char *to_name;    /* shown beside it */
    const char *subject;    /* needed */
    const char *text;       /* plain text, needed; lines end in LF or CRLF */
    const char *html;       /* a whole HTML document; without it the mail is plain text */
    const char *language;   /* a language tag such as es */
    const char *message_id; /* left@right without brackets, needed */
    apr_time_t date;
} portal_mail_text_t;

/*
 * Writes the mail, CRLF line ends, into *message (in `pool`, wiped with it: a mail may
 * hold a link that opens an account); *len is its length.
 * APR_EINVAL: *field names the first member of the struct that is missing or not fit.
 * APR_ENOSPC: longer than PORTAL_MAIL_MAX. *message is then NULL.
 */
apr_status_t portal_mail_compose(const char **message, apr_size_t *len,
                                 const char **field, const portal_mail_text_t *mail,
                                 apr_pool_t *pool);

#endif
