/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operators of FHIRPath whose both sides are worked out; see fhirpath_inner.h.
 */
#include <apr_strings.h>
#include <math.h>
#include <string.h>

#include "core/fhirpath_inner.h"
#include "core/text.h"

/* ---- equality ---- */

static bool is_time(const portal_fhirpath_value_t *v)
{
    return v->kind == PORTAL_FHIRPATH_DATE || v->kind == PORTAL_FHIRPATH_DATETIME ||
           v->kind == PORTAL_FHIRPATH_TIME;
}

static bool same_number(double a, double b)
{
    return fabs(a - b) <= 1e-13 * fmax(1, fmax(fabs(a), fabs(b)));
}

static const char *unit_of(const portal_fhirpath_value_t *quantity)
{
    return quantity->unit ? quantity->unit : "1";
}

static int equal_times(const portal_fhirpath_value_t *a, const portal_fhirpath_value_t *b)
{
    int order;

    if ((a->kind == PORTAL_FHIRPATH_TIME) != (b->kind == PORTAL_FHIRPATH_TIME))
        return 0;
    if (portal_fp_time_order(a->text, b->text, &order))
        return order == 0;
    return -1;
}

int portal_fp_equal(portal_fp_run_t *run, const portal_fhirpath_value_t *a,
                    const portal_fhirpath_value_t *b)
{
    portal_fhirpath_value_t x, y;

    if (!portal_fp_spend(run, 1))
        return 0;
    if (portal_fp_is_number(a) && portal_fp_is_number(b))
        return same_number(a->number, b->number);
    if (is_time(a) && is_time(b))
        return equal_times(a, b);
    if (portal_fp_quantity(a, &x, run->pool) && portal_fp_quantity(b, &y, run->pool))
        return strcmp(unit_of(&x), unit_of(&y)) ? -1 : same_number(x.number, y.number);
    if (a->kind != b->kind)
        return 0;
    if (a->kind == PORTAL_FHIRPATH_BOOLEAN)
        return a->truth == b->truth;
    if (a->kind == PORTAL_FHIRPATH_OBJECT)
        return json_equal(a->json, b->json);
    return a->text && b->text && strcmp(a->text, b->text) == 0;
}

bool portal_fp_holds(portal_fp_run_t *run, const portal_fp_set_t *set,
                     const portal_fhirpath_value_t *value)
{
    for (int i = 0; i < set->nelts && !run->why; i++)
        if (portal_fp_equal(run, portal_fp_at(set, i), value) == 1)
            return true;
    return false;
}

/* a = b: 1, 0, or -1 when one is empty or nobody can tell. */
static int equal_sets(portal_fp_run_t *run, const portal_fp_set_t *a,
                      const portal_fp_set_t *b)
{
    int all = 1;

    if (!a->nelts || !b->nelts)
        return -1;
    if (a->nelts != b->nelts)
        return 0;
    for (int i = 0; i < a->nelts && all && !run->why; i++) {
        int one = portal_fp_equal(run, portal_fp_at(a, i), portal_fp_at(b, i));
        all = one == 0 ? 0 : one < 0 ? -1 : all;
    }
    return all;
}

static int places_of(const portal_fhirpath_value_t *v, apr_pool_t *p)
{
    const char *point = strchr(portal_fhirpath_number(v, p), '.');

    return point ? (int)strlen(point + 1) : 0;
}

/* A text without regard to case and the kind of space. */
static const char *folded(const char *text, apr_pool_t *p)
{
    const char *lower = portal_text_lower_secret(text, p);
    char *words = apr_pstrdup(p, lower ? lower : text);

    for (char *s = words; *s; s++)
        if (strchr("\t\r\n", *s))
            *s = ' ';
    return words;
}

