/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smtp: hands one ready mail to the relay of the hospital, or writes it into a folder.
 *
 * A call takes as long as the relay does, at most `total` (and as long again for a relay
 * that is slow to say goodbye): for a background job, never for a request. TLS, where it is
 * required, is verified and never given up: a relay that does not offer it gets nothing.
 * Any number of threads may deliver at once. RFC 5321, 3207 (STARTTLS), 6531 (SMTPUTF8).
 */
#ifndef PORTAL_REMOTE_SMTP_H
#define PORTAL_REMOTE_SMTP_H

#include <apr_pools.h>
#include <apr_time.h>

#define PORTAL_SMTP_CONNECT apr_time_from_sec(10)
#define PORTAL_SMTP_TOTAL apr_time_from_sec(60)
#define PORTAL_SMTP_WORDS_MAX 300 /* characters of what the relay said */

/* Where mail goes; made from the configuration, read-only, shared by threads. */
typedef struct {
    const char *url;             /* smtp://host:port or smtps://host:port; file:DIR */
    int tls_off;                 /* smtp:// without TLS; 0: STARTTLS is demanded */
    const char *ca_file;         /* authorities in place of the system's; NULL */
    const char *user;            /* login; NULL: none */
    const char *password;        /* a secret */
    const char *ehlo;            /* the name we greet with; NULL: this machine's */
    apr_interval_time_t connect; /* 0: PORTAL_SMTP_CONNECT */
    apr_interval_time_t total;   /* 0: PORTAL_SMTP_TOTAL */
} portal_smtp_relay_t;

typedef struct {
    const char *from,
        *to; /* one address each; anything else is refused before it is sent */
    const char *message; /* as portal_mail_compose() makes it */
    apr_size_t len;
    const char
        *name; /* for file:, which makes NAME.eml: letters, digits, '-', '_', '.' */
} portal_smtp_mail_t;

typedef enum {
    PORTAL_SMTP_DELIVERED, /* the relay has taken it over */
    PORTAL_SMTP_TEMPORARY, /* try again later */
    PORTAL_SMTP_PERMANENT  /* this mail will never go to this address */
} portal_smtp_fate_t;

/* Why not delivered: so that the desk can be told in its language what to do. */
typedef enum {
    PORTAL_SMTP_NO_REASON,   /* delivered */
    PORTAL_SMTP_RELAY_SAID,  /* the relay refused the mail: see words */
    PORTAL_SMTP_UNREACHABLE, /* no relay there, or it went away */
    PORTAL_SMTP_SLOW,        /* it did not answer in time */
    PORTAL_SMTP_TLS,         /* no TLS, or a certificate that does not hold */
    PORTAL_SMTP_LOGIN,       /* the relay wants a login, or another one */
    PORTAL_SMTP_NO_UTF8,     /* the address is not ASCII, and the relay takes only that */
    PORTAL_SMTP_ADDRESS,     /* an address that cannot be sent to */
    PORTAL_SMTP_FILE,        /* the folder cannot be written to */
    PORTAL_SMTP_OURS         /* a fault on this side: no memory, a wrong URL */
} portal_smtp_reason_t;

typedef struct {
    portal_smtp_fate_t fate;
    portal_smtp_reason_t reason;
    int code; /* of the relay's last reply, e.g. 550; 0: it gave none */
    /*
     * The relay's last reply in its own words, or what the system said where there was no
     * relay. Never NULL; one line of UTF-8, at most PORTAL_SMTP_WORDS_MAX characters, no
     * control character: text to be shown (escaped, as any other).
     */
    const char *words;
} portal_smtp_result_t;

/*
 * Delivers `mail` by `relay`; the result's words are in `pool`. A refusal counts as
 * permanent only if it is about this mail (5xx to MAIL, RCPT or DATA): a wrong login, a
 * missing certificate or a relay that turns everybody away can be mended without it.
 */
portal_smtp_result_t portal_smtp_deliver(const portal_smtp_relay_t *relay,
                                         const portal_smtp_mail_t *mail,
                                         apr_pool_t *pool);

#endif
