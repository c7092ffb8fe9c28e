/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: what a client says of itself: Accept, Accept-Language, User-Agent, and its address.
 * The answer is always one of those that there are.
 */
#include "fuzz.h"

#include "core/accept.h"
#include "core/agent.h"
#include "core/catalogue.h"
#include "core/cidr.h"

static const portal_catalogue_t *catalogue(void)
{
    static portal_catalogue_t *kept;
    static const char *const dirs[] = {"htdocs/lang", NULL};
    const char *error = "";
    apr_pool_t *pool;

    if (!kept) {
        apr_pool_create(&pool, NULL);
        if (portal_catalogue_load(&kept, dirs, &error, pool) != APR_SUCCESS) {
            fprintf(stderr, "to be started in the folder of the sources: %s\n", error);
            exit(2);
        }
    }
    return kept;
}

static void check_network(const char *text, apr_pool_t *pool)
{
    apr_array_header_t *networks = apr_array_make(pool, 1, sizeof(portal_cidr_t));
    portal_cidr_t network, again;

    if (portal_cidr_parse(&network, text) == APR_SUCCESS) {
        const char *written = portal_cidr_text(&network, pool);

        must(portal_cidr_parse(&again, written) == APR_SUCCESS &&
             strcmp(portal_cidr_text(&again, pool), written) == 0);
        APR_ARRAY_PUSH(networks, portal_cidr_t) = network;
    }
    (void)portal_cidr_match(networks, text);
    must(strcmp(portal_cidr_penalty(text, pool), "unknown") == 0 ||
         portal_cidr_parse(&again, portal_cidr_penalty(text, pool)) == APR_SUCCESS);
    must(strcmp(portal_cidr_single(text, pool), "unknown") == 0 ||
         portal_cidr_parse(&again, portal_cidr_single(text, pool)) == APR_SUCCESS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    apr_array_header_t *parts = fuzz_parts(data, size, pool);
    const char *first = fuzz_part(parts, 0), *lang;
    portal_agent_t agent = portal_agent(first);

    must(portal_accept(first) <= PORTAL_ACCEPT_JSON);
    must(strlen(agent.browser) < PORTAL_AGENT_WORD &&
         strlen(agent.system) < PORTAL_AGENT_WORD);
    lang = portal_catalogue_choose(catalogue(), fuzz_part(parts, 1), first);
    must(lang && portal_catalogue_find(catalogue(), lang));
    check_network(first, pool);
    apr_pool_destroy(pool);
    return 0;
}
