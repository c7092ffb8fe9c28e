/* SPDX-License-Identifier: Apache-2.0 */
/* remote/hasher and the real portal-hasher: what it answers, and what it survives. */
#include "../core/unit.h"

#include <limits.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "core/hasher_wire.h"
#include "hasher_child.h"

#define SECOND apr_time_from_sec(1)
/* Far more than anything here takes: a busy machine has to fail nothing. */
#define LONG_MS 120000
#define LONG (LONG_MS / 1000 * SECOND)
/* Costs nearly nothing, yet more than the least that is kept between hashes. */
#define CHEAP "--memory=131072", "--ops=1"
/* Well-formed, matches nothing, and takes a second or so: 20 passes over 128 MiB. */
#define ZEROS "$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define SLOW_HASH "$argon2id$v=19$m=131072,t=20,p=1" ZEROS
/* The same, but over within the 10 s that a hasher told to end gives to what runs. */
#define BRIEF_HASH "$argon2id$v=19$m=65536,t=2,p=1" ZEROS

static const char *const cheap[] = {CHEAP, "--workers=2", "--queue=64", NULL};
static const char *const narrow[] = {CHEAP, "--workers=1", "--queue=1", NULL};

static long long now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int connected(const hasher_child_t *child)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    strcpy(at.sun_path, child->client.socket);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    return fd;
}

static size_t frame(unsigned char *to, int op, const char *password, const char *hash)
{
    size_t password_len = strlen(password), hash_len = strlen(hash);

    memcpy(to, (unsigned char[]){'P', 'H', PORTAL_WIRE_VERSION, (unsigned char)op}, 4);
    portal_wire_put(to + 4, 4, LONG_MS);
    portal_wire_put(to + 8, 2, password_len);
    portal_wire_put(to + 10, 2, hash_len);
    memcpy(to + 12, password, password_len);
    memcpy(to + 12 + password_len, hash, hash_len);
    return 12 + password_len + hash_len;
}

/* Asks for a hash that takes its time and does not wait for the answer. */
static int ask(const hasher_child_t *child, const char *hash)
{
    unsigned char bytes[PORTAL_WIRE_QUESTION_MAX];
    size_t len = frame(bytes, PORTAL_WIRE_VERIFY, "x", hash);
    int fd = connected(child);

    assert_int_equal(send(fd, bytes, len, 0), len);
    return fd;
}

static int ask_slow(const hasher_child_t *child)
{
    return ask(child, SLOW_HASH);
}

static void wait_for(const hasher_child_t *child, apr_uint64_t running,
                     apr_uint64_t waiting)
{
    portal_hasher_stat_t stat;
    long long until = now_ms() + LONG_MS;

    do {
        assert_true(now_ms() < until);
        assert_int_equal(portal_hasher_stat(&child->client, LONG, &stat), APR_SUCCESS);
    } while (stat.running != running || stat.waiting != waiting);
}

/* The status of the answer that comes next; 0 if the connection ends instead. */
static int answered(int fd)
{
    unsigned char head[PORTAL_WIRE_ANSWER_HEAD];
    struct pollfd entry = {fd, POLLIN, 0};
    ssize_t n;

    assert_int_equal(poll(&entry, 1, LONG_MS), 1);
    n = recv(fd, head, sizeof(head), MSG_WAITALL);
    return n == (ssize_t)sizeof(head) ? head[3] : 0;
}

static portal_hasher_verdict_t verdict_of(const hasher_child_t *child,
                                          const char *password, const char *hash)
{
    portal_hasher_verdict_t verdict;

    assert_int_equal(portal_hasher_verify(&child->client, password, strlen(password),
                                          hash, LONG, &verdict),
                     APR_SUCCESS);
    return verdict;
}

static const char *hash_of(const hasher_child_t *child, const char *password, size_t len,
                           apr_pool_t *pool)
{
    const char *hash;

    assert_int_equal(portal_hasher_hash(&child->client, password, len, LONG, &hash, pool),
                     APR_SUCCESS);
    return hash;
}

