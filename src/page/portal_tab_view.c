/* SPDX-License-Identifier: Apache-2.0 */
/* The view of the Patient Portal tab: fields, status line, what became of the invitation, menu. */
#include <apr_strings.h>
#include <string.h>

#include "core/person.h"
#include "core/token.h"
#include "page/binder_head.h"
#include "page/portal_tab.h"

/* ---- the menu ---- */

portal_desk_verdict_t portal_item_blocked(const portal_call_t *call,
                                          portal_menu_item_t item)
{
    const portal_config_t *config = call->app->config;

    if (item == PORTAL_ITEM_LOBBY && !config->lobby_from->nelts)
        return PORTAL_DESK_CLOSED;
    if (item == PORTAL_ITEM_INVITATION && config->mail_relay.kind == PORTAL_RELAY_NONE)
        return PORTAL_DESK_NO_MAIL;
    if (item == PORTAL_ITEM_INVITATION && config->registration == PORTAL_REGISTRATION_OFF)
        return PORTAL_DESK_POLICY;
    return PORTAL_DESK_DONE;
}

portal_desk_verdict_t portal_item_stands(const portal_call_t *call,
                                         const portal_tab_t *tab, portal_menu_item_t item)
{
    if (!tab->binder.enabled)
        return PORTAL_DESK_DISABLED;
    if (!tab->master)
        return PORTAL_DESK_NO_MASTER;
    if (item == PORTAL_ITEM_INVITATION && !*tab->binder.email)
        return PORTAL_DESK_NO_EMAIL;
    return portal_item_blocked(call, item);
}

/* `act`: path below the tab to post to, or NULL; `page`: path to go to, or NULL. */
static json_t *item_view(const portal_call_t *call, const char *text, const char *act,
                         const char *page)
{
    const char *base = apr_pstrcat(call->pool, "/binders/", call->id[0], "/portal", NULL);
    json_t *item = json_pack("{s:s, s:b, s:b, s:b, s:b}", "text", text, "action", 0,
                             "href", 0, "once", 0, "reason", 0);

    if (act)
        json_object_set_new(item, "action",
                            json_string(apr_pstrcat(call->pool, base, act, NULL)));
    if (page)
        json_object_set_new(item, "href",
                            json_string(apr_pstrcat(call->pool, base, page, NULL)));
    return item;
}

static json_t *act_view(const portal_call_t *call, const portal_tab_t *tab,
                        portal_menu_item_t which, json_t *once)
{
    static const char *const texts[] = {"t:portal_tab.item.lobby",
                                        "t:portal_tab.item.register",
                                        "t:portal_tab.item.invitation"};
    static const char *const paths[] = {"/lobby-password", "/registration",
                                        "/invitation"};
    portal_desk_verdict_t verdict = portal_item_stands(call, tab, which);
    json_t *item = item_view(call, texts[which], paths[which], NULL);

    json_object_set(item, "once", once);
    if (verdict != PORTAL_DESK_DONE)
        json_object_set_new(item, "reason",
                            json_string(apr_pstrcat(
                                call->pool, "t:", portal_desk_reason(verdict), NULL)));
    return item;
}

static json_t *menu_view(const portal_call_t *call, const portal_tab_t *tab, json_t *once)
{
    json_t *menu = json_array();

    json_array_append_new(menu, item_view(call, "t:portal_tab.item.edit", NULL, "/edit"));
    if (call->site->lobby)
        json_array_append_new(menu, act_view(call, tab, PORTAL_ITEM_LOBBY, once));
    json_array_append_new(menu, act_view(call, tab, PORTAL_ITEM_REGISTER, once));
    if (call->site->registration)
        json_array_append_new(menu, act_view(call, tab, PORTAL_ITEM_INVITATION, once));
    json_array_append_new(menu, item_view(call, "t:portal_tab.item.refresh", NULL, ""));
    return menu;
}

/* ---- what it shows ---- */

