/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remote/smtp against a real relay (t/lib/smtp_peer.py, aiosmtpd) in every mood: what
 * arrives there, what the desk is told, and that nothing goes out where it must not.
 */
#include "../core/unit.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <jansson.h>
#include <libgen.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/mail_text.h"
#include "remote/smtp.h"
#include "remote/smtp_words.h"

extern char **environ;

/* Certificates of the whole group: one for 127.0.0.1, one for another name. */
static char tls_folder[] = "/tmp/portal-smtp-tls-XXXXXX";

typedef struct {
    apr_pool_t *pool;
    portal_smtp_relay_t relay;
    char folder[64];
    pid_t pid;
    int life;
} peer_t;

static const char *source_file(const char *name, apr_pool_t *pool)
{
    char self[4096] = "";

    if (access(name, R_OK) == 0) /* where tests are run: the sources' root */
        return name;
    assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    return apr_pstrcat(pool, dirname(self), "/../../../../", name, NULL);
}

static const char *tls(const char *name, apr_pool_t *pool)
{
    return apr_pstrcat(pool, tls_folder, "/", name, NULL);
}

static void make_certificate(const char *name, const char *subject)
{
    char command[512];

    snprintf(command, sizeof(command),
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
             "-days 2 -subj /CN=%s -addext subjectAltName=%s -keyout %s/%s.key "
             "-out %s/%s.crt 2>/dev/null",
             name, subject, tls_folder, name, tls_folder, name);
    assert_int_equal(system(command), 0);
}

static int make_certificates(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(tls_folder));
    make_certificate("relay", "IP:127.0.0.1");
    make_certificate("elsewhere", "DNS:elsewhere.example");
    return 0;
}

static void remove_folder(const char *folder)
{
    char pattern[128];
    glob_t found;

    snprintf(pattern, sizeof(pattern), "%s/*", folder);
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++)
            unlink(found.gl_pathv[i]);
        globfree(&found);
    }
    assert_int_equal(rmdir(folder), 0);
}

static int remove_certificates(void **state)
{
    (void)state;
    remove_folder(tls_folder);
    return 0;
}

/* Starts the relay with these words, NULL at the end, and waits for its port. */
static peer_t *peer_begin(apr_pool_t *pool, const char *const *options)
{
    peer_t *peer = apr_pcalloc(pool, sizeof(*peer));
    const char *words[24] = {"python3", source_file("t/lib/smtp_peer.py", pool),
                             "--folder"};
    posix_spawn_file_actions_t files;
    int n = 4, in[2], out[2];
    char port[16] = "";

    peer->pool = pool;
    strcpy(peer->folder, "/tmp/portal-smtp-XXXXXX");
    assert_non_null(mkdtemp(peer->folder));
    words[3] = peer->folder;
    while (*options)
        words[n++] = *options++;
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in[0], 0);
    posix_spawn_file_actions_adddup2(&files, out[1], 1);
    assert_int_equal(posix_spawn(&peer->pid, "/usr/bin/python3", &files, NULL,
                                 (char **)(uintptr_t)words, environ),
                     0);
    posix_spawn_file_actions_destroy(&files);
    close(in[0]);
    close(out[1]);
    peer->life = in[1];
    assert_true(read(out[0], port, sizeof(port) - 1) > 0);
    close(out[0]);
    peer->relay.url = apr_psprintf(pool, "smtp://127.0.0.1:%d", atoi(port));
    peer->relay.tls_off = 1;
    peer->relay.ehlo = "portal.hospital.example";
    peer->relay.total = apr_time_from_sec(20);
    return peer;
}

/* A relay with STARTTLS and a certificate that holds. */
static peer_t *tls_peer(apr_pool_t *pool)
{
    const char *const words[] = {"--starttls", tls("relay.crt", pool),
                                 tls("relay.key", pool), NULL};
    peer_t *peer = peer_begin(pool, words);

    peer->relay.tls_off = 0;
    peer->relay.ca_file = tls("relay.crt", pool);
    return peer;
}

static peer_t *plain_peer(apr_pool_t *pool)
{
    static const char *const words[] = {NULL};

    return peer_begin(pool, words);
}

