/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of our two representations a request asks for by its Accept header (RFC 9110 section
 * 12.5.1). Pages are the default, so wildcards ask for nothing.
 */
#ifndef PORTAL_ACCEPT_H
#define PORTAL_ACCEPT_H

typedef enum {
    PORTAL_ACCEPT_ANY, /* neither is named */
    PORTAL_ACCEPT_HTML,
    PORTAL_ACCEPT_JSON
} portal_accept_t;

/* The one with the higher quality; of two with the same, the one that is named first. A type that is
 * named with q=0 alone counts for the other. `header` NULL: PORTAL_ACCEPT_ANY. Quality that cannot be
 * read counts as 1. */
portal_accept_t portal_accept(const char *header);

#endif
