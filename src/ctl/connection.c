/* SPDX-License-Identifier: Apache-2.0 */
/* Opens a database by driver name and params; see connection.h. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "ctl/connection.h"
#include "store/wire.h"

static const char *system_error(const char *what, const char *path, apr_pool_t *pool)
{
    return apr_psprintf(pool, "%s: %s: %s", path, what, strerror(errno));
}

/* ---- the file behind a SQLite connection ---- */

static int hex(char c)
{
    if (apr_isdigit(c))
        return c - '0';
    return apr_isxdigit(c) ? apr_tolower(c) - 'a' + 10 : -1;
}

/* As SQLite reads a URI's path: up to ? or #, %xx decoded; a zero byte is no path. */
static const char *decode(const char *from, apr_pool_t *pool)
{
    char *out = apr_palloc(pool, strlen(from) + 1), *to = out;

    for (; *from && *from != '?' && *from != '#'; from++) {
        int high = *from == '%' ? hex(from[1]) : -1;
        int low = high >= 0 ? hex(from[2]) : -1;
        if (*from == '%' && (low < 0 || high + low == 0))
            return NULL;
        *to++ = (char)(low >= 0 ? high * 16 + low : *from);
        from += low >= 0 ? 2 : 0;
    }
    *to = '\0';
    return *out ? out : NULL;
}

const char *portal_ctl_database_file(const char *params, apr_pool_t *pool)
{
    const char *path;

    if (strncmp(params, "file:", 5))
        return *params && *params != ':' ? params : NULL;
    path = params + 5;
    if (!strncmp(path, "//", 2)) {
        path += 2;
        if (!strncmp(path, "localhost/", 10))
            path += 9;
        if (*path != '/')
            return NULL;
    }
    return decode(path, pool);
}

apr_status_t portal_ctl_create_file(const char *path, const char **error,
                                    apr_pool_t *pool)
{
    struct stat folder;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0660);
    int failed;

    if (fd < 0) {
        apr_status_t rv = APR_FROM_OS_ERROR(errno);
        *error = system_error("cannot be made", path, pool);
        return rv;
    }
    failed = fchmod(fd, 0660) ||
             (geteuid() == 0 && (stat(dirname(apr_pstrdup(pool, path)), &folder) ||
                                 fchown(fd, folder.st_uid, folder.st_gid)));
    if (failed) {
        *error = system_error("cannot be given to its folder's owner", path, pool);
        unlink(path);
    }
    close(fd);
    return failed ? APR_EGENERAL : APR_SUCCESS;
}

apr_status_t portal_ctl_become_owner(const char *path, const char **error,
                                     apr_pool_t *pool)
{
    struct stat info;

    if (geteuid() != 0)
        return APR_SUCCESS;
    if (stat(path, &info)) {
        apr_status_t rv = APR_FROM_OS_ERROR(errno);
        *error = system_error("cannot be read", path, pool);
        return rv;
    }
    if (setgroups(0, NULL) || setregid(info.st_gid, info.st_gid) ||
        setreuid(info.st_uid, info.st_uid)) {
        *error = system_error("cannot become its owner", path, pool);
        return APR_EGENERAL;
    }
    return APR_SUCCESS;
}

apr_status_t portal_ctl_act_as_owner(const char *path, portal_ctl_owner_t *owner,
                                     const char **error, apr_pool_t *pool)
{
    struct stat info;

    if (stat(path, &info)) {
        apr_status_t rv = APR_FROM_OS_ERROR(errno);
        *error = system_error("cannot be read", path, pool);
        return rv;
    }
    *owner = (portal_ctl_owner_t){info.st_uid, info.st_gid};
    if (geteuid() == 0 &&
        (setgroups(0, NULL) || setegid(owner->gid) || seteuid(owner->uid))) {
        *error = system_error("cannot become its owner", path, pool);
        return APR_EGENERAL;
    }
    return APR_SUCCESS;
}

/* ---- connection and store ---- */

typedef struct {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
} open_handle_t;

static apr_status_t close_handle(void *data)
{
    open_handle_t *open = data;
    return apr_dbd_close(open->driver, open->handle);
}

apr_status_t portal_ctl_connect(portal_connection_t *c, const char *driver,
                                const char *params, const char **error, apr_pool_t *pool)
{
    const char *reason = NULL;
    open_handle_t *opened = apr_palloc(pool, sizeof(*opened));
    apr_status_t rv = apr_dbd_init(pool);

    *c = (portal_connection_t){.pool = pool};
    portal_wire_prompt();
    if (rv == APR_SUCCESS)
        rv = apr_dbd_get_driver(pool, driver, &c->driver);
    if (rv != APR_SUCCESS) {
        *error = apr_psprintf(pool,
                              "there is no database driver '%s'; on Debian it comes with "
                              "the package libaprutil1-dbd-%s",
                              driver, driver);
        return rv;
    }
    rv = apr_dbd_open_ex(c->driver, pool, params, &c->handle, &reason);
    if (rv != APR_SUCCESS) {
        *error = apr_psprintf(pool, "the database cannot be opened: %s",
                              reason ? reason : "no reason given");
        return rv;
    }
    *opened = (open_handle_t){c->driver, c->handle};
    apr_pool_cleanup_register(pool, opened, close_handle, apr_pool_cleanup_null);
    return APR_SUCCESS;
}

static apr_status_t lend(void *baton, portal_connection_t *connection, apr_pool_t *pool)
{
    (void)pool;
    *connection = *(portal_connection_t *)baton;
    return APR_SUCCESS;
}

static void take_back(void *baton, portal_connection_t *connection)
{
    (void)baton;
    (void)connection;
}

static apr_status_t renew(void *baton, portal_connection_t *c, apr_pool_t *pool)
{
    (void)baton;
    return portal_wire_check(c, pool);
}

/* There are no copies of sessions here; portal_store_t.outside tells those who have some. */
static void forget(void *baton, const char *binder_id, const char *token_hash)
{
    (void)baton;
    (void)binder_id;
    (void)token_hash;
}

apr_status_t portal_ctl_store(portal_store_t *store, portal_connection_t *connection,
                              const portal_keyring_t *keys, const char **error)
{
    static const portal_store_ops_t ops = {lend, take_back, renew, forget};
    apr_status_t rv = portal_store_prepare(connection, 0);

    if (rv != APR_SUCCESS)
        *error = rv == APR_EGENERAL
                     ? "the database has not all tables of this version; was something "
                       "taken out of it, or a backup broken off?"
                     : "the database is busy, or cannot be read; try again";
    *store =
        (portal_store_t){.ops = &ops, .baton = connection, .keys = keys, .outside = 1};
    return rv;
}
