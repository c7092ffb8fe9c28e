/* SPDX-License-Identifier: Apache-2.0 */
/* Queue, threads and Argon2id of portal-hasher: see work.h. */
#include "hasher/work.h"

#include "hasher/keep.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct {
    pthread_mutex_t lock;
    pthread_cond_t more;
    pthread_t *threads;
    unsigned started, ready, failed;
    bool stop;
    work_cost_t cost;
    int event_fd;
    work_job_t *first, **last; /* waiting, in order of arrival */
    work_job_t *done;
    unsigned long long waiting, running, served, busy, late, kept;
    char decoy[crypto_pwhash_STRBYTES];
} work = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};

long long work_now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Reads "m=65536," and the like; strict: no sign, no leading zero, the terminator follows. */
static const char *read_number(const char *at, const char *name, char end,
                               unsigned long max, unsigned long *value)
{
    size_t len = strlen(name);
    char *stop;

    if (strncmp(at, name, len) != 0 || at[len] < '1' || at[len] > '9')
        return NULL;
    errno = 0;
    *value = strtoul(at + len, &stop, 10);
    return errno == 0 && *value <= max && *stop == end ? stop + 1 : NULL;
}

/* A string that libsodium itself could have made, and that costs no more than is sane. */
static bool sane_hash(const char *hash)
{
    static const char head[] = "$argon2id$v=19$";
    unsigned long memory, ops, lanes;

    if (strncmp(hash, head, sizeof(head) - 1) != 0)
        return false;
    hash += sizeof(head) - 1;
    return (hash = read_number(hash, "m=", ',', WORK_MEMORY_MAX_KIB, &memory)) &&
           (hash = read_number(hash, "t=", ',', WORK_OPS_MAX, &ops)) &&
           read_number(hash, "p=", '$', 1, &lanes) && memory >= 8;
}

/*
 * libsodium answers -1 both for "no match" and for "no memory"; errno tells them apart, and
 * a password must never count as wrong because memory was short.
 */
static portal_wire_status_t compare(const char *hash, const work_job_t *job)
{
    errno = 0;
    if (crypto_pwhash_str_verify(hash, job->password, job->password_len) == 0)
        return PORTAL_WIRE_MATCH;
    return errno == EINVAL ? PORTAL_WIRE_NO_MATCH : PORTAL_WIRE_FAILED;
}

static portal_wire_status_t verify(work_job_t *job)
{
    int other_cost;
    portal_wire_status_t status;

    if (!sane_hash(job->hash))
        return PORTAL_WIRE_MALFORMED;
    /* Also decodes the whole string, salt and hash included: -1 is a broken one. */
    other_cost =
        crypto_pwhash_str_needs_rehash(job->hash, work.cost.ops, work.cost.memory);
    if (other_cost < 0)
        return PORTAL_WIRE_MALFORMED;
    status = compare(job->hash, job);
    return status == PORTAL_WIRE_MATCH && other_cost ? PORTAL_WIRE_REHASH : status;
}

static portal_wire_status_t run(work_job_t *job)
{
    portal_wire_status_t status;

    switch (job->op) {
    case PORTAL_WIRE_HASH:
        return crypto_pwhash_str_alg(job->hash, job->password, job->password_len,
                                     work.cost.ops, work.cost.memory,
                                     crypto_pwhash_ALG_ARGON2ID13) == 0
                   ? PORTAL_WIRE_HASHED
                   : PORTAL_WIRE_FAILED;
    case PORTAL_WIRE_VERIFY:
        return verify(job);
    default:
        status = compare(work.decoy, job);
        return status == PORTAL_WIRE_FAILED ? status : PORTAL_WIRE_NO_MATCH;
    }
}

/* Under the lock. */
static void hand_back(work_job_t *job, portal_wire_status_t status)
{
    uint64_t one = 1;

    job->status = status;
    job->next = work.done;
    work.done = job;
    /* It can only fail when the counter is full: then the reader is awake anyway. */
    if (write(work.event_fd, &one, sizeof(one)) < 0)
        return;
}

/* Under the lock. */
static work_job_t *take_first(void)
{
    work_job_t *job = work.first;

    work.first = job->next;
    if (!work.first)
        work.last = &work.first;
    work.waiting--;
    return job;
}

static void serve_jobs(void)
{
    while (!work.stop) {
        work_job_t *job;
        portal_wire_status_t status;
        unsigned long kept;

        if (!work.first) {
            pthread_cond_wait(&work.more, &work.lock);
            continue;
        }
        job = take_first();
        if (job->deadline_ms < work_now_ms()) {
            work.late++;
            hand_back(job, PORTAL_WIRE_LATE);
            continue;
        }
        work.running++;
        pthread_mutex_unlock(&work.lock);
        kept = keep_count();
        status = run(job);
        kept = keep_count() - kept;
        pthread_mutex_lock(&work.lock);
        work.running--;
        work.served++;
        work.kept += kept;
        hand_back(job, status);
    }
}

