/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: a place to return to. What is taken begins with one slash and has nothing in it that a
 * browser could read as another host (WHATWG URL, section 4.4: a backslash is a slash, tabs and line
 * ends are left out); as a value of a query it comes back as it was.
 */
#include "fuzz.h"

#include "core/urlencoded.h"
#include "web/own_path.h"

static void check_place(const char *place)
{
    must(place[0] == '/' && place[1] != '/');
    for (const char *at = place; *at; at++) {
        must(*at > ' ' && *at != 0x7f && !strchr("\\\"<>#", *at));
    }
}

static void check_value(const char *place, apr_pool_t *pool)
{
    const char *body =
        apr_pstrcat(pool, "return=", portal_place_value(place, pool), NULL);
    apr_array_header_t *pairs;

    must(portal_urlencoded_read(&pairs, body, strlen(body), 1, pool) == APR_SUCCESS);
    must(strcmp(APR_ARRAY_IDX(pairs, 0, portal_pair_t).value, place) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    const char *text = fuzz_text(data, size, pool), *path = portal_own_path(text),
               *place = portal_own_place(text);

    must(path == text || strcmp(path, "/") == 0);
    check_place(path);
    if (place) {
        must(place == text && strlen(place) <= PORTAL_PLACE);
        check_place(place);
        check_value(place, pool);
    }
    apr_pool_destroy(pool);
    return 0;
}
