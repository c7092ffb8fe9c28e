/* SPDX-License-Identifier: Apache-2.0 */
/* qr: see qr.h. By libqrencode. */
#include <apr_strings.h>
#include <apr_tables.h>
#include <qrencode.h>

#include "page/qr.h"

/* Modules of white around the code (ISO/IEC 18004 section 9.1). */
#define QUIET 4

/* One row of the code as dark runs. */
static const char *row_path(const unsigned char *row, int width, int y, apr_pool_t *pool)
{
    const char *path = "";

    for (int x = 0; x < width;) {
        int run = 0;
        while (x + run < width && row[x + run] & 1)
            run++;
        if (run)
            path = apr_psprintf(pool, "%sM%d %dh%dv1h-%dz", path, x + QUIET, y + QUIET,
                                run, run);
        x += run ? run : 1;
    }
    return path;
}

json_t *portal_qr_view(const char *text, apr_pool_t *pool)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    apr_array_header_t *rows;
    json_t *view;

    if (!code)
        return json_false();
    rows = apr_array_make(pool, code->width, sizeof(const char *));
    for (int y = 0; y < code->width; y++)
        *(const char **)apr_array_push(rows) =
            row_path(code->data + y * code->width, code->width, y, pool);
    view = json_pack("{s:i, s:s}", "size", code->width + 2 * QUIET, "path",
                     apr_array_pstrcat(pool, rows, 0));
    QRcode_free(code);
    return view;
}
