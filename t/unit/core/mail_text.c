/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/mail_text: what is composed reads back the same in another reader of mail (Python's
 * email package, t/lib/parse_mail.py), and nothing hostile becomes a header of its own.
 */
#include "unit.h"

#include <apr_strings.h>
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/mail_text.h"

/* A name and a subject that mail programs have got wrong before. */
static const char *const texts[] = {
    "Ann Doe",
    "O'Brien-N\xc3\xba\xc3\xb1"
    "ez",
    "\xd9\x85\xd8\xad\xd9\x85\xd8\xaf \xd8\xb9\xd8\xa8\xd8\xaf "
    "\xd8\xa7\xd9\x84\xd9\x84\xd9\x87",
    "\xe7\x8e\x8b\xe5\xb0\x8f\xe6\x98\x8e",
    "Jose\xcc\x81 Combining",
    "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7 family "
    "\xf0\x9f\x8e\x89",
    "Doe, Ann \"the\" <x@y>; (comment) \\ back",
    "=?utf-8?q?=0D=0ABcc:_x=40y?=",
    "=?UTF-8?B?QmNj?= =?x",
    " leading, two  spaces and trailing ",
    "a",
    "@",
    "Bcc: everyone@example.org",
    "A name of ninety characters which is long enough for every line of a mail to be "
    "folded in two",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaa",
    "\xe2\x80\x8f\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d\xe2\x80\x8e",
    "100% of =3D and _underscores_?",
};

static const portal_mail_text_t plain = {
    .from = "portal@hospital.example",
    .to = "ann@example.org",
    .subject = "Your link",
    .text = "Hello\n",
    .message_id = "abc.1@hospital.example",
    .date = APR_TIME_C(1794837900000000),
};

typedef struct {
    FILE *to, *from;
    pid_t pid;
} reader_t;

