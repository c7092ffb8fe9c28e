/* SPDX-License-Identifier: Apache-2.0 */
/* The people and cases in FHIR resources; see fhir_patient.h. */
#include "core/fhir_patient.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "core/email.h"
#include "core/fhir_json.h"
#include "core/fhir_record.h"

#define DEEPEST_BUNDLE 4
#define LAST INT_MAX

typedef struct {
    int row;             /* its row */
    const char *patient; /* of an episode: the reference; NULL for a patient */
    const char *file;
} resource_t;

struct portal_fhir_t {
    apr_pool_t *pool;
    apr_array_header_t *rows;      /* portal_fhir_row_t */
    apr_array_header_t *resources; /* resource_t, one for each row */
    apr_hash_t *patients; /* reference, also with its file before it -> const int *row */
    apr_hash_t *ignored;
};

portal_fhir_t *portal_fhir_make(apr_pool_t *pool)
{
    portal_fhir_t *f = apr_palloc(pool, sizeof(*f));

    *f = (portal_fhir_t){
        .pool = pool,
        .rows = apr_array_make(pool, 64, sizeof(portal_fhir_row_t)),
        .resources = apr_array_make(pool, 64, sizeof(resource_t)),
        .patients = apr_hash_make(pool),
        .ignored = apr_hash_make(pool),
    };
    return f;
}

apr_hash_t *portal_fhir_ignored(portal_fhir_t *f)
{
    return f->ignored;
}

/* ---- members ---- */

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = portal_fhir_json_string(object, name);
    return text ? text : "";
}

static const char *copy_of(const portal_fhir_t *f, const json_t *object, const char *name)
{
    return apr_pstrdup(f->pool, text_of(object, name));
}

static int is(const json_t *object, const char *name, const char *value)
{
    return !strcmp(text_of(object, name), value);
}

/* ---- mrn ---- */

static int is_medical_record(const json_t *identifier)
{
    const json_t *codings =
        json_object_get(json_object_get(identifier, "type"), "coding");
    const json_t *coding;
    size_t i;

    json_array_foreach(codings, i, coding) if (is(coding, "code", "MR")) return 1;
    return 0;
}

static const char *mrn_of(const portal_fhir_t *f, const json_t *patient)
{
    const json_t *identifier, *best = NULL;
    int best_rank = LAST;
    size_t i;

    json_array_foreach(json_object_get(patient, "identifier"), i, identifier)
    {
        int rank = is_medical_record(identifier)       ? 0
                   : is(identifier, "use", "official") ? 1
                                                       : 2;
        if (*text_of(identifier, "value") && rank < best_rank) {
            best = identifier;
            best_rank = rank;
        }
    }
    return best ? copy_of(f, best, "value") : copy_of(f, patient, "id");
}

/* ---- name ---- */

static int has_name(const json_t *name)
{
    const json_t *given;
    size_t i;

    json_array_foreach(json_object_get(name, "given"), i,
                       given) if (portal_fhir_json_is_string(given) &&
                                  *json_string_value(given)) return 1;
    return *text_of(name, "family") || *text_of(name, "text");
}

static int name_rank(const json_t *name)
{
    static const char *const uses[] = {"official", "usual",     "",       "temp",
                                       "nickname", "anonymous", "maiden", "old"};
    const char *use = text_of(name, "use");
    int n = (int)(sizeof(uses) / sizeof(*uses));

    for (int i = 0; i < n; i++)
        if (!strcmp(uses[i], use))
            return i;
    return n;
}

static void take_name(const portal_fhir_t *f, const json_t *patient, portal_record_t *r)
{
    const json_t *name, *best = NULL, *given;
    size_t i;

    json_array_foreach(json_object_get(patient, "name"), i,
                       name) if (has_name(name) &&
                                 (!best || name_rank(name) < name_rank(best))) best =
        name;
    if (!best)
        return;
    r->family = copy_of(f, best, "family");
    json_array_foreach(json_object_get(best, "given"), i,
                       given) if (portal_fhir_json_is_string(given) &&
                                  *json_string_value(given)) r->given =
        apr_pstrcat(f->pool, r->given, *r->given ? " " : "", json_string_value(given),
                    NULL);
    if (!*r->family && !*r->given)
        r->family = copy_of(f, best, "text");
}

/* ---- e-mail, telephone, language ---- */

static int is_address(const char *text, apr_pool_t *pool)
{
    portal_email_t email;
    return portal_email_parse(&email, text, pool) == PORTAL_EMAIL_OK;
}

static int telecom_rank(const portal_fhir_t *f, const json_t *telecom)
{
    const char *digits =
        portal_fhir_json_number(json_object_get(telecom, "rank"), f->pool);
    int rank = digits ? (int)apr_atoi64(digits) : 0;

    return rank > 0 ? rank : LAST;
}

/* The best of one system, "" for none. *unusable is set when an e-mail was passed over because
 * it is no address. */