/* ~ of two values: numbers to the fewer places, texts without regard to case. */
static bool alike(portal_fp_run_t *run, const portal_fhirpath_value_t *a,
                  const portal_fhirpath_value_t *b)
{
    if (portal_fp_is_number(a) && portal_fp_is_number(b)) {
        int x = places_of(a, run->pool), y = places_of(b, run->pool);
        double scale = pow(10, x < y ? x : y);
        return round(a->number * scale) == round(b->number * scale);
    }
    if (a->kind == PORTAL_FHIRPATH_STRING && b->kind == PORTAL_FHIRPATH_STRING)
        return strcmp(folded(a->text, run->pool), folded(b->text, run->pool)) == 0;
    return portal_fp_equal(run, a, b) == 1;
}

/* ~ of collections: in any order. */
static bool alike_sets(portal_fp_run_t *run, const portal_fp_set_t *a,
                       const portal_fp_set_t *b)
{
    bool *used = apr_pcalloc(run->pool, (apr_size_t)b->nelts + 1);

    for (int i = 0; i < a->nelts; i++) {
        int k = 0;
        while (k < b->nelts && !run->why &&
               (used[k] || !alike(run, portal_fp_at(a, i), portal_fp_at(b, k))))
            k++;
        if (k == b->nelts || run->why)
            return false;
        used[k] = true;
    }
    return a->nelts == b->nelts;
}

/* ---- order ---- */

bool portal_fp_order(portal_fp_run_t *run, const portal_fhirpath_value_t *a,
                     const portal_fhirpath_value_t *b, int *order)
{
    portal_fhirpath_value_t x, y;
    bool quantities =
        portal_fp_quantity(a, &x, run->pool) && portal_fp_quantity(b, &y, run->pool);

    *order = 0;
    if (quantities && strcmp(unit_of(&x), unit_of(&y)) != 0)
        return false;
    if ((portal_fp_is_number(a) && portal_fp_is_number(b)) || quantities) {
        double p = quantities ? x.number : a->number,
               q = quantities ? y.number : b->number;
        *order = same_number(p, q) ? 0 : p < q ? -1 : 1;
        return true;
    }
    if (is_time(a) && is_time(b) &&
        (a->kind == PORTAL_FHIRPATH_TIME) == (b->kind == PORTAL_FHIRPATH_TIME))
        return portal_fp_time_order(a->text, b->text, order);
    if (a->kind == PORTAL_FHIRPATH_STRING && b->kind == PORTAL_FHIRPATH_STRING) {
        *order = strcmp(a->text, b->text);
        return true;
    }
    if (a->kind == PORTAL_FHIRPATH_BOOLEAN && b->kind == PORTAL_FHIRPATH_BOOLEAN) {
        *order = a->truth - b->truth;
        return true;
    }
    portal_fp_fail(run, "Values of different sorts are compared");
    return false;
}

static portal_fp_set_t *compare(portal_fp_run_t *run, const char *name,
                                const portal_fhirpath_value_t *a,
                                const portal_fhirpath_value_t *b)
{
    int order;

    if (!portal_fp_order(run, a, b, &order))
        return portal_fp_none(run);
    return portal_fp_boolean(run, *name == '<' ? order < 0 || (name[1] && order == 0)
                                               : order > 0 || (name[1] && order == 0));
}

/* ---- true, false and empty ---- */

int portal_fp_truth(portal_fp_run_t *run, const portal_fp_set_t *set)
{
    if (!set->nelts)
        return -1;
    if (set->nelts > 1) {
        portal_fp_fail(run, "Several items stand where one truth is wanted");
        return -1;
    }
    /* one item of another sort is something: true */
    return portal_fp_at(set, 0)->kind != PORTAL_FHIRPATH_BOOLEAN ||
           portal_fp_at(set, 0)->truth;
}

static portal_fp_set_t *logic(portal_fp_run_t *run, const char *name,
                              const portal_fp_set_t *x, const portal_fp_set_t *y)
{
    int a = portal_fp_truth(run, x), b = portal_fp_truth(run, y), result = -1;

    if (run->why)
        return portal_fp_none(run);
    if (!strcmp(name, "and"))
        result = a == 0 || b == 0 ? 0 : a < 0 || b < 0 ? -1 : 1;
    else if (!strcmp(name, "or"))
        result = a == 1 || b == 1 ? 1 : a < 0 || b < 0 ? -1 : 0;
    else if (!strcmp(name, "xor"))
        result = a < 0 || b < 0 ? -1 : a != b;
    else
        result = a == 0 || b == 1 ? 1 : a < 0 || b < 0 ? -1 : 0;
    return result < 0 ? portal_fp_none(run) : portal_fp_boolean(run, result);
}

