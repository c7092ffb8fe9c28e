/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyring: see keyring.h. The file is read whole into a buffer that is wiped before this
 * returns; keyring_file.c changes it. Sub-keys are derived at each use (about a microsecond) instead of being kept: a
 * table of them would be one more thing to lock and to wipe.
 */
#include "core/keyring.h"
#include "core/keyring_text.h"
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

#define FILE_MAX PORTAL_KEYRING_FILE_MAX
#define KEY_BYTES PORTAL_SUBKEY_BYTES
#define KEY_LENGTH 44 /* base64 characters for 32 bytes, with padding */
#define CONTEXT "mdportal"

_Static_assert(KEY_BYTES == 32, "a master key has 32 bytes");
_Static_assert(KEY_BYTES == crypto_kdf_KEYBYTES, "length of the master key");
_Static_assert(sizeof CONTEXT - 1 == crypto_kdf_CONTEXTBYTES, "length of the context");

typedef struct {
    unsigned id;
    portal_key_purpose_t purpose; /* 0: a master key; else what is left of an old one */
    portal_secret_t *secret;
} ring_key_t;

struct portal_keyring_t {
    apr_array_header_t *keys; /* of ring_key_t: master keys, the current one first */
    apr_array_header_t *rest; /* of ring_key_t: what is left of old ones */
};

/* Those that something in the database may need for years. */
static const struct {
    portal_key_purpose_t purpose;
    const char *name;
} lasting[] = {
    {PORTAL_KEY_PEPPER, "password"},           {PORTAL_KEY_AUDIT_CHAIN, "audit-chain"},
    {PORTAL_KEY_AUDIT_DETAIL, "audit-detail"}, {PORTAL_KEY_LOBBY, "lobby"},
    {PORTAL_KEY_THROTTLE, "throttle"},
};
#define LASTING (sizeof lasting / sizeof *lasting)

const char *portal_keyring_purpose_name(portal_key_purpose_t purpose)
{
    for (unsigned i = 0; i < LASTING; i++) {
        if (lasting[i].purpose == purpose) {
            return lasting[i].name;
        }
    }
    return NULL;
}

static const char *system_error(const char *what, const char *path, int error,
                                apr_pool_t *pool)
{
    char text[128];
    return apr_psprintf(pool, "%s: cannot %s the key file: %s", path, what,
                        apr_strerror(error, text, sizeof text));
}

