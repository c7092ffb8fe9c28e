/* SPDX-License-Identifier: Apache-2.0 */
/* text: checking and cleaning; see text.h. The keys are in text_key.c. */
#include "core/text.h"
#include "core/secret.h"
#include "core/text_points.h"

#include <apr_strings.h>
#include <string.h>

#define NFC (UTF8PROC_COMPOSE | UTF8PROC_STABLE)

static int is_line_break(utf8proc_int32_t point)
{
    return point == '\n' || point == '\r' || point == 0x85 || point == 0x2028 ||
           point == 0x2029;
}

/* Embeddings and overrides U+202A..E, isolates U+2066..9 (Unicode TR 36 section 2.5). */
static int is_bidi_control(utf8proc_int32_t point)
{
    return (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

static int is_control(utf8proc_int32_t point)
{
    return point < 0x20 || (point >= 0x7F && point < 0xA0) ||
           (point >= 0xFFF9 && point <= 0xFFFB) || /* interlinear annotation */
           (point >= 0xFDD0 && point <= 0xFDEF) || (point & 0xFFFE) == 0xFFFE;
}

static portal_text_verdict_t check_point(utf8proc_int32_t point, unsigned flags)
{
    if (point == 0) {
        return PORTAL_TEXT_HAS_NUL;
    }
    if (point == '\t' || is_line_break(point)) {
        return flags & PORTAL_TEXT_LINES ? PORTAL_TEXT_OK : PORTAL_TEXT_LINE_BREAK;
    }
    if (is_bidi_control(point)) {
        return PORTAL_TEXT_BIDI;
    }
    return is_control(point) ? PORTAL_TEXT_CONTROL : PORTAL_TEXT_OK;
}

portal_text_verdict_t portal_text_check(const char *text, apr_size_t len, apr_size_t max,
                                        unsigned flags)
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
    apr_size_t count = 0;
    while (len) {
        utf8proc_int32_t point;
        utf8proc_ssize_t n = utf8proc_iterate(at, (utf8proc_ssize_t)len, &point);
        if (n <= 0) {
            return PORTAL_TEXT_BAD_UTF8;
        }
        portal_text_verdict_t verdict = check_point(point, flags);
        if (verdict != PORTAL_TEXT_OK) {
            return verdict;
        }
        at += n;
        len -= (apr_size_t)n;
        count++;
    }
    return count > max ? PORTAL_TEXT_TOO_LONG : PORTAL_TEXT_OK;
}

static int is_ascii_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* CR LF, CR and the others become one LF each. */
static void unify_line_breaks(portal_points_t *points)
{
    apr_size_t kept = 0;
    for (apr_size_t i = 0; i < points->count; i++) {
        utf8proc_int32_t point = points->at[i];
        if (point == '\r' && i + 1 < points->count && points->at[i + 1] == '\n') {
            continue;
        }
        points->at[kept++] = is_line_break(point) ? '\n' : point;
    }
    points->count = kept;
}

static void trim(portal_points_t *points)
{
    apr_size_t start = 0;
    while (points->count && portal_points_is_space(points->at[points->count - 1])) {
        points->count--;
    }
    while (start < points->count && portal_points_is_space(points->at[start])) {
        start++;
    }
    points->count -= start;
    memmove(points->at, points->at + start, points->count * sizeof *points->at);
}

portal_text_verdict_t portal_text_clean(const char **clean, const char *text,
                                        apr_size_t len, apr_size_t max, unsigned flags,
                                        apr_pool_t *pool)
{
    portal_points_t points;
    *clean = NULL;
    while (len && is_ascii_space(text[0])) { /* a tab at the end of a pasted line */
        text++;
        len--;
    }
    while (len && is_ascii_space(text[len - 1])) {
        len--;
    }
    portal_text_verdict_t verdict = portal_text_check(text, len, APR_SIZE_MAX, flags);
    if (verdict != PORTAL_TEXT_OK) {
        return verdict;
    }
    if (!portal_points_read(&points, apr_pstrmemdup(pool, text, len), NFC, NULL, pool)) {
        return PORTAL_TEXT_BAD_UTF8;
    }
    unify_line_breaks(&points);
    trim(&points);
    portal_points_compose(&points);
    if (points.count > max) {
        return PORTAL_TEXT_TOO_LONG;
    }
    *clean = portal_points_write(&points);
    return PORTAL_TEXT_OK;
}

apr_size_t portal_text_length(const char *text)
{
    apr_size_t count = 0;
    apr_size_t left = strlen(text);
    while (left) {
        utf8proc_int32_t point;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text,
                                              (utf8proc_ssize_t)left, &point);
        if (n <= 0) {
            return count + left;
        }
        text += n;
        left -= (apr_size_t)n;
        count++;
    }
    return count;
}

const char *portal_text_secret(const char *text, apr_pool_t *pool)
{
    portal_points_t points;
    int read = portal_points_read(&points, text, NFC, NULL, pool);
    portal_secret_wipe_with(points.at, points.room * sizeof *points.at, pool);
    if (!read) {
        return NULL;
    }
    portal_points_compose(&points);
    return portal_points_write(&points);
}
