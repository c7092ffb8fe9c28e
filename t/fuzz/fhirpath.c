/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: FHIRPath. The input is an expression and, after a NUL, a resource; without one, a small
 * response. Nothing crashes, leaks or runs on; what is refused has a reason; what is worked out is
 * JSON, and the same when it is worked out again.
 */
#include "fuzz.h"

#include "core/fhir_json.h"
#include "core/fhirpath.h"

#define SMALL                                                                            \
    "{\"resourceType\":\"QuestionnaireResponse\",\"item\":[{\"linkId\":\"a\","           \
    "\"answer\":"                                                                        \
    "[{\"valueDecimal\":1.50},{\"valueDate\":\"2024-02-29\"}]},{\"linkId\":\"b\","       \
    "\"item\":[{"                                                                        \
    "\"linkId\":\"c\",\"answer\":[{\"valueString\":\"x\"},{\"valueQuantity\":{"          \
    "\"value\":5,"                                                                       \
    "\"code\":\"mg\"}},{\"valueTime\":\"10:00:00\"}]}]}]}"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    const char *text = apr_pstrmemdup(pool, (const char *)data, size), *resource = SMALL,
               *result, *again, *why = NULL;
    size_t len = strlen(text);

    if (len < size)
        resource = apr_pstrmemdup(pool, (const char *)data + len + 1, size - len - 1);
    result = portal_fhirpath_try(text, resource, strlen(resource), 0, &why, pool);
    again = portal_fhirpath_try(text, resource, strlen(resource), 0, &why, pool);
    if (result) {
        must(portal_fhir_json_read(result, strlen(result), &why, pool));
        /* on a busy machine the second time may be the one that is too long */
        must(again ? strcmp(result, again) == 0 : strstr(why, "too long") != NULL);
    } else {
        must(why && *why);
    }
    apr_pool_destroy(pool);
    return 0;
}
