/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSS into classes of ours; see look.h.
 */
#include "core/look.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Names of what was dropped: the first few, cut when long. */
#define NAMES 12
#define NAME_LENGTH 40

typedef struct {
    const char *word;
    int is;
} word_t;

#define WORDS(list) (list), sizeof(list) / sizeof *(list)

void portal_look_drop(apr_array_header_t *dropped, const char *name)
{
    const char *copy = apr_pstrndup(dropped->pool, name, NAME_LENGTH);

    for (int i = 0; i < dropped->nelts; i++)
        if (!strcmp(APR_ARRAY_IDX(dropped, i, const char *), copy))
            return;
    if (dropped->nelts < NAMES && *copy)
        APR_ARRAY_PUSH(dropped, const char *) = copy;
}

/* What a word stands for, or -1. */
static int meaning(const char *word, const word_t *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcasecmp(word, words[i].word))
            return words[i].is;
    return -1;
}

/* ---- colours ---- */

static const word_t colour_names[] = {
    {"black", 0x000000},       {"white", 0xFFFFFF},      {"gray", 0x808080},
    {"grey", 0x808080},        {"silver", 0xC0C0C0},     {"darkgray", 0xA9A9A9},
    {"darkgrey", 0xA9A9A9},    {"dimgray", 0x696969},    {"lightgray", 0xD3D3D3},
    {"lightgrey", 0xD3D3D3},   {"slategray", 0x708090},  {"red", 0xFF0000},
    {"darkred", 0x8B0000},     {"maroon", 0x800000},     {"crimson", 0xDC143C},
    {"firebrick", 0xB22222},   {"tomato", 0xFF6347},     {"salmon", 0xFA8072},
    {"pink", 0xFFC0CB},        {"lightpink", 0xFFB6C1},  {"orange", 0xFFA500},
    {"darkorange", 0xFF8C00},  {"gold", 0xFFD700},       {"yellow", 0xFFFF00},
    {"lightyellow", 0xFFFFE0}, {"brown", 0xA52A2A},      {"olive", 0x808000},
    {"green", 0x008000},       {"darkgreen", 0x006400},  {"lime", 0x00FF00},
    {"limegreen", 0x32CD32},   {"lightgreen", 0x90EE90}, {"teal", 0x008080},
    {"aqua", 0x00FFFF},        {"cyan", 0x00FFFF},       {"lightcyan", 0xE0FFFF},
    {"blue", 0x0000FF},        {"navy", 0x000080},       {"darkblue", 0x00008B},
    {"royalblue", 0x4169E1},   {"steelblue", 0x4682B4},  {"lightblue", 0xADD8E6},
    {"purple", 0x800080},      {"indigo", 0x4B0082},     {"violet", 0xEE82EE},
    {"fuchsia", 0xFF00FF},     {"magenta", 0xFF00FF},    {"lavender", 0xE6E6FA},
};

/* "#rgb" or "#rrggbb". */
static int from_hex(const char *text)
{
    size_t n = strspn(text, "0123456789abcdefABCDEF");
    long value = n == 3 || n == 6 ? strtol(text, NULL, 16) : 0;

    if (text[n] || (n != 3 && n != 6))
        return -1;
    return n == 6 ? (int)value
                  : (int)(((value >> 8) & 15) * 0x110000 + ((value >> 4) & 15) * 0x1100 +
                          (value & 15) * 0x11);
}

/* "rgb(1, 2, 3)", also with a fourth number, which is passed over. */
static int from_function(const char *text)
{
    int value = 0;

    text += strcspn(text, "(");
    for (int i = 0; i < 3; i++) {
        char *end;
        long part;
        text += strspn(text, "( ,");
        part = strtol(text, &end, 10);
        if (end == text || part < 0 || part > 255)
            return -1;
        value = value * 256 + (int)part;
        text = end;
    }
    return value;
}

/* The colour as 0xRRGGBB, or -1. */
static int colour_of(const char *text)
{
    if (*text == '#')
        return from_hex(text + 1);
    if (!strncasecmp(text, "rgb", 3))
        return from_function(text);
    return meaning(text, WORDS(colour_names));
}

