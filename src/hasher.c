/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portal-hasher: the program in which Argon2id runs, and nothing else.
 *
 * It stands beside httpd's children, so that a flood of sign-ins cannot slow down other
 * pages: a fixed number of threads that keep their memory, a queue with an end, a deadline
 * per question (frames: core/hasher_wire.h; threads: hasher/work.h; socket: hasher/serve.h).
 * Once set up it can do nothing else: it has no rights to gain and no files to open
 * (hasher/confine.h).
 *
 *   portal-hasher --socket PATH | --listen-fd N  [--user UID --group GID]
 *                 [--workers N] [--queue N] [--ops N] [--memory BYTES] [--nice N]
 *                 [--idle MS] [--die-with-parent]
 *
 * --idle is how long a client may be silent. Started as root it must be given a user other
 * than root, and becomes that user before it reads a byte. If stdin is a pipe or a socket, its closing ends the program, as SIGTERM and
 * SIGINT do: it stops listening, answers what is in hand and leaves. "ready" on stdout says
 * that questions are answered from now on. Exit 0 ended as asked; 1 cannot run; 2 used
 * wrongly; what went wrong stands in one line on stderr.
 */
#include "hasher/confine.h"
#include "hasher/serve.h"
#include "hasher/work.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct {
    const char *socket;
    long listen_fd, user, group, nice, idle;
    bool die_with_parent;
    work_cost_t cost;
} options_t;

static bool complain(const char *what)
{
    fprintf(stderr, "portal-hasher: %s: %s\n", what, strerror(errno));
    return false;
}

static bool refuse(const char *what)
{
    fprintf(stderr, "portal-hasher: %s\n", what);
    return false;
}

static bool number(const char *name, const char *text, long min, long max, long *value)
{
    char *end;

    errno = 0;
    *value = strtol(text, &end, 10);
    if (*text && !*end && errno == 0 && *value >= min && *value <= max)
        return true;
    fprintf(stderr, "portal-hasher: --%s takes a number from %ld to %ld, not \"%s\"\n",
            name, min, max, text);
    return false;
}

/* The options that take a number, with what they may be. */
static const struct {
    const char *name;
    long min, max;
} numbers[] = {{"listen-fd", 0, 65535},
               {"user", 0, 0x7fffffff},
               {"group", 0, 0x7fffffff},
               {"workers", 1, 256},
               {"queue", 0, 10000},
               {"ops", 1, WORK_OPS_MAX},
               {"memory", 8192, (long)WORK_MEMORY_MAX_KIB << 10},
               {"nice", 0, 19},
               {"idle", 10, 600000}};

static bool set_number(options_t *options, int which, const char *text)
{
    long value;

    if (!number(numbers[which].name, text, numbers[which].min, numbers[which].max,
                &value))
        return false;
    switch (which) {
    case 0:
        options->listen_fd = value;
        break;
    case 1:
        options->user = value;
        break;
    case 2:
        options->group = value;
        break;
    case 3:
        options->cost.workers = (unsigned)value;
        break;
    case 4:
        options->cost.queue = (unsigned)value;
        break;
    case 5:
        options->cost.ops = (unsigned long long)value;
        break;
    case 6:
        options->cost.memory = (size_t)value;
        break;
    case 7:
        options->nice = value;
        break;
    default:
        options->idle = value;
    }
    return true;
}

static bool read_options(int argc, char **argv, options_t *options)
{
    enum { SOCKET = 100, DIE };
    static const struct option known[] = {{"listen-fd", 1, NULL, 0},
                                          {"user", 1, NULL, 1},
                                          {"group", 1, NULL, 2},
                                          {"workers", 1, NULL, 3},
                                          {"queue", 1, NULL, 4},
                                          {"ops", 1, NULL, 5},
                                          {"memory", 1, NULL, 6},
                                          {"nice", 1, NULL, 7},
                                          {"idle", 1, NULL, 8},
                                          {"socket", 1, NULL, SOCKET},
                                          {"die-with-parent", 0, NULL, DIE},
                                          {NULL, 0, NULL, 0}};
    int which;

    while ((which = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (which == SOCKET)
            options->socket = optarg;
        else if (which == DIE)
            options->die_with_parent = true;
        else if (which == '?' || !set_number(options, which, optarg))
            return false;
    }
    if (optind < argc || !options->socket == (options->listen_fd < 0))
        return refuse("needs either --socket PATH or --listen-fd N, and no other words");
    if (geteuid() == 0 && (options->user <= 0 || options->group <= 0))
        return refuse("as root it needs --user and --group, and not root's");
    return true;
}

/* True if nobody listens at the address any more. */
static bool stale(const struct sockaddr_un *at)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool refused = fd >= 0 && connect(fd, (const struct sockaddr *)at, sizeof(*at)) < 0 &&
                   errno == ECONNREFUSED;

    if (fd >= 0)
        close(fd);
    return refused;
}

