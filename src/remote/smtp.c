/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smtp: see smtp.h. libcurl speaks; what the relay says is heard line by line, because
 * curl's own result codes do not tell "not now" from "never" (both are a failed send).
 */
#include "remote/smtp.h"

#include "core/email.h"
#include "remote/mail_file.h"
#include "remote/smtp_words.h"

#include <apr_strings.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define REPLY_MAX 4096 /* of one reply, all its lines; more is not kept */

/* One conversation. */
typedef struct {
    const char *next; /* what of the message is still to be sent */
    apr_size_t left;
    char verb[5];          /* the last command that we sent: "MAIL", "RCPT" … */
    char answered[5];      /* the one that the last reply was to; not QUIT, sent after */
    int code;              /* of the last reply; 0: none yet */
    char reply[REPLY_MAX]; /* the last reply, line by line */
    apr_size_t reply_len;
    int in_reply;   /* more lines of this reply follow */
    int needs_utf8; /* an address is not ASCII */
    int has_utf8;   /* the relay announced SMTPUTF8 in its last EHLO */
    int no_utf8;    /* broken off for lack of it */
    int asked_data; /* 354: the message may come */
    int taken;      /* 2xx after it: the relay has it */
} talk_t;

static size_t give_message(char *to, size_t size, size_t count, void *data)
{
    talk_t *talk = data;
    apr_size_t n = size * count < talk->left ? size * count : talk->left;

    memcpy(to, talk->next, n);
    talk->next += n;
    talk->left -= n;
    return n;
}

/* Commands as they go out. Only the verb is looked at: AUTH carries the password. */
static int hear_command(CURL *curl, curl_infotype type, char *bytes, size_t len,
                        void *data)
{
    talk_t *talk = data;

    (void)curl;
    if (type == CURLINFO_HEADER_OUT && len >= 4) {
        memcpy(talk->verb, bytes, 4);
        talk->verb[4] = '\0';
    }
    return 0;
}

static int is_verb(const char *heard, const char *verb)
{
    return strcasecmp(heard, verb) == 0;
}

static void keep_line(talk_t *talk, const char *line, size_t len)
{
    if (!talk->in_reply)
        talk->reply_len = 0;
    if (len > sizeof(talk->reply) - talk->reply_len)
        len = sizeof(talk->reply) - talk->reply_len;
    memcpy(talk->reply + talk->reply_len, line, len);
    talk->reply_len += len;
}

/* Whether a line of an EHLO reply, "250-SMTPUTF8", announces it. */
static int announces_utf8(const char *line, size_t len)
{
    return len >= 12 && strncasecmp(line + 4, "SMTPUTF8", 8) == 0 &&
           (len == 12 || line[12] == ' ' || line[12] == '\r' || line[12] == '\n');
}

/* The three digits that begin a line of a reply (RFC 5321 section 4.2); 0: there are none. */
static int code_of(const char *line, size_t len)
{
    int code = 0;

    if (len < 4 || line[0] < '1' || line[0] > '5')
        return 0;
    for (int i = 0; i < 3; i++) {
        if (line[i] < '0' || line[i] > '9')
            return 0;
        code = code * 10 + line[i] - '0';
    }
    return code;
}

/*
 * Replies, a line each. Anything but `len` ends the conversation: so no RCPT is sent to a
 * relay that would get an address it cannot read.
 */
static size_t hear_reply(char *line, size_t size, size_t count, void *data)
{
    talk_t *talk = data;
    size_t len = size * count;
    int code = code_of(line, len);

    if (is_verb(talk->verb, "QUIT") || !code)
        return len;
    if (is_verb(talk->verb, "EHLO") && !talk->in_reply)
        talk->has_utf8 = 0;
    if (is_verb(talk->verb, "EHLO") && announces_utf8(line, len))
        talk->has_utf8 = 1;
    keep_line(talk, line, len);
    talk->in_reply = line[3] == '-';
    talk->code = code;
    memcpy(talk->answered, talk->verb, sizeof(talk->answered));
    if (talk->in_reply)
        return len;
    if (is_verb(talk->verb, "DATA")) {
        talk->taken = talk->asked_data && code / 100 == 2;
        talk->asked_data |= code == 354;
    }
    talk->no_utf8 = is_verb(talk->verb, "MAIL") && code / 100 == 2 && talk->needs_utf8 &&
                    !talk->has_utf8;
    return talk->no_utf8 ? 0 : len;
}

