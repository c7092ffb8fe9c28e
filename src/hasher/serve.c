/* SPDX-License-Identifier: Apache-2.0 */
/* The poll loop and the clients of portal-hasher: see serve.h. */
#include "hasher/serve.h"

#include "hasher/work.h"

#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* After accept() failed for want of descriptors or memory. */
#define ACCEPT_PAUSE_MS 100
#define ACCEPT_AT_ONCE 64
#define FIXED_FDS 4

typedef enum {
    FREE,
    READING,  /* a question comes in */
    WORKING,  /* its job is in the queue or runs */
    WRITING,  /* the answer goes out */
    ABANDONED /* connection closed, its job still runs */
} client_state_t;

typedef struct {
    work_job_t job; /* first: a finished job is turned back into its client */
    client_state_t state;
    int fd;
    long long until_ms; /* READING and WRITING end then */
    size_t in_len, out_len, out_sent;
    unsigned char in[PORTAL_WIRE_QUESTION_MAX];
    unsigned char out[PORTAL_WIRE_ANSWER_MAX];
} client_t;

typedef struct {
    serve_t with;
    client_t *clients; /* SERVE_CLIENTS_MAX of them */
    unsigned used;     /* those not FREE */
    unsigned top;      /* no client at or above is in use */
    long long now_ms;
    long long accept_from_ms;
    long long end_ms; /* 0: not ending */
    struct pollfd poll[FIXED_FDS + SERVE_CLIENTS_MAX];
    client_t *polled[SERVE_CLIENTS_MAX];
} server_t;

static void release(server_t *server, client_t *client)
{
    sodium_memzero(client, sizeof(*client));
    client->fd = -1;
    server->used--;
    while (server->top > 0 && server->clients[server->top - 1].state == FREE)
        server->top--;
}

/* Closes a client at any time; a job that runs keeps its place until it is done. */
static void drop(server_t *server, client_t *client)
{
    close(client->fd);
    client->fd = -1;
    if (client->state == WORKING && !work_withdraw(&client->job))
        client->state = ABANDONED;
    else
        release(server, client);
}

static void write_out(server_t *server, client_t *client)
{
    while (client->out_sent < client->out_len) {
        ssize_t n = send(client->fd, client->out + client->out_sent,
                         client->out_len - client->out_sent, MSG_NOSIGNAL);

        if (n > 0) {
            client->out_sent += (size_t)n;
        } else {
            if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
            drop(server, client);
            return;
        }
    }
    sodium_memzero(client->out, sizeof(client->out));
    client->state = READING;
    client->in_len = 0;
    client->until_ms = server->now_ms + server->with.idle_ms;
}

static size_t frame_answer(unsigned char *out, portal_wire_status_t status, size_t body)
{
    memset(out, 0, PORTAL_WIRE_ANSWER_HEAD);
    out[0] = 'P';
    out[1] = 'H';
    out[2] = PORTAL_WIRE_VERSION;
    out[3] = (unsigned char)status;
    portal_wire_put(out + 4, 2, body);
    return PORTAL_WIRE_ANSWER_HEAD + body;
}

/* The body, if any, stands already behind the head in client->out. */
static void answer(server_t *server, client_t *client, portal_wire_status_t status,
                   size_t body)
{
    client->out_len = frame_answer(client->out, status, body);
    client->out_sent = 0;
    client->state = WRITING;
    client->until_ms = server->now_ms + server->with.idle_ms;
    sodium_memzero(client->in, sizeof(client->in));
    write_out(server, client);
}

static void answer_counters(server_t *server, client_t *client)
{
    unsigned long long counters[PORTAL_WIRE_COUNTERS_N];

    work_counters(counters);
    for (int i = 0; i < PORTAL_WIRE_COUNTERS_N; i++)
        portal_wire_put(client->out + PORTAL_WIRE_ANSWER_HEAD + (size_t)i * 8, 8,
                        counters[i]);
    answer(server, client, PORTAL_WIRE_COUNTERS,
           sizeof(uint64_t) * PORTAL_WIRE_COUNTERS_N);
}

/* The length of the frame whose head is there; 0: no client of ours wrote it. */
static size_t frame_length(const unsigned char *in)
{
    size_t password = (size_t)portal_wire_get(in + 8, 2);
    size_t hash = (size_t)portal_wire_get(in + 10, 2);
    bool fits = password <= PORTAL_WIRE_PASSWORD_MAX && hash <= PORTAL_WIRE_HASH_MAX;

    if (in[0] != 'P' || in[1] != 'H' || in[2] != PORTAL_WIRE_VERSION || !fits)
        return 0;
    switch (in[3]) {
    case PORTAL_WIRE_HASH:
    case PORTAL_WIRE_DECOY:
        fits = hash == 0;
        break;
    case PORTAL_WIRE_VERIFY:
        break;
    case PORTAL_WIRE_STAT:
        fits = password == 0 && hash == 0;
        break;
    default:
        fits = false;
    }
    return fits ? PORTAL_WIRE_QUESTION_HEAD + password + hash : 0;
}

