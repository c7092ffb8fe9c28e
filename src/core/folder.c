/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading folders and whole files, with errors that name what cannot be read.
 */
#include "core/folder.h"

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

static apr_status_t fault(const char **error, apr_pool_t *pool, const char *path,
                          apr_status_t status)
{
    char reason[128];

    *error =
        apr_psprintf(pool, "%s: %s", path, apr_strerror(status, reason, sizeof(reason)));
    return status;
}

static int is_plain(const char *name)
{
    return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "0123456789_-")] == '\0' &&
           *name;
}

static apr_status_t take(apr_array_header_t *files, const char *dir, const char *entry,
                         const char *suffix, const char **error)
{
    apr_size_t len = strlen(entry);
    apr_size_t tail = strlen(suffix);
    portal_folder_file_t *file;
    const char *name;
    const char *path;

    if (*entry == '.' || len < tail || strcmp(entry + len - tail, suffix) != 0) {
        return APR_SUCCESS;
    }
    name = apr_pstrmemdup(files->pool, entry, len - tail);
    path = apr_pstrcat(files->pool, dir, "/", entry, NULL);
    if (!is_plain(name)) {
        *error = apr_psprintf(files->pool,
                              "%s: this name has other characters than letters, digits, "
                              "_ and -; rename the file",
                              path);
        return APR_EINVAL;
    }
    file = apr_array_push(files);
    file->name = name;
    file->path = path;
    return APR_SUCCESS;
}

static apr_status_t list_one(apr_array_header_t *files, const char *path,
                             const char *suffix, const char **error)
{
    apr_dir_t *dir;
    apr_finfo_t info;
    apr_status_t status = apr_dir_open(&dir, path, files->pool);

    if (status != APR_SUCCESS) {
        return fault(error, files->pool, path, status);
    }
    while (status == APR_SUCCESS) {
        status = apr_dir_read(&info, APR_FINFO_NAME, dir);
        /* APR_INCOMPLETE: the name is there, other facts are not. */
        if (status == APR_SUCCESS || status == APR_INCOMPLETE) {
            status = take(files, path, info.name, suffix, error);
        } else if (!APR_STATUS_IS_ENOENT(status)) {
            fault(error, files->pool, path, status);
        }
    }
    apr_dir_close(dir);
    return APR_STATUS_IS_ENOENT(status) ? APR_SUCCESS : status;
}

/* Paths of one name keep the order in which their folders were listed. */
typedef struct {
    portal_folder_file_t file;
    int order;
} ranked_t;

static int compare(const void *a, const void *b)
{
    const ranked_t *left = a;
    const ranked_t *right = b;
    int order = strcmp(left->file.name, right->file.name);

    return order != 0 ? order : left->order - right->order;
}

static void sort(apr_array_header_t *files)
{
    ranked_t *ranked =
        apr_palloc(files->pool, (apr_size_t)files->nelts * sizeof(*ranked));

    for (int i = 0; i < files->nelts; i++) {
        ranked[i] = (ranked_t){APR_ARRAY_IDX(files, i, portal_folder_file_t), i};
    }
    qsort(ranked, (size_t)files->nelts, sizeof(*ranked), compare);
    for (int i = 0; i < files->nelts; i++) {
        APR_ARRAY_IDX(files, i, portal_folder_file_t) = ranked[i].file;
    }
}

apr_status_t portal_folder_list(apr_array_header_t **out, const char *const *dirs,
                                const char *suffix, const char **error, apr_pool_t *pool)
{
    apr_array_header_t *files = apr_array_make(pool, 64, sizeof(portal_folder_file_t));

    *out = NULL;
    for (int i = 0; dirs[i]; i++) {
        apr_status_t status = list_one(files, dirs[i], suffix, error);

        if (status != APR_SUCCESS && !(i > 0 && APR_STATUS_IS_ENOENT(status))) {
            return status;
        }
    }
    sort(files);
    *out = files;
    return APR_SUCCESS;
}

apr_status_t portal_file_read(const char **data, apr_size_t *len, const char *path,
                              apr_size_t max, const char **error, apr_pool_t *pool)
{
    apr_file_t *file;
    char *bytes;
    apr_finfo_t info;
    apr_status_t status =
        apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, 0, pool);

    if (status != APR_SUCCESS) {
        return fault(error, pool, path, status);
    }
    status = apr_file_info_get(&info, APR_FINFO_SIZE, file);
    if (status == APR_SUCCESS && info.size > (apr_off_t)max) {
        apr_file_close(file);
        *error =
            apr_psprintf(pool, "%s: more than %" APR_SIZE_T_FMT " KiB", path, max / 1024);
        return APR_ENOSPC;
    }
    if (status == APR_SUCCESS) {
        bytes = apr_pcalloc(pool, (apr_size_t)info.size + 1);
        status = apr_file_read_full(file, bytes, (apr_size_t)info.size, len);
        *data = bytes;
    }
    apr_file_close(file);
    /* An empty file, or one cut short since, ends early: what is there is all of it. */
    return status == APR_SUCCESS || status == APR_EOF ? APR_SUCCESS
                                                      : fault(error, pool, path, status);
}
