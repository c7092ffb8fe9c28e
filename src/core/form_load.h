/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads FHIR R4 Questionnaires into forms and says what is wrong with them, in sentences
 * for the person who wrote or installs them (English: they are read in logs and at the
 * command line, never by patients). What the portal cannot do without harm to the answers
 * refuses the form; what it can leave out is named and left out.
 */
#ifndef PORTAL_FORM_LOAD_H
#define PORTAL_FORM_LOAD_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <jansson.h>

#include "core/form.h"

typedef enum {
    PORTAL_FAULT_INFO,  /* the form works, something is ignored or was filled in */
    PORTAL_FAULT_WARN,  /* the form works without what is named, or looks mistaken */
    PORTAL_FAULT_REFUSE /* the form is not used */
} portal_fault_severity_t;

typedef struct {
    portal_fault_severity_t severity;
    const char *link_id; /* NULL: the form as a whole */
    const char *code;    /* a stable word such as "duplicate-link-id" */
    const char *text;    /* one sentence: what is wrong and how to mend it */
} portal_form_fault_t;

/*
 * Reads one Questionnaire; name is its file name without folder, and must be UTF-8.
 * APR_SUCCESS: *out is the form. APR_EINVAL: *out is NULL and faults holds at least one
 * fault that refuses. Either way the faults found are added to faults (an array of
 * portal_form_fault_t). bytes may be anything; they are not kept. All is made in p.
 */
apr_status_t portal_form_load(portal_form_t **out, const char *name, const char *bytes,
                              apr_size_t len, apr_array_header_t *faults, apr_pool_t *p);

/*
 * The canonical and the version by which responses name a Questionnaire: its own url and version
 * where it has usable ones, else a urn:uuid made from its name (portal_form_t.name) alone, and the
 * hash of its content. In p.
 */
void portal_form_identity(const char **url, const char **version, const json_t *root,
                          const char *name, const char *hash, apr_pool_t *p);

/* One file of a folder of forms. */
typedef struct {
    const char *file;           /* its name in the folder */
    portal_form_t *form;        /* NULL: refused or skipped */
    bool skipped;               /* a value set, or some other resource */
    apr_array_header_t *faults; /* of portal_form_fault_t, never NULL */
    const char *bytes; /* what was read, with a NUL behind: the file, and of a form with
                           the value sets of the folder that it uses; NULL: unread */
    apr_size_t len;
} portal_form_file_t;

/*
 * Reads each *.json of a folder, in the order of the names. ValueSets and CodeSystems (also in
 * a Bundle) serve the forms beside them and become part of those that use them: of their hash
 * and of what is stored with answers. Other JSON is named and skipped; of two forms with one canonical and
 * version, the second is refused. *out is an array of portal_form_file_t. An error only
 * when the folder cannot be read; a file that cannot be read is refused with the reason.
 */
apr_status_t portal_forms_load_dir(apr_array_header_t **out, const char *dir,
                                   apr_pool_t *p);

/* The topmost items that the portal leaves out of its pages, of portal_item_t *, in p; none when
 * form is NULL. */
apr_array_header_t *portal_form_left_out(const portal_form_t *form, apr_pool_t *p);

/* The word for a severity: "info", "warning", "refused". */
const char *portal_fault_severity_name(portal_fault_severity_t severity);

#endif
