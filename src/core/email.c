/* SPDX-License-Identifier: Apache-2.0 */
/*
 * email: see email.h. libidn2 maps and encodes the domain (UTS 46, not transitional). It lets
 * characters through that no host name has, or drops them silently when asked to refuse
 * them, so its result is checked here label by label.
 */
#include "core/email.h"
#include "core/text.h"
#include "core/text_points.h"

#include <apr_strings.h>
#include <idn2.h>
#include <string.h>

#define LOCAL_MAX 64   /* bytes, RFC 5321 section 4.5.3.1.1 */
#define DOMAIN_MAX 253 /* bytes of a host name as text, RFC 1035 section 2.3.4 */
#define LABEL_MAX 63
#define ATEXT_MARKS                                                                      \
    "!#$%&'*+-/=?^_`{|}~" /* RFC 5322 section 3.2.3, beside letters and digits */

static int is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Beyond ASCII everything visible is taken: letters, marks, digits, punctuation, symbols. */
static int is_local_point(utf8proc_int32_t point)
{
    if (point < 0x80) {
        return is_letter_or_digit((char)point) || point == '.' ||
               strchr(ATEXT_MARKS, (char)point) != NULL;
    }
    utf8proc_category_t category = utf8proc_category(point);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_SO;
}

static int local_is_good(const char *local)
{
    size_t length = strlen(local);
    if (length == 0 || local[0] == '.' || local[length - 1] == '.' ||
        strstr(local, "..")) {
        return 0;
    }
    /* some relays read an encoded word (RFC 2047) here, and find another address in it */
    if (strstr(local, "=?")) {
        return 0;
    }
    while (*local) {
        utf8proc_int32_t point;
        utf8proc_ssize_t n =
            utf8proc_iterate((const utf8proc_uint8_t *)local, -1, &point);
        if (n <= 0 || !is_local_point(point)) {
            return 0;
        }
        local += n;
    }
    return 1;
}

/* Letters, digits and inner hyphens (RFC 1123 section 2.1), 1 to 63 of them. */
static int label_is_good(const char *label, size_t length)
{
    if (length == 0 || length > LABEL_MAX || label[0] == '-' ||
        label[length - 1] == '-') {
        return 0;
    }
    for (size_t i = 0; i < length; i++) {
        if (!is_letter_or_digit(label[i]) && label[i] != '-') {
            return 0;
        }
    }
    return 1;
}

/* Two labels at least, and the last is no number: that would be an address (RFC 3696). */
static int host_is_good(const char *host)
{
    int labels = 0;
    if (strlen(host) > DOMAIN_MAX) {
        return 0;
    }
    for (;;) {
        size_t length = strcspn(host, ".");
        if (!label_is_good(host, length)) {
            return 0;
        }
        labels++;
        if (host[length] == '\0') {
            return labels >= 2 && strspn(host, "0123456789") != length;
        }
        host += length + 1;
    }
}

/* The domain in A-labels, lower case; NULL: it has none. */
static const char *to_ascii(const char *domain, apr_pool_t *pool)
{
    uint8_t *found = NULL;
    if (idn2_lookup_u8((const uint8_t *)domain, &found,
                       IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK) {
        return NULL;
    }
    char *host = apr_pstrdup(pool, (const char *)found);
    idn2_free(found);
    for (char *c = host; *c; c++) {
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
    }
    return host_is_good(host) ? host : NULL;
}

/* The domain as people read it; NULL: what the A-labels hide is not fit to be shown. */
static const char *to_unicode(const char *host, apr_pool_t *pool)
{
    char *found = NULL;
    if (idn2_to_unicode_8z8z(host, &found, 0) != IDN2_OK) {
        return NULL;
    }
    const char *domain = apr_pstrdup(pool, found);
    idn2_free(found);
    const char *back = to_ascii(domain, pool);
    return back && strcmp(back, host) == 0 &&
                   portal_text_check(domain, strlen(domain), DOMAIN_MAX, 0) ==
                       PORTAL_TEXT_OK
               ? domain
               : NULL;
}

static const char *lower(const char *text, apr_pool_t *pool)
{
    portal_points_t points;
    portal_points_read(&points, text, UTF8PROC_COMPOSE | UTF8PROC_STABLE, NULL, pool);
    portal_points_compose(&points);
    for (apr_size_t i = 0; i < points.count; i++) {
        points.at[i] = utf8proc_tolower(points.at[i]);
    }
    portal_points_compose(&points);
    return portal_points_write(&points);
}

static portal_email_verdict_t fill(portal_email_t *out, const char *local,
                                   const char *typed_domain, apr_pool_t *pool)
{
    const char *host = to_ascii(typed_domain, pool);
    const char *domain = host ? to_unicode(host, pool) : NULL;
    if (!domain) {
        return PORTAL_EMAIL_DOMAIN;
    }
    const char *address = apr_pstrcat(pool, local, "@", domain, NULL);
    const char *wire = apr_pstrcat(pool, local, "@", host, NULL);
    if (strlen(address) > PORTAL_EMAIL_MAX || strlen(wire) > PORTAL_EMAIL_MAX) {
        return PORTAL_EMAIL_TOO_LONG;
    }
    out->address = address;
    out->local = local;
    out->wire = wire;
    out->key = apr_pstrcat(pool, lower(local, pool), "@", host, NULL);
    return PORTAL_EMAIL_OK;
}

portal_email_verdict_t portal_email_parse(portal_email_t *out, const char *typed,
                                          apr_pool_t *pool)
{
    const char *clean;
    memset(out, 0, sizeof *out);
    portal_text_verdict_t verdict =
        portal_text_clean(&clean, typed, strlen(typed), PORTAL_EMAIL_MAX, 0, pool);
    if (verdict != PORTAL_TEXT_OK) {
        return verdict == PORTAL_TEXT_TOO_LONG ? PORTAL_EMAIL_TOO_LONG
                                               : PORTAL_EMAIL_MALFORMED;
    }
    if (*clean == '\0') {
        return PORTAL_EMAIL_EMPTY;
    }
    const char *at = strchr(clean, '@');
    if (!at) {
        return PORTAL_EMAIL_NO_AT;
    }
    if (strchr(at + 1, '@')) {
        return PORTAL_EMAIL_SEVERAL;
    }
    const char *local = apr_pstrmemdup(pool, clean, (apr_size_t)(at - clean));
    if (!local_is_good(local)) {
        return PORTAL_EMAIL_LOCAL;
    }
    if (strlen(local) > LOCAL_MAX) {
        return PORTAL_EMAIL_TOO_LONG;
    }
    return fill(out, local, at + 1, pool);
}
