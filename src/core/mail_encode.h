/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail_encode: the encodings of MIME that portal_mail_compose() needs.
 *
 * What is passed in is clean UTF-8. Everything appends to a buffer, whose faults stick and
 * are looked at once, at the end.
 */
#ifndef PORTAL_MAIL_ENCODE_H
#define PORTAL_MAIL_ENCODE_H

#include "core/buffer.h"

#define PORTAL_MAIL_LINE 76 /* characters of a line, without its CRLF */

/*
 * A header line being written: appended to until portal_mail_header_end(). A break may come
 * before each piece that is set apart by a space.
 */
typedef struct {
    portal_buffer_t *out;
    apr_size_t column;
} portal_mail_header_t;

/* Begins "Name:". */
portal_mail_header_t portal_mail_header(portal_buffer_t *out, const char *name);

/* Adds one piece (ASCII, no space in it) after a space, on a new line if this one is full. */
void portal_mail_header_piece(portal_mail_header_t *line, const char *piece,
                              apr_size_t len);

/*
 * Adds a text that is free in form (RFC 5322 `unstructured`): as it is, if that is plain
 * ASCII which folding keeps intact, else as encoded words.
 */
void portal_mail_header_text(portal_mail_header_t *line, const char *text);

/* Adds a display name (RFC 5322 `phrase`): a quoted string or encoded words. */
void portal_mail_header_phrase(portal_mail_header_t *line, const char *name);

/* Ends the line. */
void portal_mail_header_end(portal_mail_header_t *line);

/*
 * Adds the headers Content-Type (`type`, "text/plain" or "text/html") and
 * Content-Transfer-Encoding, an empty line, and the text: quoted-printable, or base64 where
 * that is shorter. LF and CRLF are both line ends; the last line gets one, too.
 */
void portal_mail_body(portal_buffer_t *out, const char *type, const char *text);

#endif
