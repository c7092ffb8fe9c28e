/* SPDX-License-Identifier: Apache-2.0 */
/* What the pages of the front desk have in common; see desk.h. */
#include <apr_strings.h>
#include <string.h>

#include "core/date.h"
#include "core/email.h"
#include "core/localtime.h"
#include "page/binder_head.h"
#include "page/desk.h"

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
    json_object_set_new(pages, "previous",
                        page > 1 ? json_integer(page - 1) : json_false());
    json_object_set_new(pages, "next",
                        page < last ? json_integer(page + 1) : json_false());
    json_object_set_new(pages, "hidden", json_array());
    return pages;
}

/* ---- two versions ---- */

json_t *portal_desk_conflict(const portal_call_t *call, apr_time_t at)
{
    return json_pack("{s:o, s:[], s:[]}", "at", portal_time_or_false(call, at), "kept",
                     "yours");
}

static void add_row(json_t *rows, const char *label, const char *value, int changed)
{
    json_array_append_new(rows, json_pack("{s:s, s:b, s:s, s:b}", "label", label, "text",
                                          0, "value", value, "changed", changed));
}

void portal_desk_compare(json_t *conflict, const char *label, const char *kept,
                         const char *yours)
{
    int changed = strcmp(kept, yours) != 0;

    add_row(json_object_get(conflict, "kept"), label, kept, changed);
    add_row(json_object_get(conflict, "yours"), label, yours, changed);
}