static void hashes_and_verifies(void **state)
{
    hasher_child_t *child = hasher_child(*state, cheap);
    const char *hash = hash_of(child, "correct horse", 13, *state);

    assert_memory_equal(hash, "$argon2id$v=19$m=128,t=1,p=1$", 29);
    assert_int_equal(verdict_of(child, "correct horse", hash), PORTAL_HASHER_MATCH);
    assert_int_equal(verdict_of(child, "correct hors", hash), PORTAL_HASHER_NO_MATCH);
    assert_int_equal(verdict_of(child, "", hash), PORTAL_HASHER_NO_MATCH);
    /* Plain libsodium, with memory of its own, finds the same. */
    assert_int_equal(crypto_pwhash_str_verify(hash, "correct horse", 13), 0);
    assert_string_not_equal(hash, hash_of(child, "correct horse", 13, *state));
    hasher_child_end(child);
}

static void takes_any_bytes_up_to_its_limit(void **state)
{
    hasher_child_t *child = hasher_child(*state, cheap);
    char password[PORTAL_HASHER_PASSWORD_MAX + 1];
    const char *hash;

    memset(password, 'a', sizeof(password));
    password[5] = '\0';
    hash = hash_of(child, password, sizeof(password) - 1, *state);
    assert_int_equal(crypto_pwhash_str_verify(hash, password, sizeof(password) - 1), 0);
    assert_int_not_equal(crypto_pwhash_str_verify(hash, password, 5), 0);
    assert_int_equal(portal_hasher_hash(&child->client, password, sizeof(password), LONG,
                                        &hash, *state),
                     APR_EINVAL);
    assert_null(hash);
    hash = hash_of(child, "", 0, *state);
    assert_int_equal(verdict_of(child, "", hash), PORTAL_HASHER_MATCH);
    hasher_child_end(child);
}

static void asks_for_a_new_hash_when_the_cost_changed(void **state)
{
    hasher_child_t *child = hasher_child(*state, cheap);
    const size_t memories[] = {8192, 262144, 1 << 20};
    char hash[crypto_pwhash_STRBYTES];

    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(crypto_pwhash_str(hash, "pw", 2, 2, memories[i]), 0);
        assert_int_equal(verdict_of(child, "pw", hash), PORTAL_HASHER_MATCH_REHASH);
        assert_int_equal(verdict_of(child, "pW", hash), PORTAL_HASHER_NO_MATCH);
    }
    hasher_child_end(child);
}

static void knows_a_malformed_hash(void **state)
{
    static const char tail[] = ZEROS;
    static const char *const heads[] = {"$argon2id$v=19$m=1048577,t=1,p=1",
                                        "$argon2id$v=19$m=128,t=21,p=1",
                                        "$argon2id$v=19$m=128,t=1,p=2",
                                        "$argon2id$v=19$m=7,t=1,p=1",
                                        "$argon2id$v=19$m=0128,t=1,p=1",
                                        "$argon2id$v=19$m=+128,t=1,p=1",
                                        "$argon2id$v=19$m=128,t=0,p=1",
                                        "$argon2id$v=16$m=128,t=1,p=1",
                                        "$argon2id$m=128,t=1,p=1",
                                        "$argon2i$v=19$m=128,t=3,p=1",
                                        "$argon2id$v=19$t=1,m=128,p=1",
                                        "$argon2id$v=19$m=99999999999999999999,t=1,p=1",
                                        "$argon2id$v=19$m=128,t=1,p=1$",
                                        "$argon2id$v=19$m=128,t=1,p=1,x=1"};
    static const char *const others[] = {"",
                                         "x",
                                         "$2y$10$abcdefghijklmnopqrstuu",
                                         "$argon2id$v=19$m=128,t=1,p=1$",
                                         "$argon2id$v=19$m=128,t=1,p=1$!!!!$????",
                                         "$argon2id$v=19$m=128,t=1,p=1$AAAA$"};
    hasher_child_t *child = hasher_child(*state, cheap);
    portal_hasher_stat_t stat;
    const char *hash;

    for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
        hash = apr_pstrcat(*state, heads[i], tail, NULL);
        assert_int_equal(verdict_of(child, "pw", hash), PORTAL_HASHER_MALFORMED);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        assert_int_equal(verdict_of(child, "pw", others[i]), PORTAL_HASHER_MALFORMED);
    hash = apr_pstrcat(*state, hash_of(child, "pw", 2, *state), tail, tail, NULL);
    assert_int_equal(verdict_of(child, "pw", hash), PORTAL_HASHER_MALFORMED);
    assert_int_equal(portal_hasher_stat(&child->client, LONG, &stat), APR_SUCCESS);
    assert_int_equal(stat.kept, 1); /* only the one real hash took memory */
    hasher_child_end(child);
}

