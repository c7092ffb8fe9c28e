/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers about a running portal, written down for programs: Prometheus' text format, version 0.0.4,
 * and the lines of httpd's /server-status?auto.
 *
 * Names, labels and helps are literals of ours that need no escaping.
 */
#ifndef PORTAL_METRICS_H
#define PORTAL_METRICS_H

#include <apr_pools.h>
#include <apr_tables.h>

#define PORTAL_METRIC_LABELS 3

typedef struct {
    const char *name, *type;                 /* counter or gauge */
    const char *label[PORTAL_METRIC_LABELS]; /* names; NULL or "" ends them */
    const char *help;
} portal_family_t;

/* One number. Where the family's name says seconds, `value` is in microseconds. */
typedef struct {
    const portal_family_t *family;
    const char *label[PORTAL_METRIC_LABELS]; /* values */
    apr_int64_t value;
} portal_metric_t;

/* The content type of portal_metrics_text. */
#define PORTAL_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* All of an array of portal_metric_t, in which families stand together. From `pool`. */
const char *portal_metrics_text(const apr_array_header_t *metrics, apr_pool_t *pool);

/* The same as lines "PortalSignInsOk: 3". */
const char *portal_metrics_lines(const apr_array_header_t *metrics, apr_pool_t *pool);

/* A number as both write it: "3", or "0.250000" for microseconds. */
const char *portal_metric_value(const portal_metric_t *metric, apr_pool_t *pool);

/* What tells it apart within its family, for people: "desk binders 2xx"; "" for the only one. */
const char *portal_metric_words(const portal_metric_t *metric, apr_pool_t *pool);

#endif
