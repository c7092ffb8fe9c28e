/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent: which browser on which system a User-Agent header speaks of (RFC 9110 section 10.1.5), as far
 * as a person needs it to know their own telephone from somebody else's. It can say anything:
 * nothing is decided by it.
 */
#ifndef PORTAL_AGENT_H
#define PORTAL_AGENT_H

/* Longest word, with its end. */
#define PORTAL_AGENT_WORD 16

typedef struct {
    const char *browser; /* chrome, edge, firefox, opera, safari, samsung, other */
    const char *system; /* android, chromeos, ios, ipados, linux, macos, windows, other */
} portal_agent_t;

/* Reads the header; NULL counts as "". The words are constants. */
portal_agent_t portal_agent(const char *header);

#endif
