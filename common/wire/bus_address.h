/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_WIRE_BUS_ADDRESS_H
#define BELFRY_COMMON_WIRE_BUS_ADDRESS_H

/* Derives the addresses of the broker's three sockets from one base address.
 *
 *   ipc:///var/lib/belfry/run   ->  ipc:///var/lib/belfry/run/publish.sock,
 *                                   …/broadcast.sock, …/control.sock
 *   tcp://10.0.0.1:7700         ->  tcp://10.0.0.1:7700, :7701, :7702   (in this order)
 *
 * A tcp host is an IPv4 address, a name (to connect only), `*` (to bind only) or [an IPv6
 * address]. */

#include "common/base/err.h"

enum bus_socket { BUS_PUBLISH, BUS_BROADCAST, BUS_CONTROL };

#define BUS_ADDRESS_SIZE 300

/* Writes the address of one socket. Returns ERR_INVALID if `base` is neither ipc://DIRECTORY nor
 * tcp://HOST:PORT (PORT 1 to 65533), and ERR_TOO_LARGE if the path of an ipc socket exceeds 107
 * bytes, the limit of the system. */
MUST_CHECK enum err bus_address(const char *base, enum bus_socket which,
                                char out[BUS_ADDRESS_SIZE]);

#endif
