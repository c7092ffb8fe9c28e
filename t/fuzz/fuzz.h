/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz: what every fuzz target begins with. A target takes foreign bytes to the function that takes
 * them in the portal, and calls must() for what has to hold of the result whatever the bytes were.
 */
#ifndef PORTAL_T_FUZZ_H
#define PORTAL_T_FUZZ_H

#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>
#include <apr_tables.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/secret.h"
#include "core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the run with the line that did not hold. */
#define must(holds) ((holds) ? (void)0 : fuzz_broken(#holds, __FILE__, __LINE__))

static inline void fuzz_broken(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

/* A pool for one input; the caller destroys it. */
static inline apr_pool_t *fuzz_pool(void)
{
    static apr_pool_t *root;
    apr_pool_t *pool;

    if (!root) {
        apr_initialize();
        apr_pool_create(&root, NULL);
        json_object_seed(1);
        must(portal_secret_init() == APR_SUCCESS);
    }
    apr_pool_create(&pool, root);
    return pool;
}

/* The input as text up to its first NUL, with its end where a sanitizer sees it. */
static inline char *fuzz_text(const uint8_t *data, size_t size, apr_pool_t *pool)
{
    size_t len = size ? strnlen((const char *)data, size) : 0;
    char *text = apr_palloc(pool, len + 1);

    if (len) {
        memcpy(text, data, len);
    }
    text[len] = '\0';
    return text;
}

/* The input's parts with a NUL between them: an array of const char *. */
static inline apr_array_header_t *fuzz_parts(const uint8_t *data, size_t size,
                                             apr_pool_t *pool)
{
    apr_array_header_t *parts = apr_array_make(pool, 4, sizeof(const char *));

    for (size_t at = 0; at < size;) {
        const char *part = fuzz_text(data + at, size - at, pool);
        APR_ARRAY_PUSH(parts, const char *) = part;
        at += strlen(part) + 1;
    }
    return parts;
}

/* Part number `i`, "" when there are fewer. */
static inline const char *fuzz_part(const apr_array_header_t *parts, int i)
{
    return i < parts->nelts ? APR_ARRAY_IDX(parts, i, const char *) : "";
}

#endif
