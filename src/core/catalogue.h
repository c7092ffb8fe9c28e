/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogues: every text for people, in every language.
 *
 * A language is a file LANG.json (LANG is a language tag such as en or pt-BR): one
 * flat object of strings. A text may have interpolations {{name}} and nothing else of
 * Mustache. en.json is the measure: every language has exactly its keys, and no text
 * uses a name that the English one lacks. The keys "language.name" (in the language
 * itself) and "language.dir" (ltr or rtl) tell about the language.
 *
 * All is read and compiled at start; afterwards nothing changes, and any number of
 * threads may ask at once. What is returned lives as long as the catalogue.
 */
#ifndef PORTAL_CATALOGUE_H
#define PORTAL_CATALOGUE_H

#include "core/template.h"

#define PORTAL_LANGUAGE_DEFAULT "en"

/*
 * Reads every *.json of the folders (dirs ends with NULL; the first must exist, later
 * ones need not). A file of a later folder changes the texts that it names and leaves
 * the others; a language that only a later folder has must be complete.
 * APR_EINVAL: not JSON, not flat, a key twice, a wrong type, bad UTF-8, a key missing
 * or too much, Mustache that a text may not have; *error names the file and the key.
 * Another status: a file or folder cannot be read. The catalogue belongs to pool.
 */
apr_status_t portal_catalogue_load(portal_catalogue_t **out, const char *const *dirs,
                                   const char **error, apr_pool_t *pool);

/* How many languages there are, and the tag of one, in the order of their tags. */
int portal_catalogue_count(const portal_catalogue_t *catalogue);
const char *portal_catalogue_language(const portal_catalogue_t *catalogue, int index);

/* The catalogue's own copy of a tag that it has (letter case is no matter), or NULL. */
const char *portal_catalogue_find(const portal_catalogue_t *catalogue, const char *tag);

/*
 * The language to speak. First the wanted one (a cookie's or an account's; may be NULL
 * or rubbish), then those of the Accept-Language header in the order of their weights
 * (RFC 9110 section 12.5.4; NULL when there is none), each by lookup: es-MX is
 * answered with es (RFC 4647 section 3.4). Else English, unless the header refuses it
 * (q=0) while another language is not refused. Never NULL.
 */
const char *portal_catalogue_choose(const portal_catalogue_t *catalogue,
                                    const char *wanted, const char *accept_language);

/*
 * The text of a key as its file has it; NULL when there is no such key. lang is a tag
 * that the catalogue has; any other, and NULL, is English.
 */
const char *portal_catalogue_text(const portal_catalogue_t *catalogue, const char *lang,
                                  const char *key);

/*
 * The text of a key with its interpolations filled from view (an object; NULL: none),
 * from pool. With html the text and the values are escaped, else nothing is (mails,
 * problem documents). A name that view lacks is empty; an unknown key gives the key
 * itself. Never NULL.
 */
const char *portal_catalogue_render(const portal_catalogue_t *catalogue, const char *lang,
                                    const char *key, json_t *view, int html,
                                    apr_pool_t *pool);

/*
 * For the template engine: the compiled text, its literals escaped when html; NULL
 * when there is no such key. lang as above.
 */
const portal_program_t *portal_catalogue_program(const portal_catalogue_t *catalogue,
                                                 const char *lang, const char *key,
                                                 int html);

#endif
