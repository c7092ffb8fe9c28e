/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: a drawn signature, and a response out of which signatures are taken. The path has
 * nothing in it but moves, lines and numbers, since it stands in a page as it is.
 */
#include "fuzz.h"

#include "core/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    const char *text = fuzz_text(data, size, pool);
    const char *path = portal_signature_path(text, pool), *once, *twice;

    if (path) {
        must(*path == 'M' && strspn(path, "ML0123456789 ,") == strlen(path));
    }
    once = portal_signature_strip(text, strlen(text), pool);
    if (once) {
        twice = portal_signature_strip(once, strlen(once), pool);
        must(twice && strcmp(once, twice) == 0);
    }
    apr_pool_destroy(pool);
    return 0;
}
