/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of formatted words: XHTML into blocks and runs, CSS into classes. */
#include "unit.h"

#include <apr_strings.h>
#include <string.h>

#include "core/markup.h"

static const portal_look_t as_is;

static const char *names(const apr_array_header_t *dropped)
{
    return apr_array_pstrcat(dropped->pool, dropped, ' ');
}

static const portal_markup_t *read_it(const char *xhtml, const char **dropped,
                                      apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, 4, sizeof(const char *));
    const portal_markup_t *markup;
    bool ok = portal_markup_read(&markup, xhtml, &as_is, list, p);

    assert_int_equal(ok, markup != NULL);
    if (dropped)
        *dropped = names(list);
    return markup;
}

static const char *runs_of(const apr_array_header_t *runs, apr_pool_t *p)
{
    const char *all = "";

    for (int i = 0; i < runs->nelts; i++) {
        const portal_run_t *r = APR_ARRAY_IDX(runs, i, portal_run_t *);
        all = apr_pstrcat(
            p, all, r->line_break ? "/" : "", r->strong ? "*" : "", r->slant ? "_" : "",
            r->raised ? "^" : "", r->lowered ? "v" : "", *r->look ? "{" : "", r->look,
            *r->look ? "}" : "", r->text, r->href ? "<" : "", r->href ? r->href : "",
            r->href ? ">" : "", i + 1 < runs->nelts ? "|" : "", NULL);
    }
    return all;
}

static const char *blocks_of(const apr_array_header_t *blocks, apr_pool_t *p)
{
    static const char *const kinds[] = {"p",   "ul", "ol", "li", "table",
                                        "cap", "tr", "th", "td"};
    const char *all = "";

    for (int i = 0; i < blocks->nelts; i++) {
        const portal_block_t *b = APR_ARRAY_IDX(blocks, i, portal_block_t *);
        all = apr_pstrcat(p, all, kinds[b->kind], b->columns > 1 ? "2" : "", "(",
                          b->runs ? runs_of(b->runs, p) : blocks_of(b->blocks, p), ")",
                          NULL);
    }
    return all;
}

/* All blocks of an XHTML, or "none". */
static const char *shown(const char *xhtml, apr_pool_t *p)
{
    const portal_markup_t *markup = read_it(xhtml, NULL, p);

    return markup ? blocks_of(markup->blocks, p) : "none";
}

static void paragraphs(void **state)
{
    apr_pool_t *p = *state;

    assert_string_equal(shown("plain", p), "p(plain)");
    assert_string_equal(shown("<p>One</p><p>two</p>", p), "p(One)p(two)");
    assert_string_equal(shown("<div><p>One</p> two <p>three</p></div>", p),
                        "p(One)p(two)p(three)");
    assert_string_equal(shown("a<br/>b</br>c<br>", p), "p(a|/|b|/|c)");
    assert_string_equal(shown("<p>a<hr/>b</p>", p), "p(a)p(b)");
    assert_string_equal(shown(" \n <p> much \n space </p>\t", p), "p(much space)");
    assert_string_equal(shown("<pre>two\n  lines</pre>", p), "p(two|/|lines)");
    assert_string_equal(shown("<h2>Head</h2>words", p),
                        "p(*{portal-words-large}Head)p(words)");
    assert_string_equal(shown("<p></p><br/> <p> </p>", p), "none");
    assert_string_equal(shown("", p), "none");
}

static void runs(void **state)
{
    apr_pool_t *p = *state;

    assert_string_equal(shown("a <b>b</b> <i>c</i><strong><em>d</em></strong>", p),
                        "p(a |*b| |_c|*_d)");
    assert_string_equal(shown("H<sub>2</sub>O m<sup>2</sup>", p), "p(H|v2|O m|^2)");
    assert_string_equal(shown("<u>a</u><s>b</s><u><s>c</s></u><code>d</code>", p),
                        "p({portal-words-underline}a|{portal-words-struck}b|"
                        "{portal-words-both-lines}c|{portal-words-mono}d)");
    assert_string_equal(shown("&lt;b&gt; &amp; &quot;&eacute;&nbsp;x&quot;", p),
                        "p(<b> & \"\xC3\xA9\xC2\xA0x\")");
    assert_string_equal(shown("<b>open", p), "p(*open)");
    assert_string_equal(shown("<B>large</B>", p), "p(*large)");
    assert_string_equal(shown("<b/>after", p), "p(after)");
}

