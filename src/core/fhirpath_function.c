/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of FHIRPath on collections; those on texts are in fhirpath_string.c, those on
 * numbers in fhirpath_number.c. Each has a table at its end.
 */
#include <apr_strings.h>
#include <math.h>
#include <string.h>

#include "core/fhir_json.h"
#include "core/fhirpath_inner.h"

typedef portal_fp_set_t set_t;
typedef portal_fp_call_t call_t;

/* ---- arguments ---- */

portal_fp_set_t *portal_fp_arg(const portal_fp_call_t *call, int i)
{
    portal_fp_env_t env = *call->env;

    env.focus = env.self;
    return portal_fp_work(call->run, call->part->args[i], &env);
}

bool portal_fp_arg_string(const portal_fp_call_t *call, int i, const char **text)
{
    set_t *set = portal_fp_arg(call, i);

    *text = "";
    if (!set->nelts)
        return false;
    if (set->nelts > 1 || portal_fp_at(set, 0)->kind != PORTAL_FHIRPATH_STRING) {
        portal_fp_fail(call->run, "%s() is given no text", call->part->name);
        return false;
    }
    *text = portal_fp_at(set, 0)->text;
    return true;
}

bool portal_fp_arg_number(const portal_fp_call_t *call, int i, double *number)
{
    set_t *set = portal_fp_arg(call, i);

    *number = 0;
    if (!set->nelts)
        return false;
    if (set->nelts > 1 || !portal_fp_is_number(portal_fp_at(set, 0))) {
        portal_fp_fail(call->run, "%s() is given no number", call->part->name);
        return false;
    }
    *number = portal_fp_at(set, 0)->number;
    return true;
}

bool portal_fp_arg_integer(const portal_fp_call_t *call, int i, int *number)
{
    double n;

    *number = 0;
    if (!portal_fp_arg_number(call, i, &n))
        return false;
    if (n != trunc(n) || fabs(n) > 2147483647.0) {
        portal_fp_fail(call->run, "%s() is given no whole number", call->part->name);
        return false;
    }
    *number = (int)n;
    return true;
}

const portal_fhirpath_value_t *portal_fp_one(const portal_fp_call_t *call)
{
    if (call->input->nelts == 1)
        return portal_fp_at(call->input, 0);
    if (call->input->nelts)
        portal_fp_fail(call->run, "%s() stands after several items", call->part->name);
    return NULL;
}

/* The i-th argument for one item, which is $this there. */
static set_t *for_each(const call_t *call, int arg, const portal_fhirpath_value_t *item,
                       int index, const set_t *total)
{
    set_t *one = portal_fp_none(call->run);
    portal_fp_env_t env = {one, one, total ? total : call->env->total, index};

    portal_fp_push(call->run, one, item);
    return portal_fp_work(call->run, call->part->args[arg], &env);
}

static void add_all(portal_fp_run_t *run, set_t *into, const set_t *from)
{
    for (int i = 0; i < from->nelts && !run->why; i++)
        portal_fp_push(run, into, portal_fp_at(from, i));
}

/* The items from a place on, so many at most. */
static set_t *part_of(const call_t *call, int from, int count)
{
    set_t *set = portal_fp_none(call->run);

    for (int i = from < 0 ? 0 : from; i < call->input->nelts && count > 0; i++, count--)
        portal_fp_push(call->run, set, portal_fp_at(call->input, i));
    return set;
}

static set_t *truth(const call_t *call, bool yes)
{
    return portal_fp_boolean(call->run, yes);
}

/* ---- whether there is something ---- */

static bool criterion(const call_t *call, int i)
{
    return portal_fp_truth(call->run,
                           for_each(call, 0, portal_fp_at(call->input, i), i, NULL)) == 1;
}

static set_t *fn_where(call_t *call)
{
    set_t *set = portal_fp_none(call->run);

    for (int i = 0; i < call->input->nelts && !call->run->why; i++)
        if (criterion(call, i))
            portal_fp_push(call->run, set, portal_fp_at(call->input, i));
    return set;
}

static set_t *fn_exists(call_t *call)
{
    return truth(call, (call->part->count ? fn_where(call) : call->input)->nelts > 0);
}

