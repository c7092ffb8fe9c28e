/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_key: the keys by which text is found, sorted and compared; see text.h.
 *
 * What the search key leaves out is what people leave out when they type a name from
 * hearing it. Marks are told from vowel signs by their combining class (Unicode chapter 4):
 * 10 and up are Latin, Greek, Hebrew and Arabic points; below that are signs that make
 * another letter (Japanese voicing, Indian vowels and viramas), which stay.
 */
#include "core/text.h"
#include "core/secret.h"
#include "core/text_points.h"

#include <apr_strings.h>
#include <string.h>

#define STABLE_KEY (UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_IGNORE)
#define FOLD (STABLE_KEY | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD)
#define NFKC (STABLE_KEY | UTF8PROC_COMPOSE)
#define APOSTROPHE 0x2BC
#define ACCENT_CLASS 10
#define SORT_PART_MAX 190

/* Letters that Unicode does not take apart, but people do; sorted by the first. */
static const struct {
    utf8proc_int32_t from;
    utf8proc_int32_t to[2];
} plain_letters[] = {
    {0xE6, {'a', 'e'}},  {0xF0, {'d', 0}},    {0xF8, {'o', 0}},    {0xFE, {'t', 'h'}},
    {0x111, {'d', 0}},   {0x127, {'h', 0}},   {0x131, {'i', 0}},   {0x142, {'l', 0}},
    {0x14B, {'n', 0}},   {0x153, {'o', 'e'}}, {0x167, {'t', 0}},   {0x259, {'e', 0}},
    {0x629, {0x647, 0}}, {0x649, {0x64A, 0}}, {0x671, {0x627, 0}}, {0x6A9, {0x643, 0}},
    {0x6BE, {0x647, 0}}, {0x6C1, {0x647, 0}}, {0x6CC, {0x64A, 0}},
};

static int is_apostrophe(utf8proc_int32_t point)
{
    switch (point) {
    case '\'':
    case '`':
    case 0xB4:
    case 0x2018:
    case 0x2019:
    case 0x201B:
    case 0x2032:
    case 0x2035:
    case 0x55A:
    case 0x5F3:
    case 0xA78B:
    case 0xA78C:
    case 0xFF07:
        return 1;
    default:
        return point >= 0x2B9 && point <= 0x2CB; /* modifier letters that look like one */
    }
}

/* Before decomposing: U+00B4 would become a space with an accent, and part the word. */
static utf8proc_int32_t one_apostrophe(utf8proc_int32_t point, void *data)
{
    (void)data;
    return is_apostrophe(point) ? APOSTROPHE : point;
}