/* ---- calculating ---- */

static portal_fp_set_t *number(portal_fp_run_t *run, const portal_fhirpath_value_t *a,
                               const portal_fhirpath_value_t *b, double result)
{
    return a->kind == PORTAL_FHIRPATH_INTEGER && b->kind == PORTAL_FHIRPATH_INTEGER
               ? portal_fp_integer(run, result)
               : portal_fp_decimal(run, result);
}

static portal_fp_set_t *divide(portal_fp_run_t *run, const char *name,
                               const portal_fhirpath_value_t *a,
                               const portal_fhirpath_value_t *b)
{
    if (b->number == 0)
        return portal_fp_none(run);
    if (*name == '/')
        return portal_fp_decimal(run, a->number / b->number);
    if (*name == 'd')
        return portal_fp_integer(run, trunc(a->number / b->number));
    return number(run, a, b, fmod(a->number, b->number));
}

static portal_fp_set_t *of_numbers(portal_fp_run_t *run, const char *name,
                                   const portal_fhirpath_value_t *a,
                                   const portal_fhirpath_value_t *b)
{
    switch (*name) {
    case '+':
        return number(run, a, b, a->number + b->number);
    case '-':
        return number(run, a, b, a->number - b->number);
    case '*':
        return number(run, a, b, a->number * b->number);
    default:
        return divide(run, name, a, b);
    }
}

/* A quantity so many times, or one part of so many. */
static portal_fp_set_t *scaled(portal_fp_run_t *run, const portal_fhirpath_value_t *a,
                               double by)
{
    portal_fp_set_t *set = portal_fp_none(run);
    portal_fhirpath_value_t result = *a;

    result.number *= by;
    result.text = NULL;
    result.json = NULL;
    portal_fp_push(run, set, &result);
    return set;
}

static portal_fp_set_t *of_quantities(portal_fp_run_t *run, const char *name,
                                      const portal_fhirpath_value_t *a,
                                      const portal_fhirpath_value_t *b)
{
    portal_fp_set_t *set = portal_fp_none(run);
    portal_fhirpath_value_t result = *a;

    if ((*name != '+' && *name != '-') || strcmp(unit_of(a), unit_of(b)) != 0)
        return set;
    result.number += *name == '+' ? b->number : -b->number;
    result.text = NULL;
    result.json = NULL;
    portal_fp_push(run, set, &result);
    return set;
}

static portal_fp_set_t *of_time(portal_fp_run_t *run, const char *name,
                                const portal_fhirpath_value_t *time,
                                const portal_fhirpath_value_t *span)
{
    portal_fp_set_t *set = portal_fp_none(run);
    portal_fhirpath_value_t result = *time;

    if (*name != '+' && *name != '-')
        return portal_fp_fail(run, "A date is calculated with by \"%s\"", name);
    result.text = portal_fp_time_add(
        time->text, *name == '+' ? span->number : -span->number, span->unit, run->pool);
    result.json = NULL;
    if (!result.text)
        return portal_fp_fail(run, "That is no span of time to add to a date");
    portal_fp_push(run, set, &result);
    return set;
}

static portal_fp_set_t *calculate(portal_fp_run_t *run, const char *name,
                                  const portal_fhirpath_value_t *a,
                                  const portal_fhirpath_value_t *b)
{
    portal_fhirpath_value_t x, y;

    if (portal_fp_is_number(a) && portal_fp_is_number(b))
        return of_numbers(run, name, a, b);
    if (*name == '+' && a->kind == PORTAL_FHIRPATH_STRING &&
        b->kind == PORTAL_FHIRPATH_STRING)
        return portal_fp_string(run, apr_pstrcat(run->pool, a->text, b->text, NULL));
    if (portal_fp_quantity(a, &x, run->pool) && portal_fp_is_number(b) &&
        (*name == '*' || (*name == '/' && b->number != 0)))
        return scaled(run, &x, *name == '*' ? b->number : 1 / b->number);
    if (portal_fp_quantity(b, &y, run->pool)) {
        if (portal_fp_is_number(a) && *name == '*')
            return scaled(run, &y, a->number);
        if (is_time(a))
            return of_time(run, name, a, &y);
        if (portal_fp_quantity(a, &x, run->pool))
            return of_quantities(run, name, &x, &y);
    }
    return portal_fp_fail(run, "\"%s\" cannot be used with what stands there", name);
}

