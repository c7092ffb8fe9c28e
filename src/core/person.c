/* SPDX-License-Identifier: Apache-2.0 */
/* How a person is called; see person.h. */
#include "core/person.h"

#include <apr_strings.h>
#include <string.h>
#include <utf8proc.h>

/* Kana, Hangul and Chinese characters; what else stands between them has no names. */
static int is_east_asian(const char *name)
{
    utf8proc_int32_t point;

    if (utf8proc_iterate((const utf8proc_uint8_t *)name, (utf8proc_ssize_t)strlen(name),
                         &point) <= 0)
        return 0;
    return (point >= 0x2E80 && point <= 0xA4CF) || (point >= 0xAC00 && point <= 0xD7A3) ||
           (point >= 0xF900 && point <= 0xFAFF) || (point >= 0x1100 && point <= 0x11FF) ||
           (point >= 0x20000 && point <= 0x3FFFF);
}

const char *portal_person_name(const char *family, const char *given,
                               const char *otherwise, apr_pool_t *pool)
{
    if (!*family && !*given)
        return otherwise;
    if (!*family || !*given)
        return *family ? family : given;
    if (is_east_asian(family) && is_east_asian(given))
        return apr_pstrcat(pool, family, given, NULL);
    return apr_pstrcat(pool, given, " ", family, NULL);
}