static void lists_and_tables(void **state)
{
    apr_pool_t *p = *state;

    assert_string_equal(shown("<ul><li>a</li> <li>b<ol><li>c</li></ol></li></ul>", p),
                        "ul(li(p(a))li(p(b)ol(li(p(c)))))");
    assert_string_equal(shown("<ul>a<li>b</li><ul><li>c</li></ul></ul>", p),
                        "ul(li(p(a))li(p(b))li(ul(li(p(c)))))");
    assert_string_equal(shown("<li>a</li>", p), "p(a)");
    assert_string_equal(shown("<ul></ul>x", p), "p(x)");
    assert_string_equal(
        shown("<table><caption>t</caption><thead><tr><th>a</th></tr></thead>"
              "<tbody><tr><td colspan='2'>b</td><td></td></tr></tbody>"
              "</table>",
              p),
        "table(cap(p(t))tr(th(p(a)))tr(td2(p(b))td()))");
    assert_string_equal(shown("<table><td>a</td>b</table>", p),
                        "table(tr(td(p(a)))tr(td(p(b))))");
    assert_string_equal(shown("<tr><td>a</td></tr>", p), "p(a)");
}

static void in_one_line(void **state)
{
    apr_pool_t *p = *state;
    const portal_markup_t *m = read_it("<p>One</p><ul><li>a</li><li>b</li></ul>"
                                       "<ol><li>c</li><li>d</li></ol>"
                                       "<table><tr><td>e</td><td>f</td></tr></table>",
                                       NULL, p);

    assert_string_equal(m->words, "One\n\xE2\x80\xA2 a\n\xE2\x80\xA2 b\n1. c\n2. d\n"
                                  "e \xE2\x80\x93 f");
}

static void links(void **state)
{
    static const char *const bad[] = {"http://a.example/",
                                      "javascript:alert(1)",
                                      "JaVaScRiPt:alert(1)",
                                      "java\nscript:alert(1)",
                                      "data:text/html,x",
                                      "//a.example",
                                      "/logout",
                                      "https:",
                                      "mailto:",
                                      "vbscript:x",
                                      "https://a.example/ b",
                                      "https://a.example/<b>",
                                      "https://a.example/\\b",
                                      "&#106;avascript:alert(1)"};
    apr_pool_t *p = *state;
    const char *dropped;

    assert_string_equal(shown("<a href=' https://a.example/x?y=1&amp;z '>a</a>", p),
                        "p(a<https://a.example/x?y=1&z>)");
    assert_string_equal(
        shown("<a href='mailto:a@b.example'>a</a><a href='tel:+1'>b</a>", p),
        "p(a<mailto:a@b.example>|b<tel:+1>)");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const portal_markup_t *m =
            read_it(apr_psprintf(p, "<a href=\"%s\">a</a>", bad[i]), &dropped, p);
        assert_string_equal(blocks_of(m->blocks, p), "p(a)");
        assert_string_equal(dropped, "@href");
    }
}

static void dropped_things(void **state)
{
    static const struct {
        const char *xhtml, *shown, *dropped;
    } cases[] = {
        {"a<script>alert(1)</script>b", "p(a|b)", "script"},
        {"a<style>p{}</style>b<iframe src='x'>c</iframe>", "p(a|b)", "style iframe"},
        {"<button onclick='x()'>a</button>", "p(a)", "button @onclick"},
        {"<img src='data:image/png;base64,AA' alt='A map'/>", "p(A map)", "img"},
        {"<svg onload='x()'><text>a</text></svg>b", "p(b)", "svg"},
        {"<form action='/x'><input name='a'/>b</form>", "p(b)",
         "form @action input @name"},
        {"<!-- a --><?b c?>d", "p(d)", ""},
        {"<p class='x' id='y'>a</p>", "p(a)", "@class @id"},
        {"<textarea>a</textarea><select><option>b</option></select>c", "p(c)",
         "textarea select"},
        {"<unknown:x>a</unknown:x>", "p(a)", "x"},
        {"</div></body></html>a", "p(a)", ""},
    };
    apr_pool_t *p = *state;
    const char *dropped;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const portal_markup_t *m = read_it(cases[i].xhtml, &dropped, p);
        assert_non_null(m);
        assert_string_equal(blocks_of(m->blocks, p), cases[i].shown);
        assert_string_equal(dropped, cases[i].dropped);
    }
}

static char *repeated(const char *text, int n, const char *then, apr_pool_t *p)
{
    size_t len = strlen(text);
    char *all = apr_palloc(p, len * (size_t)n + strlen(then) + 1);

    for (int i = 0; i < n; i++)
        memcpy(all + len * (size_t)i, text, len);
    memcpy(all + len * (size_t)n, then, strlen(then) + 1);
    return all;
}