static const char *telecom_of(const portal_fhir_t *f, const json_t *patient,
                              const char *system, int *unusable)
{
    int email = !strcmp(system, "email"), best_rank = 0;
    const json_t *telecom;
    const char *best = NULL;
    size_t i;

    json_array_foreach(json_object_get(patient, "telecom"), i, telecom)
    {
        const char *value = text_of(telecom, "value");
        int rank = telecom_rank(f, telecom);
        if (!*value || !is(telecom, "system", system) || is(telecom, "use", "old") ||
            (best && rank >= best_rank))
            continue;
        if (email && !is_address(value, f->pool)) {
            *unusable = 1;
            continue;
        }
        best = value;
        best_rank = rank;
    }
    return best ? apr_pstrdup(f->pool, best) : "";
}

/* Only what can be a language code; everything else would refuse the whole person. */
static const char *language_of(const portal_fhir_t *f, const json_t *patient)
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
        const char *code = text_of(coding, "code"), *at = code;
        while (apr_isalnum(*at) || *at == '-')
            at++;
        if (*code && !*at && at - code <= PORTAL_RECORD_LANGUAGE_MAX)
            return apr_pstrdup(f->pool, code);
    }
    return "";
}

/* ---- resources ---- */

static portal_fhir_row_t *add_row(portal_fhir_t *f, const json_t *resource,
                                  const char *file, const char *patient)
{
    portal_fhir_row_t *row = apr_array_push(f->rows);
    const char *id = text_of(resource, "id"), *type = text_of(resource, "resourceType");

    *(resource_t *)apr_array_push(f->resources) =
        (resource_t){f->rows->nelts - 1, patient, file};
    *row = (portal_fhir_row_t){.record = portal_record_empty};
    row->where = *id ? apr_psprintf(f->pool, "%s: %s/%s", file, type, id)
                     : apr_psprintf(f->pool, "%s: %s without id (resource %d)", file,
                                    type, f->rows->nelts);
    return row;
}

static void remember(portal_fhir_t *f, const char *file, const char *reference)
{
    int *row = apr_palloc(f->pool, sizeof(*row));
    const char *within = apr_pstrcat(f->pool, file, "\n", reference, NULL);

    *row = f->rows->nelts - 1;
    apr_hash_set(f->patients, within, APR_HASH_KEY_STRING, row);
    if (!apr_hash_get(f->patients, reference, APR_HASH_KEY_STRING))
        apr_hash_set(f->patients, apr_pstrdup(f->pool, reference), APR_HASH_KEY_STRING,
                     row);
}

static void take_patient(portal_fhir_t *f, const json_t *patient, const char *url,
                         const char *file)
{
    portal_fhir_row_t *row = add_row(f, patient, file, NULL);
    portal_record_t *r = &row->record;
    int unusable = 0;

    r->mrn = mrn_of(f, patient);
    take_name(f, patient, r);
    r->birth_date = copy_of(f, patient, "birthDate");
    r->email = telecom_of(f, patient, "email", &unusable);
    r->phone = telecom_of(f, patient, "phone", &unusable);
    r->language = language_of(f, patient);
    if (unusable && !*r->email)
        row->note = "its e-mail is no address and was left out";
    if (*text_of(patient, "id"))
        remember(f, file, apr_pstrcat(f->pool, "Patient/", text_of(patient, "id"), NULL));
    if (*url)
        remember(f, file, url);
}

static const char *title_of(const portal_fhir_t *f, const json_t *episode)
{
    const json_t *type = json_array_get(json_object_get(episode, "type"), 0);
    const json_t *coding = json_array_get(json_object_get(type, "coding"), 0);

    if (*text_of(type, "text"))
        return copy_of(f, type, "text");
    return *text_of(coding, "display") ? copy_of(f, coding, "display")
                                       : copy_of(f, coding, "code");
}

/* The person that the case came with, where an export of ours tells of one. */
static void take_own_person(const portal_fhir_t *f, const json_t *episode,
                            portal_record_t *r)
{
    portal_record_t own = portal_record_empty;
    const json_t *extension, *contained;
    const char *id = NULL;
    size_t i;

    json_array_foreach(json_object_get(episode, "extension"), i,
                       extension) if (is(extension, "url", PORTAL_FHIR_CASE_PERSON)) id =
        text_of(json_object_get(extension, "valueReference"), "reference");
    json_array_foreach(json_object_get(episode, "contained"), i, contained)
    {
        if (!id || *id != '#' || !is(contained, "id", id + 1) ||
            !is(contained, "resourceType", "Patient"))
            continue;
        take_name(f, contained, &own);
        r->own_person = 1;
        r->own_family = own.family;
        r->own_given = own.given;
        r->own_birth_date = copy_of(f, contained, "birthDate");
    }
}

static void take_episode(portal_fhir_t *f, const json_t *episode, const char *file)
{
    const json_t *identifier;
    portal_fhir_row_t *row = add_row(
        f, episode, file, copy_of(f, json_object_get(episode, "patient"), "reference"));
    portal_record_t *r = &row->record;
    size_t i;

    json_array_foreach(json_object_get(episode, "identifier"), i,
                       identifier) if (!*r->case_number) r->case_number =
        copy_of(f, identifier, "value");
    if (!*r->case_number)
        r->case_number = copy_of(f, episode, "id");
    r->case_title = title_of(f, episode);
    r->case_start = copy_of(f, json_object_get(episode, "period"), "start");
    take_own_person(f, episode, r);
}

