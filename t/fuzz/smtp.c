/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: what a relay says, line by line as libcurl hands it on. Lines that begin with > are
 * commands of ours, as they go out between; the first byte is how libcurl ended and whether an
 * address needs SMTPUTF8. The desk is shown one clean line, and a mail counts as delivered only after
 * DATA was answered with 354 and then with 2xx.
 */
#include "fuzz.h"

#include "remote/smtp_talk.h"

static void check_words(const char *words)
{
    must(portal_text_check(words, strlen(words), PORTAL_SMTP_WORDS_MAX, 0) ==
         PORTAL_TEXT_OK);
    must(*words != ' ');
}

static void check_result(const portal_smtp_result_t *result, int had_354, int had_2xx)
{
    check_words(result->words);
    must(result->code == 0 || (result->code >= 100 && result->code <= 599));
    must(result->fate != PORTAL_SMTP_DELIVERED || (had_354 && had_2xx));
    must((result->fate == PORTAL_SMTP_DELIVERED) ==
         (result->reason == PORTAL_SMTP_NO_REASON));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    portal_smtp_talk_t talk = {.needs_utf8 = size > 0 && data[0] & 0x80};
    portal_smtp_result_t result;
    int had_354 = 0, had_2xx = 0;

    for (size_t at = 1; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t len = end ? (size_t)(end - data) + 1 - at : size - at;
        char *line = apr_palloc(pool, len);

        memcpy(line, data + at, len);
        at += len;
        if (line[0] == '>') {
            portal_smtp_talk_command(&talk, line + 1, len - 1);
            continue;
        }
        had_2xx |= had_354 && line[0] == '2';
        had_354 |= len >= 4 && memcmp(line, "354", 3) == 0;
        if (!portal_smtp_talk_reply(&talk, line, len)) {
            break;
        }
    }
    result = portal_smtp_talk_judge(&talk, size ? (CURLcode)(data[0] & 0x7f) : CURLE_OK,
                                    "an error of curl's", pool);
    check_result(&result, had_354, had_2xx);
    apr_pool_destroy(pool);
    return 0;
}
