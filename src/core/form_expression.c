/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the expressions of a form and joins them with their variables; see form_expression.h.
 *
 * What cannot be worked out: of a calculated or first answer it is told and the answer stays empty;
 * of a condition it refuses the form, unless the item is a calculated one that nobody has to see,
 * which is left out then.
 */
#include "core/form_expression.h"

#include <apr_strings.h>
#include <string.h>

#include "core/fhir_json.h"
#include "core/form_loader.h"

static const portal_form_written_t *written(const portal_form_loader_t *l, int i)
{
    return &APR_ARRAY_IDX(l->expressions, i, portal_form_written_t);
}

static const char *last_part(const char *url)
{
    const char *slash = strrchr(url, '/');

    return slash ? slash + 1 : url;
}

/* Reads the text; NULL, and why. */
static portal_fhirpath_t *compile(portal_form_loader_t *l, const json_t *expression,
                                  const char **why)
{
    const char *language = portal_fhir_json_string(expression, "language"),
               *text = portal_fhir_json_string(expression, "expression");
    portal_fhirpath_t *is = NULL;

    if (!text)
        *why = "it has no valueExpression with a text";
    else if (!language || strcmp(language, "text/fhirpath") != 0)
        *why = apr_psprintf(l->pool, "it is written in %.60s, not in text/fhirpath",
                            language ? language : "no language");
    else if (portal_fhirpath_compile(&is, text, why, l->pool))
        *why = apr_psprintf(l->pool, "%.300s", *why);
    return is;
}

void portal_form_read_expression(portal_form_loader_t *l, portal_item_t *item,
                                 const json_t *ext, portal_form_expression_t what)
{
    portal_form_written_t e = {.what = what, .item = item};
    const json_t *expression = json_object_get(ext, "valueExpression");
    const char *name = what == PORTAL_FORM_VARIABLE
                           ? portal_fhir_json_string(expression, "name")
                           : last_part(portal_fhir_json_string(ext, "url"));

    e.name = apr_pstrdup(l->pool, name ? name : "");
    e.is = compile(l, expression, &e.why);
    APR_ARRAY_PUSH(l->expressions, portal_form_written_t) = e;
}

/* ---- names ---- */

static int depth_of(const portal_item_t *item)
{
    int depth = 0;

    for (; item; item = item->parent)
        depth++;
    return depth;
}

/* The variable of this name that is the nearest from an item; NULL: none. */
static const portal_form_written_t *variable(const portal_form_loader_t *l,
                                             const char *name, const portal_item_t *from)
{
    const portal_form_written_t *best = NULL;

    for (int i = 0; i < l->expressions->nelts; i++) {
        const portal_form_written_t *e = written(l, i);
        if (e->what == PORTAL_FORM_VARIABLE && strcmp(e->name, name) == 0 &&
            (!e->item || portal_item_within(from, e->item)) &&
            (!best || depth_of(e->item) > depth_of(best->item)))
            best = e;
    }
    return best;
}

