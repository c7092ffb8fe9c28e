/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cidr: networks by address and prefix length (RFC 4632, RFC 4291), for the lobby's list of
 * allowed networks and for the penalties of networks.
 *
 * An IPv4 address that came as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2) is that IPv4 address,
 * in networks as in addresses; otherwise the two families never match each other, also not
 * ::/0 and an IPv4 address.
 */
#ifndef PORTAL_CIDR_H
#define PORTAL_CIDR_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_tables.h>

/* One network. A plain value: may be copied and kept anywhere. */
typedef struct {
    unsigned char
        address[16];    /* network order; IPv4 in the first 4 bytes; no host bits */
    unsigned char bits; /* length of the prefix: 0..32 or 0..128 */
    unsigned char ipv4; /* 1: IPv4, 0: IPv6 */
} portal_cidr_t;

/*
 * Reads `192.0.2.0/24`, `2001:db8::/56`, or an address alone, which is a network of one. Bits
 * behind the prefix are cleared: 192.0.2.7/24 means 192.0.2.0/24. APR_EINVAL: anything else,
 * also short forms (10.1), zones (fe80::1%eth0), spaces and netmasks; *out is then untouched.
 */
apr_status_t portal_cidr_parse(portal_cidr_t *out, const char *text);

/* The network in its shortest form with its prefix length, in `pool`. */
const char *portal_cidr_text(const portal_cidr_t *network, apr_pool_t *pool);

/*
 * Whether `address` lies in one of `networks` (an array of portal_cidr_t, in any order; NULL and
 * empty: in none). A zone behind % is ignored. What is no address (NULL too) lies in none.
 */
int portal_cidr_match(const apr_array_header_t *networks, const char *address);

/*
 * The network that shares penalties with `address`: IPv4 /24, IPv6 /56, as text such as
 * `198.51.100.0/24` in `pool`. What is no address gives `unknown`: all such share one penalty.
 */
const char *portal_cidr_penalty(const char *address, apr_pool_t *pool);

/*
 * `address` as a network of its own, `198.51.100.7/32`, in `pool`: one spelling per address.
 * For networks in which single addresses count. What is no address gives `unknown`.
 */
const char *portal_cidr_single(const char *address, apr_pool_t *pool);

#endif