static void peer_end(peer_t *peer)
{
    int status;

    close(peer->life);
    assert_int_equal(waitpid(peer->pid, &status, 0), peer->pid);
    assert_int_equal(status, 0);
    remove_folder(peer->folder);
}

static portal_smtp_mail_t mail_to(const char *to, apr_pool_t *pool)
{
    portal_mail_text_t text = {.from = "portal@hospital.example",
                               .to = to,
                               .to_name = "Zo\xc3\xab",
                               .subject = "Your link",
                               .text = "Hello\n.\n..\nbye\n",
                               .message_id = "1.2@hospital.example"};
    portal_smtp_mail_t mail = {.from = text.from, .to = to, .name = "0001"};
    const char *field;

    if (portal_mail_compose(&mail.message, &mail.len, &field, &text, pool) !=
        APR_SUCCESS) {
        mail.message = "Subject: x\r\n\r\nx\r\n";
        mail.len = strlen(mail.message);
    }
    return mail;
}

static portal_smtp_result_t send_to(const peer_t *peer, const char *to)
{
    portal_smtp_mail_t mail = mail_to(to, peer->pool);

    return portal_smtp_deliver(&peer->relay, &mail, peer->pool);
}

/* The envelope of the mail `n`; NULL: the relay has no such mail. */
static json_t *envelope(const peer_t *peer, int n)
{
    return json_load_file(apr_psprintf(peer->pool, "%s/%d.json", peer->folder, n), 0,
                          NULL);
}

static void check_file(const char *path, const char *expected, apr_size_t len)
{
    char got[8192];
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    assert_int_equal(fread(got, 1, sizeof(got), file), len);
    assert_memory_equal(got, expected, len);
    fclose(file);
}

static void check_taken(const peer_t *peer, const char *to, int with_tls)
{
    portal_smtp_result_t result = send_to(peer, to);
    portal_smtp_mail_t mail = mail_to(to, peer->pool);
    json_t *taken;

    assert_string_equal(result.words, "250 2.0.0 Ok: queued as 1");
    assert_int_equal(result.fate, PORTAL_SMTP_DELIVERED);
    assert_int_equal(result.reason, PORTAL_SMTP_NO_REASON);
    assert_int_equal(result.code, 250);
    assert_non_null(taken = envelope(peer, 1));
    assert_string_equal(json_string_value(json_object_get(taken, "from")),
                        "portal@hospital.example");
    assert_int_equal(json_array_size(json_object_get(taken, "to")), 1);
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(taken, "to"), 0)), to);
    assert_string_equal(json_string_value(json_object_get(taken, "ehlo")),
                        "portal.hospital.example");
    assert_int_equal(json_is_true(json_object_get(taken, "tls")), with_tls);
    json_decref(taken);
    check_file(apr_pstrcat(peer->pool, peer->folder, "/1.eml", NULL), mail.message,
               mail.len);
}

static void check_refused(const peer_t *peer, portal_smtp_result_t result,
                          portal_smtp_fate_t fate, portal_smtp_reason_t reason)
{
    assert_int_equal(result.fate, fate);
    assert_int_equal(result.reason, reason);
    assert_string_not_equal(result.words, "");
    assert_null(envelope(peer, 1));
}

static void delivers_in_clear_when_tls_is_off(void **state)
{
    peer_t *peer = plain_peer(*state);

    check_taken(peer, "ann@example.org", 0);
    peer_end(peer);
}

static void delivers_with_starttls(void **state)
{
    peer_t *peer = tls_peer(*state);

    check_taken(peer, "ann@example.org", 1);
    peer_end(peer);
}

static void delivers_with_tls_from_the_first_byte(void **state)
{
    const char *const words[] = {"--tls", tls("relay.crt", *state),
                                 tls("relay.key", *state), NULL};
    peer_t *peer = peer_begin(*state, words);

    peer->relay.url = apr_pstrcat(*state, "smtps", peer->relay.url + 4, NULL);
    peer->relay.tls_off = 0;
    check_refused(peer, send_to(peer, "a@example.org"), PORTAL_SMTP_TEMPORARY,
                  PORTAL_SMTP_TLS); /* the system does not know this authority */
    peer->relay.ca_file = tls("relay.crt", *state);
    check_taken(peer, "ann@example.org", 1);
    peer_end(peer);
}

