/* SPDX-License-Identifier: Apache-2.0 */
/* text_points: see text_points.h. */
#include "core/text_points.h"

#include <string.h>

int portal_points_read(portal_points_t *out, const char *text, int options,
                       portal_points_map_t map, apr_pool_t *pool)
{
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text;
    utf8proc_ssize_t length = (utf8proc_ssize_t)strlen(text);
    utf8proc_option_t how = (utf8proc_option_t)options;
    utf8proc_ssize_t count =
        utf8proc_decompose_custom(bytes, length, NULL, 0, how, map, NULL);
    apr_size_t found = count > 0 ? (apr_size_t)count : 0;
    out->count = found;
    out->room = 2 * found + 1;
    out->at = apr_pcalloc(pool, out->room * sizeof *out->at);
    if (found) {
        utf8proc_decompose_custom(bytes, length, out->at, count, how, map, NULL);
    }
    return count >= 0;
}

void portal_points_compose(portal_points_t *points)
{
    utf8proc_ssize_t count = utf8proc_normalize_utf32(
        points->at, (utf8proc_ssize_t)points->count, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    points->count = count > 0 ? (apr_size_t)count : 0;
}

const char *portal_points_write(portal_points_t *points)
{
    /* encodes in place and ends with a NUL: that is what the one point of room is for */
    utf8proc_reencode(points->at, (utf8proc_ssize_t)points->count, (utf8proc_option_t)0);
    points->count = 0;
    return (const char *)points->at;
}

int portal_points_is_space(utf8proc_int32_t point)
{
    utf8proc_category_t category = utf8proc_category(point);
    return (point >= 9 && point <= 13) || point == 0x85 || point == 0x200B ||
           point == 0xFEFF || category == UTF8PROC_CATEGORY_ZS ||
           category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

int portal_points_is_dash(utf8proc_int32_t point)
{
    return utf8proc_category(point) == UTF8PROC_CATEGORY_PD || point == 0xAD ||
           point == 0x2043 /* hyphen bullet */ || point == 0x2212 /* minus */ ||
           point == 0x2D7 /* modifier minus */ || point == 0x1806 /* Mongolian */;
}
