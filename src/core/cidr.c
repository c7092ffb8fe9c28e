/* SPDX-License-Identifier: Apache-2.0 */
/* cidr: see cidr.h. */
#include "core/cidr.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <string.h>

#define PENALTY_BITS_IPV4 24
#define PENALTY_BITS_IPV6 56
#define MAPPED_BITS 96

static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static void clear_host_bits(portal_cidr_t *network)
{
    for (unsigned i = 0; i < sizeof network->address; i++) {
        unsigned kept = network->bits > 8 * i ? network->bits - 8 * i : 0;
        if (kept < 8) {
            network->address[i] &= (unsigned char)(0xff00u >> kept);
        }
    }
}

/* An IPv6 network inside ::ffff:0:0/96 becomes the IPv4 network that it stands for. */
static void unmap(portal_cidr_t *network)
{
    if (!network->ipv4 && network->bits >= MAPPED_BITS &&
        memcmp(network->address, mapped, sizeof mapped) == 0) {
        memmove(network->address, network->address + sizeof mapped, 4);
        memset(network->address + 4, 0, 12);
        network->bits = (unsigned char)(network->bits - MAPPED_BITS);
        network->ipv4 = 1;
    }
}

/* 0..max in digits without leading zeros; -1 for anything else. */
static int read_bits(const char *text, int max)
{
    size_t length = strlen(text);
    if (length == 0 || length > 3 || strspn(text, "0123456789") != length ||
        (text[0] == '0' && length > 1)) {
        return -1;
    }
    int bits = (int)apr_atoi64(text);
    return bits <= max ? bits : -1;
}

/* The address alone, as a network of one. */
static int read_address(portal_cidr_t *out, const char *text)
{
    memset(out, 0, sizeof *out);
    out->ipv4 = inet_pton(AF_INET, text, out->address) == 1;
    out->bits = out->ipv4 ? 32 : 128;
    return out->ipv4 || inet_pton(AF_INET6, text, out->address) == 1;
}

apr_status_t portal_cidr_parse(portal_cidr_t *out, const char *text)
{
    char address[INET6_ADDRSTRLEN];
    portal_cidr_t network;
    size_t length = strcspn(text, "/");
    if (length >= sizeof address) {
        return APR_EINVAL;
    }
    memcpy(address, text, length);
    address[length] = '\0';
    if (!read_address(&network, address)) {
        return APR_EINVAL;
    }
    if (text[length] == '/') {
        int bits = read_bits(text + length + 1, network.bits);
        if (bits < 0) {
            return APR_EINVAL;
        }
        network.bits = (unsigned char)bits;
    }
    unmap(&network);
    clear_host_bits(&network);
    *out = network;
    return APR_SUCCESS;
}

const char *portal_cidr_text(const portal_cidr_t *network, apr_pool_t *pool)
{
    char text[INET6_ADDRSTRLEN];
    inet_ntop(network->ipv4 ? AF_INET : AF_INET6, network->address, text, sizeof text);
    return apr_psprintf(pool, "%s/%d", text, network->bits);
}

/* An address as a request brings it: maybe with a zone, maybe IPv4 inside IPv6. */
static int read_peer(portal_cidr_t *out, const char *address)
{
    char text[INET6_ADDRSTRLEN];
    size_t length = address ? strcspn(address, "%") : sizeof text;
    if (length >= sizeof text) {
        return 0;
    }
    memcpy(text, address, length);
    text[length] = '\0';
    if (!read_address(out, text)) {
        return 0;
    }
    unmap(out);
    return 1;
}

static int contains(const portal_cidr_t *network, portal_cidr_t peer)
{
    if (network->ipv4 != peer.ipv4) {
        return 0;
    }
    peer.bits = network->bits;
    clear_host_bits(&peer);
    return memcmp(network->address, peer.address, sizeof peer.address) == 0;
}

int portal_cidr_match(const apr_array_header_t *networks, const char *address)
{
    portal_cidr_t peer;
    if (!networks || !read_peer(&peer, address)) {
        return 0;
    }
    for (int i = 0; i < networks->nelts; i++) {
        if (contains(&APR_ARRAY_IDX(networks, i, portal_cidr_t), peer)) {
            return 1;
        }
    }
    return 0;
}

const char *portal_cidr_penalty(const char *address, apr_pool_t *pool)
{
    portal_cidr_t network;
    if (!read_peer(&network, address)) {
        return "unknown";
    }
    network.bits = network.ipv4 ? PENALTY_BITS_IPV4 : PENALTY_BITS_IPV6;
    clear_host_bits(&network);
    return portal_cidr_text(&network, pool);
}

const char *portal_cidr_single(const char *address, apr_pool_t *pool)
{
    portal_cidr_t network;
    return read_peer(&network, address) ? portal_cidr_text(&network, pool) : "unknown";
}
