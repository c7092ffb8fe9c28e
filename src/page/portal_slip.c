/* SPDX-License-Identifier: Apache-2.0 */
/* The slip with a password that is shown once. */
#include <apr_strings.h>
#include <string.h>

#include "core/localtime.h"
#include "core/person.h"
#include "page/binder_head.h"
#include "page/portal_tab.h"
#include "page/qr.h"

static json_t *steps_view(const char *const *steps)
{
    json_t *list = json_array();

    for (; *steps; steps++)
        json_array_append_new(list, json_pack("{s:s}", "text", *steps));
    return list;
}

static const char *text_in(const portal_call_t *call, const char *lang, const char *key)
{
    return portal_catalogue_text(call->site->catalogue, lang, key);
}

/* What to do, once more in the patient's own language; false when the page is in it already. */
static json_t *own_view(const portal_call_t *call, const portal_slip_t *slip)
{
    const portal_catalogue_t *texts = call->site->catalogue;
    const char *lang = portal_catalogue_choose(texts, slip->whose->language, NULL);
    json_t *steps;

    if (!*slip->whose->language || !strcmp(lang, call->lang))
        return json_false();
    steps = json_array();
    for (const char *const *step = slip->steps; *step; step++)
        json_array_append_new(
            steps, json_pack("{s:s}", "line", text_in(call, lang, *step + strlen("t:"))));
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:o}", "lang", lang, "dir",
                     text_in(call, lang, "language.dir"), "label",
                     text_in(call, lang, slip->label + strlen("t:")), "what_to_do",
                     text_in(call, lang, "slip.what_to_do"), "steps", steps, "expires",
                     text_in(call, lang, "slip.expires"), "until",
                     portal_time_view(texts, lang, slip->expires, call->pool));
}

portal_answer_t *portal_slip_answer(portal_call_t *call, const portal_slip_t *slip)
{
    json_t *view = json_pack("{s:s, s:s, s:b, s:b}", "title", slip->title, "id",
                             call->id[0], "again", !slip->secret, "slip", 0);

    if (slip->secret)
        json_object_set_new(
            view, "slip",
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "person",
                      portal_person_name(slip->whose->family, slip->whose->given,
                                         slip->whose->mrn, call->pool),
                      "case_number", slip->whose->number, "label", slip->label, "secret",
                      slip->secret, "address", slip->address, "qr",
                      portal_qr_view(slip->address, call->pool), "steps",
                      steps_view(slip->steps), "expires",
                      portal_time_view(call->site->catalogue, call->lang, slip->expires,
                                       call->pool),
                      "own", own_view(call, slip)));
    return portal_answer_page(call, HTTP_OK, "portal_slip", view);
}