static set_t *fn_empty(call_t *call)
{
    return truth(call, call->input->nelts == 0);
}

static set_t *fn_not(call_t *call)
{
    int yes = portal_fp_truth(call->run, call->input);

    return yes < 0 ? portal_fp_none(call->run) : truth(call, !yes);
}

static set_t *fn_all(call_t *call)
{
    int i = 0;

    while (i < call->input->nelts && !call->run->why && criterion(call, i))
        i++;
    return truth(call, i == call->input->nelts);
}

/* allTrue, anyTrue, allFalse, anyFalse */
static set_t *fn_all_any(call_t *call)
{
    bool all = call->part->name[1] == 'l', wanted = call->part->name[3] == 'T';

    for (int i = 0; i < call->input->nelts; i++) {
        const portal_fhirpath_value_t *v = portal_fp_at(call->input, i);
        if (v->kind != PORTAL_FHIRPATH_BOOLEAN)
            return portal_fp_fail(call->run,
                                  "%s() stands after something that is not "
                                  "true or false",
                                  call->part->name);
        if ((v->truth == wanted) != all)
            return truth(call, !all);
    }
    return truth(call, all);
}

static set_t *fn_has_value(call_t *call)
{
    return truth(call, call->input->nelts == 1 &&
                           portal_fp_at(call->input, 0)->kind != PORTAL_FHIRPATH_OBJECT);
}

static set_t *fn_get_value(call_t *call)
{
    return call->input->nelts == 1 &&
                   portal_fp_at(call->input, 0)->kind != PORTAL_FHIRPATH_OBJECT
               ? part_of(call, 0, 1)
               : portal_fp_none(call->run);
}

/* ---- parts of a collection ---- */

static set_t *fn_count(call_t *call)
{
    return portal_fp_integer(call->run, call->input->nelts);
}

static set_t *fn_first(call_t *call)
{
    return part_of(call, 0, 1);
}

static set_t *fn_last(call_t *call)
{
    return part_of(call, call->input->nelts - 1, 1);
}

static set_t *fn_tail(call_t *call)
{
    return part_of(call, 1, call->input->nelts);
}

static set_t *fn_skip(call_t *call)
{
    int n;

    return portal_fp_arg_integer(call, 0, &n) ? part_of(call, n, call->input->nelts)
                                              : portal_fp_none(call->run);
}

static set_t *fn_take(call_t *call)
{
    int n;

    return portal_fp_arg_integer(call, 0, &n) ? part_of(call, 0, n)
                                              : portal_fp_none(call->run);
}

static set_t *fn_single(call_t *call)
{
    return portal_fp_one(call) ? part_of(call, 0, 1) : portal_fp_none(call->run);
}

static set_t *fn_distinct(call_t *call)
{
    return portal_fp_operate(call->run, "|", call->input, portal_fp_none(call->run));
}

static set_t *fn_is_distinct(call_t *call)
{
    return truth(call, fn_distinct(call)->nelts == call->input->nelts);
}

/* intersect: those of the input that are in the other, each once; exclude: those that are not */
static set_t *fn_intersect(call_t *call)
{
    set_t *other = portal_fp_arg(call, 0), *set = portal_fp_none(call->run);
    bool wanted = *call->part->name == 'i';

    for (int i = 0; i < call->input->nelts && !call->run->why; i++) {
        const portal_fhirpath_value_t *v = portal_fp_at(call->input, i);
        if (portal_fp_holds(call->run, other, v) == wanted &&
            (!wanted || !portal_fp_holds(call->run, set, v)))
            portal_fp_push(call->run, set, v);
    }
    return set;
}

static set_t *fn_union(call_t *call)
{
    return portal_fp_operate(call->run, "|", call->input, portal_fp_arg(call, 0));
}

static set_t *fn_combine(call_t *call)
{
    set_t *set = part_of(call, 0, call->input->nelts);

    add_all(call->run, set, portal_fp_arg(call, 0));
    return set;
}