static void limits(void **state)
{
    apr_pool_t *p = *state;

    assert_string_equal(shown(repeated("<b>", 40, "a", p), p), "p(*a)");
    assert_string_equal(shown(repeated("<b>", 100, "a", p), p), "none");
    assert_string_equal(shown(repeated("<b>", 20000, "a", p), p), "none");
    assert_string_equal(shown(repeated("<ul><li>", 20, "a", p), p), "none");
    assert_string_equal(shown(repeated("<ul><li>", 6, "a", p), p),
                        "ul(li(ul(li(ul(li(ul(li(ul(li(ul(li(p(a)))))))))))))");
    assert_string_equal(shown(repeated("<p>a</p>", 1500, "", p), p), "none");
    assert_string_equal(shown(repeated("a", PORTAL_MARKUP_MAX_BYTES + 1, "", p), p),
                        "none");
    assert_non_null(read_it(repeated("a", PORTAL_MARKUP_MAX_BYTES, "", p), NULL, p));
    assert_non_null(strstr(shown("<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
                                 "<p>a&a;</p>",
                                 p),
                           "&a;"));
}

static const char *look(const char *css, const char **dropped, apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, 4, sizeof(const char *));
    portal_look_t it = as_is;

    portal_look_read(&it, css, list);
    *dropped = names(list);
    return apr_pstrcat(p, it.weight == PORTAL_WEIGHT_BOLD ? "*" : "", it.slant ? "_" : "",
                       portal_look_classes(&it, p),
                       *portal_align_class(it.align) ? "@" : "",
                       portal_align_class(it.align), NULL);
}

static void styles(void **state)
{
#define W "portal-words-"
    static const struct {
        const char *css, *look, *dropped;
    } cases[] = {
        {"font-weight:bold", "*", ""},
        {" FONT-WEIGHT : 700 !important ;; ", "*", ""},
        {"font-weight: normal", W "normal", ""},
        {"font-style: italic; text-decoration: underline", "_" W "underline", ""},
        {"text-decoration: underline line-through", W "both-lines", ""},
        {"font-size: 1.3em", W "large", ""},
        {"font-size: 8pt", W "small", ""},
        {"font-size: 100%", "", ""},
        {"font-size: xx-large", W "larger", ""},
        {"text-align: right", "@" W "end", ""},
        {"text-align: center", "@" W "centre", ""},
        {"color: red", W "red", ""},
        {"color: #00f", W "blue", ""},
        {"color: #006400", W "green", ""},
        {"color: rgb(128, 0, 128)", W "purple", ""},
        {"color: rgba(200, 120, 0, .5)", W "orange", ""},
        {"color: black; background-color: white", "", ""},
        {"color: #777", W "grey", ""},
        {"color: white", "", "color"},
        {"color: #fefefe", "", "color"},
        {"background-color: yellow", W "on-orange", ""},
        {"background: #eee; color: inherit", W "on-grey", ""},
        {"background: url(https://a.example/x.png)", "", "background"},
        {"position: fixed; top: 0; display: none", "", "position top display"},
        {"color: expression(alert(1))", "", "color"},
        {"font-family: x; behavior: url(x)", "", "font-family behavior"},
        {"nonsense", "", "nonsense"},
        {"color: #12", "", "color"},
        {"", "", ""},
    };
    apr_pool_t *p = *state;
    const char *dropped;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(look(cases[i].css, &dropped, p), cases[i].look);
        assert_string_equal(dropped, cases[i].dropped);
    }
}

static void styled_runs(void **state)
{
    apr_pool_t *p = *state;
    const char *dropped;
    const portal_markup_t *m =
        read_it("<p style='text-align:center;color:red'>a<span style='color:navy;top:0'>"
                "b</span></p>",
                &dropped, p);
    portal_look_t slanted = {.slant = true};

    assert_string_equal(blocks_of(m->blocks, p),
                        "p({portal-words-red}a|{portal-words-blue}b)");
    assert_string_equal(APR_ARRAY_IDX(m->blocks, 0, portal_block_t *)->align,
                        "portal-words-centre");
    assert_string_equal(dropped, "top");
    m = portal_markup_plain("two\nlines", &slanted, p);
    assert_string_equal(blocks_of(m->blocks, p), "p(_two|/|_lines)");
    assert_null(portal_markup_plain("", &slanted, p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(paragraphs),  pool_test(runs),   pool_test(lists_and_tables),
        pool_test(in_one_line), pool_test(links),  pool_test(dropped_things),
        pool_test(limits),      pool_test(styles), pool_test(styled_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