static portal_smtp_result_t failed(portal_smtp_fate_t fate, portal_smtp_reason_t reason,
                                   const char *words, apr_pool_t *pool)
{
    return (portal_smtp_result_t){fate, reason, 0,
                                  portal_smtp_words(words, strlen(words), pool)};
}

static portal_smtp_reason_t reason_of(CURLcode rc)
{
    switch (rc) {
    case CURLE_USE_SSL_FAILED:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
        return PORTAL_SMTP_TLS;
    case CURLE_LOGIN_DENIED:
        return PORTAL_SMTP_LOGIN;
    case CURLE_OPERATION_TIMEDOUT:
        return PORTAL_SMTP_SLOW;
    case CURLE_OUT_OF_MEMORY:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return PORTAL_SMTP_OURS;
    default:
        return PORTAL_SMTP_UNREACHABLE;
    }
}

/* "Authentication required" and its kin: not a word about this mail (RFC 4954 section 6). */
static int wants_login(int code)
{
    return code == 530 || code == 534 || code == 535 || code == 538;
}

static int is_about_mail(const talk_t *talk)
{
    return is_verb(talk->answered, "MAIL") || is_verb(talk->answered, "RCPT") ||
           is_verb(talk->answered, "DATA");
}

/* What went wrong where the relay itself said nothing; why no connection came about, too. */
static const char *explain(CURL *curl, CURLcode rc, const char *error, apr_pool_t *pool)
{
    const char *words = *error ? error : curl_easy_strerror(rc);
    char system[200];
    long number = 0;

    if (rc != CURLE_COULDNT_CONNECT ||
        curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &number) != CURLE_OK || number == 0)
        return words;
    apr_strerror((apr_status_t)number, system, sizeof(system));
    return apr_pstrcat(pool, words, " (", system, ")", NULL);
}

/* `error` is what explain() gave. */
static portal_smtp_result_t judge(const talk_t *talk, CURLcode rc, const char *error,
                                  apr_pool_t *pool)
{
    portal_smtp_result_t result = {PORTAL_SMTP_TEMPORARY, reason_of(rc), talk->code, ""};

    if (talk->no_utf8)
        return failed(
            PORTAL_SMTP_PERMANENT, PORTAL_SMTP_NO_UTF8,
            "The relay does not take addresses with other than ASCII characters "
            "(no SMTPUTF8).",
            pool);
    if (!talk->taken && talk->code < 400) { /* its last word was none of refusal */
        result.words = portal_smtp_words(error, strlen(error), pool);
        return result;
    }
    result.words = portal_smtp_words(talk->reply, talk->reply_len, pool);
    if (talk->taken) {
        result.fate = PORTAL_SMTP_DELIVERED;
        result.reason = PORTAL_SMTP_NO_REASON;
    } else if (wants_login(talk->code)) {
        result.reason = PORTAL_SMTP_LOGIN;
    } else if (rc != CURLE_LOGIN_DENIED && rc != CURLE_USE_SSL_FAILED) {
        result.reason = PORTAL_SMTP_RELAY_SAID;
        if (talk->code >= 500 && is_about_mail(talk))
            result.fate = PORTAL_SMTP_PERMANENT;
    }
    return result;
}

static long milliseconds(apr_interval_time_t given, apr_interval_time_t standard)
{
    return (long)apr_time_as_msec(given > 0 ? given : standard);
}

