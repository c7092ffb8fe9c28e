/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The allow-list of elements and addresses; see markup_element.h.
 */
#include "core/markup_element.h"

#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#include "core/form_value.h"

#define SPACE " \t\r\n\f"
#define HREF_LENGTH 2000

typedef enum {
    HINT_NONE,
    HINT_BOLD,
    HINT_SLANT,
    HINT_UNDER,
    HINT_STRUCK,
    HINT_UP,
    HINT_DOWN,
    HINT_MONO,
    HINT_SMALL,
    HINT_LARGE,
    HINT_MARK,
    HINT_LINES,
    HINT_CENTRE,
    HINT_HEADING
} hint_t;

static const struct {
    const char *name;
    portal_take_t take;
    hint_t hint;
    portal_block_kind_t kind;
} elements[] = {
    {"html", PORTAL_TAKE_INLINE, HINT_NONE, 0},
    {"body", PORTAL_TAKE_INLINE, HINT_NONE, 0},
    {"div", PORTAL_TAKE_PARAGRAPH, HINT_NONE, 0},
    {"p", PORTAL_TAKE_PARAGRAPH, HINT_NONE, 0},
    {"section", PORTAL_TAKE_PARAGRAPH, HINT_NONE, 0},
    {"article", PORTAL_TAKE_PARAGRAPH, HINT_NONE, 0},
    {"blockquote", PORTAL_TAKE_PARAGRAPH, HINT_NONE, 0},
    {"address", PORTAL_TAKE_PARAGRAPH, HINT_NONE, 0},
    {"center", PORTAL_TAKE_PARAGRAPH, HINT_CENTRE, 0},
    {"dl", PORTAL_TAKE_PARAGRAPH, HINT_NONE, 0},
    {"dt", PORTAL_TAKE_PARAGRAPH, HINT_BOLD, 0},
    {"dd", PORTAL_TAKE_PARAGRAPH, HINT_NONE, 0},
    {"pre", PORTAL_TAKE_PARAGRAPH, HINT_LINES, 0},
    {"h1", PORTAL_TAKE_PARAGRAPH, HINT_HEADING, 0},
    {"h2", PORTAL_TAKE_PARAGRAPH, HINT_HEADING, 0},
    {"h3", PORTAL_TAKE_PARAGRAPH, HINT_HEADING, 0},
    {"h4", PORTAL_TAKE_PARAGRAPH, HINT_BOLD, 0},
    {"h5", PORTAL_TAKE_PARAGRAPH, HINT_BOLD, 0},
    {"h6", PORTAL_TAKE_PARAGRAPH, HINT_BOLD, 0},
    {"br", PORTAL_TAKE_BREAK, HINT_NONE, 0},
    {"hr", PORTAL_TAKE_RULE, HINT_NONE, 0},
    {"span", PORTAL_TAKE_INLINE, HINT_NONE, 0},
    {"b", PORTAL_TAKE_INLINE, HINT_BOLD, 0},
    {"strong", PORTAL_TAKE_INLINE, HINT_BOLD, 0},
    {"i", PORTAL_TAKE_INLINE, HINT_SLANT, 0},
    {"em", PORTAL_TAKE_INLINE, HINT_SLANT, 0},
    {"cite", PORTAL_TAKE_INLINE, HINT_SLANT, 0},
    {"dfn", PORTAL_TAKE_INLINE, HINT_SLANT, 0},
    {"var", PORTAL_TAKE_INLINE, HINT_SLANT, 0},
    {"u", PORTAL_TAKE_INLINE, HINT_UNDER, 0},
    {"ins", PORTAL_TAKE_INLINE, HINT_UNDER, 0},
    {"s", PORTAL_TAKE_INLINE, HINT_STRUCK, 0},
    {"del", PORTAL_TAKE_INLINE, HINT_STRUCK, 0},
    {"strike", PORTAL_TAKE_INLINE, HINT_STRUCK, 0},
    {"sup", PORTAL_TAKE_INLINE, HINT_UP, 0},
    {"sub", PORTAL_TAKE_INLINE, HINT_DOWN, 0},
    {"code", PORTAL_TAKE_INLINE, HINT_MONO, 0},
    {"kbd", PORTAL_TAKE_INLINE, HINT_MONO, 0},
    {"samp", PORTAL_TAKE_INLINE, HINT_MONO, 0},
    {"tt", PORTAL_TAKE_INLINE, HINT_MONO, 0},
    {"small", PORTAL_TAKE_INLINE, HINT_SMALL, 0},
    {"big", PORTAL_TAKE_INLINE, HINT_LARGE, 0},
    {"mark", PORTAL_TAKE_INLINE, HINT_MARK, 0},
    {"abbr", PORTAL_TAKE_INLINE, HINT_NONE, 0},
    {"a", PORTAL_TAKE_LINK, HINT_NONE, 0},
    {"ul", PORTAL_TAKE_BLOCK, HINT_NONE, PORTAL_BLOCK_LIST},
    {"ol", PORTAL_TAKE_BLOCK, HINT_NONE, PORTAL_BLOCK_NUMBERED},
    {"li", PORTAL_TAKE_BLOCK, HINT_NONE, PORTAL_BLOCK_ITEM},
    {"table", PORTAL_TAKE_BLOCK, HINT_NONE, PORTAL_BLOCK_TABLE},
    {"caption", PORTAL_TAKE_BLOCK, HINT_NONE, PORTAL_BLOCK_CAPTION},
    {"thead", PORTAL_TAKE_INLINE, HINT_NONE, 0},
    {"tbody", PORTAL_TAKE_INLINE, HINT_NONE, 0},
    {"tfoot", PORTAL_TAKE_INLINE, HINT_NONE, 0},
    {"colgroup", PORTAL_TAKE_INLINE, HINT_NONE, 0},
    {"col", PORTAL_TAKE_INLINE, HINT_NONE, 0},
    {"tr", PORTAL_TAKE_BLOCK, HINT_NONE, PORTAL_BLOCK_ROW},
    {"th", PORTAL_TAKE_BLOCK, HINT_NONE, PORTAL_BLOCK_HEAD},
    {"td", PORTAL_TAKE_BLOCK, HINT_NONE, PORTAL_BLOCK_CELL},
    {"img", PORTAL_TAKE_PICTURE, HINT_NONE, 0},
    {"head", PORTAL_TAKE_NOTHING, HINT_NONE, 0},
    {"script", PORTAL_TAKE_NOTHING, HINT_NONE, 0},
    {"style", PORTAL_TAKE_NOTHING, HINT_NONE, 0},
    {"title", PORTAL_TAKE_NOTHING, HINT_NONE, 0},
    {"template", PORTAL_TAKE_NOTHING, HINT_NONE, 0},
    {"noscript", PORTAL_TAKE_NOTHING, HINT_NONE, 0},
    {"iframe", PORTAL_TAKE_NOTHING, HINT_NONE, 0},
    {"object", PORTAL_TAKE_NOTHING, HINT_NONE, 0},
    {"embed", PORTAL_TAKE_NOTHING, HINT_NONE, 0},
    {"applet", PORTAL_TAKE_NOTHING, HINT_NONE, 0},
    {"audio", PORTAL_TAKE_NOTHING, HINT_NONE, 0},
    {"video", PORTAL_TAKE_NOTHING, HINT_NONE, 0},
    {"canvas", PORTAL_TAKE_NOTHING, HINT_NONE, 0},
    {"svg", PORTAL_TAKE_NOTHING, HINT_NONE, 0},
    {"math", PORTAL_TAKE_NOTHING, HINT_NONE, 0},
    {"select", PORTAL_TAKE_NOTHING, HINT_NONE, 0},
    {"textarea", PORTAL_TAKE_NOTHING, HINT_NONE, 0},
};