static json_t *status_view(const portal_call_t *call, const portal_tab_t *tab)
{
    return json_pack("{s:s, s:s, s:s}", "access",
                     tab->binder.enabled ? "t:portal_tab.status.enabled"
                                         : "t:portal_tab.status.disabled",
                     "registration",
                     apr_psprintf(call->pool, "t:portal_tab.registration.%s",
                                  tab->account.registration),
                     "invitation",
                     tab->account.invited ? "t:portal_tab.status.invited"
                                          : "t:portal_tab.status.not_invited");
}

static json_t *cases_view(const portal_call_t *call, const portal_tab_t *tab)
{
    json_t *list = json_array();

    for (int i = 0; i < tab->n_cases; i++) {
        const portal_row_tab_cases *one = &tab->cases[i];
        if (one->selected)
            json_array_append_new(
                list,
                json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:o}", "id", one->id, "number",
                          one->number, "path",
                          apr_pstrcat(call->pool, "/binders/", tab->binder_id, "/cases/",
                                      one->id, NULL),
                          "case_title", one->title, "other_person",
                          portal_tab_other_person(&tab->binder, one), "name",
                          portal_person_name(one->family, one->given, "", call->pool),
                          "born", portal_date_or_false(call, one->birth_date)));
    }
    return list;
}

static json_t *lines_view(const char *text, apr_pool_t *pool)
{
    char *rest = apr_pstrdup(pool, text), *state = NULL;
    json_t *list = json_array();

    for (char *line = apr_strtok(rest, "\n", &state); line;
         line = apr_strtok(NULL, "\n", &state))
        json_array_append_new(list, json_pack("{s:s}", "line", line));
    return list;
}

/* What became of the mail; for a delivered one the relay's words are of no use. */
static json_t *mail_view(const portal_call_t *call, const portal_row_tab_mail *mail)
{
    int queued = !strcmp(mail->state, "queued"), sent = !strcmp(mail->state, "sent");
    json_t *view =
        json_pack("{s:s, s:b, s:b, s:b, s:s, s:b, s:b, s:I}", "state", mail->state,
                  "queued", queued, "sent", sent, "failed",
                  !strcmp(mail->state, "failed"), "reply", mail->reply, "has_reply",
                  !sent && *mail->reply, "reason", 0, "tries", (json_int_t)mail->tries);

    if (!sent && *mail->reason)
        json_object_set_new(
            view, "reason",
            json_string(apr_psprintf(call->pool, "t:outbox.reason.%s", mail->reason)));
    json_object_set_new(
        view, "next",
        portal_time_or_false(call, queued && mail->tries ? mail->next_try : 0));
    json_object_set_new(
        view, "at",
        portal_time_or_false(call, mail->finished ? mail->finished : mail->created));
    return view;
}

/* The desk's last invitation; false when none counts. Who has registered needs no link. */
static json_t *invitation_view(const portal_call_t *call, const portal_tab_t *tab)
{
    apr_time_t expires = tab->account.invitation_expires;
    int expired = expires && expires <= call->now;
    json_t *view;

    if (!tab->account.invited)
        return json_false();
    view = mail_view(call, &tab->invitation);
    json_object_set_new(
        view, "expires",
        portal_time_or_false(call, tab->open_invitations || expired ? expires : 0));
    json_object_set_new(view, "expired", json_boolean(expired));
    json_object_set_new(view, "void",
                        json_boolean(!expired && !tab->open_invitations &&
                                     strcmp(tab->account.registration, "normal") != 0));
    return view;
}

