/* SPDX-License-Identifier: Apache-2.0 */
/* Files that appear whole or not at all; see export_file.h. */
#include "ctl/export_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_strings.h>

#define KEEP 'k'

struct portal_ctl_files_t {
    apr_pool_t *pool;
    portal_ctl_places_t places;
    const char *temporary[PORTAL_CTL_FILES];
    FILE *file[PORTAL_CTL_FILES];
    int n, made_folder;
    int socket; /* to the keeper, -1: there is none */
    pid_t keeper;
};

/* What the keeper answers. */
typedef struct {
    int which, error; /* errno, 0 when all are in their places */
} answer_t;

static apr_status_t fault(const char **error, const char *path, const char *what,
                          apr_pool_t *pool)
{
    apr_status_t rv = errno ? APR_FROM_OS_ERROR(errno) : APR_EGENERAL;
    *error = apr_psprintf(pool, "%s %s: %s", path, what, strerror(errno));
    return rv;
}

/* ---- the keeper ---- */

static void take_away(const portal_ctl_files_t *f)
{
    for (int i = 0; i < f->n; i++)
        unlink(f->temporary[i]);
    if (f->made_folder)
        rmdir(f->places.folder);
}

/* Where the file system cannot look and rename in one, between the two is a moment. */
static int put(const portal_ctl_files_t *f, int i)
{
    const char *from = f->temporary[i], *to = f->places.paths[i];

    if (f->places.overwrite)
        return rename(from, to);
    if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (!faccessat(AT_FDCWD, to, F_OK, AT_SYMLINK_NOFOLLOW)) {
        errno = EEXIST;
        return -1;
    }
    return rename(from, to);
}

