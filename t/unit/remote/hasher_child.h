/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hasher_child: starts the real portal-hasher for a test, on a socket in a folder of its
 * own, and ends it. The program is looked for in PORTAL_HASHER_PROGRAM, else where `make`
 * puts it, seen from the test.
 */
#ifndef PORTAL_T_HASHER_CHILD_H
#define PORTAL_T_HASHER_CHILD_H

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "remote/hasher.h"

typedef struct {
    portal_hasher_t client;
    char folder[64];
    pid_t pid;
    int life; /* closing it ends the hasher */
} hasher_child_t;

static inline const char *hasher_program(apr_pool_t *pool)
{
    const char *named = getenv("PORTAL_HASHER_PROGRAM");
    char self[4096] = "";

    if (named)
        return named;
    assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    return apr_pstrcat(pool, dirname(self), "/../../../portal-hasher", NULL);
}

/* Runs it; its words on stdout can be read from *out. `extra`: up to 12 words, then NULL. */
static inline pid_t hasher_exec(apr_pool_t *pool, const char *const *extra, int *life,
                                int *out)
{
    const char *words[24] = {hasher_program(pool)};
    int n = 1, in[2], said[2];
    pid_t pid;

    if (geteuid() == 0) {
        words[n++] = "--user=65534";
        words[n++] = "--group=65534";
    }
    while (*extra)
        words[n++] = *extra++;
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(said, O_CLOEXEC), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(in[0], 0);
        dup2(said[1], 1);
        execv(words[0], (char **)(uintptr_t)words);
        _exit(127);
    }
    close(in[0]);
    close(said[1]);
    *life = in[1];
    *out = said[0];
    return pid;
}

static inline hasher_child_t *hasher_child(apr_pool_t *pool, const char *const *options)
{
    hasher_child_t *child = apr_pcalloc(pool, sizeof(*child));
    const char *words[16] = {NULL};
    char said[6] = "";
    int n = 1, out;

    strcpy(child->folder, "/tmp/portal-hasher-test-XXXXXX");
    assert_non_null(mkdtemp(child->folder));
    child->client.socket = apr_pstrcat(pool, child->folder, "/s", NULL);
    words[0] = apr_pstrcat(pool, "--socket=", child->client.socket, NULL);
    while (*options)
        words[n++] = *options++;
    child->pid = hasher_exec(pool, words, &child->life, &out);
    /* The pipe ends without a word if it could not start. */
    assert_int_equal(read(out, said, 6), 6);
    assert_memory_equal(said, "ready\n", 6);
    close(out);
    return child;
}

/* Ends it as a parent that is gone would, and expects a clean end. */
static inline void hasher_child_end(hasher_child_t *child)
{
    int status;

    close(child->life);
    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    unlink(child->client.socket); /* it may not do so itself in a folder of root's */
    rmdir(child->folder);
}

#endif
