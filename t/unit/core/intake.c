/* SPDX-License-Identifier: Apache-2.0 */
/* core/intake: rows become binders, and what contradicts is said. */
#include "unit.h"

#include <apr_strings.h>

#include "core/intake.h"

static void add(portal_intake_t *intake, const char *where, const char *mrn,
                const char *family, const char *given, const char *email,
                const char *number)
{
    portal_record_t r = portal_record_empty;

    r.mrn = mrn;
    r.family = family;
    r.given = given;
    r.email = email;
    r.case_number = r.case_key = number;
    portal_intake_add(intake, where, &r);
}

static const portal_intake_binder_t *binder(const portal_intake_t *intake, int i)
{
    assert_true(i < intake->binders->nelts);
    return APR_ARRAY_IDX(intake->binders, i, portal_intake_binder_t *);
}

static const portal_intake_case_t *one_case(const portal_intake_t *intake, int b, int i)
{
    assert_true(i < binder(intake, b)->cases->nelts);
    return APR_ARRAY_IDX(binder(intake, b)->cases, i, portal_intake_case_t *);
}

static const char *remark(const apr_array_header_t *list, int i, apr_pool_t *pool)
{
    const portal_remark_t *r = &APR_ARRAY_IDX(list, i, portal_remark_t);

    assert_true(i < list->nelts);
    return apr_pstrcat(pool, r->where, ": ", r->reason, NULL);
}

static void rows_of_one_mrn_are_one_binder(void **state)
{
    portal_intake_t *intake = portal_intake_make(*state);

    add(intake, "f:2", "M1", "Doe", "", "", "C1");
    add(intake, "f:3", "M2", "Roe", "", "", "");
    add(intake, "f:4", "M1", "", "", "a@x.org", "C2");
    add(intake, "f:5", "M1", "DOE", "", "b@x.org", "C3");
    assert_int_equal(intake->binders->nelts, 2);
    assert_string_equal(binder(intake, 0)->person.family, "Doe");
    assert_string_equal(binder(intake, 0)->person.given, "");
    assert_string_equal(binder(intake, 0)->person.email, "a@x.org");
    assert_int_equal(binder(intake, 0)->cases->nelts, 3);
    assert_string_equal(one_case(intake, 0, 1)->record.family, "");
    assert_int_equal(binder(intake, 1)->cases->nelts, 0);
    assert_int_equal(intake->warnings->nelts + intake->refused->nelts, 0);
}

static void two_persons_under_one_mrn_are_a_warning(void **state)
{
    portal_intake_t *intake = portal_intake_make(*state);

    add(intake, "f:2", "M1", "Doe", "Ann", "", "C1");
    add(intake, "f:3", "M1", "Roe", "Bob", "bob@x.org", "C2");
    assert_int_equal(intake->binders->nelts, 1);
    assert_string_equal(binder(intake, 0)->person.family, "Doe");
    assert_string_equal(binder(intake, 0)->person.email, ""); /* Bob's is not Ann's */
    assert_string_equal(one_case(intake, 0, 1)->record.family, "Roe");
    assert_string_equal(
        remark(intake->warnings, 0, *state),
        "f:3: its mrn stands for another person at f:2; the binder keeps that "
        "one's name");
    assert_int_equal(intake->warnings->nelts, 1);
    assert_int_equal(intake->refused->nelts, 0);
}

static void a_case_number_counts_once(void **state)
{
    portal_intake_t *intake = portal_intake_make(*state);

    add(intake, "f:2", "M1", "Doe", "Ann", "", "C1");
    add(intake, "f:3", "M1", "Doe", "Ann", "", "C1");
    assert_int_equal(intake->warnings->nelts, 0);
    add(intake, "f:4", "M1", "Doe", "", "", "C1");
    add(intake, "f:5", "M2", "Roe", "Bob", "", "C1");
    assert_int_equal(intake->binders->nelts, 1);
    assert_int_equal(binder(intake, 0)->cases->nelts, 1);
    assert_string_equal(remark(intake->refused, 0, *state),
                        "f:5: its case number stands under another mrn at f:2");
    assert_string_equal(
        remark(intake->warnings, intake->warnings->nelts - 1, *state),
        "f:4: its case number stands at f:2 already, and that row counts");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(rows_of_one_mrn_are_one_binder),
        pool_test(two_persons_under_one_mrn_are_a_warning),
        pool_test(a_case_number_counts_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