static void sync_folder(const char *path, apr_pool_t *pool)
{
    int fd = open(dirname(apr_pstrdup(pool, path)), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

static answer_t put_all(const portal_ctl_files_t *f)
{
    answer_t answer = {0, 0};

    for (int i = 0; i < f->n; i++) {
        if (!put(f, i))
            continue;
        answer = (answer_t){i, errno};
        while (!f->places.overwrite && i-- > 0)
            unlink(f->places.paths[i]);
        take_away(f);
        return answer;
    }
    sync_folder(f->places.paths[0], f->pool);
    return answer;
}

/* Does not return. Signals that end portalctl are not for it: it is what cleans up after them. */
static void be_keeper(const portal_ctl_files_t *f, int s)
{
    const int deaf[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
    answer_t answer;
    char word = 0;
    ssize_t n;

    for (unsigned i = 0; i < sizeof(deaf) / sizeof(*deaf); i++)
        signal(deaf[i], SIG_IGN);
    do
        n = read(s, &word, 1);
    while (n < 0 && errno == EINTR);
    if (n == 1 && word == KEEP) {
        answer = put_all(f);
        send(s, &answer, sizeof(answer), MSG_NOSIGNAL);
    } else {
        take_away(f);
    }
    _exit(0);
}

static apr_status_t start_keeper(portal_ctl_files_t *f, const char **error)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return fault(error, f->places.paths[0], "cannot be watched", f->pool);
    f->keeper = fork();
    if (f->keeper == 0) {
        close(ends[0]);
        be_keeper(f, ends[1]);
    }
    close(ends[1]);
    if (f->keeper > 0) {
        f->socket = ends[0];
        return APR_SUCCESS;
    }
    close(ends[0]);
    return fault(error, f->places.paths[0], "cannot be watched", f->pool);
}

/* ---- opening ---- */

static apr_status_t check_place(const portal_ctl_files_t *f, const char *path,
                                const char **error)
{
    struct stat info;

    if (lstat(path, &info))
        return errno == ENOENT ? APR_SUCCESS
                               : fault(error, path, "cannot be looked at", f->pool);
    if (f->places.overwrite && S_ISREG(info.st_mode))
        return APR_SUCCESS;
    *error =
        apr_psprintf(f->pool, "%s %s", path,
                     S_ISREG(info.st_mode) ? "is there already; --overwrite replaces it"
                                           : "is there already, and is no file");
    return APR_EEXIST;
}

static apr_status_t open_one(portal_ctl_files_t *f, const char *path, const char **error)
{
    const char *name = strrchr(path, '/');
    apr_size_t folder = name ? (apr_size_t)(name + 1 - path) : 0;
    char *temporary =
        apr_psprintf(f->pool, "%.*s.%s.XXXXXX", (int)folder, path, path + folder);
    int fd = mkostemp(temporary, O_CLOEXEC);

    if (fd < 0)
        return fault(error, path, "cannot be made", f->pool);
    f->temporary[f->n] = temporary;
    f->file[f->n++] = fdopen(fd, "w");
    return APR_SUCCESS;
}

static apr_status_t make_folder(portal_ctl_files_t *f, const char **error)
{
    const char *path = f->places.folder;
    struct stat info;

    if (!path)
        return APR_SUCCESS;
    if (!mkdir(path, 0700)) {
        f->made_folder = 1;
        return APR_SUCCESS;
    }
    if (errno == EEXIST && !stat(path, &info) && S_ISDIR(info.st_mode))
        return APR_SUCCESS;
    return fault(error, path, "cannot be made a folder", f->pool);
}

static apr_status_t open_all(portal_ctl_files_t *f, const char **error)
{
    apr_status_t rv = APR_SUCCESS;

    for (const char *const *path = f->places.paths; *path && rv == APR_SUCCESS; path++)
        rv = check_place(f, *path, error);
    if (rv == APR_SUCCESS)
        rv = make_folder(f, error);
    for (const char *const *path = f->places.paths; *path && rv == APR_SUCCESS; path++)
        rv = open_one(f, *path, error);
    if (rv == APR_SUCCESS)
        rv = start_keeper(f, error);
    if (rv != APR_SUCCESS)
        take_away(f);
    return rv;
}

/* The keeper learns it from the closed socket. */
static apr_status_t let_go(void *data)
{
    portal_ctl_files_t *f = data;

    for (int i = 0; i < f->n; i++)
        if (f->file[i])
            fclose(f->file[i]);
    f->n = 0;
    if (f->socket >= 0) {
        close(f->socket);
        waitpid(f->keeper, NULL, 0);
    }
    f->socket = -1;
    return APR_SUCCESS;
}

apr_status_t portal_ctl_files_open(portal_ctl_files_t **files,
                                   const portal_ctl_places_t *places, const char **error,
                                   apr_pool_t *pool)
{
    portal_ctl_files_t *f = apr_pcalloc(pool, sizeof(*f));
    apr_status_t rv;

    f->pool = pool;
    f->places = *places;
    f->socket = -1;
    rv = open_all(f, error);
    *files = f;
    if (rv == APR_SUCCESS)
        apr_pool_cleanup_register(pool, f, let_go, apr_pool_cleanup_null);
    return rv;
}

FILE *portal_ctl_files_at(const portal_ctl_files_t *files, int i)
{
    return files->file[i];
}

/* ---- keeping ---- */

static apr_status_t write_down(portal_ctl_files_t *f, const char **error)
{
    for (int i = 0; i < f->n; i++) {
        FILE *file = f->file[i];
        int bad = ferror(file) || fflush(file) || fsync(fileno(file));
        f->file[i] = NULL;
        if (fclose(file) || bad)
            return fault(error, f->places.paths[i], "cannot be written", f->pool);
    }
    return APR_SUCCESS;
}

apr_status_t portal_ctl_files_keep(portal_ctl_files_t *f, const char **error)
{
    const char word = KEEP;
    answer_t answer = {0, EPIPE};
    apr_status_t rv = write_down(f, error);

    if (rv != APR_SUCCESS)
        return rv;
    if (send(f->socket, &word, 1, MSG_NOSIGNAL) != 1 ||
        recv(f->socket, &answer, sizeof(answer), MSG_WAITALL) != sizeof(answer) ||
        answer.error) {
        errno = answer.error;
        rv = fault(error, f->places.paths[answer.which], "cannot be put in its place",
                   f->pool);
    }
    let_go(f);
    return rv;
}
