/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts of a form: read with their translations and formats, and looked up; see form_text.h.
 */
#include "core/form_text.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#include "core/fhir_json.h"
#include "core/form_loader.h"

#define URL "http://hl7.org/fhir/StructureDefinition/"

/* ---- looking up ---- */

/* 2: the same tag; 1: the same language, another or no region; 0: another language. */
static int closeness(const char *have, const char *want)
{
    size_t n = strcspn(have, "-"), m = strcspn(want, "-");

    if (strcasecmp(have, want) == 0)
        return 2;
    return n == m && strncasecmp(have, want, n) == 0;
}

/* The translation that serves a language best, or NULL: the text itself does. */
static const portal_translation_t *best_of(const portal_text_t *text, const char *lang)
{
    const portal_translation_t *best = NULL;
    int close = 0;

    for (int i = 0; lang && text->in && i < text->in->nelts; i++) {
        const portal_translation_t *t = &APR_ARRAY_IDX(text->in, i, portal_translation_t);
        int c = closeness(t->lang, lang);
        if (c > close) {
            close = c;
            best = t;
        }
    }
    return best;
}

const char *portal_text_in(const portal_text_t *text, const char *lang)
{
    const portal_translation_t *best = best_of(text, lang);

    if (best)
        return best->content;
    return text->plain ? text->plain : "";
}

bool portal_text_speaks(const portal_text_t *text, const char *lang)
{
    return best_of(text, lang) != NULL;
}

const portal_markup_t *portal_text_markup(const portal_text_t *text, const char *lang)
{
    const portal_translation_t *best = text->styled ? best_of(text, lang) : NULL;

    for (int i = 0; text->styled && i < text->styled->nelts; i++) {
        const portal_styled_t *s = &APR_ARRAY_IDX(text->styled, i, portal_styled_t);
        if (best ? s->lang && !strcasecmp(s->lang, best->lang) : !s->lang)
            return s->markup;
    }
    return NULL;
}

const char *portal_text_shown(const portal_text_t *text, const char *lang)
{
    const portal_markup_t *markup = portal_text_markup(text, lang);

    return markup ? markup->words : portal_text_in(text, lang);
}

json_t *portal_text_view(const portal_text_t *text, const char *lang, bool flat)
{
    const portal_markup_t *markup = portal_text_markup(text, lang);

    return markup ? portal_markup_view(markup, flat) : json_false();
}

/* ---- translations ---- */

void portal_form_note_language(portal_form_loader_t *l, const char *lang)
{
    apr_array_header_t *all = l->form->languages;

    for (int i = 0; i < all->nelts; i++)
        if (strcasecmp(APR_ARRAY_IDX(all, i, const char *), lang) == 0)
            return;
    APR_ARRAY_PUSH(all, const char *) = lang;
}

static const char *copy(portal_form_loader_t *l, const char *s)
{
    return s && *s ? apr_pstrdup(l->pool, s) : NULL;
}

/* One extension `translation`: lang and content are extensions inside it. */
static void read_translation(portal_form_loader_t *l, const json_t *ext,
                             apr_array_header_t *into)
{
    portal_translation_t t = {0};
    size_t i;
    json_t *part;

    json_array_foreach(json_object_get(ext, "extension"), i, part)
    {
        const char *url = portal_fhir_json_string(part, "url");
        if (url && strcmp(url, "lang") == 0)
            t.lang = copy(l, portal_fhir_json_string(part, "valueCode"));
        else if (url && strcmp(url, "content") == 0)
            t.content = copy(l, portal_fhir_json_string(part, "valueString"));
        if (url && !t.content && strcmp(url, "content") == 0)
            t.content = copy(l, portal_fhir_json_string(part, "valueMarkdown"));
    }
    if (t.lang && t.content) {
        APR_ARRAY_PUSH(into, portal_translation_t) = t;
        portal_form_note_language(l, t.lang);
    }
}

/* The translations of a primitive, from its underscored sibling; NULL: none. */
static apr_array_header_t *read_translations(portal_form_loader_t *l, const json_t *more)
{
    apr_array_header_t *in = apr_array_make(l->pool, 1, sizeof(portal_translation_t));
    size_t i;
    json_t *ext;

    json_array_foreach(json_object_get(more, "extension"), i, ext)
    {
        const char *url = portal_fhir_json_string(ext, "url");
        if (url && strcmp(url, URL "translation") == 0)
            read_translation(l, ext, in);
    }
    return in->nelts ? in : NULL;
}

