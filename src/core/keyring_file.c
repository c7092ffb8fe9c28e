/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyring_file: the changes of a rotation; see keyring.h. A change is made line by line from the
 * old text into a new one; remarks stay where they are.
 */
#include "core/keyring_text.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    char *old, *text; /* the file as it is, and as it will be */
    apr_size_t length;
    portal_keyring_t *ring; /* of the file as it is */
    int full;
} change_t;

static void put(change_t *c, const char *text)
{
    apr_size_t length = strlen(text);
    if (c->length + length > PORTAL_KEYRING_FILE_MAX) {
        c->full = 1;
        return;
    }
    memcpy(c->text + c->length, text, length);
    c->length += length;
}

static void put_key(change_t *c, const portal_keyring_line_t *line)
{
    char text[PORTAL_KEYRING_LINE];
    portal_keyring_line_make(text, line);
    put(c, text);
    sodium_memzero(text, sizeof text);
}

/* Calls `each` for every line with what it is; the text keeps its newlines. */
typedef void (*line_fn)(change_t *c, const portal_keyring_line_t *line, const char *text,
                        unsigned id, unsigned purposes);

static void for_lines(change_t *c, line_fn each, unsigned id, unsigned purposes)
{
    char *line = c->old;
    while (*line) {
        char *end = line + strcspn(line, "\n");
        int more = *end == '\n';
        portal_keyring_line_t parsed;
        *end = '\0';
        portal_keyring_line_parse(&parsed, line);
        each(c, &parsed, line, id, purposes);
        sodium_memzero(&parsed, sizeof parsed);
        *end = more ? '\n' : '\0';
        line = end + more;
    }
}

static void keep(change_t *c, const portal_keyring_line_t *line, const char *text)
{
    if (line->kind == PORTAL_KEYRING_REMARK) {
        put(c, text);
        put(c, "\n");
    } else {
        put_key(c, line);
    }
}

/* ---- the file ---- */

static const char *failed(const char *path, int error, apr_pool_t *pool)
{
    char text[128];
    return apr_psprintf(pool, "%s: cannot change the key file: %s", path,
                        apr_strerror(error, text, sizeof text));
}

/* The new text beside the old file, on disk; 0, or errno. */
static int write_beside(const char *beside, const char *path, const change_t *c)
{
    struct stat info;
    unlink(beside); /* left by one that was killed; nobody else has this name */
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return errno;
    }
    int status = stat(path, &info) ? errno : 0;
    if (!status && geteuid() == 0 && fchown(fd, info.st_uid, info.st_gid)) {
        status = errno;
    }
    ssize_t written = status ? 0 : write(fd, c->text, c->length);
    if (!status && written != (ssize_t)c->length) {
        status = written < 0 ? errno : ENOSPC;
    }
    if (!status && fsync(fd)) {
        status = errno;
    }
    if (close(fd) && !status) {
        status = errno;
    }
    return status;
}

/* What cannot be read back is not put in place: a portal without its keys is lost. */
static apr_status_t put_in_place(const change_t *c, const char *path, const char **error,
                                 apr_pool_t *pool)
{
    const char *beside = apr_pstrcat(pool, path, ".new", NULL);
    portal_keyring_t *again;
    int status = c->full ? EFBIG : write_beside(beside, path, c);
    apr_status_t rv = APR_SUCCESS;
    if (!status) {
        rv = portal_keyring_read(&again, beside, error, pool);
    }
    if (!status && rv == APR_SUCCESS && rename(beside, path)) {
        status = errno;
    }
    if (!status && rv == APR_SUCCESS) {
        status = portal_keyring_sync_folder(path, pool);
    }
    if (status) {
        *error = failed(path, status, pool);
        rv = status;
    }
    if (rv != APR_SUCCESS) {
        unlink(beside);
    }
    return rv;
}

static apr_status_t begin(change_t *c, const char *path, const char **error,
                          apr_pool_t *pool)
{
    memset(c, 0, sizeof *c);
    c->old = apr_pcalloc(pool, PORTAL_KEYRING_FILE_MAX + 1);
    c->text = apr_pcalloc(pool, PORTAL_KEYRING_FILE_MAX + 1);
    apr_status_t rv = portal_keyring_read(&c->ring, path, error, pool);
    if (rv == APR_SUCCESS) {
        rv = portal_keyring_text_read(c->old, path, error, pool);
    }
    return rv;
}

