/* SPDX-License-Identifier: Apache-2.0 */
/* Sends queued mails: one at a time, outside of any transaction. */
#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <jansson.h>
#include <string.h>

#include "core/clock.h"
#include "job/job.h"

APLOG_USE_MODULE(portal);

/* A claim outlives the slowest relay by far. */
#define HOLD (4 * PORTAL_SMTP_TOTAL)
#define AT_ONCE 100 /* mails, before the thread looks at the time again */
#define GIVEN_UP_AFTER apr_time_from_sec(5 * 86400)

/* When to try again after so many failures; 0: never, since it would come too late. */
static apr_time_t next_try(const portal_mail_claim_t *mail, apr_time_t now)
{
    static const int minutes[] = {1, 2, 5, 10, 30, 60};
    const apr_int64_t last = sizeof(minutes) / sizeof(*minutes) - 1;
    int wait = minutes[mail->tries < last ? mail->tries : last];
    apr_time_t next = now + apr_time_from_sec(wait * 60);

    if (next > mail->created + GIVEN_UP_AFTER || (mail->expires && next >= mail->expires))
        return 0;
    return next;
}

static const char *reason_of(portal_smtp_reason_t reason)
{
    static const char *const words[] = {"",      "said", "unreachable", "slow", "tls",
                                        "login", "utf8", "address",     "file", "ours"};
    return words[reason];
}

static portal_mail_fate_t fate_of(const portal_mail_claim_t *mail,
                                  const portal_smtp_result_t *result, apr_time_t now)
{
    portal_mail_fate_t fate = {.id = mail->id,
                               .claim = mail->claim,
                               .binder_id = mail->binder_id,
                               .kind = mail->kind,
                               .state = "failed",
                               .reason = reason_of(result->reason),
                               .code = result->code,
                               .words = result->words,
                               .tries = mail->tries + 1};

    if (result->fate == PORTAL_SMTP_TEMPORARY)
        fate.next_try = next_try(mail, now);
    if (result->fate == PORTAL_SMTP_DELIVERED)
        fate.state = "sent";
    else if (fate.next_try)
        fate.state = "queued";
    return fate;
}

static portal_smtp_result_t send_mail(portal_job_t *job, const portal_mail_claim_t *mail,
                                      apr_pool_t *pool)
{
    json_t *payload = json_loads(mail->payload, 0, NULL);
    const char *from = NULL, *to = NULL, *message = NULL;
    portal_smtp_result_t result = {
        .fate = PORTAL_SMTP_PERMANENT, .reason = PORTAL_SMTP_OURS, .words = ""};

    if (json_unpack(payload, "{s:s, s:s, s:s}", "from", &from, "to", &to, "message",
                    &message) == 0) {
        portal_smtp_mail_t ready = {from, to, message, strlen(message), mail->id};
        result = portal_smtp_deliver(&job->relay, &ready, pool);
    }
    json_decref(payload);
    return result;
}

/* Nothing of the mail is logged; a relay's words may name the recipient, so the desk alone sees
 * them. */
static void tell(portal_job_t *job, const portal_mail_fate_t *fate)
{
    int away = !strcmp(fate->state, "queued") && strcmp(fate->reason, "said") != 0;

    if (!strcmp(fate->state, "failed"))
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, job->app->server,
                     "PTL0710: a mail of kind %s is given up: %s %d; see the outbox",
                     fate->kind, fate->reason, fate->code);
    if (away && !job->relay_away)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, job->app->server,
                     "PTL0711: PortalMailRelay takes no mail now: %s; it is tried again",
                     fate->reason);
    if (!strcmp(fate->state, "sent") && job->relay_away)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, job->app->server,
                     "PTL0712: PortalMailRelay takes mail again");
    if (away || !strcmp(fate->state, "sent"))
        job->relay_away = away;
}

static apr_status_t write_fate(portal_job_t *job, portal_mail_fate_t *fate,
                               apr_pool_t *pool)
{
    return portal_store_write(&job->app->store, &portal_job_actor, portal_clock_now(),
                              portal_act_mail_fate, fate, pool);
}

/* A mail that went out while the database went away is written down before any other is sent. */
static void keep(portal_job_t *job, const portal_mail_fate_t *fate)
{
    apr_pool_t *pool = job->unwritten_pool;

    job->unwritten = *fate;
    job->unwritten.id = apr_pstrdup(pool, fate->id);
    job->unwritten.claim = apr_pstrdup(pool, fate->claim);
    job->unwritten.binder_id = apr_pstrdup(pool, fate->binder_id);
    job->unwritten.kind = apr_pstrdup(pool, fate->kind);
    job->unwritten.words = apr_pstrdup(pool, fate->words);
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, job->app->server,
                 "PTL0713: what became of a mail cannot be written down yet");
}

static apr_status_t write_kept(portal_job_t *job, apr_pool_t *pool)
{
    apr_status_t rv = APR_SUCCESS;

    if (job->unwritten.id)
        rv = write_fate(job, &job->unwritten, pool);
    if (rv == APR_SUCCESS && job->unwritten.id) {
        job->unwritten.id = NULL;
        apr_pool_clear(job->unwritten_pool);
    }
    return rv;
}

/* 1: one mail was handled, look for another. */
static int deliver_one(portal_job_t *job, apr_pool_t *pool)
{
    portal_mail_claim_t mail = {.hold = HOLD};
    portal_smtp_result_t result;
    portal_mail_fate_t fate;
    apr_status_t rv =
        portal_store_write(&job->app->store, &portal_job_actor, portal_clock_now(),
                           portal_act_mail_claim, &mail, pool);

    if (rv != APR_SUCCESS || !mail.found)
        return 0;
    result = send_mail(job, &mail, pool);
    fate = fate_of(&mail, &result, portal_clock_now());
    tell(job, &fate);
    rv = write_fate(job, &fate, pool);
    if (rv != APR_SUCCESS)
        keep(job, &fate);
    return rv == APR_SUCCESS;
}

void portal_job_deliver(portal_job_t *job, apr_pool_t *pool)
{
    apr_pool_t *scratch;
    int due = 0, go_on = 1;
    apr_status_t rv = write_kept(job, pool);

    if (rv == APR_SUCCESS)
        rv = portal_store_read(&job->app->store, &portal_job_actor, portal_clock_now(),
                               portal_act_mail_due, &due, pool);
    if (rv != APR_SUCCESS || !due)
        return;
    job->relay.password = portal_job_secret(job->password, pool);
    apr_pool_create(&scratch, pool);
    for (int i = 0; i < AT_ONCE && go_on && !portal_job_ends(); i++) {
        go_on = deliver_one(job, scratch);
        apr_pool_clear(scratch);
    }
    apr_pool_destroy(scratch);
    job->relay.password = NULL;
}
