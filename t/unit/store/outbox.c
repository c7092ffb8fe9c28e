/* SPDX-License-Identifier: Apache-2.0 */
/* store: the queue of mails under two deliverers, links and what ends them, asks, pruning. */
#include "store_test.h"

#include <sodium.h>

#include "core/token.h"
#include "store/account.h"
#include "store/ask.h"
#include "store/link.h"
#include "store/mail.h"
#include "store/outbox.h"
#include "store/prune.h"

#define BINDER "AAAAAAAAAAAAAAAAAAAAAA"
#define MINUTE apr_time_from_sec(60)

/* ---- a binder, and a composer that keeps the token ---- */

static char last_token[PORTAL_TOKEN_SIZE];
static char last_kind[40];
static int no_relay;

static apr_status_t compose(void *baton, const portal_mail_facts_t *facts,
                            const char **payload, apr_pool_t *pool)
{
    (void)baton;
    if (no_relay)
        return APR_ENOTIMPL;
    apr_cpystrn(last_token, facts->token ? facts->token : "", sizeof(last_token));
    apr_cpystrn(last_kind, facts->kind, sizeof(last_kind));
    *payload = apr_pstrcat(pool, facts->kind, " to ", facts->address, NULL);
    return APR_SUCCESS;
}

static void prepare(portal_store_test_t *t)
{
    no_relay = 0;
    t->store.compose = compose;
    portal_store_test_run(t, "INSERT INTO binder VALUES ('" BINDER
                             "', 'm1', 'Doe', 'Ann', '', '',"
                             " '', '', 'doe ann', 1, 1, 1)");
    portal_store_test_run(t, "INSERT INTO patient_case VALUES ('C', '" BINDER
                             "', 'C-1', 'C1', '',"
                             " 'Doe', 'Ann', '', '', 1, 1, 1)");
    portal_store_test_run(t, "INSERT INTO access VALUES ('" BINDER
                             "', 'C', 'ann@example.org',"
                             " 'ann@example.org', 1, '', 1, 1)");
}

static void run_act(portal_store_test_t *t, portal_act_fn act, void *baton)
{
    assert_int_equal(
        portal_store_write(&t->store, &t->actor, t->now, act, baton, t->pool),
        APR_SUCCESS);
}

typedef struct {
    portal_link_t link;
    int queued;
} send_t;

static apr_status_t send_act(portal_tx_t *tx, void *baton)
{
    send_t *s = baton;
    return portal_link_send(tx, &s->link, &s->queued);
}

/* Sends a link; its token's hash. */
static const char *send_link(portal_store_test_t *t, const char *kind, const char *origin)
{
    send_t s = {{BINDER, kind, origin, NULL, t->now + 30 * MINUTE}, 0};
    char *hash = apr_palloc(t->pool, PORTAL_HASH_SIZE);

    run_act(t, send_act, &s);
    assert_int_equal(s.queued, 1);
    portal_token_hash(hash, last_token);
    return hash;
}

static int is_open(portal_store_test_t *t, const char *hash, int kinds)
{
    portal_link_look_t look = {.token_hash = hash, .kinds = kinds};
    run_act(t, portal_act_link_look, &look);
    return look.open;
}

#define ANY (PORTAL_LINK_INVITATION | PORTAL_LINK_VERIFICATION | PORTAL_LINK_RESET)

/* ---- links ---- */

static void newer_links_void_what_they_may(void **state)
{
    portal_store_test_t *t = *state;
    const char *invitation, *outside, *verification, *again;

    prepare(t);
    invitation = send_link(t, "invitation", "desk");
    outside = send_link(t, "invitation", "outside");
    verification = send_link(t, "verification", "outside");
    assert_true(is_open(t, invitation, ANY) && is_open(t, outside, ANY) &&
                is_open(t, verification, ANY));
    again = send_link(t, "verification", "outside");
    assert_false(is_open(t, verification, ANY));
    assert_true(is_open(t, invitation, ANY) && is_open(t, outside, ANY));
    invitation = send_link(t, "invitation", "desk");
    assert_false(is_open(t, outside, ANY) || is_open(t, again, ANY));
    assert_true(is_open(t, invitation, PORTAL_LINK_INVITATION));
    assert_false(is_open(t, invitation, PORTAL_LINK_VERIFICATION | PORTAL_LINK_RESET));
    t->now += 30 * MINUTE;
    assert_false(is_open(t, invitation, ANY));
}

