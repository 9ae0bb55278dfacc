/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_HTTP_ADDRESS_H
#define BELFRY_COMMON_HTTP_ADDRESS_H

/* IP addresses and lists of networks, and the client's address behind trusted proxies. */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* IPv4 addresses are stored as ::ffff:a.b.c.d, so that all addresses compare in the same way. */
struct address {
    unsigned char bytes[16];
};

#define ADDRESS_TEXT_MAX 46 /* bytes of the text, including the NUL */
#define NETWORKS_MAX 64     /* networks in a list */

struct network {
    struct address address; /* zeros after the prefix */
    unsigned prefix;        /* length in bits, 0 .. 128; for IPv4 96 more than written */
};

struct networks {
    struct network all[NETWORKS_MAX];
    size_t count;
};

/* Parses `192.0.2.1` (four decimal parts only), `2001:db8::1` or `::ffff:192.0.2.1`, without
 * brackets, port or zone. Returns ERR_INVALID otherwise. */
MUST_CHECK enum err address_parse(struct slice text, struct address *out_address);

bool address_is_v4(const struct address *address);
bool address_is_loopback(const struct address *address); /* 127.0.0.0/8, ::1 */
bool address_equal(const struct address *a, const struct address *b);

/* Writes IPv4 with dots and IPv6 as in RFC 5952, NUL-terminated. Returns the length. */
size_t address_format(const struct address *address, char out_text[ADDRESS_TEXT_MAX]);

/* Returns the address under which a client is counted: the IPv4 address itself, or the /64 network
 * of an IPv6 address, since one household or server usually has a /64. */
struct address address_client(const struct address *address);

/* Parses addresses and CIDR blocks separated by commas (`10.0.0.0/8, ::1`); an empty text is an
 * empty list. Returns ERR_INVALID, also for a block with bits after its prefix (10.1.2.3/8, which
 * is usually a mistake), or ERR_TOO_MANY. */
MUST_CHECK enum err networks_parse(struct slice text, struct networks *out_networks);

/* Returns whether the address is in one of the networks. */
bool networks_have(const struct networks *networks, const struct address *address);

/* Returns the client's address. `peer` is the address of the connection. If `peer` is a trusted
 * proxy, X-Forwarded-For is read from the right: each trusted address is a proxy that vouches for
 * the entry to its left, and the first address that is not trusted is the client's. Entries that
 * the client wrote are further to the left and are never read. The caller joins several headers
 * with commas.
 *
 * Entries may have a port (`192.0.2.1:4711`, `[2001:db8::1]:4711`). If an entry is not an address
 * ("unknown"), the proxy that added it counts as the client, so all users behind it share one
 * limit. If all entries are trusted, the leftmost one is the client. */
struct address forwarded_client(struct slice forwarded_for, const struct address *peer,
                                const struct networks *trusted);

#endif
