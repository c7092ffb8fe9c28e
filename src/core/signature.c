/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures; see signature.h.
 */
#include "core/signature.h"

#include <apr_base64.h>
#include <apr_strings.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/fhir_json.h"
#include "core/form_pages.h"

#define SIGNATURE_URL                                                                    \
    "http://hl7.org/fhir/StructureDefinition/questionnaireresponse-signature"
#define TYPE_SYSTEM "urn:iso-astm:E1762-95:2013"

/* ---- consents ---- */

bool portal_value_declines(const portal_value_t *value)
{
    const char *system = value->system ? value->system : "";

    if (value->kind != PORTAL_VALUE_CODING || !value->text)
        return false;
    return !strcmp(value->text, "decline") ||
           (!strcmp(value->text, "R") && strstr(system, "v2-0498"));
}

static bool says_no(const portal_value_t *value)
{
    const char *text = value->text ? value->text : "";

    if (value->kind == PORTAL_VALUE_BOOLEAN)
        return !strcmp(text, "false");
    return portal_value_declines(value) ||
           (value->kind == PORTAL_VALUE_CODING && !strcmp(text, "N") && value->system &&
            strstr(value->system, "v2-0136"));
}

bool portal_consent_refused(const portal_node_t *node)
{
    if (!node->enabled || !node->item->consent)
        return false;
    for (int i = 0; i < node->answers->nelts; i++)
        if (says_no(&portal_answer_at(node->answers, i)->value))
            return true;
    return false;
}

/* True when `test` holds for a node of the item. */
static bool any_node(const portal_answers_t *a, const portal_item_t *item,
                     bool (*test)(const portal_node_t *node))
{
    const apr_array_header_t *nodes = a->by_item[item->index];

    for (int i = 0; nodes && i < nodes->nelts; i++)
        if (test(portal_node_at(nodes, i)))
            return true;
    return false;
}

bool portal_consents_refused(const portal_answers_t *a)
{
    for (int i = 0; i < a->form->all->nelts; i++)
        if (any_node(a, portal_item_at(a->form->all, i), portal_consent_refused))
            return true;
    return false;
}

apr_array_header_t *portal_signature_asked(const portal_answers_t *a, bool *form)
{
    apr_array_header_t *items = apr_array_make(a->pool, 2, sizeof(portal_item_t *));

    *form = a->form->signature != NULL;
    for (int i = 0; i < a->form->all->nelts; i++) {
        const portal_item_t *item = portal_item_at(a->form->all, i);
        if (item->signature && any_node(a, item, portal_node_shown) &&
            !any_node(a, item, portal_consent_refused))
            APR_ARRAY_PUSH(items, const portal_item_t *) = item;
    }
    return items;
}

/* ---- a drawing ---- */

/* A whole number from 0 to most, and the character behind it. */
static bool take_number(const char **at, long most, long *number)
{
    char *end;

    if (**at < '0' || **at > '9')
        return false;
    *number = strtol(*at, &end, 10);
    *at = end;
    return *number <= most;
}

const char *portal_signature_path(const char *strokes, apr_pool_t *p)
{
    apr_array_header_t *parts = apr_array_make(p, 64, sizeof(const char *));
    bool begin = true;
    const char *at = strokes;
    long x, y;
    int lines = 0;

    if (!*at || strlen(at) > PORTAL_SIGNATURE_POINTS)
        return NULL;
    for (;;) {
        if (!take_number(&at, PORTAL_SIGNATURE_WIDTH, &x) || *at++ != ',' ||
            !take_number(&at, PORTAL_SIGNATURE_HEIGHT, &y))
            return NULL;
        lines += !begin;
        APR_ARRAY_PUSH(parts, const char *) =
            apr_psprintf(p, "%c%ld %ld", begin ? 'M' : 'L', x, y);
        if (!*at)
            break;
        if (*at != ' ' && *at != ';')
            return NULL;
        begin = *at++ == ';';
    }
    return lines ? apr_array_pstrcat(p, parts, 0) : NULL;
}

