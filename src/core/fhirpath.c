/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Works FHIRPath out, part by part; see fhirpath.h. It goes only as deep as the expression does
 * (and as variables lead to variables, which the caller limits): what goes through a resource
 * (descendants, repeat) keeps a list of its own.
 */
#include <apr_strings.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "core/fhir_json.h"
#include "core/fhirpath_inner.h"

/* ---- limits and errors ---- */

static apr_int64_t milliseconds(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (apr_int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

portal_fp_set_t *portal_fp_fail(portal_fp_run_t *run, const char *format, ...)
{
    va_list args;

    if (!run->why) {
        va_start(args, format);
        run->why = apr_pvsprintf(run->pool, format, args);
        va_end(args);
        run->status = APR_EINVAL;
    }
    return portal_fp_none(run);
}

bool portal_fp_spend(portal_fp_run_t *run, apr_size_t steps)
{
    int before = *run->steps;

    if (run->why)
        return false;
    *run->steps = steps < (apr_size_t)before ? before - (int)steps : 0;
    /* the clock is looked at now and then */
    if (*run->steps &&
        (before / 512 == *run->steps / 512 || milliseconds() <= run->deadline))
        return true;
    portal_fp_fail(run, "It takes too many steps or too long");
    run->status = APR_EGENERAL;
    return false;
}

/* ---- parts ---- */

static portal_fp_set_t *copy(portal_fp_run_t *run, const portal_fp_set_t *set)
{
    portal_fp_set_t *all = portal_fp_none(run);

    for (int i = 0; set && i < set->nelts; i++)
        portal_fp_push(run, all, portal_fp_at(set, i));
    return all;
}

static portal_fp_set_t *literal(portal_fp_run_t *run, const portal_fp_part_t *part)
{
    portal_fp_set_t *set = portal_fp_none(run);

    portal_fp_push(run, set, &part->value);
    return set;
}

static portal_fp_set_t *of_json(portal_fp_run_t *run, const json_t *json)
{
    portal_fp_set_t *set = portal_fp_none(run);
    portal_fhirpath_value_t value;

    if (json) {
        value = portal_fp_wrap(json, NULL, run->pool);
        portal_fp_push(run, set, &value);
    }
    return set;
}

static portal_fp_set_t *variable(portal_fp_run_t *run, const char *name)
{
    static const char *const known[][2] = {
        {"ucum", "http://unitsofmeasure.org"},
        {"sct", "http://snomed.info/sct"},
        {"loinc", "http://loinc.org"},
    };
    const portal_fhirpath_scope_t *scope = run->scope;
    const portal_fp_set_t *set;

    if (!strcmp(name, "resource") || !strcmp(name, "rootResource"))
        return of_json(run, scope->resource);
    if (!strcmp(name, "context"))
        return of_json(run, scope->context);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i][0], name) == 0)
            return portal_fp_string(run, known[i][1]);
    set = scope->variable ? scope->variable(scope->baton, name, run->pool) : NULL;
    return set ? copy(run, set) : portal_fp_fail(run, "There is no %%%s", name);
}

/* A name by itself may also be the type of the resource that it begins with. */
static portal_fp_set_t *member(portal_fp_run_t *run, const portal_fp_part_t *part,
                               const portal_fp_env_t *env)
{
    portal_fp_set_t *set = portal_fp_none(run);

    for (int i = 0; i < env->focus->nelts && !run->why; i++) {
        const portal_fhirpath_value_t *value = portal_fp_at(env->focus, i);
        const char *type =
            value->json ? portal_fhir_json_string(value->json, "resourceType") : NULL;
        if (type && strcmp(type, part->name) == 0)
            portal_fp_push(run, set, value);
        else
            portal_fp_members(run, value, part->name, set);
    }
    return set;
}

static portal_fp_set_t *dot(portal_fp_run_t *run, const portal_fp_part_t *part,
                            const portal_fp_env_t *env)
{
    portal_fp_env_t inside = *env;

    inside.focus = portal_fp_work(run, part->args[0], env);
    return portal_fp_work(run, part->args[1], &inside);
}

static portal_fp_set_t *at(portal_fp_run_t *run, const portal_fp_part_t *part,
                           const portal_fp_env_t *env)
{
    portal_fp_env_t outside = *env;
    portal_fp_set_t *all = portal_fp_work(run, part->args[0], env), *index,
                    *set = portal_fp_none(run);
    double n;

    outside.focus = env->self;
    index = portal_fp_work(run, part->args[1], &outside);
    if (!index->nelts)
        return set;
    if (index->nelts > 1 || portal_fp_at(index, 0)->kind != PORTAL_FHIRPATH_INTEGER)
        return portal_fp_fail(run, "In square brackets there is no whole number");
    n = portal_fp_at(index, 0)->number;
    if (n >= 0 && n < all->nelts)
        portal_fp_push(run, set, portal_fp_at(all, (int)n));
    return set;
}

static portal_fp_set_t *minus(portal_fp_run_t *run, const portal_fp_part_t *part,
                              const portal_fp_env_t *env)
{
    portal_fp_set_t *set = portal_fp_work(run, part->args[0], env);
    portal_fhirpath_value_t *value;

    if (!set->nelts)
        return set;
    value = &APR_ARRAY_IDX(set, 0, portal_fhirpath_value_t);
    if (set->nelts > 1 ||
        (!portal_fp_is_number(value) && value->kind != PORTAL_FHIRPATH_QUANTITY))
        return portal_fp_fail(run, "A minus stands before something that is no number");
    value->number = -value->number;
    value->json = NULL;
    value->text = NULL;
    return set;
}

