/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a Questionnaire: the resource itself. Items are read in form_item.c, what needs the
 * whole form is checked in form_lint.c. The loader goes on after a fault, so that an author
 * sees all of them at once.
 */
#include "core/form_loader.h"

#include <apr_strings.h>
#include <sodium.h>
#include <string.h>

#include "core/fhir_json.h"
#include "core/form_pages.h"

/* A text longer than this is hardly meant to be read on a tablet. */
#define LONG_TEXT 20000

const char *portal_fault_severity_name(portal_fault_severity_t severity)
{
    static const char *names[] = {"info", "warning", "refused"};

    return names[severity];
}

void portal_form_fault(portal_form_loader_t *l, portal_fault_severity_t severity,
                       const char *link_id, const char *code, const char *format, ...)
{
    portal_form_fault_t *f = apr_array_push(l->faults);
    va_list args;

    va_start(args, format);
    f->text = apr_pvsprintf(l->pool, format, args);
    va_end(args);
    f->severity = severity;
    f->link_id = link_id;
    f->code = code;
    l->refused = l->refused || severity == PORTAL_FAULT_REFUSE;
}

static const char *copy(portal_form_loader_t *l, const char *s)
{
    return s && *s ? apr_pstrdup(l->pool, s) : NULL;
}

static const char *hash_hex(const char *bytes, apr_size_t len, apr_pool_t *p)
{
    unsigned char hash[32];
    char *hex = apr_palloc(p, sizeof hash * 2 + 1);

    crypto_generichash(hash, sizeof hash, (const unsigned char *)bytes, len, NULL, 0);
    return sodium_bin2hex(hex, sizeof hash * 2 + 1, hash, sizeof hash);
}

/* A canonical made from the file's name alone, so that it stays when the content changes:
 * a UUID whose bits are the name's hash (RFC 9562 version 8). */
static const char *mint_url(const char *name, apr_pool_t *p)
{
    unsigned char h[16];
    char hex[33];

    crypto_generichash(h, sizeof h, (const unsigned char *)name, strlen(name), NULL, 0);
    h[6] = (unsigned char)((h[6] & 0x0F) | 0x80);
    h[8] = (unsigned char)((h[8] & 0x3F) | 0x80);
    sodium_bin2hex(hex, sizeof hex, h, sizeof h);
    return apr_psprintf(p, "urn:uuid:%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
                        hex + 16, hex + 20);
}

static const char *base_name(const char *name, apr_pool_t *p)
{
    size_t n = strlen(name);

    if (n > 5 && strcmp(name + n - 5, ".json") == 0)
        n -= 5;
    return apr_pstrmemdup(p, name, n);
}

static bool canonical_usable(const char *url)
{
    return url && *url && strlen(url) <= 1024 && !strpbrk(url, " \t\r\n|");
}

static bool version_usable(const char *version)
{
    return version && *version && !strpbrk(version, "|\r\n");
}

void portal_form_identity(const char **url, const char **version, const json_t *root,
                          const char *name, const char *hash, apr_pool_t *p)
{
    *url = portal_fhir_json_string(root, "url");
    *version = portal_fhir_json_string(root, "version");
    *url = canonical_usable(*url) ? apr_pstrdup(p, *url) : mint_url(name, p);
    *version = apr_pstrdup(p, version_usable(*version) ? *version : hash);
}

static void read_identity(portal_form_loader_t *l)
{
    portal_form_t *f = l->form;
    const char *url = portal_fhir_json_string(l->root, "url");

    portal_form_identity(&f->url, &f->version, l->root, f->name, f->hash, l->pool);
    f->url_given = canonical_usable(url);
    if (!f->url_given)
        portal_form_fault(l, PORTAL_FAULT_INFO, NULL, url ? "bad-url" : "no-url",
                          "The form has no usable url; the portal calls it %s, from its "
                          "file name.",
                          f->url);
    f->version_given = version_usable(portal_fhir_json_string(l->root, "version"));
    if (!f->version_given)
        portal_form_fault(
            l, PORTAL_FAULT_INFO, NULL, "no-version",
            "The form has no version; the hash of its content stands for it.");
}

static void read_status(portal_form_loader_t *l)
{
    const char *status = portal_fhir_json_string(l->root, "status");

    l->form->status = copy(l, status ? status : "active");
    if (!status)
        portal_form_fault(l, PORTAL_FAULT_INFO, NULL, "no-status",
                          "The form has no status; it is used as if it were active.");
    else if (strcmp(status, "retired") == 0)
        portal_form_fault(l, PORTAL_FAULT_WARN, NULL, "retired",
                          "The form is marked as retired; it is used all the same.");
    else if (strcmp(status, "draft") == 0)
        portal_form_fault(l, PORTAL_FAULT_INFO, NULL, "draft",
                          "The form is marked as a draft; it is used all the same.");
    else if (strcmp(status, "active") != 0 && strcmp(status, "unknown") != 0)
        portal_form_fault(l, PORTAL_FAULT_WARN, NULL, "bad-status",
                          "The status \"%s\" is none of draft, active, retired, unknown.",
                          status);
}