const char *portal_signature_hash(const char *text, apr_size_t len, apr_pool_t *p)
{
    unsigned char hash[32];
    char *hex = apr_palloc(p, sizeof hash * 2 + 1);

    crypto_generichash(hash, sizeof hash, (const unsigned char *)text, len, NULL, 0);
    return sodium_bin2hex(hex, sizeof hash * 2 + 1, hash, sizeof hash);
}

/* ---- in the response ---- */

static json_t *reference(const char *to, const char *display)
{
    json_t *json = json_object();

    if (to)
        json_object_set_new(json, "reference", json_string(to));
    if (display)
        json_object_set_new(json, "display", json_string(display));
    return json;
}

static json_t *extension(const portal_signature_t *s, apr_pool_t *p)
{
    apr_size_t len = strlen(s->data);
    char *data = apr_palloc(p, (apr_size_t)apr_base64_encode_len((int)len));
    json_t *json = json_object();

    apr_base64_encode(data, s->data, (int)len);
    json_object_set_new(
        json, "type", json_pack("[{s:s, s:s}]", "system", TYPE_SYSTEM, "code", s->type));
    json_object_set_new(json, "when", json_string(s->when));
    json_object_set_new(json, "who", reference(s->who, s->name));
    if (s->on_behalf_of)
        json_object_set_new(json, "onBehalfOf", reference(s->on_behalf_of, NULL));
    json_object_set_new(json, "targetFormat", json_string("application/fhir+json"));
    json_object_set_new(json, "sigFormat", json_string(s->format));
    json_object_set_new(json, "data", json_string(data));
    return json_pack("{s:s, s:o}", "url", SIGNATURE_URL, "valueSignature", json);
}

static void put_on_items(json_t *list, const apr_array_header_t *items, json_t *ext)
{
    size_t i, k;
    json_t *one, *answer;

    json_array_foreach(list, i, one)
    {
        const char *link_id = portal_fhir_json_string(one, "linkId");
        for (int n = 0; link_id && n < items->nelts; n++)
            if (!strcmp(portal_item_at(items, n)->link_id, link_id))
                json_object_set_new(one, "extension", json_pack("[O]", ext));
        put_on_items(json_object_get(one, "item"), items, ext);
        json_array_foreach(json_object_get(one, "answer"), k, answer)
            put_on_items(json_object_get(answer, "item"), items, ext);
    }
}

const char *portal_signature_put(const portal_answers_t *a, const char *response,
                                 const portal_signature_t *signature)
{
    bool form;
    const apr_array_header_t *items = portal_signature_asked(a, &form);
    const char *why;
    json_t *json = portal_fhir_json_read(response, strlen(response), &why, a->pool), *ext;

    if (!json_is_object(json))
        return NULL;
    ext = extension(signature, a->pool);
    if (form)
        json_object_set_new(json, "extension", json_pack("[O]", ext));
    put_on_items(json_object_get(json, "item"), items, ext);
    json_decref(ext);
    return portal_fhir_json_write(json, a->pool);
}

static void strip(json_t *json)
{
    static const char *const below[] = {"item", "answer"};
    const char *url = portal_fhir_json_string(
        json_array_get(json_object_get(json, "extension"), 0), "url");
    size_t i;
    json_t *one;

    if (url && !strcmp(url, SIGNATURE_URL))
        json_object_del(json, "extension");
    for (int n = 0; n < 2; n++)
        json_array_foreach(json_object_get(json, below[n]), i, one) strip(one);
}

const char *portal_signature_strip(const char *response, apr_size_t len, apr_pool_t *p)
{
    const char *why;
    json_t *json = portal_fhir_json_read(response, len, &why, p);

    if (!json_is_object(json))
        return NULL;
    strip(json);
    return portal_fhir_json_write(json, p);
}
