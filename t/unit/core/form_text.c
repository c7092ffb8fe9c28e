/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of a form's texts: their formats in each language, and what its author is told. */
#include "form_help.h"

#include "core/form_text.h"

#define EXT(name, value)                                                                 \
    "{'url':'http://hl7.org/fhir/StructureDefinition/" name "'," value "}"
#define ES(text)                                                                         \
    EXT("translation", "'extension':[{'url':'lang','valueCode':'es'},{'url':'content',"  \
                       "'valueString':'" text "'}]")
#define XHTML(text) EXT("rendering-xhtml", "'valueString':'" text "'")
#define STYLE(css) EXT("rendering-style", "'valueString':'" css "'")
#define TEXT(plain, extensions)                                                          \
    "{'linkId':'1','type':'string','text':'" plain "','_text':{'extension':[" extensions \
    "]}}"

static const portal_text_t *text_of(const char *item, apr_array_header_t *faults,
                                    apr_pool_t *p)
{
    portal_form_t *form = try_items(item, faults, p);

    assert_non_null(form);
    return &portal_form_item(form, "1")->text;
}

static const char *first_look(const portal_text_t *text, const char *lang)
{
    const portal_markup_t *markup = portal_text_markup(text, lang);

    return markup ? APR_ARRAY_IDX(markup->runs, 0, portal_run_t *)->look : NULL;
}

static void a_style_is_for_every_language(void **state)
{
    apr_array_header_t *faults = no_faults(*state);
    const portal_text_t *text =
        text_of(TEXT("Plain", ES("Llano") "," STYLE("color: red")), faults, *state);

    assert_string_equal(first_look(text, "en"), "portal-words-red");
    assert_string_equal(first_look(text, "es-MX"), "portal-words-red");
    assert_string_equal(portal_text_shown(text, "es"), "Llano");
    assert_null(fault_of(faults, "format-dropped", NULL));
}

static void xhtml_is_for_its_own_language(void **state)
{
    apr_array_header_t *faults = no_faults(*state);
    const portal_text_t *text =
        text_of(TEXT("Plain", ES("Llano") "," XHTML("<u>Plain</u>")), faults, *state);

    assert_string_equal(first_look(text, "en"), "portal-words-underline");
    assert_null(portal_text_markup(text, "es"));
    assert_string_equal(portal_text_shown(text, "es"), "Llano");
    text = text_of(TEXT("Plain", ES("Llano") "," EXT("rendering-xhtml",
                                                     "'valueString':'<u>Plain</u>',"
                                                     "'_valueString':{'extension':[" ES(
                                                         "<s>Llano</s>") "]}")),
                   faults, *state);
    assert_string_equal(first_look(text, "es"), "portal-words-struck");
    assert_null(fault_of(faults, "xhtml-other-words", NULL));
}

static void both_go_together(void **state)
{
    const portal_text_t *text =
        text_of(TEXT("Plain", STYLE("color: red") "," XHTML("<u>Plain</u>")),
                no_faults(*state), *state);

    assert_string_equal(first_look(text, "en"),
                        "portal-words-underline portal-words-red");
}

static void what_cannot_be_used_is_said(void **state)
{
    static const struct {
        const char *extension, *code, *words;
    } cases[] = {
        {XHTML("<u>Plain</u><script>x</script>"), "format-dropped", "without script"},
        {STYLE("top: 0"), "format-dropped", "without top"},
        {XHTML("<p></p>"), "xhtml-unused", "has no words"},
        {XHTML("Fancy"), "xhtml-other-words", "Patients see those"},
        {EXT("rendering-markdown", "'valueMarkdown':'**Plain**'"), "markdown-unused",
         "the plain text is shown"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        apr_array_header_t *faults = no_faults(*state);
        const portal_form_fault_t *f;
        text_of(apr_pstrcat(*state,
                            "{'linkId':'1','type':'string','text':'Plain','_text':{"
                            "'extension':[",
                            cases[i].extension, "]}}", NULL),
                faults, *state);
        f = fault_of(faults, cases[i].code, "1");
        assert_non_null(f);
        assert_non_null(strstr(f->text, cases[i].words));
    }
}

static void signs_and_spaces_are_no_other_words(void **state)
{
    apr_array_header_t *faults = no_faults(*state);

    text_of(
        TEXT("Bring: your card; your pills.",
             XHTML("<p>Bring</p><ol><li>your card</li><li>your <b>pills</b></li></ol>")),
        faults, *state);
    assert_null(fault_of(faults, "xhtml-other-words", NULL));
}

/* An answer says what its choice said. */
static void choices_say_what_they_mean(void **state)
{
    apr_array_header_t *faults = no_faults(*state);
    portal_form_t *form = try_items(
        "{'linkId':'1','type':'choice','text':'a','answerOption':[{'valueString':'Yes',"
        "'_valueString':{'extension':[" XHTML(
            "<b>Yes</b>") "]}},{'valueString':'No',"
                          "'_valueString':{'extension':[" XHTML("<b>Never</b>") "]}}]}",
        faults, *state);
    const apr_array_header_t *options = portal_form_item(form, "1")->options;

    assert_non_null(
        portal_text_markup(&APR_ARRAY_IDX(options, 0, portal_option_t).text, "en"));
    assert_null(
        portal_text_markup(&APR_ARRAY_IDX(options, 1, portal_option_t).text, "en"));
    assert_non_null(strstr(fault_of(faults, "xhtml-other-words", "1")->text, "is shown"));
}

static void short_labels(void **state)
{
    portal_form_t *form = with_items(
        "{'linkId':'1','type':'string','text':'A long question?','extension':[{'url':"
        "'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-shortText',"
        "'valueString':'Long','_valueString':{'extension':[" ES(
            "Larga") "]}}]},"
                     "{'linkId':'2','type':'string','text':'Short'}",
        *state);

    assert_string_equal(portal_item_short(portal_form_item(form, "1"), "en"), "Long");
    assert_string_equal(portal_item_short(portal_form_item(form, "1"), "es"), "Larga");
    assert_string_equal(portal_item_short(portal_form_item(form, "2"), "en"), "Short");
}

/* A label that is only in the form's own language is not put into the midst of another. */
static void short_labels_speak_as_the_question(void **state)
{
    portal_form_t *form = with_items(
        "{'linkId':'1','type':'string','text':'A long "
        "question?','_text':{'extension':[" ES(
            "¿Una pregunta larga?") "]},'extension':[{'url':'http://hl7.org/fhir/uv/sdc/"
                                    "StructureDefinition/sdc-questionnaire-shortText',"
                                    "'valueString':'Long'}]}",
        *state);

    assert_string_equal(portal_item_short(portal_form_item(form, "1"), "en"), "Long");
    assert_string_equal(portal_item_short(portal_form_item(form, "1"), "es"),
                        "¿Una pregunta larga?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(a_style_is_for_every_language),
        pool_test(xhtml_is_for_its_own_language),
        pool_test(both_go_together),
        pool_test(what_cannot_be_used_is_said),
        pool_test(signs_and_spaces_are_no_other_words),
        pool_test(choices_say_what_they_mean),
        pool_test(short_labels),
        pool_test(short_labels_speak_as_the_question),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
