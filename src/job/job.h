/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work that no request does: sending mails, and paperwork to the hospital's own system, answering what was asked for by e-mail, clearing away
 * what is over and what was erased, and forgetting sessions that a program beside httpd has ended.
 *
 * It runs in threads of mod_watchdog, each in one child of this machine at a time. When that child
 * goes, another takes over. Several machines with one database share the work: each mail and each
 * request is claimed by a row count.
 */
#ifndef PORTAL_JOB_H
#define PORTAL_JOB_H

#include <httpd.h>

#include "app.h"
#include "core/secret.h"
#include "remote/fhir_post.h"
#include "remote/smtp.h"
#include "store/outbox.h"

/* One host's work. Made at start; what changes belongs to the one thread that runs. */
typedef struct {
    portal_app_t *app;
    /* the mail thread */
    portal_smtp_relay_t relay;
    portal_secret_t *password; /* of the relay; NULL: none */
    apr_pool_t
        *unwritten_pool; /* what happened to a mail, while that cannot be written */
    portal_mail_fate_t unwritten; /* id NULL: nothing */
    int relay_away;               /* said so in the log */
    /* the thread that sends paperwork away */
    portal_fhir_server_t export_to;
    portal_secret_t *export_password, *export_token; /* NULL: none */
    int export_away;                                 /* said so in the log */
    /* the thread of the rest */
    char epoch[201];          /* the meta row session_epoch as it was */
    int epoch_known;          /* 0: this process has not looked yet */
    apr_time_t pruned;        /* when that was last done; 0: not yet */
    apr_time_t noted;         /* likewise, that this httpd has these keys */
    apr_time_t looked;        /* likewise, for case numbers that are tried in vain */
    apr_time_t anchored;      /* likewise, where the audit trail ended */
    apr_int64_t anchored_row; /* and where that was */
} portal_job_t;

/* For post_config, after the apps were made: reads logins and tokens as root and registers the
 * threads. OK, or logs file and mend under a PTL tag and returns 500, which stops the start. */
int portal_job_post_config(apr_pool_t *pconf, server_rec *main_server);

/* For child_init: locks passwords and tokens into memory. */
void portal_job_child_init(apr_pool_t *pchild);

/* Sends what is due. Comes back when nothing is, or httpd ends; a slow relay holds it up for no
 * longer than PORTAL_SMTP_TOTAL. `pool` is for scratch. */
void portal_job_deliver(portal_job_t *job, apr_pool_t *pool);

/* Sends paperwork to PortalExport likewise, held up for no longer than PORTAL_FHIR_TOTAL. */
void portal_job_push(portal_job_t *job, apr_pool_t *pool);

/* A secret with its NUL, wiped with the pool; NULL: there is none. */
const char *portal_job_secret(const portal_secret_t *secret, apr_pool_t *pool);

/* Everything else that is to be done now. `pool` is for scratch. */
void portal_job_care(portal_job_t *job, apr_pool_t *pool);

/* Writes to the error log where the audit trail ends, when PortalAuditAnchor says that it is time and there
 * are new rows; see portal_audit_anchor(). */
void portal_job_anchor(portal_job_t *job, apr_time_t now, apr_pool_t *pool);

/* Once a minute: tells the error log and the trail when many case numbers are tried in vain. */
void portal_job_guessing(portal_job_t *job, apr_time_t now, apr_pool_t *pool);

/* Is httpd ending? Then no new work is begun. */
int portal_job_ends(void);

/* Who acts in the audit trail. */
extern const portal_actor_t portal_job_actor;

#endif
