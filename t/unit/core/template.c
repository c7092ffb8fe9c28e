/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of core/template: the language, its refusals, strict mode, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/buffer.h"
#include "core/catalogue.h"
#include "core/template.h"

static apr_pool_t *pool;
static const char *error;

static void must_add(portal_templates_t *set, const char *name, const char *source)
{
    apr_status_t status =
        portal_templates_add(set, name, apr_pstrcat(pool, name, ".html", NULL), source,
                             strlen(source), &error);

    if (status != APR_SUCCESS) {
        fail_msg("%s", error);
    }
}

static void write_file(const char *path, const char *text, size_t len)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static const char *new_folder(void)
{
    char *path = apr_pstrdup(pool, "/tmp/portal-template-XXXXXX");

    assert_non_null(mkdtemp(path));
    return path;
}

static void put(const char *dir, const char *name, const char *text)
{
    write_file(apr_pstrcat(pool, dir, "/", name, NULL), text, strlen(text));
}

static void remove_folder(const char *dir)
{
    apr_dir_t *listing;
    apr_finfo_t info;

    assert_int_equal(apr_dir_open(&listing, dir, pool), APR_SUCCESS);
    while (apr_dir_read(&info, APR_FINFO_NAME, listing) == APR_SUCCESS) {
        if (info.name[0] != '.' || strlen(info.name) > 2) {
            apr_file_remove(apr_pstrcat(pool, dir, "/", info.name, NULL), pool);
        }
    }
    apr_dir_close(listing);
    apr_dir_remove(dir, pool);
}

static const portal_catalogue_t *texts(void)
{
    static portal_catalogue_t *catalogue;
    const char *dir;

    if (!catalogue) {
        dir = new_folder();
        put(dir, "en.json",
            "{\"language.name\":\"English\",\"language.dir\":\"ltr\",\"bye\":\"Bye & "
            "<so> long\","
            "\"hello\":\"Hello, {{who}}! It's \\\"you\\\"\"}");
        put(dir, "es.json",
            "{\"language.name\":\"Español\",\"language.dir\":\"ltr\",\"bye\":\"Adiós\","
            "\"hello\":\"¡Hola, {{who}}!\"}");
        if (portal_catalogue_load(&catalogue, (const char *[]){dir, NULL}, &error,
                                  pool) != APR_SUCCESS) {
            fail_msg("%s", error);
        }
        remove_folder(dir);
    }
    return catalogue;
}

/* Renders the template "page" of a set over one view written as JSON. */
static apr_status_t render(const portal_templates_t *set, const char *json, int strict,
                           portal_rendered_t *out)
{
    json_t *view = json_loads(json, JSON_DECODE_ANY, NULL);
    portal_render_t options = {texts(), "en", strict, &view, 1};
    apr_status_t status;

    assert_non_null(view);
    status = portal_template_render(set, "page", &options, out, &error, pool);
    json_decref(view);
    return status;
}

static const char *page(const char *source, const char *json)
{
    portal_templates_t *set = portal_templates_create(pool);
    portal_rendered_t out;

    must_add(set, "page", source);
    must_add(set, "row", "<{{x}}>\n");
    must_add(set, "two", "a{{x}}\nb\n");
    must_add(set, "tree", "({{x}}{{#kids}}{{>tree}}{{/kids}})");
    assert_int_equal(portal_templates_link(set, &error), APR_SUCCESS);
    if (render(set, json, 1, &out) != APR_SUCCESS) {
        fail_msg("%s", error);
    }
    assert_int_equal(strlen(out.data), out.len);
    return out.data;
}

static const char *refusal(const char *source)
{
    portal_templates_t *set = portal_templates_create(pool);

    error = NULL;
    assert_int_equal(
        portal_templates_add(set, "page", "page.html", source, strlen(source), &error),
        APR_EINVAL);
    assert_false(portal_templates_have(set, "page"));
    return error;
}

