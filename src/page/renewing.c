/* SPDX-License-Identifier: Apache-2.0 */
/* Signing again what was revised; see renewing.h. */
#include <apr_strings.h>
#include <string.h>

#include "core/calculate.h"
#include "core/form_changes.h"
#include "core/form_returned.h"
#include "core/form_view.h"
#include "page/renewing.h"

/* ---- which form ---- */

static bool asks_signature(const portal_form_t *form)
{
    if (form->signature)
        return true;
    for (int i = 0; i < form->all->nelts; i++)
        if (portal_item_at(form->all, i)->signature)
            return true;
    return false;
}

/* The version that it is compared with: that of the draft, or the one signed last; NULL: none. */
static const char *since_of(const portal_call_t *call, const portal_filling_t *f)
{
    portal_answers_t *draft;

    if (f->paper.answers)
        return portal_filling_answers(call, f, &draft) ? NULL : draft->since;
    if (!f->paper.last || !f->paper.last_signed || !asks_signature(f->form) ||
        !strcmp(f->paper.last_hash, f->form->hash))
        return NULL;
    return f->paper.last_hash;
}

/* The draft as it begins, whatever was answered since, so that the same is asked to the end. Where
 * another paper was sent in between, and that is not at hand any more: as it is; NULL: there is none. */
static apr_status_t begun(const portal_call_t *call, const portal_filling_t *f,
                          portal_answers_t **answers)
{
    portal_paper_t paper = f->paper;
    apr_status_t rv = portal_store_read(&call->app->store, &call->actor, call->now,
                                        portal_act_paper_last, &paper, call->pool);

    *answers = NULL;
    if (rv != APR_SUCCESS)
        return rv;
    if (!paper.last || strcmp(paper.last_hash, f->since->hash) != 0)
        return f->paper.answers ? portal_filling_answers(call, f, answers) : APR_SUCCESS;
    if (portal_form_renew(answers, f->form, f->since, paper.last, paper.last_len,
                          call->pool) == APR_SUCCESS)
        portal_answers_clock(*answers, call->now);
    return APR_SUCCESS;
}

apr_status_t portal_renewing_open(const portal_call_t *call, portal_filling_t *f)
{
    const char *hash = f->paper.sent ? NULL : since_of(call, f), *source;
    portal_answers_t *answers;
    apr_status_t rv;

    if (!hash)
        return APR_SUCCESS;
    rv = portal_paperwork_form(call, f->paper.row.form, hash, &f->since, &source);
    if (rv == APR_NOTFOUND)
        return APR_SUCCESS; /* that version cannot be read any more */
    if (rv == APR_SUCCESS)
        rv = begun(call, f, &answers);
    if (rv == APR_SUCCESS)
        f->scope = portal_form_changes(f->form, f->since, answers, call->pool);
    return rv;
}

/* ---- marks ---- */

/* Nothing of what stands in a group that is new is marked beside it. */
static bool in_new_group(const portal_form_t *then, const portal_item_t *item)
{
    return item->parent && !portal_item_then(then, item->parent);
}

static void mark(const portal_filling_t *f, const portal_item_t *item, json_t *view,
                 const char *prefix)
{
    const portal_item_t *was = item ? portal_item_then(f->since, item) : NULL;
    const char *before = was ? portal_text_shown(&was->text, f->lang) : "";
    bool marked =
        item && portal_item_altered(f->since, item) && !in_new_group(f->since, item);
    char name[24];

    apr_snprintf(name, sizeof name, "%saltered", prefix);
    json_object_set_new(view, name,
                        !marked ? json_false()
                                : json_string(was ? "t:renew.changed" : "t:renew.new"));
    apr_snprintf(name, sizeof name, "%swas", prefix);
    json_object_set_new(
        view, name,
        marked && *before && strcmp(before, portal_text_shown(&item->text, f->lang)) != 0
            ? json_string(before)
            : json_false());
}

static const portal_item_t *item_of(const portal_filling_t *f, const json_t *view)
{
    const char *link_id = json_string_value(json_object_get(view, "link_id"));

    return link_id ? portal_form_item(f->form, link_id) : NULL;
}

static void mark_nodes(const portal_filling_t *f, const json_t *nodes)
{
    size_t i;
    json_t *node;

    json_array_foreach(nodes, i, node)
    {
        mark(f, item_of(f, node), node, "");
        mark_nodes(f, json_object_get(node, "nodes"));
    }
}

void portal_renewing_page(const portal_filling_t *f, const portal_form_page_t *page,
                          json_t *view)
{
    int n = page->path->nelts;

    json_object_set_new(view, "heading_altered", json_false());
    json_object_set_new(view, "heading_was", json_false());
    if (!f->since)
        return;
    mark_nodes(f, json_object_get(view, "nodes"));
    mark(f, n ? portal_item_at(page->path, n - 1) : NULL, view, "heading_");
}

/* ---- what else is said ---- */

static const char *words_of(const portal_filling_t *f, const portal_item_t *item)
{
    return portal_item_label(item, f->lang);
}

void portal_renewing_view(const portal_filling_t *f, json_t *view)
{
    apr_array_header_t *gone;
    json_t *list;

    if (!f->since) {
        json_object_set_new(view, "renew", json_false());
        return;
    }
    gone = portal_form_removed(f->form, f->since, f->answers->pool);
    list = json_array();
    for (int i = 0; i < gone->nelts; i++)
        json_array_append_new(
            list, json_pack("{s:s}", "text", words_of(f, portal_item_at(gone, i))));
    json_object_set_new(
        view, "renew",
        json_pack("{s:b, s:o}", "has_removed", gone->nelts > 0, "removed", list));
}

json_t *portal_renewing_parts(const portal_filling_t *f)
{
    json_t *parts, *part, *row;
    size_t i, k;

    if (!f->since)
        return NULL;
    parts = portal_form_record_view(f->answers, f->pages, f->lang);
    json_array_foreach(parts, i, part)
    {
        json_array_foreach(json_object_get(part, "rows"), k, row)
            mark(f, item_of(f, row), row, "");
    }
    return parts;
}

json_t *portal_renewing_whole(const portal_filling_t *f)
{
    return portal_form_record_view(f->answers, f->form->pages, f->lang);
}

/* ---- the record ---- */

void portal_renewing_facts(const portal_filling_t *f, json_t *facts)
{
    apr_array_header_t *gone;
    json_t *altered, *removed;

    if (!f->since) {
        json_object_set_new(facts, "renewed", json_false());
        return;
    }
    altered = json_array();
    removed = json_array();
    gone = portal_form_removed(f->form, f->since, f->answers->pool);
    for (int i = 0; i < f->form->all->nelts; i++)
        if (portal_item_altered(f->since, portal_item_at(f->form->all, i)))
            json_array_append_new(altered,
                                  json_string(portal_item_at(f->form->all, i)->link_id));
    for (int i = 0; i < gone->nelts; i++)
        json_array_append_new(removed, json_string(portal_item_at(gone, i)->link_id));
    json_object_set_new(facts, "renewed",
                        json_pack("{s:s, s:s, s:o, s:o, s:o}", "version",
                                  f->since->version, "form_hash", f->since->hash,
                                  "questionnaire",
                                  json_sprintf("%s|%s", f->since->url, f->since->version),
                                  "altered", altered, "removed", removed));
}