/* A whole question stands in client->in. */
static void take_question(server_t *server, client_t *client)
{
    const unsigned char *in = client->in;
    work_job_t *job = &client->job;
    size_t hash_len = (size_t)portal_wire_get(in + 10, 2);
    uint64_t patience = portal_wire_get(in + 4, 4);

    if (in[3] == PORTAL_WIRE_STAT) {
        answer_counters(server, client);
        return;
    }
    if (patience > PORTAL_WIRE_PATIENCE_MAX_MS)
        patience = PORTAL_WIRE_PATIENCE_MAX_MS;
    memset(job, 0, sizeof(*job));
    job->op = (portal_wire_op_t)in[3];
    job->deadline_ms = server->now_ms + (long long)patience;
    job->password = (const char *)in + PORTAL_WIRE_QUESTION_HEAD;
    job->password_len = (size_t)portal_wire_get(in + 8, 2);
    memcpy(job->hash, in + PORTAL_WIRE_QUESTION_HEAD + job->password_len, hash_len);
    if (strlen(job->hash) != hash_len) {
        answer(server, client, PORTAL_WIRE_MALFORMED, 0);
        return;
    }
    client->state = WORKING;
    if (!work_offer(job))
        answer(server, client, PORTAL_WIRE_BUSY, 0);
}

static void read_in(server_t *server, client_t *client)
{
    size_t need = PORTAL_WIRE_QUESTION_HEAD;

    while (client->state == READING) {
        ssize_t n;

        if (client->in_len >= PORTAL_WIRE_QUESTION_HEAD &&
            (need = frame_length(client->in)) == 0) {
            drop(server, client);
            return;
        }
        if (client->in_len == need) {
            take_question(server, client);
            return;
        }
        n = recv(client->fd, client->in + client->in_len, need - client->in_len, 0);
        if (n > 0) {
            client->in_len += (size_t)n;
        } else {
            if (n == 0 || (errno != EAGAIN && errno != EINTR))
                drop(server, client);
            return;
        }
    }
}

static void finish_jobs(server_t *server, work_job_t *job)
{
    while (job) {
        client_t *client = (client_t *)job;
        size_t body = 0;

        job = job->next;
        if (client->state == ABANDONED) {
            release(server, client);
            continue;
        }
        if (client->job.status == PORTAL_WIRE_HASHED) {
            body = strlen(client->job.hash);
            memcpy(client->out + PORTAL_WIRE_ANSWER_HEAD, client->job.hash, body);
        }
        answer(server, client, client->job.status, body);
        sodium_memzero(&client->job, sizeof(client->job));
    }
}

static void turn_away(int fd)
{
    unsigned char out[PORTAL_WIRE_ANSWER_HEAD];
    size_t len = frame_answer(out, PORTAL_WIRE_BUSY, 0);

    /* It fits an empty socket's buffer; whether the client still reads it is its matter. */
    if (send(fd, out, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len)
        shutdown(fd, SHUT_WR);
    close(fd);
    work_count_busy();
}

static void take_in(server_t *server, int fd)
{
    client_t *client = server->clients;

    if (server->used == SERVE_CLIENTS_MAX) {
        turn_away(fd);
        return;
    }
    while (client->state != FREE)
        client++;
    client->state = READING;
    client->fd = fd;
    client->until_ms = server->now_ms + server->with.idle_ms;
    server->used++;
    if (server->top <= (unsigned)(client - server->clients))
        server->top = (unsigned)(client - server->clients) + 1;
    read_in(server, client);
}

/* When all places are taken, poll() is asked anew before each one more: who came after another
 * had gone must find that place free. */
static void accept_some(server_t *server)
{
    for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
        int fd;

        if (i > 0 && server->used == SERVE_CLIENTS_MAX)
            return;
        fd = accept4(server->with.listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take_in(server, fd);
        } else {
            if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
                server->accept_from_ms = server->now_ms + ACCEPT_PAUSE_MS;
            return;
        }
    }
}