static bool known(const char *name)
{
    static const char *const names[] = {
        "resource", "rootResource", "context", "ucum", "sct", "loinc", "questionnaire"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Looks at one name of an expression; true when something about it is new. */
static bool check_name(portal_form_loader_t *l, portal_form_written_t *e,
                       const char *name)
{
    const portal_form_written_t *v;
    bool of_patient = e->of_patient;

    if (known(name))
        return false;
    v = strcmp(name, "patient") ? variable(l, name, e->item) : NULL;
    if (!strcmp(name, "patient"))
        e->of_patient = true;
    else if (!v)
        e->why = apr_psprintf(l->pool, "nobody sets %%%.60s", name);
    else if (v->why)
        e->why = apr_psprintf(l->pool, "%%%.60s cannot be worked out: %s", name, v->why);
    else
        e->of_patient = e->of_patient || v->of_patient;
    return e->why || e->of_patient != of_patient;
}

static void check_expression(portal_form_loader_t *l, portal_form_written_t *e,
                             bool *again)
{
    const apr_array_header_t *names = portal_fhirpath_names(e->is);

    for (int k = 0; k < names->nelts && !e->why; k++)
        *again = check_name(l, e, APR_ARRAY_IDX(names, k, const char *)) || *again;
    if (e->why || e->what == PORTAL_FORM_INITIAL)
        return;
    if (e->of_patient && e->what != PORTAL_FORM_VARIABLE)
        e->why = "%patient is known for first answers only";
    else
        e->why = portal_form_misreading(l, e->is);
    *again = *again || e->why;
}

/* Until nothing is new: what asks for something that cannot be worked out cannot be either. */
static void check_expressions(portal_form_loader_t *l)
{
    bool again = true;

    for (int round = 0; again && round <= l->expressions->nelts; round++) {
        again = false;
        for (int i = 0; i < l->expressions->nelts; i++) {
            portal_form_written_t *e =
                &APR_ARRAY_IDX(l->expressions, i, portal_form_written_t);
            if (!e->why)
                check_expression(l, e, &again);
        }
    }
}

/* ---- what becomes of them ---- */

static void ignore(portal_form_loader_t *l, const portal_form_written_t *e)
{
    if (e->what == PORTAL_FORM_CALCULATED && portal_form_is_compared(l->form, e->item)) {
        portal_form_fault(l, PORTAL_FAULT_REFUSE, e->item->link_id, "not-supported",
                          "%s cannot be worked out: %s. A condition compares its answer, "
                          "and would hide what should be asked.",
                          e->name, e->why);
        return;
    }
    portal_form_fault(l, PORTAL_FAULT_INFO, e->item->link_id, "ignored",
                      "%s is not worked out: %s. %s", e->name, e->why,
                      e->what == PORTAL_FORM_CALCULATED
                          ? "The answer stays empty."
                          : "The question begins without an answer.");
}

/* A score that is only shown on a condition is no question: it can be left out. */
static void refuse(portal_form_loader_t *l, const portal_form_written_t *e)
{
    if (e->item->calculated && !e->item->required) {
        e->item->unsupported = true;
        portal_form_fault(
            l, PORTAL_FAULT_WARN, e->item->link_id, "score-left-out",
            "The score is left out: when it is shown depends on %s, which is "
            "not worked out: %s.",
            e->name, e->why);
        return;
    }
    portal_form_fault(l, PORTAL_FAULT_REFUSE, e->item->link_id, "not-supported",
                      "%s cannot be worked out: %s. Without it the form would ask other "
                      "questions than its author meant. Use enableWhen instead.",
                      e->name, e->why);
}

static portal_expressions_t *make(portal_form_loader_t *l)
{
    portal_expressions_t *made = apr_pcalloc(l->pool, sizeof *made);

    made->variables = apr_array_make(l->pool, 1, sizeof(portal_variable_t));
    return made;
}

/* Those of the item, or of the form; made when they are first needed. */
static portal_expressions_t *of(portal_form_loader_t *l, portal_item_t *item)
{
    if (!l->form->expressions) {
        portal_expressions_t *made = make(l);
        made->questionnaire = l->root;
        l->form->expressions = made;
    }
    if (item && !item->expressions)
        item->expressions = make(l);
    return (portal_expressions_t *)(item ? item->expressions : l->form->expressions);
}

static void keep(portal_form_loader_t *l, const portal_form_written_t *e)
{
    portal_expressions_t *to = of(l, e->item);

    switch (e->what) {
    case PORTAL_FORM_VARIABLE:
        APR_ARRAY_PUSH(to->variables, portal_variable_t) =
            (portal_variable_t){e->name, e->is};
        break;
    case PORTAL_FORM_CALCULATED:
        to->calculated = e->is;
        break;
    case PORTAL_FORM_ENABLES:
        to->enables = e->is;
        break;
    case PORTAL_FORM_INITIAL:
        to->initial = e->is;
        to->of_patient = e->of_patient;
        break;
    }
}

void portal_form_join_expressions(portal_form_loader_t *l)
{
    check_expressions(l);
    for (int i = 0; i < l->expressions->nelts; i++) {
        const portal_form_written_t *e = written(l, i);
        if (!e->why)
            keep(l, e);
        else if (e->what == PORTAL_FORM_ENABLES)
            refuse(l, e);
        else if (e->what != PORTAL_FORM_VARIABLE)
            ignore(l, e);
    }
}