static reader_t reader_begin(apr_pool_t *pool)
{
    char self[4096] = "";
    const char *script;
    reader_t reader;
    int in[2], out[2];

    assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    script = "t/lib/parse_mail.py"; /* where tests are run: the sources' root */
    if (access(script, R_OK))
        script = apr_pstrcat(pool, dirname(self), "/../../../../", script, NULL);
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    reader.pid = fork();
    assert_true(reader.pid >= 0);
    if (reader.pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        execl("/usr/bin/python3", "python3", script, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    reader.to = fdopen(in[1], "w");
    reader.from = fdopen(out[0], "r");
    return reader;
}

static void reader_end(reader_t *reader)
{
    int status;

    fclose(reader->to);
    fclose(reader->from);
    assert_int_equal(waitpid(reader->pid, &status, 0), reader->pid);
    assert_int_equal(status, 0);
}

static const char *composed(const portal_mail_text_t *mail, apr_size_t *len,
                            apr_pool_t *pool)
{
    const char *message, *field;

    assert_int_equal(portal_mail_compose(&message, len, &field, mail, pool), APR_SUCCESS);
    assert_null(field);
    assert_int_equal(strlen(message), *len);
    return message;
}

/* CRLF only, no line too long, no byte beyond ASCII. */
static void check_lines(const char *message)
{
    apr_size_t column = 0;

    for (; *message; message++) {
        if (*message == '\r')
            assert_int_equal(message[1], '\n');
        if (*message == '\n') {
            assert_int_equal(message[-1], '\r');
            column = 0;
        } else if (*message != '\r') {
            assert_true(++column <= 76);
            assert_true((*message >= ' ' && *message <= '~') || *message == '\t');
        }
    }
    assert_int_equal(column, 0);
}

static json_t *read_back(reader_t *reader, const portal_mail_text_t *mail,
                         apr_pool_t *pool)
{
    apr_size_t len;
    const char *message = composed(mail, &len, pool);
    char *line = NULL;
    size_t room = 0;
    json_t *read;

    check_lines(message);
    fprintf(reader->to, "%zu\n", (size_t)len);
    fwrite(message, 1, len, reader->to);
    fflush(reader->to);
    assert_true(getline(&line, &room, reader->from) > 0);
    read = json_loads(line, 0, NULL);
    assert_non_null(read);
    free(line);
    return read;
}

static const char *string_at(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    assert_non_null(text);
    return text;
}

static void check_mailbox(const json_t *read, const char *name, const char *shown,
                          const char *address)
{
    json_t *pair = json_object_get(read, name);

    assert_string_equal(json_string_value(json_array_get(pair, 0)), shown);
    assert_string_equal(json_string_value(json_array_get(pair, 1)), address);
}

/* The names of the headers, in order, are always these. */
static void check_names(const json_t *read, const char *expected, apr_pool_t *pool)
{
    const char *names = "";
    json_t *name;
    size_t i;

    json_array_foreach(json_object_get(read, "names"), i, name) names =
        apr_pstrcat(pool, names, i ? " " : "", json_string_value(name), NULL);
    assert_string_equal(names, expected);
    assert_int_equal(json_array_size(json_object_get(read, "defects")), 0);
}

static void writes_every_header(void **state)
{
    reader_t reader = reader_begin(*state);
    portal_mail_text_t mail = plain;
    json_t *read, *part;

    mail.from_name = "General Hospital";
    mail.to_name = "Ann Doe";
    mail.reply_to = "desk@hospital.example";
    mail.html = "<p>Hello</p>\n";
    mail.language = "es";
    read = read_back(&reader, &mail, *state);
    check_names(read,
                "Date From Reply-To To Subject Message-ID Auto-Submitted "
                "X-Auto-Response-Suppress Content-Language MIME-Version Content-Type",
                *state);
    check_mailbox(read, "from", "General Hospital", "portal@hospital.example");
    check_mailbox(read, "reply_to", "", "desk@hospital.example");
    check_mailbox(read, "to", "Ann Doe", "ann@example.org");
    assert_string_equal(string_at(read, "subject"), "Your link");
    assert_string_equal(string_at(read, "message_id"), "<abc.1@hospital.example>");
    assert_string_equal(string_at(read, "language"), "es");
    assert_string_equal(string_at(read, "type"), "multipart/alternative");
    assert_int_equal(json_integer_value(json_object_get(read, "date")), 1794837900);
    assert_int_equal(json_array_size(json_object_get(read, "parts")), 2);
    part = json_array_get(json_object_get(read, "parts"), 0);
    assert_string_equal(string_at(part, "type"), "text/plain");
    assert_string_equal(string_at(part, "text"), "Hello\r\n");
    part = json_array_get(json_object_get(read, "parts"), 1);
    assert_string_equal(string_at(part, "type"), "text/html");
    assert_string_equal(string_at(part, "charset"), "utf-8");
    assert_string_equal(string_at(part, "text"), "<p>Hello</p>\r\n");
    json_decref(read);
    reader_end(&reader);
}

static void the_date_is_that_of_rfc_5322(void **state)
{
    portal_mail_text_t mail = plain;
    apr_size_t len;

    setenv("TZ", "Asia/Kathmandu", 1);
    tzset();
    assert_memory_equal(composed(&mail, &len, *state),
                        "Date: Mon, 16 Nov 2026 14:05:00 +0000\r\n", 39);
    mail.date = apr_time_from_sec(1);
    assert_memory_equal(composed(&mail, &len, *state),
                        "Date: Thu, 1 Jan 1970 00:00:01 +0000\r\n", 38);
    unsetenv("TZ");
    tzset();
}

static void names_and_subjects_come_back(void **state)
{
    reader_t reader = reader_begin(*state);

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        portal_mail_text_t mail = plain;
        json_t *read;

        mail.from_name = mail.to_name = mail.subject = texts[i];
        read = read_back(&reader, &mail, *state);
        check_names(read,
                    "Date From To Subject Message-ID Auto-Submitted "
                    "X-Auto-Response-Suppress MIME-Version Content-Type "
                    "Content-Transfer-Encoding",
                    *state);
        check_mailbox(read, "from", texts[i], "portal@hospital.example");
        check_mailbox(read, "to", texts[i], "ann@example.org");
        assert_string_equal(string_at(read, "subject"), texts[i]);
        json_decref(read);
    }
    reader_end(&reader);
}

static void bodies_come_back(void **state)
{
    static const char *const bodies[] = {"a\nb\n",
                                         "a\r\nb",
                                         ".\n..\nFrom here\n.",
                                         "trail \ntab\t\n",
                                         "= equals =3D\n",
                                         "\n\n\n",
                                         "bell \a inside",
                                         "--=_portal--\n--",
                                         "\xf0\x9f\x8e\x89\xd9\x85\xe7\x8e\x8b\n\n.",
                                         " ",
                                         "x",
                                         "From "};
    reader_t reader = reader_begin(*state);
    char *wide = apr_palloc(*state, 5001);

    for (size_t i = 0; i <= sizeof(bodies) / sizeof(*bodies); i++) {
        portal_mail_text_t mail = plain;
        const char *body = i < sizeof(bodies) / sizeof(*bodies) ? bodies[i] : wide;
        const char *got, *at;
        json_t *read;

        memset(wide, i % 2 ? ' ' : '.', 5000);
        wide[5000] = '\0';
        mail.text = mail.html = body;
        read = read_back(&reader, &mail, *state);
        assert_int_equal(json_array_size(json_object_get(read, "parts")), 2);
        got = string_at(json_array_get(json_object_get(read, "parts"), 1), "text");
        /* The same, but for line ends, and one more at the end. */
        for (at = body; *at; at++) {
            if (*at == '\n' && (at == body || at[-1] != '\r'))
                assert_int_equal(*got++, '\r');
            assert_int_equal(*got++, *at);
        }
        assert_true(!*got || !strcmp(got, "\r\n"));
        json_decref(read);
    }
    reader_end(&reader);
}

/* Sets one text member to `value`; false: there are no more. */
static bool set_member(portal_mail_text_t *mail, int which, const char *value,
                       const char **name)
{
    static const char *const names[] = {"from_name", "to_name", "subject",  "from",
                                        "reply_to",  "to",      "language", "message_id"};
    const char **members[] = {&mail->from_name, &mail->to_name,   &mail->subject,
                              &mail->from,      &mail->reply_to,  &mail->to,
                              &mail->language,  &mail->message_id};

    if (which >= (int)(sizeof(members) / sizeof(*members)))
        return false;
    *members[which] = value;
    *name = names[which];
    return true;
}

static void refuses_what_could_be_a_header(void **state)
{
    static const char *const hostile[] = {"x@example.org\r\nBcc: y@example.org",
                                          "x@example.org\nBcc: y@example.org",
                                          "x@example.org\rBcc: y@example.org",
                                          "x@example.org\r\n",
                                          "\nx@example.org",
                                          "x@example.org\xe2\x80\xa8y",
                                          "x@example.org\xe2\x80\xa9",
                                          "x@example.org\xc2\x85",
                                          "x\t@example.org",
                                          "x@example.org\x7f",
                                          "x\x01@example.org",
                                          "x\xff@example.org",
                                          "x\xc0\x8a@example.org",
                                          "x@exam\xed\xa0\x80ple.org"};
    const char *message, *field, *name;
    apr_size_t len;

    for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
        portal_mail_text_t mail = plain;

        for (int which = 0; set_member(&mail, which, hostile[i], &name);
             mail = plain, which++) {
            assert_int_equal(portal_mail_compose(&message, &len, &field, &mail, *state),
                             APR_EINVAL);
            assert_string_equal(field, name);
            assert_null(message);
        }
    }
}