/* The error of rendering, which must fail so. */
static const char *failure(const char *source, const char *json, int strict,
                           apr_status_t expected)
{
    portal_templates_t *set = portal_templates_create(pool);
    portal_rendered_t out;

    must_add(set, "page", source);
    must_add(set, "self", "{{>self}}");
    must_add(set, "twice", "{{#kids}}{{>twice}}{{>twice}}{{/kids}}");
    error = NULL;
    assert_int_equal(render(set, json, strict, &out), expected);
    assert_int_equal(out.len, 0);
    return error;
}

static const char *lenient(const char *source, const char *json)
{
    portal_templates_t *set = portal_templates_create(pool);
    portal_rendered_t out;

    must_add(set, "page", source);
    assert_int_equal(render(set, json, 0, &out), APR_SUCCESS);
    return out.data;
}

static void assert_contains(const char *text, const char *part)
{
    if (!text || !strstr(text, part)) {
        fail_msg("no \"%s\" in \"%s\"", part, text ? text : "(null)");
    }
}

static void escapes_every_value(void **state)
{
    (void)state;
    assert_string_equal(page("<p title='{{x}}'>", "{\"x\":\"a&b<c>d\\\"e'f\"}"),
                        "<p title='a&amp;b&lt;c&gt;d&quot;e&#39;f'>");
    assert_string_equal(page("{{x}}", "{\"x\":\"\"}"), "");
    assert_string_equal(page("{{x}}", "{\"x\":\"é😀\"}"), "é😀");
}

static void writes_scalars_as_json(void **state)
{
    (void)state;
    assert_string_equal(page("{{x}}", "{\"x\":9007199254740993}"), "9007199254740993");
    assert_string_equal(page("{{x}}", "{\"x\":-0.1}"), "-0.1");
    assert_string_equal(page("{{x}}", "{\"x\":0.30000000000000004}"),
                        "0.30000000000000004");
    assert_string_equal(page("{{x}}", "{\"x\":1e300}"), "1e300");
    assert_string_equal(page("[{{x}}]", "{\"x\":null}"), "[]");
    assert_string_equal(page("[{{x}}]", "{\"x\":false}"), "[]");
    assert_string_equal(page("[{{x}}]", "{\"x\":true}"), "[true]");
}

static void knows_what_is_empty(void **state)
{
    static const char *const empty[] = {"false", "null", "\"\"", "[]", "0", "0.0"};
    static const char *const full[] = {"true", "\"0\"", "[0]", "{}", "1", "-0.5"};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(page("{{#x}}y{{/x}}{{^x}}n{{/x}}",
                                 apr_psprintf(pool, "{\"x\":%s}", empty[i])),
                            "n");
        assert_string_equal(
            page("{{#x}}y{{/x}}{{^x}}n{{/x}}", apr_psprintf(pool, "{\"x\":%s}", full[i])),
            "y");
    }
}

static void inner_contexts_come_first(void **state)
{
    (void)state;
    assert_string_equal(page("{{#list}}{{x}}{{y}} {{/list}}",
                             "{\"x\":1,\"y\":2,\"list\":[{\"x\":3},{\"y\":4},{}]}"),
                        "32 14 12 ");
    assert_string_equal(page("{{#s}}[{{.}}]{{/s}}", "{\"s\":\"v<\"}"), "[v&lt;]");
}

static void later_contexts_cover_the_root(void **state)
{
    portal_templates_t *set = portal_templates_create(pool);
    json_t *contexts[3] = {json_loads("{\"a\":1,\"b\":1}", 0, NULL), NULL,
                           json_loads("{\"b\":2}", 0, NULL)};
    portal_render_t options = {NULL, NULL, 1, contexts, 3};
    portal_rendered_t out;

    (void)state;
    must_add(set, "page", "{{a}}{{b}}");
    assert_int_equal(portal_template_render(set, "page", &options, &out, &error, pool),
                     APR_SUCCESS);
    assert_string_equal(out.data, "12");
    assert_int_equal(portal_template_render(set, "none", &options, &out, &error, pool),
                     APR_ENOENT);
    options.count = 0;
    options.strict = 0;
    assert_int_equal(portal_template_render(set, "page", &options, &out, &error, pool),
                     APR_SUCCESS);
    assert_string_equal(out.data, "");
    json_decref(contexts[0]);
    json_decref(contexts[2]);
}

