/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answers_text: drafts as they are stored: those of an older version are read whole, those of this one by
 * place and in another version of the form by linkId, and what is cut off or changed is refused.
 */
#include "form_help.h"

#include "core/response.h"

static const char items[] =
    "{'linkId':'s','type':'string','text':'S','repeats':true},"
    "{'linkId':'x','type':'string','text':'X'},"
    "{'linkId':'b','type':'boolean','text':'B','item':[{'linkId':'b.i','type':'integer',"
    "'text':'I'}]},"
    "{'linkId':'g','type':'group','text':'G','repeats':true,'item':[{'linkId':'g.m',"
    "'type':'decimal','text':'M'},{'linkId':'g.d','type':'date','text':'D'}]},"
    "{'linkId':'c','type':'choice','text':'C','answerOption':[{'valueCoding':{'system':"
    "'urn:x','code':'a','display':'A'}},{'valueCoding':{'code':'b'}}]}";

/* As the version before wrote it. */
static const char old_draft[] =
    "{'format':1,'form':'0000','since':'1111','items':["
    "{'l':'s','a':[{'valueString':'one: (two)'},{'valueString':'N\xc3\xba\xc3\xb1"
    "ez'}]},"
    "{'l':'b','a':[{'valueBoolean':true,'i':[{'l':'b.i','a':[{'typed':'7x','error':"
    "'answer.error.integer'}]}]}]},"
    "{'l':'g','i':[{'l':'g.m','a':[{'valueDecimal':2.50,'from':'answer.from_last'}]}]},"
    "{'l':'g','i':[{'l':'g.d','a':[{'valueDate':'1978-02'}]}]},{'l':'g'},"
    "{'l':'c','a':[{'valueCoding':{'system':'urn:x','code':'a','display':'A'}}]}]}";

static portal_answers_t *read_it(const portal_form_t *form, const char *text,
                                 int *dropped, apr_pool_t *p)
{
    portal_answers_t *a;

    assert_int_equal(portal_answers_read(&a, form, text, strlen(text), dropped, p),
                     APR_SUCCESS);
    return a;
}

static const portal_given_t *given(const portal_answers_t *a, const char *link_id,
                                   int node, int answer)
{
    const portal_item_t *item = portal_form_item(a->form, link_id);

    return portal_answer_at(portal_node_at(a->by_item[item->index], node)->answers,
                            answer);
}

static void holds_all(const portal_answers_t *a)
{
    assert_string_equal(a->since, "1111");
    assert_string_equal(given(a, "s", 0, 0)->value.text, "one: (two)");
    assert_string_equal(given(a, "s", 0, 1)->value.text, "N\xc3\xba\xc3\xb1"
                                                         "ez");
    assert_string_equal(given(a, "b", 0, 0)->value.text, "true");
    assert_string_equal(given(a, "b.i", 0, 0)->typed, "7x");
    assert_string_equal(given(a, "b.i", 0, 0)->error, "answer.error.integer");
    assert_int_equal(a->by_item[portal_form_item(a->form, "g")->index]->nelts, 3);
    assert_string_equal(given(a, "g.m", 0, 0)->value.text, "2.50");
    assert_string_equal(given(a, "g.m", 0, 0)->from, "answer.from_last");
    assert_string_equal(given(a, "g.d", 1, 0)->value.text, "1978-02");
    assert_int_equal(given(a, "g.m", 2, 0)->value.kind, PORTAL_VALUE_NONE);
    assert_string_equal(given(a, "c", 0, 0)->value.system, "urn:x");
    assert_string_equal(given(a, "c", 0, 0)->value.text, "a");
    assert_string_equal(given(a, "c", 0, 0)->value.display, "A");
    assert_null(given(a, "c", 0, 0)->value.version);
    assert_false(
        portal_node_answered(portal_answers_node(a, portal_form_item(a->form, "x"))));
}

static void drafts_of_before_are_read(void **state)
{
    portal_form_t *form = with_items(items, *state);
    const portal_response_meta_t meta = {.status = PORTAL_RESPONSE_IN_PROGRESS};
    int dropped = -1;
    portal_answers_t *a = read_it(form, quoted(old_draft, *state), &dropped, *state), *b;
    const char *text = portal_answers_write(a);

    assert_int_equal(dropped, 0);
    holds_all(a);
    assert_memory_equal(text, "264:", 4);
    b = read_it(form, text, &dropped, *state);
    assert_int_equal(dropped, 0);
    holds_all(b);
    assert_string_equal(portal_answers_write(b), text);
    assert_string_equal(portal_response_write(a, &meta), portal_response_write(b, &meta));
    assert_non_null(strstr(portal_response_write(b, &meta), "\"valueDecimal\":2.50"));
}

