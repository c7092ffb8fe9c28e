/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: loads what it is given as a form and, when it loads, does with it all that a
 * portal does.
 *
 * The input is a Questionnaire and, after a NUL, a text that is tried as a response, as a
 * draft and, cut at line ends, as what was posted. Nothing may crash, leak or run on; a form
 * that is refused has a reason; a draft and a response are the same when read again.
 */
#include "fuzz.h"

#include "core/answers_take.h"
#include "core/form_load.h"
#include "core/form_view.h"
#include "core/response.h"

typedef struct {
    const char *text;
    apr_pool_t *pool;
} posted_t;

/* Each field gets the next line of the text, the whole again from its end on. */
static const apr_array_header_t *posted(void *baton, const char *name)
{
    posted_t *post = baton;
    apr_array_header_t *list = apr_array_make(post->pool, 2, sizeof(const char *));
    size_t n = strcspn(post->text, "\n");

    if (n % 3 == 2 && name[strlen(name) - 1] % 2)
        return NULL;
    APR_ARRAY_PUSH(list, const char *) = apr_pstrmemdup(post->pool, post->text, n);
    post->text += n + (post->text[n] != '\0');
    if (n % 2)
        APR_ARRAY_PUSH(list, const char *) = post->text;
    return list;
}

static void same_when_read(const portal_answers_t *a)
{
    const portal_response_meta_t meta = {.status = PORTAL_RESPONSE_COMPLETED};
    const char *draft = portal_answers_write(a), *text = portal_response_write(a, &meta);
    portal_answers_t *again;
    portal_response_t response;
    int dropped;

    if (!draft || !text ||
        portal_answers_read(&again, a->form, draft, strlen(draft), &dropped, a->pool) ||
        dropped || strcmp(portal_answers_write(again), draft) != 0)
        fuzz_broken(__func__, __FILE__, __LINE__);
    if (portal_response_read(&response, a->form, text, strlen(text), a->pool) ||
        strcmp(portal_response_write(response.answers, &meta), text) != 0)
        fuzz_broken(__func__, __FILE__, __LINE__);
}

static void walk(portal_answers_t *a, const char *text, bool mirrors_form)
{
    apr_array_header_t *pages = a->form->pages;
    const portal_form_page_t *page = NULL;
    posted_t post = {text, a->pool};
    int number = 0;

    while ((page = portal_page_next(a, pages, number))) {
        number = page->number;
        portal_answers_take(a, page, posted, &post);
        portal_answers_add_group(a, page, number % 2 ? "a.1" : "a.2");
        portal_answers_remove_group(a, page, number % 3 ? "a.1-2" : "a.1");
        json_decref(portal_form_page_view(
            a, pages, page, portal_answers_check(a, page, PORTAL_CHECK_COMPLETE), "es"));
    }
    json_decref(portal_form_review_view(a, pages, "es"));
    json_decref(portal_form_errors_view(
        portal_answers_check_all(a, PORTAL_CHECK_COMPLETE), pages, "es"));
    if (mirrors_form)
        same_when_read(a);
}

static void try_text(const portal_form_t *form, const char *text, apr_pool_t *pool)
{
    portal_answers_t *a;
    portal_response_t response;

    if (portal_answers_read(&a, form, text, strlen(text), NULL, pool) == APR_SUCCESS)
        walk(a, text, true);
    /* A response may have more answers than its form allows: those are for checking only. */
    if (portal_response_read(&response, form, text, strlen(text), pool) == APR_SUCCESS)
        walk(response.answers, text, false);
    walk(portal_answers_new(form, pool), text, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    apr_array_header_t *faults;
    portal_form_t *form;
    const char *bytes, *text;
    size_t len;

    bytes = apr_pstrmemdup(pool, (const char *)data, size);
    len = strlen(bytes);
    text = len < size ? apr_pstrmemdup(pool, bytes + len + 1, size - len - 1) : "";
    faults = apr_array_make(pool, 4, sizeof(portal_form_fault_t));
    if (portal_form_load(&form, "fuzz.json", bytes, len, faults, pool) == APR_SUCCESS)
        try_text(form, text, pool);
    else if (form || !faults->nelts)
        fuzz_broken(__func__, __FILE__, __LINE__);
    apr_pool_destroy(pool);
    return 0;
}