static set_t *fn_subset_of(call_t *call)
{
    set_t *other = portal_fp_arg(call, 0);
    bool of = call->part->name[3] == 's' && call->part->name[2] == 'b';
    const set_t *small = of ? call->input : other, *large = of ? other : call->input;

    for (int i = 0; i < small->nelts && !call->run->why; i++)
        if (!portal_fp_holds(call->run, large, portal_fp_at(small, i)))
            return truth(call, false);
    return truth(call, true);
}

static set_t *fn_of_type(call_t *call)
{
    set_t *set = portal_fp_none(call->run);

    for (int i = 0; i < call->input->nelts; i++)
        if (portal_fp_has_type(portal_fp_at(call->input, i), call->part->value.text))
            portal_fp_push(call->run, set, portal_fp_at(call->input, i));
    return set;
}

static set_t *fn_as(call_t *call)
{
    return portal_fp_one(call) ? fn_of_type(call) : portal_fp_none(call->run);
}

static set_t *fn_is(call_t *call)
{
    return portal_fp_one(call) ? truth(call, fn_of_type(call)->nelts == 1)
                               : portal_fp_none(call->run);
}

/* ---- through a resource ---- */

static set_t *fn_select(call_t *call)
{
    set_t *set = portal_fp_none(call->run);

    for (int i = 0; i < call->input->nelts && !call->run->why; i++)
        add_all(call->run, set, for_each(call, 0, portal_fp_at(call->input, i), i, NULL));
    return set;
}

static set_t *fn_children(call_t *call)
{
    set_t *set = portal_fp_none(call->run);

    for (int i = 0; i < call->input->nelts && !call->run->why; i++)
        portal_fp_members(call->run, portal_fp_at(call->input, i), NULL, set);
    return set;
}

/* What is found is looked through in its turn. */
static set_t *fn_descendants(call_t *call)
{
    set_t *set = fn_children(call);

    for (int i = 0; i < set->nelts && !call->run->why; i++) {
        portal_fhirpath_value_t value = *portal_fp_at(set, i);
        portal_fp_members(call->run, &value, NULL, set);
    }
    return set;
}

static set_t *fn_repeat(call_t *call)
{
    set_t *set = portal_fp_none(call->run), *found;
    int at = -1;

    for (; at < set->nelts && !call->run->why; at++) {
        if (at < 0) {
            found = fn_select(call);
        } else {
            portal_fhirpath_value_t value = *portal_fp_at(set, at);
            found = for_each(call, 0, &value, at, NULL);
        }
        for (int i = 0; i < found->nelts && !call->run->why; i++)
            if (!portal_fp_holds(call->run, set, portal_fp_at(found, i)))
                portal_fp_push(call->run, set, portal_fp_at(found, i));
    }
    return set;
}

static set_t *fn_extension(call_t *call)
{
    set_t *all = portal_fp_none(call->run), *set = portal_fp_none(call->run);
    const char *url, *own;

    if (!portal_fp_arg_string(call, 0, &url))
        return set;
    for (int i = 0; i < call->input->nelts && !call->run->why; i++)
        portal_fp_extensions(call->run, portal_fp_at(call->input, i), all);
    for (int i = 0; i < all->nelts; i++) {
        own = portal_fhir_json_string(portal_fp_at(all, i)->json, "url");
        if (own && strcmp(own, url) == 0)
            portal_fp_push(call->run, set, portal_fp_at(all, i));
    }
    return set;
}

/* SDC's weight() and ordinal(): the score of a choice, from its own extension. */
static void push_weight(const call_t *call, const portal_fhirpath_value_t *value,
                        set_t *set)
{
    set_t *all = portal_fp_none(call->run);

    portal_fp_extensions(call->run, value, all);
    for (int i = 0; i < all->nelts; i++) {
        const json_t *one = portal_fp_at(all, i)->json;
        const char *url = portal_fhir_json_string(one, "url");
        portal_fhirpath_value_t weight;
        if (!url || (!strstr(url, "/ordinalValue") && !strstr(url, "/itemWeight") &&
                     !strstr(url, "/questionnaire-ordinalValue")))
            continue;
        weight = portal_fp_wrap(json_object_get(one, "valueDecimal"), "valueDecimal",
                                call->run->pool);
        if (portal_fp_is_number(&weight))
            portal_fp_push(call->run, set, &weight);
        return;
    }
}

