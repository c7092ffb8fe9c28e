/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a whole host must fulfil, looked at in check_config, which `httpd -t` runs too.
 *
 * All mistakes are told, not only the first, each with file, line and mend. A host without
 * a Portal directive of its own is not looked at.
 */
#include <stdarg.h>
#include <string.h>

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include "config_check.h"
#include "config_login.h"
#include "config_row.h"
#include "config_url.h"
#include "core/keyring.h"

APLOG_USE_MODULE(portal);

typedef portal_config_check_t check_t;
#define LINE(check, field) ((check)->is->set[PORTAL_FIELD_##field])

void portal_config_refuse(portal_config_check_t *check, const ap_directive_t *at,
                          const char *format, ...)
{
    va_list args;
    const char *text;

    va_start(args, format);
    text = apr_pvsprintf(check->pool, format, args);
    va_end(args);
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0, NULL,
                 "PTL0101: Syntax error on line %d of %s: %s", at->line_num, at->filename,
                 text);
    check->mistakes++;
}

/* Is there a virtual host that makes a whole portal of what the main server gives? */
static int has_whole_host(const server_rec *main)
{
    for (const server_rec *s = main->next; s; s = s->next) {
        const portal_config_t *config = portal_config_of(s);
        if (config->first && config != portal_config_of(main) &&
            portal_config_active(config)) {
            return 1;
        }
    }
    return 0;
}

static void check_needed(check_t *check)
{
    const portal_config_t *is = check->is;
    const char *missing;

    missing =
        apr_pstrcat(check->pool, is->url.text ? "" : ", PortalURL https://HOST/PATH",
                    is->desk_url.text ? "" : ", PortalDeskURL https://HOST/PATH",
                    is->secret_file ? "" : ", PortalSecret file:PATH", NULL);
    if (*missing) {
        portal_config_refuse(
            check, is->first,
            "%s stands in a host that is no whole portal; add to this host%s",
            is->first->directive, missing + 1);
    }
}

/* Is the inner address the outer one or below it? */
static int is_inside(const portal_base_url_t *outer, const portal_base_url_t *inner)
{
    size_t len = strlen(outer->path);

    return !strcmp(outer->origin, inner->origin) &&
           !strncmp(outer->path, inner->path, len) &&
           (inner->path[len] == '/' || !inner->path[len]);
}

static void check_addresses(check_t *check)
{
    const portal_base_url_t *url = &check->is->url, *desk = &check->is->desk_url;

    if (url->text && desk->text && (is_inside(url, desk) || is_inside(desk, url))) {
        portal_config_refuse(
            check, LINE(check, desk_url),
            "PortalDeskURL %s and PortalURL %s (line %d of %s) are one inside the other; "
            "give each a path of its own, as in /portal and /desk",
            desk->text, url->text, LINE(check, url)->line_num,
            LINE(check, url)->filename);
    }
}

static void check_secrets(check_t *check)
{
    const portal_config_t *is = check->is;
    portal_keyring_t *keys;
    portal_secret_t *password;
    const char *error = NULL, *user;

    if (portal_secret_init() != APR_SUCCESS) {
        portal_config_refuse(check, is->first,
                             "the system gives no random bytes; look at /dev/urandom");
        return;
    }
    if (is->secret_file &&
        portal_keyring_read(&keys, is->secret_file, &error, check->pool) != APR_SUCCESS) {
        portal_config_refuse(check, LINE(check, secret_file),
                             "PortalSecret: %s; a new key file is made by portalctl init",
                             error);
    }
    if (is->mail_login_file &&
        portal_config_login_read(is->mail_login_file, &user, &password, &error,
                                 check->pool) != APR_SUCCESS) {
        portal_config_refuse(check, LINE(check, mail_login_file), "PortalMailLogin: %s",
                             error);
    }
    if (is->export_login_file &&
        portal_config_login_read(is->export_login_file, &user, &password, &error,
                                 check->pool) != APR_SUCCESS) {
        portal_config_refuse(check, LINE(check, export_login_file),
                             "PortalExportLogin: %s", error);
    }
    if (is->export_token_file &&
        portal_config_token_read(is->export_token_file, &password, &error, check->pool) !=
            APR_SUCCESS) {
        portal_config_refuse(check, LINE(check, export_token_file),
                             "PortalExportToken: %s", error);
    }
}

/* NIST SP 800-63B-4 section 3.1.1.2 */
static void check_password_length(check_t *check)
{
    const portal_config_t *is = check->is;

    if (is->password_min_length < PORTAL_FACTOR_ALONE_LENGTH &&
        is->second_factor != PORTAL_FACTOR_REQUIRED) {
        portal_config_refuse(
            check, LINE(check, password_min_length),
            "PortalPasswordMinLength %d: a password that is used alone has at least %d "
            "characters; write PortalPasswordMinLength %d, or PortalSecondFactor "
            "required",
            is->password_min_length, PORTAL_FACTOR_ALONE_LENGTH,
            PORTAL_FACTOR_ALONE_LENGTH);
    }
}

