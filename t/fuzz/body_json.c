/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: a body in JSON; see body.h. */
#include "body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return body_try(1, data, size);
}
