/* SPDX-License-Identifier: Apache-2.0 */
/* What the pages of the front desk have in common; see desk.h. */
#include <apr_strings.h>
#include <string.h>

#include "core/date.h"
#include "core/email.h"
#include "core/localtime.h"
#include "core/person.h"
#include "page/desk.h"

/* ---- the head of a binder's pages ---- */

json_t *portal_desk_date_view(const portal_call_t *call, const char *iso)
{
    return *iso ? portal_date_view(call->site->catalogue, call->lang, iso, call->pool)
                : json_false();
}

json_t *portal_desk_person(const portal_call_t *call, const portal_desk_person_t *p)
{
    return json_pack("{s:s, s:s, s:s, s:o}", "id", p->id, "name",
                     portal_person_name(p->family, p->given, p->mrn, call->pool), "mrn", p->mrn,
                     "birth_date", portal_desk_date_view(call, p->birth_date));
}

void portal_desk_head(const portal_call_t *call, json_t *view,
                      const portal_desk_person_t *person, portal_desk_tab_t current)
{
    static const struct {
        portal_desk_tab_t tab;
        const char *text, *path;
    } tabs[] = {{PORTAL_TAB_DETAILS, "t:tab.details", ""},
                {PORTAL_TAB_CASES, "t:tab.cases", "#cases"},
                {PORTAL_TAB_PAPERWORK, "t:tab.paperwork", "/paperwork"},
                {PORTAL_TAB_TIMELINE, "t:tab.timeline", "/timeline"},
                {PORTAL_TAB_PORTAL, "t:tab.portal", "/portal"}};
    json_t *list = json_array();

    for (unsigned i = 0; i < sizeof(tabs) / sizeof(*tabs); i++) {
        if (tabs[i].tab == PORTAL_TAB_PAPERWORK && !call->site->paperwork)
            continue;
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:b}", "text", tabs[i].text, "href",
                            apr_pstrcat(call->pool, "/binders/", person->id, tabs[i].path, NULL),
                            "current", tabs[i].tab == current));
    }
    json_object_set_new(view, "binder", portal_desk_person(call, person));
    json_object_set_new(view, "tabs", list);
}

/* ---- fields ---- */

const char *portal_desk_date(portal_call_t *call, const char *field)
{
    const char *typed = portal_field(call, field);
    portal_date_t date;

    if (!*typed)
        return "";
    switch (portal_date_read(&date, typed)) {
    case PORTAL_DATE_OK:
        return portal_date_text(&date, call->pool);
    case PORTAL_DATE_AMBIGUOUS:
        portal_error_add(call, field, "error.date.ambiguous");
        break;
    case PORTAL_DATE_NO_SUCH_DAY:
        portal_error_add(call, field, "error.date.no_such_day");
        break;
    case PORTAL_DATE_RANGE:
        portal_error_add(call, field, "error.date.range");
        break;
    case PORTAL_DATE_MALFORMED:
        portal_error_add(call, field, "error.date.malformed");
        break;
    }
    return "";
}

const char *portal_desk_birth_date(portal_call_t *call, const char *field)
{
    const char *iso = portal_desk_date(call, field);
    const char *today = portal_local_date(call->now, call->pool);

    if (strncmp(iso, today, strlen(iso)) <= 0)
        return iso;
    portal_error_add(call, field, "error.date.future");
    return "";
}

const char *portal_desk_email(portal_call_t *call, const char *field)
{
    portal_email_t email;

    switch (portal_email_parse(&email, portal_field(call, field), call->pool)) {
    case PORTAL_EMAIL_OK:
        return email.address;
    case PORTAL_EMAIL_EMPTY:
        break;
    case PORTAL_EMAIL_SEVERAL:
        portal_error_add(call, field, "error.email.several");
        break;
    case PORTAL_EMAIL_TOO_LONG:
        portal_error_add(call, field, "error.too_long");
        break;
    case PORTAL_EMAIL_MALFORMED:
    case PORTAL_EMAIL_NO_AT:
    case PORTAL_EMAIL_LOCAL:
    case PORTAL_EMAIL_DOMAIN:
        portal_error_add(call, field, "error.email.form");
        break;
    }
    return "";
}

/* ---- lists ---- */

int portal_desk_page_wanted(const portal_call_t *call)
{
    const char *typed = call->r->method_number == M_GET ? portal_query(call, "page", 7)
                                                        : portal_field(call, "page");
    apr_int64_t page = apr_strtoi64(typed, NULL, 10);

    return page > 0 && page < 10000000 ? (int)page : 1;
}

json_t *portal_desk_pages(const char *action, int page, int size, apr_int64_t total)
{
    apr_int64_t last = (total + size - 1) / size;
    json_t *pages;

    if (last <= 1)
        return json_false();
    pages = json_pack("{s:s, s:i, s:I}", "action", action, "current", page, "last",
                      (json_int_t)last);
    json_object_set_new(pages, "previous", page > 1 ? json_integer(page - 1) : json_false());
    json_object_set_new(pages, "next", page < last ? json_integer(page + 1) : json_false());
    json_object_set_new(pages, "hidden", json_array());
    return pages;
}

/* ---- two versions ---- */

void portal_desk_compare(json_t *rows, const char *label, const char *yours,
                         const char *theirs)
{
    json_array_append_new(rows,
                          json_pack("{s:s, s:s, s:s, s:b}", "text", label, "yours", yours,
                                    "theirs", theirs, "changed", strcmp(yours, theirs) != 0));
}
