/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/session_table: keeping, pushing out and forgetting; and that threads of two processes
 * at once never see half of a session, nor one that was forgotten.
 */
#include "unit.h"

#include <apr_strings.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/session_table.h"

#define SLOTS 256

static portal_session_table_t *table_of(apr_size_t slots, apr_pool_t *pool)
{
    apr_size_t size = portal_session_table_size(slots) + 64;
    char *memory = apr_pcalloc(pool, size);

    memory += 64 - (uintptr_t)memory % 64;
    return portal_session_table_make(memory, slots);
}

/* Session number `i`: all its members tell the number, so that a torn copy shows. */
static portal_session_t session_of(int i)
{
    portal_session_t s;

    memset(&s, 0, sizeof(s));
    snprintf(s.token_hash, sizeof(s.token_hash), "%064d", i);
    snprintf(s.handle, sizeof(s.handle), "%022d", i);
    snprintf(s.binder_id, sizeof(s.binder_id), "b%021d", i % 50);
    snprintf(s.source, sizeof(s.source), "%060d", i);
    s.kind = PORTAL_SESSION_PATIENT;
    s.created = s.seen = s.stored = 1000 + i;
    s.expires = 2000 + i;
    return s;
}

static void put(portal_session_table_t *table, int i)
{
    portal_session_t s = session_of(i);
    portal_session_table_put(table, portal_session_table_epoch(table), &s);
}

static int has(portal_session_table_t *table, int i)
{
    portal_session_t wanted = session_of(i), s;

    if (!portal_session_table_get(table, wanted.token_hash, &s))
        return 0;
    s.seen = wanted.seen;
    s.stored = wanted.stored;
    assert_memory_equal(&s, &wanted, sizeof(s));
    return 1;
}

static void what_was_put_is_found(void **state)
{
    portal_session_table_t *table = table_of(SLOTS, *state);
    int found = 0;

    assert_false(has(table, 1));
    put(table, 1);
    assert_true(has(table, 1));
    assert_false(has(table, 2));
    for (int i = 0; i < 100; i++)
        put(table, i);
    for (int i = 0; i < 100; i++)
        found += has(table, i);
    assert_true(found > 90); /* with room enough hardly anything is pushed out */
}

static void the_longest_unused_is_pushed_out(void **state)
{
    portal_session_table_t *table = table_of(4, *state);

    for (int i = 0; i < 4; i++)
        put(table, i);
    portal_session_table_touch(table, session_of(0).token_hash, 5000, 0);
    put(table, 9);
    assert_true(has(table, 0));
    assert_false(has(table, 1));
    assert_true(has(table, 2));
    assert_true(has(table, 9));
}

static void touching_only_goes_forward(void **state)
{
    portal_session_table_t *table = table_of(SLOTS, *state);
    portal_session_t s = session_of(1);

    portal_session_table_touch(table, s.token_hash, 5000, 5000); /* not here: no effect */
    assert_false(has(table, 1));
    put(table, 1);
    portal_session_table_touch(table, s.token_hash, 5000, 0);
    portal_session_table_touch(table, s.token_hash, 4000, 0);
    assert_true(portal_session_table_get(table, session_of(1).token_hash, &s));
    assert_int_equal(s.seen, 5000);
    assert_int_equal(s.stored, 1001);
    portal_session_table_touch(table, s.token_hash, 0, 4500);
    assert_true(portal_session_table_get(table, session_of(1).token_hash, &s));
    assert_int_equal(s.seen, 5000);
    assert_int_equal(s.stored, 4500);
}

static void forgetting_one_a_binder_or_all(void **state)
{
    portal_session_table_t *table = table_of(SLOTS, *state);

    for (int i = 0; i < 4; i++)
        put(table, i);
    put(table, 51); /* the same binder as 1 */
    portal_session_table_forget(table, session_of(0).token_hash);
    assert_false(has(table, 0));
    assert_true(has(table, 1) && has(table, 51));
    portal_session_table_forget_binder(table, session_of(1).binder_id);
    assert_false(has(table, 1) || has(table, 51));
    assert_true(has(table, 2) && has(table, 3));
    portal_session_table_forget_all(table);
    assert_false(has(table, 2) || has(table, 3));
}

/* The row was read before the session ended, and is put afterwards. */
static void a_late_put_is_no_session(void **state)
{
    portal_session_table_t *table = table_of(SLOTS, *state);
    portal_session_t s = session_of(1);
    apr_uint64_t epoch = portal_session_table_epoch(table);

    portal_session_table_forget(table, session_of(7).token_hash);
    portal_session_table_put(table, epoch, &s);
    assert_false(has(table, 1));
    put(table, 1);
    assert_true(has(table, 1));
}

/* ---- many at once ---- */

#define SESSIONS 6000
#define WINDOW 60 /* so many are alive at a time */

/* In shared memory: the truth that the database would be. */
typedef struct {
    _Atomic int next; /* sessions below next - WINDOW are ended, or about to be */
    _Atomic int ended[SESSIONS]; /* 1: ended, and forgotten */
    _Atomic int alive[SESSIONS];
    _Atomic int torn, risen, hits;
    portal_session_table_t *table;
} shared_t;

