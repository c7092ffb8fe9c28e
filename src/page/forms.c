/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of each file of PortalForms when httpd read it last, for the desk: the same that
 * `portalctl check-forms` says, with linkId and mend. Holds nothing of any patient.
 */
#include <string.h>

#include "page/page.h"

static json_t *without_view(const portal_form_t *form, apr_pool_t *p)
{
    json_t *list = json_array();
    apr_array_header_t *items = portal_form_left_out(form, p);

    for (int i = 0; i < items->nelts; i++)
        json_array_append_new(list, json_string(portal_item_at(items, i)->link_id));
    return list;
}

static const char *severity_text(portal_fault_severity_t severity)
{
    switch (severity) {
    case PORTAL_FAULT_REFUSE:
        return "t:forms.severity.refused";
    case PORTAL_FAULT_WARN:
        return "t:forms.severity.warning";
    default:
        return "t:forms.severity.info";
    }
}

static json_t *faults_view(const portal_form_file_t *file)
{
    json_t *list = json_array();

    for (int i = 0; i < file->faults->nelts; i++) {
        const portal_form_fault_t *fault =
            &APR_ARRAY_IDX(file->faults, i, portal_form_fault_t);
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "severity",
                      portal_fault_severity_name(fault->severity), "severity_text",
                      severity_text(fault->severity), "link_id",
                      fault->link_id ? fault->link_id : "", "code", fault->code, "text",
                      fault->text, "refuses", fault->severity == PORTAL_FAULT_REFUSE));
    }
    return list;
}

static json_t *file_view(const portal_call_t *call, const portal_form_file_t *file)
{
    const portal_form_t *form = file->form;
    json_t *without = without_view(form, call->pool);
    bool less = json_array_size(without) > 0;

    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:b, s:o, s:b, s:o}", "file",
                     file->file, "title",
                     form ? portal_text_in(&form->title, call->lang) : "", "version",
                     form ? form->version : "", "state", form ? "form" : "refused",
                     "refused", !form, "state_text",
                     !form  ? "t:forms.refused"
                     : less ? "t:forms.without"
                            : "t:forms.loads",
                     "has_without", less, "without", without, "has_faults",
                     file->faults->nelts > 0, "faults", faults_view(file));
}

portal_answer_t *portal_page_forms(portal_call_t *call)
{
    const apr_array_header_t *files = call->app->forms;
    json_t *list = json_array();
    int refused = 0, n = 0;

    for (int i = 0; files && i < files->nelts; i++) {
        const portal_form_file_t *file = &APR_ARRAY_IDX(files, i, portal_form_file_t);
        if (file->skipped)
            continue;
        n++;
        refused += !file->form;
        json_array_append_new(list, file_view(call, file));
    }
    return portal_answer_view(call,
                              json_pack("{s:b, s:o, s:i, s:i}", "has_files", n > 0,
                                        "files", list, "count", n, "refused", refused));
}
