/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "page/binder_head.h"
#include "page/out.h"

json_t *portal_out_text(const portal_call_t *call, const char *prefix, const char *word)
{
    return *word ? json_string(apr_pstrcat(call->pool, prefix, word, NULL))
                 : json_false();
}

void portal_out_add_fate(const portal_call_t *call, json_t *view,
                         const portal_out_fate_t *fate)
{
    int queued = !strcmp(fate->state, "queued"), failed = !strcmp(fate->state, "failed");

    json_object_set_new(view, "state", json_string(fate->state));
    json_object_set_new(view, "queued", json_boolean(queued));
    json_object_set_new(view, "sent", json_boolean(!queued && !failed));
    json_object_set_new(view, "failed", json_boolean(failed));
    json_object_set_new(view, "tries", json_integer(fate->tries));
    json_object_set_new(view, "code", json_integer(fate->code));
    json_object_set_new(view, "reason",
                        portal_out_text(call, fate->reasons, fate->reason));
    json_object_set_new(view, "made", portal_time_or_false(call, fate->created));
    json_object_set_new(
        view, "next", portal_time_or_false(call, queued && fate->tries ? fate->next : 0));
    json_object_set_new(view, "finished", portal_time_or_false(call, fate->finished));
}
