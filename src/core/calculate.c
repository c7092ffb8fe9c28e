/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions over a draft; see calculate.h. Each round has a pool and a tree of its own, and the
 * values of variables are kept for the round.
 */
#include "core/calculate.h"

#include <apr_strings.h>
#include <math.h>
#include <string.h>

#include "core/enable.h"
#include "core/fhir_json.h"
#include "core/form_expression.h"

#define URL_SCORE "http://hl7.org/fhir/StructureDefinition/ordinalValue"

typedef struct {
    portal_answers_t *a;
    apr_pool_t *pool;
    json_t *resource;
    const json_t *patient; /* NULL: none */
    const char *from;      /* how answers from there are marked */
    apr_hash_t *known;     /* values of variables in this round */
    int steps, nested;
} calculator_t;

/* Where an expression stands; node NULL: at the form. */
typedef struct {
    calculator_t *c;
    const portal_node_t *node;
} place_t;

static const apr_array_header_t *run(calculator_t *c, const portal_node_t *node,
                                     const portal_fhirpath_t *e);

/* ---- the resource ---- */

static json_t *tree_of_nodes(calculator_t *c, const apr_array_header_t *nodes);

static void set_score(const portal_item_t *item, const portal_value_t *value,
                      json_t *coding)
{
    const portal_option_t *option = portal_item_option(item, value);

    if (option && option->score && json_is_object(coding))
        json_object_set_new(coding, "extension",
                            json_pack("[{s:s, s:o}]", "url", URL_SCORE, "valueDecimal",
                                      portal_fhir_json_decimal(option->score)));
}

static void set_list(json_t *object, const char *name, json_t *list)
{
    if (json_array_size(list))
        json_object_set_new(object, name, list);
    else
        json_decref(list);
}

static json_t *tree_of_answers(calculator_t *c, const portal_node_t *node)
{
    json_t *list = json_array();

    for (int i = 0; i < node->answers->nelts; i++) {
        const portal_given_t *answer = portal_answer_at(node->answers, i);
        portal_value_t value = answer->value;
        json_t *json;
        if (value.kind == PORTAL_VALUE_NONE)
            continue;
        if (node->item->type == PORTAL_ITEM_DECIMAL && value.kind == PORTAL_VALUE_INTEGER)
            value.kind = PORTAL_VALUE_DECIMAL;
        json = json_object();
        portal_value_write(json, &value);
        set_score(node->item, &value, json_object_get(json, "valueCoding"));
        set_list(json, "item", tree_of_nodes(c, answer->nodes));
        json_array_append_new(list, json);
    }
    return list;
}

static json_t *tree_of_nodes(calculator_t *c, const apr_array_header_t *nodes)
{
    json_t *list = json_array();

    for (int i = 0; i < nodes->nelts; i++) {
        portal_node_t *node = portal_node_at(nodes, i);
        bool group = node->item->type == PORTAL_ITEM_GROUP;
        json_t *inside;
        if (!node->enabled || node->item->type == PORTAL_ITEM_DISPLAY)
            continue;
        inside = group ? tree_of_nodes(c, node->nodes) : tree_of_answers(c, node);
        if (!json_array_size(inside)) {
            json_decref(inside);
            continue;
        }
        node->at = json_pack("{s:s, s:o}", "linkId", node->item->link_id,
                             group ? "item" : "answer", inside);
        json_array_append_new(list, node->at);
    }
    return list;
}

/* Nothing of the round before is looked at. */
static void forget_places(const portal_answers_t *a)
{
    for (int i = 0; i < a->form->all->nelts; i++)
        for (int k = 0; a->by_item[i] && k < a->by_item[i]->nelts; k++)
            portal_node_at(a->by_item[i], k)->at = NULL;
}

static void begin_round(calculator_t *c)
{
    forget_places(c->a);
    apr_pool_clear(c->pool);
    c->known = apr_hash_make(c->pool);
    c->resource = json_pack("{s:s, s:s}", "resourceType", "QuestionnaireResponse",
                            "status", "in-progress");
    set_list(c->resource, "item", tree_of_nodes(c, c->a->nodes));
}

/* ---- variables ---- */

typedef struct {
    const portal_node_t *node;
    const portal_variable_t *variable;
} known_key_t;

/* While it is worked out it has no value: one that leads to itself finds nothing. */
static const apr_array_header_t *value_of(calculator_t *c, const portal_node_t *node,
                                          const portal_variable_t *variable)
{
    known_key_t *key = apr_pcalloc(c->pool, sizeof *key);
    const apr_array_header_t *value;

    key->node = node;
    key->variable = variable;
    value = apr_hash_get(c->known, key, sizeof *key);
    if (value)
        return value;
    value = apr_array_make(c->pool, 1, sizeof(portal_fhirpath_value_t));
    apr_hash_set(c->known, key, sizeof *key, value);
    if (c->nested >= PORTAL_FHIRPATH_MAX_NESTED)
        return value;
    c->nested++;
    value = run(c, node, variable->is);
    c->nested--;
    apr_hash_set(c->known, key, sizeof *key, value);
    return value;
}