static portal_fp_set_t *operation(portal_fp_run_t *run, const portal_fp_part_t *part,
                                  const portal_fp_env_t *env)
{
    portal_fp_set_t *a = portal_fp_work(run, part->args[0], env), *b;

    if (run->why)
        return a;
    b = portal_fp_work(run, part->args[1], env);
    return run->why ? b : portal_fp_operate(run, part->name, a, b);
}

static portal_fp_set_t *type(portal_fp_run_t *run, const portal_fp_part_t *part,
                             const portal_fp_env_t *env)
{
    portal_fp_set_t *set = portal_fp_work(run, part->args[0], env);
    bool has;

    if (!set->nelts)
        return set;
    if (set->nelts > 1)
        return portal_fp_fail(run, "\"%s\" stands after several items", part->name);
    has = portal_fp_has_type(portal_fp_at(set, 0), part->value.text);
    if (strcmp(part->name, "is") == 0)
        return portal_fp_boolean(run, has);
    return has ? set : portal_fp_none(run);
}

portal_fp_set_t *portal_fp_work(portal_fp_run_t *run, const portal_fp_part_t *part,
                                const portal_fp_env_t *env)
{
    if (!portal_fp_spend(run, 1))
        return portal_fp_none(run);
    switch (part->form) {
    case PORTAL_FP_LITERAL:
        return literal(run, part);
    case PORTAL_FP_THIS:
        return copy(run, env->self);
    case PORTAL_FP_INDEX:
        return portal_fp_integer(run, env->index);
    case PORTAL_FP_TOTAL:
        return copy(run, env->total);
    case PORTAL_FP_VARIABLE:
        return variable(run, part->name);
    case PORTAL_FP_MEMBER:
        return member(run, part, env);
    case PORTAL_FP_FUNCTION:
        return part->function(&(portal_fp_call_t){run, part, env, env->focus});
    case PORTAL_FP_DOT:
        return dot(run, part, env);
    case PORTAL_FP_AT:
        return at(run, part, env);
    case PORTAL_FP_MINUS:
        return minus(run, part, env);
    case PORTAL_FP_OPERATOR:
        return operation(run, part, env);
    case PORTAL_FP_TYPE:
        return type(run, part, env);
    case PORTAL_FP_EMPTY:
        break;
    }
    return portal_fp_none(run);
}

apr_status_t portal_fhirpath_run(const apr_array_header_t **out,
                                 const portal_fhirpath_t *e,
                                 const portal_fhirpath_scope_t *scope, const char **why,
                                 apr_pool_t *p)
{
    int steps = PORTAL_FHIRPATH_STEPS;
    portal_fp_run_t run = {.scope = scope,
                           .pool = p,
                           .steps = scope->steps ? scope->steps : &steps,
                           .deadline = milliseconds() + PORTAL_FHIRPATH_MILLISECONDS};
    portal_fp_env_t env = {0};

    env.focus = env.self = of_json(&run, scope->context);
    env.total = portal_fp_none(&run);
    *out = portal_fp_work(&run, e->top, &env);
    *why = run.why;
    if (run.why)
        *out = portal_fp_none(&run);
    return run.why ? run.status : APR_SUCCESS;
}

/* ---- results ---- */

static json_t *to_json(const portal_fhirpath_value_t *value, apr_pool_t *p)
{
    json_t *json;

    switch (value->kind) {
    case PORTAL_FHIRPATH_BOOLEAN:
        return json_boolean(value->truth);
    case PORTAL_FHIRPATH_INTEGER:
    case PORTAL_FHIRPATH_DECIMAL:
        return portal_fhir_json_decimal(portal_fhirpath_number(value, p));
    case PORTAL_FHIRPATH_QUANTITY:
        json = json_object();
        json_object_set_new(json, "value",
                            portal_fhir_json_decimal(portal_fhirpath_number(value, p)));
        if (value->unit)
            json_object_set_new(json, "unit", json_string(value->unit));
        return json;
    case PORTAL_FHIRPATH_OBJECT:
        return json_deep_copy(value->json);
    default:
        return json_string(value->text);
    }
}

const char *portal_fhirpath_write(const apr_array_header_t *values, apr_pool_t *p)
{
    json_t *list = json_array();
    const char *text;

    for (int i = 0; i < values->nelts; i++)
        json_array_append_new(list, to_json(portal_fp_at(values, i), p));
    text = portal_fhir_json_write(list, p);
    json_decref(list);
    return text;
}

const char *portal_fhirpath_try(const char *text, const char *resource, apr_size_t len,
                                apr_time_t now, const char **why, apr_pool_t *p)
{
    portal_fhirpath_t *e;
    portal_fhirpath_scope_t scope = {.now = now};
    const apr_array_header_t *values;

    if (portal_fhirpath_compile(&e, text, why, p))
        return NULL;
    scope.context = scope.resource = portal_fhir_json_read(resource, len, why, p);
    if (!scope.context || portal_fhirpath_run(&values, e, &scope, why, p))
        return NULL;
    return portal_fhirpath_write(values, p);
}