/*
 * Microseconds of processor time, all threads of the hasher together: what a verify or a
 * decoy costs there, however busy the machine is.
 */
static long long spent(const hasher_child_t *child)
{
    struct timespec ts;
    clockid_t clock;

    assert_int_equal(clock_getcpuclockid(child->pid, &clock), 0);
    assert_int_equal(clock_gettime(clock, &ts), 0);
    return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

static long long cheapest_of_five(const hasher_child_t *child, const char *hash)
{
    long long least = LLONG_MAX;

    for (int i = 0; i < 5; i++) {
        long long before = spent(child), took;

        if (hash)
            verdict_of(child, "typed", hash);
        else
            assert_int_equal(portal_hasher_decoy(&child->client, "typed", 5, LONG),
                             APR_SUCCESS);
        took = spent(child) - before;
        if (took < least)
            least = took;
    }
    return least;
}

static void a_decoy_takes_the_time_of_a_verify(void **state)
{
    static const char *const real[] = {"--memory=33554432", "--ops=2", NULL};
    hasher_child_t *child = hasher_child(*state, real);
    const char *hash = hash_of(child, "pw", 2, *state);
    long long verify = cheapest_of_five(child, hash);
    long long decoy = cheapest_of_five(child, NULL);

    assert_true(verify > 0);
    assert_true(decoy * 2 > verify && verify * 2 > decoy);
    hasher_child_end(child);
}

static void every_hash_runs_in_kept_memory(void **state)
{
    static const char *const real[] = {"--memory=67108864", "--ops=2", "--workers=2",
                                       NULL};
    hasher_child_t *child = hasher_child(*state, real);
    portal_hasher_stat_t stat;
    const char *hash = hash_of(child, "pw", 2, *state);

    for (int i = 0; i < 3; i++)
        assert_int_equal(verdict_of(child, i == 1 ? "other" : "pw", hash),
                         i == 1 ? PORTAL_HASHER_NO_MATCH : PORTAL_HASHER_MATCH);
    assert_int_equal(portal_hasher_stat(&child->client, LONG, &stat), APR_SUCCESS);
    assert_int_equal(stat.served, 4);
    assert_int_equal(stat.kept, 4);
    /* A larger one than today's cost is served, but not from there. */
    assert_int_equal(verdict_of(child, "pw", SLOW_HASH), PORTAL_HASHER_NO_MATCH);
    assert_int_equal(portal_hasher_stat(&child->client, LONG, &stat), APR_SUCCESS);
    assert_int_equal(stat.served, 5);
    assert_int_equal(stat.kept, 4);
    hasher_child_end(child);
}

static void is_busy_when_the_queue_is_full(void **state)
{
    hasher_child_t *child = hasher_child(*state, narrow);
    int running = ask_slow(child), waiting;
    portal_hasher_stat_t stat;
    const char *hash;

    wait_for(child, 1, 0);
    waiting = ask_slow(child);
    wait_for(child, 1, 1);
    assert_int_equal(portal_hasher_hash(&child->client, "pw", 2, LONG, &hash, *state),
                     APR_EAGAIN);
    assert_int_equal(portal_hasher_stat(&child->client, LONG, &stat), APR_SUCCESS);
    assert_int_equal(stat.busy, 1);
    assert_int_equal(answered(running), PORTAL_WIRE_NO_MATCH);
    assert_int_equal(answered(waiting), PORTAL_WIRE_NO_MATCH);
    close(running);
    close(waiting);
    hasher_child_end(child);
}

static void is_late_without_hashing(void **state)
{
    hasher_child_t *child = hasher_child(*state, narrow);
    int running = ask_slow(child);
    portal_hasher_stat_t stat;
    long long begun;

    wait_for(child, 1, 0);
    begun = now_ms();
    assert_int_equal(portal_hasher_decoy(&child->client, "pw", 2, 100000), APR_TIMEUP);
    assert_true(now_ms() - begun >= 80);
    assert_int_equal(portal_hasher_stat(&child->client, LONG, &stat), APR_SUCCESS);
    assert_int_equal(stat.late, 1);
    /* It was told when its time was up, not when the slow one was done. */
    assert_int_equal(stat.running, 1);
    assert_int_equal(answered(running), PORTAL_WIRE_NO_MATCH);
    assert_int_equal(portal_hasher_stat(&child->client, LONG, &stat), APR_SUCCESS);
    assert_int_equal(stat.served, 1);
    close(running);
    hasher_child_end(child);
}

static void a_client_that_goes_leaves_the_queue(void **state)
{
    hasher_child_t *child = hasher_child(*state, narrow);
    int running = ask_slow(child), waiting;

    wait_for(child, 1, 0);
    waiting = ask_slow(child);
    wait_for(child, 1, 1);
    close(waiting);
    wait_for(child, 1, 0);
    close(running); /* what runs cannot be stopped, but its place is free again after */
    wait_for(child, 0, 0);
    assert_string_not_equal(hash_of(child, "pw", 2, *state), "");
    hasher_child_end(child);
}

/* Each breaks one rule of the frame. */
static size_t bad_frame(int which, unsigned char *bytes)
{
    size_t len = frame(bytes, PORTAL_WIRE_VERIFY, "pw", "hash");

    switch (which) {
    case 0:
        bytes[0] = 'Q';
        break;
    case 1:
        bytes[2]++;
        break;
    case 2:
        bytes[3] = 0;
        break;
    case 3:
        bytes[3] = 5;
        break;
    case 4:
        portal_wire_put(bytes + 8, 2, PORTAL_WIRE_PASSWORD_MAX + 1);
        break;
    case 5:
        portal_wire_put(bytes + 10, 2, PORTAL_WIRE_HASH_MAX + 1);
        break;
    case 6:
        bytes[3] = PORTAL_WIRE_HASH; /* with a hash string */
        break;
    case 7:
        bytes[3] = PORTAL_WIRE_STAT; /* with anything */
        break;
    default:
        memset(bytes, 0xff, len);
    }
    return len;
}

static void a_broken_frame_closes_its_connection_only(void **state)
{
    hasher_child_t *child = hasher_child(*state, cheap);
    unsigned char bytes[PORTAL_WIRE_QUESTION_MAX];
    int good = connected(child);
    size_t len;

    for (int i = 0; i <= 8; i++) {
        int fd = connected(child);

        len = bad_frame(i, bytes);
        assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), len);
        assert_int_equal(answered(fd), 0);
        close(fd);
    }
    /* Several questions one after the other on the connection that was there before. */
    for (int i = 0; i < 3; i++) {
        len = frame(bytes, PORTAL_WIRE_DECOY, "pw", "");
        assert_int_equal(send(good, bytes, len, 0), len);
        assert_int_equal(answered(good), PORTAL_WIRE_NO_MATCH);
    }
    close(good);
    hasher_child_end(child);
}

