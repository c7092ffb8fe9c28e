/* SPDX-License-Identifier: Apache-2.0 */
/* core/counts: nothing is lost between threads of two processes; what rows of the trail tell. */
#include "unit.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/counts.h"

#define THREADS 4
#define TIMES 20000

static portal_counts_t *counts_of(apr_pool_t *pool)
{
    return portal_counts_make(apr_pcalloc(pool, portal_counts_size()));
}

static void *count_many(void *counts)
{
    for (int i = 0; i < TIMES; i++) {
        portal_count(counts, PORTAL_COUNT_ACTS, 1);
        portal_count_request(counts, 7, 204);
    }
    return NULL;
}

static void run_threads(portal_counts_t *counts)
{
    pthread_t ids[THREADS];

    for (int i = 0; i < THREADS; i++)
        pthread_create(&ids[i], NULL, count_many, counts);
    for (int i = 0; i < THREADS; i++)
        pthread_join(ids[i], NULL);
}

static void counts_of_all_processes(void **state)
{
    void *memory = mmap(NULL, portal_counts_size(), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    portal_counts_t *counts = portal_counts_make(memory);
    pid_t child;
    int status = -1;

    (void)state;
    assert_ptr_not_equal(memory, MAP_FAILED);
    child = fork();
    run_threads(counts);
    if (child == 0)
        _exit(0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(portal_count_read(counts, PORTAL_COUNT_ACTS), 2 * THREADS * TIMES);
    assert_int_equal(portal_count_requests(counts, 7, 2), 2 * THREADS * TIMES);
    munmap(memory, portal_counts_size());
}

static void requests_out_of_range(void **state)
{
    portal_counts_t *counts = counts_of(*state);

    portal_count_request(counts, -1, 200);
    portal_count_request(counts, PORTAL_COUNTS_ROUTES, 200);
    portal_count_request(counts, 0, 0);
    portal_count_request(counts, 0, 600);
    portal_count_request(counts, PORTAL_COUNTS_ROUTES - 1, 599);
    for (int i = -1; i <= PORTAL_COUNTS_ROUTES; i++)
        for (int c = -1; c <= PORTAL_COUNTS_CLASSES; c++)
            assert_int_equal(portal_count_requests(counts, i, c),
                             i == PORTAL_COUNTS_ROUTES - 1 && c == 5);
}

static void rows_of_the_trail(void **state)
{
    static const struct {
        const char *action, *result;
        portal_count_t which, also; /* beside AUDIT_ROWS */
    } rows[] = {
        {"signin", "ok", PORTAL_COUNT_SIGN_IN_OK, PORTAL_COUNTS_N},
        {"signin", "temporary", PORTAL_COUNT_SIGN_IN_TEMPORARY, PORTAL_COUNTS_N},
        {"signin", "unknown", PORTAL_COUNT_SIGN_IN_REFUSED, PORTAL_COUNTS_N},
        {"signin", "wait", PORTAL_COUNT_SIGN_IN_WAIT, PORTAL_COUNT_THROTTLE_WAIT},
        {"signin", "stopped", PORTAL_COUNT_SIGN_IN_STOPPED,
         PORTAL_COUNT_THROTTLE_STOPPED},
        {"lobby.start", "ok", PORTAL_COUNT_LOBBY_BEGUN, PORTAL_COUNTS_N},
        {"lobby.start", "wait", PORTAL_COUNT_LOBBY_REFUSED, PORTAL_COUNT_THROTTLE_WAIT},
        {"lobby.finish", "ok", PORTAL_COUNT_LOBBY_FINISHED, PORTAL_COUNTS_N},
        {"reset.finish", "stopped", PORTAL_COUNT_THROTTLE_STOPPED, PORTAL_COUNTS_N},
        {"binder.view", "ok", PORTAL_COUNTS_N, PORTAL_COUNTS_N},
    };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        portal_counts_t *counts = counts_of(*state);
        portal_count_audited(counts, rows[i].action, rows[i].result);
        for (int n = 0; n < PORTAL_COUNTS_N; n++)
            assert_int_equal(portal_count_read(counts, (portal_count_t)n),
                             n == PORTAL_COUNT_AUDIT_ROWS || n == (int)rows[i].which ||
                                 n == (int)rows[i].also);
    }
}

static void nobody_counts(void **state)
{
    (void)state;
    portal_count(NULL, PORTAL_COUNT_ACTS, 1);
    portal_count_request(NULL, 1, 200);
    portal_count_audited(NULL, "signin", "ok");
    portal_counts_database(NULL, 0);
    assert_int_equal(portal_count_read(NULL, PORTAL_COUNT_ACTS), 0);
    assert_int_equal(portal_counts_database_answers(NULL), 1);
}

static void database(void **state)
{
    portal_counts_t *counts = counts_of(*state);

    assert_int_equal(portal_counts_database_answers(counts), 1);
    portal_counts_database(counts, 0);
    assert_int_equal(portal_counts_database_answers(counts), 0);
    portal_counts_database(counts, 1);
    assert_int_equal(portal_counts_database_answers(counts), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_of_all_processes), pool_test(requests_out_of_range),
        pool_test(rows_of_the_trail), cmocka_unit_test(nobody_counts),
        pool_test(database)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
