/* SPDX-License-Identifier: Apache-2.0 */
/* mail_file: see mail_file.h. */
#include "remote/mail_file.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_MAX_BYTES 100

static int is_name(const char *name)
{
    static const char good[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

    return name && *name && *name != '.' && strspn(name, good) == strlen(name) &&
           strlen(name) <= NAME_MAX_BYTES;
}

static int write_all(int fd, const char *bytes, apr_size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);

        if (n < 0 && errno != EINTR)
            return errno;
        if (n > 0) {
            bytes += n;
            len -= (apr_size_t)n;
        }
    }
    return fsync(fd) ? errno : 0;
}

/* The new name itself is on disk only when the folder is. */
static int sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), status;

    if (fd < 0)
        return errno;
    status = fsync(fd) ? errno : 0;
    close(fd);
    return status;
}

apr_status_t portal_mail_file_write(const char *folder, const portal_smtp_mail_t *mail,
                                    apr_pool_t *pool)
{
    char *passing;
    int fd, status;

    if (!is_name(mail->name))
        return APR_EINVAL;
    passing = apr_pstrcat(pool, folder, "/.", mail->name, ".XXXXXX", NULL);
    fd = mkostemp(passing, O_CLOEXEC); /* mode 0600 */
    if (fd < 0)
        return errno;
    status = write_all(fd, mail->message, mail->len);
    if (close(fd) && !status)
        status = errno;
    if (!status &&
        rename(passing, apr_pstrcat(pool, folder, "/", mail->name, ".eml", NULL)))
        status = errno;
    if (status) {
        unlink(passing);
        return status;
    }
    return sync_folder(folder);
}
