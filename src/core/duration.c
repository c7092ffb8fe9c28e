/* SPDX-License-Identifier: Apache-2.0 */
/* duration: spans of time as text; see date.h. */
#include "core/date.h"

#include <apr_strings.h>
#include <string.h>

#define LONGEST ((apr_int64_t)3660 * 24 * 3600) /* seconds: ten years */

static const struct {
    const char *name;
    apr_int64_t seconds;
} units[] = {{"w", 7 * 24 * 3600}, {"d", 24 * 3600}, {"h", 3600}, {"min", 60}, {"s", 1}};

#define UNITS (sizeof units / sizeof *units)

static apr_int64_t seconds_of(const char *unit)
{
    for (size_t i = 0; i < UNITS; i++) {
        if (strcmp(units[i].name, unit) == 0) {
            return units[i].seconds;
        }
    }
    return 0;
}

static const char *objection(const char *text, apr_int64_t *seconds)
{
    size_t digits = strspn(text, "0123456789");
    apr_int64_t unit = seconds_of(text + digits);
    if (digits == 0) {
        return "a number and a unit are expected, as in 90s, 30min, 12h or 7d";
    }
    if (text[digits] == '\0') {
        return "the unit is missing: s, min, h, d or w";
    }
    if (unit == 0) {
        return strcmp(text + digits, "m") == 0 ? "m can be minutes or months: write min"
                                               : "the unit must be s, min, h, d or w";
    }
    if (digits > 9 || apr_atoi64(text) > LONGEST / unit) {
        return "must not be more than ten years";
    }
    *seconds = apr_atoi64(text) * unit;
    return *seconds ? NULL : "must be at least one second";
}

apr_status_t portal_duration_parse(apr_interval_time_t *out, const char *text,
                                   const char **error)
{
    apr_int64_t seconds = 0;
    *error = objection(text, &seconds);
    *out = *error ? 0 : apr_time_from_sec(seconds);
    return *error ? APR_EINVAL : APR_SUCCESS;
}

const char *portal_duration_text(apr_interval_time_t span, apr_pool_t *pool)
{
    apr_int64_t seconds = apr_time_sec(span);
    size_t i = 1; /* weeks are read but not written: 7d is what everybody expects */
    while (i + 1 < UNITS && seconds % units[i].seconds != 0) {
        i++;
    }
    return apr_psprintf(pool, "%" APR_INT64_T_FMT "%s", seconds / units[i].seconds,
                        units[i].name);
}