static void no_link_without_a_mail(void **state)
{
    portal_store_test_t *t = *state;
    send_t s = {{BINDER, "invitation", "desk", NULL, t->now + MINUTE}, 1};

    prepare(t);
    no_relay = 1;
    run_act(t, send_act, &s);
    assert_int_equal(s.queued, 0);
    assert_string_equal(portal_store_test_ask(t, "SELECT COUNT(*) FROM link"), "0");
    no_relay = 0;
    portal_store_test_run(t, "UPDATE access SET email = ''");
    run_act(t, send_act, &s);
    assert_int_equal(s.queued, 0);
    assert_string_equal(portal_store_test_ask(t, "SELECT COUNT(*) FROM link"), "0");
}

static void a_link_is_used_once(void **state)
{
    portal_store_test_t *t = *state;
    portal_throttle_cost_t cost = {3, apr_time_from_sec(1), apr_time_from_sec(3600), 100};
    portal_link_attempt_t a = {
        .cost = &cost, .kinds = ANY, .number_key = "C2", .source = "127.0.0.0/24"};
    portal_link_use_t use = {
        .attempt = &a, .new_hash = "hash", .pepper_key = 1, .session = ""};

    prepare(t);
    a.token_hash = send_link(t, "invitation", "desk");
    run_act(t, portal_act_link_attempt, &a);
    assert_int_equal(a.verdict, PORTAL_LINK_WRONG);
    a.number_key = "C1";
    run_act(t, portal_act_link_attempt, &a);
    assert_int_equal(a.verdict, PORTAL_LINK_RIGHT);
    assert_string_equal(a.facts.family, "Doe");
    run_act(t, portal_act_link_use, &use);
    assert_int_equal(use.refused, 0);
    assert_string_equal(portal_store_test_ask(t, "SELECT registration FROM account"),
                        "normal");
    run_act(t, portal_act_link_use, &use);
    assert_int_equal(use.refused, 1);
    run_act(t, portal_act_link_attempt, &a);
    assert_int_equal(a.verdict, PORTAL_LINK_DEAD);
    assert_string_equal(
        portal_store_test_ask(t, "SELECT COUNT(*) FROM throttle WHERE account <> ''"),
        "0");
}

/* ---- two deliverers ---- */

static portal_mail_fate_t fate_of(const portal_mail_claim_t *c, const char *mail_state,
                                  apr_time_t next)
{
    return (portal_mail_fate_t){.id = c->id,
                                .claim = c->claim,
                                .binder_id = c->binder_id,
                                .kind = c->kind,
                                .state = mail_state,
                                .reason = "",
                                .code = 250,
                                .words = "ok",
                                .tries = c->tries + 1,
                                .next_try = next};
}

static void a_mail_is_in_one_hand(void **state)
{
    portal_store_test_t *t = *state;
    portal_mail_claim_t first = {.hold = MINUTE}, second = {.hold = MINUTE};
    portal_mail_fate_t fate;
    int due;

    prepare(t);
    send_link(t, "invitation", "desk");
    run_act(t, portal_act_mail_due, &due);
    assert_int_equal(due, 1);
    run_act(t, portal_act_mail_claim, &first);
    assert_int_equal(first.found, 1);
    assert_string_equal(first.payload, "invitation to ann@example.org");
    run_act(t, portal_act_mail_claim, &second);
    assert_int_equal(second.found, 0);
    run_act(t, portal_act_mail_due, &due);
    assert_int_equal(due, 0);

    t->now += MINUTE; /* the first died: its claim runs out */
    run_act(t, portal_act_mail_claim, &second);
    assert_int_equal(second.found, 1);
    assert_string_equal(second.id, first.id);
    fate = fate_of(&first, "failed", 0); /* it was only slow: too late */
    run_act(t, portal_act_mail_fate, &fate);
    assert_string_equal(portal_store_test_ask(t, "SELECT state FROM mail"), "queued");
    fate = fate_of(&second, "sent", 0);
    run_act(t, portal_act_mail_fate, &fate);
    assert_string_equal(portal_store_test_ask(t, "SELECT state FROM mail"), "sent");
    assert_string_equal(portal_store_test_ask(t, "SELECT sealed FROM mail"), "");
    assert_string_equal(
        portal_store_test_ask(t, "SELECT COUNT(*) FROM audit WHERE action = 'mail.sent'"),
        "1");
}

