/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What counting costs a request: all that one counts (its answer, one connection, its waits, an act
 * with its row in the trail) against one look into the table of sessions, which every request takes
 * anyway. Alternating rounds, medians, and their ratio.
 */
#include "../unit/core/unit.h"

#include <stdio.h>

#include "core/counts.h"
#include "core/session_table.h"

#define ROUNDS 15
#define TIMES 200000
#define SLOTS 65536

static char hash[] = "00000000000000000000000000000000000000000000000000000000000000aa";

static double look(portal_session_table_t *table)
{
    portal_session_t session;
    apr_int64_t begun = portal_counts_clock();

    for (int i = 0; i < TIMES; i++)
        if (!portal_session_table_get(table, hash, &session))
            abort();
    return (double)(portal_counts_clock() - begun) * 1000 / TIMES;
}

static double count(portal_counts_t *counts)
{
    apr_int64_t begun = portal_counts_clock();

    for (int i = 0; i < TIMES; i++) {
        apr_int64_t opened = portal_counts_clock();
        portal_count(counts, PORTAL_COUNT_DATABASE_WAIT,
                     (apr_uint64_t)(portal_counts_clock() - opened));
        portal_count(counts, PORTAL_COUNT_DATABASE_OPENED, 1);
        portal_counts_database(counts, 1);
        portal_count_audited(counts, "binder.view", "ok");
        portal_count(counts, PORTAL_COUNT_ACTS, 1);
        portal_count_request(counts, 3, 200);
    }
    return (double)(portal_counts_clock() - begun) * 1000 / TIMES;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(void)
{
    double looks[ROUNDS], counting[ROUNDS];
    portal_session_t session = {.kind = PORTAL_SESSION_PATIENT};
    portal_session_table_t *table;
    portal_counts_t *counts;
    apr_pool_t *pool;
    char *memory;

    if (unit_begin((void **)&pool))
        return 2;
    memory = apr_pcalloc(pool, portal_session_table_size(SLOTS) + 64);
    memory += 64 - (uintptr_t)memory % 64;
    table = portal_session_table_make(memory, SLOTS);
    counts = portal_counts_make(apr_pcalloc(pool, portal_counts_size()));
    memcpy(session.token_hash, hash, sizeof(hash));
    portal_session_table_put(table, portal_session_table_epoch(table), &session);
    for (int i = 0; i < ROUNDS; i++) {
        looks[i] = look(table);
        counting[i] = count(counts);
    }
    qsort(looks, ROUNDS, sizeof(*looks), by_size);
    qsort(counting, ROUNDS, sizeof(*counting), by_size);
    printf("counts: a look for the session %.0f ns, all that a request counts %.0f ns, "
           "ratio %.2f\n",
           looks[ROUNDS / 2], counting[ROUNDS / 2],
           counting[ROUNDS / 2] / looks[ROUNDS / 2]);
    return unit_end((void **)&pool);
}
