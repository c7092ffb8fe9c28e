/* SPDX-License-Identifier: Apache-2.0 */
/* core/fhir_record: what we write as FHIR, and that core/fhir_patient reads the same back. */
#include "unit.h"

#include <apr_strings.h>

#include "core/fhir_json.h"
#include "core/fhir_patient.h"
#include "core/fhir_record.h"
#include "core/form_load.h"

#define WHEN apr_time_from_sec(1795435200) /* 2026-11-23T12:00:00Z */
#define META "\"meta\":{\"lastUpdated\":\"2026-11-23T12:00:00Z\""

static const portal_fhir_row_id_t row = {"a_b-_", WHEN};

static void ids_have_no_underscore(void **state)
{
    assert_string_equal(portal_fhir_id("_a-b_9", *state), ".a-b.9");
}

static void a_bare_person(void **state)
{
    portal_record_t r = portal_record_empty;

    r.mrn = "M \"1\"";
    assert_string_equal(
        portal_fhir_patient_write(&row, &r, *state),
        "{\"resourceType\":\"Patient\",\"id\":\"a.b-.\"," META
        "},\"identifier\":[{\"type\":"
        "{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/v2-0203\","
        "\"code\":\"MR\"}]},\"value\":\"M \\\"1\\\"\"}]}");
}

static void take(portal_fhir_t *f, const char *text, apr_pool_t *pool)
{
    const char *why = "";
    json_t *document = portal_fhir_json_read(text, strlen(text), &why, pool);

    if (!document)
        fail_msg("%s: %s", why, text);
    portal_fhir_take(f, document, &(portal_fhir_place_t){"f", 0});
}

static portal_record_t ann(void)
{
    portal_record_t r = portal_record_empty;

    r.mrn = "1";
    r.family = "O\xE2\x80\x99"
               "Brien";
    r.given = "Ann  Marie";
    r.birth_date = "1961-04";
    r.email = "ann@example.org";
    r.phone = "+1 2";
    r.language = "pt-BR";
    r.case_number = "C 1";
    r.case_title = "Knee";
    r.case_start = "2025-01-02";
    return r;
}

/* The case first, as files come in the order of their names. */
static const portal_record_t *read_back(const portal_record_t *r, int i, apr_pool_t *pool)
{
    portal_fhir_t *f = portal_fhir_make(pool);
    const portal_fhir_row_id_t of_case = {"c_", WHEN};
    const portal_fhir_row_t *got;

    take(f, portal_fhir_case_write(&of_case, row.id, r, pool), pool);
    take(f, portal_fhir_patient_write(&row, r, pool), pool);
    got = &APR_ARRAY_IDX(portal_fhir_rows(f), i, portal_fhir_row_t);
    assert_null(got->refused);
    return &got->record;
}

static void a_person_comes_back(void **state)
{
    portal_record_t r = ann();
    const portal_record_t *got = read_back(&r, 0, *state);

    assert_string_equal(got->mrn, r.mrn);
    assert_string_equal(got->family, r.family);
    assert_string_equal(got->given, r.given);
    assert_string_equal(got->birth_date, r.birth_date);
    assert_string_equal(got->email, r.email);
    assert_string_equal(got->phone, r.phone);
    assert_string_equal(got->language, r.language);
    assert_string_equal(got->case_number, "");
}

static void a_case_comes_back(void **state)
{
    portal_record_t r = ann();
    const portal_record_t *got = read_back(&r, 1, *state);

    assert_string_equal(got->family, r.family);
    assert_string_equal(got->case_number, r.case_number);
    assert_string_equal(got->case_title, r.case_title);
    assert_string_equal(got->case_start, r.case_start);
    assert_int_equal(got->own_person, 0);
}

static void a_case_keeps_whom_it_came_with(void **state)
{
    portal_record_t r = ann();
    const portal_record_t *got;

    r.own_person = 1;
    r.own_family = "Doe";
    got = read_back(&r, 1, *state);
    assert_string_equal(got->family, r.family);
    assert_int_equal(got->own_person, 1);
    assert_string_equal(got->own_family, "Doe");
    assert_string_equal(got->own_given, "");
    assert_string_equal(got->own_birth_date, "");
    r.own_family = "";
    got = read_back(&r, 1, *state);
    assert_int_equal(got->own_person, 1);
    assert_string_equal(got->own_family, "");
}

static const char *questionnaire(const char *source, apr_pool_t *pool)
{
    const portal_fhir_row_id_t form = {"0123abc", WHEN};
    return portal_fhir_questionnaire_write(&form, "intake", source, pool);
}

