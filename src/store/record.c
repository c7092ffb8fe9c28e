/* SPDX-License-Identifier: Apache-2.0 */
/* What the acts on binders and on cases have in common; see record.h. */
#include <string.h>

#include "store/record.h"

const char *portal_record_word(portal_record_verdict_t verdict)
{
    static const char *const words[] = {"ok", "unknown", "conflict", "taken"};

    return words[verdict];
}

void portal_record_change(json_t *changes, const char *name, const char *before,
                          const char *after)
{
    if (strcmp(before, after) != 0)
        json_object_set_new(changes, name, json_pack("[s, s]", before, after));
}
