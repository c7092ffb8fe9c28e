/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secret: see secret.h. A secret starts in its pool, wiped by a pool cleanup; locking moves
 * it to sodium_malloc pages. Pool memory itself is never locked: munlock works on whole
 * pages and would unlock a neighbour's.
 */
#include "core/secret.h"

#include <apr_strings.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

struct portal_secret_t {
    unsigned char *bytes;
    apr_size_t length;
    int guarded; /* bytes are sodium_malloc pages */
};

typedef struct {
    void *bytes;
    apr_size_t length;
} region_t;

apr_status_t portal_secret_init(void)
{
    return sodium_init() < 0 ? APR_EGENERAL : APR_SUCCESS;
}

static apr_status_t wipe_secret(void *data)
{
    portal_secret_t *secret = data;
    if (secret->guarded) {
        sodium_free(secret->bytes); /* wipes first */
    } else {
        sodium_memzero(secret->bytes, secret->length);
    }
    secret->length = 0;
    return APR_SUCCESS;
}

apr_status_t portal_secret_no_core(void)
{
    const struct rlimit none = {0, 0};

    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || setrlimit(RLIMIT_CORE, &none)
               ? APR_FROM_OS_ERROR(errno)
               : APR_SUCCESS;
}

portal_secret_t *portal_secret_make(const void *bytes, apr_size_t len, apr_pool_t *pool)
{
    portal_secret_t *secret = apr_pcalloc(pool, sizeof *secret);
    secret->bytes = apr_pmemdup(pool, bytes, len);
    secret->length = len;
    apr_pool_cleanup_register(pool, secret, wipe_secret, apr_pool_cleanup_null);
    return secret;
}

apr_status_t portal_secret_lock(portal_secret_t *secret)
{
    if (!secret->guarded) {
        unsigned char *pages = sodium_malloc(secret->length);
        if (!pages) {
            return APR_ENOMEM;
        }
        memcpy(pages, secret->bytes, secret->length);
        sodium_memzero(secret->bytes, secret->length);
        secret->bytes = pages;
        secret->guarded = 1;
    }
    return sodium_mlock(secret->bytes, secret->length) ? APR_ENOMEM : APR_SUCCESS;
}

const unsigned char *portal_secret_bytes(const portal_secret_t *secret)
{
    return secret->bytes;
}

apr_size_t portal_secret_length(const portal_secret_t *secret)
{
    return secret->length;
}

static apr_status_t wipe_region(void *data)
{
    region_t *region = data;
    sodium_memzero(region->bytes, region->length);
    return APR_SUCCESS;
}

void portal_secret_wipe_with(void *bytes, apr_size_t len, apr_pool_t *pool)
{
    region_t *region = apr_palloc(pool, sizeof *region);
    region->bytes = bytes;
    region->length = len;
    apr_pool_cleanup_register(pool, region, wipe_region, apr_pool_cleanup_null);
}
