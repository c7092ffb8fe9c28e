/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portalctl rotate-secret: another master key, in steps between which httpd is restarted
 * gracefully, so that nobody is signed out and nothing sealed is ever met by an httpd that
 * cannot open it:
 *
 *   1  a new key is added, behind the current one     every httpd learns to read it
 *   2  it is made the current one                     every httpd writes with it
 *   3  what is sealed under older keys is sealed again
 *   4  --finish: of the old keys only what is still needed stays
 *
 * Where things stand is read from the secret file itself, so whoever was killed just runs it
 * again. Which keys a serving httpd has it writes down in the database (store/reseal.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <apr_strings.h>

#include "core/clock.h"
#include "core/date.h"
#include "ctl/ctl.h"
#include "store/audit.h"
#include "store/reseal.h"

#define LONGEST apr_time_from_msec(400) /* that a batch may take */
#define MOST_AT_ONCE 400
#define REST apr_time_from_msec(20)         /* for those who wait for the write lock */
#define PAGES_LIVE apr_time_from_sec(86400) /* a form that was shown, until it is sent */
#define RELOAD "systemctl reload apache2"
/* How often, and how far apart, it is looked whether a reload has come about. */
#define RELOAD_LOOKS 50
#define RELOAD_PAUSE apr_time_from_msec(100)

typedef struct {
    portal_ctl_t *ctl;
    const char *file;
    unsigned current, next; /* next: a key that waits to be made current; 0: none */
} rotation_t;

/* ---- looking ---- */

/* Only one at a time: the lock is on the folder, since the file is replaced. */
static int take_turn(rotation_t *r)
{
    int fd = open(dirname(apr_pstrdup(r->ctl->pool, r->file)),
                  O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB))
        return portal_ctl_fail(r->ctl, PORTAL_CTL_NOT,
                               errno == EWOULDBLOCK
                                   ? "another rotate-secret works on this secret"
                                   : "the folder of the secret cannot be opened");
    return 0; /* held until this program ends */
}

static void look_at_keys(rotation_t *r)
{
    const portal_keyring_t *keys = r->ctl->keys;

    r->current = portal_keyring_current(keys);
    for (apr_size_t i = 1; i < portal_keyring_count(keys); i++)
        if (portal_keyring_id(keys, i) > r->current &&
            portal_keyring_id(keys, i) > r->next)
            r->next = portal_keyring_id(keys, i);
}

/* Has the httpd the key; as the current one, when that is asked for? */
static int has_key(const portal_serving_t *s, unsigned key, int as_current)
{
    const char *at = s->keys;

    while (*at) {
        char *end;
        if (apr_strtoi64(at, &end, 10) == (apr_int64_t)key)
            return 1;
        if (as_current || end == at)
            return 0;
        at = end + (*end == ',');
    }
    return 0;
}

/* The first httpd that has lately been seen and lacks the key; NULL: none does. */
static apr_status_t who_lacks(rotation_t *r, unsigned key, int as_current,
                              const portal_serving_t **who)
{
    portal_ctl_t *ctl = r->ctl;
    portal_serving_list_t all = {0};
    apr_status_t rv = portal_store_read(&ctl->store, &ctl->actor, ctl->now,
                                        portal_act_serving_list, &all, ctl->pool);
    const portal_serving_t *one = all.list;

    *who = NULL;
    for (int i = 0; rv == APR_SUCCESS && i < all.n && !*who; i++, one++)
        if (ctl->now - one->at < 2 * PORTAL_SERVING_EVERY &&
            !has_key(one, key, as_current))
            *who = one;
    return rv;
}