static void *worker(void *unused)
{
    bool ok = keep_begin(work.cost.memory);

    (void)unused;
    pthread_mutex_lock(&work.lock);
    if (ok)
        work.ready++;
    else
        work.failed++;
    pthread_cond_broadcast(&work.more);
    if (ok)
        serve_jobs();
    pthread_mutex_unlock(&work.lock);
    keep_end();
    return NULL;
}

static bool make_decoy(void)
{
    unsigned char random[32];
    int rc;

    randombytes_buf(random, sizeof(random));
    rc = crypto_pwhash_str_alg(work.decoy, (const char *)random, sizeof(random),
                               work.cost.ops, work.cost.memory,
                               crypto_pwhash_ALG_ARGON2ID13);
    sodium_memzero(random, sizeof(random));
    return rc == 0;
}

bool work_start(const work_cost_t *cost, int event_fd)
{
    bool ok = true;

    work.cost = *cost;
    work.event_fd = event_fd;
    work.last = &work.first;
    work.threads = calloc(cost->workers, sizeof(*work.threads));
    if (!work.threads || !make_decoy())
        return false;
    for (unsigned i = 0; ok && i < cost->workers; i++) {
        ok = pthread_create(&work.threads[i], NULL, worker, NULL) == 0;
        work.started += ok;
    }
    pthread_mutex_lock(&work.lock);
    while (work.ready + work.failed < work.started)
        pthread_cond_wait(&work.more, &work.lock);
    ok = ok && work.failed == 0;
    pthread_mutex_unlock(&work.lock);
    return ok;
}

void work_stop(void)
{
    pthread_mutex_lock(&work.lock);
    work.stop = true;
    pthread_cond_broadcast(&work.more);
    pthread_mutex_unlock(&work.lock);
    for (unsigned i = 0; i < work.started; i++)
        pthread_join(work.threads[i], NULL);
    free(work.threads);
    work.threads = NULL;
    work.started = 0;
    sodium_memzero(work.decoy, sizeof(work.decoy));
}

bool work_offer(work_job_t *job)
{
    bool taken;

    pthread_mutex_lock(&work.lock);
    /* Counted with those that run, so that a thread about to take a job needs no race. */
    taken = work.waiting + work.running <
            (unsigned long long)work.cost.workers + work.cost.queue;
    if (taken) {
        job->next = NULL;
        *work.last = job;
        work.last = &job->next;
        work.waiting++;
        pthread_cond_signal(&work.more);
    } else {
        work.busy++;
    }
    pthread_mutex_unlock(&work.lock);
    return taken;
}

/* Under the lock: unlinks what `at` points to. */
static void unlink_job(work_job_t **at)
{
    work_job_t *job = *at;

    *at = job->next;
    if (work.last == &job->next)
        work.last = at;
    work.waiting--;
}

bool work_withdraw(work_job_t *job)
{
    work_job_t **at;
    bool found;

    pthread_mutex_lock(&work.lock);
    for (at = &work.first; *at && *at != job; at = &(*at)->next)
        ;
    found = *at != NULL;
    if (found)
        unlink_job(at);
    pthread_mutex_unlock(&work.lock);
    return found;
}

work_job_t *work_done(long long now_ms, long long *next_ms)
{
    work_job_t *done, **at;

    *next_ms = -1;
    pthread_mutex_lock(&work.lock);
    for (at = &work.first; *at;) {
        work_job_t *job = *at;

        if (job->deadline_ms < now_ms) {
            unlink_job(at);
            work.late++;
            hand_back(job, PORTAL_WIRE_LATE);
            continue;
        }
        if (*next_ms < 0 || job->deadline_ms < *next_ms)
            *next_ms = job->deadline_ms;
        at = &job->next;
    }
    done = work.done;
    work.done = NULL;
    pthread_mutex_unlock(&work.lock);
    return done;
}

void work_counters(unsigned long long counters[PORTAL_WIRE_COUNTERS_N])
{
    pthread_mutex_lock(&work.lock);
    counters[PORTAL_WIRE_COUNT_WAITING] = work.waiting;
    counters[PORTAL_WIRE_COUNT_RUNNING] = work.running;
    counters[PORTAL_WIRE_COUNT_SERVED] = work.served;
    counters[PORTAL_WIRE_COUNT_BUSY] = work.busy;
    counters[PORTAL_WIRE_COUNT_LATE] = work.late;
    counters[PORTAL_WIRE_COUNT_KEPT] = work.kept;
    pthread_mutex_unlock(&work.lock);
}

void work_count_busy(void)
{
    pthread_mutex_lock(&work.lock);
    work.busy++;
    pthread_mutex_unlock(&work.lock);
}
