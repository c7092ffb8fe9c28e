/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, database and store of a command; see ctl.h. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#include "ctl/ctl.h"
#include "store/dialect.h"
#include "store/schema.h"

int portal_ctl_keys(portal_ctl_t *ctl, int needed)
{
    const char *secret = ctl->options.secret, *error = NULL;

    if (!secret && !needed)
        return 0;
    if (!secret)
        return portal_ctl_fail(
            ctl, PORTAL_CTL_WRONG,
            "--secret file:PATH is needed: the key file of PortalSecret");
    if (strncmp(secret, "file:", 5) || !secret[5])
        return portal_ctl_fail(ctl, PORTAL_CTL_WRONG, "--secret must be file:PATH");
    if (portal_keyring_read(&ctl->keys, secret + 5, &error, ctl->pool) != APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "%s", error);
    portal_keyring_lock(ctl->keys);
    return 0;
}

static int is_sqlite(const portal_ctl_t *ctl)
{
    return !strcmp(ctl->options.driver, "sqlite3");
}

static int become_owner(portal_ctl_t *ctl)
{
    const char *file = portal_ctl_database_file(ctl->options.params, ctl->pool);
    const char *error;

    if (!file)
        return portal_ctl_fail(ctl, PORTAL_CTL_WRONG,
                               "--params names no file; write file:PATH?mode=rw");
    if ((ctl->root_again
             ? portal_ctl_act_as_owner(file, &ctl->owner, &error, ctl->pool)
             : portal_ctl_become_owner(file, &error, ctl->pool)) != APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "%s", error);
    return 0;
}

void portal_ctl_as_root(const portal_ctl_t *ctl)
{
    if (ctl->root_again && getuid() == 0 && (seteuid(0) || setegid(0)))
        abort();
}

void portal_ctl_as_owner(const portal_ctl_t *ctl)
{
    if (ctl->root_again && getuid() == 0 && is_sqlite(ctl) &&
        (setegid(ctl->owner.gid) || seteuid(ctl->owner.uid)))
        abort();
}

static int check_options(portal_ctl_t *ctl)
{
    portal_ctl_options_t *o = &ctl->options;
    const char *lacks;

    if (!o->params)
        return portal_ctl_fail(ctl, PORTAL_CTL_WRONG,
                               "--params is needed: what DBDParams says in httpd.conf");
    if (!o->driver)
        o->driver = "sqlite3";
    if (!portal_dialect_known(o->driver))
        return portal_ctl_fail(ctl, PORTAL_CTL_WRONG,
                               "--driver %s: records are kept with " PORTAL_DIALECTS,
                               portal_ctl_plain(o->driver, ctl->pool));
    lacks = portal_dialect_lacks(o->driver, o->params, ctl->pool);
    return lacks
               ? portal_ctl_fail(ctl, PORTAL_CTL_WRONG,
                                 "with --driver %s, --params needs %s", o->driver, lacks)
               : 0;
}

int portal_ctl_open(portal_ctl_t *ctl)
{
    portal_ctl_options_t *o = &ctl->options;
    const char *error;
    int code = check_options(ctl);

    if (!code && is_sqlite(ctl))
        code = become_owner(ctl);
    if (code)
        return code;
    if (portal_ctl_connect(&ctl->connection, o->driver, o->params, &error, ctl->pool) !=
        APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "%s", error);
    return 0;
}

int portal_ctl_schema(portal_ctl_t *ctl, int *version)
{
    const char *error;

    if (portal_schema_version(&ctl->connection, version, &error, ctl->pool) !=
        APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "the database cannot be read: %s",
                               error);
    if (*version > PORTAL_SCHEMA)
        return portal_ctl_fail(
            ctl, PORTAL_CTL_NOT,
            "the database has schema %d and was made by a newer version; "
            "this one knows %d: nothing was changed",
            *version, PORTAL_SCHEMA);
    return 0;
}

static int check_schema(portal_ctl_t *ctl)
{
    int version, code = portal_ctl_schema(ctl, &version);

    if (code)
        return code;
    if (version == 0)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT,
                               "the database is empty; run portalctl init first");
    if (version < PORTAL_SCHEMA)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT,
                               "the database has schema %d, this version needs %d; "
                               "run portalctl migrate",
                               version, PORTAL_SCHEMA);
    return 0;
}

int portal_ctl_open_store(portal_ctl_t *ctl)
{
    const char *error;
    int code = portal_ctl_open(ctl);

    if (!code)
        code = check_schema(ctl);
    if (!code && portal_ctl_store(&ctl->store, &ctl->connection, ctl->keys, &error))
        code = portal_ctl_fail(ctl, PORTAL_CTL_NOT, "%s", error);
    return code;
}
