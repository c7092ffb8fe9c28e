/* SPDX-License-Identifier: Apache-2.0 */
/* Checks records from other systems; see record.h. */
#include "core/record.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "core/date.h"
#include "core/email.h"
#include "core/text.h"

const portal_record_t portal_record_empty = {"", "", "", "", "", "", "", "",
                                             "", "", "", "", "", "", 0};

typedef struct {
    apr_pool_t *pool;
    const char *wrong; /* what was found so far; "" nothing */
} check_t;

static void fault(check_t *c, const char *field, const char *text)
{
    c->wrong =
        apr_pstrcat(c->pool, c->wrong, *c->wrong ? "; " : "", field, " ", text, NULL);
}

static void clean_text(check_t *c, const char *field, const char **value, apr_size_t max)
{
    static const char *const faults[] = {
        [PORTAL_TEXT_BAD_UTF8] = "is not UTF-8",
        [PORTAL_TEXT_HAS_NUL] = "has a zero byte",
        [PORTAL_TEXT_CONTROL] = "has a control character",
        [PORTAL_TEXT_LINE_BREAK] = "has a line break or a tab",
        [PORTAL_TEXT_BIDI] = "has a character that changes the direction of text",
        [PORTAL_TEXT_TOO_LONG] = "is too long",
    };
    const char *clean;
    portal_text_verdict_t verdict =
        portal_text_clean(&clean, *value, strlen(*value), max, 0, c->pool);

    if (verdict == PORTAL_TEXT_OK)
        *value = clean;
    else
        fault(c, field, faults[verdict]);
}

static void clean_date(check_t *c, const char *field, const char **value)
{
    static const char *const faults[] = {
        [PORTAL_DATE_MALFORMED] = "is no date; best is YYYY-MM-DD",
        [PORTAL_DATE_NO_SUCH_DAY] = "is no day of the calendar",
        [PORTAL_DATE_RANGE] = "is a year before 1850 or after 2200",
        [PORTAL_DATE_AMBIGUOUS] = "can be read as two different days; write YYYY-MM-DD",
    };
    portal_date_t date;
    portal_date_verdict_t verdict;

    if (!(*value)[strspn(*value, " ")]) {
        *value = "";
        return;
    }
    verdict = portal_date_read(&date, *value);
    if (verdict == PORTAL_DATE_OK)
        *value = portal_date_text(&date, c->pool);
    else
        fault(c, field, faults[verdict]);
}

/* A day ahead is allowed: it may be tomorrow already where the record was made. */
static void check_born(check_t *c, const char *birth_date, apr_time_t now)
{
    const char *tomorrow = portal_time_text(now + apr_time_from_sec(86400), c->pool);

    if (!*c->wrong && strncmp(birth_date, tomorrow, strlen(birth_date)) > 0)
        fault(c, "birth_date", "lies in the future");
}

/* Several addresses stand in one field, parted by these. */
static const char *first_address(const char *typed, apr_pool_t *pool)
{
    portal_email_t email;
    char *state, *copy = apr_pstrdup(pool, typed);

    for (char *one = apr_strtok(copy, ";, \t\r\n", &state); one;
         one = apr_strtok(NULL, ";, \t\r\n", &state))
        if (portal_email_parse(&email, one, pool) == PORTAL_EMAIL_OK)
            return email.address;
    return "";
}

static void clean_email(check_t *c, const char **value, const char **note)
{
    portal_email_t email;
    portal_email_verdict_t verdict = portal_email_parse(&email, *value, c->pool);

    *note = NULL;
    if (verdict == PORTAL_EMAIL_OK) {
        *value = email.address;
        return;
    }
    *value = verdict == PORTAL_EMAIL_SEVERAL ? first_address(*value, c->pool) : "";
    if (**value)
        *note = "email is more than one address; the first was taken";
    else if (verdict != PORTAL_EMAIL_EMPTY)
        *note = "email is no e-mail address and was left out";
}

/* BCP 47 by its form only: letters, digits and hyphens. */
static void check_language(check_t *c, const char *value)
{
    for (const char *at = value; *at; at++)
        if (!apr_isalnum(*at) && *at != '-') {
            fault(c, "language", "is not a language code such as en or pt-BR");
            return;
        }
}

static void clean_mrn(check_t *c, const char **value)
{
    const char *key;

    if (!(*value)[strspn(*value, " \t")])
        fault(c, "mrn", "is missing");
    else if (portal_text_mrn_key(&key, *value, c->pool) != APR_SUCCESS)
        fault(c, "mrn", "is malformed or has more than 64 characters");
    else
        *value = key;
}

static void clean_own_person(check_t *c, portal_record_t *r)
{
    clean_text(c, "family of the case", &r->own_family, PORTAL_RECORD_NAME_MAX);
    clean_text(c, "given of the case", &r->own_given, PORTAL_RECORD_NAME_MAX);
    clean_date(c, "birth_date of the case", &r->own_birth_date);
}

static void clean_case(check_t *c, portal_record_t *r)
{
    clean_text(c, "case_number", &r->case_number, 100);
    clean_text(c, "case_title", &r->case_title, PORTAL_RECORD_TITLE_MAX);
    clean_date(c, "case_start", &r->case_start);
    r->case_key = "";
    if (*r->case_number &&
        portal_text_case_key(&r->case_key, r->case_number, c->pool) != APR_SUCCESS)
        fault(c, "case_number", "is malformed or has more than 64 characters");
    if (!*r->case_number && (*r->case_title || *r->case_start))
        fault(c, "case_number", "is missing, but the row tells of a case");
    if (r->own_person)
        clean_own_person(c, r);
}

const char *portal_record_clean(portal_record_t *r, const char **note, apr_time_t now,
                                apr_pool_t *pool)
{
    check_t c = {pool, ""};

    clean_mrn(&c, &r->mrn);
    clean_text(&c, "family", &r->family, PORTAL_RECORD_NAME_MAX);
    clean_text(&c, "given", &r->given, PORTAL_RECORD_NAME_MAX);
    clean_date(&c, "birth_date", &r->birth_date);
    check_born(&c, r->birth_date, now);
    clean_email(&c, &r->email, note);
    clean_text(&c, "phone", &r->phone, PORTAL_RECORD_PHONE_MAX);
    clean_text(&c, "language", &r->language, PORTAL_RECORD_LANGUAGE_MAX);
    check_language(&c, r->language);
    clean_case(&c, r);
    return *c.wrong ? c.wrong : NULL;
}

static const char *full_name(const portal_record_t *r, apr_pool_t *pool)
{
    return portal_text_fold(apr_pstrcat(pool, r->family, " ", r->given, NULL), pool);
}

int portal_record_same_person(const portal_record_t *a, const portal_record_t *b,
                              apr_pool_t *pool)
{
    const char *one = full_name(a, pool), *other = full_name(b, pool);
    apr_size_t known = strlen(a->birth_date) < strlen(b->birth_date)
                           ? strlen(a->birth_date)
                           : strlen(b->birth_date);

    if (*one && *other && strcmp(one, other))
        return 0;
    return !strncmp(a->birth_date, b->birth_date, known);
}
