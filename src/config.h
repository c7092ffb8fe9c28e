/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration of one host (server or virtual host), from the rows of config.def.
 *
 * Everything lives in the configuration pool: it is made at start and at each restart, and
 * nobody changes it while requests are served, so any thread may read it without a lock.
 * Times are microseconds. Pointers that can be NULL say so below. No secret is kept here:
 * only the paths of the files that hold them.
 */
#ifndef PORTAL_CONFIG_H
#define PORTAL_CONFIG_H

#include <apr_tables.h>
#include <apr_time.h>
#include <httpd.h>
#include <http_config.h>

#include "core/factor.h"   /* portal_factor_policy_t */
#include "core/throttle.h" /* portal_throttle_cost_t */

#define PORTAL_SECONDS(n) (APR_INT64_C(n) * APR_USEC_PER_SEC)
#define PORTAL_MINUTES(n) (PORTAL_SECONDS(n) * 60)
#define PORTAL_HOURS(n) (PORTAL_MINUTES(n) * 60)
#define PORTAL_DAYS(n) (PORTAL_HOURS(n) * 24)

/*
 * A public address: https only, no query, no user. host is in lower case, path begins with
 * a slash and ends without one, or is "" at the root of the host. text is origin and path.
 * All pointers are NULL when the directive does not stand.
 */
typedef struct {
    const char *text;   /* https://portal.example.org:8443/portal */
    const char *origin; /* https://portal.example.org:8443; without the port 443 */
    const char *host;   /* portal.example.org; an IPv6 address in its brackets */
    int port;           /* 443 unless written */
    const char *path;   /* /portal */
} portal_base_url_t;

typedef enum {
    PORTAL_RELAY_NONE, /* no PortalMailRelay: what needs mail is disabled */
    PORTAL_RELAY_SMTP,
    PORTAL_RELAY_SMTPS,
    PORTAL_RELAY_FILE
} portal_relay_kind_t;

typedef struct {
    portal_relay_kind_t kind;
    const char *text;   /* smtp://relay.example.org:587 or file:DIR; NULL when none */
    const char *host;   /* NULL for file: and none */
    int port;           /* 25 for smtp and 465 for smtps unless written; 0 for others */
    const char *folder; /* for file: an absolute path; else NULL */
} portal_mail_relay_t;

typedef enum { PORTAL_MAIL_TLS_REQUIRED, PORTAL_MAIL_TLS_OFF } portal_mail_tls_t;

typedef enum {
    PORTAL_REGISTRATION_OPEN,
    PORTAL_REGISTRATION_INVITED,
    PORTAL_REGISTRATION_OFF
} portal_registration_t;

/* Cost of Argon2id: passes, and bytes of memory for each hash. */
typedef struct {
    int ops;
    apr_size_t memory;
} portal_hash_cost_t;

/* The kinds of config.def and what their fields are. */
#define PORTAL_TYPE_TEXT const char *    /* UTF-8 without control characters; or NULL */
#define PORTAL_TYPE_MAILBOX const char * /* one address, as SMTP spells it; or NULL */
#define PORTAL_TYPE_FILE const char *    /* absolute path; or NULL */
#define PORTAL_TYPE_FOLDER const char *  /* absolute path without last slash; or NULL */
#define PORTAL_TYPE_SECRET const char *  /* absolute path of the file; or NULL */
#define PORTAL_TYPE_FEATURE int          /* 1 or 0 */
#define PORTAL_TYPE_NUMBER int
#define PORTAL_TYPE_SPAN apr_interval_time_t
#define PORTAL_TYPE_KEEP apr_interval_time_t         /* 0: for ever */
#define PORTAL_TYPE_NAMES const apr_array_header_t * /* of const char *; never NULL */
#define PORTAL_TYPE_CIDRS const apr_array_header_t * /* of portal_cidr_t; never NULL */
#define PORTAL_TYPE_URL portal_base_url_t
#define PORTAL_TYPE_RELAY portal_mail_relay_t
#define PORTAL_TYPE_MAIL_TLS portal_mail_tls_t
#define PORTAL_TYPE_REGISTRATION portal_registration_t
#define PORTAL_TYPE_SECOND_FACTOR portal_factor_policy_t
#define PORTAL_TYPE_HASH portal_hash_cost_t
#define PORTAL_TYPE_THROTTLE portal_throttle_cost_t

/* PORTAL_FIELD_name, PORTAL_FIELD_contact …: the number of each field. */
typedef enum {
#define PORTAL_ROW(d, field, kind, min, max, def, low, high, usage, help)                \
    PORTAL_FIELD_##field,
#include "config.def"
    PORTAL_FIELDS
} portal_field_t;

typedef struct {
#define PORTAL_ROW(d, field, kind, min, max, def, low, high, usage, help)                \
    PORTAL_TYPE_##kind field;
#include "config.def"
    /* where each field was set, in this host or in the main server; NULL: the default */
    const ap_directive_t *set[PORTAL_FIELDS];
    /* the first Portal directive that stands in this host itself; NULL: none */
    const ap_directive_t *first;
} portal_config_t;

/* The module record of mod_portal.c. */
extern module AP_MODULE_DECLARE_DATA portal_module;

/* For the module record: the commands, and the functions that make and merge. */
extern const command_rec portal_config_commands[];
void *portal_config_create(apr_pool_t *pool, server_rec *server);
/* A host without any Portal directive of its own gets the main server's very pointer. */
void *portal_config_merge(apr_pool_t *pool, void *base, void *child);

/*
 * For register_hooks: check_config (whole-host checks, also under `httpd -t`) and
 * test_config (`httpd -t -D DUMP_PORTAL` prints the configuration of each host).
 */
void portal_config_hooks(apr_pool_t *pool);

/* The configuration of a host, never NULL. Lives as long as the configuration pool. */
const portal_config_t *portal_config_of(const server_rec *server);

/*
 * 1 when a portal is configured here (PortalURL, PortalDeskURL and PortalSecret stand, in
 * this host or inherited), else 0: then the module has nothing to do in this host. Hosts
 * that only inherit share the main server's pointer and are the same portal.
 */
int portal_config_active(const portal_config_t *config);

/*
 * The configuration as text, one line for each field: directive, value, and "default" or
 * the file and line that set it. In pool. Shows paths of secret files, never contents.
 */
const char *portal_config_dump(const portal_config_t *config, apr_pool_t *pool);

#endif
