/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_talk: see smtp_talk.h. */
#include "remote/smtp_talk.h"

#include "remote/smtp_words.h"

#include <string.h>
#include <strings.h>

void portal_smtp_talk_command(portal_smtp_talk_t *talk, const char *bytes, apr_size_t len)
{
    if (len >= 4) {
        memcpy(talk->verb, bytes, 4);
        talk->verb[4] = '\0';
    }
}

static int is_verb(const char *heard, const char *verb)
{
    return strcasecmp(heard, verb) == 0;
}

static void keep_line(portal_smtp_talk_t *talk, const char *line, size_t len)
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

int portal_smtp_talk_reply(portal_smtp_talk_t *talk, const char *line, apr_size_t len)
{
    int code = code_of(line, len);

    if (is_verb(talk->verb, "QUIT") || !code)
        return 1;
    if (is_verb(talk->verb, "EHLO") && !talk->in_reply)
        talk->has_utf8 = 0;
    if (is_verb(talk->verb, "EHLO") && announces_utf8(line, len))
        talk->has_utf8 = 1;
    keep_line(talk, line, len);
    talk->in_reply = line[3] == '-';
    talk->code = code;
    memcpy(talk->answered, talk->verb, sizeof(talk->answered));
    if (talk->in_reply)
        return 1;
    if (is_verb(talk->verb, "DATA")) {
        talk->taken = talk->asked_data && code / 100 == 2;
        talk->asked_data |= code == 354;
    }
    talk->no_utf8 = is_verb(talk->verb, "MAIL") && code / 100 == 2 && talk->needs_utf8 &&
                    !talk->has_utf8;
    return !talk->no_utf8;
}

portal_smtp_result_t portal_smtp_failed(portal_smtp_fate_t fate,
                                        portal_smtp_reason_t reason, const char *words,
                                        apr_pool_t *pool)
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

static int is_about_mail(const portal_smtp_talk_t *talk)
{
    return is_verb(talk->answered, "MAIL") || is_verb(talk->answered, "RCPT") ||
           is_verb(talk->answered, "DATA");
}

portal_smtp_result_t portal_smtp_talk_judge(const portal_smtp_talk_t *talk, CURLcode rc,
                                            const char *error, apr_pool_t *pool)
{
    portal_smtp_result_t result = {PORTAL_SMTP_TEMPORARY, reason_of(rc), talk->code, ""};

    if (talk->no_utf8)
        return portal_smtp_failed(
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
