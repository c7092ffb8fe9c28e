/* SPDX-License-Identifier: Apache-2.0 */
/* Files that appear whole or not at all; see export_file.h. */
#include "ctl/export_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_strings.h>

#include "core/token.h"

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

/* Does not return. */
static void be_keeper(const portal_ctl_files_t *f, int s)
{
    answer_t answer;
    char word = 0;
    ssize_t n;

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

/* Before the first file is made. Signals that end portalctl are not for the keeper, which cleans up
 * after them: they are blocked there from its first moment on. */
static apr_status_t start_keeper(portal_ctl_files_t *f, const char **error)
{
    sigset_t all, before;
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return fault(error, f->places.paths[0], "cannot be watched", f->pool);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    f->keeper = fork();
    if (f->keeper == 0) {
        close(ends[0]);
        be_keeper(f, ends[1]);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
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

/* A name beside it that nobody else has. */
static const char *beside(const portal_ctl_files_t *f, const char *path)
{
    const char *name = strrchr(path, '/');
    int folder = name ? (int)(name + 1 - path) : 0;

    return apr_psprintf(f->pool, "%.*s.%s.%s", folder, path, path + folder,
                        portal_id_make(f->pool));
}

static apr_status_t open_one(portal_ctl_files_t *f, int i, const char **error)
{
    int fd = open(f->temporary[i], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return fault(error, f->places.paths[i], "cannot be made", f->pool);
    f->file[i] = fdopen(fd, "w");
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

    for (f->n = 0; f->places.paths[f->n] && rv == APR_SUCCESS; f->n++) {
        rv = check_place(f, f->places.paths[f->n], error);
        f->temporary[f->n] = beside(f, f->places.paths[f->n]);
    }
    if (rv == APR_SUCCESS)
        rv = make_folder(f, error);
    if (rv == APR_SUCCESS)
        rv = start_keeper(f, error);
    for (int i = 0; i < f->n && rv == APR_SUCCESS; i++)
        rv = open_one(f, i, error);
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
    apr_pool_cleanup_register(pool, f, let_go, apr_pool_cleanup_null);
    rv = open_all(f, error);
    if (rv != APR_SUCCESS)
        let_go(f);
    *files = f;
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
