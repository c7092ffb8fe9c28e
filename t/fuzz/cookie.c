/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: a Cookie header. The portal's own cookies are taken out of it, so that nobody behind
 * finds them; what is found in them stays the same, and all else goes on as it was.
 */
#include "fuzz.h"

#include <httpd.h>
#include <http_config.h>
#include <strings.h>

#include "web/call.h"

module AP_MODULE_DECLARE_DATA portal_module = {.module_index = 0};

static int same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Does a pair of this header have a name of ours? */
static int has_ours(const char *header)
{
    static const char ours[] = "__Host-portal";

    while (header && *header) {
        header += strspn(header, ";, \t");
        if (strncasecmp(header, ours, sizeof(ours) - 1) == 0 &&
            strchr("=-;, \t", header[sizeof(ours) - 1])) {
            return 1;
        }
        header += strcspn(header, ";,");
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {PORTAL_COOKIE_SESSION, PORTAL_COOKIE_VISIT,
                                        PORTAL_COOKIE_LANGUAGE, PORTAL_COOKIE_DEVICE};
    void *configs[1] = {NULL};
    apr_pool_t *pool = fuzz_pool();
    request_rec r = {.pool = pool, .request_config = (ap_conf_vector_t *)configs};
    portal_call_t call = {.r = &r, .pool = pool};
    const char *before[4], *header = fuzz_text(data, size, pool);

    r.headers_in = apr_table_make(pool, 2);
    apr_table_setn(r.headers_in, "Cookie", header);
    for (int i = 0; i < 4; i++) {
        before[i] = portal_cookie_get(&call, names[i]);
        must(!before[i] || !strchr(before[i], ';'));
    }
    for (int again = 0; again < 2; again++) {
        portal_cookie_take(&r);
        must(!has_ours(apr_table_get(r.headers_in, "Cookie")));
        must(same(portal_cookie_header(&call), header));
        for (int i = 0; i < 4; i++) {
            must(same(portal_cookie_get(&call, names[i]), before[i]));
        }
    }
    apr_pool_destroy(pool);
    return 0;
}
