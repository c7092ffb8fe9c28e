/* SPDX-License-Identifier: Apache-2.0 */
/* mail_file: the relay `file:DIR`, which writes each mail into a folder. */
#ifndef PORTAL_REMOTE_MAIL_FILE_H
#define PORTAL_REMOTE_MAIL_FILE_H

#include "remote/smtp.h"

/*
 * Writes the mail to `folder`/NAME.eml, mode 0600, on disk when this returns; whoever lists
 * the folder sees all of a mail or nothing. A mail of that name is replaced. The status of
 * the system, or APR_EINVAL for a name that is not one.
 */
apr_status_t portal_mail_file_write(const char *folder, const portal_smtp_mail_t *mail,
                                    apr_pool_t *pool);

#endif
