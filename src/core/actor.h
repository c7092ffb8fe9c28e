/* SPDX-License-Identifier: Apache-2.0 */
/* Who acts, as the audit trail names them. Strings live as long as the call they are made for. */
#ifndef PORTAL_ACTOR_H
#define PORTAL_ACTOR_H

typedef struct {
    const char *kind; /* desk, patient, lobby, visitor, command, system */
    const char
        *name; /* staff name, binder id, login of the command line; "" when unknown */
    const char *source; /* client address; "" for command and system */
    const char
        *request; /* id of the request, the same in the log; "" when there is none */
} portal_actor_t;

#endif
