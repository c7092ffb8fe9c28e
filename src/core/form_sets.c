/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks value sets up and lists their codes; see form_sets.h.
 */
#include "core/form_sets.h"

#include <apr_strings.h>
#include <stdbool.h>
#include <string.h>

#include "core/fhir_json.h"

/* A set may be made of others, which may be made of others. */
#define DEEPEST 8

typedef struct {
    const portal_sets_t *sets;
    apr_array_header_t *found; /* of portal_concept_t */
    const char *why;
} lister_t;

static bool list_set(lister_t *l, const json_t *set, int depth);

portal_sets_t *portal_sets_make(apr_pool_t *p)
{
    portal_sets_t *s = apr_palloc(p, sizeof *s);

    *s = (portal_sets_t){apr_hash_make(p), apr_hash_make(p), p};
    return s;
}

static void add_as(const portal_sets_t *s, apr_hash_t *into, const char *name,
                   const json_t *resource)
{
    if (!apr_hash_get(into, name, APR_HASH_KEY_STRING))
        apr_hash_set(into, apr_pstrdup(s->pool, name), APR_HASH_KEY_STRING, resource);
}

int portal_sets_add(portal_sets_t *s, const json_t *resource)
{
    const char *type = portal_fhir_json_string(resource, "resourceType"),
               *url = portal_fhir_json_string(resource, "url"),
               *version = portal_fhir_json_string(resource, "version");
    int n = 0;
    size_t i;
    json_t *entry;

    if (type && strcmp(type, "Bundle") == 0)
        json_array_foreach(json_object_get(resource, "entry"), i, entry)
        {
            const json_t *one = json_object_get(entry, "resource");
            const char *its = portal_fhir_json_string(one, "resourceType");
            if (its && strcmp(its, "Bundle") != 0)
                n += portal_sets_add(s, one);
        }
    if (!type || !url || !*url)
        return n;
    if (strcmp(type, "CodeSystem") == 0)
        add_as(s, s->codes, url, resource);
    else if (strcmp(type, "ValueSet") == 0)
        add_as(s, s->sets, url, resource);
    else
        return n;
    if (version && strcmp(type, "ValueSet") == 0)
        add_as(s, s->sets, apr_pstrcat(s->pool, url, "|", version, NULL), resource);
    return 1;
}

void portal_sets_add_contained(portal_sets_t *s, const json_t *questionnaire)
{
    size_t i;
    json_t *one;

    json_array_foreach(json_object_get(questionnaire, "contained"), i, one)
    {
        const char *id = portal_fhir_json_string(one, "id"),
                   *type = portal_fhir_json_string(one, "resourceType");
        portal_sets_add(s, one);
        if (id && type && strcmp(type, "ValueSet") == 0)
            add_as(s, s->sets, *id == '#' ? id : apr_pstrcat(s->pool, "#", id, NULL),
                   one);
    }
}