static const portal_variable_t *named(const portal_expressions_t *all, const char *name)
{
    for (int i = 0; all && i < all->variables->nelts; i++) {
        const portal_variable_t *v = &APR_ARRAY_IDX(all->variables, i, portal_variable_t);
        if (strcmp(v->name, name) == 0)
            return v;
    }
    return NULL;
}

static const apr_array_header_t *of_resource(calculator_t *c, const json_t *json)
{
    apr_array_header_t *set = apr_array_make(c->pool, 1, sizeof(portal_fhirpath_value_t));

    if (json)
        APR_ARRAY_PUSH(set, portal_fhirpath_value_t) =
            (portal_fhirpath_value_t){.kind = PORTAL_FHIRPATH_OBJECT, .json = json};
    return set;
}

static const apr_array_header_t *find(void *baton, const char *name, apr_pool_t *p)
{
    const place_t *place = baton;
    calculator_t *c = place->c;
    const portal_variable_t *variable;

    (void)p;
    if (strcmp(name, "questionnaire") == 0)
        return of_resource(c, c->a->form->expressions->questionnaire);
    if (strcmp(name, "patient") == 0)
        return of_resource(c, c->patient);
    for (const portal_node_t *node = place->node; node; node = node->parent)
        if ((variable = named(node->item->expressions, name)))
            return value_of(c, node, variable);
    variable = named(c->a->form->expressions, name);
    return variable ? value_of(c, NULL, variable) : NULL;
}

/* ---- one expression ---- */

static const apr_array_header_t *run(calculator_t *c, const portal_node_t *node,
                                     const portal_fhirpath_t *e)
{
    place_t place = {c, node};
    bool own = node && (!portal_item_is_question(node->item) || node->item->items->nelts);
    portal_fhirpath_scope_t scope = {.context = own ? node->at : c->resource,
                                     .resource = c->resource,
                                     .variable = find,
                                     .baton = &place,
                                     .now = c->a->now,
                                     .steps = &c->steps};
    const apr_array_header_t *values;
    const char *why;

    portal_fhirpath_run(&values, e, &scope, &why, c->pool);
    return values;
}

/* A choice by its Coding, or by its code alone. */
static bool as_choice(const portal_item_t *item, const portal_fhirpath_value_t *from,
                      portal_value_t *out, apr_pool_t *p)
{
    const char *code = from->text, *system = NULL, *member;
    json_t *json = NULL;

    if (from->kind == PORTAL_FHIRPATH_OBJECT) {
        code = portal_fhir_json_string(from->json, "code");
        system = portal_fhir_json_string(from->json, "system");
    }
    for (int i = 0; code && i < item->options->nelts; i++) {
        const portal_value_t *one =
            &APR_ARRAY_IDX(item->options, i, portal_option_t).value;
        if (!one->text || strcmp(one->text, code) ||
            (system && one->system && strcmp(one->system, system) != 0))
            continue;
        *out = *one;
        return true;
    }
    if (from->kind != PORTAL_FHIRPATH_OBJECT || item->options->nelts)
        return false;
    json = json_pack("{s:O}", "valueCoding", (json_t *)from->json);
    code =
        json && portal_value_read(json, "value", out, &member, p) == PORTAL_VALUE_READ_OK
            ? out->text
            : NULL;
    json_decref(json);
    return code != NULL;
}

static bool as_number(const portal_item_t *item, const portal_fhirpath_value_t *from,
                      portal_value_t *out, apr_pool_t *p)
{
    if (from->kind != PORTAL_FHIRPATH_INTEGER && from->kind != PORTAL_FHIRPATH_DECIMAL)
        return false;
    out->kind = portal_item_value_kind(item->type);
    if (item->type == PORTAL_ITEM_INTEGER) {
        out->text = apr_psprintf(p, "%.0f", from->number);
        return fabs(from->number) < 2147483648.0 && from->number == trunc(from->number);
    }
    out->text = portal_fhirpath_number(from, p);
    return true;
}

