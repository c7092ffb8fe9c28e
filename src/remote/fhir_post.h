/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir_post: hands one transaction Bundle to the FHIR server of the hospital (RFC 9110; HL7 FHIR R4,
 * "transaction").
 *
 * A call takes as long as the server does, at most `total`: for a background job, never for a request.
 * TLS is required and verified; redirects are not followed. Any number of threads may post at once.
 */
#ifndef PORTAL_REMOTE_FHIR_POST_H
#define PORTAL_REMOTE_FHIR_POST_H

#include <apr_pools.h>
#include <apr_time.h>

#define PORTAL_FHIR_CONNECT apr_time_from_sec(10)
#define PORTAL_FHIR_TOTAL apr_time_from_sec(60)

/* Where it goes; made from the configuration. A login and a token are not both there. */
typedef struct {
    const char *url;              /* https://, the base of the server */
    const char *ca_file;          /* authorities in place of the system's; NULL */
    const char *user;             /* Basic; NULL: none */
    const char *password, *token; /* secrets; NULL: none */
    apr_interval_time_t total;    /* 0: PORTAL_FHIR_TOTAL */
} portal_fhir_server_t;

typedef enum {
    PORTAL_FHIR_TAKEN,     /* the server has taken all of it */
    PORTAL_FHIR_TEMPORARY, /* try again later */
    PORTAL_FHIR_PERMANENT  /* it will never take this */
} portal_fhir_fate_t;

typedef struct {
    portal_fhir_fate_t fate;
    const char *
        reason; /* "", said, unreachable, slow, tls, login, answer (none of FHIR's), ours */
    int code;   /* of HTTP; 0: none */
    const char *
        issue; /* code of the first issue of an OperationOutcome; "": none. The server's own
                         * words are not kept: they may repeat answers. */
    apr_interval_time_t wait; /* Retry-After; 0: the server did not say */
} portal_fhir_result_t;

/* Posts `bundle`. Temporary is all that can be mended without it: 408, 409, 425, 429, 5xx, a login, an
 * address, a certificate. */
portal_fhir_result_t portal_fhir_post(const portal_fhir_server_t *server,
                                      const char *bundle, apr_pool_t *pool);

#endif
