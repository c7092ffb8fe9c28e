/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request on its way: what the gate has established about it, handed to a page, and the
 * answer that the page gives back. A page decides nothing about who may enter: when it runs, the
 * gate has checked route, role, CSRF and the form of every field.
 *
 * Everything lives in call->pool, which is the request's.
 */
#ifndef PORTAL_CALL_H
#define PORTAL_CALL_H

#include <httpd.h>
#include <apr_hash.h>
#include <jansson.h>

#include "core/session_table.h"
#include "core/actor.h"
#include "web/own_path.h"
#include "web/site.h"

struct
    portal_app_t; /* app.h: configuration, store, hasher, forms; pages use it, web does not */

typedef enum {
    PORTAL_ROLE_VISITOR = 1,
    PORTAL_ROLE_PATIENT = 2,
    PORTAL_ROLE_MUST_CHANGE = 4,
    PORTAL_ROLE_LOBBY = 8,
    PORTAL_ROLE_DESK = 16,
    PORTAL_ROLE_HALF = 32, /* the password was right, the second factor has yet to come */
    PORTAL_ROLE_SET_UP = 64 /* has to set up a second factor */
} portal_role_t;

/* What a field may hold; see FORM rows in routes.def. */
typedef enum {
    PORTAL_INPUT_LINE,   /* one line of text: NFC, trimmed */
    PORTAL_INPUT_LINES,  /* text with line breaks: NFC, line ends as LF */
    PORTAL_INPUT_SECRET, /* as typed, NFC only; never shown again */
    PORTAL_INPUT_ID,     /* an opaque id; "" allowed unless required */
    PORTAL_INPUT_IDS,    /* any number of them */
    PORTAL_INPUT_FLAG,   /* "1" or absent */
    PORTAL_INPUT_NUMBER, /* digits */
    PORTAL_INPUT_OPEN /* stands for all fields whose names begin so; kept as they came */
} portal_input_kind_t;

typedef struct {
    const char *name;
    portal_input_kind_t kind;
    int most; /* characters; of IDS: how many */
    int required;
    int hidden; /* no one types it: the page fills it in */
} portal_field_rule_t;

typedef struct {
    const char *name;
    const portal_field_rule_t *fields; /* ends with name NULL */
} portal_form_rule_t;

struct portal_call_t;
struct portal_answer_t;
typedef struct portal_answer_t *(*portal_page_fn)(struct portal_call_t *call);

typedef struct {
    portal_mount_t mount;
    int method;       /* M_GET, M_POST */
    const char *path; /* below the mount; {id} and {token} stand for one segment each */
    int roles;        /* who may: portal_role_t, or-ed */
    int flags;
    const portal_form_rule_t *form; /* fields of the body; NULL: none are read */
    portal_page_fn page;
    portal_page_fn
        again; /* shows the form again when a field was wrong; NULL: a problem page */
    const char *template; /* the page's, unless the answer names another */
} portal_route_t;

enum {
    PORTAL_NO_EXTEND = 1, /* does not count as a sign of life */
    PORTAL_IF_LOBBY = 2,  /* exists with that feature only */
    PORTAL_IF_REGISTRATION = 4,
    PORTAL_IF_PAPERWORK = 8,
    PORTAL_LARGE = 16,         /* body limit of 1 MiB instead of 64 KiB */
    PORTAL_LOBBY_NETWORK = 32, /* from the lobby's networks only, else 403 */
    PORTAL_ANY_METHOD = 64,
    PORTAL_NO_ONCE = 128,
    PORTAL_LINK = 256, /* a mailed link: the address is a secret and leaves no trace */
    PORTAL_WRITABLE =
        512, /* writes nothing, but answers 503 while nothing can be written */
    PORTAL_IF_FACTOR = 1024
};

typedef struct portal_call_t {
    request_rec *r;
    apr_pool_t *pool;
    const struct portal_app_t *app;
    const portal_site_t *site;
    const portal_route_t *route;
    apr_time_t now;
    portal_role_t role;
    portal_session_t session; /* token_hash "" when there is none */
    const char *staff;        /* the desk's r->user, else NULL */
    const char *id[2]; /* what stood for {id} and {token}; "" when the route has none */
    const char *path;  /* below the mount */
    const char *here;  /* shows this place again, with its query; see portal_own_path */
    const char *lang;
    int json;      /* the answer goes out as JSON */
    int json_body; /* the request's body was JSON */
    int instead;   /* the answer takes the place of httpd's own */
    portal_actor_t actor;
    apr_hash_t *fields;         /* name → array of const char *, checked */
    apr_array_header_t *errors; /* of portal_error_t */
    int malformed;        /* some field could not even be read: 400 instead of 422 */
    const char *notice;   /* text key, or NULL */
    apr_table_t *cookies; /* Set-Cookie lines to send */
} portal_call_t;