/* ---- formats ---- */

/* What is read for one text. */
typedef struct {
    portal_form_loader_t *l;
    const char *name; /* of the member */
    portal_look_t look;
    bool looks; /* it has a style of its own */
    apr_array_header_t *dropped, *styled;
} format_t;

static void add_styled(format_t *f, const char *lang, const portal_markup_t *markup)
{
    if (!markup)
        return;
    if (!f->styled)
        f->styled = apr_array_make(f->l->pool, 1, sizeof(portal_styled_t));
    APR_ARRAY_PUSH(f->styled, portal_styled_t) = (portal_styled_t){lang, markup};
}

/* The next letter or digit: past white space and signs of ASCII, Latin-1 (C2) and general punctuation
 * (E2 80), which often differ where nothing else does. */
static const char *next_letter(const char *s)
{
    for (;;) {
        unsigned char c = (unsigned char)*s;
        if (c == 0xC2 && s[1])
            s += 2;
        else if (c == 0xE2 && (unsigned char)s[1] == 0x80 && s[2])
            s += 3;
        else if (c && c < 0x80 && !strchr("0123456789", c) && !apr_isalpha(c))
            s++;
        else
            return s;
    }
}

/* True when the formatted text says the same as the plain one, letter by letter. */
static bool same_words(const portal_markup_t *markup, const char *plain, apr_pool_t *p)
{
    apr_array_header_t *words =
        apr_array_make(p, markup->runs->nelts, sizeof(const char *));
    const char *said;

    for (int i = 0; i < markup->runs->nelts; i++) {
        const portal_run_t *run = APR_ARRAY_IDX(markup->runs, i, portal_run_t *);
        if (!run->added)
            APR_ARRAY_PUSH(words, const char *) = run->text;
    }
    for (said = apr_array_pstrcat(p, words, 0);; said++, plain++) {
        said = next_letter(said);
        plain = next_letter(plain);
        if (!*said || *said != *plain)
            return *said == *plain;
    }
}

/* One language's XHTML, or what stands for it when it cannot be used: the plain text. */
static void read_xhtml(format_t *f, const char *lang, const char *xhtml,
                       const char *plain)
{
    const portal_markup_t *markup;

    if (!portal_markup_read(&markup, xhtml, &f->look, f->dropped, f->l->pool)) {
        portal_form_fault(f->l, PORTAL_FAULT_WARN, f->l->at, "xhtml-unused",
                          "The rendering-xhtml of %s has no words, or is too long or too "
                          "deep; the plain text is shown. Write it shorter and simpler.",
                          f->name);
        return;
    }
    if (!same_words(markup, plain, f->l->pool) && f->l->plain_wins) {
        portal_form_fault(
            f->l, PORTAL_FAULT_WARN, f->l->at, "xhtml-other-words",
            "The rendering-xhtml of %s says other words than the plain text, which is "
            "shown, since it is what the answer will say. Make both say the same.",
            f->name);
        return;
    }
    if (!same_words(markup, plain, f->l->pool))
        portal_form_fault(
            f->l, PORTAL_FAULT_WARN, f->l->at, "xhtml-other-words",
            "The rendering-xhtml of %s says other words than the plain text. Patients "
            "see "
            "those of the rendering-xhtml, and a signature's record has them as shown; "
            "exports have the plain text. Make both say the same.",
            f->name);
    add_styled(f, lang, markup);
}

static const portal_styled_t *styled_in(const format_t *f, const char *lang)
{
    for (int i = 0; f->styled && i < f->styled->nelts; i++) {
        const portal_styled_t *s = &APR_ARRAY_IDX(f->styled, i, portal_styled_t);
        if (lang ? s->lang && !strcasecmp(s->lang, lang) : !s->lang)
            return s;
    }
    return NULL;
}

