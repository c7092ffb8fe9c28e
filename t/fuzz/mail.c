/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: the values of a mail: names, addresses, subject, text, with a NUL between them.
 * Whatever they are, the mail has the header lines that it is to have and no other, no line end that
 * is not CRLF, and no line beyond 998 characters (RFC 5322 section 2.1.1).
 */
#include "fuzz.h"

#include <strings.h>

#include "core/mail_text.h"

static int is_header(const char *line)
{
    static const char *const known[] = {"From",
                                        "Reply-To",
                                        "To",
                                        "Subject",
                                        "Date",
                                        "Message-ID",
                                        "MIME-Version",
                                        "Content-Type",
                                        "Content-Transfer-Encoding",
                                        "Content-Language",
                                        "Auto-Submitted",
                                        "X-Auto-Response-Suppress"};

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        size_t len = strlen(known[i]);

        if (strncasecmp(line, known[i], len) == 0 && line[len] == ':') {
            return 1;
        }
    }
    return 0;
}

static void check_mail(const char *mail, apr_size_t len)
{
    int in_head = 1;

    must(strlen(mail) == len);
    for (const char *line = mail; *line;) {
        const char *end = strstr(line, "\r\n");

        must(end && end - line <= 998);
        must(strcspn(line, "\r\n") == (size_t)(end - line));
        if (in_head && end > line) {
            must(*line == ' ' || *line == '\t' || is_header(line));
        }
        in_head &= end > line;
        line = end + 2;
    }
    must(!in_head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    apr_array_header_t *parts = fuzz_parts(data, size, pool);
    portal_mail_text_t mail = {.from = fuzz_part(parts, 0),
                               .from_name = fuzz_part(parts, 1),
                               .to = fuzz_part(parts, 2),
                               .to_name = fuzz_part(parts, 3),
                               .subject = fuzz_part(parts, 4),
                               .text = fuzz_part(parts, 5),
                               .html = fuzz_part(parts, 6),
                               .reply_to = fuzz_part(parts, 7),
                               .language = fuzz_part(parts, 8),
                               .message_id = "fuzz.1@hospital.example",
                               .date = APR_TIME_C(1794837900000000)};
    const char *message, *field = NULL;
    apr_size_t len;

    if (portal_mail_compose(&message, &len, &field, &mail, pool) == APR_SUCCESS) {
        check_mail(message, len);
    } else {
        must(!message);
    }
    apr_pool_destroy(pool);
    return 0;
}