/* A login that goes nowhere, or in the clear, is a mistake and no preference. */
static void check_login(check_t *check)
{
    const portal_mail_relay_t *relay = &check->is->mail_relay;

    if (!check->is->mail_login_file) {
        return;
    }
    if (relay->kind == PORTAL_RELAY_NONE || relay->kind == PORTAL_RELAY_FILE) {
        portal_config_refuse(
            check, LINE(check, mail_login_file),
            "PortalMailLogin needs a relay to log in to; add PortalMailRelay "
            "smtp://HOST, or take PortalMailLogin out");
    } else if (relay->kind == PORTAL_RELAY_SMTP &&
               check->is->mail_tls == PORTAL_MAIL_TLS_OFF &&
               !portal_config_is_loopback(relay->host)) {
        portal_config_refuse(
            check, LINE(check, mail_tls),
            "PortalMailTLS off would send the login of PortalMailLogin in the clear to "
            "%s; take PortalMailTLS off out, or the login",
            relay->host);
    }
}

static void check_mail(check_t *check)
{
    const portal_config_t *is = check->is;
    const portal_mail_relay_t *relay = &is->mail_relay;

    check_login(check);
    if (relay->kind != PORTAL_RELAY_NONE && !is->mail_from) {
        portal_config_refuse(
            check, LINE(check, mail_relay),
            "PortalMailRelay needs a sender; add PortalMailFrom ADDRESS to this host");
    }
    if (relay->kind == PORTAL_RELAY_SMTPS && is->mail_tls == PORTAL_MAIL_TLS_OFF) {
        portal_config_refuse(
            check, LINE(check, mail_tls),
            "PortalMailTLS off contradicts PortalMailRelay %s; write smtp:// there, or "
            "take PortalMailTLS off out",
            relay->text);
    }
    if (is->mail_ca_file &&
        (relay->kind == PORTAL_RELAY_NONE || relay->kind == PORTAL_RELAY_FILE ||
         is->mail_tls == PORTAL_MAIL_TLS_OFF)) {
        portal_config_refuse(
            check, LINE(check, mail_ca_file),
            "PortalMailCA has no encrypted relay to check; add PortalMailRelay "
            "smtp://HOST without PortalMailTLS off, or take PortalMailCA out");
    }
}

static void check_export(check_t *check)
{
    const portal_config_t *is = check->is;
    const ap_directive_t *alone = is->export_login_file   ? LINE(check, export_login_file)
                                  : is->export_token_file ? LINE(check, export_token_file)
                                  : is->export_ca_file    ? LINE(check, export_ca_file)
                                  : is->export_system     ? LINE(check, export_system)
                                                          : NULL;

    if (!is->export_to.text && alone) {
        portal_config_refuse(check, alone,
                             "%s has no server it belongs to; add PortalExport "
                             "https://HOST/PATH, or take it out",
                             alone->directive);
    }
    if (is->export_login_file && is->export_token_file) {
        portal_config_refuse(
            check, LINE(check, export_token_file),
            "PortalExportToken and PortalExportLogin are two ways to say "
            "who we are; take one of them out");
    }
}

/* The line that set one of two fields: the later field's, unless it has the default. */
static const ap_directive_t *either(const check_t *check, portal_field_t a,
                                    portal_field_t b)
{
    return check->is->set[a] ? check->is->set[a] : check->is->set[b];
}

static void check_times(check_t *check)
{
    const portal_config_t *is = check->is;

    if (is->session_idle > is->session_lifetime) {
        portal_config_refuse(
            check,
            either(check, PORTAL_FIELD_session_idle, PORTAL_FIELD_session_lifetime),
            "PortalSessionIdle is longer than PortalSessionLifetime and would never "
            "end a session; write a shorter one");
    }
    if (is->lobby_idle > is->lobby_lifetime) {
        portal_config_refuse(
            check, either(check, PORTAL_FIELD_lobby_idle, PORTAL_FIELD_lobby_lifetime),
            "PortalLobbyIdle is longer than PortalLobbyLifetime and would never end a "
            "session; write a shorter one");
    }
}

static void check_paperwork(check_t *check)
{
    if (check->is->paperwork_default->nelts && !check->is->forms_dir) {
        portal_config_refuse(
            check, LINE(check, paperwork_default),
            "PortalPaperworkDefault names forms, but there are none; add PortalForms "
            "DIR to this host");
    }
}

