/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_shm.h>
#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "app.h"
#include "core/secret.h"
#include "core/text.h"
#include "database.h"
#include "mail.h"
#include "hasher_start.h"
#include "pages.h"

APLOG_USE_MODULE(portal);

/* The apps of this configuration, by server; made anew at each restart. */
static apr_array_header_t *apps;

portal_app_t *portal_app_of(const server_rec *server)
{
    const portal_config_t *config = portal_config_of(server);

    for (int i = 0; apps && i < apps->nelts; i++) {
        portal_app_t *app = APR_ARRAY_IDX(apps, i, portal_app_t *);
        if (app->config == config)
            return app;
    }
    return NULL;
}

portal_app_t *portal_app_at(int i)
{
    return apps && i < apps->nelts ? APR_ARRAY_IDX(apps, i, portal_app_t *) : NULL;
}

int portal_app_is_near(const server_rec *server, const char *hostname)
{
    if (portal_app_of(server))
        return 1;
    for (int i = 0; hostname && portal_app_at(i); i++) {
        const portal_config_t *config = portal_app_at(i)->config;
        if (!strcasecmp(config->url.host, hostname) ||
            !strcasecmp(config->desk_url.host, hostname))
            return 1;
    }
    return 0;
}

const portal_form_file_t *portal_app_form_file(const portal_app_t *app, const char *name)
{
    for (int i = 0; app->forms && i < app->forms->nelts; i++) {
        const portal_form_file_t *file =
            &APR_ARRAY_IDX(app->forms, i, portal_form_file_t);
        if (file->form && !strcmp(file->form->name, name))
            return file;
    }
    return NULL;
}

const portal_form_t *portal_app_form(const portal_app_t *app, const char *name)
{
    const portal_form_file_t *file = portal_app_form_file(app, name);
    return file ? file->form : NULL;
}

/* Logs why the start is refused. */
static int refuse(const portal_app_t *app, apr_status_t rv, const char *tag,
                  const char *error)
{
    ap_log_error(APLOG_MARK, APLOG_EMERG, rv, app->server, "%s: %s", tag, error);
    return HTTP_INTERNAL_SERVER_ERROR;
}

static int load_keys(portal_app_t *app, apr_pool_t *pool)
{
    const char *error = NULL;
    apr_status_t rv =
        portal_keyring_read(&app->keys, app->config->secret_file, &error, pool);

    return rv == APR_SUCCESS ? OK : refuse(app, rv, "PTL0001", error);
}

static int load_pages(portal_app_t *app, apr_pool_t *pool)
{
    portal_pages_t pages;
    const char *error = NULL;
    apr_status_t rv = portal_pages_load(&pages, app->config, &error, pool);

    if (rv != APR_SUCCESS)
        return refuse(app, rv, "PTL0002", error);
    app->portal.templates = pages.templates;
    app->portal.catalogue = pages.catalogue;
    app->portal.assets = pages.assets;
    app->portal.assets_version = pages.assets_version;
    app->portal.theme =
        apr_hash_get(pages.assets, "theme.css", APR_HASH_KEY_STRING) != NULL;
    return OK;
}

static void fill_sites(portal_app_t *app)
{
    const portal_config_t *config = app->config;
    portal_site_t *site = &app->portal;

    site->hospital = config->name;
    site->contact = config->contact;
    site->keys = app->keys;
    /* there is nothing to do in a lobby without paperwork */
    site->lobby = config->feature_lobby && config->feature_paperwork;
    site->registration = config->feature_registration;
    site->paperwork = config->feature_paperwork;
    site->json = config->feature_json;
    site->second_factor = config->second_factor != PORTAL_FACTOR_OFF;
    site->idle = config->session_idle;
    site->lobby_idle = config->lobby_idle;
#ifdef PORTAL_TEST
    site->strict = 1;
#endif
    app->desk = *site;
    site->mount = PORTAL_MOUNT_PORTAL;
    site->base = config->url.path;
    site->origin = config->url.origin;
    site->other = config->desk_url.text;
    app->desk.mount = PORTAL_MOUNT_DESK;
    app->desk.base = config->desk_url.path;
    app->desk.origin = config->desk_url.origin;
    app->desk.other = config->url.text;
}

/* A form that is refused is left out; the others work. */
static void log_forms(const portal_app_t *app)
{
    for (int i = 0; i < app->forms->nelts; i++) {
        const portal_form_file_t *file =
            &APR_ARRAY_IDX(app->forms, i, portal_form_file_t);
        for (int n = 0; n < file->faults->nelts; n++) {
            const portal_form_fault_t *fault =
                &APR_ARRAY_IDX(file->faults, n, portal_form_fault_t);
            int level =
                fault->severity == PORTAL_FAULT_REFUSE ? APLOG_WARNING : APLOG_INFO;
            ap_log_error(APLOG_MARK, level, 0, app->server, "PTL0008: %s, %s: %s",
                         file->file, fault->link_id ? fault->link_id : "form",
                         fault->text);
        }
    }
}

static int load_forms(portal_app_t *app, apr_pool_t *pool)
{
    const char *dir = app->config->forms_dir;
    apr_status_t rv = dir ? portal_forms_load_dir(&app->forms, dir, pool) : APR_SUCCESS;

    if (rv != APR_SUCCESS)
        return refuse(app, rv, "PTL0003",
                      apr_psprintf(pool, "PortalForms %s: cannot be read", dir));
    if (dir)
        log_forms(app);
    return OK;
}

