/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pools: APR pools that a sanitizer can see into. A pool cuts its pieces from large blocks, so that
 * what runs over the end of one piece, or uses it after its pool was cleared, touches memory that
 * the sanitizer takes for good. Linked into a program, these functions win over libapr's: each piece
 * is a block of its own, freed when its pool is cleared or destroyed, after all cleanups that the
 * program registers. What APR makes inside of itself (apr_psprintf) stays as it was.
 */
#include <apr_pools.h>
#include <apr_thread_proc.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define KEY "t/lib/pools"

typedef struct piece_t {
    struct piece_t *next;
    unsigned char bytes[] __attribute__((aligned(16)));
} piece_t;

/* Those of one pool. All stand in one chain, where a search for leaks finds them: APR's own memory is
 * not looked through. */
typedef struct pieces_t {
    piece_t *first;
    struct pieces_t *next, **from;
} pieces_t;

static pieces_t *all;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* While APR's own bookkeeping asks for memory. */
static _Thread_local int inside;

/* libapr's own function of this name goes to *function, a pointer to a function. */
static void find(const char *name, void *function)
{
    void *found = dlsym(RTLD_NEXT, name);

    if (!found) {
        abort();
    }
    memcpy(function, &found, sizeof(found));
}

static void chain(pieces_t *pieces)
{
    pthread_mutex_lock(&lock);
    pieces->next = all;
    pieces->from = &all;
    if (all) {
        all->from = &pieces->next;
    }
    all = pieces;
    pthread_mutex_unlock(&lock);
}

static void unchain(pieces_t *pieces)
{
    pthread_mutex_lock(&lock);
    *pieces->from = pieces->next;
    if (pieces->next) {
        pieces->next->from = pieces->from;
    }
    pthread_mutex_unlock(&lock);
}

static apr_status_t free_all(void *data)
{
    pieces_t *pieces = data;
    piece_t *piece = pieces->first;

    while (piece) {
        piece_t *next = piece->next;
        free(piece);
        piece = next;
    }
    unchain(pieces);
    free(pieces);
    return APR_SUCCESS;
}

/* The first cleanup of a pool is the last that runs. */
static void attach(apr_pool_t *pool)
{
    pieces_t *pieces = calloc(1, sizeof(*pieces));

    if (!pieces) {
        abort();
    }
    chain(pieces);
    inside++;
    apr_pool_cleanup_register(pool, pieces, free_all, apr_pool_cleanup_null);
    apr_pool_userdata_setn(pieces, KEY, NULL, pool);
    inside--;
}

APR_DECLARE(apr_status_t)
apr_pool_create_ex(apr_pool_t **out, apr_pool_t *parent, apr_abortfunc_t abort_fn,
                   apr_allocator_t *allocator)
{
    static apr_status_t (*create)(apr_pool_t **, apr_pool_t *, apr_abortfunc_t,
                                  apr_allocator_t *);
    apr_status_t rv;

    if (!create) {
        find("apr_pool_create_ex", &create);
    }
    rv = create(out, parent, abort_fn, allocator);
    if (rv == APR_SUCCESS) {
        attach(*out);
    }
    return rv;
}

APR_DECLARE(void) apr_pool_clear(apr_pool_t *pool)
{
    static void (*clear)(apr_pool_t *);

    if (!clear) {
        find("apr_pool_clear", &clear);
    }
    clear(pool);
    attach(pool);
}

/* APR ends these after all cleanups: they are no pieces of ours. */
APR_DECLARE(void)
apr_pool_note_subprocess(apr_pool_t *pool, apr_proc_t *process, apr_kill_conditions_e how)
{
    static void (*note)(apr_pool_t *, apr_proc_t *, apr_kill_conditions_e);

    if (!note) {
        find("apr_pool_note_subprocess", &note);
    }
    inside++;
    note(pool, process, how);
    inside--;
}

APR_DECLARE(void *) apr_palloc(apr_pool_t *pool, apr_size_t size)
{
    static void *(*palloc)(apr_pool_t *, apr_size_t);
    void *pieces = NULL;
    piece_t *piece;

    if (!palloc) {
        find("apr_palloc", &palloc);
    }
    if (inside || apr_pool_userdata_get(&pieces, KEY, pool) || !pieces) {
        return palloc(pool, size);
    }
    piece = malloc(sizeof(*piece) + size);
    if (!piece) {
        return NULL;
    }
    piece->next = ((pieces_t *)pieces)->first;
    ((pieces_t *)pieces)->first = piece;
    return piece->bytes;
}
