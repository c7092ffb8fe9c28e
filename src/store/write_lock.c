/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "store/database_file.h"
#include "store/write_lock.h"

#define FIRST_NAP 200 /* microseconds; grows to LONGEST_NAP */
#define LONGEST_NAP 4000

apr_status_t portal_write_lock_path(const portal_connection_t *c, const char **path,
                                    apr_pool_t *pool)
{
    const char *file;
    apr_status_t rv = portal_database_path(c, &file, pool);

    *path = rv == APR_SUCCESS && file ? apr_pstrcat(pool, file, ".lock", NULL) : NULL;
    return rv;
}

apr_status_t portal_write_lock(const char *path, apr_interval_time_t patience,
                               void **held, apr_pool_t *pool)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int *fd = apr_palloc(pool, sizeof(*fd));
    apr_interval_time_t nap = FIRST_NAP, waited = 0;

    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
    if (*fd < 0)
        return APR_FROM_OS_ERROR(errno);
    while (fcntl(*fd, F_OFD_SETLK, &whole)) {
        int error = errno;
        if ((error != EAGAIN && error != EACCES && error != EINTR) ||
            waited >= patience) {
            close(*fd);
            return waited >= patience ? APR_TIMEUP : APR_FROM_OS_ERROR(error);
        }
        apr_sleep(nap);
        waited += nap;
        nap = nap * 2 < LONGEST_NAP ? nap * 2 : LONGEST_NAP;
    }
    *held = fd;
    return APR_SUCCESS;
}

void portal_write_unlock(void *held)
{
    close(*(int *)held);
}
