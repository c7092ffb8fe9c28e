/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sections that mount the portal: `SetHandler portal` and `SetHandler portal-desk`, found in
 * the tree of directives as it was read. Told are mistakes that no request is needed to see:
 * a host that is no portal, a path that is not the one of the public address, a desk that
 * stands open. And sections that patients are let into, by AuthType Portal.
 */
#include <string.h>

#include <apr_strings.h>

#include "config_check.h"

typedef portal_config_check_t check_t;

/* The first argument of the first directive of this name among these and below them. */
static const char *find(apr_pool_t *pool, const ap_directive_t *at, const char *name,
                        const ap_directive_t **where)
{
    for (; at; at = at->next) {
        const char *deeper, *args = at->args;
        if (!strcasecmp(at->directive, name)) {
            *where = at;
            return ap_getword_conf(pool, &args);
        }
        deeper = find(pool, at->first_child, name, where);
        if (deeper) {
            return deeper;
        }
    }
    return NULL;
}

/*
 * A section that mounts the desk has an AuthType, and not Portal. When it has none, another
 * section may give it one, which cannot be matched without a request: then this passes, and
 * the gate answers 403 to whoever comes without r->user.
 */
static void check_sign_in(check_t *check, const ap_directive_t *section,
                          const ap_directive_t *handler)
{
    const ap_directive_t *at = NULL;
    const char *type = find(check->pool, section->first_child, "AuthType", &at);

    if (type && !strcasecmp(type, "Portal")) {
        portal_config_refuse(check, at,
                             "AuthType Portal would let patients in at the desk; use the "
                             "hospital's own sign-in there, such as AuthType Basic");
    } else if ((type && !strcasecmp(type, "None")) ||
               (!type && !find(check->pool, ap_conftree, "AuthType", &at))) {
        portal_config_refuse(check, at ? at : handler,
                             "the desk stands open; add AuthType (such as Basic) and "
                             "Require valid-user to this section");
    }
}

/* The path of a plain <Location PATH>, without a slash at its end; NULL: another section. */
static const char *plain_path(apr_pool_t *pool, const ap_directive_t *section)
{
    const char *args = section->args;
    char *path;
    size_t len;

    if (strcasecmp(section->directive, "<Location") != 0) {
        return NULL;
    }
    path = ap_getword_conf(pool, &args);
    len = strlen(path);
    if (len && path[len - 1] == '>') {
        path[--len] = '\0';
    }
    if (len && path[len - 1] == '/') {
        path[--len] = '\0';
    }
    return (len && path[0] != '/') || strpbrk(path, "*?[") ? NULL : path;
}

/* The handler finds its pages below the path of the public address, and nowhere else. */
static void check_path(check_t *check, const ap_directive_t *section, int desk)
{
    const char *name = desk ? "PortalDeskURL" : "PortalURL";
    const char *mount = desk ? check->is->desk_url.path : check->is->url.path;
    const char *path = plain_path(check->pool, section);
    size_t len = strlen(mount);

    if (path && (strncmp(path, mount, len) != 0 || (path[len] && path[len] != '/'))) {
        portal_config_refuse(check, section,
                             "<Location %s> is not where %s has it; write <Location %s>, "
                             "or change %s",
                             *path ? path : "/", name, len ? mount : "/", name);
    }
}

/* Those that tell about a portal, and may stand anywhere. */
static int tells(const char *type)
{
    return !strcasecmp(type, "portal-health") || !strcasecmp(type, "portal-metrics");
}

/* The first `Require portal …` among these and below them, also with `not`. */
static const ap_directive_t *find_requirement(apr_pool_t *pool, const ap_directive_t *at)
{
    for (; at; at = at->next) {
        const ap_directive_t *deeper;
        const char *args = at->args, *word;
        if (!strcasecmp(at->directive, "Require")) {
            word = ap_getword_conf(pool, &args);
            if (!strcasecmp(word, "not"))
                word = ap_getword_conf(pool, &args);
            if (!strcasecmp(word, "portal"))
                return at;
        }
        deeper = find_requirement(pool, at->first_child);
        if (deeper)
            return deeper;
    }
    return NULL;
}

/* What a section with AuthType Portal, or with Require portal, needs besides. */
static void check_guard(check_t *check, const ap_directive_t *section,
                        const char *handler)
{
    const ap_directive_t *at = NULL;
    const char *type = find(check->pool, section->first_child, "AuthType", &at);
    const ap_directive_t *requirement =
        find_requirement(check->pool, section->first_child);
    int ours = type && !strcasecmp(type, "Portal");

    if (ours && handler && !strcasecmp(handler, "portal")) {
        portal_config_refuse(
            check, at,
            "AuthType Portal would guard the page on which patients sign "
            "in; write Require all granted alone, the portal lets in "
            "nobody by itself");
    } else if (ours && check->server->is_virtual && !check->is->first) {
        portal_config_refuse(
            check, at,
            "AuthType Portal stands in a host without a portal; move this "
            "section into the host of PortalURL");
    } else if (type && !ours && requirement) {
        portal_config_refuse(check, requirement,
                             "Require portal lets in nobody beside AuthType %s; write "
                             "AuthType Portal",
                             type);
    }
}

/* A name that is nearly ours would leave the address without a handler, and httpd silent. */
static void check_unknown(check_t *check, const ap_directive_t *at, const char *type)
{
    if (type && !strncasecmp(type, "portal", 6) && !tells(type) && check->is->first) {
        portal_config_refuse(check, at,
                             "SetHandler %s is not known; write SetHandler portal for "
                             "patients, or SetHandler portal-desk for the front desk; "
                             "portal-health and portal-metrics are there too",
                             type);
    }
}

static void check_section(check_t *check, const ap_directive_t *section)
{
    const ap_directive_t *handler = NULL;
    const char *type = find(check->pool, section->first_child, "SetHandler", &handler);
    int desk = type && !strcasecmp(type, "portal-desk");

    check_guard(check, section, type);
    if (!desk && (!type || strcasecmp(type, "portal") != 0)) {
        check_unknown(check, handler, type);
        return;
    }
    if (portal_config_active(check->is)) {
        check_path(check, section, desk);
    } else if (check->server->is_virtual && !check->is->first) {
        portal_config_refuse(
            check, handler,
            "SetHandler %s stands in a host without a portal; add PortalURL "
            "https://HOST/PATH, PortalDeskURL https://HOST/PATH and "
            "PortalSecret file:PATH to this host",
            type);
    }
    if (desk) {
        check_sign_in(check, section, handler);
    }
}

static int is_section(const ap_directive_t *at)
{
    return !strncasecmp(at->directive, "<Location", 9) ||
           !strncasecmp(at->directive, "<Directory", 10) ||
           !strncasecmp(at->directive, "<Files", 6);
}

/* The host that this directive made; NULL: none. */
static server_rec *host_of(const check_t *check, const ap_directive_t *at)
{
    for (server_rec *s = check->main->next; s; s = s->next) {
        if (portal_config_makes_host(at, s)) {
            return s;
        }
    }
    return NULL;
}

static void walk(check_t *check, const ap_directive_t *at)
{
    for (; at; at = at->next) {
        server_rec *host = host_of(check, at);
        if (is_section(at)) {
            check_section(check, at);
            continue;
        }
        if (host) {
            check->server = host;
            check->is = portal_config_of(host);
        }
        walk(check, at->first_child);
        if (host) {
            check->server = check->main;
            check->is = portal_config_of(check->main);
        }
    }
}

void portal_config_check_sections(check_t *check)
{
    check->server = check->main;
    check->is = portal_config_of(check->main);
    walk(check, ap_conftree);
}
