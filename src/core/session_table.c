/* SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "core/session_table.h"

#define PROBES 8
#define PATIENCE 20000 /* yields before a slot whose writer died is given up */
#define WORDS ((sizeof(portal_session_t) + 7) / 8)

/* Even count: at rest; odd: being written. All words are atomics, so that a torn read is seen by
 * the count and never undefined. */
typedef struct {
    _Atomic uint64_t count;
    _Atomic uint64_t words[WORDS];
} slot_t;

struct portal_session_table_t {
    _Atomic uint64_t epoch;
    uint64_t slots;
    uint64_t pad[6];
    slot_t slot[];
};

void portal_session_number(unsigned char mark[16], const char *number_key)
{
    crypto_generichash(mark, sizeof(((portal_session_case_t *)0)->number),
                       (const unsigned char *)number_key, strlen(number_key), NULL, 0);
}

apr_size_t portal_session_table_size(apr_size_t slots)
{
    return sizeof(portal_session_table_t) + slots * sizeof(slot_t);
}

portal_session_table_t *portal_session_table_make(void *memory, apr_size_t slots)
{
    portal_session_table_t *table = memory;
    table->slots = slots;
    return table;
}

apr_uint64_t portal_session_table_epoch(const portal_session_table_t *table)
{
    return atomic_load(&((portal_session_table_t *)table)->epoch);
}

/* The first word of a session is the beginning of its hash. */
apr_size_t portal_session_table_used(portal_session_table_t *table)
{
    apr_size_t used = 0;

    for (uint64_t i = 0; i < table->slots; i++)
        used += atomic_load_explicit(&table->slot[i].words[0], memory_order_relaxed) != 0;
    return used;
}

static uint64_t place_of(const portal_session_table_t *table, const char *hash)
{
    uint64_t n = 14695981039346656037u;
    for (const char *c = hash; *c; c++)
        n = (n ^ (unsigned char)*c) * 1099511628211u;
    return n % table->slots;
}

static slot_t *slot_at(portal_session_table_t *table, uint64_t place, int probe)
{
    return &table->slot[(place + (uint64_t)probe) % table->slots];
}

/* 1 and a whole copy, or 0 when the slot is being written. */
static int copy_out(slot_t *slot, portal_session_t *session)
{
    uint64_t words[WORDS],
        before = atomic_load_explicit(&slot->count, memory_order_acquire);

    if (before & 1)
        return 0;
    for (size_t i = 0; i < WORDS; i++)
        words[i] = atomic_load_explicit(&slot->words[i], memory_order_relaxed);
    atomic_thread_fence(memory_order_acquire);
    if (atomic_load_explicit(&slot->count, memory_order_relaxed) != before)
        return 0;
    memcpy(session, words, sizeof(*session));
    return 1;
}

static int claim(slot_t *slot, uint64_t *count)
{
    for (int i = 0; i < PATIENCE; i++) {
        *count = atomic_load(&slot->count);
        if (!(*count & 1) &&
            atomic_compare_exchange_strong(&slot->count, count, *count + 1)) {
            atomic_thread_fence(memory_order_release);
            return 1;
        }
        sched_yield();
    }
    return 0;
}

static void store_words(slot_t *slot, const portal_session_t *session)
{
    uint64_t words[WORDS] = {0};
    memcpy(words, session, sizeof(*session));
    for (size_t i = 0; i < WORDS; i++)
        atomic_store_explicit(&slot->words[i], words[i], memory_order_relaxed);
}

static void load_words(slot_t *slot, portal_session_t *session)
{
    uint64_t words[WORDS];
    for (size_t i = 0; i < WORDS; i++)
        words[i] = atomic_load_explicit(&slot->words[i], memory_order_relaxed);
    /* cppcheck-suppress uninitvar ; the loop fills it */
    memcpy(session, words, sizeof(*session));
}

static void release(slot_t *slot, uint64_t count)
{
    atomic_store_explicit(&slot->count, count + 2, memory_order_release);
}

int portal_session_table_get(portal_session_table_t *table, const char *token_hash,
                             portal_session_t *session)
{
    uint64_t place = place_of(table, token_hash);
    for (int i = 0; i < PROBES; i++)
        if (copy_out(slot_at(table, place, i), session) &&
            !strcmp(session->token_hash, token_hash))
            return 1;
    return 0;
}

