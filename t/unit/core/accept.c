/* SPDX-License-Identifier: Apache-2.0 */
/* core/accept: which representation a header asks for. */
#include "unit.h"

#include "core/accept.h"

static void the_better_one_is_taken(void **state)
{
    static const struct {
        const char *header;
        portal_accept_t wanted;
    } rows[] = {
        {NULL, PORTAL_ACCEPT_ANY},
        {"", PORTAL_ACCEPT_ANY},
        {" , ,", PORTAL_ACCEPT_ANY},
        {"*/*", PORTAL_ACCEPT_ANY},
        {"application/*", PORTAL_ACCEPT_ANY},
        {"application/jsonp, text/htmlx", PORTAL_ACCEPT_ANY},
        {"application/fhir+json", PORTAL_ACCEPT_ANY},
        {"application/json", PORTAL_ACCEPT_JSON},
        {"APPLICATION/JSON; charset=utf-8", PORTAL_ACCEPT_JSON},
        {"application/problem+json", PORTAL_ACCEPT_JSON},
        {"application/json, text/plain, */*", PORTAL_ACCEPT_JSON},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
         PORTAL_ACCEPT_HTML},
        {"application/json, text/html;q=0.5", PORTAL_ACCEPT_JSON},
        {"text/html;q=0.5, application/json", PORTAL_ACCEPT_JSON},
        {"text/html;level=1 ; Q=0.500,application/json;q=.4", PORTAL_ACCEPT_HTML},
        {"application/json;q=0.1,text/html", PORTAL_ACCEPT_HTML},
        {"application/json,text/html", PORTAL_ACCEPT_JSON},
        {"text/html,application/json", PORTAL_ACCEPT_HTML},
        {"application/json;q=0", PORTAL_ACCEPT_HTML},
        {"application/json;q=0.0, */*", PORTAL_ACCEPT_HTML},
        {"application/json;q=0, text/html;q=0.1", PORTAL_ACCEPT_HTML},
        {"application/json;q=oops", PORTAL_ACCEPT_JSON},
        {"application/json;", PORTAL_ACCEPT_JSON},
        {"application/json;q=", PORTAL_ACCEPT_JSON},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        assert_int_equal(portal_accept(rows[i].header), rows[i].wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_better_one_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