/* Every httpd must have it. One that was told to reload a moment ago is waited for. */
static int everybody_has(rotation_t *r, unsigned key, int as_current)
{
    portal_ctl_t *ctl = r->ctl;
    const portal_serving_t *who = NULL;

    if (ctl->options.yes)
        return 0;
    for (int i = 0; i < RELOAD_LOOKS; i++) {
        if (i > 0)
            apr_sleep(RELOAD_PAUSE);
        if (who_lacks(r, key, as_current, &who) != APR_SUCCESS)
            return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "the database cannot be read");
        if (!who)
            return 0;
    }
    portal_ctl_set(ctl, "next", json_string("reload"));
    return portal_ctl_fail(
        ctl, PORTAL_CTL_NOT,
        "nothing was done yet: the httpd at %s does not %s key %u. Reload it "
        "(" RELOAD "), then run rotate-secret again. If it is stopped for good, "
        "add --yes",
        portal_ctl_plain(who->where, ctl->pool), as_current ? "use" : "have", key);
}

/* ---- doing ---- */

typedef struct {
    const char *step;
    unsigned key;
    json_t *more; /* borrowed; NULL: nothing */
} note_t;

static apr_status_t note(portal_tx_t *tx, void *baton)
{
    const note_t *n = baton;
    json_t *detail = json_pack("{s:s, s:i}", "step", n->step, "key", (int)n->key);

    if (n->more)
        json_object_update(detail, n->more);
    return PORTAL_AUDIT(tx, .action = "secret.rotate", .detail = detail);
}

/* On record before it happens: what cannot be recorded is not done. */
static int record(rotation_t *r, const char *step, unsigned key, json_t *more)
{
    note_t n = {step, key, more};

    if (portal_store_write(&r->ctl->store, &r->ctl->actor, portal_clock_now(), note, &n,
                           r->ctl->pool) != APR_SUCCESS)
        return portal_ctl_fail(
            r->ctl, PORTAL_CTL_NOT,
            "the audit trail cannot be written, so nothing was done; try again");
    return 0;
}

static int changed(rotation_t *r, apr_status_t rv, const char *error)
{
    portal_ctl_as_owner(r->ctl);
    return rv == APR_SUCCESS ? 0 : portal_ctl_fail(r->ctl, PORTAL_CTL_NOT, "%s", error);
}

static void tell_next(rotation_t *r, const char *step, const char *next, const char *text)
{
    portal_ctl_set(r->ctl, "step", json_string(step));
    portal_ctl_set(r->ctl, "next", json_string(next));
    portal_ctl_say(r->ctl, "%s", text);
}

static int add(rotation_t *r)
{
    portal_ctl_t *ctl = r->ctl;
    const char *error = NULL;
    unsigned id = 0;
    int code = record(r, "add", r->current, NULL);

    if (code)
        return code;
    portal_ctl_as_root(ctl);
    code = changed(r, portal_keyring_add(r->file, &id, &error, ctl->pool), error);
    if (code)
        return code;
    portal_ctl_set(ctl, "key", json_integer(id));
    tell_next(
        r, "added", "reload",
        apr_psprintf(ctl->pool,
                     "Step 1 of 4: a new key (%u) stands in %s; key %u is still in use.\n"
                     "Now:  " RELOAD "   (every httpd that uses this database)\n"
                     "Then: portalctl rotate-secret\n"
                     "Keep a copy of the file in a safe place, and the old copy with the "
                     "backups made so far.",
                     id, r->file, r->current));
    return PORTAL_CTL_DONE;
}

static int promote(rotation_t *r)
{
    portal_ctl_t *ctl = r->ctl;
    const char *error = NULL;
    int code = everybody_has(r, r->next, 0);

    if (!code)
        code = record(r, "promote", r->next, NULL);
    if (code)
        return code;
    portal_ctl_as_root(ctl);
    code = changed(r, portal_keyring_promote(r->file, r->next, &error, ctl->pool), error);
    if (code)
        return code;
    portal_ctl_set(ctl, "key", json_integer(r->next));
    tell_next(r, "promoted", "reload",
              apr_psprintf(ctl->pool,
                           "Step 2 of 4: key %u is now the current one; key %u stays for "
                           "reading.\n"
                           "Now:  " RELOAD "   (every httpd that uses this database)\n"
                           "Then: portalctl rotate-secret",
                           r->next, r->current));
    return PORTAL_CTL_DONE;
}

/* ---- sealing again ---- */

typedef struct {
    portal_reseal_t batch;
    apr_int64_t all, done, left;
    const char *left_table, *left_id;
} reseal_t;

