/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an expression speaks of, without working it out; see fhirpath.h.
 */
#include <string.h>

#include "core/fhirpath_inner.h"

/* No deeper than PORTAL_FHIRPATH_MAX_DEPTH, as the reader of the text holds. */
static void walk(const portal_fp_part_t *part, portal_fhirpath_word_fn *word, void *baton)
{
    if (part->form == PORTAL_FP_LITERAL && part->value.kind == PORTAL_FHIRPATH_STRING)
        word(baton, PORTAL_FHIRPATH_IS_STRING, part->value.text);
    else if (part->form == PORTAL_FP_MEMBER)
        word(baton, PORTAL_FHIRPATH_IS_MEMBER, part->name);
    else if (part->form == PORTAL_FP_FUNCTION)
        word(baton, PORTAL_FHIRPATH_IS_FUNCTION, part->name);
    for (int i = 0; i < part->count; i++)
        if (part->args[i])
            walk(part->args[i], word, baton);
}

void portal_fhirpath_words(const portal_fhirpath_t *e, portal_fhirpath_word_fn *word,
                           void *baton)
{
    walk(e->top, word, baton);
}

bool portal_fhirpath_of_parts(const char *function)
{
    static const char *const names[] = {"startsWith", "endsWith", "contains", "matches",
                                        "indexOf"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(function, names[i]) == 0)
            return true;
    return false;
}