static void a_mail_waits_for_its_next_try(void **state)
{
    portal_store_test_t *t = *state;
    portal_mail_claim_t c = {.hold = MINUTE};
    portal_mail_fate_t fate;

    prepare(t);
    send_link(t, "invitation", "desk");
    run_act(t, portal_act_mail_claim, &c);
    fate = fate_of(&c, "queued", t->now + 2 * MINUTE);
    run_act(t, portal_act_mail_fate, &fate);
    t->now += 2 * MINUTE - 1;
    run_act(t, portal_act_mail_claim, &c);
    assert_int_equal(c.found, 0);
    t->now += 1;
    run_act(t, portal_act_mail_claim, &c);
    assert_int_equal(c.found, 1);
    assert_int_equal(c.tries, 1);
}

static void a_dead_link_is_not_sent(void **state)
{
    portal_store_test_t *t = *state;
    portal_mail_claim_t c = {.hold = MINUTE};
    int found = 0;

    prepare(t);
    send_link(t, "verification", "outside");
    send_link(t, "verification", "outside");
    do { /* both are due at the same time: in which order they come is no matter */
        run_act(t, portal_act_mail_claim, &c);
        found += c.found;
    } while (c.found);
    assert_int_equal(found, 1); /* the newer; the older was cleared away */
    assert_string_equal(
        portal_store_test_ask(
            t, "SELECT COUNT(*) FROM mail WHERE reason = 'link' AND sealed = ''"
               " AND state = 'failed'"),
        "1");
}

static void a_failed_mail_may_go_again(void **state)
{
    portal_store_test_t *t = *state;
    portal_mail_claim_t c = {.hold = MINUTE};
    portal_mail_retry_t retry = {.id = "nobody"};
    portal_mail_fate_t fate;
    portal_prune_t prune = {MINUTE, 100};

    prepare(t);
    run_act(t, portal_act_mail_retry, &retry);
    assert_int_equal(retry.verdict, PORTAL_RETRY_UNKNOWN);
    send_link(t, "invitation", "desk");
    run_act(t, portal_act_mail_claim, &c);
    retry.id = c.id;
    run_act(t, portal_act_mail_retry, &retry);
    assert_int_equal(retry.verdict, PORTAL_RETRY_DONE);
    fate = fate_of(&c, "failed", 0);
    run_act(t, portal_act_mail_fate, &fate);
    run_act(t, portal_act_mail_retry, &retry);
    assert_int_equal(retry.verdict, PORTAL_RETRY_OK);
    run_act(t, portal_act_mail_claim, &c);
    assert_int_equal(c.found, 1);
    fate = fate_of(&c, "failed", 0);
    run_act(t, portal_act_mail_fate, &fate);
    t->now += 31 * MINUTE;
    run_act(t, portal_act_mail_retry, &retry);
    assert_int_equal(retry.verdict, PORTAL_RETRY_DEAD);
    t->now += apr_time_from_sec(8 * 86400);
    run_act(t, portal_act_prune, &prune);
    assert_string_equal(portal_store_test_ask(t, "SELECT sealed FROM mail"), "");
}

/* ---- asks ---- */

static void ask(portal_store_test_t *t, const char *kind, const char *number,
                const char *email)
{
    static const portal_throttle_cost_t cost = {3, apr_time_from_sec(1),
                                                apr_time_from_sec(3600), 100};
    portal_ask_t a = {.cost = &cost,
                      .source = "127.0.0.0/24",
                      .kind = kind,
                      .number_key = number,
                      .email_key = email};
    run_act(t, portal_act_ask, &a);
    assert_int_equal(a.verdict, PORTAL_THROTTLE_GO);
}

