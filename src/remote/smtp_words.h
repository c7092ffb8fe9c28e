/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_words: what a relay said, made fit to be kept and shown. */
#ifndef PORTAL_REMOTE_SMTP_WORDS_H
#define PORTAL_REMOTE_SMTP_WORDS_H

#include <apr_pools.h>

/*
 * One line of clean UTF-8, at most PORTAL_SMTP_WORDS_MAX characters, in `pool`. The lines of
 * a reply are joined by a space, the code stands once. What is no UTF-8 or no character becomes '?',
 * control characters a space; what turns the direction of text is left out. For what is as long as the token of a
 * link (core/token.h) stands a dash.
 */
const char *portal_smtp_words(const char *reply, apr_size_t len, apr_pool_t *pool);

#endif