/* Its angle on the colour wheel, from 0 to 359. */
static int angle_of(int r, int g, int b)
{
    int high = r > g ? (r > b ? r : b) : (g > b ? g : b);
    int low = r < g ? (r < b ? r : b) : (g < b ? g : b);
    int span = high - low ? high - low : 1;

    if (high == r)
        return (360 + 60 * (g - b) / span) % 360;
    return high == g ? 120 + 60 * (b - r) / span : 240 + 60 * (r - g) / span;
}

static portal_hue_t hue_of(int angle)
{
    return angle < 18 || angle >= 340 ? PORTAL_HUE_RED
           : angle < 66               ? PORTAL_HUE_ORANGE
           : angle < 170              ? PORTAL_HUE_GREEN
           : angle < 258              ? PORTAL_HUE_BLUE
                                      : PORTAL_HUE_PURPLE;
}

/* The nearest of ours. Black letters and a white ground are what we have anyway; pale letters are
 * none of ours, since nobody could read them (-1). */
static int nearest(int rgb, bool ground)
{
    int r = rgb >> 16, g = (rgb >> 8) & 255, b = rgb & 255;
    int high = r > g ? (r > b ? r : b) : (g > b ? g : b);
    int low = r < g ? (r < b ? r : b) : (g < b ? g : b);

    if (!ground && low > 190)
        return -1;
    if (high - low >= (ground ? 12 : 40))
        return hue_of(angle_of(r, g, b));
    if (ground)
        return low > 245 ? PORTAL_HUE_NONE : PORTAL_HUE_GREY;
    return high < 70 ? PORTAL_HUE_NONE : PORTAL_HUE_GREY;
}

static bool take_colour(portal_hue_t *hue, const char *value, bool ground)
{
    static const word_t as_is[] = {{"inherit", 0},     {"initial", 0}, {"unset", 0},
                                   {"auto", 0},        {"none", 0},    {"transparent", 0},
                                   {"currentcolor", 0}};
    int rgb = colour_of(value), near = rgb < 0 ? -1 : nearest(rgb, ground);

    if (meaning(value, WORDS(as_is)) == 0)
        return true;
    if (near >= 0)
        *hue = (portal_hue_t)near;
    return near >= 0;
}

/* ---- the rest ---- */

static bool take_weight(portal_look_t *look, const char *value)
{
    static const word_t words[] = {{"bold", PORTAL_WEIGHT_BOLD},
                                   {"bolder", PORTAL_WEIGHT_BOLD},
                                   {"normal", PORTAL_WEIGHT_NORMAL},
                                   {"lighter", PORTAL_WEIGHT_NORMAL}};
    int is = meaning(value, WORDS(words));
    long number = strtol(value, NULL, 10);

    if (is < 0 && number >= 1 && number <= 1000)
        is = number >= 600 ? PORTAL_WEIGHT_BOLD : PORTAL_WEIGHT_NORMAL;
    if (is >= 0)
        look->weight = (portal_weight_t)is;
    return is >= 0;
}

static bool take_slant(portal_look_t *look, const char *value)
{
    static const word_t words[] = {
        {"italic", true}, {"oblique", true}, {"normal", false}};
    int is = meaning(value, WORDS(words));

    if (is >= 0)
        look->slant = is;
    return is >= 0;
}

/* "underline", "line-through", or both. */
static bool take_lines(portal_look_t *look, const char *value)
{
    if (!strcasecmp(value, "none")) {
        look->underline = look->struck = false;
        return true;
    }
    look->underline = look->underline || strcasestr(value, "underline");
    look->struck = look->struck || strcasestr(value, "line-through");
    return strcasestr(value, "underline") || strcasestr(value, "line-through");
}

/* A share of the size around, in hundredths; -1: none of the units that are known. */
static double share_of(const char *value)
{
    static const struct {
        const char *unit;
        double share;
    } units[] = {
        {"%", 1}, {"em", 100}, {"rem", 100}, {"px", 100.0 / 16}, {"pt", 100.0 / 12}};
    char *end;
    double number = strtod(value, &end);

    for (size_t i = 0; end != value && i < sizeof units / sizeof *units; i++)
        if (!strcasecmp(end, units[i].unit))
            return number * units[i].share;
    return -1;
}

