/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hasher_start: see hasher_start.h. The socket outlives restarts in retained data, and so does
 * the record of each running program, in a pool of its own: at a graceful restart the old one
 * may still be hashing when its configuration is gone, and whoever is in httpd's loop when it
 * ends must find it there, or the log speaks of a long lost child.
 */
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <errno.h>
#include <fcntl.h>
#include <httpd.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
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
#define BACKLOG 1024
#define ARGUMENTS 24
/* Seconds. Dead sooner than SHORT_LIFE after its start counts as a failed start. */
#define SHORT_LIFE 5
#define LONGEST_DELAY 30
/* Milliseconds until a hasher is killed that does not leave with httpd. */
#define FAREWELL 3000

/* What outlives a restart. */
typedef struct {
    pid_t owner; /* children inherit all this, but must not act on it */
    int fd;      /* listening; -1: none */
    char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
} socket_t;

/* The program of one configuration, whichever process it is at the moment. */
typedef struct {
    apr_pool_t *pool;   /* its own */
    server_rec *server; /* for the log; NULL once its configuration is gone */
    const char *program;
    const char **args;
    socket_t *socket;
    apr_proc_t process; /* pid 0: none */
    int alive_fd;       /* our end of its standard input; -1: closed */
    apr_time_t started;
    int delay; /* seconds before it is started */
} daemon_t;

static daemon_t *current;

static int refuse(server_rec *server, int error, const char *what)
{
    ap_log_error(APLOG_MARK, APLOG_EMERG, APR_FROM_OS_ERROR(error), server,
                 "PTL0010: portal-hasher cannot be started: %s", what);
    return HTTP_INTERNAL_SERVER_ERROR;
}

/* ---- the socket ---- */

/* When httpd itself ends, not at restarts. */
static apr_status_t remove_socket(void *data)
{
    const socket_t *s = data;

    if (s->owner == getpid() && s->fd >= 0) {
        unlink(s->path);
        rmdir(s->folder);
    }
    return APR_SUCCESS;
}

/* False: no such folder can be made, or the path is too long for a socket. */
static int make_folder(socket_t *s, const char *folder)
{
    int n = snprintf(s->path, sizeof(s->path), "%s/socket", folder);

    if (n < 0 || n >= (int)sizeof(s->path))
        return 0;
    apr_cpystrn(s->folder, folder, sizeof(s->folder));
    return 1;
}

/*
 * Beside the pid file, where httpd puts what lives as long as it does; in the folder for
 * temporary files if that cannot be written to or has too long a name.
 */
static int choose_folder(socket_t *s, apr_pool_t *pool)
{
    const char *name = apr_psprintf(pool, "portal-hasher.%ld", (long)getpid());
    const char *folder = ap_runtime_dir_relative(pool, name);
    char *elsewhere = apr_pstrdup(pool, "/tmp/portal-hasher-XXXXXX");

    if (folder && make_folder(s, folder)) {
        unlink(s->path); /* of another httpd that had this pid, and was killed */
        rmdir(s->folder);
        if (mkdir(s->folder, 0700) == 0)
            return 1;
    }
    return mkdtemp(elsewhere) && make_folder(s, elsewhere);
}

/* The folder goes to the user of the children last: nobody else gets near before. */
static int bind_socket(socket_t *s)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    uid_t user = ap_unixd_config.user_id;
    gid_t group = ap_unixd_config.group_id;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(address.sun_path, s->path, sizeof(address.sun_path));
    if (fd < 0)
        return -1;
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || chmod(s->path, 0600) ||
        listen(fd, BACKLOG) ||
        (geteuid() == 0 &&
         (lchown(s->path, user, group) || lchown(s->folder, user, group)))) {
        close(fd);
        return -1;
    }
    return fd;
}

static socket_t *keep_socket(server_rec *server, apr_pool_t *pool)
{
    socket_t *s = ap_retained_data_get(RETAINED);

    if (!s) {
        s = ap_retained_data_create(RETAINED, sizeof(*s));
        s->fd = -1;
        apr_pool_cleanup_register(server->process->pool, s, remove_socket,
                                  apr_pool_cleanup_null);
    }
    if (s->fd >= 0)
        return s;
    s->owner = getpid();
    if (choose_folder(s, pool))
        s->fd = bind_socket(s);
    return s->fd >= 0 ? s : NULL;
}

/* ---- the program ---- */

/* Waits out the delay; ends at once if httpd does. All is closed but what the hasher gets. */
static void wait_before(int seconds)
{
    struct pollfd parent = {.fd = 0, .events = POLLIN};

    if (seconds > 0 && poll(&parent, 1, seconds * 1000) != 0)
        _exit(0);
}

/*
 * In the new process; never returns. Only plain system calls: the parent may have threads.
 * httpd's signal handlers go first, its descriptors (the ports it listens on!) next.
 */
static void become(const daemon_t *d, int stdin_fd)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    int null = open("/dev/null", O_WRONLY);
    sigset_t none;

    for (int i = 1; i < NSIG; i++)
        sigaction(i, &standard, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(stdin_fd, 0) < 0 || dup2(null, 1) < 0 ||
        dup2(d->socket->fd, LISTEN_FD) < 0 || fcntl(LISTEN_FD, F_SETFD, 0) ||
        close_range(LISTEN_FD + 1, ~0U, 0))
        _exit(1);
    wait_before(d->delay);
    execv(d->program, (char *const *)d->args);
    _exit(127);
}

static void maintain(int reason, void *data, int status);

