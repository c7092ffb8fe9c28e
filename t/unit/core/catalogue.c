/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of core/catalogue: what a catalogue may be, the choice of a language, texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/catalogue.h"

#define HEAD "\"language.name\":\"L\",\"language.dir\":\"ltr\","

static apr_pool_t *pool;
static const char *error;
static const char *ours;
static const char *theirs;

static void put(const char *dir, const char *name, const char *text)
{
    FILE *file = fopen(apr_pstrcat(pool, dir, "/", name, NULL), "wb");

    assert_non_null(file);
    assert_int_equal(fputs(text, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
}

static void empty_folder(const char *dir)
{
    apr_dir_t *listing;
    apr_finfo_t info;

    assert_int_equal(apr_dir_open(&listing, dir, pool), APR_SUCCESS);
    while (apr_dir_read(&info, APR_FINFO_NAME, listing) == APR_SUCCESS) {
        if (info.name[0] != '.') {
            apr_file_remove(apr_pstrcat(pool, dir, "/", info.name, NULL), pool);
        }
    }
    apr_dir_close(listing);
}

static int set_up(void **state)
{
    char *one = apr_pstrdup(pool, "/tmp/portal-lang-XXXXXX");
    char *two = apr_pstrdup(pool, "/tmp/portal-lang-XXXXXX");

    (void)state;
    ours = mkdtemp(one);
    theirs = mkdtemp(two);
    return ours && theirs ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    empty_folder(ours);
    empty_folder(theirs);
    apr_dir_remove(ours, pool);
    apr_dir_remove(theirs, pool);
    return 0;
}

static portal_catalogue_t *load(apr_status_t expected)
{
    portal_catalogue_t *catalogue;
    apr_status_t status = portal_catalogue_load(
        &catalogue, (const char *[]){ours, theirs, NULL}, &error, pool);

    if (status != expected) {
        fail_msg("status %d: %s", status, error ? error : "no error");
    }
    return catalogue;
}

static void assert_refused(const char *part)
{
    assert_null(load(APR_EINVAL));
    if (!strstr(error, part)) {
        fail_msg("no \"%s\" in \"%s\"", part, error);
    }
}

static portal_catalogue_t *several(void)
{
    put(ours, "en.json", "{" HEAD "\"a\":\"Hi & {{who}}\"}");
    put(ours, "es.json", "{" HEAD "\"a\":\"Hola {{who}}\"}");
    put(ours, "pt-BR.json", "{" HEAD "\"a\":\"Oi\"}");
    put(ours, "ar.json",
        "{\"language.name\":\"العربية\",\"language.dir\":\"rtl\",\"a\":\"أ\"}");
    return load(APR_SUCCESS);
}

static void refuses_what_is_no_catalogue(void **state)
{
    static const char *const files[][2] = {
        {"{", "en.json:1: "},
        {"[]", "en.json:1: this is not an object"},
        {"{" HEAD "\"a\":\"x\",\n\"a\":\"y\"}",
         "en.json:2: duplicate object key near '\"a\"'"},
        {"{" HEAD "\"a\":1}", "en.json: a: this is not a string"},
        {"{" HEAD "\"a\":{}}", "en.json: a: this is not a string"},
        {"{" HEAD "\"a\":\"\xc3(\"}", "en.json:1: "},
        {"{" HEAD "\"a b\":\"x\"}", "en.json: a b: a key has"},
        {"{" HEAD "\"a\":\"{{{x}}}\"}", "en.json(a):1: raw forms"},
        {"{" HEAD "\"a\":\"{{#x}}{{/x}}\"}", "en.json: a: a text may have {{name}}"},
        {"{" HEAD "\"a\":\"{{>t:b}}\"}", "en.json: a: a text may have {{name}}"},
        {"{" HEAD "\"a\":\"{{x\"}", "en.json(a):1: this tag is not closed"},
        {"{\"language.name\":\"L\",\"language.dir\":\"up\"}",
         "language.dir: write ltr or rtl"},
        {"{\"language.name\":\"L\"}", "language.dir: write ltr or rtl"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        put(ours, "en.json", files[i][0]);
        assert_refused(files[i][1]);
    }
    empty_folder(ours);
    assert_refused("there is no en.json");
    put(ours, "english_1.json", "{}");
    assert_refused("not a language tag");
}

static void english_is_the_measure(void **state)
{
    (void)state;
    put(ours, "en.json", "{" HEAD "\"a\":\"x {{n}}\",\"b\":\"y\"}");
    put(ours, "es.json", "{" HEAD "\"a\":\"x\"}");
    assert_refused("es.json: b: this key is missing");
    put(ours, "es.json", "{" HEAD "\"a\":\"x\",\"b\":\"y\",\"c\":\"z\"}");
    assert_refused("es.json: c: en.json has no such key");
    put(ours, "es.json", "{" HEAD "\"a\":\"x {{m}}\",\"b\":\"y\"}");
    assert_refused("es.json: a: the English text has no {{m}}");
    put(ours, "es.json", "{" HEAD "\"a\":\"x\",\"b\":\"y\"}");
    assert_non_null(load(APR_SUCCESS));
}

static void a_later_folder_changes_single_texts(void **state)
{
    portal_catalogue_t *catalogue;

    (void)state;
    put(ours, "en.json", "{" HEAD "\"a\":\"one\",\"b\":\"two\"}");
    put(theirs, "en.json", "{\"a\":\"uno\"}");
    put(theirs, "fr.json", "{" HEAD "\"a\":\"un\",\"b\":\"deux\"}");
    catalogue = load(APR_SUCCESS);
    assert_string_equal(portal_catalogue_text(catalogue, "en", "a"), "uno");
    assert_string_equal(portal_catalogue_text(catalogue, "en", "b"), "two");
    assert_string_equal(portal_catalogue_text(catalogue, "fr", "b"), "deux");
    put(theirs, "fr.json", "{" HEAD "\"a\":\"un\"}");
    assert_refused("fr.json: b: this key is missing");
}

static void lists_its_languages(void **state)
{
    static const char *const tags[] = {"ar", "en", "es", "pt-BR"};
    portal_catalogue_t *catalogue = several();

    (void)state;
    assert_int_equal(portal_catalogue_count(catalogue), 4);
    for (int i = 0; i < 4; i++) {
        assert_string_equal(portal_catalogue_language(catalogue, i), tags[i]);
    }
    assert_string_equal(portal_catalogue_find(catalogue, "PT-br"), "pt-BR");
    assert_null(portal_catalogue_find(catalogue, "pt"));
    assert_string_equal(portal_catalogue_text(catalogue, "ar", "language.dir"), "rtl");
}

static void chooses_a_language(void **state)
{
    static const char *const cases[][3] = {
        /* wanted, Accept-Language, answer */
        {NULL, NULL, "en"},
        {NULL, "", "en"},
        {"es", "ar", "es"},
        {"ES", NULL, "es"},
        {"es-MX", NULL, "es"},
        {"xx", "ar", "ar"},
        {"../en", "ar", "ar"},
        {"", "ar", "ar"},
        {NULL, "es", "es"},
        {NULL, "es-419", "es"},
        {NULL, "pt-BR-x-sao", "pt-BR"},
        {NULL, "pt-br", "pt-BR"},
        {NULL, "pt", "en"},
        {NULL, "fr, es;q=0.8, ar;q=0.9", "ar"},
        {NULL, "es;q=0.5,ar;q=0.5", "es"},
        {NULL, "es;q=0.001 , fr", "es"},
        {NULL, "es ; q=0.7,\tar; q=0.6", "es"},
        {NULL, "en;q=0.5, es;q=1.000", "es"},
        {NULL, "es;q=0, *", "en"},
        {NULL, "*", "en"},
        {NULL, "*;q=0", "en"},
        {NULL, "en;q=0", "ar"},
        {NULL, "en;q=0, ar;q=0", "es"},
        {NULL, "es;q=1.5, ar;q=0.1", "ar"},
        {NULL, "es;q=abc, ar;q=0.1", "ar"},
        {NULL, "es;level=1, ar;q=0.1", "ar"},
        {NULL, ",,;;,es", "es"},
        {NULL, "es-MX;q=0.2, ar-EG;q=0.3, xx;q=1", "ar"},
        {NULL, "i-klingon, a-b-c-d-e-f, ar", "ar"},
        {NULL, "es;q=0, es-MX, ar;q=0.1", "ar"},
    };
    portal_catalogue_t *catalogue = several();

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *got = portal_catalogue_choose(catalogue, cases[i][0], cases[i][1]);

        if (strcmp(got, cases[i][2]) != 0) {
            fail_msg("%s | %s: %s is not %s", cases[i][0] ? cases[i][0] : "-",
                     cases[i][1] ? cases[i][1] : "-", got, cases[i][2]);
        }
    }
}

static void survives_long_headers(void **state)
{
    portal_catalogue_t *catalogue = several();
    char header[8192];
    char tag[200];

    (void)state;
    memset(tag, 'e', sizeof(tag) - 1);
    tag[sizeof(tag) - 1] = '\0';
    assert_string_equal(portal_catalogue_choose(catalogue, tag, tag), "en");
    header[0] = '\0';
    for (int i = 0; i < 500; i++) {
        strcat(header, "xx;q=0.1,");
    }
    strcat(header, "es");
    assert_string_equal(portal_catalogue_choose(catalogue, NULL, header), "en");
}

static void gives_texts(void **state)
{
    portal_catalogue_t *catalogue = several();
    json_t *view = json_pack("{s:s}", "who", "A<b>");

    (void)state;
    assert_string_equal(portal_catalogue_text(catalogue, "es", "a"), "Hola {{who}}");
    assert_string_equal(portal_catalogue_text(catalogue, "xx", "a"), "Hi & {{who}}");
    assert_string_equal(portal_catalogue_text(catalogue, NULL, "a"), "Hi & {{who}}");
    assert_null(portal_catalogue_text(catalogue, "en", "b"));
    assert_string_equal(portal_catalogue_render(catalogue, "en", "a", view, 0, pool),
                        "Hi & A<b>");
    assert_string_equal(portal_catalogue_render(catalogue, "en", "a", view, 1, pool),
                        "Hi &amp; A&lt;b&gt;");
    assert_string_equal(portal_catalogue_render(catalogue, "es", "a", NULL, 0, pool),
                        "Hola ");
    assert_string_equal(portal_catalogue_render(catalogue, "es", "a.b", view, 0, pool),
                        "a.b");
    json_decref(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(refuses_what_is_no_catalogue, set_up, tear_down),
        cmocka_unit_test_setup_teardown(english_is_the_measure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_later_folder_changes_single_texts, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(lists_its_languages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(chooses_a_language, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_long_headers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gives_texts, set_up, tear_down),
    };
    int failed;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    json_object_seed(0);
    failed = cmocka_run_group_tests_name("core/catalogue", tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