static void ignore(portal_fhir_t *f, const char *type)
{
    int *n = apr_hash_get(f->ignored, type, APR_HASH_KEY_STRING);

    if (!n) {
        n = apr_pcalloc(f->pool, sizeof(*n));
        apr_hash_set(f->ignored, apr_pstrndup(f->pool, type, 64), APR_HASH_KEY_STRING, n);
    }
    ++*n;
}

static void take(portal_fhir_t *f, const json_t *resource, const char *url,
                 const char *file, int depth)
{
    const char *type = text_of(resource, "resourceType");
    const json_t *entry;
    size_t i;

    if (!*type) {
        add_row(f, resource, file, NULL)->refused =
            "is no FHIR resource: no resourceType";
    } else if (!strcmp(type, "Patient")) {
        take_patient(f, resource, url, file);
    } else if (!strcmp(type, "EpisodeOfCare") &&
               is(resource, "status", "entered-in-error")) {
        ignore(f, "EpisodeOfCare entered in error");
    } else if (!strcmp(type, "EpisodeOfCare")) {
        take_episode(f, resource, file);
    } else if (strcmp(type, "Bundle") || depth == DEEPEST_BUNDLE) {
        ignore(f, type);
    } else {
        json_array_foreach(json_object_get(resource, "entry"), i,
                           entry) if (json_is_object(json_object_get(entry, "resource")))
            take(f, json_object_get(entry, "resource"), text_of(entry, "fullUrl"), file,
                 depth + 1);
    }
}

void portal_fhir_take(portal_fhir_t *f, const json_t *document, const char *file)
{
    const char *kept = apr_pstrdup(f->pool, file);
    const json_t *one;
    size_t i;

    if (!json_is_array(document))
        take(f, document, "", kept, 0);
    json_array_foreach(document, i, one) take(f, one, "", kept, 0);
}

/* ---- references ---- */

static const int *look_up(const portal_fhir_t *f, const char *file, const char *reference)
{
    const int *row =
        apr_hash_get(f->patients, apr_pstrcat(f->pool, file, "\n", reference, NULL),
                     APR_HASH_KEY_STRING);

    return row ? row : apr_hash_get(f->patients, reference, APR_HASH_KEY_STRING);
}

/* As it stands, then without the server before it and the version behind it. */
static const int *find_patient(const portal_fhir_t *f, const resource_t *episode)
{
    const int *row = look_up(f, episode->file, episode->patient);
    const char *tail = episode->patient, *next, *version;

    if (row)
        return row;
    while ((next = strstr(tail, "/Patient/")))
        tail = next + 1;
    version = strstr(tail, "/_history/");
    if (version)
        tail = apr_pstrmemdup(f->pool, tail, (apr_size_t)(version - tail));
    return look_up(f, episode->file, tail);
}

static void join(const portal_fhir_t *f, const resource_t *episode)
{
    portal_fhir_row_t *row = &APR_ARRAY_IDX(f->rows, episode->row, portal_fhir_row_t);
    portal_record_t of_case = row->record;
    const int *patient = find_patient(f, episode);

    if (!patient) {
        row->refused = "its patient is not in this import";
        return;
    }
    row->record = APR_ARRAY_IDX(f->rows, *patient, portal_fhir_row_t).record;
    row->record.case_number = of_case.case_number;
    row->record.case_title = of_case.case_title;
    row->record.case_start = of_case.case_start;
    row->record.own_person = of_case.own_person;
    row->record.own_family = of_case.own_family;
    row->record.own_given = of_case.own_given;
    row->record.own_birth_date = of_case.own_birth_date;
    if (!*of_case.case_number)
        row->refused = "has neither identifier nor id, so there is no case number";
}

static void add_rows(apr_array_header_t *list, const portal_fhir_t *f, int episodes)
{
    for (int i = 0; i < f->resources->nelts; i++) {
        const resource_t *resource = &APR_ARRAY_IDX(f->resources, i, resource_t);
        if (!resource->patient == !episodes)
            APR_ARRAY_PUSH(list, portal_fhir_row_t) =
                APR_ARRAY_IDX(f->rows, resource->row, portal_fhir_row_t);
    }
}

const apr_array_header_t *portal_fhir_rows(portal_fhir_t *f)
{
    apr_array_header_t *list =
        apr_array_make(f->pool, f->rows->nelts + 1, sizeof(portal_fhir_row_t));

    for (int i = 0; i < f->resources->nelts; i++) {
        const resource_t *resource = &APR_ARRAY_IDX(f->resources, i, resource_t);
        if (resource->patient)
            join(f, resource);
    }
    add_rows(list, f, 0);
    add_rows(list, f, 1);
    return list;
}
