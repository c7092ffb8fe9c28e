/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept of one request of a client, from its arrival to its end: the same for the request
 * itself, for its sub-requests and for what internal redirects make of it.
 */
#ifndef PORTAL_REQUEST_H
#define PORTAL_REQUEST_H

#include <httpd.h>

typedef struct {
    const char
        *cookies; /* the header as it came, where cookies of ours were in it; or NULL */
    void *visit;  /* the guard's (auth_visit.h); NULL until somebody asks */
    int whole;    /* httpd has read its head to the end and refused nothing of it */
} portal_request_t;

/* The request as it came from the client, of which `r` is a part. */
request_rec *portal_request_first(request_rec *r);

/* What is kept of it; never NULL, lives in that request's pool. */
portal_request_t *portal_request_of(request_rec *r);

#endif
