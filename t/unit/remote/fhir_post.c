/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remote/fhir_post and a server that hangs, before and after TLS, or that is not there: it costs its time
 * and no more. What servers answer is in t/http/push.t.
 */
#include "../core/unit.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "remote/fhir_post.h"

extern char **environ;

static char tls_folder[] = "/tmp/portal-fhir-tls-XXXXXX";

static const char *tls(const char *name, apr_pool_t *pool)
{
    return apr_pstrcat(pool, tls_folder, "/", name, NULL);
}

static int make_certificate(void **state)
{
    char command[512];

    (void)state;
    assert_non_null(mkdtemp(tls_folder));
    snprintf(command, sizeof(command),
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
             "-days 2 -subj /CN=fhir -addext subjectAltName=IP:127.0.0.1 "
             "-keyout %s/tls.key -out %s/tls.crt 2>/dev/null",
             tls_folder, tls_folder);
    assert_int_equal(system(command), 0);
    return 0;
}

static int remove_certificate(void **state)
{
    char name[64];

    (void)state;
    snprintf(name, sizeof(name), "%s/tls.key", tls_folder);
    unlink(name);
    snprintf(name, sizeof(name), "%s/tls.crt", tls_folder);
    unlink(name);
    return rmdir(tls_folder);
}

/* A socket on a free loopback port. Connections are taken by the kernel, and nobody ever reads them. */
static int listen_only(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

/* openssl's own server: it speaks TLS, prints what it is asked, and never answers. */
typedef struct {
    pid_t pid;
    FILE *says;
    int input;
    int port;
} mute_t;

static void mute_begin(mute_t *mute, apr_pool_t *pool)
{
    const char *const words[] = {
        "openssl", "s_server",           "-accept", "127.0.0.1:0",        "-naccept", "1",
        "-cert",   tls("tls.crt", pool), "-key",    tls("tls.key", pool), NULL};
    posix_spawn_file_actions_t files;
    int in[2], out[2];
    char line[256];

    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in[0], 0);
    posix_spawn_file_actions_adddup2(&files, out[1], 1);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    assert_int_equal(posix_spawnp(&mute->pid, "openssl", &files, NULL,
                                  (char **)(uintptr_t)words, environ),
                     0);
    posix_spawn_file_actions_destroy(&files);
    close(in[0]);
    close(out[1]);
    mute->input = in[1];
    mute->says = fdopen(out[0], "r");
    assert_non_null(mute->says);
    do
        assert_non_null(fgets(line, sizeof(line), mute->says));
    while (sscanf(line, "ACCEPT 127.0.0.1:%d", &mute->port) != 1);
}

/* All that it heard, up to its end. */
static const char *mute_end(mute_t *mute, apr_pool_t *pool)
{
    const char *heard = "";
    char line[1024];

    close(mute->input);
    while (fgets(line, sizeof(line), mute->says))
        heard = apr_pstrcat(pool, heard, line, NULL);
    fclose(mute->says);
    kill(mute->pid, SIGTERM);
    assert_int_equal(waitpid(mute->pid, NULL, 0), mute->pid);
    return heard;
}

static portal_fhir_server_t server_at(int port, apr_pool_t *pool)
{
    return (portal_fhir_server_t){
        .url = apr_psprintf(pool, "https://127.0.0.1:%d/fhir", port),
        .ca_file = tls("tls.crt", pool),
        .total = apr_time_from_msec(700)};
}

/* Posts, and holds the time that it took against `most` seconds. */
static portal_fhir_result_t post(const portal_fhir_server_t *server, int most,
                                 apr_pool_t *pool)
{
    struct timespec begun, done;
    portal_fhir_result_t result;

    clock_gettime(CLOCK_MONOTONIC, &begun);
    result = portal_fhir_post(server, "{\"resourceType\":\"Bundle\"}", pool);
    clock_gettime(CLOCK_MONOTONIC, &done);
    assert_true(done.tv_sec - begun.tv_sec < most);
    assert_int_equal(result.fate, PORTAL_FHIR_TEMPORARY);
    assert_int_equal(result.code, 0);
    return result;
}

static void a_server_that_never_speaks_is_slow(void **state)
{
    int port, fd = listen_only(&port);
    portal_fhir_server_t server = server_at(port, *state);

    assert_string_equal(post(&server, 10, *state).reason, "slow");
    close(fd);
}

static void a_server_that_takes_it_and_never_answers_is_slow(void **state)
{
    mute_t mute;
    portal_fhir_server_t server;

    mute_begin(&mute, *state);
    server = server_at(mute.port, *state);
    server.total = apr_time_from_sec(3);
    assert_string_equal(post(&server, 15, *state).reason, "slow");
    assert_non_null(strstr(mute_end(&mute, *state), "POST /fhir HTTP/"));
}

static void nobody_there_is_unreachable(void **state)
{
    int port, fd = listen_only(&port);
    portal_fhir_server_t server = server_at(port, *state);

    close(fd);
    assert_string_equal(post(&server, 10, *state).reason, "unreachable");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(a_server_that_never_speaks_is_slow),
        pool_test(a_server_that_takes_it_and_never_answers_is_slow),
        pool_test(nobody_there_is_unreachable),
    };

    return cmocka_run_group_tests_name("remote/fhir_post", tests, make_certificate,
                                       remove_certificate);
}