static void refuses_a_certificate_that_does_not_hold(void **state)
{
    const char *const words[] = {"--starttls", tls("elsewhere.crt", *state),
                                 tls("elsewhere.key", *state), NULL};
    peer_t *peer = tls_peer(*state);

    peer->relay.ca_file = tls("elsewhere.crt", *state); /* of somebody we do not trust */
    check_refused(peer, send_to(peer, "ann@example.org"), PORTAL_SMTP_TEMPORARY,
                  PORTAL_SMTP_TLS);
    peer->relay.ca_file = NULL;
    check_refused(peer, send_to(peer, "ann@example.org"), PORTAL_SMTP_TEMPORARY,
                  PORTAL_SMTP_TLS);
    peer_end(peer);
    peer = peer_begin(*state, words); /* of somebody we trust, but for another name */
    peer->relay.tls_off = 0;
    peer->relay.ca_file = tls("elsewhere.crt", *state);
    check_refused(peer, send_to(peer, "ann@example.org"), PORTAL_SMTP_TEMPORARY,
                  PORTAL_SMTP_TLS);
    peer_end(peer);
}

static void refuses_a_relay_whose_starttls_was_stripped(void **state)
{
    static const char *const words[] = {"--reply", "STARTTLS", "454 4.7.0 Not now", NULL};
    const char *const broken[] = {"--starttls",
                                  tls("relay.crt", *state),
                                  tls("relay.key", *state),
                                  words[0],
                                  words[1],
                                  words[2],
                                  NULL};
    portal_smtp_result_t result;
    peer_t *peer = plain_peer(*state);

    peer->relay.tls_off = 0;
    peer->relay.user = "portal";
    peer->relay.password = "secret";
    result = send_to(peer, "ann@example.org");
    check_refused(peer, result, PORTAL_SMTP_TEMPORARY, PORTAL_SMTP_TLS);
    peer_end(peer);
    peer = peer_begin(*state, broken);
    peer->relay.tls_off = 0;
    result = send_to(peer, "ann@example.org");
    check_refused(peer, result, PORTAL_SMTP_TEMPORARY, PORTAL_SMTP_TLS);
    assert_string_equal(result.words, "454 4.7.0 Not now");
    peer_end(peer);
}

static void logs_in(void **state)
{
    const char *const words[] = {"--starttls",
                                 tls("relay.crt", *state),
                                 tls("relay.key", *state),
                                 "--require-login",
                                 "portal",
                                 "pass word\xc3\xa9",
                                 NULL};
    peer_t *peer = peer_begin(*state, words);
    portal_smtp_result_t result;
    json_t *taken;

    peer->relay.tls_off = 0;
    peer->relay.ca_file = tls("relay.crt", *state);
    result = send_to(peer, "ann@example.org");
    check_refused(peer, result, PORTAL_SMTP_TEMPORARY, PORTAL_SMTP_LOGIN);
    assert_int_equal(result.code, 530);
    peer->relay.user = "portal";
    peer->relay.password = "wrong";
    result = send_to(peer, "ann@example.org");
    check_refused(peer, result, PORTAL_SMTP_TEMPORARY, PORTAL_SMTP_LOGIN);
    assert_int_equal(result.code, 535);
    assert_null(strstr(result.words, "wrong"));
    peer->relay.password = "pass word\xc3\xa9";
    check_taken(peer, "ann@example.org", 1);
    assert_non_null(taken = envelope(peer, 1));
    assert_string_equal(json_string_value(json_object_get(taken, "login")), "portal");
    json_decref(taken);
    peer_end(peer);
}

