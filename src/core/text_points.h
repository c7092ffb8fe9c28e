/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_points: text as an array of code points, for the other files of core that look at
 * letters. It wraps utf8proc so that all memory comes from a pool and can be wiped with it.
 */
#ifndef PORTAL_TEXT_POINTS_H
#define PORTAL_TEXT_POINTS_H

#include <apr_pools.h>
#include <utf8proc.h>

typedef struct {
    utf8proc_int32_t *at;
    apr_size_t count; /* code points in use */
    apr_size_t room;  /* code points that fit: at least twice as many as were read */
} portal_points_t;

/* Maps each code point before it is decomposed; may be NULL. */
typedef utf8proc_custom_func portal_points_map_t;

/*
 * Reads `text` decomposed, with utf8proc's `options` (UTF8PROC_DECOMPOSE or UTF8PROC_COMPOSE
 * among them; composing itself is left to portal_points_compose). 0: not UTF-8; *out is then
 * empty but valid.
 */
int portal_points_read(portal_points_t *out, const char *text, int options,
                       portal_points_map_t map, apr_pool_t *pool);

/* Composes (NFC) what was read and perhaps changed, in place. */
void portal_points_compose(portal_points_t *points);

/* Turns the points into UTF-8 in place: they are gone then. Lives as long as their pool. */
const char *portal_points_write(portal_points_t *points);

/* White space, also the invisible sorts that come with copied text. */
int portal_points_is_space(utf8proc_int32_t point);

/* Any dash or hyphen. */
int portal_points_is_dash(utf8proc_int32_t point);

#endif
