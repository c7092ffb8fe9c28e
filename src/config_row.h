/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of config.def as a table, and how one value is read, shown and checked.
 * Only config.c, config_value.c and config_check.c need this.
 */
#ifndef PORTAL_CONFIG_ROW_H
#define PORTAL_CONFIG_ROW_H

#include "config.h"

typedef enum {
    PORTAL_KIND_TEXT,
    PORTAL_KIND_MAILBOX,
    PORTAL_KIND_FILE,
    PORTAL_KIND_FOLDER,
    PORTAL_KIND_SECRET,
    PORTAL_KIND_FEATURE,
    PORTAL_KIND_NUMBER,
    PORTAL_KIND_SPAN,
    PORTAL_KIND_KEEP,
    PORTAL_KIND_NAMES,
    PORTAL_KIND_CIDRS,
    PORTAL_KIND_URL,
    PORTAL_KIND_RELAY,
    PORTAL_KIND_MAIL_TLS,
    PORTAL_KIND_REGISTRATION,
    PORTAL_KIND_SECOND_FACTOR,
    PORTAL_KIND_HASH,
    PORTAL_KIND_THROTTLE,
    PORTAL_KINDS
} portal_config_kind_t;

typedef struct {
    const char *directive;
    const char *field;
    portal_config_kind_t kind;
    apr_size_t offset; /* of the field in portal_config_t */
    apr_size_t size;
    int least; /* arguments */
    int most;  /* arguments; 0: no limit */
    const char *normal;
    apr_int64_t low;
    apr_int64_t high;
    const char *usage;
    const char *help;
} portal_config_row_t;

/* By portal_field_t. */
extern const portal_config_row_t portal_config_rows[PORTAL_FIELDS];

/* "lobby" of the row of feature_lobby. The row must be of kind FEATURE. */
const char *portal_config_feature_name(const portal_config_row_t *row);

/*
 * Reads the arguments of a directive into its field. NULL: done. Else what is wrong and
 * what to do about it, in pool; the message never repeats what could be a secret. Files
 * and folders must exist; relative paths start at ServerRoot. The value lives in pool.
 * The arguments may be those of the default, which name no files.
 */
const char *portal_config_read(apr_pool_t *pool, const portal_config_row_t *row,
                               void *field, int argc, char *const *argv);

/* The value as an administrator would write it, in pool; "none" when there is none. */
const char *portal_config_show(apr_pool_t *pool, const portal_config_row_t *row,
                               const void *field);

/*
 * Of the count words the one that was probably meant, or NULL: not more than two letters
 * away, and not more than half of the word.
 */
const char *portal_config_guess(const char *typed, const char *const *words, int count);

#endif
