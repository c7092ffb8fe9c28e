/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: fhirpath <QUESTIONS
 *
 * Works out FHIRPath for tests that compare it with other programs. Each line of the input is
 * {"expression": TEXT, "resource": any JSON}; each line of the output the result as a list, or an
 * object {"error": WHY}. The time is 2026-11-29 12:00 UTC.
 */
#include <apr_general.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fhir_json.h"
#include "core/fhirpath.h"

#define NOON APR_TIME_C(1795953600000000)

static void answer(const char *line, apr_pool_t *p)
{
    const char *why = "", *resource, *result = NULL;
    json_t *question = portal_fhir_json_read(line, strlen(line), &why, p), *error;

    if (question) {
        resource = portal_fhir_json_write(json_object_get(question, "resource"), p);
        result = portal_fhirpath_try(portal_fhir_json_string(question, "expression"),
                                     resource, strlen(resource), NOON, &why, p);
    }
    if (!result) {
        error = json_pack("{s:s}", "error", why);
        result = portal_fhir_json_write(error, p);
        json_decref(error);
    }
    puts(result);
}

int main(void)
{
    apr_pool_t *p;
    char *line = NULL;
    size_t size = 0;

    apr_initialize();
    while (getline(&line, &size, stdin) > 0) {
        apr_pool_create(&p, NULL);
        answer(line, p);
        apr_pool_destroy(p);
    }
    free(line);
    return 0;
}