static void refuses_what_is_no_address(void **state)
{
    static const char *const wrong[] = {"a@example.org, b@example.org",
                                        "Ann <a@example.org>",
                                        "a b@example.org",
                                        "<a@example.org>",
                                        "a",
                                        "@example.org",
                                        "a@",
                                        " a@example.org",
                                        "a@example.org ",
                                        "\"a\"@example.org",
                                        "a@b@example.org",
                                        "a@example.org>"};
    const char *message, *field;
    apr_size_t len;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        portal_mail_text_t mail = plain;

        mail.to = wrong[i];
        assert_int_equal(portal_mail_compose(&message, &len, &field, &mail, *state),
                         APR_EINVAL);
        assert_string_equal(field, "to");
    }
}

static void refuses_what_is_missing_or_too_long(void **state)
{
    char *big = apr_palloc(*state, PORTAL_MAIL_MAX + 1);
    const char *message, *field;
    portal_mail_text_t mail = plain;
    apr_size_t len;

    memset(big, 'a', PORTAL_MAIL_MAX);
    big[PORTAL_MAIL_MAX] = '\0';
    mail.text = big;
    assert_int_equal(portal_mail_compose(&message, &len, &field, &mail, *state),
                     APR_ENOSPC);
    assert_null(message);
    mail = plain;
    mail.subject = big;
    assert_int_equal(portal_mail_compose(&message, &len, &field, &mail, *state),
                     APR_EINVAL);
    assert_string_equal(field, "subject");
    for (int i = 0; i < 5; i++) {
        const char *const names[] = {"from", "to", "subject", "text", "message_id"};
        const char **members[] = {&mail.from, &mail.to, &mail.subject, &mail.text,
                                  &mail.message_id};

        mail = plain;
        *members[i] = i % 2 ? "" : NULL;
        assert_int_equal(portal_mail_compose(&message, &len, &field, &mail, *state),
                         APR_EINVAL);
        assert_string_equal(field, names[i]);
    }
}

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16;
}