static apr_int64_t rows_of(rotation_t *r, unsigned key)
{
    portal_key_uses_t uses = {.key = key};

    return portal_store_read(&r->ctl->store, &r->ctl->actor, r->ctl->now,
                             portal_act_key_uses, &uses, r->ctl->pool) == APR_SUCCESS
               ? uses.sealed
               : -1;
}

/* All that is sealed, but not under the current key; -1: cannot be asked. */
static apr_int64_t count_left(rotation_t *r)
{
    portal_ctl_t *ctl = r->ctl;
    apr_int64_t all = 0, good = rows_of(r, r->current);

    if (good < 0 ||
        portal_store_read(&ctl->store, &ctl->actor, ctl->now, portal_act_sealed_rows,
                          &all, ctl->pool) != APR_SUCCESS)
        return -1;
    return all > good ? all - good : 0;
}

/* One batch, shorter when the last one took long; then others may write. */
static apr_status_t reseal_some(rotation_t *r, reseal_t *s, apr_pool_t *pool)
{
    apr_time_t begin = apr_time_now(), took;
    apr_status_t rv =
        portal_store_write(&r->ctl->store, &r->ctl->actor, portal_clock_now(),
                           portal_act_reseal, &s->batch, pool);

    took = apr_time_now() - begin;
    if (rv != APR_SUCCESS)
        return rv;
    s->batch.after = apr_pstrdup(r->ctl->pool, s->batch.after);
    s->done += s->batch.done;
    if (s->batch.left) {
        s->left += s->batch.left;
        s->left_table = s->batch.left_table;
        s->left_id = apr_pstrdup(r->ctl->pool, s->batch.left_id);
    }
    if (took > LONGEST && s->batch.most > 1)
        s->batch.most /= 2;
    else if (took < LONGEST / 8 && s->batch.most < MOST_AT_ONCE)
        s->batch.most *= 2;
    portal_ctl_progress(r->ctl, "sealing again", s->done < s->all ? s->done : s->all,
                        s->all);
    apr_sleep(REST);
    return APR_SUCCESS;
}

static int reseal_all(rotation_t *r, reseal_t *s)
{
    apr_status_t rv = APR_SUCCESS;
    apr_pool_t *pool;
    int tries = 0;

    portal_ctl_catch_interrupt();
    apr_pool_create(&pool, r->ctl->pool);
    while (s->batch.table < PORTAL_SEALED_TABLES && tries < 10 &&
           !portal_ctl_interrupted) {
        rv = reseal_some(r, s, pool);
        tries = rv == APR_SUCCESS ? 0 : tries + 1;
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
    portal_ctl_progress(r->ctl, "sealing again", s->all, s->all);
    portal_ctl_set(r->ctl, "resealed", json_integer(s->done));
    if (portal_ctl_interrupted)
        return portal_ctl_fail(r->ctl, PORTAL_CTL_NOT,
                               "interrupted after %" APR_INT64_T_FMT
                               " rows; run rotate-secret again to go on from there",
                               s->done);
    return rv == APR_SUCCESS
               ? 0
               : portal_ctl_fail(
                     r->ctl, PORTAL_CTL_NOT,
                     "stopped after %" APR_INT64_T_FMT
                     " rows: the database cannot be written, or somebody else "
                     "holds the write lock; run rotate-secret again to go on",
                     s->done);
}

static int reseal(rotation_t *r)
{
    portal_ctl_t *ctl = r->ctl;
    reseal_t s = {.batch = {.after = "", .most = 20}};
    int code = everybody_has(r, r->current, 1);
    json_t *more;

    if (code)
        return code;
    s.all = count_left(r);
    if (s.all < 0)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "the database cannot be read");
    if (s.all == 0)
        return 0;
    code = record(r, "reseal", r->current, NULL);
    if (!code)
        code = reseal_all(r, &s);
    if (code)
        return code;
    more =
        json_pack("{s:I, s:I}", "rows", (json_int_t)s.done, "left", (json_int_t)s.left);
    code = record(r, "resealed", r->current, more);
    json_decref(more);
    portal_ctl_set(ctl, "unreadable", json_integer(s.left));
    if (!code && s.left)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT,
                               "%" APR_INT64_T_FMT
                               " rows cannot be opened and stay as they "
                               "are, the last of them in table %s, row %s",
                               s.left, s.left_table, s.left_id);
    portal_ctl_say(ctl, "Step 3 of 4: %" APR_INT64_T_FMT " rows were sealed again.",
                   s.done);
    return code;
}

