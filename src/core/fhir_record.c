/* SPDX-License-Identifier: Apache-2.0 */
/* Writes records as FHIR resources; see fhir_record.h. */
#include "core/fhir_record.h"

#include <string.h>

#include <apr_strings.h>

#include "core/date.h"
#include "core/fhir_json.h"
#include "core/form_load.h"

#define EPISODE_OF "http://hl7.org/fhir/StructureDefinition/workflow-episodeOfCare"
#define IDENTIFIER_TYPE "http://terminology.hl7.org/CodeSystem/v2-0203"
#define OWN_PERSON "person"

const char *portal_fhir_id(const char *id, apr_pool_t *pool)
{
    char *copy = apr_pstrdup(pool, id);

    for (char *c = copy; *c; c++)
        if (*c == '_')
            *c = '.';
    return copy;
}

static void set_text(json_t *object, const char *name, const char *text)
{
    if (*text)
        json_object_set_new(object, name, json_string(text));
}

static json_t *reference(const char *type, const char *id, apr_pool_t *pool)
{
    return json_pack("{s:s}", "reference",
                     apr_pstrcat(pool, type, "/", portal_fhir_id(id, pool), NULL));
}

static json_t *resource(const char *type, const portal_fhir_row_id_t *row,
                        apr_pool_t *pool)
{
    return json_pack("{s:s, s:s, s:{s:s}}", "resourceType", type, "id",
                     portal_fhir_id(row->id, pool), "meta", "lastUpdated",
                     portal_time_text(row->updated, pool));
}

/* Writes the tree and lets go of it. */
static const char *finish(json_t *tree, apr_pool_t *pool)
{
    const char *text = portal_fhir_json_write(tree, pool);
    json_decref(tree);
    return text;
}

/* ---- people ---- */

/* Sets name and birthDate. */
static void set_person(json_t *patient, const char *family, const char *given,
                       const char *birth_date)
{
    json_t *name = json_object();

    set_text(name, "family", family);
    if (*given)
        json_object_set_new(name, "given", json_pack("[s]", given));
    if (json_object_size(name))
        json_object_set_new(patient, "name", json_pack("[O]", name));
    json_decref(name);
    set_text(patient, "birthDate", birth_date);
}

static void add_telecom(json_t *list, const char *system, const char *value)
{
    if (*value)
        json_array_append_new(list,
                              json_pack("{s:s, s:s}", "system", system, "value", value));
}

const char *portal_fhir_patient_write(const portal_fhir_row_id_t *row,
                                      const portal_record_t *person, apr_pool_t *pool)
{
    json_t *patient = resource("Patient", row, pool), *telecom = json_array();

    json_object_set_new(patient, "identifier",
                        json_pack("[{s:{s:[{s:s, s:s}]}, s:s}]", "type", "coding",
                                  "system", IDENTIFIER_TYPE, "code", "MR", "value",
                                  person->mrn));
    set_person(patient, person->family, person->given, person->birth_date);
    add_telecom(telecom, "phone", person->phone);
    add_telecom(telecom, "email", person->email);
    if (json_array_size(telecom))
        json_object_set(patient, "telecom", telecom);
    json_decref(telecom);
    if (*person->language)
        json_object_set_new(patient, "communication",
                            json_pack("[{s:{s:[{s:s, s:s}]}, s:b}]", "language", "coding",
                                      "system", "urn:ietf:bcp:47", "code",
                                      person->language, "preferred", 1));
    return finish(patient, pool);
}

/* ---- cases ---- */

static void set_own_person(json_t *episode, const portal_record_t *r)
{
    json_t *patient =
        json_pack("{s:s, s:s}", "resourceType", "Patient", "id", OWN_PERSON);

    set_person(patient, r->own_family, r->own_given, r->own_birth_date);
    json_object_set_new(episode, "contained", json_pack("[o]", patient));
    json_object_set_new(episode, "extension",
                        json_pack("[{s:s, s:{s:s}}]", "url", PORTAL_FHIR_CASE_PERSON,
                                  "valueReference", "reference", "#" OWN_PERSON));
}

const char *portal_fhir_case_write(const portal_fhir_row_id_t *row, const char *binder_id,
                                   const portal_record_t *record, apr_pool_t *pool)
{
    json_t *episode = resource("EpisodeOfCare", row, pool);

    if (record->own_person)
        set_own_person(episode, record);
    json_object_set_new(episode, "identifier",
                        json_pack("[{s:s}]", "value", record->case_number));
    set_text(episode, "status", "active");
    if (*record->case_title)
        json_object_set_new(episode, "type",
                            json_pack("[{s:s}]", "text", record->case_title));
    json_object_set_new(episode, "patient", reference("Patient", binder_id, pool));
    if (*record->case_start)
        json_object_set_new(episode, "period",
                            json_pack("{s:s}", "start", record->case_start));
    return finish(episode, pool);
}