static const char *text_of(portal_fp_run_t *run, const portal_fp_set_t *set)
{
    if (!set->nelts)
        return "";
    if (set->nelts == 1 && portal_fp_at(set, 0)->kind == PORTAL_FHIRPATH_STRING)
        return portal_fp_at(set, 0)->text;
    portal_fp_fail(run, "\"&\" joins something that is no text");
    return "";
}

static portal_fp_set_t *join(portal_fp_run_t *run, const portal_fp_set_t *a,
                             const portal_fp_set_t *b)
{
    const char *left = text_of(run, a), *right = text_of(run, b);

    if (run->why || !portal_fp_spend(run, (strlen(left) + strlen(right)) / 16))
        return portal_fp_none(run);
    return portal_fp_string(run, apr_pstrcat(run->pool, left, right, NULL));
}

/* ---- collections ---- */

static portal_fp_set_t *unite(portal_fp_run_t *run, const portal_fp_set_t *a,
                              const portal_fp_set_t *b)
{
    portal_fp_set_t *set = portal_fp_none(run);

    for (int i = 0; i < a->nelts + b->nelts && !run->why; i++) {
        const portal_fhirpath_value_t *value =
            i < a->nelts ? portal_fp_at(a, i) : portal_fp_at(b, i - a->nelts);
        if (!portal_fp_holds(run, set, value))
            portal_fp_push(run, set, value);
    }
    return set;
}

static portal_fp_set_t *among(portal_fp_run_t *run, const portal_fp_set_t *item,
                              const portal_fp_set_t *set)
{
    if (!item->nelts)
        return portal_fp_none(run);
    if (!set->nelts)
        return portal_fp_boolean(run, false);
    if (item->nelts > 1)
        return portal_fp_fail(run, "Several items stand where one is wanted");
    return portal_fp_boolean(run, portal_fp_holds(run, set, portal_fp_at(item, 0)));
}

static portal_fp_set_t *of_two(portal_fp_run_t *run, const char *name,
                               const portal_fp_set_t *a, const portal_fp_set_t *b)
{
    if (!a->nelts || !b->nelts)
        return portal_fp_none(run);
    if (a->nelts > 1 || b->nelts > 1)
        return portal_fp_fail(run, "\"%s\" stands between several items", name);
    if (*name == '<' || *name == '>')
        return compare(run, name, portal_fp_at(a, 0), portal_fp_at(b, 0));
    return calculate(run, name, portal_fp_at(a, 0), portal_fp_at(b, 0));
}

portal_fp_set_t *portal_fp_operate(portal_fp_run_t *run, const char *name,
                                   const portal_fp_set_t *a, const portal_fp_set_t *b)
{
    int same;

    if (!strcmp(name, "=") || !strcmp(name, "!=")) {
        same = equal_sets(run, a, b);
        return same < 0 ? portal_fp_none(run)
                        : portal_fp_boolean(run, same == (*name == '='));
    }
    if (strchr(name, '~'))
        return portal_fp_boolean(run, alike_sets(run, a, b) == (*name == '~'));
    if (!strcmp(name, "and") || !strcmp(name, "or") || !strcmp(name, "xor") ||
        !strcmp(name, "implies"))
        return logic(run, name, a, b);
    if (!strcmp(name, "in"))
        return among(run, a, b);
    if (!strcmp(name, "contains"))
        return among(run, b, a);
    if (*name == '|')
        return unite(run, a, b);
    return *name == '&' ? join(run, a, b) : of_two(run, name, a, b);
}
