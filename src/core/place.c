/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where shipped files are: beside the code that runs, else in the folder fixed at compile time.
 * See place.h for the contract.
 */
#include "core/place.h"

#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <unistd.h>

#include <apr_file_info.h>
#include <apr_strings.h>

#ifndef PORTAL_DATADIR
#define PORTAL_DATADIR "/usr/local/share/mod_portal"
#endif

/* The file that holds this code. The dynamic linker knows a module by its full path, but the
 * program itself only by the word it was called with: there the kernel knows better. */
static const char *own_file(apr_pool_t *pool)
{
    static const char anchor = 0;
    Dl_info info;
    if (dladdr(&anchor, &info) != 0 && info.dli_fname != NULL &&
        info.dli_fname[0] == '/') {
        return apr_pstrdup(pool, info.dli_fname);
    }
    char path[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path);
    return size > 0 && size < (ssize_t)sizeof path
               ? apr_pstrmemdup(pool, path, (apr_size_t)size)
               : NULL;
}

const char *portal_place(const char *name, apr_pool_t *pool)
{
    const char *own = own_file(pool);
    if (own != NULL) {
        const char *path =
            apr_pstrcat(pool, dirname(apr_pstrdup(pool, own)), "/", name, NULL);
        apr_finfo_t info;
        if (apr_stat(&info, path, APR_FINFO_TYPE, pool) == APR_SUCCESS) {
            return path;
        }
    }
    return apr_pstrcat(pool, PORTAL_DATADIR "/", name, NULL);
}