static void read_title(portal_form_loader_t *l)
{
    portal_form_t *f = l->form;
    const char *language = copy(l, portal_fhir_json_string(l->root, "language"));

    f->language = language ? language : "en";
    portal_form_note_language(l, f->language);
    f->title_id = copy(l, portal_fhir_json_string(l->root, "name"));
    f->title = portal_form_text(l, l->root, "title");
    f->description = portal_form_text(l, l->root, "description");
    if (!f->title.plain) {
        f->title.plain = f->title_id ? f->title_id : f->name;
        portal_form_fault(l, PORTAL_FAULT_WARN, NULL, "no-title",
                          "The form has no title; patients will read \"%s\".",
                          f->title.plain);
    }
    if (f->description.plain && strlen(f->description.plain) > LONG_TEXT)
        portal_form_fault(l, PORTAL_FAULT_WARN, NULL, "long-text",
                          "The description is very long.");
}

static void read_period(portal_form_loader_t *l)
{
    const json_t *period = json_object_get(l->root, "effectivePeriod");

    l->form->effective_start = copy(l, portal_fhir_json_string(period, "start"));
    l->form->effective_end = copy(l, portal_fhir_json_string(period, "end"));
}

static void read_questionnaire(portal_form_loader_t *l)
{
    const json_t *items = json_object_get(l->root, "item");

    read_identity(l);
    read_status(l);
    read_title(l);
    read_period(l);
    l->sets = portal_sets_make(l->pool);
    portal_sets_add_contained(l->sets, l->root);
    portal_form_check_modifiers(l, NULL, l->root);
    portal_form_read_form_extensions(l);
    if (!json_is_array(items) || json_array_size(items) == 0) {
        portal_form_fault(l, PORTAL_FAULT_REFUSE, NULL, "no-items",
                          "The form has no list of items, so there is nothing to ask.");
        return;
    }
    portal_form_read_items(l, items, NULL, l->form->items, 1);
    portal_form_lint(l);
}

static portal_form_t *make_form(const char *name, const char *bytes, apr_size_t len,
                                apr_pool_t *p)
{
    portal_form_t *f = apr_pcalloc(p, sizeof *f);

    f->name = base_name(name, p);
    f->hash = hash_hex(bytes, len, p);
    f->languages = apr_array_make(p, 2, sizeof(const char *));
    f->items = apr_array_make(p, 8, sizeof(portal_item_t *));
    f->all = apr_array_make(p, 32, sizeof(portal_item_t *));
    f->by_link = apr_hash_make(p);
    return f;
}

/* Finds out whether the bytes are a Questionnaire at all. */
static bool open_resource(portal_form_loader_t *l, const char *bytes, apr_size_t len)
{
    const char *why = NULL, *type;

    if (len > PORTAL_FORM_MAX_BYTES) {
        portal_form_fault(l, PORTAL_FAULT_REFUSE, NULL, "too-large",
                          "The file is larger than 4 MiB.");
        return false;
    }
    l->root = portal_fhir_json_read(bytes, len, &why, l->pool);
    if (!l->root) {
        portal_form_fault(l, PORTAL_FAULT_REFUSE, NULL, "not-json",
                          "The file is not JSON: %s.", why);
        return false;
    }
    type = portal_fhir_json_string(l->root, "resourceType");
    if (type && strcmp(type, "Questionnaire") == 0)
        return true;
    portal_form_fault(l, PORTAL_FAULT_REFUSE, NULL, "not-a-questionnaire",
                      "The file is not a FHIR Questionnaire, but %s%s.",
                      type ? "a resource of type " : "some other JSON", type ? type : "");
    return false;
}

/* Lists that stay empty are one and the same, so that looking into them for each item costs nothing. */
static void share_empty(const portal_form_t *form, apr_pool_t *p)
{
    apr_array_header_t *none = apr_array_make(p, 0, sizeof(void *));

    for (int i = 0; i < form->all->nelts; i++) {
        portal_item_t *item = portal_item_at(form->all, i);
        apr_array_header_t **lists[] = {&item->items, &item->conditions, &item->initial,
                                        &item->options, &item->units};
        for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
            if (!(*lists[k])->nelts)
                *lists[k] = none;
    }
}

apr_status_t portal_form_load_beside(portal_form_file_t *f, const portal_sets_t *beside,
                                     apr_pool_t *p)
{
    portal_form_loader_t l = {
        .faults = f->faults, .pool = p, .beside = beside, .doubled = apr_hash_make(p)};

    l.expressions = apr_array_make(p, 4, sizeof(portal_form_written_t));

    f->form = NULL;
    if (!open_resource(&l, f->bytes, f->len))
        return APR_EINVAL;
    l.form = make_form(f->file, f->bytes, f->len, p);
    read_questionnaire(&l);
    if (l.refused)
        return APR_EINVAL;
    share_empty(l.form, p);
    l.form->pages = portal_form_cut(l.form, p);
    f->form = l.form;
    return APR_SUCCESS;
}

apr_status_t portal_form_load(portal_form_t **out, const char *name, const char *bytes,
                              apr_size_t len, apr_array_header_t *faults, apr_pool_t *p)
{
    portal_form_file_t f = {.file = name, .faults = faults, .bytes = bytes, .len = len};
    apr_status_t rv = portal_form_load_beside(&f, NULL, p);

    *out = f.form;
    return rv;
}

apr_array_header_t *portal_form_left_out(const portal_form_t *form, apr_pool_t *p)
{
    apr_array_header_t *items = apr_array_make(p, 2, sizeof(portal_item_t *));

    for (int i = 0; form && i < form->all->nelts; i++) {
        portal_item_t *item = portal_item_at(form->all, i);
        if (item->unsupported && (!item->parent || !item->parent->unsupported))
            APR_ARRAY_PUSH(items, portal_item_t *) = item;
    }
    return items;
}