/* What comes with the portal and was neither installed nor named. */
static void check_shipped(check_t *check)
{
    for (int i = 0; i < PORTAL_FIELDS; i++) {
        const portal_config_row_t *row = &portal_config_rows[i];
        const char *path;
        apr_finfo_t found;
        if (check->is->set[i] || !row->normal ||
            (row->kind != PORTAL_KIND_FILE && row->kind != PORTAL_KIND_FOLDER)) {
            continue;
        }
        path = *(const char *const *)((const char *)check->is + row->offset);
        if (apr_stat(&found, path, APR_FINFO_TYPE, check->pool) != APR_SUCCESS) {
            portal_config_refuse(
                check, check->is->first,
                "the shipped %s is missing; run make install, or add %s %s to this host",
                path, row->directive, row->usage);
        }
    }
}

/* One hasher serves the whole httpd: two hosts cannot ask for different ones. */
static void check_one_hasher(check_t *check, const portal_config_t *other)
{
    static const portal_field_t fields[] = {PORTAL_FIELD_password_hash,
                                            PORTAL_FIELD_password_hashers,
                                            PORTAL_FIELD_password_queue};

    for (int i = 0; i < 3; i++) {
        const portal_config_row_t *row = &portal_config_rows[fields[i]];
        const char *mine = (const char *)check->is + row->offset;
        const char *theirs = (const char *)other + row->offset;
        const ap_directive_t *at =
            check->is->set[fields[i]] ? check->is->set[fields[i]] : other->set[fields[i]];
        const char *a = portal_config_show(check->pool, row, mine);
        const char *b = portal_config_show(check->pool, row, theirs);
        if (strcmp(a, b) != 0) {
            portal_config_refuse(
                check, at,
                "%s is not the same in all portals of this httpd (%s and %s), but they "
                "share one hasher; write it once, outside of the virtual hosts",
                row->directive, a, b);
        }
    }
}

/* One of several modules that the portal stands on: is it there? */
static int check_module(check_t *check, const char *file, const char *name)
{
    if (!ap_find_linked_module(file)) {
        portal_config_refuse(
            check, check->is->first,
            "the portal needs %s; add LoadModule %s_module modules/%s, or run a2enmod %s",
            file, name, apr_pstrcat(check->pool, "mod_", name, ".so", NULL), name);
        return 0;
    }
    return 1;
}

/* The first active host, with which the others have to agree. */
static const portal_config_t *first_active(server_rec *main)
{
    for (server_rec *s = main; s; s = s->next) {
        if (portal_config_active(portal_config_of(s))) {
            return portal_config_of(s);
        }
    }
    return NULL;
}

static void check_host(check_t *check)
{
    const portal_config_t *first = first_active(check->main);

    /* the main server may hold what several portals share, and be none itself */
    if (check->server == check->main && !portal_config_active(check->is) &&
        has_whole_host(check->main)) {
        return;
    }
    check_needed(check);
    check_addresses(check);
    check_secrets(check);
    check_password_length(check);
    check_mail(check);
    check_export(check);
    check_times(check);
    check_paperwork(check);
    if (portal_config_active(check->is)) {
        check_shipped(check);
        portal_config_check_folders(check);
        if (check_module(check, "mod_dbd.c", "dbd")) {
            portal_config_check_database(check);
        }
        check_module(check, "mod_watchdog.c", "watchdog");
        check_one_hasher(check, first);
    }
}

static int check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                        server_rec *main)
{
    check_t check = {.main = main};

    (void)plog, (void)ptemp;
    /* a pool of its own: what is read of secrets is wiped when this returns */
    if (apr_pool_create(&check.pool, pconf) != APR_SUCCESS) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    for (server_rec *s = main; s; s = s->next) {
        check.server = s;
        check.is = portal_config_of(s);
        if (check.is->first && (s == main || check.is != portal_config_of(main))) {
            check_host(&check);
        }
    }
    portal_config_check_sections(&check);
    apr_pool_destroy(check.pool);
    return check.mistakes ? HTTP_INTERNAL_SERVER_ERROR : OK;
}

/* `httpd -t -D DUMP_PORTAL`: what each host came to. */
static void dump_config(apr_pool_t *pool, server_rec *main)
{
    apr_file_t *out;

    if (!ap_exists_config_define("DUMP_PORTAL") ||
        apr_file_open_stdout(&out, pool) != APR_SUCCESS) {
        return;
    }
    for (server_rec *s = main; s; s = s->next) {
        const portal_config_t *config = portal_config_of(s);
        if (config->first && (s == main || config != portal_config_of(main))) {
            apr_file_printf(out, "Portal of %s:\n%s",
                            s->is_virtual
                                ? apr_psprintf(pool, "the host on line %u of %s",
                                               s->defn_line_number, s->defn_name)
                                : "the main server",
                            portal_config_dump(config, pool));
        }
    }
}

void portal_config_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_check_config(check_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_test_config(dump_config, NULL, NULL, APR_HOOK_MIDDLE);
}
