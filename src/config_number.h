/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers, times and costs in the configuration. Readers as in config_value.c: NULL, or the
 * rest of a sentence that says what is wrong and what to write. Everything lives in pool.
 */
#ifndef PORTAL_CONFIG_NUMBER_H
#define PORTAL_CONFIG_NUMBER_H

#include "config.h"

/* A whole number from low to high, both at most 999999999. */
const char *portal_config_read_number(apr_pool_t *pool, const char *typed,
                                      apr_int64_t low, apr_int64_t high, int *out);

/* A time with its unit, as core/date.h reads it, from low to high microseconds. */
const char *portal_config_read_span(apr_pool_t *pool, const char *typed, apr_int64_t low,
                                    apr_int64_t high, apr_interval_time_t *out);

/* How long something is kept: such a time, years (10y; of 366 days, so that nothing goes too early),
 * or off, which is 0. */
const char *portal_config_read_keep(apr_pool_t *pool, const char *typed, apr_int64_t low,
                                    apr_int64_t high, apr_interval_time_t *out);
const char *portal_config_show_keep(apr_pool_t *pool, apr_interval_time_t keep);

/*
 * OPS and MEMORY of Argon2id: not below what the OWASP Password Storage Cheat Sheet gives
 * as the least for so many passes (1: 46M, 2: 19M, 3: 12M, 4: 9M, more: 7M).
 */
const char *portal_config_read_hash(apr_pool_t *pool, char *const *argv,
                                    portal_hash_cost_t *out);
const char *portal_config_show_hash(apr_pool_t *pool, const portal_hash_cost_t *cost);

/*
 * FREE WAIT LONGEST STOP. STOP is at most 100 (NIST SP 800-63B-4 3.2.2: no more than 100
 * failed attempts in a row), and more than FREE; LONGEST is not less than WAIT.
 */
const char *portal_config_read_throttle(apr_pool_t *pool, char *const *argv,
                                        portal_throttle_cost_t *out);
const char *portal_config_show_throttle(apr_pool_t *pool,
                                        const portal_throttle_cost_t *cost);

#endif
