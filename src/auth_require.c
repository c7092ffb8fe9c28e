/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <httpd.h>
#include <ap_expr.h>
#include <ap_provider.h>
#include <http_config.h>
#include <http_log.h>
#include <http_request.h>
#include <mod_auth.h>
#include <string.h>
#include <strings.h>

#include "auth_require.h"
#include "auth_visit.h"
#include "config_row.h"
#include "core/cidr.h"
#include "core/text.h"
#include "core/token.h"

APLOG_USE_MODULE(portal);

#define NUMBER "number:"

typedef enum { WANT_PATIENT, WANT_LOBBY, WANT_CASE } want_t;

/* One line of configuration, as it was read. */
typedef struct {
    want_t want;
    ap_expr_info_t *expr; /* of a case */
} requirement_t;

/* ---- reading the line ---- */

static const char *read_case(cmd_parms *cmd, const char *rest, requirement_t *to)
{
    const char *text = ap_getword_conf(cmd->pool, &rest), *error = NULL;

    if (!*text)
        return "Require portal case needs the case: its ID, or its number as "
               "number:NUMBER, such as Require portal case %{env:MATCH_CASE}";
    if (*rest)
        return "Require portal case takes one expression; put it in quotes";
    to->expr = ap_expr_parse_cmd(cmd, text, AP_EXPR_FLAG_STRING_RESULT, &error, NULL);
    return error ? apr_psprintf(cmd->pool, "Require portal case %s: %s", text, error)
                 : NULL;
}

static const char *unknown(cmd_parms *cmd, const char *word)
{
    static const char *const words[] = {"patient", "lobby", "case"};
    const char *guess = portal_config_guess(word, words, 3);

    if (!*word)
        return "Require portal lacks a word; write Require portal patient, Require "
               "portal "
               "lobby or Require portal case EXPR";
    return apr_psprintf(cmd->pool,
                        "Require portal %s is not known; write Require portal patient, "
                        "Require portal lobby or Require portal case EXPR%s%s%s",
                        word, guess ? " (did you mean " : "", guess ? guess : "",
                        guess ? "?)" : "");
}

static const char *parse(cmd_parms *cmd, const char *line, const void **parsed)
{
    requirement_t *to = apr_pcalloc(cmd->pool, sizeof(*to));
    const char *word = ap_getword_conf(cmd->pool, &line);

    *parsed = to;
    if (!strcasecmp(word, "case")) {
        to->want = WANT_CASE;
        return read_case(cmd, line, to);
    }
    if (!strcasecmp(word, "patient"))
        to->want = WANT_PATIENT;
    else if (!strcasecmp(word, "lobby"))
        to->want = WANT_LOBBY;
    else
        return unknown(cmd, word);
    if (*line)
        return apr_psprintf(cmd->pool,
                            "Require portal %s takes nothing behind it (%s); give each "
                            "its own line",
                            word, line);
    return NULL;
}

/* ---- asking it ---- */

/* Is it one of the selected cases? `name` is an id, or a number behind number: */
static int is_selected(const portal_visit_t *visit, const char *name, apr_pool_t *pool)
{
    unsigned char mark[16] = {0};
    const char *key = NULL;

    if (!strncmp(name, NUMBER, strlen(NUMBER))) {
        if (portal_text_case_key(&key, name + strlen(NUMBER), pool) != APR_SUCCESS ||
            !key)
            return 0;
        portal_session_number(mark, key);
    } else if (!portal_id_wellformed(name)) {
        return 0;
    }
    for (int i = 0; i < visit->n_cases; i++)
        if (key ? !memcmp(visit->cases[i].number, mark, sizeof(mark))
                : !strcmp(visit->cases[i].id, name))
            return 1;
    return 0;
}

static int opens_case(request_rec *r, const portal_visit_t *visit,
                      const requirement_t *requirement)
{
    const char *error = NULL, *name = ap_expr_str_exec(r, requirement->expr, &error);

    if (error) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "PTL0160: Require portal case cannot be worked out: %s", error);
        return 0;
    }
    return name && *name && is_selected(visit, name, r->pool);
}

static int fulfils(request_rec *r, const portal_visit_t *visit,
                   const requirement_t *requirement)
{
    portal_session_kind_t kind = (portal_session_kind_t)visit->call->session.kind;

    switch (requirement->want) {
    case WANT_PATIENT:
        return kind == PORTAL_SESSION_PATIENT;
    case WANT_LOBBY:
        return kind == PORTAL_SESSION_LOBBY && visit->app->portal.lobby &&
               portal_cidr_match(visit->app->config->lobby_from, r->useragent_ip);
    case WANT_CASE:
        return kind == PORTAL_SESSION_PATIENT && opens_case(r, visit, requirement);
    }
    return 0;
}

/* Whoever has to change the password first counts as not signed in yet. */
static authz_status check(request_rec *r, const char *line, const void *parsed)
{
    portal_visit_t *visit;

    (void)line;
    if (!portal_visit_guarded(r)) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "PTL0161: Require portal works with AuthType Portal alone; "
                      "nobody is let in by it here");
        return AUTHZ_DENIED;
    }
    visit = portal_visit_of(r);
    if (!visit) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "PTL0162: AuthType Portal stands in a host without a portal; "
                      "nobody is let in");
        return AUTHZ_DENIED;
    }
    if (visit->rv != APR_SUCCESS)
        return AUTHZ_GENERAL_ERROR;
    if (!visit->secure)
        return AUTHZ_DENIED;
    if (visit->call->session.kind != PORTAL_SESSION_PATIENT &&
        visit->call->session.kind != PORTAL_SESSION_LOBBY)
        return AUTHZ_DENIED_NO_USER;
    if (!fulfils(r, visit, parsed))
        return AUTHZ_DENIED;
    portal_visit_grant(r, visit);
    return AUTHZ_GRANTED;
}

void portal_auth_require_register(apr_pool_t *pool)
{
    static const authz_provider provider = {check, parse};

    ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "portal",
                              AUTHZ_PROVIDER_VERSION, &provider,
                              AP_AUTH_INTERNAL_PER_URI);
}