/* A text of up to 12 pieces that are hard on encoders, sometimes of 10 kB. */
static const char *random_text(unsigned *seed, apr_pool_t *pool)
{
    static const char *const pieces[] = {"a",
                                         "Z9",
                                         " ",
                                         "  ",
                                         "=",
                                         "?",
                                         "=?",
                                         "?=",
                                         "=?UTF-8?B?",
                                         "\"",
                                         "\\",
                                         "<",
                                         ">",
                                         ",",
                                         ";",
                                         ":",
                                         "(",
                                         ")",
                                         "@",
                                         ".",
                                         "'",
                                         "_",
                                         "\xc3\xa9",
                                         "e\xcc\x81",
                                         "\xe7\x8e\x8b",
                                         "\xd9\x85",
                                         "\xf0\x9f\x8e\x89",
                                         "\xe2\x80\x8d",
                                         "Bcc: x@y.example",
                                         "\xef\xbb\xbf",
                                         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstu"
                                         "vwxyzabcdefghijklmnopqrstuvwxyzabcdef"};
    unsigned n = 1 + next_random(seed) % 12;
    portal_buffer_t *text = portal_buffer_create(20000, pool);

    if (next_random(seed) % 50 == 0)
        n = 2500;
    for (unsigned i = 0; i < n; i++) {
        const char *piece =
            pieces[next_random(seed) % (sizeof(pieces) / sizeof(*pieces))];

        if (portal_buffer_add(text, piece, strlen(piece)) != APR_SUCCESS)
            break;
    }
    return portal_buffer_data(text, NULL);
}

static void any_text_comes_back(void **state)
{
    reader_t reader = reader_begin(*state);
    unsigned seed = 20261116;

    for (int i = 0; i < 400; i++) {
        portal_mail_text_t mail = plain;
        json_t *read;

        mail.subject = random_text(&seed, *state);
        mail.to_name = random_text(&seed, *state);
        mail.text = random_text(&seed, *state);
        read = read_back(&reader, &mail, *state);
        assert_string_equal(string_at(read, "subject"), mail.subject);
        check_mailbox(read, "to", mail.to_name, "ann@example.org");
        assert_int_equal(json_array_size(json_object_get(read, "names")), 10);
        assert_memory_equal(
            string_at(json_array_get(json_object_get(read, "parts"), 0), "text"),
            mail.text, strlen(mail.text));
        json_decref(read);
    }
    reader_end(&reader);
}

static void addresses_beyond_ascii(void **state)
{
    portal_mail_text_t mail = plain;
    apr_size_t len;

    /* The domain becomes ASCII, a local part stands as it is (RFC 6532). */
    mail.to = "ann@b\xc3\xbc"
              "cher.example";
    assert_non_null(
        strstr(composed(&mail, &len, *state), "\r\nTo: <ann@xn--bcher-kva.example>\r\n"));
    mail.to = "j\xc3\xb6rg@example.org";
    assert_non_null(
        strstr(composed(&mail, &len, *state), "\r\nTo: <j\xc3\xb6rg@example.org>\r\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(writes_every_header),
        pool_test(the_date_is_that_of_rfc_5322),
        pool_test(names_and_subjects_come_back),
        pool_test(bodies_come_back),
        pool_test(refuses_what_could_be_a_header),
        pool_test(refuses_what_is_no_address),
        pool_test(refuses_what_is_missing_or_too_long),
        pool_test(any_text_comes_back),
        pool_test(addresses_beyond_ascii),
    };
    return cmocka_run_group_tests_name("core/mail_text", tests, NULL, NULL);
}