static void indents_partials_that_stand_alone(void **state)
{
    (void)state;
    assert_string_equal(page("<\n  {{>two}}\n>", "{\"x\":1}"), "<\n  a1\n  b\n>");
    assert_string_equal(page("<\r\n  {{>two}}\r\n>", "{\"x\":\"\\n\"}"),
                        "<\r\n  a\n\n  b\n>");
    assert_string_equal(page("| {{>row}}|", "{\"x\":1}"), "| <1>\n|");
}

static void draws_trees(void **state)
{
    (void)state;
    assert_string_equal(
        page("{{#root}}{{>tree}}{{/root}}",
             "{\"root\":{\"x\":1,\"kids\":[{\"x\":2,\"kids\":[{\"x\":3,\"kids\":[]}]},"
             "{\"x\":4,\"kids\":[]}]}}"),
        "(1(2(3))(4))");
}

static void partials_may_be_named_by_a_value(void **state)
{
    (void)state;
    assert_string_equal(page("{{>*p}}", "{\"p\":\"row\",\"x\":1}"), "<1>\n");
    assert_string_equal(page(" {{>*a.p}}\n.", "{\"a\":{\"p\":\"two\"},\"x\":1}"),
                        " a1\n b\n.");
    assert_string_equal(page("[{{>* p }}]", "{\"p\":false}"), "[]");
    assert_string_equal(
        page("{{#all}}{{>*.}}{{/all}}", "{\"all\":[\"row\",\"t:bye\"],\"x\":1}"),
        "<1>\nBye &amp; &lt;so&gt; long");
    assert_string_equal(lenient("[{{>*p}}{{>*q}}{{>*r}}]", "{\"p\":\"none\",\"r\":5}"),
                        "[]");
    assert_contains(failure("{{>*p}}", "{\"p\":\"none\"}", 1, APR_EINVAL),
                    "no partial none");
    assert_contains(failure("{{>*p}}", "{\"p\":5}", 1, APR_EINVAL), "not a string");
}

static void texts_are_partials(void **state)
{
    (void)state;
    assert_string_equal(page("{{>t:hello}}", "{\"who\":\"<Bo>\"}"),
                        "Hello, &lt;Bo&gt;! It&#39;s &quot;you&quot;");
    assert_string_equal(page("{{>*k}}", "{\"k\":\"t:bye\"}"),
                        "Bye &amp; &lt;so&gt; long");
    assert_string_equal(
        page("<p>\n  {{>t:bye}}\n  {{>*k}}\n</p>", "{\"k\":\"t:bye\"}"),
        "<p>\n  Bye &amp; &lt;so&gt; long\n  Bye &amp; &lt;so&gt; long\n</p>");
    assert_string_equal(lenient("{{>t:a.b}}{{>*k}}", "{\"k\":\"t:<c>\"}"),
                        "a.b&lt;c&gt;");
    assert_contains(failure("\n{{>*k}}", "{\"k\":\"t:c\"}", 1, APR_EINVAL),
                    "page.html:2: there is no text c");
    assert_contains(failure("{{>t:hello}}", "{}", 1, APR_EINVAL), "en.json(hello):1: ");
}

static void speaks_the_language_asked_for(void **state)
{
    portal_templates_t *set = portal_templates_create(pool);
    json_t *view = json_loads("{\"who\":\"Ana\"}", 0, NULL);
    portal_render_t options = {texts(), "es", 1, &view, 1};
    portal_rendered_t out;

    (void)state;
    must_add(set, "page", "{{>t:hello}}");
    assert_int_equal(portal_template_render(set, "page", &options, &out, &error, pool),
                     APR_SUCCESS);
    assert_string_equal(out.data, "¡Hola, Ana!");
    json_decref(view);
}

