/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyring: see keyring.h. The file is read whole into a buffer that is wiped before this
 * returns. Sub-keys are derived at each use (about a microsecond) instead of being kept: a
 * table of them would be one more thing to lock and to wipe.
 */
#include "core/keyring.h"
#include "core/secret.h"

#include <apr_strings.h>
#include <apr_tables.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX 65536
#define KEY_BYTES crypto_kdf_KEYBYTES
#define KEY_LENGTH 44 /* base64 characters for 32 bytes, with padding */
#define CONTEXT "mdportal"

_Static_assert(KEY_BYTES == 32, "a master key has 32 bytes");
_Static_assert(sizeof CONTEXT - 1 == crypto_kdf_CONTEXTBYTES, "length of the context");

typedef struct {
    unsigned id;
    portal_secret_t *secret;
} master_t;

struct portal_keyring_t {
    apr_array_header_t *keys; /* of master_t, the current one first */
};

static const char *system_error(const char *what, const char *path, int error,
                                apr_pool_t *pool)
{
    char text[128];
    return apr_psprintf(pool, "%s: cannot %s the key file: %s", path, what,
                        apr_strerror(error, text, sizeof text));
}

/* A new file is on disk only when its folder is, too. */
static int sync_folder(const char *path, apr_pool_t *pool)
{
    int fd = open(dirname(apr_pstrdup(pool, path)), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    int status = fsync(fd) ? errno : 0;
    close(fd);
    return status;
}

static int write_key(int fd)
{
    unsigned char key[KEY_BYTES];
    char text[KEY_LENGTH + 1];
    char line[KEY_LENGTH + 8];
    crypto_kdf_keygen(key);
    sodium_bin2base64(text, sizeof text, key, sizeof key, sodium_base64_VARIANT_ORIGINAL);
    int length = snprintf(line, sizeof line, "key 1 %s\n", text);
    ssize_t written = write(fd, line, (size_t)length);
    int status = written < 0 ? errno : written < length ? ENOSPC : fsync(fd) ? errno : 0;
    sodium_memzero(key, sizeof key);
    sodium_memzero(text, sizeof text);
    sodium_memzero(line, sizeof line);
    return status;
}

apr_status_t portal_keyring_create(const char *path, const char **error, apr_pool_t *pool)
{
    *error = NULL;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        int status = errno;
        *error = system_error("make", path, status, pool);
        return status;
    }
    int status = write_key(fd);
    if (close(fd) && !status) {
        status = errno;
    }
    if (!status) {
        status = sync_folder(path, pool);
    }
    if (status) {
        unlink(path); /* half a key file is worse than none */
        *error = system_error("write", path, status, pool);
    }
    return status;
}

static apr_status_t check_file(int fd, const char *path, const char **error,
                               apr_pool_t *pool)
{
    struct stat info;
    if (fstat(fd, &info)) {
        int status = errno;
        *error = system_error("look at", path, status, pool);
        return status;
    }
    if (!S_ISREG(info.st_mode) || info.st_size > FILE_MAX) {
        *error = apr_psprintf(
            pool, "%s: is not a key file (a plain text file is expected)", path);
        return APR_EINVAL;
    }
    if (info.st_mode & 077) {
        *error =
            apr_psprintf(pool,
                         "%s: others than its owner may use the key file (mode %04o): "
                         "chmod 0600 mends that",
                         path, (unsigned)(info.st_mode & 07777));
        return APR_EACCES;
    }
    if (info.st_uid != 0 && info.st_uid != geteuid()) {
        *error =
            apr_psprintf(pool,
                         "%s: the key file belongs to user %u, but must belong to root "
                         "or to user %u, who reads it",
                         path, (unsigned)info.st_uid, (unsigned)geteuid());
        return APR_EACCES;
    }
    return APR_SUCCESS;
}

/* Reads all of the file, at most FILE_MAX bytes; `text` has room for one NUL more. */
static apr_status_t read_file(char *text, const char *path, const char **error,
                              apr_pool_t *pool)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        int status = errno;
        *error = system_error("open", path, status, pool);
        return status;
    }
    apr_status_t status = check_file(fd, path, error, pool);
    apr_size_t length = 0;
    while (status == APR_SUCCESS && length < FILE_MAX) {
        ssize_t n = read(fd, text + length, FILE_MAX - length);
        if (n < 0 && errno != EINTR) {
            status = errno;
            *error = system_error("read", path, status, pool);
        }
        if (n == 0) {
            break;
        }
        length += n > 0 ? (apr_size_t)n : 0;
    }
    close(fd);
    text[length] = '\0';
    if (status == APR_SUCCESS && strlen(text) != length) {
        *error = apr_psprintf(pool, "%s: the key file holds a zero byte", path);
        status = APR_EINVAL;
    }
    return status;
}

