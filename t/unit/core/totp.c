/* SPDX-License-Identifier: Apache-2.0 */
/* Codes of authenticator apps, against the vectors of RFC 6238 appendix B, and which of them work. */
#include "unit.h"

#include "core/factor.h"
#include "core/secret.h"
#include "core/totp.h"

/* "12345678901234567890" of the RFC; its codes have eight digits, of which these are the last six. */
static const unsigned char secret[PORTAL_TOTP_SECRET] = {
    '1', '2', '3', '4', '5', '6', '7', '8', '9', '0',
    '1', '2', '3', '4', '5', '6', '7', '8', '9', '0'};

static apr_time_t at(apr_int64_t seconds)
{
    return seconds * APR_USEC_PER_SEC;
}

static portal_totp_verdict_t check(const char *code, apr_int64_t seconds,
                                   apr_int64_t last)
{
    apr_int64_t counter;
    return portal_totp_check(secret, code, at(seconds), last, &counter);
}

static void the_vectors_of_rfc_6238(void **state)
{
    static const struct {
        apr_int64_t seconds;
        const char *code;
    } vectors[] = {{59, "287082"},         {1111111109, "081804"},
                   {1111111111, "050471"}, {1234567890, "005924"},
                   {2000000000, "279037"}, {20000000000, "353130"}};
    apr_int64_t counter;

    (void)state;
    for (unsigned i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
        assert_int_equal(portal_totp_check(secret, vectors[i].code,
                                           at(vectors[i].seconds), 0, &counter),
                         PORTAL_TOTP_OK);
        assert_int_equal(counter, vectors[i].seconds / 30);
    }
}

static void one_step_to_either_side(void **state)
{
    (void)state; /* 050471 is of the step from 1111111110 on */
    assert_int_equal(check("050471", 1111111080, 0), PORTAL_TOTP_OK);
    assert_int_equal(check("050471", 1111111079, 0), PORTAL_TOTP_WRONG);
    assert_int_equal(check("050471", 1111111169, 0), PORTAL_TOTP_OK);
    assert_int_equal(check("050471", 1111111170, 0), PORTAL_TOTP_WRONG);
}

static void none_works_twice(void **state)
{
    apr_int64_t of = 1111111111 / 30;

    (void)state;
    assert_int_equal(check("050471", 1111111111, of - 1), PORTAL_TOTP_OK);
    assert_int_equal(check("050471", 1111111111, of), PORTAL_TOTP_USED);
    assert_int_equal(check("050471", 1111111111, of + 1), PORTAL_TOTP_USED);
    /* nor the one before it */
    assert_int_equal(check("081804", 1111111111, of), PORTAL_TOTP_USED);
}

static void what_is_no_code(void **state)
{
    static const char *const wrong[] = {"", "05047", "0504711", "050472", "abcdef"};

    (void)state;
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_int_equal(check(wrong[i], 1111111111, 0), PORTAL_TOTP_WRONG);
}

static void what_is_typed(void **state)
{
    apr_pool_t *pool = *state;

    assert_string_equal(portal_totp_read(" 050 471", pool), "050471");
    assert_string_equal(portal_totp_read("050-471", pool), "050471");
    assert_string_equal(
        portal_totp_read("\xef\xbc\x90\xef\xbc\x95\x30\x34\x37\x31", pool),
        "050471"); /* full width */
    assert_string_equal(portal_totp_read("05047", pool), "");
    assert_string_equal(portal_totp_read("0504712", pool), "");
    assert_string_equal(portal_totp_read("05047x", pool), "");
    assert_string_equal(portal_totp_read("05047\xff", pool), "");
}

static void how_the_app_is_told(void **state)
{
    apr_pool_t *pool = *state;

    assert_string_equal(portal_totp_text(secret, pool),
                        "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    assert_string_equal(
        portal_totp_uri(secret, "St. Mary & S\xc3\xb6hne", "A 1", pool),
        "otpauth://totp/St.%20Mary%20%26%20S%C3%B6hne:A%201"
        "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=St.%20Mary%20%26%20S%C3%B6hne");
}

static void what_a_right_password_opens(void **state)
{
    (void)state;
    /* policy, has, given, temporary */
    assert_int_equal(portal_factor_session(PORTAL_FACTOR_OFF, 1, 0, 0),
                     PORTAL_SESSION_PATIENT);
    assert_int_equal(portal_factor_session(PORTAL_FACTOR_OFF, 0, 0, 1),
                     PORTAL_SESSION_MUST_CHANGE);
    assert_int_equal(portal_factor_session(PORTAL_FACTOR_OFFERED, 0, 0, 0),
                     PORTAL_SESSION_PATIENT);
    assert_int_equal(portal_factor_session(PORTAL_FACTOR_OFFERED, 1, 0, 0),
                     PORTAL_SESSION_HALF);
    assert_int_equal(portal_factor_session(PORTAL_FACTOR_OFFERED, 1, 0, 1),
                     PORTAL_SESSION_HALF);
    assert_int_equal(portal_factor_session(PORTAL_FACTOR_OFFERED, 1, 1, 1),
                     PORTAL_SESSION_MUST_CHANGE);
    assert_int_equal(portal_factor_session(PORTAL_FACTOR_REQUIRED, 0, 0, 1),
                     PORTAL_SESSION_MUST_CHANGE);
    assert_int_equal(portal_factor_session(PORTAL_FACTOR_REQUIRED, 0, 0, 0),
                     PORTAL_SESSION_SET_UP);
    assert_int_equal(portal_factor_session(PORTAL_FACTOR_REQUIRED, 1, 0, 0),
                     PORTAL_SESSION_HALF);
    assert_int_equal(portal_factor_session(PORTAL_FACTOR_REQUIRED, 1, 1, 0),
                     PORTAL_SESSION_PATIENT);
}

static void recovery_codes(void **state)
{
    apr_pool_t *pool = *state;
    const char *code = portal_factor_code(pool);
    char hash[PORTAL_HASH_SIZE], other[PORTAL_HASH_SIZE];
    char typed[64], *to = typed;

    assert_int_equal(strlen(code), 29);
    assert_string_not_equal(code, portal_factor_code(pool));
    for (const char *c = code; *c; c++)
        *to++ = *c == '-' ? ' ' : (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
    *to = '\0';
    portal_factor_code_hash(hash, "binder", code, pool);
    assert_int_equal(strlen(hash), PORTAL_HASH_SIZE - 1);
    portal_factor_code_hash(other, "binder", typed, pool);
    assert_string_equal(hash, other);
    portal_factor_code_hash(other, "another", code, pool);
    assert_string_not_equal(hash, other);
    portal_factor_code_hash(other, "binder", "bcdfg", pool);
    assert_string_equal(other, "");
    portal_factor_code_hash(other, "binder", "\xff", pool);
    assert_string_equal(other, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(the_vectors_of_rfc_6238),
        pool_test(one_step_to_either_side),
        pool_test(none_works_twice),
        pool_test(what_is_no_code),
        pool_test(what_is_typed),
        pool_test(how_the_app_is_told),
        pool_test(what_a_right_password_opens),
        pool_test(recovery_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