static void strict_mode_names_what_is_missing(void **state)
{
    (void)state;
    assert_string_equal(
        failure("a\n\n{{#x}}{{y.z}}{{/x}}", "{\"x\":{\"y\":{}}}", 1, APR_EINVAL),
        "page.html:3: no context supplies the name y.z");
    assert_contains(failure("{{#x}}{{/x}}", "{}", 1, APR_EINVAL), "page.html:1: ");
    assert_contains(failure("{{^x}}{{/x}}", "{}", 1, APR_EINVAL), " x");
    assert_contains(failure("{{x}}", "{\"x\":[1]}", 1, APR_EINVAL), "list or an object");
    assert_string_equal(lenient("[{{x}}{{#x}}a{{/x}}{{^x}}b{{/x}}{{y}}]", "{\"y\":{}}"),
                        "[b]");
}

static void refuses_raw_forms(void **state)
{
    static const char *const raw[] = {"{{{x}}}",           "{{&x}}",
                                      "{{ & x }}",         "{{ {x} }}",
                                      "{{=<% %>=}}<%&x%>", "{{=<% %>=}}<%{x}%>"};

    (void)state;
    for (size_t i = 0; i < sizeof(raw) / sizeof(raw[0]); i++) {
        assert_contains(refusal(apr_pstrcat(pool, "a\nb ", raw[i], NULL)),
                        "page.html:2: raw forms are not allowed");
    }
}

