/* SPDX-License-Identifier: Apache-2.0 */
/* The people and cases in FHIR resources; see fhir_patient.h. */
#include "core/fhir_patient.h"

#include <string.h>

#include <apr_strings.h>

#include "core/fhir_json.h"
#include "core/fhir_person.h"
#include "core/fhir_record.h"

#define DEEPEST_BUNDLE 4
#define MOST_MOVES 8
#define NOBODY (-1) /* in place of a row: two persons have this id */
#define MODIFIED                                                                         \
    "has a modifierExtension or implicitRules, which may change what it means"

typedef struct {
    int row;             /* its row */
    const char *patient; /* of an episode: the reference; NULL for a patient */
    const char *moved;   /* of a patient: the one that stands for it now, "" */
    const char *file;
} resource_t;

/* The patient of an episode that has its own one inside. */
static const char inside[] = "#";
static const int inside_row = 0;

struct portal_fhir_t {
    apr_pool_t *pool;
    apr_array_header_t *rows;      /* portal_fhir_row_t */
    apr_array_header_t *resources; /* resource_t, one for each row */
    /* reference, or what `named` makes of an identifier, also with its file before it -> const int * */
    apr_hash_t *patients;
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

static const char *copy_of(const portal_fhir_t *f, const json_t *object, const char *name)
{
    return apr_pstrdup(f->pool, portal_fhir_text(object, name));
}

/* ---- resources ---- */

static portal_fhir_row_t *add_row(portal_fhir_t *f, const json_t *resource,
                                  const portal_fhir_place_t *place, const char *patient)
{
    portal_fhir_row_t *row = apr_array_push(f->rows);
    const char *id = portal_fhir_text(resource, "id"),
               *type = portal_fhir_text(resource, "resourceType");
    const char *where = portal_fhir_place(place, f->pool);

    *(resource_t *)apr_array_push(f->resources) =
        (resource_t){f->rows->nelts - 1, patient, "", place->file};
    *row = (portal_fhir_row_t){.record = portal_record_empty};
    row->where = *id ? apr_psprintf(f->pool, "%s: %s/%s", where, type, id)
                     : apr_psprintf(f->pool, "%s: %s without id (resource %d)", where,
                                    type, f->rows->nelts);
    return row;
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

/* The latest patient with this key, unless another person has it. */
static void remember_as(portal_fhir_t *f, const char *key)
{
    const portal_fhir_row_t *rows = (const portal_fhir_row_t *)f->rows->elts;
    int *row = apr_hash_get(f->patients, key, APR_HASH_KEY_STRING),
        last = f->rows->nelts - 1;

    if (!row) {
        row = apr_palloc(f->pool, sizeof(*row));
        *row = last;
        apr_hash_set(f->patients, key, APR_HASH_KEY_STRING, row);
    } else if (*row != NOBODY && strcmp(rows[*row].record.mrn, rows[last].record.mrn)) {
        *row = NOBODY;
    }
}

static void remember(portal_fhir_t *f, const char *file, const char *reference)
{
    remember_as(f, apr_pstrcat(f->pool, file, "\n", reference, NULL));
    remember_as(f, apr_pstrdup(f->pool, reference));
}

/* An identifier as a key among references; "" when it has no value. */
static const char *named(const portal_fhir_t *f, const json_t *identifier)
{
    const char *value = portal_fhir_text(identifier, "value");

    return *value ? apr_pstrcat(f->pool, "\t", portal_fhir_text(identifier, "system"),
                                "\t", value, NULL)
                  : "";
}

/* What can be meant by a reference to this patient. */
static void remember_all(portal_fhir_t *f, const json_t *patient, const char *url,
                         const char *file)
{
    const char *tail = url, *next;
    const json_t *identifier;
    size_t i;

    if (*portal_fhir_text(patient, "id"))
        remember(f, file,
                 apr_pstrcat(f->pool, "Patient/", portal_fhir_text(patient, "id"), NULL));
    if (*url)
        remember(f, file, url);
    while ((next = strstr(tail, "/Patient/")))
        tail = next + 1;
    if (tail != url)
        remember(f, file, tail);
    json_array_foreach(json_object_get(patient, "identifier"), i,
                       identifier) if (*named(f, identifier))
        remember(f, file, named(f, identifier));
}

/* "The patient resource containing this link must no longer be used" (R4, LinkType). */
static const char *moved_to(const portal_fhir_t *f, const json_t *patient)
{
    const json_t *link;
    size_t i;

    json_array_foreach(json_object_get(patient, "link"), i,
                       link) if (portal_fhir_is(link, "type", "replaced-by"))
    {
        const char *other = portal_fhir_text(json_object_get(link, "other"), "reference");
        return *other ? apr_pstrdup(f->pool, other) : "?";
    }
    return "";
}

/* What it means is changed in a way that we do not know (R4, 2.4.2.1). */
static int is_modified(const json_t *resource)
{
    return json_array_size(json_object_get(resource, "modifierExtension")) ||
           json_object_get(resource, "implicitRules");
}

static void take_patient(portal_fhir_t *f, const json_t *patient, const char *url,
                         const portal_fhir_place_t *place)
{
    portal_fhir_row_t *row = add_row(f, patient, place, NULL);
    resource_t *resource =
        &APR_ARRAY_IDX(f->resources, f->resources->nelts - 1, resource_t);

    if (is_modified(patient))
        row->refused = MODIFIED;
    if (portal_fhir_person_read(&row->record, patient, f->pool))
        row->note = "its e-mail is no address and was left out";
    resource->moved = moved_to(f, patient);
    if (*resource->moved)
        ignore(f, "Patient replaced by another");
    remember_all(f, patient, url, place->file);
}

static const char *title_of(const portal_fhir_t *f, const json_t *episode)
{
    const json_t *type = json_array_get(json_object_get(episode, "type"), 0);
    const json_t *coding = json_array_get(json_object_get(type, "coding"), 0);

    if (*portal_fhir_text(type, "text"))
        return copy_of(f, type, "text");
    return *portal_fhir_text(coding, "display") ? copy_of(f, coding, "display")
                                                : copy_of(f, coding, "code");
}

/* The Patient inside a resource that a reference such as #p leads to, or NULL. */
static const json_t *contained_patient(const json_t *resource, const char *reference)
{
    const json_t *contained;
    size_t i;

    json_array_foreach(json_object_get(resource, "contained"), i,
                       contained) if (*reference == '#' &&
                                      portal_fhir_is(contained, "id", reference + 1) &&
                                      portal_fhir_is(contained, "resourceType",
                                                     "Patient")) return contained;
    return NULL;
}

/* The person that the case came with, where an export of ours tells of one. */
static void take_own_person(const portal_fhir_t *f, const json_t *episode,
                            portal_record_t *r)
{
    portal_record_t own = portal_record_empty;
    const json_t *extension, *person = NULL;
    size_t i;

    json_array_foreach(
        json_object_get(episode, "extension"), i,
        extension) if (portal_fhir_is(extension, "url", PORTAL_FHIR_CASE_PERSON)) person =
        contained_patient(
            episode,
            portal_fhir_text(json_object_get(extension, "valueReference"), "reference"));
    if (!person)
        return;
    portal_fhir_name_read(&own, person, f->pool);
    r->own_person = 1;
    r->own_family = own.family;
    r->own_given = own.given;
    r->own_birth_date = copy_of(f, person, "birthDate");
}

/* A contained resource's id names nobody outside. */
static int has_identifier(const portal_fhir_t *f, const json_t *patient)
{
    const json_t *identifier;
    size_t i;

    json_array_foreach(json_object_get(patient, "identifier"), i,
                       identifier) if (*named(f, identifier)) return 1;
    return 0;
}

/* How an episode names its patient: a reference, an identifier, or `inside` when the patient is inside
 * it, with an identifier, and is taken into the record at once. */
static const char *patient_of(const portal_fhir_t *f, const json_t *episode,
                              portal_record_t *r)
{
    const json_t *patient = json_object_get(episode, "patient");
    const char *reference = portal_fhir_text(patient, "reference");
    const json_t *own = contained_patient(episode, reference);

    if (own && has_identifier(f, own)) {
        portal_fhir_person_read(r, own, f->pool);
        return inside;
    }
    return *reference ? apr_pstrdup(f->pool, reference)
                      : named(f, json_object_get(patient, "identifier"));
}

static void take_episode(portal_fhir_t *f, const json_t *episode,
                         const portal_fhir_place_t *place)
{
    portal_record_t r = portal_record_empty;
    const char *patient = patient_of(f, episode, &r);
    portal_fhir_row_t *row = add_row(f, episode, place, patient);
    const json_t *identifier;
    size_t i;

    json_array_foreach(json_object_get(episode, "identifier"), i,
                       identifier) if (!*r.case_number) r.case_number =
        copy_of(f, identifier, "value");
    if (!*r.case_number)
        r.case_number = copy_of(f, episode, "id");
    r.case_title = title_of(f, episode);
    r.case_start = copy_of(f, json_object_get(episode, "period"), "start");
    take_own_person(f, episode, &r);
    row->record = r;
    if (is_modified(episode))
        row->refused = MODIFIED;
}

static void take(portal_fhir_t *f, const json_t *resource, const char *url,
                 const portal_fhir_place_t *place, int depth);

static void take_bundle(portal_fhir_t *f, const json_t *bundle,
                        const portal_fhir_place_t *place, int depth)
{
    const json_t *entries = json_object_get(bundle, "entry"), *entry;
    size_t i;

    if (entries && !json_is_array(entries))
        add_row(f, bundle, place, NULL)->refused = "has an entry that is no list";
    json_array_foreach(entries, i, entry)
    {
        const json_t *resource = json_object_get(entry, "resource");
        if (json_is_object(resource))
            take(f, resource, portal_fhir_text(entry, "fullUrl"), place, depth + 1);
        else
            ignore(f, "Bundle entry without a resource");
    }
}

static void take(portal_fhir_t *f, const json_t *resource, const char *url,
                 const portal_fhir_place_t *place, int depth)
{
    const char *type = portal_fhir_text(resource, "resourceType");

    if (!*type) {
        add_row(f, resource, place, NULL)->refused =
            "is no FHIR resource: no resourceType";
    } else if (!strcmp(type, "Patient")) {
        take_patient(f, resource, url, place);
    } else if (!strcmp(type, "EpisodeOfCare") &&
               portal_fhir_is(resource, "status", "entered-in-error")) {
        ignore(f, "EpisodeOfCare entered in error");
    } else if (!strcmp(type, "EpisodeOfCare")) {
        take_episode(f, resource, place);
    } else if (strcmp(type, "Bundle") || depth == DEEPEST_BUNDLE) {
        ignore(f, type);
    } else {
        take_bundle(f, resource, place, depth);
    }
}

void portal_fhir_take(portal_fhir_t *f, const json_t *document,
                      const portal_fhir_place_t *place)
{
    const portal_fhir_place_t kept = {apr_pstrdup(f->pool, place->file), place->line};
    const json_t *one;
    size_t i;

    if (!json_is_array(document))
        take(f, document, "", &kept, 0);
    json_array_foreach(document, i, one) take(f, one, "", &kept, 0);
}

const char *portal_fhir_place(const portal_fhir_place_t *place, apr_pool_t *pool)
{
    return place->line ? apr_psprintf(pool, "%s:%d", place->file, place->line)
                       : apr_pstrdup(pool, place->file);
}

/* ---- references ---- */

/* Of the same file first. NULL: there is none, or it is not clear who is meant: *row is NOBODY. */
static const int *look_up(const portal_fhir_t *f, const char *file, const char *reference)
{
    const int *row =
        apr_hash_get(f->patients, apr_pstrcat(f->pool, file, "\n", reference, NULL),
                     APR_HASH_KEY_STRING);

    return row ? row : apr_hash_get(f->patients, reference, APR_HASH_KEY_STRING);
}

/* As it stands, then without the server before it and the version behind it. */
static const int *find_patient(const portal_fhir_t *f, const char *file,
                               const char *reference)
{
    const int *row = look_up(f, file, reference);
    const char *tail = reference, *next, *version;

    if (row)
        return row;
    while ((next = strstr(tail, "/Patient/")))
        tail = next + 1;
    version = strstr(tail, "/_history/");
    if (version)
        tail = apr_pstrmemdup(f->pool, tail, (apr_size_t)(version - tail));
    return look_up(f, file, tail);
}

/* Goes on from patients who were replaced by others, which must not go in a circle. */
static const int *follow(const portal_fhir_t *f, const resource_t *episode)
{
    const resource_t *at = episode;
    const char *reference = episode->patient;

    for (int steps = 0; steps < MOST_MOVES; steps++) {
        const int *row = find_patient(f, at->file, reference);
        if (!row || *row == NOBODY)
            return row;
        at = &APR_ARRAY_IDX(f->resources, *row, resource_t);
        if (!*at->moved)
            return row;
        reference = at->moved;
    }
    return NULL;
}

/* Gives the record of a case its patient. */
static void take_over(portal_record_t *r, const portal_record_t *patient)
{
    r->mrn = patient->mrn;
    r->family = patient->family;
    r->given = patient->given;
    r->birth_date = patient->birth_date;
    r->email = patient->email;
    r->phone = patient->phone;
    r->language = patient->language;
}

static void join(const portal_fhir_t *f, const resource_t *episode)
{
    portal_fhir_row_t *row = &APR_ARRAY_IDX(f->rows, episode->row, portal_fhir_row_t);
    const int *patient = episode->patient == inside ? &inside_row : follow(f, episode);

    if (row->refused)
        return;
    if (!patient) {
        row->refused = "its patient is not in this import";
    } else if (*patient == NOBODY) {
        row->refused = "its patient can be one of two: both have this id or identifier";
    } else {
        if (patient != &inside_row)
            take_over(&row->record,
                      &APR_ARRAY_IDX(f->rows, *patient, portal_fhir_row_t).record);
        if (!*row->record.case_number)
            row->refused = "has neither identifier nor id, so there is no case number";
    }
}

static void add_rows(apr_array_header_t *list, const portal_fhir_t *f, int episodes)
{
    for (int i = 0; i < f->resources->nelts; i++) {
        const resource_t *resource = &APR_ARRAY_IDX(f->resources, i, resource_t);
        if (!resource->patient == !episodes && !*resource->moved)
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
