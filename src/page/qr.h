/* SPDX-License-Identifier: Apache-2.0 */
/* QR codes (ISO/IEC 18004), drawn as one path of an SVG in the page. */
#ifndef PORTAL_QR_H
#define PORTAL_QR_H

#include <apr_pools.h>
#include <jansson.h>

/* {size, path} for an SVG, or false when the text is too long for a code. A new reference. */
json_t *portal_qr_view(const char *text, apr_pool_t *pool);

#endif
