/* SPDX-License-Identifier: Apache-2.0 */
/* blocklist_text: a blocklist from a text file; see blocklist.h. */
#include "core/blocklist.h"
#include "core/blocklist_file.h"
#include "core/text.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 1024 /* no password is longer */

static apr_size_t count_lines(const char *text, apr_size_t length)
{
    apr_size_t lines = 1;
    for (apr_size_t i = 0; i < length; i++) {
        lines += text[i] == '\n';
    }
    return lines;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, PORTAL_BLOCKLIST_ENTRY);
}

/* The entry of one line; 0: it is not used. `pool` is cleared by the caller. */
static int read_line(unsigned char *out, const char *line, apr_size_t length,
                     apr_pool_t *pool)
{
    if (length && line[length - 1] == '\r') {
        length--;
    }
    if (length < PORTAL_BLOCKLIST_SHORTEST || length > LINE_MAX_BYTES ||
        portal_text_check(line, length, LINE_MAX_BYTES, PORTAL_TEXT_LINES) !=
            PORTAL_TEXT_OK) {
        return 0;
    }
    const char *lower =
        portal_text_lower_secret(apr_pstrmemdup(pool, line, length), pool);
    if (!lower || portal_text_length(lower) < PORTAL_BLOCKLIST_SHORTEST) {
        return 0;
    }
    portal_blocklist_entry(out, lower);
    return 1;
}

static apr_size_t remove_doubles(unsigned char *entries, apr_size_t count)
{
    apr_size_t kept = 0;
    for (apr_size_t i = 0; i < count; i++) {
        unsigned char *entry = entries + i * PORTAL_BLOCKLIST_ENTRY;
        if (i == 0 || compare(entry, entry - PORTAL_BLOCKLIST_ENTRY) != 0) {
            memmove(entries + kept++ * PORTAL_BLOCKLIST_ENTRY, entry,
                    PORTAL_BLOCKLIST_ENTRY);
        }
    }
    return kept;
}

apr_status_t portal_blocklist_read_text(struct portal_blocklist_t *list, const char *text,
                                        apr_size_t length, apr_pool_t *pool)
{
    apr_pool_t *scratch;
    apr_size_t count = 0;
    unsigned char *entries =
        apr_palloc(pool, count_lines(text, length) * PORTAL_BLOCKLIST_ENTRY);
    apr_status_t status = apr_pool_create(&scratch, pool);
    if (status != APR_SUCCESS) {
        return status;
    }
    for (const char *line = text, *end = text + length; line < end;) {
        const char *stop = memchr(line, '\n', (apr_size_t)(end - line));
        apr_size_t size = (apr_size_t)((stop ? stop : end) - line);
        count += (apr_size_t)read_line(entries + count * PORTAL_BLOCKLIST_ENTRY, line,
                                       size, scratch);
        line += size + 1;
        apr_pool_clear(scratch);
    }
    apr_pool_destroy(scratch);
    qsort(entries, count, PORTAL_BLOCKLIST_ENTRY, compare);
    list->entries = entries;
    list->count = remove_doubles(entries, count);
    return list->count ? APR_SUCCESS : APR_EINVAL;
}
