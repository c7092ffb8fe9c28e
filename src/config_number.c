/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers, times and costs in the configuration: see config_number.h.
 */
#include <string.h>

#include <apr_strings.h>

#include "config_number.h"
#include "core/date.h"

#define MEGABYTE (APR_INT64_C(1) << 20)
#define YEAR PORTAL_DAYS(366)

const char *portal_config_read_number(apr_pool_t *pool, const char *typed,
                                      apr_int64_t low, apr_int64_t high, int *out)
{
    size_t digits = strspn(typed, "0123456789");
    apr_int64_t n = digits && digits < 10 && !typed[digits] ? apr_atoi64(typed) : -1;

    if (n < low || n > high) {
        return apr_psprintf(pool,
                            "is no number from %" APR_INT64_T_FMT " to %" APR_INT64_T_FMT
                            "; write such a number",
                            low, high);
    }
    *out = (int)n;
    return NULL;
}

const char *portal_config_read_span(apr_pool_t *pool, const char *typed, apr_int64_t low,
                                    apr_int64_t high, apr_interval_time_t *out)
{
    apr_interval_time_t span;
    const char *error;

    if (portal_duration_parse(&span, typed, &error) != APR_SUCCESS) {
        return apr_psprintf(pool,
                            "%s; write a whole number and its unit s, min, h or d, as in "
                            "30min",
                            error);
    }
    if (span < low || span > high) {
        return apr_psprintf(pool, "is out of range; write a time from %s to %s",
                            portal_duration_text(low, pool),
                            portal_duration_text(high, pool));
    }
    *out = span;
    return NULL;
}

const char *portal_config_read_keep(apr_pool_t *pool, const char *typed, apr_int64_t low,
                                    apr_int64_t high, apr_interval_time_t *out)
{
    size_t digits = strspn(typed, "0123456789");
    apr_int64_t years = digits && digits < 5 ? apr_atoi64(typed) : 0;
    apr_interval_time_t days;
    const char *error;

    *out = 0;
    if (!strcasecmp(typed, "off"))
        return NULL;
    if (digits && !strcasecmp(typed + digits, "y")) {
        *out = years * YEAR;
        if (years && *out <= high)
            return NULL;
        return apr_psprintf(pool, "is out of range; write 1y to %dy, or off",
                            (int)(high / YEAR));
    }
    if (portal_duration_parse(&days, typed, &error) != APR_SUCCESS || days < low ||
        days > high)
        return "is no time to keep paperwork; write years, as in 10y, or at least a day, "
               "as "
               "in 90d, or off";
    *out = days;
    return NULL;
}

const char *portal_config_show_keep(apr_pool_t *pool, apr_interval_time_t keep)
{
    if (!keep)
        return "off";
    if (keep % YEAR)
        return portal_duration_text(keep, pool);
    return apr_psprintf(pool, "%dy", (int)(keep / YEAR));
}

/* Bytes of a size such as 64M; 0 when it is none. */
static apr_int64_t parse_size(const char *typed)
{
    size_t digits = strspn(typed, "0123456789");
    apr_int64_t n = digits && digits < 8 ? apr_atoi64(typed) : 0;

    if (!strcasecmp(typed + digits, "M")) {
        return n * MEGABYTE;
    }
    return strcasecmp(typed + digits, "G") ? 0 : n * 1024 * MEGABYTE;
}

const char *portal_config_read_hash(apr_pool_t *pool, char *const *argv,
                                    portal_hash_cost_t *out)
{
    static const int floors[] = {46, 19, 12, 9, 7};
    apr_int64_t memory = parse_size(argv[1]);
    int ops = 1, least;

    if (portal_config_read_number(pool, argv[0], 1, 16, &ops)) {
        return "has no valid OPS; write a number of passes from 1 to 16, as in 2 64M";
    }
    if (!memory || memory > 4096 * MEGABYTE) {
        return "has no valid MEMORY; write a size up to 4G with M or G, as in 2 64M";
    }
    /* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): ops is 1 to 16 here */
    least = floors[ops < 5 ? ops - 1 : 4];
    if (memory < least * MEGABYTE) {
        return apr_psprintf(pool,
                            "is too cheap to protect passwords; with %d pass%s write a "
                            "MEMORY of %dM or more",
                            ops, ops == 1 ? "" : "es", least);
    }
    out->ops = ops;
    out->memory = (apr_size_t)memory;
    return NULL;
}

const char *portal_config_show_hash(apr_pool_t *pool, const portal_hash_cost_t *cost)
{
    return apr_psprintf(pool, "%d %" APR_SIZE_T_FMT "M", cost->ops,
                        cost->memory / (apr_size_t)MEGABYTE);
}

const char *portal_config_read_throttle(apr_pool_t *pool, char *const *argv,
                                        portal_throttle_cost_t *out)
{
    static const char *const names[] = {"FREE", "WAIT", "LONGEST", "STOP"};
    portal_throttle_cost_t cost = {0};
    const char *wrong[4];

    wrong[0] = portal_config_read_number(pool, argv[0], 1, 50, &cost.free);
    wrong[1] = portal_config_read_span(pool, argv[1], PORTAL_SECONDS(1), PORTAL_HOURS(1),
                                       &cost.wait);
    wrong[2] = portal_config_read_span(pool, argv[2], PORTAL_SECONDS(1), PORTAL_DAYS(1),
                                       &cost.longest);
    wrong[3] = portal_config_read_number(pool, argv[3], 2, 100, &cost.stop);
    for (int i = 0; i < 4; i++) {
        if (wrong[i]) {
            return apr_psprintf(pool, "has a %s, %s, that %s", names[i], argv[i],
                                wrong[i]);
        }
    }
    if (cost.longest < cost.wait) {
        return "has a LONGEST that is shorter than WAIT; write a longer one";
    }
    if (cost.stop <= cost.free) {
        return "has a STOP that is not more than FREE; write a larger one, up to 100";
    }
    *out = cost;
    return NULL;
}

const char *portal_config_show_throttle(apr_pool_t *pool,
                                        const portal_throttle_cost_t *cost)
{
    return apr_psprintf(pool, "%d %s %s %d", cost->free,
                        portal_duration_text(cost->wait, pool),
                        portal_duration_text(cost->longest, pool), cost->stop);
}
