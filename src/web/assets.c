/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_file_io.h>
#include <apr_file_info.h>
#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>
#include <http_protocol.h>
#include <sodium.h>
#include <string.h>

#include "web/assets.h"

#define LARGEST (2 * 1024 * 1024)

static const char *type_of(const char *name)
{
    static const char *const types[][2] = {
        {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/vnd.microsoft.icon"},
        {".woff2", "font/woff2"},
    };
    const char *dot = strrchr(name, '.');
    for (unsigned i = 0; dot && i < sizeof(types) / sizeof(*types); i++)
        if (!strcmp(dot, types[i][0]))
            return types[i][1];
    return NULL;
}

static apr_status_t read_file(const char **bytes, apr_size_t *len, const char *path,
                              apr_pool_t *pool)
{
    apr_file_t *file;
    apr_finfo_t info;
    char *to;
    apr_status_t rv =
        apr_file_open(&file, path, APR_FOPEN_READ, APR_FPROT_OS_DEFAULT, pool);

    if (rv != APR_SUCCESS)
        return rv;
    rv = apr_file_info_get(&info, APR_FINFO_SIZE, file);
    if (rv == APR_SUCCESS && info.size > LARGEST)
        rv = APR_ENOSPC;
    if (rv == APR_SUCCESS) {
        *len = (apr_size_t)info.size;
        *bytes = to = apr_palloc(pool, *len + 1);
        rv = *len ? apr_file_read_full(file, to, *len, NULL) : APR_SUCCESS;
    }
    apr_file_close(file);
    return rv;
}

static apr_status_t load_folder(apr_hash_t *assets, crypto_generichash_state *hash,
                                const char *folder, const char **error, apr_pool_t *pool)
{
    apr_dir_t *dir;
    apr_finfo_t info;
    apr_status_t rv = apr_dir_open(&dir, folder, pool);

    if (rv != APR_SUCCESS) {
        *error = apr_psprintf(pool, "%s: cannot be read", folder);
        return rv;
    }
    while (rv == APR_SUCCESS && apr_dir_read(&info, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        const char *type = type_of(info.name);
        const char *path = apr_pstrcat(pool, folder, "/", info.name, NULL);
        portal_asset_t *asset;
        if (!type || info.name[0] == '.')
            continue;
        asset = apr_pcalloc(pool, sizeof(*asset));
        asset->type = type;
        rv = read_file(&asset->bytes, &asset->len, path, pool);
        if (rv != APR_SUCCESS) {
            *error =
                apr_psprintf(pool, "%s: cannot be read, or is larger than 2 MiB", path);
            break;
        }
        apr_hash_set(assets, apr_pstrdup(pool, info.name), APR_HASH_KEY_STRING, asset);
        crypto_generichash_update(hash, (const unsigned char *)asset->bytes, asset->len);
    }
    apr_dir_close(dir);
    return rv;
}

apr_status_t portal_assets_load(apr_hash_t **assets, const char **version,
                                const char *const *folders, const char **error,
                                apr_pool_t *pool)
{
    crypto_generichash_state hash;
    unsigned char digest[16];
    char *hex = apr_palloc(pool, 17);

    *assets = apr_hash_make(pool);
    crypto_generichash_init(&hash, NULL, 0, sizeof(digest));
    for (; *folders; folders++) {
        apr_status_t rv = load_folder(*assets, &hash, *folders, error, pool);
        if (rv != APR_SUCCESS)
            return rv;
    }
    crypto_generichash_final(&hash, digest, sizeof(digest));
    sodium_bin2hex(hex, 17, digest, 8);
    *version = hex;
    return APR_SUCCESS;
}

int portal_assets_send(request_rec *r, const portal_asset_t *asset, const char *version)
{
    int rc;

    if (r->method_number != M_GET) {
        apr_table_setn(r->err_headers_out, "Allow", "GET, HEAD");
        return HTTP_METHOD_NOT_ALLOWED;
    }
    ap_set_content_type(r, asset->type);
    ap_set_content_length(r, (apr_off_t)asset->len);
    apr_table_setn(r->headers_out, "Cache-Control",
                   "public, max-age=31536000, immutable");
    apr_table_setn(r->headers_out, "ETag",
                   apr_pstrcat(r->pool, "\"", version, "\"", NULL));
    rc = ap_meets_conditions(r);
    if (rc != OK)
        return rc;
    ap_rwrite(asset->bytes, (int)asset->len, r);
    return OK;
}
