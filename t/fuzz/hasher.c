/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: questions as portal-hasher reads them from its socket. The whole program but its main()
 * runs in a thread here. Each whole question is answered, a broken one closes the connection; that is
 * held against the frames as core/hasher_wire.h tells of them. The first byte says how questions are cut.
 */
#include "fuzz.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/hasher_wire.h"
#include "hasher/serve.h"
#include "hasher/work.h"

static struct sockaddr_un at;
static socklen_t at_len = sizeof(at);

static void *serve(void *data)
{
    (void)serve_run(data);
    return NULL;
}

/* An address of the kernel's choice, which no file has. */
static void start(void)
{
    static serve_t with;
    const work_cost_t cost = {.workers = 1, .queue = 4, .ops = 1, .memory = 8192};
    pthread_t thread;

    must(portal_secret_init() == APR_SUCCESS);
    with = (serve_t){.listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0),
                     .event_fd = eventfd(0, EFD_NONBLOCK),
                     .signal_fd = eventfd(0, EFD_NONBLOCK),
                     .parent_fd = -1,
                     .idle_ms = 600000};
    at.sun_family = AF_UNIX;
    must(bind(with.listen_fd, (struct sockaddr *)&at, sizeof(sa_family_t)) == 0);
    must(getsockname(with.listen_fd, (struct sockaddr *)&at, &at_len) == 0);
    must(listen(with.listen_fd, 16) == 0);
    must(work_start(&cost, with.event_fd));
    must(pthread_create(&thread, NULL, serve, &with) == 0);
    pthread_detach(thread);
}

/* The length of the question that begins here, 0: it is broken, -1: more is to come. */
static long question(const uint8_t *in, size_t size)
{
    size_t password, hash;

    if (size < PORTAL_WIRE_QUESTION_HEAD) {
        return -1;
    }
    password = portal_wire_get(in + 8, 2);
    hash = portal_wire_get(in + 10, 2);
    if (memcmp(in, "PH\1", 3) != 0 || password > PORTAL_WIRE_PASSWORD_MAX ||
        hash > PORTAL_WIRE_HASH_MAX || in[3] < PORTAL_WIRE_HASH ||
        in[3] > PORTAL_WIRE_STAT || (hash && in[3] != PORTAL_WIRE_VERIFY) ||
        (password && in[3] == PORTAL_WIRE_STAT)) {
        return 0;
    }
    return PORTAL_WIRE_QUESTION_HEAD + password + hash > size
               ? -1
               : (long)(PORTAL_WIRE_QUESTION_HEAD + password + hash);
}

/* A cost of four digits and more would take its time. */
static int is_dear(const uint8_t *in, size_t size)
{
    for (size_t i = 0, run = 0; i < size; i++) {
        run = in[i] >= '0' && in[i] <= '9' ? run + 1 : 0;
        if (run > 3) {
            return 1;
        }
    }
    return 0;
}

static void give(int fd, const uint8_t *bytes, size_t size, size_t cut)
{
    cut = cut < size ? cut : size;
    if (cut) {
        (void)!send(fd, bytes, cut, MSG_NOSIGNAL);
    }
    if (size > cut) {
        (void)!send(fd, bytes + cut, size - cut, MSG_NOSIGNAL);
    }
}

/* So many bytes, or fewer at the end. libFuzzer's alarm interrupts. */
static size_t take(int fd, uint8_t *to, size_t size)
{
    size_t got = 0;

    while (got < size) {
        ssize_t n = recv(fd, to + got, size - got, 0);

        if (n == 0 || (n < 0 && errno != EINTR)) {
            break;
        }
        got += n > 0 ? (size_t)n : 0;
    }
    return got;
}

static void read_answer(int fd, int op)
{
    uint8_t head[PORTAL_WIRE_ANSWER_HEAD], body[PORTAL_WIRE_HASH_MAX];
    size_t len;

    must(take(fd, head, sizeof(head)) == sizeof(head));
    must(memcmp(head, "PH\1", 3) == 0);
    len = portal_wire_get(head + 4, 2);
    must(len <= sizeof(body));
    must(take(fd, body, len) == len);
    must(head[3] >= PORTAL_WIRE_HASHED && head[3] <= PORTAL_WIRE_FAILED);
    must((head[3] == PORTAL_WIRE_COUNTERS) == (op == PORTAL_WIRE_STAT));
    must(head[3] != PORTAL_WIRE_HASHED || op == PORTAL_WIRE_HASH);
    must((head[3] != PORTAL_WIRE_MATCH && head[3] != PORTAL_WIRE_REHASH) ||
         op == PORTAL_WIRE_VERIFY);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t byte;
    long len = -1;
    int fd;

    if (!at.sun_family) {
        start();
    }
    if (size < 2 || is_dear(data, size)) {
        return 0;
    }
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    must(fd >= 0 && connect(fd, (struct sockaddr *)&at, at_len) == 0);
    for (size_t from = 1; from < size; from += (size_t)len) {
        len = question(data + from, size - from);
        give(fd, data + from, len > 0 ? (size_t)len : size - from, data[0]);
        if (len == 0) {
            must(take(fd, &byte, 1) == 0);
        }
        if (len <= 0) {
            break;
        }
        read_answer(fd, data[from + 3]);
    }
    close(fd);
    return 0;
}
