/* SPDX-License-Identifier: Apache-2.0 */
/* core/fhir_patient: who and what is found in Patients, EpisodesOfCare and Bundles. */
#include "unit.h"

#include <apr_strings.h>
#include <stdio.h>

#include "core/fhir_json.h"
#include "core/fhir_patient.h"

static void take(portal_fhir_t *f, const char *json, const char *file, apr_pool_t *pool)
{
    const char *why = "";
    json_t *document = portal_fhir_json_read(json, strlen(json), &why, pool);

    if (!document)
        fail_msg("%s: %s", why, json);
    portal_fhir_take(f, document, &(portal_fhir_place_t){file, 0});
}

static const portal_fhir_row_t *row_of(portal_fhir_t *f, int i)
{
    const apr_array_header_t *rows = portal_fhir_rows(f);

    assert_true(i < rows->nelts);
    return &APR_ARRAY_IDX(rows, i, portal_fhir_row_t);
}

/* The record of one Patient with these members. */
static const portal_fhir_row_t *patient(const char *members, apr_pool_t *pool)
{
    portal_fhir_t *f = portal_fhir_make(pool);

    take(f,
         apr_pstrcat(pool, "{\"resourceType\":\"Patient\",\"id\":\"x\"", members, "}",
                     NULL),
         "f", pool);
    return row_of(f, 0);
}

#define IDENTIFIER ",\"identifier\":["
#define MR                                                                               \
    "{\"type\":{\"coding\":[{\"code\":\"NI\"},{\"code\":\"MR\"}]},\"value\":\"mr\"}"

