/* SPDX-License-Identifier: Apache-2.0 */
/* Client of portal-hasher: see hasher.h; the frames are in core/hasher_wire.h. */
#include "remote/hasher.h"

#include "core/hasher_wire.h"

#include <apr_strings.h>
#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

_Static_assert(PORTAL_HASHER_PASSWORD_MAX == PORTAL_WIRE_PASSWORD_MAX, "one limit");

typedef struct {
    portal_wire_op_t op;
    const char *password, *hash;
    apr_size_t password_len, hash_len;
    apr_interval_time_t patience;
} question_t;

typedef struct {
    portal_wire_status_t status;
    apr_size_t body_len;
    unsigned char body[PORTAL_WIRE_HASH_MAX + 1];
} answer_t;

/* A waiting time is measured here, not a point in time: hence no `now` from the caller. */
static apr_interval_time_t monotonic(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return apr_time_from_sec((apr_interval_time_t)ts.tv_sec) + ts.tv_nsec / 1000;
}

/* A full backlog makes connect() of a blocking Unix socket wait: SO_SNDTIMEO bounds it. */
static apr_status_t open_connection(const portal_hasher_t *hasher,
                                    apr_interval_time_t patience, int *fd)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct timeval limit = {(time_t)apr_time_sec(patience),
                            (suseconds_t)apr_time_usec(patience) + 1};
    apr_status_t rv;

    if (strlen(hasher->socket) >= sizeof(at.sun_path))
        return APR_ENAMETOOLONG;
    memcpy(at.sun_path, hasher->socket, strlen(hasher->socket) + 1);
    if ((*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
        return errno;
    if (setsockopt(*fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
        connect(*fd, (struct sockaddr *)&at, sizeof(at)) == 0)
        return APR_SUCCESS;
    rv = APR_STATUS_IS_EAGAIN(errno) || errno == EINTR ? APR_TIMEUP : errno;
    close(*fd);
    *fd = -1;
    return rv;
}

static apr_status_t send_question(int fd, const question_t *q,
                                  apr_interval_time_t patience)
{
    unsigned char frame[PORTAL_WIRE_QUESTION_MAX] = {'P', 'H', PORTAL_WIRE_VERSION,
                                                     (unsigned char)q->op};
    size_t len = PORTAL_WIRE_QUESTION_HEAD;
    ssize_t sent;

    portal_wire_put(frame + 4, 4, (uint64_t)(patience > 0 ? patience / 1000 : 0));
    portal_wire_put(frame + 8, 2, q->password_len);
    portal_wire_put(frame + 10, 2, q->hash_len);
    if (q->password_len)
        memcpy(frame + len, q->password, q->password_len);
    len += q->password_len;
    if (q->hash_len)
        memcpy(frame + len, q->hash, q->hash_len);
    len += q->hash_len;
    sent = send(fd, frame, len, MSG_NOSIGNAL);
    sodium_memzero(frame, sizeof(frame));
    if (sent == (ssize_t)len)
        return APR_SUCCESS;
    /* An overfull hasher says BUSY and closes without reading: its word is still there. */
    return sent < 0 && errno != EPIPE ? errno : APR_SUCCESS;
}

static apr_status_t read_bytes(int fd, unsigned char *to, size_t len,
                               apr_interval_time_t until)
{
    size_t got = 0;

    while (got < len) {
        struct pollfd entry = {fd, POLLIN, 0};
        apr_interval_time_t left = until - monotonic();
        ssize_t n;

        if (left <= 0)
            return APR_TIMEUP;
        if (poll(&entry, 1, (int)(left / 1000) + 1) < 0 && errno != EINTR)
            return errno;
        n = recv(fd, to + got, len - got, MSG_DONTWAIT);
        if (n == 0)
            return APR_EOF;
        if (n > 0)
            got += (size_t)n;
        else if (errno != EAGAIN && errno != EINTR)
            return errno;
    }
    return APR_SUCCESS;
}

static apr_status_t read_answer(int fd, answer_t *answer, apr_interval_time_t until)
{
    unsigned char head[PORTAL_WIRE_ANSWER_HEAD] = {0};
    apr_status_t rv = read_bytes(fd, head, sizeof(head), until);

    if (rv != APR_SUCCESS)
        return rv;
    answer->status = (portal_wire_status_t)head[3];
    answer->body_len = (apr_size_t)portal_wire_get(head + 4, 2);
    if (head[0] != 'P' || head[1] != 'H' || head[2] != PORTAL_WIRE_VERSION ||
        answer->body_len > PORTAL_WIRE_HASH_MAX)
        return APR_EGENERAL;
    rv = read_bytes(fd, answer->body, answer->body_len, until);
    answer->body[rv == APR_SUCCESS ? answer->body_len : 0] = '\0';
    return rv;
}

static apr_status_t exchange(const portal_hasher_t *hasher, const question_t *q,
                             answer_t *answer)
{
    apr_interval_time_t begun = monotonic(), patience = q->patience, until;
    apr_status_t rv;
    int fd;

    if (q->password_len > PORTAL_WIRE_PASSWORD_MAX)
        return APR_EINVAL;
    if (patience > (apr_interval_time_t)PORTAL_WIRE_PATIENCE_MAX_MS * 1000)
        patience = (apr_interval_time_t)PORTAL_WIRE_PATIENCE_MAX_MS * 1000;
    if (patience < 0)
        patience = 0;
    until = begun + patience + (q->op == PORTAL_WIRE_STAT ? 0 : PORTAL_HASHER_GRACE);
    if ((rv = open_connection(hasher, patience, &fd)) != APR_SUCCESS)
        return rv;
    rv = send_question(fd, q, patience - (monotonic() - begun));
    if (rv == APR_SUCCESS)
        rv = read_answer(fd, answer, until);
    close(fd);
    if (rv != APR_SUCCESS)
        return rv;
    switch (answer->status) {
    case PORTAL_WIRE_BUSY:
        return APR_EAGAIN;
    case PORTAL_WIRE_LATE:
        return APR_TIMEUP;
    case PORTAL_WIRE_FAILED:
        return APR_ENOMEM;
    default:
        return APR_SUCCESS;
    }
}

static portal_count_t count_of(apr_status_t rv)
{
    switch (rv) {
    case APR_SUCCESS:
        return PORTAL_COUNT_HASHER_SERVED;
    case APR_EAGAIN:
        return PORTAL_COUNT_HASHER_BUSY;
    case APR_TIMEUP:
        return PORTAL_COUNT_HASHER_LATE;
    default:
        return PORTAL_COUNT_HASHER_AWAY;
    }
}

static apr_status_t ask(const portal_hasher_t *hasher, const question_t *q,
                        answer_t *answer)
{
    apr_interval_time_t begun = monotonic();
    apr_status_t rv = exchange(hasher, q, answer);

    if (rv == APR_EINVAL || q->op == PORTAL_WIRE_STAT)
        return rv;
    portal_count(hasher->counts, count_of(rv), 1);
    portal_count(hasher->counts, PORTAL_COUNT_HASHER_WAIT,
                 (apr_uint64_t)(monotonic() - begun));
    return rv;
}

apr_status_t portal_hasher_hash(const portal_hasher_t *hasher, const char *password,
                                apr_size_t len, apr_interval_time_t patience,
                                const char **hash, apr_pool_t *pool)
{
    question_t q = {.op = PORTAL_WIRE_HASH,
                    .password = password,
                    .password_len = len,
                    .patience = patience};
    answer_t answer;
    apr_status_t rv;

    *hash = NULL;
    rv = ask(hasher, &q, &answer);
    if (rv != APR_SUCCESS)
        return rv;
    if (answer.status != PORTAL_WIRE_HASHED)
        return APR_EGENERAL;
    *hash = apr_pstrdup(pool, (const char *)answer.body);
    return APR_SUCCESS;
}

apr_status_t portal_hasher_verify(const portal_hasher_t *hasher, const char *password,
                                  apr_size_t len, const char *hash,
                                  apr_interval_time_t patience,
                                  portal_hasher_verdict_t *verdict)
{
    question_t q = {.op = PORTAL_WIRE_VERIFY,
                    .password = password,
                    .password_len = len,
                    .hash = hash,
                    .hash_len = strlen(hash),
                    .patience = patience};
    answer_t answer;
    apr_status_t rv;

    *verdict = PORTAL_HASHER_NO_MATCH;
    if (q.hash_len > PORTAL_WIRE_HASH_MAX) {
        *verdict = PORTAL_HASHER_MALFORMED;
        return APR_SUCCESS;
    }
    rv = ask(hasher, &q, &answer);
    if (rv != APR_SUCCESS)
        return rv;
    switch (answer.status) {
    case PORTAL_WIRE_MATCH:
        *verdict = PORTAL_HASHER_MATCH;
        return APR_SUCCESS;
    case PORTAL_WIRE_REHASH:
        *verdict = PORTAL_HASHER_MATCH_REHASH;
        return APR_SUCCESS;
    case PORTAL_WIRE_MALFORMED:
        *verdict = PORTAL_HASHER_MALFORMED;
        return APR_SUCCESS;
    default:
        return answer.status == PORTAL_WIRE_NO_MATCH ? APR_SUCCESS : APR_EGENERAL;
    }
}

apr_status_t portal_hasher_decoy(const portal_hasher_t *hasher, const char *password,
                                 apr_size_t len, apr_interval_time_t patience)
{
    question_t q = {.op = PORTAL_WIRE_DECOY,
                    .password = password,
                    .password_len = len,
                    .patience = patience};
    answer_t answer;
    apr_status_t rv = ask(hasher, &q, &answer);

    if (rv != APR_SUCCESS)
        return rv;
    return answer.status == PORTAL_WIRE_NO_MATCH ? APR_SUCCESS : APR_EGENERAL;
}

static apr_uint64_t counter(const answer_t *answer, int which)
{
    return portal_wire_get(answer->body + (size_t)which * 8, 8);
}

apr_status_t portal_hasher_stat(const portal_hasher_t *hasher,
                                apr_interval_time_t patience, portal_hasher_stat_t *stat)
{
    question_t q = {.op = PORTAL_WIRE_STAT, .patience = patience};
    answer_t answer;
    apr_status_t rv;

    memset(stat, 0, sizeof(*stat));
    rv = ask(hasher, &q, &answer);
    if (rv != APR_SUCCESS)
        return rv;
    if (answer.status != PORTAL_WIRE_COUNTERS ||
        answer.body_len != (apr_size_t)PORTAL_WIRE_COUNTERS_N * 8)
        return APR_EGENERAL;
    stat->waiting = counter(&answer, PORTAL_WIRE_COUNT_WAITING);
    stat->running = counter(&answer, PORTAL_WIRE_COUNT_RUNNING);
    stat->served = counter(&answer, PORTAL_WIRE_COUNT_SERVED);
    stat->busy = counter(&answer, PORTAL_WIRE_COUNT_BUSY);
    stat->late = counter(&answer, PORTAL_WIRE_COUNT_LATE);
    stat->kept = counter(&answer, PORTAL_WIRE_COUNT_KEPT);
    return APR_SUCCESS;
}