/* In the unit of the question when the expression names none. */
static bool as_quantity(const portal_item_t *item, const portal_fhirpath_value_t *from,
                        portal_value_t *out, apr_pool_t *p)
{
    const portal_unit_t *unit =
        item->units->nelts ? &APR_ARRAY_IDX(item->units, 0, portal_unit_t) : NULL;
    const char *member;
    json_t *json;
    bool read;

    if (from->kind == PORTAL_FHIRPATH_OBJECT) {
        json = json_pack("{s:O}", "valueQuantity", (json_t *)from->json);
        read = portal_value_read(json, "value", out, &member, p) == PORTAL_VALUE_READ_OK;
        json_decref(json);
        return read;
    }
    if (from->kind == PORTAL_FHIRPATH_QUANTITY)
        out->code = out->display = from->unit;
    else if (portal_item_is_question(item) && unit) {
        out->code = unit->coding.text;
        out->system = unit->coding.system;
        out->display = unit->text.plain;
    }
    if (from->kind != PORTAL_FHIRPATH_QUANTITY && from->kind != PORTAL_FHIRPATH_INTEGER &&
        from->kind != PORTAL_FHIRPATH_DECIMAL)
        return false;
    out->kind = PORTAL_VALUE_QUANTITY;
    out->text = portal_fhirpath_number(from, p);
    return true;
}

static bool as_text(const portal_item_t *item, const portal_fhirpath_value_t *from,
                    portal_value_t *out, apr_pool_t *p)
{
    out->kind = portal_item_value_kind(item->type);
    out->text =
        from->kind == PORTAL_FHIRPATH_INTEGER || from->kind == PORTAL_FHIRPATH_DECIMAL
            ? portal_fhirpath_number(from, p)
            : from->text;
    return out->text && *out->text;
}

static bool as_time(const portal_item_t *item, const portal_fhirpath_value_t *from,
                    portal_value_t *out)
{
    out->kind = portal_item_value_kind(item->type);
    out->text = from->text;
    if (!from->text)
        return false;
    return item->type == PORTAL_ITEM_DATE   ? portal_date_valid(from->text)
           : item->type == PORTAL_ITEM_TIME ? portal_time_valid(from->text)
                                            : portal_datetime_valid(from->text);
}

/* What an expression gave as an answer of the item's type; strings in p. */
static bool as_answer(const portal_item_t *item, const portal_fhirpath_value_t *from,
                      portal_value_t *out, apr_pool_t *p)
{
    memset(out, 0, sizeof *out);
    if (item->options->nelts || portal_item_is_choice(item))
        return as_choice(item, from, out, p);
    switch (item->type) {
    case PORTAL_ITEM_BOOLEAN:
        out->kind = PORTAL_VALUE_BOOLEAN;
        out->text = from->truth ? "true" : "false";
        return from->kind == PORTAL_FHIRPATH_BOOLEAN;
    case PORTAL_ITEM_INTEGER:
    case PORTAL_ITEM_DECIMAL:
        return as_number(item, from, out, p);
    case PORTAL_ITEM_QUANTITY:
        return as_quantity(item, from, out, p);
    case PORTAL_ITEM_DATE:
    case PORTAL_ITEM_DATETIME:
    case PORTAL_ITEM_TIME:
        return as_time(item, from, out);
    case PORTAL_ITEM_STRING:
    case PORTAL_ITEM_TEXT:
    case PORTAL_ITEM_URL:
        return as_text(item, from, out, p);
    default:
        return false;
    }
}

static portal_value_t kept(const portal_value_t *value, apr_pool_t *p)
{
    portal_value_t copy = *value;

    copy.text = apr_pstrdup(p, value->text);
    copy.system = value->system ? apr_pstrdup(p, value->system) : NULL;
    copy.version = value->version ? apr_pstrdup(p, value->version) : NULL;
    copy.display = value->display ? apr_pstrdup(p, value->display) : NULL;
    copy.code = value->code ? apr_pstrdup(p, value->code) : NULL;
    return copy;
}

/* The usable ones of what an expression gave: one, or all when the question repeats. */
static apr_array_header_t *answers_of(calculator_t *c, const portal_node_t *node,
                                      const portal_fhirpath_t *e)
{
    const apr_array_header_t *values = run(c, node, e);
    apr_array_header_t *list = apr_array_make(c->pool, 1, sizeof(portal_value_t));
    int most = node->item->repeats ? PORTAL_ANSWERS_MAX_REPEATS : 1;

    for (int i = 0; i < values->nelts && list->nelts < most; i++) {
        portal_value_t value;
        if (as_answer(node->item, &APR_ARRAY_IDX(values, i, portal_fhirpath_value_t),
                      &value, c->pool))
            APR_ARRAY_PUSH(list, portal_value_t) = value;
    }
    return list;
}

/* ---- rounds ---- */

static bool same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

