/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "core/metrics.h"

#define SECOND 1000000

static int has_label(const portal_family_t *family, int i)
{
    return i < PORTAL_METRIC_LABELS && family->label[i] && *family->label[i];
}

const char *portal_metric_value(const portal_metric_t *metric, apr_pool_t *pool)
{
    if (!strstr(metric->family->name, "_seconds"))
        return apr_psprintf(pool, "%" APR_INT64_T_FMT, metric->value);
    return apr_psprintf(pool, "%" APR_INT64_T_FMT ".%06d", metric->value / SECOND,
                        (int)(metric->value % SECOND));
}

const char *portal_metric_words(const portal_metric_t *metric, apr_pool_t *pool)
{
    const char *words = "";

    for (int i = 0; has_label(metric->family, i); i++)
        words = apr_pstrcat(pool, words, i ? " " : "", metric->label[i], NULL);
    return words;
}

/* {side="desk",route="find"}, or nothing. */
static const char *labels_of(const portal_metric_t *metric, apr_pool_t *pool)
{
    const char *all = "";

    for (int i = 0; has_label(metric->family, i); i++)
        all = apr_pstrcat(pool, all, i ? "," : "{", metric->family->label[i], "=\"",
                          metric->label[i], "\"", NULL);
    return *all ? apr_pstrcat(pool, all, "}", NULL) : all;
}

static const char *join(const apr_array_header_t *lines, apr_pool_t *pool)
{
    return apr_array_pstrcat(pool, lines, 0);
}

const char *portal_metrics_text(const apr_array_header_t *metrics, apr_pool_t *pool)
{
    apr_array_header_t *lines = apr_array_make(pool, metrics->nelts, sizeof(char *));
    const portal_family_t *family = NULL;

    for (int i = 0; i < metrics->nelts; i++) {
        const portal_metric_t *m = &APR_ARRAY_IDX(metrics, i, portal_metric_t);
        if (!i || m->family != family) {
            family = m->family;
            *(char **)apr_array_push(lines) =
                apr_psprintf(pool, "# HELP %s %s\n# TYPE %s %s\n", family->name,
                             family->help, family->name, family->type);
        }
        *(char **)apr_array_push(lines) =
            apr_pstrcat(pool, m->family->name, labels_of(m, pool), " ",
                        portal_metric_value(m, pool), "\n", NULL);
    }
    return join(lines, pool);
}

/* "sign_ins" and "2xx" become SignIns and 2xx. */
static char *camel(char *to, const char *from)
{
    int begin = 1;

    for (; *from; from++) {
        if (!apr_isalnum(*from)) {
            begin = 1;
            continue;
        }
        *to++ = (char)(begin ? apr_toupper(*from) : *from);
        begin = 0;
    }
    *to = '\0';
    return to;
}

static const char *key_of(const portal_metric_t *metric, apr_pool_t *pool)
{
    const char *words = portal_metric_words(metric, pool);
    char *name = apr_pstrdup(pool, metric->family->name);
    char *end = strstr(name, "_total"), *key;

    if (end)
        *end = '\0';
    key = apr_palloc(pool, strlen(name) + strlen(words) + 1);
    camel(camel(key, name), words);
    return key;
}

const char *portal_metrics_lines(const apr_array_header_t *metrics, apr_pool_t *pool)
{
    apr_array_header_t *lines = apr_array_make(pool, metrics->nelts, sizeof(char *));

    for (int i = 0; i < metrics->nelts; i++) {
        const portal_metric_t *m = &APR_ARRAY_IDX(metrics, i, portal_metric_t);
        *(char **)apr_array_push(lines) = apr_pstrcat(
            pool, key_of(m, pool), ": ", portal_metric_value(m, pool), "\n", NULL);
    }
    return join(lines, pool);
}
