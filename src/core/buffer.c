/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The growing buffer. Its bytes are on the heap, not in the pool: a pool would keep
 * every outgrown copy until it dies.
 */
#include "core/buffer.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 4096

struct portal_buffer_t {
    char *data; /* NULL or capacity + 1 bytes */
    apr_size_t len;
    apr_size_t capacity;
    apr_size_t limit;
    apr_status_t status;
    apr_pool_t *pool;
};

static void release(portal_buffer_t *buffer)
{
    if (buffer->data) {
        sodium_memzero(buffer->data, buffer->len);
        free(buffer->data);
        buffer->data = NULL;
    }
}

static apr_status_t cleanup(void *data)
{
    release(data);
    return APR_SUCCESS;
}

portal_buffer_t *portal_buffer_create(apr_size_t limit, apr_pool_t *pool)
{
    portal_buffer_t *buffer = apr_pcalloc(pool, sizeof(*buffer));

    buffer->limit = limit;
    buffer->pool = pool;
    apr_pool_cleanup_register(pool, buffer, cleanup, apr_pool_cleanup_null);
    return buffer;
}

static apr_status_t grow(portal_buffer_t *buffer, apr_size_t needed)
{
    apr_size_t capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
    char *data;

    while (capacity < needed) {
        capacity *= 2;
    }
    data = malloc(capacity + 1);
    if (!data) {
        return APR_ENOMEM;
    }
    if (buffer->len > 0) {
        memcpy(data, buffer->data, buffer->len);
    }
    release(buffer);
    buffer->data = data;
    buffer->capacity = capacity;
    return APR_SUCCESS;
}

apr_status_t portal_buffer_add(portal_buffer_t *buffer, const void *data, apr_size_t len)
{
    if (buffer->status != APR_SUCCESS || len == 0) {
        return buffer->status;
    }
    if (len > buffer->limit - buffer->len) {
        buffer->status = APR_ENOSPC;
    } else if (buffer->len + len > buffer->capacity) {
        buffer->status = grow(buffer, buffer->len + len);
    }
    if (buffer->status == APR_SUCCESS) {
        memcpy(buffer->data + buffer->len, data, len);
        buffer->len += len;
        buffer->data[buffer->len] = '\0';
    }
    return buffer->status;
}

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

apr_status_t portal_buffer_add_html(portal_buffer_t *buffer, const char *text,
                                    apr_size_t len)
{
    apr_size_t from = 0;

    for (apr_size_t i = 0; i < len; i++) {
        const char *escaped = entity(text[i]);

        if (escaped) {
            portal_buffer_add(buffer, text + from, i - from);
            portal_buffer_add(buffer, escaped, strlen(escaped));
            from = i + 1;
        }
    }
    return portal_buffer_add(buffer, text + from, len - from);
}

apr_pool_t *portal_buffer_pool(const portal_buffer_t *buffer)
{
    return buffer->pool;
}

apr_status_t portal_buffer_status(const portal_buffer_t *buffer)
{
    return buffer->status;
}

const char *portal_buffer_data(const portal_buffer_t *buffer, apr_size_t *len)
{
    if (len) {
        *len = buffer->len;
    }
    return buffer->data ? buffer->data : "";
}
