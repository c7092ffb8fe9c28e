/* SPDX-License-Identifier: Apache-2.0 */
/* The slip with a password that is shown once, and its QR code (libqrencode, drawn as one path). */
#include <apr_strings.h>
#include <qrencode.h>
#include <string.h>

#include "core/localtime.h"
#include "core/person.h"
#include "page/binder_head.h"
#include "page/portal_tab.h"

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

/* {size, path} for an SVG, or false when the text is too long for a code. */
static json_t *qr_view(const char *text, apr_pool_t *pool)
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

static json_t *steps_view(const char *const *steps)
{
    json_t *list = json_array();

    for (; *steps; steps++)
        json_array_append_new(list, json_pack("{s:s}", "text", *steps));
    return list;
}

static const char *text_in(const portal_call_t *call, const char *lang, const char *key)
{
    return portal_catalogue_text(call->site->catalogue, lang, key);
}

/* What to do, once more in the patient's own language; false when the page is in it already. */
static json_t *own_view(const portal_call_t *call, const portal_slip_t *slip)
{
    const portal_catalogue_t *texts = call->site->catalogue;
    const char *lang = portal_catalogue_choose(texts, slip->whose->language, NULL);
    json_t *steps;

    if (!*slip->whose->language || !strcmp(lang, call->lang))
        return json_false();
    steps = json_array();
    for (const char *const *step = slip->steps; *step; step++)
        json_array_append_new(
            steps, json_pack("{s:s}", "line", text_in(call, lang, *step + strlen("t:"))));
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:o}", "lang", lang, "dir",
                     text_in(call, lang, "language.dir"), "label",
                     text_in(call, lang, slip->label + strlen("t:")), "what_to_do",
                     text_in(call, lang, "slip.what_to_do"), "steps", steps, "expires",
                     text_in(call, lang, "slip.expires"), "until",
                     portal_time_view(texts, lang, slip->expires, call->pool));
}

portal_answer_t *portal_slip_answer(portal_call_t *call, const portal_slip_t *slip)
{
    json_t *view = json_pack("{s:s, s:s, s:b, s:b}", "title", slip->title, "id",
                             call->id[0], "again", !slip->secret, "slip", 0);

    if (slip->secret)
        json_object_set_new(
            view, "slip",
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "person",
                      portal_person_name(slip->whose->family, slip->whose->given,
                                         slip->whose->mrn, call->pool),
                      "case_number", slip->whose->number, "label", slip->label, "secret",
                      slip->secret, "address", slip->address, "qr",
                      qr_view(slip->address, call->pool), "steps",
                      steps_view(slip->steps), "expires",
                      portal_time_view(call->site->catalogue, call->lang, slip->expires,
                                       call->pool),
                      "own", own_view(call, slip)));
    return portal_answer_page(call, HTTP_OK, "portal_slip", view);
}