static void tells_never_from_not_now(void **state)
{
    static const struct {
        const char *verb, *reply, *words;
        portal_smtp_fate_t fate;
        int code;
    } cases[] = {
        {"RCPT", "550 5.1.1 No such user", "550 5.1.1 No such user",
         PORTAL_SMTP_PERMANENT, 550},
        {"RCPT", "450 4.2.0 Greylisted", "450 4.2.0 Greylisted", PORTAL_SMTP_TEMPORARY,
         450},
        {"RCPT", "421 4.3.2 Going down", "421 4.3.2 Going down", PORTAL_SMTP_TEMPORARY,
         421},
        {"MAIL", "552 5.3.4 Too big", "552 5.3.4 Too big", PORTAL_SMTP_PERMANENT, 552},
        {"DATA", "554 5.5.1 No", "554 5.5.1 No", PORTAL_SMTP_PERMANENT, 554},
        {"BODY", "550-5.7.1 Looks like\\n550 5.7.1 \x1b[31mspam\xff",
         "550 5.7.1 Looks like 5.7.1 [31mspam?", PORTAL_SMTP_PERMANENT, 550},
        {"BODY", "451 4.3.0 Try again", "451 4.3.0 Try again", PORTAL_SMTP_TEMPORARY,
         451},
        {"CONNECT", "554 5.7.1 Go away", "554 5.7.1 Go away", PORTAL_SMTP_TEMPORARY, 554},
        {"EHLO", "421 4.7.0 Too many", "421 4.7.0 Too many", PORTAL_SMTP_TEMPORARY, 421},
        {"EHLO", "550 5.7.1 Who are you?", "550 5.7.1 Who are you?",
         PORTAL_SMTP_TEMPORARY, 550},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *const words[] = {"--reply", cases[i].verb, cases[i].reply, NULL};
        peer_t *peer = peer_begin(*state, words);
        portal_smtp_result_t result = send_to(peer, "ann@example.org");

        assert_string_equal(result.words, cases[i].words);
        assert_int_equal(result.code, cases[i].code);
        check_refused(peer, result, cases[i].fate, PORTAL_SMTP_RELAY_SAID);
        peer_end(peer);
    }
}

static void a_relay_that_mends_itself_takes_the_next_try(void **state)
{
    static const char *const words[] = {"--reply", "RCPT", "450 4.2.0 Later",
                                        "--times", "1",    NULL};
    peer_t *peer = peer_begin(*state, words);

    check_refused(peer, send_to(peer, "ann@example.org"), PORTAL_SMTP_TEMPORARY,
                  PORTAL_SMTP_RELAY_SAID);
    check_taken(peer, "ann@example.org", 0);
    peer_end(peer);
}

static void a_relay_that_goes_away_is_unreachable(void **state)
{
    static const char *const verbs[] = {"CONNECT", "EHLO", "MAIL",
                                        "RCPT",    "DATA", "BODY"};
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(at);
    portal_smtp_mail_t mail = mail_to("ann@example.org", *state);
    portal_smtp_relay_t nobody = {.tls_off = 1};
    portal_smtp_result_t result;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
        const char *const words[] = {"--drop", verbs[i], NULL};
        peer_t *peer = peer_begin(*state, words);

        result = send_to(peer, "ann@example.org");
        /* What the relay took but could not say so for comes again: better than lost. */
        assert_int_equal(result.fate, PORTAL_SMTP_TEMPORARY);
        assert_int_equal(result.reason, PORTAL_SMTP_UNREACHABLE);
        assert_string_not_equal(result.words, "");
        peer_end(peer);
    }
    /* A port that is taken, but where nobody listens. */
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    nobody.url = apr_psprintf(*state, "smtp://127.0.0.1:%d", ntohs(at.sin_port));
    result = portal_smtp_deliver(&nobody, &mail, *state);
    assert_int_equal(result.fate, PORTAL_SMTP_TEMPORARY);
    assert_int_equal(result.reason, PORTAL_SMTP_UNREACHABLE);
    assert_int_equal(result.code, 0);
    assert_non_null(strstr(result.words, "refused"));
    close(fd);
}

static void a_relay_that_hangs_costs_its_time_and_no_more(void **state)
{
    static const char *const verbs[] = {"CONNECT", "MAIL", "BODY", "QUIT"};

    for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
        const char *const words[] = {"--hang", verbs[i], NULL};
        peer_t *peer = peer_begin(*state, words);
        struct timespec begun, done;
        portal_smtp_result_t result;

        peer->relay.total = apr_time_from_msec(700);
        clock_gettime(CLOCK_MONOTONIC, &begun);
        result = send_to(peer, "ann@example.org");
        clock_gettime(CLOCK_MONOTONIC, &done);
        assert_true(done.tv_sec - begun.tv_sec < 10);
        if (i == 3) { /* it had said 250 before */
            assert_int_equal(result.fate, PORTAL_SMTP_DELIVERED);
        } else {
            assert_int_equal(result.fate, PORTAL_SMTP_TEMPORARY);
            assert_int_equal(result.reason, PORTAL_SMTP_SLOW);
        }
        peer_end(peer);
    }
}