static int load_blocklist(portal_app_t *app, apr_pool_t *pool)
{
    const char *error = NULL;
    apr_status_t rv = portal_blocklist_open(
        &app->blocklist, app->config->password_blocklist, &error, pool);
    return rv == APR_SUCCESS ? OK : refuse(app, rv, "PTL0004", error);
}

static void forget_sessions(void *baton, const char *binder_id, const char *token_hash)
{
    portal_app_t *app = baton;

    if (token_hash)
        portal_session_table_forget(app->sessions, token_hash);
    if (binder_id)
        portal_session_table_forget_binder(app->sessions, binder_id);
}

/* An anonymous segment: children inherit it, and it goes with the last of them. */
static int make_sessions(portal_app_t *app, apr_pool_t *pool)
{
    apr_size_t slots = (apr_size_t)app->config->session_slots;
    apr_shm_t *shm;
    apr_status_t rv =
        apr_shm_create(&shm, portal_session_table_size(slots) + 64, NULL, pool);
    apr_uintptr_t base;

    if (rv != APR_SUCCESS)
        return refuse(app, rv, "PTL0005", "no shared memory for PortalSessionSlots");
    base = (apr_uintptr_t)apr_shm_baseaddr_get(shm);
    base = (base + 63) & ~(apr_uintptr_t)63;
    memset((void *)base, 0, portal_session_table_size(slots));
    app->sessions = portal_session_table_make((void *)base, slots);
    return OK;
}

/* What is counted outlives restarts: its memory belongs to the process, and is found again by the
 * portal's address. */
static int make_counts(portal_app_t *app, apr_pool_t *pool)
{
    typedef struct {
        char *memory;
    } kept_t;
    const char *key = apr_pstrcat(pool, "portal-counts ", app->config->url.text, NULL);
    apr_size_t size = portal_counts_size() + portal_health_size();
    kept_t *kept = ap_retained_data_get(key);
    apr_shm_t *shm;
    apr_status_t rv;

    if (!kept) {
        rv = apr_shm_create(&shm, size, NULL, app->server->process->pool);
        if (rv != APR_SUCCESS)
            return refuse(app, rv, "PTL0009", "no shared memory for counters");
        kept = ap_retained_data_create(key, sizeof(*kept));
        kept->memory = apr_shm_baseaddr_get(shm);
        memset(kept->memory, 0, size);
    }
    app->counts = portal_counts_make(kept->memory);
    app->health = portal_health_make(kept->memory + portal_counts_size());
    app->store.counts = app->counts;
    return OK;
}

static int build(portal_app_t *app, apr_pool_t *pool)
{
    int rc = load_keys(app, pool);

    if (rc == OK)
        rc = load_pages(app, pool);
    if (rc == OK)
        rc = load_forms(app, pool);
    if (rc == OK)
        rc = load_blocklist(app, pool);
    if (rc == OK)
        rc = make_sessions(app, pool);
    if (rc == OK)
        rc = make_counts(app, pool);
    if (rc != OK)
        return rc;
    fill_sites(app);
    if (portal_database_store(&app->store, app->server, app->keys, forget_sessions, app,
                              pool))
        return refuse(
            app, APR_ENOTIMPL, "PTL0006",
            "mod_dbd is needed: add LoadModule dbd_module, DBDriver and DBDParams");
    app->store.compose = portal_mail_payload;
    app->store.compose_baton = app;
    app->store.exports = app->config->export_to.text != NULL;
    return OK;
}

int portal_app_post_config(apr_pool_t *pconf, apr_pool_t *ptemp, server_rec *main_server)
{
    portal_hasher_t *hasher = NULL;

    (void)ptemp;
    if (portal_secret_init() != APR_SUCCESS)
        return HTTP_INTERNAL_SERVER_ERROR;
    apps = apr_array_make(pconf, 2, sizeof(portal_app_t *));
    for (server_rec *server = main_server; server; server = server->next) {
        const portal_config_t *config = portal_config_of(server);
        portal_app_t *app;
        if (!portal_config_active(config) || portal_app_of(server))
            continue;
        app = apr_pcalloc(pconf, sizeof(*app));
        app->server = server;
        app->config = config;
        if (build(app, pconf) != OK)
            return HTTP_INTERNAL_SERVER_ERROR;
        if (!hasher && portal_hasher_start(&hasher, server, config, pconf) != OK)
            return HTTP_INTERNAL_SERVER_ERROR;
        app->hasher = apr_pmemdup(pconf, hasher, sizeof(*hasher));
        app->hasher->counts = app->counts;
        *(portal_app_t **)apr_array_push(apps) = app;
    }
    return OK;
}

/* Locks made in the parent do not reach children, and a child that stayed root because Group is
 * missing must not serve. */
void portal_app_child_init(apr_pool_t *pchild, server_rec *main_server)
{
    if (!apps || !apps->nelts)
        return;
    portal_database_child_init(pchild, main_server->process->pool);
    if (geteuid() == 0) {
        ap_log_error(
            APLOG_MARK, APLOG_EMERG, 0, main_server,
            "PTL0007: a child runs as root and will not serve: set User and Group");
        exit(APEXIT_CHILDFATAL);
    }
    (void)portal_secret_no_core();
    for (int i = 0; i < apps->nelts; i++) {
        portal_app_t *app = APR_ARRAY_IDX(apps, i, portal_app_t *);
        portal_keyring_lock(app->keys);
        /* the child before this one may have died between a commit that ends a session and
         * telling the table: from here on, rows are asked again */
        portal_session_table_forget_all(app->sessions);
    }
}
