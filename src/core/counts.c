/* SPDX-License-Identifier: Apache-2.0 */
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "core/breaker.h"
#include "core/counts.h"

struct portal_counts_t {
    _Atomic uint64_t value[PORTAL_COUNTS_N];
    _Atomic uint64_t request[PORTAL_COUNTS_ROUTES][PORTAL_COUNTS_CLASSES];
    _Atomic uint64_t database_away;
    portal_breaker_t database;
};

/* ---- the tables ---- */

#define FAMILY(id, name, label, help)                                                    \
    static const portal_family_t family_##id = {name, "counter", {label}, help};
#define COUNT(id, family, value)
#include "core/counts.def"
#undef FAMILY
#undef COUNT

#define FAMILY(id, name, label, help)
#define COUNT(id, family, value) {&family_##family, value},
static const struct {
    const portal_family_t *family;
    const char *value;
} rows[] = {
#include "core/counts.def"
};
#undef FAMILY
#undef COUNT

/* What rows of the audit trail tell beside that they are there; "*" is every other result. */
static const struct {
    const char *action, *result;
    portal_count_t which;
} told[] = {
    {"signin", "ok", PORTAL_COUNT_SIGN_IN_OK},
    {"signin", "temporary", PORTAL_COUNT_SIGN_IN_TEMPORARY},
    {"signin", "wait", PORTAL_COUNT_SIGN_IN_WAIT},
    {"signin", "stopped", PORTAL_COUNT_SIGN_IN_STOPPED},
    {"signin", "*", PORTAL_COUNT_SIGN_IN_REFUSED},
    {"lobby.start", "ok", PORTAL_COUNT_LOBBY_BEGUN},
    {"lobby.start", "*", PORTAL_COUNT_LOBBY_REFUSED},
    {"lobby.finish", "ok", PORTAL_COUNT_LOBBY_FINISHED},
};

/* ---- counting ---- */

apr_size_t portal_counts_size(void)
{
    return sizeof(portal_counts_t);
}

portal_counts_t *portal_counts_make(void *memory)
{
    return memory;
}

static void add(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static uint64_t read_one(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit((_Atomic uint64_t *)counter, memory_order_relaxed);
}

void portal_count(portal_counts_t *counts, portal_count_t which, apr_uint64_t n)
{
    if (counts)
        add(&counts->value[which], n);
}

apr_uint64_t portal_count_read(const portal_counts_t *counts, portal_count_t which)
{
    return counts ? read_one(&counts->value[which]) : 0;
}

static int in_range(int route, int status_class)
{
    return route >= 0 && route < PORTAL_COUNTS_ROUTES && status_class > 0 &&
           status_class < PORTAL_COUNTS_CLASSES;
}

void portal_count_request(portal_counts_t *counts, int route, int status)
{
    if (counts && in_range(route, status / 100))
        add(&counts->request[route][status / 100], 1);
}

apr_uint64_t portal_count_requests(const portal_counts_t *counts, int route,
                                   int status_class)
{
    if (!counts || !in_range(route, status_class))
        return 0;
    return read_one(&counts->request[route][status_class]);
}

void portal_count_audited(portal_counts_t *counts, const char *action, const char *result)
{
    portal_count(counts, PORTAL_COUNT_AUDIT_ROWS, 1);
    if (!strcmp(result, "wait"))
        portal_count(counts, PORTAL_COUNT_THROTTLE_WAIT, 1);
    if (!strcmp(result, "stopped"))
        portal_count(counts, PORTAL_COUNT_THROTTLE_STOPPED, 1);
    for (unsigned i = 0; i < sizeof(told) / sizeof(*told); i++) {
        if (strcmp(action, told[i].action) ||
            (strcmp(result, told[i].result) && strcmp("*", told[i].result)))
            continue;
        portal_count(counts, told[i].which, 1);
        return;
    }
}

void portal_counts_database(portal_counts_t *counts, int answers)
{
    /* mostly nothing changes, and a line of memory that nobody writes is cheap to read */
    if (counts && read_one(&counts->database_away) != !answers)
        atomic_store_explicit(&counts->database_away, !answers, memory_order_relaxed);
}

int portal_counts_database_answers(const portal_counts_t *counts)
{
    return !counts || !read_one(&counts->database_away);
}

portal_breaker_t *portal_counts_breaker(portal_counts_t *counts)
{
    return &counts->database;
}

void portal_counts_list(const portal_counts_t *counts, apr_array_header_t *metrics)
{
    for (int i = 0; i < PORTAL_COUNTS_N; i++) {
        portal_metric_t *metric = apr_array_push(metrics);
        *metric =
            (portal_metric_t){rows[i].family,
                              {rows[i].value},
                              (apr_int64_t)portal_count_read(counts, (portal_count_t)i)};
    }
}

apr_int64_t portal_counts_clock(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (apr_int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}
