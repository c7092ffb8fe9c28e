/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Mustache specification's own tests, from PORTAL_SAMPLES/mustache-spec: each passes,
 * or has a raw form and is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include "core/template.h"

static apr_pool_t *pool;
static const char *error;

static int is_raw(const char *source)
{
    return strstr(source, "{{{") || strstr(source, "{{&") || strstr(source, "{{ &");
}

typedef struct {
    int passed;
    int refused;
} tally_t;

static apr_status_t add_all(portal_templates_t *set, json_t *test, int *raw)
{
    const char *name;
    json_t *partial;
    const char *source = json_string_value(json_object_get(test, "template"));
    apr_status_t status =
        portal_templates_add(set, "page", "page", source, strlen(source), &error);

    *raw = is_raw(source) != 0;
    json_object_foreach(json_object_get(test, "partials"), name, partial)
    {
        source = json_string_value(partial);
        *raw = *raw || is_raw(source);
        if (status == APR_SUCCESS) {
            status =
                portal_templates_add(set, name, name, source, strlen(source), &error);
        }
    }
    return status;
}

static void try_test(json_t *test, tally_t *tally)
{
    portal_templates_t *set = portal_templates_create(pool);
    const char *name = json_string_value(json_object_get(test, "name"));
    const char *expected = json_string_value(json_object_get(test, "expected"));
    json_t *data = json_object_get(test, "data");
    portal_render_t options = {NULL, NULL, 0, &data, 1};
    portal_rendered_t out;
    int raw;
    apr_status_t status = add_all(set, test, &raw);

    if (raw) {
        assert_int_equal(status, APR_EINVAL);
        assert_non_null(strstr(error, "raw forms"));
        tally->refused++;
        return;
    }
    if (status != APR_SUCCESS || portal_template_render(set, "page", &options, &out,
                                                        &error, pool) != APR_SUCCESS) {
        fail_msg("%s: %s", name, error);
    }
    if (strcmp(out.data, expected) != 0) {
        fail_msg("%s: \"%s\" is not \"%s\"", name, out.data, expected);
    }
    tally->passed++;
}

static void keeps_the_specification(void **state)
{
    static const char *const files[] = {"comments", "delimiters", "interpolation",
                                        "inverted", "partials",   "sections"};
    const char *samples = getenv("PORTAL_SAMPLES");
    tally_t tally = {0, 0};

    (void)state;
    if (!samples) {
        print_message(
            "# PORTAL_SAMPLES is not set: the Mustache specification is not tried\n");
        return;
    }
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const char *path =
            apr_psprintf(pool, "%s/mustache-spec/%s.json", samples, files[i]);
        json_t *root = json_load_file(path, 0, NULL);
        json_t *tests = json_object_get(root, "tests");
        size_t index;
        json_t *test;

        if (json_array_size(tests) == 0) {
            fail_msg("%s has no tests", path);
        }
        json_array_foreach(tests, index, test)
        {
            try_test(test, &tally);
        }
        json_decref(root);
    }
    print_message("# Mustache specification: %d pass, %d with raw forms are refused\n",
                  tally.passed, tally.refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_specification),
    };
    int failed;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    json_object_seed(0);
    failed = cmocka_run_group_tests_name("core/mustache", tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