/* `key ID BASE64`, single spaces, into id and key; 0 when the line is anything else. */
static int parse_line(const char *line, unsigned *id, unsigned char key[KEY_BYTES])
{
    size_t length = 0;
    if (strncmp(line, "key ", 4) != 0) {
        return 0;
    }
    const char *digits = line + 4;
    size_t count = strspn(digits, "0123456789");
    if (count == 0 || count > 9 || digits[0] == '0' || digits[count] != ' ') {
        return 0;
    }
    *id = (unsigned)apr_atoi64(digits);
    const char *text = digits + count + 1;
    return strlen(text) == KEY_LENGTH &&
           sodium_base642bin(key, KEY_BYTES, text, KEY_LENGTH, NULL, &length, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           length == KEY_BYTES;
}

/* What is wrong with adding this key to those before it; NULL when nothing is. */
static const char *objection(const portal_keyring_t *ring, unsigned id,
                             const unsigned char key[KEY_BYTES])
{
    for (int i = 0; i < ring->keys->nelts; i++) {
        const master_t *other = &APR_ARRAY_IDX(ring->keys, i, master_t);
        if (other->id == id) {
            return "this key id stands in the file twice";
        }
        if (sodium_memcmp(portal_secret_bytes(other->secret), key, KEY_BYTES) == 0) {
            return "this key stands in the file twice, under two ids";
        }
    }
    return sodium_is_zero(key, KEY_BYTES) ? "this key is all zero" : NULL;
}

static const char *add_line(portal_keyring_t *ring, char *line, apr_pool_t *pool)
{
    unsigned id;
    unsigned char key[KEY_BYTES];
    size_t length = strlen(line);
    if (length && line[length - 1] == '\r') {
        line[length - 1] = '\0';
    }
    if (line[0] == '\0' || line[0] == '#') {
        return NULL;
    }
    const char *wrong = "expected: key, a number, and 32 bytes in base64";
    if (parse_line(line, &id, key)) {
        wrong = objection(ring, id, key);
        if (!wrong) {
            master_t *master = apr_array_push(ring->keys);
            master->id = id;
            master->secret = portal_secret_make(key, sizeof key, pool);
        }
    }
    sodium_memzero(key, sizeof key);
    return wrong;
}

static apr_status_t parse_file(portal_keyring_t *ring, char *text, const char *path,
                               const char **error, apr_pool_t *pool)
{
    int number = 1;
    for (char *line = text, *next; line; line = next, number++) {
        next = strchr(line, '\n');
        if (next) {
            *next++ = '\0';
        }
        const char *wrong = add_line(ring, line, pool);
        if (wrong) {
            *error = apr_psprintf(pool, "%s: line %d: %s", path, number, wrong);
            return APR_EINVAL;
        }
    }
    if (ring->keys->nelts == 0) {
        *error = apr_psprintf(pool, "%s: the key file holds no key", path);
        return APR_EINVAL;
    }
    return APR_SUCCESS;
}

apr_status_t portal_keyring_read(portal_keyring_t **out, const char *path,
                                 const char **error, apr_pool_t *pool)
{
    *out = NULL;
    *error = NULL;
    char *text = apr_palloc(pool, FILE_MAX + 1);
    portal_keyring_t *ring = apr_palloc(pool, sizeof *ring);
    ring->keys = apr_array_make(pool, 2, sizeof(master_t));

    apr_status_t status = read_file(text, path, error, pool);
    if (status == APR_SUCCESS) {
        status = parse_file(ring, text, path, error, pool);
    }
    sodium_memzero(text, FILE_MAX + 1);
    if (status == APR_SUCCESS) {
        *out = ring;
    }
    return status;
}

apr_status_t portal_keyring_lock(portal_keyring_t *ring)
{
    apr_status_t status = APR_SUCCESS;
    for (int i = 0; i < ring->keys->nelts; i++) {
        apr_status_t one =
            portal_secret_lock(APR_ARRAY_IDX(ring->keys, i, master_t).secret);
        status = one == APR_SUCCESS ? status : one;
    }
    return status;
}

unsigned portal_keyring_current(const portal_keyring_t *ring)
{
    return APR_ARRAY_IDX(ring->keys, 0, master_t).id;
}

apr_size_t portal_keyring_count(const portal_keyring_t *ring)
{
    return (apr_size_t)ring->keys->nelts;
}

unsigned portal_keyring_id(const portal_keyring_t *ring, apr_size_t index)
{
    return APR_ARRAY_IDX(ring->keys, (int)index, master_t).id;
}

apr_status_t portal_keyring_subkey(unsigned char out[PORTAL_SUBKEY_BYTES],
                                   const portal_keyring_t *ring,
                                   portal_key_purpose_t purpose, unsigned key_id)
{
    for (int i = 0; i < ring->keys->nelts; i++) {
        const master_t *master = &APR_ARRAY_IDX(ring->keys, i, master_t);
        if (key_id == 0 || master->id == key_id) {
            crypto_kdf_derive_from_key(out, PORTAL_SUBKEY_BYTES, (uint64_t)purpose,
                                       CONTEXT, portal_secret_bytes(master->secret));
            return APR_SUCCESS;
        }
    }
    sodium_memzero(out, PORTAL_SUBKEY_BYTES);
    return APR_NOTFOUND;
}

apr_status_t portal_keyring_mac(char out[PORTAL_MAC_SIZE], const portal_keyring_t *ring,
                                portal_key_purpose_t purpose, unsigned key_id,
                                const void *data, apr_size_t len)
{
    unsigned char key[PORTAL_SUBKEY_BYTES];
    unsigned char hash[crypto_generichash_BYTES];
    apr_status_t status = portal_keyring_subkey(key, ring, purpose, key_id);
    out[0] = '\0';
    if (status == APR_SUCCESS) {
        crypto_generichash(hash, sizeof hash, data, len, key, sizeof key);
        sodium_bin2hex(out, PORTAL_MAC_SIZE, hash, sizeof hash);
    }
    sodium_memzero(key, sizeof key);
    return status;
}
