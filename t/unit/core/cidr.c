/* SPDX-License-Identifier: Apache-2.0 */
/* core/cidr: parsing, matching at the edges, mapped addresses, penalties. */
#include "unit.h"

#include "core/cidr.h"

static void reads_as(const char *text, const char *expected, apr_pool_t *pool)
{
    portal_cidr_t network;
    assert_int_equal(portal_cidr_parse(&network, text), APR_SUCCESS);
    assert_string_equal(portal_cidr_text(&network, pool), expected);
}

static void networks_are_read(void **state)
{
    reads_as("192.0.2.0/24", "192.0.2.0/24", *state);
    reads_as("192.0.2.7/24", "192.0.2.0/24", *state);
    reads_as("192.0.2.7", "192.0.2.7/32", *state);
    reads_as("0.0.0.0/0", "0.0.0.0/0", *state);
    reads_as("255.255.255.255/1", "128.0.0.0/1", *state);
    reads_as("10.255.255.255/9", "10.128.0.0/9", *state);
    reads_as("2001:DB8:0:0::/56", "2001:db8::/56", *state);
    reads_as("2001:db8::ffff:1", "2001:db8::ffff:1/128", *state);
    reads_as("2001:db8:0:1ff::/56", "2001:db8:0:100::/56", *state);
    reads_as("::/0", "::/0", *state);
    reads_as("::1", "::1/128", *state);
    reads_as("::ffff:10.0.0.0/104", "10.0.0.0/8", *state);
    reads_as("::ffff:192.0.2.7", "192.0.2.7/32", *state);
    reads_as("::ffff:0:0/96", "0.0.0.0/0", *state);
}

static void rubbish_is_refused(void **state)
{
    (void)state;
    const char *bad[] = {
        "",
        "/",
        "/24",
        "10.1",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/08",
        "10.0.0.0/ 8",
        " 10.0.0.0/8",
        "10.0.0.0/8 ",
        "10.0.0.0/8/8",
        "10.0.0.256",
        "010.0.0.1",
        "10.0.0.0/255.0.0.0",
        "::/129",
        "::/1000",
        "fe80::1%eth0",
        "2001:db8::g/56",
        "localhost",
        "[::1]",
        "1.2.3.4.5",
        "2001:db8:::1",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc/56",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        portal_cidr_t network = {.bits = 77};
        assert_int_equal(portal_cidr_parse(&network, bad[i]), APR_EINVAL);
        assert_int_equal(network.bits, 77);
    }
}

static apr_array_header_t *list_of(const char *first, const char *second,
                                   apr_pool_t *pool)
{
    apr_array_header_t *list = apr_array_make(pool, 2, sizeof(portal_cidr_t));
    assert_int_equal(portal_cidr_parse(apr_array_push(list), first), APR_SUCCESS);
    assert_int_equal(portal_cidr_parse(apr_array_push(list), second), APR_SUCCESS);
    return list;
}

static void matching_ends_at_the_edges(void **state)
{
    apr_array_header_t *list = list_of("192.0.2.64/26", "2001:db8:0:100::/56", *state);
    assert_true(portal_cidr_match(list, "192.0.2.64"));
    assert_true(portal_cidr_match(list, "192.0.2.127"));
    assert_false(portal_cidr_match(list, "192.0.2.63"));
    assert_false(portal_cidr_match(list, "192.0.2.128"));
    assert_true(portal_cidr_match(list, "::ffff:192.0.2.100"));
    assert_true(portal_cidr_match(list, "2001:db8:0:100::"));
    assert_true(portal_cidr_match(list, "2001:db8:0:1ff:ffff:ffff:ffff:ffff"));
    assert_false(portal_cidr_match(list, "2001:db8:0:200::"));
    assert_false(portal_cidr_match(list, "2001:db8:0:ff::"));
    assert_false(portal_cidr_match(list, "::"));
}

static void families_do_not_mix(void **state)
{
    apr_array_header_t *all6 = list_of("::/0", "::/0", *state);
    apr_array_header_t *all4 = list_of("0.0.0.0/0", "0.0.0.0/0", *state);
    assert_true(portal_cidr_match(all6, "2001:db8::1"));
    assert_false(portal_cidr_match(all6, "192.0.2.1"));
    assert_false(portal_cidr_match(all6, "::ffff:192.0.2.1"));
    assert_true(portal_cidr_match(all4, "::ffff:192.0.2.1"));
    assert_false(portal_cidr_match(all4, "::1"));
}

static void zones_are_ignored_and_rubbish_lies_nowhere(void **state)
{
    apr_array_header_t *list = list_of("fe80::/10", "0.0.0.0/0", *state);
    assert_true(portal_cidr_match(list, "fe80::1%eth0"));
    assert_false(portal_cidr_match(list, ""));
    assert_false(portal_cidr_match(list, NULL));
    assert_false(portal_cidr_match(list, "unknown"));
    assert_false(portal_cidr_match(list, "192.0.2.1/24"));
    assert_false(portal_cidr_match(NULL, "192.0.2.1"));
    assert_false(
        portal_cidr_match(apr_array_make(*state, 1, sizeof(portal_cidr_t)), "192.0.2.1"));
}

static void penalties_are_shared_by_networks(void **state)
{
    assert_string_equal(portal_cidr_penalty("198.51.100.7", *state), "198.51.100.0/24");
    assert_string_equal(portal_cidr_penalty("::ffff:198.51.100.9", *state),
                        "198.51.100.0/24");
    assert_string_equal(portal_cidr_penalty("2001:db8:0:1ab::5", *state),
                        "2001:db8:0:100::/56");
    assert_string_equal(portal_cidr_penalty("fe80::1%eth0", *state), "fe80::/56");
    assert_string_equal(portal_cidr_penalty("rubbish", *state), "unknown");
    assert_string_equal(portal_cidr_penalty(NULL, *state), "unknown");
    assert_string_equal(portal_cidr_single("::ffff:198.51.100.9", *state),
                        "198.51.100.9/32");
    assert_string_equal(portal_cidr_single("2001:DB8::0:5", *state), "2001:db8::5/128");
    assert_string_equal(portal_cidr_single("", *state), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(networks_are_read),
        pool_test(rubbish_is_refused),
        pool_test(matching_ends_at_the_edges),
        pool_test(families_do_not_mix),
        pool_test(zones_are_ignored_and_rubbish_lies_nowhere),
        pool_test(penalties_are_shared_by_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