/* The slot that has this session, else an empty one, else the one unused for longest. */
static slot_t *slot_for(portal_session_table_t *table, const char *token_hash)
{
    uint64_t place = place_of(table, token_hash);
    slot_t *best = slot_at(table, place, 0);
    apr_int64_t oldest = INT64_MAX;

    for (int i = 0; i < PROBES; i++) {
        slot_t *slot = slot_at(table, place, i);
        portal_session_t session;
        if (!copy_out(slot, &session))
            continue;
        if (!strcmp(session.token_hash, token_hash))
            return slot;
        if (!session.token_hash[0])
            session.seen = -1;
        if (session.seen < oldest) {
            oldest = session.seen;
            best = slot;
        }
    }
    return best;
}

void portal_session_table_put(portal_session_table_t *table, apr_uint64_t epoch,
                              const portal_session_t *session)
{
    static const portal_session_t none;
    slot_t *slot = slot_for(table, session->token_hash);
    uint64_t count;

    if (!claim(slot, &count))
        return;
    store_words(slot, session);
    if (atomic_load(&table->epoch) != epoch)
        store_words(slot, &none);
    release(slot, count);
}

typedef int (*slot_fn)(portal_session_t *session, const void *baton);

/* Lets `change` rewrite the slot's session while nobody else can; 1 where it wrote. */
static int change_slot(slot_t *slot, slot_fn change, const void *baton)
{
    portal_session_t session;
    uint64_t count;
    int changed;

    if (!claim(slot, &count))
        return 0;
    load_words(slot, &session);
    changed = change(&session, baton);
    if (changed)
        store_words(slot, &session);
    release(slot, count);
    return changed;
}

typedef struct {
    const char *hash;
    apr_time_t seen, stored;
} touch_t;

static int touch(portal_session_t *session, const void *baton)
{
    const touch_t *t = baton;
    if (strcmp(session->token_hash, t->hash))
        return 0;
    if (t->seen > session->seen)
        session->seen = t->seen;
    if (t->stored > session->stored)
        session->stored = t->stored;
    return 1;
}

static int erase_by_hash(portal_session_t *session, const void *hash)
{
    if (strcmp(session->token_hash, hash))
        return 0;
    memset(session, 0, sizeof(*session));
    return 1;
}

static int erase_by_binder(portal_session_t *session, const void *binder)
{
    if (strcmp(session->binder_id, binder))
        return 0;
    memset(session, 0, sizeof(*session));
    return 1;
}

static int erase(portal_session_t *session, const void *unused)
{
    (void)unused;
    memset(session, 0, sizeof(*session));
    return 1;
}

static void change_near(portal_session_table_t *table, const char *hash, slot_fn change,
                        const void *baton)
{
    uint64_t place = place_of(table, hash);
    for (int i = 0; i < PROBES; i++)
        change_slot(slot_at(table, place, i), change, baton);
}

/* Empty slots at rest are passed over without claiming them: a put that is still to come sees
 * the raised epoch. */
static void change_all(portal_session_table_t *table, slot_fn change, const void *baton)
{
    portal_session_t session;
    for (uint64_t i = 0; i < table->slots; i++)
        if (!copy_out(&table->slot[i], &session) || session.token_hash[0])
            change_slot(&table->slot[i], change, baton);
}

void portal_session_table_touch(portal_session_table_t *table, const char *token_hash,
                                apr_time_t seen, apr_time_t stored)
{
    touch_t t = {token_hash, seen, stored};
    change_near(table, token_hash, touch, &t);
}

/* Before any slot is looked at, on every kind of processor: a put that this look misses has not
 * read the epoch yet. */
static void raise_epoch(portal_session_table_t *table)
{
    atomic_fetch_add(&table->epoch, 1);
    atomic_thread_fence(memory_order_seq_cst);
}

void portal_session_table_forget(portal_session_table_t *table, const char *token_hash)
{
    raise_epoch(table);
    change_near(table, token_hash, erase_by_hash, token_hash);
}

void portal_session_table_forget_binder(portal_session_table_t *table,
                                        const char *binder_id)
{
    raise_epoch(table);
    change_all(table, erase_by_binder, binder_id);
}

void portal_session_table_forget_all(portal_session_table_t *table)
{
    raise_epoch(table);
    change_all(table, erase, NULL);
}
