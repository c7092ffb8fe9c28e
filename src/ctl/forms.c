/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portalctl check-forms: reads a folder of FHIR Questionnaires as httpd would, and says what is
 * wrong with each. Needs neither database nor secret.
 */
#include <apr_strings.h>

#include "core/form_load.h"
#include "ctl/ctl.h"

typedef struct {
    portal_ctl_t *ctl;
    json_t *list;
    int forms, refused;
} findings_t;

static void show_fault(findings_t *f, const char *file, const portal_form_fault_t *fault,
                       json_t *faults)
{
    const char *severity = portal_fault_severity_name(fault->severity);
    const char *link_id = fault->link_id ? fault->link_id : "";

    portal_ctl_say(f->ctl, "%s: %s: %s%s%s", portal_ctl_plain(file, f->ctl->pool),
                   severity, portal_ctl_plain(link_id, f->ctl->pool),
                   *link_id ? ": " : "", portal_ctl_plain(fault->text, f->ctl->pool));
    json_array_append_new(faults, json_pack("{s:s, s:s, s:s, s:s}", "severity", severity,
                                            "link_id", link_id, "code", fault->code,
                                            "text", fault->text));
}

/* The linkIds of what the form is used without. */
static json_t *left_out(const portal_form_t *form, apr_pool_t *p)
{
    json_t *list = json_array();
    apr_array_header_t *items = portal_form_left_out(form, p);

    for (int i = 0; i < items->nelts; i++)
        json_array_append_new(list, json_string(portal_item_at(items, i)->link_id));
    return list;
}

/* In one line: loads, loads without …, refused. */
static void say_verdict(findings_t *f, const portal_form_file_t *file,
                        const json_t *without)
{
    const char *names = "";
    size_t i;
    json_t *one;

    json_array_foreach(without, i, one) names =
        apr_pstrcat(f->ctl->pool, names, i ? ", " : " without ",
                    portal_ctl_plain(json_string_value(one), f->ctl->pool), NULL);
    if (!file->skipped)
        portal_ctl_say(f->ctl, "%s: %s%s", portal_ctl_plain(file->file, f->ctl->pool),
                       file->form ? "loads" : "is refused", names);
}

static void show(findings_t *f, const portal_form_file_t *file)
{
    const char *state = file->form ? "form" : file->skipped ? "skipped" : "refused";
    json_t *faults = json_array(), *without = left_out(file->form, f->ctl->pool);

    say_verdict(f, file, without);

    for (int i = 0; i < file->faults->nelts; i++)
        show_fault(f, file->file, &APR_ARRAY_IDX(file->faults, i, portal_form_fault_t),
                   faults);
    f->forms += file->form != NULL;
    f->refused += !file->form && !file->skipped;
    json_array_append_new(f->list,
                          json_pack("{s:s, s:s, s:o, s:o}", "file", file->file, "state",
                                    state, "without", without, "faults", faults));
}

int portal_ctl_check_forms(portal_ctl_t *ctl)
{
    const char *const *words = ctl->options.words + 1;
    findings_t f = {.ctl = ctl, .list = json_array()};
    apr_array_header_t *files;
    char reason[120];
    apr_status_t rv;

    portal_ctl_set(ctl, "files", f.list);
    if (!words[0] || words[1])
        return portal_ctl_fail(ctl, PORTAL_CTL_WRONG, "check-forms needs one folder");
    rv = portal_forms_load_dir(&files, words[0], ctl->pool);
    if (rv != APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_WRONG, "%s: %s", words[0],
                               apr_strerror(rv, reason, sizeof(reason)));
    for (int i = 0; i < files->nelts; i++)
        show(&f, &APR_ARRAY_IDX(files, i, portal_form_file_t));
    portal_ctl_say(ctl, "%d forms, %d refused", f.forms, f.refused);
    return f.refused ? PORTAL_CTL_NOT : PORTAL_CTL_DONE;
}
