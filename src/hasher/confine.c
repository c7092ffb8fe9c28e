/* SPDX-License-Identifier: Apache-2.0 */
/* The system calls that portal-hasher keeps: see confine.h. */
#include "hasher/confine.h"

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/resource.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Each by its name, which is another number on each architecture, and none on some. */
static const int allowed[] = {
    /* sockets, the wakening of the loop, the farewell */
    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(accept4), SCMP_SYS(recvfrom),
    SCMP_SYS(recv), SCMP_SYS(sendto), SCMP_SYS(send), SCMP_SYS(shutdown), SCMP_SYS(read),
    SCMP_SYS(write), SCMP_SYS(close),
    /* memory and random salt */
    SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(munmap), SCMP_SYS(mprotect),
    SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(getrandom),
    SCMP_SYS(sched_getaffinity),
    /* threads that wait and end; clocks, where they are no plain reading of memory */
    SCMP_SYS(futex), SCMP_SYS(futex_time64), SCMP_SYS(sched_yield),
    SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_gettime64), SCMP_SYS(gettimeofday), SCMP_SYS(getpid), SCMP_SYS(gettid),
    SCMP_SYS(tgkill), SCMP_SYS(exit), SCMP_SYS(exit_group)};

static const int deadly[] = {
    SCMP_SYS(execve),  SCMP_SYS(execveat), SCMP_SYS(fork),
    SCMP_SYS(vfork),   SCMP_SYS(socket),   SCMP_SYS(connect),
    SCMP_SYS(bind),    SCMP_SYS(open),     SCMP_SYS(openat),
    SCMP_SYS(openat2), SCMP_SYS(creat),    SCMP_SYS(ptrace),
    SCMP_SYS(kill),    SCMP_SYS(rename),   SCMP_SYS(process_vm_readv),
    SCMP_SYS(mount),   SCMP_SYS(bpf),      SCMP_SYS(process_vm_writev)};

/* 0, or an error below 0. A call that this architecture has not is none to speak of. */
static int rule(scmp_filter_ctx filter, unsigned action, int call)
{
    int rc = call < 0 ? 0 : seccomp_rule_add(filter, action, call, 0);

    return rc == -EDOM ? 0 : rc;
}

static int add_rules(scmp_filter_ctx filter, bool unlinks)
{
    int rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

    for (size_t i = 0; rc == 0 && i < sizeof(allowed) / sizeof(*allowed); i++)
        rc = rule(filter, SCMP_ACT_ALLOW, allowed[i]);
    for (size_t i = 0; rc == 0 && i < sizeof(deadly) / sizeof(*deadly); i++)
        rc = rule(filter, SCMP_ACT_KILL_PROCESS, deadly[i]);
    if (rc == 0 && unlinks)
        rc = rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(unlink));
    if (rc == 0 && unlinks)
        rc = rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(unlinkat));
    return rc;
}

confined_t confine(bool unlinks)
{
    const struct rlimit none = {0, 0};
    scmp_filter_ctx filter;
    bool loaded;

    if (SANITIZED)
        return CONFINED_NOT_HERE;
    (void)setrlimit(RLIMIT_NPROC, &none);
    filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter)
        return CONFINED_LIMITS;
    loaded = add_rules(filter, unlinks) == 0 && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return loaded ? CONFINED : CONFINED_LIMITS;
}