static bool give_up(lister_t *l, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool give_up(lister_t *l, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    l->why = apr_pvsprintf(l->sets->pool, format, args);
    va_end(args);
    return false;
}

static bool push(lister_t *l, const char *system, const json_t *json)
{
    const char *code = portal_fhir_json_string(json, "code");
    portal_concept_t concept = {system, json};

    if (!code || !*code)
        return true;
    if (l->found->nelts >= PORTAL_SETS_MAX_CODES)
        return give_up(l, "has more than %d codes", PORTAL_SETS_MAX_CODES);
    APR_ARRAY_PUSH(l->found, portal_concept_t) = concept;
    return true;
}

/* An expansion, or the concepts of a CodeSystem: lists within lists. */
static bool push_all(lister_t *l, const json_t *list, const char *below,
                     const char *system, int depth)
{
    size_t i;
    json_t *c;

    if (depth > DEEPEST)
        return give_up(l, "is nested too deep");
    json_array_foreach(list, i, c)
    {
        const char *own = portal_fhir_json_string(c, "system");
        if (!json_is_true(json_object_get(c, "abstract")) &&
            !json_is_true(json_object_get(c, "inactive")) &&
            !push(l, own ? own : system, c))
            return false;
        if (!push_all(l, json_object_get(c, below), below, system, depth + 1))
            return false;
    }
    return true;
}

static bool whole_system(lister_t *l, const char *system)
{
    const json_t *codes =
        system ? apr_hash_get(l->sets->codes, system, APR_HASH_KEY_STRING) : NULL;
    const char *content = portal_fhir_json_string(codes, "content");

    if (!codes)
        return give_up(l, "takes all codes of %.200s, which are not listed in it",
                       system ? system : "no system");
    if (content && strcmp(content, "complete") != 0)
        return give_up(l, "takes all codes of %.200s, which is not complete", system);
    return push_all(l, json_object_get(codes, "concept"), "concept", system, 0);
}

static const json_t *lookup(const portal_sets_t *s, const char *canonical)
{
    const json_t *set = apr_hash_get(s->sets, canonical, APR_HASH_KEY_STRING);
    const char *bar = strchr(canonical, '|');

    /* One that tells no version serves each; another version is another set. */
    if (!set && bar) {
        set = apr_hash_get(s->sets, canonical, bar - canonical);
        if (portal_fhir_json_string(set, "version"))
            set = NULL;
    }
    return set;
}

static bool other_set(lister_t *l, const json_t *part, int depth)
{
    const json_t *list = json_object_get(part, "valueSet"), *set;
    const char *canonical = json_string_value(json_array_get(list, 0));

    if (json_array_size(list) != 1 || !canonical || json_object_get(part, "system"))
        return give_up(l, "takes what several sets have in common");
    set = lookup(l->sets, canonical);
    if (!set)
        return give_up(l, "is made of another, %.200s, which is not at hand", canonical);
    return list_set(l, set, depth + 1);
}

static bool take_include(lister_t *l, const json_t *part, int depth)
{
    const json_t *concepts = json_object_get(part, "concept");
    const char *system = portal_fhir_json_string(part, "system");
    size_t i;
    json_t *c;

    if (json_object_get(part, "valueSet"))
        return other_set(l, part, depth);
    if (json_object_get(part, "filter"))
        return give_up(l, "describes its codes by a filter instead of listing them");
    if (!json_array_size(concepts))
        return whole_system(l, system);
    json_array_foreach(concepts, i, c) if (!push(l, system, c)) return false;
    return true;
}

static bool excluded(const json_t *list, const portal_concept_t *concept)
{
    const char *code = portal_fhir_json_string(concept->json, "code");
    size_t i, k;
    json_t *part, *c;

    json_array_foreach(list, i, part)
    {
        const char *system = portal_fhir_json_string(part, "system");
        if (!system || !concept->system || strcmp(system, concept->system) != 0)
            continue;
        json_array_foreach(json_object_get(part, "concept"), k, c)
        {
            const char *other = portal_fhir_json_string(c, "code");
            if (other && strcmp(other, code) == 0)
                return true;
        }
    }
    return false;
}

static bool take_excludes(lister_t *l, const json_t *list, int from)
{
    int kept = from;
    size_t i;
    json_t *part;

    json_array_foreach(list, i, part) if (
        json_object_get(part, "filter") || json_object_get(part, "valueSet") ||
        !json_object_get(
            part, "concept")) return give_up(l, "leaves out codes that it does not list");
    for (int k = from; k < l->found->nelts; k++) {
        portal_concept_t concept = APR_ARRAY_IDX(l->found, k, portal_concept_t);
        if (!excluded(list, &concept))
        APR_ARRAY_IDX(l->found, kept++, portal_concept_t) = concept;
    }
    l->found->nelts = kept;
    return true;
}

static bool list_set(lister_t *l, const json_t *set, int depth)
{
    const json_t *compose = json_object_get(set, "compose"),
                 *listed = json_object_get(json_object_get(set, "expansion"), "contains");
    int from = l->found->nelts;
    size_t i;
    json_t *part;

    if (depth > DEEPEST)
        return give_up(l, "leads back to itself");
    if (json_array_size(listed))
        return push_all(l, listed, "contains", NULL, 0);
    json_array_foreach(json_object_get(compose, "include"), i,
                       part) if (!take_include(l, part, depth)) return false;
    return take_excludes(l, json_object_get(compose, "exclude"), from);
}

bool portal_sets_has(const portal_sets_t *sets, const char *canonical)
{
    return lookup(sets, canonical) != NULL;
}

apr_array_header_t *portal_sets_expand(const portal_sets_t *sets, const char *canonical,
                                       const char **why)
{
    lister_t l = {sets, apr_array_make(sets->pool, 16, sizeof(portal_concept_t)), NULL};
    const json_t *set = lookup(sets, canonical);

    *why = *canonical == '#' ? "is not contained in the form"
                             : "is neither in the form nor in the folder";
    if (!set)
        return NULL;
    if (list_set(&l, set, 0) && l.found->nelts)
        return l.found;
    *why = l.why ? l.why : "lists no codes";
    return NULL;
}

/* ---- forms that stand for themselves ---- */

typedef struct {
    const portal_sets_t *sets;
    portal_sets_t *own; /* those that the form has */
    json_t *contained;
} bundler_t;

/* What the code system at hand says of the code, or NULL. */
static const json_t *described(const portal_sets_t *s, const portal_concept_t *c)
{
    const char *code = portal_fhir_json_string(c->json, "code");
    const json_t *codes =
        c->system ? apr_hash_get(s->codes, c->system, APR_HASH_KEY_STRING) : NULL;
    size_t i;
    json_t *one;

    json_array_foreach(json_object_get(codes, "concept"), i, one)
    {
        const char *its = portal_fhir_json_string(one, "code");
        if (its && strcmp(its, code) == 0)
            return one;
    }
    return NULL;
}

/* Its words, and what it counts for; the code system has those that the set has not. */
static json_t *concept_copy(const portal_sets_t *s, const portal_concept_t *c)
{
    static const char *const kept[] = {"display", "_display", "designation", "extension"};
    const json_t *more = described(s, c);
    bool words = json_object_get(c->json, "display");
    json_t *copy = json_object();

    if (c->system)
        json_object_set_new(copy, "system", json_string(c->system));
    json_object_set(copy, "code", json_object_get(c->json, "code"));
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        json_t *value = json_object_get(c->json, kept[i]);
        if (!value && (!words || strcmp(kept[i], "extension") == 0))
            value = json_object_get(more, kept[i]);
        if (value)
            json_object_set(copy, kept[i], value);
    }
    return copy;
}

