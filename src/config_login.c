/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of PortalMailLogin, PortalExportLogin and PortalExportToken: see config_login.h.
 */
#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <sodium.h>

#include "config_login.h"

#define LOGIN_MAX 1000

/* The text of the file, unbuffered, so that the only copy is the caller's. */
static apr_status_t read_all(const char *path, char *text, apr_size_t *len,
                             apr_pool_t *pool)
{
    apr_file_t *file;
    apr_status_t rv =
        apr_file_open(&file, path, APR_FOPEN_READ, APR_FPROT_OS_DEFAULT, pool);

    if (rv == APR_SUCCESS) {
        rv = apr_file_read_full(file, text, *len, len);
        apr_file_close(file);
    }
    return rv == APR_EOF ? APR_SUCCESS : rv;
}

/* Reads the file into `text` of LOGIN_MAX + 2 bytes, without the line's end. */
static apr_status_t read_line(const char *path, char *text, apr_size_t *len,
                              const char **error, apr_pool_t *pool)
{
    char problem[120];
    apr_status_t rv;

    *len = LOGIN_MAX + 1;
    rv = read_all(path, text, len, pool);
    if (rv != APR_SUCCESS) {
        *error = apr_psprintf(pool, "%s cannot be read: %s; run this as root", path,
                              apr_strerror(rv, problem, sizeof problem));
        return rv;
    }
    text[*len] = '\0';
    while (*len && (text[*len - 1] == '\n' || text[*len - 1] == '\r')) {
        text[--*len] = '\0';
    }
    return APR_SUCCESS;
}

apr_status_t portal_config_login_read(const char *path, const char **user,
                                      portal_secret_t **password, const char **error,
                                      apr_pool_t *pool)
{
    char text[LOGIN_MAX + 2] = "", *colon;
    apr_size_t len;
    apr_status_t rv = read_line(path, text, &len, error, pool);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    colon = strchr(text, ':');
    if (len > LOGIN_MAX || strlen(text) != len || strpbrk(text, "\r\n") || !colon ||
        colon == text || !colon[1]) {
        *error = apr_psprintf(pool, "%s must hold one line USER:PASSWORD", path);
        rv = APR_EINVAL;
    } else {
        *user = apr_pstrmemdup(pool, text, (apr_size_t)(colon - text));
        *password = portal_secret_make(colon + 1, strlen(colon + 1), pool);
    }
    sodium_memzero(text, sizeof text);
    return rv;
}

apr_status_t portal_config_token_read(const char *path, portal_secret_t **token,
                                      const char **error, apr_pool_t *pool)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789-._~+/=";
    char text[LOGIN_MAX + 2] = "";
    apr_size_t len;
    apr_status_t rv = read_line(path, text, &len, error, pool);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!len || len > LOGIN_MAX || strspn(text, good) != len) {
        *error = apr_psprintf(pool, "%s must hold one line, a bearer token", path);
        rv = APR_EINVAL;
    } else {
        *token = portal_secret_make(text, len, pool);
    }
    sodium_memzero(text, sizeof text);
    return rv;
}