static bool take_size(portal_look_t *look, const char *value)
{
    static const word_t words[] = {
        {"xx-small", PORTAL_SIZE_SMALL}, {"x-small", PORTAL_SIZE_SMALL},
        {"small", PORTAL_SIZE_SMALL},    {"smaller", PORTAL_SIZE_SMALL},
        {"medium", PORTAL_SIZE_AS_IS},   {"large", PORTAL_SIZE_LARGE},
        {"larger", PORTAL_SIZE_LARGE},   {"x-large", PORTAL_SIZE_LARGER},
        {"xx-large", PORTAL_SIZE_LARGER}};
    int is = meaning(value, WORDS(words));
    double share = share_of(value);

    if (is < 0 && share > 0)
        is = share < 90    ? PORTAL_SIZE_SMALL
             : share < 115 ? PORTAL_SIZE_AS_IS
             : share < 160 ? PORTAL_SIZE_LARGE
                           : PORTAL_SIZE_LARGER;
    if (is >= 0)
        look->size = (portal_size_t)is;
    return is >= 0;
}

static bool take_align(portal_look_t *look, const char *value)
{
    static const word_t words[] = {
        {"left", PORTAL_ALIGN_START},    {"start", PORTAL_ALIGN_START},
        {"justify", PORTAL_ALIGN_START}, {"center", PORTAL_ALIGN_CENTRE},
        {"right", PORTAL_ALIGN_END},     {"end", PORTAL_ALIGN_END}};
    int is = meaning(value, WORDS(words));

    if (is >= 0)
        look->align = (portal_align_t)is;
    return is >= 0;
}

static bool take(portal_look_t *look, const char *name, const char *value)
{
    if (!strcasecmp(name, "color"))
        return take_colour(&look->colour, value, false);
    if (!strcasecmp(name, "background-color") || !strcasecmp(name, "background"))
        return take_colour(&look->ground, value, true);
    if (!strcasecmp(name, "font-weight"))
        return take_weight(look, value);
    if (!strcasecmp(name, "font-style"))
        return take_slant(look, value);
    if (!strcasecmp(name, "text-decoration") || !strcasecmp(name, "text-decoration-line"))
        return take_lines(look, value);
    if (!strcasecmp(name, "font-size"))
        return take_size(look, value);
    if (!strcasecmp(name, "text-align"))
        return take_align(look, value);
    return false;
}

/* Without white space at its ends, and without "!important". */
static char *trimmed(char *text)
{
    size_t n;

    text += strspn(text, " \t\r\n\f");
    text[strcspn(text, "!")] = '\0';
    for (n = strlen(text); n && strchr(" \t\r\n\f", text[n - 1]); n--)
        text[n - 1] = '\0';
    return text;
}

void portal_look_read(portal_look_t *look, const char *css, apr_array_header_t *dropped)
{
    char *copy = apr_pstrdup(dropped->pool, css), *end, *one;

    for (one = apr_strtok(copy, ";", &end); one; one = apr_strtok(NULL, ";", &end)) {
        char *value = strchr(one, ':');
        if (value)
            *value++ = '\0';
        one = trimmed(one);
        if (*one && !(value && take(look, one, trimmed(value))))
            portal_look_drop(dropped, one);
    }
}

/* ---- classes ---- */

const char *portal_align_class(portal_align_t align)
{
    static const char *const classes[] = {"", "portal-words-start", "portal-words-centre",
                                          "portal-words-end"};

    return classes[align];
}

const char *portal_look_classes(const portal_look_t *look, apr_pool_t *p)
{
    static const char *const hues[] = {"",      "grey", "red",   "orange",
                                       "green", "blue", "purple"};
    static const char *const sizes[] = {"", " portal-words-small", " portal-words-large",
                                        " portal-words-larger"};
    const char *all =
        apr_pstrcat(p, look->weight == PORTAL_WEIGHT_NORMAL ? " portal-words-normal" : "",
                    look->underline && look->struck ? " portal-words-both-lines"
                    : look->underline               ? " portal-words-underline"
                    : look->struck                  ? " portal-words-struck"
                                                    : "",
                    look->mono ? " portal-words-mono" : "", sizes[look->size],
                    look->colour ? " portal-words-" : "", hues[look->colour],
                    look->ground ? " portal-words-on-" : "", hues[look->ground], NULL);

    return *all ? all + 1 : all;
}