static void contain(bundler_t *b, const char *canonical)
{
    const char *why, *bar = canonical ? strchr(canonical, '|') : NULL;
    apr_array_header_t *list;
    json_t *set, *contains;

    if (!canonical || *canonical == '#' || portal_sets_expand(b->own, canonical, &why) ||
        !(list = portal_sets_expand(b->sets, canonical, &why)))
        return;
    contains = json_array();
    for (int i = 0; i < list->nelts; i++)
        json_array_append_new(
            contains, concept_copy(b->sets, &APR_ARRAY_IDX(list, i, portal_concept_t)));
    set = json_pack("{s:s, s:o, s:s%, s:s, s:{s:o}}", "resourceType", "ValueSet", "id",
                    json_sprintf("set-%d", (int)json_array_size(b->contained) + 1), "url",
                    canonical, bar ? (size_t)(bar - canonical) : strlen(canonical),
                    "status", "active", "expansion", "contains", contains);
    if (bar)
        json_object_set_new(set, "version", json_string(bar + 1));
    /* where the form has one that is not listed, the first of both counts */
    json_array_insert_new(
        b->contained,
        portal_sets_has(b->own, canonical) ? 0 : json_array_size(b->contained), set);
    portal_sets_add(b->own, set);
}

static void contain_units(bundler_t *b, const json_t *item)
{
    size_t i;
    json_t *ext;

    json_array_foreach(json_object_get(item, "extension"), i, ext)
    {
        const char *url = portal_fhir_json_string(ext, "url");
        const char *slash = url ? strrchr(url, '/') : NULL;
        if (slash && strcmp(slash, "/questionnaire-unitValueSet") == 0)
            contain(b, portal_fhir_json_string(ext, "valueCanonical"));
    }
}

static void contain_all(bundler_t *b, const json_t *items, int depth)
{
    size_t i;
    json_t *item;

    json_array_foreach(items, i, item)
    {
        contain(b, portal_fhir_json_string(item, "answerValueSet"));
        contain_units(b, item);
        if (depth < 64)
            contain_all(b, json_object_get(item, "item"), depth + 1);
    }
}

void portal_sets_bundle(const portal_sets_t *sets, const char *bytes, apr_size_t len,
                        const char **out, apr_size_t *out_len)
{
    const char *why, *text;
    json_t *root = apr_hash_count(sets->sets)
                       ? portal_fhir_json_read(bytes, len, &why, sets->pool)
                       : NULL,
           *contained = json_object_get(root, "contained");
    bundler_t b = {sets, portal_sets_make(sets->pool), NULL};
    size_t before = json_array_size(contained);

    *out = bytes;
    *out_len = len;
    if (!json_is_object(root) || (contained && !json_is_array(contained)))
        return;
    portal_sets_add_contained(b.own, root);
    b.contained = contained ? json_incref(contained) : json_array();
    contain_all(&b, json_object_get(root, "item"), 0);
    if (json_array_size(b.contained) > before) {
        json_object_set(root, "contained", b.contained);
        text = portal_fhir_json_write(root, sets->pool);
        *out = text ? text : bytes;
        *out_len = text ? strlen(text) : len;
    }
    json_decref(b.contained);
}
