/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyring_text: the key file as text, for keyring.c and keyring_file.c alone. All texts and lines
 * here are secrets: whoever has them wipes them.
 */
#ifndef PORTAL_KEYRING_TEXT_H
#define PORTAL_KEYRING_TEXT_H

#include "core/keyring.h"

#define PORTAL_KEYRING_FILE_MAX 65536
#define PORTAL_KEYRING_LINE 96 /* room for any line that is made here */

typedef enum {
    PORTAL_KEYRING_REMARK, /* empty, or a comment */
    PORTAL_KEYRING_KEY,
    PORTAL_KEYRING_OLD
} portal_keyring_kind_t;

typedef struct {
    portal_keyring_kind_t kind;
    unsigned id;
    portal_key_purpose_t purpose; /* 0: a master key */
    unsigned char key[PORTAL_SUBKEY_BYTES];
} portal_keyring_line_t;

/* Reads all of the file, with its owner and mode checked; see portal_keyring_read. */
apr_status_t portal_keyring_text_read(char text[PORTAL_KEYRING_FILE_MAX + 1],
                                      const char *path, const char **error,
                                      apr_pool_t *pool);

/* Reads one line without its newline; a carriage return at its end is cut off. 0: it is neither
 * a key nor a remark. */
int portal_keyring_line_parse(portal_keyring_line_t *out, char *line);

/* Writes a key's line with its newline. */
void portal_keyring_line_make(char line[PORTAL_KEYRING_LINE],
                              const portal_keyring_line_t *of);

/* Makes a change of names in the folder of `path` durable. 0, or errno. */
int portal_keyring_sync_folder(const char *path, apr_pool_t *pool);

#endif
