/* SPDX-License-Identifier: Apache-2.0 */
/* mail_encode: see mail_encode.h. RFC 2045 (bodies), RFC 2047 (encoded words), RFC 5322. */
#include "core/mail_encode.h"

#include <apr_strings.h>
#include <sodium.h>
#include <string.h>

/* An encoded word has at most 75 characters (RFC 2047 section 2), 12 of them around. */
#define WORD_HEAD "=?UTF-8?B?"
#define WORD_TAIL "?="
#define WORD_FRAME (sizeof(WORD_HEAD WORD_TAIL) - 1)
#define WORD_MAX 75
/* Bytes in a line of base64: 76 characters. */
#define BASE64_LINE 57

static void add(portal_buffer_t *out, const char *text)
{
    portal_buffer_add(out, text, strlen(text));
}

static apr_size_t base64_length(apr_size_t bytes)
{
    return (bytes + 2) / 3 * 4;
}

/* At most BASE64_LINE bytes. */
static void add_base64(portal_buffer_t *out, const char *bytes, apr_size_t len)
{
    char text[sodium_base64_ENCODED_LEN(BASE64_LINE, sodium_base64_VARIANT_ORIGINAL)];

    sodium_bin2base64(text, sizeof(text), (const unsigned char *)bytes, len,
                      sodium_base64_VARIANT_ORIGINAL);
    add(out, text);
    sodium_memzero(text, sizeof(text));
}

portal_mail_header_t portal_mail_header(portal_buffer_t *out, const char *name)
{
    add(out, name);
    add(out, ":");
    return (portal_mail_header_t){out, strlen(name) + 1};
}

void portal_mail_header_end(portal_mail_header_t *line)
{
    add(line->out, "\r\n");
}

/* A space, after a line break if `len` characters more would be too many. */
static void separate(portal_mail_header_t *line, apr_size_t len)
{
    if (line->column + 1 + len > PORTAL_MAIL_LINE) {
        add(line->out, "\r\n");
        line->column = 0;
    }
    add(line->out, " ");
    line->column++;
}

void portal_mail_header_piece(portal_mail_header_t *line, const char *piece,
                              apr_size_t len)
{
    separate(line, len);
    portal_buffer_add(line->out, piece, len);
    line->column += len;
}

/* How many bytes of `text`, at most `room`, end at the end of a character. */
static apr_size_t whole_characters(const char *text, apr_size_t room)
{
    apr_size_t len = strlen(text);

    if (len <= room)
        return len;
    while (room > 0 && ((unsigned char)text[room] & 0xc0) == 0x80)
        room--;
    return room;
}

static void encoded_words(portal_mail_header_t *line, const char *text)
{
    while (*text) {
        /* What is left of this line, if it holds four bytes at least: the longest character. */
        apr_size_t left = PORTAL_MAIL_LINE - 1;
        apr_size_t take;

        if (line->column + 1 + WORD_FRAME + base64_length(4) <= PORTAL_MAIL_LINE)
            left -= line->column;
        if (left > WORD_MAX)
            left = WORD_MAX;
        take = whole_characters(text, (left - WORD_FRAME) / 4 * 3);
        separate(line, WORD_FRAME + base64_length(take));
        add(line->out, WORD_HEAD);
        add_base64(line->out, text, take);
        add(line->out, WORD_TAIL);
        line->column += WORD_FRAME + base64_length(take);
        text += take;
    }
}

static int is_printable_ascii(const char *text)
{
    for (; *text; text++) {
        if (*text < ' ' || *text > '~')
            return 0;
    }
    return 1;
}

/* Folding breaks at spaces only, and a line must not consist of them. */
static int folds_well(const char *text)
{
    apr_size_t word = 0;

    if (!is_printable_ascii(text) || strstr(text, "=?") || *text == ' ')
        return 0;
    for (; *text; text++) {
        word = *text == ' ' ? 0 : word + 1;
        if (word > PORTAL_MAIL_LINE - 2 || (*text == ' ' && (!text[1] || text[1] == ' ')))
            return 0;
    }
    return 1;
}