/* 0, or the error. */
static int launch(daemon_t *d)
{
    int ends[2], error;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC))
        return errno;
    pid = fork();
    if (pid == 0)
        become(d, ends[0]);
    error = errno;
    close(ends[0]);
    if (pid < 0) {
        close(ends[1]);
        return error;
    }
    d->alive_fd = ends[1];
    d->started = apr_time_now();
    d->process.pid = pid;
    apr_proc_other_child_register(&d->process, maintain, d, NULL, d->pool);
    return 0;
}

static void close_alive(daemon_t *d)
{
    if (d->alive_fd >= 0)
        close(d->alive_fd);
    d->alive_fd = -1;
}

/* It died: another takes its place, later and later if it keeps dying at once. */
static void replace(daemon_t *d, int status)
{
    apr_time_t lived = apr_time_now() - d->started - apr_time_from_sec(d->delay);
    int error;

    if (lived > apr_time_from_sec(SHORT_LIFE))
        d->delay = 0;
    else if (d->delay < LONGEST_DELAY)
        d->delay = d->delay ? d->delay * 2 : 1;
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, d->server,
                 "PTL0011: portal-hasher ended (exit code or signal %d) and is replaced "
                 "in %d s",
                 status, d->delay);
    error = launch(d);
    if (error)
        ap_log_error(APLOG_MARK, APLOG_CRIT, APR_FROM_OS_ERROR(error), d->server,
                     "PTL0012: portal-hasher cannot be replaced; sign-ins get 503 until "
                     "httpd is restarted");
}

/* Called by httpd's loop when the process has ended; by APR when it is unregistered. */
static void maintain(int reason, void *data, int status)
{
    daemon_t *d = data;

    if (reason != APR_OC_REASON_DEATH && reason != APR_OC_REASON_LOST)
        return;
    apr_proc_other_child_unregister(d);
    d->process.pid = 0;
    close_alive(d);
    if (d->server)
        replace(d, status);
    else
        apr_pool_destroy(d->pool);
}

/* httpd ends: nothing of ours is left when it has. */
static void see_off(daemon_t *d)
{
    pid_t pid = d->process.pid;

    apr_proc_other_child_unregister(d);
    for (int waited = 0; waited < FAREWELL; waited += 10) {
        if (waitpid(pid, NULL, WNOHANG) != 0)
            return;
        apr_sleep(apr_time_from_msec(10));
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* The configuration goes: the program finishes what it has in hand and leaves. */
static apr_status_t dismiss(void *data)
{
    daemon_t *d = data;

    if (d->socket->owner != getpid())
        return APR_SUCCESS;
    if (current == d)
        current = NULL;
    d->server = NULL;
    close_alive(d);
    if (d->process.pid > 0) {
        kill(d->process.pid, SIGTERM);
        if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_EXITING)
            see_off(d);
    } else {
        apr_pool_destroy(d->pool);
    }
    return APR_SUCCESS;
}

static void add_argument(daemon_t *d, int *n, const char *name, apr_uint64_t value)
{
    d->args[(*n)++] = name;
    d->args[(*n)++] = apr_psprintf(d->pool, "%" APR_UINT64_T_FMT, value);
}

static void set_arguments(daemon_t *d, const portal_config_t *config)
{
    int n = 0;

    d->args = apr_pcalloc(d->pool, ARGUMENTS * sizeof(*d->args));
    d->args[n++] = "portal-hasher";
    d->args[n++] = "--die-with-parent";
    add_argument(d, &n, "--listen-fd", LISTEN_FD);
    add_argument(d, &n, "--workers", (apr_uint64_t)config->password_hashers);
    add_argument(d, &n, "--queue", (apr_uint64_t)config->password_queue);
    add_argument(d, &n, "--ops", (apr_uint64_t)config->password_hash.ops);
    add_argument(d, &n, "--memory", config->password_hash.memory);
    add_argument(d, &n, "--nice", 5);
    if (geteuid() == 0) {
        add_argument(d, &n, "--user", ap_unixd_config.user_id);
        add_argument(d, &n, "--group", ap_unixd_config.group_id);
    }
}

int portal_hasher_check(apr_pool_t *pool, server_rec *main_server)
{
    const char *program = portal_place("portal-hasher", pool);

    for (server_rec *s = main_server; s; s = s->next) {
        if (portal_config_active(portal_config_of(s)) && access(program, X_OK))
            return refuse(s, errno,
                          apr_pstrcat(pool, program,
                                      " must be there, beside "
                                      "mod_portal.so, and be executable",
                                      NULL));
    }
    return OK;
}

int portal_hasher_start(portal_hasher_t **hasher, server_rec *server,
                        const portal_config_t *config, apr_pool_t *pconf)
{
    socket_t *kept = keep_socket(server, pconf);
    apr_pool_t *pool;
    daemon_t *d;
    int error;

    if (!kept)
        return refuse(server, errno, "its socket cannot be made");
    /* No child of the process's pool: at the end that would go before pconf does. */
    if (apr_pool_create(&pool, NULL) != APR_SUCCESS)
        return refuse(server, ENOMEM, "no memory");
    d = apr_pcalloc(pool, sizeof(*d));
    d->pool = pool;
    d->server = server;
    d->socket = kept;
    d->alive_fd = -1;
    d->program = portal_place("portal-hasher", pool);
    set_arguments(d, config);
    error = launch(d);
    if (error) {
        apr_pool_destroy(pool);
        return refuse(server, error, "no process");
    }
    current = d;
    apr_pool_cleanup_register(pconf, d, dismiss, apr_pool_cleanup_null);
    *hasher = apr_pcalloc(pconf, sizeof(**hasher));
    (*hasher)->socket = apr_pstrdup(pconf, kept->path);
    return OK;
}

void portal_hasher_leave(void)
{
    socket_t *s = ap_retained_data_get(RETAINED);

    /* With -X the parent serves itself. */
    if (!s || s->owner == getpid())
        return;
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    if (current)
        close_alive(current);
}