static set_t *fn_weight(call_t *call)
{
    set_t *set = portal_fp_none(call->run);

    for (int i = 0; i < call->input->nelts && !call->run->why; i++)
        push_weight(call, portal_fp_at(call->input, i), set);
    return set;
}

/* ---- which of two ---- */

static set_t *fn_iif(call_t *call)
{
    portal_fp_env_t env = *call->env;
    int yes;

    env.focus = env.self = call->input;
    if (call->input->nelts != 1)
        env.self = call->env->self;
    yes =
        portal_fp_truth(call->run, portal_fp_work(call->run, call->part->args[0], &env));
    if (yes == 1)
        return portal_fp_work(call->run, call->part->args[1], &env);
    return call->part->count > 2 ? portal_fp_work(call->run, call->part->args[2], &env)
                                 : portal_fp_none(call->run);
}

static set_t *fn_aggregate(call_t *call)
{
    set_t *total =
        call->part->count > 1 ? portal_fp_arg(call, 1) : portal_fp_none(call->run);

    for (int i = 0; i < call->input->nelts && !call->run->why; i++)
        total = for_each(call, 0, portal_fp_at(call->input, i), i, total);
    return total;
}

/* ---- which there are ---- */

static const struct {
    const char *name;
    int least, most; /* arguments */
    portal_fp_function_t *function;
} functions[] = {
    {"where", 1, 1, fn_where},
    {"exists", 0, 1, fn_exists},
    {"empty", 0, 0, fn_empty},
    {"not", 0, 0, fn_not},
    {"all", 1, 1, fn_all},
    {"allTrue", 0, 0, fn_all_any},
    {"anyTrue", 0, 0, fn_all_any},
    {"allFalse", 0, 0, fn_all_any},
    {"anyFalse", 0, 0, fn_all_any},
    {"hasValue", 0, 0, fn_has_value},
    {"getValue", 0, 0, fn_get_value},
    {"count", 0, 0, fn_count},
    {"first", 0, 0, fn_first},
    {"last", 0, 0, fn_last},
    {"tail", 0, 0, fn_tail},
    {"skip", 1, 1, fn_skip},
    {"take", 1, 1, fn_take},
    {"single", 0, 0, fn_single},
    {"distinct", 0, 0, fn_distinct},
    {"isDistinct", 0, 0, fn_is_distinct},
    {"intersect", 1, 1, fn_intersect},
    {"exclude", 1, 1, fn_intersect},
    {"union", 1, 1, fn_union},
    {"combine", 1, 1, fn_combine},
    {"subsetOf", 1, 1, fn_subset_of},
    {"supersetOf", 1, 1, fn_subset_of},
    {"ofType", 1, 1, fn_of_type},
    {"as", 1, 1, fn_as},
    {"is", 1, 1, fn_is},
    {"select", 1, 1, fn_select},
    {"children", 0, 0, fn_children},
    {"descendants", 0, 0, fn_descendants},
    {"repeat", 1, 1, fn_repeat},
    {"extension", 1, 1, fn_extension},
    {"weight", 0, 0, fn_weight},
    {"ordinal", 0, 0, fn_weight},
    {"iif", 2, 3, fn_iif},
    {"aggregate", 1, 2, fn_aggregate},
};

static portal_fp_function_t *find(const char *name, int *least, int *most)
{
    portal_fp_function_t *function;

    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(functions[i].name, name) == 0) {
            *least = functions[i].least;
            *most = functions[i].most;
            return functions[i].function;
        }
    function = portal_fp_find_string(name, least, most);
    return function ? function : portal_fp_find_number(name, least, most);
}

portal_fp_function_t *portal_fp_find(const char *name, int count, const char **why,
                                     apr_pool_t *p)
{
    int least, most;
    portal_fp_function_t *function = find(name, &least, &most);

    if (!function)
        *why = apr_psprintf(p, "The function %s() is not known here", name);
    else if (count < least || count > most)
        *why = apr_psprintf(p, "The function %s() has %d arguments", name, count);
    else
        return function;
    return NULL;
}
