/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Days written in words, as pages show them and people type them into a search box.
 */
#ifndef PORTAL_DATE_WORDS_H
#define PORTAL_DATE_WORDS_H

#include "core/catalogue.h"

/*
 * What was typed, with the first day in words as 1998-04-22: `22 April 1998`, `22 de abril de
 * 1998`, `22 apr. 1998`, `April 22, 1998`. Months are those of the catalogue's languages, by
 * three letters or more, in any case. A month without both a day and a year is left alone: it may
 * be a name. In `pool`, or `typed` itself when there is none.
 */
const char *portal_date_words(const portal_catalogue_t *catalogue, const char *typed,
                              apr_pool_t *pool);

#endif