static void refuses_faults_with_their_line(void **state)
{
    static const char *const faults[][2] = {
        {"\n{{#a}}\n{{b}}", "page.html:2: the section a is never closed"},
        {"{{#a}}\n{{/b}}", "page.html:2: the section a of line 1 is open"},
        {"\n{{/a}}", "page.html:2: no section is open"},
        {"\n{{a", "page.html:2: this tag is not closed"},
        {"{{}}", "this is not a name"},
        {"{{a b}}", "this is not a name"},
        {"{{a..b}}", "this is not a name"},
        {"{{.a}}", "this is not a name"},
        {"{{a.}}", "this is not a name"},
        {"{{é}}", "this is not a name"},
        {"{{#}}{{/}}", "this is not a name"},
        {"{{a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q}}", "at most 16 parts"},
        {"{{>}}", "not the name of a partial"},
        {"{{>../x}}", "not the name of a partial"},
        {"{{>t:}}", "not the name of a partial"},
        {"{{>*}}", "this is not a name"},
        {"{{=<%=}}", "these are not delimiters"},
        {"{{=a b c=}}", "these are not delimiters"},
        {"{{=<% %>}}", "these are not delimiters"},
        {"{{! {{a}} }}", "page.html:1: a tag ends here"},
        {"{{a}}\n}}{{b}}", "page.html:2: a tag ends here"},
        {"{{<a}}{{/a}}", "no blocks"},
        {"{{$a}}{{/a}}", "no blocks"},
        {"\n\xc3(", "page.html:2: this is not UTF-8"},
        {"\n\xed\xa0\x80", "not UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        assert_contains(refusal(faults[i][0]), faults[i][1]);
    }
    assert_int_equal(
        portal_templates_add(portal_templates_create(pool), "n", "n", "a\0b", 3, &error),
        APR_EINVAL);
}

static char *repeat(const char *part, int times)
{
    size_t len = strlen(part);
    char *all = apr_palloc(pool, len * (size_t)times + 1);

    for (int i = 0; i < times; i++) {
        memcpy(all + len * (size_t)i, part, len);
    }
    all[len * (size_t)times] = '\0';
    return all;
}

static void holds_its_limits(void **state)
{
    char *large = repeat("x", PORTAL_TEMPLATE_FILE_MAX + 1);
    char *deep = apr_pstrcat(pool, repeat("{{#a}}", 65), repeat("{{/a}}", 65), NULL);
    char *most = apr_pstrcat(pool, repeat("{{#a}}", 64), repeat("{{/a}}", 64), NULL);
    const char *kids =
        apr_pstrcat(pool, repeat("{\"kids\":", 30), "false", repeat("}", 30), NULL);
    portal_templates_t *set = portal_templates_create(pool);

    (void)state;
    assert_contains(refusal(large), "more than 256 KiB");
    assert_contains(refusal(deep), "more than 64 deep");
    assert_int_equal(portal_templates_add(set, "n", "n", most, strlen(most), &error),
                     APR_SUCCESS);
    assert_contains(failure("{{>self}}", "{}", 0, APR_ENOSPC),
                    "partials are more than 64 deep");
    assert_contains(
        failure(apr_pstrcat(pool, "{{#l}}", repeat("y", 100000), "{{/l}}", NULL),
                apr_pstrcat(pool, "{\"l\":[", repeat("1,", 90), "1]}", NULL), 0,
                APR_ENOSPC),
        "the page is too large");
    assert_contains(failure("{{>twice}}", kids, 0, APR_ENOSPC), "too much work");
}

static void loads_folders_and_overrides(void **state)
{
    const char *ours = new_folder();
    const char *theirs = new_folder();
    const char *missing = apr_pstrcat(pool, ours, "/missing", NULL);
    portal_templates_t *set;
    portal_rendered_t out;

    (void)state;
    put(ours, "page.html", "\xef\xbb\xbf{{>part}}!\n");
    put(ours, "part.html", "ours");
    put(ours, "empty.html", "");
    put(ours, "page.html~", "{{#");
    put(ours, ".hidden.html", "{{#");
    put(theirs, "part.html", "theirs");
    assert_int_equal(portal_templates_load(&set,
                                           (const char *[]){ours, theirs, missing, NULL},
                                           &error, pool),
                     APR_SUCCESS);
    assert_int_equal(render(set, "{}", 1, &out), APR_SUCCESS);
    assert_string_equal(out.data, "theirs!\n");
    assert_true(portal_templates_have(set, "empty"));
    assert_false(portal_templates_have(set, ".hidden"));

    assert_int_not_equal(
        portal_templates_load(&set, (const char *[]){missing, NULL}, &error, pool),
        APR_SUCCESS);
    assert_contains(error, missing);
    put(theirs, "part.html", "a\n{{>nowhere}}\n");
    assert_int_equal(
        portal_templates_load(&set, (const char *[]){ours, theirs, NULL}, &error, pool),
        APR_EINVAL);
    assert_contains(
        error,
        apr_pstrcat(pool, theirs, "/part.html:2: there is no partial nowhere", NULL));
    assert_null(set);
    put(theirs, "part.html", "{{{a}}}");
    assert_int_equal(
        portal_templates_load(&set, (const char *[]){ours, theirs, NULL}, &error, pool),
        APR_EINVAL);
    assert_contains(error, "/part.html:1: raw forms");
    put(theirs, "a b.html", "");
    assert_int_equal(
        portal_templates_load(&set, (const char *[]){ours, theirs, NULL}, &error, pool),
        APR_EINVAL);
    assert_contains(error, "a b.html: this name");
    remove_folder(ours);
    remove_folder(theirs);
}

static void checks_texts_against_the_catalogue(void **state)
{
    portal_templates_t *set = portal_templates_create(pool);

    (void)state;
    must_add(set, "page", "{{>t:hello}}");
    assert_int_equal(portal_templates_check(set, texts(), &error), APR_SUCCESS);
    must_add(set, "other", "\n{{>t:no.such}}");
    assert_int_equal(portal_templates_check(set, texts(), &error), APR_EINVAL);
    assert_string_equal(
        error, "other.html:2: there is no text no.such; add it or correct the name");
}

static portal_templates_t *shared_set;

static void *render_often(void *data)
{
    apr_pool_t *own;
    const char *fault;
    json_t *view = json_pack("{s:[{s:i},{s:i}]}", "l", "x", 1, "x", 2);
    portal_render_t options = {texts(), "en", 1, &view, 1};
    portal_rendered_t out;

    (void)data;
    apr_pool_create(&own, NULL);
    for (int i = 0; i < 500; i++) {
        if (portal_template_render(shared_set, "page", &options, &out, &fault, own) !=
                APR_SUCCESS ||
            strcmp(out.data,
                   "[1 Bye &amp; &lt;so&gt; long][2 Bye &amp; &lt;so&gt; long]") != 0) {
            json_decref(view);
            return "a wrong page";
        }
        apr_pool_clear(own);
    }
    apr_pool_destroy(own);
    json_decref(view);
    return NULL;
}

static void threads_share_a_set(void **state)
{
    pthread_t threads[4];
    void *fault;

    (void)state;
    shared_set = portal_templates_create(pool);
    must_add(shared_set, "page", "{{#l}}[{{x}} {{>t:bye}}]{{/l}}");
    texts();
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, render_often, NULL), 0);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], &fault), 0);
        assert_null(fault);
    }
}

