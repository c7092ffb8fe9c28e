/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens out of what others show; see redact.h. */
#include "redact.h"

#include <apr_strings.h>
#include <http_main.h>
#include <scoreboard.h>
#include <string.h>
#include <strings.h>

#include "app.h"
#include "web/request.h"

#define BLANKS " \t\r\n\v\f"

/* The address of a mailed link with "-" for its token; NULL for all others. It may come in another
 * writing than ours: letters encoded, slashes doubled, in capitals. */
static const char *without_token(apr_pool_t *pool, const char *address,
                                 const portal_app_t *app)
{
    static const char *const ways[] = {"/register/", "/reset/"};
    char *path = apr_pstrdup(pool, address);

    ap_unescape_url(path);
    ap_no2slash(path);
    ap_getparents(path);
    for (unsigned i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
        const char *link = apr_pstrcat(pool, app->portal.base, ways[i], NULL);
        apr_size_t len = strlen(link);
        if (!strncasecmp(path, link, len) && strcmp(path + len, "finish"))
            return apr_pstrcat(pool, link, "-", NULL);
    }
    return NULL;
}

/* The host's own portal; where a request did not get so far as to its host, any that has such a link. */
static const char *shown_for(request_rec *r, const char *address)
{
    const portal_app_t *app = portal_app_of(r->server);
    const char *shown = app ? without_token(r->pool, address, app) : NULL;

    if (portal_request_of(r)->whole)
        return shown;
    for (const server_rec *s = ap_server_conf; s && !shown; s = s->next) {
        app = portal_app_of(s);
        shown = app ? without_token(r->pool, address, app) : NULL;
    }
    return shown;
}

/* The path in "GET https://host/path?query HTTP/1.1", however broken; *len: up to its query or the end. */
static const char *path_in(const char *line, apr_size_t *len)
{
    const char *target, *scheme;

    line += strspn(line, BLANKS);
    line += strcspn(line, BLANKS);
    target = line + strspn(line, BLANKS);
    scheme = strstr(target, "://");
    if (scheme && scheme < target + strcspn(target, "/?" BLANKS) + 1)
        target = scheme + 3 + strcspn(scheme + 3, "/?" BLANKS);
    *len = strcspn(target, "?" BLANKS);
    return target;
}

/* 1: there was a token in it. */
static int redact_line(request_rec *r)
{
    apr_size_t len;
    const char *line = r->the_request ? r->the_request : "";
    const char *path = path_in(line, &len);
    const char *shown = shown_for(r, apr_pstrmemdup(r->pool, path, len));

    if (!shown || (strlen(shown) == len && !strncmp(shown, path, len)))
        return 0;
    r->the_request =
        apr_pstrcat(r->pool, apr_pstrmemdup(r->pool, line, (apr_size_t)(path - line)),
                    shown, path + len + strcspn(path + len, BLANKS), NULL);
    return 1;
}

static void set_address(request_rec *r, const char *address)
{
    r->uri = r->unparsed_uri = apr_pstrdup(r->pool, address);
    r->parsed_uri.path = r->uri;
}

int portal_redact_arrive(request_rec *r)
{
    const char *shown;

    portal_request_of(r)->whole = 1;
    redact_line(r);
    shown = strchr(r->uri, '%') ? shown_for(r, r->uri) : NULL;
    if (shown)
        set_address(r, apr_pstrcat(r->pool, shown, "/-", NULL));
    return DECLINED;
}

void portal_redact_address(request_rec *r)
{
    const char *shown = shown_for(r, r->uri);

    if (shown)
        set_address(r, shown);
}

int portal_redact_log(request_rec *r)
{
    if (r->uri)
        portal_redact_address(r);
    if (redact_line(r)) /* it has been shown once already */
        ap_update_child_status(r->connection->sbh, SERVER_BUSY_LOG, r);
    return DECLINED;
}
