/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_HTTP_ADDRESS_H
#define BELFRY_COMMON_HTTP_ADDRESS_H

/* Internet addresses as text, lists of networks (`--trusted-proxy 10.0.0.0/8,::1`), and which
 * address a client has when proxies stand in front of us. */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An address. IPv4 is kept as ::ffff:a.b.c.d, so that there is one way to compare. */
struct address {
    unsigned char bytes[16];
};

#define ADDRESS_TEXT_MAX 46 /* bytes of a text, with its NUL */
#define NETWORKS_MAX 64     /* in a list */

struct network {
    struct address address; /* zeros behind the prefix */
    unsigned prefix;        /* bits, 0 .. 128 (IPv4: 96 + its own) */
};

struct networks {
    struct network all[NETWORKS_MAX];
    size_t count;
};

/* `192.0.2.1` in its plain form only (no octal, no hex, no missing parts), `2001:db8::1`,
 * `::ffff:192.0.2.1`. No brackets, port or zone. ERR_INVALID. */
MUST_CHECK enum err address_parse(struct slice text, struct address *out_address);

bool address_is_v4(const struct address *address);
bool address_is_loopback(const struct address *address); /* 127.0.0.0/8, ::1 */
bool address_equal(const struct address *a, const struct address *b);

/* IPv4 with dots, IPv6 after RFC 5952. NUL-terminated; returns the length. */
size_t address_format(const struct address *address, char out_text[ADDRESS_TEXT_MAX]);

/* What counts as one client: the address itself for IPv4, its /64 for IPv6, of which one household
 * or server has all. */
struct address address_client(const struct address *address);

/* Addresses and CIDR blocks, separated by commas and spaces; an empty text is an empty list.
 * ERR_INVALID for what is none, and for a block with bits behind its prefix (10.1.2.3/8: a mistake
 * more often than meant); ERR_TOO_MANY. */
MUST_CHECK enum err networks_parse(struct slice text, struct networks *out_networks);

bool networks_have(const struct networks *networks, const struct address *address);

/* The client's address. `peer` is who is connected to us. Where that is a trusted proxy,
 * X-Forwarded-For counts: read from the right, each trusted address is a proxy that vouches for
 * the one before it; the first that is not trusted is the client. Several headers are joined with
 * a comma first. What a client wrote itself stands further left and is never looked at.
 *
 * Entries may have a port (`192.0.2.1:4711`, `[2001:db8::1]:4711`). At something that is no
 * address ("unknown") the last proxy before it is the client: its group of users is held to one
 * limit, which is the safe side. When all are trusted, the leftmost one is the client. */
struct address forwarded_client(struct slice forwarded_for, const struct address *peer,
                                const struct networks *trusted);

#endif