/* ---- what is left of old keys ---- */

static const char *wanted(unsigned *purposes, const portal_key_uses_t *u,
                          apr_pool_t *pool)
{
    const char *why = "";

    *purposes = 0;
    if (u->passwords) {
        *purposes |= 1u << PORTAL_KEY_PEPPER;
        why = apr_psprintf(pool,
                           "%s, the passwords of %" APR_INT64_T_FMT
                           " patients who have not signed in since",
                           why, u->passwords);
    }
    if (u->audit_rows) {
        *purposes |= 1u << PORTAL_KEY_AUDIT_CHAIN | 1u << PORTAL_KEY_AUDIT_DETAIL;
        why = apr_psprintf(pool, "%s, %" APR_INT64_T_FMT " rows of the audit trail", why,
                           u->audit_rows);
    }
    if (u->lobbies) {
        *purposes |= 1u << PORTAL_KEY_LOBBY;
        why = apr_psprintf(pool, "%s, %" APR_INT64_T_FMT " lobby passwords", why,
                           u->lobbies);
    }
    if (u->failures) {
        *purposes |= 1u << PORTAL_KEY_THROTTLE;
        why = apr_pstrcat(pool, why, ", counted wrong passwords", NULL);
    }
    return *why ? why + 2 : why;
}

/* Has the file more of this key than these purposes? */
static int has_more(const rotation_t *r, unsigned key, unsigned purposes)
{
    const portal_keyring_t *keys = r->ctl->keys;
    portal_key_purpose_t purpose;

    for (apr_size_t i = 0; i < portal_keyring_count(keys); i++)
        if (portal_keyring_id(keys, i) == key)
            return 1;
    for (apr_size_t i = 0; i < portal_keyring_rest_count(keys); i++)
        if (portal_keyring_rest(keys, i, &purpose) == key && !(purposes & 1u << purpose))
            return 1;
    return 0;
}

static int reduce(rotation_t *r, unsigned key, int *changes)
{
    portal_ctl_t *ctl = r->ctl;
    portal_key_uses_t uses = {.key = key};
    const char *error = NULL, *why;
    unsigned purposes;
    json_t *more;
    int code;

    if (portal_store_read(&ctl->store, &ctl->actor, ctl->now, portal_act_key_uses, &uses,
                          ctl->pool) != APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "the database cannot be read");
    if (uses.sealed)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT,
                               "key %u is kept as it is: %" APR_INT64_T_FMT
                               " rows are still sealed under it; run rotate-secret again",
                               key, uses.sealed);
    why = wanted(&purposes, &uses, ctl->pool);
    json_array_append_new(json_object_get(ctl->result, "old"),
                          json_pack("{s:i, s:s}", "key", (int)key, "kept_for", why));
    if (*why)
        portal_ctl_say(ctl, "key %u: only what these need is kept: %s", key, why);
    else
        portal_ctl_say(ctl, "key %u: nothing needs it any more, it goes", key);
    if (!has_more(r, key, purposes))
        return 0;
    more = json_pack("{s:s}", "kept", why);
    code = record(r, "finish", key, more);
    json_decref(more);
    if (code)
        return code;
    portal_ctl_as_root(ctl);
    code = changed(r, portal_keyring_reduce(r->file, key, purposes, &error, ctl->pool),
                   error);
    *changes += !code;
    return code;
}

