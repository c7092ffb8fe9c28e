/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: the body of a form, application/x-www-form-urlencoded; see body.h. */
#include "body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return body_try(0, data, size);
}