static void an_address_beyond_ascii_needs_smtputf8(void **state)
{
    static const char *const words[] = {"--no-smtputf8", NULL};
    const char *const both[] = {"--no-smtputf8", "--starttls", tls("relay.crt", *state),
                                tls("relay.key", *state), NULL};
    const char *jorg = "j\xc3\xb6rg@example.org";
    peer_t *peer = tls_peer(*state);
    json_t *taken;

    check_taken(peer, jorg, 1);
    assert_non_null(taken = envelope(peer, 1));
    assert_true(json_is_true(json_object_get(taken, "smtputf8")));
    json_decref(taken);
    peer_end(peer);
    for (int i = 0; i < 2; i++) {
        peer = peer_begin(*state, i ? both : words);
        peer->relay.tls_off = !i;
        peer->relay.ca_file = tls("relay.crt", *state);
        check_refused(peer, send_to(peer, jorg), PORTAL_SMTP_PERMANENT,
                      PORTAL_SMTP_NO_UTF8);
        /* A domain needs none: it goes as A-labels. */
        assert_int_equal(send_to(peer, "ann@b\xc3\xbc"
                                       "cher.example")
                             .fate,
                         PORTAL_SMTP_DELIVERED);
        assert_non_null(taken = envelope(peer, 1));
        assert_string_equal(
            json_string_value(json_array_get(json_object_get(taken, "to"), 0)),
            "ann@xn--bcher-kva.example");
        json_decref(taken);
        peer_end(peer);
    }
}

static void hostile_addresses_never_reach_the_wire(void **state)
{
    static const char *const hostile[] = {"ann@example.org\r\nRCPT TO:<eve@example.org>",
                                          "ann@example.org>\r\nDATA",
                                          "ann@example.org\n",
                                          "ann@example.org> SIZE=1",
                                          "<ann@example.org>",
                                          "ann@example.org,eve@example.org",
                                          "ann@example.org eve@example.org",
                                          "ann\x01@example.org",
                                          "ann\xff@example.org",
                                          "",
                                          "postmaster"};
    peer_t *peer = plain_peer(*state);
    portal_smtp_mail_t mail = mail_to("ann@example.org", *state);

    for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
        check_refused(peer, send_to(peer, hostile[i]), PORTAL_SMTP_PERMANENT,
                      PORTAL_SMTP_ADDRESS);
        mail.from = hostile[i];
        check_refused(peer, portal_smtp_deliver(&peer->relay, &mail, *state),
                      PORTAL_SMTP_PERMANENT, PORTAL_SMTP_ADDRESS);
    }
    peer_end(peer);
}

static void no_proxy_and_no_other_protocol(void **state)
{
    static const char *const urls[] = {"http://127.0.0.1:1", "ftp://127.0.0.1:1",
                                       "gopher://127.0.0.1:1"};
    peer_t *peer = plain_peer(*state);
    portal_smtp_mail_t mail = mail_to("ann@example.org", *state);

    setenv("all_proxy", "http://127.0.0.1:1", 1);
    check_taken(peer, "ann@example.org", 0);
    unsetenv("all_proxy");
    for (size_t i = 0; i < 3; i++) {
        portal_smtp_relay_t relay = {.url = urls[i], .tls_off = 1};
        portal_smtp_result_t result = portal_smtp_deliver(&relay, &mail, *state);

        assert_int_equal(result.fate, PORTAL_SMTP_TEMPORARY);
        assert_int_equal(result.reason, PORTAL_SMTP_OURS);
    }
    peer_end(peer);
}

