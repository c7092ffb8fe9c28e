/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contact details in answers; see contact.h.
 */
#include "core/contact.h"

#include <string.h>

#include "core/record.h"

#define PATIENT "http://hl7.org/fhir/StructureDefinition/Patient#Patient."

static const struct {
    const char *name, *path;
} fields[] = {
    [PORTAL_CONTACT_EMAIL] = {"email", "telecom:email"},
    [PORTAL_CONTACT_PHONE] = {"phone", "telecom:phone"},
    [PORTAL_CONTACT_LANGUAGE] = {"language", "communication.language"},
};

const char *portal_contact_name(portal_contact_field_t field)
{
    return fields[field].name;
}

static bool asks_for(const portal_item_t *item, portal_contact_field_t field)
{
    size_t patient = strlen(PATIENT), n = strlen(fields[field].path);
    const char *path = item->definition ? item->definition : "";

    if (strncmp(path, PATIENT, patient) || strncmp(path + patient, fields[field].path, n))
        return false;
    return path[patient + n] == '\0' || path[patient + n] == '.';
}

/* The code of a choice, else the words. */
static const char *answer_of(const portal_answers_t *a, const portal_item_t *item)
{
    const apr_array_header_t *nodes = a->by_item[item->index];

    for (int i = 0; nodes && i < nodes->nelts; i++) {
        const portal_node_t *node = portal_node_at(nodes, i);
        for (int k = 0; node->enabled && k < node->answers->nelts; k++) {
            const portal_value_t *value = &portal_answer_at(node->answers, k)->value;
            if (value->kind != PORTAL_VALUE_NONE && value->text)
                return value->text;
        }
    }
    return NULL;
}

/* By the rules that records of an import are read by. */
static const char *keep(portal_contact_field_t field, const char *said, apr_pool_t *p)
{
    portal_record_t record = portal_record_empty;
    const char **place = field == PORTAL_CONTACT_EMAIL   ? &record.email
                         : field == PORTAL_CONTACT_PHONE ? &record.phone
                                                         : &record.language;
    const char *note;

    record.mrn = "1";
    *place = said;
    return portal_record_clean(&record, &note, 0, p) || note || !**place ? NULL : *place;
}

void portal_contact_read(portal_contact_t contact[PORTAL_CONTACT_FIELDS],
                         const portal_answers_t *a, apr_pool_t *p)
{
    memset(contact, 0, sizeof *contact * PORTAL_CONTACT_FIELDS);
    for (int i = 0; i < a->form->all->nelts; i++) {
        const portal_item_t *item = portal_item_at(a->form->all, i);
        for (int f = 0; f < PORTAL_CONTACT_FIELDS; f++)
            if (!contact[f].said && asks_for(item, (portal_contact_field_t)f))
                contact[f].said = answer_of(a, item);
    }
    for (int f = 0; f < PORTAL_CONTACT_FIELDS; f++)
        if (contact[f].said)
            contact[f].value = keep((portal_contact_field_t)f, contact[f].said, p);
}
