/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite's backup functions; see copy.h. */
#include <string.h>

#include <apr_strings.h>
#include <sqlite3.h>

#include "store/copy.h"

#define PATIENCE 10000 /* milliseconds */
#define PAGES 2000     /* at once */

struct portal_copy_t {
    sqlite3 *db;
    apr_pool_t *pool;
};

static apr_status_t close_database(void *db)
{
    return sqlite3_close(db) == SQLITE_OK ? APR_SUCCESS : APR_EGENERAL;
}

static const char *sentence(const char *path, sqlite3 *db, apr_pool_t *pool)
{
    return apr_psprintf(pool, "%s: %s", path, db ? sqlite3_errmsg(db) : "out of memory");
}

static apr_status_t open_database(sqlite3 **db, const char *path, const char **error,
                                  apr_pool_t *pool)
{
    int rc = sqlite3_open_v2(path, db, SQLITE_OPEN_READWRITE, NULL);

    if (rc != SQLITE_OK) {
        *error = sentence(path, *db, pool);
        sqlite3_close(*db);
        return APR_EGENERAL;
    }
    apr_pool_cleanup_register(pool, *db, close_database, apr_pool_cleanup_null);
    sqlite3_busy_timeout(*db, PATIENCE);
    return APR_SUCCESS;
}

/* Closed before its pool, since what comes next wants the file for itself. */
static apr_status_t done_with(sqlite3 *db, apr_pool_t *pool)
{
    return apr_pool_cleanup_run(pool, db, close_database);
}

static apr_status_t run(sqlite3 *db, const char *path, const char *sql,
                        const char **error, apr_pool_t *pool)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return APR_SUCCESS;
    *error = sentence(path, db, pool);
    return APR_EGENERAL;
}

apr_status_t portal_copy_open(portal_copy_t **copy, const char *live, const char **error,
                              apr_pool_t *pool)
{
    portal_copy_t *c = apr_pcalloc(pool, sizeof(*c));
    apr_status_t rv = open_database(&c->db, live, error, pool);

    c->pool = pool;
    *copy = c;
    return rv == APR_SUCCESS
               ? run(c->db, live, "BEGIN; SELECT COUNT(*) FROM meta", error, pool)
               : rv;
}

static apr_status_t step_all(sqlite3_backup *backup, portal_copy_progress_fn progress,
                             void *baton)
{
    int rc = SQLITE_OK, tries = 0;

    while (rc != SQLITE_DONE && tries < 20) {
        rc = sqlite3_backup_step(backup, progress ? PAGES : -1);
        tries = rc == SQLITE_OK ? 0 : tries + 1;
        if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_BUSY &&
            rc != SQLITE_LOCKED)
            return APR_EGENERAL;
        if (rc == SQLITE_OK && progress &&
            progress(baton,
                     sqlite3_backup_pagecount(backup) - sqlite3_backup_remaining(backup),
                     sqlite3_backup_pagecount(backup)))
            return APR_EINTR;
    }
    return rc == SQLITE_DONE ? APR_SUCCESS : APR_TIMEUP;
}

static apr_status_t copy_all(sqlite3 *from, sqlite3 *to, portal_copy_progress_fn progress,
                             void *baton)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    apr_status_t rv = backup ? step_all(backup, progress, baton) : APR_EGENERAL;

    if (backup && sqlite3_backup_finish(backup) != SQLITE_OK && rv == APR_SUCCESS)
        rv = APR_EGENERAL;
    return rv;
}

apr_status_t portal_copy_out(portal_copy_t *copy, const char *file,
                             portal_copy_progress_fn progress, void *baton,
                             const char **error)
{
    sqlite3 *to;
    apr_status_t rv = open_database(&to, file, error, copy->pool);

    if (rv != APR_SUCCESS)
        return rv;
    rv = copy_all(copy->db, to, progress, baton);
    if (rv != APR_SUCCESS)
        *error = rv == APR_EINTR ? "interrupted" : sentence(file, to, copy->pool);
    if (rv == APR_SUCCESS)
        rv = run(to, file, "PRAGMA journal_mode=DELETE", error, copy->pool);
    done_with(to, copy->pool);
    return rv;
}

static int take_word(void *words, int columns, char **values, char **names)
{
    (void)names;
    if (columns == 1 && values[0] && !**(char **)words)
        apr_cpystrn(*(char **)words, values[0], 200);
    return 0;
}

apr_status_t portal_copy_check(const char *file, const char **error, apr_pool_t *pool)
{
    char *words = apr_pcalloc(pool, 200);
    sqlite3 *db;
    apr_status_t rv = open_database(&db, file, error, pool);

    if (rv != APR_SUCCESS)
        return rv;
    if (sqlite3_exec(db, "PRAGMA integrity_check(1)", take_word, &words, NULL) !=
        SQLITE_OK) {
        *error = sentence(file, db, pool);
        rv = APR_EGENERAL;
    } else if (strcmp(words, "ok")) {
        *error = apr_psprintf(pool, "%s: the database is damaged: %s", file, words);
        rv = APR_EGENERAL;
    }
    done_with(db, pool);
    return rv;
}

apr_status_t portal_copy_in(const char *file, const char *live, const char **error,
                            apr_pool_t *pool)
{
    sqlite3 *from, *to;
    apr_status_t rv = open_database(&from, file, error, pool);

    if (rv == APR_SUCCESS)
        rv = open_database(&to, live, error, pool);
    if (rv == APR_SUCCESS)
        rv = run(to, live, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", error,
                 pool);
    if (rv != APR_SUCCESS)
        return rv;
    rv = copy_all(from, to, NULL, NULL);
    if (rv != APR_SUCCESS)
        *error = sentence(live, to, pool);
    done_with(to, pool);
    done_with(from, pool);
    return rv;
}