/* What answering the oldest ask wrote into the trail, and the kind of mail that came of it. */
static const char *answer(portal_store_test_t *t, portal_ask_policy_t policy)
{
    portal_ask_answer_t a = {.policy = policy, .expires = 30 * MINUTE};

    last_kind[0] = '\0';
    run_act(t, portal_act_ask_answer, &a);
    assert_non_null(a.id);
    return apr_pstrcat(
        t->pool,
        portal_store_test_ask(t, "SELECT result FROM audit ORDER BY seq DESC LIMIT 1"),
        *last_kind ? " " : "", last_kind, NULL);
}

static void asks_are_answered_by_the_record(void **state)
{
    portal_store_test_t *t = *state;
    portal_ask_answer_t none = {.policy = PORTAL_ASK_OPEN};

    prepare(t);
    run_act(t, portal_act_ask_answer, &none);
    assert_null(none.id);
    ask(t, "register", "C9", "ann@example.org");
    assert_string_equal(answer(t, PORTAL_ASK_OPEN), "unknown");
    ask(t, "register", "C1", "bob@example.org");
    assert_string_equal(answer(t, PORTAL_ASK_OPEN), "refused");
    ask(t, "register", "C1", "");
    assert_string_equal(answer(t, PORTAL_ASK_OPEN), "refused");
    ask(t, "forgot", "C1", "ann@example.org");
    assert_string_equal(answer(t, PORTAL_ASK_OPEN), "not_registered");
    ask(t, "register", "C1", "ann@example.org");
    assert_string_equal(answer(t, PORTAL_ASK_OFF), "off");
    ask(t, "register", "C1", "ann@example.org");
    assert_string_equal(answer(t, PORTAL_ASK_INVITED), "not_invited");
    ask(t, "register", "C1", "ann@example.org");
    assert_string_equal(answer(t, PORTAL_ASK_OPEN), "ok verification");
    portal_store_test_run(t, "INSERT INTO account VALUES ('" BINDER
                             "', 'forced', 'h', 1, 0, 0, 0,"
                             " '', 0, 0, 0)");
    ask(t, "register", "C1", "ann@example.org");
    assert_string_equal(answer(t, PORTAL_ASK_OPEN), "ok already_registered");
    ask(t, "forgot", "C1", "ann@example.org");
    assert_string_equal(answer(t, PORTAL_ASK_OFF), "ok reset");
    ask(t, "forgot", "C1", "ann@example.org");
    assert_string_equal(answer(t, PORTAL_ASK_OPEN), "limit");
    portal_store_test_run(t, "UPDATE access SET enabled = 0");
    ask(t, "forgot", "C1", "ann@example.org");
    assert_string_equal(answer(t, PORTAL_ASK_OPEN), "disabled");
    assert_string_equal(portal_store_test_ask(
                            t, "SELECT COUNT(*) FROM audit WHERE actor_kind = 'visitor'"),
                        "11");
}

static void an_invitation_is_repeated_as_it_was(void **state)
{
    portal_store_test_t *t = *state;

    prepare(t);
    send_link(t, "invitation", "desk");
    t->now += 10 * MINUTE;
    ask(t, "register", "C1", "ann@example.org");
    assert_string_equal(answer(t, PORTAL_ASK_INVITED), "ok invitation");
    assert_string_equal(
        portal_store_test_ask(
            t, "SELECT COUNT(*) || ' ' || COUNT(DISTINCT expires) FROM link"),
        "2 1");
    t->now += 21 * MINUTE;
    ask(t, "register", "C1", "ann@example.org");
    assert_string_equal(answer(t, PORTAL_ASK_INVITED), "not_invited");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(newer_links_void_what_they_may),
        store_test(no_link_without_a_mail),
        store_test(a_link_is_used_once),
        store_test(a_mail_is_in_one_hand),
        store_test(a_mail_waits_for_its_next_try),
        store_test(a_dead_link_is_not_sent),
        store_test(a_failed_mail_may_go_again),
        store_test(asks_are_answered_by_the_record),
        store_test(an_invitation_is_repeated_as_it_was),
    };
    return cmocka_run_group_tests(tests, portal_store_test_begin, portal_store_test_end);
}
