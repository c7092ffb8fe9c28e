/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>

#include "core/localtime.h"
#include "core/person.h"
#include "page/binder_head.h"

json_t *portal_date_or_false(const portal_call_t *call, const char *date)
{
    return *date ? portal_date_view(call->site->catalogue, call->lang, date, call->pool)
                 : json_false();
}

json_t *portal_time_or_false(const portal_call_t *call, apr_time_t when)
{
    return when ? portal_time_view(call->site->catalogue, call->lang, when, call->pool)
                : json_false();
}

static json_t *tabs_of(const portal_call_t *call, const char *id,
                       portal_tab_name_t current)
{
    static const struct {
        portal_tab_name_t name;
        const char *text, *path;
    } tabs[] = {
        {PORTAL_TAB_DETAILS, "t:binder.tab.details", ""},
        {PORTAL_TAB_CASES, "t:binder.tab.cases", "#cases"},
        {PORTAL_TAB_PAPERWORK, "t:binder.tab.paperwork", "/paperwork"},
        {PORTAL_TAB_TIMELINE, "t:binder.tab.timeline", "/timeline"},
        {PORTAL_TAB_PORTAL, "t:binder.tab.portal", "/portal"},
    };
    json_t *list = json_array();

    for (unsigned i = 0; i < sizeof(tabs) / sizeof(*tabs); i++)
        if (tabs[i].name != PORTAL_TAB_PAPERWORK || call->site->paperwork)
            json_array_append_new(
                list,
                json_pack("{s:s, s:s, s:b}", "text", tabs[i].text, "href",
                          apr_pstrcat(call->pool, "/binders/", id, tabs[i].path, NULL),
                          "current", tabs[i].name == current));
    return list;
}

void portal_binder_head(const portal_call_t *call, json_t *view,
                        const portal_binder_head_t *binder, portal_tab_name_t current)
{
    json_object_set_new(view, "id", json_string(binder->id));
    json_object_set_new(view, "person",
                        json_pack("{s:s, s:s, s:o}", "name",
                                  portal_person_name(binder->family, binder->given,
                                                     binder->mrn, call->pool),
                                  "mrn", binder->mrn, "born",
                                  portal_date_or_false(call, binder->birth_date)));
    json_object_set_new(view, "tabs", tabs_of(call, binder->id, current));
}