static void end(change_t *c)
{
    sodium_memzero(c->old, PORTAL_KEYRING_FILE_MAX + 1);
    sodium_memzero(c->text, PORTAL_KEYRING_FILE_MAX + 1);
}

/* ---- the changes ---- */

static void copy(change_t *c, const portal_keyring_line_t *line, const char *text,
                 unsigned id, unsigned purposes)
{
    (void)id;
    (void)purposes;
    keep(c, line, text);
}

/* An id names one key for ever: rows say by it what they were made with. */
static unsigned highest(const portal_keyring_t *ring)
{
    unsigned most = 0;
    for (apr_size_t i = 0; i < portal_keyring_count(ring); i++) {
        unsigned id = portal_keyring_id(ring, i);
        most = id > most ? id : most;
    }
    for (apr_size_t i = 0; i < portal_keyring_rest_count(ring); i++) {
        portal_key_purpose_t purpose;
        unsigned id = portal_keyring_rest(ring, i, &purpose);
        most = id > most ? id : most;
    }
    return most;
}

apr_status_t portal_keyring_add(const char *path, unsigned *id, const char **error,
                                apr_pool_t *pool)
{
    change_t c;
    apr_status_t rv = begin(&c, path, error, pool);
    if (rv == APR_SUCCESS) {
        portal_keyring_line_t fresh = {PORTAL_KEYRING_KEY, highest(c.ring) + 1, 0, {0}};
        crypto_kdf_keygen(fresh.key);
        for_lines(&c, copy, 0, 0);
        put_key(&c, &fresh);
        *id = fresh.id;
        sodium_memzero(&fresh, sizeof fresh);
        rv = put_in_place(&c, path, error, pool);
    }
    end(&c);
    return rv;
}

static void only(change_t *c, const portal_keyring_line_t *line, const char *text,
                 unsigned id, unsigned purposes)
{
    (void)purposes;
    if (line->kind == PORTAL_KEYRING_KEY && line->id == id) {
        keep(c, line, text);
    }
}

static void all_but(change_t *c, const portal_keyring_line_t *line, const char *text,
                    unsigned id, unsigned purposes)
{
    (void)purposes;
    if (line->kind != PORTAL_KEYRING_KEY || line->id != id) {
        keep(c, line, text);
    }
}

apr_status_t portal_keyring_promote(const char *path, unsigned id, const char **error,
                                    apr_pool_t *pool)
{
    change_t c;
    apr_status_t rv = begin(&c, path, error, pool);
    if (rv == APR_SUCCESS) {
        for_lines(&c, only, id, 0);
        if (c.length == 0) {
            *error = apr_psprintf(pool, "%s: there is no key %u", path, id);
            rv = APR_NOTFOUND;
        }
    }
    if (rv == APR_SUCCESS) {
        for_lines(&c, all_but, id, 0);
        rv = put_in_place(&c, path, error, pool);
    }
    end(&c);
    return rv;
}

/* A master key becomes the derived keys that are asked for; derived keys stay or go. */
static void less(change_t *c, const portal_keyring_line_t *line, const char *text,
                 unsigned id, unsigned purposes)
{
    if (line->kind == PORTAL_KEYRING_REMARK || line->id != id ||
        (line->purpose && purposes & (1u << line->purpose))) {
        keep(c, line, text);
        return;
    }
    for (int p = PORTAL_KEY_ANSWERS; !line->purpose && p <= PORTAL_KEY_FACTOR; p++) {
        portal_keyring_line_t derived = {PORTAL_KEYRING_OLD, id, p, {0}};
        if (purposes & (1u << p) && portal_keyring_purpose_name(p)) {
            portal_keyring_subkey(derived.key, c->ring, p, id);
            put_key(c, &derived);
        }
        sodium_memzero(&derived, sizeof derived);
    }
}

apr_status_t portal_keyring_reduce(const char *path, unsigned id, unsigned purposes,
                                   const char **error, apr_pool_t *pool)
{
    change_t c;
    apr_status_t rv = begin(&c, path, error, pool);
    if (rv == APR_SUCCESS && id == portal_keyring_current(c.ring)) {
        *error = apr_psprintf(pool, "%s: key %u is the current one", path, id);
        rv = APR_EINVAL;
    }
    if (rv == APR_SUCCESS) {
        for_lines(&c, less, id, purposes);
        rv = put_in_place(&c, path, error, pool);
    }
    end(&c);
    return rv;
}
