/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frames that portal-hasher and its clients exchange over a Unix stream socket.
 *
 * Plain C without any library, since both sides use it. All numbers are big-endian.
 *
 *   question  0 'P'  1 'H'  2 version  3 op  4..7 patience in ms  8..9 password length
 *             10..11 hash length, then the password, then the hash string (no NUL)
 *   answer    0 'P'  1 'H'  2 version  3 status  4..5 body length  6..7 zero, then the body
 *
 * One question at a time per connection; the next may follow once the answer is there.
 * Closing (or shutting down) the client's side takes the question back. A frame that breaks
 * these rules closes its connection without an answer.
 */
#ifndef PORTAL_HASHER_WIRE_H
#define PORTAL_HASHER_WIRE_H

#include <stdint.h>

#define PORTAL_WIRE_VERSION 1
#define PORTAL_WIRE_QUESTION_HEAD 12
#define PORTAL_WIRE_ANSWER_HEAD 8
/* Bytes; what is hashed is usually the 44 characters of a peppered password. */
#define PORTAL_WIRE_PASSWORD_MAX 2048
/* Bytes without NUL: crypto_pwhash_STRBYTES - 1 fits. */
#define PORTAL_WIRE_HASH_MAX 128
#define PORTAL_WIRE_QUESTION_MAX                                                         \
    (PORTAL_WIRE_QUESTION_HEAD + PORTAL_WIRE_PASSWORD_MAX + PORTAL_WIRE_HASH_MAX)
#define PORTAL_WIRE_ANSWER_MAX (PORTAL_WIRE_ANSWER_HEAD + PORTAL_WIRE_HASH_MAX)
/* A longer patience is cut to this: ten minutes. */
#define PORTAL_WIRE_PATIENCE_MAX_MS 600000u

typedef enum {
    PORTAL_WIRE_HASH = 1,   /* password -> HASHED with the string */
    PORTAL_WIRE_VERIFY = 2, /* password, hash -> MATCH, REHASH, NO_MATCH or MALFORMED */
    PORTAL_WIRE_DECOY = 3,  /* password -> NO_MATCH after the work of a VERIFY */
    PORTAL_WIRE_STAT = 4    /* nothing -> STAT with the counters below */
} portal_wire_op_t;

typedef enum {
    PORTAL_WIRE_HASHED = 1,
    PORTAL_WIRE_MATCH = 2,
    PORTAL_WIRE_REHASH = 3, /* matches, but was made with another cost than today's */
    PORTAL_WIRE_NO_MATCH = 4,
    PORTAL_WIRE_MALFORMED = 5, /* the hash string is none, or asks for insane cost */
    PORTAL_WIRE_COUNTERS = 6,
    PORTAL_WIRE_BUSY = 7,  /* the queue is full */
    PORTAL_WIRE_LATE = 8,  /* could not be begun in time, nothing was hashed */
    PORTAL_WIRE_FAILED = 9 /* no memory: says nothing about the password */
} portal_wire_status_t;

/* The body of COUNTERS: these, in this order, 64 bits each. */
enum {
    PORTAL_WIRE_COUNT_WAITING,
    PORTAL_WIRE_COUNT_RUNNING,
    PORTAL_WIRE_COUNT_SERVED, /* hashes done since the start */
    PORTAL_WIRE_COUNT_BUSY,
    PORTAL_WIRE_COUNT_LATE,
    PORTAL_WIRE_COUNT_KEPT, /* hashes that ran in kept memory */
    PORTAL_WIRE_COUNTERS_N
};

static inline void portal_wire_put(unsigned char *to, int bytes, uint64_t value)
{
    for (int i = bytes - 1; i >= 0; i--, value >>= 8)
        to[i] = (unsigned char)value;
}

static inline uint64_t portal_wire_get(const unsigned char *from, int bytes)
{
    uint64_t value = 0;

    for (int i = 0; i < bytes; i++)
        value = value << 8 | from[i];
    return value;
}

#endif