/* The name we greet with stands in the URL's path. */
static const char *url_of(const portal_smtp_relay_t *relay, apr_pool_t *pool)
{
    static const char good[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:[]";
    int fit = relay->ehlo && strspn(relay->ehlo, good) == strlen(relay->ehlo);

    return fit ? apr_pstrcat(pool, relay->url, "/", relay->ehlo, NULL) : relay->url;
}

static void set_relay(CURL *curl, const portal_smtp_relay_t *relay, apr_pool_t *pool)
{
    long total = milliseconds(relay->total, PORTAL_SMTP_TOTAL);

    curl_easy_setopt(curl, CURLOPT_URL, url_of(relay, pool));
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    /* Says goodbye within the call, under our own time limit. */
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, (total + 999) / 1000);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, total);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     milliseconds(relay->connect, PORTAL_SMTP_CONNECT));
    /* Never CURLUSESSL_TRY: it goes on in clear when STARTTLS is stripped. */
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     (long)(relay->tls_off ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (relay->ca_file) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, relay->ca_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    if (relay->user) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, relay->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, relay->password ? relay->password : "");
    }
}

static void set_talk(CURL *curl, talk_t *talk, const char *from,
                     const struct curl_slist *to)
{
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)talk->left);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_message);
    curl_easy_setopt(curl, CURLOPT_READDATA, talk);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, hear_reply);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, talk);
    curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, hear_command);
    curl_easy_setopt(curl, CURLOPT_DEBUGDATA, talk);
    curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
}

static int is_ascii(const char *text)
{
    for (; *text; text++) {
        if (*text & 0x80)
            return 0;
    }
    return 1;
}

/* `from` and `to` are checked addresses in the form for the wire. */
static portal_smtp_result_t hand_over(const portal_smtp_relay_t *relay,
                                      const portal_smtp_mail_t *mail, const char *from,
                                      const char *to, apr_pool_t *pool)
{
    talk_t talk = {.next = mail->message, .left = mail->len};
    char error[CURL_ERROR_SIZE] = "";
    struct curl_slist *rcpt = curl_slist_append(NULL, to);
    CURL *curl = curl_easy_init();
    CURLcode rc = CURLE_OUT_OF_MEMORY;
    portal_smtp_result_t result;

    talk.needs_utf8 = !is_ascii(from) || !is_ascii(to);
    if (curl && rcpt) {
        set_relay(curl, relay, pool);
        set_talk(curl, &talk, from, rcpt);
        curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
        rc = curl_easy_perform(curl);
    }
    result = judge(&talk, rc, explain(curl, rc, error, pool), pool);
    curl_easy_cleanup(curl);
    curl_slist_free_all(rcpt);
    return result;
}

static portal_smtp_result_t write_file(const char *folder, const portal_smtp_mail_t *mail,
                                       apr_pool_t *pool)
{
    apr_status_t rv = portal_mail_file_write(folder, mail, pool);
    char text[200];

    if (rv != APR_SUCCESS)
        return failed(PORTAL_SMTP_TEMPORARY, PORTAL_SMTP_FILE,
                      apr_strerror(rv, text, sizeof(text)), pool);
    return (portal_smtp_result_t){PORTAL_SMTP_DELIVERED, PORTAL_SMTP_NO_REASON, 0,
                                  apr_pstrcat(pool, mail->name, ".eml", NULL)};
}

/* Spaces, which portal_email_parse() would cut off, have no place in a ready address. */
static int is_address(portal_email_t *out, const char *text, apr_pool_t *pool)
{
    return text && !strpbrk(text, " \t\r\n") &&
           portal_email_parse(out, text, pool) == PORTAL_EMAIL_OK;
}

portal_smtp_result_t portal_smtp_deliver(const portal_smtp_relay_t *relay,
                                         const portal_smtp_mail_t *mail, apr_pool_t *pool)
{
    portal_email_t from, to;

    if (!is_address(&from, mail->from, pool) || !is_address(&to, mail->to, pool))
        return failed(PORTAL_SMTP_PERMANENT, PORTAL_SMTP_ADDRESS,
                      "This is not an e-mail address that mail can be sent to.", pool);
    if (!strncmp(relay->url, "file:", 5))
        return write_file(relay->url + 5, mail, pool);
    return hand_over(relay, mail, from.wire, to.wire, pool);
}
