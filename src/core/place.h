/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the files that come with the portal are found at run time: templates, catalogues, style,
 * schema, and the hasher. A build tree and a copied folder work without being installed, because
 * the first place to look is beside the module (or beside portalctl) itself.
 */
#ifndef PORTAL_PLACE_H
#define PORTAL_PLACE_H

#include <apr_pools.h>

/*
 * The path of a shipped file or folder, such as "htdocs/pages", "htdocs/lang", "htdocs/static",
 * "conf/schema", "conf/passwords.bin" or "portal-hasher": the one beside the shared object or
 * program that holds this code when it exists, else PORTAL_DATADIR/NAME (given at compile time),
 * which may not exist: who opens it reports that. Never NULL. Allocated from `pool`.
 */
const char *portal_place(const char *name, apr_pool_t *pool);

#endif
