/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses in the configuration: see config_url.h.
 */
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "config_url.h"
#include "core/email.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

/* A name of letters, digits and dashes in lower case, or an address in brackets. */
static int is_host(const char *host)
{
    size_t len = strlen(host);

    if (len > 253 || !len) {
        return 0;
    }
    if (host[0] == '[') {
        return host[len - 1] == ']' && strspn(host + 1, DIGITS "abcdef:.") == len - 2;
    }
    for (const char *label = host; label;) {
        const char *dot = strchr(label, '.');
        size_t n = dot ? (size_t)(dot - label) : strlen(label);
        if (n < 1 || n > 63 || label[0] == '-' || label[n - 1] == '-' ||
            strspn(label, LETTERS DIGITS "-") < n) {
            return 0;
        }
        label = dot ? dot + 1 : NULL;
    }
    return 1;
}

/*
 * Host and port of scheme://HOST[:PORT]… at authority; *rest is what follows. APR's own
 * parser takes much that is no address, such as spaces and a port of 99999.
 */
static const char *read_host(apr_pool_t *pool, const char *authority, const char **host,
                             int *port, const char **rest)
{
    size_t len = strcspn(authority, "/?#");
    char *text = apr_pstrmemdup(pool, authority, len), *colon, *end;
    apr_int64_t n;

    *rest = authority + len;
    if (strchr(text, '@')) {
        return "has a user name in it; take out what stands before the @ and the @";
    }
    colon = text[0] == '[' ? strchr(text, ']') : text;
    colon = colon ? strchr(colon, ':') : NULL;
    if (colon) {
        *colon = '\0';
        n = apr_strtoi64(colon + 1, &end, 10);
        if (!apr_isdigit(colon[1]) || *end || n < 1 || n > 65535) {
            return "has no valid port; write a number from 1 to 65535 behind the colon";
        }
        *port = (int)n;
    }
    ap_str_tolower(text);
    if (!is_host(text)) {
        return "has no valid host; write a name of letters, digits, dashes and dots (an "
               "international name as xn--...), or an IPv6 address in [ ]";
    }
    *host = text;
    return NULL;
}

/* "" or /SEGMENT[/SEGMENT…] of characters that no one has to escape. */
static const char *wrong_path(const char *path)
{
    if (strspn(path, LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "/._~-") !=
        strlen(path)) {
        return strpbrk(path, "?#") ? "has a query or a fragment; end it with the path"
                                   : "has a path with other characters than letters, "
                                     "digits, . _ ~ and -; "
                                     "mount the portal at a plainer path";
    }
    while (*path == '/') {
        size_t n = strcspn(++path, "/");
        if (!n || (n == 1 && path[0] == '.') || (n == 2 && !strncmp(path, "..", 2))) {
            return "has an empty segment, . or .. in its path; write the path without it";
        }
        path += n;
    }
    return NULL;
}

int portal_config_is_plain_address(const char *typed)
{
    const char *authority = strstr(typed, "://"), *colon;

    authority = authority ? authority + 3 : typed;
    colon = *authority == '[' ? strchr(authority, ']') : authority;
    colon = colon ? strpbrk(colon, ":/") : NULL;
    return !strpbrk(typed, "@?#") && (!colon || *colon == '/' || apr_isdigit(colon[1]));
}

const char *portal_config_read_url(apr_pool_t *pool, const char *typed,
                                   portal_base_url_t *out)
{
    portal_base_url_t url = {.port = 443};
    const char *wrong, *rest;
    size_t len;

    if (!strncasecmp(typed, "http://", 7)) {
        return apr_psprintf(pool,
                            "is not encrypted; passwords and records need https: write "
                            "https://%s and switch SSLEngine on in this host",
                            portal_config_is_plain_address(typed) ? typed + 7
                                                                  : "HOST/PATH");
    }
    if (strncasecmp(typed, "https://", 8) != 0) {
        return "is no https address; write https://HOST/PATH";
    }
    wrong = read_host(pool, typed + 8, &url.host, &url.port, &rest);
    if (wrong) {
        return wrong;
    }
    len = strlen(rest);
    url.path = apr_pstrmemdup(pool, rest, len && rest[len - 1] == '/' ? len - 1 : len);
    wrong = wrong_path(url.path);
    if (wrong) {
        return wrong;
    }
    url.origin = url.port == 443
                     ? apr_pstrcat(pool, "https://", url.host, NULL)
                     : apr_psprintf(pool, "https://%s:%d", url.host, url.port);
    url.text = apr_pstrcat(pool, url.origin, url.path, NULL);
    *out = url;
    return NULL;
}

static const char *read_folder_relay(apr_pool_t *pool, const char *typed,
                                     portal_mail_relay_t *out)
{
    const char *path = typed + 5, *folder;
    apr_finfo_t found;

    path += !strncmp(path, "///", 3) ? 2 : 0;
    folder = *path && strncmp(path, "//", 2) ? ap_server_root_relative(pool, path) : NULL;
    if (!folder) {
        return "names no folder; write file:/PATH";
    }
    if (apr_stat(&found, folder, APR_FINFO_TYPE, pool) != APR_SUCCESS ||
        found.filetype != APR_DIR) {
        return apr_psprintf(pool,
                            "is no folder that exists; mkdir %s, and let the User of "
                            "httpd write there",
                            folder);
    }
    out->kind = PORTAL_RELAY_FILE;
    out->folder = folder;
    out->text = apr_pstrcat(pool, "file:", folder, NULL);
    return NULL;
}

const char *portal_config_read_relay(apr_pool_t *pool, const char *typed,
                                     portal_mail_relay_t *out)
{
    portal_mail_relay_t relay = {.kind = PORTAL_RELAY_SMTP, .port = 25};
    const char *wrong, *rest, *authority = typed + 7;

    if (!strncasecmp(typed, "file:", 5)) {
        return read_folder_relay(pool, typed, out);
    }
    if (!strncasecmp(typed, "smtps://", 8)) {
        relay.kind = PORTAL_RELAY_SMTPS;
        relay.port = 465;
        authority = typed + 8;
    } else if (strncasecmp(typed, "smtp://", 7) != 0) {
        return "is no mail relay; write smtp://HOST[:PORT], smtps://HOST[:PORT] or "
               "file:DIR";
    }
    wrong = read_host(pool, authority, &relay.host, &relay.port, &rest);
    if (wrong) {
        return strchr(authority, '@')
                   ? "has a login in it; write the login into the file "
                     "of PortalMailLogin and only the host here"
                   : wrong;
    }
    if (*rest && strcmp(rest, "/") != 0) {
        return "has something behind the host; end it with the host or the port";
    }
    relay.text = apr_psprintf(pool, "%s://%s:%d",
                              relay.kind == PORTAL_RELAY_SMTPS ? "smtps" : "smtp",
                              relay.host, relay.port);
    *out = relay;
    return NULL;
}

const char *portal_config_read_mailbox(apr_pool_t *pool, const char *typed,
                                       const char **out)
{
    portal_email_t email;

    if (strpbrk(typed, "<>\"")) {
        return "is more than an address; write the address alone, as in "
               "portal@hospital.example (the name that is shown is PortalName)";
    }
    if (portal_email_parse(&email, typed, pool) != PORTAL_EMAIL_OK) {
        return "is no mail address; write one such as portal@hospital.example";
    }
    *out = email.wire;
    return NULL;
}

int portal_config_is_loopback(const char *host)
{
    return !strcmp(host, "localhost") || !strcmp(host, "[::1]") ||
           (!strncmp(host, "127.", 4) && strspn(host, DIGITS ".") == strlen(host));
}
