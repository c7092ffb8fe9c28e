/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_lib.h>
#include <apr_strings.h>
#include <stdio.h>
#include <string.h>

#include "web/own_path.h"

/* How many letters, digits and signs of `signs` it begins with. */
static apr_size_t span_of(const char *text, const char *signs)
{
    const char *at = text;

    while (*at && (apr_isalnum(*at) || strchr(signs, *at)))
        at++;
    return (apr_size_t)(at - text);
}

const char *portal_own_path(const char *path)
{
    const char *query;

    if (!path || path[0] != '/' || path[1] == '/' || path[1] == '\\')
        return "/";
    if (path[span_of(path, "/-_")] == '\0')
        return path;
    query = path + span_of(path, "/-_");
    return *query == '?' && query[1 + span_of(query + 1, "/-_=&.%")] == '\0' ? path : "/";
}

const char *portal_own_place(const char *place)
{
    if (!place || place[0] != '/' || place[1] == '/' || strlen(place) > PORTAL_PLACE)
        return NULL;
    return place[span_of(place, "/-._~!$&'()*+,;=:@?%")] == '\0' ? place : NULL;
}

const char *portal_place_value(const char *place, apr_pool_t *pool)
{
    char *value = apr_palloc(pool, 3 * strlen(place) + 1), *to = value;

    for (; *place; place++)
        if (apr_isalnum(*place) || strchr("/-_.~", *place))
            *to++ = *place;
        else
            to += sprintf(to, "%%%02X", (unsigned char)*place);
    *to = '\0';
    return value;
}
