/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bounded queue of portal-hasher and the threads that work it off.
 *
 * All functions but the threads' own run in one thread, the one that serves the socket. A
 * job belongs to the caller; between work_offer() and its return from work_done() (or a
 * successful work_withdraw()) it must stay where it is and must not be touched.
 */
#ifndef PORTAL_HASHER_WORK_H
#define PORTAL_HASHER_WORK_H

#include "core/hasher_wire.h"

#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct work_job_t work_job_t;
struct work_job_t {
    work_job_t *next;
    portal_wire_op_t op;
    long long deadline_ms; /* monotonic: not begun by then is late */
    const char *password;  /* a secret; the owner wipes it */
    size_t password_len;
    char hash[PORTAL_WIRE_HASH_MAX + 1]; /* VERIFY: to compare with; HASH: the result */
    portal_wire_status_t status;         /* the result */
};

typedef struct {
    unsigned workers;
    unsigned queue; /* how many may wait beside those that run */
    unsigned long long ops;
    size_t memory; /* bytes */
} work_cost_t;

/* Argon2 cost that is still taken from a stored hash: 1 GiB in KiB, 20 passes. */
#define WORK_MEMORY_MAX_KIB (1ul << 20)
#define WORK_OPS_MAX 20

/*
 * Makes the decoy, starts the threads with their memory. `event_fd` (an eventfd) is
 * written to when work_done() has something to give. False: no memory or no thread.
 */
bool work_start(const work_cost_t *cost, int event_fd);

/* Ends the threads after what they are at; jobs still waiting are left to their owner. */
void work_stop(void);

/* Takes a job in; false: the queue is full, the job was not taken. */
bool work_offer(work_job_t *job);

/* Takes a job back: true if it had not been begun, false: it will come from work_done(). */
bool work_withdraw(work_job_t *job);

/*
 * The list (by next) of jobs that are finished, and of those found late at `now_ms`. Sets
 * *next_ms to the nearest deadline of those still waiting, -1 if there is none.
 */
work_job_t *work_done(long long now_ms, long long *next_ms);

/* The counters in the order of hasher_wire.h. */
void work_counters(unsigned long long counters[PORTAL_WIRE_COUNTERS_N]);

/* Counts a refusal that was made outside work_offer(). */
void work_count_busy(void);

/* Now, monotonic, in milliseconds. */
long long work_now_ms(void);

#endif