static void the_mrn_is_the_best_identifier(void **state)
{
    static const char *const cases[][2] = {
        {"", "x"},
        {IDENTIFIER "]", "x"},
        {IDENTIFIER "{\"system\":\"s\"}]", "x"},
        {IDENTIFIER "{\"value\":\"first\"},{\"value\":\"second\"}]", "first"},
        {IDENTIFIER "{},{\"value\":\"second\"}]", "second"},
        {IDENTIFIER "{\"value\":\"first\"},{\"use\":\"official\",\"value\":\"off\"}]",
         "off"},
        {IDENTIFIER "{\"use\":\"official\",\"value\":\"off\"}," MR "]", "mr"},
        {IDENTIFIER "{\"value\":1},{\"type\":[],\"value\":\"odd\"}]", "odd"},
        {",\"identifier\":\"no list\"", "x"},
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_string_equal(patient(cases[i][0], *state)->record.mrn, cases[i][1]);
}

#define NAME ",\"name\":["

static void the_name_is_the_best_one(void **state)
{
    static const char *const cases[][2] = {
        {"", "|"},
        {NAME "]", "|"},
        {NAME "{\"_family\":{}}]", "|"},
        {NAME "{\"text\":\"Suharto\"}]", "Suharto|"},
        {NAME "{\"family\":\"A\",\"given\":[\"B\",\"C\",null,\"\"],\"text\":\"T\"}]",
         "A|B C"},
        {NAME "{\"given\":[\"B\"]}]", "|B"},
        {NAME
         "{\"use\":\"usual\",\"family\":\"U\"},{\"use\":\"official\",\"family\":\"O\"}]",
         "O|"},
        {NAME
         "{\"use\":\"old\",\"family\":\"M\"},{\"use\":\"nickname\",\"given\":[\"N\"]}]",
         "|N"},
        {NAME "{\"use\":\"maiden\",\"family\":\"M\"},{\"family\":\"P\"}]", "P|"},
        {NAME "{\"use\":\"official\"},{\"use\":\"old\",\"family\":\"M\"}]", "M|"},
        {NAME "{\"use\":\"official\",\"family\":\"1\"},{\"use\":\"official\",\"family\":"
              "\"2\"}]",
         "1|"},
        {NAME "{\"use\":\"own\",\"family\":\"X\"},{\"use\":\"old\",\"family\":\"M\"}]",
         "M|"},
        {NAME "7,\"text\",{\"family\":1.5}]", "|"},
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const portal_record_t *r = &patient(cases[i][0], *state)->record;
        assert_string_equal(apr_pstrcat(*state, r->family, "|", r->given, NULL),
                            cases[i][1]);
    }
}

#define TELECOM ",\"telecom\":["
#define MAIL(value, more) "{\"system\":\"email\",\"value\":\"" value "\"" more "}"

static void the_email_is_the_one_of_lowest_rank(void **state)
{
    static const char *const cases[][3] = {
        {"", "", NULL},
        {TELECOM MAIL("a@x.org", "") "," MAIL("b@x.org", "") "]", "a@x.org", NULL},
        {TELECOM MAIL("a@x.org", "") "," MAIL("b@x.org", ",\"rank\":2") "]", "b@x.org",
         NULL},
        {TELECOM MAIL("a@x.org", ",\"rank\":3") "," MAIL("b@x.org", ",\"rank\":1") "]",
         "b@x.org", NULL},
        {TELECOM MAIL("a@x.org", ",\"rank\":1,\"use\":\"old\"") "," MAIL("b@x.org",
                                                                         "") "]",
         "b@x.org", NULL},
        {TELECOM MAIL("a@x.org", ",\"use\":\"old\"") "]", "", NULL},
        {TELECOM MAIL("no address", ",\"rank\":1") "," MAIL("b@x.org", "") "]", "b@x.org",
         NULL},
        {TELECOM MAIL("no address", "") "]", "",
         "its e-mail is no address and was left out"},
        {TELECOM "{\"system\":\"phone\",\"value\":\"a@x.org\"}]", "", NULL},
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const portal_fhir_row_t *row = patient(cases[i][0], *state);
        assert_string_equal(row->record.email, cases[i][1]);
        assert_string_equal(row->note ? row->note : "-", cases[i][2] ? cases[i][2] : "-");
    }
}

static void the_rest_of_a_person(void **state)
{
    const portal_record_t *r =
        &patient(
             ",\"birthDate\":\"1955-02\",\"telecom\":[{\"system\":\"phone\",\"value\":"
             "\"1\",\"rank\":2},"
             "{\"system\":\"phone\",\"value\":\"2\",\"rank\":1}],\"communication\":["
             "{\"language\":{\"coding\":[{\"code\":\"en\"}]}},"
             "{\"language\":{\"coding\":[{\"code\":\"not a code\"},{\"code\":\"ar\"}]},"
             "\"preferred\":true}]",
             *state)
             ->record;

    assert_string_equal(r->birth_date, "1955-02");
    assert_string_equal(r->phone, "2");
    assert_string_equal(r->language, "ar");
    r = &patient(",\"_birthDate\":{\"extension\":[{\"valueCode\":\"masked\"}]}", *state)
             ->record;
    assert_string_equal(r->birth_date, "");
}

#define EPISODE(id, more)                                                                \
    "{\"resourceType\":\"EpisodeOfCare\"" id ",\"status\":\"active\"" more "}"
#define REF(to) ",\"patient\":{\"reference\":\"" to "\"}"
#define PATIENT(id)                                                                      \
    "{\"resourceType\":\"Patient\",\"id\":\"" id "\",\"birthDate\":\"1950\","            \
    "\"name\":[{\"family\":\"" id "\"}]}"

static void an_episode_is_a_case_of_its_patient(void **state)
{
    portal_fhir_t *f = portal_fhir_make(*state);
    const portal_record_t *r;

    take(f,
         EPISODE(",\"id\":\"e1\"",
                 REF("Patient/p") ",\"period\":{\"start\":\"2025-01-02\"},"
                                  "\"identifier\":[{\"system\":\"s\"},{\"value\":\"C-1\"}"
                                  ",{\"value\":\"C-2\"}],"
                                  "\"type\":[{\"coding\":[{\"code\":\"k\",\"display\":"
                                  "\"Knee\"}]}]"),
         "a", *state);
    take(f,
         EPISODE(
             ",\"id\":\"e2\"",
             REF("http://h/fhir/Patient/p/_history/3") ",\"type\":[{\"text\":\"Hip\"}]"),
         "a", *state);
    take(f, PATIENT("p"), "b", *state);
    assert_string_equal(row_of(f, 0)->record.case_number, "");
    assert_string_equal(row_of(f, 0)->where, "b: Patient/p");
    r = &row_of(f, 1)->record;
    assert_null(row_of(f, 1)->refused);
    assert_string_equal(r->mrn, "p");
    assert_string_equal(r->family, "p");
    assert_string_equal(r->birth_date, "1950");
    assert_string_equal(r->case_number, "C-1");
    assert_string_equal(r->case_title, "Knee");
    assert_string_equal(r->case_start, "2025-01-02");
    r = &row_of(f, 2)->record;
    assert_string_equal(r->mrn, "p");
    assert_string_equal(r->case_number, "e2");
    assert_string_equal(r->case_title, "Hip");
}

static void bad_episodes_are_refused(void **state)
{
    portal_fhir_t *f = portal_fhir_make(*state);

    take(f, PATIENT("p"), "a", *state);
    take(f, EPISODE(",\"id\":\"e\"", REF("Patient/q")), "a", *state);
    take(f, EPISODE("", REF("Patient/p")), "a", *state);
    take(f, EPISODE(",\"id\":\"e\"", ""), "a", *state);
    take(f, "{\"resourceType\":\"EpisodeOfCare\",\"status\":\"entered-in-error\"}", "a",
         *state);
    take(f, "{\"hello\":1}", "a", *state);
    assert_string_equal(row_of(f, 1)->refused, "is no FHIR resource: no resourceType");
    assert_string_equal(row_of(f, 2)->refused, "its patient is not in this import");
    assert_string_equal(row_of(f, 3)->refused,
                        "has neither identifier nor id, so there is no case number");
    assert_string_equal(row_of(f, 4)->refused, "its patient is not in this import");
    assert_int_equal(portal_fhir_rows(f)->nelts, 5);
    assert_int_equal(apr_hash_count(portal_fhir_ignored(f)), 1);
}

static const char *two_level_bundle(void)
{
    return "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":["
           "{\"fullUrl\":\"urn:uuid:1\",\"resource\":" PATIENT(
               "p") "},"
                    "{\"resource\":" EPISODE(
                        ",\"id\":\"e\"",
                        REF("urn:uuid:1")) "},"
                                           "{\"resource\":{\"resourceType\":"
                                           "\"Encounter\"}},"
                                           "{\"resource\":{\"resourceType\":"
                                           "\"Encounter\"}},{},7,"
                                           "{\"resource\":{\"resourceType\":\"Bundle\","
                                           "\"entry\":["
                                           "{\"resource\":" PATIENT("inner") "}]}}]}";
}

static void bundles_are_opened(void **state)
{
    portal_fhir_t *f = portal_fhir_make(*state);
    const char *deep = PATIENT("deep");
    const int *n;

    take(f, two_level_bundle(), "a", *state);
    assert_int_equal(portal_fhir_rows(f)->nelts, 3);
    assert_string_equal(row_of(f, 1)->record.mrn, "inner");
    assert_string_equal(row_of(f, 2)->record.mrn, "p");
    assert_string_equal(row_of(f, 2)->record.case_number, "e");
    n = apr_hash_get(portal_fhir_ignored(f), "Encounter", APR_HASH_KEY_STRING);
    assert_int_equal(n ? *n : 0, 2);
    for (int i = 0; i < 8; i++)
        deep = apr_pstrcat(*state,
                           "{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":", deep,
                           "}]}", NULL);
    take(f, deep, "a", *state);
    assert_int_equal(portal_fhir_rows(f)->nelts, 3);
    assert_non_null(apr_hash_get(portal_fhir_ignored(f), "Bundle", APR_HASH_KEY_STRING));
    take(f, "[" PATIENT("q") "," PATIENT("r") "]", "b", *state);
    assert_int_equal(portal_fhir_rows(f)->nelts, 5);
}

/* The same id in two files: a reference means the one beside it. */
static void references_stay_in_their_file(void **state)
{
    portal_fhir_t *f = portal_fhir_make(*state);

    take(f,
         "{\"resourceType\":\"Patient\",\"id\":\"p\","
         "\"identifier\":[{\"value\":\"one\"}]}",
         "a", *state);
    take(f,
         "{\"resourceType\":\"Patient\",\"id\":\"p\","
         "\"identifier\":[{\"value\":\"two\"}]}",
         "b", *state);
    take(f, EPISODE(",\"id\":\"e\"", REF("Patient/p")), "b", *state);
    take(f, EPISODE(",\"id\":\"g\"", REF("Patient/p")), "c", *state);
    assert_string_equal(row_of(f, 2)->record.mrn, "two");
    assert_string_equal(row_of(f, 3)->refused,
                        "its patient can be one of two: both have this id or identifier");
}

/* Two lines of one file are one place to look in. */
static void a_reference_that_can_mean_two_persons_is_refused(void **state)
{
    portal_fhir_t *f = portal_fhir_make(*state);

    take(f, "[" PATIENT("p") "," PATIENT("p") "]", "a", *state);
    take(f, EPISODE(",\"id\":\"e\"", REF("Patient/p")), "a", *state);
    assert_null(row_of(f, 2)->refused);
    take(f,
         "{\"resourceType\":\"Patient\",\"id\":\"p\","
         "\"identifier\":[{\"value\":\"other\"}]}",
         "a", *state);
    take(f, EPISODE(",\"id\":\"g\"", REF("Patient/p")), "a", *state);
    assert_non_null(row_of(f, 4)->refused);
}

static void a_patient_is_named_in_many_ways(void **state)
{
    static const char *const ways[] = {
        ",\"patient\":{\"reference\":\"Patient/7\"}",
        ",\"patient\":{\"reference\":\"http://h/r4/Patient/7\"}",
        ",\"patient\":{\"reference\":\"http://other/Patient/7/_history/2\"}",
        ",\"patient\":{\"identifier\":{\"system\":\"s\",\"value\":\"2nd\"}}",
        ",\"patient\":{\"reference\":\"#x\"},\"contained\":[{\"resourceType\":"
        "\"Patient\","
        "\"id\":\"x\",\"identifier\":[{\"value\":\"m\"}]}]",
    };
    static const char *const none[] = {
        "",
        ",\"patient\":{}",
        ",\"patient\":{\"identifier\":{\"value\":\"2nd\"}}",
        ",\"patient\":{\"reference\":\"#\"}",
        ",\"patient\":{\"reference\":\"#x\"},\"contained\":[{\"resourceType\":"
        "\"Patient\","
        "\"id\":\"x\",\"identifier\":[{\"system\":\"s\"}]}]",
        ",\"patient\":{\"reference\":\"#x\"},\"contained\":[{\"resourceType\":\"Group\","
        "\"id\":\"x\",\"identifier\":[{\"value\":\"m\"}]}]",
    };
    portal_fhir_t *f = portal_fhir_make(*state);

    take(f,
         "{\"resourceType\":\"Bundle\",\"entry\":[{\"fullUrl\":\"http://h/r4/Patient/7\","
         "\"resource\":{\"resourceType\":\"Patient\",\"identifier\":[{\"value\":\"m\"},"
         "{\"system\":\"s\",\"value\":\"2nd\"}]}}]}",
         "a", *state);
    for (int i = 0; i < 5; i++)
        take(f,
             apr_pstrcat(*state, "{\"resourceType\":\"EpisodeOfCare\",\"id\":\"e\"",
                         ways[i], "}", NULL),
             "b", *state);
    for (int i = 0; i < 6; i++)
        take(f,
             apr_pstrcat(*state, "{\"resourceType\":\"EpisodeOfCare\",\"id\":\"e\"",
                         none[i], "}", NULL),
             "b", *state);
    for (int i = 1; i <= 5; i++) {
        assert_null(row_of(f, i)->refused);
        assert_string_equal(row_of(f, i)->record.mrn, "m");
    }
    for (int i = 6; i <= 11; i++)
        assert_string_equal(row_of(f, i)->refused, "its patient is not in this import");
}

#define REPLACED(id, by)                                                                 \
    "{\"resourceType\":\"Patient\",\"id\":\"" id                                         \
    "\",\"link\":[{\"type\":\"seealso\",\"other\":{\"reference\":\"Patient/x\"}},"       \
    "{\"type\":\"replaced-by\",\"other\":{\"reference\":\"" by "\"}}]}"

static void cases_follow_a_patient_who_was_replaced(void **state)
{
    portal_fhir_t *f = portal_fhir_make(*state);

    take(f,
         "[" REPLACED("a", "Patient/b") "," REPLACED("b", "Patient/c") "," PATIENT(
             "c") "," REPLACED("r", "Patient/s") "," REPLACED("s", "Patient/r") "]",
         "f", *state);
    take(f, EPISODE(",\"id\":\"e\"", REF("Patient/a")), "f", *state);
    take(f, EPISODE(",\"id\":\"g\"", REF("Patient/r")), "f", *state);
    assert_int_equal(portal_fhir_rows(f)->nelts, 3);
    assert_string_equal(row_of(f, 0)->record.mrn, "c");
    assert_null(row_of(f, 1)->refused);
    assert_string_equal(row_of(f, 1)->record.mrn, "c");
    assert_string_equal(row_of(f, 2)->refused, "its patient is not in this import");
}

static void what_may_mean_something_else_is_refused(void **state)
{
    portal_fhir_t *f = portal_fhir_make(*state);

    take(f,
         "[{\"resourceType\":\"Patient\",\"id\":\"p\",\"modifierExtension\":[{\"url\":"
         "\"u\"}]},"
         "{\"resourceType\":\"Patient\",\"id\":\"q\",\"implicitRules\":\"u\"}," PATIENT(
             "r") ","
                  "{\"resourceType\":\"EpisodeOfCare\",\"id\":\"e\",\"patient\":{"
                  "\"reference\":"
                  "\"Patient/r\"},\"modifierExtension\":[{\"url\":\"u\"}]},"
                  "{\"resourceType\":\"Bundle\",\"entry\":{\"resource\":{}}}]",
         "f", *state);
    assert_int_equal(portal_fhir_rows(f)->nelts, 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(!row_of(f, i)->refused, i == 2);
    assert_string_equal(row_of(f, 3)->refused, "has an entry that is no list");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(the_mrn_is_the_best_identifier),
        pool_test(the_name_is_the_best_one),
        pool_test(the_email_is_the_one_of_lowest_rank),
        pool_test(the_rest_of_a_person),
        pool_test(an_episode_is_a_case_of_its_patient),
        pool_test(bad_episodes_are_refused),
        pool_test(bundles_are_opened),
        pool_test(references_stay_in_their_file),
        pool_test(a_reference_that_can_mean_two_persons_is_refused),
        pool_test(a_patient_is_named_in_many_ways),
        pool_test(cases_follow_a_patient_who_was_replaced),
        pool_test(what_may_mean_something_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
