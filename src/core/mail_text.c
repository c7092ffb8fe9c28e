/* SPDX-License-Identifier: Apache-2.0 */
/* mail_text: see mail_text.h; the encodings are in mail_encode. */
#include "core/mail_text.h"

#include "core/buffer.h"
#include "core/email.h"
#include "core/mail_encode.h"

#include <apr_strings.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

/* "=_" comes up in neither quoted-printable nor base64: no body can hold this line. */
#define BOUNDARY "=_portal"

/* What compose() works on: the addresses as they go onto the wire. */
typedef struct {
    const portal_mail_text_t *mail;
    const char *from, *reply_to, *to;
    portal_buffer_t *out;
} letter_t;

static int given(const char *text)
{
    return text && *text;
}

/* C0 and C1 controls, DEL, and the separators that some programs take for line breaks. */
static int breaks_headers(utf8proc_int32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

static int is_utf8(const char *text, int in_header)
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;

    while (*at) {
        utf8proc_int32_t c;
        utf8proc_ssize_t n = utf8proc_iterate(at, -1, &c);

        if (n <= 0 || (in_header && breaks_headers(c)))
            return 0;
        at += n;
    }
    return 1;
}

static int is_header_text(const char *text)
{
    return strnlen(text, PORTAL_MAIL_HEADER_MAX + 1) <= PORTAL_MAIL_HEADER_MAX &&
           is_utf8(text, 1);
}

static int consists_of(const char *text, const char *more, apr_size_t max)
{
    const char *letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    apr_size_t len = strlen(text), at = 0;

    while (at < len && (strchr(letters, text[at]) || strchr(more, text[at])))
        at++;
    return at == len && len > 0 && len <= max;
}

/* A dot-atom on each side of one @ (RFC 5322 section 3.6.4); short enough for a line. */
static int is_message_id(const char *id)
{
    const char *at = strchr(id, '@');

    return at && at > id && at[1] && !strchr(at + 1, '@') &&
           consists_of(id, "@.!#$%&'*+-/=?^_`{|}~", 250);
}

static const char *wire_address(const char *typed, apr_pool_t *pool)
{
    portal_email_t email;

    /* It must be fit as it is: white space around it was not typed but smuggled in. */
    if (!given(typed) || strpbrk(typed, " \t\r\n") ||
        portal_email_parse(&email, typed, pool) != PORTAL_EMAIL_OK)
        return NULL;
    return email.wire;
}

/* The first member that is not fit, or NULL. */
static const char *unfit(letter_t *letter, apr_pool_t *pool)
{
    const portal_mail_text_t *mail = letter->mail;

    if (!(letter->from = wire_address(mail->from, pool)))
        return "from";
    if (given(mail->from_name) && !is_header_text(mail->from_name))
        return "from_name";
    if (given(mail->reply_to) && !(letter->reply_to = wire_address(mail->reply_to, pool)))
        return "reply_to";
    if (!(letter->to = wire_address(mail->to, pool)))
        return "to";
    if (given(mail->to_name) && !is_header_text(mail->to_name))
        return "to_name";
    if (!given(mail->subject) || !is_header_text(mail->subject))
        return "subject";
    if (!given(mail->text) || !is_utf8(mail->text, 0))
        return "text";
    if (given(mail->html) && !is_utf8(mail->html, 0))
        return "html";
    if (given(mail->language) && !consists_of(mail->language, "-", 35))
        return "language";
    return given(mail->message_id) && is_message_id(mail->message_id) ? NULL
                                                                      : "message_id";
}

static void add(const letter_t *letter, const char *text)
{
    portal_buffer_add(letter->out, text, strlen(text));
}

static void write_date(const letter_t *letter)
{
    apr_time_exp_t t;
    char line[64];

    apr_time_exp_gmt(&t, letter->mail->date);
    snprintf(line, sizeof(line), "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n",
             apr_day_snames[t.tm_wday], t.tm_mday, apr_month_snames[t.tm_mon],
             t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
    add(letter, line);
}

static void write_mailbox(const letter_t *letter, const char *header, const char *name,
                          const char *address)
{
    portal_mail_header_t line = portal_mail_header(letter->out, header);
    char bracketed[PORTAL_EMAIL_MAX + 3];
    int len = snprintf(bracketed, sizeof(bracketed), "<%s>", address);

    if (given(name))
        portal_mail_header_phrase(&line, name);
    portal_mail_header_piece(&line, bracketed, (apr_size_t)len);
    portal_mail_header_end(&line);
}

static void write_plain(const letter_t *letter, const char *name, const char *before,
                        const char *value, const char *after)
{
    add(letter, name);
    add(letter, ": ");
    add(letter, before);
    add(letter, value);
    add(letter, after);
    add(letter, "\r\n");
}

static void write_header(const letter_t *letter)
{
    const portal_mail_text_t *mail = letter->mail;
    portal_mail_header_t subject;

    write_date(letter);
    write_mailbox(letter, "From", mail->from_name, letter->from);
    if (letter->reply_to)
        write_mailbox(letter, "Reply-To", NULL, letter->reply_to);
    write_mailbox(letter, "To", mail->to_name, letter->to);
    subject = portal_mail_header(letter->out, "Subject");
    portal_mail_header_text(&subject, mail->subject);
    portal_mail_header_end(&subject);
    write_plain(letter, "Message-ID", "<", mail->message_id, ">");
    add(letter, "Auto-Submitted: auto-generated\r\n"
                "X-Auto-Response-Suppress: All\r\n");
    if (given(mail->language))
        write_plain(letter, "Content-Language", "", mail->language, "");
    add(letter, "MIME-Version: 1.0\r\n");
}

static void write_body(const letter_t *letter)
{
    if (!given(letter->mail->html)) {
        portal_mail_body(letter->out, "text/plain", letter->mail->text);
        return;
    }
    add(letter, "Content-Type: multipart/alternative; boundary=\"" BOUNDARY "\"\r\n\r\n"
                "--" BOUNDARY "\r\n");
    portal_mail_body(letter->out, "text/plain", letter->mail->text);
    add(letter, "\r\n--" BOUNDARY "\r\n");
    portal_mail_body(letter->out, "text/html", letter->mail->html);
    add(letter, "\r\n--" BOUNDARY "--\r\n");
}

apr_status_t portal_mail_compose(const char **message, apr_size_t *len,
                                 const char **field, const portal_mail_text_t *mail,
                                 apr_pool_t *pool)
{
    letter_t letter = {.mail = mail};
    apr_status_t rv;

    *message = NULL;
    *len = 0;
    *field = unfit(&letter, pool);
    if (*field)
        return APR_EINVAL;
    letter.out = portal_buffer_create(PORTAL_MAIL_MAX, pool);
    write_header(&letter);
    write_body(&letter);
    rv = portal_buffer_status(letter.out);
    if (rv == APR_SUCCESS)
        *message = portal_buffer_data(letter.out, len);
    return rv;
}
