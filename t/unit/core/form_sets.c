/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of core/form_sets: what a value set lists, and forms that stand for themselves. */
#include "form_help.h"

#include <unistd.h>

#include "core/fhir_json.h"
#include "core/form_sets.h"

#define SET(url, inside) "{'resourceType':'ValueSet','url':'" url "'," inside "}"
#define LISTED(codes) "'compose':{'include':[{'system':'s','concept':[" codes "]}]}"

static const json_t *tree(const char *text, apr_pool_t *p)
{
    const char *why, *json = quoted(text, p);
    const json_t *got = portal_fhir_json_read(json, strlen(json), &why, p);

    assert_non_null(got);
    return got;
}

/* The codes of "u" among these resources, parted by spaces; else why there are none. */
static const char *codes(const char *const *resources, apr_pool_t *p)
{
    portal_sets_t *sets = portal_sets_make(p);
    const apr_array_header_t *list;
    const char *why, *text = "";

    for (; *resources; resources++)
        portal_sets_add(sets, tree(*resources, p));
    list = portal_sets_expand(sets, "u", &why);
    for (int i = 0; list && i < list->nelts; i++)
        text = apr_pstrcat(p, text, i ? " " : "",
                           portal_fhir_json_string(
                               APR_ARRAY_IDX(list, i, portal_concept_t).json, "code"),
                           NULL);
    return list ? text : apr_pstrcat(p, "! ", why, NULL);
}