void portal_mail_header_text(portal_mail_header_t *line, const char *text)
{
    if (!folds_well(text)) {
        encoded_words(line, text);
        return;
    }
    while (*text) {
        apr_size_t len = strcspn(text, " ");

        portal_mail_header_piece(line, text, len);
        text += len + (text[len] == ' ');
    }
}

void portal_mail_header_phrase(portal_mail_header_t *line, const char *name)
{
    char quoted[PORTAL_MAIL_LINE];
    apr_size_t n = 0;

    /* Each character may need a backslash, and the name stays on one line. */
    if (!folds_well(name) || strlen(name) > (sizeof(quoted) - 4) / 2) {
        encoded_words(line, name);
        return;
    }
    quoted[n++] = '"';
    for (; *name; name++) {
        if (*name == '"' || *name == '\\')
            quoted[n++] = '\\';
        quoted[n++] = *name;
    }
    quoted[n++] = '"';
    portal_mail_header_piece(line, quoted, n);
}

static int ends_line(const char *text)
{
    return *text == '\n' || (*text == '\r' && text[1] == '\n');
}

/*
 * Whether quoted-printable needs this byte as =XX. White space at the end of a line would
 * get lost; so would a lone dot or "From " at its begin, in some old programs.
 */
static int needs_quoting(const char *at, apr_size_t column)
{
    unsigned char c = (unsigned char)*at;

    if (c == ' ' || c == '\t')
        return !at[1] || ends_line(at + 1);
    if (column == 0 && (c == '.' || !strncmp(at, "From ", 5)))
        return 1;
    return c < '!' || c > '~' || c == '=';
}

static void add_quoted_printable(portal_buffer_t *out, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    apr_size_t column = 0;

    while (*text) {
        char piece[3] = {*text, 0, 0};
        apr_size_t len = 1;

        if (ends_line(text)) {
            add(out, "\r\n");
            column = 0;
            text += *text == '\r' ? 2 : 1;
            continue;
        }
        if (needs_quoting(text, column)) {
            piece[0] = '=';
            piece[1] = hex[(unsigned char)*text >> 4];
            piece[2] = hex[(unsigned char)*text & 15];
            len = 3;
        }
        if (column + len > PORTAL_MAIL_LINE - 1) {
            add(out, "=\r\n");
            column = 0;
            continue; /* begins a line now: what needs quoting may have changed */
        }
        portal_buffer_add(out, piece, len);
        column += len;
        text++;
    }
    if (column)
        add(out, "\r\n");
}

/* With CRLF at each line end, as text has to be before base64 (RFC 2045 section 6.8). */
static const char *with_crlf(const char *text, apr_size_t *len, apr_pool_t *pool)
{
    portal_buffer_t *out = portal_buffer_create(strlen(text) * 2 + 2, pool);

    while (*text) {
        apr_size_t line = strcspn(text, "\r\n");

        portal_buffer_add(out, text, line);
        text += line;
        if (ends_line(text)) {
            add(out, "\r\n");
            text += *text == '\r' ? 2 : 1;
        } else if (*text) {
            portal_buffer_add(out, text++, 1);
        }
    }
    return portal_buffer_data(out, len);
}

static void add_base64_lines(portal_buffer_t *out, const char *text)
{
    apr_size_t len;

    text = with_crlf(text, &len, portal_buffer_pool(out));
    while (len > 0) {
        apr_size_t take = len < BASE64_LINE ? len : BASE64_LINE;

        add_base64(out, text, take);
        add(out, "\r\n");
        text += take;
        len -= take;
    }
}

void portal_mail_body(portal_buffer_t *out, const char *type, const char *text)
{
    apr_size_t quoted = 0, plain = 0;

    for (const char *c = text; *c; c++)
        (*c & 0x80) || *c == '=' ? quoted++ : plain++;
    add(out, "Content-Type: ");
    add(out, type);
    add(out, "; charset=utf-8\r\nContent-Transfer-Encoding: ");
    if (quoted * 3 + plain > base64_length(quoted + plain)) {
        add(out, "base64\r\n\r\n");
        add_base64_lines(out, text);
    } else {
        add(out, "quoted-printable\r\n\r\n");
        add_quoted_printable(out, text);
    }
}
