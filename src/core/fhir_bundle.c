/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_lib.h>
#include <apr_strings.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/fhir_bundle.h"
#include "core/fhir_record.h"

/* For a value of a query (RFC 3986 section 2.3: unreserved characters stay). */
static const char *escaped(const char *text, apr_pool_t *pool)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = apr_palloc(pool, strlen(text) * 3 + 1), *to = out;

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x80 && (apr_isalnum(c) || strchr("-._~", c))) {
            *to++ = (char)c;
        } else {
            *to++ = '%';
            *to++ = hex[c >> 4];
            *to++ = hex[c & 15];
        }
    }
    *to = '\0';
    return out;
}

/* Backslash, comma, bar and dollar have a meaning of their own in a token (R4, "Escaping Search
 * Parameters"). */
static const char *token(const char *text, apr_pool_t *pool)
{
    char *out = apr_palloc(pool, strlen(text) * 2 + 1), *to = out;

    for (; *text; text++) {
        if (strchr("\\,|$", *text))
            *to++ = '\\';
        *to++ = *text;
    }
    *to = '\0';
    return out;
}

static const char *condition(const char *system, const char *value, apr_pool_t *pool)
{
    const char *known = token(value, pool);

    if (system)
        known = apr_pstrcat(pool, token(system, pool), "|", known, NULL);
    return apr_pstrcat(pool, "identifier=", escaped(known, pool), NULL);
}

static const char *text_of(json_t *json, apr_pool_t *pool)
{
    char *text = json_dumps(json, JSON_COMPACT);
    const char *out = text ? apr_pstrdup(pool, text) : NULL;

    free(text);
    json_decref(json);
    return out;
}

/* The identifier with the name that the server has for its kind. */
static const char *named_patient(const portal_fhir_bundle_t *b, apr_pool_t *pool)
{
    json_t *patient = json_loads(b->patient, 0, NULL);
    json_t *identifier = json_array_get(json_object_get(patient, "identifier"), 0);

    if (b->system && identifier)
        json_object_set_new(identifier, "system", json_string(b->system));
    return patient ? text_of(patient, pool) : NULL;
}

/* {"fullUrl", "resource", "request"}; `none` NULL: a PUT. */
static const char *entry(const char *type, const char *id, const char *resource,
                         const char *none, apr_pool_t *pool)
{
    json_t *request = none ? json_pack("{s:s, s:s, s:s}", "method", "POST", "url", type,
                                       "ifNoneExist", none)
                           : json_pack("{s:s, s:o}", "method", "PUT", "url",
                                       json_sprintf("%s/%s", type, id));

    return apr_pstrcat(pool, "{\"fullUrl\":\"" PORTAL_FHIR_BASE "/", type, "/", id,
                       "\",\"resource\":", resource,
                       ",\"request\":", text_of(request, pool), "}", NULL);
}

const char *portal_fhir_bundle_write(const portal_fhir_bundle_t *b, apr_pool_t *pool)
{
    const char *patient = named_patient(b, pool);

    if (!patient)
        return NULL;
    return apr_pstrcat(
        pool, "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[",
        entry("Patient", b->patient_id, patient, condition(b->system, b->mrn, pool),
              pool),
        ",",
        entry("EpisodeOfCare", b->episode_id, b->episode,
              condition(NULL, b->case_number, pool), pool),
        ",", entry("Questionnaire", b->form_hash, b->questionnaire, NULL, pool), ",",
        entry("QuestionnaireResponse", b->response_id, b->response, NULL, pool), "]}",
        NULL);
}

/* ---- what is answered ---- */

/* A code of FHIR's value set issue-type; "" for anything else. */
static const char *issue_of(const json_t *json, apr_pool_t *pool)
{
    const json_t *issues = json_object_get(json, "issue");
    const char *code =
        json_string_value(json_object_get(json_array_get(issues, 0), "code"));
    apr_size_t len = code ? strlen(code) : 0;

    if (!len || len > 20 || strspn(code, "abcdefghijklmnopqrstuvwxyz-") != len)
        return "";
    return apr_pstrdup(pool, code);
}

static int is_done(const json_t *json)
{
    const char *type = json_string_value(json_object_get(json, "type"));
    const json_t *one;
    size_t i;

    if (!type || strcmp(type, "transaction-response"))
        return 0;
    json_array_foreach(json_object_get(json, "entry"), i, one)
    {
        const char *status = json_string_value(
            json_object_get(json_object_get(one, "response"), "status"));
        if (status && *status != '2')
            return 0;
    }
    return 1;
}

portal_fhir_answer_t portal_fhir_answer_read(const char *text, apr_size_t len,
                                             apr_pool_t *pool)
{
    json_t *json = json_loadb(text, len, 0, NULL);
    portal_fhir_answer_t answer = {is_done(json), issue_of(json, pool)};

    json_decref(json);
    return answer;
}