static void buffers_stop_at_their_limit(void **state)
{
    portal_buffer_t *buffer = portal_buffer_create(5, pool);
    apr_size_t len;

    (void)state;
    assert_string_equal(portal_buffer_data(buffer, &len), "");
    assert_int_equal(portal_buffer_add(buffer, "abc", 3), APR_SUCCESS);
    assert_int_equal(portal_buffer_add(buffer, "de", 2), APR_SUCCESS);
    assert_int_equal(portal_buffer_add(buffer, NULL, 0), APR_SUCCESS);
    assert_int_equal(portal_buffer_add(buffer, "f", 1), APR_ENOSPC);
    assert_int_equal(portal_buffer_add(buffer, NULL, 0), APR_ENOSPC);
    assert_string_equal(portal_buffer_data(buffer, &len), "abcde");
    assert_int_equal(len, 5);
}

/* Tests run in the top folder of the tree. */
static void the_shipped_pages_are_sound(void **state)
{
    portal_templates_t *set;
    portal_catalogue_t *catalogue;

    (void)state;
    if (portal_templates_load(&set, (const char *[]){"htdocs/pages", NULL}, &error,
                              pool) ||
        portal_catalogue_load(&catalogue, (const char *[]){"htdocs/lang", NULL}, &error,
                              pool) ||
        portal_templates_check(set, catalogue, &error)) {
        fail_msg("%s", error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_every_value),
        cmocka_unit_test(writes_scalars_as_json),
        cmocka_unit_test(knows_what_is_empty),
        cmocka_unit_test(inner_contexts_come_first),
        cmocka_unit_test(later_contexts_cover_the_root),
        cmocka_unit_test(indents_partials_that_stand_alone),
        cmocka_unit_test(draws_trees),
        cmocka_unit_test(partials_may_be_named_by_a_value),
        cmocka_unit_test(texts_are_partials),
        cmocka_unit_test(speaks_the_language_asked_for),
        cmocka_unit_test(strict_mode_names_what_is_missing),
        cmocka_unit_test(refuses_raw_forms),
        cmocka_unit_test(refuses_faults_with_their_line),
        cmocka_unit_test(holds_its_limits),
        cmocka_unit_test(loads_folders_and_overrides),
        cmocka_unit_test(checks_texts_against_the_catalogue),
        cmocka_unit_test(threads_share_a_set),
        cmocka_unit_test(buffers_stop_at_their_limit),
        cmocka_unit_test(the_shipped_pages_are_sound),
    };
    int failed;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    json_object_seed(0);
    failed = cmocka_run_group_tests_name("core/template", tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
