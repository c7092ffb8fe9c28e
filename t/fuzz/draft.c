/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: reads what it is given as a draft of a form that asks all kinds of questions.
 *
 * An input that begins with H goes on behind the head of a draft for this very version of the form, where
 * nodes are known by their places; others are read as they are, by linkIds or as a draft of format 1.
 * Nothing may crash, leak or run on; what can be read can be shown, checked and written, and is the same
 * when read again.
 */
#include "fuzz.h"

#include "core/form_load.h"
#include "core/form_pages.h"
#include "core/form_view.h"
#include "core/response.h"
#include "core/validate.h"

static const char questionnaire[] =
    "{\"resourceType\":\"Questionnaire\",\"status\":\"active\",\"title\":\"T\",\"item\":["
    "{\"linkId\":\"s\",\"type\":\"string\",\"text\":\"S\",\"repeats\":true},"
    "{\"linkId\":\"b\",\"type\":\"boolean\",\"text\":\"B\",\"item\":["
    "{\"linkId\":\"b.t\",\"type\":\"text\",\"text\":\"T\"},"
    "{\"linkId\":\"b.g\",\"type\":\"group\",\"repeats\":true,\"text\":\"G\",\"item\":["
    "{\"linkId\":\"b.g.i\",\"type\":\"integer\",\"text\":\"I\"}]}]},"
    "{\"linkId\":\"c\",\"type\":\"choice\",\"text\":\"C\",\"repeats\":true,"
    "\"answerOption\":["
    "{\"valueCoding\":{\"system\":\"urn:x\",\"code\":\"a\",\"display\":\"A\"}},"
    "{\"valueCoding\":{\"code\":\"b\"}}],\"item\":["
    "{\"linkId\":\"c.d\",\"type\":\"date\",\"text\":\"D\"}]},"
    "{\"linkId\":\"o\",\"type\":\"open-choice\",\"text\":\"O\",\"answerOption\":["
    "{\"valueCoding\":{\"code\":\"a\",\"display\":\"A\"}}]},"
    "{\"linkId\":\"g\",\"type\":\"group\",\"repeats\":true,\"text\":\"G\",\"item\":["
    "{\"linkId\":\"g.m\",\"type\":\"decimal\",\"text\":\"M\"},"
    "{\"linkId\":\"g.q\",\"type\":\"quantity\",\"text\":\"Q\",\"enableWhen\":[{"
    "\"question\":"
    "\"g.m\",\"operator\":\">\",\"answerDecimal\":1.5}]},"
    "{\"linkId\":\"g.g\",\"type\":\"group\",\"repeats\":true,\"text\":\"G\",\"item\":["
    "{\"linkId\":\"g.g.t\",\"type\":\"time\",\"text\":\"T\"},"
    "{\"linkId\":\"g.g.u\",\"type\":\"url\",\"text\":\"U\"}]}]},"
    "{\"linkId\":\"w\",\"type\":\"dateTime\",\"text\":\"W\",\"enableWhen\":[{"
    "\"question\":"
    "\"c.d\",\"operator\":\"<=\",\"answerDate\":\"2020-02-03\"}]},"
    "{\"linkId\":\"n\",\"type\":\"integer\",\"text\":\"N\",\"extension\":[{\"url\":"
    "\"http://hl7.org/fhir/uv/sdc/StructureDefinition/"
    "sdc-questionnaire-calculatedExpression\","
    "\"valueExpression\":{\"language\":\"text/fhirpath\",\"expression\":"
    "\"%resource.item.where(linkId='g').count()\"}}]}]}";

static portal_form_t *make_form(apr_pool_t *pool)
{
    apr_array_header_t *faults = apr_array_make(pool, 4, sizeof(portal_form_fault_t));
    portal_form_t *form;

    if (portal_form_load(&form, "draft.json", questionnaire, sizeof questionnaire - 1,
                         faults, pool))
        fuzz_broken(__func__, __FILE__, __LINE__);
    return form;
}

static void show(portal_answers_t *a)
{
    const portal_response_meta_t meta = {.status = PORTAL_RESPONSE_IN_PROGRESS};
    const apr_array_header_t *pages = a->form->pages;

    for (int i = 1; i <= pages->nelts; i++)
        json_decref(
            portal_form_page_view(a, pages, portal_page_at(pages, i), NULL, "en"));
    json_decref(portal_form_review_view(a, pages, "en"));
    portal_answers_check_all(a, PORTAL_CHECK_COMPLETE);
    if (!portal_response_write(a, &meta))
        fuzz_broken(__func__, __FILE__, __LINE__);
}

static void same_when_read(const portal_answers_t *a)
{
    const char *text = portal_answers_write(a);
    portal_answers_t *again;
    int dropped;

    if (!text ||
        portal_answers_read(&again, a->form, text, strlen(text), &dropped, a->pool) ||
        dropped || strcmp(portal_answers_write(again), text) != 0)
        fuzz_broken(__func__, __FILE__, __LINE__);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    portal_form_t *form = make_form(pool);
    apr_size_t head = 0;
    portal_answers_t *a;
    char *text = apr_palloc(pool, size + 80);

    if (size && *data == 'H') {
        head = (apr_size_t)apr_snprintf(text, 80, "264:%s", form->hash);
        data++;
        size--;
    }
    if (size)
        memcpy(text + head, data, size);
    text = apr_pmemdup(pool, text, head + size);
    if (portal_answers_read(&a, form, text, head + size, NULL, pool) == APR_SUCCESS) {
        show(a);
        same_when_read(a);
    } else if (a) {
        fuzz_broken(__func__, __FILE__, __LINE__);
    }
    apr_pool_destroy(pool);
    return 0;
}
