/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/throttle with real threads, each on a connection of its own: guesses at the same moment get no
 * more tries than the same guesses in a row, and none of them goes uncounted. (security.md BF4, MS3)
 */
#include "store_test.h"

#include <pthread.h>

#include "store/throttle.h"

#define THREADS 6
#define TRIES 15

static const portal_throttle_cost_t cost = {.free = 3,
                                            .wait = APR_USEC_PER_SEC,
                                            .longest = 3600 * APR_USEC_PER_SEC,
                                            .stop = 1000};

/* One guesser. */
typedef struct {
    portal_store_test_t *t;
    portal_store_t store;
    portal_connection_t connection;
    portal_attempt_t attempt;
    apr_interval_time_t step; /* how far the time goes on between tries */
    int go, failed;
} guesser_t;

typedef struct {
    const portal_attempt_t *attempt;
    portal_throttle_verdict_t verdict;
    apr_time_t until;
} guess_t;

static apr_status_t guess(portal_tx_t *tx, void *baton)
{
    guess_t *g = baton;

    return portal_throttle_attempt(tx, &cost, g->attempt, &g->verdict, &g->until);
}

static void *run(void *data)
{
    guesser_t *me = data;
    apr_time_t now = me->t->now;
    apr_pool_t *pool;

    apr_pool_create(&pool, NULL);
    for (int i = 0; i < TRIES; i++) {
        guess_t g = {.attempt = &me->attempt};

        me->failed += portal_store_write(&me->store, &me->t->actor, now, guess, &g,
                                         pool) != APR_SUCCESS;
        me->go += g.verdict == PORTAL_THROTTLE_GO;
        now += me->step;
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
    return NULL;
}

/* How many tries all together were let through; none may fail. */
static int run_all(portal_store_test_t *t, const char *number, int threads,
                   apr_interval_time_t step)
{
    guesser_t *all =
        apr_pcalloc(t->pool, sizeof(*all) * (apr_size_t)(threads ? threads : 1));
    pthread_t ids[THREADS];
    int go = 0;

    for (int i = 0; i < threads; i++) {
        all[i] = (guesser_t){
            .t = t,
            .step = step,
            .attempt = {"signin", number, apr_psprintf(t->pool, "192.0.%d.0/24", i), 0}};
        portal_store_test_other(t, &all[i].store, &all[i].connection);
    }
    for (int i = 0; i < threads; i++) {
        assert_int_equal(pthread_create(&ids[i], NULL, run, &all[i]), 0);
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        assert_int_equal(all[i].failed, 0);
        go += all[i].go;
    }
    return go;
}

static void at_once_is_no_more_than_in_a_row(void **state)
{
    portal_store_test_t *t = *state;
    int in_a_row = run_all(t, "IN-A-ROW", 1, 0);

    assert_in_range(in_a_row, 1, TRIES - 1);
    assert_int_equal(run_all(t, "AT-ONCE", THREADS, 0), in_a_row);
}

static void each_is_counted(void **state)
{
    portal_store_test_t *t = *state;

    int go = run_all(t, "COUNTED", THREADS, 2 * cost.longest);

    assert_int_not_equal(go, 0);
    assert_int_equal(go,
                     atoi(portal_store_test_ask(t, "SELECT SUM(failures) FROM throttle "
                                                   "WHERE account <> ''")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(at_once_is_no_more_than_in_a_row),
        store_test(each_is_counted),
    };
    return cmocka_run_group_tests(tests, portal_store_test_begin, portal_store_test_end);
}
