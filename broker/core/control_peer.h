/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_CONTROL_PEER_H
#define BELFRY_BROKER_CORE_CONTROL_PEER_H

/* The address of a peer on the control socket: its routing id, assigned by the ROUTER socket. The
 * bytes are opaque. */

#include <stdint.h>

#define CONTROL_PEER_SIZE_MAX 32

struct control_peer {
    uint8_t size;
    char bytes[CONTROL_PEER_SIZE_MAX];
};

#endif