/* The node holds just these answers, written alike. */
static bool holds(const portal_node_t *node, const apr_array_header_t *list)
{
    int n = 0;

    for (int i = 0; i < node->answers->nelts; i++) {
        const portal_value_t *have = &portal_answer_at(node->answers, i)->value, *wanted;
        if (have->kind == PORTAL_VALUE_NONE)
            continue;
        if (n >= list->nelts)
            return false;
        wanted = &APR_ARRAY_IDX(list, n++, portal_value_t);
        if (!portal_value_equal(have, wanted) || !same_text(have->text, wanted->text))
            return false;
    }
    return n == list->nelts;
}

/* True when the answers are others than before. */
static bool set_answers(portal_answers_t *a, portal_node_t *node,
                        const apr_array_header_t *list, const char *from)
{
    portal_value_t value;

    if (holds(node, list))
        return false;
    if (!node->item->repeats) {
        if (list->nelts)
            value = kept(&APR_ARRAY_IDX(list, 0, portal_value_t), a->pool);
        portal_node_set(a, node, list->nelts ? &value : NULL);
        portal_answer_at(node->answers, 0)->from = list->nelts ? from : NULL;
        return true;
    }
    node->answers->nelts = 0;
    for (int i = 0; i < list->nelts; i++) {
        portal_given_t *answer = portal_node_add(a, node);
        if (!answer)
            break;
        answer->value = kept(&APR_ARRAY_IDX(list, i, portal_value_t), a->pool);
        answer->from = from;
    }
    return true;
}

static bool condition_met(calculator_t *c, const portal_node_t *node,
                          const portal_fhirpath_t *e)
{
    const apr_array_header_t *values = run(c, node, e);
    const portal_fhirpath_value_t *one =
        values->nelts == 1 ? &APR_ARRAY_IDX(values, 0, portal_fhirpath_value_t) : NULL;

    return one && (one->kind != PORTAL_FHIRPATH_BOOLEAN || one->truth);
}

/* True when something changed. What was answered once for all is not calculated anew. */
static bool work_out(calculator_t *c, portal_node_t *node)
{
    const portal_expressions_t *e = node->item->expressions;
    bool changed = false, barred;

    if (e->enables) {
        barred = !condition_met(c, node, e->enables);
        changed = barred != node->barred;
        node->barred = barred;
    }
    if (e->calculated && portal_item_is_question(node->item) && !c->a->settled)
        changed =
            set_answers(c->a, node, answers_of(c, node, e->calculated), NULL) || changed;
    return changed;
}

/* Calls `visit` for each node whose item has expressions; true when one did. */
static bool each(calculator_t *c, bool visit(calculator_t *c, portal_node_t *node))
{
    const apr_array_header_t *all = c->a->form->all;
    bool any = false;

    for (int i = 0; i < all->nelts; i++) {
        const apr_array_header_t *nodes = c->a->by_item[i];
        for (int k = 0; portal_item_at(all, i)->expressions && nodes && k < nodes->nelts;
             k++)
            any = visit(c, portal_node_at(nodes, k)) || any;
    }
    return any;
}

static calculator_t begin(portal_answers_t *a)
{
    calculator_t c = {.a = a, .steps = PORTAL_CALCULATE_STEPS};

    apr_pool_create(&c.pool, a->pool);
    return c;
}

void portal_calculate(portal_answers_t *a)
{
    calculator_t c;
    bool again = true;

    if (!a->form->expressions)
        return;
    c = begin(a);
    for (int round = 0; again && round < PORTAL_CALCULATE_ROUNDS; round++) {
        begin_round(&c);
        again = each(&c, work_out);
        json_decref(c.resource);
        if (again)
            portal_enable_conditions(a);
    }
    apr_pool_destroy(c.pool);
}

void portal_answers_clock(portal_answers_t *a, apr_time_t now)
{
    a->now = now;
    if (a->form->expressions)
        portal_enable_update(a);
}

/* ---- first answers ---- */

static bool begin_answer(calculator_t *c, portal_node_t *node)
{
    const portal_expressions_t *e = node->item->expressions;
    const char *from = e->of_patient ? c->from : NULL;

    if (!e->initial || !portal_item_is_question(node->item) ||
        portal_node_answered(node) || (e->of_patient && !c->patient))
        return false;
    return set_answers(c->a, node, answers_of(c, node, e->initial), from);
}

void portal_calculate_first(portal_answers_t *a, const char *patient, const char *from)
{
    calculator_t c;
    const char *why;

    if (!a->form->expressions)
        return;
    c = begin(a);
    c.from = from;
    c.patient =
        patient ? portal_fhir_json_read(patient, strlen(patient), &why, a->pool) : NULL;
    begin_round(&c);
    each(&c, begin_answer);
    json_decref(c.resource);
    apr_pool_destroy(c.pool);
    portal_enable_update(a);
}
