/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smtp: see smtp.h. libcurl speaks; what the relay says is heard line by line (smtp_talk.h).
 */
#include "remote/smtp.h"

#include "core/email.h"
#include "remote/mail_file.h"
#include "remote/smtp_talk.h"

#include <apr_strings.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static size_t give_message(char *to, size_t size, size_t count, void *data)
{
    portal_smtp_talk_t *talk = data;
    apr_size_t n = size * count < talk->left ? size * count : talk->left;

    memcpy(to, talk->next, n);
    talk->next += n;
    talk->left -= n;
    return n;
}

/* Commands as they go out. */
static int hear_command(CURL *curl, curl_infotype type, char *bytes, size_t len,
                        void *talk)
{
    (void)curl;
    if (type == CURLINFO_HEADER_OUT)
        portal_smtp_talk_command(talk, bytes, len);
    return 0;
}

/* Replies, a line each. Anything but its length ends the conversation. */
static size_t hear_reply(char *line, size_t size, size_t count, void *talk)
{
    return portal_smtp_talk_reply(talk, line, size * count) ? size * count : 0;
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

static void set_talk(CURL *curl, portal_smtp_talk_t *talk, const char *from,
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
    portal_smtp_talk_t talk = {.next = mail->message, .left = mail->len};
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
    result = portal_smtp_talk_judge(&talk, rc, explain(curl, rc, error, pool), pool);
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
        return portal_smtp_failed(PORTAL_SMTP_TEMPORARY, PORTAL_SMTP_FILE,
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
        return portal_smtp_failed(
            PORTAL_SMTP_PERMANENT, PORTAL_SMTP_ADDRESS,
            "This is not an e-mail address that mail can be sent to.", pool);
    if (!strncmp(relay->url, "file:", 5))
        return write_file(relay->url + 5, mail, pool);
    return hand_over(relay, mail, from.wire, to.wire, pool);
}
