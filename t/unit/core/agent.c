/* SPDX-License-Identifier: Apache-2.0 */
/* core/agent: what the browsers of today send, and what is no browser. */
#include "unit.h"

#include "core/agent.h"

#define MOZILLA "Mozilla/5.0 "
#define LIKE_GECKO "AppleWebKit/537.36 (KHTML, like Gecko) "
#define LIKE_SAFARI "AppleWebKit/605.1.15 (KHTML, like Gecko) "

static const struct {
    const char *header, *browser, *system;
} known[] = {
    {MOZILLA "(Linux; Android 10; K) " LIKE_GECKO "Chrome/120.0.0.0 Mobile Safari/537.36",
     "chrome", "android"},
    {MOZILLA "(Linux; Android 10; K) " LIKE_GECKO
             "SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36",
     "samsung", "android"},
    {MOZILLA "(iPhone; CPU iPhone OS 17_1 like Mac OS X) " LIKE_SAFARI
             "Version/17.1 Mobile/15E148 Safari/604.1",
     "safari", "ios"},
    {MOZILLA "(iPhone; CPU iPhone OS 17_1 like Mac OS X) " LIKE_SAFARI
             "CriOS/120.0 Mobile/15E148 Safari/604.1",
     "chrome", "ios"},
    {MOZILLA "(iPad; CPU OS 14_0 like Mac OS X) " LIKE_SAFARI "FxiOS/120.0 Safari/605.1",
     "firefox", "ipados"},
    {MOZILLA "(Windows NT 10.0; Win64; x64) " LIKE_GECKO
             "Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0",
     "edge", "windows"},
    {MOZILLA "(Windows NT 10.0; rv:120.0) Gecko/20100101 Firefox/120.0", "firefox",
     "windows"},
    {MOZILLA "(Macintosh; Intel Mac OS X 10_15_7) " LIKE_SAFARI
             "Version/17.1 Safari/605.1.15",
     "safari", "macos"},
    {MOZILLA "(X11; CrOS x86_64 14541.0.0) " LIKE_GECKO "Chrome/120.0 Safari/537.36",
     "chrome", "chromeos"},
    {MOZILLA "(X11; Linux x86_64) " LIKE_GECKO "Chrome/120.0 Safari/537.36 OPR/106.0",
     "opera", "linux"},
    {"curl/7.88.1", "other", "other"},
    {"", "other", "other"},
    {NULL, "other", "other"},
    {"<script>\xff%s%n", "other", "other"},
};

static void tells_browsers_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        portal_agent_t agent = portal_agent(known[i].header);

        assert_string_equal(agent.browser, known[i].browser);
        assert_string_equal(agent.system, known[i].system);
    }
}

static void every_word_fits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        portal_agent_t agent = portal_agent(known[i].header);

        assert_true(strlen(agent.browser) < PORTAL_AGENT_WORD);
        assert_true(strlen(agent.system) < PORTAL_AGENT_WORD);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_browsers_apart),
        cmocka_unit_test(every_word_fits),
    };
    return cmocka_run_group_tests_name("core/agent", tests, NULL, NULL);
}
