/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many passwords a second the real portal-hasher verifies, over its socket, against plain
 * libsodium in threads of one process: interleaved rounds, medians, ratios. Rates depend on
 * the machine and its other work; the ratio is what counts.
 *
 *   build/t/bench/hasher [ROUNDS]
 */
#include "../unit/core/unit.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <time.h>

#include "../unit/remote/hasher_child.h"

#define ROUND 1.5 /* seconds */
#define ROUNDS_MAX 99
#define THREADS_MAX 64

typedef struct {
    const portal_hasher_t *client; /* NULL: plain libsodium */
    const char *hash;
    double until;
    unsigned long done;
} load_t;

static double seconds(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void *verify_until(void *data)
{
    load_t *load = data;
    portal_hasher_verdict_t verdict;

    while (seconds() < load->until) {
        int good = load->client
                       ? !portal_hasher_verify(load->client, "password", 8, load->hash,
                                               apr_time_from_sec(30), &verdict) &&
                             verdict == PORTAL_HASHER_MATCH
                       : !crypto_pwhash_str_verify(load->hash, "password", 8);
        if (!good)
            abort();
        load->done++;
    }
    return NULL;
}

static double rate(const portal_hasher_t *client, const char *hash, int threads)
{
    load_t loads[THREADS_MAX];
    pthread_t ids[THREADS_MAX];
    double begun = seconds();
    unsigned long done = 0;

    for (int i = 0; i < threads; i++) {
        loads[i] = (load_t){client, hash, begun + ROUND, 0};
        pthread_create(&ids[i], NULL, verify_until, &loads[i]);
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        done += loads[i].done;
    }
    return (double)done / (seconds() - begun);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void compare(int threads, int rounds, const char *hash, apr_pool_t *pool)
{
    const char *options[] = {apr_psprintf(pool, "--workers=%d", threads), NULL};
    hasher_child_t *child = hasher_child(pool, options);
    double plain[ROUNDS_MAX], hasher[ROUNDS_MAX], ratio[ROUNDS_MAX];

    for (int i = 0; i < rounds; i++) {
        plain[i] = rate(NULL, hash, threads);
        hasher[i] = rate(&child->client, hash, threads);
        ratio[i] = hasher[i] / plain[i];
    }
    qsort(plain, (size_t)rounds, sizeof(*plain), by_size);
    qsort(hasher, (size_t)rounds, sizeof(*hasher), by_size);
    qsort(ratio, (size_t)rounds, sizeof(*ratio), by_size);
    printf(
        "%d at once: libsodium %.1f/s, portal-hasher %.1f/s, ratio %.2f (%.2f..%.2f)\n",
        threads, plain[rounds / 2], hasher[rounds / 2], ratio[rounds / 2], ratio[0],
        ratio[rounds - 1]);
    hasher_child_end(child);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 5;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    char hash[crypto_pwhash_STRBYTES];
    apr_pool_t *pool;

    if (rounds < 1 || rounds > ROUNDS_MAX || unit_begin((void **)&pool) ||
        crypto_pwhash_str(hash, "password", 8, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE))
        return 2;
    printf("Argon2id, 2 passes over 64 MiB, %d rounds\n", rounds);
    compare(1, rounds, hash, pool);
    if (cores > 1)
        compare(cores > THREADS_MAX ? THREADS_MAX : (int)cores, rounds, hash, pool);
    return unit_end((void **)&pool);
}
