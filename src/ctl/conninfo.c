/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <apr_strings.h>

#include "ctl/conninfo.h"

/* Where a value of libpq's begins, to where it ends: blanks end it, but not within quotation marks,
 * and a backslash takes the next character as it is. */
static const char *end_of_value(const char *at)
{
    for (int quoted = 0; *at && (quoted || !strchr(" \t\r\n", *at)); at++) {
        quoted ^= *at == '\'';
        at += *at == '\\' && at[1];
    }
    return at;
}

const char *portal_ctl_conninfo(const char *params, apr_pool_t *pool)
{
    const char *out = "";

    if (strstr(params, "://"))
        return strchr(params, '@') || strstr(params, "password") ? "postgresql://..."
                                                                 : params;
    while (*(params += strspn(params, " \t\r\n"))) {
        const char *end = end_of_value(params);
        if (strncmp(params, "password", 8) && strncmp(params, "options", 7))
            out = apr_pstrcat(pool, out, *out ? " " : "",
                              apr_pstrmemdup(pool, params, (apr_size_t)(end - params)),
                              NULL);
        params = end;
    }
    return out;
}

const char *portal_ctl_shell_word(const char *text, apr_pool_t *pool)
{
    const char *out = "'", *quote;

    for (; (quote = strchr(text, '\'')) != NULL; text = quote + 1)
        out =
            apr_pstrcat(pool, out, apr_pstrmemdup(pool, text, (apr_size_t)(quote - text)),
                        "'\\''", NULL);
    return apr_pstrcat(pool, out, text, "'", NULL);
}