static void writes_files(void **state)
{
    char folder[] = "/tmp/portal-mail-XXXXXX";
    portal_smtp_relay_t relay = {0};
    portal_smtp_mail_t mail = mail_to("ann@example.org", *state);
    portal_smtp_result_t result;
    struct stat st;
    const char *path;

    assert_non_null(mkdtemp(folder));
    relay.url = apr_pstrcat(*state, "file:", folder, NULL);
    path = apr_pstrcat(*state, folder, "/0001.eml", NULL);
    for (int i = 0; i < 2; i++) { /* again: the same mail in the same place */
        result = portal_smtp_deliver(&relay, &mail, *state);
        assert_int_equal(result.fate, PORTAL_SMTP_DELIVERED);
        assert_string_equal(result.words, "0001.eml");
        check_file(path, mail.message, mail.len);
    }
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    for (int i = 0; i < 6; i++) {
        static const char *const names[] = {"../x", "", ".hidden", "a/b", "a\nb", NULL};

        mail.name = names[i];
        result = portal_smtp_deliver(&relay, &mail, *state);
        assert_int_equal(result.fate, PORTAL_SMTP_TEMPORARY);
        assert_int_equal(result.reason, PORTAL_SMTP_FILE);
    }
    unlink(path);
    assert_int_equal(rmdir(folder), 0); /* nothing else was left in it */
    mail.name = "0001";
    result = portal_smtp_deliver(&relay, &mail, *state);
    assert_int_equal(result.fate, PORTAL_SMTP_TEMPORARY);
    assert_string_equal(result.words, "No such file or directory");
}

#define TOKEN "ABCDEFGHIJKLMNOPQRSTUVWXYZ-abcdefghijk_0123"

static void words_are_clean(void **state)
{
    static const struct {
        const char *reply, *words;
    } cases[] = {
        {"550 5.1.1 No\r\n", "550 5.1.1 No"},
        {"550-a\r\n550-b\r\n550 c\r\n", "550 a b c"},
        {"550\r\n", "550"},
        {"550-a\nb\n", "550 a b"},
        {"451 \x1b]0;t\x07 x\t\ty \x7f \xc2\x9b z", "451 ]0;t x y z"},
        {"451 \xe2\x80\xaetxt.exe\xe2\x81\xa6", "451 txt.exe"},
        {"451 \xff\xc3", "451 ??"},
        {"451 \xc3\xa9\xe2\x80\xa8x", "451 \xc3\xa9 x"},
        {"", ""},
        {" \r\n ", ""},
        {"554 https://a/reset/" TOKEN " no", "554 https://a/reset/- no"},
        {"554 " TOKEN TOKEN ".", "554 -."},
        {"554 x" TOKEN, "554 -"},
        {TOKEN "\xff", "-?"},
        {"554 1234567890123456789012345678901234567890ab",
         "554 1234567890123456789012345678901234567890ab"},
    };
    char *big = apr_palloc(*state, 4096);
    const char *words;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_string_equal(
            portal_smtp_words(cases[i].reply, strlen(cases[i].reply), *state),
            cases[i].words);
    for (int i = 0; i < 4096; i += 2)
        memcpy(big + i, "\xc3\xa9", 2);
    words = portal_smtp_words(big, 4096, *state);
    assert_int_equal(strlen(words), 2 * PORTAL_SMTP_WORDS_MAX);
    assert_string_equal(portal_smtp_words("a\0b", 3, *state), "a b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(delivers_in_clear_when_tls_is_off),
        pool_test(delivers_with_starttls),
        pool_test(delivers_with_tls_from_the_first_byte),
        pool_test(refuses_a_certificate_that_does_not_hold),
        pool_test(refuses_a_relay_whose_starttls_was_stripped),
        pool_test(logs_in),
        pool_test(tells_never_from_not_now),
        pool_test(a_relay_that_mends_itself_takes_the_next_try),
        pool_test(a_relay_that_goes_away_is_unreachable),
        pool_test(a_relay_that_hangs_costs_its_time_and_no_more),
        pool_test(an_address_beyond_ascii_needs_smtputf8),
        pool_test(hostile_addresses_never_reach_the_wire),
        pool_test(no_proxy_and_no_other_protocol),
        pool_test(writes_files),
        pool_test(words_are_clean),
    };
    return cmocka_run_group_tests_name("remote/smtp", tests, make_certificates,
                                       remove_certificates);
}