static void a_form_stays_as_it_was(void **state)
{
    assert_string_equal(
        questionnaire(
            "{\"resourceType\":\"Questionnaire\",\"id\":\"theirs\",\"url\":\"u:1\","
            "\"version\":\"2\",\"status\":\"retired\",\"meta\":{\"versionId\":\"9\","
            "\"tag\":[{\"code\":\"x\"}]},\"item\":[{\"max\":1.10}]}",
            *state),
        "{\"resourceType\":\"Questionnaire\",\"id\":\"0123abc\"," META
        ",\"tag\":[{\"code\":"
        "\"x\"}]},\"url\":\"u:1\",\"version\":\"2\",\"status\":\"retired\",\"item\":[{"
        "\"max\":"
        "1.10}]}");
    assert_null(questionnaire("[]", *state));
    assert_null(questionnaire("", *state));
}

static void value_sets_inside_are_referred_to(void **state)
{
    assert_string_equal(
        questionnaire(
            "{\"resourceType\":\"Questionnaire\",\"url\":\"u:1\",\"version\":\"2\","
            "\"status\":"
            "\"active\",\"contained\":[{\"id\":\"s\",\"url\":\"u:set\",\"version\":\"7\","
            "\"expansion\":{\"contains\":[]}}],\"item\":[{\"answerValueSet\":\"u:set|7\","
            "\"item\":[{"
            "\"extension\":[{\"valueCanonical\":\"u:set\"},{\"valueCanonical\":\"u:"
            "else\"}]}]}]}",
            *state),
        "{\"resourceType\":\"Questionnaire\",\"id\":\"0123abc\"," META
        "},\"url\":\"u:1\",\"version\":\"2\",\"status\":\"active\",\"contained\":[{"
        "\"id\":\"s\","
        "\"url\":\"u:set\",\"version\":\"7\",\"expansion\":{\"contains\":[],"
        "\"timestamp\":"
        "\"2026-11-23T12:00:00Z\"}}],\"item\":[{\"answerValueSet\":\"#s\",\"item\":[{"
        "\"extension\":[{\"valueCanonical\":\"#s\"},{\"valueCanonical\":\"u:else\"}]}]}]"
        "}");
}

/* What a response says and what the form says must be the same words. */
static void a_form_gets_the_canonical_that_responses_name(void **state)
{
    static const char source[] =
        "{\"resourceType\":\"Questionnaire\",\"url\":\"no good\","
        "\"item\":[{\"linkId\":\"1\",\"type\":\"string\"}]}";
    apr_array_header_t *faults = apr_array_make(*state, 4, sizeof(portal_form_fault_t));
    const char *why, *text;
    portal_fhir_row_id_t of_form = {NULL, WHEN};
    portal_form_t *form;
    json_t *out;

    assert_int_equal(
        portal_form_load(&form, "intake.json", source, strlen(source), faults, *state),
        APR_SUCCESS);
    of_form.id = form->hash;
    text = portal_fhir_questionnaire_write(&of_form, form->name, source, *state);
    out = portal_fhir_json_read(text, strlen(text), &why, *state);
    assert_string_equal(portal_fhir_json_string(out, "url"), form->url);
    assert_string_equal(portal_fhir_json_string(out, "version"), form->version);
    assert_string_equal(portal_fhir_json_string(out, "status"), "unknown");
}

static void a_response_says_whose_it_is(void **state)
{
    static const char text[] = "{\"resourceType\":\"QuestionnaireResponse\",\"id\":"
                               "\"old\",\"extension\":[{\"url\":"
                               "\"x\"}],\"subject\":{\"reference\":\"Patient/"
                               "other\",\"display\":\"Ann\"},\"item\":"
                               "[{\"answer\":[{\"valueDecimal\":1.50}]}]}";
    const portal_fhir_about_t about = {"b_", "c_", "beef"};

    assert_string_equal(
        portal_fhir_response_write(&row, &about, text, strlen(text), *state),
        "{\"resourceType\":\"QuestionnaireResponse\",\"id\":\"a.b-.\"," META
        ",\"tag\":[{\"system\":\"urn:ietf:rfc:7693\",\"code\":\"beef\"}]},\"extension\":["
        "{"
        "\"url\":\"http://hl7.org/fhir/StructureDefinition/workflow-episodeOfCare\","
        "\"valueReference\":{\"reference\":\"EpisodeOfCare/"
        "c.\"}},{\"url\":\"x\"}],\"subject\":"
        "{\"reference\":\"Patient/b.\",\"display\":\"Ann\"},\"item\":[{\"answer\":[{"
        "\"valueDecimal\":1.50}]}]}");
    assert_null(portal_fhir_response_write(&row, &about, "7", 1, *state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(ids_have_no_underscore),
        pool_test(a_bare_person),
        pool_test(a_person_comes_back),
        pool_test(a_case_comes_back),
        pool_test(a_case_keeps_whom_it_came_with),
        pool_test(a_form_stays_as_it_was),
        pool_test(value_sets_inside_are_referred_to),
        pool_test(a_form_gets_the_canonical_that_responses_name),
        pool_test(a_response_says_whose_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
