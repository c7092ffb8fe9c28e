/* SPDX-License-Identifier: Apache-2.0 */
/* How commands answer; see ctl.h. */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <apr_strings.h>

#include "ctl/ctl.h"

void portal_ctl_say(const portal_ctl_t *ctl, const char *format, ...)
{
    va_list args;

    if (ctl->options.json)
        return;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

int portal_ctl_fail(portal_ctl_t *ctl, int code, const char *format, ...)
{
    va_list args;
    const char *text;

    va_start(args, format);
    text = apr_pvsprintf(ctl->pool, format, args);
    va_end(args);
    fflush(stdout);
    fprintf(stderr, "portalctl: %s\n", text);
    portal_ctl_set(ctl, "error", json_string(text));
    return code;
}

const char *portal_ctl_plain(const char *text, apr_pool_t *pool)
{
    char *out = apr_pstrdup(pool, text);

    for (unsigned char *c = (unsigned char *)out; *c; c++) {
        if (*c < 0x20 || *c == 0x7F)
            *c = '?';
        else if (*c == 0xC2 && c[1] >= 0x80 && c[1] < 0xA0) /* U+0080 to U+009F */
            c[0] = c[1] = '?';
    }
    return out;
}

void portal_ctl_progress(portal_ctl_t *ctl, const char *what, apr_int64_t done,
                         apr_int64_t all)
{
    static const char bar[] = "########################################";
    int mille = all ? (int)(1000 * done / all) : 1000;

    if (mille == ctl->shown || !isatty(STDERR_FILENO) || ctl->options.json)
        return;
    ctl->shown = mille;
    fprintf(stderr, "\r%-9s [%-40.*s] %3d %%", what, mille / 25, bar, mille / 10);
    if (done == all)
        fputs("\r\033[K", stderr);
}

void portal_ctl_set(portal_ctl_t *ctl, const char *name, json_t *value)
{
    json_object_set_new(ctl->result, name, value ? value : json_null());
}

void portal_ctl_finish(portal_ctl_t *ctl)
{
    if (ctl->options.json) {
        json_dumpf(ctl->result, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
        putchar('\n');
    }
}