/* The hardest of the three: no more tries before `until`, or none at all. */
static json_t *throttle_view(const portal_call_t *call, const portal_tab_t *tab)
{
    const portal_throttle_state_t *all[] = {&tab->signin, &tab->at_code, &tab->at_lobby};
    const portal_throttle_state_t *t = all[0];

    for (unsigned i = 1; i < sizeof(all) / sizeof(*all); i++)
        if (all[i]->verdict > t->verdict ||
            (all[i]->verdict == t->verdict && all[i]->until > t->until))
            t = all[i];
    if (t->verdict == PORTAL_THROTTLE_GO)
        return json_false();
    return json_pack("{s:b, s:s, s:I, s:o}", "stopped",
                     t->verdict == PORTAL_THROTTLE_STOPPED, "stopped_text",
                     t == &tab->at_code ? "t:portal_tab.stopped_code"
                                        : "t:portal_tab.stopped",
                     "failures", (json_int_t)t->failures, "until",
                     portal_time_or_false(call, t->until));
}

static json_t *factor_view(const portal_call_t *call, const portal_tab_t *tab)
{
    if (!call->site->second_factor || !tab->factor.has)
        return json_false();
    return json_pack("{s:o, s:i}", "since", portal_time_or_false(call, tab->factor.since),
                     "codes", tab->factor.codes);
}

static json_t *lobby_view(const portal_call_t *call, const portal_tab_t *tab)
{
    if (!call->site->lobby || (!tab->lobby.used && tab->lobby.expires <= call->now))
        return json_false();
    return json_pack("{s:b, s:o}", "used", tab->lobby.used != 0, "expires",
                     portal_time_or_false(call, tab->lobby.expires));
}

static void add_fields(const portal_call_t *call, json_t *view, const portal_tab_t *tab)
{
    json_t *cases = cases_view(call, tab),
           *lines = lines_view(tab->binder.comment, call->pool);

    json_object_set_new(view, "master_case",
                        json_string(tab->master ? tab->master->id : ""));
    json_object_set_new(view, "master_number",
                        json_string(tab->master ? tab->master->number : ""));
    json_object_set_new(view, "email", json_string(tab->binder.email));
    json_object_set_new(view, "access_enabled", json_boolean(tab->binder.enabled));
    json_object_set_new(view, "has_cases", json_boolean(json_array_size(cases)));
    json_object_set_new(view, "selected_cases", cases);
    json_object_set_new(view, "comment", json_string(tab->binder.comment));
    json_object_set_new(view, "comment_lines", lines);
    json_object_set_new(view, "version", json_integer(tab->binder.version));
}

json_t *portal_tab_view(const portal_call_t *call, const portal_tab_t *tab)
{
    const portal_row_tab_binder *b = &tab->binder;
    portal_binder_head_t head = {tab->binder_id, b->mrn, b->family, b->given,
                                 b->birth_date};
    apr_time_t temporary = tab->account.temporary_expires;
    json_t *view = json_object(), *once = json_string(portal_id_make(call->pool));

    portal_binder_head(call, view, &head, PORTAL_TAB_PORTAL);
    add_fields(call, view, tab);
    json_object_set_new(view, "status", status_view(call, tab));
    json_object_set_new(view, "registration", json_string(tab->account.registration));
    json_object_set_new(
        view, "registration_text",
        json_string(apr_psprintf(call->pool, "t:portal_tab.registration.%s",
                                 tab->account.registration)));
    json_object_set_new(view, "temporary", portal_time_or_false(call, temporary));
    json_object_set_new(view, "temporary_expired",
                        json_boolean(temporary && temporary <= call->now));
    json_object_set_new(view, "last_sign_in",
                        portal_time_or_false(call, tab->account.last_sign_in));
    json_object_set_new(view, "invited", json_boolean(tab->account.invited));
    json_object_set_new(view, "invitation", invitation_view(call, tab));
    json_object_set_new(view, "throttle", throttle_view(call, tab));
    json_object_set_new(view, "lobby_password", lobby_view(call, tab));
    json_object_set_new(view, "second_factor", factor_view(call, tab));
    json_object_set_new(view, "undo", json_boolean(*tab->account.undo));
    json_object_set_new(view, "menu", menu_view(call, tab, once));
    json_object_set_new(view, "once", once);
    return view;
}
