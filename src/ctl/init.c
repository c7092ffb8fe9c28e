/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portalctl init and migrate: the tables of a database. What init made of files before it failed
 * it takes away again, but never the secret.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>

#include "core/place.h"
#include "ctl/ctl.h"
#include "store/audit.h"
#include "store/schema.h"

int portal_ctl_read_steps(portal_ctl_t *ctl, apr_array_header_t **steps)
{
    const char *error = NULL, *dir = portal_place("conf/schema", ctl->pool);

    if (portal_schema_read(steps, dir, &error, ctl->pool) != APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "%s", error);
    if ((*steps)->nelts != PORTAL_SCHEMA)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT,
                               "%s: %d steps, but this version has %d", dir,
                               (*steps)->nelts, PORTAL_SCHEMA);
    return 0;
}

int portal_ctl_apply_steps(portal_ctl_t *ctl, const apr_array_header_t *steps, int from)
{
    const char *error = NULL;

    for (int i = from; i < steps->nelts; i++) {
        const portal_schema_step_t *step = &APR_ARRAY_IDX(steps, i, portal_schema_step_t);
        if (portal_schema_apply(&ctl->connection, step, &error, ctl->pool) != APR_SUCCESS)
            return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "%s: %s", step->path, error);
        if (from > 0)
            portal_ctl_say(ctl, "step %d done: %s", step->number, step->path);
    }
    return 0;
}

static apr_status_t note(portal_tx_t *tx, void *action)
{
    return PORTAL_AUDIT(tx, .action = action,
                        .detail = json_pack("{s:i}", "schema", PORTAL_SCHEMA));
}

static int note_in_trail(portal_ctl_t *ctl, const char *action)
{
    const char *error;

    if (portal_ctl_store(&ctl->store, &ctl->connection, ctl->keys, &error) != APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "%s", error);
    if (portal_store_write(&ctl->store, &ctl->actor, ctl->now, note, (void *)action,
                           ctl->pool) != APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "the audit trail cannot be written");
    return 0;
}

/* ---- init ---- */

/* Of SQLite's file: 1 there and in use, 0 to be made (or empty). */
static int in_use(const char *file)
{
    struct stat info;
    return stat(file, &info) == 0 && info.st_size > 0;
}

static int make_secret(portal_ctl_t *ctl)
{
    const char *secret = ctl->options.secret, *error = NULL;
    apr_status_t rv;

    if (!secret || strncmp(secret, "file:", 5) || !secret[5])
        return portal_ctl_keys(ctl, 1);
    rv = portal_keyring_create(secret + 5, &error, ctl->pool);
    if (rv == APR_SUCCESS)
        portal_ctl_say(ctl, "made the secret %s: keep a copy of it in a safe place",
                       secret + 5);
    else if (!APR_STATUS_IS_EEXIST(rv))
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "%s", error);
    return portal_ctl_keys(ctl, 1);
}

static int make_tables(portal_ctl_t *ctl, const apr_array_header_t *steps)
{
    const char *error = NULL;
    int version, code = portal_ctl_open(ctl);

    if (!code)
        code = portal_ctl_schema(ctl, &version);
    if (code)
        return code;
    if (version > 0)
        return portal_ctl_fail(
            ctl, PORTAL_CTL_NOT,
            "the database is in use already (schema %d); nothing was changed", version);
    if (portal_schema_settle(&ctl->connection, &error, ctl->pool) != APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "%s", error);
    code = portal_ctl_apply_steps(ctl, steps, 0);
    return code ? code : note_in_trail(ctl, "database.init");
}

static int make_file(portal_ctl_t *ctl, const char *file, int *made)
{
    const char *error = NULL;
    apr_status_t rv = portal_ctl_create_file(file, &error, ctl->pool);

    *made = rv == APR_SUCCESS;
    return *made || APR_STATUS_IS_EEXIST(rv)
               ? 0
               : portal_ctl_fail(ctl, PORTAL_CTL_NOT, "%s", error);
}

static void take_away(const char *file, apr_pool_t *pool)
{
    static const char *const tails[] = {"", "-wal", "-shm", ".lock"};
    for (unsigned i = 0; i < sizeof(tails) / sizeof(*tails); i++)
        unlink(apr_pstrcat(pool, file, tails[i], NULL));
}

int portal_ctl_init(portal_ctl_t *ctl)
{
    portal_ctl_options_t *o = &ctl->options;
    int sqlite = !o->driver || !strcmp(o->driver, "sqlite3"), made = 0, code;
    const char *file =
        sqlite && o->params ? portal_ctl_database_file(o->params, ctl->pool) : NULL;
    apr_array_header_t *steps;

    if (file && in_use(file))
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT,
                               "%s is there already; nothing was changed", file);
    code = portal_ctl_read_steps(ctl, &steps);
    if (!code && o->params)
        code = make_secret(ctl);
    if (!code && file)
        code = make_file(ctl, file, &made);
    if (!code)
        code = make_tables(ctl, steps);
    if (code && made)
        take_away(file, ctl->pool);
    if (!code)
        portal_ctl_say(ctl, "made the tables (schema %d)", PORTAL_SCHEMA);
    portal_ctl_set(ctl, "schema", json_integer(code ? 0 : PORTAL_SCHEMA));
    return code;
}

/* ---- migrate ---- */

int portal_ctl_migrate(portal_ctl_t *ctl)
{
    apr_array_header_t *steps;
    int version, code = portal_ctl_read_steps(ctl, &steps);

    if (!code)
        code = portal_ctl_keys(ctl, 1);
    if (!code)
        code = portal_ctl_open(ctl);
    if (!code)
        code = portal_ctl_schema(ctl, &version);
    if (code)
        return code;
    if (version == 0)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT,
                               "the database is empty; run portalctl init");
    portal_ctl_set(ctl, "from", json_integer(version));
    portal_ctl_set(ctl, "schema", json_integer(PORTAL_SCHEMA));
    if (version == PORTAL_SCHEMA) {
        portal_ctl_say(ctl, "nothing to do: the database has schema %d", version);
        return 0;
    }
    code = portal_ctl_apply_steps(ctl, steps, version);
    return code ? code : note_in_trail(ctl, "database.migrate");
}
