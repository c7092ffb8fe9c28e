/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies in the files and folders that directives name: pages and texts that can be shown, a
 * blocklist that can be read, forms of the names that are given to each new case. Without this a
 * mistake there would stop httpd at its next restart, or show itself at a patient.
 */
#include <apr_file_info.h>
#include <apr_strings.h>
#include <httpd.h>
#include <string.h>

#include <http_config.h>
#include <http_core.h>
#include <http_log.h>

#include "config_check.h"
#include "config_row.h"
#include "core/blocklist.h"
#include "core/form_load.h"
#include "pages.h"

APLOG_USE_MODULE(portal);

#define LINE(check, field) ((check)->is->set[PORTAL_FIELD_##field])

static void check_pages(portal_config_check_t *check)
{
    const portal_config_t *is = check->is;
    const ap_directive_t *at = LINE(check, theme_dir);
    portal_pages_t pages;
    const char *error = NULL;

    at = at ? at : LINE(check, templates_dir);
    if (portal_pages_load(&pages, is, &error, check->pool) != APR_SUCCESS)
        portal_config_refuse(check, at ? at : is->first, "%s: %s",
                             at ? at->directive : "pages", error);
}

static void check_blocklist(portal_config_check_t *check)
{
    const ap_directive_t *at = LINE(check, password_blocklist);
    portal_blocklist_t *list;
    const char *error = NULL;

    if (at && portal_blocklist_open(&list, check->is->password_blocklist, &error,
                                    check->pool) != APR_SUCCESS)
        portal_config_refuse(check, at, "PortalPasswordBlocklist: %s", error);
}

/* The names of the .json files of a folder, without that ending. */
static apr_array_header_t *names_of(const char *folder, apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, 8, sizeof(const char *));
    apr_finfo_t file;
    apr_dir_t *dir;

    if (apr_dir_open(&dir, folder, pool) != APR_SUCCESS)
        return names;
    while (apr_dir_read(&file, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        apr_size_t len = strlen(file.name);
        if (len > 5 && file.name[0] != '.' && !strcmp(file.name + len - 5, ".json"))
            *(const char **)apr_array_push(names) =
                apr_pstrmemdup(pool, file.name, len - 5);
    }
    apr_dir_close(dir);
    return names;
}

static int contains(const apr_array_header_t *names, const char *name)
{
    for (int i = 0; i < names->nelts; i++)
        if (!strcmp(APR_ARRAY_IDX(names, i, const char *), name))
            return 1;
    return 0;
}

static void check_defaults(portal_config_check_t *check)
{
    const portal_config_t *is = check->is;
    const apr_array_header_t *wanted = is->paperwork_default, *there;

    if (!wanted->nelts || !is->forms_dir)
        return;
    there = names_of(is->forms_dir, check->pool);
    for (int i = 0; i < wanted->nelts; i++) {
        const char *name = APR_ARRAY_IDX(wanted, i, const char *);
        const char *guess = portal_config_guess(
            name, (const char *const *)(void *)there->elts, there->nelts);
        if (!contains(there, name))
            portal_config_refuse(check, LINE(check, paperwork_default),
                                 "PortalPaperworkDefault names %s%s%s%s, but there is no "
                                 "%s.json in %s; write "
                                 "the name of a file of that folder, without .json",
                                 name, guess ? ", did you mean \"" : "",
                                 guess ? guess : "", guess ? "\"?" : "", name,
                                 is->forms_dir);
    }
}

static void tell_form(const portal_form_file_t *file)
{
    for (int i = 0; i < file->faults->nelts; i++) {
        const portal_form_fault_t *fault =
            &APR_ARRAY_IDX(file->faults, i, portal_form_fault_t);
        if (fault->severity == PORTAL_FAULT_INFO)
            continue;
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_WARNING, 0, NULL,
                     "PTL0113: %s %s: %s: %s", file->file,
                     file->form ? "loads" : "is refused",
                     fault->link_id ? fault->link_id : "form", fault->text);
    }
}

/* `httpd -t` says what the forms are like; a form that is refused is no mistake of the
 * configuration: the others work. */
static void tell_forms(const portal_config_check_t *check)
{
    apr_array_header_t *files;

    if (ap_state_query(AP_SQ_RUN_MODE) != AP_SQ_RM_CONFIG_TEST || !check->is->forms_dir ||
        portal_forms_load_dir(&files, check->is->forms_dir, check->pool))
        return;
    for (int i = 0; i < files->nelts; i++)
        tell_form(&APR_ARRAY_IDX(files, i, portal_form_file_t));
}

void portal_config_check_folders(portal_config_check_t *check)
{
    check_pages(check);
    check_blocklist(check);
    check_defaults(check);
    tell_forms(check);
}
