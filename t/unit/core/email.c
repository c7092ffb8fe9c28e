/* SPDX-License-Identifier: Apache-2.0 */
/* core/email: what is an address, what is not, and its three spellings. */
#include "unit.h"

#include <apr_strings.h>

#include "core/email.h"

static void is(const char *typed, const char *address, const char *wire, const char *key,
               apr_pool_t *pool)
{
    portal_email_t email;
    assert_int_equal(portal_email_parse(&email, typed, pool), PORTAL_EMAIL_OK);
    assert_string_equal(email.address, address);
    assert_string_equal(email.wire, wire);
    assert_string_equal(email.key, key);
    assert_int_equal(strncmp(email.address, email.local, strlen(email.local)), 0);
    assert_int_equal(email.address[strlen(email.local)], '@');
}

static void same(const char *typed, apr_pool_t *pool)
{
    is(typed, typed, typed, typed, pool);
}

static void fails(const char *typed, portal_email_verdict_t expected, apr_pool_t *pool)
{
    portal_email_t email = {"a", "b", "c", "d"};
    assert_int_equal(portal_email_parse(&email, typed, pool), expected);
    assert_null(email.address);
    assert_null(email.wire);
    assert_null(email.key);
}

static void plain_addresses_are_taken(void **state)
{
    same("ann@example.org", *state);
    same("a@b.co", *state);
    same("ann.lee+clinic@mail.example.org", *state);
    same("o'brien@example.org", *state);
    same("!#$%&'*+-/?=^_`{|}~@example.org", *state);
    same("1@2.example", *state);
    is("  ann@example.org\t", "ann@example.org", "ann@example.org", "ann@example.org",
       *state);
    is("Ann.Lee@Example.ORG", "Ann.Lee@example.org", "Ann.Lee@example.org",
       "ann.lee@example.org", *state);
}

static void unicode_is_taken(void **state)
{
    is("Jörg@Müller.example", "Jörg@müller.example", "Jörg@xn--mller-kva.example",
       "jörg@xn--mller-kva.example", *state);
    is("ann@xn--mller-kva.example", "ann@müller.example", "ann@xn--mller-kva.example",
       "ann@xn--mller-kva.example", *state);
    is("ann@stra\xc3\x9f"
       "e.example",
       "ann@straße.example", "ann@xn--strae-oqa.example", "ann@xn--strae-oqa.example",
       *state);
    is("李小龍@例え.テスト", "李小龍@例え.テスト", "李小龍@xn--r8jz45g.xn--zckzah",
       "李小龍@xn--r8jz45g.xn--zckzah", *state);
    is("مريم@مثال.إختبار", "مريم@مثال.إختبار", "مريم@xn--mgbh0fb.xn--kgbechtv",
       "مريم@xn--mgbh0fb.xn--kgbechtv", *state);
    is("e\xcc\x81@example.org", "é@example.org", "é@example.org", "é@example.org",
       *state);
    is("ann@ｅｘａｍｐｌｅ。org", "ann@example.org", "ann@example.org", "ann@example.org",
       *state);
}

