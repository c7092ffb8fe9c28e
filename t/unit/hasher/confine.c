/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hasher/confine: what is left to portal-hasher once it is set up. Each thing is tried in a process of
 * its own, by a thread that was there before. (security.md LG6)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hasher/confine.h"
#include "hasher/work.h"

#define NOT_HERE 77

static pthread_barrier_t confined;
static int (*what)(void);
static int result;

static void *try_it(void *unused)
{
    pthread_barrier_wait(&confined);
    result = what();
    return unused;
}

/* The status of a process in which `try` was done by a second thread; 0: it was not refused. */
static int tried(int (*try)(void))
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        pthread_t thread;

        what = try;
        pthread_barrier_init(&confined, NULL, 2);
        if (pthread_create(&thread, NULL, try_it, NULL) ||
            prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
            _exit(99);
        if (confine(false) != CONFINED)
            _exit(NOT_HERE);
        pthread_barrier_wait(&confined);
        pthread_join(thread, NULL);
        _exit(result);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static int open_file(void)
{
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ? 2 : 0;
}

static int start_program(void)
{
    return execl("/bin/true", "true", NULL);
}

static int reach_out(void)
{
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 ? 2 : 0;
}

static int end_another(void)
{
    return kill(getppid(), 0) < 0 ? 2 : 0;
}

static int leave_folder(void)
{
    return chdir("/") < 0 && errno == EPERM ? 1 : 0;
}

static int more_rights(void)
{
    return setuid(0) < 0 && errno == EPERM ? 1 : 0;
}

static int another_thread(void)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, try_it, NULL) ? 1 : 0;
}

static int nothing(void)
{
    return 3;
}

static int is_here(void)
{
    int status = tried(nothing);

    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NOT_HERE)
        return 0;
    assert_int_equal(WEXITSTATUS(status), 3);
    return 1;
}

static void what_leads_out_ends_it(void **state)
{
    int (*const ways[])(void) = {open_file, start_program, reach_out, end_another};

    (void)state;
    if (!is_here())
        skip();
    for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
        int status = tried(ways[i]);

        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
    }
}

static void the_rest_is_refused(void **state)
{
    int (*const ways[])(void) = {leave_folder, more_rights, another_thread};

    (void)state;
    if (!is_here())
        skip();
    for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
        int status = tried(ways[i]);

        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 1);
    }
}

/* A whole life: the workers were started, then confined; they hash with salts and more memory than they
 * keep, and end. */
static int hash_some(int event_fd)
{
    work_job_t job = {.op = PORTAL_WIRE_HASH, .password = "x", .password_len = 1};
    long long next;
    uint64_t count;

    job.deadline_ms = work_now_ms() + 60000;
    for (int i = 0; i < 3; i++) {
        if (!work_offer(&job) || read(event_fd, &count, sizeof(count)) < 0 ||
            work_done(work_now_ms(), &next) != &job)
            return 4;
        if (job.op == PORTAL_WIRE_HASH && job.status != PORTAL_WIRE_HASHED)
            return 5;
        job.op = job.op == PORTAL_WIRE_HASH ? PORTAL_WIRE_VERIFY : PORTAL_WIRE_DECOY;
        if (i == 1 && job.status != PORTAL_WIRE_MATCH)
            return 6;
    }
    work_stop();
    return 0;
}

static void it_can_still_hash(void **state)
{
    const work_cost_t cost = {.workers = 2, .queue = 2, .ops = 1, .memory = 1 << 20};
    pid_t pid = fork();
    int status;

    (void)state;
    assert_true(pid >= 0);
    if (pid == 0) {
        int fd = eventfd(0, EFD_CLOEXEC);

        if (sodium_init() < 0 || !work_start(&cost, fd) ||
            prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
            _exit(99);
        (void)confine(true);
        _exit(hash_some(fd));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_leads_out_ends_it),
        cmocka_unit_test(the_rest_is_refused),
        cmocka_unit_test(it_can_still_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