static void take_hint(portal_markup_style_t *style, hint_t hint)
{
    portal_look_t *look = &style->look;

    switch (hint) {
    case HINT_NONE:
        break;
    case HINT_BOLD:
        look->weight = PORTAL_WEIGHT_BOLD;
        break;
    case HINT_SLANT:
        look->slant = true;
        break;
    case HINT_UNDER:
        look->underline = true;
        break;
    case HINT_STRUCK:
        look->struck = true;
        break;
    case HINT_UP:
    case HINT_DOWN:
        style->lift = hint == HINT_UP ? 1 : -1;
        break;
    case HINT_MONO:
        look->mono = true;
        break;
    case HINT_SMALL:
    case HINT_LARGE:
        look->size = hint == HINT_SMALL ? PORTAL_SIZE_SMALL : PORTAL_SIZE_LARGE;
        break;
    case HINT_MARK:
        look->ground = PORTAL_HUE_ORANGE;
        break;
    case HINT_LINES:
        style->lines = true;
        break;
    case HINT_CENTRE:
        look->align = PORTAL_ALIGN_CENTRE;
        break;
    case HINT_HEADING:
        look->weight = PORTAL_WEIGHT_BOLD;
        look->size = PORTAL_SIZE_LARGE;
        break;
    }
}

portal_take_t portal_markup_element(const char *name, portal_block_kind_t *kind,
                                    portal_markup_style_t *style)
{
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        if (strcasecmp(name, elements[i].name) != 0)
            continue;
        take_hint(style, elements[i].hint);
        *kind = elements[i].kind;
        return elements[i].take;
    }
    return PORTAL_TAKE_WORDS;
}

const char *portal_markup_address(const char *href, apr_pool_t *p)
{
    static const char *const schemes[] = {"https://", "mailto:", "tel:"};
    const char *text = href + strspn(href, SPACE);
    size_t n = strlen(text);

    while (n && strchr(SPACE, text[n - 1]))
        n--;
    text = apr_pstrmemdup(p, text, n);
    if (strpbrk(text, "\"<>\\^`{|}")) /* never in an address (RFC 3986, appendix A) */
        return NULL;
    for (size_t i = 0; i < 3; i++)
        if (!strncasecmp(text, schemes[i], strlen(schemes[i])) &&
            n > strlen(schemes[i]) && n < HREF_LENGTH && portal_uri_valid(text))
            return text;
    return NULL;
}
