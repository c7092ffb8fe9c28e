/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smtp_talk: one conversation with a relay as libcurl lets us overhear it: the commands that go
 * out, the lines that come back, and what became of the mail. Curl's own result codes do not tell
 * "not now" from "never" (both are a failed send).
 */
#ifndef PORTAL_REMOTE_SMTP_TALK_H
#define PORTAL_REMOTE_SMTP_TALK_H

#include <curl/curl.h>

#include "remote/smtp.h"

#define PORTAL_SMTP_REPLY_MAX 4096 /* of one reply, all its lines; more is not kept */

/* Begins all zero, but for the message and needs_utf8. */
typedef struct {
    const char *next; /* what of the message is still to be sent */
    apr_size_t left;
    char verb[5];     /* the last command that we sent: "MAIL", "RCPT" … */
    char answered[5]; /* the one that the last reply was to; not QUIT, sent after */
    int code;         /* of the last reply; 0: none yet */
    char reply[PORTAL_SMTP_REPLY_MAX]; /* the last reply, line by line */
    apr_size_t reply_len;
    int in_reply;   /* more lines of this reply follow */
    int needs_utf8; /* an address is not ASCII */
    int has_utf8;   /* the relay announced SMTPUTF8 in its last EHLO */
    int no_utf8;    /* broken off for lack of it */
    int asked_data; /* 354: the message may come */
    int taken;      /* 2xx after it: the relay has it */
} portal_smtp_talk_t;

/* A command as it goes out. Only the verb is looked at: AUTH carries the password. */
void portal_smtp_talk_command(portal_smtp_talk_t *talk, const char *bytes,
                              apr_size_t len);

/*
 * One line of a reply, as it came. 0: the conversation has to end here, so that no RCPT is sent to
 * a relay that would get an address it cannot read.
 */
int portal_smtp_talk_reply(portal_smtp_talk_t *talk, const char *line, apr_size_t len);

/* What became of the mail; `rc` is how libcurl ended, `error` its words where the relay had none. The
 * words are in `pool`. */
portal_smtp_result_t portal_smtp_talk_judge(const portal_smtp_talk_t *talk, CURLcode rc,
                                            const char *error, apr_pool_t *pool);

/* A result without a code of the relay; its words are in `pool`. */
portal_smtp_result_t portal_smtp_failed(portal_smtp_fate_t fate,
                                        portal_smtp_reason_t reason, const char *words,
                                        apr_pool_t *pool);

#endif