/* ---- forms and answers ---- */

static json_t *read_object(const char *text, apr_size_t len, apr_pool_t *pool)
{
    const char *why;
    json_t *tree = portal_fhir_json_read(text, len, &why, pool);

    return json_is_object(tree) ? tree : NULL;
}

/* What meta says besides, but for the version that another server counts. */
static void keep_meta(json_t *out, const json_t *root)
{
    json_t *meta = json_object_get(out, "meta");

    if (json_is_object(json_object_get(root, "meta")))
        json_object_update_missing(meta, json_object_get(root, "meta"));
    json_object_del(meta, "versionId");
}

/* References to the value sets inside, by the canonical that they had outside: what is contained has
 * to be referred to by #id (dom-3). `ids` has canonicals, with and without version. */
static void point_inside(json_t *value, const json_t *ids)
{
    static const char *const members[] = {"answerValueSet", "valueCanonical"};
    const char *name;
    json_t *one, *id;
    size_t i;

    for (i = 0; i < sizeof(members) / sizeof(*members) && json_is_object(value); i++) {
        name = portal_fhir_json_string(value, members[i]);
        id = name ? json_object_get(ids, name) : NULL;
        if (id)
            json_object_set(value, members[i], id);
    }
    json_array_foreach(value, i, one) point_inside(one, ids);
    json_object_foreach(value, name, one) point_inside(one, ids);
}

/* Value sets of the folder that became part of the form (core/form_sets.h) have no time of their
 * own, which an expansion needs: it is when the form was first used. */
static void mend_sets(json_t *root, const portal_fhir_row_id_t *row, apr_pool_t *pool)
{
    json_t *ids = json_object(), *set, *expansion;
    size_t i;

    json_array_foreach(json_object_get(root, "contained"), i, set)
    {
        const char *url = portal_fhir_json_string(set, "url"),
                   *id = portal_fhir_json_string(set, "id"),
                   *version = portal_fhir_json_string(set, "version");
        expansion = json_object_get(set, "expansion");
        if (json_is_object(expansion) && !json_object_get(expansion, "timestamp"))
            set_text(expansion, "timestamp", portal_time_text(row->updated, pool));
        if (!url || !id)
            continue;
        json_object_set_new(ids, url, json_sprintf("#%s", id));
        if (version)
            json_object_set_new(ids, apr_pstrcat(pool, url, "|", version, NULL),
                                json_sprintf("#%s", id));
    }
    if (json_object_size(ids))
        point_inside(json_object_get(root, "item"), ids);
    json_decref(ids);
}

const char *portal_fhir_questionnaire_write(const portal_fhir_row_id_t *row,
                                            const char *name, const char *source,
                                            apr_pool_t *pool)
{
    json_t *root = read_object(source, strlen(source), pool), *out;
    const char *url, *version;

    if (!root)
        return NULL;
    portal_form_identity(&url, &version, root, name, row->id, pool);
    mend_sets(root, row, pool);
    out = resource("Questionnaire", row, pool);
    keep_meta(out, root);
    set_text(out, "url", url);
    set_text(out, "version", version);
    json_object_update_missing(out, root);
    if (!json_object_get(out, "status"))
        set_text(out, "status", "unknown");
    return finish(out, pool);
}

/* The case comes before the extensions that are there already. */
static json_t *extensions(const json_t *root, const char *case_id, apr_pool_t *pool)
{
    json_t *list = json_pack("[{s:s, s:o}]", "url", EPISODE_OF, "valueReference",
                             reference("EpisodeOfCare", case_id, pool));

    json_array_extend(list, json_object_get(root, "extension"));
    return list;
}

const char *portal_fhir_response_write(const portal_fhir_row_id_t *row,
                                       const portal_fhir_about_t *about, const char *text,
                                       apr_size_t len, apr_pool_t *pool)
{
    json_t *root = read_object(text, len, pool), *out, *subject;

    if (!root)
        return NULL;
    out = resource("QuestionnaireResponse", row, pool);
    keep_meta(out, root);
    json_object_set_new(
        json_object_get(out, "meta"), "tag",
        json_pack("[{s:s, s:s}]", "system", PORTAL_FHIR_HASH, "code", about->form_hash));
    json_object_set_new(out, "extension", extensions(root, about->case_id, pool));
    json_object_update_missing(out, root);
    subject = reference("Patient", about->binder_id, pool);
    if (json_is_object(json_object_get(root, "subject")))
        json_object_update_missing(subject, json_object_get(root, "subject"));
    json_object_set_new(out, "subject", subject);
    return finish(out, pool);
}