/* What a client did while poll() waited. */
static void attend(server_t *server, client_t *client, short events)
{
    switch (client->state) {
    case READING:
        read_in(server, client);
        break;
    case WRITING:
        if (events & (POLLERR | POLLHUP))
            drop(server, client);
        else
            write_out(server, client);
        break;
    case WORKING: /* gone, or sends what it may not send yet */
        drop(server, client);
        break;
    default:
        break;
    }
}

static void begin_end(server_t *server)
{
    if (server->end_ms)
        return;
    server->end_ms = server->now_ms + SERVE_LINGER_MS;
    close(server->with.listen_fd);
    server->with.listen_fd = -1;
    server->with.signal_fd = -1;
    server->with.parent_fd = -1;
}

/* Drops those whose time is up (when ending: all that have no job or answer in hand). */
static void expire(server_t *server)
{
    for (unsigned i = server->top; i-- > 0;) {
        client_t *client = &server->clients[i];
        bool timed = client->state == READING || client->state == WRITING;

        if (timed && client->until_ms <= server->now_ms)
            drop(server, client);
        else if (server->end_ms && client->state == READING)
            drop(server, client);
    }
}

static void sooner(long long *at, long long candidate)
{
    if (*at < 0 || candidate < *at)
        *at = candidate;
}

/* Fills server->poll; returns how many entries; *wake_ms becomes the next time-out. */
static nfds_t gather(server_t *server, long long *wake_ms)
{
    static const short wanted[] = {
        [READING] = POLLIN, [WORKING] = POLLIN | POLLRDHUP, [WRITING] = POLLOUT};
    bool pausing = server->accept_from_ms > server->now_ms;
    nfds_t n = FIXED_FDS;

    server->poll[0] = (struct pollfd){server->with.event_fd, POLLIN, 0};
    server->poll[1] = (struct pollfd){server->with.signal_fd, POLLIN, 0};
    server->poll[2] = (struct pollfd){server->with.parent_fd, POLLIN, 0};
    server->poll[3] = (struct pollfd){pausing ? -1 : server->with.listen_fd, POLLIN, 0};
    if (pausing)
        sooner(wake_ms, server->accept_from_ms);
    if (server->end_ms)
        sooner(wake_ms, server->end_ms);
    for (unsigned i = 0; i < server->top; i++) {
        client_t *client = &server->clients[i];

        if (client->state == FREE || client->state == ABANDONED)
            continue;
        server->poll[n] = (struct pollfd){client->fd, wanted[client->state], 0};
        server->polled[n++ - FIXED_FDS] = client;
        if (client->state != WORKING)
            sooner(wake_ms, client->until_ms);
    }
    return n;
}

/* The parent never writes: readable means that it is gone, or wants us gone. */
static bool parent_gone(const struct pollfd *entry)
{
    char byte;

    if (!entry->revents)
        return false;
    return !(entry->revents & POLLIN) || read(entry->fd, &byte, 1) <= 0;
}

static bool ended(const server_t *server)
{
    return server->end_ms && (server->used == 0 || server->now_ms >= server->end_ms);
}

static void turn(server_t *server)
{
    long long wake_ms;
    uint64_t count;
    nfds_t n;
    int wait_ms = -1;

    finish_jobs(server, work_done(server->now_ms, &wake_ms));
    expire(server);
    if (ended(server))
        return;
    n = gather(server, &wake_ms);
    if (wake_ms >= 0)
        wait_ms = wake_ms < server->now_ms ? 0 : (int)(wake_ms - server->now_ms) + 1;
    if (poll(server->poll, n, wait_ms) < 0)
        n = 0;
    server->now_ms = work_now_ms();
    if (n == 0)
        return;
    if (server->poll[0].revents && read(server->with.event_fd, &count, 8) < 0)
        return;
    for (nfds_t i = FIXED_FDS; i < n; i++) {
        if (server->poll[i].revents)
            attend(server, server->polled[i - FIXED_FDS], server->poll[i].revents);
    }
    if (server->poll[3].revents)
        accept_some(server);
    if (server->poll[1].revents || parent_gone(&server->poll[2]))
        begin_end(server);
}

bool serve_run(const serve_t *with)
{
    server_t *server = calloc(1, sizeof(*server));

    if (!server)
        return false;
    server->with = *with;
    server->now_ms = work_now_ms();
    server->clients = calloc(SERVE_CLIENTS_MAX, sizeof(*server->clients));
    if (!server->clients) {
        free(server);
        return false;
    }
    while (!ended(server))
        turn(server);
    work_stop();
    sodium_memzero(server->clients, SERVE_CLIENTS_MAX * sizeof(*server->clients));
    free(server->clients);
    free(server);
    return true;
}