static int whole(const portal_session_t *s)
{
    int i = (int)s->created - 1000;
    portal_session_t wanted = session_of(i);

    wanted.seen = s->seen;
    wanted.stored = s->stored;
    return i >= 0 && i < SESSIONS && !memcmp(s, &wanted, sizeof(*s));
}

/* What a request does: the copy, else the row and then a copy of it. */
static void request(shared_t *sh, int i)
{
    portal_session_t wanted = session_of(i), s;
    int ended = atomic_load(&sh->ended[i]);
    apr_uint64_t epoch;

    if (portal_session_table_get(sh->table, wanted.token_hash, &s)) {
        atomic_fetch_add(&sh->hits, 1);
        if (!whole(&s))
            atomic_fetch_add(&sh->torn, 1);
        if (ended)
            atomic_fetch_add(&sh->risen, 1);
        portal_session_table_touch(sh->table, wanted.token_hash, s.seen + 1, 0);
        return;
    }
    epoch = portal_session_table_epoch(sh->table);
    if (atomic_load(&sh->alive[i]))
        portal_session_table_put(sh->table, epoch, &wanted);
}

static void *serve(void *data)
{
    shared_t *sh = data;
    unsigned seed = (unsigned)(uintptr_t)&seed ^ (unsigned)getpid();
    int at;

    while ((at = atomic_load(&sh->next)) < SESSIONS) {
        int i = at - (int)((unsigned)rand_r(&seed) % (2 * WINDOW));
        if (i >= 0)
            request(sh, i);
    }
    return NULL;
}

/* Ends the oldest session: first the row, then the copies; then it must be gone for good. */
static void end(shared_t *sh, int i)
{
    portal_session_t s = session_of(i), found;

    atomic_store(&sh->alive[i], 0);
    if (i % 3)
        portal_session_table_forget(sh->table, s.token_hash);
    else
        portal_session_table_forget_binder(sh->table, s.binder_id);
    atomic_store(&sh->ended[i], 1);
    if (portal_session_table_get(sh->table, s.token_hash, &found))
        atomic_fetch_add(&sh->risen, 1);
}

static void *sign_in_and_out(void *data)
{
    shared_t *sh = data;

    for (int i = 0; i < SESSIONS; i++) {
        atomic_store(&sh->alive[i], 1);
        request(sh, i);
        atomic_store(&sh->next, i + 1);
        if (i >= WINDOW)
            end(sh, i - WINDOW);
    }
    return NULL;
}

static void run_threads(shared_t *sh, void *(*first)(void *))
{
    pthread_t threads[3];

    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, i ? serve : first, sh), 0);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
}

static void threads_of_two_processes(void **state)
{
    apr_size_t size = sizeof(shared_t) + 64 + portal_session_table_size(SLOTS);
    char *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shared_t *sh = (shared_t *)memory;
    pid_t child;
    int status = -1;

    (void)state;
    assert_true(memory != MAP_FAILED);
    memory += (sizeof(shared_t) + 63) / 64 * 64;
    sh->table = portal_session_table_make(memory, SLOTS);
    child = fork();
    assert_true(child >= 0);
    if (!child) {
        run_threads(sh, serve);
        _exit(0);
    }
    run_threads(sh, sign_in_and_out);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(atomic_load(&sh->torn), 0);
    assert_int_equal(atomic_load(&sh->risen), 0);
    assert_true(atomic_load(&sh->hits) > SESSIONS / 10);
}

/* Eight slots for many more sessions: every slot is written all the time. */
#define CROWD 40
#define ROUNDS 150000

static void *crowd(void *data)
{
    shared_t *sh = data;
    unsigned seed = (unsigned)(uintptr_t)&seed;
    portal_session_t sessions[CROWD], found;

    for (int i = 0; i < CROWD; i++)
        sessions[i] = session_of(i);
    for (int round = 0; round < ROUNDS; round++) {
        const portal_session_t *s = &sessions[(unsigned)rand_r(&seed) % CROWD];
        if (!portal_session_table_get(sh->table, s->token_hash, &found)) {
            portal_session_table_put(sh->table, portal_session_table_epoch(sh->table), s);
            continue;
        }
        atomic_fetch_add(&sh->hits, 1);
        found.seen = s->seen;
        if (memcmp(&found, s, sizeof(*s)))
            atomic_fetch_add(&sh->torn, 1);
    }
    return NULL;
}

static void no_copy_is_torn(void **state)
{
    shared_t *sh = apr_pcalloc(*state, sizeof(*sh));
    pthread_t threads[4];

    sh->table = table_of(8, *state);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, crowd, sh), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&sh->torn), 0);
    assert_true(atomic_load(&sh->hits) > ROUNDS / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(what_was_put_is_found),
        pool_test(the_longest_unused_is_pushed_out),
        pool_test(touching_only_goes_forward),
        pool_test(forgetting_one_a_binder_or_all),
        pool_test(a_late_put_is_no_session),
        pool_test(threads_of_two_processes),
        pool_test(no_copy_is_torn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