/* In another version of the form its questions stand elsewhere. */
static void by_link_id_in_another_version(void **state)
{
    portal_form_t *form = with_items(items, *state), *other;
    portal_answers_t *a = read_it(form, quoted(old_draft, *state), NULL, *state);
    int dropped;

    other = with_items("{'linkId':'c','type':'choice','text':'C','answerOption':["
                       "{'valueCoding':{'code':'b'}}]},"
                       "{'linkId':'g','type':'group','text':'G','repeats':true,'item':["
                       "{'linkId':'g.d','type':'date','text':'D'},"
                       "{'linkId':'g.m','type':'decimal','text':'M'}]},"
                       "{'linkId':'new','type':'string','text':'N'},"
                       "{'linkId':'s','type':'string','text':'S'}",
                       *state);
    a = read_it(other, portal_answers_write(a), &dropped, *state);
    /* b with all below it, the choice that is gone, and the second of what repeats no more */
    assert_int_equal(dropped, 3);
    assert_string_equal(given(a, "s", 0, 0)->value.text, "one: (two)");
    assert_string_equal(given(a, "g.m", 0, 0)->value.text, "2.50");
    assert_string_equal(given(a, "g.d", 1, 0)->value.text, "1978-02");
    assert_int_equal(given(a, "c", 0, 0)->value.kind, PORTAL_VALUE_NONE);
    assert_int_equal(given(a, "new", 0, 0)->value.kind, PORTAL_VALUE_NONE);
}

/* Cut off anywhere it is no draft; so is one with something behind it. */
static void what_is_cut_off_is_refused(void **state)
{
    portal_form_t *form = with_items(items, *state);
    const char *text =
        portal_answers_write(read_it(form, quoted(old_draft, *state), NULL, *state));
    apr_size_t len = strlen(text), head = strchr(text, '(') - text;
    portal_answers_t *a;
    int whole = 0;

    for (apr_size_t n = 0; n < len; n++) {
        bool ends = n >= head &&
                    portal_answers_read(&a, form, text, n, NULL, *state) == APR_SUCCESS;
        whole += ends;
        if (n < head)
            assert_int_equal(portal_answers_read(&a, form, text, n, NULL, *state),
                             APR_EINVAL);
    }
    /* it ends well only behind one of the six entries at the top, or before the first */
    assert_int_equal(whole, 6);
    text = apr_pstrcat(*state, text, " ", NULL);
    assert_int_equal(portal_answers_read(&a, form, text, len + 1, NULL, *state),
                     APR_EINVAL);
    assert_null(a);
}

/* What stands behind the head of a draft for this version of the form. */
static apr_status_t read_tail(const portal_form_t *form, const char *tail, int *dropped,
                              apr_pool_t *p)
{
    const char *text = apr_pstrcat(p, "264:", form->hash, "0:", tail, NULL);
    portal_answers_t *a;

    return portal_answers_read(&a, form, text, strlen(text), dropped, p);
}

static void what_leads_out_of_it_is_refused(void **state)
{
    static const char *const tails[] = {
        "(9,1:s)",                       /* no such place */
        "(4294967296,1:s)",              /* nor this */
        "(+1:s)",                        /* more of nothing */
        "(1:s)(+1:s)",                   /* more of what is no group */
        "(1:s=S99999999999999999:one;)", /* longer than there is */
        "(1:s=S4:one;)",                 /* takes the sign behind it */
        "(1:s=S3:one)",                  /* no end */
        "(1:s=S:;)",                     /* no length */
        "(1:s=Z1:x;)",                   /* no such kind */
        "(1:s=S2:\xc3(;)",               /* not UTF-8 */
        "(1:s=S4:\xef\xb7\x90"
        "1;)", /* the sign that marks numbers */
    };
    portal_form_t *form = with_items(items, *state);
    char *deep = apr_pstrdup(*state, "");
    int dropped;

    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++)
        if (read_tail(form, tails[i], NULL, *state) != APR_EINVAL)
            fail_msg("%s is read", tails[i]);
    for (int i = 0; i < 40; i++)
        deep = apr_pstrcat(*state, "(1:s=", deep, ";)", NULL);
    assert_int_equal(read_tail(form, deep, NULL, *state), APR_EINVAL);
    /* what is no value of its kind, and what the question does not take */
    assert_int_equal(
        read_tail(form, "(1:s=S0:;=I1:7;)(1,1:b=B5:maybe;)", &dropped, *state),
        APR_SUCCESS);
    assert_int_equal(dropped, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(drafts_of_before_are_read),
        pool_test(by_link_id_in_another_version),
        pool_test(what_is_cut_off_is_refused),
        pool_test(what_leads_out_of_it_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
