/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_words: see smtp_words.h. */
#include "remote/smtp_words.h"

#include "core/token.h"
#include "remote/smtp.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>
#include <utf8proc.h>

#define BYTES_MAX (PORTAL_SMTP_WORDS_MAX * 4)

typedef struct {
    char *text;
    apr_size_t len, characters;
} words_t;

static int is_space(utf8proc_int32_t c)
{
    return c <= 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0x2028 || c == 0x2029;
}

static int turns_direction(utf8proc_int32_t c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* Code points that are no characters (Unicode 15, section 23.7), and interlinear annotation. */
static int is_none(utf8proc_int32_t c)
{
    return (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef) ||
           (c >= 0xfff9 && c <= 0xfffb);
}

/* Appends one character; a run of white space becomes one space, none at the begin. */
static void put(words_t *words, const char *bytes, apr_size_t n, utf8proc_int32_t c)
{
    if (words->characters == PORTAL_SMTP_WORDS_MAX || turns_direction(c))
        return;
    if (is_space(c)) {
        if (words->len == 0 || words->text[words->len - 1] == ' ')
            return;
        bytes = " ";
        n = 1;
    }
    memcpy(words->text + words->len, bytes, n);
    words->len += n;
    words->characters++;
}

/* "550-" or "550 " at the begin of a line that goes on the reply; the first stays. */
static int is_code(const char *line, apr_size_t len)
{
    for (int i = 0; i < 3; i++) {
        if (len <= (apr_size_t)i || line[i] < '0' || line[i] > '9')
            return 0;
    }
    return len > 3 && (line[3] == '-' || line[3] == ' ');
}

static int is_of_token(char c)
{
    return apr_isalnum(c) || c == '-' || c == '_';
}

/* A relay may repeat what it did not like of a mail, and the link in it is one: "-" for all that is as long as a
 * token. The new length. */
static apr_size_t drop_tokens(char *text, apr_size_t len)
{
    apr_size_t to = 0, run;

    for (apr_size_t at = 0; at < len; at += run ? run : 1) {
        for (run = 0; at + run < len && is_of_token(text[at + run]); run++)
            ;
        if (run >= PORTAL_TOKEN_SIZE - 1)
            text[to++] = '-';
        else
            for (apr_size_t i = 0; i < (run ? run : 1); i++)
                text[to++] = text[at + i];
    }
    return to;
}

const char *portal_smtp_words(const char *reply, apr_size_t len, apr_pool_t *pool)
{
    words_t words = {apr_palloc(pool, BYTES_MAX + 1), 0, 0};
    char *safe = apr_pmemdup(pool, reply, len);
    int first = 1, begins = 1;

    len = drop_tokens(safe, len);
    reply = safe;
    while (len > 0) {
        utf8proc_int32_t c;
        utf8proc_ssize_t n =
            utf8proc_iterate((const utf8proc_uint8_t *)reply, (utf8proc_ssize_t)len, &c);

        if (begins && is_code(reply, len)) {
            if (first)
                put(&words, reply, 3, '0'), words.characters += 2;
            put(&words, " ", 1, ' ');
            first = 0;
            n = 4;
        } else if (n <= 0 || is_none(c)) {
            put(&words, "?", 1, '?');
            n = n <= 0 ? 1 : n;
        } else {
            put(&words, reply, (apr_size_t)n, c);
        }
        begins = reply[n - 1] == '\n';
        reply += n;
        len -= (apr_size_t)n;
    }
    while (words.len > 0 && words.text[words.len - 1] == ' ')
        words.len--;
    words.text[words.len] = '\0';
    return words.text;
}
