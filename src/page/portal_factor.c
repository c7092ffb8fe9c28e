/* SPDX-License-Identifier: Apache-2.0 */
/* The desk resets the second factor of a patient who has lost it. */
#include <apr_strings.h>

#include "core/person.h"
#include "page/portal_tab.h"

static json_t *line(const char *text)
{
    return json_pack("{s:s}", "text", text);
}

/* What the act does. Whoever can sign in with the password alone afterwards is said, too. */
static json_t *consequences(const portal_call_t *call, const portal_tab_t *tab)
{
    const portal_row_tab_binder *b = &tab->binder;
    int required = call->app->config->second_factor == PORTAL_FACTOR_REQUIRED;
    json_t *lines = json_array();

    json_array_append_new(
        lines, json_pack("{s:s, s:s, s:s}", "text", "t:portal_confirm.whom", "name",
                         portal_person_name(b->family, b->given, b->mrn, call->pool),
                         "number", tab->master ? tab->master->number : ""));
    json_array_append_new(lines, line("t:portal_confirm.factor_lost"));
    json_array_append_new(lines, line(required ? "t:portal_confirm.factor_again"
                                               : "t:portal_confirm.factor_alone"));
    json_array_append_new(lines, line(*b->email ? "t:portal_confirm.factor_mail"
                                                : "t:portal_confirm.factor_no_mail"));
    return lines;
}

static portal_answer_t *ask_first(portal_call_t *call)
{
    const char *path = apr_pstrcat(call->pool, "/binders/", call->id[0], "/portal", NULL);
    portal_answer_t *answer;
    portal_tab_t tab;

    if (call->json) {
        portal_error_add(call, "confirm", "error.missing.confirm");
        return portal_answer_problem(call, HTTP_UNPROCESSABLE_ENTITY, "invalid");
    }
    if (!portal_tab_load(call, &tab, &answer))
        return answer;
    if (!tab.factor.has)
        return portal_tab_refused(call, PORTAL_DESK_NO_FACTOR);
    return portal_answer_page(
        call, HTTP_OK, "confirm",
        json_pack("{s:s, s:s, s:s, s:o, s:[]}", "title", "t:portal_confirm.factor_title",
                  "action", apr_pstrcat(call->pool, path, "/second-factor", NULL),
                  "cancel", path, "lines", consequences(call, &tab), "hidden"));
}

portal_answer_t *portal_page_portal_factor(portal_call_t *call)
{
    portal_factor_reset_t reset = {.binder_id = call->id[0]};
    apr_status_t rv;

    if (!*portal_field(call, "confirm"))
        return ask_first(call);
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_factor_reset, &reset, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0788");
    if (reset.verdict != PORTAL_DESK_DONE)
        return portal_tab_refused(call, reset.verdict);
    return portal_tab_done(call, "factor_reset");
}
