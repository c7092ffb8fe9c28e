/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads application/x-www-form-urlencoded (WHATWG URL, section 5.1) strictly: a broken percent
 * sign, a NUL or malformed UTF-8 is reported for the field it stands in and never repaired.
 */
#ifndef PORTAL_URLENCODED_H
#define PORTAL_URLENCODED_H

#include <apr_pools.h>
#include <apr_tables.h>

typedef struct {
    const char *name;  /* "" where the name itself was malformed */
    const char *value; /* NUL-terminated UTF-8; "" where malformed */
    int malformed;     /* 1: bad percent-encoding, NUL or bad UTF-8 in name or value */
} portal_pair_t;

/* Splits `body` into an array of portal_pair_t, in order, doubled names kept. APR_ENOSPC when it
 * has more than `most` pairs. Everything is copied into `pool`. */
apr_status_t portal_urlencoded_read(apr_array_header_t **pairs, const char *body,
                                    apr_size_t len, int most, apr_pool_t *pool);

#endif
