/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: answers as the portal reads them from the hasher's socket. Whatever comes, a password
 * matches only when the answer says so, and what is no answer is an error.
 */
#include "fuzz.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/hasher_wire.h"
#include "remote/hasher.h"

static struct sockaddr_un at = {.sun_family = AF_UNIX};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const uint8_t *answer;
static size_t answer_len;

/* Takes each question in, and gives the input for an answer. */
static void *serve(void *data)
{
    int listening = *(int *)data;
    uint8_t question[PORTAL_WIRE_QUESTION_MAX];

    while (1) {
        int fd = accept(listening, NULL, NULL);

        must(fd >= 0);
        (void)!recv(fd, question, sizeof(question), 0);
        pthread_mutex_lock(&lock);
        (void)!send(fd, answer, answer_len, MSG_NOSIGNAL);
        pthread_mutex_unlock(&lock);
        close(fd);
    }
    return NULL;
}

static void clean_up(void)
{
    unlink(at.sun_path);
    *strrchr(at.sun_path, '/') = '\0';
    rmdir(at.sun_path);
}

static void start(void)
{
    static int listening;
    pthread_t thread;

    strcpy(at.sun_path, "/tmp/portal-fuzz-XXXXXX");
    must(mkdtemp(at.sun_path) != NULL);
    strcat(at.sun_path, "/s");
    listening = socket(AF_UNIX, SOCK_STREAM, 0);
    must(bind(listening, (struct sockaddr *)&at, sizeof(at)) == 0);
    must(listen(listening, 16) == 0);
    atexit(clean_up);
    must(pthread_create(&thread, NULL, serve, &listening) == 0);
    pthread_detach(thread);
}

/* Is this an answer, from its first byte on, with this status? */
static int says(const uint8_t *data, size_t size, portal_wire_status_t status)
{
    return size >= PORTAL_WIRE_ANSWER_HEAD && memcmp(data, "PH\1", 3) == 0 &&
           data[3] == status &&
           size - PORTAL_WIRE_ANSWER_HEAD >= portal_wire_get(data + 4, 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const portal_hasher_t hasher = {.socket = at.sun_path};
    apr_pool_t *pool = fuzz_pool();
    portal_hasher_verdict_t verdict;
    portal_hasher_stat_t stat;
    apr_status_t rv;
    const char *hash;

    if (!*at.sun_path) {
        start();
    }
    pthread_mutex_lock(&lock);
    answer = data;
    answer_len = size;
    pthread_mutex_unlock(&lock);
    rv = portal_hasher_verify(&hasher, "x", 1, "y", apr_time_from_sec(5), &verdict);
    must(verdict != PORTAL_HASHER_MATCH || says(data, size, PORTAL_WIRE_MATCH));
    must(verdict != PORTAL_HASHER_MATCH_REHASH || says(data, size, PORTAL_WIRE_REHASH));
    must(rv == APR_SUCCESS || verdict == PORTAL_HASHER_NO_MATCH);
    rv = portal_hasher_hash(&hasher, "x", 1, apr_time_from_sec(5), &hash, pool);
    must((rv == APR_SUCCESS) == (hash != NULL));
    must(!hash || says(data, size, PORTAL_WIRE_HASHED));
    rv = portal_hasher_decoy(&hasher, "x", 1, apr_time_from_sec(5));
    must(rv != APR_SUCCESS || says(data, size, PORTAL_WIRE_NO_MATCH));
    rv = portal_hasher_stat(&hasher, apr_time_from_sec(5), &stat);
    must(rv != APR_SUCCESS || says(data, size, PORTAL_WIRE_COUNTERS));
    /* until the other side is done with it */
    pthread_mutex_lock(&lock);
    answer_len = 0;
    pthread_mutex_unlock(&lock);
    apr_pool_destroy(pool);
    return 0;
}
