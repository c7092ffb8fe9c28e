/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: one e-mail address as it is typed. What is taken is one address that can stand in an
 * envelope and in a header as it is, and that reads as itself again.
 */
#include "fuzz.h"

#include "core/email.h"

static void check_wire(const char *wire)
{
    must(strlen(wire) <= PORTAL_EMAIL_MAX);
    must(strchr(wire, '@') && strchr(wire, '@') == strrchr(wire, '@'));
    for (const char *at = wire; *at; at++) {
        must((unsigned char)*at > ' ' && *at != 0x7f && !strchr("<>()[]\\,;:\"", *at));
    }
    for (const char *at = strchr(wire, '@'); *at; at++) {
        must(!(*at & 0x80));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    portal_email_t email, again;

    if (portal_email_parse(&email, fuzz_text(data, size, pool), pool) ==
        PORTAL_EMAIL_OK) {
        check_wire(email.wire);
        must(strncmp(email.address, email.local, strlen(email.local)) == 0);
        must(portal_email_parse(&again, email.address, pool) == PORTAL_EMAIL_OK);
        must(strcmp(email.wire, again.wire) == 0 && strcmp(email.key, again.key) == 0);
        must(strcmp(email.address, again.address) == 0);
        must(portal_email_parse(&again, email.wire, pool) == PORTAL_EMAIL_OK &&
             strcmp(email.key, again.key) == 0);
    } else {
        must(!email.address && !email.wire && !email.key);
    }
    apr_pool_destroy(pool);
    return 0;
}
