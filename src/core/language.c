/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The choice of a language: Accept-Language (RFC 9110 section 12.5.4) by lookup
 * (RFC 4647 section 3.4).
 */
#include "core/catalogue.h"

#include <string.h>
#include <strings.h>

#include <apr_strings.h>

#define RANGES_MAX 32
#define TAG_MAX 64
#define WEIGHT_FULL 1000

typedef struct {
    char tag[TAG_MAX];
    int weight; /* thousandths */
} range_t;

static apr_size_t skip_blanks(const char *at)
{
    return strspn(at, " \t");
}

/* Cuts the last subtag off, and a single letter that would then be the last. */
static int shorten(char *tag)
{
    char *dash = strrchr(tag, '-');

    if (!dash) {
        return 0;
    }
    *dash = '\0';
    if (dash - tag >= 2 && dash[-2] == '-') {
        dash[-2] = '\0';
    }
    return 1;
}

static const char *look_up(const portal_catalogue_t *catalogue, const char *range)
{
    char tag[TAG_MAX];
    const char *found;

    if (strlen(range) >= sizeof(tag)) {
        return NULL;
    }
    apr_cpystrn(tag, range, sizeof(tag));
    do {
        found = portal_catalogue_find(catalogue, tag);
    } while (!found && shorten(tag));
    return found;
}

/* 0, 0.5, 1.000 in thousandths; -1 when it is nothing of the kind. */
static int read_weight(const char *text, apr_size_t len)
{
    int weight;
    int unit = WEIGHT_FULL / 10;

    if (len == 0 || len > 5 || (text[0] != '0' && text[0] != '1') ||
        (len > 1 && text[1] != '.')) {
        return -1;
    }
    weight = (text[0] - '0') * WEIGHT_FULL;
    for (apr_size_t i = 2; i < len; i++, unit /= 10) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        weight += (text[i] - '0') * unit;
    }
    return weight <= WEIGHT_FULL ? weight : -1;
}

/* One element, "es-MX;q=0.8" with blanks here and there; 0 when it is malformed. */
static int read_range(const char *at, apr_size_t len, range_t *range)
{
    apr_size_t tag = 0;

    while (tag < len && !strchr(" \t;", at[tag])) {
        tag++;
    }
    if (tag == 0 || tag >= sizeof(range->tag)) {
        return 0;
    }
    memcpy(range->tag, at, tag);
    range->tag[tag] = '\0';
    range->weight = WEIGHT_FULL;
    at += tag;
    len -= tag;
    while (len > 0 && strchr(" \t", at[len - 1])) {
        len--;
    }
    if (len == 0) {
        return 1;
    }
    while (len > 0 && strchr(" \t;", *at)) {
        at++;
        len--;
    }
    if (len < 2 || (at[0] != 'q' && at[0] != 'Q') || at[1] != '=') {
        return 0;
    }
    range->weight = read_weight(at + 2, len - 2);
    return range->weight >= 0;
}

static int read_header(const char *header, range_t *ranges)
{
    int count = 0;

    while (header && *header && count < RANGES_MAX) {
        apr_size_t len;

        header += skip_blanks(header);
        len = strcspn(header, ",");
        count += read_range(header, len, &ranges[count]);
        header += len;
        header += *header == ',';
    }
    return count;
}

static int is_refused(const range_t *ranges, int count, const char *tag)
{
    for (int i = 0; i < count; i++) {
        if (ranges[i].weight == 0 && strcasecmp(ranges[i].tag, tag) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Nothing fits: English, or the first that is not refused if English is. */
static const char *fall_back(const portal_catalogue_t *catalogue, const range_t *ranges,
                             int count)
{
    const char *standard = portal_catalogue_find(catalogue, PORTAL_LANGUAGE_DEFAULT);

    for (int i = -1; i < portal_catalogue_count(catalogue); i++) {
        const char *tag = i < 0 ? standard : portal_catalogue_language(catalogue, i);

        if (!is_refused(ranges, count, tag)) {
            return tag;
        }
    }
    return standard;
}

const char *portal_catalogue_choose(const portal_catalogue_t *catalogue,
                                    const char *wanted, const char *accept_language)
{
    range_t ranges[RANGES_MAX];
    const char *best = wanted ? look_up(catalogue, wanted) : NULL;
    int best_weight = 0;
    int count;

    if (best) {
        return best;
    }
    count = read_header(accept_language, ranges);
    for (int i = 0; i < count; i++) {
        const char *found = look_up(catalogue, ranges[i].tag);

        if (found && ranges[i].weight > best_weight &&
            !is_refused(ranges, count, found)) {
            best = found;
            best_weight = ranges[i].weight;
        }
    }
    return best ? best : fall_back(catalogue, ranges, count);
}
