/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sessions that requests check, in a block of shared memory with fixed slots. The database
 * row is the truth; what is here is a copy that may be missing (then the row is asked) but is
 * never newer than the truth: whoever ends sessions calls a forget function after the commit.
 *
 * Readers take no lock (a sequence count per slot); writers claim a slot by its count. A process
 * killed while writing loses that slot until restart, nothing else. Safe between threads and
 * between processes that map the same block.
 */
#ifndef PORTAL_SESSION_TABLE_H
#define PORTAL_SESSION_TABLE_H

#include <apr_time.h>

typedef enum {
    PORTAL_SESSION_PATIENT = 1,
    PORTAL_SESSION_MUST_CHANGE, /* signed in with a temporary password */
    PORTAL_SESSION_LOBBY,
    PORTAL_SESSION_HALF, /* the password was right; the second factor has yet to be given */
    PORTAL_SESSION_SET_UP /* has to set up a second factor */
} portal_session_kind_t;

/* One of the cases that the session's sign-in opens. */
typedef struct {
    char id[23];
    unsigned char number[16]; /* see portal_session_number */
} portal_session_case_t;

/* As many cases stand in a copy; who has more is asked about in the database each time. */
#define PORTAL_SESSION_CASES 8

typedef struct {
    char token_hash[65]; /* hex; the cookie's own value is nowhere */
    char handle[23];     /* random id for other programs, opens nothing */
    char binder_id[23];
    char lobby_id[23];                  /* "" but for lobby sessions */
    char source[61];                    /* client address at the beginning */
    apr_int64_t kind;                   /* portal_session_kind_t */
    apr_int64_t created, seen, expires; /* microseconds; expires = the absolute limit */
    apr_int64_t stored;                 /* the `seen` that the database row has */
    apr_int64_t n_cases;                /* the selected cases; -1: more than fit here */
    portal_session_case_t cases[PORTAL_SESSION_CASES];
} portal_session_t;

/* The mark by which a case is known to have the number with this key. */
void portal_session_number(unsigned char mark[16], const char *number_key);

typedef struct portal_session_table_t portal_session_table_t;

/* Bytes that a table of `slots` sessions needs. */
apr_size_t portal_session_table_size(apr_size_t slots);

/* Makes an empty table in zeroed memory of that size, 64-byte aligned; the same for all who map it. */
portal_session_table_t *portal_session_table_make(void *memory, apr_size_t slots);

/* The table's age, to be taken before a row is read for portal_session_table_put. */
apr_uint64_t portal_session_table_epoch(const portal_session_table_t *table);

/* How many slots hold a session now; looks at all of them. */
apr_size_t portal_session_table_used(portal_session_table_t *table);

/* Copies the session with that hash to `session`, in which `token_hash` must not lie. 1 found, 0 not
 * here: ask the database. */
int portal_session_table_get(portal_session_table_t *table, const char *token_hash,
                             portal_session_t *session);

/* Keeps a copy, unless anything was forgotten since `epoch` was taken. May push out another. */
void portal_session_table_put(portal_session_table_t *table, apr_uint64_t epoch,
                              const portal_session_t *session);

/* Moves `seen` (and, where positive, `stored`) forward on the copy, if it is here. */
void portal_session_table_touch(portal_session_table_t *table, const char *token_hash,
                                apr_time_t seen, apr_time_t stored);

/* Forgets the copies of one session, of all sessions of a binder, or of everything. */
void portal_session_table_forget(portal_session_table_t *table, const char *token_hash);
void portal_session_table_forget_binder(portal_session_table_t *table,
                                        const char *binder_id);
void portal_session_table_forget_all(portal_session_table_t *table);

#endif
