/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <errno.h>
#include <fcntl.h>
#include <httpd.h>
#include <http_config.h>
#include <ap_mpm.h>
#include <http_log.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unixd.h>

#include "core/place.h"
#include "hasher_start.h"

APLOG_USE_MODULE(portal);

#define RETAINED "portal-hasher-socket"
#define LISTEN_FD 3
#define BACKLOG 512
#define LONGEST_DELAY 30
#define SOON apr_time_from_sec(5)

/* What outlives a restart. */
typedef struct {
    int fd; /* listening; 0: not made yet */
    char folder[256], path[sizeof(((struct sockaddr_un *)0)->sun_path)];
} socket_t;

/* One generation's program. */
typedef struct {
    server_rec *server;
    apr_pool_t *pool;
    const char *program;
    const char *const *args;
    const socket_t *socket;
    apr_proc_t process;
    int alive_fd; /* our end of its standard input: it ends when nobody holds it */
    apr_time_t started;
    unsigned delay; /* seconds before the next start */
    int registered; /* among httpd's other children; APR crashes on taking out one that is not */
} daemon_t;

static int refuse(server_rec *server, int error, const char *what)
{
    ap_log_error(APLOG_MARK, APLOG_EMERG, APR_FROM_OS_ERROR(error), server,
                 "PTL0010: portal-hasher cannot be started: %s", what);
    return HTTP_INTERNAL_SERVER_ERROR;
}

/* ---- the socket ---- */

/* Removed when httpd itself ends, not at restarts; by the process that made it alone. */
static apr_status_t remove_socket(void *data)
{
    const socket_t *s = data;
    unlink(s->path);
    rmdir(s->folder);
    return APR_SUCCESS;
}

static int bind_socket(socket_t *s)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(address.sun_path, s->path, sizeof(s->path));
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
        chmod(s->path, 0600) || listen(fd, BACKLOG))
        return -1;
    if (geteuid() == 0 &&
        (chown(s->path, ap_unixd_config.user_id, ap_unixd_config.group_id) ||
         chown(s->folder, ap_unixd_config.user_id, ap_unixd_config.group_id)))
        return -1;
    return fd;
}

/* A folder of its own in the system's temporary folder: a socket's path must be short. */
static socket_t *keep_socket(server_rec *server)
{
    socket_t *s = ap_retained_data_get(RETAINED);
    int n;

    if (!s)
        s = ap_retained_data_create(RETAINED, sizeof(*s));
    if (s->fd)
        return s;
    strcpy(s->folder, "/tmp/portal-hasher-XXXXXX");
    if (!mkdtemp(s->folder))
        return NULL;
    n = snprintf(s->path, sizeof(s->path), "%s/socket", s->folder);
    s->fd = n > 0 ? bind_socket(s) : -1;
    if (s->fd < 0) {
        s->fd = 0;
        return NULL;
    }
    apr_pool_cleanup_register(server->process->pool, s, remove_socket, apr_pool_cleanup_null);
    return s;
}

/* ---- the program ---- */

/* In the new process; never returns. Between fork and exec only plain system calls. */
static void become(const daemon_t *d, int stdin_fd)
{
    int null = open("/dev/null", O_WRONLY);
    sigset_t none;

    if (d->delay)
        sleep(d->delay);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGCHLD, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    if (dup2(stdin_fd, 0) < 0 || dup2(null, 1) < 0 || dup2(d->socket->fd, LISTEN_FD) < 0 ||
        fcntl(LISTEN_FD, F_SETFD, 0))
        _exit(1);
    for (int fd = LISTEN_FD + 1; fd < 1024; fd++)
        close(fd);
    execv(d->program, (char *const *)d->args);
    _exit(1);
}

static void maintain(int reason, void *data, int status);

/* 0, or the error. */
static int launch(daemon_t *d)
{
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC))
        return errno;
    pid = fork();
    if (pid == 0)
        become(d, ends[0]);
    close(ends[0]);
    if (pid < 0) {
        close(ends[1]);
        return EAGAIN;
    }
    d->alive_fd = ends[1];
    d->started = apr_time_now();
    memset(&d->process, 0, sizeof(d->process));
    d->process.pid = pid;
    apr_proc_other_child_register(&d->process, maintain, d, NULL, d->pool);
    d->registered = 1;
    return 0;
}