/* Made before root is left, so that the folder need not be the user's. */
static int open_socket(const options_t *options)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool bound;

    if (fd < 0 || strlen(options->socket) >= sizeof(at.sun_path)) {
        refuse("the socket's path is too long, or there is no descriptor");
        return -1;
    }
    memcpy(at.sun_path, options->socket, strlen(options->socket) + 1);
    umask(0177);
    bound = bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
    if (!bound && errno == EADDRINUSE && stale(&at))
        bound =
            unlink(at.sun_path) == 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
    if (bound && geteuid() == 0)
        bound = lchown(at.sun_path, (uid_t)options->user, (gid_t)options->group) == 0;
    if (!bound || listen(fd, SERVE_CLIENTS_MAX) != 0) {
        complain(options->socket);
        close(fd);
        return -1;
    }
    return fd;
}

static int take_socket(const options_t *options)
{
    int fd = (int)options->listen_fd, listening = 0;
    socklen_t size = sizeof(listening);

    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || !listening) {
        refuse("--listen-fd is not a listening socket");
        return -1;
    }
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
        complain("--listen-fd");
        return -1;
    }
    return fd;
}

static bool leave_root(const options_t *options)
{
    gid_t group = (gid_t)options->group;
    uid_t user = (uid_t)options->user;

    if (geteuid() != 0)
        return true;
    if (setgroups(0, NULL) != 0 || setresgid(group, group, group) != 0 ||
        setresuid(user, user, user) != 0)
        return complain("cannot become --user and --group");
    return setuid(0) != 0 || refuse("is still root");
}

/* No new privileges, no core dump, no reading by other processes of the same user. */
static bool lock_down(const options_t *options)
{
    struct rlimit none = {0, 0}, files;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
        return complain("cannot lock itself down");
    if (options->die_with_parent && prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) != 0)
        return complain("cannot follow its parent");
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max < SERVE_CLIENTS_MAX + 64 ? files.rlim_max
                                                                 : SERVE_CLIENTS_MAX + 64;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    if (options->nice)
        (void)setpriority(PRIO_PROCESS, 0, (int)options->nice);
    return true;
}

static int open_signals(void)
{
    sigset_t end, all;

    sigfillset(&all);
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigaddset(&end, SIGINT);
    sigaddset(&end, SIGHUP);
    /* All are blocked: threads inherit that, and only the loop hears of them. */
    if (sigprocmask(SIG_SETMASK, &all, NULL) != 0)
        return -1;
    return signalfd(-1, &end, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The descriptor whose closing means that nobody needs us; -1 when stdin is none such. */
static int parent_pipe(void)
{
    struct stat st;
    bool watched = fstat(0, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));

    if (!watched)
        return -1;
    (void)fcntl(0, F_SETFL, O_NONBLOCK);
    return 0;
}

int main(int argc, char **argv)
{
    options_t options = {.listen_fd = -1,
                         .user = -1,
                         .group = -1,
                         .idle = 10000,
                         .cost = {.workers = 1,
                                  .queue = 64,
                                  .ops = crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                  .memory = crypto_pwhash_MEMLIMIT_INTERACTIVE}};
    serve_t with = {.listen_fd = -1};

    if (!read_options(argc, argv, &options))
        return 2;
    with.listen_fd = options.socket ? open_socket(&options) : take_socket(&options);
    if (with.listen_fd < 0 || !leave_root(&options) || !lock_down(&options))
        return 1;
    with.signal_fd = open_signals();
    with.event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    with.parent_fd = parent_pipe();
    with.idle_ms = options.idle;
    if (with.signal_fd < 0 || with.event_fd < 0 || sodium_init() < 0)
        return complain("cannot set itself up"), 1;
    if (!work_start(&options.cost, with.event_fd))
        return refuse("not enough memory or threads for that many workers"), 1;
    if (confine(options.socket != NULL) == CONFINED_LIMITS)
        (void)refuse("no seccomp here: its system calls are not filtered");
    if (write(STDOUT_FILENO, "ready\n", 6) < 0 && errno != EBADF)
        return complain("cannot say that it is ready"), 1;
    if (!serve_run(&with))
        return refuse("no memory"), 1;
    if (options.socket)
        (void)unlink(options.socket);
    return 0;
}
