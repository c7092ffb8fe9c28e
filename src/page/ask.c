/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/email.h"
#include "core/text.h"
#include "page/ask.h"
#include "page/credential.h"
#include "store/ask.h"

int portal_ask_has_mail(const portal_call_t *call)
{
    return call->app->config->mail_relay.kind != PORTAL_RELAY_NONE;
}

portal_answer_t *portal_ask_take(portal_call_t *call, const char *kind, const char *done,
                                 portal_page_fn show)
{
    portal_ask_t ask = {.cost = &call->app->config->throttle,
                        .source = portal_credential_source(call),
                        .kind = kind};
    portal_email_t email;
    apr_status_t rv;

    if (portal_email_parse(&email, portal_field(call, "email"), call->pool) !=
        PORTAL_EMAIL_OK) {
        portal_error_add(call, "email", "error.email.form");
        return show(call);
    }
    ask.email_key = email.key;
    if (portal_text_case_key(&ask.number_key, portal_field(call, "case_number"),
                             call->pool))
        ask.number_key = "";
    rv = portal_store_write(&call->app->store, &call->actor, call->now, portal_act_ask,
                            &ask, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0735");
    if (ask.verdict != PORTAL_THROTTLE_GO)
        return portal_credential_wait(call, ask.until, show);
    return portal_answer_see(call, "%s", done);
}