/* A new file is on disk only when its folder is, too. */
int portal_keyring_sync_folder(const char *path, apr_pool_t *pool)
{
    int fd = open(dirname(apr_pstrdup(pool, path)), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    int status = fsync(fd) ? errno : 0;
    close(fd);
    return status;
}

void portal_keyring_line_make(char line[PORTAL_KEYRING_LINE],
                              const portal_keyring_line_t *of)
{
    char text[KEY_LENGTH + 1];
    sodium_bin2base64(text, sizeof text, of->key, KEY_BYTES,
                      sodium_base64_VARIANT_ORIGINAL);
    if (of->purpose) {
        apr_snprintf(line, PORTAL_KEYRING_LINE, "old %u %s %s\n", of->id,
                     portal_keyring_purpose_name(of->purpose), text);
    } else {
        apr_snprintf(line, PORTAL_KEYRING_LINE, "key %u %s\n", of->id, text);
    }
    sodium_memzero(text, sizeof text);
}

static int write_key(int fd)
{
    portal_keyring_line_t first = {PORTAL_KEYRING_KEY, 1, 0, {0}};
    char line[PORTAL_KEYRING_LINE];
    crypto_kdf_keygen(first.key);
    portal_keyring_line_make(line, &first);
    int length = (int)strlen(line);
    ssize_t written = write(fd, line, (size_t)length);
    int status = written < 0 ? errno : written < length ? ENOSPC : fsync(fd) ? errno : 0;
    sodium_memzero(&first, sizeof first);
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
        status = portal_keyring_sync_folder(path, pool);
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

apr_status_t portal_keyring_text_read(char text[PORTAL_KEYRING_FILE_MAX + 1],
                                      const char *path, const char **error,
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

/* A number from 1 to PORTAL_KEY_ID_MAX and a space; what follows, or NULL. */
static const char *take_id(const char *digits, unsigned *id)
{
    size_t count = strspn(digits, "0123456789");
    if (count == 0 || count > 9 || digits[0] == '0' || digits[count] != ' ') {
        return NULL;
    }
    *id = (unsigned)apr_atoi64(digits);
    return digits + count + 1;
}

static const char *take_purpose(const char *word, portal_key_purpose_t *purpose)
{
    for (unsigned i = 0; i < LASTING; i++) {
        size_t length = strlen(lasting[i].name);
        if (!strncmp(word, lasting[i].name, length) && word[length] == ' ') {
            *purpose = lasting[i].purpose;
            return word + length + 1;
        }
    }
    return NULL;
}

/* `key ID BASE64` or `old ID PURPOSE BASE64`, single spaces; 0 when it is anything else. */
static int take_key(portal_keyring_line_t *out, const char *line)
{
    size_t length = 0;
    int old = !strncmp(line, "old ", 4);
    const char *text =
        old || !strncmp(line, "key ", 4) ? take_id(line + 4, &out->id) : NULL;
    if (text && old) {
        text = take_purpose(text, &out->purpose);
    }
    out->kind = old ? PORTAL_KEYRING_OLD : PORTAL_KEYRING_KEY;
    return text && strlen(text) == KEY_LENGTH &&
           sodium_base642bin(out->key, KEY_BYTES, text, KEY_LENGTH, NULL, &length, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           length == KEY_BYTES;
}

int portal_keyring_line_parse(portal_keyring_line_t *out, char *line)
{
    size_t length = strlen(line);
    memset(out, 0, sizeof *out);
    if (length && line[length - 1] == '\r') {
        line[length - 1] = '\0';
    }
    if (line[0] == '\0' || line[0] == '#') {
        return 1;
    }
    int good = take_key(out, line);
    if (!good) {
        sodium_memzero(out, sizeof *out);
    }
    return good;
}

/* What is wrong with adding this key to those before it; NULL when nothing is. */
static const char *objection(const portal_keyring_t *ring,
                             const portal_keyring_line_t *line)
{
    for (int n = 0; n < ring->keys->nelts + ring->rest->nelts; n++) {
        const ring_key_t *other =
            n < ring->keys->nelts
                ? &APR_ARRAY_IDX(ring->keys, n, ring_key_t)
                : &APR_ARRAY_IDX(ring->rest, n - ring->keys->nelts, ring_key_t);
        if (other->id == line->id &&
            (!other->purpose || !line->purpose || other->purpose == line->purpose)) {
            return "this key id stands in the file twice";
        }
        if (sodium_memcmp(portal_secret_bytes(other->secret), line->key, KEY_BYTES) ==
            0) {
            return "this key stands in the file twice, under two ids";
        }
    }
    return sodium_is_zero(line->key, KEY_BYTES) ? "this key is all zero" : NULL;
}

static const char *add_line(portal_keyring_t *ring, char *text, apr_pool_t *pool)
{
    portal_keyring_line_t line;
    if (!portal_keyring_line_parse(&line, text)) {
        return "expected: key, a number, and 32 bytes in base64";
    }
    if (line.kind == PORTAL_KEYRING_REMARK) {
        return NULL;
    }
    const char *wrong = objection(ring, &line);
    if (!wrong) {
        ring_key_t *key = apr_array_push(line.purpose ? ring->rest : ring->keys);
        key->id = line.id;
        key->purpose = line.purpose;
        key->secret = portal_secret_make(line.key, sizeof line.key, pool);
    }
    sodium_memzero(&line, sizeof line);
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
    ring->keys = apr_array_make(pool, 2, sizeof(ring_key_t));
    ring->rest = apr_array_make(pool, 2, sizeof(ring_key_t));

    apr_status_t status = portal_keyring_text_read(text, path, error, pool);
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
    for (int n = 0; n < 2; n++) {
        const apr_array_header_t *list = n ? ring->rest : ring->keys;
        for (int i = 0; i < list->nelts; i++) {
            apr_status_t one =
                portal_secret_lock(APR_ARRAY_IDX(list, i, ring_key_t).secret);
            status = one == APR_SUCCESS ? status : one;
        }
    }
    return status;
}

unsigned portal_keyring_current(const portal_keyring_t *ring)
{
    return APR_ARRAY_IDX(ring->keys, 0, ring_key_t).id;
}

apr_size_t portal_keyring_count(const portal_keyring_t *ring)
{
    return (apr_size_t)ring->keys->nelts;
}

unsigned portal_keyring_id(const portal_keyring_t *ring, apr_size_t index)
{
    return APR_ARRAY_IDX(ring->keys, (int)index, ring_key_t).id;
}

apr_size_t portal_keyring_rest_count(const portal_keyring_t *ring)
{
    return (apr_size_t)ring->rest->nelts;
}

unsigned portal_keyring_rest(const portal_keyring_t *ring, apr_size_t index,
                             portal_key_purpose_t *purpose)
{
    const ring_key_t *key = &APR_ARRAY_IDX(ring->rest, (int)index, ring_key_t);
    *purpose = key->purpose;
    return key->id;
}

unsigned portal_keyring_each(const portal_keyring_t *ring, portal_key_purpose_t purpose,
                             apr_size_t index)
{
    if (index < portal_keyring_count(ring)) {
        return portal_keyring_id(ring, index);
    }
    index -= portal_keyring_count(ring);
    for (int i = 0; i < ring->rest->nelts; i++) {
        const ring_key_t *key = &APR_ARRAY_IDX(ring->rest, i, ring_key_t);
        if (key->purpose == purpose && index-- == 0) {
            return key->id;
        }
    }
    return 0;
}

apr_status_t portal_keyring_subkey(unsigned char out[PORTAL_SUBKEY_BYTES],
                                   const portal_keyring_t *ring,
                                   portal_key_purpose_t purpose, unsigned key_id)
{
    for (int i = 0; i < ring->keys->nelts; i++) {
        const ring_key_t *master = &APR_ARRAY_IDX(ring->keys, i, ring_key_t);
        if (key_id == 0 || master->id == key_id) {
            crypto_kdf_derive_from_key(out, PORTAL_SUBKEY_BYTES, (uint64_t)purpose,
                                       CONTEXT, portal_secret_bytes(master->secret));
            return APR_SUCCESS;
        }
    }
    for (int i = 0; i < ring->rest->nelts; i++) {
        const ring_key_t *key = &APR_ARRAY_IDX(ring->rest, i, ring_key_t);
        if (key->id == key_id && key->purpose == purpose) {
            memcpy(out, portal_secret_bytes(key->secret), PORTAL_SUBKEY_BYTES);
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