static void a_question_before_the_answer_closes_the_connection(void **state)
{
    hasher_child_t *child = hasher_child(*state, narrow);
    unsigned char bytes[PORTAL_WIRE_QUESTION_MAX];
    int fd = ask_slow(child);

    wait_for(child, 1, 0);
    assert_int_equal(send(fd, bytes, frame(bytes, PORTAL_WIRE_DECOY, "", ""), 0), 12);
    assert_int_equal(answered(fd), 0);
    close(fd);
    hasher_child_end(child);
}

static void a_nul_in_the_hash_string_is_malformed(void **state)
{
    hasher_child_t *child = hasher_child(*state, cheap);
    unsigned char bytes[PORTAL_WIRE_QUESTION_MAX];
    size_t len = frame(bytes, PORTAL_WIRE_VERIFY, "pw", SLOW_HASH);
    int fd = connected(child);

    bytes[len - 3] = '\0';
    assert_int_equal(send(fd, bytes, len, 0), len);
    assert_int_equal(answered(fd), PORTAL_WIRE_MALFORMED);
    close(fd);
    hasher_child_end(child);
}

static void slow_and_silent_clients_hold_nobody_up(void **state)
{
    static const char *const options[] = {CHEAP, "--workers=1", "--idle=3000", NULL};
    hasher_child_t *child = hasher_child(*state, options);
    unsigned char bytes[PORTAL_WIRE_QUESTION_MAX];
    size_t len = frame(bytes, PORTAL_WIRE_DECOY, "slow", "");
    int slow = connected(child), silent = connected(child);

    for (size_t i = 0; i < len; i++) {
        assert_int_equal(send(slow, bytes + i, 1, 0), 1);
        assert_int_equal(portal_hasher_decoy(&child->client, "quick", 5, LONG),
                         APR_SUCCESS);
    }
    assert_int_equal(answered(slow), PORTAL_WIRE_NO_MATCH);
    assert_int_equal(answered(silent), 0); /* closed after its three seconds */
    close(slow);
    close(silent);
    hasher_child_end(child);
}

