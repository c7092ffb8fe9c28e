/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of FHIRPath on numbers, and today; see fhirpath_function.c. What is no number (the
 * root of -1) is empty.
 */
#include <math.h>
#include <string.h>

#include "core/fhirpath_inner.h"
#include "core/localtime.h"

typedef portal_fp_set_t set_t;
typedef portal_fp_call_t call_t;

static set_t *first(const call_t *call)
{
    set_t *set = portal_fp_none(call->run);

    if (call->input->nelts)
        portal_fp_push(call->run, set, portal_fp_at(call->input, 0));
    return set;
}

/* sum and avg; of nothing there is neither */
static set_t *fn_sum(call_t *call)
{
    set_t *total = portal_fp_none(call->run), *one;
    int n = call->input->nelts;

    if (!n)
        return total;
    portal_fp_push(call->run, total, portal_fp_at(call->input, 0));
    for (int i = 1; i < n && !call->run->why; i++) {
        one = portal_fp_none(call->run);
        portal_fp_push(call->run, one, portal_fp_at(call->input, i));
        total = portal_fp_operate(call->run, "+", total, one);
    }
    if (*call->part->name == 's' || call->run->why)
        return total;
    return portal_fp_operate(call->run, "/", total, portal_fp_integer(call->run, n));
}

static set_t *fn_min_max(call_t *call)
{
    set_t *best = first(call);
    bool most = call->part->name[1] == 'a';
    int order;

    for (int i = 1; i < call->input->nelts && !call->run->why; i++) {
        const portal_fhirpath_value_t *v = portal_fp_at(call->input, i);
        if (!portal_fp_order(call->run, v, portal_fp_at(best, 0), &order))
            return portal_fp_none(call->run);
        if (most ? order > 0 : order < 0)
            APR_ARRAY_IDX(best, 0, portal_fhirpath_value_t) = *v;
    }
    return best;
}

/* ---- numbers ---- */

static const portal_fhirpath_value_t *one_number(const call_t *call)
{
    const portal_fhirpath_value_t *v = portal_fp_one(call);

    if (v && !portal_fp_is_number(v)) {
        portal_fp_fail(call->run, "%s() stands after something that is no number",
                       call->part->name);
        return NULL;
    }
    return v;
}

static set_t *fn_whole(call_t *call)
{
    const portal_fhirpath_value_t *v = one_number(call);

    if (!v)
        return portal_fp_none(call->run);
    return portal_fp_integer(call->run, *call->part->name == 'c'   ? ceil(v->number)
                                        : *call->part->name == 'f' ? floor(v->number)
                                                                   : trunc(v->number));
}

static set_t *fn_abs(call_t *call)
{
    const portal_fhirpath_value_t *v = one_number(call);

    if (!v)
        return portal_fp_none(call->run);
    return v->kind == PORTAL_FHIRPATH_INTEGER
               ? portal_fp_integer(call->run, fabs(v->number))
               : portal_fp_decimal(call->run, fabs(v->number));
}

/* Half is rounded up, as patients and FHIR's own programs do. */
static set_t *fn_round(call_t *call)
{
    const portal_fhirpath_value_t *v = one_number(call);
    int places = 0;
    double scale, scaled;

    if (!v || (call->part->count && !portal_fp_arg_integer(call, 0, &places)))
        return portal_fp_none(call->run);
    if (places < 0 || places > 15)
        return portal_fp_fail(call->run, "round() knows 0 to 15 places");
    scale = pow(10, places);
    scaled = v->number * scale;
    /* 1.005 is held a little below itself */
    scaled = floor(scaled + 0.5 + 1e-12 * fmax(1, fabs(scaled)));
    return portal_fp_decimal(call->run, scaled / scale);
}

/* ln, exp, sqrt, log(base), power(n): empty where there is no such number */
static set_t *fn_real(call_t *call)
{
    const portal_fhirpath_value_t *v = one_number(call);
    const char *name = call->part->name;
    double n = 0, result;

    if (!v || (call->part->count && !portal_fp_arg_number(call, 0, &n)))
        return portal_fp_none(call->run);
    if (!strcmp(name, "ln"))
        result = log(v->number);
    else if (!strcmp(name, "exp"))
        result = exp(v->number);
    else if (!strcmp(name, "sqrt"))
        result = sqrt(v->number);
    else if (!strcmp(name, "log"))
        result = log(v->number) / log(n);
    else
        result = pow(v->number, n);
    if (!isfinite(result))
        return portal_fp_none(call->run);
    return !strcmp(name, "power") && v->kind == PORTAL_FHIRPATH_INTEGER && n >= 0 &&
                   n == trunc(n)
               ? portal_fp_integer(call->run, result)
               : portal_fp_decimal(call->run, result);
}

/* ---- now ---- */

static set_t *fn_now(call_t *call)
{
    portal_fp_set_t *set = portal_fp_none(call->run);
    portal_fhirpath_value_t value = {.kind = PORTAL_FHIRPATH_DATETIME};

    if (!call->run->scope->now)
        return set;
    if (*call->part->name == 't') {
        value.kind = PORTAL_FHIRPATH_DATE;
        value.text = portal_local_date(call->run->scope->now, call->run->pool);
    } else {
        value.text = portal_time_text(call->run->scope->now, call->run->pool);
    }
    portal_fp_push(call->run, set, &value);
    return set;
}

/* ---- which there are ---- */

portal_fp_function_t *portal_fp_find_number(const char *name, int *least, int *most)
{
    static const struct {
        const char *name;
        int least, most;
        portal_fp_function_t *function;
    } functions[] = {
        {"sum", 0, 0, fn_sum},        {"avg", 0, 0, fn_sum},
        {"min", 0, 0, fn_min_max},    {"max", 0, 0, fn_min_max},
        {"ceiling", 0, 0, fn_whole},  {"floor", 0, 0, fn_whole},
        {"truncate", 0, 0, fn_whole}, {"abs", 0, 0, fn_abs},
        {"round", 0, 1, fn_round},    {"ln", 0, 0, fn_real},
        {"exp", 0, 0, fn_real},       {"sqrt", 0, 0, fn_real},
        {"log", 1, 1, fn_real},       {"power", 1, 1, fn_real},
        {"today", 0, 0, fn_now},      {"now", 0, 0, fn_now},
    };

    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(functions[i].name, name) == 0) {
            *least = functions[i].least;
            *most = functions[i].most;
            return functions[i].function;
        }
    return NULL;
}
