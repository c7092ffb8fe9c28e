/* SPDX-License-Identifier: Apache-2.0 */
/* Puts records together to binders; see intake.h. */
#include "core/intake.h"

#include <string.h>

#include <apr_strings.h>

portal_intake_t *portal_intake_make(apr_pool_t *pool)
{
    portal_intake_t *intake = apr_palloc(pool, sizeof(*intake));

    *intake = (portal_intake_t){
        .pool = pool,
        .binders = apr_array_make(pool, 256, sizeof(portal_intake_binder_t *)),
        .refused = apr_array_make(pool, 8, sizeof(portal_remark_t)),
        .warnings = apr_array_make(pool, 8, sizeof(portal_remark_t)),
        .by_mrn = apr_hash_make(pool),
        .by_case = apr_hash_make(pool),
    };
    return intake;
}

void portal_remark_add(apr_array_header_t *list, const char *where, const char *reason)
{
    *(portal_remark_t *)apr_array_push(list) = (portal_remark_t){where, reason};
}

static void fill(const char **kept, const char *told)
{
    if (!**kept)
        *kept = told;
}

/* Family and given name are one thing: never one from here and one from there. */
static void fill_person(portal_record_t *kept, const portal_record_t *told)
{
    if (!*kept->family && !*kept->given) {
        kept->family = told->family;
        kept->given = told->given;
    }
    fill(&kept->birth_date, told->birth_date);
    fill(&kept->email, told->email);
    fill(&kept->phone, told->phone);
    fill(&kept->language, told->language);
}

static portal_intake_binder_t *binder_of(portal_intake_t *intake, const char *where,
                                         const portal_record_t *record)
{
    portal_intake_binder_t *b =
        apr_hash_get(intake->by_mrn, record->mrn, APR_HASH_KEY_STRING);

    if (b) {
        if (portal_record_same_person(&b->person, record, intake->pool))
            fill_person(&b->person, record);
        else
            portal_remark_add(intake->warnings, where,
                              apr_psprintf(intake->pool,
                                           "its mrn stands for another person at %s; the "
                                           "binder keeps that one's name",
                                           b->where));
        return b;
    }
    b = apr_palloc(intake->pool, sizeof(*b));
    b->person = portal_record_empty;
    b->person.mrn = record->mrn;
    b->where = where;
    b->cases = apr_array_make(intake->pool, 1, sizeof(portal_intake_case_t *));
    fill_person(&b->person, record);
    APR_ARRAY_PUSH(intake->binders, portal_intake_binder_t *) = b;
    apr_hash_set(intake->by_mrn, record->mrn, APR_HASH_KEY_STRING, b);
    return b;
}

static int same_case(const portal_record_t *a, const portal_record_t *b)
{
    return !strcmp(a->family, b->family) && !strcmp(a->given, b->given) &&
           !strcmp(a->birth_date, b->birth_date) &&
           !strcmp(a->case_title, b->case_title) && !strcmp(a->case_start, b->case_start);
}

/* A case number that was there before. */
static void again(portal_intake_t *intake, const portal_intake_case_t *first,
                  const char *where, const portal_record_t *record)
{
    if (strcmp(first->mrn, record->mrn))
        portal_remark_add(intake->refused, where,
                          apr_psprintf(intake->pool,
                                       "its case number stands under another mrn at %s",
                                       first->where));
    else if (!same_case(&first->record, record))
        portal_remark_add(
            intake->warnings, where,
            apr_psprintf(intake->pool,
                         "its case number stands at %s already, and that row counts",
                         first->where));
}

/* The record with the person that its case came with. */
static portal_record_t as_it_came(const portal_record_t *record)
{
    portal_record_t r = *record;

    if (r.own_person) {
        r.family = r.own_family;
        r.given = r.own_given;
        r.birth_date = r.own_birth_date;
    }
    return r;
}

void portal_intake_add(portal_intake_t *intake, const char *where,
                       const portal_record_t *record)
{
    portal_intake_case_t *one = NULL;
    portal_intake_binder_t *b;
    portal_record_t of_case = as_it_came(record);

    if (*record->case_key)
        one = apr_hash_get(intake->by_case, record->case_key, APR_HASH_KEY_STRING);
    if (one && strcmp(one->mrn, record->mrn)) {
        again(intake, one, where, record);
        return;
    }
    b = binder_of(intake, where, record);
    if (one)
        again(intake, one, where, &of_case);
    if (one || !*record->case_key)
        return;
    one = apr_palloc(intake->pool, sizeof(*one));
    *one = (portal_intake_case_t){of_case, where, record->mrn};
    APR_ARRAY_PUSH(b->cases, portal_intake_case_t *) = one;
    apr_hash_set(intake->by_case, record->case_key, APR_HASH_KEY_STRING, one);
}
