/* SPDX-License-Identifier: Apache-2.0 */
/* Register Patient and Generate Lobby Password: acts that make a password, shown once. */
#include <apr_strings.h>
#include <string.h>

#include "core/password.h"
#include "core/person.h"
#include "page/binder_head.h"
#include "page/credential.h"
#include "page/portal_tab.h"
#include "store/lobby_password.h"
#include "store/register.h"

/* ---- Generate Lobby Password ---- */

static portal_answer_t *lobby_slip(portal_call_t *call, const portal_lobby_make_t *make,
                                   const char *password)
{
    static const char *const steps[] = {"t:portal_slip.lobby.1", "t:portal_slip.lobby.2",
                                        "t:portal_slip.lobby.3", NULL};
    portal_slip_t slip = {
        .title = "t:portal_slip.lobby.title",
        .label = "t:field.lobby_password",
        .steps = steps,
        .whose = &make->row,
        .secret = make->verdict == PORTAL_DESK_AGAIN ? NULL : password,
        .address = apr_pstrcat(call->pool, call->site->other, "/lobby", NULL),
        .expires = make->expires,
    };
    return portal_slip_answer(call, &slip);
}

portal_answer_t *portal_page_portal_lobby_password(portal_call_t *call)
{
    const char *password = portal_password_lobby(call->pool);
    portal_lobby_make_t make = {.binder_id = call->id[0],
                                .once = portal_field(call, "once"),
                                .digits =
                                    portal_password_lobby_read(password, call->pool),
                                .lasts = call->app->config->lobby_password_expires,
                                .blocked = portal_item_blocked(call, PORTAL_ITEM_LOBBY)};
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_lobby_make, &make, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0410");
    if (make.verdict != PORTAL_DESK_DONE && make.verdict != PORTAL_DESK_AGAIN)
        return portal_tab_refused(call, make.verdict);
    return lobby_slip(call, &make, password);
}

/* ---- Register Patient ---- */

static json_t *line(const char *text)
{
    return json_pack("{s:s}", "text", text);
}

/* Whom it is about: the page before may have been another patient's. */
static json_t *whom(const portal_call_t *call, const portal_tab_t *tab)
{
    const portal_row_tab_binder *b = &tab->binder;
    return json_pack("{s:s, s:s, s:s}", "text", "t:portal_confirm.whom", "name",
                     portal_person_name(b->family, b->given, b->mrn, call->pool),
                     "number", tab->master->number);
}

static json_t *last_sign_in(const portal_call_t *call, const portal_tab_t *tab)
{
    json_t *when, *view;

    if (!tab->account.last_sign_in)
        return line("t:portal_confirm.never_signed_in");
    when = portal_time_or_false(call, tab->account.last_sign_in);
    view = json_pack("{s:s, s:O}", "text", "t:portal_confirm.last_sign_in", "when",
                     json_object_get(when, "text"));
    json_decref(when);
    return view;
}

/* What the act destroys. */
static json_t *losses(const portal_call_t *call, const portal_tab_t *tab)
{
    const char *kind = tab->account.registration;
    json_t *lines = json_array();

    json_array_append_new(lines, whom(call, tab));
    json_array_append_new(
        lines, line(apr_psprintf(call->pool, "t:portal_confirm.now.%s", kind)));
    if (strcmp(kind, "none")) {
        json_array_append_new(lines, last_sign_in(call, tab));
        json_array_append_new(lines, line("t:portal_confirm.password"));
    }
    json_array_append_new(lines, line("t:portal_confirm.ended"));
    if (tab->factor.has && call->site->second_factor)
        json_array_append_new(lines, line("t:portal_confirm.factor_stays"));
    json_array_append_new(lines, line("t:portal_confirm.undo"));
    return lines;
}

static portal_answer_t *ask_first(portal_call_t *call)
{
    const char *tab_path =
        apr_pstrcat(call->pool, "/binders/", call->id[0], "/portal", NULL);
    const char *once = portal_field(call, "once");
    portal_desk_verdict_t verdict;
    portal_answer_t *answer;
    portal_tab_t tab;
    json_t *view;

    if (call->json) {
        portal_error_add(call, "confirm", "error.missing.confirm");
        return portal_answer_problem(call, HTTP_UNPROCESSABLE_ENTITY, "invalid");
    }
    if (!portal_tab_load(call, &tab, &answer))
        return answer;
    verdict = portal_item_stands(call, &tab, PORTAL_ITEM_REGISTER);
    if (verdict != PORTAL_DESK_DONE)
        return portal_tab_refused(call, verdict);
    view = json_pack(
        "{s:s, s:s, s:s, s:o, s:[{s:s, s:s}]}", "title", "t:portal_confirm.title",
        "action", apr_pstrcat(call->pool, tab_path, "/registration", NULL), "cancel",
        tab_path, "lines", losses(call, &tab), "hidden", "name", "once", "value", once);
    return portal_answer_page(call, HTTP_OK, "confirm", view);
}

static portal_answer_t *temporary_slip(portal_call_t *call, const portal_register_t *what,
                                       const char *password)
{
    static const char *const steps[] = {"t:portal_slip.temporary.1",
                                        "t:portal_slip.temporary.2",
                                        "t:portal_slip.temporary.3", NULL};
    portal_slip_t slip = {
        .title = "t:portal_slip.temporary.title",
        .label = "t:portal_slip.temporary.label",
        .steps = steps,
        .whose = &what->row,
        .secret = what->verdict == PORTAL_DESK_AGAIN ? NULL : password,
        .address = apr_pstrcat(call->pool, call->site->other, "/", NULL),
        .expires = what->expires,
    };
    return portal_slip_answer(call, &slip);
}

portal_answer_t *portal_page_portal_registration(portal_call_t *call)
{
    const portal_config_t *config = call->app->config;
    portal_register_t what = {.binder_id = call->id[0],
                              .once = portal_field(call, "once"),
                              .lasts = config->temporary_password_expires};
    portal_credential_t credential = {.temporary = 1};
    const char *password;
    apr_status_t rv;

    if (!*portal_field(call, "confirm"))
        return ask_first(call);
    password =
        portal_password_temporary(config->password_min_length < PORTAL_FACTOR_ALONE_LENGTH
                                      ? PORTAL_FACTOR_ALONE_LENGTH
                                      : config->password_min_length,
                                  call->pool);
    rv = portal_credential_make(call, &credential, password);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0411");
    what.hash = credential.hash;
    what.pepper_key = credential.pepper_key;
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_register, &what, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0412");
    if (what.verdict != PORTAL_DESK_DONE && what.verdict != PORTAL_DESK_AGAIN)
        return portal_tab_refused(call, what.verdict);
    return temporary_slip(call, &what, password);
}