/* Every id once: old master keys, and what is left of older ones. */
static apr_array_header_t *old_keys(const rotation_t *r)
{
    const portal_keyring_t *keys = r->ctl->keys;
    apr_array_header_t *ids = apr_array_make(r->ctl->pool, 4, sizeof(unsigned));
    apr_size_t masters = portal_keyring_count(keys);

    for (apr_size_t i = 1; i < masters + portal_keyring_rest_count(keys); i++) {
        portal_key_purpose_t purpose;
        unsigned id = i < masters ? portal_keyring_id(keys, i)
                                  : portal_keyring_rest(keys, i - masters, &purpose);
        int known = 0;
        for (int n = 0; n < ids->nelts; n++)
            known |= APR_ARRAY_IDX(ids, n, unsigned) == id;
        if (!known)
            APR_ARRAY_PUSH(ids, unsigned) = id;
    }
    return ids;
}

/* Forms in open pages, and mailed links that were just opened, were made with the old key. */
static int long_enough(rotation_t *r)
{
    portal_ctl_t *ctl = r->ctl;
    portal_key_uses_t uses = {.key = r->current};

    if (ctl->options.yes || portal_keyring_count(ctl->keys) == 1)
        return 0;
    if (portal_store_read(&ctl->store, &ctl->actor, ctl->now, portal_act_key_uses, &uses,
                          ctl->pool) != APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "the database cannot be read");
    if (uses.since && ctl->now >= uses.since + PAGES_LIVE)
        return 0;
    portal_ctl_set(ctl, "next", json_string("finish"));
    return portal_ctl_fail(
        ctl, PORTAL_CTL_NOT,
        "not yet: pages that are open in browsers now still use the old key, and would "
        "have "
        "to be filled in again. Run rotate-secret --finish after %s, or with --yes at "
        "once, "
        "if the old key is known to others",
        portal_time_text((uses.since ? uses.since : ctl->now) + PAGES_LIVE, ctl->pool));
}

static int finish(rotation_t *r)
{
    const apr_array_header_t *ids = old_keys(r);
    int code = long_enough(r), changes = 0;

    portal_ctl_set(r->ctl, "old", json_array());
    for (int i = 0; i < ids->nelts && !code; i++)
        code = reduce(r, APR_ARRAY_IDX(ids, i, unsigned), &changes);
    if (code)
        return code;
    tell_next(r, "finished", changes ? "reload" : "none",
              changes ? "Step 4 of 4: done. A last " RELOAD
                        " makes every httpd forget the old key.\n"
                        "Run rotate-secret --finish again some day: what is needed no "
                        "longer goes then."
              : ids->nelts ? "Nothing more can go yet."
                           : "There is no old key.");
    return PORTAL_CTL_DONE;
}

/* ---- all of it ---- */

static int step(rotation_t *r)
{
    int code;

    if (r->next && r->ctl->options.finish)
        return portal_ctl_fail(r->ctl, PORTAL_CTL_NOT,
                               "the new key is not in use yet: run rotate-secret first");
    if (r->next)
        return promote(r);
    if (portal_keyring_count(r->ctl->keys) == 1 && !r->ctl->options.finish)
        return add(r);
    code = reseal(r);
    if (code || r->ctl->options.finish)
        return code ? code : finish(r);
    tell_next(
        r, "resealed", "finish",
        "Nothing is sealed under an old key any more. Pages that are open in browsers "
        "still use it:\nin a day from the last reload run portalctl rotate-secret "
        "--finish");
    return PORTAL_CTL_DONE;
}

int portal_ctl_rotate(portal_ctl_t *ctl)
{
    rotation_t r = {.ctl = ctl};
    int code =
        ctl->options.words[1]
            ? portal_ctl_fail(ctl, PORTAL_CTL_WRONG,
                              "rotate-secret takes no words, only --finish and --yes")
            : portal_ctl_keys(ctl, 1);

    ctl->root_again = 1;
    if (code)
        return code;
    r.file = ctl->options.secret + 5;
    code = take_turn(&r);
    if (!code) /* again: it may have changed before this had its turn */
        code = portal_ctl_keys(ctl, 1);
    if (!code)
        code = portal_ctl_open_store(ctl);
    if (code)
        return code;
    look_at_keys(&r);
    return step(&r);
}