static void the_1025th_client_is_told_busy(void **state)
{
    enum { MANY = 1024 };
    hasher_child_t *child = hasher_child(*state, cheap);
    struct rlimit files;
    portal_hasher_stat_t stat;
    int fds[MANY];

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    if (files.rlim_max < MANY + 100) {
        print_message("skipped: only %lu descriptors here\n",
                      (unsigned long)files.rlim_max);
        hasher_child_end(child);
        return;
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    for (int i = 0; i < MANY; i++)
        fds[i] = connected(child);
    assert_int_equal(portal_hasher_decoy(&child->client, "pw", 2, LONG), APR_EAGAIN);
    for (int i = 0; i < MANY; i += 2)
        close(fds[i]);
    wait_for(child, 0, 0);
    assert_int_equal(portal_hasher_decoy(&child->client, "pw", 2, LONG), APR_SUCCESS);
    assert_int_equal(portal_hasher_stat(&child->client, LONG, &stat), APR_SUCCESS);
    assert_int_equal(stat.busy, 1);
    for (int i = 1; i < MANY; i += 2)
        close(fds[i]);
    hasher_child_end(child);
}

static void answers_what_is_in_hand_before_it_ends(void **state)
{
    hasher_child_t *child = hasher_child(*state, narrow);
    int silent = connected(child), running = ask(child, BRIEF_HASH), status;
    portal_hasher_stat_t stat;
    long long begun;

    do
        assert_int_equal(portal_hasher_stat(&child->client, LONG, &stat), APR_SUCCESS);
    while (stat.running + stat.served != 1);
    assert_int_equal(kill(child->pid, SIGTERM), 0);
    assert_int_equal(answered(silent), 0);
    assert_int_equal(answered(running), PORTAL_WIRE_NO_MATCH);
    begun = now_ms();
    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
    assert_true(now_ms() - begun < 9000); /* though this client has not closed */
    assert_int_equal(status, 0);
    assert_int_equal(portal_hasher_decoy(&child->client, "pw", 2, LONG),
                     access(child->client.socket, F_OK) ? ENOENT : ECONNREFUSED);
    close(running);
    close(silent);
    close(child->life);
    unlink(child->client.socket);
    rmdir(child->folder);
}

static void a_killed_hasher_is_away_at_once(void **state)
{
    hasher_child_t *child = hasher_child(*state, narrow);
    int running = ask_slow(child), status;
    portal_hasher_verdict_t verdict = PORTAL_HASHER_MATCH;

    wait_for(child, 1, 0);
    assert_int_equal(kill(child->pid, SIGKILL), 0);
    assert_int_equal(answered(running), 0);
    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
    assert_int_equal(
        portal_hasher_verify(&child->client, "x", 1, SLOW_HASH, LONG, &verdict),
        ECONNREFUSED);
    assert_int_equal(verdict, PORTAL_HASHER_NO_MATCH);
    close(running);
    close(child->life);
    /* What it left behind does not keep the next one from starting: a stale socket. */
    {
        const char *words[] = {
            apr_pstrcat(*state, "--socket=", child->client.socket, NULL), CHEAP, NULL};
        char said[6];
        int out;

        child->pid = hasher_exec(*state, words, &child->life, &out);
        assert_int_equal(read(out, said, 6), 6);
        close(out);
    }
    assert_int_equal(portal_hasher_decoy(&child->client, "pw", 2, LONG), APR_SUCCESS);
    hasher_child_end(child);
}

static void a_stopped_hasher_costs_patience_and_no_more(void **state)
{
    hasher_child_t *child = hasher_child(*state, cheap);
    long long begun = now_ms();

    assert_int_equal(kill(child->pid, SIGSTOP), 0);
    assert_int_equal(portal_hasher_decoy(&child->client, "pw", 2, 10000), APR_TIMEUP);
    assert_true(now_ms() - begun < 10000);
    assert_int_equal(kill(child->pid, SIGCONT), 0);
    assert_int_equal(portal_hasher_decoy(&child->client, "pw", 2, LONG), APR_SUCCESS);
    hasher_child_end(child);
}

static void gives_up_what_it_does_not_need(void **state)
{
    hasher_child_t *child = hasher_child(*state, cheap);
    const char *path = apr_psprintf(*state, "/proc/%d/status", (int)child->pid);
    char text[4096] = "", *at;
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
    fclose(file);
    assert_non_null(strstr(text, "NoNewPrivs:\t1"));
    assert_non_null(at = strstr(text, "\nUid:\t"));
    assert_int_not_equal(strtol(at + 6, NULL, 10), 0);
    if (geteuid() == 0) {
        struct stat st;

        assert_non_null(strstr(text, "Uid:\t65534\t65534\t65534\t65534"));
        assert_non_null(strstr(text, "Gid:\t65534\t65534\t65534\t65534"));
        assert_non_null(strstr(text, "Groups:\t \n"));
        /* The kernel gives what is not dumpable to root, against its own user. */
        assert_int_equal(stat(apr_psprintf(*state, "/proc/%d/mem", (int)child->pid), &st),
                         0);
        assert_int_equal(st.st_uid, 0);
    }
    hasher_child_end(child);
}

static void refuses_wrong_use(void **state)
{
    static const char *const uses[][4] = {{NULL},
                                          {"--socket=/x", "--listen-fd=3"},
                                          {"--socket=/x", "--ops=21"},
                                          {"--socket=/x", "--memory=1073741825"},
                                          {"--socket=/x", "--workers=0"},
                                          {"--socket=/x", "--queue=-1"},
                                          {"--socket=/x", "--queue=12x"},
                                          {"--socket=/x", "--user=0"},
                                          {"--socket=/x", "word"},
                                          {"--nonsense"}};
    int out, life, status, stderr_fd = dup(2), null = open("/dev/null", O_WRONLY);

    assert_true(stderr_fd >= 0 && null >= 0 && dup2(null, 2) == 2); /* it complains */
    for (size_t i = 0; i < sizeof(uses) / sizeof(*uses); i++) {
        pid_t pid;

        if (geteuid() != 0 && i == 7)
            continue;
        pid = hasher_exec(*state, uses[i], &life, &out);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(WEXITSTATUS(status), 2);
        close(out);
        close(life);
    }
    {
        static const char *const not_listening[] = {"--listen-fd=0", NULL};
        pid_t pid = hasher_exec(*state, not_listening, &life, &out);

        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(WEXITSTATUS(status), 1);
        close(out);
        close(life);
    }
    dup2(stderr_fd, 2);
    close(stderr_fd);
    close(null);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(hashes_and_verifies),
        pool_test(takes_any_bytes_up_to_its_limit),
        pool_test(asks_for_a_new_hash_when_the_cost_changed),
        pool_test(knows_a_malformed_hash),
        pool_test(a_decoy_takes_the_time_of_a_verify),
        pool_test(every_hash_runs_in_kept_memory),
        pool_test(is_busy_when_the_queue_is_full),
        pool_test(is_late_without_hashing),
        pool_test(a_client_that_goes_leaves_the_queue),
        pool_test(a_broken_frame_closes_its_connection_only),
        pool_test(a_question_before_the_answer_closes_the_connection),
        pool_test(a_nul_in_the_hash_string_is_malformed),
        pool_test(slow_and_silent_clients_hold_nobody_up),
        pool_test(the_1025th_client_is_told_busy),
        pool_test(answers_what_is_in_hand_before_it_ends),
        pool_test(a_killed_hasher_is_away_at_once),
        pool_test(a_stopped_hasher_costs_patience_and_no_more),
        pool_test(gives_up_what_it_does_not_need),
        pool_test(refuses_wrong_use),
    };
    return cmocka_run_group_tests_name("remote/hasher", tests, NULL, NULL);
}