typedef struct {
    const char *field; /* "" for the form as a whole */
    const char *text;  /* text key without the prefix t: */
    const char *label; /* words of the question it is about; NULL: none */
    const char *limit; /* what the text speaks of as {{limit}}; NULL: nothing */
    const char *href;  /* the page on which the field stands; NULL: this one */
} portal_error_t;

/* ---- what was sent ---- */

/* A field's value, "" when it was not sent. */
const char *portal_field(const portal_call_t *call, const char *name);
/* All values of a repeated field; never NULL. */
const apr_array_header_t *portal_field_all(const portal_call_t *call, const char *name);
int portal_field_sent(const portal_call_t *call, const char *name);
/* The value that a form shows when nothing was sent yet; what was typed is never replaced. */
void portal_field_preset(portal_call_t *call, const char *name, const char *value);
void portal_field_preset_all(portal_call_t *call, const char *name,
                             const apr_array_header_t *values);
/* Adds an error: `text` is a catalogue key such as error.email.form. */
void portal_error_add(portal_call_t *call, const char *field, const char *text);
/* The same with all that can be said about it; copied, but for its strings. */
void portal_error_add_about(portal_call_t *call, const portal_error_t *error);
/* A parameter of the query string, "" when absent, doubled, longer than `most` or malformed. */
const char *portal_query(const portal_call_t *call, const char *name, apr_size_t most);

/* ---- what goes back ---- */

typedef struct portal_answer_t {
    int status;
    const char *template;     /* NULL: no page */
    json_t *view;             /* freed with the pool */
    const char *location;     /* of a 303, complete path */
    int clear_site_data;      /* after signing out */
    int retry_after;          /* seconds; 0: no header */
    const char *content_type; /* of `raw` */
    const char *raw;          /* a body of its own (an export); NULL: none */
    apr_size_t raw_len;
    const char *filename; /* of a download */
} portal_answer_t;

/* The route's page with this view (whose reference is taken): 200; with errors in the call 422,
 * or 400 where something was malformed. */
portal_answer_t *portal_answer_view(portal_call_t *call, json_t *view);
/* Another page or status. */
portal_answer_t *portal_answer_page(portal_call_t *call, int status,
                                    const char *template_name, json_t *view);
/* 303 to a path below this mount; format like printf. */
portal_answer_t *portal_answer_see(portal_call_t *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* 303 to a place on the host of this mount that portal_own_place found good. */
portal_answer_t *portal_answer_see_place(portal_call_t *call, const char *place);
/* The problem page, or RFC 9457 problem document; texts problem.REASON.title and .detail. */
portal_answer_t *portal_answer_problem(portal_call_t *call, int status,
                                       const char *reason);
/* 503 with Retry-After after the store or the hasher could not answer; logs `rv` under `tag`. */
portal_answer_t *portal_answer_away(portal_call_t *call, apr_status_t rv,
                                    const char *tag);

/* Session-length cookie with the __Host- prefix, Secure, HttpOnly, SameSite=Lax. `seconds` 0:
 * until the browser closes; negative: removed. Values must be cookie-safe. */
void portal_cookie_set(portal_call_t *call, const char *name, const char *value,
                       int seconds);
/* The cookie's value; NULL when absent or sent twice with different values. */
const char *portal_cookie_get(const portal_call_t *call, const char *name);

/* The request's Cookie header as it came, NULL when there was none. */
const char *portal_cookie_header(const portal_call_t *call);
/* Takes the portal's own cookies out of the request, so that no other part of httpd and no program
 * behind it sees them; the functions above still find them. Doing it again does no harm. */
void portal_cookie_take(request_rec *r);

#define PORTAL_COOKIE_SESSION "__Host-portal"
#define PORTAL_COOKIE_VISIT "__Host-portal-visit"
#define PORTAL_COOKIE_LINK "__Host-portal-link"
#define PORTAL_COOKIE_LANGUAGE "__Host-portal-lang"
#define PORTAL_COOKIE_DESK "__Host-portal-desk"
/* the browser's own random value, for wrong guesses from elsewhere to cost it no wait */
#define PORTAL_COOKIE_DEVICE "__Host-portal-device"
#define PORTAL_COOKIE_DEVICE_SECONDS (365 * 86400)
/* "1" for an hour after Finish: this is a tablet of the lobby, to be shown the lobby's first page */
#define PORTAL_COOKIE_LOBBY "__Host-portal-lobby"
#define PORTAL_COOKIE_LOBBY_SECONDS 3600

#endif
