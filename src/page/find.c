/* SPDX-License-Identifier: Apache-2.0 */
/* The desk's first page: finding a binder. What was typed stands in no address. */
#include "core/date_words.h"
#include "core/person.h"
#include "page/binder_head.h"
#include "page/desk.h"
#include "store/audit.h"
#include "store/find.h"

#define PAGE_SIZE 20

static json_t *cases_view(const portal_hit_t *hit)
{
    json_t *list = json_array();

    for (int i = 0; i < hit->n_cases; i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "id", hit->cases[i].id,
                                              "number", hit->cases[i].number));
    return list;
}

static json_t *hit_view(const portal_call_t *call, const portal_hit_t *hit)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "id", hit->id, "name",
                     portal_person_name(hit->family, hit->given, hit->mrn, call->pool),
                     "mrn", hit->mrn, "born", portal_date_or_false(call, hit->birth_date),
                     "cases", cases_view(hit), "more_cases",
                     hit->more_cases ? json_integer(hit->more_cases) : json_false());
}

static json_t *hits_view(const portal_call_t *call, const portal_find_t *find)
{
    json_t *hits = json_array();

    for (int i = 0; i < find->n; i++)
        json_array_append_new(hits, hit_view(call, &find->hits[i]));
    return hits;
}

static json_t *pages_view(const portal_call_t *call, const portal_find_t *find)
{
    json_t *pages = portal_desk_pages("/find", find->page, find->size, find->total);

    if (json_is_object(pages))
        json_array_append_new(
            json_object_get(pages, "hidden"),
            json_pack("{s:s, s:s}", "name", "q", "value", portal_field(call, "q")));
    return pages;
}

portal_answer_t *portal_page_find_show(portal_call_t *call)
{
    return portal_answer_view(call, json_pack("{s:b, s:s, s:i, s:b, s:b, s:b, s:[], s:b}",
                                              "searched", 0, "q", portal_field(call, "q"),
                                              "total", 0, "one", 0, "more", 0, "has_hits",
                                              0, "hits", "pages", 0));
}

static apr_status_t search(portal_call_t *call, portal_find_t *find)
{
    apr_status_t rv = portal_store_read(&call->app->store, &call->actor, call->now,
                                        portal_act_find, find, call->pool);
    portal_audit_t look = {.action = "find"};

    if (rv != APR_SUCCESS)
        return rv;
    look.detail = json_pack("{s:s, s:i, s:i}", "typed", portal_field(call, "q"), "hits",
                            find->total, "page", find->page);
    return portal_audit_look(&call->app->store, &call->actor, call->now, &look,
                             call->pool);
}

portal_answer_t *portal_page_find(portal_call_t *call)
{
    const char *typed = portal_field(call, "q");
    portal_find_t find = {.typed =
                              portal_date_words(call->site->catalogue, typed, call->pool),
                          .page = portal_desk_page_wanted(call),
                          .size = PAGE_SIZE};
    apr_status_t rv = search(call, &find);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0300");
    return portal_answer_view(
        call, json_pack("{s:b, s:s, s:i, s:b, s:b, s:b, s:o, s:o}", "searched", 1, "q",
                        typed, "total", find.total, "one", find.total == 1, "more",
                        find.more, "has_hits", find.n, "hits", hits_view(call, &find),
                        "pages", pages_view(call, &find)));
}
