/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record: one person, and at most one case, as another system hands them over (a line of a CSV
 * file, a FHIR Patient, an EpisodeOfCare with its Patient), and whether it can be taken.
 *
 * Reasons are plain English for an administrator. They name the field and never repeat its value,
 * which is a patient's and may hold characters that no terminal should get.
 */
#ifndef PORTAL_RECORD_H
#define PORTAL_RECORD_H

#include <apr_pools.h>
#include <apr_time.h>

/* Limits in code points. */
#define PORTAL_RECORD_NAME_MAX 200
#define PORTAL_RECORD_TITLE_MAX 200
#define PORTAL_RECORD_PHONE_MAX 60
#define PORTAL_RECORD_LANGUAGE_MAX 20

/* Texts are never NULL; "" = not told. */
typedef struct {
    const char *mrn, *family, *given, *birth_date, *email, *phone, *language;
    const char *case_number, *case_title, *case_start;
    const char *case_key; /* set by portal_record_clean; "" when there is no case */
    /* A case keeps the name and birth date that it came with. Where own_person is 1 they are these
     * and not the person's above, each maybe ""; where it is 0 these count for nothing. */
    const char *own_family, *own_given, *own_birth_date;
    int own_person;
} portal_record_t;

/* A record in which nothing is told. */
extern const portal_record_t portal_record_empty;

/*
 * Checks a record as it was typed and makes it ready to be kept: NFC, trimmed, dates as YYYY-MM-DD
 * (or their known part), the e-mail as it is shown. The mrn is needed, everything else is not.
 * NULL: it is good. Else all that is wrong with it, in `pool`, and the record is not to be used.
 * Strings of a good record are in `pool`.
 *
 * An e-mail that is none is no reason to refuse a person: it is left out, and of several the first
 * is taken. *note then says so (a constant); else it is NULL.
 */
const char *portal_record_clean(portal_record_t *record, const char **note,
                                apr_time_t now, apr_pool_t *pool);

/*
 * Whether two good records can be of one person: names differ only by letter case, accents and
 * signs, and birth dates agree as far as both are known. What one of them does not tell speaks
 * for neither.
 */
int portal_record_same_person(const portal_record_t *a, const portal_record_t *b,
                              apr_pool_t *pool);

#endif