/* The XHTML of the text and of those of its translations that the text has, too. */
static void read_all_xhtml(format_t *f, const portal_text_t *text, const json_t *ext)
{
    const char *xhtml = portal_fhir_json_string(ext, "valueString");
    const apr_array_header_t *in =
        read_translations(f->l, json_object_get(ext, "_valueString"));

    if (xhtml && *xhtml && !styled_in(f, NULL))
        read_xhtml(f, NULL, xhtml, text->plain);
    for (int i = 0; in && i < in->nelts; i++) {
        const portal_translation_t *t = &APR_ARRAY_IDX(in, i, portal_translation_t);
        const portal_translation_t *of = best_of(text, t->lang);
        if (of && !strcasecmp(of->lang, t->lang) && !styled_in(f, of->lang))
            read_xhtml(f, of->lang, t->content, of->content);
    }
}

/* A style alone formats the words as they are, in each language that has no XHTML. */
static void style_the_rest(format_t *f, const portal_text_t *text)
{
    if (!f->looks)
        return;
    if (!styled_in(f, NULL))
        add_styled(f, NULL, portal_markup_plain(text->plain, &f->look, f->l->pool));
    for (int i = 0; text->in && i < text->in->nelts; i++) {
        const portal_translation_t *t = &APR_ARRAY_IDX(text->in, i, portal_translation_t);
        if (!styled_in(f, t->lang))
            add_styled(f, t->lang, portal_markup_plain(t->content, &f->look, f->l->pool));
    }
}

static void say_dropped(const format_t *f)
{
    const char *names = "";

    for (int i = 0; i < f->dropped->nelts; i++)
        names = apr_pstrcat(f->l->pool, names, i ? ", " : "",
                            APR_ARRAY_IDX(f->dropped, i, const char *), NULL);
    if (*names)
        portal_form_fault(
            f->l, PORTAL_FAULT_WARN, f->l->at, "format-dropped",
            "The %s is shown without %s of its formatting. Use p, br, b, i, u, s, sub, "
            "sup, "
            "span, lists, tables, and links that begin with https:, mailto: or tel:; of "
            "style font-weight, font-style, font-size, text-decoration, text-align, "
            "color "
            "and background-color.",
            f->name, names);
}

static void read_formats(portal_form_loader_t *l, portal_text_t *text, const json_t *more,
                         const char *name)
{
    format_t f = {.l = l, .name = name};
    const json_t *list = json_object_get(more, "extension");
    size_t i;
    json_t *ext;

    f.dropped = apr_array_make(l->pool, 4, sizeof(const char *));
    json_array_foreach(list, i, ext)
    {
        const char *url = portal_fhir_json_string(ext, "url"),
                   *css = portal_fhir_json_string(ext, "valueString");
        if (!url || !css || strcmp(url, URL "rendering-style") != 0)
            continue;
        portal_look_read(&f.look, css, f.dropped);
        f.looks = true;
    }
    json_array_foreach(list, i, ext)
    {
        const char *url = portal_fhir_json_string(ext, "url");
        if (url && strcmp(url, URL "rendering-xhtml") == 0)
            read_all_xhtml(&f, text, ext);
    }
    style_the_rest(&f, text);
    say_dropped(&f);
    text->styled = f.styled;
}

/* It is an offer to those who show Markdown: the text says the same without it (FHIR R4). */
static void say_markdown(portal_form_loader_t *l, const json_t *more, const char *name)
{
    size_t i;
    json_t *ext;

    json_array_foreach(json_object_get(more, "extension"), i, ext)
    {
        const char *url = portal_fhir_json_string(ext, "url");
        if (url && !strcmp(url, URL "rendering-markdown"))
            portal_form_fault(
                l, PORTAL_FAULT_INFO, l->at, "markdown-unused",
                "The rendering-markdown of %s is not used: the plain text is shown. For "
                "bold words, lists and links write rendering-xhtml.",
                name);
    }
}

portal_text_t portal_form_text(portal_form_loader_t *l, const json_t *object,
                               const char *name)
{
    portal_text_t text = {.plain = copy(l, portal_fhir_json_string(object, name))};
    const json_t *more = json_object_get(object, apr_pstrcat(l->pool, "_", name, NULL));

    text.in = read_translations(l, more);
    say_markdown(l, more, name);
    if (more && text.plain)
        read_formats(l, &text, more, name);
    return text;
}