static int is_word_part(utf8proc_int32_t point)
{
    utf8proc_category_t category = utf8proc_category(point);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

static int is_left_out(utf8proc_int32_t point)
{
    const utf8proc_property_t *property = utf8proc_get_property(point);
    return point == APOSTROPHE || point == 0x640 /* Arabic tatweel only widens */ ||
           property->combining_class >= ACCENT_CLASS ||
           property->category == UTF8PROC_CATEGORY_ME;
}

static void push_letter(portal_points_t *out, utf8proc_int32_t point)
{
    for (apr_size_t i = 0; i < sizeof plain_letters / sizeof *plain_letters; i++) {
        if (plain_letters[i].from == point) {
            out->at[out->count++] = plain_letters[i].to[0];
            if (plain_letters[i].to[1]) {
                out->at[out->count++] = plain_letters[i].to[1];
            }
            return;
        }
    }
    out->at[out->count++] = point;
}

/* One code point of the key; what is no part of a word is kept only with `symbols`. */
static void fold_point(portal_points_t *out, utf8proc_int32_t point, int *parted,
                       int symbols)
{
    if (is_left_out(point)) {
        return;
    }
    if (!symbols && !is_word_part(point)) {
        *parted = 1;
        return;
    }
    if (*parted && out->count) {
        out->at[out->count++] = ' ';
    }
    *parted = 0;
    push_letter(out, point);
}

static const char *fold(const portal_points_t *in, portal_points_t *out, int symbols)
{
    int parted = 0;
    for (apr_size_t i = 0; i < in->count; i++) {
        fold_point(out, in->at[i], &parted, symbols);
    }
    portal_points_compose(out);
    return portal_points_write(out);
}

const char *portal_text_fold(const char *text, apr_pool_t *pool)
{
    portal_points_t in;
    portal_points_read(&in, text, FOLD, one_apostrophe, pool);
    portal_points_t out = {apr_pcalloc(pool, in.room * sizeof *in.at), 0, in.room};
    return fold(&in, &out, 0);
}

const char *portal_text_fold_secret(const char *text, apr_pool_t *pool)
{
    portal_points_t in;
    int read = portal_points_read(&in, text, FOLD, one_apostrophe, pool);
    portal_points_t out = {apr_pcalloc(pool, in.room * sizeof *in.at), 0, in.room};
    portal_secret_wipe_with(in.at, in.room * sizeof *in.at, pool);
    portal_secret_wipe_with(out.at, out.room * sizeof *out.at, pool);
    return read ? fold(&in, &out, 1) : NULL;
}

static const char *sort_part(const char *name, apr_pool_t *pool)
{
    const char *clean;
    const char *folded = name ? portal_text_fold(name, pool) : "";
    if (*folded || !name) {
        return folded;
    }
    return portal_text_clean(&clean, name, strlen(name), APR_SIZE_MAX, PORTAL_TEXT_LINES,
                             pool) == PORTAL_TEXT_OK
               ? clean
               : "";
}

static const char *first_points(const char *text, int most, apr_pool_t *pool)
{
    const char *end = text;
    for (int n = 0; *end; end++) {
        if ((*end & 0xC0) != 0x80 && n++ == most) {
            break;
        }
    }
    return apr_pstrmemdup(pool, text, (apr_size_t)(end - text));
}

/* Two spaces part the names: less than the one inside a name, so that `Li` is before `Li Wei`. */
const char *portal_text_sort_key(const char *family, const char *given, apr_pool_t *pool)
{
    const char *first = first_points(sort_part(family, pool), SORT_PART_MAX, pool);
    const char *second = first_points(sort_part(given, pool), SORT_PART_MAX, pool);
    return apr_pstrcat(pool, first, "  ", second, NULL);
}

static void remove_spaces_and_dashes(portal_points_t *points)
{
    apr_size_t kept = 0;
    for (apr_size_t i = 0; i < points->count; i++) {
        utf8proc_int32_t point = points->at[i];
        if (!portal_points_is_space(point) && !portal_points_is_dash(point)) {
            points->at[kept++] = point;
        }
    }
    points->count = kept;
}

/* One way through; NULL: nothing remains, or too much. */
static const char *case_key_once(const char *text, apr_pool_t *pool)
{
    portal_points_t points;
    if (!portal_points_read(&points, text, NFKC, NULL, pool)) {
        return NULL;
    }
    portal_points_compose(&points);
    for (apr_size_t i = 0; i < points.count; i++) {
        points.at[i] = utf8proc_toupper(points.at[i]);
    }
    remove_spaces_and_dashes(&points);
    portal_points_compose(&points);
    if (points.count == 0 || points.count > PORTAL_TEXT_CASE_MAX) {
        return NULL;
    }
    return portal_points_write(&points);
}

/* Marks that a space stood between, and upper case of some letters, come into their order with a
 * second way through; few need a third. */
#define CASE_KEY_WAYS 6

apr_status_t portal_text_case_key(const char **key, const char *text, apr_pool_t *pool)
{
    *key = NULL;
    if (portal_text_check(text, strlen(text), APR_SIZE_MAX, PORTAL_TEXT_LINES) !=
        PORTAL_TEXT_OK) {
        return APR_EINVAL;
    }
    for (int i = 0; text && i < CASE_KEY_WAYS; i++) {
        const char *next = case_key_once(text, pool);
        if (next && strcmp(next, text) == 0) {
            *key = next;
            return APR_SUCCESS;
        }
        text = next;
    }
    return APR_EINVAL;
}

apr_status_t portal_text_mrn_key(const char **key, const char *text, apr_pool_t *pool)
{
    portal_text_verdict_t verdict =
        portal_text_clean(key, text, strlen(text), PORTAL_TEXT_CASE_MAX, 0, pool);
    if (verdict != PORTAL_TEXT_OK || **key == '\0') {
        *key = NULL;
        return APR_EINVAL;
    }
    return APR_SUCCESS;
}

static void lower(portal_points_t *points)
{
    portal_points_compose(points);
    for (apr_size_t i = 0; i < points->count; i++) {
        points->at[i] = utf8proc_tolower(points->at[i]);
    }
    portal_points_compose(points);
}

const char *portal_text_lower_secret(const char *text, apr_pool_t *pool)
{
    portal_points_t points;
    int read =
        portal_points_read(&points, text, UTF8PROC_COMPOSE | UTF8PROC_STABLE, NULL, pool);
    portal_secret_wipe_with(points.at, points.room * sizeof *points.at, pool);
    if (!read) {
        return NULL;
    }
    lower(&points);
    return portal_points_write(&points);
}

const char *portal_text_password_key(const char *text, apr_pool_t *pool)
{
    portal_points_t points;
    int read = portal_points_read(&points, text, NFKC, NULL, pool);
    portal_secret_wipe_with(points.at, points.room * sizeof *points.at, pool);
    if (!read) {
        return NULL;
    }
    remove_spaces_and_dashes(&points);
    lower(&points);
    return portal_points_write(&points);
}
