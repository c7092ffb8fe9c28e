/* SPDX-License-Identifier: Apache-2.0 */
/* What a Patient tells of a person; see fhir_person.h. */
#include "core/fhir_person.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "core/email.h"
#include "core/fhir_json.h"

#define LAST INT_MAX

/* ---- members ---- */

const char *portal_fhir_text(const json_t *object, const char *name)
{
    const char *text = portal_fhir_json_string(object, name);
    return text ? text : "";
}

int portal_fhir_is(const json_t *object, const char *name, const char *value)
{
    return !strcmp(portal_fhir_text(object, name), value);
}

static const char *copy_of(const json_t *object, const char *name, apr_pool_t *pool)
{
    return apr_pstrdup(pool, portal_fhir_text(object, name));
}

/* ---- mrn ---- */

static int is_medical_record(const json_t *identifier)
{
    const json_t *codings =
        json_object_get(json_object_get(identifier, "type"), "coding");
    const json_t *coding;
    size_t i;

    json_array_foreach(codings, i,
                       coding) if (portal_fhir_is(coding, "code", "MR")) return 1;
    return 0;
}

static const char *mrn_of(const json_t *patient, apr_pool_t *pool)
{
    const json_t *identifier, *best = NULL;
    int best_rank = LAST;
    size_t i;

    json_array_foreach(json_object_get(patient, "identifier"), i, identifier)
    {
        int rank = is_medical_record(identifier)                   ? 0
                   : portal_fhir_is(identifier, "use", "official") ? 1
                                                                   : 2;
        if (*portal_fhir_text(identifier, "value") && rank < best_rank) {
            best = identifier;
            best_rank = rank;
        }
    }
    return best ? copy_of(best, "value", pool) : copy_of(patient, "id", pool);
}

/* ---- name ---- */

static int has_name(const json_t *name)
{
    const json_t *given;
    size_t i;

    json_array_foreach(json_object_get(name, "given"), i,
                       given) if (portal_fhir_json_is_string(given) &&
                                  *json_string_value(given)) return 1;
    return *portal_fhir_text(name, "family") || *portal_fhir_text(name, "text");
}

static int name_rank(const json_t *name)
{
    static const char *const uses[] = {"official", "usual",     "",       "temp",
                                       "nickname", "anonymous", "maiden", "old"};
    const char *use = portal_fhir_text(name, "use");
    int n = (int)(sizeof(uses) / sizeof(*uses));

    for (int i = 0; i < n; i++)
        if (!strcmp(uses[i], use))
            return i;
    return n;
}

void portal_fhir_name_read(portal_record_t *r, const json_t *patient, apr_pool_t *pool)
{
    const json_t *name, *best = NULL, *given;
    size_t i;

    json_array_foreach(json_object_get(patient, "name"), i,
                       name) if (has_name(name) &&
                                 (!best || name_rank(name) < name_rank(best))) best =
        name;
    if (!best)
        return;
    r->family = copy_of(best, "family", pool);
    json_array_foreach(json_object_get(best, "given"), i,
                       given) if (portal_fhir_json_is_string(given) &&
                                  *json_string_value(given)) r->given =
        apr_pstrcat(pool, r->given, *r->given ? " " : "", json_string_value(given), NULL);
    if (!*r->family && !*r->given)
        r->family = copy_of(best, "text", pool);
}

/* ---- e-mail, telephone, language ---- */

static int is_address(const char *text, apr_pool_t *pool)
{
    portal_email_t email;
    return portal_email_parse(&email, text, pool) == PORTAL_EMAIL_OK;
}

static int telecom_rank(const json_t *telecom, apr_pool_t *pool)
{
    const char *digits = portal_fhir_json_number(json_object_get(telecom, "rank"), pool);
    int rank = digits ? (int)apr_atoi64(digits) : 0;

    return rank > 0 ? rank : LAST;
}

/* The best of one system, "" for none. *unusable is set when an e-mail was passed over because
 * it is no address. */
static const char *telecom_of(const json_t *patient, const char *system, int *unusable,
                              apr_pool_t *pool)
{
    int email = !strcmp(system, "email"), best_rank = 0;
    const json_t *telecom;
    const char *best = NULL;
    size_t i;

    json_array_foreach(json_object_get(patient, "telecom"), i, telecom)
    {
        const char *value = portal_fhir_text(telecom, "value");
        int rank = telecom_rank(telecom, pool);
        if (!*value || !portal_fhir_is(telecom, "system", system) ||
            portal_fhir_is(telecom, "use", "old") || (best && rank >= best_rank))
            continue;
        if (email && !is_address(value, pool)) {
            *unusable = 1;
            continue;
        }
        best = value;
        best_rank = rank;
    }
    return best ? apr_pstrdup(pool, best) : "";
}

/* Only what can be a language code; everything else would refuse the whole person. */
static const char *language_of(const json_t *patient, apr_pool_t *pool)
{
    const json_t *one, *best = NULL, *codings, *coding;
    size_t i;

    json_array_foreach(
        json_object_get(patient, "communication"), i,
        one) if (!best || (json_is_true(json_object_get(one, "preferred")) &&
                           !json_is_true(json_object_get(best, "preferred")))) best = one;
    codings = json_object_get(json_object_get(best, "language"), "coding");
    json_array_foreach(codings, i, coding)
    {
        const char *code = portal_fhir_text(coding, "code"), *at = code;
        while (apr_isalnum(*at) || *at == '-')
            at++;
        if (*code && !*at && at - code <= PORTAL_RECORD_LANGUAGE_MAX)
            return apr_pstrdup(pool, code);
    }
    return "";
}

int portal_fhir_person_read(portal_record_t *r, const json_t *patient, apr_pool_t *pool)
{
    int unusable = 0;

    r->mrn = mrn_of(patient, pool);
    portal_fhir_name_read(r, patient, pool);
    r->birth_date = copy_of(patient, "birthDate", pool);
    r->email = telecom_of(patient, "email", &unusable, pool);
    r->phone = telecom_of(patient, "phone", &unusable, pool);
    r->language = language_of(patient, pool);
    return unusable && !*r->email;
}
