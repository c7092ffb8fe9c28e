/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text of a form, in one language or in several, plain or formatted. The plain text is what is
 * exported and compared; a person sees the formatted one where there is one.
 */
#ifndef PORTAL_FORM_TEXT_H
#define PORTAL_FORM_TEXT_H

#include "core/markup.h"

/* A text in the form's own language (NULL: none) and, from extension `translation`, in others;
 * formatted by rendering-style and rendering-xhtml. */
typedef struct {
    const char *plain;
    const apr_array_header_t *in;     /* of portal_translation_t, or NULL */
    const apr_array_header_t *styled; /* of portal_styled_t, or NULL */
} portal_text_t;
typedef struct {
    const char *lang, *content; /* lang: BCP 47 */
} portal_translation_t;
typedef struct {
    const char *lang; /* of a translation; NULL: the form's own */
    const portal_markup_t *markup;
} portal_styled_t;

/* The text in the language wanted ("es" serves "es-MX" too, and the other way), else plain, or "". */
const char *portal_text_in(const portal_text_t *text, const char *lang);

/* True when there is a translation for that language; without one the form's own words serve. */
bool portal_text_speaks(const portal_text_t *text, const char *lang);

/* How that text is formatted, or NULL: it is shown as it is. */
const portal_markup_t *portal_text_markup(const portal_text_t *text, const char *lang);

/* The words that a person sees: those of the formatted text where there is one. */
const char *portal_text_shown(const portal_text_t *text, const char *lang);

/* For templates: portal_markup_view() of the formatted text, or false. New reference. */
json_t *portal_text_view(const portal_text_t *text, const char *lang, bool flat);

#endif