/* It died: another takes its place, later and later if it keeps dying at once. */
static void replace(daemon_t *d)
{
    close(d->alive_fd);
    if (apr_time_now() - d->started > SOON)
        d->delay = 0;
    else if (d->delay < LONGEST_DELAY)
        d->delay = d->delay ? d->delay * 2 : 1;
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, d->server,
                 "PTL0011: portal-hasher ended and is replaced");
    if (launch(d))
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, d->server,
                     "PTL0012: portal-hasher cannot be replaced; sign-ins get 503");
}

static void maintain(int reason, void *data, int status)
{
    daemon_t *d = data;
    int stopping = 0;

    (void)status;
    switch (reason) {
    case APR_OC_REASON_UNREGISTER:
        d->registered = 0;
        break;
    case APR_OC_REASON_DEATH:
    case APR_OC_REASON_LOST:
        apr_proc_other_child_unregister(d);
        d->process.pid = 0;
        if (ap_mpm_query(AP_MPMQ_MPM_STATE, &stopping) != APR_SUCCESS ||
            stopping != AP_MPMQ_STOPPING)
            replace(d);
        break;
    case APR_OC_REASON_RESTART:
        apr_proc_other_child_unregister(d);
        break;
    default:
        break;
    }
}

/* Gives it a moment to leave, so that httpd is not surprised by a child it no longer knows. */
static void see_off(pid_t pid)
{
    kill(pid, SIGTERM);
    for (int i = 0; i < 60 && waitpid(pid, NULL, WNOHANG) == 0; i++)
        apr_sleep(5000);
}

/* The configuration goes: the program finishes what it has in hand and leaves. */
static apr_status_t dismiss(void *data)
{
    daemon_t *d = data;

    if (d->registered)
        apr_proc_other_child_unregister(d);
    close(d->alive_fd);
    if (d->process.pid > 0)
        see_off(d->process.pid);
    return APR_SUCCESS;
}

static const char *const *arguments(const portal_config_t *config, apr_pool_t *pool)
{
    const char **args = apr_pcalloc(pool, 20 * sizeof(*args));
    int n = 0;

#define ARG(name, format, value)                                                          \
    args[n++] = name;                                                                     \
    args[n++] = apr_psprintf(pool, format, value)
    args[n++] = "portal-hasher";
    ARG("--listen-fd", "%d", LISTEN_FD);
    ARG("--workers", "%d", config->password_hashers);
    ARG("--queue", "%d", config->password_queue);
    ARG("--ops", "%d", config->password_hash.ops);
    ARG("--memory", "%" APR_SIZE_T_FMT, config->password_hash.memory);
    if (geteuid() == 0) {
        ARG("--user", "%ld", (long)ap_unixd_config.user_id);
        ARG("--group", "%ld", (long)ap_unixd_config.group_id);
    }
#undef ARG
    args[n++] = "--die-with-parent";
    return args;
}

int portal_hasher_start(portal_hasher_t **hasher, server_rec *server,
                        const portal_config_t *config, apr_pool_t *pconf)
{
    const socket_t *socket_kept = keep_socket(server);
    daemon_t *d = apr_pcalloc(pconf, sizeof(*d));
    int error;

    if (!socket_kept)
        return refuse(server, errno, "its socket cannot be made");
    d->server = server;
    d->pool = pconf;
    d->socket = socket_kept;
    d->program = portal_place("portal-hasher", pconf);
    d->args = arguments(config, pconf);
    if (access(d->program, X_OK))
        return refuse(server, errno, d->program);
    error = launch(d);
    if (error)
        return refuse(server, error, "no process");
    apr_pool_cleanup_register(pconf, d, dismiss, apr_pool_cleanup_null);
    *hasher = apr_pcalloc(pconf, sizeof(**hasher));
    (*hasher)->socket = socket_kept->path;
    return OK;
}