static void bad_local_parts_are_refused(void **state)
{
    const char *bad[] = {
        "@example.org",
        ".a@example.org",
        "a.@example.org",
        "a..b@example.org",
        "a b@example.org",
        "\"a b\"@example.org",
        "\"a\"@example.org",
        "a(c)@example.org",
        "Ann <ann@example.org",
        "Ann <ann@example.org>",
        "a,b@example.org",
        "a;b@example.org",
        "a:b@example.org",
        "a\\b@example.org",
        "mailto:a@example.org",
        "=?utf-8?q?a=40b?=@example.org",
        ("a\xc2\xa0"
         "b@example.org"),
        ("a\xe2\x80\x8b"
         "b@example.org"),
        ("a\xe2\x80\x8f"
         "b@example.org"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        fails(bad[i], PORTAL_EMAIL_LOCAL, *state);
    }
}

static void bad_domains_are_refused(void **state)
{
    const char *bad[] = {
        "a@",
        "a@example",
        "a@localhost",
        "a@.example.org",
        "a@example.org.",
        "a@example..org",
        "a@-example.org",
        "a@example-.org",
        "a@exa mple.org",
        "a@under_score.org",
        "a@exa!mple.org",
        "a@[192.0.2.1]",
        "a@192.0.2.1",
        "a@example.123",
        "a@example.org>",
        "a@example.org, b",
        "a@example.org;b",
        "a@example.org/x",
        "a@example.org:25",
        "a@xn--zzzzzzz.\xff",
        "a@exam\\ple.org",
        "a@\xe2\x80\x8b.org",
        "a@xn--a.example",
        "a@xn--.example",
        "a@ex--ample.org",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        portal_email_t email;
        portal_email_verdict_t verdict = portal_email_parse(&email, bad[i], *state);
        if (strchr(bad[i], '\xff')) {
            assert_int_equal(verdict, PORTAL_EMAIL_MALFORMED);
        } else {
            assert_int_equal(verdict, PORTAL_EMAIL_DOMAIN);
        }
    }
}

static void headers_cannot_be_injected(void **state)
{
    fails("a@example.org\r\nBcc: b@example.org", PORTAL_EMAIL_MALFORMED, *state);
    fails("a\n@example.org", PORTAL_EMAIL_MALFORMED, *state);
    fails("a\x01@example.org", PORTAL_EMAIL_MALFORMED, *state);
    fails("a@exa\x7fmple.org", PORTAL_EMAIL_MALFORMED, *state);
    fails("a\xe2\x80\xae@example.org", PORTAL_EMAIL_MALFORMED, *state);
    fails("a\xe2\x80\xa8@example.org", PORTAL_EMAIL_MALFORMED, *state);
    fails("M\xfcller@example.org", PORTAL_EMAIL_MALFORMED, *state);
}

static void the_other_verdicts(void **state)
{
    fails("", PORTAL_EMAIL_EMPTY, *state);
    fails(" \t ", PORTAL_EMAIL_EMPTY, *state);
    fails("ann", PORTAL_EMAIL_NO_AT, *state);
    fails("ann at example.org", PORTAL_EMAIL_NO_AT, *state);
    fails("a@b@example.org", PORTAL_EMAIL_SEVERAL, *state);
    fails("a@example.org, b@example.org", PORTAL_EMAIL_SEVERAL, *state);
}

/* `local` letters before the @, and a domain of labels of 60 letters that ends in .org. */
static const char *long_address(int local, int domain, apr_pool_t *pool)
{
    char *text = apr_pcalloc(pool, (apr_size_t)(local + domain + 2));
    char *host = text + local + 1;
    memset(text, 'a', (size_t)local);
    text[local] = '@';
    memset(host, 'b', (size_t)domain);
    for (int i = domain - 4; i > 0; i -= 60) {
        host[i] = '.';
    }
    memcpy(host + domain - 3, "org", 3);
    return text;
}

static void lengths_are_bounded(void **state)
{
    same(long_address(64, 189, *state), *state);
    fails(long_address(64, 190, *state), PORTAL_EMAIL_TOO_LONG, *state);
    fails(long_address(65, 50, *state), PORTAL_EMAIL_TOO_LONG, *state);
    same(long_address(1, 252, *state), *state);
    fails(long_address(1, 253, *state), PORTAL_EMAIL_TOO_LONG, *state);
    fails(long_address(300, 30, *state), PORTAL_EMAIL_TOO_LONG, *state);
    fails(apr_pstrcat(*state, "a@", apr_pstrndup(*state, long_address(64, 9, *state), 64),
                      ".org", NULL),
          PORTAL_EMAIL_DOMAIN, *state); /* a label of 64 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(plain_addresses_are_taken),   pool_test(unicode_is_taken),
        pool_test(bad_local_parts_are_refused), pool_test(bad_domains_are_refused),
        pool_test(headers_cannot_be_injected),  pool_test(the_other_verdicts),
        pool_test(lengths_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
