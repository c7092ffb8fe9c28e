/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "core/email.h"
#include "core/localtime.h"
#include "core/mail_text.h"
#include "core/secret.h"
#include "mail.h"

APLOG_USE_MODULE(portal);

typedef struct {
    const portal_app_t *app;
    const portal_mail_facts_t *facts;
    const char *lang;
    const char *key; /* of this kind's texts: "mail.KIND." */
    json_t *view;
    apr_pool_t *pool;
} letter_t;

static const char *link_of(const letter_t *l)
{
    int reset =
        !strcmp(l->facts->kind, "reset") || !strcmp(l->facts->kind, "already_registered");
    const char *link;

    if (!l->facts->token)
        return NULL;
    link = apr_pstrcat(l->pool, l->app->config->url.text,
                       reset ? "/reset/" : "/register/", l->facts->token, NULL);
    portal_secret_wipe_with((void *)link, strlen(link), l->pool);
    return link;
}

static json_t *text_or_false(const char *text)
{
    return text && *text ? json_string(text) : json_false();
}

static json_t *time_text(const letter_t *l, apr_time_t when)
{
    json_t *view, *text;

    if (!when)
        return json_string("");
    view = portal_time_view(l->app->portal.catalogue, l->lang, when, l->pool);
    text = json_incref(json_object_get(view, "text"));
    json_decref(view);
    return text;
}

/* What both parts show: names of texts with the prefix t:, and values. */
static json_t *view_of(const letter_t *l, const char *link)
{
    const portal_site_t *site = &l->app->portal;
    const char *key = apr_pstrcat(l->pool, "t:", l->key, NULL);
    const char *url = l->app->config->url.text;
    json_t *view =
        json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:s}", "lang", l->lang, "dir",
                  portal_catalogue_text(site->catalogue, l->lang, "language.dir"),
                  "hospital", site->hospital, "contact", text_or_false(site->contact),
                  "url", url, "login", apr_pstrcat(l->pool, url, "/login", NULL),
                  "forgot", apr_pstrcat(l->pool, url, "/forgot", NULL));

    json_object_set_new(view, "subject",
                        json_string(apr_pstrcat(l->pool, key, "subject", NULL)));
    json_object_set_new(view, "intro",
                        json_string(apr_pstrcat(l->pool, key, "intro", NULL)));
    json_object_set_new(view, "after",
                        json_string(apr_pstrcat(l->pool, key, "after", NULL)));
    json_object_set_new(view, "link", text_or_false(link));
    json_object_set_new(view, "button",
                        link ? json_string(apr_pstrcat(l->pool, key, "button", NULL))
                             : json_false());
    json_object_set_new(view, "expires_text", time_text(l, l->facts->expires));
    json_object_set_new(view, "now_text", time_text(l, l->facts->now));
    return view;
}

static const char *words(const letter_t *l, const char *key)
{
    return portal_catalogue_render(l->app->portal.catalogue, l->lang, key, l->view, 0,
                                   l->pool);
}

static const char *own_words(const letter_t *l, const char *name)
{
    return words(l, apr_pstrcat(l->pool, l->key, name, NULL));
}

/* The plain part: the same paragraphs, the link on a line of its own. */
static const char *plain_part(const letter_t *l, const char *link)
{
    const char *text = apr_pstrcat(l->pool, own_words(l, "intro"), "\n\n", NULL);

    if (link)
        text = apr_pstrcat(l->pool, text, link, "\n\n", words(l, "mail.link_expires"),
                           "\n\n", NULL);
    text = apr_pstrcat(l->pool, text, own_words(l, "after"), "\n\n", NULL);
    if (l->app->portal.contact)
        text = apr_pstrcat(l->pool, text, words(l, "mail.help"), " ",
                           l->app->portal.contact, "\n\n", NULL);
    text = apr_pstrcat(l->pool, text, words(l, "mail.automatic"), "\n", NULL);
    portal_secret_wipe_with((void *)text, strlen(text), l->pool);
    return text;
}

static apr_status_t html_part(const letter_t *l, const char **html)
{
    const portal_site_t *site = &l->app->portal;
    json_t *contexts[1] = {l->view};
    portal_render_t render = {.catalogue = site->catalogue,
                              .lang = l->lang,
                              .strict = site->strict,
                              .contexts = contexts,
                              .count = 1};
    portal_rendered_t page = {NULL, 0};
    const char *error = NULL;
    apr_status_t rv = portal_template_render(site->templates, "mail_message", &render,
                                             &page, &error, l->pool);

    if (rv != APR_SUCCESS)
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, l->app->server,
                     "PTL0700: mail of kind %s: %s", l->facts->kind,
                     error ? error : "cannot be written");
    *html = page.data;
    return rv;
}

static const char *domain_of(const char *address)
{
    const char *at = strrchr(address, '@');
    return at ? at + 1 : address;
}

static apr_status_t write_message(const letter_t *l, const char *to, const char **message)
{
    const portal_config_t *config = l->app->config;
    const char *link = link_of(l), *field = NULL;
    portal_mail_text_t mail = {.from = config->mail_from,
                               .from_name = l->app->portal.hospital,
                               .reply_to = config->mail_reply_to,
                               .to = to,
                               .language = l->lang,
                               .date = l->facts->now};
    apr_size_t len;
    letter_t full = *l;
    apr_status_t rv;

    full.view = view_of(l, link);
    mail.subject = own_words(&full, "subject");
    mail.text = plain_part(&full, link);
    mail.message_id =
        apr_pstrcat(l->pool, l->facts->id, "@", domain_of(config->mail_from), NULL);
    rv = html_part(&full, &mail.html);
    if (rv == APR_SUCCESS)
        rv = portal_mail_compose(message, &len, &field, &mail, l->pool);
    json_decref(full.view);
    if (field)
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, l->app->server,
                     "PTL0701: a mail of kind %s cannot be written: its %s is not fit",
                     l->facts->kind, field);
    return rv;
}

static apr_status_t pack(const letter_t *l, const char *to, const char *message,
                         const char **payload)
{
    json_t *object = json_pack("{s:s, s:s, s:s}", "from", l->app->config->mail_from, "to",
                               to, "message", message);
    char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
    apr_size_t len = text ? strlen(text) : 0;

    json_decref(object);
    if (!text)
        return APR_ENOMEM;
    *payload = apr_pstrmemdup(l->pool, text, len);
    portal_secret_wipe_with((void *)*payload, len, l->pool);
    sodium_memzero(text, len);
    free(text);
    return APR_SUCCESS;
}

apr_status_t portal_mail_payload(void *baton, const portal_mail_facts_t *facts,
                                 const char **payload, apr_pool_t *pool)
{
    const portal_app_t *app = baton;
    letter_t letter = {.app = app,
                       .facts = facts,
                       .key = apr_pstrcat(pool, "mail.", facts->kind, ".", NULL),
                       .pool = pool};
    const char *message = NULL;
    portal_email_t to;
    apr_status_t rv;

    if (app->config->mail_relay.kind == PORTAL_RELAY_NONE ||
        portal_email_parse(&to, facts->address, pool) != PORTAL_EMAIL_OK)
        return APR_ENOTIMPL;
    letter.lang = portal_catalogue_choose(app->portal.catalogue, facts->language, NULL);
    rv = write_message(&letter, to.wire, &message);
    return rv == APR_SUCCESS ? pack(&letter, to.wire, message, payload) : rv;
}
