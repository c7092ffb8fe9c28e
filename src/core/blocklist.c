/* SPDX-License-Identifier: Apache-2.0 */
/* blocklist: look-up and the binary file; see blocklist.h. Text is in blocklist_text.c. */
#include "core/blocklist.h"
#include "core/blocklist_file.h"
#include "core/text.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    void *at;
    apr_size_t length;
} mapping_t;

void portal_blocklist_entry(unsigned char out[PORTAL_BLOCKLIST_ENTRY], const char *lower)
{
    unsigned char hash[crypto_generichash_BYTES];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)lower, strlen(lower),
                       NULL, 0);
    memcpy(out, hash, PORTAL_BLOCKLIST_ENTRY);
    sodium_memzero(hash, sizeof hash);
}

static const char *failed(const char *what, const char *path, int status,
                          apr_pool_t *pool)
{
    char text[128];
    return apr_psprintf(pool, "%s: cannot %s the password blocklist: %s", path, what,
                        apr_strerror(status, text, sizeof text));
}

static apr_uint64_t read_count(const unsigned char *bytes)
{
    apr_uint64_t count = 0;
    for (int i = 0; i < 8; i++) {
        count = count << 8 | bytes[i];
    }
    return count;
}

static const unsigned char *entry_at(const portal_blocklist_t *list, apr_size_t i)
{
    return list->entries + i * PORTAL_BLOCKLIST_ENTRY;
}

static int is_ascending(const portal_blocklist_t *list)
{
    for (apr_size_t i = 1; i < list->count; i++) {
        if (memcmp(entry_at(list, i - 1), entry_at(list, i), PORTAL_BLOCKLIST_ENTRY) >=
            0) {
            return 0;
        }
    }
    return list->count > 0;
}

/* Whether the whole file is what its head says. */
static int take_binary(portal_blocklist_t *list, const unsigned char *bytes,
                       apr_size_t length)
{
    apr_size_t room = (length - PORTAL_BLOCKLIST_HEAD) / PORTAL_BLOCKLIST_ENTRY;
    list->entries = bytes + PORTAL_BLOCKLIST_HEAD;
    list->count = room;
    return read_count(bytes + PORTAL_BLOCKLIST_HEAD - 8) == room &&
           PORTAL_BLOCKLIST_HEAD + room * PORTAL_BLOCKLIST_ENTRY == length &&
           is_ascending(list);
}

static apr_status_t unmap(void *data)
{
    mapping_t *mapping = data;
    munmap(mapping->at, mapping->length);
    return APR_SUCCESS;
}

static apr_status_t take_file(portal_blocklist_t *list, const unsigned char *bytes,
                              apr_size_t length, apr_pool_t *pool)
{
    if (length >= PORTAL_BLOCKLIST_HEAD &&
        memcmp(bytes, PORTAL_BLOCKLIST_MAGIC, sizeof PORTAL_BLOCKLIST_MAGIC) == 0) {
        return take_binary(list, bytes, length) ? APR_SUCCESS : APR_EINVAL;
    }
    return portal_blocklist_read_text(list, (const char *)bytes, length, pool);
}

static apr_status_t map_file(portal_blocklist_t *list, int fd, apr_pool_t *pool)
{
    struct stat info;
    if (fstat(fd, &info)) {
        return errno;
    }
    if (!S_ISREG(info.st_mode) || info.st_size == 0) {
        return APR_EINVAL;
    }
    mapping_t *mapping = apr_palloc(pool, sizeof *mapping);
    mapping->length = (apr_size_t)info.st_size;
    mapping->at = mmap(NULL, mapping->length, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapping->at == MAP_FAILED) {
        return errno;
    }
    apr_pool_cleanup_register(pool, mapping, unmap, apr_pool_cleanup_null);
    return take_file(list, mapping->at, mapping->length, pool);
}

apr_status_t portal_blocklist_open(portal_blocklist_t **out, const char *path,
                                   const char **error, apr_pool_t *pool)
{
    portal_blocklist_t *list = apr_pcalloc(pool, sizeof *list);
    *out = NULL;
    *error = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        apr_status_t status = errno;
        *error = failed("open", path, status, pool);
        return status;
    }
    apr_status_t status = map_file(list, fd, pool);
    close(fd);
    if (status == APR_EINVAL) {
        *error =
            apr_psprintf(pool,
                         "%s: is no password blocklist: damaged, or without a line of "
                         "%d characters or more",
                         path, PORTAL_BLOCKLIST_SHORTEST);
    } else if (status != APR_SUCCESS) {
        *error = failed("read", path, status, pool);
    } else {
        *out = list;
    }
    return status;
}

apr_size_t portal_blocklist_count(const portal_blocklist_t *list)
{
    return list->count;
}

int portal_blocklist_has(const portal_blocklist_t *list, const char *password,
                         apr_pool_t *pool)
{
    unsigned char wanted[PORTAL_BLOCKLIST_ENTRY];
    const char *lower = portal_text_lower_secret(password, pool);
    apr_size_t low = 0;
    apr_size_t high = lower ? list->count : 0;
    int found = 0;
    portal_blocklist_entry(wanted, lower ? lower : "");
    while (low < high && !found) {
        apr_size_t middle = low + (high - low) / 2;
        int order = memcmp(wanted, entry_at(list, middle), PORTAL_BLOCKLIST_ENTRY);
        found = order == 0;
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    sodium_memzero(wanted, sizeof wanted);
    return found;
}

static int write_all(const portal_blocklist_t *list, const char *path)
{
    unsigned char head[PORTAL_BLOCKLIST_HEAD] = PORTAL_BLOCKLIST_MAGIC;
    FILE *file = fopen(path, "we");
    if (!file) {
        return errno;
    }
    for (int i = 0; i < 8; i++) {
        head[PORTAL_BLOCKLIST_HEAD - 1 - i] = (unsigned char)(list->count >> (8 * i));
    }
    errno = 0;
    size_t done = fwrite(head, sizeof head, 1, file) +
                  fwrite(list->entries, PORTAL_BLOCKLIST_ENTRY, list->count, file);
    int status = done == 1 + list->count ? 0 : errno ? errno : EIO;
    return fclose(file) && !status ? errno : status;
}

apr_status_t portal_blocklist_write(const portal_blocklist_t *list, const char *path,
                                    const char **error, apr_pool_t *pool)
{
    const char *fresh = apr_psprintf(pool, "%s.%ld", path, (long)getpid());
    int status = write_all(list, fresh);
    if (!status && rename(fresh, path)) {
        status = errno;
    }
    *error = status ? failed("write", path, status, pool) : NULL;
    if (status) {
        unlink(fresh);
    }
    return status;
}