static void what_a_set_lists(void **state)
{
    static const struct {
        const char *resources[4], *codes;
    } cases[] = {
        {{SET("u", LISTED("{'code':'a'},{'code':'b'}"))}, "a b"},
        {{SET("u", "'expansion':{'contains':[{'code':'a','system':'s','contains':[{"
                   "'code':'b'}]},{'code':'c','abstract':true}]}")},
         "a b"},
        {{SET("u", "'compose':{'include':[{'valueSet':['v']}]}"),
          SET("v", LISTED("{'code':'x'}"))},
         "x"},
        {{SET("u", "'compose':{'include':[{'system':'s'}]}"),
          "{'resourceType':'CodeSystem','url':'s','content':'complete','concept':[{'code'"
          ":"
          "'a','concept':[{'code':'b'}]}]}"},
         "a b"},
        {{SET("u", "'compose':{'include':[{'system':'s','concept':[{'code':'a'},{'code':"
                   "'b'}]}],'exclude':[{'system':'s','concept':[{'code':'a'}]}]}")},
         "b"},
        {{"{'resourceType':'Bundle','entry':[{'resource':" SET(
             "u", LISTED("{'code':'q'}")) "}]}"},
         "q"},
        {{SET("v", LISTED("{'code':'a'}"))},
         "! is neither in the form nor in the folder"},
        {{SET("u", "'status':'active'")}, "! lists no codes"},
        {{SET("u", "'compose':{'include':[{'system':'s','filter':[{}]}]}")},
         "! describes its codes by a filter instead of listing them"},
        {{SET("u", "'compose':{'include':[{'system':'s'}]}")},
         "! takes all codes of s, which are not listed in it"},
        {{SET("u", "'compose':{'include':[{'valueSet':['u']}]}")},
         "! leads back to itself"},
        {{SET("u", "'compose':{'include':[{'valueSet':['v']}]}")},
         "! is made of another, v, which is not at hand"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(codes(cases[i].resources, *state), cases[i].codes);
}

static void write_file(const char *dir, const char *name, const char *text, apr_pool_t *p)
{
    FILE *f = fopen(apr_pstrcat(p, dir, "/", name, NULL), "w");

    assert_non_null(f);
    fputs(quoted(text, p), f);
    fclose(f);
}

#define FORM                                                                             \
    "{'resourceType':'Questionnaire','status':'active','title':'T','url':'http://x/q',"  \
    "'version':'1','item':[{'linkId':'1','type':'choice','required':true,'text':'Q',"    \
    "'answerValueSet':'http://x/vs|2'},{'linkId':'2','type':'quantity','text':'W',"      \
    "'extension':[{'url':'http://hl7.org/fhir/StructureDefinition/"                      \
    "questionnaire-unitValueSet','valueCanonical':'http://x/units'}]}]}"
#define VS(version, codes) SET("http://x/vs", "'version':'" version "'," LISTED(codes))

static const portal_form_file_t *loaded(const char *dir, apr_pool_t *p)
{
    apr_array_header_t *files;

    assert_int_equal(portal_forms_load_dir(&files, dir, p), APR_SUCCESS);
    return (const portal_form_file_t *)files->elts;
}

static void a_set_that_is_not_contained(void **state)
{
    apr_array_header_t *faults = no_faults(*state);

    try_items("{'linkId':'1','type':'choice','text':'a','answerValueSet':'#nope'}",
              faults, *state);
    assert_non_null(strstr(
        fault_of(faults, "value-set-missing", "1")->text,
        "#nope, which is not contained in the form. It is asked in the patient's own "
        "words, and the answer has no code. Put a ValueSet with this id that lists "
        "its codes into contained, or list them as answerOption."));
}

static void a_form_carries_the_sets_of_its_folder(void **state)
{
    char dir[] = "/tmp/portal-t-setsXXXXXX";
    const portal_form_file_t *f;
    const portal_item_t *item;
    portal_form_t *alone;
    const char *hash;

    assert_non_null(mkdtemp(dir));
    write_file(dir, "a.json", FORM, *state);
    f = loaded(dir, *state);
    assert_null(f[0].form);
    assert_non_null(
        strstr(fault_of(f[0].faults, "value-set-missing", "1")->text,
               "http://x/vs|2, which is neither in the form nor in the folder. Put a "
               "ValueSet"));
    write_file(dir, "vs.json",
               VS("2", "{'code':'a','display':'Yes','designation':[{'language':'es',"
                       "'value':'S\xC3\xAD'}]},{'code':'b'}"),
               *state);
    write_file(dir, "units.json", SET("http://x/units", LISTED("{'code':'kg'}")), *state);
    f = loaded(dir, *state);
    assert_non_null(f[0].form);
    assert_true(f[1].skipped);
    item = portal_form_item(f[0].form, "1");
    assert_int_equal(item->options->nelts, 2);
    assert_string_equal(
        portal_text_in(&APR_ARRAY_IDX(item->options, 0, portal_option_t).text, "es"),
        "S\xC3\xAD");
    assert_int_equal(portal_form_item(f[0].form, "2")->units->nelts, 1);
    hash = f[0].form->hash;
    /* what is stored with the answers loads by itself, as the same form */
    assert_int_equal(portal_form_load(&alone, "a.json", f[0].bytes, f[0].len,
                                      no_faults(*state), *state),
                     APR_SUCCESS);
    assert_string_equal(alone->hash, hash);
    assert_int_equal(portal_form_item(alone, "1")->options->nelts, 2);
    /* other codes are another version of the form */
    write_file(dir, "vs.json", VS("2", "{'code':'a'}"), *state);
    assert_string_not_equal(loaded(dir, *state)[0].form->hash, hash);
    /* a set of another version is another set */
    write_file(dir, "vs.json", VS("3", "{'code':'a'}"), *state);
    assert_null(loaded(dir, *state)[0].form);
    unlink(apr_pstrcat(*state, dir, "/a.json", NULL));
    unlink(apr_pstrcat(*state, dir, "/vs.json", NULL));
    unlink(apr_pstrcat(*state, dir, "/units.json", NULL));
    rmdir(dir);
}

#define ASKS                                                                             \
    "'item':[{'linkId':'1','type':'choice','required':true,'text':'Q',"                  \
    "'answerValueSet':'http://x/vs'}]}"
#define FILTERED(inside)                                                                 \
    SET("http://x/vs", inside "'compose':{'include':[{'system':'s','filter':[{}]}]}")

/* What is wrong with a set that is there is another thing to mend than one that is not there. */
static void a_set_of_the_folder_that_lists_nothing(void **state)
{
    char dir[] = "/tmp/portal-t-setsXXXXXX";
    const portal_form_file_t *f;

    assert_non_null(mkdtemp(dir));
    write_file(dir, "a.json",
               "{'resourceType':'Questionnaire','title':'T','contained':[" FILTERED(
                   "'id':'own',") "]," ASKS,
               *state);
    write_file(dir, "b.json", "{'resourceType':'Questionnaire','title':'T'," ASKS,
               *state);
    write_file(dir, "vs.json", FILTERED(""), *state);
    f = loaded(dir, *state);
    for (int i = 0; i < 2; i++)
        assert_non_null(strstr(fault_of(f[i].faults, "value-set-missing", "1")->text,
                               "http://x/vs, which describes its codes by a filter "
                               "instead of listing them. Put a ValueSet"));
    /* done so: also where the form has brought the other along */
    write_file(dir, "vs.json", SET("http://x/vs", LISTED("{'code':'a'}")), *state);
    f = loaded(dir, *state);
    for (int i = 0; i < 2; i++) {
        assert_non_null(f[i].form);
        assert_int_equal(portal_form_item(f[i].form, "1")->options->nelts, 1);
    }
    unlink(apr_pstrcat(*state, dir, "/a.json", NULL));
    unlink(apr_pstrcat(*state, dir, "/b.json", NULL));
    unlink(apr_pstrcat(*state, dir, "/vs.json", NULL));
    rmdir(dir);
}

#define COUNTS(n)                                                                        \
    "'extension':[{'url':'http://hl7.org/fhir/StructureDefinition/ordinalValue',"        \
    "'valueDecimal':" n "}]"

static const portal_option_t *option(const portal_form_t *form, int i)
{
    return &APR_ARRAY_IDX(portal_form_item(form, "1")->options, i, portal_option_t);
}

/* A scale whose choices lie beside it scores as if it had them itself. */
static void a_choice_keeps_its_score(void **state)
{
    char *dir = apr_pstrdup(*state, "/tmp/portal-t-setsXXXXXX");
    const portal_form_t *form;

    assert_non_null(mkdtemp(dir));
    write_file(dir, "a.json", FORM, *state);
    write_file(dir, "units.json", SET("http://x/units", LISTED("{'code':'kg'}")), *state);
    write_file(dir, "vs.json",
               VS("2", "{'code':'a'," COUNTS("2") "},{'code':'b','display':'Bee'}"),
               *state);
    write_file(dir, "codes.json",
               "{'resourceType':'CodeSystem','status':'active','url':'s',"
               "'content':'complete','concept':[{'code':'a','display':'Ay'," COUNTS(
                   "7") "},"
                        "{'code':'b','display':'B'," COUNTS("3") "}]}",
               *state);
    form = loaded(dir, *state)[0].form;
    assert_non_null(form);
    assert_string_equal(option(form, 0)->score, "2");
    assert_string_equal(option(form, 0)->text.plain, "Ay");
    assert_string_equal(option(form, 1)->score, "3");
    assert_string_equal(option(form, 1)->text.plain, "Bee");
    unlink(apr_pstrcat(*state, dir, "/a.json", NULL));
    unlink(apr_pstrcat(*state, dir, "/vs.json", NULL));
    unlink(apr_pstrcat(*state, dir, "/units.json", NULL));
    unlink(apr_pstrcat(*state, dir, "/codes.json", NULL));
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(what_a_set_lists),
        pool_test(a_set_that_is_not_contained),
        pool_test(a_form_carries_the_sets_of_its_folder),
        pool_test(a_set_of_the_folder_that_lists_nothing),
        pool_test(a_choice_keeps_its_score),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
