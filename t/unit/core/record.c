/* SPDX-License-Identifier: Apache-2.0 */
/* core/record: what is taken from other systems, what is refused, and who is one person. */
#include "unit.h"

#include <apr_strings.h>

#include "core/record.h"

#define NOW apr_time_from_sec(1795435200) /* 2026-11-23 */

static void a_good_record_is_made_ready(void **state)
{
    portal_record_t r = {.mrn = " M-1 ",
                         .family = " e\xCC\x81toile ",
                         .given = "Ann",
                         .birth_date = "3.4.1961",
                         .email = " Ann@EXAMPLE.org ",
                         .phone = "+1 (2) 3",
                         .language = "pt-BR",
                         .case_number = "c 10-7",
                         .case_title = "Knee",
                         .case_start = "2025-01-02T10:00:00Z"};
    const char *note;

    assert_null(portal_record_clean(&r, &note, NOW, *state));
    assert_string_equal(r.mrn, "M-1");
    assert_string_equal(r.family, "\xC3\xA9toile");
    assert_string_equal(r.birth_date, "1961-04-03");
    assert_string_equal(r.email, "Ann@example.org");
    assert_string_equal(r.case_number, "c 10-7");
    assert_string_equal(r.case_key, "C107");
    assert_string_equal(r.case_start, "2025-01-02");
}

static void an_mrn_is_enough(void **state)
{
    portal_record_t r = portal_record_empty;
    const char *note;

    r.mrn = "1";
    r.birth_date = "  ";
    assert_null(portal_record_clean(&r, &note, NOW, *state));
    assert_string_equal(r.birth_date, "");
    assert_string_equal(r.case_key, "");
}

typedef struct {
    size_t field;
    const char *value, *reason;
} bad_t;

#define FIELD(name) offsetof(portal_record_t, name)

static void each_fault_has_its_reason(void **state)
{
    static const bad_t bad[] = {
        {FIELD(mrn), " ", "mrn is missing"},
        {FIELD(mrn), "a\x01", "mrn is malformed or has more than 64 characters"},
        {FIELD(family), "M\xFCller", "family is not UTF-8"},
        {FIELD(family), "Tab\there", "family has a line break or a tab"},
        {FIELD(given), "Ann\nMarie", "given has a line break or a tab"},
        {FIELD(given), "\x1B[2J", "given has a control character"},
        {FIELD(given),
         "\xE2\x80\xAE"
         "nnA",
         "given has a character that changes the direction of text"},
        {FIELD(birth_date), "1980-02-30", "birth_date is no day of the calendar"},
        {FIELD(birth_date), "2026-11-26", "birth_date lies in the future"},
        {FIELD(birth_date), "2027", "birth_date lies in the future"},
        {FIELD(birth_date), "yesterday", "birth_date is no date; best is YYYY-MM-DD"},
        {FIELD(birth_date), "1066-10-14",
         "birth_date is a year before 1850 or after 2200"},
        {FIELD(birth_date), "01/02/1961",
         "birth_date can be read as two different days; write YYYY-MM-DD"},
        {FIELD(language), "en_US", "language is not a language code such as en or pt-BR"},
        {FIELD(case_number), " - ",
         "case_number is malformed or has more than 64 characters"},
        {FIELD(case_title), "Knee",
         "case_number is missing, but the row tells of a case"},
        {FIELD(phone), "1234567890123456789012345678901234567890123456789012345678901",
         "phone is too long"},
    };

    for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        portal_record_t r = portal_record_empty;
        const char *note;
        const char *reason;
        r.mrn = "1";
        *(const char **)((char *)&r + bad[i].field) = bad[i].value;
        reason = portal_record_clean(&r, &note, NOW, *state);
        assert_string_equal(reason ? reason : "taken", bad[i].reason);
    }
}

static void all_faults_are_named(void **state)
{
    portal_record_t r = portal_record_empty;
    const char *note;

    r.language = "x y";
    r.case_start = "2025-13-01";
    assert_string_equal(
        portal_record_clean(&r, &note, NOW, *state),
        "mrn is missing; language is not a language code such as en or pt-BR; "
        "case_start is no day of the calendar; "
        "case_number is missing, but the row tells of a case");
}

static const char *email_of(const char *typed, const char **note, apr_pool_t *pool)
{
    portal_record_t r = portal_record_empty;

    r.mrn = "1";
    r.email = typed;
    assert_null(portal_record_clean(&r, note, NOW, pool));
    return r.email;
}

static void an_email_refuses_nobody(void **state)
{
    static const char none[] = "email is no e-mail address and was left out";
    static const char several[] = "email is more than one address; the first was taken";
    const char *note;

    assert_string_equal(email_of(" Ann@EXAMPLE.org ", &note, *state), "Ann@example.org");
    assert_null(note);
    assert_string_equal(email_of("  ", &note, *state), "");
    assert_null(note);
    assert_string_equal(email_of("not-an-address", &note, *state), "");
    assert_string_equal(note, none);
    assert_string_equal(email_of("jl\"quoted\"@example.org", &note, *state), "");
    assert_string_equal(note, none);
    assert_string_equal(email_of("a@example.org; b@example.org", &note, *state),
                        "a@example.org");
    assert_string_equal(note, several);
    assert_string_equal(email_of("a\"@example.org,b@example.org", &note, *state),
                        "b@example.org");
    assert_string_equal(email_of("a@@b@", &note, *state), "");
    assert_string_equal(note, none);
}

static int same(const char *family, const char *given, const char *birth_date,
                apr_pool_t *pool)
{
    portal_record_t ann = portal_record_empty, other = portal_record_empty;

    ann.family = "N\xC3\xBA\xC3\xB1"
                 "ez";
    ann.given = "Ann";
    ann.birth_date = "1961-04";
    other.family = family;
    other.given = given;
    other.birth_date = birth_date;
    return portal_record_same_person(&ann, &other, pool) &&
           portal_record_same_person(&other, &ann, pool);
}

static void persons_are_told_apart(void **state)
{
    assert_true(same("NUNEZ", "ann", "1961-04-03", *state));
    assert_true(same("Nunez", "Ann", "", *state));
    assert_true(same("", "", "1961", *state));
    assert_false(same("Nunez", "Anna", "1961-04-03", *state));
    assert_false(same("Nunez", "Ann", "1961-05-03", *state));
    assert_false(same("Nunez", "", "1961-04-03", *state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(a_good_record_is_made_ready), pool_test(an_mrn_is_enough),
        pool_test(each_fault_has_its_reason),   pool_test(all_faults_are_named),
        pool_test(an_email_refuses_nobody),     pool_test(persons_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
