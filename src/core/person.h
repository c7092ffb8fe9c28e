/* SPDX-License-Identifier: Apache-2.0 */
/* How a person is called on pages and slips. */
#ifndef PORTAL_PERSON_H
#define PORTAL_PERSON_H

#include <apr_pools.h>

/*
 * The whole name: given names, then family name; for names in Chinese, Japanese or Korean
 * writing the family name first and no space between. With one of the two "" the other one
 * alone, with both "" `otherwise` (the mrn). In `pool`, or one of the arguments itself. It may run
 * in either direction: a page shows it in an element with dir="auto".
 */
const char *portal_person_name(const char *family, const char *given,
                               const char *otherwise, apr_pool_t *pool);

#endif
